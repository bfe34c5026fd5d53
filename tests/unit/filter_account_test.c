/* The account of a run: bins, counts against a plain recount, samples, merging in any order, JSON.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include "account/account_internal.h"

#include <math.h>
#include <seimai/config.h>
#include <seimai/random.h>

enum { RULES = 3, CASES = 4000 };

static const char preset[] = "format: seimai-filter 1\n"
                             "rules:\n"
                             "  - {rule: kana-share, min: 0.2}\n"
                             "  - {rule: characters, min: 10, max: 5000, source: ours}\n"
                             "  - {rule: longest-run, below: 50}\n";

static sm_filter *make_filter(void)
{
    sm_filter *filter = NULL;
    sm_error err = {0};
    assert_ok(sm_filter_parse(&filter, "preset", sm_span_of(preset), &err), &err);
    assert_ok(sm_filter_ready(filter, NULL, NULL, &err), &err);
    assert_int_equal(sm_filter_rules(filter), RULES);
    return filter;
}

/* ---- bins ------------------------------------------------------------------------------------------ */

static void test_bins(void **state)
{
    (void)state;
    assert_int_equal(sm_bin_of(0), SM_BIN_HALF);
    assert_int_equal(sm_bin_of(-0.0), SM_BIN_HALF);
    assert_int_equal(sm_bin_of((double)INFINITY), SM_BINS - 1);
    assert_int_equal(sm_bin_of(-(double)INFINITY), 0);
    for (int i = 1; i <= 64; i++) /* small whole numbers have bins of their own */
        assert_true(sm_bin_edge(sm_bin_of(i)) == i && sm_bin_edge(sm_bin_of(-i)) == -i);
    for (int i = 0; i < 20000; i++) {
        const double size = exp(24 * sm_random_unit(5, (uint64_t)i, 0) - 12);
        const double edge = sm_bin_edge(sm_bin_of(size));
        assert_true(edge <= size && size < edge * (1 + 1. / SM_BIN_PARTS));
        assert_true(sm_bin_edge(sm_bin_of(-size)) == -edge);
        assert_int_equal(sm_bin_of(edge), sm_bin_of(size));
    }
    for (size_t b = 1; b < SM_BINS; b++)
        assert_true(sm_bin_edge(b - 1) < sm_bin_edge(b));
}

/* ---- documents -------------------------------------------------------------------------------------- */

typedef struct made {
    double values[RULES];
    char id[16], text[32];
    size_t bytes;
} made;

static made *make_cases(void)
{
    made *const cases = sm_calloc(CASES, sizeof *cases);
    for (size_t i = 0; i < CASES; i++) {
        made *const m = &cases[i];
        m->values[0] = sm_random_unit(1, i, 0);
        m->values[1] = floor(exp(10 * sm_random_unit(1, i, 1)));
        m->values[2] = floor(60 * sm_random_unit(1, i, 2));
        if (i % 97 == 0) m->values[0] = (double)NAN;
        (void)snprintf(m->id, sizeof m->id, "id-%zu", i);
        (void)snprintf(m->text, sizeof m->text, "本文%zu", i);
        m->bytes = 100 + i % 50;
    }
    return cases;
}

static void add(sm_filter_account *account, const sm_filter *filter, const made *m)
{
    sm_verdict v = {0};
    const bool dropped = sm_filter_decide(filter, m->values, &v) == SM_DROP;
    sm_filter_account_add(account, &(sm_filter_case){.values = m->values,
                                                     .verdict = dropped ? &v : NULL,
                                                     .bytes = m->bytes,
                                                     .id = sm_span_of(m->id),
                                                     .url = SM_SPAN("http://example.jp/"),
                                                     .text = sm_span_of(m->text)});
}

static bool refuses(const sm_filter *filter, const made *m, size_t rule)
{
    return !sm_filter_passes(filter, rule, m->values[rule]);
}

