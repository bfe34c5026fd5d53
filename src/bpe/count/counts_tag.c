/* Morpheme edges for unique pre-tokens, by MeCab, in parallel.
 * SPDX-License-Identifier: MIT */
#include <seimai/count.h>
#include <seimai/parallel.h>
#include <seimai/utf8.h>

#include "counts_internal.h"
#include "japanese.h"

/* Pre-tokens go to the threads in batches; each batch keeps its edges in an arena of its own, so that
 * nothing is shared and the result depends on the batch alone. */
enum { BATCH = 4096 };

typedef struct tagging {
    sm_counts *counts;
    sm_tagger **taggers; /* one a worker */
    sm_arena *arenas;    /* one a batch */
} tagging;

/* Edges between two Japanese characters; others say nothing about words. */
static edge_list edges_of(sm_span s, const sm_morpheme *m, size_t n, sm_arena *arena)
{
    edge_list list = {0};
    if (n < 2) return list;
    list.at = sm_arena_alloc(arena, (n - 1) * sizeof *list.at);
    for (size_t i = 1; i < n; i++)
        if (m[i].begin == m[i - 1].end && japanese_both_sides(s, m[i].begin))
            list.at[list.n++] = (uint32_t)m[i].begin;
    return list;
}

static int tag_batch(void *shared, unsigned worker, size_t batch, sm_error *err)
{
    tagging *t = shared;
    const size_t end = (batch + 1) * BATCH < t->counts->n ? (batch + 1) * BATCH : t->counts->n;
    for (size_t i = batch * BATCH; i < end; i++) {
        const sm_span s = intern_get(&t->counts->set, i);
        const sm_morpheme *found = NULL;
        size_t n = 0;
        if (sm_utf8_check(s) != s.n || !japanese_pair_in(s)) continue;
        SM_TRY(sm_tagger_cut(t->taggers[worker], s, &found, &n, err));
        t->counts->edges[i] = edges_of(s, found, n, &t->arenas[batch]);
    }
    return 0;
}

/* The edges move to the table's arena, so that the table owns one thing. */
static void adopt(sm_counts *c)
{
    for (size_t i = 0; i < c->n; i++) {
        edge_list *list = &c->edges[i];
        if (list->n == 0) continue;
        const sm_span bytes = {(const char *)list->at, list->n * sizeof *list->at};
        list->at = (uint32_t *)(void *)(uintptr_t)sm_arena_copy(&c->edge_arena, bytes).p;
    }
}

int sm_counts_tag(sm_counts *counts, const sm_morph *morph, unsigned threads, sm_error *err)
{
    const size_t batches = (counts->n + BATCH - 1) / BATCH;
    tagging t = {counts, sm_calloc(threads, sizeof *t.taggers),
                 sm_calloc(batches, sizeof *t.arenas)};
    counts->n_edges = 0;
    counts_room_for_edges(counts);
    for (unsigned i = 0; i < threads; i++)
        t.taggers[i] = sm_tagger_new(morph);
    const int rc = sm_parallel(threads, batches, tag_batch, &t, err);
    adopt(counts);
    for (unsigned i = 0; i < threads; i++)
        sm_tagger_free(t.taggers[i]);
    for (size_t i = 0; i < batches; i++)
        sm_arena_free(&t.arenas[i]);
    sm_free(t.taggers);
    sm_free(t.arenas);
    counts->tagged = rc == 0;
    return rc;
}
