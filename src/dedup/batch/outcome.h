/* From decisions in the order in which they fell to files in the order of the inputs.
 * SPDX-License-Identifier: MIT */
#ifndef SM_OUTCOME_H
#define SM_OUTCOME_H

#include "match_internal.h"

#include <seimai/sort.h>

typedef struct outcome {
    const sm_match_job *job;
    sm_sorter *sorter;
    sm_buffer value;
} outcome;

void outcome_init(outcome *o, const sm_match_job *job, size_t memory);
void outcome_fini(outcome *o);
/* outcome_drop notes a document (decision->document: its number in the whole job) that goes for the kept one. */
int outcome_drop(outcome *o, const sm_decision *d, uint64_t kept, sm_error *err) SM_MUST_USE;
/* outcome_write writes NAME.match of all files, and counts exact, near, kept and clusters. */
int outcome_write(outcome *o, sm_match_counts *counts, sm_error *err) SM_MUST_USE;

#endif
