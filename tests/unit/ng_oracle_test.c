/* NG words against a slow matcher, which folds the text anew at every place and tries every word in every dress.
 *
 * The fast search must find the same hits on random text over a small alphabet (many words at every place), on our own
 * lists over sentences made of their words, and on real text where it is there. Ends are judged by the same code in
 * both; tests/unit/ng_test.c holds that against written examples. SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/random.h>
#include <seimai/script.h>
#include <seimai/utf8.h>

#include "ng/ng_internal.h"

/* ---- the slow matcher -------------------------------------------------------------------- */

typedef struct oracle {
    const sm_ng *ng;
    ng_edges edges;
    sm_span text;
} oracle;

/* Does folded text that begins at `at` begin with the n characters? Where it ends, or 0. */
static size_t begins(const ng_fold *fold, sm_span text, size_t at, const uint32_t *word,
                     size_t n)
{
    const char *p = text.p + at, *const end = text.p + text.n;
    for (size_t i = 0; i < n; i++)
        if (p == end || ng_fold_next(fold, &p, end) != word[i]) return 0;
    return (size_t)(p - text.p);
}

static bool is_covered(const oracle *o, size_t begin, size_t end)
{
    uint32_t word[NG_PATTERN_MAX];
    for (size_t i = 0; i < o->ng->n_entries; i++) {
        if (o->ng->entries[i].kind != NG_EXCEPTION) continue;
        const size_t n = ng_fold_word(&o->ng->folded.fold, o->ng->entries[i].word, word);
        for (const char *p = o->text.p; p <= o->text.p + begin;
             (void)sm_utf8_next(&p, o->text.p + o->text.n))
            if (begins(&o->ng->folded.fold, o->text, (size_t)(p - o->text.p), word, n) >= end)
                return true;
    }
    return false;
}

/* The best word of a list at a place: the slow rule is written out, longest valid one for lists of ours. */
typedef struct answer {
    size_t end;
    uint32_t entry;
} answer;

static ng_end end_by_class(const ng_entry *e, uint32_t c)
{
    static const ng_end by_class[] = {
        [NG_K] = NG_KATAKANA, [NG_L] = NG_LATIN, [NG_H] = NG_HIRAGANA,
        [NG_C] = NG_FREE,     [NG_M] = NG_HAN,   [NG_ANY] = NG_FREE};
    static const ng_end by_script[SM_SCRIPTS] = {[SM_KATAKANA] = NG_KATAKANA,
                                                 [SM_HIRAGANA] = NG_HIRAGANA,
                                                 [SM_HAN] = NG_HAN,
                                                 [SM_LATIN] = NG_LATIN,
                                                 [SM_DIGIT] = NG_LATIN};
    return e->class == NG_AUTO ? by_script[sm_script_of(c)] : by_class[e->class];
}

static void try_dress(oracle *o, const ng_entry *e, uint32_t id, const uint32_t *word, size_t n,
                      size_t at, answer *best)
{
    const size_t end = begins(&o->ng->folded.fold, o->text, at, word, n);
    if (end <= best->end && !(end == best->end && end && id < best->entry)) return;
    size_t first = 0, last = n - 1;
    while (word[first] == NG_MASK)
        first++;
    while (word[last] == NG_MASK)
        last--;
    const ng_pattern p = {
        .begin = (uint8_t)(e->flags & NG_FLAG_BEGIN ? NG_FREE : end_by_class(e, word[first])),
        .end = (uint8_t)(e->flags & NG_FLAG_END ? NG_FREE : end_by_class(e, word[last]))};
    sm_error err = {0};
    const int good = ng_edges_ask(&o->edges, o->text, &p, at, end, &err);
    assert_ok(good, &err);
    if (good && !is_covered(o, at, end)) *best = (answer){end, id};
}

/* Is this set of masked places (bits) allowed? One; every second; two in a word of six or more, with ○ only. */
static bool allowed(size_t set, size_t n, bool ends_stay)
{
    size_t alternate = 0;
    for (size_t i = 1; i < n - ends_stay; i += 2)
        alternate |= (size_t)1 << i;
    const bool ends = set & 1 || set >> (n - 1) & 1;
    const int bits = __builtin_popcountll(set);
    return (set == alternate || bits == 1 || (bits == 2 && n >= 6)) && !(ends_stay && ends);
}

