/* RMSNorm (Zhang, Sennrich: "Root mean square layer normalization", NeurIPS 2019): y = x·rstd·w with
 * rstd = 1/√(mean(x²) + eps); the rstd of each row is kept for backward.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "op/op.h"

enum { COLUMNS = 32, PARTIAL = 64 };

static void forward(const sm_node *node, const sm_run *run)
{
    const sm_rows x = sm_value_rows(run, node->in[0]);   // (BT,C)
    const sm_rows y = sm_value_rows(run, node->out);     // (BT,C)
    float *const rstd = sm_value_rows(run, node->aux).p; // (BT)
#pragma omp parallel for num_threads(run->threads) if (sm_is_large(run, x.width))
    for (size_t i = 0; i < run->rows; i++) {
        const float *const row = x.p + i * x.stride;
        const float mean = run->vec->dot(row, row, x.width) / (float)x.width;
        rstd[i] = 1.0F / sqrtf(mean + node->eps);
        run->vec->rmsnorm(y.p + i * y.stride, row, run->w + node->weight, rstd[i], x.width);
    }
}

/* dw = Σ dy·x·rstd over the rows, for some columns: partial sums of PARTIAL rows, these in double. */
static void weight_gradient(const sm_node *node, const sm_run *run, size_t c, size_t n)
{
    const sm_rows x = sm_value_rows(run, node->in[0]), dy = sm_grad_rows(run, node->out);
    const float *const rstd = sm_value_rows(run, node->aux).p;
    double sum[COLUMNS] = {0};
    for (size_t first = 0; first < run->rows; first += PARTIAL) {
        const size_t end = run->rows - first < PARTIAL ? run->rows : first + PARTIAL;
        float partial[COLUMNS] = {0};
        for (size_t i = first; i < end; i++)
            run->vec->product_sum(partial, dy.p + i * dy.stride + c, x.p + i * x.stride + c,
                                  rstd[i], n);
        for (size_t j = 0; j < n; j++)
            sum[j] += (double)partial[j];
    }
    float *const dw = run->g + node->weight + c;
    for (size_t j = 0; j < n; j++)
        dw[j] = (float)sum[j] + (node->adds_weight ? dw[j] : 0.0F);
}

static void backward(const sm_node *node, const sm_run *run)
{
    const sm_rows x = sm_value_rows(run, node->in[0]);
    const sm_rows dy = sm_grad_rows(run, node->out), dx = sm_grad_rows(run, node->in[0]);
    const float *const rstd = sm_value_rows(run, node->aux).p;
#pragma omp parallel for num_threads(run->threads) if (sm_is_large(run, x.width))
    for (size_t i = 0; i < run->rows; i++)
        run->vec->rmsnorm_back(dx.p + i * dx.stride, dy.p + i * dy.stride, x.p + i * x.stride,
                               run->w + node->weight, rstd[i], x.width, node->adds_in[0]);
#pragma omp parallel for num_threads(run->threads) if (sm_is_large(run, x.width))
    for (size_t c = 0; c < x.width; c += COLUMNS)
        weight_gradient(node, run, c, x.width - c < COLUMNS ? x.width - c : COLUMNS);
}

static const sm_op rmsnorm = {
    .name = "rmsnorm", .saves_in = true, .forward = forward, .backward = backward};

sm_id sm_op_rmsnorm(sm_tape *tape, sm_id x, const char *name, double eps)
{
    const uint32_t width = tape->tensors[x].width;
    const size_t weight = sm_tape_vector(tape, name, width);
    const sm_id rstd = sm_tape_tensor(tape, "rstd", 1);
    sm_node *const node = sm_tape_node(tape, &rmsnorm, name, 1, &x, width);
    node->aux = rstd;
    node->weight = weight;
    node->weight_rows = 1;
    node->eps = (float)eps;
    return node->out;
}
