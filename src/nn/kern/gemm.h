/* gemm.h - matrix products: C = alpha·op(A)·op(B) + beta·C, cut into tiles.
 * SPDX-License-Identifier: MIT
 *
 * Row-major; op(X) is X or its transpose. sm_matmul (op/op.h) computes it on several threads: by packed panels
 * (packed.h) where we have a kernel, and otherwise tile by tile with OpenBLAS, which is what the functions here do. A
 * tile's size depends on (M, N, K) alone, and a tile is one single-threaded call: so its bits do not depend on who
 * computes it, nor on how many do. K is never divided. beta 0 writes C without reading it. */
#ifndef SM_NN_KERN_GEMM_H
#define SM_NN_KERN_GEMM_H

#include <stdbool.h>
#include <stddef.h>

#include <seimai/kernel.h>
#include <seimai/stored.h>

typedef struct sm_gemm {
    bool ta, tb;    /* A is stored (K,M), B is stored (N,K) */
    size_t M, N, K; /* op(A) (M,K), op(B) (K,N), C (M,N) */
    const float *A, *B;
    float *C;
    size_t lda, ldb, ldc; /* floats from row to row, as stored */
    float alpha, beta;
    float *room; /* for packed panels: sm_matmul_room; NULL: sm_matmul allocates it */
    sm_precision precision; /* SM_BF16: both operands are rounded as they are packed (bf16.h) */
    const sm_stored
        *stored; /* not NULL: B is this vector's elements from `at` on, no pointer */
    size_t at;
    bool by_rows; /* a row of C has the same bits whatever stands beside it: decode.h */
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
/* sm_gemm_small is the whole product in one call. */
void sm_gemm_small(const sm_gemm *g);

#endif
