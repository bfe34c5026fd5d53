/* Matrix products on tiles: see gemm.h.
 * SPDX-License-Identifier: MIT */
#include "kern/gemm.h"

#include <cblas.h>

#include "kern/vec.h"

enum {
    TILE = 256,       /* the side that serves nearly all shapes within 5 % of the best */
    LARGE_TILE = 512, /* for products with LARGE_GRID such tiles or more */
    LARGE_GRID = 32,
    SMALL_TILE = 64, /* no side is cut below it */
    ENOUGH = 8,      /* tiles: below, sides are halved */
    FEW_ROWS = 4,    /* up to here OpenBLAS would spend its time packing B */
    UNCUT = 1 << 18  /* M·N·K: smaller products are one tile */
};

static size_t ceil_div(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

/* Equal parts of at most `side`, in multiples of 16 floats. */
static size_t even_side(size_t n, size_t side)
{
    const size_t parts = ceil_div(n, side);
    return ceil_div(ceil_div(n, parts), 16) * 16;
}

sm_gemm_grid sm_gemm_cut(size_t M, size_t N, size_t K)
{
    size_t tm = TILE, tn = TILE;
    if (M * N >= (size_t)LARGE_GRID * LARGE_TILE * LARGE_TILE) tm = tn = LARGE_TILE;
    if (M <= FEW_ROWS) tm = M > 0 ? M : 1;
    while (ceil_div(M, tm) * ceil_div(N, tn) < ENOUGH && (tm > SMALL_TILE || tn > SMALL_TILE)) {
        if (tn > SMALL_TILE && (tn >= tm || tm <= SMALL_TILE))
            tn /= 2;
        else
            tm /= 2;
    }
    if (M * N * K <= UNCUT) tm = M > 0 ? M : 1, tn = N > 0 ? N : 1;
    tm = even_side(M > 0 ? M : 1, tm);
    tn = even_side(N > 0 ? N : 1, tn);
    return (sm_gemm_grid){tm, tn, ceil_div(M, tm), ceil_div(N, tn)};
}

/* One or a few rows times Bᵀ: each row of B is read once, from memory to the sum. */
static void few_rows(const sm_gemm *g)
{
    const sm_vec *vec = sm_vec_choose();
    for (size_t j = 0; j < g->N; j++) {
        for (size_t i = 0; i < g->M; i++) {
            float *c = g->C + i * g->ldc + j;
            const float dot = vec->dot(g->A + i * g->lda, g->B + j * g->ldb, g->K);
            *c = g->alpha * dot + (g->beta != 0.0F ? g->beta * *c : 0.0F);
        }
    }
}

void sm_gemm_small(const sm_gemm *g)
{
    if (g->M == 0 || g->N == 0) return;
    if (g->M <= FEW_ROWS && !g->ta && g->tb) {
        few_rows(g);
        return;
    }
    cblas_sgemm(CblasRowMajor, g->ta ? CblasTrans : CblasNoTrans,
                g->tb ? CblasTrans : CblasNoTrans, (int)g->M, (int)g->N, (int)g->K, g->alpha,
                g->A, (int)g->lda, g->B, (int)g->ldb, g->beta, g->C, (int)g->ldc);
}

void sm_gemm_tile(const sm_gemm *g, const sm_gemm_grid *grid, size_t i)
{
    const size_t row = i % grid->rows * grid->tm, column = i / grid->rows * grid->tn;
    sm_gemm tile = *g;
    tile.A += g->ta ? row : row * g->lda;
    tile.B += g->tb ? column * g->ldb : column;
    tile.C += row * g->ldc + column;
    tile.M = g->M - row < grid->tm ? g->M - row : grid->tm;
    tile.N = g->N - column < grid->tn ? g->N - column : grid->tn;
    sm_gemm_small(&tile);
}
