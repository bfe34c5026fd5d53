/* Benchmark items in documents: runs against comparing everything, near hits by what was put in, templates.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/contamination.h>
#include <seimai/minhash.h>
#include <seimai/random.h>
#include <seimai/utf8.h>

static const char question[] = "次の川のうち、日本で最も長いものはどれですか。選択肢は、信濃川"
                               "、利根川、石狩川、天塩川の四つです。"
                               "理由もあわせて、四十字以内で書いてください。";

static sm_contamination *with_items(const sm_contamination_options *o, const char *const *texts,
                                    size_t n)
{
    sm_contamination *c = sm_contamination_new(o);
    for (size_t i = 0; i < n; i++) {
        char id[32];
        (void)snprintf(id, sizeof id, "q%zu", i);
        assert_ok(sm_contamination_add(c, SM_SPAN("bench"), sm_span_of(id),
                                       sm_span_of(texts[i]), NULL),
                  NULL);
    }
    sm_contamination_build(c);
    return c;
}

static size_t hits_of(const sm_contamination *c, const char *text, sm_arena *arena,
                      const sm_contamination_hit **hits)
{
    sm_contamination_scanner *s = sm_contamination_scanner_new(c);
    const size_t n = sm_contamination_scan(s, sm_span_of(text), arena, hits);
    sm_contamination_scanner_free(s);
    return n;
}

static void test_a_run_with_other_widths_and_spaces(void **state)
{
    (void)state;
    const sm_contamination_options o = {.chars = 19, .share = 2};
    const char *const items[] = {question, "短い問い"};
    sm_contamination *c = with_items(&o, items, 2);
    sm_arena arena = {0};
    const sm_contamination_hit *hits = NULL;
    const char text[] = "前置き。 次の川のうち、 日本で最も長いもの　はどれ？";
    assert_int_equal(hits_of(c, text, &arena, &hits), 1);
    assert_false(hits[0].near);
    assert_int_equal(hits[0].run, 19);
    assert_int_equal(hits[0].begin, 12); /* with the space before it */
    assert_int_equal(hits[0].end, strlen(text) - strlen("？"));
    assert_int_equal(hits_of(c, "次の川のうち、日本で最も長いものはど", &arena, &hits),
                     0); /* 18 of 19 */
    assert_int_equal(hits_of(c, "短い問い", &arena, &hits), 0);
    sm_contamination_free(c);
    sm_arena_free(&arena);
}

static void test_an_edited_item_is_near(void **state)
{
    (void)state;
    const sm_contamination_options o = {.chars = 60, .share = .8};
    const char *const items[] = {question};
    sm_contamination *c = with_items(&o, items, 1);
    sm_arena arena = {0};
    const sm_contamination_hit *hits = NULL;
    /* Two characters of 73 differ: at most 10 of the 69 5-grams are lost. */
    const char edited[] = "問一。次の川のなか、日本で最も長いものはどれですか。選択肢は、信濃川"
                          "、利根川、石狩川、天塩川の四つです。"
                          "理由もあわせて、三十字以内で書いてください。以上。";
    assert_int_equal(hits_of(c, edited, &arena, &hits), 1);
    assert_true(hits[0].near);
    assert_true(hits[0].share >= .8 && hits[0].share < 1);
    assert_true(hits[0].run >= 16);
    /* Half of it is not. */
    assert_int_equal(hits_of(c,
                             "選択肢は、信濃川、利根川、石狩川、天塩川の四つです。ほかの話。",
                             &arena, &hits),
                     0);
    sm_contamination_free(c);
    sm_arena_free(&arena);
}

/* The longest common run of two views, by comparing everything. */
static size_t longest_run(const char *a, const char *b)
{
    uint32_t *x = sm_calloc(strlen(a) + 1, sizeof *x), *y = sm_calloc(strlen(b) + 1, sizeof *y);
    const size_t n = sm_view_points(SM_VIEW_JA, sm_span_of(a), x);
    const size_t m = sm_view_points(SM_VIEW_JA, sm_span_of(b), y);
    size_t best = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++) {
            size_t run = 0;
            while (i + run < n && j + run < m && x[i + run] == y[j + run])
                run++;
            if (run > best) best = run;
        }
    sm_free(x);
    sm_free(y);
    return best;
}

