/* gemm.h - matrix products: C = alpha·op(A)·op(B) + beta·C, cut into tiles.
 * SPDX-License-Identifier: MIT
 *
 * Row-major; op(X) is X or its transpose. A product is cut into tiles of C whose sizes depend on (M, N, K)
 * alone, and a tile is one single-threaded call: so its bits do not depend on who computes it, nor on
 * how many do. K is never divided. No threads in here: sm_matmul (op/op.h) spreads the tiles.
 * beta 0 writes C without reading it. */
#ifndef SM_NN_KERN_GEMM_H
#define SM_NN_KERN_GEMM_H

#include <stdbool.h>
#include <stddef.h>

typedef struct sm_gemm {
    bool ta, tb;    /* A is stored (K,M), B is stored (N,K) */
    size_t M, N, K; /* op(A) (M,K), op(B) (K,N), C (M,N) */
    const float *A, *B;
    float *C;
    size_t lda, ldb, ldc; /* floats from row to row, as stored */
    float alpha, beta;
} sm_gemm;

/* The grid: tiles of tm × tn floats of C, the last ones smaller. */
typedef struct sm_gemm_grid {
    size_t tm, tn, rows, columns; /* tile (i, j), i < rows, j < columns */
} sm_gemm_grid;

/* sm_gemm_cut chooses the grid: 256 × 256, larger where C is large enough to give every thread several, smaller
 * where it is not. */
sm_gemm_grid sm_gemm_cut(size_t M, size_t N, size_t K);
/* sm_gemm_tile computes tile i < rows·columns, down the rows first. */
void sm_gemm_tile(const sm_gemm *g, const sm_gemm_grid *grid, size_t i);
/* sm_gemm_small is the whole product in one call: for tiles of attention, inside a parallel loop. */
void sm_gemm_small(const sm_gemm *g);

#endif
