/* Sets that are stored in zstd frames: the tokens of plain ones, read by several threads; damage is named.
 * SPDX-License-Identifier: MIT */
#include "shard_documents.h"

#include <seimai/order.h>
#include <seimai/parallel.h>
#include <seimai/shard_export.h>

enum {
    LONG = 1 << 19,
    LONG_DOCS = 6,
    T = 777
}; /* tokens of 4 bytes: 12 MiB, frames end inside documents */

/* Long documents of few different tokens, in shards of two and a half. */
static const char *write_long(const char *dir, const char *name, const char *compress)
{
    sm_shard_options o = options_of(inside(dir, name), false, LONG / 2 * 5);
    uint32_t *const ids = sm_malloc(LONG * sizeof *ids);
    sm_shard_writer *w = NULL;
    sm_error err = {0};
    o.compress = compress;
    assert_ok(sm_shard_writer_open(&w, &o, &err), &err);
    for (uint64_t d = 0; d < LONG_DOCS; d++) {
        char id[16];
        (void)snprintf(id, sizeof id, "%u", (unsigned)d);
        for (uint64_t i = 0; i < LONG; i++)
            ids[i] = EOT + 1 + (uint32_t)sm_random_below(9, d, i, 500) * 97;
        const sm_shard_doc doc = {.id = sm_span_of(id), .ids = ids, .n = LONG - 100 * d};
        assert_ok(sm_shard_writer_append(w, &doc, &err), &err);
    }
    assert_ok(sm_shard_writer_commit(w, true, &err), &err);
    sm_free(ids);
    return o.dir;
}

typedef struct pair {
    const sm_shards *plain, *packed;
    sm_sampling sampling;
} pair;

static int compare_window(void *shared, unsigned worker, size_t sample, sm_error *err)
{
    const pair *const p = shared;
    uint32_t input[2][T], target[2][T];
    float weight[2][T];
    uint64_t epoch = 0;
    sm_windows w;
    (void)worker;
    const uint64_t s = sm_sampling_window(&p->sampling, sample, &epoch, &w);
    sm_shards_window(p->plain, &w, s, input[0], target[0], weight[0]);
    sm_shards_window(p->packed, &w, s, input[1], target[1], weight[1]);
    if (memcmp(input[0], input[1], sizeof *input) == 0 &&
        memcmp(target[0], target[1], sizeof *target) == 0 &&
        memcmp(weight[0], weight[1], sizeof *weight) == 0)
        return SM_OK;
    SM_FAIL(err, SM_EHASH, "window %zu differs", sample);
}

static void windows_are_those_of_a_plain_set(void **state)
{
    (void)state;
    const char *const dir = scratch();
    sm_shards *const plain = open_set(write_long(dir, "plain", "none"));
    sm_shards *const packed = open_set(write_long(dir, "packed", "zstd"));
    sm_error err = {0}, faults[8] = {0};
    pair p = {plain, packed, {3, sm_shards_about(plain)->tokens, T}};
    assert_true(sm_shards_about(packed)->compressed && !sm_shards_about(plain)->compressed);
    assert_int_equal(sm_shards_about(packed)->n_shards, 3);
    assert_false(sm_file_exists(inside(dir, "packed/shard-00000.bin")));
    assert_ok(sm_parallel(4, 400, compare_window, &p, &err), &err);
    assert_ok(sm_shards_fault(packed, &err), &err);
    assert_ok(sm_shards_verify(packed, 2, faults), faults);
    sm_shards_close(plain);
    sm_shards_close(packed);
}

/* Packed and unpacked again, by merge and by split: the same bytes. */
static void sets_are_packed_and_unpacked(void **state)
{
    (void)state;
    const char *const dir = scratch();
    const int64_t shard_tokens = LONG / 2 * 5;
    const sm_shards_form zstd = {.shard_tokens = shard_tokens, .compress = "zstd"},
                         none = {.shard_tokens = shard_tokens, .compress = "none"},
                         same = {.shard_tokens = shard_tokens};
    sm_error err = {0};
    sm_shards *set = open_set(write_long(dir, "plain", "none"));
    assert_ok(sm_shards_merge(inside(dir, "packed"), &zstd, &set, 1, &err), &err);
    sm_shards_close(set);
    assert_same_set(inside(dir, "packed"), write_long(dir, "direct", "zstd"));
    set = open_set(inside(dir, "packed"));
    assert_ok(sm_shards_merge(inside(dir, "unpacked"), &none, &set, 1, &err), &err);
    assert_ok(sm_shards_merge(inside(dir, "kept"), &same, &set, 1, &err), &err);
    const sm_shards_division whole = {.parts = 1, .form = none};
    assert_ok(sm_shards_split(inside(dir, "split"), set, &whole, &err), &err);
    sm_shards_close(set);
    assert_same_set(inside(dir, "unpacked"), inside(dir, "plain"));
    assert_same_set(inside(dir, "kept"), inside(dir, "packed"));
    assert_same_set(inside(dir, "split/part-00000"), inside(dir, "plain"));
}

