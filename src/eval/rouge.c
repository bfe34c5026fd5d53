/* ROUGE-L on characters: see seimai/metric.h.
 * SPDX-License-Identifier: MIT
 *
 * One bit a symbol of a says whether the table's row of the present symbol of b rises there. A row follows from the one
 * before by a sum and a few masks of 64 bits: V' = (V + (V & M)) | (V & ~M), M the places of a where the symbol stands,
 * V all ones at first; a bit that is 0 is a step up, and the zeros of the last row are the length. */
#include "code_points.h"

#include <seimai/metric.h>

#include <stdlib.h>
#include <string.h>

enum { WORD = 64, STRIP = 1024 /* symbols */ };

/* The symbols of a strip of a, each with the places where it stands. */
typedef struct alphabet {
    uint32_t *symbols; /* (n), ascending */
    uint64_t *places;  /* (n, words) */
    size_t n, words;
} alphabet;

static size_t find(const alphabet *t, uint32_t symbol)
{
    const uint32_t *const found =
        bsearch(&symbol, t->symbols, t->n, sizeof symbol, sm_order_u32);
    return found ? (size_t)(found - t->symbols) : t->n;
}

static alphabet alphabet_of(const uint32_t *a, size_t n, sm_arena *arena)
{
    alphabet t = {.symbols = sm_arena_alloc(arena, n * sizeof *a),
                  .words = (n + WORD - 1) / WORD};
    memcpy(t.symbols, a, n * sizeof *a);
    qsort(t.symbols, n, sizeof *a, sm_order_u32);
    for (size_t i = 0; i < n; i++)
        if (t.n == 0 || t.symbols[i] != t.symbols[t.n - 1]) t.symbols[t.n++] = t.symbols[i];
    t.places = sm_arena_zalloc(arena, t.n * t.words, sizeof *t.places);
    for (size_t i = 0; i < n; i++)
        t.places[find(&t, a[i]) * t.words + i / WORD] |= (uint64_t)1 << i % WORD;
    return t;
}

/* The next row of a strip; takes and gives the carry between strips. */
static unsigned char advance(uint64_t *V, const uint64_t *M, size_t words, unsigned char carry)
{
    for (size_t w = 0; w < words; w++) {
        const uint64_t met = V[w] & M[w], sum = V[w] + met, both = sum + carry;
        carry = (unsigned char)(sum < met || both < sum);
        V[w] = both | (V[w] & ~M[w]);
    }
    return carry;
}

/* The steps up that all rows of b make inside a strip of n symbols. */
static size_t strip(const uint32_t *a, size_t n, const uint32_t *b, size_t m,
                    unsigned char *carries, sm_arena *arena)
{
    const alphabet t = alphabet_of(a, n, arena);
    uint64_t V[STRIP / WORD], none[STRIP / WORD] = {0};
    memset(V, 0xFF, sizeof V);
    for (size_t j = 0; j < m; j++) {
        const size_t symbol = find(&t, b[j]);
        if (symbol == t.n && carries[j] == 0) continue; /* the row stays as it is */
        const uint64_t *const M = symbol == t.n ? none : t.places + symbol * t.words;
        carries[j] = advance(V, M, t.words, carries[j]);
    }
    size_t ups = 0;
    for (size_t i = 0; i < n; i++)
        ups += !(V[i / WORD] >> i % WORD & 1);
    return ups;
}

/* Strips bound the memory: the places of a whole text of many different symbols would be n²/8 bytes. */
size_t sm_metric_lcs(const uint32_t *a, size_t n, const uint32_t *b, size_t m, sm_arena *arena)
{
    unsigned char *const carries = sm_arena_zalloc(arena, m, 1);
    size_t length = 0;
    for (size_t first = 0; first < n && m > 0; first += STRIP)
        length += strip(a + first, n - first < STRIP ? n - first : STRIP, b, m, carries, arena);
    return length;
}

size_t sm_metric_lcs_slowly(const uint32_t *a, size_t n, const uint32_t *b, size_t m,
                            sm_arena *arena)
{
    size_t *const row = sm_arena_zalloc(arena, m + 1, sizeof *row);
    for (size_t i = 0; i < n; i++) {
        size_t corner = 0; /* of the row before, one to the left */
        for (size_t j = 0; j < m; j++) {
            const size_t above = row[j + 1], left = row[j];
            row[j + 1] = a[i] == b[j] ? corner + 1 : above > left ? above : left;
            corner = above;
        }
    }
    return row[m];
}

static sm_characters bounded(sm_span text, sm_arena *arena)
{
    sm_characters s = sm_characters_of(text, arena);
    if (s.n > SM_METRIC_LONGEST) s.n = SM_METRIC_LONGEST;
    return s;
}

sm_prf sm_metric_rouge_l(sm_span answer, sm_span reference, sm_arena *arena)
{
    const sm_characters a = bounded(answer, arena), b = bounded(reference, arena);
    const size_t common = sm_metric_lcs(a.p, a.n, b.p, b.n, arena);
    if (common == 0) return (sm_prf){0, 0, 0};
    const double precision = (double)common / (double)a.n;
    const double recall = (double)common / (double)b.n;
    return (sm_prf){precision, recall, 2 * precision * recall / (precision + recall)};
}
