/* Embedding: row ids[i] of the table.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "op/op.h"

enum { COLUMNS = 32 }; /* floats that one thread adds up, for all rows in their order */

static void forward(const sm_node *node, const sm_run *run)
{
    const sm_rows y = sm_value_rows(run, node->out);  // (BT,C)
    const float *const table = run->w + node->weight; // (V,C)
#pragma omp parallel for num_threads(run->threads) if (sm_is_large(run, y.width))
    for (size_t i = 0; i < run->rows; i++)
        memcpy(y.p + i * y.stride, table + run->batch->ids[i] * y.width,
               y.width * sizeof(float));
}

static void backward(const sm_node *node, const sm_run *run)
{
    const sm_rows dy = sm_grad_rows(run, node->out); // (BT,C)
    float *const table = run->g + node->weight;      // (V,C)
    const size_t chunks = (dy.width + COLUMNS - 1) / COLUMNS;
#pragma omp parallel for num_threads(run->threads)                                             \
    schedule(dynamic) if (sm_is_large(run, dy.width))
    for (size_t chunk = 0; chunk < chunks; chunk++) {
        const size_t c = chunk * COLUMNS;
        const size_t n = dy.width - c < COLUMNS ? dy.width - c : COLUMNS;
        for (size_t r = 0; !node->adds_weight && r < node->weight_rows; r++)
            memset(table + r * dy.width + c, 0, n * sizeof(float));
        for (size_t i = 0; i < run->rows; i++) {
            float *const row = table + run->batch->ids[i] * dy.width + c;
            run->vec->add(row, row, dy.p + i * dy.stride + c, n);
        }
    }
}

static const sm_op embedding = {.name = "embedding", .forward = forward, .backward = backward};

sm_id sm_op_embedding(sm_tape *tape, const char *name, uint32_t rows, uint32_t width)
{
    sm_node *const node = sm_tape_node(tape, &embedding, name, 0, NULL, width);
    node->weight = sm_tape_matrix(tape, name, rows, width, true);
    node->weight_rows = rows;
    return node->out;
}
