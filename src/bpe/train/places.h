/* The training text in memory: every distinct pre-token once, as tokens in one array.
 * SPDX-License-Identifier: MIT
 *
 * A unit is what the text consists of before any merge: a byte or a character. at[p] is a symbol where a token
 * begins and again where it ends; what lies between means nothing. Between pre-tokens, at both ends of the array,
 * and in place of units that never merge stands WALL. So the token after the one at p begins at p + its
 * length, and the token before ends at p - 1: neighbours are found without links, in 4 bytes a unit.
 * Pre-tokens stand in falling order of their counts, in groups of equal ones. */
#ifndef SM_BPE_PLACES_H
#define SM_BPE_PLACES_H

#include <seimai/count.h>

#include "pairs.h"

#define WALL   UINT32_MAX
#define INSIDE (UINT32_MAX - 1)

typedef struct places_group {
    uint32_t start; /* the first place with this count */
    bool tagged;    /* MeCab has seen these pre-tokens */
    uint64_t count;
} places_group;

/* Crossings that are not simply the pre-token's count (edges counted in context). */
typedef struct places_part {
    uint32_t place;
    uint64_t crossings;
} places_part;

typedef struct places_word {
    uint32_t start;     /* the first place of a pre-token */
    uint32_t documents; /* that hold it; at most UINT32_MAX */
} places_word;

typedef struct places {
    uint32_t *at;
    size_t n;
    places_group *groups;
    size_t n_groups, cap_groups;
    uint64_t *edges; /* a bit a place: a morpheme edge stands before it; NULL without any */
    places_part *parts;
    size_t n_parts, cap_parts;
    places_word *words; /* NULL without documents */
    size_t n_words;
} places;

enum { PLACES_EDGES = 1, PLACES_DOCUMENTS = 2 }; /* what to keep beside the text */

/* What the units of a text are: bytes by their symbols (unit_of is NULL), or characters by the units that are
 * given to their code points, WALL for one that never merges. With digits_apart no digit merges either. */
typedef struct places_units {
    const uint32_t *unit_of; /* [0x110000] */
    bool digits_apart;
} places_units;

/* Lays the pre-tokens out, with what is asked for beside them. SM_ELIMIT past 4 G places. */
int places_init(places *t, const sm_counts *counts, const places_units *units, unsigned with,
                sm_error *err);
void places_fini(places *t);

/* The next unit of a pre-token: its bytes begin at *at, which is moved past them. WALL for bytes that are no
 * UTF-8. `valid` is scratch, {0} at the start of a pre-token. */
uint32_t units_next(const places_units *units, sm_span pretoken, size_t *at, size_t *valid);
bool units_is_digit(uint32_t c); /* 0-9, ０-９ */

/* The group of the pre-token that place p lies in. Most places have the lowest counts: those are asked first. */
static inline const places_group *places_group_of(const places *t, uint32_t p)
{
    for (size_t i = t->n_groups; i-- > 0 && i + 3 > t->n_groups;)
        if (t->groups[i].start <= p) return &t->groups[i];
    const places_group *g = t->groups;
    for (size_t n = t->n_groups; n > 1;) {
        const size_t half = n / 2;
        if (g[half].start <= p) g += half;
        n -= half;
    }
    return g;
}

/* The same for a walk over rising places: g is the group of one before. */
static inline const places_group *places_group_from(const places *t, const places_group *g,
                                                    uint32_t p)
{
    const places_group *last = t->groups + t->n_groups - 1;
    return g == last || g[1].start > p ? g : places_group_of(t, p);
}

/* Crossings of the junction before place p, which lies in group g. */
uint64_t places_part_at(const places *t, uint32_t p, uint64_t count);
static inline uint64_t places_crossings(const places *t, uint32_t p, const places_group *g)
{
    if (!t->edges || !(t->edges[p >> 6] >> (p & 63) & 1)) return 0;
    return t->n_parts ? places_part_at(t, p, g->count) : g->count;
}

/* The pre-token that place p lies in. */
static inline const places_word *places_word_of(const places *t, uint32_t p)
{
    const places_word *w = t->words;
    for (size_t n = t->n_words; n > 1;) {
        const size_t half = n / 2;
        if (w[half].start <= p) w += half;
        n -= half;
    }
    return w;
}

/* Adds the junction before place p to a tally. */
static inline void places_tally(const places *t, uint32_t p, const places_group *g, tally *sum)
{
    sum->count += (int64_t)g->count;
    sum->known += g->tagged ? (int64_t)g->count : 0;
    sum->crossings += (int64_t)places_crossings(t, p, g);
}

#endif
