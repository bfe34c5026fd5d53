/* Counts: cutting around reserved strings, tables, tags, the file and its faults.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/count.h>
#include <seimai/file.h>

#include <unistd.h>

static sm_cutter *make_cutter(const char *reserve)
{
    sm_error err = {0};
    sm_cutter *cutter = NULL;
    const sm_span strings[] = {sm_span_of(reserve ? reserve : "")};
    assert_ok(sm_cutter_new(&cutter, "deepseek-v3", strings, reserve != NULL, &err), &err);
    return cutter;
}

static sm_counts *count_texts(const char *const texts[], size_t n, const char *reserve)
{
    sm_cutter *cutter = make_cutter(reserve);
    sm_counts *counts = sm_counts_new();
    for (size_t i = 0; i < n; i++)
        sm_counts_add_text(counts, cutter, sm_span_of(texts[i]));
    sm_cutter_free(cutter);
    return counts;
}

/* The view, which shows all there is. */
static void assert_view(const sm_counts *counts, const char *want)
{
    sm_buffer view = sm_buffer_make(1 << 20);
    size_t at = 0;
    sm_counts_print(counts, &at, 1 << 20, &view);
    assert_span(sm_buffer_span(&view), want);
    assert_int_equal(at, sm_counts_size(counts));
    sm_buffer_free(&view);
}

static const char *const texts[] = {"猫と犬。猫", "a\tb [電話]猫[電話][電話]", ""};

static void test_table(void **state)
{
    (void)state;
    sm_counts *c = count_texts(texts, 3, "[電話]");
    sm_counts_sort(c);
    assert_view(c, "1\t\\tb\n1\t \n1\ta\n1\t。\n2\t猫\n1\t猫と犬\n");
    assert_int_equal(sm_counts_documents(c), 3);
    sm_counts *twice = sm_counts_new();
    sm_counts_merge(twice, c);
    sm_counts_merge(twice, c);
    assert_int_equal(sm_counts_get(twice, 0).count, 2);
    assert_int_equal(sm_counts_documents(twice), 6);
    sm_counts_free(twice);
    sm_counts_free(c);
}

static void test_view_escapes(void **state)
{
    (void)state;
    sm_counts *c = sm_counts_new();
    sm_counts_add(c, SM_SPAN("\\\r\n\xE3\x81z"), 12345678901234);
    assert_view(c, "12345678901234\t\\\\\\r\\n\\xE3\\x81z\n");
    sm_counts_free(c);
}

static void tag(sm_counts *c, unsigned threads)
{
    sm_error err = {0};
    sm_morph *morph = NULL;
    assert_ok(sm_morph_open(&morph, NULL, &err), &err);
    assert_ok(sm_counts_tag(c, morph, threads, &err), &err);
    sm_morph_close(morph);
}

static void test_tags(void **state)
{
    (void)state;
    sm_counts *c = sm_counts_new();
    sm_counts_add(c, SM_SPAN("吾輩は猫である"), 5);
    sm_counts_add(c, SM_SPAN("hello"), 3);
    sm_counts_add(c, SM_SPAN("\xE3\x81"), 1);
    tag(c, 2);
    assert_view(c, "5\t吾輩は猫である\t6:5 9:5 12:5 15:5\n3\thello\n1\t\\xE3\\x81\n");
    sm_counts *sum = sm_counts_new();
    sm_counts_merge(sum, c);
    sm_counts_merge(sum, c);
    assert_true(sm_counts_is_tagged(sum));
    assert_int_equal(sm_counts_get(sum, 0).crossings[1], 10);
    sm_counts_free(sum);
    sm_counts_free(c);
}

/* ---- the file ------------------------------------------------------------------------------ */

static const char *temporary(void)
{
    static char path[64];
    (void)snprintf(path, sizeof path, "count_test.%ld.zst", (long)getpid());
    return path;
}

static int read_back(sm_counts *c, sm_count_header *h, sm_error *err)
{
    return sm_counts_read(c, temporary(), h, err);
}

