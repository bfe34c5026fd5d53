/* A document against all items: seeds, then runs, then shares.
 * SPDX-License-Identifier: MIT */
#include "against_internal.h"

#include "../dedup_internal.h"

#include <stdlib.h>
#include <string.h>

enum { GRAM = 5, NEAR_TRIES = 64 };

/* What is known of an item within the present document. */
typedef struct known {
    uint32_t document; /* number of the scan; older is forgotten */
    uint32_t diagonal,
        covered;    /* the run that was seen last ends at point `covered` of the document */
    uint32_t hit;   /* its place in the hits + 1 */
    uint32_t tries; /* stretches that were compared */
} known;

struct sm_contamination_scanner {
    const sm_contamination *c;
    known *items; /* [n_items] */
    uint32_t scan;
    uint32_t *points; /* of the document's view */
    size_t n, cap;
    sm_contamination_hit *hits;
    size_t n_hits, cap_hits;
    uint64_t *grams[2]; /* scratch: of the item, of a stretch */
    size_t cap_grams[2];
};

sm_contamination_scanner *sm_contamination_scanner_new(const sm_contamination *c)
{
    sm_contamination_scanner *s = sm_calloc(1, sizeof *s);
    s->c = c;
    s->items = sm_calloc(c->n_items, sizeof *s->items);
    return s;
}

void sm_contamination_scanner_free(sm_contamination_scanner *s)
{
    if (!s) return;
    sm_free(s->items);
    sm_free(s->points);
    sm_free(s->hits);
    sm_free(s->grams[0]);
    sm_free(s->grams[1]);
    sm_free(s);
}

/* ---- hits ----------------------------------------------------------------------------------- */

/* Begin and end are points of the view here; scan turns them into bytes. A run beats a NEAR hit, a longer run a
 * shorter one, the first among equals stays. */
static void put_hit(sm_contamination_scanner *s, known *k, sm_contamination_hit hit)
{
    if (k->hit == 0) {
        s->hits = sm_array_grow(s->hits, s->n_hits, &s->cap_hits, sizeof *s->hits);
        s->hits[s->n_hits++] = hit;
        k->hit = (uint32_t)s->n_hits;
        return;
    }
    sm_contamination_hit *old = &s->hits[k->hit - 1];
    const bool better = old->near != hit.near ? old->near : hit.run > old->run;
    if (better) *old = hit;
}

/* ---- the share of an item in a stretch ------------------------------------------------------ */

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The sorted distinct 5-grams of some points, in scratch `which`. */
static size_t gram_set(sm_contamination_scanner *s, int which, const uint32_t *p, size_t n)
{
    if (n < GRAM) return 0;
    if (s->cap_grams[which] < n) {
        s->cap_grams[which] = 2 * n;
        s->grams[which] = sm_realloc(s->grams[which], 2 * n * sizeof(uint64_t));
    }
    uint64_t *g = s->grams[which];
    for (size_t i = 0; i + GRAM <= n; i++)
        g[i] = sm_shingle_hash(p + i, GRAM);
    qsort(g, n - GRAM + 1, sizeof *g, by_value);
    size_t kept = 1;
    for (size_t i = 1; i + GRAM <= n; i++)
        if (g[i] != g[kept - 1]) g[kept++] = g[i];
    return kept;
}

static double share_of(sm_contamination_scanner *s, const uint32_t *q, size_t n_q,
                       const uint32_t *stretch, size_t n_stretch)
{
    const size_t n = gram_set(s, 0, q, n_q), m = gram_set(s, 1, stretch, n_stretch);
    size_t both = 0;
    for (size_t i = 0, j = 0; i < n && j < m;) {
        const uint64_t x = s->grams[0][i], y = s->grams[1][j];
        both += x == y;
        i += x <= y;
        j += y <= x;
    }
    return n == 0 ? 0 : (double)both / (double)n;
}

/* The stretch where the item would lie, with an eighth of its length more at both ends. */
static void try_near(sm_contamination_scanner *s, const item *it, uint32_t number, known *k,
                     size_t at, uint32_t seed_at, uint32_t run)
{
    if (s->c->set.share > 1 || k->hit || k->tries++ >= NEAR_TRIES) return;
    const size_t slack = it->n / 8 + GRAM, before = seed_at + slack;
    const size_t begin = at > before ? at - before : 0;
    const size_t wanted = at + (it->n - seed_at) + slack, end = wanted < s->n ? wanted : s->n;
    const uint32_t *points = s->c->points + it->begin;
    const double share = share_of(s, points, it->n, s->points + begin, end - begin);
    if (share < s->c->set.share) return;
    put_hit(s, k,
            (sm_contamination_hit){number, true, run, share, (uint32_t)begin, (uint32_t)end});
}

