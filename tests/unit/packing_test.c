/* Packing: every token in one row, whole documents, few rows; an epoch has every row once; what is cut is counted.
 * SPDX-License-Identifier: MIT */
#include "run_fixture.h"

#include <seimai/packing.h>
#include <seimai/random.h>

enum { MANY = 400 };

/* Documents of 0 … most - 1 tokens, drawn from a seed; every token tells its place only modulo the vocabulary. */
static sm_shards *corpus(uint64_t seed, size_t n, size_t most)
{
    char dir[1024];
    size_t lengths[MANY];
    for (size_t i = 0; i < n; i++)
        lengths[i] = (size_t)(sm_random_u64(seed, i, 0) % most);
    make_shards(fresh_folder(dir), lengths, n, FIXTURE_VOCAB - 1, FIXTURE_EOT, 1500);
    return open_shards(dir);
}

static sm_shards *dialogues(const size_t *lengths, const size_t *prompts, size_t n)
{
    char dir[1024];
    make_dialogues(fresh_folder(dir), lengths, prompts, n);
    return open_shards(dir);
}

static sm_packing *pack(const sm_shards *set, sm_pack how, uint32_t T, uint32_t leaf)
{
    sm_packing *p = NULL;
    sm_error err = {0};
    assert_ok(sm_packing_new(&p, set, &(sm_packing_options){how, T, leaf, 7}, &err), &err);
    return p;
}

/* Counts how often each token of the set stands in a row; checks that rows hold what they may. */
static uint64_t count_tokens(const sm_packing *p, uint32_t T, unsigned *seen)
{
    uint64_t rows = 0;
    for (uint64_t row = 0;; row++, rows++) {
        size_t n = 0;
        const sm_piece *const pieces = sm_packing_row(p, row, &n);
        uint32_t width = 0;
        if (n == 0) return rows;
        for (size_t i = 0; i < n; i++) {
            width += pieces[i].n;
            for (uint32_t t = 0; t < pieces[i].n; t++)
                seen[pieces[i].first + t]++;
            assert_int_equal(sm_packing_find(p, pieces[i].first + pieces[i].n - 1), row);
        }
        assert_in_range(width, 1, T);
        assert_int_equal(width, sm_packing_width(p, row));
    }
}

static void every_token_stands_in_one_row(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 3; seed++) {
        sm_shards *set = corpus(seed, MANY, 90);
        const uint64_t tokens = sm_shards_about(set)->tokens;
        static const uint32_t lengths[] = {2, 7, 64, 65, 128, 300};
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            unsigned *const seen = sm_calloc(tokens, sizeof *seen);
            sm_packing *p = pack(set, SM_PACK_DOCUMENTS, lengths[i], 1);
            const uint64_t rows = count_tokens(p, lengths[i], seen);
            for (uint64_t t = 0; t < tokens; t++)
                assert_int_equal(seen[t], 1);
            assert_int_equal(rows, sm_packing_about(p)->rows);
            assert_int_equal(sm_packing_about(p)->targets, tokens);
            assert_true(rows * lengths[i] >= tokens);
            if (lengths[i] == 300) assert_true((rows - 1) * 300 < tokens); /* none is wasted */
            sm_packing_free(p);
            sm_free(seen);
        }
        sm_shards_close(set);
    }
}

/* Best fit, the longest first: 60 | 40, 50 | 50, 30 | 30 | 30 with T = 100. */
static void documents_go_where_they_fit_best(void **state)
{
    (void)state;
    char dir[1024];
    static const size_t lengths[] = {29, 49, 29, 39, 59, 29, 49}; /* and the EOT */
    make_shards(fresh_folder(dir), lengths, 7, FIXTURE_VOCAB - 1, FIXTURE_EOT, 1000);
    sm_shards *set = open_shards(dir);
    sm_packing *p = pack(set, SM_PACK_DOCUMENTS, 100, 1);
    assert_int_equal(sm_packing_about(p)->rows, 3);
    assert_int_equal(sm_packing_width(p, 0), 100);
    assert_int_equal(sm_packing_width(p, 1), 100);
    assert_int_equal(sm_packing_width(p, 2), 90);
    sm_packing_free(p);
    sm_shards_close(set);
}

static void an_epoch_has_every_row_once(void **state)
{
    (void)state;
    sm_shards *set = corpus(5, 203, 60);
    for (int how = 0; how < 2; how++)
        for (uint32_t leaf = 1; leaf < 6; leaf += 2) {
            sm_packing *p = pack(set, how ? SM_PACK_NONE : SM_PACK_DOCUMENTS, 64, leaf);
            const uint64_t n = sm_packing_about(p)->rows;
            uint64_t first[256], rows[256], piecewise;
            unsigned moved = 0, empty = 0;
            assert_in_range(n, 1, 256);
            if (how) assert_int_equal(n, (203 + leaf - 1) / leaf * leaf);
            for (uint64_t epoch = 0; epoch < 4; epoch++) {
                unsigned seen[256] = {0};
                sm_packing_draw(p, epoch, 0, (uint32_t)n, rows);
                for (uint64_t i = 0; i < n; i++) {
                    sm_packing_draw(p, epoch, i, 1, &piecewise);
                    assert_true(piecewise == rows[i]);
                    moved += epoch == 1 && rows[i] != first[i];
                    if (rows[i] == SM_PACKING_EMPTY)
                        empty++;
                    else
                        assert_int_equal(seen[rows[i]]++, 0);
                    if (rows[i] != SM_PACKING_EMPTY)
                        assert_int_equal(sm_packing_place(p, epoch, rows[i]), i);
                }
                memcpy(first, rows, sizeof first);
            }
            assert_true(moved > n / 2);
            assert_int_equal(empty, how ? 4 * (n - 203) : 0);
            sm_packing_free(p);
        }
    sm_shards_close(set);
}

