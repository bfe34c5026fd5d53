/* Sums over rows, column by column: see op.h.
 * SPDX-License-Identifier: MIT */
#include "op/op.h"

enum { COLUMNS = 128, PARTIAL = 64 };

typedef struct column_sums {
    sm_rows rows;
    const sm_normed *normed; /* NULL: the rows as they are */
    size_t width;            /* columns of the sums; a row may hold several heads of them */
    float *sums;
    bool adds;
} column_sums;

static void add_row(const sm_run *run, const column_sums *s, size_t i, size_t c, size_t n,
                    float *partial)
{
    const sm_normed *by = s->normed;
    const float *const row = s->rows.p + i * s->rows.stride + c;
    if (!by) {
        run->vec->add(partial, partial, row, n);
        return;
    }
    const float *const x = by->x.p + i * by->x.stride + c;
    const size_t heads = s->rows.width / s->width;
    for (size_t h = 0; h < heads; h++) {
        const size_t at = (i * heads + h) * by->step;
        run->vec->product_sum(partial, row + h * s->width, x + h * s->width,
                              by->mean ? by->mean[at] : 0.0F, by->rstd[at], n);
    }
}

/* Partial sums of PARTIAL rows, these in double. */
static void sum_some(const sm_run *run, const column_sums *s, size_t c, size_t n)
{
    double sum[COLUMNS] = {0};
    for (size_t first = 0; first < run->rows; first += PARTIAL) {
        const size_t end = run->rows - first < PARTIAL ? run->rows : first + PARTIAL;
        float partial[COLUMNS] = {0};
        for (size_t i = first; i < end; i++)
            add_row(run, s, i, c, n, partial);
        for (size_t j = 0; j < n; j++)
            sum[j] += (double)partial[j];
    }
    for (size_t j = 0; j < n; j++)
        s->sums[c + j] = (float)sum[j] + (s->adds ? s->sums[c + j] : 0.0F);
}

static void sum_all(const sm_run *run, const column_sums *s)
{
#pragma omp parallel for num_threads(run->threads)                                             \
    schedule(dynamic) if (sm_is_large(run, s->rows.width))
    for (size_t c = 0; c < s->width; c += COLUMNS)
        sum_some(run, s, c, s->width - c < COLUMNS ? s->width - c : COLUMNS);
}

void sm_column_sums(const sm_run *run, sm_rows rows, float *sums, bool adds)
{
    sum_all(run, &(column_sums){rows, NULL, rows.width, sums, adds});
}

void sm_normed_column_sums(const sm_run *run, sm_rows rows, const sm_normed *normed,
                           size_t width, float *sums, bool adds)
{
    sum_all(run, &(column_sums){rows, normed, width, sums, adds});
}
