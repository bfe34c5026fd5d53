/* Linear: y = x·Wᵀ, where W may be several weights side by side (q, k, v; gate, up).
 * SPDX-License-Identifier: MIT */
#include "op/op.h"

static void forward(const sm_node *node, const sm_run *run)
{
    const sm_rows x = sm_value_rows(run, node->in[0]); // (BT,C)
    const sm_rows y = sm_value_rows(run, node->out);   // (BT,N)
    sm_matmul(run->threads, &(sm_gemm){.tb = true,
                                       .M = run->rows,
                                       .N = y.width,
                                       .K = x.width,
                                       .A = x.p,
                                       .lda = x.stride,
                                       .B = run->w + node->weight, // (N,C)
                                       .ldb = x.width,
                                       .C = y.p,
                                       .ldc = y.stride,
                                       .alpha = 1.0F});
}

static void backward(const sm_node *node, const sm_run *run)
{
    const sm_rows x = sm_value_rows(run, node->in[0]), dx = sm_grad_rows(run, node->in[0]);
    const sm_rows dy = sm_grad_rows(run, node->out);
    sm_matmul(run->threads, &(sm_gemm){.M = run->rows, // dx (BT,C) = dy·W
                                       .N = x.width,
                                       .K = dy.width,
                                       .A = dy.p,
                                       .lda = dy.stride,
                                       .B = run->w + node->weight,
                                       .ldb = x.width,
                                       .C = dx.p,
                                       .ldc = dx.stride,
                                       .alpha = 1.0F,
                                       .beta = node->adds_in[0] ? 1.0F : 0.0F});
    sm_matmul(run->threads, &(sm_gemm){.ta = true, // dW (N,C) = dyᵀ·x
                                       .M = dy.width,
                                       .N = x.width,
                                       .K = run->rows,
                                       .A = dy.p,
                                       .lda = dy.stride,
                                       .B = x.p,
                                       .ldb = x.stride,
                                       .C = run->g + node->weight,
                                       .ldc = x.width,
                                       .alpha = 1.0F,
                                       .beta = node->adds_weight ? 1.0F : 0.0F});
}

static const sm_op linear = {
    .name = "linear", .saves_in = true, .forward = forward, .backward = backward};

sm_id sm_op_linear(sm_tape *tape, sm_id x, const sm_weight weights[])
{
    const uint32_t columns = tape->tensors[x].width;
    size_t first = SM_NOWHERE;
    uint32_t rows = 0;
    for (const sm_weight *w = weights; w->name; w++) {
        const size_t at = sm_tape_matrix(tape, w->name, w->rows, columns, w == weights);
        if (w == weights) first = at;
        rows += w->rows;
    }
    sm_node *const node = sm_tape_node(tape, &linear, weights[0].name, 1, &x, rows);
    node->weight = first;
    node->weight_rows = rows;
    return node->out;
}
