/* Views, shingles and signatures, each against its slow definition.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>
#include <seimai/minhash.h>
#include <seimai/random.h>

enum { N = 5 };

/* ---- views --------------------------------------------------------------------------------- */

static void assert_view(sm_view view, const char *text, const uint32_t *want, size_t n)
{
    uint32_t points[64];
    assert_int_equal(sm_view_points(view, sm_span_of(text), points), n);
    assert_memory_equal(points, want, n * sizeof *want);
}

static void a_view_unifies_widths_and_keeps_voicing(void **state)
{
    (void)state;
    const uint32_t gapa[] = {0x30AC, 0x30D1, 0x30F4, 0x30AB, 0x309B + 2};
    assert_view(SM_VIEW_JA, "ｶﾞﾊﾟｳﾞｶゝ", gapa, 5);
    const uint32_t ascii[] = {'A', '1', '~', '~', '-', '-', 0x2016, 0x2016, 0xA3, 0xAC};
    assert_view(SM_VIEW_JA, "Ａ１〜～−－‖∥￡￢", ascii, 10);
    const uint32_t voiced[] = {0x304C, 0x3071};
    assert_view(SM_VIEW_JA, "が ぱ", voiced, 2);
}

static void a_view_drops_spaces_and_only_ja_drops_zero_widths(void **state)
{
    (void)state;
    const char *text = "a\t\xC2\xA0\xE3\x80\x80\xE2\x80\x8B\xEF\xBB\xBF"
                       "b\xF0\xA0\xAE\x9F";
    const uint32_t ja[] = {'a', 'b', 0x20B9F};
    const uint32_t spaces[] = {'a', 0x200B, 0xFEFF, 'b', 0x20B9F};
    const uint32_t all[] = {'a', '\t', 0xA0, 0x3000, 0x200B, 0xFEFF, 'b', 0x20B9F};
    assert_view(SM_VIEW_JA, text, ja, 3);
    assert_view(SM_VIEW_SPACES, text, spaces, 5);
    assert_view(SM_VIEW_TEXT, text, all, 8);
}

static void a_lone_sound_mark_stays_a_character(void **state)
{
    (void)state;
    const uint32_t marks[] = {0x309B, 0x30A2, 0x309B, 0x30CA, 0x309C};
    assert_view(SM_VIEW_JA, "ﾞｱﾞﾅﾟ", marks, 5);
    const uint32_t end[] = {0x30AB};
    assert_view(SM_VIEW_JA, "ｶ", end, 1);
}

/* ---- shingles ------------------------------------------------------------------------------ */

