/* Linear: y = x·Wᵀ [+ b], where W may be several weights side by side (q, k, v; gate, up). GPT-2 keeps its weights the
 * other way round, (C,N), and so do we: y = x·W + b.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "op/op.h"

/* Each row starts from the biases, and the product is added. */
static void put_bias(const sm_node *node, const sm_run *run, sm_rows y)
{
#pragma omp parallel for num_threads(run->threads) if (sm_is_large(run, y.width))
    for (size_t i = 0; i < run->rows; i++)
        memcpy(y.p + i * y.stride, run->w + node->bias, y.width * sizeof(float));
}

static void forward(const sm_node *node, const sm_run *run)
{
    const sm_rows x = sm_value_rows(run, node->in[0]); // (BT,C)
    const sm_rows y = sm_value_rows(run, node->out);   // (BT,N)
    const bool bias = node->bias != SM_NOWHERE;
    if (bias) put_bias(node, run, y);
    sm_matmul(run->threads, &(sm_gemm){.tb = !node->is_conv1d,
                                       .M = run->rows,
                                       .N = y.width,
                                       .K = x.width,
                                       .A = x.p,
                                       .lda = x.stride,
                                       .B = run->w + node->weight, // (N,C); conv1d: (C,N)
                                       .ldb = node->weight_columns,
                                       .C = y.p,
                                       .ldc = y.stride,
                                       .alpha = 1.0F,
                                       .beta = bias ? 1.0F : 0.0F});
}

/* dW (N,C) = dyᵀ·x, or (C,N) = xᵀ·dy. */
static void weight_gradient(const sm_node *node, const sm_run *run, sm_rows x, sm_rows dy)
{
    const sm_rows left = node->is_conv1d ? x : dy, right = node->is_conv1d ? dy : x;
    sm_matmul(run->threads, &(sm_gemm){.ta = true,
                                       .M = left.width,
                                       .N = right.width,
                                       .K = run->rows,
                                       .A = left.p,
                                       .lda = left.stride,
                                       .B = right.p,
                                       .ldb = right.stride,
                                       .C = run->g + node->weight,
                                       .ldc = node->weight_columns,
                                       .alpha = 1.0F,
                                       .beta = node->adds_weight ? 1.0F : 0.0F});
}

static void backward(const sm_node *node, const sm_run *run)
{
    const sm_rows x = sm_value_rows(run, node->in[0]), dx = sm_grad_rows(run, node->in[0]);
    const sm_rows dy = sm_grad_rows(run, node->out);
    sm_matmul(run->threads, &(sm_gemm){.tb = node->is_conv1d, // dx (BT,C) = dy·W, or dy·Wᵀ
                                       .M = run->rows,
                                       .N = x.width,
                                       .K = dy.width,
                                       .A = dy.p,
                                       .lda = dy.stride,
                                       .B = run->w + node->weight,
                                       .ldb = node->weight_columns,
                                       .C = dx.p,
                                       .ldc = dx.stride,
                                       .alpha = 1.0F,
                                       .beta = node->adds_in[0] ? 1.0F : 0.0F});
    weight_gradient(node, run, x, dy);
    if (node->bias != SM_NOWHERE)
        sm_column_sums(run, dy, run->g + node->bias, node->adds_weight);
}

static const sm_op linear = {
    .name = "linear", .saves_in = true, .forward = forward, .backward = backward};

sm_id sm_op_linear(sm_tape *tape, sm_id x, const sm_weight weights[], bool bias)
{
    const uint32_t columns = tape->tensors[x].width;
    size_t first = SM_NOWHERE, first_bias = SM_NOWHERE;
    uint32_t rows = 0;
    for (const sm_weight *w = weights; w->name; w++) {
        const size_t at = sm_tape_matrix(tape, w->name, w->rows, columns, w == weights);
        if (w == weights) first = at;
        rows += w->rows;
    }
    for (const sm_weight *w = weights; w->name && bias; w++) {
        const size_t at = sm_tape_bias(tape, w->name, w->rows, w == weights);
        if (w == weights) first_bias = at;
    }
    sm_node *const node = sm_tape_node(tape, &linear, weights[0].name, 1, &x, rows);
    node->weight = first;
    node->weight_rows = rows;
    node->weight_columns = columns;
    node->bias = first_bias;
    return node->out;
}

sm_id sm_op_conv1d(sm_tape *tape, sm_id x, const char *name, uint32_t columns, double deviation)
{
    const uint32_t rows = tape->tensors[x].width;
    tape->deviation = deviation;
    const size_t weight = sm_tape_matrix(tape, name, rows, columns, true);
    const size_t bias = sm_tape_bias(tape, name, columns, true);
    sm_node *const node = sm_tape_node(tape, &linear, name, 1, &x, columns);
    node->weight = weight;
    node->weight_rows = rows;
    node->weight_columns = columns;
    node->bias = bias;
    node->is_conv1d = true;
    return node->out;
}
