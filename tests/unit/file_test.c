/* Files: each compression both ways, truncation by name, and outputs that exist only when they are whole.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <fcntl.h>
#include <seimai/file.h>
#include <seimai/random.h>
#include <unistd.h>

static char folder[200];

static const char *in_folder(const char *name)
{
    static char path[400];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/seimai-file-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[300];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static int run_in_folder(const char *command)
{
    char line[600];
    (void)snprintf(line, sizeof line, "cd '%s' && %s", folder, command);
    return system(line);
}

/* Text that compresses, of n bytes. */
static sm_buffer sample(size_t n)
{
    sm_buffer b = sm_buffer_make(n + 100);
    for (uint64_t i = 0; b.n < n; i++)
        sm_buffer_printf(&b, "行 %llu\n", (unsigned long long)sm_random_below(1, i, 0, 500));
    b.n = n;
    return b;
}

static void write_sample(const char *name, sm_span plain)
{
    sm_output *out = NULL;
    sm_error err = {0};
    sm_buffer packed = sm_buffer_make(64 << 20);
    assert_ok(sm_output_open(&out, in_folder(name), &err), &err);
    for (size_t at = 0; at < plain.n; at += 300000) { /* several members or frames */
        const size_t n = plain.n - at < 300000 ? plain.n - at : 300000;
        sm_output_compress(out, (sm_span){plain.p + at, n}, &packed);
    }
    assert_ok(sm_output_write(out, sm_buffer_span(&packed), &err), &err);
    assert_ok(sm_output_commit(out, &err), &err);
    sm_buffer_free(&packed);
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    static const char *const names[] = {"a.txt", "a.gz", "a.zst"};
    sm_buffer text = sample(1000000);
    for (size_t i = 0; i < 3; i++) {
        sm_buffer back = sm_buffer_make(4 << 20);
        sm_error err = {0};
        write_sample(names[i], sm_buffer_span(&text));
        assert_ok(sm_file_read(in_folder(names[i]), &back, &err), &err);
        assert_int_equal(back.n, text.n);
        assert_memory_equal(back.p, text.p, text.n);
        sm_buffer_free(&back);
    }
    assert_int_equal(run_in_folder("gzip -dc a.gz | cmp - a.txt"), 0);
    assert_int_equal(run_in_folder("zstd -qdc a.zst | cmp - a.txt"), 0);
    sm_buffer_free(&text);
}

static void the_tools_of_others_are_read(void **state)
{
    (void)state;
    sm_buffer text = sample(200000);
    write_sample("b.txt", sm_buffer_span(&text));
    assert_int_equal(
        run_in_folder("gzip -kc b.txt > b1; zstd -qc b.txt > b2; bzip2 -kc b.txt > b3;"
                      "cat b1 b1 > b4; cat b2 b2 > b5; cat b3 b3 > b6"),
        0);
    for (int i = 1; i <= 6; i++) {
        char name[16];
        sm_buffer back = sm_buffer_make(4 << 20);
        sm_error err = {0};
        (void)snprintf(name, sizeof name, "b%d", i);
        assert_ok(sm_file_read(in_folder(name), &back, &err), &err);
        assert_int_equal(back.n, i <= 3 ? text.n : 2 * text.n);
        assert_memory_equal(back.p + back.n - text.n, text.p, text.n);
        sm_buffer_free(&back);
    }
    sm_buffer_free(&text);
}

