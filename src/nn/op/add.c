/* The residual: z = x + y, in y's memory; so y's gradient is z's, and x's is a copy.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "op/op.h"

static void forward(const sm_node *node, const sm_run *run)
{
    const sm_rows x = sm_value_rows(run, node->in[0]), z = sm_value_rows(run, node->out);
#pragma omp parallel for num_threads(run->threads)                                             \
    schedule(dynamic, SM_ROWS_AT_ONCE) if (sm_is_large(run, z.width))
    for (size_t i = 0; i < run->rows; i++)
        run->vec->add(z.p + i * z.stride, z.p + i * z.stride, x.p + i * x.stride, z.width);
}

static void backward(const sm_node *node, const sm_run *run)
{
    if (!node->wants_in[0]) return;
    const sm_rows dx = sm_grad_rows(run, node->in[0]), dz = sm_grad_rows(run, node->out);
#pragma omp parallel for num_threads(run->threads)                                             \
    schedule(dynamic, SM_ROWS_AT_ONCE) if (sm_is_large(run, dz.width))
    for (size_t i = 0; i < run->rows; i++) {
        float *const to = dx.p + i * dx.stride;
        const float *const from = dz.p + i * dz.stride;
        if (node->adds_in[0])
            run->vec->add(to, to, from, dz.width);
        else
            memcpy(to, from, dz.width * sizeof(float));
    }
}

static const sm_op add = {
    .name = "add", .in_place = true, .forward = forward, .backward = backward};

sm_id sm_op_add(sm_tape *tape, sm_id x, sm_id y)
{
    return sm_tape_node(tape, &add, "add", 2, (const sm_id[]){x, y}, tape->tensors[y].width)
        ->out;
}