/* Each count by a loop of its own. */
static void test_counts(void **state)
{
    (void)state;
    sm_filter *const filter = make_filter();
    made *const cases = make_cases();
    sm_filter_account *const account = sm_filter_account_new(filter, 2);
    for (size_t i = 0; i < CASES; i++)
        add(account, filter, &cases[i]);
    uint64_t dropped = 0;
    for (size_t r = 0; r < RULES; r++) {
        sm_rule_account want = {0};
        for (size_t i = 0; i < CASES; i++) {
            size_t before = 0, others = 0;
            for (size_t k = 0; k < RULES; k++) {
                before += k < r && refuses(filter, &cases[i], k);
                others += k != r && refuses(filter, &cases[i], k);
            }
            want.undefined += isnan(cases[i].values[r]) ? 1U : 0U;
            if (!refuses(filter, &cases[i], r)) continue;
            want.would++;
            want.only += others == 0;
            want.first += before == 0;
            if (before == 0) want.first_bytes += cases[i].bytes;
        }
        const sm_rule_account got = sm_filter_account_rule(account, r);
        assert_memory_equal(&got, &want, sizeof got);
        dropped += got.first;
        assert_int_equal(sm_filter_account_overlap(account, r, r), got.would);
    }
    assert_int_equal(account->documents, CASES);
    assert_int_equal(account->kept + dropped, CASES);
    sm_filter_account_free(account);
    sm_filter_free(filter);
    sm_free(cases);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void test_quantiles(void **state)
{
    (void)state;
    sm_filter *const filter = make_filter();
    made *const cases = make_cases();
    double *const sorted = sm_calloc(CASES, sizeof *sorted);
    sm_filter_account *const account = sm_filter_account_new(filter, 0);
    assert_true(isnan(sm_filter_account_quantile(account, 1, .5)));
    for (size_t i = 0; i < CASES; i++) {
        add(account, filter, &cases[i]);
        sorted[i] = cases[i].values[1];
    }
    qsort(sorted, CASES, sizeof *sorted, ascending);
    for (double q = .01; q < 1; q += .07) {
        const double exact = sorted[(size_t)ceil(q * CASES) - 1];
        const double got = sm_filter_account_quantile(account, 1, q);
        assert_true(got <= exact && got >= exact * (1 - 1. / SM_BIN_PARTS));
    }
    sm_filter_account_free(account);
    sm_filter_free(filter);
    sm_free(cases);
    sm_free(sorted);
}

/* ---- merging ------------------------------------------------------------------------------------------ */

static sm_buffer json_of(const sm_filter_account *account)
{
    sm_buffer json = sm_buffer_make(1 << 22);
    sm_buffer_putc(&json, '{');
    sm_filter_account_json(account, &json);
    sm_buffer_putc(&json, '}');
    assert_false(json.overflow);
    return json;
}

/* Cases dealt out to several workers in a changing pattern, merged: the same bytes. */
static void test_merge(void **state)
{
    (void)state;
    enum { PARTS = 5 };
    sm_filter *const filter = make_filter();
    made *const cases = make_cases();
    sm_filter_account *const whole = sm_filter_account_new(filter, 3);
    sm_filter_account *const merged = sm_filter_account_new(filter, 3);
    sm_filter_account *parts[PARTS];
    for (size_t k = 0; k < PARTS; k++)
        parts[k] = sm_filter_account_new(filter, 3);
    for (size_t i = 0; i < CASES; i++) {
        add(whole, filter, &cases[i]);
        add(parts[i * i % 7 % PARTS], filter, &cases[CASES - 1 - i]);
    }
    const sm_filter_edits edits = {.texts = {2, 1}, .lines = {5, 0}, .bytes = {700, 30}};
    sm_filter_account_edit(whole, &edits);
    sm_filter_account_edit(parts[3], &edits);
    for (size_t k = PARTS; k-- > 0;) {
        sm_filter_account_merge(merged, parts[k]);
        sm_filter_account_free(parts[k]);
    }
    sm_buffer a = json_of(whole), b = json_of(merged);
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.p, b.p, a.n);
    sm_buffer_free(&a);
    sm_buffer_free(&b);
    sm_filter_account_free(whole);
    sm_filter_account_free(merged);
    sm_filter_free(filter);
    sm_free(cases);
}

