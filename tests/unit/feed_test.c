/* The feed: every token a target once an epoch, the same for any division of the step; documents by
 * themselves counted once, with what came before them in sight.
 * SPDX-License-Identifier: MIT */
#include "run_fixture.h"

#include <seimai/feed.h>

static const size_t lengths[] = {5, 0, 37, 1, 16, 15, 17, 200, 3, 64};
enum { DOCUMENTS = sizeof lengths / sizeof *lengths, TOKENS = 358 + DOCUMENTS };

static sm_shards *corpus(int64_t eot)
{
    char dir[1024];
    make_shards(fresh_folder(dir), lengths, DOCUMENTS, FIXTURE_VOCAB - 1, eot, 100);
    return open_shards(dir);
}

static void an_epoch_has_every_target_once(void **state)
{
    (void)state;
    sm_shards *set = corpus(FIXTURE_EOT);
    const sm_feed feed = {
        .from = {.sets = &(const sm_shards *){set}, .seed = 3, .length = 16, .rows = 2},
        .leaves = 4};
    const uint64_t windows = sm_samples_epoch(&feed.from);
    assert_int_equal(windows, (TOKENS + 15) / 16);
    sm_batch *batch = sm_batch_new(2, 16);
    unsigned seen[FIXTURE_VOCAB] = {0};
    uint64_t sample = 0, surplus = 0;
    for (uint64_t step = 0; sample < 3 * windows; step++)
        for (uint32_t leaf = 0; leaf < 4; leaf++) {
            (void)sm_feed_batch(&feed, step, leaf, batch);
            for (uint32_t b = 0; b < 2; b++, sample++) {
                assert_int_equal(batch->seq[b], sample);
                for (uint32_t t = 0; t < 16 && sample < 3 * windows; t++) {
                    const size_t i = (size_t)b * 16 + t;
                    if (batch->weight[i] != 0)
                        seen[batch->target[i]]++;
                    else
                        surplus++;
                }
            }
        }
    for (uint32_t id = 1; id <= 358; id++)
        assert_int_equal(seen[id], 3);
    assert_int_equal(seen[FIXTURE_EOT], 3 * DOCUMENTS);
    assert_int_equal(surplus, 3 * (windows * 16 - TOKENS));
    sm_batch_free(batch);
    sm_shards_close(set);
}

static void the_samples_of_a_step_do_not_depend_on_its_leaves(void **state)
{
    (void)state;
    sm_shards *set = corpus(FIXTURE_EOT);
    const sm_feed one = {
        .from = {.sets = &(const sm_shards *){set}, .seed = 9, .length = 16, .rows = 8},
        .leaves = 1};
    const sm_feed eight = {
        .from = {.sets = &(const sm_shards *){set}, .seed = 9, .length = 16, .rows = 1},
        .leaves = 8};
    sm_batch *a = sm_batch_new(8, 16), *b = sm_batch_new(1, 16);
    for (uint64_t step = 0; step < 20; step++) {
        (void)sm_feed_batch(&one, step, 0, a);
        for (uint32_t leaf = 0; leaf < 8; leaf++) {
            (void)sm_feed_batch(&eight, step, leaf, b);
            assert_memory_equal(a->ids + leaf * 16, b->ids, 16 * sizeof *b->ids);
            assert_memory_equal(a->target + leaf * 16, b->target, 16 * sizeof *b->target);
            assert_memory_equal(a->weight + leaf * 16, b->weight, 16 * sizeof *b->weight);
            assert_memory_equal(a->lo + leaf * 16, b->lo, 16 * sizeof *b->lo);
        }
    }
    sm_batch_free(a);
    sm_batch_free(b);
    sm_shards_close(set);
}

static void epochs_cut_elsewhere(void **state)
{
    (void)state;
    sm_shards *set = corpus(FIXTURE_EOT);
    const sm_feed feed = {
        .from = {.sets = &(const sm_shards *){set}, .seed = 3, .length = 16, .rows = 1},
        .leaves = 1};
    unsigned phases = 0;
    sm_place before = {0}, here;
    for (uint64_t e = 0; e < 10; e++, before = here) {
        here = sm_samples_where(&feed.from, e * sm_samples_epoch(&feed.from));
        assert_int_equal(here.epoch, e);
        phases += here.windows.phase != before.windows.phase;
    }
    assert_true(phases >= 8);
    sm_shards_close(set);
}

/* Each row of a batch is what the set of its sample gives alone. */
static void a_mixture_deals_out_the_samples_of_its_sets(void **state)
{
    (void)state;
    sm_shards *set = corpus(FIXTURE_EOT), *other = corpus(FIXTURE_EOT);
    const sm_shards *const sets[] = {set, other};
    sm_feed feed = {.from = {.sets = sets, .seed = 3, .length = 16, .rows = 3}, .leaves = 2};
    const sm_feed alone = {.from = {.sets = sets, .seed = 3, .length = 16, .rows = 1},
                           .leaves = 1};
    sm_batch *batch = sm_batch_new(3, 16), *one = sm_batch_new(1, 16);
    sm_error err = {0};
    uint64_t drawn[2] = {0};
    assert_ok(sm_mixture_make(&feed.from.mixture, (const double[]){.7, .3}, 2, &err), &err);
    for (uint64_t g = 0; g < 600; g += 3) {
        (void)sm_feed_batch(&feed, g / 6, (uint32_t)(g / 3 % 2), batch);
        for (uint32_t b = 0; b < 3; b++) {
            const sm_place place = sm_samples_where(&feed.from, g + b);
            (void)sm_feed_batch(&alone, drawn[place.set]++, 0, one);
            assert_int_equal(batch->seq[b], g + b);
            assert_memory_equal(batch->ids + b * 16, one->ids, 16 * sizeof *one->ids);
            assert_memory_equal(batch->lo + b * 16, one->lo, 16 * sizeof *one->lo);
        }
    }
    assert_int_equal(drawn[0], 420);
    assert_int_equal(drawn[1], 180);
    sm_batch_free(batch);
    sm_batch_free(one);
    sm_shards_close(set);
    sm_shards_close(other);
}

