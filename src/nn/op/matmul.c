/* A product on several threads: see kern/gemm.h.
 * SPDX-License-Identifier: MIT */
#include "op/op.h"

void sm_matmul(int threads, const sm_gemm *g)
{
    const sm_gemm_grid grid = sm_gemm_cut(g->M, g->N, g->K);
    const size_t n = grid.rows * grid.columns;
#pragma omp parallel for num_threads(threads) schedule(dynamic) if (n > 1)
    for (size_t i = 0; i < n; i++)
        sm_gemm_tile(g, &grid, i);
}
