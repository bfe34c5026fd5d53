/* Deciding: the flagged documents, the preferred first, against those that were kept.
 * SPDX-License-Identifier: MIT
 *
 * What is not flagged shares neither text nor key with anything: nothing can be its duplicate, nor it anything's. So
 * the store of seimai/dedup.h, given the flagged documents alone, decides as if it had seen all. */
#include "clusters.h"
#include "outcome.h"
#include "walk.h"

#include <string.h>

typedef struct greedy {
    sm_dedup *dedup;
    outcome outcome;
    sm_arena arena; /* of one document */
} greedy;

/* The store names a kept document by its number and its id. */
static sm_span tagged_id(const flagged_doc *d, sm_arena *arena)
{
    char *p = sm_arena_alloc(arena, 8 + d->id.n);
    sm_put_u64(p, d->number);
    if (d->id.n > 0) memcpy(p + 8, d->id.p, d->id.n);
    return (sm_span){p, 8 + d->id.n};
}

static int decide_one(void *state, const flagged_doc *d, sm_error *err)
{
    greedy *g = state;
    sm_match match;
    sm_arena_reset(&g->arena);
    sm_dedup_item item;
    SM_TRY(walk_item(d, &g->arena, &item, err));
    SM_TRY(sm_dedup_decide(g->dedup, &item, tagged_id(d, &g->arena), &match, err));
    if (match.kind == SM_MATCH_NONE) return SM_OK;
    const sm_span kept = {match.kept.p + 8, match.kept.n - 8};
    const sm_decision decision = {.document = d->number,
                                  .text = d->text,
                                  .kind = match.kind,
                                  .similarity = match.similarity,
                                  .kept = kept,
                                  .by = kept};
    return outcome_drop(&g->outcome, &decision, sm_get_u64(match.kept.p), err);
}

static int decide_greedy(const sm_match_job *job, sm_match_counts *counts, sm_error *err)
{
    greedy g = {0};
    sm_dedup_options o = job->settled;
    const bool sorts = job->options.preference.by != SM_PREFER_FIRST;
    o.memory = job->options.memory / 8 * (sorts ? 4 : 5);
    o.folder = job->folder;
    SM_TRY(sm_dedup_new(&g.dedup, &o, err));
    outcome_init(&g.outcome, job, job->options.memory / 8);
    int status = walk_flagged(job, job->options.memory / 4, decide_one, &g, counts, err);
    if (status == SM_OK) status = outcome_write(&g.outcome, counts, err);
    const sm_dedup_counts c = sm_dedup_count(g.dedup);
    counts->candidates = c.candidates;
    counts->verified = c.verified;
    counts->capped = c.capped;
    outcome_fini(&g.outcome);
    sm_dedup_free(g.dedup);
    sm_arena_free(&g.arena);
    return status;
}

int sm_match_decide(sm_match_job *job, sm_match_counts *counts, sm_error *err)
{
    *counts = (sm_match_counts){0};
    if (job->options.cluster == SM_CLUSTER_TRANSITIVE)
        return decide_transitive(job, counts, err);
    return decide_greedy(job, counts, err);
}