static void validation_goes_from_the_first_token_on(void **state)
{
    (void)state;
    sm_shards *set = corpus(FIXTURE_EOT);
    const sm_feed feed = {
        .from = {.sets = &(const sm_shards *){set}, .seed = 3, .length = 16, .rows = 4},
        .leaves = 1};
    sm_batch *batch = sm_batch_new(4, 16);
    uint32_t all[TOKENS];
    uint64_t token = 0;
    sm_shards_read(set, 0, TOKENS, all);
    for (uint64_t first = 0; first < sm_samples_epoch(&feed.from); first += 4) {
        sm_feed_validation(&feed, first, batch);
        for (size_t i = 0; i < 64; i++) {
            if (batch->weight[i] == 0) continue;
            assert_int_equal(batch->target[i], all[token]);
            assert_int_equal(batch->ids[i], all[(token + TOKENS - 1) % TOKENS]);
            token++;
        }
    }
    assert_int_equal(token, TOKENS);
    sm_batch_free(batch);
    sm_shards_close(set);
}

/* ---- documents by themselves --------------------------------------------------------------------- */

/* Where each token stands: ids 1, 2, 3 … tell it. */
typedef struct place {
    size_t document, index;
} place;

static place place_of(uint32_t id)
{
    place p = {0, id - 1};
    while (p.index >= lengths[p.document])
        p.index -= lengths[p.document++];
    return p;
}

/* One target: what goes in is what stands before it, and enough of the document is in sight. */
static void check_target(const sm_batch *batch, size_t i, unsigned *seen, unsigned *ends)
{
    const uint32_t T = batch->T, input = batch->ids[i], target = batch->target[i];
    const uint32_t sight = (uint32_t)(i % T) + 1 - batch->lo[i];
    assert_int_equal(batch->hi[i], i % T + 1);
    if (target == FIXTURE_EOT) {
        (*ends)++;
        if (input == FIXTURE_EOT) return; /* an empty document */
        const place p = place_of(input);
        assert_int_equal(p.index + 1, lengths[p.document]);
        assert_true(sight == p.index + 2 || sight >= T / 2);
        return;
    }
    const place p = place_of(target);
    seen[target]++;
    assert_int_equal(input, p.index ? target - 1 : FIXTURE_EOT);
    assert_true(sight == p.index + 1 || sight >= T / 2);
    if (sight == p.index + 1) assert_int_equal(batch->ids[i - p.index], FIXTURE_EOT);
}

static void documents_are_given_once_and_alone(void **state)
{
    (void)state;
    sm_shards *set = corpus(FIXTURE_EOT);
    for (uint32_t T = 2; T < 70; T += T < 20 ? 1 : 7)
        for (uint32_t B = 1; B < 4; B++) {
            sm_batch *batch = sm_batch_new(B, T);
            sm_solo solo = {.set = set};
            sm_error err = {0};
            unsigned seen[FIXTURE_VOCAB] = {0}, ends = 0;
            int more;
            while ((more = sm_solo_next(&solo, 0, batch, &err)) == 1)
                for (size_t i = 0; i < (size_t)B * T; i++)
                    if (batch->weight[i] != 0) check_target(batch, i, seen, &ends);
            assert_int_equal(more, 0);
            for (uint32_t id = 1; id <= 358; id++)
                assert_int_equal(seen[id], 1);
            assert_int_equal(ends, DOCUMENTS);
            assert_int_equal(solo.targets, TOKENS);
            assert_int_equal(solo.documents, DOCUMENTS);
            assert_int_equal(solo.bytes, 3 * 358);
            assert_int_equal(solo.characters, 358);
            sm_batch_free(batch);
        }
    sm_shards_close(set);
}

static void a_limit_ends_at_a_document(void **state)
{
    (void)state;
    sm_shards *set = corpus(FIXTURE_EOT);
    sm_batch *batch = sm_batch_new(2, 16);
    sm_solo solo = {.set = set};
    while (sm_solo_next(&solo, 100, batch, NULL) == 1) {
    }
    assert_int_equal(solo.targets,
                     6 + 1 + 38 + 2 + 17 + 16 + 18 + 201); /* the last begins at 98 */
    assert_int_equal(solo.documents, 8);
    sm_batch_free(batch);
    sm_shards_close(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_epoch_has_every_target_once),
        cmocka_unit_test(the_samples_of_a_step_do_not_depend_on_its_leaves),
        cmocka_unit_test(epochs_cut_elsewhere),
        cmocka_unit_test(a_mixture_deals_out_the_samples_of_its_sets),
        cmocka_unit_test(validation_goes_from_the_first_token_on),
        cmocka_unit_test(documents_are_given_once_and_alone),
        cmocka_unit_test(a_limit_ends_at_a_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
