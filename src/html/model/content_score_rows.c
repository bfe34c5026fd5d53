/* What stage 1 said of a block's neighbours, containers and kin: see content_score.h.
 * SPDX-License-Identifier: MIT */
#include "content_score_rows.h"

#include <math.h>

#include "content_trees.h"

enum { CONTAINERS = 7, FARTHEST = 4 };

static const double no_block = -9; /* log-odds before the first block and behind the last */

typedef struct page_scores {
    sm_features *f;
    const double *p;
    size_t n;
    double *mass, *odds; /* mass of the blocks before: (n + 1) */
    double total, width; /* of mass; of w */
    float *rows;
    size_t stride;
} page_scores;

static void set(const page_scores *s, unsigned feature, size_t i, double value)
{
    s->rows[feature * s->stride + i] = (float)value;
}

static double at_least(double value, double least)
{
    return value > least ? value : least;
}

static double mean(const page_scores *s, size_t from, size_t to)
{
    const uint32_t *width = s->f->cum_width;
    return (s->mass[to] - s->mass[from]) / at_least((double)(width[to] - width[from]), 1);
}

/* ---- neighbours -------------------------------------------------------------------------------- */

static void fill_neighbours(const page_scores *s, size_t i)
{
    set(s, SCORE_OWN, i, s->odds[i]);
    for (size_t d = 1; d <= FARTHEST; d++) {
        const unsigned feature = SCORE_PREVIOUS1 + 2 * (unsigned)(d - 1);
        set(s, feature, i, i >= d ? s->odds[i - d] : no_block);
        set(s, feature + 1, i, i + d < s->n ? s->odds[i + d] : no_block);
    }
}

static void fill_windows(const page_scores *s, size_t i)
{
    static const uint8_t windows[] = {2, 5, 12, 30};
    for (unsigned k = 0; k < sizeof windows; k++) {
        const size_t d = windows[k];
        set(s, SCORE_BEFORE_2 + 2 * k, i, mean(s, i > d ? i - d : 0, i));
        set(s, SCORE_AFTER_2 + 2 * k, i, mean(s, i + 1, i + d + 1 < s->n ? i + d + 1 : s->n));
    }
}

/* ---- containers -------------------------------------------------------------------------------- */

static uint32_t blocks_of(const node *at)
{
    return at->end_block - at->first_block;
}

/* For each node the nearest ancestor that holds more blocks: the growing steps of a block's containers. */
static uint32_t *find_growing(const sm_features *f, sm_arena *arena)
{
    uint32_t *up = sm_arena_zalloc(arena, f->n_nodes, sizeof *up);
    for (size_t i = 1; i < f->n_nodes; i++) {
        const uint32_t parent = f->nodes[i].parent;
        const bool grows = blocks_of(&f->nodes[parent]) != blocks_of(&f->nodes[i]);
        up[i] = grows ? parent : up[parent];
    }
    return up;
}

static void fill_containers(const page_scores *s, const uint32_t *up, size_t i)
{
    uint32_t at = s->f->blocks[i].owner;
    for (unsigned c = 0; c < CONTAINERS; c++, at = up[at]) {
        const node *here = &s->f->nodes[at];
        const double inside = s->mass[here->end_block] - s->mass[here->first_block];
        set(s, SCORE_MEAN_0 + 2 * c, i, mean(s, here->first_block, here->end_block));
        set(s, SCORE_SHARE_0 + 2 * c, i, inside / at_least(s->total, 1e-9));
    }
}

/* ---- kin --------------------------------------------------------------------------------------- */

typedef struct kin {
    double mass, plain;
} kin;

static kin *sum_kin(const page_scores *s)
{
    kin *sums = sm_arena_zalloc(&s->f->arena, s->f->n_signatures + 1, sizeof *sums);
    for (size_t i = 0; i < s->n; i++) {
        kin *k = &sums[s->f->blocks[i].signature];
        k->mass += s->f->page->blocks[i].width * s->p[i];
        k->plain += s->p[i];
    }
    return sums;
}

