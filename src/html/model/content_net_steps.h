/* The steps of content_net.h, for a file that says TARGET: plain loops over vectors of eight floats, which the
 * compiler cuts to what the target has. The order of all sums is written out, so it is the same everywhere.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_CONTENT_NET_STEPS_H
#define SEIMAI_CONTENT_NET_STEPS_H

#include <math.h>
#include <string.h>

#include "content_net.h"

enum {
    LANES = 8,
    PARTS = NET_WIDTH / LANES,
    ROWS = 6 /* of a product, at a time */,
    VECTORS = 4 /* of values, at a time */
};

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
/* The same where it stands in an array of floats. */
typedef float lanes_there
    __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef int32_t lanes_int __attribute__((vector_size(LANES * sizeof(int32_t))));
typedef int32_t lanes_int_there
    __attribute__((vector_size(LANES * sizeof(int32_t)), aligned(sizeof(int16_t)), may_alias));

#define STEP TARGET static inline __attribute__((always_inline))

/* Macros, for a function may not return what not every target has. */
#define LOAD(from)      (*(const lanes_there *)(from))
#define STORE(to, what) (*(lanes_there *)(to) = (what))
#define LOAD_INTS(from) (*(const lanes_int_there *)(from))
#define POSITIVE(x)     ((lanes)((lanes_int)(x) & ((x) > 0)))

/* Of each lane the sum of the products of its 16-bit halves and those of `pair`. */
#ifndef PAIRS
#define PAIRS(pair, weights)                                                                   \
    ((((weights) << 16) >> 16) * (int16_t)(pair) + ((weights) >> 16) * ((pair) >> 16))
#endif

#define UNROLL _Pragma("GCC unroll 8") /* keeps sums in registers */

/* The bins of VECTORS · LANES values from i on. */
STEP void count_some(lanes_int bins[VECTORS], const net_values *input, size_t i)
{
    lanes x[VECTORS];
    UNROLL for (size_t v = 0; v < VECTORS; v++)
    {
        x[v] = LOAD(input->values + i + v * LANES);
        bins[v] = (lanes_int){0} + (int32_t)input->n_edges;
    }
    for (size_t e = 0; e < input->n_edges; e++) /* a comparison is -1 where it holds */
        UNROLL for (size_t v = 0; v < VECTORS; v++) bins[v] += x[v] <= input->edges[e];
}

TARGET static void count(const net_values inputs[2], int32_t *pairs)
{
    for (size_t i = 0; i < FEATURE_GROUP; i += VECTORS * LANES) {
        lanes_int low[VECTORS], high[VECTORS];
        count_some(low, &inputs[0], i);
        count_some(high, &inputs[1], i);
        UNROLL for (size_t v = 0; v < VECTORS; v++) *
            (lanes_int_there *)(pairs + i + v * LANES) = low[v] | high[v] << 16;
    }
}

/* h = max(0, bias + scale · (page + Σ bins · first)) for at most ROWS blocks. */
STEP void begin_rows(net_row *h, size_t rows, const int32_t *pairs, size_t n_pairs,
                     const block_net *net, const int32_t *page)
{
    lanes_int sums[ROWS][PARTS];
    UNROLL for (size_t r = 0; r < rows; r++) UNROLL for (size_t p = 0; p < PARTS; p++)
        sums[r][p] = LOAD_INTS(page + p * LANES);
    for (size_t k = 0; k < n_pairs; k++) {
        lanes_int weights[PARTS];
        UNROLL for (size_t p = 0; p < PARTS; p++) weights[p] =
            LOAD_INTS(net->first[k][p * LANES]);
        UNROLL for (size_t r = 0; r < rows; r++) UNROLL for (size_t p = 0; p < PARTS; p++)
            sums[r][p] += PAIRS(pairs[k * FEATURE_GROUP + r], weights[p]);
    }
    UNROLL for (size_t r = 0; r < rows; r++) UNROLL for (size_t p = 0; p < PARTS; p++)
    {
        const lanes x = __builtin_convertvector(sums[r][p], lanes) * net->first_scale +
                        LOAD(net->first_bias + p * LANES);
        STORE(h[r] + p * LANES, POSITIVE(x));
    }
}

TARGET static void begin(net_row *h, size_t n, const int32_t *pairs, size_t n_pairs,
                         const block_net *net, const int32_t *page)
{
    size_t i = 0;
    for (; i + ROWS <= n; i += ROWS)
        begin_rows(h + i, ROWS, pairs + i, n_pairs, net, page);
    for (; i < n; i++)
        begin_rows(h + i, 1, pairs + i, n_pairs, net, page);
}

