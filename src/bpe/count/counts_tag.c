/* Morpheme edges for distinct pre-tokens, each by itself, by MeCab, in parallel.
 * SPDX-License-Identifier: MIT */
#include <seimai/count.h>
#include <seimai/parallel.h>
#include <seimai/utf8.h>

#include "counts_internal.h"
#include "japanese.h"

#include <math.h>
#include <stdlib.h>

/* Pre-tokens go to the threads in batches; each batch keeps its edges in an arena of its own, so that
 * nothing is shared and the result depends on the batch alone. */
enum { BATCH = 4096 };

/* Which pre-tokens MeCab sees: all above a count, and of those that have just this count the ones whose hash lies in
 * a share of all hashes. */
typedef struct choice {
    uint64_t count;
    double share;
} choice;

typedef struct tagging {
    sm_counts *counts;
    sm_tagger **taggers; /* one a worker */
    sm_arena *arenas;    /* one a batch */
    uint64_t *seen;      /* one a batch */
    choice choice;
} tagging;

/* ---- the choice ---------------------------------------------------------------------------- */

static bool may_have_edges(sm_span s)
{
    return sm_utf8_check(s) == s.n && japanese_pair_in(s);
}

static bool is_chosen(const choice *c, const sm_count_entry *e)
{
    if (e->count != c->count) return e->count > c->count;
    return (double)(sm_hash64(e->bytes) >> 11) * 0x1p-53 < c->share;
}

static int falling(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* The counts of all pre-tokens that may have edges, falling. */
static uint64_t *list_counts(const sm_counts *c, size_t *n)
{
    uint64_t *list = sm_malloc(c->n * sizeof *list);
    *n = 0;
    for (size_t i = 0; i < c->n; i++) {
        const sm_count_entry e = sm_counts_get(c, i);
        if (may_have_edges(e.bytes)) list[(*n)++] = e.count;
    }
    qsort(list, *n, sizeof *list, falling);
    return list;
}

static choice choose(const sm_counts *c, double share, size_t *of)
{
    uint64_t *list = list_counts(c, of);
    const size_t n = *of, wanted = (size_t)llround(share * (double)n);
    choice chosen = {0, 1};
    if (wanted == 0) chosen = (choice){UINT64_MAX, 0};
    if (wanted > 0 && wanted < n) {
        size_t above = wanted - 1, below = wanted;
        chosen.count = list[wanted - 1];
        while (above > 0 && list[above - 1] == chosen.count)
            above--;
        while (below < n && list[below] == chosen.count)
            below++;
        chosen.share = (double)(wanted - above) / (double)(below - above);
    }
    sm_free(list);
    return chosen;
}

/* ---- tagging --------------------------------------------------------------------------------- */

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
        const table_record *r = table_at(&t->counts->table, t->counts->at[i]);
        const sm_count_entry e = {.bytes = table_bytes(&t->counts->table, r),
                                  .count = r->count};
        const sm_morpheme *found = NULL;
        size_t n = 0;
        if (!may_have_edges(e.bytes)) continue;
        if (!is_chosen(&t->choice, &e)) {
            t->counts->edges[i].untagged = true;
            continue;
        }
        SM_TRY(sm_tagger_cut(t->taggers[worker], e.bytes, &found, &n, err));
        t->counts->edges[i] = edges_of(e.bytes, found, n, &t->arenas[batch]);
        t->seen[batch]++;
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

static int tag_all(tagging *t, const sm_morph *morph, unsigned threads, sm_error *err)
{
    const size_t batches = (t->counts->n + BATCH - 1) / BATCH;
    t->taggers = sm_calloc(threads, sizeof *t->taggers);
    t->arenas = sm_calloc(batches, sizeof *t->arenas);
    t->seen = sm_calloc(batches, sizeof *t->seen);
    for (unsigned i = 0; i < threads; i++)
        t->taggers[i] = sm_tagger_new(morph);
    const int rc = sm_parallel(threads, batches, tag_batch, t, err);
    adopt(t->counts);
    for (unsigned i = 0; i < threads; i++)
        sm_tagger_free(t->taggers[i]);
    for (size_t i = 0; i < batches; i++)
        sm_arena_free(&t->arenas[i]);
    for (size_t i = 1; i < batches; i++)
        t->seen[0] += t->seen[i];
    return rc;
}

int sm_counts_tag_share(sm_counts *counts, const sm_morph *morph, double share,
                        unsigned threads, uint32_t *seen, sm_error *err)
{
    tagging t = {.counts = counts, .choice = {0, 1}};
    size_t of = 0;
    if (share < 1) t.choice = choose(counts, share, &of);
    counts->n_edges = 0;
    counts_room_for_edges(counts);
    const int rc = tag_all(&t, morph, threads, err);
    *seen = share < 1 && of ? (uint32_t)llround(1e6 * (double)t.seen[0] / (double)of) : 1000000;
    counts->tagged = rc == 0;
    sm_free(t.taggers);
    sm_free(t.arenas);
    sm_free(t.seen);
    return rc;
}

int sm_counts_tag(sm_counts *counts, const sm_morph *morph, unsigned threads, sm_error *err)
{
    uint32_t seen = 0;
    return sm_counts_tag_share(counts, morph, 1, threads, &seen, err);
}
