/* Statistics of a text: each part by hand, n-grams against the obvious way, Swallow's definitions.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include "preset_internal.h"

#include <math.h>

static double value_of(const char *name, const char *text)
{
    sm_text_stats stats = {0};
    size_t value = 0;
    const sm_subject subject = {.text = sm_span_of(text)};
    assert_true(sm_filter_find_value(NULL, sm_span_of(name), &value));
    sm_text_stats_begin(&stats, &subject);
    const double result = sm_filter_compute(NULL, value, &stats);
    sm_text_stats_free(&stats);
    return result;
}

#define assert_value(name, text, want)                                                         \
    do {                                                                                       \
        const double got_ = value_of(name, text);                                              \
        if (fabs(got_ - (want)) > 1e-12) print_error("%s: %.17g\n", name, got_);               \
        assert_true(fabs(got_ - (want)) <= 1e-12);                                             \
    } while (0)

static void shares_of_scripts(void **state)
{
    (void)state;
    assert_value("characters", "精米ABcd。", 7);
    assert_value("kana-share", "ひらカナ漢字AB12", 0.4);
    assert_value("katakana-share", "コーヒー豆", 0.8);
    assert_value("japanese-share", "お米、とabcd", 0.5);
    assert_value("latin-share", "米rice", 0.8);
    assert_value("digit-share", "第12回", 0.5);
    assert_true(isnan(value_of("kana-share", "")));
    assert_value("characters", "", 0);
}

/* The letters of the original: ー is none, 々 is a kanji, U+20000 is none, 。，… 、 are. */
static void swallow_letters(void **state)
{
    (void)state;
    assert_value("swallow-japanese-letters", "コーヒー", 2);
    assert_value("swallow-japanese-letters", "人々、𠮟る。！？．，", 9);
    assert_value("swallow-katakana-share", "コーヒを", 2.0 / 3);
    assert_value("swallow-hiragana-share", "abc", 0);
    assert_value("swallow-japanese-share", "米米ab", 0.5);
}

static void lines_by_shape(void **state)
{
    (void)state;
    const char *text = "・一つ目\n・二つ目\n\n　　\n本文はここです。\n続きは…\n以下略...\n";
    assert_value("lines", text, 5);
    assert_value("bullet-lines", text, 0.4);
    assert_value("ellipsis-lines", text, 0.4);
    assert_value("closed-lines", text, 0.6);
    assert_value("short-lines", "一二三四五六七八九十\n一二三四五六七八九十一", 0.5);
    assert_value("longest-run", "ああ\nいいいい\nう", 4);
    assert_value("longest-run", "a          b", 1);
}

static void sentences_as_swallow_cuts_them(void **state)
{
    (void)state;
    /* "はい。" "ほんと！" "そう": the second ！ belongs to none. */
    assert_value("sentences", "はい。ほんと！！そう\n", 3);
    assert_value("mean-sentence", "はい。ほんと！！そう", 3);
    assert_value("longest-sentence", "はい。ほんと！！そう", 4);
    assert_value("ellipsis-sentences", "そして… 。\nそして… \nはい。\n・", 0.5);
    assert_true(isnan(value_of("mean-sentence", "！？\n。")));
}

static void repeats_of_lines_and_sentences(void **state)
{
    (void)state;
    const char *text = "あ。い。\nあ。\n\nあ。い。！\n\n";
    assert_value("duplicate-lines", text, 1.0 / 3);
    assert_value("swallow-duplicate-lines", text, 3.0 / 6);
    assert_value("duplicate-line-characters", text, 0.4);
    assert_value("duplicate-sentences", text, 3.0 / 5);
    assert_value("duplicate-sentence-characters", text, 0.6);
}

static void links(void **state)
{
    (void)state;
    assert_value("url-share", "見よhttp://a.jp/x。次", 13.0 / 17);
    assert_value("url-share", "://a と https:// と:", 0);
    assert_value("url-share", "x://", 0);
}

/* The oracle: every n-gram compared with every other. */
static sm_ngram_stats count_slowly(const uint32_t *c, size_t n_chars, size_t n)
{
    sm_ngram_stats out = {.total = n_chars >= n ? n_chars - n + 1 : 0};
    for (size_t i = 0; i < out.total; i++) {
        uint64_t count = 0;
        bool first = true;
        for (size_t j = 0; j < out.total; j++) {
            if (memcmp(c + i, c + j, n * sizeof *c) != 0) continue;
            count++;
            first &= j >= i;
        }
        if (!first) continue;
        out.distinct++;
        out.repeated += count > 1;
        if (count > out.top) out.top = count;
    }
    return out;
}

