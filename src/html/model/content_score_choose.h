/* The choice of blocks by their probabilities, for the page as a whole.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_CONTENT_SCORE_CHOOSE_H
#define SEIMAI_CONTENT_SCORE_CHOOSE_H

#include "content_model_internal.h"

typedef struct sm_choice {
    bool *chosen;    /* (blocks) */
    uint8_t *reason; /* sm_content_reason of each block */
    double expected; /* F1 of the choice, as the probabilities have it */
    bool no_content; /* nothing is chosen, for the page holds none */
} sm_choice;

/* sm_choose takes the blocks of the best expected F1, and drops repeats; in articles also what stands alone, and what is
 * hidden or all links unless it is likely. An article is never left empty. The precise mode
 * goes on from that choice, and drops what is unlikely or alone on every page. The arrays live as long as
 * the features' page. */
void sm_choose(const rules *r, sm_features *f, const sm_scores *scores, bool precise,
               sm_choice *choice);

#endif