static void masks_and_pieces_pass(void **state)
{
    (void)state;
    const char *const dir = scratch();
    const sm_shards_form zstd = {.shard_tokens = 100, .compress = "zstd"},
                         none = {.shard_tokens = 2000, .compress = "none"};
    sm_error err = {0};
    sm_shards *set = open_set(write_set(dir, "set", true, 2000, all));
    assert_ok(sm_shards_merge(inside(dir, "packed"), &zstd, &set, 1, &err), &err);
    sm_shards_close(set);
    set = open_set(inside(dir, "packed"));
    assert_ok(sm_shards_merge(inside(dir, "back"), &none, &set, 1, &err), &err);
    sm_shards_close(set);
    assert_same_set(inside(dir, "back"), inside(dir, "set"));
}

/* ---- damage --------------------------------------------------------------------------------------- */

static void flip(const char *path, long at)
{
    FILE *const file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    const int byte = fgetc(file);
    assert_int_equal(fseek(file, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    assert_int_equal(fputc(byte ^ 0x10, file), byte ^ 0x10);
    assert_int_equal(fclose(file), 0);
}

/* A read that hits a damaged frame gives ids that a model can look up, and the set remembers; export and merge stop. */
static void a_damaged_frame_is_remembered(void **state)
{
    (void)state;
    const char *const dir = scratch();
    const char *const path = write_long(dir, "set", "zstd");
    sm_error err = {0};
    flip(inside(dir, "set/shard-00001.bin.zst"), 1000);
    sm_shards *set = open_set(path);
    uint32_t ids[T];
    sm_shards_doc doc;
    sm_shards_read(set, 0, T, ids);
    assert_ok(sm_shards_fault(set, &err), &err);
    assert_ok(sm_shards_document(set, 2, &doc, &err), &err); /* the first of that shard */
    sm_shards_read(set, doc.first, T, ids);
    for (int i = 0; i < T; i++)
        assert_int_equal(ids[i], EOT);
    assert_true(sm_shards_fault(set, &err) < 0);
    assert_contains(err.text, "shard-00001.bin.zst: frame 0: ");
    err = (sm_error){0};
    sm_error faults[8] = {0};
    assert_int_equal(sm_shards_verify(set, 1, faults), SM_EHASH);
    assert_true(faults[0].code == 0 && faults[2].code == 0);
    assert_contains(faults[1].text, "shard-00001.bin.zst");
    sm_shards_close(set);

    set = open_set(path);
    const sm_shards_form form = {.shard_tokens = 1 << 20};
    assert_true(sm_shards_merge(inside(dir, "merged"), &form, &set, 1, &err) < 0);
    assert_contains(err.text, "frame 0");
    const sm_shards_export_options numpy = {.to = "numpy", .dir = inside(dir, "numpy")};
    err = (sm_error){0};
    assert_true(sm_shards_export(set, &numpy, &err) < 0);
    assert_contains(err.text, "frame 0");
    sm_shards_close(set);
}

static void damage_of_the_table_is_found_when_opening(void **state)
{
    (void)state;
    const char *const dir = scratch();
    const char *const path = write_long(dir, "set", "zstd");
    const char *const file = inside(dir, "set/shard-00000.bin.zst");
    static const long places[] = {-1, -5, -9, -9 - 12, -9 - 8};
    for (size_t i = 0; i < 5; i++) {
        sm_shards *set = NULL;
        sm_error err = {0};
        flip(file, places[i]);
        assert_true(sm_shards_open(&set, path, &err) < 0);
        assert_contains(err.text, "shard-00000.bin.zst: ");
        flip(file, places[i]);
    }
    sm_shards_close(open_set(path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_are_those_of_a_plain_set),
        cmocka_unit_test(sets_are_packed_and_unpacked),
        cmocka_unit_test(masks_and_pieces_pass),
        cmocka_unit_test(a_damaged_frame_is_remembered),
        cmocka_unit_test(damage_of_the_table_is_found_when_opening),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
