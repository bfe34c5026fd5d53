/* chrF and chrF++: see seimai/metric.h.
 * SPDX-License-Identifier: MIT
 *
 * Six characters of 21 bits, or two words by their numbers, fit a key of 128 bits: n-grams are counted exactly by sorting
 * keys, without a table of hashes. */
#include "code_points.h"

#include <seimai/metric.h>
#include <seimai/utf8.h>

#include <stdlib.h>

typedef struct gram {
    uint64_t hi, lo;
} gram;

/* A sorted list of n-grams of one order. */
typedef struct grams {
    gram *p;
    size_t n;
} grams;

static int order_grams(const void *a, const void *b)
{
    const gram *const x = a, *const y = b;
    if (x->hi != y->hi) return x->hi < y->hi ? -1 : 1;
    return (x->lo > y->lo) - (x->lo < y->lo);
}

/* The n-grams of `order` ≤ 6 symbols below 2^21. */
static grams grams_of(sm_characters s, unsigned order, sm_arena *arena)
{
    grams g = {NULL, s.n < order ? 0 : s.n - order + 1};
    g.p = sm_arena_zalloc(arena, g.n, sizeof *g.p);
    for (size_t i = 0; i < g.n; i++)
        for (unsigned k = 0; k < order; k++) {
            uint64_t *const half = k < 3 ? &g.p[i].lo : &g.p[i].hi;
            *half = *half << 21 | (s.p[i + k] + 1U);
        }
    qsort(g.p, g.n, sizeof *g.p, order_grams);
    return g;
}

static uint64_t common(grams a, grams b)
{
    uint64_t n = 0;
    for (size_t i = 0, j = 0; i < a.n && j < b.n;) {
        const int order = order_grams(&a.p[i], &b.p[j]);
        n += order == 0;
        i += order <= 0;
        j += order >= 0;
    }
    return n;
}

/* ---- words ------------------------------------------------------------------------------------------ */

typedef struct words {
    sm_span *p;
    size_t n;
} words;

/* One mark of punctuation comes off the end or else the start; a word of one character stays. */
static void add_word(words *w, sm_span word)
{
    const unsigned char first = (unsigned char)word.p[0],
                        last = (unsigned char)word.p[word.n - 1];
    if (sm_utf8_count(word) > 1 && sm_is_ascii_punctuation(last)) {
        w->p[w->n++] = (sm_span){word.p, word.n - 1};
        w->p[w->n++] = (sm_span){word.p + word.n - 1, 1};
    } else if (sm_utf8_count(word) > 1 && sm_is_ascii_punctuation(first)) {
        w->p[w->n++] = (sm_span){word.p, 1};
        w->p[w->n++] = sm_span_from(word, 1);
    } else {
        w->p[w->n++] = word;
    }
}

static words words_of(sm_span text, sm_arena *arena)
{
    words w = {sm_arena_alloc(arena, (text.n + 1) * sizeof *w.p), 0};
    const char *start = text.p, *const end = text.p + text.n;
    for (const char *p = text.p; p < end;) {
        const char *const at = p;
        if (!sm_is_python_space(sm_utf8_next(&p, end))) continue;
        if (at > start) add_word(&w, (sm_span){start, (size_t)(at - start)});
        start = p;
    }
    if (end > start) add_word(&w, (sm_span){start, (size_t)(end - start)});
    return w;
}

static int order_words(const void *a, const void *b)
{
    return sm_span_order(*(const sm_span *)a, *(const sm_span *)b);
}

/* Words as symbols: their places in the sorted words of the answer; a word that is not there gets the number of all. */
static sm_characters number(words w, words sorted, sm_arena *arena)
{
    sm_characters s = {sm_arena_alloc(arena, w.n * sizeof(uint32_t)), w.n};
    for (size_t i = 0; i < w.n; i++) {
        const sm_span *const found =
            bsearch(&w.p[i], sorted.p, sorted.n, sizeof *sorted.p, order_words);
        s.p[i] = (uint32_t)(found ? (size_t)(found - sorted.p) : sorted.n);
    }
    return s;
}

static words vocabulary_of(words w, sm_arena *arena)
{
    words v = {sm_arena_alloc(arena, w.n * sizeof *v.p), 0};
    for (size_t i = 0; i < w.n; i++)
        v.p[i] = w.p[i];
    qsort(v.p, w.n, sizeof *v.p, order_words);
    for (size_t i = 0; i < w.n; i++)
        if (v.n == 0 || !sm_span_equal(v.p[i], v.p[v.n - 1])) v.p[v.n++] = v.p[i];
    return v;
}

/* ---- counts and score --------------------------------------------------------------------------------- */

typedef struct text {
    sm_characters characters, words; /* words as numbers in the answer's vocabulary */
} text;

static void count_order(sm_chrf *counts, size_t at, const text *answer, const text *reference,
                        sm_arena *arena)
{
    const bool by_word = at >= SM_CHRF_CHARACTERS;
    const unsigned order = (unsigned)(by_word ? at - SM_CHRF_CHARACTERS : at) + 1;
    const grams a = grams_of(by_word ? answer->words : answer->characters, order, arena);
    const grams r = grams_of(by_word ? reference->words : reference->characters, order, arena);
    counts->answer[at] = r.n > 0 ? a.n : 0;
    counts->reference[at] = r.n;
    counts->both[at] = common(a, r);
}

void sm_metric_chrf(sm_span answer, const sm_span *references, size_t n, unsigned word_order,
                    sm_arena *arena, sm_chrf *counts)
{
    const words spoken = words_of(answer, arena), vocabulary = vocabulary_of(spoken, arena);
    const text a = {sm_characters_of(answer, arena), number(spoken, vocabulary, arena)};
    double best = -1;
    *counts = (sm_chrf){0};
    for (size_t i = 0; i < n; i++) {
        const text r = {sm_characters_of(references[i], arena),
                        number(words_of(references[i], arena), vocabulary, arena)};
        sm_chrf c = {0};
        for (size_t at = 0; at < SM_CHRF_CHARACTERS + (size_t)word_order; at++)
            count_order(&c, at, &a, &r, arena);
        const double score = sm_chrf_score(&c, word_order);
        if (score <= best) continue;
        best = score;
        *counts = c;
    }
}

void sm_chrf_add(sm_chrf *sum, const sm_chrf *counts)
{
    for (size_t i = 0; i < SM_CHRF_ORDERS; i++) {
        sum->answer[i] += counts->answer[i];
        sum->reference[i] += counts->reference[i];
        sum->both[i] += counts->both[i];
    }
}

double sm_chrf_score(const sm_chrf *c, unsigned word_order)
{
    double precision = 0, recall = 0;
    unsigned effective = 0;
    for (size_t i = 0; i < SM_CHRF_CHARACTERS + (size_t)word_order; i++) {
        if (c->answer[i] == 0 || c->reference[i] == 0) continue;
        precision += (double)c->both[i] / (double)c->answer[i];
        recall += (double)c->both[i] / (double)c->reference[i];
        effective++;
    }
    if (precision + recall <= 0) return 0;
    precision /= effective;
    recall /= effective;
    return 100 * 5 * precision * recall / (4 * precision + recall);
}
