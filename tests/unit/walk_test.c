/* Folders as operands: which files, in which order, and what is passed over.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/file.h>
#include <seimai/source.h>

#include <sys/stat.h>
#include <unistd.h>

static const char *const files[] = {"b/2",     "b/10", "b/\xE9", "a",
                                    "c/d/e/f", ".x",   "b/.y/z", "Z"};

static void in_folder(char path[300], const char *name)
{
    (void)snprintf(path, 300, "/tmp/seimai-walk-test-%ld/%s", (long)getpid(), name);
}

static int make_tree(void **state)
{
    static const char *const folders[] = {"b/.y", "c/d/e", "empty"};
    char path[300], target[300];
    sm_error err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        in_folder(path, folders[i]);
        assert_ok(sm_directory_make(path, &err), &err);
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        in_folder(path, files[i]);
        assert_ok(sm_file_write(path, SM_SPAN("x"), &err), &err);
    }
    in_folder(path, "b/pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    in_folder(path, "c/loop"); /* back to the top */
    in_folder(target, "");
    assert_int_equal(symlink(target, path), 0);
    in_folder(path, "c/link"); /* to a file */
    in_folder(target, "a");
    assert_int_equal(symlink(target, path), 0);
    in_folder(path, "c/gone");
    return symlink("nowhere", path);
}

static int remove_tree(void **state)
{
    static const char *const rest[] = {"b/pipe", "c/loop", "c/link", "c/gone", "b/.y", "b",
                                       "c/d/e",  "c/d",    "c",      "empty",  ""};
    char path[300];
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        in_folder(path, files[i]);
        (void)unlink(path);
    }
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
        in_folder(path, rest[i]);
        if (unlink(path) != 0) (void)rmdir(path);
    }
    return 0;
}

/* What a walk gives, without the folder's own name: "a|b/10|…"; "!" where it failed. */
static sm_buffer walk(const char *const *operands, size_t n, sm_container_counts *counts)
{
    char top[300];
    sm_buffer list = sm_buffer_make(1 << 16);
    sm_walk *w = sm_walk_new(operands, n, counts);
    sm_error err = {0};
    const char *path = NULL;
    int rc;
    in_folder(top, "");
    while ((rc = sm_walk_next(w, &path, &err)) != 0) {
        const size_t skip = rc > 0 && strncmp(path, top, strlen(top)) == 0 ? strlen(top) : 0;
        sm_buffer_puts(&list, rc > 0 ? path + skip : "!");
        sm_buffer_putc(&list, '|');
        sm_error_clear(&err);
    }
    sm_walk_free(w);
    return list;
}

static void folders_are_walked_in_order(void **state)
{
    (void)state;
    char top[300];
    const char *operands[] = {top};
    in_folder(top, "");
    sm_container_counts counts = {0};
    sm_buffer list = walk(operands, 1, &counts);
    assert_span(sm_buffer_span(&list), "Z|a|b/10|b/2|b/\xE9|c/d/e/f|!|c/link|");
    assert_int_equal(counts.files, 7);
    assert_int_equal(counts.hidden, 4); /* .x, .y, the pipe, the loop */
    sm_buffer_free(&list);
}

static void operands_are_taken_as_they_are(void **state)
{
    (void)state;
    const char *operands[] = {"no such file", "-", "b"};
    sm_container_counts counts = {0};
    sm_buffer list = walk(operands, 3, &counts);
    assert_span(sm_buffer_span(&list), "no such file|-|b|");
    assert_int_equal(counts.files + counts.hidden, 0);
    sm_buffer_free(&list);
    list = walk(NULL, 0, &counts);
    assert_span(sm_buffer_span(&list), "-|");
    sm_buffer_free(&list);
}

static void odd_names_are_shown_as_utf8(void **state)
{
    (void)state;
    sm_arena arena = {0};
    assert_string_equal(sm_path_shown("-", &arena), "(stdin)");
    assert_string_equal(sm_path_shown("米/a", &arena), "米/a");
    assert_string_equal(sm_path_shown("\x95\xC4/a\xE7\xB1", &arena), "%95%C4/a%E7%B1");
    sm_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders_are_walked_in_order),
        cmocka_unit_test(operands_are_taken_as_they_are),
        cmocka_unit_test(odd_names_are_shown_as_utf8),
    };
    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
