/* The search in double precision, as `tokenizers` makes it.
 * SPDX-License-Identifier: MIT */
#include "spiece/unigram_internal.h"

#include <math.h>

#define REAL    double
#define NAME(n) n##_double
#define LOWEST  (-HUGE_VAL) /* never */

static inline double score_double(const unigram *u, uint32_t cell)
{
    return u->exact[cell];
}

#include "spiece/unigram_search.h"
