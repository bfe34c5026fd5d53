/* Presets: reading with complaints, overriding, judging in order, the shipped files.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include "filter_internal.h"

#include <math.h>

static sm_filter *parse(const char *yaml)
{
    sm_filter *filter = NULL;
    sm_error err = {0};
    assert_ok(sm_filter_parse(&filter, "t.yaml", sm_span_of(yaml), &err), &err);
    return filter;
}

static void wrong_files_are_named_with_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *complaint;
    } cases[] = {
        {"format: seimai-filter 2\nrules: []\n", "t.yaml:1: format: expected"},
        {"format: seimai-filter 1\n", "t.yaml:1: rules: expected a list"},
        {"format: seimai-filter 1\nrules:\n  - {rule: kana, min: 1}\n",
         "t.yaml:3: rule \"kana\""},
        {"format: seimai-filter 1\nrules:\n  - {rule: lines}\n", "neither min nor max"},
        {"format: seimai-filter 1\nrules:\n  - {rule: lines, min: x}\n", "t.yaml:3: min"},
        {"format: seimai-filter 1\nrules:\n  - {rule: lines, mix: 1}\n", "t.yaml:3"},
        {"format: seimai-filter 1\nrules:\n  - lines\n", "t.yaml:3: a rule: expected a map"},
        {"format: seimai-filter 1\nrules:\n  - {rule: lines, min: 1}\n  - {rule: lines, max: "
         "2}\n",
         "t.yaml:4: rule \"lines\": named twice"},
        {"- 1\n", "t.yaml:1: expected a map"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_filter *filter = NULL;
        sm_error err = {0};
        assert_int_equal(sm_filter_parse(&filter, "t.yaml", sm_span_of(cases[i].yaml), &err),
                         SM_EUSAGE);
        assert_contains(err.text, cases[i].complaint);
        assert_null(filter);
    }
}

static void overrides_change_and_add(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_filter *const f =
        parse("format: seimai-filter 1\nrules:\n  - {rule: kana-share, min: 0.1}\n");
    assert_ok(sm_filter_set(f, "kana-share.min=0.05", &err), &err);
    assert_ok(sm_filter_set(f, "kana-share.max=0.9", &err), &err);
    assert_ok(sm_filter_set(f, "digit-share=0.5", &err), &err);
    assert_true(fabs(sm_filter_rule_at(f, 0)->min - 0.05) < 1e-15);
    assert_true(fabs(sm_filter_rule_at(f, 0)->max - 0.9) < 1e-15);
    assert_string_equal(sm_filter_rule_at(f, 1)->value->name, "digit-share");
    assert_true(isinf(sm_filter_rule_at(f, 1)->min));
    assert_null(sm_filter_rule_at(f, 2));
    static const char *const wrong[] = {"kana.min=1",         "kana-share.min",
                                        "kana-share.min=",    "kana-share.min=1x",
                                        "kana-share.min=nan", "=1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        sm_error_clear(&err);
        assert_int_equal(sm_filter_set(f, wrong[i], &err), SM_EUSAGE);
        assert_contains(err.text, "--set");
    }
    sm_filter_free(f);
}

static void the_first_failure_is_the_reason(void **state)
{
    (void)state;
    sm_filter *const f = parse("format: seimai-filter 1\nrules:\n"
                               "  - {rule: characters, min: 3, max: 8}\n"
                               "  - {rule: kana-share, min: 0.5}\n"
                               "  - {rule: top-4-gram, max: 0.9}\n");
    sm_filter_judge *const judge = sm_filter_judge_new(f);
    sm_verdict v = {0};
    assert_int_equal(sm_filter_judge_text(judge, SM_SPAN("ひらがな"), &v), SM_DROP);
    assert_string_equal(v.rule, "top-4-gram");
    assert_int_equal(sm_filter_judge_text(judge, SM_SPAN("ひらがなです"), &v), SM_KEEP);
    assert_int_equal(sm_filter_judge_text(judge, SM_SPAN("ab"), &v), SM_DROP);
    assert_string_equal(v.rule, "characters");
    assert_true(fabs(v.value - 2) < 1e-12 && fabs(v.threshold - 3) < 1e-12);
    assert_int_equal(sm_filter_judge_text(judge, SM_SPAN("abcdefghi"), &v), SM_DROP);
    assert_true(fabs(v.threshold - 8) < 1e-12);
    assert_int_equal(sm_filter_judge_text(judge, SM_SPAN("ひらab"), &v), SM_DROP);
    assert_string_equal(v.rule, "top-4-gram"); /* a share of .5 is not below .5 */
    assert_int_equal(sm_filter_judge_text(judge, SM_SPAN("ひらが"), &v), SM_DROP);
    assert_string_equal(v.rule, "too-short");
    assert_true(fabs(v.value - 3) < 1e-12 && isnan(v.threshold));
    sm_filter_judge_free(judge);
    sm_filter_free(f);
}

static void values_are_json(void **state)
{
    (void)state;
    sm_filter *const f = parse("format: seimai-filter 1\nrules:\n"
                               "  - {rule: characters, min: 100}\n"
                               "  - {rule: kana-share, min: 0.5}\n"
                               "  - {rule: top-4-gram, max: 0.9}\n");
    sm_filter_judge *const judge = sm_filter_judge_new(f);
    sm_buffer json = sm_buffer_make(1 << 16);
    sm_filter_judge_values(judge, SM_SPAN("ひらab"), &json);
    assert_span(sm_buffer_span(&json),
                "{\"characters\":4,\"kana-share\":0.5,\"top-4-gram\":1}");
    sm_buffer_clear(&json);
    sm_filter_judge_values(judge, SM_SPAN(""), &json);
    assert_span(sm_buffer_span(&json),
                "{\"characters\":0,\"kana-share\":null,\"top-4-gram\":null}");
    sm_buffer_free(&json);
    sm_filter_judge_free(judge);
    sm_filter_free(f);
}

