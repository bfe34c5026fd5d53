/* The memory plan: see arena.h.
 * SPDX-License-Identifier: MIT */
#include "net/arena.h"

#include <stdlib.h>

enum { ALIGN = 16 }; /* floats */

#define NO_LIFE                                                                                \
    {                                                                                          \
        SM_NOWHERE, 0                                                                          \
    }

/* Lives of a tensor's value, in the pass forward and after it, and of its gradient. */
typedef struct lives {
    sm_life value[2], gradient;
    bool kept;  /* an aux */
    bool again; /* written a second time: the two lives of its value are apart */
} lives;

static void stretch(sm_life *life, size_t time)
{
    life->birth = time < life->birth ? time : life->birth;
    life->death = time > life->death ? time : life->death;
}

static lives *lives_of(const sm_tape *tape, lives *all, sm_id id)
{
    return all + tape->tensors[id].root;
}

static void live_forward(const sm_tape *tape, lives *all, const sm_node *node, size_t time,
                         bool again)
{
    for (uint32_t i = 0; i < node->n_in; i++)
        stretch(lives_of(tape, all, node->in[i])->value + again, time);
    if (node->out != SM_NONE) {
        lives *const out = lives_of(tape, all, node->out);
        stretch(out->value + again, time);
        out->again |= again;
    }
    if (node->aux == SM_NONE) return;
    stretch(all[node->aux].value + again, time);
    all[node->aux].kept = true;
    all[node->aux].again |= again;
}

static void live_backward(const sm_tape *tape, lives *all, const sm_node *node, size_t time,
                          bool later)
{
    for (uint32_t i = 0; i < node->n_in; i++) {
        lives *const in = lives_of(tape, all, node->in[i]);
        if (node->wants_in[i]) stretch(&in->gradient, time);
        if (node->saves_in) stretch(in->value + later, time);
    }
    if (node->out != SM_NONE) {
        lives *const out = lives_of(tape, all, node->out);
        stretch(&out->gradient, time);
        if (node->op->saves_out) stretch(out->value + later, time);
    }
    if (node->aux != SM_NONE) stretch(all[node->aux].value + later, time);
}