/* Every set of masked places that the header allows. */
static void try_masks(oracle *o, const ng_entry *e, uint32_t id, const uint32_t *word, size_t n,
                      size_t at, answer *best)
{
    static const uint32_t masks[] = {NG_MASK, 'x', 'o'};
    uint32_t d[NG_PATTERN_MAX];
    bool kana = true;
    for (size_t i = 0; i < n; i++)
        kana = kana && word[i] >= 0x3041 && word[i] <= 0x30FC;
    if (n < 3 || n > 12) return;
    const uint32_t mask =
        NG_MASK; /* x and o never stand first: spare the work where nothing can begin */
    if (!begins(&o->ng->folded.fold, o->text, at, word, 1) &&
        !begins(&o->ng->folded.fold, o->text, at, &mask, 1))
        return;
    for (size_t k = 0; k < (word[0] < 128 ? 1 : 3); k++)
        for (size_t set = 1; set < (size_t)1 << n; set++) {
            if (!allowed(set, n, k > 0 || !kana) ||
                (k > 0 && n >= 6 && __builtin_popcountll(set) == 2))
                continue;
            for (size_t i = 0; i < n; i++)
                d[i] = set >> i & 1 ? masks[k] : word[i];
            try_dress(o, e, id, d, n, at, best);
        }
}

static void try_word(oracle *o, uint32_t id, const uint32_t *word, size_t n, size_t at,
                     answer *best)
{
    const ng_entry *const e = &o->ng->entries[id];
    uint32_t other[NG_PATTERN_MAX], spaced[NG_PATTERN_MAX];
    const uint32_t *kana[2] = {word, other};
    const bool both = ng_other_kana(word, n, other) && (e->flags & NG_FLAG_KANA);
    for (int k = 0; k <= both; k++) {
        try_dress(o, e, id, kana[k], n, at, best);
        if (e->flags & NG_FLAG_MASK) try_masks(o, e, id, kana[k], n, at, best);
        for (size_t i = 0; i < n; i++)
            spaced[2 * i] = kana[k][i];
        for (size_t i = 1; i < n; i++)
            spaced[2 * i - 1] = ' ';
        if (n > 1 && (e->flags & NG_FLAG_SPACED))
            try_dress(o, e, id, spaced, 2 * n - 1, at, best);
    }
}

/* The word, and with バ ビ ベ ボ for ヴァ ヴィ ヴェ ヴォ. */
static void try_entry(oracle *o, uint32_t id, size_t at, answer *best)
{
    static const char *const v[] = {"ヴァ", "ヴィ", "ヴェ", "ヴォ"}, *const plain[] = {
                                                                         "バ", "ビ", "ベ",
                                                                         "ボ"};
    const ng_entry *const e = &o->ng->entries[id];
    const ng_fold *const fold = &o->ng->folded.fold;
    uint32_t word[NG_PATTERN_MAX];
    const size_t n = ng_fold_word(fold, e->word, word);
    if (e->kind != NG_WORD || (n == 1 && e->class != NG_ANY)) return;
    try_word(o, id, word, n, at, best);
    char b[3 * NG_PATTERN_MAX + 1];
    (void)snprintf(b, sizeof b, "%s", e->word.p);
    bool any = false;
    for (size_t k = 0; k < 4; k++)
        for (char *p = b; (p = strstr(p, v[k])); any = true) {
            memcpy(p, plain[k], 3);
            memmove(p + 3, p + 6, strlen(p + 6) + 1);
        }
    if (any) try_word(o, id, word, ng_fold_word(fold, sm_span_of(b), word), at, best);
}

static size_t slow_scan(oracle *o, uint32_t list, sm_ng_hit *hits, size_t max)
{
    size_t n = 0, free_from = 0;
    ng_edges_start(&o->edges);
    for (const char *p = o->text.p; p < o->text.p + o->text.n;
         (void)sm_utf8_next(&p, o->text.p + o->text.n)) {
        const size_t at = (size_t)(p - o->text.p);
        answer best = {0};
        if (at < free_from || ng_is_skipped(&o->ng->folded.fold, p, o->text.p + o->text.n))
            continue;
        for (uint32_t id = 0; id < o->ng->n_entries; id++)
            if (o->ng->entries[id].list == list) try_entry(o, id, at, &best);
        if (!best.end) continue;
        assert_true(n < max);
        hits[n++] = (sm_ng_hit){at, best.end, list, best.entry};
        free_from = best.end;
    }
    return n;
}

