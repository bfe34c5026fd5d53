/* n-grams of words, as Gopher's rules on repetition count them (datatrove 0.10, gopher_repetition_filter.py).
 * SPDX-License-Identifier: MIT
 *
 * Two readings of "the same n-gram" stand side by side in the original: the most frequent one is found among words joined by
 * spaces, repeated ones among words strung together, so that 東京|都 and 東|京都 are the same there. */
#include "words_internal.h"

#include <string.h>

static void begin_grams(sm_words *w, bool spaced)
{
    if (w->n > w->cap_grams) {
        w->cap_grams = w->cap;
        sm_free(w->grams);
        w->grams = sm_malloc(w->cap_grams * sizeof *w->grams);
    }
    for (size_t i = 0; i < w->n; i++)
        w->grams[i] = w->words[i].hash;
    w->length = 1;
    w->spaced = spaced;
}

/* One word more for every n-gram. */
static void lengthen(sm_words *w)
{
    const size_t n = (size_t)w->length++;
    for (size_t i = 0; i + n < w->n; i++) {
        const sm_word *const next = &w->words[i + n];
        uint64_t hash = w->grams[i];
        if (w->spaced) hash = hash * SM_HASH_BASE + ' ' + 1;
        w->grams[i] = hash * next->power + next->hash;
    }
}

size_t sm_words_grams(sm_words *w, int n, bool spaced)
{
    if (w->length == 0 || w->length > n || w->spaced != spaced) begin_grams(w, spaced);
    while (w->length < n)
        lengthen(w);
    return w->n >= (size_t)n ? w->n - (size_t)n + 1 : 0;
}

uint64_t sm_words_letters(const sm_words *w, size_t i, size_t n)
{
    return w->words[i + n - 1].end - (i ? w->words[i - 1].end : 0);
}

/* ---- counts ------------------------------------------------------------------------------------- */

static void size_tallies(sm_words *w, size_t n)
{
    w->n_tallies = 64;
    while (w->n_tallies < 2 * n)
        w->n_tallies *= 2;
    if (w->n_tallies > w->cap_tallies) {
        w->cap_tallies = w->n_tallies;
        sm_free(w->tallies);
        w->tallies = sm_malloc(w->cap_tallies * sizeof *w->tallies);
    }
    memset(w->tallies, 0, w->n_tallies * sizeof *w->tallies);
}

static void count_gram(sm_words *w, size_t at)
{
    const uint64_t key = w->grams[at];
    size_t i = (size_t)(key * 0x9E3779B97F4A7C15u >> 32) & (w->n_tallies - 1);
    while (w->tallies[i].count != 0 && w->tallies[i].key != key)
        i = (i + 1) & (w->n_tallies - 1);
    sm_tally *const t = &w->tallies[i];
    if (t->count == 0) *t = (sm_tally){.key = key, .first = (uint32_t)at};
    t->count++;
}

/* Of equally frequent ones the first, as Counter.most_common gives it; its spaces count. */
static uint64_t top_letters(sm_words *w, size_t total, size_t n)
{
    sm_tally best = {0};
    if (total == 0) return 0;
    for (size_t i = 0; i < w->n_tallies; i++) {
        const sm_tally *const t = &w->tallies[i];
        if (t->count > best.count || (t->count == best.count && t->first < best.first))
            best = *t;
    }
    return best.count * (sm_words_letters(w, best.first, n) + n - 1);
}

static void tally_grams(sm_words *w, size_t total)
{
    size_tallies(w, total);
    for (size_t i = 0; i < total; i++)
        count_gram(w, i);
}

/* From left to right: an n-gram that was seen before counts with its letters, and the search goes on behind it. */
static uint64_t repeated_letters(sm_text_stats *stats, size_t total, size_t n)
{
    const sm_words *const w = stats->words;
    uint64_t letters = 0;
    sm_seen_begin(&stats->seen, total);
    for (size_t i = 0; i < total;) {
        const bool repeated = sm_seen_add(&stats->seen, w->grams[i]);
        letters += repeated ? sm_words_letters(w, i, n) : 0;
        i += repeated ? n : 1;
    }
    return letters;
}

void sm_words_ngrams(sm_text_stats *stats, int n)
{
    sm_words *const w = stats->words;
    const bool is_top = n <= SM_TOP_MAX;
    const size_t total = sm_words_grams(w, n, is_top);
    if (is_top) {
        tally_grams(w, total);
        stats->word.top[n] = top_letters(w, total, (size_t)n);
    } else {
        stats->word.repeated[n] = repeated_letters(stats, total, (size_t)n);
    }
}

/* HojiChar's word repetition: of all 7-grams, those whose like occurs twice or more. */
void sm_words_sevens(sm_text_stats *stats)
{
    sm_words *const w = stats->words;
    const size_t total = sm_words_grams(w, 7, true);
    stats->word.seven = total;
    stats->word.seven_repeated = 0;
    tally_grams(w, total);
    for (size_t i = 0; i < w->n_tallies; i++)
        if (w->tallies[i].count > 1) stats->word.seven_repeated += w->tallies[i].count;
}
