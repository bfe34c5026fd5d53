/* What is trained: which parameters, where their gradients lie, and how far down backward has to go: see tape.h.
 * SPDX-License-Identifier: MIT */
#include <fnmatch.h>
#include <string.h>

#include "model/module.h"
#include "net/tape.h"

enum { GROUP = 16 }; /* floats: as in the vector of weights */

/* ---- by name ---------------------------------------------------------------------------------- */

/* With LoRA the model's own parameters rest, but for the modules that are saved whole. */
static bool rests(const sm_tape *tape, size_t i)
{
    const sm_lora *const lora = tape->options.lora;
    if (!lora || i >= tape->n_model_params) return false;
    for (const char *const *name = lora->saved; name && *name; name++)
        if (sm_module_fits(sm_module_of(tape->params[i].name), *name)) return false;
    return true;
}

/* Freezes what a pattern fits, or takes that back; gives how many it fits. */
static size_t apply(const sm_tape *tape, const char *pattern, bool *frozen)
{
    const bool takes_back = pattern[0] == '!';
    size_t fits = 0;
    for (size_t i = 0; i < tape->n_params; i++) {
        if (fnmatch(pattern + takes_back, tape->params[i].name, 0) != 0) continue;
        frozen[i] = !takes_back;
        fits++;
    }
    return fits;
}

static int choose(const sm_tape *tape, bool *frozen, sm_error *err)
{
    for (size_t i = 0; i < tape->n_params; i++)
        frozen[i] = rests(tape, i);
    for (const char *const *p = tape->options.freeze; p && *p; p++)
        if (apply(tape, *p, frozen) == 0)
            SM_FAIL(err, SM_EUSAGE, "freeze: '%s' fits no parameter", *p);
    return SM_OK;
}

/* ---- places ------------------------------------------------------------------------------------- */

/* What lies side by side in the weights does so in the gradient; everything else begins at a cache line. */
static void give_places(sm_tape *tape, const bool *frozen)
{
    size_t at = 0,
           next = SM_NOWHERE; /* where the next one would lie side by side with the last */
    tape->trained = 0;
    for (size_t i = 0; i < tape->n_params; i++) {
        sm_param *const p = tape->params + i;
        if (frozen[i]) continue;
        if (p->offset != next) at = (at + GROUP - 1) / GROUP * GROUP;
        p->trainable_at = at;
        at += p->n;
        next = p->offset + p->n;
        tape->trained += p->n;
    }
    tape->trainable = (at + GROUP - 1) / GROUP * GROUP;
}

int sm_tape_freeze(sm_tape *tape, sm_error *err)
{
    bool *const frozen = sm_calloc(tape->n_params, sizeof *frozen);
    const int status = choose(tape, frozen, err);
    give_places(tape, frozen);
    sm_free(frozen);
    SM_TRY(status);
    if (tape->options.freeze && tape->options.plan == SM_PLAN_TRAIN && tape->trained == 0)
        SM_FAIL(err, SM_EUSAGE, "freeze: nothing is left to train");
    return SM_OK;
}

static const sm_param *param_at(const sm_tape *tape, size_t offset)
{
    size_t i = 0;
    while (tape->params[i].offset != offset)
        i++;
    return tape->params + i;
}

sm_parts sm_tape_parts(sm_tape *tape, size_t offset, size_t n, size_t each)
{
    const sm_param *const end = tape->params + tape->n_params;
    const sm_param *p = param_at(tape, offset);
    sm_part *const parts = sm_arena_zalloc(&tape->names, (size_t)(end - p), sizeof *parts);
    uint32_t count = 0;
    for (; p < end && p->offset < offset + n * each; p++) {
        const uint32_t column = (uint32_t)((p->offset - offset) / each);
        const uint32_t width = (uint32_t)(p->n / each);
        sm_part *const last = parts + count - (count > 0);
        if (p->trainable_at == SM_FROZEN) continue;
        if (count > 0 && last->column + last->width == column) /* then so is the gradient */
            last->width += width;
        else
            parts[count++] = (sm_part){column, width, p->trainable_at};
    }
    return (sm_parts){parts, count};
}

/* ---- along the tape ------------------------------------------------------------------------------- */

static sm_id root_of(const sm_tape *tape, sm_id id)
{
    return tape->tensors[id].root;
}

/* Tensors that no node makes come from outside; who put them there wants their gradients. */
static void need_outside(const sm_tape *tape, bool *needed)
{
    for (size_t i = 0; i < tape->n_tensors; i++)
        needed[root_of(tape, (sm_id)i)] = true;
    for (size_t i = 0; i < tape->n_nodes; i++) {
        const sm_node *const node = tape->nodes + i;
        if (node->out != SM_NONE && !node->op->in_place)
            needed[root_of(tape, node->out)] = false;
        if (node->aux != SM_NONE) needed[root_of(tape, node->aux)] = false;
    }
}

static void place_parts(sm_tape *tape, sm_node *node)
{
    const size_t outputs = tape->tensors[node->out].width;
    const size_t each = node->weight_rows * node->weight_columns / outputs;
    node->parts = sm_tape_parts(tape, node->weight, outputs, each);
    if (node->bias != SM_NOWHERE)
        node->bias_parts = sm_tape_parts(tape, node->bias, outputs, 1);
    sm_low_ranks *const a = node->adapter;
    if (!a) return;
    a->dA = sm_tape_parts(tape, a->A, a->rank, tape->tensors[node->in[0]].width);
    for (uint32_t i = 0; i < a->n; i++)
        a->items[i].dB = param_at(tape, a->items[i].B)->trainable_at;
}

/* Where the gradients of a node's weights go; tells whether there are any. */
static bool place_gradients(sm_tape *tape, sm_node *node)
{
    if (node->op->is_linear) {
        place_parts(tape, node);
        return node->parts.n > 0 || node->bias_parts.n > 0 || node->adapter;
    }
    if (node->weight != SM_NOWHERE) node->gradient = param_at(tape, node->weight)->trainable_at;
    if (node->bias != SM_NOWHERE)
        node->bias_gradient = param_at(tape, node->bias)->trainable_at;
    return node->gradient != SM_NOWHERE || node->bias_gradient != SM_NOWHERE;
}

static void trace_node(sm_tape *tape, sm_node *node, bool *needed)
{
    node->active = place_gradients(tape, node);
    for (uint32_t k = 0; k < node->n_in; k++)
        node->active |= needed[root_of(tape, node->in[k])];
    if (node->active && node->out != SM_NONE) needed[root_of(tape, node->out)] = true;
}

static void note_wishes(const sm_tape *tape, sm_node *node, const bool *needed)
{
    for (uint32_t k = 0; k < node->n_in && node->active; k++)
        node->wants_in[k] = node->op->joint_in || needed[root_of(tape, node->in[k])];
    const bool reads =
        !node->op->is_linear || node->parts.n > 0 || (node->adapter && node->adapter->dA.n > 0);
    node->saves_in = node->active && node->op->saves_in && reads;
}

void sm_tape_trace(sm_tape *tape)
{
    bool *const needed = sm_calloc(tape->n_tensors, sizeof *needed);
    need_outside(tape, needed);
    for (size_t i = 0; i < tape->n_nodes; i++)
        trace_node(tape, tape->nodes + i, needed);
    for (size_t i = 0; i < tape->n_nodes; i++)
        note_wishes(tape, tape->nodes + i, needed);
    sm_free(needed);
}
