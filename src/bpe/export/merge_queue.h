/* Merging with a queue: the best pair of neighbours first, the leftmost among equals, as engines define it.
 * SPDX-License-Identifier: MIT
 *
 * A list of linked symbols and a heap of pairs; a pair that has changed since it was put there is thrown away when it
 * comes out. O(n log n), and no short cut. */
#ifndef SM_BPE_MERGE_QUEUE_H
#define SM_BPE_MERGE_QUEUE_H

#include <seimai/base.h>

typedef struct symbol {
    size_t at;            /* in the text */
    size_t n;             /* bytes; 0: merged into the one before */
    uint32_t id;          /* the caller's */
    size_t before, after; /* neighbours, or SIZE_MAX */
} symbol;

typedef struct candidate {
    double priority; /* the higher is merged first */
    size_t left, right, left_n, right_n;
    uint32_t made;
} candidate;

typedef struct merge_queue {
    symbol *symbols;
    size_t n_symbols, symbols_cap;
    candidate *heap;
    size_t n, cap;
} merge_queue;

/* May the two be merged? If so, with what priority, and to which id. */
typedef bool (*join_fn)(const void *model, sm_span text, const symbol *a, const symbol *b,
                        double *priority, uint32_t *made);

/* Init {0}. merge_queue_clear, then merge_queue_add from the left, then merge_queue_run; symbols with n > 0 are left. */
void merge_queue_clear(merge_queue *q);
void merge_queue_add(merge_queue *q, size_t at, size_t n, uint32_t id);
void merge_queue_run(merge_queue *q, sm_span text, join_fn join, const void *model);
void merge_queue_free(merge_queue *q);

#endif
