/* Counts: cutting around reserved strings, tables, tags, the file and its faults.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/count.h>
#include <seimai/file.h>
#include <seimai/random.h>

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
    assert_view(sum, "10\t吾輩は猫である\t6:10 9:10 12:10 15:10\n6\thello\n2\t\\xE3\\x81\n");
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

/* ---- order ---------------------------------------------------------------------------------- */

enum { WORDS = 20000, WORD_MAX = 40 };

typedef struct word {
    char p[WORD_MAX];
    size_t n;
} word;

/* Words of few letters, NUL and the highest byte among them: many duplicates, many prefixes of each other. */
static void make_words(word *words)
{
    static const char letters[] = {'\0', '\1', 'a', (char)0xFF};
    for (size_t i = 0; i < WORDS; i++) {
        words[i].n = 1 + sm_random_below(7, i, 0, i % 3 ? 6 : WORD_MAX);
        for (size_t k = 0; k < words[i].n; k++)
            words[i].p[k] = letters[sm_random_below(7, i, 1 + k, i % 2 ? 2 : 4)];
    }
}

static int by_bytes(const void *a, const void *b)
{
    const word *x = a, *y = b;
    return sm_span_order((sm_span){x->p, x->n}, (sm_span){y->p, y->n});
}

/* The oracle: sort all occurrences with the library's qsort and count equal neighbours. */
static void test_order_and_counts(void **state)
{
    (void)state;
    word *words = sm_calloc(WORDS, sizeof *words);
    sm_counts *c = sm_counts_new();
    make_words(words);
    for (size_t i = 0; i < WORDS; i++)
        sm_counts_add(c, (sm_span){words[i].p, words[i].n}, 1);
    sm_counts_sort(c);
    qsort(words, WORDS, sizeof *words, by_bytes);
    size_t n = 0;
    for (size_t i = 0, end = 0; i < WORDS; i = end, n++) {
        for (end = i + 1; end < WORDS && by_bytes(&words[i], &words[end]) == 0; end++) {
        }
        const sm_count_entry e = sm_counts_get(c, n);
        assert_true(sm_span_equal(e.bytes, (sm_span){words[i].p, words[i].n}));
        assert_int_equal(e.count, end - i);
    }
    assert_int_equal(sm_counts_size(c), n);
    sm_counts_free(c);
    sm_free(words);
}

/* Long equal beginnings must cost neither the stack nor quadratic time. */
static void test_order_of_long_strings(void **state)
{
    (void)state;
    enum { LONG = 1 << 20, EACH = 40 };
    sm_counts *c = sm_counts_new();
    char *p = sm_malloc(LONG + EACH);
    memset(p, 'a', LONG + EACH);
    for (size_t i = EACH; i > 0; i--)
        sm_counts_add(c, (sm_span){p, LONG + i}, i);
    sm_counts_sort(c);
    for (size_t i = 0; i < EACH; i++)
        assert_int_equal(sm_counts_get(c, i).count, i + 1);
    sm_free(p);
    sm_counts_free(c);
}

/* Records of all sizes, some larger than a block of the table (2 MiB), the first one among them: each is found again,
 * walking over the gaps that they leave. */
static void test_records_in_blocks(void **state)
{
    (void)state;
    enum { LARGEST = 5 << 20, EACH = 60 };
    char *p = sm_malloc(LARGEST);
    memset(p, 'b', LARGEST);
    for (unsigned first = 0; first < 2; first++) {
        sm_counts *c = sm_counts_new(), *copy = sm_counts_new();
        for (unsigned twice = 0; twice < 2; twice++)
            for (size_t i = first; i < EACH; i++)
                sm_counts_add(c, (sm_span){p, i % 9 == 1 ? LARGEST - i : 80000 * i + 1}, i + 1);
        sm_counts_merge(copy, c);
        for (size_t i = first; i < EACH; i++) {
            const sm_count_entry e = sm_counts_get(copy, i - first);
            assert_int_equal(e.bytes.n, i % 9 == 1 ? LARGEST - i : 80000 * i + 1);
            assert_int_equal(e.count, 2 * (i + 1));
            assert_memory_equal(e.bytes.p, p, e.bytes.n);
        }
        sm_counts_free(copy);
        sm_counts_free(c);
    }
    sm_free(p);
}

/* ---- streams of documents -------------------------------------------------------------------- */

static char *file_name(const char *what)
{
    static char names[4][80];
    static unsigned turn;
    char *name = names[turn++ % 4];
    (void)snprintf(name, sizeof names[0], "count_test.%ld.%s", (long)getpid(), what);
    return name;
}

