/* The search in double precision, as `tokenizers` makes it.
 * SPDX-License-Identifier: MIT */
#include "spiece/unigram_internal.h"

#include <math.h>

enum { SETTLE = 128, WINDOW = 1024, AHEAD = 16 };

#define REAL    double
#define NAME(n) n##_double
#define LOWEST  (-HUGE_VAL) /* never */

static inline double score_double(const unigram *u, uint32_t cell)
{
    const uint32_t id = u->trie.ids[cell];
    return id == SM_NO_TOKEN ? -HUGE_VAL : u->scores[id];
}

#include "spiece/unigram_search.h"
