/* From a model and the features of a page to the probability of each block: two stages.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_CONTENT_SCORE_H
#define SEIMAI_CONTENT_SCORE_H

#include <seimai/content.h>

#include "content_features.h"

/* What stage 2 reads: X(symbol, name, meaning). p is the probability of stage 1, mass p times w. */
#define SM_SCORES_OF_WINDOW(X, d)                                                              \
    X(BEFORE_##d, "mean_before_" #d, "mean p by w of the " #d " blocks before")                \
    X(AFTER_##d, "mean_after_" #d, "the same behind")
#define SM_SCORES_OF_CONTAINER(X, n)                                                           \
    X(MEAN_##n, "container" #n "_mean", "mean p by w in the element n steps up (see growing)") \
    X(SHARE_##n, "container" #n "_share", "its share of the page's mass")
#define SM_SCORE_LIST(X)                                                                       \
    X(OWN, "own", "log-odds of p")                                                             \
    X(PREVIOUS1, "log_odds-1", "of the block before; -9 where there is none")                  \
    X(NEXT1, "log_odds+1", "")                                                                 \
    X(PREVIOUS2, "log_odds-2", "")                                                             \
    X(NEXT2, "log_odds+2", "")                                                                 \
    X(PREVIOUS3, "log_odds-3", "")                                                             \
    X(NEXT3, "log_odds+3", "")                                                                 \
    X(PREVIOUS4, "log_odds-4", "")                                                             \
    X(NEXT4, "log_odds+4", "")                                                                 \
    SM_SCORES_OF_WINDOW(X, 2)                                                                  \
    SM_SCORES_OF_WINDOW(X, 5)                                                                  \
    SM_SCORES_OF_WINDOW(X, 12)                                                                 \
    SM_SCORES_OF_WINDOW(X, 30)                                                                 \
    SM_SCORES_OF_CONTAINER(X, 0)                                                               \
    SM_SCORES_OF_CONTAINER(X, 1)                                                               \
    SM_SCORES_OF_CONTAINER(X, 2)                                                               \
    SM_SCORES_OF_CONTAINER(X, 3)                                                               \
    SM_SCORES_OF_CONTAINER(X, 4)                                                               \
    SM_SCORES_OF_CONTAINER(X, 5)                                                               \
    SM_SCORES_OF_CONTAINER(X, 6)                                                               \
    X(SIGNATURE_MEAN, "signature_mean", "mean p by w of the blocks with its signature")        \
    X(SIGNATURE_BLOCKS, "signature_blocks", "how many they are")                               \
    X(SIGNATURE_PLAIN, "signature_plain", "their mean p")                                      \
    X(SIGNATURE_OTHERS, "signature_others", "mean p by w of the others of them")               \
    X(MASS_BEFORE, "mass_before", "share of the page's mass before it")                        \
    X(AFTER, "after", "mass behind it")                                                        \
    X(BEFORE, "before", "mass before it")                                                      \
    X(RANK, "rank", "share of the mass in it and in the blocks of a higher p")                 \
    X(BEST, "best", "the page's highest p")                                                    \
    X(PAGE_MEAN, "page_mean", "the page's mean p by w")                                        \
    X(MASS, "mass", "the page's mass")                                                         \
    X(FROM_FIRST, "from_first", "blocks since the first with p above .5")                      \
    X(TO_LAST, "to_last", "blocks up to the last of them")                                     \
    X(BETWEEN, "between", "it stands between them")                                            \
    X(EXPECTED_F1, "expected_f1", "the best expected F1 of a threshold")                       \
    X(CUT, "cut", "that threshold")                                                            \
    X(ABOVE_CUT, "above_cut", "p less that threshold")                                         \
    X(SHARE, "share", "w by the page's mass")

#define SCORE_NUMBER(symbol, name, meaning) SCORE_##symbol,
enum { SM_SCORE_LIST(SCORE_NUMBER) SCORES };

sm_feature sm_score_of(unsigned i);

enum { PAGE_TYPES = FEATURE_TYPE_SERVICE - FEATURE_TYPE_ARTICLE + 1 };

/* The scores of a page; the arrays live until the next page of the features that they were made from. */
typedef struct sm_scores {
    double types[PAGE_TYPES]; /* probabilities of the page types, as in SM_FEATURES_OF_TYPE */
    const double *first, *second; /* probabilities after each stage */
    const int32_t *order;         /* sums of stage 2: the order of `second`, exactly */
    const float *rows;            /* (SCORES, stride): what stage 2 read */
    size_t stride;
} sm_scores;

/* sm_scores_compute runs a model over computed features, and fills in those of classes and types. */
void sm_scores_compute(const sm_content_model *model, sm_features *f, sm_scores *scores);

/* sm_sort_down writes the numbers of n keys in the order of falling keys, of equals the first: indices[n]. */
void sm_sort_down(const int32_t *keys, size_t n, sm_arena *arena, uint32_t *indices);

#endif