static int order(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The oracle: every window by itself, libc's sort, duplicates out. */
static size_t set_slowly(sm_view view, sm_span text, unsigned n, uint64_t *set)
{
    uint32_t *points = malloc((text.n + 1) * sizeof *points);
    const size_t length = sm_view_points(view, text, points);
    size_t windows = 0, distinct = 0;
    for (size_t i = 0; i + n <= length; i++)
        set[windows++] = sm_shingle_hash(points + i, n);
    qsort(set, windows, sizeof *set, order);
    for (size_t i = 0; i < windows; i++)
        if (distinct == 0 || set[distinct - 1] != set[i]) set[distinct++] = set[i];
    free(points);
    return distinct;
}

/* Text over a small alphabet of one- to four-byte characters, some of which a view changes. */
static size_t random_text(uint64_t seed, size_t characters, char *text)
{
    static const char *const letters[] = {"a", " ",  "の", "ガ", "ｶ",  "ﾞ",
                                          "é", "　", "𠮟", "漢", "Ａ", "。"};
    size_t n = 0;
    for (size_t i = 0; i < characters; i++) {
        const char *letter = letters[sm_random_below(seed, i, 0, 12)];
        memcpy(text + n, letter, strlen(letter));
        n += strlen(letter);
    }
    return n;
}

static void rolling_gives_the_set_of_the_definition(void **state)
{
    (void)state;
    enum { LONGEST = 20000 };
    char *text = malloc(4 * LONGEST);
    uint64_t *want = malloc(LONGEST * sizeof *want);
    for (unsigned n = 1; n <= SM_SHINGLE_MAX; n += n < 6 ? 1 : 29) {
        sm_shingler *s = sm_shingler_new(SM_VIEW_JA, n);
        for (size_t length = 0; length <= LONGEST; length = length * 3 + 1) {
            const sm_span span = {text, random_text(n, length, text)};
            const uint64_t *set = NULL;
            const size_t size = sm_shingle_set(s, span, &set);
            assert_int_equal(size, set_slowly(SM_VIEW_JA, span, n, want));
            if (size) assert_memory_equal(set, want, size * sizeof *set);
        }
        sm_shingler_free(s);
    }
    free(text);
    free(want);
}

static void a_text_that_repeats_itself_is_a_small_set(void **state)
{
    (void)state;
    enum { LENGTH = 3000000 };
    char *text = malloc(LENGTH);
    for (size_t i = 0; i < LENGTH; i++)
        text[i] = "abc"[i % 3];
    sm_shingler *s = sm_shingler_new(SM_VIEW_JA, N);
    const uint64_t *set = NULL;
    assert_int_equal(sm_shingle_set(s, (sm_span){text, LENGTH}, &set), 3);
    memset(text, 0, LENGTH); /* NUL is a character like others */
    assert_int_equal(sm_shingle_set(s, (sm_span){text, LENGTH}, &set), 1);
    assert_int_equal(sm_shingle_set(s, (sm_span){text, N - 1}, &set), 0);
    assert_int_equal(sm_shingle_set(s, (sm_span){NULL, 0}, &set), 0);
    sm_shingler_free(s);
    free(text);
}

static void jaccard_counts_what_is_shared(void **state)
{
    (void)state;
    const uint64_t a[] = {1, 2, 3, 4}, b[] = {3, 4, 5};
    assert_true(fabs(sm_jaccard(a, 4, b, 3) - 2.0 / 5) < 1e-15);
    assert_true(sm_jaccard(a, 4, a, 4) >= 1);
    assert_true(sm_jaccard(a, 4, b, 0) <= 0);
    assert_true(sm_jaccard(a, 0, b, 0) >= 1);
    assert_true(fabs(sm_jaccard_limit(4, 3) - .75) < 1e-15);
    assert_true(sm_jaccard_limit(0, 0) >= 1);
}

/* ---- signatures ---------------------------------------------------------------------------- */

static void random_hashes(uint64_t seed, uint64_t *hashes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hashes[i] = sm_random_u64(seed, i, 1);
}

static void every_path_gives_the_same_signature(void **state)
{
    (void)state;
    enum { HASHES = 1000, K_MAX = 1003 };
    static uint64_t hashes[HASHES];
    static uint32_t want[K_MAX], got[K_MAX];
    random_hashes(3, hashes, HASHES);
    hashes[7] = 0;
    hashes[8] = UINT64_MAX;
    for (unsigned k = 1; k <= K_MAX; k += k < 40 ? 1 : 107) {
        sm_minhash *m = sm_minhash_new(k, k);
        for (size_t n = 0; n <= HASHES; n = 3 * n + 1) {
            sm_minhash_sign_by(0, m, hashes, n, want);
            for (size_t path = 1; sm_minhash_path(path); path++) {
                sm_minhash_sign_by(path, m, hashes, n, got);
                assert_memory_equal(got, want, k * sizeof *got);
            }
            sm_minhash_sign(m, hashes, n, got);
            assert_memory_equal(got, want, k * sizeof *got);
        }
        sm_minhash_free(m);
    }
}

static void a_signature_ignores_order_and_repetition(void **state)
{
    (void)state;
    enum { K = 112, HASHES = 500 };
    static uint64_t hashes[2 * HASHES];
    uint32_t once[K], twice[K], empty[K];
    random_hashes(5, hashes, HASHES);
    sm_minhash *m = sm_minhash_new(K, 1);
    sm_minhash_sign(m, hashes, HASHES, once);
    for (size_t i = 0; i < HASHES; i++)
        hashes[HASHES + i] = hashes[HASHES - 1 - i];
    sm_minhash_sign(m, hashes, 2 * HASHES, twice);
    assert_memory_equal(once, twice, sizeof once);
    sm_minhash_sign(m, hashes, 0, empty);
    for (size_t i = 0; i < K; i++)
        assert_int_equal(empty[i], UINT32_MAX);
    sm_minhash_free(m);
}

/* Pairs of sets with a known J: the estimates' mean is J, their variance J (1 - J) / k. */
static void the_estimate_is_unbiased_with_the_variance_of_the_theory(void **state)
{
    (void)state;
    enum { K = 128, SIZE = 300, PAIRS = 2000 };
    static uint64_t hashes[2 * SIZE];
    uint32_t a[K], b[K];
    sm_minhash *m = sm_minhash_new(K, 1);
    for (size_t shared = 60; shared < SIZE; shared += 60) {
        const double j = (double)shared / (double)(2 * SIZE - shared);
        double sum = 0, squares = 0;
        for (size_t pair = 0; pair < PAIRS; pair++) {
            random_hashes(1000 * shared + pair, hashes, 2 * SIZE);
            sm_minhash_sign(m, hashes, SIZE, a);
            sm_minhash_sign(m, hashes + SIZE - shared, SIZE, b);
            const double off = sm_minhash_similarity(a, b, K) - j;
            sum += off;
            squares += off * off;
        }
        const double variance = j * (1 - j) / K;
        assert_true(fabs(sum / PAIRS) < 4 * sqrt(variance / PAIRS));
        assert_true(fabs(squares / PAIRS / variance - 1) < 4 * sqrt(2.0 / PAIRS));
    }
    sm_minhash_free(m);
}

/* ---- words ----------------------------------------------------------------------------------- */

static size_t word_set(sm_shingler *s, const char *text, uint64_t *out)
{
    const uint64_t *set = NULL;
    const size_t n = sm_shingle_set(s, sm_span_of(text), &set);
    if (n > 0) memcpy(out, set, n * sizeof *set);
    return n;
}

static void shingles_of_words_are_pairs_of_morphemes(void **state)
{
    (void)state;
    sm_morph *morph = NULL;
    sm_error err = {0};
    assert_ok(sm_morph_open(&morph, NULL, &err), &err);
    sm_tagger *tagger = sm_tagger_new(morph);
    sm_shingler *s = sm_shingler_new(SM_VIEW_JA, 2);
    sm_shingler_use_words(s, tagger);
    uint64_t a[16], b[16];
    /* 私|は|学校|に|行く and 私|は|大学|に|行く share 私は and に行く: 2 of 6. */
    const size_t n = word_set(s, "私は学校に行く", a);
    assert_int_equal(n, 4);
    assert_int_equal(word_set(s, "私は大学に行く", b), 4);
    assert_true(fabs(sm_jaccard(a, 4, b, 4) - 2.0 / 6) < 1e-12);
    assert_int_equal(word_set(s, "私は 学校に\n行く", b), 4); /* white space is no word */
    assert_memory_equal(a, b, sizeof *a * 4);
    assert_int_equal(word_set(s, "学校", b), 0);
    sm_shingler_free(s);
    sm_tagger_free(tagger);
    sm_morph_close(morph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shingles_of_words_are_pairs_of_morphemes),
        cmocka_unit_test(a_view_unifies_widths_and_keeps_voicing),
        cmocka_unit_test(a_view_drops_spaces_and_only_ja_drops_zero_widths),
        cmocka_unit_test(a_lone_sound_mark_stays_a_character),
        cmocka_unit_test(rolling_gives_the_set_of_the_definition),
        cmocka_unit_test(a_text_that_repeats_itself_is_a_small_set),
        cmocka_unit_test(jaccard_counts_what_is_shared),
        cmocka_unit_test(every_path_gives_the_same_signature),
        cmocka_unit_test(a_signature_ignores_order_and_repetition),
        cmocka_unit_test(the_estimate_is_unbiased_with_the_variance_of_the_theory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
