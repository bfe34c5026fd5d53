/* The packed product: see packed.h.
 * SPDX-License-Identifier: MIT */
#include "kern/packed.h"

enum {
    BLOCK = 1 << 20, /* floats of B's panels: a few MB, which the last cache holds */
    TILE = 128,      /* rows: with SM_GEMM_DEPTH of K, 256 KB, which the second cache holds */
    SMALL_TILE = 28, /* rows: below, B's panels are loaded too often */
    TILES_A_THREAD = 8, /* so that the last one to finish is not far behind … */
    TILES_A_BLOCK = 2,  /* … and nobody runs into a tile of the block before */
    SLICE = 8,   /* words of K: of rows across it, so much goes to all panels before the next:
                * rows few enough that the machine's own prefetching follows each of them */
    STRETCH = 32 /* words of K of a part that is expanded */
};

static size_t ceil_div(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

/* n in equal parts of at most `most`, multiples of `unit`. */
static size_t even(size_t n, size_t most, size_t unit)
{
    const size_t part = ceil_div(n, ceil_div(n, most));
    return ceil_div(part, unit) * unit;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* What k takes of a panel, for each row or column of it. */
static size_t words_of(const sm_packed *p, size_t k)
{
    return ceil_div(k, p->kernel->pair);
}

static size_t slots_for(int threads)
{
    return threads > 1 ? 2 : 1;
}

/* How many tiles a block should have. Rows across K are read in pieces as long as a tile is high: these stay long. */
static size_t tiles_for(const sm_gemm *g, int threads, size_t blocks)
{
    const size_t n = threads > 1 ? (size_t)threads : 0, block = TILES_A_BLOCK * n;
    const size_t whole = ceil_div((g->ta ? TILES_A_THREAD : 2 * TILES_A_THREAD) * n, blocks);
    return whole > block ? whole : block > 0 ? block : 1;
}

sm_packed sm_packed_cut(const sm_gemm *g, const sm_gemm_kernel *kernel, int threads)
{
    const size_t nr = kernel->nr;
    sm_packed p = {.g = g,
                   .kernel = kernel,
                   .slots = slots_for(threads),
                   .kc = even(g->K, SM_GEMM_DEPTH * kernel->pair, kernel->pair)};
    p.nc = even(g->N, BLOCK / p.slots / words_of(&p, p.kc) / nr * nr, nr);
    p.blocks = ceil_div(g->N, p.nc) * ceil_div(g->K, p.kc);
    const size_t enough = tiles_for(g, threads, p.blocks);
    p.mt = even(g->M, TILE, 1);
    while (ceil_div(g->M, p.mt) < enough && p.mt >= 2 * SMALL_TILE)
        p.mt = ceil_div(p.mt, 2);
    p.rows = ceil_div(g->M, p.mt);
    p.columns = smaller(ceil_div(enough, p.rows), ceil_div(p.nc, 2 * nr));
    p.nt = ceil_div(ceil_div(p.nc, p.columns), nr) * nr;
    return p;
}

static size_t right_floats(const sm_packed *p)
{
    return words_of(p, p->kc) * p->nc + SM_GEMM_SLACK;
}

/* Panels of A are SM_GEMM_SLACK floats apart: their rows have no round width. */
static size_t left_floats(const sm_packed *p)
{
    return words_of(p, p->kc) * p->mt + SM_GEMM_SLACK * ceil_div(p->mt, p->kernel->mr);
}

size_t sm_packed_floats(const sm_packed *p, int threads)
{
    return p->slots * right_floats(p) + (size_t)threads * left_floats(p);
}

size_t sm_packed_most(size_t M, size_t N, size_t K, int threads)
{
    const size_t k = smaller(K, SM_GEMM_DEPTH),
                 n = even(N > 0 ? N : 1, N > 0 ? N : 1, SM_GEMM_COLUMNS);
    const size_t slots = slots_for(threads), right = smaller(k * n, BLOCK / slots);
    const size_t left = (k + SM_GEMM_SLACK) * smaller(M, TILE);
    return slots * (right + SM_GEMM_SLACK) + (size_t)threads * left;
}

void sm_packed_use(sm_packed *p, float *room)
{
    p->right = room;
    p->left = room + p->slots * right_floats(p);
}

/* Where a block stands in C and along K, and where its panels of B are. */
typedef struct place {
    size_t column, n, depth, k, words;
    float *right;
} place;

static place place_of(const sm_packed *p, size_t b)
{
    const size_t deep = ceil_div(p->g->K, p->kc);
    place at = {.column = b / deep * p->nc, .depth = b % deep * p->kc};
    at.n = smaller(p->nc, p->g->N - at.column);
    at.k = smaller(p->kc, p->g->K - at.depth);
    at.words = words_of(p, at.k);
    at.right = p->right + b % p->slots * right_floats(p);
    return at;
}

/* B's rows along k are packed a panel at a time, those across it a slice of all panels. */
size_t sm_packed_units(const sm_packed *p, size_t b)
{
    const place at = place_of(p, b);
    return p->g->tb ? ceil_div(at.n, p->kernel->nr) : ceil_div(at.words, SLICE);
}

/* A part of a matrix in fewer bits becomes floats in `room` before it is packed. */
static void expand(const sm_gemm *g, size_t at, sm_gemm_source *source, float *room)
{
    const size_t rows = source->is_along ? source->n : source->k;
    const size_t width = source->is_along ? source->k : source->n;
    sm_stored_rows(g->stored, g->at + at, g->ldb, rows, width, room);
    source->p = room;
    source->ld = width;
}

/* Of the panel at column j of a block, so many words of K. */
static void pack_right(const sm_packed *p, const place *at, size_t j, size_t word, size_t words)
{
    const sm_gemm *const g = p->g;
    const size_t nr = p->kernel->nr, k = word * p->kernel->pair;
    const size_t column = at->column + j, depth = at->depth + k;
    const size_t first = g->tb ? column * g->ldb + depth : depth * g->ldb + column;
    float room[SM_GEMM_COLUMNS * SM_GEMM_PAIR * STRETCH];
    sm_gemm_source source = {.p = g->stored ? NULL : g->B + first,
                             .ld = g->ldb,
                             .is_along = g->tb,
                             .n = smaller(nr, at->n - j),
                             .k = smaller(words * p->kernel->pair, at->k - k)};
    if (g->stored) expand(g, first, &source, room);
    p->kernel->pack(at->right + j * at->words + word * nr, nr, &source);
}

void sm_packed_pack(const sm_packed *p, size_t b, size_t unit)
{
    const place at = place_of(p, b);
    const size_t nr = p->kernel->nr, whole = p->g->stored ? STRETCH : at.words;
    for (size_t word = 0; p->g->tb && word < at.words; word += whole)
        pack_right(p, &at, unit * nr, word, whole);
    for (size_t j = 0; !p->g->tb && j < at.n; j += nr)
        pack_right(p, &at, j, unit * SLICE, SLICE);
}

/* Rows of a tile in panels of equal height, give or take one. */
typedef struct panel {
    size_t first, m, at; /* `at`: floats from the first panel */
} panel;

static panel panel_of(size_t i, size_t panels, size_t rows, size_t words)
{
    const size_t first = i * rows / panels;
    return (panel){first, (i + 1) * rows / panels - first, first * words + i * SM_GEMM_SLACK};
}

static void pack_left(const sm_packed *p, const place *at, size_t row, size_t n, float *to)
{
    const sm_gemm *const g = p->g;
    const size_t panels = ceil_div(n, p->kernel->mr), pair = p->kernel->pair;
    const size_t step = g->ta ? SLICE : at->words;
    for (size_t word = 0; word < at->words; word += step)
        for (size_t i = 0; i < panels; i++) {
            const panel a = panel_of(i, panels, n, at->words);
            const size_t r = row + a.first, depth = at->depth + word * pair;
            const sm_gemm_source source = {
                .p = g->A + (g->ta ? depth * g->lda + r : r * g->lda + depth),
                .ld = g->lda,
                .is_along = !g->ta,
                .n = a.m,
                .k = smaller(step * pair, at->k - word * pair)};
            p->kernel->pack(to + a.at + word * a.m, a.m, &source);
        }
}

/* All rows of a tile times one panel of B. */
static void multiply(const sm_packed *p, const place *at, sm_gemm_micro micro, size_t n)
{
    const size_t panels = ceil_div(n, p->kernel->mr);
    const float *const left = micro.a;
    float *const c = micro.c;
    micro.k = at->words;
    micro.alpha = p->g->alpha;
    micro.beta = at->depth > 0 ? 1.0F : p->g->beta;
    for (size_t i = 0; i < panels; i++) {
        const panel a = panel_of(i, panels, n, at->words);
        micro.m = a.m;
        micro.a = left + a.at;
        micro.c = c + a.first * micro.ldc;
        p->kernel->micro(&micro);
    }
}

void sm_packed_tile(const sm_packed *p, size_t b, size_t i, int thread)
{
    const sm_gemm *const g = p->g;
    const place at = place_of(p, b);
    const size_t nr = p->kernel->nr, row = i % p->rows * p->mt;
    const size_t first = i / p->rows * p->nt, end = smaller(at.n, first + p->nt);
    const size_t m = smaller(p->mt, g->M - row);
    float *const left = p->left + (size_t)thread * left_floats(p);
    if (first >= end) return;
    pack_left(p, &at, row, m, left);
    for (size_t column = first; column < end; column += nr)
        multiply(p, &at,
                 (sm_gemm_micro){.n = smaller(nr, end - column),
                                 .a = left,
                                 .b = at.right + column * at.words,
                                 .c = g->C + row * g->ldc + at.column + column,
                                 .ldc = g->ldc},
                 m);
}

/* ---- the list of things to do ------------------------------------------------------------------------------ */

/* pack(0); then block by block half of its tiles, pack(next), the other half. A unit of packing waits for the tiles of two
 * blocks ago, whose room it takes; a tile for its own block's panels, and for the same tile of the block before. */
bool sm_packed_item_at(const sm_packed *p, sm_packed_cursor *c, size_t n, sm_packed_item *item)
{
    const size_t tiles = p->rows * p->columns, half = (tiles + 1) / 2;
    size_t units = sm_packed_units(p, c->block), next = 0;
    if (c->first == 0) c->first = units;
    if (n < units && c->block == 0) {
        *item = (sm_packed_item){true, 0, n, 0};
        return true;
    }
    for (;; units = next) {
        next = c->block + 1 < p->blocks ? sm_packed_units(p, c->block + 1) : 0;
        if (n < c->first + tiles + next) break;
        if (++c->block == p->blocks) return false;
        c->before = c->first;
        c->first += tiles + next;
    }
    const size_t at = n - c->first;
    if (at >= half && at < half + next) {
        *item = (sm_packed_item){true, c->block + 1, at - half, c->first};
        return true;
    }
    *item = (sm_packed_item){false, c->block, at < half ? at : at - next, c->first};
    if (c->block > 0) item->after = c->before + units + (at < half ? half : item->i + 1);
    return true;
}
