/* The S-curve against published values and against the table's own behaviour.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>
#include <seimai/lsh.h>
#include <seimai/minhash.h>
#include <seimai/random.h>

static void the_curve_gives_the_published_values(void **state)
{
    (void)state;
    static const struct {
        unsigned bands, rows;
        double jaccard, recall;
    } cases[] = {
        {14, 8, .8, .924},  {14, 8, .5, .053},   {40, 20, .9, .994}, {20, 10, .7, .436},
        {20, 13, .8, .677}, {450, 20, .7, .302}, {9, 13, .8, .399},  {5, 25, .95, .803},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const double recall = sm_lsh_recall(cases[i].bands, cases[i].rows, cases[i].jaccard);
        assert_true(fabs(recall - cases[i].recall) < .0006);
    }
}

static void a_threshold_picks_a_setting_that_finds_it(void **state)
{
    (void)state;
    unsigned bands = 0, rows = 0, last = 0;
    sm_lsh_choose(.8, &bands, &rows);
    assert_int_equal(bands, 14);
    assert_int_equal(rows, 8);
    for (int hundredth = 1; hundredth <= 100; hundredth++) {
        sm_lsh_choose(hundredth / 100.0, &bands, &rows);
        assert_in_range(bands * rows, 1, 112);
        assert_true(rows >= last);
        last = rows;
        if (hundredth >= 3) assert_true(sm_lsh_recall(bands, rows, hundredth / 100.0) >= .92);
    }
}

static void presets_have_their_published_settings(void **state)
{
    (void)state;
    unsigned bands = 0, rows = 0;
    assert_true(sm_lsh_preset("swallow", &bands, &rows));
    assert_int_equal(bands, 40);
    assert_int_equal(rows, 20);
    assert_false(sm_lsh_preset("sparrow", &bands, &rows));
}

static void a_key_depends_on_its_band(void **state)
{
    (void)state;
    const uint32_t signature[6] = {1, 2, 1, 2, 1, 3};
    uint64_t keys[3];
    sm_lsh_keys(signature, 3, 2, keys);
    assert_true(keys[0] != keys[1]);
    assert_true(keys[1] != keys[2]);
}

/* The table against a list that is searched from end to end, over random keys with many equal ones. */
static void the_table_finds_what_a_list_finds(void **state)
{
    (void)state;
    enum { BANDS = 3, DOCUMENTS = 3000, VALUES = 700, CAP = 4 };
    static uint64_t keys[DOCUMENTS][BANDS];
    static bool entered[DOCUMENTS][BANDS];
    sm_lsh *lsh = sm_lsh_new(BANDS, CAP);
    sm_lsh_hits hits = {0};
    for (uint32_t d = 0; d < DOCUMENTS; d++) {
        size_t full = 0, wanted = 0;
        bool is_hit[DOCUMENTS] = {false};
        for (size_t b = 0; b < BANDS; b++) {
            size_t members = 0;
            /* Neighbouring values, so that runs of the table collide. */
            keys[d][b] = b << 32 | sm_random_below(11, d, b, VALUES);
            for (size_t e = 0; e < d; e++) {
                if (!entered[e][b] || keys[e][b] != keys[d][b]) continue;
                members++;
                wanted += !is_hit[e];
                is_hit[e] = true;
            }
            entered[d][b] = members < CAP;
            full += members >= CAP;
        }
        sm_lsh_find(lsh, keys[d], &hits);
        assert_int_equal(hits.n, wanted);
        for (size_t i = 0; i < hits.n; i++) {
            assert_true(is_hit[hits.documents[i]]);
            assert_true(i == 0 || hits.documents[i - 1] < hits.documents[i]);
        }
        assert_int_equal(sm_lsh_insert(lsh, keys[d], d, NULL), full);
    }
    assert_true(sm_lsh_bytes(lsh) >= DOCUMENTS * 16);
    sm_lsh_hits_free(&hits);
    sm_lsh_free(lsh);
}

/* Pairs of random sets with a known J become candidates as often as the curve says. */
static void pairs_become_candidates_as_the_curve_says(void **state)
{
    (void)state;
    enum { BANDS = 14, ROWS = 8, SIZE = 200, PAIRS = 3000 };
    static uint64_t hashes[2 * SIZE];
    uint32_t a[BANDS * ROWS], b[BANDS * ROWS];
    uint64_t keys_a[BANDS], keys_b[BANDS];
    sm_minhash *m = sm_minhash_new(BANDS * ROWS, 1);
    for (size_t shared = 130; shared < SIZE; shared += 20) {
        unsigned found = 0;
        for (size_t pair = 0; pair < PAIRS; pair++) {
            for (size_t i = 0; i < 2 * SIZE; i++)
                hashes[i] = sm_random_u64(shared, pair, i);
            sm_minhash_sign(m, hashes, SIZE, a);
            sm_minhash_sign(m, hashes + SIZE - shared, SIZE, b);
            sm_lsh_keys(a, BANDS, ROWS, keys_a);
            sm_lsh_keys(b, BANDS, ROWS, keys_b);
            bool meets = false;
            for (size_t i = 0; i < BANDS; i++)
                meets = meets || keys_a[i] == keys_b[i];
            found += meets;
        }
        const double j = (double)shared / (double)(2 * SIZE - shared);
        const double p = sm_lsh_recall(BANDS, ROWS, j);
        assert_true(fabs((double)found / PAIRS - p) < 4 * sqrt(p * (1 - p) / PAIRS));
    }
    sm_minhash_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_curve_gives_the_published_values),
        cmocka_unit_test(a_threshold_picks_a_setting_that_finds_it),
        cmocka_unit_test(presets_have_their_published_settings),
        cmocka_unit_test(a_key_depends_on_its_band),
        cmocka_unit_test(the_table_finds_what_a_list_finds),
        cmocka_unit_test(pairs_become_candidates_as_the_curve_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
