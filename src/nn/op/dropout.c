/* Dropout (Srivastava et al., JMLR 2014): a value becomes 0 with probability `rate`, else it grows by 1/(1 − rate).
 * In place; backward does the same to the gradient, with the same numbers.
 * SPDX-License-Identifier: MIT
 *
 * Number i of a row is word i mod 4 of Philox's block (i / 4, row, sample), under a key of (seed, node): nothing is
 * stored, and recomputing, resuming or sharing the work out differently drops the same values. */
#include <seimai/random.h>

#include "op/op.h"

bool sm_dropout_of(const sm_node *node, const sm_run *run, sm_dropout *d)
{
    if (node->dropout <= 0.0 || !run->g) return false;
    const uint64_t key = sm_random_u64(run->tape->options.seed, node->site, UINT64_MAX);
    *d = (sm_dropout){.key = {(uint32_t)key, (uint32_t)(key >> 32)},
                      .limit = (uint32_t)(node->dropout * 0x1p32),
                      .factor = (float)(1.0 / (1.0 - node->dropout))};
    return true;
}

void sm_dropout_row(const sm_dropout *d, const sm_run *run, size_t b, uint32_t row, float *x,
                    size_t n)
{
    const uint64_t sample = run->batch->seq[b];
    const uint32_t place[3] = {row, (uint32_t)sample, (uint32_t)(sample >> 32)};
    run->vec->dropout(x, d->key, place, d->limit, d->factor, n);
}

static void drop(const sm_node *node, const sm_run *run, sm_rows x)
{
    sm_dropout d;
    if (!sm_dropout_of(node, run, &d)) return;
    const size_t T = run->batch->T;
#pragma omp parallel for num_threads(run->threads)                                             \
    schedule(dynamic, SM_ROWS_AT_ONCE) if (sm_is_large(run, x.width))
    for (size_t i = 0; i < run->rows; i++)
        sm_dropout_row(&d, run, i / T, (uint32_t)(i % T), x.p + i * x.stride, x.width);
}

static void forward(const sm_node *node, const sm_run *run)
{
    drop(node, run, sm_value_rows(run, node->out));
}

static void backward(const sm_node *node, const sm_run *run)
{
    drop(node, run, sm_grad_rows(run, node->out));
}

static const sm_op dropout = {
    .name = "dropout", .in_place = true, .forward = forward, .backward = backward};

sm_id sm_op_dropout(sm_tape *tape, sm_id x, double rate)
{
    if (rate <= 0.0 || tape->options.plan != SM_PLAN_TRAIN) return x;
    sm_node *const node =
        sm_tape_node(tape, &dropout, "dropout", 1, &x, tape->tensors[x].width);
    node->dropout = rate;
    return node->out;
}
