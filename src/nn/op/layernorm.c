/* LayerNorm (Ba, Kiros, Hinton: "Layer normalization", 2016): y = x̂·w + b with x̂ = (x − mean)·rstd and
 * rstd = 1/√(var + eps); mean and rstd of each row are kept for backward.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "op/op.h"

/* The mean, and then the variance around it: no cancellation. */
static void moments(const sm_run *run, const float *x, size_t n, float eps, float kept[2])
{
    const float mean = run->vec->sum(x, n) / (float)n;
    kept[0] = mean;
    kept[1] = 1.0F / sqrtf(run->vec->deviation(x, mean, n) / (float)n + eps);
}

static void forward(const sm_node *node, const sm_run *run)
{
    const sm_rows x = sm_value_rows(run, node->in[0]);   // (BT,C)
    const sm_rows y = sm_value_rows(run, node->out);     // (BT,C)
    float *const kept = sm_value_rows(run, node->aux).p; // (BT,2)
#pragma omp parallel for num_threads(run->threads)                                             \
    schedule(dynamic, SM_ROWS_AT_ONCE) if (sm_is_large(run, x.width))
    for (size_t i = 0; i < run->rows; i++) {
        moments(run, x.p + i * x.stride, x.width, node->eps, kept + 2 * i);
        run->vec->layernorm(y.p + i * y.stride, x.p + i * x.stride, run->w + node->weight,
                            run->w + node->bias, kept[2 * i], kept[2 * i + 1], x.width);
    }
}

static void backward(const sm_node *node, const sm_run *run)
{
    const sm_rows x = sm_value_rows(run, node->in[0]);
    const sm_rows dy = sm_grad_rows(run, node->out), dx = sm_grad_rows(run, node->in[0]);
    const float *const kept = sm_value_rows(run, node->aux).p;
    const size_t rows = node->wants_in[0] ? run->rows : 0;
#pragma omp parallel for num_threads(run->threads)                                             \
    schedule(dynamic, SM_ROWS_AT_ONCE) if (sm_is_large(run, x.width))
    for (size_t i = 0; i < rows; i++)
        run->vec->layernorm_back(dx.p + i * dx.stride, dy.p + i * dy.stride, x.p + i * x.stride,
                                 run->w + node->weight, kept[2 * i], kept[2 * i + 1], x.width,
                                 node->adds_in[0]);
    if (node->gradient != SM_NOWHERE)
        sm_normed_column_sums(run, dy, &(sm_normed){x, kept, kept + 1, 2}, x.width,
                              run->g + node->gradient, node->adds_weight);
    if (node->bias_gradient != SM_NOWHERE)
        sm_column_sums(run, dy, run->g + node->bias_gradient, node->adds_weight);
}

static const sm_op layernorm = {.name = "layernorm",
                                .saves_in = true,
                                .is_cheap = true,
                                .forward = forward,
                                .backward = backward};

sm_id sm_op_layernorm(sm_tape *tape, sm_id x, const char *name, double eps)
{
    const uint32_t width = tape->tensors[x].width;
    const size_t weight = sm_tape_vector(tape, name, width);
    const size_t bias = sm_tape_bias(tape, name, width, true);
    const sm_id kept = sm_tape_tensor(tape, "mean, rstd", 2);
    sm_node *const node = sm_tape_node(tape, &layernorm, name, 1, &x, width);
    node->aux = kept;
    node->weight = weight;
    node->weight_rows = 1;
    node->weight_columns = width;
    node->bias = bias;
    node->eps = (float)eps;
    return node->out;
}
