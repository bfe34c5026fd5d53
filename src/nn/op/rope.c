/* Rotary positions (Su et al.: "RoFormer", 2021) in Hugging Face's layout: in each head the pair (j, j + HD/2)
 * turns by pos·theta^(−2j/HD). In place; backward turns the gradient the other way.
 * SPDX-License-Identifier: MIT */
#include "op/op.h"

static void turn_all(const sm_node *node, const sm_run *run, sm_rows x, float sign)
{
    const size_t head_dim = node->head_dim;
#pragma omp parallel for num_threads(run->threads)                                             \
    schedule(dynamic, SM_ROWS_AT_ONCE) if (sm_is_large(run, x.width))
    for (size_t i = 0; i < run->rows; i++) {
        const float *const angle = run->tape->rope + run->batch->pos[i] * head_dim; // (2,HD/2)
        for (size_t h = 0; h < x.width; h += head_dim)
            run->vec->rotate(x.p + i * x.stride + h, angle, head_dim / 2, sign);
    }
}

static void forward(const sm_node *node, const sm_run *run)
{
    turn_all(node, run, sm_value_rows(run, node->out), 1.0F); // (BT,NH·HD)
}

static void backward(const sm_node *node, const sm_run *run)
{
    turn_all(node, run, sm_grad_rows(run, node->out), -1.0F);
}

static const sm_op rope = {
    .name = "rope", .in_place = true, .forward = forward, .backward = backward};

sm_id sm_op_rope(sm_tape *tape, sm_id x, uint32_t head_dim)
{
    sm_node *const node = sm_tape_node(tape, &rope, "rope", 1, &x, tape->tensors[x].width);
    node->head_dim = head_dim;
    return node->out;
}
