/* Repeated passages against a suffix array and against comparing everything with everything; lines and paragraphs;
 * sentences. SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/random.h>
#include <seimai/repeats.h>

#include "passage/passage_internal.h"

#include <divsufsort.h>

typedef struct corpus {
    sm_span *texts;
    size_t n;
    sm_arena arena;
} corpus;

/* Texts of a few letters (one of them wide), later ones with pieces of earlier ones, and runs. */
static corpus random_corpus(uint64_t seed, size_t n)
{
    static const char *const letters[] = {"a", "b", "あ", "漢", "𠮷"};
    corpus c = {.n = n};
    uint64_t draw = 0;
    c.texts = sm_arena_alloc(&c.arena, n * sizeof *c.texts);
    for (size_t d = 0; d < n; d++) {
        sm_buffer b = sm_buffer_make(1 << 20);
        for (size_t part = sm_random_below(seed, 1, draw++, 5); part-- > 0;) {
            const size_t from = d ? sm_random_below(seed, 2, draw++, d) : 0;
            if (d > 0 && c.texts[from].n > 0 && sm_random_below(seed, 3, draw++, 2)) {
                sm_buffer_put(&b, c.texts[from]); /* a copy */
                continue;
            }
            const char *run = sm_random_below(seed, 4, draw++, 4) ? NULL : letters[d % 5];
            for (size_t i = sm_random_below(seed, 5, draw++, 40); i-- > 0;)
                sm_buffer_puts(&b, run ? run : letters[sm_random_below(seed, 6, draw++, 5)]);
        }
        c.texts[d] = sm_arena_copy(&c.arena, sm_buffer_span(&b));
        sm_buffer_free(&b);
    }
    return c;
}

/* ---- oracles: a byte a byte of the corpus, 1 where it is in a copy ---------------------------------- */

/* The bytes of the N characters at p, or 0 if there are fewer. */
static size_t window_bytes(sm_span text, size_t p, size_t n)
{
    const char *at = text.p + p, *const end = text.p + text.n;
    for (; n > 0; n--) {
        if (at == end) return 0;
        (void)sm_utf8_next(&at, end);
    }
    return (size_t)(at - (text.p + p));
}

static bool is_start(char c)
{
    return ((uint8_t)c & 0xC0) != 0x80;
}

static sm_span join(corpus *c, size_t *starts)
{
    sm_buffer all = sm_buffer_make(1 << 24);
    for (size_t d = 0; d < c->n; d++) {
        starts[d] = all.n;
        sm_buffer_put(&all, c->texts[d]);
    }
    starts[c->n] = all.n;
    const sm_span joined = sm_arena_copy(&c->arena, sm_buffer_span(&all));
    sm_buffer_free(&all);
    return joined;
}

/* For each byte that begins a character: the bytes of its N-gram, 0 where the document has fewer. */
static size_t *all_windows(corpus *c, const size_t *starts, size_t total, size_t n)
{
    size_t *windows = sm_calloc(total + 1, sizeof *windows);
    for (size_t d = 0; d < c->n; d++)
        for (size_t p = 0; p < c->texts[d].n; p++)
            if (is_start(c->texts[d].p[p]))
                windows[starts[d] + p] = window_bytes(c->texts[d], p, n);
    return windows;
}

static char *compare_everything(corpus *c, size_t n)
{
    size_t *starts = sm_calloc(c->n + 1, sizeof *starts);
    const sm_span all = join(c, starts);
    size_t *windows = all_windows(c, starts, all.n, n);
    char *marks = sm_calloc(all.n + 1, 1);
    for (size_t p = 0; p < all.n; p++) {
        const size_t w = windows[p];
        bool copy = false;
        for (size_t q = 0; w > 0 && q + w <= p && !copy; q++)
            copy = windows[q] == w && memcmp(all.p + q, all.p + p, w) == 0;
        if (copy) memset(marks + p, 1, w);
    }
    sm_free(starts);
    sm_free(windows);
    return marks;
}

