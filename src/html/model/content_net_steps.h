/* The steps of content_net.h, for a file that says TARGET: plain loops over vectors of eight floats, which the
 * compiler cuts to what the target has. The order of all sums is written out, so it is the same everywhere.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_CONTENT_NET_STEPS_H
#define SEIMAI_CONTENT_NET_STEPS_H

#include <math.h>
#include <string.h>

#include "content_net.h"

enum { LANES = 8, PARTS = NET_WIDTH / LANES, ROWS = 6 /* of a product, at a time */ };

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
/* The same where it stands in an array of floats. */
typedef float lanes_there
    __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef int32_t lanes_int __attribute__((vector_size(LANES * sizeof(int32_t))));

#define STEP TARGET static inline __attribute__((always_inline))

/* Macros, for a function may not return what not every target has. */
#define LOAD(from)      (*(const lanes_there *)(from))
#define STORE(to, what) (*(lanes_there *)(to) = (what))

#define UNROLL _Pragma("GCC unroll 8") /* keeps sums in registers */

TARGET static void count(const float *values, const float *edges, size_t n_edges, float *bins)
{
    enum { VECTORS = 4 };
    for (size_t i = 0; i < FEATURE_GROUP; i += VECTORS * LANES) {
        lanes x[VECTORS];
        lanes_int below[VECTORS] = {{0}}; /* a comparison is -1 where it holds */
        UNROLL for (size_t v = 0; v < VECTORS; v++) x[v] = LOAD(values + i + v * LANES);
        for (size_t e = 0; e < n_edges; e++)
            UNROLL for (size_t v = 0; v < VECTORS; v++) below[v] += x[v] <= edges[e];
        UNROLL for (size_t v = 0; v < VECTORS; v++) STORE(
            bins + i + v * LANES, __builtin_convertvector(below[v] + (int32_t)n_edges, lanes));
    }
}

/* sums += Σ x[r · row + k · step] · matrix[k], for at most ROWS rows. */
STEP void multiply(lanes sums[ROWS][PARTS], size_t rows, const float *x, size_t row,
                   size_t step, const net_row *matrix, size_t n_steps)
{
    for (size_t k = 0; k < n_steps; k++) {
        lanes weights[PARTS];
        UNROLL for (size_t p = 0; p < PARTS; p++) weights[p] = LOAD(matrix[k] + p * LANES);
        UNROLL for (size_t r = 0; r < rows; r++) UNROLL for (size_t p = 0; p < PARTS; p++)
            sums[r][p] += x[r * row + k * step] * weights[p];
    }
}

STEP void add_row(lanes sums[PARTS], const net_row x)
{
    UNROLL for (size_t p = 0; p < PARTS; p++) sums[p] += LOAD(x + p * LANES);
}

STEP void set_row(net_row to, const lanes sums[PARTS])
{
    UNROLL for (size_t p = 0; p < PARTS; p++) STORE(to + p * LANES, sums[p]);
}

STEP void add_products(net_row *to, size_t rows, const float *x, size_t row, size_t step,
                       const net_row *matrix, size_t n_steps)
{
    lanes sums[ROWS][PARTS] = {{{0}}};
    UNROLL for (size_t r = 0; r < rows; r++) add_row(sums[r], to[r]);
    multiply(sums, rows, x, row, step, matrix, n_steps);
    UNROLL for (size_t r = 0; r < rows; r++) set_row(to[r], sums[r]);
}

TARGET static void product(net_row *to, size_t n, const float *x, size_t row, size_t step,
                           const net_row *matrix, size_t n_steps)
{
    size_t i = 0;
    for (; i + ROWS <= n; i += ROWS)
        add_products(to + i, ROWS, x + i * row, row, step, matrix, n_steps);
    for (; i < n; i++)
        add_products(to + i, 1, x + i * row, row, step, matrix, n_steps);
}

/* The sum of a row: lane by lane over its parts, then over the lanes. */
STEP float sum(const lanes parts[PARTS])
{
    lanes all = parts[0];
    float total = 0;
    for (size_t p = 1; p < PARTS; p++)
        all += parts[p];
    for (size_t k = 0; k < LANES; k++)
        total += all[k];
    return total;
}