/* One document a row: those of a leaf are of about one length, so few places are padding. */
static void leaves_are_of_one_length(void **state)
{
    (void)state;
    sm_shards *set = corpus(6, MANY, 128);
    sm_packing *p = pack(set, SM_PACK_NONE, 128, 4);
    uint64_t places = 0, rows[4];
    for (uint64_t i = 0; i < sm_packing_about(p)->rows; i += 4) {
        uint32_t longest = 0;
        sm_packing_draw(p, 0, i, 4, rows);
        for (size_t b = 0; b < 4; b++) {
            const uint32_t width = sm_packing_width(p, rows[b]);
            longest = width > longest ? width : longest;
        }
        places += 4 * (uint64_t)longest;
    }
    assert_true(sm_packing_about(p)->tokens >
                places * 95 / 100); /* random leaves: about 60 % */
    sm_packing_free(p);
    sm_shards_close(set);
}

/* With T = 32, and the EOT behind each: fits, loses 9 of 35 targets, fits exactly, loses all of them. */
static void what_is_cut_is_counted(void **state)
{
    (void)state;
    static const size_t lengths[] = {10, 40, 31, 40}, prompts[] = {6, 6, 5, 35};
    sm_shards *set = dialogues(lengths, prompts, 4);
    for (int how = 0; how < 2; how++) {
        sm_packing *p = pack(set, how ? SM_PACK_NONE : SM_PACK_DOCUMENTS, 32, 1);
        const sm_packing_info *const info = sm_packing_about(p);
        assert_int_equal(info->rows, 3);
        assert_int_equal(info->cut, 2);
        assert_int_equal(info->lost_documents, 1);
        assert_int_equal(info->lost_tokens, 9 + 41);
        assert_int_equal(info->lost_targets, 9 + 6);
        assert_int_equal(info->tokens, 11 + 32 + 32);
        assert_int_equal(info->targets, 5 + 26 + 27);
        uint32_t ids[32], target[32];
        float weight[32];
        uint64_t targets = 0;
        for (uint64_t row = 0; row < 3; row++) {
            sm_packing_fill(p, row, 32, ids, target, weight);
            for (size_t t = 0; t < 32; t++)
                targets += weight[t] != 0;
            assert_int_equal(ids[0], FIXTURE_EOT); /* what a document sees first */
            assert_true(weight[0] == 0);
        }
        assert_int_equal(targets, info->targets);
        sm_packing_free(p);
    }
    sm_shards_close(set);
}

static void sets_that_cannot_be_packed_are_refused(void **state)
{
    (void)state;
    char dir[1024];
    static const size_t lengths[] = {40}, prompts[] = {35};
    sm_packing *p = NULL;
    sm_error err = {0};
    make_shards(fresh_folder(dir), lengths, 1, FIXTURE_VOCAB - 1, -1, 1000);
    sm_shards *set = open_shards(dir);
    const sm_packing_options o = {SM_PACK_DOCUMENTS, 32, 1, 7};
    assert_int_equal(sm_packing_new(&p, set, &o, &err), SM_EUSAGE);
    assert_contains(err.text, "without an end-of-text id");
    sm_shards_close(set);
    set = dialogues(lengths, prompts, 1);
    err = (sm_error){0};
    assert_int_equal(sm_packing_new(&p, set, &o, &err), SM_EUSAGE);
    assert_contains(err.text, "no target lies in the first 32 tokens");
    sm_shards_close(set);
}

static void auto_asks_the_set(void **state)
{
    (void)state;
    static const size_t lengths[] = {40}, prompts[] = {35};
    sm_shards *chat = dialogues(lengths, prompts, 1), *text = corpus(1, 3, 9);
    sm_pack how = SM_PACK_NONE;
    assert_int_equal(sm_pack_for(SM_PACK_AUTO, chat), SM_PACK_DOCUMENTS);
    assert_int_equal(sm_pack_for(SM_PACK_AUTO, text), SM_PACK_WINDOWS);
    assert_int_equal(sm_pack_for(SM_PACK_NONE, text), SM_PACK_NONE);
    assert_true(sm_pack_parse("windows", &how) && how == SM_PACK_WINDOWS);
    assert_false(sm_pack_parse("window", &how));
    assert_string_equal(sm_pack_name(SM_PACK_AUTO), "auto");
    sm_shards_close(chat);
    sm_shards_close(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_token_stands_in_one_row),
        cmocka_unit_test(documents_go_where_they_fit_best),
        cmocka_unit_test(an_epoch_has_every_row_once),
        cmocka_unit_test(leaves_are_of_one_length),
        cmocka_unit_test(what_is_cut_is_counted),
        cmocka_unit_test(sets_that_cannot_be_packed_are_refused),
        cmocka_unit_test(auto_asks_the_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
