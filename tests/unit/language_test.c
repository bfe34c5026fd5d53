/* Languages: whole texts and lines of each, mixed pages, what is no language.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/language.h>

#include <math.h>

static sm_lang best(const char *text)
{
    sm_language_scores scores;
    sm_language_of(sm_span_of(text), &scores);
    return scores.best;
}

static void test_tags(void **state)
{
    (void)state;
    assert_string_equal(sm_lang_code(SM_LANG_JA), "ja");
    assert_string_equal(sm_lang_code(SM_LANG_ZH_HANT), "zh-Hant");
    assert_string_equal(sm_lang_code(SM_LANG_NONE), "zxx");
    assert_string_equal(sm_lang_code((sm_lang)99), "und");
}

/* One sentence of each, by itself. */
static void test_lines(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        sm_lang lang;
    } cases[] = {
        {"吾輩は猫である。名前はまだ無い。", SM_LANG_JA},
        {"ﾃｽﾄ中ﾃﾞｽ", SM_LANG_JA},
        {"天皇ハ国ノ元首ニシテ統治権ヲ総攬シ", SM_LANG_JA},
        {"LibreOffice Writer で文書を開く", SM_LANG_JA},
        {"気象庁発表資料", SM_LANG_JA},
        {"株式会社営業部経理担当", SM_LANG_JA},
        {"这是我们今天要讨论的问题，请大家发言。", SM_LANG_ZH_HANS},
        {"我爱吃鱼の味道非常好", SM_LANG_ZH_HANS},
        {"請選擇您要使用的語言，然後按下確定。", SM_LANG_ZH_HANT},
        {"대한민국은 민주공화국이다.", SM_LANG_KO},
        {"The quick brown fox jumps over the lazy dog.", SM_LANG_EN},
        {"Der Ausschuss hat die Vorlage ohne Aussprache angenommen.", SM_LANG_OTHER},
        {"Съешь же ещё этих мягких французских булок", SM_LANG_OTHER},
        {"for (i = 0; i < n; i++) sum += a[i] * b[i];", SM_LANG_NONE},
        {"0123-45-6789", SM_LANG_NONE},
        {"", SM_LANG_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const sm_lang got = sm_language_of_line(sm_span_of(cases[i].line));
        if (got != cases[i].lang)
            fail_msg("%s: %s, expected %s", cases[i].line, sm_lang_code(got),
                     sm_lang_code(cases[i].lang));
        assert_int_equal(best(cases[i].line), cases[i].lang);
    }
}

/* A heading that says nothing by itself goes with the rest of its text. */
static void test_neighbours(void **state)
{
    (void)state;
    sm_language_scores scores;
    sm_language_of(SM_SPAN("大学\n概要\nこの大学は東京にあります。学生は千人です。\n"),
                   &scores);
    assert_true(scores.share[SM_LANG_JA] > .97);
    sm_language_of(SM_SPAN("大学\n概要\n这所大学在北京，有一千名学生。他们学习汉语。\n"),
                   &scores);
    assert_true(scores.share[SM_LANG_JA] < .1);
}

static void test_mixed(void **state)
{
    (void)state;
    sm_language_scores scores;
    sm_language_of(SM_SPAN("The museum is closed on Mondays and on national holidays.\n"
                           "当館は月曜日と祝日にお休みします。\n"
                           "박물관은 월요일에 쉽니다. 공휴일에도 쉽니다.\n"),
                   &scores);
    assert_true(scores.share[SM_LANG_JA] > .25 && scores.share[SM_LANG_JA] < .5);
    assert_true(scores.share[SM_LANG_EN] > .2 && scores.share[SM_LANG_KO] > .2);
    double sum = 0;
    for (int i = 0; i < SM_LANGS; i++)
        sum += scores.share[i];
    assert_true(fabs(sum - 1) < 1e-12);
}

/* Code does not count against the Japanese around it. */
static void test_code(void **state)
{
    (void)state;
    assert_true(sm_language_japanese(SM_SPAN("配列の要素を足す。\n\n"
                                             "int sum(const int *a, size_t n)\n{\n"
                                             "    int s = 0;\n"
                                             "    for (size_t i = 0; i < n; i++) s += a[i];\n"
                                             "    return s;\n}\n")) > .8);
}

/* The same text without line ends: pieces are cut between characters, and mixed pages are seen as such. */
static void test_long_line(void **state)
{
    (void)state;
    enum { TIMES = 400 };
    sm_buffer text = sm_buffer_make(1 << 20);
    for (int i = 0; i < TIMES; i++)
        sm_buffer_puts(&text, "山路を登りながら、こう考えた。");
    for (int i = 0; i < TIMES; i++)
        sm_buffer_puts(&text, "山路を登りながら、이렇게 생각했다. 지에 움직이면 모가 난다. ");
    sm_language_scores scores;
    sm_language_of(sm_buffer_span(&text), &scores);
    assert_true(scores.share[SM_LANG_JA] > .3 && scores.share[SM_LANG_JA] < .7);
    assert_true(fabs(scores.share[SM_LANG_JA] + scores.share[SM_LANG_KO] - 1) < 1e-9);
    sm_buffer_free(&text);
}

/* More lines of Han than are kept waiting. */
static void test_many_waiting(void **state)
{
    (void)state;
    enum { TIMES = 1000 };
    sm_buffer text = sm_buffer_make(1 << 20);
    for (int i = 0; i < TIMES; i++)
        sm_buffer_puts(&text, "我们学习汉语\n");
    assert_int_equal(best(""), SM_LANG_NONE);
    sm_language_scores scores;
    sm_language_of(sm_buffer_span(&text), &scores);
    assert_true(scores.share[SM_LANG_ZH_HANS] > .99);
    sm_buffer_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tags),         cmocka_unit_test(test_lines),
        cmocka_unit_test(test_neighbours),   cmocka_unit_test(test_mixed),
        cmocka_unit_test(test_code),         cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_many_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
