/* Patterns: groups, starts, look-behinds, bounds, messages.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <pthread.h>

#include <seimai/pattern.h>

static sm_pattern *compiled(const char *source, bool caseless)
{
    sm_error err = {0};
    sm_pattern *pattern = NULL;
    assert_ok(sm_pattern_compile(&pattern, "test", sm_span_of(source), caseless, &err), &err);
    assert_non_null(pattern);
    return pattern;
}

/* Every match, each in [], and what lies between; so a test shows places too. */
static void mark_all(const sm_pattern *pattern, sm_span text, sm_buffer *out)
{
    sm_matcher *m = sm_matcher_new();
    sm_span group[SM_GROUPS];
    sm_error err = {0};
    size_t n = 0;
    size_t written = 0;
    for (size_t at = 0; sm_pattern_find(pattern, m, text, at, group, &n, &err) == 1;) {
        const size_t from = (size_t)(group[0].p - text.p);
        sm_buffer_put(out, (sm_span){text.p + written, from - written});
        sm_buffer_putc(out, '[');
        sm_buffer_put(out, group[0]);
        sm_buffer_putc(out, ']');
        written = from + group[0].n;
        at = sm_pattern_next(text, group[0]);
    }
    assert_int_equal(err.code, 0);
    sm_buffer_put(out, (sm_span){text.p + written, text.n - written});
    sm_matcher_free(m);
}

static void test_finds_all(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text, *marked;
        bool caseless;
    } cases[] = {
        {"米", "精米と玄米", "精[米]と玄[米]", false},
        {"[あ-ん]+", "精米とはコメをつく", "精米[とは]コメ[をつく]", false},
        {"\\p{Han}+", "精米とは〆々", "[精米]とは[〆々]", false},
        {"", "aあ", "[]a[]あ[]", false},
        {"x*", "あxx", "[]あ[xx][]", false},
        {"(?<!\\d)\\d{3}-\\d{4}(?!\\d)", "100-0001 1100-0001 100-00012",
         "[100-0001] 1100-0001 100-00012", false},
        {"\\d+\\b", "12 １２ 三4", "[12] １２ 三[4]", false},
        {"abc", "ABC abc ＡＢＣ", "ABC [abc] ＡＢＣ", false},
        {"abc|ａｂｃ|é", "ABC abc ＡＢＣ É", "[ABC] [abc] [ＡＢＣ] [É]", true},
        {"^.", "一\n二", "[一]\n二", false},
        {"(?m)^.", "一\n二", "[一]\n[二]", false},
        {"a", "", "", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_pattern *pattern = compiled(cases[i].pattern, cases[i].caseless);
        sm_buffer out = sm_buffer_make(1000);
        mark_all(pattern, sm_span_of(cases[i].text), &out);
        assert_span(sm_buffer_span(&out), cases[i].marked);
        sm_buffer_free(&out);
        sm_pattern_free(pattern);
    }
}

static void test_groups(void **state)
{
    (void)state;
    sm_pattern *pattern = compiled("(?<area>0\\d)-(x)?(\\d+)(y)?", false);
    sm_matcher *m = sm_matcher_new();
    sm_span group[SM_GROUPS];
    sm_error err = {0};
    size_t n = 0;
    assert_int_equal(sm_pattern_find(pattern, m, SM_SPAN("電話03-12"), 0, group, &n, &err), 1);
    assert_int_equal(n, 5);
    assert_span(group[0], "03-12");
    assert_span(group[1], "03");
    assert_null(group[2].p);
    assert_span(group[3], "12");
    assert_null(group[4].p);
    assert_int_equal(sm_pattern_group(pattern, "area"), 1);
    assert_int_equal(sm_pattern_group(pattern, "none"), 0);
    sm_matcher_free(m);
    sm_pattern_free(pattern);
}