/* Suffixes that begin with the same N characters stand side by side. */
static char *by_suffix_array(corpus *c, size_t n)
{
    size_t *starts = sm_calloc(c->n + 1, sizeof *starts);
    const sm_span all = join(c, starts);
    size_t *windows = all_windows(c, starts, all.n, n);
    char *marks = sm_calloc(all.n + 1, 1);
    int32_t *order = sm_calloc(all.n + 1, sizeof *order);
    assert_int_equal(divsufsort((const uint8_t *)all.p, order, (int32_t)all.n), 0);
    for (size_t i = 0, end; i < all.n; i = end) {
        const size_t first = (size_t)order[i], w = windows[first];
        size_t earliest = w ? first : SIZE_MAX;
        for (end = i + 1; w > 0 && end < all.n; end++) { /* a group with equal w bytes */
            const size_t p = (size_t)order[end];
            if (p + w > all.n || memcmp(all.p + p, all.p + first, w) != 0) break;
            if (windows[p] == w && p < earliest) earliest = p;
        }
        for (size_t k = i; w > 0 && k < end; k++) {
            const size_t p = (size_t)order[k];
            if (windows[p] == w && earliest + w <= p) memset(marks + p, 1, w);
        }
    }
    sm_free(order);
    sm_free(starts);
    sm_free(windows);
    return marks;
}

/* ---- the real thing ------------------------------------------------------------------------------- */

static void first_pass(sm_repeats *r, const corpus *c)
{
    sm_error err = {0};
    sm_arena arena = {0};
    sm_repeat_scanner *s = sm_repeat_scanner_new(r);
    for (size_t d = 0; d < c->n; d++) {
        char id[32];
        (void)snprintf(id, sizeof id, "d%zu", d);
        const sm_repeat_scan *scan = sm_repeats_scan(s, c->texts[d], &arena);
        assert_ok(sm_repeats_add(r, sm_span_of(id), c->texts[d], scan, &err), &err);
    }
    assert_ok(sm_repeats_find(r, &err), &err);
    sm_repeat_scanner_free(s);
    sm_arena_free(&arena);
}

static char *marks_of(const corpus *c, const sm_repeat_options *o)
{
    sm_error err = {0};
    sm_arena arena = {0};
    sm_repeats *r = NULL;
    sm_buffer marks = sm_buffer_make(1 << 24);
    assert_ok(sm_repeats_new(&r, o, &err), &err);
    first_pass(r, c);
    for (size_t d = 0; d < c->n; d++) {
        const sm_repeat_cut *cuts = NULL;
        size_t n = 0, at = marks.n;
        assert_ok(sm_repeats_cuts(r, c->texts[d], &arena, &cuts, &n, &err), &err);
        for (size_t i = 0; i < c->texts[d].n; i++)
            sm_buffer_putc(&marks, 0);
        for (size_t i = 0; i < n; i++) {
            memset(marks.p + at + cuts[i].begin, 1, cuts[i].end - cuts[i].begin);
            assert_true(cuts[i].source <= d);
        }
    }
    sm_buffer_putc(&marks, 0);
    sm_repeats_free(r);
    sm_arena_free(&arena);
    return marks.p;
}

static void test_passages_are_those_of_a_suffix_array(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        corpus c = random_corpus(seed, 12);
        sm_repeat_options o = sm_repeat_defaults(SM_REPEAT_PASSAGE);
        o.min_chars = SM_REPEAT_MIN + seed % 13;
        o.any_place = true;
        size_t total = 0;
        for (size_t d = 0; d < c.n; d++)
            total += c.texts[d].n;
        char *found = marks_of(&c, &o);
        char *wanted = compare_everything(&c, o.min_chars);
        char *also = by_suffix_array(&c, o.min_chars);
        assert_memory_equal(wanted, also, total);
        assert_memory_equal(found, wanted, total);
        o.memory = 1; /* as little as a sorter takes */
        o.threads = 3;
        char *small = marks_of(&c, &o);
        assert_memory_equal(small, wanted, total);
        sm_free(found);
        sm_free(wanted);
        sm_free(also);
        sm_free(small);
        sm_arena_free(&c.arena);
    }
}

/* The texts after cutting, joined by '|'. */
static void assert_cut(const sm_repeat_options *o, const char *const *texts, size_t n,
                       const char *want)
{
    sm_error err = {0};
    corpus c = {.n = n};
    sm_repeats *r = NULL;
    sm_buffer out = sm_buffer_make(1 << 20);
    c.texts = sm_arena_alloc(&c.arena, n * sizeof *c.texts);
    for (size_t i = 0; i < n; i++)
        c.texts[i] = sm_span_of(texts[i]);
    assert_ok(sm_repeats_new(&r, o, &err), &err);
    first_pass(r, &c);
    for (size_t d = 0; d < n; d++) {
        const sm_repeat_cut *cuts = NULL;
        size_t n_cuts = 0;
        assert_ok(sm_repeats_cuts(r, c.texts[d], &c.arena, &cuts, &n_cuts, &err), &err);
        if (d > 0) sm_buffer_putc(&out, '|');
        sm_buffer_put(&out, sm_repeats_apply(c.texts[d], cuts, n_cuts, &c.arena));
    }
    assert_span(sm_buffer_span(&out), want);
    sm_buffer_free(&out);
    sm_repeats_free(r);
    sm_arena_free(&c.arena);
}

