/* Required characters: the merges that make each of them one token.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_REACH_H
#define SM_BPE_REACH_H

#include <seimai/bpe_train.h>

#include "pairs.h"

/* Merges of bytes so far: (left, right) -> made, both as the result numbers them. A pair's sum.count is `made`. */
typedef struct reach {
    const uint32_t *required; /* code points */
    size_t n;
    pairs made;
    sm_merge *missing; /* what reach_plan found */
    size_t n_missing, cap;
    bool settled; /* no merge of bytes since the plan was made, so its length stands */
} reach;

void reach_fini(reach *r);
/* Takes note of a merge. */
void reach_learn(reach *r, uint32_t left, uint32_t right, uint32_t made);
/* How many merges the required characters still need; `next` is the symbol that the first of them would make. The
 * merges are r->missing[n_missing]. */
size_t reach_plan(reach *r, uint32_t next);

#endif
