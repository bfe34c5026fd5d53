/* Names: cues, honorifics, labels, foreign names, what is none; MeCab's own words decide no more than that.
 * SPDX-License-Identifier: MIT */
#include "pii_mask_fixture.h"

#include "words/words_internal.h"

static void names_are_off_by_default(void **state)
{
    fixture *const f = *state;
    assert_string_equal(masked(f, "氏名：山田太郎"), "氏名：山田太郎");
    assert_string_equal(masked(f, "山田太郎さんです"), "山田太郎さんです");
}

static void turn_on(fixture *f, bool everywhere)
{
    sm_error err = {0};
    assert_ok(sm_pii_use_names(f->rules, everywhere, NULL, &err), &err);
    USE(f, "tag");
}

static void names_behind_a_cue(void **state)
{
    static const char *const cases[][2] = {
        {"山田太郎さんが来た", "<NAME>さんが来た"},
        {"山田さんと佐藤くん", "<NAME>さんと<NAME>くん"},
        {"氏名：山田 太郎", "氏名：<NAME>"},
        {"担当：佐藤", "担当：<NAME>"},
        {"著者 夏目漱石", "著者 <NAME>"},
        {"安倍首相の会見", "<NAME>首相の会見"},
        {"鈴木一郎（すずき いちろう）氏", "<NAME>（<NAME>）氏"},
        {"歌手のジョン・レノンさん", "歌手の<NAME>さん"},
        {"山田太郎 電話03-1234-5678", "<NAME> 電話<PHONE>"},
        {"お客様と皆さんへ", "お客様と皆さんへ"},
        {"神様と王様と奥さん", "神様と王様と奥さん"},
        {"お母さんとお父さん", "お母さんとお父さん"},
        {"千葉と福島へ行った", "千葉と福島へ行った"},
        {"松下電器の山口", "松下電器の山口"},
        {"山田太郎は歩いた", "山田太郎は歩いた"}, /* no cue in the line */
        {"佐藤さん\n山田太郎は歩いた", "<NAME>さん\n山田太郎は歩いた"},
    };
    fixture *const f = *state;
    turn_on(f, false);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(masked(f, cases[i][0]), cases[i][1]);
}

static void names_everywhere(void **state)
{
    static const char *const cases[][2] = {
        {"山田太郎は歩いた", "<NAME>は歩いた"},
        {"坂本龍馬が暗殺された", "<NAME>が暗殺された"},
        {"ジョージ・ワシントンの生涯", "<NAME>の生涯"},
        {"ソニー・ミュージックが出した", "ソニー・ミュージックが出した"},
        {"渋谷と福島は遠い", "渋谷と福島は遠い"},
    };
    fixture *const f = *state;
    turn_on(f, true);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(masked(f, cases[i][0]), cases[i][1]);
}

/* Names are hashed and faked as other kinds are; a blank makes no other person. */
static void names_under_policies(void **state)
{
    fixture *const f = *state;
    turn_on(f, false);
    USE(f, "name=hash");
    assert_string_equal(masked(f, "氏名：山田 太郎"), masked(f, "氏名：山田太郎"));
    USE(f, "name=fake");
    const char *const fake = masked(f, "氏名：山田 太郎");
    assert_null(strstr(fake, "山田"));
    assert_non_null(strchr(fake, ' '));
    assert_string_equal(masked(f, fake), fake);
}

static void wrong_tables_are_named(void **state)
{
    (void)state;
    sm_name_words words = {0};
    sm_error err = {0};
    assert_int_equal(sm_name_words_load(&words, "/nonexistent", &err), SM_ENOENT);
    assert_contains(err.text, "/nonexistent/name-words.tsv");
    sm_name_words_free(&words);
    sm_pii_rules *rules = NULL;
    sm_error_clear(&err);
    const sm_span none = SM_SPAN("format: seimai-pii 1\nrules: []\n");
    assert_ok(sm_pii_parse(&rules, "none.yaml", none, &err), &err);
    assert_int_equal(sm_pii_use_names(rules, false, NULL, &err), SM_EUSAGE);
    assert_contains(err.text, "no rule searches for them");
    sm_pii_rules_free(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_off_by_default), cmocka_unit_test(names_behind_a_cue),
        cmocka_unit_test(names_everywhere),         cmocka_unit_test(names_under_policies),
        cmocka_unit_test(wrong_tables_are_named),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
