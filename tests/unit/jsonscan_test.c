/* The JSON scanner: every path to the end of a string, and the public test suite.
 * SPDX-License-Identifier: MIT */
#include "json_scan.h"
#include "test.h"

#include <dirent.h>
#include <seimai/document.h>
#include <seimai/file.h>
#include <seimai/random.h>

static const char *obvious_find(const char *p, const char *end)
{
    for (; p < end; p++)
        if (*p == '"' || *p == '\\' || (unsigned char)*p < 0x20) break;
    return p;
}

static void every_path_finds_the_same_byte(void **state)
{
    (void)state;
    static const char alphabet[] = "a米\"\\\x1f\x20\x7f\n";
    char text[300];
    for (uint64_t round = 0; round < 3000; round++) {
        const size_t n = sm_random_below(1, round, 0, sizeof text);
        for (size_t i = 0; i < n; i++)
            text[i] = sm_random_below(2, round, i, 60)
                          ? 'x'
                          : alphabet[sm_random_below(3, round, i, 9)];
        const char *name = NULL;
        for (size_t path = 0; json_find_variant(path, &name); path++)
            assert_ptr_equal(json_find_variant(path, &name)(text, text + n),
                             obvious_find(text, text + n));
    }
    const char *name = NULL;
    for (int c = 0; c < 256; c++) { /* each byte at each place of a vector */
        for (size_t at = 0; at < 130; at++) {
            memset(text, 'x', sizeof text);
            text[at] = (char)c;
            for (size_t path = 0; json_find_variant(path, &name); path++)
                assert_ptr_equal(json_find_variant(path, &name)(text, text + 131),
                                 obvious_find(text, text + 131));
        }
    }
}

/* JSONTestSuite: y_ must be accepted, n_ refused, i_ is free (but must not crash). */
static void the_public_suite_agrees(void **state)
{
    (void)state;
    const char *data = test_data();
    char command[4000], folder[600], path[1200];
    if (!data) skip();
    (void)snprintf(folder, sizeof folder, "%s/jsonscan",
                   getenv("SEIMAI_BUILD") ? getenv("SEIMAI_BUILD") : "/tmp");
    (void)snprintf(
        command, sizeof command,
        "mkdir -p '%s' && tar --zstd -xf '%s/conformance/json-test-suite.tar.zst' -C '%s'",
        folder, data, folder);
    assert_int_equal(system(command), 0);
    (void)snprintf(path, sizeof path, "%s/json-test-suite/test_parsing", folder);
    DIR *files = opendir(path);
    assert_non_null(files);
    int accepted = 0, refused = 0, wrong = 0;
    for (const struct dirent *file; (file = readdir(files));) {
        sm_buffer text = sm_buffer_make(4 << 20);
        sm_error err = {0};
        size_t at = 0;
        if (file->d_name[0] == '.') continue;
        (void)snprintf(path, sizeof path, "%s/json-test-suite/test_parsing/%s", folder,
                       file->d_name);
        assert_ok(sm_file_read(path, &text, &err), &err);
        const bool good = sm_json_check(sm_buffer_span(&text), 512, &at);
        accepted += good && file->d_name[0] == 'y';
        refused += !good && file->d_name[0] == 'n';
        if ((file->d_name[0] == 'y' && !good) || (file->d_name[0] == 'n' && good)) {
            print_error("wrong: %s (at %zu)\n", file->d_name, at);
            wrong++;
        }
        sm_buffer_free(&text);
    }
    (void)closedir(files);
    assert_int_equal(wrong, 0);
    assert_int_equal(accepted, 95);
    assert_int_equal(refused, 188);
}

static void depth_is_bounded(void **state)
{
    (void)state;
    char text[1200];
    size_t at = 0;
    for (int depth = 511; depth <= 513; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        assert_int_equal(sm_json_check((sm_span){text, 2 * (size_t)depth}, 512, &at),
                         depth <= 512);
    }
}

static void strings_are_decoded(void **state)
{
    (void)state;
    sm_arena arena = {0};
    assert_span(sm_json_decode(SM_SPAN("\"plain\""), &arena), "plain");
    assert_span(sm_json_decode(SM_SPAN("\"\\u7cbe\\u7c73\\n\\t\\\"\\\\\\/\""), &arena),
                "精米\n\t\"\\/");
    assert_span(sm_json_decode(SM_SPAN("\"\\ud842\\udfb7x\""), &arena), "𠮷x");
    const sm_span nul = sm_json_decode(SM_SPAN("\"a\\u0000b\""), &arena);
    assert_int_equal(nul.n, 3);
    assert_memory_equal(nul.p, "a\0b", 3);
    sm_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_path_finds_the_same_byte),
        cmocka_unit_test(the_public_suite_agrees),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(strings_are_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
