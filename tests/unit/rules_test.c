/* Presets: reading with complaints, overriding, judging in order, the shipped files.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include "preset_internal.h"

#include <math.h>

static sm_filter *parse(const char *yaml)
{
    sm_filter *filter = NULL;
    sm_error err = {0};
    assert_ok(sm_filter_parse(&filter, "t.yaml", sm_span_of(yaml), &err), &err);
    return filter;
}

/* Judges a text without URL. */
static int judge_text(sm_filter_judge *judge, sm_span text, sm_verdict *v)
{
    const sm_subject subject = {.text = text};
    sm_error err = {0};
    const int verdict = sm_filter_judge_subject(judge, &subject, v, &err);
    assert_ok(verdict, &err);
    return verdict;
}

static void make_ready(sm_filter *filter)
{
    sm_error err = {0};
    assert_ok(sm_filter_ready(filter, NULL, NULL, &err), &err);
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
        {"format: seimai-filter 1\nrules:\n  - {rule: lines, min: 1, above: 2}\n",
         "t.yaml:3: both min and above"},
        {"format: seimai-filter 1\nwords: spaces\nrules: []\n", "t.yaml:2: words: expected"},
        {"format: seimai-filter 1\nstop-words: ['']\nrules: []\n", "t.yaml:2: stop-words"},
        {"format: seimai-filter 1\nlists:\n  - {list: a, kind: x}\nrules: []\n",
         "t.yaml:3: kind: expected"},
        {"format: seimai-filter 1\nlists:\n  - {list: a, kind: ng, match: x}\nrules: []\n",
         "t.yaml:3: match: expected"},
        {"format: seimai-filter 1\nlists:\n  - {list: a, kind: ng}\n  - {list: a, kind: "
         "ng}\nrules: []\n",
         "t.yaml:4: list \"a\": named twice"},
        {"format: seimai-filter 1\nrules:\n  - {rule: ng-a-hits, max: 1}\n",
         "t.yaml:3: rule \"ng-a-hits\""},
        {"format: seimai-filter 1\nrules: []\nrewrite:\n  - {step: x}\n",
         "t.yaml:4: step \"x\""},
        {"format: seimai-filter 1\nrules: []\nrewrite:\n  - {step: footer}\n",
         "t.yaml:4: this step takes a list"},
        {"format: seimai-filter 1\nrules: []\nrewrite:\n  - {step: urls, when: soon}\n",
         "t.yaml:4: when: expected"},
        {"format: seimai-filter 1\nrules: []\nlines: 3\n", "t.yaml:3: lines: expected a list"},
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
    assert_int_equal(judge_text(judge, SM_SPAN("ひらがな"), &v), SM_DROP);
    assert_string_equal(v.rule, "top-4-gram");
    assert_int_equal(judge_text(judge, SM_SPAN("ひらがなです"), &v), SM_KEEP);
    assert_int_equal(judge_text(judge, SM_SPAN("ab"), &v), SM_DROP);
    assert_string_equal(v.rule, "characters");
    assert_true(fabs(v.value - 2) < 1e-12 && fabs(v.threshold - 3) < 1e-12);
    assert_int_equal(judge_text(judge, SM_SPAN("abcdefghi"), &v), SM_DROP);
    assert_true(fabs(v.threshold - 8) < 1e-12);
    assert_int_equal(judge_text(judge, SM_SPAN("ひらab"), &v), SM_DROP);
    assert_string_equal(v.rule, "top-4-gram"); /* a share of .5 is not below .5 */
    assert_int_equal(judge_text(judge, SM_SPAN("ひらが"), &v), SM_DROP);
    assert_string_equal(v.rule, "too-short");
    assert_true(isnan(v.value) && isnan(v.threshold));
    assert_int_equal(v.at, 2);
    sm_filter_judge_free(judge);
    sm_filter_free(f);
}

/* above and below refuse the threshold itself; the verdict names the side that failed. */
static void open_thresholds(void **state)
{
    (void)state;
    sm_filter *const f = parse("format: seimai-filter 1\nrules:\n"
                               "  - {rule: characters, above: 3, below: 5}\n");
    sm_filter_judge *const judge = sm_filter_judge_new(f);
    sm_verdict v = {0};
    assert_int_equal(judge_text(judge, SM_SPAN("abcd"), &v), SM_KEEP);
    assert_int_equal(judge_text(judge, SM_SPAN("abc"), &v), SM_DROP);
    assert_true(fabs(v.threshold - 3) < 1e-12);
    assert_int_equal(judge_text(judge, SM_SPAN("abcde"), &v), SM_DROP);
    assert_true(fabs(v.threshold - 5) < 1e-12);
    sm_filter_judge_free(judge);
    sm_filter_free(f);
}