/* More groups than are reported; and one matcher for patterns of any number of groups. */
static void test_many_groups(void **state)
{
    (void)state;
    sm_pattern *many = compiled("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)(l)(m)(n)(o)(p)(q)", false);
    sm_pattern *one = compiled("q", false);
    sm_matcher *m = sm_matcher_new();
    sm_span group[SM_GROUPS];
    sm_error err = {0};
    size_t n = 0;
    const sm_span text = SM_SPAN("abcdefghijklmnopq");
    assert_int_equal(sm_pattern_find(many, m, text, 0, group, &n, &err), 1);
    assert_int_equal(n, SM_GROUPS);
    assert_span(group[0], "abcdefghijklmnopq");
    assert_span(group[15], "o");
    assert_int_equal(sm_pattern_find(one, m, text, 0, group, &n, &err), 1);
    assert_int_equal(n, 1);
    assert_int_equal(sm_pattern_find(one, m, text, 17, group, &n, &err), 0);
    assert_int_equal(sm_pattern_find(one, m, text, 18, group, &n, &err), 0);
    sm_matcher_free(m);
    sm_pattern_free(many);
    sm_pattern_free(one);
}

static void test_start_sees_what_is_before(void **state)
{
    (void)state;
    sm_pattern *pattern = compiled("(?<=株)式", false);
    sm_matcher *m = sm_matcher_new();
    sm_span group[SM_GROUPS];
    sm_error err = {0};
    size_t n = 0;
    assert_int_equal(sm_pattern_find(pattern, m, SM_SPAN("株式"), 3, group, &n, &err), 1);
    assert_int_equal(sm_pattern_find(pattern, m, SM_SPAN("式"), 0, group, &n, &err), 0);
    sm_matcher_free(m);
    sm_pattern_free(pattern);
}

static void test_wrong_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *source, *message;
    } cases[] = {{"米(", "rule: wrong pattern at offset 4: "},
                 {"[a", "rule: wrong pattern at offset 2: "},
                 {"\\C", "rule: wrong pattern at offset 2: "},
                 {"\xFF", "rule: wrong pattern at offset 0: "}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_error err = {0};
        sm_pattern *pattern = NULL;
        const sm_span source = sm_span_of(cases[i].source);
        assert_int_equal(sm_pattern_compile(&pattern, "rule", source, false, &err), SM_EUSAGE);
        assert_null(pattern);
        assert_contains(err.text, cases[i].message);
    }
    sm_pattern_free(NULL);
    sm_matcher_free(NULL);
}

/* 2^n ways to fail: without the limit this does not end. */
static void test_explosion_is_stopped(void **state)
{
    (void)state;
    char text[4000];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = 'b';
    sm_pattern *pattern = compiled("(a|aa|a*)+$", false);
    sm_matcher *m = sm_matcher_new();
    sm_span group[SM_GROUPS];
    sm_error err = {0};
    size_t n = 7;
    const int rc =
        sm_pattern_find(pattern, m, (sm_span){text, sizeof text}, 0, group, &n, &err);
    assert_int_equal(rc, SM_ELIMIT);
    assert_int_equal(n, 0);
    assert_contains(err.text, "test: search given up: ");
    sm_matcher_free(m);
    sm_pattern_free(pattern);
}

static void *count_in_thread(void *shared)
{
    const sm_pattern *pattern = shared;
    sm_buffer out = sm_buffer_make(1 << 20);
    for (int i = 0; i < 200; i++)
        mark_all(pattern, SM_SPAN("精米、玄米、白米"), &out);
    const size_t n = out.n;
    sm_buffer_free(&out);
    return (void *)n; /* a number in a pointer */
}

static void test_pattern_is_shared(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    sm_pattern *pattern = compiled("\\p{Han}米", false);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_in_thread, pattern), 0);
    for (int i = 0; i < THREADS; i++) {
        void *n = NULL;
        assert_int_equal(pthread_join(threads[i], &n), 0);
        assert_int_equal((size_t)n, 200 * (24 + 6));
    }
    sm_pattern_free(pattern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_all),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_many_groups),
        cmocka_unit_test(test_start_sees_what_is_before),
        cmocka_unit_test(test_wrong_patterns),
        cmocka_unit_test(test_explosion_is_stopped),
        cmocka_unit_test(test_pattern_is_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
