/* seimai/lsh.h - locality-sensitive hashing: which documents are worth comparing.
 * SPDX-License-Identifier: MIT
 *
 * A signature of bands × rows entries is cut into bands; two documents are candidates when all rows of at
 * least one band agree. For a pair of Jaccard similarity J that happens with probability
 * 1 − (1 − J^rows)^bands: an S-shaped curve, steeper with more entries.
 *
 * Nouns
 *   key      64-bit hash of one band's rows and the band's number
 *   bucket   the documents that were entered under one key, at most `cap` of them: its representatives
 *   hits     the documents that share a bucket with a given one
 *
 * The cap keeps pages made from one template, which all meet in one bucket without being duplicates, from
 * costing squares. It depends on the order of the documents alone, and what it leaves out is counted.
 * Memory: 16 bytes a band and document, in a table that is between 35 and 70 % full.
 *
 * Source: Rajaraman and Ullman, "Mining of massive datasets", chapter 3.
 * Threads: find may run in many threads while nobody inserts. */
#ifndef SEIMAI_LSH_H
#define SEIMAI_LSH_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the setting --------------------------------------------------------------------------- */

/* sm_lsh_recall is the probability that a pair of this similarity becomes a candidate. */
SM_API double sm_lsh_recall(unsigned bands, unsigned rows, double jaccard) SM_MUST_USE;
/* sm_lsh_choose picks the setting for a threshold in (0, 1]: of those with at most 112 entries, the most
 * rows (fewest false candidates) whose recall at the threshold itself is at least .92. 0.8 gives
 * 14 × 8, the published setting of FineWeb. */
SM_API void sm_lsh_choose(double threshold, unsigned *bands, unsigned *rows);
/* sm_lsh_preset: "fineweb" 14 × 8, "llm-jp-v4" 20 × 10, "swallow" 40 × 20, "nemo" 20 × 13, "refinedweb"
 * 450 × 20; false on anything else. */
SM_API bool sm_lsh_preset(const char *name, unsigned *bands, unsigned *rows);

/* sm_lsh_keys fills keys[bands] from a signature of bands × rows entries. */
SM_API void sm_lsh_keys(const uint32_t *signature, unsigned bands, unsigned rows,
                        uint64_t *keys);

/* ---- the buckets --------------------------------------------------------------------------- */

typedef struct sm_lsh sm_lsh;

/* A list of document numbers that its owner reuses; init {0}, free with sm_lsh_hits_free. */
typedef struct sm_lsh_hits {
    uint32_t *documents; /* ascending, each once */
    size_t n, cap;
} sm_lsh_hits;

/* sm_lsh_new: keys a document, representatives a bucket (>= 1). */
SM_API sm_lsh *sm_lsh_new(unsigned bands, unsigned cap) SM_MUST_USE;
SM_API void sm_lsh_free(sm_lsh *lsh);
/* sm_lsh_find fills hits with the documents that share at least one bucket. */
SM_API void sm_lsh_find(const sm_lsh *lsh, const uint64_t *keys, sm_lsh_hits *hits);
/* sm_lsh_insert enters a document (a number below 2^32 - 1) under its keys; returns the number of buckets that
 * were full and did not take it. members[bands]: representatives that the buckets have elsewhere, which
 * count towards the cap; NULL: none. */
SM_API unsigned sm_lsh_insert(sm_lsh *lsh, const uint64_t *keys, uint32_t document,
                              const uint32_t *members);
SM_API size_t sm_lsh_bytes(const sm_lsh *lsh);      /* memory of the table */
SM_API size_t sm_lsh_next_bytes(const sm_lsh *lsh); /* … after one more insert */
SM_API size_t
sm_lsh_entries(const sm_lsh *lsh); /* keys in it, each bucket's documents counted */
SM_API void sm_lsh_hits_add(sm_lsh_hits *hits, uint32_t document); /* at the end, as it is */
SM_API void sm_lsh_hits_sort(sm_lsh_hits *hits);                   /* ascending, each once */
SM_API void sm_lsh_hits_free(sm_lsh_hits *hits);

/* Moving a table to disk. sm_lsh_take sorts the entries by key, then document, where they lie, and gives them;
 * the table must be cleared before it is used again. sm_lsh_clear empties it and keeps its memory. */
typedef struct sm_lsh_entry {
    uint64_t key;
    uint32_t document, reserved;
} sm_lsh_entry;
SM_API const sm_lsh_entry *sm_lsh_take(sm_lsh *lsh, size_t *n);
SM_API void sm_lsh_clear(sm_lsh *lsh);

#ifdef __cplusplus
}
#endif
#endif