/* Documents of words that hardly repeat, in two sources. */
static void write_documents(const char *path, size_t n)
{
    sm_error err = {0};
    sm_buffer b = sm_buffer_make(1 << 26);
    for (size_t i = 0; i < n; i++) {
        sm_buffer_printf(&b, "{\"text\":\"吾輩は猫である");
        for (size_t k = 0; k < 200 * 8; k++) {
            if (k % 8 == 0) sm_buffer_putc(&b, ' ');
            sm_buffer_putc(&b, (char)('a' + sm_random_below(i, k, 0, 26)));
        }
        sm_buffer_printf(&b, " 猫 猫\",\"metadata\":{\"source\":\"%s\"}}\n", i % 2 ? "b" : "a");
    }
    assert_ok(sm_file_write(path, sm_buffer_span(&b), &err), &err);
    sm_buffer_free(&b);
}

/* Counts a file of documents into a count file. */
static int count_file(sm_counting counting, const char *from, const char *to, sm_error *err)
{
    sm_cutter *cutter = make_cutter(NULL);
    sm_count_reader *reader = NULL;
    const sm_count_header header = {.complete = true};
    sm_stats stats = {0};
    const sm_usage usage = {.name = "count"};
    const sm_io io = {.files = {&from, 1, 1},
                      .threads = counting.threads,
                      .max_document = 1 << 26,
                      .max_bad = -1,
                      .text_key = "text",
                      .quiet = true,
                      .usage = &usage};
    counting.cutter = cutter;
    const sm_job job = sm_count_job(&counting);
    int rc = sm_run(&io, &job, &stats, err);
    if (rc == 0) rc = sm_counting_reader(&counting, &header, &reader, err);
    if (rc == 0) rc = sm_count_write(reader, to, counting.threads, err);
    sm_count_reader_close(reader);
    sm_counting_free(&counting);
    sm_cutter_free(cutter);
    sm_arena_free(&stats.arena);
    return rc;
}

static void assert_equal_files(const char *a, const char *b)
{
    sm_error err = {0};
    sm_buffer x = sm_buffer_make(1 << 28), y = sm_buffer_make(1 << 28);
    assert_ok(sm_file_read(a, &x, &err), &err);
    assert_ok(sm_file_read(b, &y, &err), &err);
    assert_true(x.n > 0 && sm_span_equal(sm_buffer_span(&x), sm_buffer_span(&y)));
    sm_buffer_free(&x);
    sm_buffer_free(&y);
}

/* 1 byte of memory: tables of the least size, which spill. Without a bound, threads merge stretches of their tables.
 * Compressed: the frames are cut at the same records, too. */
static void test_memory_changes_nothing(void **state)
{
    (void)state;
    sm_error err = {0};
    char *docs = file_name("jsonl"), *all = file_name("all.zst");
    char *spilled = file_name("spilled.zst");
    write_documents(docs, 1500);
    for (int documents = 0; documents < 2; documents++) {
        sm_counting c = {.threads = 1, .with_documents = documents, .folder = "."};
        assert_ok(count_file(c, docs, all, &err), &err);
        for (unsigned i = 0; i < 6; i++) {
            c.threads = 1 + i / 2;
            c.memory = 1 - i % 2;
            assert_ok(count_file(c, docs, spilled, &err), &err);
            assert_equal_files(all, spilled);
        }
    }
    sm_counting nowhere = {.threads = 1, .memory = 1, .folder = "no/such/folder"};
    assert_int_equal(count_file(nowhere, docs, spilled, &err), SM_EIO);
    assert_contains(err.text, "no/such/folder");
    sm_error_clear(&err);
    nowhere.folder = NULL;
    assert_int_equal(count_file(nowhere, docs, spilled, &err), SM_ELIMIT);
    (void)remove(docs);
    (void)remove(all);
    (void)remove(spilled);
}

/* The count and the documents of a pre-token in a file. */
static sm_count_entry look_up(const char *path, const char *pretoken)
{
    sm_error err = {0};
    sm_counts *c = sm_counts_new();
    sm_count_header h = {0};
    sm_count_entry found = {0};
    assert_ok(sm_counts_read(c, path, &h, &err), &err);
    for (size_t i = 0; i < sm_counts_size(c); i++)
        if (sm_span_equal(sm_counts_get(c, i).bytes, sm_span_of(pretoken)))
            found = sm_counts_get(c, i);
    sm_counts_free(c);
    sm_count_header_free(&h);
    return found;
}

