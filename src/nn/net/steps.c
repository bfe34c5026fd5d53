/* The steps of a run: every node forward, then backward from the last. What a cheap operator gave (a norm, SwiGLU, GELU) is
 * not kept for the backward of the node that read it: the operator runs again just before. With recomputation a whole block does so
 * (Chen et al.: "Training deep nets with sublinear memory cost", 2016), but for the nodes of which its backward needs
 * nothing; what it computes from, the output of the block before, was kept. Same numbers in, same numbers out: the bits
 * are those of a run that kept everything.
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

/* Whether a later node works in the memory of a tensor. */
static bool is_changed(const sm_tape *tape, size_t node, sm_id id)
{
    for (size_t i = node + 1; i < tape->n_nodes; i++)
        if (tape->nodes[i].op->in_place &&
            tape->tensors[tape->nodes[i].out].root == tape->tensors[id].root)
            return true;
    return false;
}

/* Whether running the node once more gives what it gave: it reads and writes what nobody has changed since. */
static bool can_repeat(const sm_tape *tape, size_t i)
{
    const sm_node *const node = tape->nodes + i;
    return node->op->is_cheap && !is_changed(tape, i, node->in[0]) &&
           !is_changed(tape, i, node->out);
}

static bool is_input(const sm_tape *tape, const sm_node *reader, sm_id id)
{
    for (uint32_t k = 0; k < reader->n_in; k++)
        if (tape->tensors[reader->in[k]].root == tape->tensors[id].root) return true;
    return false;
}

/* The cheap nodes, among those before `reader`, whose output its backward reads; each once. */
static void put_cheap_again(sm_tape *tape, size_t reader, bool *repeated)
{
    const sm_node *const node = tape->nodes + reader;
    if (!node->saves_in || node->op->is_head) return;
    for (size_t i = 0; i < reader; i++) {
        const bool repeats = !repeated[i] && can_repeat(tape, i);
        if (!repeats || !is_input(tape, node, tape->nodes[i].out)) continue;
        repeated[i] = true;
        put(tape, i, SM_AGAIN);
    }
}

void sm_tape_schedule(sm_tape *tape)
{
    const size_t n = tape->n_nodes;
    bool *const repeated = sm_calloc(n, sizeof *repeated);
    tape->steps = sm_calloc(3 * n, sizeof *tape->steps);
    tape->n_steps = 0;
    for (size_t i = 0; i < n; i++)
        put(tape, i, SM_FORWARD);
    for (size_t end = tape->options.plan == SM_PLAN_TRAIN ? n : 0, first; end > 0;
         end = first) {
        const char *const scope = tape->nodes[end - 1].scope;
        for (first = end - 1; first > 0 && tape->nodes[first - 1].scope == scope;)
            first--;
        const bool whole = tape->options.recompute && scope[0] != '\0';
        if (whole) put_again(tape, first, end);
        for (size_t i = end; i-- > first;) {
            if (!tape->nodes[i].active) continue;
            if (!whole) put_cheap_again(tape, i, repeated);
            put(tape, i, SM_BACKWARD);
        }
    }
    sm_free(repeated);
}
