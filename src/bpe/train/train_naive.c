/* BPE training as its definition says: count all pairs, merge the best one, begin again. The oracle.
 * SPDX-License-Identifier: MIT */
#include <seimai/bpe_train.h>

#include "pairs.h"

#include <math.h>
#include <string.h>

typedef struct word {
    uint32_t *symbols;
    uint32_t *ends; /* byte offset at which each symbol ends */
    size_t n;
    sm_count_entry entry;
} word;

static word *words_of(const sm_counts *counts, sm_arena *arena)
{
    const size_t n = sm_counts_size(counts);
    word *words = sm_arena_zalloc(arena, n + 1, sizeof *words);
    for (size_t i = 0; i < n; i++) {
        word *w = &words[i];
        w->entry = sm_counts_get(counts, i);
        w->n = w->entry.bytes.n;
        w->symbols = sm_arena_zalloc(arena, w->n, sizeof *w->symbols);
        w->ends = sm_arena_zalloc(arena, w->n, sizeof *w->ends);
        for (size_t k = 0; k < w->n; k++) {
            w->symbols[k] = sm_symbol_of_byte((uint8_t)w->entry.bytes.p[k]);
            w->ends[k] = (uint32_t)k + 1;
        }
    }
    return words;
}

static uint64_t crossings_at(const sm_count_entry *e, uint32_t offset)
{
    for (size_t i = 0; i < e->n_edges; i++)
        if (e->edges[i] == offset) return e->crossings ? e->crossings[i] : e->count;
    return 0;
}

static void count_word(const word *w, pairs *table)
{
    for (size_t k = 0; k + 1 < w->n; k++) {
        const uint64_t key = pair_key(w->symbols[k], w->symbols[k + 1]);
        pair *p = pairs_find(table, key);
        if (!p) p = pairs_add(table, key);
        p->count += (int64_t)w->entry.count;
        p->crossings += (int64_t)crossings_at(&w->entry, w->ends[k]);
    }
}

static void merge_word(word *w, uint64_t key, uint32_t made)
{
    size_t to = 0;
    for (size_t k = 0; k < w->n; k++, to++) {
        const bool hit = k + 1 < w->n && pair_key(w->symbols[k], w->symbols[k + 1]) == key;
        w->symbols[to] = hit ? made : w->symbols[k];
        k += hit;
        w->ends[to] = w->ends[k];
    }
    w->n = to;
}

static bool is_allowed(const sm_merges *merges, uint64_t key, const sm_bpe_options *o)
{
    sm_buffer s = sm_buffer_make(UINT32_MAX);
    sm_merges_spell(merges, pair_left(key), &s);
    sm_merges_spell(merges, pair_right(key), &s);
    size_t chars = 0;
    for (size_t i = 0; i < s.n; i++)
        chars += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    bool allowed = o->max_chars == 0 || chars <= o->max_chars;
    for (size_t i = 0; i < o->n_vetoed; i++)
        allowed &= !sm_span_equal(sm_buffer_span(&s), o->vetoed[i]);
    sm_buffer_free(&s);
    return allowed;
}

static const pair *best_of(const pairs *table, const sm_merges *merges, const sm_bpe_options *o,
                           bool soft)
{
    const int64_t weight = soft ? llround(o->weight * 1000) : 0;
    const pair *best = NULL;
    int64_t most = (int64_t)o->min_count * 1000;
    for (size_t i = 0; i < table->n; i++) {
        const pair *p = &table->p[i];
        const int64_t now = p->count * 1000 - weight * p->crossings;
        const bool better =
            best ? now > most || (now == most && p->key < best->key) : now >= most;
        if (!better || !is_allowed(merges, p->key, o)) continue;
        best = p;
        most = now;
    }
    return best;
}

static bool step(word *words, size_t n, const sm_bpe_options *o, bool soft, sm_merges *merges)
{
    pairs table = {0};
    for (size_t i = 0; i < n; i++)
        count_word(&words[i], &table);
    const pair *p = best_of(&table, merges, o, soft);
    if (p) {
        const uint32_t made = (uint32_t)(256 + merges->n);
        merges->counts[merges->n] = (uint64_t)p->count;
        merges->p[merges->n++] = (sm_merge){pair_left(p->key), pair_right(p->key)};
        merges->n_aligned += soft;
        for (size_t i = 0; i < n; i++)
            merge_word(&words[i], p->key, made);
    }
    const bool found = p != NULL;
    pairs_fini(&table);
    return found;
}

int sm_bpe_train_naive(const sm_counts *counts, const sm_bpe_options *o, sm_merges *merges,
                       sm_error *err)
{
    (void)err;
    sm_arena arena = {0};
    const size_t n = sm_counts_size(counts);
    word *words = words_of(counts, &arena);
    *merges = (sm_merges){.p = sm_malloc(o->merges * sizeof *merges->p),
                          .counts = sm_malloc(o->merges * sizeof *merges->counts)};
    const size_t aligned = (size_t)llround(o->aligned * (double)o->merges);
    bool soft = o->weight > 0 && o->aligned > 0 && sm_counts_is_tagged(counts);
    while (merges->n < o->merges) {
        soft &= merges->n < aligned;
        if (step(words, n, o, soft, merges)) continue;
        if (!soft || o->aligned >= 1) break;
        soft = false;
    }
    sm_arena_free(&arena);
    return 0;
}