static void measure(const sm_filter *f, sm_filter_judge *judge, sm_span text, double *values)
{
    const sm_subject subject = {.text = text};
    sm_error err = {0};
    assert_true(sm_filter_rules(f) > 0);
    assert_ok(sm_filter_judge_measure(judge, &subject, values, &err), &err);
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
    double values[3];
    measure(f, judge, SM_SPAN("ひらab"), values);
    sm_filter_write_values(f, values, &json);
    assert_span(sm_buffer_span(&json),
                "{\"characters\":4,\"kana-share\":0.5,\"top-4-gram\":1}");
    sm_buffer_clear(&json);
    measure(f, judge, SM_SPAN(""), values);
    sm_filter_write_values(f, values, &json);
    assert_span(sm_buffer_span(&json),
                "{\"characters\":0,\"kana-share\":null,\"top-4-gram\":null}");
    sm_buffer_free(&json);
    sm_filter_judge_free(judge);
    sm_filter_free(f);
}

static void values_are_read_back(void **state)
{
    (void)state;
    sm_filter *const f = parse("format: seimai-filter 1\nrules:\n"
                               "  - {rule: kana-share, min: 0.5}\n"
                               "  - {rule: characters, min: 100}\n");
    double v[2] = {0};
    sm_error err = {0};
    const char *const json = " { \"x\\\"}\": [1,{\"characters\":3}], \"characters\" : 2e2 ,\n"
                             "\"y\":\"}\", \"kana-share\":null}";
    assert_ok(sm_filter_read_values(f, sm_span_of(json), v, &err), &err);
    assert_true(isnan(v[0]) && fabs(v[1] - 200) < 1e-12);
    static const char *const wrong[] = {"{\"characters\":1}",
                                        "{}",
                                        "",
                                        "[1]",
                                        "{\"kana-share\"",
                                        "{\"kana-share\":\"1\",\"characters\":1}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        sm_error_clear(&err);
        assert_int_equal(sm_filter_read_values(f, sm_span_of(wrong[i]), v, &err), SM_EFORMAT);
        assert_contains(err.text, "kana-share");
    }
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
    static const char *const names[] = {"ja-web",         "swallow-v1", "llm-jp-v1",
                                        "fineweb2-jpn",   "hojichar",   "hojichar-words",
                                        "llm-jp-v1-wiki", "gopher",     "c4-ja"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        sm_filter *const f = shipped(names[i]);
        assert_non_null(sm_filter_rule_at(f, 0));
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
        {"ここは掲示板です。お前みたいな馬鹿は死ねと書く人が、今日も朝から何人もいる。"
         "クズ、カス、死ね、キチガイ、と書いては消え、また死ねと書きに来る。"
         "それを見て死ねと返す馬鹿もいて、話は少しも進まない。死ね、馬鹿、死ね、と続くだけだ。",
         "ng-violence-score"},
    };
    const char *const source = getenv("SEIMAI_SOURCE");
    char dicts[1024];
    sm_error err = {0};
    sm_filter *const f = shipped("ja-web");
    (void)snprintf(dicts, sizeof dicts, "%s/dicts", source ? source : ".");
    assert_ok(sm_filter_ready(f, dicts, NULL, &err), &err);
    sm_filter_judge *const judge = sm_filter_judge_new(f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_verdict v = {0};
        (void)judge_text(judge, sm_span_of(cases[i].text), &v);
        if (!cases[i].rule) assert_null(v.rule);
        if (cases[i].rule) assert_non_null(v.rule);
        if (cases[i].rule) assert_string_equal(v.rule, cases[i].rule);
    }
    sm_filter_judge_free(judge);
    sm_filter_free(f);
}

/* A rule for every value of the table that needs no MeCab, around what random texts come to. */
static sm_filter *rule_of_each(uint64_t *seed)
{
    sm_filter *const f = parse("format: seimai-filter 1\nrules: []\n");
    const sm_filter_value *value = NULL;
    for (size_t i = 0; (value = sm_filter_value_at(i)) != NULL; i++) {
        char assignment[80];
        sm_error err = {0};
        if (strcmp(value->name, "noun-share") == 0) continue;
        *seed ^= *seed << 13, *seed ^= *seed >> 7, *seed ^= *seed << 17;
        (void)snprintf(assignment, sizeof assignment, "%s.%s=%g", value->name,
                       value->low_is_bad ? "min" : "max",
                       value->low_is_bad ? 0.0 : (double)(*seed % 100) / 50);
        if (*seed % 3) assert_ok(sm_filter_set(f, assignment, &err), &err);
    }
    make_ready(f);
    return f;
}

