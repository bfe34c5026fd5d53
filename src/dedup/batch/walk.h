/* The flagged documents of a job, one by one, in the order in which they are to be decided.
 * SPDX-License-Identifier: MIT
 *
 * That is the order of the inputs or, where another preference was asked for, the external sort of the flagged
 * documents by it. */
#ifndef SM_WALK_H
#define SM_WALK_H

#include "match_internal.h"

/* Spans live until the step returns. */
typedef struct flagged_doc {
    uint64_t number; /* in the whole job */
    const sig_file *file;
    sm_hash128 text, url;
    bool has_url;
    double preference;
    sm_span id;
    size_t n_set;
    const uint64_t *keys; /* [bands]; without meaning for a text without shingles */
    sm_span payload;      /* for sig_unpack */
} flagged_doc;

typedef int walk_step(void *state, const flagged_doc *doc, sm_error *err);

/* walk_flagged gives each to the step and counts documents, flagged and any_band. `memory` bounds the sort by
 * preference; 0: in the order of the inputs in any case. */
int walk_flagged(const sm_match_job *job, size_t memory, walk_step *step, void *state,
                 sm_match_counts *counts, sm_error *err) SM_MUST_USE;

/* walk_item makes the item of a document, in the arena. */
int walk_item(const flagged_doc *d, sm_arena *arena, sm_dedup_item *item,
              sm_error *err) SM_MUST_USE;

#endif
