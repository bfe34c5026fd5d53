/* Embedding: row ids[i] of the table, or row pos[i] of a table of positions.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "op/op.h"

enum { COLUMNS = 32 }; /* floats that one thread adds up, for all rows in their order */

static const uint32_t *rows_of(const sm_node *node, const sm_run *run)
{
    return node->by_position ? run->batch->pos : run->batch->ids;
}

/* A row of the table (V,C). */
static void take_row(const sm_node *node, const sm_run *run, size_t row, float *to, size_t C)
{
    const size_t at = node->weight + row * C;
    if (node->is_stored)
        sm_stored_get(run->base, at, C, to);
    else
        memcpy(to, run->w + at, C * sizeof(float));
}

static void forward(const sm_node *node, const sm_run *run)
{
    const sm_rows y = sm_value_rows(run, node->out); // (BT,C)
    const uint32_t *const row = rows_of(node, run);
#pragma omp parallel for num_threads(run->threads)                                             \
    schedule(dynamic, SM_ROWS_AT_ONCE) if (sm_is_large(run, y.width))
    for (size_t i = 0; i < run->rows; i++)
        take_row(node, run, row[i], y.p + i * y.stride, y.width);
}

static void backward(const sm_node *node, const sm_run *run)
{
    const sm_rows dy = sm_grad_rows(run, node->out); // (BT,C)
    float *const table = run->g + node->gradient;    // (V,C)
    const uint32_t *const from = rows_of(node, run);
    const size_t chunks = (dy.width + COLUMNS - 1) / COLUMNS;
#pragma omp parallel for num_threads(run->threads)                                             \
    schedule(dynamic) if (sm_is_large(run, dy.width))
    for (size_t chunk = 0; chunk < chunks; chunk++) {
        const size_t c = chunk * COLUMNS;
        const size_t n = dy.width - c < COLUMNS ? dy.width - c : COLUMNS;
        for (size_t r = 0; !node->adds_weight && r < node->weight_rows; r++)
            memset(table + r * dy.width + c, 0, n * sizeof(float));
        for (size_t i = 0; i < run->rows; i++) {
            float *const row = table + from[i] * dy.width + c;
            run->vec->add(row, row, dy.p + i * dy.stride + c, n);
        }
    }
}

static const sm_op embedding = {.name = "embedding", .forward = forward, .backward = backward};

static sm_node *append(sm_tape *tape, const char *name, uint32_t rows, uint32_t width)
{
    const size_t weight = sm_tape_table(tape, name, rows, width);
    sm_node *const node = sm_tape_node(tape, &embedding, name, 0, NULL, width);
    node->weight = weight;
    node->weight_rows = rows;
    node->weight_columns = width;
    return node;
}

sm_id sm_op_embedding(sm_tape *tape, const char *name, uint32_t rows, uint32_t width)
{
    return append(tape, name, rows, width)->out;
}

sm_id sm_op_positions(sm_tape *tape, const char *name, uint32_t rows, uint32_t width)
{
    sm_node *const node = append(tape, name, rows, width);
    node->by_position = true;
    return node->out;
}
