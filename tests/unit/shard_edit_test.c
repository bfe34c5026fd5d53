/* Editing sets of shards: merged or divided sets are those that the writer makes of the same documents, byte for byte.
 * SPDX-License-Identifier: MIT */
#include "shard_documents.h"

/* ---- merging and dividing -------------------------------------------------------------------------- */

static void check_merge(bool masks, int64_t before, int64_t after)
{
    const char *const dir = scratch();
    sm_shards *sets[] = {open_set(write_set(dir, "a", masks, before, early)),
                         open_set(write_set(dir, "b", masks, before, late))};
    sm_error err = {0};
    assert_ok(sm_shards_merge(inside(dir, "both"), &(sm_shards_form){.shard_tokens = after},
                              sets, 2, &err),
              &err);
    write_set(dir, "whole", masks, after, all);
    assert_same_set(inside(dir, "both"), inside(dir, "whole"));
    sm_shards_close(sets[0]);
    sm_shards_close(sets[1]);
}

static void merged_is_written_at_once(void **state)
{
    (void)state;
    static const int64_t sizes[] = {100, 777,
                                    1 << 20}; /* 100: documents lie in several shards */
    for (int masks = 0; masks < 2; masks++)
        for (size_t i = 0; i < 3; i++)
            for (size_t k = 0; k < 3; k++)
                check_merge(masks, sizes[i], sizes[k]);
}

static void check_split(bool masks, int64_t before, int64_t after)
{
    const char *const dir = scratch();
    sm_shards *const set = open_set(write_set(dir, "whole", masks, before, all));
    const sm_shards_division half = {.validation = 0.3, .form.shard_tokens = after};
    sm_error err = {0};
    assert_ok(sm_shards_split(inside(dir, "split"), set, &half, &err), &err);
    write_set(dir, "t", masks, after, not_valid);
    write_set(dir, "v", masks, after, valid);
    assert_same_set(inside(dir, "split/train"), inside(dir, "t"));
    assert_same_set(inside(dir, "split/valid"), inside(dir, "v"));
    sm_shards_close(set);
}

static void split_sets_are_written_at_once(void **state)
{
    (void)state;
    for (int masks = 0; masks < 2; masks++) {
        check_split(masks, 100, 1 << 20);
        check_split(masks, 1 << 20, 100);
    }
}

/* Parts hold all documents in order: merged again they are the set. */
static void parts_make_the_whole(void **state)
{
    (void)state;
    const char *const dir = scratch();
    sm_shards *const set = open_set(write_set(dir, "whole", false, 1 << 20, all));
    const sm_shards_division four = {.parts = 4, .form.shard_tokens = 500};
    sm_error err = {0};
    assert_ok(sm_shards_split(inside(dir, "split"), set, &four, &err), &err);
    sm_shards *parts[4];
    const uint64_t share = sm_shards_about(set)->tokens / 4;
    for (size_t i = 0; i < 4; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "split/part-%05zu", i);
        parts[i] = open_set(inside(dir, name));
        const uint64_t tokens = sm_shards_about(parts[i])->tokens;
        assert_true(tokens + LONGEST > share && tokens < share + LONGEST);
    }
    assert_ok(sm_shards_merge(inside(dir, "again"), &(sm_shards_form){.shard_tokens = 1 << 20},
                              parts, 4, &err),
              &err);
    assert_same_set(inside(dir, "again"), inside(dir, "whole"));
    for (size_t i = 0; i < 4; i++)
        sm_shards_close(parts[i]);
    sm_shards_close(set);
}

/* ---- reading ---------------------------------------------------------------------------------------- */

static void documents_come_back_whole(void **state)
{
    (void)state;
    const char *const dir = scratch();
    sm_shards *const set = open_set(write_set(dir, "set", true, 100, all));
    sm_shards_whole doc = {0};
    sm_error err = {0};
    uint64_t number = 0;
    for (uint64_t i = 0; i < sm_shards_about(set)->sequences; i += doc.sequences, number++) {
        static document want;
        make(&want, number, true, 2);
        assert_ok(sm_shards_whole_at(set, i, &doc, &err), &err);
        assert_span(doc.id, want.id);
        assert_int_equal(doc.n, want.doc.n);
        assert_int_equal(doc.source, want.doc.source);
        uint32_t ids[LONGEST];
        sm_shards_read(set, doc.first, (size_t)doc.n, ids);
        assert_memory_equal(ids, want.ids, doc.n * sizeof *ids);
        for (size_t t = 0; t < doc.n; t++)
            assert_int_equal(sm_shards_is_target(set, doc.first + t), t >= doc.n / 2);
        sm_shard_part parts[4];
        assert_int_equal(sm_shards_parts_of(set, i, parts, 4), 2);
        assert_memory_equal(parts, want.parts, sizeof want.parts);
        for (uint64_t piece = 1; piece < doc.sequences; piece++) {
            sm_shards_whole later;
            assert_int_equal(sm_shards_whole_at(set, i + piece, &later, &err), SM_EUSAGE);
        }
    }
    assert_int_equal(number, MANY);
    sm_shards_close(set);
}

static void what_is_not_alike_stays_apart(void **state)
{
    (void)state;
    const char *const dir = scratch();
    sm_shards *const sets[] = {open_set(write_set(dir, "text", false, 100, early)),
                               open_set(write_set(dir, "chat", true, 100, late))};
    sm_error err = {0};
    assert_int_equal(sm_shards_merge(inside(dir, "both"),
                                     &(sm_shards_form){.shard_tokens = 100}, sets, 2, &err),
                     SM_EUSAGE);
    assert_non_null(strstr(err.text, "another kind: text, chat"));
    assert_false(sm_file_exists(inside(dir, "both/manifest.json")));
    sm_shards_close(sets[0]);
    sm_shards_close(sets[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merged_is_written_at_once),
        cmocka_unit_test(split_sets_are_written_at_once),
        cmocka_unit_test(parts_make_the_whole),
        cmocka_unit_test(documents_come_back_whole),
        cmocka_unit_test(what_is_not_alike_stays_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
