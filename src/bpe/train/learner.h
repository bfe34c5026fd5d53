/* One training text with its pairs: the best pair, and merging it everywhere.
 * SPDX-License-Identifier: MIT
 *
 * A merge (a, b) -> t at one place changes three junctions: (x, a) and (b, y) lose an occurrence, (x, t) and
 * (t, y) gain one. All losses of a merge are summed by x and by y first, and so are the gains: the table of
 * pairs is asked once for each neighbour, not once for each place. A pair that holds t can only gain
 * while t is being made, so its list of places is complete and has its final size from the start.
 *
 * Since counts only fall, a pair that begins below some count never rises above it. So only pairs with `floor`
 * occurrences or more are kept at all; when the best of them is worth less than that, the floor is lowered
 * and the pairs are gathered anew from the text. The result does not depend on it.
 *
 * Symbols here are units (seimai's bytes or characters) and then merges; output[] says what the result calls
 * them, WALL for a character that is not a token yet: pairs with such a one are parked until it is. */
#ifndef SM_BPE_LEARNER_H
#define SM_BPE_LEARNER_H

#include <seimai/bpe_train.h>

#include "places.h"
#include "queue.h"

/* What a merge does to the junctions with one neighbour. */
typedef struct learner_change {
    tally sum;
    uint32_t n;     /* occurrences */
    uint32_t *fill; /* where the next place goes */
} learner_change;

typedef struct learner_side {
    learner_change *by; /* [symbols], of the neighbour */
    uint32_t *touched;  /* neighbours with a change */
    size_t n_touched;
} learner_side;

/* A part of a merge's places, for one thread. */
typedef struct learner_part {
    size_t from, to;
    learner_side left, right;
} learner_part;

typedef struct learner {
    places text;
    pairs pairs;
    queue queue;
    size_t n_units, n_symbols;
    uint32_t *output, *length,
        *chars;          /* [symbols]; length in units, characters that begin in it */
    uint32_t *parked;    /* [units] pairs that wait for it: index + 1 */
    learner_part *parts; /* [threads] */
    unsigned threads;
    sm_arena lists;   /* short lists of places; long ones are freed one by one */
    int64_t weight;   /* of a crossing, in thousandths; 0 once counts alone decide */
    uint64_t floor;   /* pairs with fewer occurrences are not kept */
    uint64_t lowest;  /* min_count */
    size_t max_chars; /* 0: no limit */
} learner;

typedef struct learner_setup {
    places_units units;
    size_t n_units;
    const uint32_t *output; /* [n_units] */
    const uint32_t *chars;  /* [n_units] */
    int64_t weight;
    uint64_t floor;
    unsigned threads;    /* at least 1 */
    bool with_documents; /* for learner_stands_in */
} learner_setup;

/* Lays out the text and gathers its pairs. SM_ELIMIT as places_init. */
int learner_init(learner *l, const sm_counts *counts, const sm_bpe_options *options,
                 const learner_setup *setup, sm_error *err);
void learner_fini(learner *l);

/* The best pair at or above the floor, or NULL. It stays in the queue; *at is its entry. */
pair *learner_top(learner *l, queue_entry *at);
/* Merges the best pair (the last result of learner_top) into a symbol that the result calls `output`. */
void learner_merge(learner *l, pair *p, uint32_t output);
/* Leaves it alone for ever. */
void learner_veto(learner *l, pair *p);
/* From here on counts alone decide. */
void learner_harden(learner *l);
/* Looks at rarer pairs, too: false where nothing is left to look at. */
bool learner_lower(learner *l);
/* A character has become a token. */
void learner_complete(learner *l, uint32_t unit, uint32_t output);
/* Do the pre-tokens in which the pair stands have `least` documents or more, added up? A document that holds several
 * of them counts several times, so a pair that does not reach it surely stands in fewer. */
bool learner_stands_in(const learner *l, const pair *p, uint64_t least);

#endif