/* In the order of backward, the first to reach a gradient writes it, the others add. */
static void decide_adding(sm_tape *tape)
{
    bool *const touched = sm_calloc(tape->n_tensors, sizeof *touched);
    for (size_t i = tape->n_nodes; i-- > 0;) {
        sm_node *const node = tape->nodes + i;
        for (uint32_t k = 0; k < node->n_in && node->active; k++) {
            if (!node->wants_in[k]) continue;
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

/* The head's forward leaves its gradient at once. */
static void live_step(const sm_tape *tape, lives *all, sm_step step, size_t time)
{
    const sm_node *const node = tape->nodes + step.node;
    if (step.phase != SM_BACKWARD)
        live_forward(tape, all, node, time, step.phase == SM_AGAIN);
    else if (!node->op->is_head)
        live_backward(tape, all, node, time, true);
    if (step.phase == SM_FORWARD && node->op->is_head && node->active &&
        tape->options.plan == SM_PLAN_TRAIN)
        live_backward(tape, all, node, time, false);
}

static lives *find_lives(const sm_tape *tape)
{
    const sm_life none = NO_LIFE;
    lives *const all = sm_malloc(tape->n_tensors * sizeof *all);
    for (size_t i = 0; i < tape->n_tensors; i++)
        all[i] = (lives){{none, none}, none, false, false};
    for (size_t time = 0; time < tape->n_steps; time++)
        live_step(tape, all, tape->steps[time], time);
    for (size_t i = 0; i < tape->n_tensors; i++) {
        sm_life *const value = all[i].value;
        if (all[i].again || value[1].birth == SM_NOWHERE) continue;
        stretch(value, value[1].birth);
        stretch(value, value[1].death);
        value[1] = none;
    }
    return all;
}

/* Scratch lives while its step runs, forward perhaps twice. */
static void add_scratch(sm_tape *tape, sm_piece *pieces, size_t *n)
{
    sm_piece **const of_node = sm_calloc(tape->n_nodes, sizeof(sm_piece *));
    for (size_t time = 0; time < tape->n_steps; time++) {
        const sm_step step = tape->steps[time];
        sm_node *const node = tape->nodes + step.node;
        const bool back = step.phase == SM_BACKWARD;
        const size_t floats = node->op->scratch ? node->op->scratch(tape, node, back) : 0;
        if (floats == 0) continue;
        if (step.phase == SM_AGAIN) {
            of_node[step.node]->life[1] = (sm_life){time, time};
            continue;
        }
        sm_piece *const piece = pieces + (*n)++;
        *piece = (sm_piece){.name = node->name,
                            .what = "scratch",
                            .floats = floats,
                            .life = {{time, time}, NO_LIFE},
                            .at = back ? &node->scratch_back_at : &node->scratch_at};
        if (!back) of_node[step.node] = piece;
    }
    sm_free((void *)of_node);
}

size_t sm_arena_pieces(sm_tape *tape, sm_piece **pieces)
{
    const size_t rows = (size_t)tape->options.B * tape->options.T;
    lives *const all = find_lives(tape);
    size_t n = 0;
    const size_t most = 2 * (tape->n_tensors + tape->n_nodes) + tape->n_params;
    *pieces = sm_calloc(most, sizeof **pieces);
    decide_adding(tape);
    for (size_t i = 0; i < tape->n_tensors; i++) {
        sm_tensor *const t = tape->tensors + i;
        const lives *const l = all + i;
        const sm_piece piece = {.name = t->name, .width = t->width, .floats = rows * t->width};
        if (l->value[0].birth != SM_NOWHERE) {
            sm_piece *const value = *pieces + n++;
            *value = piece;
            value->what = l->kept ? "kept" : "value";
            value->life[0] = l->value[0];
            value->life[1] = l->value[1];
            value->at = &t->value_at;
        }
        if (l->gradient.birth != SM_NOWHERE) {
            sm_piece *const gradient = *pieces + n++;
            *gradient = piece;
            gradient->what = "gradient";
            gradient->life[0] = l->gradient;
            gradient->life[1] = (sm_life)NO_LIFE;
            gradient->at = &t->grad_at;
        }
    }
    add_scratch(tape, *pieces, &n);
    if (tape->options.own_gradient) n += sm_arena_gradients(tape, *pieces + n);
    sm_free(all);
    return n;
}

/* What has a place first, then larger pieces; equal ones in the order of their birth, then as listed. */
static int by_size(const void *a, const void *b)
{
    const sm_piece *const x = *(const sm_piece *const *)a, *const y =
                                                               *(const sm_piece *const *)b;
    if (x->fixed != y->fixed) return x->fixed ? -1 : 1;
    if (x->floats != y->floats) return x->floats < y->floats ? 1 : -1;
    if (x->life[0].birth != y->life[0].birth)
        return x->life[0].birth < y->life[0].birth ? -1 : 1;
    return x < y ? -1 : x > y;
}

static int by_place(const void *a, const void *b)
{
    const sm_piece *const x = *(const sm_piece *const *)a, *const y =
                                                               *(const sm_piece *const *)b;
    return *x->at < *y->at ? -1 : *x->at > *y->at;
}

static bool live_together(const sm_piece *a, const sm_piece *b)
{
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++)
            if (a->life[i].birth <= b->life[k].death && b->life[k].birth <= a->life[i].death)
                return true;
    return false;
}

/* The lowest gap among the pieces that live at the same time; `near` is scratch for their list. */
static size_t lowest_place(const sm_piece *piece, sm_piece *const placed[], size_t n,
                           sm_piece **near)
{
    size_t m = 0, at = 0;
    for (size_t i = 0; i < n; i++)
        if (live_together(placed[i], piece)) near[m++] = placed[i];
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
        if (!order[i]->fixed) *order[i]->at = lowest_place(order[i], order, i, near);
        const size_t end = *order[i]->at + order[i]->floats;
        size = end > size ? end : size;
    }
    sm_free(order);
    sm_free(near);
    return size;
}