/* sums += Σ x[r][k] · matrix[k], for at most ROWS rows. */
STEP void multiply(lanes sums[ROWS][PARTS], size_t rows, const net_row *x,
                   const net_row *matrix)
{
    for (size_t k = 0; k < NET_WIDTH; k++) {
        lanes weights[PARTS];
        UNROLL for (size_t p = 0; p < PARTS; p++) weights[p] = LOAD(matrix[k] + p * LANES);
        UNROLL for (size_t r = 0; r < rows; r++) UNROLL for (size_t p = 0; p < PARTS; p++)
            sums[r][p] += x[r][k] * weights[p];
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

STEP void add_products(net_row *to, size_t rows, const net_row *x, const net_row *matrix)
{
    lanes sums[ROWS][PARTS] = {{{0}}};
    UNROLL for (size_t r = 0; r < rows; r++) add_row(sums[r], to[r]);
    multiply(sums, rows, x, matrix);
    UNROLL for (size_t r = 0; r < rows; r++) set_row(to[r], sums[r]);
}

TARGET static void product(net_row *to, size_t n, const net_row *x, const net_row *matrix)
{
    size_t i = 0;
    for (; i + ROWS <= n; i += ROWS)
        add_products(to + i, ROWS, x + i, matrix);
    for (; i < n; i++)
        add_products(to + i, 1, x + i, matrix);
}

/* The sum of a row in every lane: its parts lane by lane, then halves, quarters and neighbours. */
STEP void sum(lanes *all, const lanes parts[PARTS])
{
    *all = parts[0];
    for (size_t p = 1; p < PARTS; p++)
        *all += parts[p];
    *all += __builtin_shufflevector(*all, *all, 4, 5, 6, 7, 0, 1, 2, 3);
    *all += __builtin_shufflevector(*all, *all, 2, 3, 0, 1, 6, 7, 4, 5);
    *all += __builtin_shufflevector(*all, *all, 1, 0, 3, 2, 5, 4, 7, 6);
}

/* Rows LANES at a time, for roots and divisions take long. */
TARGET static void standardize(net_row *to, const net_row *from, size_t n)
{
    static const float epsilon = 1e-5F;
    for (size_t i = 0; i < n; i += LANES) {
        const size_t rows = n - i < LANES ? n - i : LANES;
        float scale[LANES] = {1, 1, 1, 1, 1, 1, 1, 1};
        for (size_t r = 0; r < rows; r++) {
            lanes x[PARTS], squares[PARTS], mean, variance;
            UNROLL for (size_t p = 0; p < PARTS; p++) x[p] = LOAD(from[i + r] + p * LANES);
            sum(&mean, x);
            mean /= NET_WIDTH;
            UNROLL for (size_t p = 0; p < PARTS; p++)
            {
                STORE(to[i + r] + p * LANES, x[p] - mean);
                squares[p] = (x[p] - mean) * (x[p] - mean);
            }
            sum(&variance, squares);
            scale[r] = variance[0] / NET_WIDTH + epsilon;
        }
        for (size_t r = 0; r < LANES; r++)
            scale[r] = 1 / sqrtf(scale[r]);
        for (size_t r = 0; r < rows; r++)
            UNROLL for (size_t p = 0; p < PARTS; p++)
                STORE(to[i + r] + p * LANES, LOAD(to[i + r] + p * LANES) * scale[r]);
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
        multiply(sums, rows, around[k] + i, near[k]);
    UNROLL for (size_t r = 0; r < rows; r++)
    {
        UNROLL for (size_t p = 0; p < PARTS; p++) sums[r][p] = POSITIVE(sums[r][p]);
        set_row(hidden[r], sums[r]);
        UNROLL for (size_t p = 0; p < PARTS; p++) sums[r][p] =
            LOAD(layer->out_bias + p * LANES);
        add_row(sums[r], h[i + r]);
    }
    multiply(sums, rows, (const net_row *)hidden, layer->out);
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
        lanes parts[PARTS], all;
        UNROLL for (size_t p = 0; p < PARTS; p++) parts[p] =
            LOAD(z[i] + p * LANES) * LOAD(last + p * LANES);
        sum(&all, parts);
        odds[i] += bias + all[0];
    }
}

#endif
