/* A frozen base in fewer bits: its matrices leave the vector of weights for a stored one (seimai/stored.h): see net_internal.h.
 * SPDX-License-Identifier: MIT */
#include "net/net_internal.h"

enum {
    GROUP = 16
}; /* elements: of the vector of weights; a stored one begins groups at a block */

static size_t number_at(const sm_tape *tape, size_t offset)
{
    size_t i = 0;
    while (tape->params[i].offset != offset)
        i++;
    return i;
}

/* What lies side by side in one product stays in one place: where a part of it is trained, as floats. */
static void keep_together(const sm_tape *tape, const sm_node *node)
{
    const size_t first = number_at(tape, node->weight);
    const size_t end = node->weight + node->weight_rows * node->weight_columns;
    size_t i = first;
    bool all = true;
    for (; i < tape->n_params && tape->params[i].offset < end; i++)
        all &= tape->params[i].stored;
    while (i-- > first)
        tape->params[i].stored = all;
}

static void choose(const sm_tape *tape)
{
    for (size_t i = 0; i < tape->n_model_params; i++) {
        sm_param *const p = tape->params + i;
        p->stored = p->trainable_at == SM_FROZEN && p->kind != SM_PARAM_VECTOR;
    }
    for (size_t i = 0; i < tape->n_nodes; i++)
        if (tape->nodes[i].op->is_linear) keep_together(tape, tape->nodes + i);
}

/* New offsets in both vectors, in the old order; neighbours stay neighbours. */
static void lay_out(sm_tape *tape, size_t *offsets)
{
    size_t at[2] = {0, 0}, end = SM_NOWHERE;
    const size_t group[2] = {GROUP, SM_STORED_BLOCK};
    bool last = false;
    for (size_t i = 0; i < tape->n_params; i++) {
        const sm_param *const p = tape->params + i;
        const bool s = p->stored;
        if (p->offset != end || s != last) at[s] = (at[s] + group[s] - 1) / group[s] * group[s];
        offsets[i] = at[s];
        at[s] += p->n;
        end = p->offset + p->n;
        last = s;
    }
    tape->n_floats = at[0];
    tape->n_stored = (at[1] + SM_STORED_BLOCK - 1) / SM_STORED_BLOCK * SM_STORED_BLOCK;
}

static void move(const sm_tape *tape, const size_t *offsets, sm_node *node)
{
    sm_low_ranks *const a = node->adapter;
    if (node->weight != SM_NOWHERE) {
        const size_t i = number_at(tape, node->weight);
        node->is_stored = tape->params[i].stored;
        node->weight = offsets[i];
    }
    if (node->bias != SM_NOWHERE) node->bias = offsets[number_at(tape, node->bias)];
    if (!a) return;
    a->A = offsets[number_at(tape, a->A)];
    for (uint32_t k = 0; k < a->n; k++)
        a->items[k].B = offsets[number_at(tape, a->items[k].B)];
}

void sm_tape_store(sm_tape *tape)
{
    if (tape->options.base == SM_STORED_F32) return;
    size_t *const offsets = sm_calloc(tape->n_params, sizeof *offsets);
    choose(tape);
    lay_out(tape, offsets);
    for (size_t i = 0; i < tape->n_nodes; i++)
        move(tape, offsets, tape->nodes + i);
    for (size_t i = 0; i < tape->n_params; i++)
        tape->params[i].offset = offsets[i];
    sm_free(offsets);
}

void sm_net_base(sm_net *net, const sm_stored *base)
{
    net->base = base;
}
