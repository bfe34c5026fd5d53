/* The norm of a vector, and clipping: see seimai/optim.h.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include <seimai/optim.h>

#include "kern/vec.h"

double sm_vector_norm(const float *x, size_t n, unsigned threads)
{
    const sm_vec *const vec = sm_vec_choose();
    const size_t blocks = (n + SM_VECTOR_BLOCK - 1) / SM_VECTOR_BLOCK;
    double *const square = sm_calloc(blocks, sizeof *square), sum = 0.0;
#pragma omp parallel for num_threads((int)threads) schedule(dynamic)
    for (size_t b = 0; b < blocks; b++) {
        const size_t first = b * SM_VECTOR_BLOCK;
        square[b] = vec->square_sum(x + first,
                                    n - first < SM_VECTOR_BLOCK ? n - first : SM_VECTOR_BLOCK);
    }
    for (size_t b = 0; b < blocks; b++)
        sum += square[b];
    sm_free(square);
    return sqrt(sum);
}

double sm_clip(double norm, double limit)
{
    if (limit <= 0.0) return 1.0;
    return fmin(1.0, limit / (norm + 1e-6));
}