/* Everything before the cut is delivered, then SM_ETRUNC with the file's name. */
static void a_cut_file_is_a_truncation(void **state)
{
    (void)state;
    static const char *const kinds[] = {"c.gz", "c.zst", "c.bz2"};
    sm_buffer text = sample(2000000);
    write_sample("c.txt", sm_buffer_span(&text));
    assert_int_equal(
        run_in_folder("gzip -kc c.txt > c.gz; zstd -qc c.txt > c.zst; bzip2 -kc c.txt > c.bz2"),
        0);
    for (size_t k = 0; k < 3; k++) {
        char command[200];
        sm_buffer back = sm_buffer_make(4 << 20);
        sm_error err = {0};
        (void)snprintf(command, sizeof command, "head -c -5 %s > cut-%s", kinds[k], kinds[k]);
        assert_int_equal(run_in_folder(command), 0);
        (void)snprintf(command, sizeof command, "cut-%s", kinds[k]);
        assert_int_equal(sm_file_read(in_folder(command), &back, &err), SM_ETRUNC);
        assert_contains(err.text, command);
        assert_contains(err.text, "offset");
        assert_true(back.n > 500000);
        assert_memory_equal(back.p, text.p, back.n);
        sm_buffer_free(&back);
    }
    sm_buffer_free(&text);
}

static void garbage_behind_gzip_is_an_error(void **state)
{
    (void)state;
    sm_buffer back = sm_buffer_make(1 << 20);
    sm_error err = {0};
    assert_int_equal(run_in_folder("echo x | gzip > d.gz; cp d.gz e.gz; printf garbage >> d.gz;"
                                   "head -c 600 /dev/zero >> e.gz"),
                     0);
    assert_int_equal(sm_file_read(in_folder("d.gz"), &back, &err), SM_EFORMAT);
    sm_error_clear(&err);
    sm_buffer_clear(&back);
    assert_ok(sm_file_read(in_folder("e.gz"), &back, &err), &err); /* zeros are padding */
    assert_int_equal(back.n, 2);
    sm_buffer_free(&back);
}

static void what_cannot_be_opened_says_why(void **state)
{
    (void)state;
    sm_input *in = NULL;
    sm_error err = {0};
    assert_int_equal(sm_input_open(&in, in_folder("none"), &err), SM_ENOENT);
    assert_contains(err.text, "none: No such file");
    sm_error_clear(&err);
    assert_int_equal(sm_input_open(&in, folder, &err), SM_EIO);
    assert_int_equal(run_in_folder("printf '\\375\\067\\172\\130\\132\\000' > f.xz"), 0);
    sm_error_clear(&err);
    assert_int_equal(sm_input_open(&in, in_folder("f.xz"), &err), SM_ENOSUP);
    assert_contains(err.text, "xz");
}

static void only_a_commit_gives_the_name(void **state)
{
    (void)state;
    sm_output *out = NULL;
    sm_error err = {0};
    assert_ok(sm_file_write(in_folder("g"), SM_SPAN("old"), &err), &err);
    assert_ok(sm_output_open(&out, in_folder("g"), &err), &err);
    assert_ok(sm_output_write(out, SM_SPAN("new"), &err), &err);
    sm_output_abort(out);
    assert_int_equal(run_in_folder("test \"$(cat g)\" = old && test -e g.part"), 0);
    assert_ok(sm_file_write(in_folder("g"), SM_SPAN("new"), &err), &err);
    assert_int_equal(run_in_folder("test \"$(cat g)\" = new && ! test -e g.part"), 0);
}

/* A link of /dev that leads to a regular file is written to, not replaced. */
static void a_descriptor_is_written_by_its_name(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_output *out = NULL;
    char path[32], text[8] = {0};
    int fd = -1;
    if (access("/dev/fd", X_OK) != 0) skip();
    assert_ok(sm_temporary_open(".", &fd, &err), &err);
    (void)snprintf(path, sizeof path, "/dev/fd/%d", fd);
    assert_ok(sm_output_open(&out, path, &err), &err);
    assert_ok(sm_output_write(out, SM_SPAN("lines"), &err), &err);
    assert_ok(sm_output_commit(out, &err), &err);
    assert_ok(sm_temporary_read(fd, ".", text, 5, 0, &err), &err);
    assert_string_equal(text, "lines");
    (void)close(fd);
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    sm_error err = {0};
    if (access("/dev/full", W_OK) != 0) skip();
    assert_int_equal(sm_file_write("/dev/full", SM_SPAN("x"), &err), SM_EIO);
    assert_contains(err.text, "/dev/full");
}