/* ---- runs ----------------------------------------------------------------------------------- */

/* A seed of an item was met at point `at` of the document. */
static void meet(sm_contamination_scanner *s, const posting *p, size_t at)
{
    const item *it = &s->c->items[p->item];
    const uint32_t *q = s->c->points + it->begin;
    known *k = &s->items[p->item];
    const uint32_t diagonal = (uint32_t)at - p->at; /* modulo 2^32 */
    if (k->document != s->scan) *k = (known){.document = s->scan, .diagonal = ~diagonal};
    if (k->diagonal == diagonal && at < k->covered) return;
    if (memcmp(q + p->at, s->points + at, SEED * sizeof *q) != 0)
        return; /* equal hashes only */

    size_t left = 0, right = SEED;
    while (left < p->at && left < at && q[p->at - left - 1] == s->points[at - left - 1])
        left++;
    while (p->at + right < it->n && at + right < s->n &&
           q[p->at + right] == s->points[at + right])
        right++;
    k->diagonal = diagonal;
    k->covered = (uint32_t)(at + right);
    const uint32_t run = (uint32_t)(left + right);
    if (run >= s->c->set.chars || run == it->n) {
        const double share =
            run == it->n ? 1 : share_of(s, q, it->n, s->points + at - left, run);
        put_hit(s, k,
                (sm_contamination_hit){p->item, false, run, share, (uint32_t)(at - left),
                                       (uint32_t)(at + right)});
    } else {
        try_near(s, it, p->item, k, at, p->at, run);
    }
}

static void walk(sm_contamination_scanner *s)
{
    const uint64_t leaving = seed_leaving();
    uint64_t h = 0;
    for (size_t i = 0; i < s->n; i++) {
        h = h * seed_base + s->points[i] - (i >= SEED ? s->points[i - SEED] * leaving : 0);
        if (i + 1 < SEED) continue;
        const uint64_t hash = seed_mix(h);
        if (!seeds_maybe(s->c, hash)) continue;
        size_t first = 0;
        const size_t n = seeds_find(s->c, hash, &first);
        for (size_t p = first; p < first + n; p++)
            meet(s, &s->c->postings[p], i + 1 - SEED);
    }
}

/* ---- a text --------------------------------------------------------------------------------- */

static int by_item(const void *a, const void *b)
{
    const sm_contamination_hit *x = a, *y = b;
    return (x->item > y->item) - (x->item < y->item);
}

/* bytes[i] = where point i of the view begins in the text, for the points that hits name. The view is walked once
 * more, which few documents need. */
static void points_to_bytes(sm_contamination_scanner *s, sm_span text)
{
    uint32_t *bytes = sm_malloc((s->n + 1) * sizeof *bytes);
    const unsigned char *const begin = (const unsigned char *)text.p, *const end =
                                                                          begin + text.n;
    const unsigned char *at = begin;
    for (size_t i = 0; at < end;) {
        const uint32_t from = (uint32_t)(at - begin);
        uint32_t point;
        const unsigned char *step = at;
        const size_t got = view_read(SM_VIEW_JA, &step, end, &point, 1);
        if (got) bytes[i++] = from;
        at = step;
    }
    bytes[s->n] = (uint32_t)text.n;
    for (size_t i = 0; i < s->n_hits; i++) {
        s->hits[i].begin = bytes[s->hits[i].begin];
        s->hits[i].end = bytes[s->hits[i].end];
    }
    sm_free(bytes);
}

size_t sm_contamination_scan(sm_contamination_scanner *s, sm_span text, sm_arena *arena,
                             const sm_contamination_hit **hits)
{
    s->n_hits = 0;
    s->scan++;
    if (s->cap < text.n) {
        s->cap = 2 * text.n;
        s->points = sm_realloc(s->points, s->cap * sizeof *s->points);
    }
    s->n = sm_view_points(SM_VIEW_JA, text, s->points);
    walk(s);
    *hits = NULL;
    if (s->n_hits == 0) return 0;
    qsort(s->hits, s->n_hits, sizeof *s->hits, by_item);
    points_to_bytes(s, text);
    sm_contamination_hit *copy = sm_arena_alloc(arena, s->n_hits * sizeof *copy);
    memcpy(copy, s->hits, s->n_hits * sizeof *copy);
    *hits = copy;
    return s->n_hits;
}
