/* Sums over rows, column by column: see op.h.
 * SPDX-License-Identifier: MIT */
#include "op/op.h"

enum { COLUMNS = 32, PARTIAL = 64 };

/* Partial sums of PARTIAL rows, these in double. */
static void sum_some(const sm_run *run, sm_rows rows, size_t c, size_t n, float *sums,
                     bool adds)
{
    double sum[COLUMNS] = {0};
    for (size_t first = 0; first < run->rows; first += PARTIAL) {
        const size_t end = run->rows - first < PARTIAL ? run->rows : first + PARTIAL;
        float partial[COLUMNS] = {0};
        for (size_t i = first; i < end; i++)
            run->vec->add(partial, partial, rows.p + i * rows.stride + c, n);
        for (size_t j = 0; j < n; j++)
            sum[j] += (double)partial[j];
    }
    for (size_t j = 0; j < n; j++)
        sums[c + j] = (float)sum[j] + (adds ? sums[c + j] : 0.0F);
}

void sm_column_sums(const sm_run *run, sm_rows rows, float *sums, bool adds)
{
#pragma omp parallel for num_threads(run->threads) if (sm_is_large(run, rows.width))
    for (size_t c = 0; c < rows.width; c += COLUMNS)
        sum_some(run, rows, c, rows.width - c < COLUMNS ? rows.width - c : COLUMNS, sums, adds);
}
