/* The search in single precision, to the last bit as SentencePiece (0.2.3) makes it: it takes the sum so far off
 * all open sums where that falls below -100,000.
 * SPDX-License-Identifier: MIT */
#include "spiece/unigram_internal.h"

#include <math.h>

#define REAL    float
#define NAME(n) n##_single
#define LOWEST  (-100000.0F)

static inline float score_single(const unigram *u, uint32_t cell)
{
    return u->trie.cells[cell].score;
}

#include "spiece/unigram_search.h"
