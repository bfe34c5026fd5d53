/* The memory plan: see arena.h.
 * SPDX-License-Identifier: MIT */
#include "net/arena.h"

#include <stdlib.h>

enum { ALIGN = 16 }; /* floats */

/* Lives of a tensor's value and of its gradient; birth > death: none. */
typedef struct lives {
    size_t value_birth, value_death, grad_birth, grad_death;
    bool kept; /* an aux */
} lives;

static void stretch(size_t *birth, size_t *death, size_t time)
{
    *birth = time < *birth ? time : *birth;
    *death = time > *death || *death == SM_NOWHERE ? time : *death;
}

static void live_value(const sm_tape *tape, lives *all, sm_id id, size_t time)
{
    lives *const l = all + tape->tensors[id].root;
    stretch(&l->value_birth, &l->value_death, time);
}

static void live_grad(const sm_tape *tape, lives *all, sm_id id, size_t time)
{
    lives *const l = all + tape->tensors[id].root;
    stretch(&l->grad_birth, &l->grad_death, time);
}

static void live_forward(const sm_tape *tape, lives *all, const sm_node *node, size_t time)
{
    for (uint32_t i = 0; i < node->n_in; i++)
        live_value(tape, all, node->in[i], time);
    if (node->out != SM_NONE) live_value(tape, all, node->out, time);
    if (node->aux == SM_NONE) return;
    live_value(tape, all, node->aux, time);
    all[node->aux].kept = true;
}

static void live_backward(const sm_tape *tape, lives *all, const sm_node *node, size_t time)
{
    for (uint32_t i = 0; i < node->n_in; i++) {
        live_grad(tape, all, node->in[i], time);
        if (node->op->saves_in) live_value(tape, all, node->in[i], time);
    }
    if (node->out != SM_NONE) live_grad(tape, all, node->out, time);
    if (node->op->saves_out) live_value(tape, all, node->out, time);
    if (node->aux != SM_NONE) live_value(tape, all, node->aux, time);
}

/* In the order of backward, the first to reach a gradient writes it, the others add. */
static void decide_adding(sm_tape *tape)
{
    bool *const touched = sm_calloc(tape->n_tensors, sizeof *touched);
    for (size_t i = tape->n_nodes; i-- > 0;) {
        sm_node *const node = tape->nodes + i;
        for (uint32_t k = 0; k < node->n_in; k++) {
            const bool alone =
                node->op->sole_reader || (node->op->in_place && k + 1 == node->n_in);
            if (alone && touched[node->in[k]]) abort(); /* a model that was built wrongly */
            node->adds_in[k] = touched[node->in[k]];
            touched[node->in[k]] = true;
        }
        for (size_t later = i + 1; later < tape->n_nodes && node->weight != SM_NOWHERE; later++)
            if (tape->nodes[later].weight == node->weight) node->adds_weight = true;
    }
    sm_free(touched);
}

static lives *find_lives(const sm_tape *tape)
{
    const bool train = tape->options.plan == SM_PLAN_TRAIN;
    const size_t n = tape->n_nodes;
    lives *const all = sm_malloc(tape->n_tensors * sizeof *all);
    for (size_t i = 0; i < tape->n_tensors; i++)
        all[i] = (lives){SM_NOWHERE, SM_NOWHERE, SM_NOWHERE, SM_NOWHERE, false};
    for (size_t i = 0; i < n; i++) {
        live_forward(tape, all, tape->nodes + i, i);
        if (!train) continue;
        const bool at_once = tape->nodes[i].op->is_head;
        live_backward(tape, all, tape->nodes + i, at_once ? i : 2 * n - 1 - i);
    }
    return all;
}

static void add_scratch(sm_tape *tape, sm_node *node, size_t i, sm_piece *pieces, size_t *n)
{
    if (!node->op->scratch) return;
    for (int back = 0; back < (tape->options.plan == SM_PLAN_TRAIN ? 2 : 1); back++) {
        const size_t floats = node->op->scratch(tape, node, back);
        const size_t time = back ? 2 * tape->n_nodes - 1 - i : i;
        if (floats > 0)
            pieces[(*n)++] = (sm_piece){node->name,
                                        "scratch",
                                        0,
                                        floats,
                                        time,
                                        time,
                                        back ? &node->scratch_back_at : &node->scratch_at};
    }
}

size_t sm_arena_pieces(sm_tape *tape, sm_piece **pieces)
{
    const size_t rows = (size_t)tape->options.B * tape->options.T;
    lives *const all = find_lives(tape);
    size_t n = 0;
    *pieces = sm_calloc(2 * (tape->n_tensors + tape->n_nodes), sizeof **pieces);
    decide_adding(tape);
    for (size_t i = 0; i < tape->n_tensors; i++) {
        sm_tensor *const t = tape->tensors + i;
        const lives *const l = all + i;
        if (l->value_birth != SM_NOWHERE)
            (*pieces)[n++] = (sm_piece){t->name,        l->kept ? "kept" : "value",
                                        t->width,       rows * t->width,
                                        l->value_birth, l->value_death,
                                        &t->value_at};
        if (l->grad_birth != SM_NOWHERE)
            (*pieces)[n++] =
                (sm_piece){t->name,       "gradient",    t->width,   rows * t->width,
                           l->grad_birth, l->grad_death, &t->grad_at};
    }
    for (size_t i = 0; i < tape->n_nodes; i++)
        add_scratch(tape, tape->nodes + i, i, *pieces, &n);
    sm_free(all);
    return n;
}

/* Larger pieces first; equal ones in the order of their birth, then as listed. */
static int by_size(const void *a, const void *b)
{
    const sm_piece *const x = *(const sm_piece *const *)a, *const y =
                                                               *(const sm_piece *const *)b;
    if (x->floats != y->floats) return x->floats < y->floats ? 1 : -1;
    if (x->birth != y->birth) return x->birth < y->birth ? -1 : 1;
    return x < y ? -1 : x > y;
}

static int by_place(const void *a, const void *b)
{
    const sm_piece *const x = *(const sm_piece *const *)a, *const y =
                                                               *(const sm_piece *const *)b;
    return *x->at < *y->at ? -1 : *x->at > *y->at;
}

/* The lowest gap among the pieces that live at the same time; `near` is scratch for their list. */
static size_t lowest_place(const sm_piece *piece, sm_piece *const placed[], size_t n,
                           sm_piece **near)
{
    size_t m = 0, at = 0;
    for (size_t i = 0; i < n; i++)
        if (placed[i]->birth <= piece->death && piece->birth <= placed[i]->death)
            near[m++] = placed[i];
    qsort(near, m, sizeof *near, by_place);
    for (size_t i = 0; i < m; i++) {
        if (at + piece->floats <= *near[i]->at) break;
        const size_t end = (*near[i]->at + near[i]->floats + ALIGN - 1) / ALIGN * ALIGN;
        at = end > at ? end : at;
    }
    return at;
}

size_t sm_arena_plan(sm_piece *pieces, size_t n)
{
    sm_piece **const order = sm_malloc(n * sizeof *order);
    sm_piece **const near = sm_malloc(n * sizeof *near);
    size_t size = 0;
    for (size_t i = 0; i < n; i++)
        order[i] = pieces + i;
    qsort(order, n, sizeof *order, by_size);
    for (size_t i = 0; i < n; i++) {
        *order[i]->at = lowest_place(order[i], order, i, near);
        const size_t end = *order[i]->at + order[i]->floats;
        size = end > size ? end : size;
    }
    sm_free(order);
    sm_free(near);
    return size;
}
