/* Inside the table of counts: shared by counts.c, counts_tag.c and counts_file.c.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_COUNTS_INTERNAL_H
#define SM_BPE_COUNTS_INTERNAL_H

#include <seimai/count.h>

#include "intern.h"

typedef struct edge_list {
    uint32_t *at;        /* ascending byte offsets */
    uint64_t *crossings; /* NULL: the count of the pre-token */
    size_t n;
} edge_list;

struct sm_counts {
    intern set;
    uint64_t *counts; /* [n], as set.n */
    size_t n, cap;
    edge_list *edges; /* [n_edges], n_edges <= n */
    size_t n_edges;
    sm_arena edge_arena;
    uint32_t *order; /* sorted by bytes, or NULL */
    uint64_t documents, bytes;
    bool tagged;
};

/* The index of a pre-token, which is added with count 0 where it is new. */
size_t counts_index(sm_counts *c, sm_span pretoken);
/* Makes edges as long as counts. */
void counts_room_for_edges(sm_counts *c);
/* Adds the edges of `from` to entry i, whose own edges stand for old_count occurrences. */
void counts_add_edges(sm_counts *c, size_t i, uint64_t old_count, const sm_count_entry *from);

#endif
