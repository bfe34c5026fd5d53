/* The table of pairs: candidates for a merge, with what is known of each.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_PAIRS_H
#define SM_BPE_PAIRS_H

#include <seimai/base.h>

#include <math.h>

/* What a pair's occurrences add up to. */
typedef struct tally {
    int64_t count;     /* occurrences */
    int64_t known;     /* … in pre-tokens that MeCab has seen */
    int64_t crossings; /* … whose junction is a morpheme edge, among the known */
} tally;

enum { PRIORITY_UNIT = 1000 }; /* priorities and weights are kept in thousandths */

/* count - weight * crossings. Where MeCab saw a sample only, the share of crossings in it stands for all, drawn
 * a little towards .3 where it saw few. */
static inline int64_t tally_priority(const tally *t, int64_t weight)
{
    const int64_t plain = t->count * PRIORITY_UNIT;
    if (weight == 0) return plain;
    if (t->known == t->count) return plain - weight * t->crossings;
    const double share = ((double)t->crossings + .3) / ((double)t->known + 1);
    return plain - llround((double)weight * share * (double)t->count);
}

typedef enum pair_state {
    PAIR_OPEN,
    PAIR_PARKED, /* waits until both of its characters are tokens */
    PAIR_DONE    /* merged or vetoed */
} pair_state;

typedef struct pair {
    uint64_t key; /* left symbol, right symbol */
    tally sum;
    int64_t queued;   /* the highest priority it has in the queue; PAIR_NOT_QUEUED for none */
    uint32_t *places; /* where its left token begins, ascending; some may be out of date */
    uint32_t n_places;
    uint32_t next; /* of those that wait for the same character: index + 1 */
    pair_state state;
} pair;

#define PAIR_NOT_QUEUED INT64_MIN

/* Open addressing over an array that only grows. Init {0}. */
typedef struct pairs {
    pair *p;
    size_t n, cap;
    uint32_t *slots; /* index + 1 */
    size_t mask;
} pairs;

static inline uint64_t pair_key(uint32_t left, uint32_t right)
{
    return (uint64_t)left << 32 | right;
}
static inline uint32_t pair_left(uint64_t key)
{
    return (uint32_t)(key >> 32);
}
static inline uint32_t pair_right(uint64_t key)
{
    return (uint32_t)key;
}

void pairs_fini(pairs *t);
/* Adds a pair that is not there; the pointer is valid until the next addition. */
pair *pairs_add(pairs *t, uint64_t key);
pair *pairs_find(const pairs *t, uint64_t key); /* or NULL */

#endif
