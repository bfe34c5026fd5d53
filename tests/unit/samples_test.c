/* Samples: each token of a sample is found again at that sample, in windows, packed and in a mixture.
 * SPDX-License-Identifier: MIT */
#include "run_fixture.h"

#include <seimai/samples.h>

enum { SETS = 2, T = 48, ROWS = 3 };

static sm_shards *corpus(size_t documents, size_t step)
{
    char dir[1024];
    size_t lengths[64];
    for (size_t i = 0; i < documents; i++)
        lengths[i] = i * step % 90;
    make_shards(fresh_folder(dir), lengths, documents, FIXTURE_VOCAB - 1, FIXTURE_EOT, 1500);
    return open_shards(dir);
}

/* The tokens of sample g lead back to it; returns how many it has. */
static uint64_t lead_back(const sm_samples *samples, uint64_t g)
{
    const sm_place place = sm_samples_where(samples, g);
    uint64_t tokens = 0;
    sm_piece piece;
    for (size_t k = 0; sm_samples_piece(samples, &place, k, &piece); k++)
        for (uint32_t t = 0; t < piece.n; t++, tokens++) {
            uint64_t n = 0;
            const uint64_t found =
                sm_samples_find(samples, place.set, place.epoch, piece.first + t, &n);
            assert_true(found == g);
            assert_true(n == piece.n - t);
        }
    assert_in_range(tokens, 0, T);
    return tokens;
}

/* Five epochs of a set, or as many samples of a mixture; every token of the sets comes as often as there are epochs. */
static void check(sm_samples *samples, sm_shards **sets, sm_pack pack, uint32_t n)
{
    sm_packing *packed[SETS] = {0};
    const sm_packing *packing[SETS] = {0};
    uint64_t tokens = 0, wanted = 0, drawn[SETS] = {0};
    sm_error err = {0};
    samples->packing = packing;
    samples->by_leaf = pack == SM_PACK_NONE;
    for (uint32_t i = 0; i < n; i++) {
        assert_ok(sm_samples_pack(samples, sets[i], pack, packed + i, &err), &err);
        assert_true(pack == SM_PACK_WINDOWS || packed[i]);
        packing[i] = packed[i];
        wanted += 5 * sm_shards_about(sets[i])->tokens;
    }
    const uint64_t all = 5 * sm_samples_epoch(samples);
    for (uint64_t g = 0; g < all; g += ROWS) {
        sm_place leaf[ROWS];
        sm_samples_leaf(samples, g, leaf);
        for (uint32_t b = 0; b < ROWS && g + b < all; b++) {
            const sm_place place = sm_samples_where(samples, g + b);
            assert_true(place.set == leaf[b].set && place.window == leaf[b].window);
            drawn[place.set]++;
            tokens += lead_back(samples, g + b);
        }
    }
    if (n == 1) assert_true(tokens == wanted);
    if (n == 1 || all % ROWS == 0)
        for (uint32_t i = 0; i < n; i++)
            assert_true(sm_samples_drawn(samples, i, all) == drawn[i]);
    for (uint32_t i = 0; i < n; i++)
        sm_packing_free(packed[i]);
}

static void tokens_lead_back_to_their_samples(void **state)
{
    (void)state;
    sm_shards *sets[SETS] = {corpus(40, 13), corpus(17, 29)};
    const sm_shards *const borrowed[SETS] = {sets[0], sets[1]};
    sm_error err = {0};
    for (int pack = SM_PACK_WINDOWS; pack <= SM_PACK_NONE; pack++)
        for (uint32_t n = 1; n <= SETS; n++) {
            sm_samples samples = {.sets = borrowed, .seed = 11, .length = T, .rows = ROWS};
            const double weight[SETS] = {.6, .4};
            if (n > 1) assert_ok(sm_mixture_make(&samples.mixture, weight, n, &err), &err);
            check(&samples, sets, (sm_pack)pack, n);
        }
    sm_shards_close(sets[0]);
    sm_shards_close(sets[1]);
}

/* Of a dialogue that is longer than a row, the end is in no sample. */
static void what_is_left_away_is_never_read(void **state)
{
    (void)state;
    char dir[1024];
    static const size_t lengths[] = {20, 100}, prompts[] = {5, 5};
    make_dialogues(fresh_folder(dir), lengths, prompts, 2);
    sm_shards *set = open_shards(dir);
    sm_samples samples = {.sets = &(const sm_shards *){set}, .seed = 1, .length = T, .rows = 1};
    sm_packing *packed = NULL;
    sm_error err = {0};
    assert_ok(sm_samples_pack(&samples, set, SM_PACK_AUTO, &packed, &err), &err);
    samples.packing = &(const sm_packing *){packed};
    uint64_t n = 0, read = 0;
    for (uint64_t t = 0; t < sm_shards_about(set)->tokens; t++)
        read += sm_samples_find(&samples, 0, 0, t, &n) != SM_SAMPLES_NEVER;
    assert_int_equal(read, 21 + T);
    sm_packing_free(packed);
    sm_shards_close(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_lead_back_to_their_samples),
        cmocka_unit_test(what_is_left_away_is_never_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
