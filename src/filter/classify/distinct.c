/* The hashes that a text holds, each once: a bit a hash, and a list by which the bits are cleared again.
 * SPDX-License-Identifier: MIT */
#include "classify_internal.h"

struct distinct_set {
    ngram_reader *reader;
    uint64_t *bits; /* [HASHES / 64], all 0 between calls */
    uint32_t *list;
    size_t n, cap;
};

distinct_set *classify_distinct_new(const sm_classifier_options *options)
{
    distinct_set *const set = sm_calloc(1, sizeof *set);
    set->reader = classify_ngram_reader_new(options);
    set->bits = sm_calloc(HASHES / 64, sizeof *set->bits);
    return set;
}

void classify_distinct_free(distinct_set *set)
{
    if (!set) return;
    classify_ngram_reader_free(set->reader);
    sm_free(set->bits);
    sm_free(set->list);
    sm_free(set);
}

static void take(void *to, const ngram_run *run)
{
    distinct_set *const set = to;
    if (set->cap - set->n < run->n) { /* at most HASHES + a block */
        set->cap = 2 * set->cap + run->n + 1024;
        set->list = sm_realloc(set->list, set->cap * sizeof *set->list);
    }
    for (size_t i = 0; i < run->n; i++) { /* without a branch that depends on the data */
        const uint32_t h = run->hashes[i];
        const uint64_t bit = (uint64_t)1 << (h & 63);
        set->list[set->n] = h;
        set->n += (set->bits[h >> 6] & bit) == 0;
        set->bits[h >> 6] |= bit;
    }
}

int classify_distinct_hashes(distinct_set *set, sm_span text, const uint32_t **hashes,
                             size_t *n, sm_error *err)
{
    set->n = 0;
    const int status = classify_ngram_walk(set->reader, text, take, set, err);
    for (size_t i = 0; i < set->n; i++)
        set->bits[set->list[i] >> 6] = 0;
    *hashes = set->list;
    *n = set->n;
    return status;
}
