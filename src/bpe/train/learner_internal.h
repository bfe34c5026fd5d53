/* Inside a learner: what choosing, gathering and merging share.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_LEARNER_INTERNAL_H
#define SM_BPE_LEARNER_INTERNAL_H

#include "learner.h"

/* Puts a pair into the queue with its present priority, or parks it. */
void learner_offer(learner *l, pair *p);
/* A pair that has come up with all its places: kept if it is frequent enough and its token not too long. c->fill is
 * where its c->n places go then, else NULL. */
void learner_keep(learner *l, uint64_t key, learner_change *c);
void learner_drop_list(pair *p);
/* All pairs of the text as it stands, into an empty table. */
void learner_gather(learner *l);

/* The junction before place p has gained or lost an occurrence with this neighbour. */
static inline void learner_note(const learner *l, learner_side *s, uint32_t neighbour,
                                uint32_t p, const places_group *g)
{
    if (neighbour == WALL) return;
    learner_change *c = &s->by[neighbour];
    if (c->n++ == 0) s->touched[s->n_touched++] = neighbour;
    places_tally(&l->text, p, g, &c->sum);
}

static inline void learner_forget(learner_side *s)
{
    for (size_t i = 0; i < s->n_touched; i++)
        s->by[s->touched[i]] = (learner_change){0};
    s->n_touched = 0;
}

#endif