/* Rows LANES at a time, for roots and divisions take long. */
TARGET static void standardize(net_row *to, const net_row *from, size_t n)
{
    static const float epsilon = 1e-5F;
    for (size_t i = 0; i < n; i += LANES) {
        const size_t rows = n - i < LANES ? n - i : LANES;
        float mean[LANES], scale[LANES] = {1, 1, 1, 1, 1, 1, 1, 1};
        for (size_t r = 0; r < rows; r++) {
            lanes x[PARTS], squares[PARTS];
            UNROLL for (size_t p = 0; p < PARTS; p++) x[p] = LOAD(from[i + r] + p * LANES);
            mean[r] = sum(x) / NET_WIDTH;
            UNROLL for (size_t p = 0; p < PARTS; p++) squares[p] =
                (x[p] - mean[r]) * (x[p] - mean[r]);
            scale[r] = sum(squares) / NET_WIDTH + epsilon;
        }
        for (size_t r = 0; r < LANES; r++)
            scale[r] = 1 / sqrtf(scale[r]);
        for (size_t r = 0; r < rows; r++)
            UNROLL for (size_t p = 0; p < PARTS; p++) STORE(
                to[i + r] + p * LANES, (LOAD(from[i + r] + p * LANES) - mean[r]) * scale[r]);
    }
}

TARGET static void average(net_row *means, const net_row *z, const net_groups *groups)
{
    for (size_t g = 0; g < groups->n; g++) {
        lanes sums[PARTS] = {{0}};
        for (size_t i = groups->first[g]; i < groups->first[g + 1]; i++)
            UNROLL for (size_t p = 0; p < PARTS; p++) sums[p] +=
                groups->weight[i] * LOAD(z[groups->blocks[i]] + p * LANES);
        set_row(means[g], sums);
    }
}

/* Blocks from i on, at most ROWS. */
STEP void add_rows(net_row *h, const net_row *z, size_t i, size_t rows, const net_said *said,
                   const net_layer *layer)
{
    const net_row *const around[] = {z - layer->distance, z, z + layer->distance};
    const net_row *const near[] = {layer->before, layer->here, layer->behind};
    net_row hidden[ROWS];
    lanes sums[ROWS][PARTS] = {{{0}}};
    UNROLL for (size_t r = 0; r < rows; r++)
    {
        add_row(sums[r], layer->near_bias);
        UNROLL for (size_t m = 0; m < NET_MEANS; m++)
            add_row(sums[r], said->said[m][said->of[m][i + r]]);
    }
    for (size_t k = 0; k < 3; k++)
        multiply(sums, rows, around[k][i], NET_WIDTH, 1, near[k], NET_WIDTH);
    UNROLL for (size_t r = 0; r < rows; r++)
    {
        UNROLL for (size_t p = 0; p < PARTS; p++) sums[r][p] =
            (lanes)((lanes_int)sums[r][p] & (sums[r][p] > 0));
        set_row(hidden[r], sums[r]);
        UNROLL for (size_t p = 0; p < PARTS; p++) sums[r][p] =
            LOAD(layer->out_bias + p * LANES);
        add_row(sums[r], h[i + r]);
    }
    multiply(sums, rows, hidden[0], NET_WIDTH, 1, layer->out, NET_WIDTH);
    UNROLL for (size_t r = 0; r < rows; r++) set_row(h[i + r], sums[r]);
}

TARGET static void add_layer(net_row *h, const net_row *z, size_t n, const net_said *said,
                             const net_layer *layer)
{
    size_t i = 0;
    for (; i + ROWS <= n; i += ROWS)
        add_rows(h, z, i, ROWS, said, layer);
    for (; i < n; i++)
        add_rows(h, z, i, 1, said, layer);
}

TARGET static void answer(float *odds, const net_row *z, size_t n, const net_row last,
                          float bias)
{
    for (size_t i = 0; i < n; i++) {
        lanes parts[PARTS];
        UNROLL for (size_t p = 0; p < PARTS; p++) parts[p] =
            LOAD(z[i] + p * LANES) * LOAD(last + p * LANES);
        odds[i] += bias + sum(parts);
    }
}

#endif