/* ---- JSON ------------------------------------------------------------------------------------------------ */

static void test_json(void **state)
{
    (void)state;
    sm_filter *const filter = make_filter();
    sm_filter_account *const account = sm_filter_account_new(filter, 1);
    const double values[][RULES] = {{.5, 100, 3}, {.1, 100, 3}, {.1, 5, 3}, {.9, 100, 50}};
    for (size_t i = 0; i < 4; i++) {
        made m = {.bytes = 10};
        memcpy(m.values, values[i], sizeof values[i]);
        (void)snprintf(m.id, sizeof m.id, "%zu", i);
        (void)snprintf(m.text, sizeof m.text, "「引用」\"%zu\"\n", i);
        add(account, filter, &m);
    }
    const sm_verdict emptied = {.rule = SM_FILTER_EMPTIED, .at = SIZE_MAX};
    sm_filter_account_add(account, &(sm_filter_case){.verdict = &emptied, .bytes = 7});
    sm_buffer json = json_of(account);
    sm_config config = {0};
    sm_error err = {0};
    assert_ok(sm_config_parse_json(&config, "account", sm_buffer_span(&json), &err), &err);
    sm_buffer_putc(&json, '\0');
    assert_contains(
        json.p,
        "\"documents\":5,\"bytes\":47,\"measured\":4,\"kept\":{\"documents\":1,\"bytes\":10},"
        "\"emptied\":{\"documents\":1,\"bytes\":7}");
    assert_contains(json.p, "\"rule\":\"kana-share\"");
    assert_contains(json.p, "\"min\":0.2,\"low_is_bad\":true,\"first\":{\"documents\":2,"
                            "\"bytes\":20},\"would\":2,\"only\":1,\"undefined\":0");
    assert_contains(json.p, "\"source\":\"ours\",\"min\":10,\"max\":5000");
    assert_contains(json.p, "\"below\":50,");
    assert_contains(json.p, "\"overlap\":[2,1,0]");
    assert_contains(json.p, "「引用」\\\"");
    const sm_value *const rules = sm_value_get(&config.root, "rules");
    assert_int_equal(rules->n, RULES);
    assert_int_equal(sm_value_get(&rules->items[0], "samples")->n, 1);
    sm_config_free(&config);
    sm_buffer_free(&json);
    sm_filter_account_free(account);
    sm_filter_free(filter);
}

static void test_warnings(void **state)
{
    (void)state;
    sm_filter *const filter = make_filter();
    sm_filter_account *const account = sm_filter_account_new(filter, 0);
    for (int i = 0; i < 100; i++) {
        made m = {.values = {.9, 100, 3}};
        if (i < 60) m.values[0] = i == 0 ? (double)NAN : .1;
        if (i < 59) m.values[2] = 55;
        add(account, filter, &m);
    }
    sm_buffer json = json_of(account);
    sm_buffer_putc(&json, '\0');
    assert_contains(json.p, "{\"kind\":\"drops-most\",\"rule\":\"kana-share\",\"share\":0.6}");
    assert_contains(json.p, "{\"kind\":\"undefined\",\"rule\":\"kana-share\",\"share\":0.01}");
    assert_contains(json.p,
                    "{\"kind\":\"same\",\"rule\":\"kana-share\",\"other\":\"longest-run\"");
    assert_null(strstr(json.p, "\"rule\":\"characters\",\"share\""));
    sm_buffer_free(&json);
    sm_filter_account_free(account);
    sm_filter_free(filter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bins),      cmocka_unit_test(test_counts),
        cmocka_unit_test(test_quantiles), cmocka_unit_test(test_merge),
        cmocka_unit_test(test_json),      cmocka_unit_test(test_warnings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
