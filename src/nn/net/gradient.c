/* The gradient in the arena: a parameter's part of it is written in one step of backward, and until then its room serves
 * values that are dead by that time. See arena.h.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "net/net_internal.h"

static bool is_within(const sm_param *p, size_t first, size_t n)
{
    return first != SM_NOWHERE && p->offset >= first && p->offset - first < n;
}

/* Whether backward of a node writes the gradient of a trained parameter. */
static bool writes(const sm_tape *tape, const sm_node *node, const sm_param *p)
{
    const sm_low_ranks *const a = node->adapter;
    const size_t width = node->out == SM_NONE ? 0 : tape->tensors[node->out].width;
    const size_t n = node->is_stored ? 0 : node->weight_rows * node->weight_columns;
    if (is_within(p, node->weight, n) || is_within(p, node->bias, width)) return true;
    if (!a) return false;
    bool found = is_within(p, a->A, (size_t)a->rank * tape->tensors[node->in[0]].width);
    for (uint32_t i = 0; i < a->n; i++)
        found |= p->offset == a->items[i].B;
    return found;
}

/* The first step that writes it; the head does so while it runs forward. */
static size_t first_written(const sm_tape *tape, const sm_param *p)
{
    for (size_t time = 0; time < tape->n_steps; time++) {
        const sm_step step = tape->steps[time];
        const sm_node *const node = tape->nodes + step.node;
        const sm_phase phase = node->op->is_head ? SM_FORWARD : SM_BACKWARD;
        if (step.phase == phase && writes(tape, node, p)) return time;
    }
    return 0;
}

size_t sm_arena_gradients(sm_tape *tape, sm_piece *pieces)
{
    size_t n = 0;
    for (size_t i = 0; i < tape->n_params; i++) {
        sm_param *const p = tape->params + i;
        if (p->trainable_at == SM_FROZEN) continue;
        pieces[n++] =
            (sm_piece){.name = p->name,
                       .what = "gradient",
                       .floats = p->n,
                       .life = {{first_written(tape, p), tape->n_steps}, {SM_NOWHERE, 0}},
                       .at = &p->trainable_at,
                       .fixed = true};
    }
    return n;
}

float *sm_net_own_gradient(const sm_net *net)
{
    return net->tape.options.own_gradient ? net->arena : NULL;
}

void sm_net_clear_padding(const sm_net *net)
{
    const sm_params *const params = &net->params;
    size_t end = 0;
    for (size_t i = 0; i < params->n; i++) {
        const sm_param *const p = params->items + i;
        if (p->trainable_at == SM_FROZEN) continue;
        memset(net->arena + end, 0, (p->trainable_at - end) * sizeof(float));
        end = p->trainable_at + p->n;
    }
    memset(net->arena + end, 0, (params->trainable - end) * sizeof(float));
}