static void random_text(sm_buffer *text, int length, size_t n_pieces, uint64_t *seed)
{
    static const char *const pieces[] = {"あ", "い", "の", "米", "カ",      "。",   "\n", "a",
                                         "1",  "…",  "　", "🍚",  "http://", "です", "{"};
    sm_buffer_clear(text);
    for (int i = 0; i < length; i++) {
        *seed ^= *seed << 13, *seed ^= *seed >> 7, *seed ^= *seed << 17;
        sm_buffer_puts(text, pieces[*seed % n_pieces]);
    }
}

/* judge stops at the first failure and skips what a bound has settled; measure computes all, and what it wrote as JSON
 * and read back must give the same verdict. */
static void three_ways_to_one_verdict(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252u;
    sm_buffer text = sm_buffer_make(1 << 20), json = sm_buffer_make(1 << 16);
    size_t kept = 0, dropped = 0;
    double values[128], again[128];
    for (int preset = 0; preset < 60; preset++) {
        sm_filter *const f = rule_of_each(&seed);
        sm_filter_judge *const judge = sm_filter_judge_new(f);
        for (int round = 0; round < 60; round++) {
            random_text(&text, round * 5, 2 + (size_t)round % 13, &seed);
            sm_verdict v = {0}, w = {0}, x = {0};
            sm_error err = {0};
            const int verdict = judge_text(judge, sm_buffer_span(&text), &v);
            measure(f, judge, sm_buffer_span(&text), values);
            sm_buffer_clear(&json);
            sm_filter_write_values(f, values, &json);
            assert_ok(sm_filter_read_values(f, sm_buffer_span(&json), again, &err), &err);
            assert_int_equal(sm_filter_decide(f, values, &w), verdict);
            assert_int_equal(sm_filter_decide(f, again, &x), verdict);
            kept += verdict == SM_KEEP;
            dropped += verdict == SM_DROP;
            if (verdict == SM_KEEP) continue;
            assert_string_equal(v.rule, w.rule);
            assert_true(v.at == w.at && v.at == x.at);
            assert_memory_equal(&v.value, &w.value, sizeof v.value);
        }
        sm_filter_judge_free(judge);
        sm_filter_free(f);
    }
    assert_true(kept > 20 && dropped > 1000);
    sm_buffer_free(&text);
    sm_buffer_free(&json);
}

/* Rules on repetition alone, where bounds settle much: nothing may be settled wrongly. */
static void bounds_never_keep_too_much(void **state)
{
    (void)state;
    sm_filter *const f = parse("format: seimai-filter 1\nrules:\n"
                               "  - {rule: top-4-gram, max: 0.02}\n"
                               "  - {rule: top-3-gram, max: 0.05}\n"
                               "  - {rule: repeated-5-grams, below: 0.02}\n"
                               "  - {rule: repeated-6-grams, max: 0.01}\n"
                               "  - {rule: repetition-5-grams, below: 0.2}\n"
                               "  - {rule: top-2-gram, max: 0.08}\n");
    sm_filter_judge *const judge = sm_filter_judge_new(f);
    sm_buffer text = sm_buffer_make(1 << 20);
    uint64_t seed = 88172645463325252u;
    size_t kept = 0, dropped = 0;
    double values[6];
    for (int round = 0; round < 2000; round++) {
        random_text(&text, round % 250, 2 + (size_t)round % 10, &seed);
        sm_verdict v = {0}, w = {0};
        const int verdict = judge_text(judge, sm_buffer_span(&text), &v);
        measure(f, judge, sm_buffer_span(&text), values);
        assert_int_equal(sm_filter_decide(f, values, &w), verdict);
        if (verdict == SM_DROP) assert_string_equal(v.rule, w.rule);
        kept += verdict == SM_KEEP;
        dropped += verdict == SM_DROP;
    }
    assert_true(kept > 20 && dropped > 100);
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
        cmocka_unit_test(open_thresholds),
        cmocka_unit_test(three_ways_to_one_verdict),
        cmocka_unit_test(bounds_never_keep_too_much),
        cmocka_unit_test(values_are_json),
        cmocka_unit_test(values_are_read_back),
        cmocka_unit_test(shipped_presets_load),
        cmocka_unit_test(the_default_preset_judges_plain_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
