/* Metrics on text: values by hand, the fast ones against slow ones, hostile texts.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/metric.h>
#include <seimai/random.h>
#include <seimai/utf8.h>

#include <math.h>

static sm_arena arena;

static void assert_near(double got, double want)
{
    if (fabs(got - want) > 1e-12) print_error("got %.17g, want %.17g\n", got, want);
    assert_true(fabs(got - want) <= 1e-12);
}

static sm_span form(const char *text)
{
    sm_span out;
    sm_error err = {0};
    assert_ok(sm_metric_form(sm_span_of(text), &arena, &out, &err), &err);
    return out;
}

static void forms(void **state)
{
    (void)state;
    assert_span(form("「１９２８ 年。」"), "1928年");
    assert_span(form("Ｔｈｅ Cat’s $5+3=8!"), "thecats538");
    assert_span(form("ｶﾞｷﾞ\xE3\x80\x80・ー々〇"), "ガギー々〇");
    assert_span(form(" \t\n、。"), "");
    assert_span(form("a\xE2\x80\x8B"
                     "b\xEF\xBB\xBF"),
                "ab");                             /* zero width */
    assert_span(form("\xC8\xBA"), "\xE2\xB1\xA5"); /* longer in lower case */
    sm_arena_reset(&arena);
}

static void exact_and_f1(void **state)
{
    (void)state;
    assert_true(sm_metric_exact(form("東京都。"), form("東京都")));
    assert_false(sm_metric_exact(form("東京"), form("東京都")));
    assert_near(sm_metric_f1(form("東京"), form("東京都"), &arena).f1, 0.8);
    const sm_prf one = sm_metric_f1(SM_SPAN("aab"), SM_SPAN("abbc"), &arena); /* a, b shared */
    assert_near(one.precision, 2.0 / 3);
    assert_near(one.recall, 0.5);
    assert_near(one.f1, 4.0 / 7);
    assert_near(sm_metric_f1(SM_SPAN(""), SM_SPAN(""), &arena).f1, 1);
    assert_near(sm_metric_f1(SM_SPAN(""), SM_SPAN("x"), &arena).f1, 0);
    assert_near(sm_metric_f1(SM_SPAN("y"), SM_SPAN("x"), &arena).f1, 0);
    sm_arena_reset(&arena);
}

static void rouge_by_hand(void **state)
{
    (void)state;
    /* 今日は晴れ / 今日の天気は晴れです: 今日は晴れ is a subsequence */
    const sm_prf p =
        sm_metric_rouge_l(SM_SPAN("今日は 晴れ"), SM_SPAN("今日の天気は晴れです"), &arena);
    assert_near(p.precision, 1);
    assert_near(p.recall, 0.5);
    assert_near(p.f1, 2.0 / 3);
    assert_near(sm_metric_rouge_l(SM_SPAN(""), SM_SPAN(""), &arena).f1, 0);
    assert_near(sm_metric_rouge_l(SM_SPAN(" \n"), SM_SPAN("あ"), &arena).f1, 0);
    sm_arena_reset(&arena);
}

/* Random lists, of few symbols and of many, across the borders of words and strips. */
static void lcs_against_the_table(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 2, 63, 64, 65, 127, 500, 1023, 1024, 1025, 2100};
    static uint32_t a[2100], b[2100];
    const size_t n_sizes = sizeof sizes / sizeof *sizes;
    for (uint64_t round = 0; round < n_sizes * n_sizes; round++) {
        const size_t n = sizes[round / n_sizes], m = sizes[round % n_sizes];
        const uint64_t symbols = round % 3 == 0 ? 2 : round % 3 == 1 ? 30 : 5000;
        for (size_t i = 0; i < 2100; i++) {
            a[i] = (uint32_t)sm_random_below(1, round, i, symbols);
            b[i] = (uint32_t)sm_random_below(2, round, i, symbols);
        }
        assert_int_equal(sm_metric_lcs(a, n, b, m, &arena),
                         sm_metric_lcs_slowly(a, n, b, m, &arena));
        sm_arena_reset(&arena);
    }
}

/* Two texts of a million characters cost what SM_METRIC_LONGEST says, and the rest does not count. */
static void long_texts_are_bounded(void **state)
{
    (void)state;
    const size_t n = 1000000;
    char *const long_text = sm_malloc(n);
    memset(long_text, 'a', n);
    const sm_span whole = {long_text, n}, bound = {long_text, SM_METRIC_LONGEST};
    assert_near(sm_metric_rouge_l(whole, bound, &arena).f1, 1);
    assert_near(sm_metric_rouge_l(whole, whole, &arena).f1, 1);
    sm_free(long_text);
    sm_arena_reset(&arena);
}

/* ---- chrF ------------------------------------------------------------------------------------- */

