/* Transitive clusters: whoever is linked by a chain of matches belongs together, and one of them stays.
 * SPDX-License-Identifier: MIT
 *
 * Which pairs are compared is a rule of its own, since a bucket may hold more than can be compared with each other:
 * a document, in the order of the inputs, is compared with the first `cap` different texts of each bucket that it
 * is in, and with none that its cluster already holds. That order and the cap decide alone, so the clusters are the
 * same for any memory and any preference.
 *
 * Memory: 80 bytes and its id for each flagged document; past half of what the job may hold, SM_ELIMIT. */
#ifndef SM_CLUSTERS_H
#define SM_CLUSTERS_H

#include "match_internal.h"

int decide_transitive(const sm_match_job *job, sm_match_counts *counts,
                      sm_error *err) SM_MUST_USE;

#endif