static void bodies_are_inflated(void **state)
{
    (void)state;
    sm_buffer text = sample(100000), stored = sm_buffer_make(1 << 20),
              back = sm_buffer_make(1 << 20);
    sm_output *out = NULL;
    sm_error err = {0};
    assert_ok(sm_output_open(&out, in_folder("h.gz"), &err), &err);
    sm_output_compress(out, sm_buffer_span(&text), &stored);
    sm_output_abort(out);
    const sm_span gzip = sm_buffer_span(&stored);
    const sm_span raw = {gzip.p + 10, gzip.n - 18}; /* without gzip's header and trailer */
    assert_ok(sm_inflate(gzip, &back, &err), &err);
    assert_int_equal(back.n, text.n);
    assert_ok(sm_inflate(raw, &back, &err), &err);
    assert_int_equal(back.n, 2 * text.n);
    assert_int_equal(sm_inflate((sm_span){gzip.p, gzip.n - 9}, &back, &err), SM_ETRUNC);
    sm_error_clear(&err);
    assert_int_equal(sm_inflate(SM_SPAN("\x78\x9c garbage"), &back, &err), SM_EFORMAT);
    sm_error_clear(&err);
    sm_buffer small = sm_buffer_make(70000);
    assert_int_equal(sm_inflate(gzip, &small, &err), SM_ELIMIT);
    sm_buffer_free(&small);
    sm_buffer_free(&text);
    sm_buffer_free(&stored);
    sm_buffer_free(&back);
}

static void a_file_may_fill_its_buffer(void **state)
{
    (void)state;
    sm_error err = {0};
    assert_ok(sm_file_write(in_folder("six"), SM_SPAN("123456"), &err), &err);
    for (size_t max = 5; max <= 7; max++) {
        sm_buffer back = sm_buffer_make(max);
        const int rc = sm_file_read(in_folder("six"), &back, &err);
        assert_int_equal(rc, max < 6 ? SM_ELIMIT : 0);
        if (rc == 0) assert_span(sm_buffer_span(&back), "123456");
        sm_error_clear(&err);
        sm_buffer_free(&back);
    }
}

static void files_are_mapped(void **state)
{
    (void)state;
    sm_map map;
    sm_error err = {0};
    assert_ok(sm_directory_make(in_folder("m/n/o"), &err), &err);
    assert_ok(sm_directory_make(in_folder("m/n/o"), &err), &err);
    assert_ok(sm_file_write(in_folder("m/n/o/f"), SM_SPAN("mapped"), &err), &err);
    assert_ok(sm_map_open(&map, in_folder("m/n/o/f"), &err), &err);
    assert_span(map.bytes, "mapped");
    sm_map_close(&map);
    assert_ok(sm_file_write(in_folder("empty"), SM_SPAN(""), &err), &err);
    assert_ok(sm_map_open(&map, in_folder("empty"), &err), &err);
    assert_int_equal(map.bytes.n, 0);
    sm_map_close(&map);
    assert_true(sm_file_exists(in_folder("empty")));
}

/* All that a file gives, read in steps of n bytes, up to its failure. */
static sm_buffer read_in_steps(const char *name, size_t n)
{
    sm_buffer all = sm_buffer_make(8 << 20);
    sm_input *in = NULL;
    sm_error err = {0};
    size_t got = 0;
    assert_ok(sm_input_open(&in, in_folder(name), &err), &err);
    while (sm_input_read(in, sm_buffer_reserve(&all, n), n, &got, &err) > 0)
        all.n += got;
    assert_int_equal(err.code, SM_ETRUNC);
    sm_input_close(in);
    return all;
}

