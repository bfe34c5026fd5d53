/* RMSNorm (Zhang, Sennrich: "Root mean square layer normalization", NeurIPS 2019): y = x·rstd·w with
 * rstd = 1/√(mean(x²) + eps); the rstd of each row is kept for backward. Where heads are normed one by one, a row is a
 * head of a token.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "op/op.h"

static void forward(const sm_node *node, const sm_run *run)
{
    const sm_rows x = sm_value_rows(run, node->in[0]);   // (BT,NH·C)
    const sm_rows y = sm_value_rows(run, node->out);     // (BT,NH·C)
    float *const rstd = sm_value_rows(run, node->aux).p; // (BT,NH)
    const size_t C = node->head_dim, heads = x.width / C;
#pragma omp parallel for num_threads(run->threads)                                             \
    schedule(dynamic, SM_ROWS_AT_ONCE) if (sm_is_large(run, x.width))
    for (size_t i = 0; i < run->rows; i++)
        for (size_t h = 0; h < heads; h++) {
            const float *const row = x.p + i * x.stride + h * C;
            const float mean = run->vec->dot(row, row, C) / (float)C;
            const float root = 1.0F / sqrtf(mean + node->eps);
            run->vec->rmsnorm(y.p + i * y.stride + h * C, row, run->w + node->weight, root, C);
            rstd[i * heads + h] = root;
        }
}

static void backward(const sm_node *node, const sm_run *run)
{
    const sm_rows x = sm_value_rows(run, node->in[0]);
    const sm_rows dy = sm_grad_rows(run, node->out), dx = sm_grad_rows(run, node->in[0]);
    const float *const rstd = sm_value_rows(run, node->aux).p;
    const size_t C = node->head_dim, heads = x.width / C;
    const size_t rows = node->wants_in[0] ? run->rows : 0;
#pragma omp parallel for num_threads(run->threads)                                             \
    schedule(dynamic, SM_ROWS_AT_ONCE) if (sm_is_large(run, x.width))
    for (size_t i = 0; i < rows; i++)
        for (size_t h = 0; h < heads; h++)
            run->vec->rmsnorm_back(dx.p + i * dx.stride + h * C, dy.p + i * dy.stride + h * C,
                                   x.p + i * x.stride + h * C, run->w + node->weight,
                                   rstd[i * heads + h], C, node->adds_in[0]);
    if (node->gradient == SM_NOWHERE) return;
    sm_normed_column_sums(run, dy, &(sm_normed){x, NULL, rstd, 1}, C, run->g + node->gradient,
                          node->adds_weight);
}

static const sm_op rmsnorm = {.name = "rmsnorm",
                              .saves_in = true,
                              .is_cheap = true,
                              .forward = forward,
                              .backward = backward};

sm_id sm_op_head_rmsnorm(sm_tape *tape, sm_id x, const char *name, uint32_t head_dim,
                         double eps)
{
    const uint32_t width = tape->tensors[x].width;
    const size_t weight = sm_tape_vector(tape, name, head_dim);
    const sm_id rstd = sm_tape_tensor(tape, "rstd", width / head_dim);
    sm_node *const node = sm_tape_node(tape, &rmsnorm, name, 1, &x, width);
    node->aux = rstd;
    node->weight = weight;
    node->weight_rows = 1;
    node->weight_columns = head_dim;
    node->head_dim = head_dim;
    node->eps = (float)eps;
    return node->out;
}

sm_id sm_op_rmsnorm(sm_tape *tape, sm_id x, const char *name, double eps)
{
    return sm_op_head_rmsnorm(tape, x, name, tape->tensors[x].width, eps);
}
