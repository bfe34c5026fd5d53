/* The steps of a run: every node forward, then block by block backward. With recomputation a block runs forward again
 * just before (Chen et al.: "Training deep nets with sublinear memory cost", 2016), but for the nodes of which its
 * backward needs nothing; what it computes from, the output of the block before, was kept. Same numbers in, same numbers out:
 * the bits are those of a run that kept everything.
 * SPDX-License-Identifier: MIT */
#include "net/tape.h"

static void put(sm_tape *tape, size_t node, sm_phase phase)
{
    tape->steps[tape->n_steps++] = (sm_step){(uint32_t)node, phase};
}

static void need(const sm_tape *tape, bool *needed, sm_id id)
{
    if (id != SM_NONE) needed[tape->tensors[id].root] = true;
}

/* What backward of a node reads, but for what was kept. */
static void need_for_backward(const sm_tape *tape, const sm_node *node, bool *needed)
{
    if (!node->active) return;
    if (!node->op->keeps_aux) need(tape, needed, node->aux);
    if (node->op->saves_out) need(tape, needed, node->out);
    for (uint32_t i = 0; i < node->n_in && node->saves_in; i++)
        need(tape, needed, node->in[i]);
}

static bool is_needed(const sm_tape *tape, const bool *needed, sm_id id)
{
    return id != SM_NONE && needed[tape->tensors[id].root];
}

/* The nodes [first, end) again, as far as their backward needs them: found from the last to the first. */
static void put_again(sm_tape *tape, size_t first, size_t end)
{
    bool *const needed = sm_calloc(tape->n_tensors, sizeof *needed);
    bool *const runs = sm_calloc(end - first, sizeof *runs);
    for (size_t i = first; i < end; i++)
        need_for_backward(tape, tape->nodes + i, needed);
    for (size_t i = end; i-- > first;) {
        const sm_node *const node = tape->nodes + i;
        runs[i - first] =
            is_needed(tape, needed, node->out) || is_needed(tape, needed, node->aux);
        for (uint32_t k = 0; k < node->n_in && runs[i - first]; k++)
            need(tape, needed, node->in[k]);
    }
    for (size_t i = first; i < end; i++)
        if (runs[i - first]) put(tape, i, SM_AGAIN);
    sm_free(needed);
    sm_free(runs);
}

void sm_tape_schedule(sm_tape *tape)
{
    const size_t n = tape->n_nodes;
    tape->steps = sm_calloc(3 * n, sizeof *tape->steps);
    tape->n_steps = 0;
    for (size_t i = 0; i < n; i++)
        put(tape, i, SM_FORWARD);
    if (tape->options.plan != SM_PLAN_TRAIN) return;
    for (size_t end = n, first; end > 0; end = first) {
        const char *const scope = tape->nodes[end - 1].scope;
        for (first = end - 1; first > 0 && tape->nodes[first - 1].scope == scope;)
            first--;
        if (tape->options.recompute && scope[0] != '\0') put_again(tape, first, end);
        for (size_t i = end; i-- > first;)
            if (tape->nodes[i].active) put(tape, i, SM_BACKWARD);
    }
}