/* What a cut file still gives does not depend on the size of the reads: nothing stays in the decoder. */
static void a_cut_file_gives_the_same_in_small_steps(void **state)
{
    (void)state;
    static const char *const kinds[] = {"gzip", "zstd", "bzip2"};
    assert_int_equal(run_in_folder("(seq 900; yes 精米精米 | head -c 30000) > r.txt"), 0);
    for (size_t k = 0; k < 3; k++)
        for (int cut = 9; cut < 30; cut++) {
            char command[200];
            (void)snprintf(command, sizeof command, "%s -qc r.txt | head -c -%d > r.cut",
                           kinds[k], cut);
            assert_int_equal(run_in_folder(command), 0);
            sm_buffer whole = read_in_steps("r.cut", 65536), small = read_in_steps("r.cut", 7);
            assert_int_equal(small.n, whole.n);
            if (small.n) assert_memory_equal(small.p, whole.p, whole.n);
            sm_buffer_free(&whole);
            sm_buffer_free(&small);
        }
}

static void a_body_may_fill_its_buffer(void **state)
{
    (void)state;
    sm_buffer text = sample(70000), stored = sm_buffer_make(1 << 20);
    sm_output *out = NULL;
    sm_error err = {0};
    assert_ok(sm_output_open(&out, in_folder("i.gz"), &err), &err);
    sm_output_compress(out, sm_buffer_span(&text), &stored);
    sm_output_abort(out);
    for (size_t max = 69999; max <= 70001; max++) {
        sm_buffer back = sm_buffer_make(max);
        sm_error_clear(&err);
        assert_int_equal(sm_inflate(sm_buffer_span(&stored), &back, &err),
                         max < 70000 ? SM_ELIMIT : SM_OK);
        assert_int_equal(back.n, max < 70000 ? max : 70000);
        assert_memory_equal(back.p, text.p, back.n);
        sm_buffer_free(&back);
    }
    sm_buffer_free(&text);
    sm_buffer_free(&stored);
}

/* zstd's frames for dictionaries: one without content, and one that is cut. */
static void odd_dictionaries_end(void **state)
{
    (void)state;
    sm_buffer text = sm_buffer_make(1000);
    sm_error err = {0};
    const sm_span empty = {"\x5D\x2A\x4D\x18\0\0\0\0", 8},
                  cut = {"\x5D\x2A\x4D\x18\x09\0\0\0\x37\xA4", 10};
    assert_ok(sm_file_write(in_folder("d"), empty, &err), &err);
    assert_ok(sm_file_read(in_folder("d"), &text, &err), &err);
    assert_int_equal(text.n, 0);
    assert_ok(sm_file_write(in_folder("d"), cut, &err), &err);
    assert_int_equal(sm_file_read(in_folder("d"), &text, &err), SM_ETRUNC);
    sm_buffer_free(&text);
}

static void an_empty_name_is_no_name(void **state)
{
    (void)state;
    sm_output *out = NULL;
    sm_error err = {0};
    assert_int_equal(sm_output_open(&out, "", &err), SM_EIO);
    sm_error_clear(&err);
    assert_int_equal(sm_directory_make("", &err), SM_EIO);
    sm_error_clear(&err);
    assert_ok(sm_file_write(in_folder("plain"), SM_SPAN("x"), &err), &err);
    assert_int_equal(sm_directory_make(in_folder("plain"), &err), SM_EIO);
    assert_contains(err.text, "Not a directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(the_tools_of_others_are_read),
        cmocka_unit_test(a_cut_file_is_a_truncation),
        cmocka_unit_test(garbage_behind_gzip_is_an_error),
        cmocka_unit_test(what_cannot_be_opened_says_why),
        cmocka_unit_test(only_a_commit_gives_the_name),
        cmocka_unit_test(a_descriptor_is_written_by_its_name),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(bodies_are_inflated),
        cmocka_unit_test(a_file_may_fill_its_buffer),
        cmocka_unit_test(files_are_mapped),
        cmocka_unit_test(a_cut_file_gives_the_same_in_small_steps),
        cmocka_unit_test(a_body_may_fill_its_buffer),
        cmocka_unit_test(odd_dictionaries_end),
        cmocka_unit_test(an_empty_name_is_no_name),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
