/* Inside a counting: what its files share.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_COUNTING_INTERNAL_H
#define SM_BPE_COUNTING_INTERNAL_H

#include <seimai/count.h>
#include <seimai/pretoken.h>

#include "records.h"
#include "table.h"

typedef struct counting_worker {
    struct counting_worker *next;
    const sm_counting *counting;
    table table;
    size_t budget; /* bytes of the table */
    run_file store, *runs;
    size_t n_runs, cap_runs;
    sm_cuts cuts;
    sm_tagger *tagger;
    size_t *edges; /* in the present stretch, as far as it was tagged */
    size_t n_edges, cap_edges;
    uint64_t weight; /* of the present document, in the unit of the counts */
    uint64_t documents, bytes;
} counting_worker;

struct counting_state {
    counting_worker *workers;
    bool thousandths;
    const sm_count_reader *reader;
};

/* Counts a pre-token of the present document and gives its record. */
table_record *counting_add(counting_worker *w, sm_span pretoken);
/* Counts a stretch of text, and the morpheme edges in its pre-tokens. */
int counting_tag_stretch(counting_worker *w, sm_span stretch, sm_error *err);

#endif
