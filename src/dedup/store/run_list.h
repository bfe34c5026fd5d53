/* The runs of one kind, from the oldest documents to the newest, and their merging.
 * SPDX-License-Identifier: MIT
 *
 * Each run holds the documents of a range, and the ranges follow each other. Four neighbours of one level are
 * merged to one of the next, so that a lookup visits at most three runs a level and an entry is written once a level:
 * 4^n flushes make n levels.
 *
 * Threads: any number may find while nobody changes the list. */
#ifndef SM_RUN_LIST_H
#define SM_RUN_LIST_H

#include "sorted_run.h"

/* Documents that no longer count: ranges, ascending. */
typedef struct doc_range {
    uint32_t first, end;
} doc_range;

typedef struct doc_ranges {
    doc_range *items;
    size_t n, cap;
} doc_ranges;

bool doc_ranges_hold(const doc_ranges *ranges, uint32_t document);
/* doc_ranges_add unites a range with those that are there; free the items with sm_free. */
void doc_ranges_add(doc_ranges *ranges, doc_range range);

typedef struct run_list {
    bool wide;
    sorted_run **runs;
    size_t n, cap;
} run_list;

void run_list_fini(run_list *l);
size_t run_list_bytes(const run_list *l);
/* run_list_add appends a run; its filter is loaded if that keeps them all below `filters` bytes. */
int run_list_add(run_list *l, sorted_run *run, size_t filters, sm_error *err) SM_MUST_USE;

/* run_list_mergeable gives the number of runs at the end of the list that should become one; 0 for none. */
size_t run_list_mergeable(const run_list *l);
/* run_list_merge writes the last n runs as one, without the removed documents; the list stays as it is. */
int run_list_merge(const run_list *l, size_t n, store_space *space, const doc_ranges *removed,
                   sorted_run **merged, sm_error *err) SM_MUST_USE;
/* run_list_replace puts a run in the place of the last n, which are discarded. */
int run_list_replace(run_list *l, size_t n, sorted_run *run, size_t filters,
                     sm_error *err) SM_MUST_USE;

/* run_list_find looks each of n keys (128 bits: pairs) up in the runs that hold documents from `from` on, and
 * appends those from there on that were not removed, key by key within each run; members[i] counts them. A key
 * that has `cap` members already is not looked up further. */
typedef struct run_query {
    const uint64_t *keys;
    size_t n;
    uint32_t from;
    unsigned cap;
    const doc_ranges *removed;
} run_query;
int run_list_find(const run_list *l, const run_query *q, unsigned char *page, uint32_t *members,
                  sm_lsh_hits *hits, sm_error *err) SM_MUST_USE;

#endif
