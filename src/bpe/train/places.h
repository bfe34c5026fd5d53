/* The training text in memory: every distinct pre-token once, as tokens in one array.
 * SPDX-License-Identifier: MIT
 *
 * at[p] is a symbol where a token begins and again where it ends; what lies between means nothing. Between
 * pre-tokens (and at both ends of the array) stands WALL. So the token after the one at p begins at p + its
 * length, and the token before ends at p - 1: neighbours are found without links, in 4 bytes a byte.
 * Pre-tokens stand in falling order of their counts, in groups of equal ones. */
#ifndef SM_BPE_PLACES_H
#define SM_BPE_PLACES_H

#include <seimai/count.h>

#define WALL   UINT32_MAX
#define INSIDE (UINT32_MAX - 1)

typedef struct places_group {
    uint32_t start; /* the first place with this count */
    uint64_t count;
} places_group;

/* Crossings that are not simply the pre-token's count (edges counted in context). */
typedef struct places_part {
    uint32_t place;
    uint64_t crossings;
} places_part;

typedef struct places {
    uint32_t *at;
    size_t n;
    places_group *groups;
    size_t n_groups, cap_groups;
    uint64_t *edges; /* a bit a place: a morpheme edge stands before it; NULL without any */
    places_part *parts;
    size_t n_parts, cap_parts;
} places;

/* Lays the pre-tokens out; edges only if asked for. SM_ELIMIT past 4 G places. */
int places_init(places *t, const sm_counts *counts, bool with_edges, sm_error *err);
void places_fini(places *t);

/* The count of the pre-token that place p lies in. Most places have the lowest counts: those are asked first. */
static inline uint64_t places_count(const places *t, uint32_t p)
{
    for (size_t i = t->n_groups; i-- > 0 && i + 3 > t->n_groups;)
        if (t->groups[i].start <= p) return t->groups[i].count;
    const places_group *g = t->groups;
    for (size_t n = t->n_groups; n > 1;) {
        const size_t half = n / 2;
        if (g[half].start <= p) g += half;
        n -= half;
    }
    return g->count;
}

/* Crossings of the junction before place p, in a pre-token with this count. */
uint64_t places_part_at(const places *t, uint32_t p);
static inline uint64_t places_crossings(const places *t, uint32_t p, uint64_t count)
{
    if (!t->edges || !(t->edges[p >> 6] >> (p & 63) & 1)) return 0;
    return t->n_parts ? places_part_at(t, p) : count;
}

#endif
