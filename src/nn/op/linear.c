/* Linear: y = x·Wᵀ [+ b], where W may be several weights side by side (q, k, v; gate, up). GPT-2 keeps its weights the
 * other way round, (C,N), and so do we: y = x·W + b. An adapter (low_rank.c) adds to either.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "op/op.h"

/* Each row starts from the biases, and the product is added. */
static void put_bias(const sm_node *node, const sm_run *run, sm_rows y)
{
#pragma omp parallel for num_threads(run->threads)                                             \
    schedule(dynamic, SM_ROWS_AT_ONCE) if (sm_is_large(run, y.width))
    for (size_t i = 0; i < run->rows; i++)
        memcpy(y.p + i * y.stride, run->w + node->bias, y.width * sizeof(float));
}

/* Behind what an adapter wants of the scratch: panels of the products. */
static float *room_of(const sm_node *node, const sm_run *run, bool back)
{
    const size_t adapter = node->adapter ? sm_low_rank_scratch(run->tape, node, back) : 0;
    return run->arena + (back ? node->scratch_back_at : node->scratch_at) + adapter;
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
                                       .B = sm_weight_of(node, run), // (N,C); conv1d: (C,N)
                                       .stored = sm_base_of(node, run),
                                       .at = node->weight,
                                       .ldb = node->weight_columns,
                                       .C = y.p,
                                       .ldc = y.stride,
                                       .precision = run->tape->options.precision,
                                       .room = room_of(node, run, false),
                                       .alpha = 1.0F,
                                       .beta = bias ? 1.0F : 0.0F,
                                       .by_rows = run->cache != NULL});
    if (node->adapter && !run->plain) sm_low_rank_forward(node, run, room_of(node, run, false));
}

/* dW (N,C) = dyᵀ·x, or (C,N) = xᵀ·dy, of the outputs whose weights are trained. */
static void weight_gradient(const sm_node *node, const sm_run *run, const sm_part *part)
{
    const sm_rows x = sm_value_rows(run, node->in[0]);
    sm_rows dy = sm_grad_rows(run, node->out);
    dy.p += part->column;
    dy.width = part->width;
    const sm_rows left = node->is_conv1d ? x : dy, right = node->is_conv1d ? dy : x;
    sm_matmul(run->threads, &(sm_gemm){.ta = true,
                                       .M = left.width,
                                       .N = right.width,
                                       .K = run->rows,
                                       .A = left.p,
                                       .lda = left.stride,
                                       .B = right.p,
                                       .ldb = right.stride,
                                       .C = run->g + part->gradient,
                                       .ldc = node->weight_columns,
                                       .precision = run->tape->options.precision,
                                       .room = room_of(node, run, true),
                                       .alpha = 1.0F,
                                       .beta = node->adds_weight ? 1.0F : 0.0F});
}

/* dx (BT,C) = dy·W, or dy·Wᵀ. */
static void input_gradient(const sm_node *node, const sm_run *run)
{
    const sm_rows dx = sm_grad_rows(run, node->in[0]), dy = sm_grad_rows(run, node->out);
    sm_matmul(run->threads, &(sm_gemm){.tb = node->is_conv1d,
                                       .M = run->rows,
                                       .N = dx.width,
                                       .K = dy.width,
                                       .A = dy.p,
                                       .lda = dy.stride,
                                       .B = sm_weight_of(node, run),
                                       .stored = sm_base_of(node, run),
                                       .at = node->weight,
                                       .ldb = node->weight_columns,
                                       .C = dx.p,
                                       .ldc = dx.stride,
                                       .precision = run->tape->options.precision,
                                       .room = room_of(node, run, true),
                                       .alpha = 1.0F,
                                       .beta = node->adds_in[0] ? 1.0F : 0.0F});
}

static void bias_gradient(const sm_node *node, const sm_run *run, const sm_part *part)
{
    sm_rows dy = sm_grad_rows(run, node->out);
    dy.p += part->column;
    dy.width = part->width;
    sm_column_sums(run, dy, run->g + part->gradient, node->adds_weight);
}

static void backward(const sm_node *node, const sm_run *run)
{
    if (node->wants_in[0]) input_gradient(node, run);
    for (uint32_t i = 0; i < node->parts.n; i++)
        weight_gradient(node, run, node->parts.items + i);
    for (uint32_t i = 0; i < node->bias_parts.n; i++)
        bias_gradient(node, run, node->bias_parts.items + i);
    if (node->adapter) sm_low_rank_backward(node, run, room_of(node, run, true));
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t scratch(const sm_tape *tape, const sm_node *node, bool back)
{
    const size_t adapter = node->adapter ? sm_low_rank_scratch(tape, node, back) : 0;
    const size_t rows = (size_t)tape->options.B * tape->options.T;
    const size_t R = node->weight_rows, C = node->weight_columns;
    const size_t in = node->is_conv1d ? R : C, out = node->is_conv1d ? C : R;
    const unsigned threads = tape->options.threads;
    const size_t low_rank = node->adapter ? sm_low_rank_room(tape, node) : 0;
    const size_t output = sm_matmul_room(threads, rows, out, in);
    if (!back) return adapter + larger(output, low_rank);
    const size_t input = sm_matmul_room(threads, rows, in, out);
    const size_t weight = sm_matmul_room(threads, R, C, rows);
    return adapter + larger(larger(input, weight), low_rank);
}

static const sm_op linear = {.name = "linear",
                             .saves_in = true,
                             .is_linear = true,
                             .keeps_aux = true,
                             .forward = forward,
                             .backward = backward,
                             .scratch = scratch};

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