static void random_text(uint64_t seed, size_t chars, char *out)
{
    static const char *const letters[] = {"あ", "い", "う", "山", "川", " ", "a"};
    *out = 0;
    for (size_t i = 0; i < chars; i++)
        out += snprintf(out, 8, "%s", letters[sm_random_below(seed, i, 0, 7)]);
}

static void test_runs_are_those_of_comparing_everything(void **state)
{
    (void)state;
    enum { CHARS = 90, BYTES = 8 * CHARS };
    size_t found = 0, missed_by_design = 0;
    for (uint64_t seed = 0; seed < 400; seed++) {
        char item[BYTES], text[3 * BYTES], tail[BYTES];
        const sm_contamination_options o = {.chars = 16 + seed % 20, .share = 2};
        random_text(3 * seed, 20 + seed % 70, item);
        random_text(3 * seed + 1, 10, text);
        random_text(3 * seed + 2, 10, tail);
        const char *from = item; /* a piece of the item: whole characters */
        for (uint64_t skip = sm_random_below(seed, 9, 1, 15); skip-- > 0;)
            (void)sm_utf8_next(&from, item + strlen(item));
        (void)snprintf(text + strlen(text), 2 * BYTES, "%.*s%s",
                       (int)(sm_random_below(seed, 9, 2, 40) * 3), from, tail);
        text[sm_utf8_check(sm_span_of(text))] = 0; /* where a cut split a character */
        const char *const items[] = {item};
        sm_contamination *c = with_items(&o, items, 1);
        sm_arena arena = {0};
        const sm_contamination_hit *hits = NULL;
        uint32_t view[BYTES];
        const size_t n_item = sm_view_points(SM_VIEW_JA, sm_span_of(item), view);
        const size_t needed = n_item < o.chars ? n_item : o.chars;
        const size_t run = longest_run(item, text);
        const size_t n = hits_of(c, text, &arena, &hits);
        if (n_item < 13) {
            missed_by_design++;
        } else {
            assert_int_equal(n, run >= needed);
            if (n) assert_int_equal(hits[0].run, run);
        }
        found += n;
        sm_contamination_free(c);
        sm_arena_free(&arena);
    }
    assert_true(found > 50 && found < 350); /* both kinds were tried */
    assert_true(missed_by_design < 50);
}

static void test_templates_prove_nothing(void **state)
{
    (void)state;
    enum { N = 40 };
    static char texts[N][400];
    const char *items[N];
    for (size_t i = 0; i < N; i++) {
        (void)snprintf(
            texts[i], sizeof texts[i],
            "次の文章をよく読んで、あとの問いに答えなさい。ただし、答えは一つとは限りません。"
            "第%zu問：%zu年に%zu番目の都市で起きた出来事を選びなさい。",
            i * 37 % 101, 1900 + i, i * i);
        items[i] = texts[i];
    }
    const sm_contamination_options o = {.chars = 30, .share = .8};
    sm_contamination *c = with_items(&o, items, N);
    sm_arena arena = {0};
    const sm_contamination_hit *hits = NULL;
    assert_int_equal(hits_of(c,
                             "次の文章をよく読んで、あとの問いに答えなさい。ただし、答えは一つ"
                             "とは限りません。別の問題。",
                             &arena, &hits),
                     0);
    const size_t n = hits_of(c, texts[7], &arena, &hits);
    bool seven = false;
    for (size_t i = 0; i < n; i++)
        seven |= hits[i].item == 7 && !hits[i].near && hits[i].share == 1;
    assert_true(seven);

    sm_contamination_note(c, hits, n);
    sm_buffer json = sm_buffer_make(1 << 16);
    sm_contamination_report(c, &json);
    sm_buffer_putc(&json, 0);
    assert_contains(json.p, "\"items\":40");
    assert_contains(json.p, "\"documents_hit\":1");
    sm_buffer_free(&json);
    sm_contamination_free(c);
    sm_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_run_with_other_widths_and_spaces),
        cmocka_unit_test(test_an_edited_item_is_near),
        cmocka_unit_test(test_runs_are_those_of_comparing_everything),
        cmocka_unit_test(test_templates_prove_nothing),
    };
    return cmocka_run_group_tests_name("contamination", tests, NULL, NULL);
}
