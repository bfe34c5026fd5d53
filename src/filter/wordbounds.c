/* Bounds on what n-grams of words come to: as in bounds.c, tables that forget keys and so count too much, never too little.
 * SPDX-License-Identifier: MIT */
#include "words_internal.h"

#include <string.h>

static size_t slot_of(uint64_t hash, size_t n_slots)
{
    return (size_t)((hash ^ hash >> 32) * 0x9E3779B97F4A7C15u >> 40) & (n_slots - 1);
}

/* The letters of all n-grams that share a slot are no fewer than those of one n-gram, times its count. */
static uint64_t bound_top(sm_words *w, size_t total, size_t n)
{
    uint32_t most = 0;
    if (!w->sums) w->sums = sm_malloc(SM_WORD_SUMS * sizeof *w->sums);
    memset(w->sums, 0, SM_WORD_SUMS * sizeof *w->sums);
    for (size_t i = 0; i < total; i++) {
        uint32_t *const sum = &w->sums[slot_of(w->grams[i], SM_WORD_SUMS)];
        *sum += (uint32_t)(sm_words_letters(w, i, n) + n - 1);
        if (*sum > most) most = *sum;
    }
    return most;
}

/* What the original counts are n-grams side by side, each seen before: all of them lie where one was seen before. */
static uint64_t bound_repeated(sm_words *w, size_t total, size_t n)
{
    uint64_t letters = 0;
    size_t covered = 0; /* words up to here were added */
    if (!w->bits) w->bits = sm_malloc(SM_WORD_BITS / 8);
    memset(w->bits, 0, SM_WORD_BITS / 8);
    for (size_t i = 0; i < total; i++) {
        const size_t slot = slot_of(w->grams[i], SM_WORD_BITS);
        const uint64_t bit = (uint64_t)1 << slot % 64;
        const bool was_there = w->bits[slot / 64] & bit;
        w->bits[slot / 64] |= bit;
        if (!was_there) continue;
        const size_t from = i > covered ? i : covered;
        letters += sm_words_letters(w, from, i + n - from);
        covered = i + n;
    }
    return letters;
}

/* A text that fills the tables is counted in full: its bound would be of no use, and sums must stay below 2^32. */
uint64_t sm_words_bound(sm_text_stats *stats, int n)
{
    enum { MOST = SM_WORD_BITS / 2 };
    sm_text_stats_need(stats, SM_PART(SM_PART_WORDS));
    sm_words *const w = stats->words;
    if (w->n == 0) return 0;
    if (w->n > MOST || w->words[w->n - 1].end > UINT32_MAX / 16) return UINT64_MAX;
    const bool is_top = n <= SM_TOP_MAX;
    const size_t total = sm_words_grams(w, n, is_top);
    return (is_top ? bound_top : bound_repeated)(w, total, (size_t)n);
}