static void test_file(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_cutter *cutter = make_cutter("[電話]");
    sm_counts *c = count_texts(texts, 3, "[電話]"), *back = sm_counts_new();
    sm_count_header h = {.complete = true, .settings = sm_cutter_settings(cutter)}, got = {0};
    assert_ok(sm_counts_write(c, temporary(), &h, &err), &err);
    assert_true(sm_count_file_is(temporary()));
    assert_ok(read_back(back, &got, &err), &err);
    assert_view(back, "1\t\\tb\n1\t \n1\ta\n1\t。\n2\t猫\n1\t猫と犬\n");
    assert_true(got.complete && !got.tagged);
    assert_int_equal(got.documents, 3);
    assert_true(sm_span_equal(got.settings, sm_cutter_settings(cutter)));
    const sm_hash128 hash = sm_counts_hash(c);
    assert_true(sm_hash128_equal(hash, sm_counts_hash(back)));
    assert_ok(read_back(back, &got, &err), &err); /* once more: it adds up */
    assert_int_equal(got.documents, 6);
    assert_int_equal(sm_counts_get(back, 4).count, 4);
    sm_cutter *again = NULL;
    assert_ok(sm_cutter_from_settings(&again, got.settings, &err), &err);
    assert_true(sm_span_equal(sm_cutter_settings(again), sm_cutter_settings(cutter)));
    sm_cutter_free(again);
    sm_cutter_free(cutter);
    sm_counts_free(back);
    sm_counts_free(c);
    sm_count_header_free(&got);
    (void)remove(temporary());
}

static void test_tagged_file(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_counts *c = sm_counts_new(), *back = sm_counts_new();
    sm_counts_add(c, SM_SPAN("吾輩は猫である"), 5);
    sm_counts_add(c, SM_SPAN("。"), 7);
    tag(c, 1);
    sm_count_header h = {.settings = SM_SPAN("gpt2\0")}, got = {0};
    h.dictionary.lo = 42;
    assert_ok(sm_counts_write(c, temporary(), &h, &err), &err);
    assert_ok(read_back(back, &got, &err), &err);
    assert_view(back, "7\t。\n5\t吾輩は猫である\t6:5 9:5 12:5 15:5\n");
    assert_true(got.tagged && !got.complete);
    assert_int_equal(got.dictionary.lo, 42);
    h.dictionary.lo = 43; /* another dictionary: must not be added up */
    assert_ok(sm_counts_write(c, temporary(), &h, &err), &err);
    assert_int_equal(read_back(back, &got, &err), SM_EUSAGE);
    sm_counts_free(back);
    sm_counts_free(c);
    sm_count_header_free(&got);
    (void)remove(temporary());
}

/* Every beginning of a file is an error, and none is believed. */
static void test_cut_and_broken_files(void **state)
{
    (void)state;
    sm_error err = {0};
    char plain[64];
    (void)snprintf(plain, sizeof plain, "count_test.%ld", (long)getpid());
    sm_counts *c = count_texts(texts, 2, NULL);
    sm_count_header h = {.settings = SM_SPAN("deepseek-v3\0")};
    assert_ok(sm_counts_write(c, plain, &h, &err), &err);
    sm_buffer file = sm_buffer_make(1 << 20);
    assert_ok(sm_file_read(plain, &file, &err), &err);
    for (size_t n = 0; n <= file.n + 1; n++) {
        sm_buffer cut = sm_buffer_make(1 << 20);
        sm_counts *back = sm_counts_new();
        sm_count_header got = {0};
        sm_error why = {0};
        sm_buffer_put(&cut, (sm_span){file.p, n < file.n ? n : file.n});
        if (n > file.n) sm_buffer_putc(&cut, 'x');
        assert_ok(sm_file_write(plain, sm_buffer_span(&cut), &err), &err);
        const int rc = sm_counts_read(back, plain, &got, &why);
        assert_int_equal(rc, n == file.n ? 0 : n > file.n ? SM_EFORMAT : SM_ETRUNC);
        if (rc < 0) assert_contains(why.text, plain);
        sm_counts_free(back);
        sm_count_header_free(&got);
        sm_buffer_free(&cut);
    }
    sm_buffer_free(&file);
    sm_counts_free(c);
    (void)remove(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),       cmocka_unit_test(test_view_escapes),
        cmocka_unit_test(test_tags),        cmocka_unit_test(test_file),
        cmocka_unit_test(test_tagged_file), cmocka_unit_test(test_cut_and_broken_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