static void chrf_by_hand(void **state)
{
    (void)state;
    sm_chrf c;
    const sm_span reference = SM_SPAN("abc");
    sm_metric_chrf(SM_SPAN("a b d"), &reference, 1, 0, &arena, &c);
    /* 1-grams a b d: 2 of 3; 2-grams ab bd: 1 of 2; 3-grams: 0 of 1; no longer ones */
    assert_int_equal(c.answer[0], 3);
    assert_int_equal(c.both[0], 2);
    assert_int_equal(c.both[1], 1);
    assert_int_equal(c.answer[2], 1);
    assert_int_equal(c.both[2], 0);
    assert_int_equal(c.answer[3], 0);
    assert_near(sm_chrf_score(&c, 0), 100 * (2.0 / 3 + 1.0 / 2) / 3);
    sm_metric_chrf(SM_SPAN("a b d"), &reference, 1, 2, &arena, &c);
    assert_int_equal(c.answer[6], 3); /* words a, b, d beside abc */
    assert_int_equal(c.both[6], 0);
    assert_int_equal(c.answer[7], 0); /* the reference has no two words */
    sm_arena_reset(&arena);
}

static void chrf_takes_the_best_reference(void **state)
{
    (void)state;
    const sm_span references[] = {SM_SPAN("犬がいる"), SM_SPAN("猫がいる"),
                                  SM_SPAN("猫がいる")};
    sm_chrf c, second;
    sm_metric_chrf(SM_SPAN("猫がいる"), references, 3, 2, &arena, &c);
    assert_near(sm_chrf_score(&c, 2), 100);
    sm_metric_chrf(SM_SPAN("猫がいる"), references, 1, 2, &arena, &second);
    sm_chrf_add(&second, &c);
    assert_int_equal(second.both[0], 3 + 4);
    sm_metric_chrf(SM_SPAN(""), references, 3, 2, &arena, &c);
    assert_near(sm_chrf_score(&c, 2), 0);
    sm_metric_chrf(SM_SPAN("x"), NULL, 0, 2, &arena, &c);
    assert_near(sm_chrf_score(&c, 2), 0);
    sm_arena_reset(&arena);
}

/* Word marks: (hi) loses its end only, "!" stays, a word of two characters is cut. */
static void chrf_cuts_words(void **state)
{
    (void)state;
    const sm_span reference = SM_SPAN("(hi ) ! 」 a .");
    sm_chrf c;
    sm_metric_chrf(SM_SPAN("(hi) ! 」 a."), &reference, 1, 2, &arena, &c);
    assert_int_equal(c.answer[6], 6);    /* (hi ) ! 」 a . */
    assert_int_equal(c.reference[6], 7); /* ( hi ) ! 」 a . */
    assert_int_equal(c.both[6], 5);
    sm_arena_reset(&arena);
}

/* ---- abstention --------------------------------------------------------------------------------- */

static void abstention(void **state)
{
    (void)state;
    const sm_span items[] = {SM_SPAN("わかりません"), SM_SPAN("不明")};
    const bool whole[] = {false, true};
    const sm_phrases list = {items, whole, 2};
    assert_true(sm_metric_abstains(form("それは、わかりません。"), &list));
    assert_true(sm_metric_abstains(form("不明。"), &list));
    assert_false(sm_metric_abstains(form("行方不明"), &list));
    assert_false(sm_metric_abstains(form(""), &list));
    sm_arena_reset(&arena);
}

static void phrases_are_read(void **state)
{
    (void)state;
    const char *const source = getenv("SEIMAI_SOURCE");
    sm_error err = {0};
    sm_phrases list;
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/dicts/eval/abstention.txt", source ? source : ".");
    assert_ok(sm_phrases_read(&list, path, &arena, &err), &err);
    assert_true(list.n > 30);
    assert_true(sm_metric_abstains(form("この文章からはお答えできません。"), &list));
    assert_true(sm_metric_abstains(form("The question can’t be answered."), &list));
    assert_false(sm_metric_abstains(form("1928年に大阪で生まれた"), &list));
    assert_int_equal(sm_phrases_read(&list, "/nonexistent/list", &arena, &err), SM_ENOENT);
    sm_arena_reset(&arena);
}

/* A list as bytes, read: the status, with the place in the message. */
static void bad_phrases(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *says;
        int status;
    } cases[] = {{"# nothing\n\n", "not one phrase", SM_EUSAGE},
                 {"ok\n。。\n", ":2: a phrase without a letter", SM_EFORMAT},
                 {"ok\n\n\xFF\n", ":3: no UTF-8", SM_EFORMAT}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[] = "phrases-XXXXXX";
        const int fd = mkstemp(path);
        FILE *const file = fdopen(fd, "wb");
        assert_non_null(file);
        (void)fputs(cases[i].bytes, file);
        (void)fclose(file);
        sm_phrases list;
        sm_error err = {0};
        assert_int_equal(sm_phrases_read(&list, path, &arena, &err), cases[i].status);
        assert_contains(err.text, cases[i].says);
        (void)remove(path);
        sm_arena_reset(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),
        cmocka_unit_test(exact_and_f1),
        cmocka_unit_test(rouge_by_hand),
        cmocka_unit_test(lcs_against_the_table),
        cmocka_unit_test(long_texts_are_bounded),
        cmocka_unit_test(chrf_by_hand),
        cmocka_unit_test(chrf_takes_the_best_reference),
        cmocka_unit_test(chrf_cuts_words),
        cmocka_unit_test(abstention),
        cmocka_unit_test(phrases_are_read),
        cmocka_unit_test(bad_phrases),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    sm_arena_free(&arena);
    return failed;
}
