/* Building the tape: see tape.h.
 * SPDX-License-Identifier: MIT */
#include "net/tape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    GROUP = 16,     /* floats: groups of weights start at a cache line */
    LARGE = 1 << 14 /* floats: some 10 µs of work */
};

sm_rows sm_value_rows(const sm_run *run, sm_id id)
{
    const sm_tensor *t = run->tape->tensors + id, *root = run->tape->tensors + t->root;
    return (sm_rows){run->arena + root->value_at + t->column, root->width, t->width};
}

sm_rows sm_grad_rows(const sm_run *run, sm_id id)
{
    const sm_tensor *t = run->tape->tensors + id, *root = run->tape->tensors + t->root;
    return (sm_rows){run->arena + root->grad_at + t->column, root->width, t->width};
}

bool sm_is_large(const sm_run *run, size_t width)
{
    return run->rows * width >= LARGE;
}

void sm_tape_scope(sm_tape *tape, const char *format, ...)
{
    char text[128];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    tape->scope = sm_arena_copy(&tape->names, sm_span_of(text)).p;
}

static sm_tensor *append_tensor(sm_tape *tape)
{
    tape->tensors =
        sm_array_grow(tape->tensors, tape->n_tensors, &tape->cap_tensors, sizeof(sm_tensor));
    return tape->tensors + tape->n_tensors++;
}

sm_id sm_tape_tensor(sm_tape *tape, const char *name, uint32_t width)
{
    sm_tensor *const t = append_tensor(tape);
    const sm_id id = (sm_id)(tape->n_tensors - 1);
    *t = (sm_tensor){.name = sm_arena_printf(&tape->names, "%s%s", tape->scope, name),
                     .width = width,
                     .root = id,
                     .value_at = SM_NOWHERE,
                     .grad_at = SM_NOWHERE};
    return id;
}

sm_id sm_tape_slice(sm_tape *tape, sm_id id, uint32_t column, uint32_t width)
{
    sm_tensor *const t = append_tensor(tape);
    *t = tape->tensors[id];
    t->column += column;
    t->width = width;
    return (sm_id)(tape->n_tensors - 1);
}

sm_node *sm_tape_node(sm_tape *tape, const sm_op *op, const char *name, uint32_t n_in,
                      const sm_id in[], uint32_t width)
{
    sm_id out = SM_NONE;
    if (op->in_place)
        out = sm_tape_slice(tape, in[n_in - 1], 0, width);
    else if (width > 0)
        out = sm_tape_tensor(tape, name, width);
    tape->nodes = sm_array_grow(tape->nodes, tape->n_nodes, &tape->cap_nodes, sizeof(sm_node));
    sm_node *const node = tape->nodes + tape->n_nodes++;
    *node = (sm_node){.op = op,
                      .name = sm_arena_printf(&tape->names, "%s%s", tape->scope, name),
                      .scope = tape->scope,
                      .out = out,
                      .aux = SM_NONE,
                      .n_in = n_in,
                      .weight = SM_NOWHERE,
                      .bias = SM_NOWHERE,
                      .gradient = SM_NOWHERE,
                      .bias_gradient = SM_NOWHERE,
                      .site = (uint32_t)(tape->n_nodes - 1),
                      .scratch_at = SM_NOWHERE,
                      .scratch_back_at = SM_NOWHERE};
    for (uint32_t i = 0; i < n_in; i++)
        node->in[i] = in[i];
    return node;
}

static const sm_param *find(const sm_tape *tape, const char *name)
{
    for (size_t i = 0; i < tape->n_params; i++)
        if (strcmp(tape->params[i].name, name) == 0) return tape->params + i;
    return NULL;
}

size_t sm_tape_param(sm_tape *tape, sm_param param, bool apart)
{
    if (apart) tape->n_floats = (tape->n_floats + GROUP - 1) / GROUP * GROUP;
    tape->params =
        sm_array_grow(tape->params, tape->n_params, &tape->cap_params, sizeof(sm_param));
    param.name = sm_arena_copy(&tape->names, sm_span_of(param.name)).p;
    param.n = param.shape[0] * param.shape[1];
    param.offset = tape->n_floats;
    param.trainable_at = SM_FROZEN;
    tape->params[tape->n_params++] = param;
    tape->n_floats += param.n;
    return param.offset;
}

/* The offset of scope + name + ending, appended unless it is there. */
static size_t param_at(sm_tape *tape, const char *name, const char *ending, sm_param param,
                       bool apart)
{
    param.name = sm_arena_printf(&tape->names, "%s%s%s", tape->scope, name, ending);
    const sm_param *const known = find(tape, param.name);
    return known ? known->offset : sm_tape_param(tape, param, apart);
}

size_t sm_tape_matrix(sm_tape *tape, const char *name, size_t rows, size_t columns, bool apart)
{
    const sm_param matrix = {.n_dims = 2,
                             .shape = {rows, columns},
                             .kind = SM_PARAM_MATRIX,
                             .deviation = tape->deviation};
    return param_at(tape, name, ".weight", matrix, apart);
}

size_t sm_tape_table(sm_tape *tape, const char *name, size_t rows, size_t columns)
{
    const sm_param table = {.n_dims = 2,
                            .shape = {rows, columns},
                            .kind = SM_PARAM_TABLE,
                            .deviation = tape->deviation};
    return param_at(tape, name, ".weight", table, true);
}

size_t sm_tape_vector(sm_tape *tape, const char *name, size_t n)
{
    const sm_param vector = {
        .n_dims = 1, .shape = {n, 1}, .kind = SM_PARAM_VECTOR, .mean = 1.0};
    return param_at(tape, name, ".weight", vector, true);
}

size_t sm_tape_bias(sm_tape *tape, const char *name, size_t n, bool apart)
{
    const sm_param bias = {.n_dims = 1, .shape = {n, 1}, .kind = SM_PARAM_VECTOR};
    return param_at(tape, name, ".bias", bias, apart);
}

void sm_tape_rotary(sm_tape *tape, const sm_model_config *config, uint32_t positions)
{
    const size_t head_dim = config->head_dim;
    tape->rope = sm_vector_new((size_t)positions * head_dim);
    for (uint32_t j = 0; j < head_dim / 2; j++) {
        const double frequency = sm_rope_frequency(config, j);
        for (size_t p = 0; p < positions; p++) {
            const double angle = (double)p * frequency;
            tape->rope[p * head_dim + j] = (float)cos(angle);
            tape->rope[p * head_dim + head_dim / 2 + j] = (float)sin(angle);
        }
    }
}
