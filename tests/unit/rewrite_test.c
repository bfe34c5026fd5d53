/* Rewriting: each step by hand, steps before and after the rules, rules on lines.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/filter.h>

static sm_filter *parse(const char *yaml)
{
    sm_filter *filter = NULL;
    sm_error err = {0};
    assert_ok(sm_filter_parse(&filter, "t.yaml", sm_span_of(yaml), &err), &err);
    return filter;
}

/* A preset of one step, its list (if any) in a file; what it makes of a text. */
static void assert_step(const char *step, const char *list, const char *text, const char *want)
{
    char yaml[300], path[] = "rewrite_test.list", assignment[80];
    (void)snprintf(
        yaml, sizeof yaml, "format: seimai-filter 1\nrules: []\n%srewrite: [{step: %s%s}]\n",
        list ? "lists: [{list: l, kind: phrases}]\n" : "", step, list ? ", list: l" : "");
    sm_filter *const f = parse(yaml);
    sm_error err = {0};
    if (list) {
        FILE *const file = fopen(path, "wb");
        assert_non_null(file);
        assert_true(fputs(list, file) >= 0);
        assert_int_equal(fclose(file), 0);
        (void)snprintf(assignment, sizeof assignment, "l=%s", path);
        assert_ok(sm_filter_add_list(f, assignment, &err), &err);
    }
    assert_ok(sm_filter_ready(f, NULL, NULL, &err), &err);
    if (list) assert_int_equal(remove(path), 0);
    sm_filter_judge *const judge = sm_filter_judge_new(f);
    sm_arena arena = {0};
    sm_filter_edits edits = {0};
    sm_span out = {0};
    const sm_subject subject = {.text = sm_span_of(text)};
    assert_ok(sm_filter_rewrite(judge, SM_FILTER_AFTER, &subject, &arena, &out, &edits, &err),
              &err);
    assert_span(out, want);
    if (strcmp(text, want) == 0) assert_ptr_equal(out.p, subject.text.p);
    sm_arena_free(&arena);
    sm_filter_judge_free(judge);
    sm_filter_free(f);
}

/* The examples of kutoten.py, and what its pattern does at the edges. */
static void punctuation(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"句点、読点を修正。", "句点、読点を修正。"},
        {"句点，読点を修正。", "句点、読点を修正。"},
        {"句点、読点を修正．", "句点、読点を修正。"},
        {"Ｈｉ，のように修正します．", "Ｈｉ，のように修正します。"},
        {"円周率は３．１４と，習い，ました．", "円周率は３．１４と、習い、ました。"},
        {"お待ちください．．．", "お待ちください。。。"},
        {"，，あ，", "，、あ、"},
        {"３，，あ，", "３，、あ、"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_step("punctuation", NULL, cases[i][0], cases[i][1]);
}

static void footers(void **state)
{
    (void)state;
    const char *const list = "コメント\nサイトマップ\n©\n";
    assert_step("footer", list, "本文です。\nサイトマップ | ©\n2020年", "本文です。");
    assert_step("footer", list, "本文です。\n長い文にコメントがひとつあるだけ",
                "本文です。\n長い文にコメントがひとつあるだけ");
    /* What grows together is found again; the first line may be the footer. */
    assert_step("footer", "コメント\nab\n", "コメaコメントbント", "");
    assert_step("footer", list, "サイトマップ\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10",
                "サイトマップ\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10"); /* eleventh from the end */
    assert_step("footer", list, "サイトマップ\n1\n2\n3\n4\n5\n6\n7\n8\n9", "");
    assert_step("footer", list, "あ\n", "あ\n");
}

static void llm_jp_steps(void **state)
{
    (void)state;
    char ascii[160], text[200];
    memset(ascii, 'x', 100);
    ascii[100] = '\0';
    (void)snprintf(text, sizeof text, "あ%sい\nabc", ascii);
    assert_step("ascii-runs", NULL, text, "あい\nabc");
    ascii[99] = '\0';
    (void)snprintf(text, sizeof text, "あ%sい", ascii);
    assert_step("ascii-runs", NULL, text, text);
    assert_step("kana-lines", NULL, "漢字\nかな\nABC\nー\n", "かな\nー");
    assert_step("kana-lines", NULL, "㌔\n漢字", "㌔");
    assert_step("urls", NULL, "見よhttps://a.jp/x?y=1を読む。http://、https:// h",
                "見よ。http://、https:// h");
    assert_step("join-lines", NULL, "あ\nい\n\nう", "あいう");
}

static void wikipedia_steps(void **state)
{
    (void)state;
    assert_step("wikipedia-notes", NULL, "本文\n脚注　\n1. 本", "本文");
    assert_step("wikipedia-notes", NULL, "本文\n脚注の話\n外部リンク",
                "本文\n脚注の話\n外部リンク");
    assert_step("wikipedia-notes", NULL, "脚注\n本文\nSee also\n", "脚注\n本文");
    assert_step("empty-parentheses", NULL, "東京（、とうきょう； ）は (, ; )都（　）",
                "東京（とうきょう）は都");
    assert_step("empty-parentheses", NULL, "（（））f( a)()", "（）f(a)");
}

static void other_steps(void **state)
{
    (void)state;
    assert_step("symbol-lines", NULL, "a\n|\n| |\nb\n| x |\n|", "a\n\n\nb\n| x |\n\n");
    assert_step("citations", NULL, "あ[12]い[]う[edit][x][citation needed]", "あいう[x]");
}

static void lines_go_by_rules(void **state)
{
    (void)state;
    sm_filter *const f = parse("format: seimai-filter 1\nrules: []\nlines:\n"
                               "  - {line: latin-share, max: 0.5}\n"
                               "  - {line: mean-sentence, max: 9}\n");
    sm_error err = {0};
    assert_true(sm_filter_rewrites(f, SM_FILTER_AFTER) &&
                !sm_filter_rewrites(f, SM_FILTER_BEFORE));
    assert_ok(sm_filter_ready(f, NULL, NULL, &err), &err);
    sm_filter_judge *const judge = sm_filter_judge_new(f);
    sm_arena arena = {0};
    sm_filter_edits edits = {0};
    sm_span out = {0};
    sm_subject subject = {.text = SM_SPAN("かな。\nLatin\n\n。\nabcか\nかな\nMenu")};
    assert_int_equal(
        sm_filter_rewrite(judge, SM_FILTER_AFTER, &subject, &arena, &out, &edits, &err),
        SM_KEEP);
    assert_span(out, "かな。\n\n。\nかな"); /* blank lines and lines without a sentence stay */
    assert_int_equal(edits.texts[0], 1);
    assert_int_equal(edits.lines[0], 3);
    assert_int_equal(edits.bytes[0], 18);
    subject.text = SM_SPAN("Latin\nMenu");
    assert_int_equal(
        sm_filter_rewrite(judge, SM_FILTER_AFTER, &subject, &arena, &out, &edits, &err),
        SM_DROP);
    sm_arena_free(&arena);
    sm_filter_judge_free(judge);
    sm_filter_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(punctuation),  cmocka_unit_test(footers),
        cmocka_unit_test(llm_jp_steps), cmocka_unit_test(wikipedia_steps),
        cmocka_unit_test(other_steps),  cmocka_unit_test(lines_go_by_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
