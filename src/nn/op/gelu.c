/* GELU in its tanh form (Hendrycks, Gimpel: "Gaussian error linear units", 2016), the one of GPT-2:
 * ½x(1 + tanh u) = x·σ(2u) with u = √(2/π)(x + .044715x³).
 * SPDX-License-Identifier: MIT */
#include "op/op.h"

static void forward(const sm_node *node, const sm_run *run)
{
    const sm_rows x = sm_value_rows(run, node->in[0]), y = sm_value_rows(run, node->out);
#pragma omp parallel for num_threads(run->threads)                                             \
    schedule(dynamic, SM_ROWS_AT_ONCE) if (sm_is_large(run, x.width))
    for (size_t i = 0; i < run->rows; i++)
        run->vec->gelu(y.p + i * y.stride, x.p + i * x.stride, x.width);
}

static void backward(const sm_node *node, const sm_run *run)
{
    const sm_rows x = sm_value_rows(run, node->in[0]), dx = sm_grad_rows(run, node->in[0]);
    const sm_rows dy = sm_grad_rows(run, node->out);
#pragma omp parallel for num_threads(run->threads)                                             \
    schedule(dynamic, SM_ROWS_AT_ONCE) if (sm_is_large(run, x.width))
    for (size_t i = 0; i < run->rows; i++)
        run->vec->gelu_back(dx.p + i * dx.stride, dy.p + i * dy.stride, x.p + i * x.stride,
                            x.width);
}

static const sm_op gelu = {.name = "gelu",
                           .saves_in = true,
                           .sole_reader = true,
                           .is_cheap = true,
                           .forward = forward,
                           .backward = backward};

sm_id sm_op_gelu(sm_tape *tape, sm_id x)
{
    return sm_tape_node(tape, &gelu, "gelu", 1, &x, tape->tensors[x].width)->out;
}