static void fill_kin(const page_scores *s, const kin *sums, size_t i)
{
    const uint32_t number = s->f->blocks[i].signature, w = s->f->page->blocks[i].width;
    const signature *same = &s->f->signatures[number];
    const kin *k = &sums[number];
    set(s, SCORE_SIGNATURE_MEAN, i, k->mass / at_least(same->width, 1));
    set(s, SCORE_SIGNATURE_BLOCKS, i, same->blocks);
    set(s, SCORE_SIGNATURE_PLAIN, i, k->plain / same->blocks);
    set(s, SCORE_SIGNATURE_OTHERS, i,
        (k->mass - w * s->p[i]) / at_least((double)same->width - w, 1));
}

/* ---- the page ---------------------------------------------------------------------------------- */

typedef struct cut {
    double f1, p; /* the best expected F1, and the lowest p that is taken for it */
} cut;

/* Takes blocks by falling p. */
static cut find_cut(const page_scores *s, const int32_t *keys)
{
    cut best = {-1, 0};
    double got = 0, width = 0;
    uint32_t *order = sm_arena_alloc(&s->f->arena, s->n * sizeof *order);
    sm_sort_down(keys, s->n, &s->f->arena, order);
    for (size_t k = 0; k < s->n; k++) {
        const size_t i = order[k];
        const uint32_t w = s->f->page->blocks[i].width;
        got += w * s->p[i];
        width += w;
        set(s, SCORE_RANK, i, got / at_least(s->total, 1e-9));
        const double f1 = 2 * got / (width + s->total);
        if (f1 > best.f1) best = (cut){f1, s->p[i]};
    }
    return best;
}

typedef struct likely {
    size_t first, last; /* blocks with p above .5; without one, all */
    double best;
} likely;

static likely find_likely(const page_scores *s)
{
    likely l = {0, s->n - 1, 0};
    bool found = false;
    for (size_t i = 0; i < s->n; i++) {
        if (s->p[i] > l.best) l.best = s->p[i];
        if (!(s->p[i] > .5)) continue;
        if (!found) l.first = i;
        found = true;
        l.last = i;
    }
    return l;
}

static void fill_place(const page_scores *s, const likely *l, const cut *best, size_t i)
{
    const double after = s->total - s->mass[i + 1];
    set(s, SCORE_MASS_BEFORE, i, s->mass[i] / at_least(s->total, 1e-9));
    set(s, SCORE_AFTER, i, at_least(after, 0));
    set(s, SCORE_BEFORE, i, s->mass[i]);
    set(s, SCORE_BEST, i, l->best);
    set(s, SCORE_PAGE_MEAN, i, s->total / s->width);
    set(s, SCORE_MASS, i, s->total);
    set(s, SCORE_FROM_FIRST, i, (double)i - (double)l->first);
    set(s, SCORE_TO_LAST, i, (double)l->last - (double)i);
    set(s, SCORE_BETWEEN, i, i >= l->first && i <= l->last);
    set(s, SCORE_EXPECTED_F1, i, best->f1);
    set(s, SCORE_CUT, i, best->p);
    set(s, SCORE_ABOVE_CUT, i, s->p[i] - best->p);
    set(s, SCORE_SHARE, i, s->f->page->blocks[i].width / at_least(s->total, 1));
}

static void sum_mass(page_scores *s)
{
    s->mass = sm_arena_zalloc(&s->f->arena, s->n + 1, sizeof *s->mass);
    s->odds = sm_arena_alloc(&s->f->arena, (s->n + 1) * sizeof *s->odds);
    for (size_t i = 0; i < s->n; i++) {
        s->mass[i + 1] = s->mass[i] + s->f->page->blocks[i].width * s->p[i];
        s->odds[i] = log((s->p[i] + 1e-4) / (1 - s->p[i] + 1e-4));
    }
    s->total = s->mass[s->n];
    s->width = s->f->cum_width[s->n];
}

void sm_score_rows(sm_features *f, const double *p, const int32_t *keys, float *rows)
{
    page_scores s = {.f = f, .p = p, .n = f->page->n_blocks, .rows = rows, .stride = f->stride};
    if (!s.n) return;
    sum_mass(&s);
    const uint32_t *up = find_growing(f, &f->arena);
    const kin *sums = sum_kin(&s);
    const cut best = find_cut(&s, keys);
    const likely l = find_likely(&s);
    for (size_t i = 0; i < s.n; i++) {
        fill_neighbours(&s, i);
        fill_windows(&s, i);
        fill_containers(&s, up, i);
        fill_kin(&s, sums, i);
        fill_place(&s, &l, &best, i);
    }
}
