/* A product on several threads: see kern/gemm.h and kern/packed.h.
 * SPDX-License-Identifier: MIT */
#include <omp.h>

#include "kern/packed.h"
#include "op/op.h"

/* Tiles by OpenBLAS, where we have no vector kernel. */
static void multiply_tiles(int threads, const sm_gemm *g)
{
    const sm_gemm_grid grid = sm_gemm_cut(g->M, g->N, g->K);
    const size_t n = grid.rows * grid.columns;
#pragma omp parallel for num_threads(threads) schedule(dynamic) if (n > 1)
    for (size_t i = 0; i < n; i++)
        sm_gemm_tile(g, &grid, i);
}

/* The loops end together: a block is packed when the first tile begins, and done when the next is packed. */
static void multiply_packed(int threads, const sm_packed *p)
{
    const bool alone = p->rows * p->columns == 1;
#pragma omp parallel num_threads(threads) if (!alone)
    for (size_t b = 0; b < p->blocks; b++) {
        const size_t units = sm_packed_units(p, b);
#pragma omp for
        for (size_t i = 0; i < units; i++)
            sm_packed_pack(p, b, i);
#pragma omp for schedule(dynamic)
        for (size_t i = 0; i < p->rows * p->columns; i++)
            sm_packed_tile(p, b, i, omp_get_thread_num());
    }
}

size_t sm_matmul_room(unsigned threads, size_t M, size_t N, size_t K)
{
    return sm_packed_most(M, N, K, (int)threads);
}

void sm_matmul(int threads, const sm_gemm *g)
{
    const sm_gemm_kernel *kernel = sm_gemm_kernel_choose(g->precision);
    if (!kernel && g->stored) kernel = sm_gemm_kernel_path(g->precision, 0);
    if (g->by_rows) {
        sm_matmul_rows(threads, g);
        return;
    }
    if (!kernel || g->M == 0 || g->N == 0 || g->K == 0) {
        multiply_tiles(threads, g);
        return;
    }
    sm_packed p = sm_packed_cut(g, kernel, threads);
    float *const own = g->room ? NULL : sm_malloc(sm_packed_floats(&p, threads) * sizeof *own);
    sm_packed_use(&p, own ? own : g->room);
    multiply_packed(threads, &p);
    sm_free(own);
}
