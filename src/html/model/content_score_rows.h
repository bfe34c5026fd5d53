/* The features of stage 2 from the scores of stage 1.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_CONTENT_SCORE_ROWS_H
#define SEIMAI_CONTENT_SCORE_ROWS_H

#include "content_features_internal.h"
#include "content_score.h"

/* sm_score_rows fills rows[], (SCORES, stride) zeros, from the probabilities p of stage 1, whose order keys[] has
 * exactly. tests/bench/extract/learn/neighbours.py says the same in numpy. */
void sm_score_rows(sm_features *f, const double *p, const int32_t *keys, float *rows);

#endif