static void test_documents_and_weights(void **state)
{
    (void)state;
    sm_error err = {0};
    char *docs = file_name("jsonl"), *path = file_name("counts"), *sum = file_name("sum");
    const sm_count_weight whole[] = {{SM_SPAN("a"), 3000}, {SM_SPAN("b"), 0}};
    const sm_count_weight part[] = {{SM_SPAN("a"), 250}};
    write_documents(docs, 10);
    sm_counting c = {.threads = 2, .with_documents = true};
    assert_ok(count_file(c, docs, path, &err), &err);
    assert_int_equal(look_up(path, "猫").count, 20);
    assert_int_equal(look_up(path, "猫").documents, 10);
    c = (sm_counting){.threads = 2, .weights = whole, .n_weights = 2};
    assert_ok(count_file(c, docs, path, &err), &err);
    assert_int_equal(look_up(path, "猫").count, 2 * 5 * 3);
    c.weights = part;
    c.n_weights = 1;
    assert_ok(count_file(c, docs, sum, &err), &err);
    assert_int_equal(look_up(sum, "猫").count, 2 * 5 * 250 + 2 * 5 * 1000);
    const char *const paths[] = {path, sum}; /* whole counts become thousandths */
    const sm_count_files files = {.paths = paths, .n = 2};
    sm_count_reader *reader = NULL;
    assert_ok(sm_count_reader_open(&reader, &files, &err), &err);
    assert_true(sm_count_reader_header(reader)->thousandths);
    assert_int_equal(sm_count_reader_header(reader)->documents, 15);
    sm_count_entry e = {0};
    while (sm_count_reader_next(reader, &e, &err) > 0)
        if (sm_span_equal(e.bytes, SM_SPAN("猫"))) assert_int_equal(e.count, 30000 + 12500);
    sm_count_reader_close(reader);
    sm_counts *both = sm_counts_new();
    sm_count_header h = {0};
    assert_ok(sm_counts_read(both, path, &h, &err), &err);
    assert_int_equal(sm_counts_read(both, sum, &h, &err), SM_EUSAGE);
    sm_counts_free(both);
    sm_count_header_free(&h);
    (void)remove(docs);
    (void)remove(path);
    (void)remove(sum);
}

static void test_sample(void **state)
{
    (void)state;
    sm_error err = {0};
    char *docs = file_name("jsonl"), *path = file_name("counts"), *other = file_name("other");
    write_documents(docs, 400);
    sm_counting c = {.threads = 1, .sampled = true, .sample = .25, .seed = 1};
    assert_ok(count_file(c, docs, path, &err), &err);
    const uint64_t taken = look_up(path, "猫").count / 2;
    assert_in_range(taken, 70, 130); /* 100 ± 3.5 standard deviations */
    c.threads = 2;
    assert_ok(count_file(c, docs, other, &err), &err);
    assert_equal_files(path, other);
    c.sample = 0;
    assert_ok(count_file(c, docs, path, &err), &err);
    assert_int_equal(look_up(path, "猫").count, 0);
    (void)remove(docs);
    (void)remove(path);
    (void)remove(other);
}

/* ---- edges in context -------------------------------------------------------------------------- */

/* 「」 and blanks cut pre-tokens, not sentences; an edge between two pre-tokens belongs to none. */
static void test_tags_in_context(void **state)
{
    (void)state;
    sm_error err = {0};
    char *docs = file_name("jsonl"), *path = file_name("counts");
    sm_morph *morph = NULL;
    assert_ok(sm_file_write(docs,
                            SM_SPAN("{\"text\":\"吾輩は猫である。\\n\\n吾輩は猫である\"}\n"
                                    "{\"text\":\"すもももももももものうち\"}\n"
                                    "{\"text\":\"hello \\uD83C\\uDF38 吾輩は猫である\"}\n"),
                            &err),
              &err);
    assert_ok(sm_morph_open(&morph, NULL, &err), &err);
    const sm_counting c = {.threads = 1, .morph = morph};
    assert_ok(count_file(c, docs, path, &err), &err);
    sm_counts *back = sm_counts_new();
    sm_count_header h = {0};
    assert_ok(sm_counts_read(back, path, &h, &err), &err);
    assert_true(h.tagged && h.tagged_share == 1000000);
    sm_counts_sort(back);
    assert_view(back, "1\t \n1\t 🌸\n1\thello\n1\t。\\n\\n\n"
                      "1\tすもももももももものうち\t9:1 12:1 18:1 21:1 27:1 30:1\n"
                      "3\t吾輩は猫である\t6:3 9:3 12:3 15:3\n");
    sm_counts_free(back);
    sm_count_header_free(&h);
    sm_morph_close(morph);
    (void)remove(docs);
    (void)remove(path);
}