static void test_cuts_leave_whole_sentences(void **state)
{
    (void)state;
    const char *const texts[] = {
        "今日は晴れだった。明日も晴れるだろう。そう思う。",
        "始め。そして今日は晴れだった。明日も晴れるだろう。そう言った。",
        "「明日も晴れるだろう。」と彼。It will rain. It will rain today, he said. Yes.",
        "No: It will rain. It will rain today, he said. No.",
    };
    sm_repeat_options o = sm_repeat_defaults(SM_REPEAT_PASSAGE);
    o.min_chars = 10;
    assert_cut(&o, texts, 4,
               "今日は晴れだった。明日も晴れるだろう。そう思う。|"
               "始め。そして今日は晴れだった。そう言った。|"
               "「明日も晴れるだろう。」と彼。It will rain. It will rain today, he said. Yes.|"
               "No: It will rain. No.");
    o.any_place = true;
    assert_cut(&o, texts, 2,
               "今日は晴れだった。明日も晴れるだろう。そう思う。|始め。そして言った。");
}

static void test_lines_and_paragraphs(void **state)
{
    (void)state;
    const char *const lines[] = {"会員登録はこちら\n本文です\n",
                                 "　会員登録はこちら \n別の本文\n本文です", "会員登録はこちら"};
    sm_repeat_options o = sm_repeat_defaults(SM_REPEAT_LINE);
    o.min_chars = 5;
    assert_cut(&o, lines, 3, "会員登録はこちら\n本文です\n|別の本文\n本文です|");
    o.min_count = 3;
    o.min_chars = 1;
    assert_cut(&o, lines, 3, "会員登録はこちら\n本文です\n|別の本文\n本文です|");
    o.min_count = 4;
    assert_cut(&o, lines, 3,
               "会員登録はこちら\n本文です\n|　会員登録はこちら "
               "\n別の本文\n本文です|会員登録はこちら");

    const char *const paragraphs[] = {"一つ目\n二行目\n\n別の段落",
                                      "前\n\n一つ目\n二行目\n\n\n後"};
    o = sm_repeat_defaults(SM_REPEAT_PARAGRAPH);
    o.min_chars = 3;
    assert_cut(&o, paragraphs, 2, "一つ目\n二行目\n\n別の段落|前\n\n後");
}

static void test_a_changed_document_is_refused(void **state)
{
    (void)state;
    sm_error err = {0};
    corpus c = random_corpus(5, 3);
    sm_repeats *r = NULL;
    const sm_repeat_options o = sm_repeat_defaults(SM_REPEAT_PASSAGE);
    const sm_repeat_cut *cuts = NULL;
    size_t n = 0;
    assert_ok(sm_repeats_new(&r, &o, &err), &err);
    first_pass(r, &c);
    assert_ok(sm_repeats_cuts(r, c.texts[0], &c.arena, &cuts, &n, &err), &err);
    assert_int_equal(sm_repeats_cuts(r, SM_SPAN("another"), &c.arena, &cuts, &n, &err),
                     SM_EHASH);
    sm_span id;
    assert_ok(sm_repeats_id(r, 2, &c.arena, &id, NULL), NULL);
    assert_span(id, "d2");
    sm_repeats_free(r);
    sm_arena_free(&c.arena);
}

static void test_options_out_of_range(void **state)
{
    (void)state;
    sm_repeats *r = NULL;
    sm_error err = {0};
    sm_repeat_options o = sm_repeat_defaults(SM_REPEAT_PASSAGE);
    o.min_chars = SM_REPEAT_MIN - 1;
    assert_int_equal(sm_repeats_new(&r, &o, &err), SM_EUSAGE);
    o = sm_repeat_defaults(SM_REPEAT_LINE);
    o.min_count = 1;
    err = (sm_error){0};
    assert_int_equal(sm_repeats_new(&r, &o, &err), SM_EUSAGE);
    o.min_count = 2;
    o.folder = "no-such-folder";
    err = (sm_error){0};
    assert_int_equal(sm_repeats_new(&r, &o, &err), SM_EIO);
    assert_contains(err.text, "no-such-folder");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passages_are_those_of_a_suffix_array),
        cmocka_unit_test(test_cuts_leave_whole_sentences),
        cmocka_unit_test(test_lines_and_paragraphs),
        cmocka_unit_test(test_a_changed_document_is_refused),
        cmocka_unit_test(test_options_out_of_range),
    };
    return cmocka_run_group_tests_name("repeats", tests, NULL, NULL);
}
