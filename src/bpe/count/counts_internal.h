/* Inside the table of counts: shared by counts.c and counts_tag.c.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_COUNTS_INTERNAL_H
#define SM_BPE_COUNTS_INTERNAL_H

#include <seimai/count.h>
#include <seimai/pretoken.h>

#include "table.h"

typedef struct edge_list {
    uint32_t *at;        /* ascending byte offsets */
    uint64_t *crossings; /* NULL: the count of the pre-token */
    size_t n;
    bool untagged;
} edge_list;

struct sm_counts {
    table table;
    sm_cuts cuts; /* scratch */
    uint32_t *at; /* [n] places of the records, in the order in which they came */
    size_t n, cap;
    edge_list *edges; /* [n_edges], n_edges <= n */
    size_t n_edges, cap_edges;
    sm_arena edge_arena;
    uint32_t *order; /* [n] sorted by bytes, or NULL */
    uint64_t documents, bytes;
    bool tagged;
};

/* Makes edges as long as the counts. */
void counts_room_for_edges(sm_counts *c);
/* Adds an entry, its edges and documents among it. */
void counts_add_entry(sm_counts *c, const sm_count_entry *e);
/* Adds all records of a table that has no crossings, and frees it. Where the counts are empty, it becomes theirs. */
void counts_take_table(sm_counts *c, table *t);

#endif