static void test_tagged_share(void **state)
{
    (void)state;
    static const char *const words[] = {"吾輩は猫", "犬も歩く", "猿も木から", "hello",
                                        "河童の川"};
    sm_error err = {0};
    sm_morph *morph = NULL;
    assert_ok(sm_morph_open(&morph, NULL, &err), &err);
    for (size_t share = 0; share <= 4; share++) {
        sm_counts *c = sm_counts_new();
        uint32_t seen = 0;
        for (size_t i = 0; i < 5; i++)
            sm_counts_add(c, sm_span_of(words[i]), 10 - i);
        assert_ok(sm_counts_tag_share(c, morph, (double)share / 4, 2, &seen, &err), &err);
        assert_int_equal(seen, share * 250000);
        size_t tagged = 0;
        for (size_t i = 0; i < 5; i++)
            tagged += sm_counts_get(c, i).n_edges > 0;
        assert_int_equal(tagged, share);
        assert_int_equal(sm_counts_get(c, 0).n_edges > 0, share > 0);
        sm_count_header h = {0}; /* a file could not tell what was left out */
        assert_int_equal(sm_counts_write(c, temporary(), &h, &err), share < 4 ? SM_EUSAGE : 0);
        sm_error_clear(&err);
        sm_counts_free(c);
    }
    sm_morph_close(morph);
}

/* ---- many files --------------------------------------------------------------------------------- */

/* More files than are open at once: groups of them become runs. */
static void test_many_files(void **state)
{
    (void)state;
    enum { FILES = 11 };
    sm_error err = {0};
    char *sum = file_name("sum"), *want = file_name("want");
    char names[FILES][80];
    const char *paths[FILES];
    sm_counts *all = sm_counts_new();
    for (size_t i = 0; i < FILES; i++) {
        sm_counts *c = sm_counts_new();
        sm_count_header h = {.complete = true, .settings = SM_SPAN("gpt2\0")};
        for (size_t k = 0; k < 300; k++) {
            char text[32];
            const int n =
                snprintf(text, sizeof text, "%u", (unsigned)sm_random_below(i, k, 0, 999));
            sm_counts_add(c, (sm_span){text, (size_t)n}, k + 1);
        }
        sm_counts_merge(all, c);
        (void)snprintf(names[i], sizeof names[i], "%s", file_name("part"));
        names[i][strlen(names[i]) - 1] = (char)('a' + i);
        paths[i] = names[i];
        assert_ok(sm_counts_write(c, paths[i], &h, &err), &err);
        sm_counts_free(c);
    }
    sm_count_header h = {.complete = true, .settings = SM_SPAN("gpt2\0")};
    assert_ok(sm_counts_write(all, want, &h, &err), &err);
    for (size_t memory = 1; memory <= 1 << 30; memory *= 1 << 15) {
        const sm_count_files files = {paths, FILES, memory, "."};
        sm_count_reader *reader = NULL;
        assert_ok(sm_count_reader_open(&reader, &files, &err), &err);
        assert_ok(sm_count_write(reader, sum, 2, &err), &err);
        const sm_hash128 hash = sm_count_reader_hash(reader);
        assert_true(sm_hash128_equal(hash, sm_counts_hash(all)));
        sm_count_reader_close(reader);
        assert_equal_files(sum, want);
    }
    for (size_t i = 0; i < FILES; i++)
        (void)remove(paths[i]);
    sm_counts_free(all);
    (void)remove(sum);
    (void)remove(want);
}

/* A flipped bit behind the header is noticed, whatever it hits. */
static void test_damaged_files(void **state)
{
    (void)state;
    sm_error err = {0};
    char *plain = file_name("plain");
    sm_counts *c = count_texts(texts, 2, NULL);
    sm_count_header h = {.settings = SM_SPAN("deepseek-v3\0")};
    assert_ok(sm_counts_write(c, plain, &h, &err), &err);
    sm_buffer file = sm_buffer_make(1 << 20);
    assert_ok(sm_file_read(plain, &file, &err), &err);
    for (size_t i = 56 + 12; i < file.n; i++) {
        sm_counts *back = sm_counts_new();
        sm_count_header got = {0};
        sm_error why = {0};
        file.p[i] = (char)(file.p[i] ^ 1 << i % 8);
        assert_ok(sm_file_write(plain, sm_buffer_span(&file), &err), &err);
        file.p[i] = (char)(file.p[i] ^ 1 << i % 8);
        const int rc = sm_counts_read(back, plain, &got, &why);
        assert_true(rc == SM_EHASH || rc == SM_EFORMAT || rc == SM_ETRUNC);
        assert_contains(why.text, plain);
        sm_counts_free(back);
        sm_count_header_free(&got);
    }
    sm_buffer_free(&file);
    sm_counts_free(c);
    (void)remove(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_view_escapes),
        cmocka_unit_test(test_order_and_counts),
        cmocka_unit_test(test_order_of_long_strings),
        cmocka_unit_test(test_records_in_blocks),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_tagged_share),
        cmocka_unit_test(test_tags_in_context),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_tagged_file),
        cmocka_unit_test(test_cut_and_broken_files),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_many_files),
        cmocka_unit_test(test_memory_changes_nothing),
        cmocka_unit_test(test_documents_and_weights),
        cmocka_unit_test(test_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