static sm_filter *shipped(const char *name)
{
    char path[1200];
    const char *source = getenv("SEIMAI_SOURCE");
    sm_filter *filter = NULL;
    sm_error err = {0};
    (void)snprintf(path, sizeof path, "%s/dicts/filter/%s.yaml", source ? source : ".", name);
    assert_ok(sm_filter_load(&filter, path, &err), &err);
    return filter;
}

static void shipped_presets_load(void **state)
{
    (void)state;
    static const char *const names[] = {"ja-web", "swallow-v1"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        sm_filter *const f = shipped(names[i]);
        assert_non_null(sm_filter_rule_at(f, 3));
        sm_filter_free(f);
    }
}

/* Texts of our own that a reader would keep, and texts that nobody would. */
static void the_default_preset_judges_plain_cases(void **state)
{
    (void)state;
    static const struct {
        const char *text, *rule; /* NULL: kept */
    } cases[] = {
        {"朝の市場には、近くの畑から運ばれた野菜が並びます。夏はトマトとナスが多く、"
         "冬になると大根や白菜が主役になります。店の人に食べ方を聞くと、"
         "たいてい二つか三つの料理を教えてくれます。買い物かごを提げた人たちは、"
         "その話を聞きながら夕食の献立を決めるのだそうです。",
         NULL},
        {"短い。", "characters"},
        {"This page is written in English from its first word to its last one, and so it has "
         "no place in a corpus of Japanese text, however well it may be written, however "
         "long it may go on. It has sentences, and it has paragraphs, but no kana.",
         "kana-share"},
        {"这一页从头到尾都是用中文写的，所以它不应该出现在日语的语料库里，"
         "不管它写得多好。它有句子，也有段落，但是没有假名，因此应当被删除。"
         "为了让它足够长，我们再添上一句话，说说天气：今天早上下了雨，下午出了太阳，"
         "晚上又刮起了风，街上的人都把衣领竖了起来。",
         "kana-share"},
    };
    sm_filter *const f = shipped("ja-web");
    sm_filter_judge *const judge = sm_filter_judge_new(f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_verdict v = {0};
        (void)sm_filter_judge_text(judge, sm_span_of(cases[i].text), &v);
        if (!cases[i].rule) assert_null(v.rule);
        if (cases[i].rule) assert_non_null(v.rule);
        if (cases[i].rule) assert_string_equal(v.rule, cases[i].rule);
    }
    sm_filter_judge_free(judge);
    sm_filter_free(f);
}

/* The judge skips what a bound has settled; the oracle computes every value of every rule. */
static const char *judge_slowly(const sm_filter *f, sm_span text)
{
    sm_text_stats stats = {0};
    const sm_filter_rule *rule = NULL;
    const char *reason = NULL;
    sm_text_stats_begin(&stats, text);
    for (size_t i = 0; !reason && (rule = sm_filter_rule_at(f, i)) != NULL; i++) {
        size_t value = 0;
        assert_true(sm_filter_find_value(sm_span_of(rule->value->name), &value));
        const double v = sm_filter_compute(value, &stats);
        if (!(v >= rule->min && v <= rule->max))
            reason = isnan(v) ? "too-short" : rule->value->name;
    }
    sm_text_stats_free(&stats);
    return reason;
}

static void the_judge_agrees_with_the_values(void **state)
{
    (void)state;
    static const char *const pieces[] = {"あ", "い", "の", "米", "カ", "。",
                                         "\n", "a",  "1",  "…",  "　"};
    sm_filter *const f = parse("format: seimai-filter 1\nrules:\n"
                               "  - {rule: top-4-gram, max: 0.02}\n"
                               "  - {rule: top-3-gram, max: 0.05}\n"
                               "  - {rule: repeated-6-grams, max: 0.01}\n"
                               "  - {rule: top-2-gram, max: 0.08}\n"
                               "  - {rule: mean-sentence, min: 3, max: 20}\n");
    sm_filter_judge *const judge = sm_filter_judge_new(f);
    sm_buffer text = sm_buffer_make(1 << 20);
    uint64_t seed = 88172645463325252u;
    size_t kept = 0, dropped = 0;
    for (int round = 0; round < 2000; round++) {
        sm_buffer_clear(&text);
        for (int i = 0; i < round % 250; i++) {
            seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
            sm_buffer_puts(&text, pieces[seed % (2 + (uint64_t)round % 10)]);
        }
        sm_verdict v = {0};
        const int verdict = sm_filter_judge_text(judge, sm_buffer_span(&text), &v);
        const char *const want = judge_slowly(f, sm_buffer_span(&text));
        assert_int_equal(verdict, want ? SM_DROP : SM_KEEP);
        if (want) assert_string_equal(v.rule, want);
        kept += !want;
        dropped += want != NULL;
    }
    assert_true(kept > 100 && dropped > 100);
    sm_buffer_free(&text);
    sm_filter_judge_free(judge);
    sm_filter_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_files_are_named_with_their_line),
        cmocka_unit_test(overrides_change_and_add),
        cmocka_unit_test(the_first_failure_is_the_reason),
        cmocka_unit_test(the_judge_agrees_with_the_values),
        cmocka_unit_test(values_are_json),
        cmocka_unit_test(shipped_presets_load),
        cmocka_unit_test(the_default_preset_judges_plain_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