static void agree(const sm_ng *ng, sm_ng_scanner *scanner, sm_span text)
{
    static sm_ng_hit want[1 << 16];
    sm_error err = {0};
    const sm_ng_counts *counts = NULL;
    size_t n = 0;
    assert_ok(sm_ng_scan(scanner, text, &counts, &err), &err);
    const sm_ng_hit *const got = sm_ng_hits(scanner, &n);
    for (uint32_t list = 0; list < sm_ng_lists(ng); list++) {
        oracle o = {.ng = ng, .edges = {.ng = ng}, .text = text};
        const size_t m = slow_scan(&o, list, want, sizeof want / sizeof *want);
        size_t k = 0;
        for (size_t i = 0; i < n; i++) {
            if (got[i].list != list) continue;
            const bool same = k < m && got[i].begin == want[k].begin &&
                              got[i].end == want[k].end && got[i].entry == want[k].entry;
            if (!same)
                print_error("%zu-%zu %s, not %zu-%zu %s, in '%.*s'\n", got[i].begin, got[i].end,
                            ng->entries[got[i].entry].word.p, k < m ? want[k].begin : 0,
                            k < m ? want[k].end : 0,
                            k < m ? ng->entries[want[k].entry].word.p : "", (int)text.n,
                            text.p);
            assert_true(same);
            k++;
        }
        for (size_t i = k; i < m; i++)
            print_error("missed %zu-%zu: %s in '%.*s'\n", want[i].begin, want[i].end,
                        ng->entries[want[i].entry].word.p, (int)text.n, text.p);
        assert_int_equal(k, m);
    }
}

/* ---- texts -------------------------------------------------------------------------------- */

static const char *const letters[] = {"ば", "か",     "バ", "カ", "ﾊ",  "ﾞ", "ｶ",  "は",
                                      "゛", "\u3099", "ッ", "っ", "ー", "-", "○",  "*",
                                      " ",  "・",     "死", "ね", "a",  "B", "ｂ", "\u200B",
                                      "。", "\n",     "〓", "ヴ", "ァ"};
enum { LETTERS = sizeof letters / sizeof *letters };

/* Numbers of a sequence, one after the other. */
typedef struct chance {
    uint64_t seed, at;
} chance;

static size_t below(chance *c, size_t n)
{
    return sm_random_below(c->seed, c->at++, 0, n);
}

static void put_random(sm_buffer *b, chance *r, size_t n, size_t alphabet)
{
    for (size_t i = 0; i < n; i++)
        sm_buffer_puts(b, letters[below(r, alphabet)]);
}

static void random_list(sm_buffer *b, chance *r)
{
    static const char *const classes[] = {"-", "K", "H", "C", "M", "any", "ok"};
    static const char *const sets[] = {"-", "k", "m", "s", "kms", "<", ">"};
    sm_buffer_clear(b);
    sm_buffer_puts(b, "# seimai-ng 1\nばか\n");
    for (int i = 0; i < 25; i++) {
        const size_t before = b->n;
        put_random(b, r, 1 + below(r, 4), 14);
        if (b->n == before) continue;
        sm_buffer_printf(b, "\t%s\t1\t%s\n", classes[below(r, 7)], sets[below(r, 7)]);
    }
}

static void test_random(void **state)
{
    (void)state;
    chance r = {.seed = 11};
    sm_buffer list = sm_buffer_make(1 << 16), text = sm_buffer_make(1 << 16);
    for (int round = 0; round < 120; round++) {
        sm_error err = {0};
        sm_ng *const ng = sm_ng_new();
        for (int k = 0; k < 2; k++) {
            random_list(&list, &r);
            assert_ok(sm_ng_add_text(ng, k ? "b" : "a", "f", sm_buffer_span(&list),
                                     SM_NG_BOUNDARIES, &err),
                      &err);
        }
        assert_ok(sm_ng_compile(ng, &err), &err);
        sm_ng_scanner *const scanner = sm_ng_scanner_new(ng, NULL);
        for (int k = 0; k < 20; k++) {
            sm_buffer_clear(&text);
            put_random(&text, &r, 60, LETTERS);
            agree(ng, scanner, sm_buffer_span(&text));
        }
        sm_ng_scanner_free(scanner);
        sm_ng_free(ng);
    }
    sm_buffer_free(&list);
    sm_buffer_free(&text);
}

/* ---- our own lists -------------------------------------------------------------------------- */

static const char *const ours[] = {"adult", "discrimination", "violence", "abuse",
                                   "advertising"};

