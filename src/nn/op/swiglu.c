/* SwiGLU (Shazeer: "GLU variants improve transformer", 2020): y = silu(gate)·up, x = [gate, up].
 * SPDX-License-Identifier: MIT */
#include "op/op.h"

static void forward(const sm_node *node, const sm_run *run)
{
    const sm_rows x = sm_value_rows(run, node->in[0]); // (BT,2F)
    const sm_rows y = sm_value_rows(run, node->out);   // (BT,F)
#pragma omp parallel for num_threads(run->threads)                                             \
    schedule(dynamic, SM_ROWS_AT_ONCE) if (sm_is_large(run, x.width))
    for (size_t i = 0; i < run->rows; i++) {
        const float *const gate = x.p + i * x.stride;
        run->vec->swiglu(y.p + i * y.stride, gate, gate + y.width, y.width);
    }
}

static void backward(const sm_node *node, const sm_run *run)
{
    const sm_rows x = sm_value_rows(run, node->in[0]), dx = sm_grad_rows(run, node->in[0]);
    const sm_rows dy = sm_grad_rows(run, node->out);
#pragma omp parallel for num_threads(run->threads)                                             \
    schedule(dynamic, SM_ROWS_AT_ONCE) if (sm_is_large(run, x.width))
    for (size_t i = 0; i < run->rows; i++) {
        const float *const gate = x.p + i * x.stride;
        float *const dgate = dx.p + i * dx.stride;
        run->vec->swiglu_back(dgate, dgate + dy.width, dy.p + i * dy.stride, gate,
                              gate + dy.width, dy.width);
    }
}

static const sm_op swiglu = {.name = "swiglu",
                             .saves_in = true,
                             .sole_reader = true,
                             .is_cheap = true,
                             .forward = forward,
                             .backward = backward};

sm_id sm_op_swiglu(sm_tape *tape, sm_id x)
{
    return sm_tape_node(tape, &swiglu, "swiglu", 1, &x, tape->tensors[x].width / 2)->out;
}