static void ngrams_agree_with_the_oracle(void **state)
{
    (void)state;
    sm_ngrams *const g = sm_ngrams_new();
    sm_bounds *const b = sm_bounds_new();
    uint32_t chars[120];
    for (size_t round = 0; round < 200; round++) {
        const size_t n_chars = round % 119;
        const uint32_t letters = 2 + (uint32_t)round % 7; /* few letters: many repeats */
        for (size_t i = 0; i < n_chars; i++)
            chars[i] = (uint32_t)(round * 7919 + i * i * (i ^ round)) % 1009 % letters;
        const int start = SM_NGRAM_MIN + (int)round % 5;
        for (int n = start; n <= SM_NGRAM_MAX; n++) {
            sm_ngram_stats got;
            const sm_ngram_stats want = count_slowly(chars, n_chars, (size_t)n);
            (n == start ? sm_ngrams_first : sm_ngrams_next)(g, chars, n_chars, n, &got);
            assert_memory_equal(&got, &want, sizeof got);
            assert_true(sm_bound_top(b, chars, n_chars) >= want.top);
            assert_true(sm_bound_repeats(b, chars, n_chars, n) >= want.total - want.distinct);
        }
    }
    sm_ngrams_free(g);
    sm_bounds_free(b);
}

/* A text that is too long for the table is counted in shares. Its two halves are one random text, so what
 * must come out is known but for chance: no 5-gram of 2^20 letters repeats by itself. */
static void long_texts_are_counted_in_shares(void **state)
{
    (void)state;
    enum { HALF = 3 << 20 };
    uint32_t *const chars = sm_malloc(2 * (size_t)HALF * sizeof *chars);
    uint64_t seed = 88172645463325252u;
    for (size_t i = 0; i < HALF; i++) {
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        chars[i] = chars[i + HALF] = (uint32_t)(seed >> 44);
    }
    sm_ngrams *const g = sm_ngrams_new();
    for (int n = 5; n <= 6; n++) {
        sm_ngram_stats got;
        (n == 5 ? sm_ngrams_first : sm_ngrams_next)(g, chars, 2 * (size_t)HALF, n, &got);
        const uint64_t across = (uint64_t)n - 1; /* those that lie over the seam are single */
        assert_int_equal(got.repeated, HALF - across);
        assert_int_equal(got.distinct, HALF);
        assert_int_equal(got.top, 2);
    }
    sm_ngrams_free(g);
    sm_free(chars);
}

/* A second text must not see the first: the arrays are kept, the numbers are not. */
static void scratch_is_forgotten(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double lines, top; /* top < 0: undefined */
    } cases[] = {{"ああああ\nああああ\n", 0.5, 0.6}, {"いろは", 0, 0.5}, {"い", 0, -1}};
    sm_text_stats stats = {0};
    size_t top = 0, lines = 0;
    assert_true(sm_filter_find_value(NULL, SM_SPAN("top-2-gram"), &top));
    assert_true(sm_filter_find_value(NULL, SM_SPAN("duplicate-lines"), &lines));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const sm_subject subject = {.text = sm_span_of(cases[i].text)};
        sm_text_stats_begin(&stats, &subject);
        assert_true(fabs(sm_filter_compute(NULL, lines, &stats) - cases[i].lines) < 1e-12);
        const double got = sm_filter_compute(NULL, top, &stats);
        if (cases[i].top < 0) assert_true(isnan(got));
        if (cases[i].top >= 0) assert_true(fabs(got - cases[i].top) < 0.07);
    }
    sm_text_stats_free(&stats);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_of_scripts),
        cmocka_unit_test(swallow_letters),
        cmocka_unit_test(lines_by_shape),
        cmocka_unit_test(sentences_as_swallow_cuts_them),
        cmocka_unit_test(repeats_of_lines_and_sentences),
        cmocka_unit_test(links),
        cmocka_unit_test(ngrams_agree_with_the_oracle),
        cmocka_unit_test(long_texts_are_counted_in_shares),
        cmocka_unit_test(scratch_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