static sm_ng *our_lists(void)
{
    char path[1100];
    const char *const source = getenv("SEIMAI_SOURCE");
    sm_error err = {0};
    sm_ng *const ng = sm_ng_new();
    for (size_t i = 0; i < 5; i++) {
        (void)snprintf(path, sizeof path, "%s/dicts/ng/%s.tsv", source ? source : ".", ours[i]);
        assert_ok(sm_ng_add(ng, ours[i], path, SM_NG_BOUNDARIES, &err), &err);
    }
    (void)snprintf(path, sizeof path, "%s/dicts/ng/exceptions.tsv", source ? source : ".");
    assert_ok(sm_ng_except(ng, path, &err), &err);
    assert_ok(sm_ng_compile(ng, &err), &err);
    return ng;
}

/* Every word of ours, alone, is a hit of its list: no exception or end makes a dead entry. No word stands twice. */
static void test_alive(void **state)
{
    (void)state;
    sm_ng *const ng = our_lists();
    sm_ng_scanner *const scanner = sm_ng_scanner_new(ng, NULL);
    sm_error err = {0};
    size_t words = 0;
    for (uint32_t i = 0; i < ng->n_entries; i++) {
        const sm_ng_counts *counts = NULL;
        if (ng->entries[i].kind != NG_WORD) continue;
        words++;
        assert_ok(sm_ng_scan(scanner, ng->entries[i].word, &counts, &err), &err);
        const sm_ng_counts *const c = &counts[ng->entries[i].list];
        if (c->letters + c->excused == 0) print_error("dead: %s\n", ng->entries[i].word.p);
        assert_true(c->letters + c->excused > 0);
    }
    assert_true(words > 2000);
    sm_ng_scanner_free(scanner);
    sm_ng_free(ng);
}

/* Sentences of their words and exceptions, glued with kana, kanji and particles. */
static void test_our_lists(void **state)
{
    (void)state;
    static const char *const glue[] = {"",   "",   "は",   "の", "を", "ー",     "人", "ン",
                                       "、", "。", "は、", "a",  " ",  "だから", "り"};
    sm_ng *const ng = our_lists();
    sm_ng_scanner *const scanner = sm_ng_scanner_new(ng, NULL);
    chance r = {.seed = 3};
    sm_buffer text = sm_buffer_make(1 << 16);
    for (int round = 0; round < 12; round++) {
        sm_buffer_clear(&text);
        for (int i = 0; i < 6; i++) {
            sm_buffer_put(&text, ng->entries[below(&r, ng->n_entries)].word);
            sm_buffer_puts(&text, glue[below(&r, sizeof glue / sizeof *glue)]);
        }
        agree(ng, scanner, sm_buffer_span(&text));
    }
    sm_buffer_free(&text);
    sm_ng_scanner_free(scanner);
    sm_ng_free(ng);
}

/* ---- hostile text ---------------------------------------------------------------------------- */

/* 10 MB that begin a word at every place, and never end a sentence: a second is far more than it takes. */
static void test_linear(void **state)
{
    (void)state;
    static const char *const pieces[] = {"ば", "ばか", "○",      "セ・",
                                         "ｶﾞ", "a",    "\u200B", "つんぼ"};
    sm_error err = {0};
    sm_buffer list = sm_buffer_make(1 << 12), text = sm_buffer_make(11 << 20);
    sm_buffer_puts(
        &list, "# seimai-ng "
               "1\nばか\tH\t1\te\nつんぼ\tH\t1\te\nセックス\t-\t1\tms\nガス\nab\n差別\tcue\n");
    for (int i = 0; i < 40; i++)
        sm_buffer_puts(&list, "ば");
    sm_ng *const ng = sm_ng_new();
    assert_ok(sm_ng_add_text(ng, "x", "f", sm_buffer_span(&list), SM_NG_BOUNDARIES, &err),
              &err);
    assert_ok(sm_ng_compile(ng, &err), &err);
    sm_ng_scanner *const scanner = sm_ng_scanner_new(ng, NULL);
    for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
        const sm_ng_counts *counts = NULL;
        sm_buffer_clear(&text);
        while (text.n < 10u << 20)
            sm_buffer_puts(&text, pieces[k]);
        assert_ok(sm_ng_scan(scanner, sm_buffer_span(&text), &counts, &err), &err);
    }
    sm_buffer_free(&text);
    sm_buffer_free(&list);
    sm_ng_scanner_free(scanner);
    sm_ng_free(ng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_alive),
        cmocka_unit_test(test_our_lists),
        cmocka_unit_test(test_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
