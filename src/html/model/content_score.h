/* From a model and the features of a page to the probability of each block: by trees and by nets.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_CONTENT_SCORE_H
#define SEIMAI_CONTENT_SCORE_H

#include <seimai/content.h>

#include "content_features.h"

enum { PAGE_TYPES = FEATURE_TYPE_SERVICE - FEATURE_TYPE_ARTICLE + 1 };

/* The scores of a page; the arrays live until the next page of the features that they were made from. */
typedef struct sm_scores {
    double types[PAGE_TYPES];  /* probabilities of the page types, as in SM_FEATURES_OF_TYPE */
    const float *trees, *nets; /* log-odds of each block */
    const double *p;           /* probabilities: of the weighted mean of both */
    const int32_t *order;      /* its log-odds as integers: the order of p, exactly */
} sm_scores;

/* sm_scores_compute runs a model over computed features, and fills in those of classes and types. */
void sm_scores_compute(const sm_content_model *model, sm_features *f, sm_scores *scores);

/* sm_sort_down writes the numbers of n keys in the order of falling keys, of equals the first: indices[n]. */
void sm_sort_down(const int32_t *keys, size_t n, sm_arena *arena, uint32_t *indices);

#endif
