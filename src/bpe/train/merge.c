/* One merge, in parts of the text.
 * SPDX-License-Identifier: MIT
 *
 * A long list of places is divided between threads where a pre-token ends: no junction belongs to two parts. Each
 * part sums by neighbour in tables of its own; sums and lists do not depend on how many parts there were. */
#include <seimai/parallel.h>

#include "learner_internal.h"

#include <string.h>

enum { PART_PLACES = 1 << 15 /* fewer are not worth a thread */ };

typedef struct merging {
    learner *l;
    uint32_t a, b, made;
    uint32_t *list; /* places of the pair, then of the new symbol */
    unsigned n;     /* parts */
} merging;

/* ---- parts -------------------------------------------------------------------------------------- */

/* Does a pre-token end between two places? */
static bool are_apart(const uint32_t *at, uint32_t p, uint32_t q)
{
    while (p < q && at[p] != WALL)
        p++;
    return p < q;
}

static void divide(merging *m, size_t n)
{
    const size_t worth = n / PART_PLACES;
    const unsigned most = m->l->threads;
    m->n = worth < 1 ? 1 : worth < most ? (unsigned)worth : most;
    size_t from = 0;
    for (unsigned i = 0; i < m->n; i++) {
        size_t to = n / m->n * (i + 1);
        if (to < from) to = from;
        while (to > 0 && to < n && !are_apart(m->l->text.at, m->list[to - 1], m->list[to]))
            to++;
        if (i + 1 == m->n) to = n;
        m->l->parts[i].from = from;
        m->l->parts[i].to = from = to;
    }
}

static void in_parts(merging *m, sm_parallel_fn work)
{
    sm_error none = {0};
    const int rc = m->n == 1 ? work(m, 0, 0, &none) : sm_parallel(m->n, m->n, work, m, &none);
    (void)rc; /* no part can fail */
}

static void forget_all(merging *m)
{
    for (unsigned i = 0; i < m->n; i++) {
        learner_forget(&m->l->parts[i].left);
        learner_forget(&m->l->parts[i].right);
    }
}

/* The places of a pair lie far apart: what comes soon is fetched while the present one is worked on. */
static inline void fetch_ahead(const uint32_t *at, const uint32_t *list, size_t i, size_t end)
{
    enum { AHEAD = 16 };
    if (i + AHEAD < end) __builtin_prefetch(&at[list[i + AHEAD]]);
}

/* ---- losses -------------------------------------------------------------------------------------- */

/* Writes the new symbol wherever the pair still stands, left to right (so that of aaa the first two are
 * merged), and notes what the old junctions lose. Keeps the places of the new symbol at the part's beginning. */
static int replace_part(void *shared, unsigned worker, size_t i, sm_error *err)
{
    const merging *m = shared;
    learner *l = m->l;
    learner_part *part = &l->parts[i];
    const uint32_t a = m->a, b = m->b, step = l->length[a], end = step + l->length[b];
    uint32_t *at = l->text.at, *kept = m->list + part->from;
    const places_group *g = l->text.groups;
    (void)worker;
    (void)err;
    for (size_t k = part->from; k < part->to; k++) {
        fetch_ahead(at, m->list, k, part->to);
        const uint32_t p = m->list[k];
        if (at[p] != a || at[p + step] != b) continue;
        g = places_group_from(&l->text, g, p);
        learner_note(l, &part->left, at[p - 1], p, g);
        learner_note(l, &part->right, at[p + end], p + end, g);
        at[p + step] = INSIDE;
        at[p] = at[p + end - 1] = m->made;
        *kept++ = p;
    }
    part->to = (size_t)(kept - m->list);
    return 0;
}

static void lose(learner *l, uint64_t key, const learner_change *c)
{
    pair *p = pairs_find(&l->pairs, key);
    if (!p) return;
    p->sum.count -= c->sum.count;
    p->sum.known -= c->sum.known;
    p->sum.crossings -= c->sum.crossings;
    if (l->weight) learner_offer(l, p); /* its priority may have risen */
}

static void settle_losses(merging *m)
{
    for (unsigned i = 0; i < m->n; i++) {
        const learner_part *part = &m->l->parts[i];
        for (size_t k = 0; k < part->left.n_touched; k++) {
            const uint32_t x = part->left.touched[k];
            lose(m->l, pair_key(x, m->a), &part->left.by[x]);
        }
        for (size_t k = 0; k < part->right.n_touched; k++) {
            const uint32_t y = part->right.touched[k];
            lose(m->l, pair_key(m->b, y), &part->right.by[y]);
        }
    }
}

/* ---- gains --------------------------------------------------------------------------------------- */

/* The junction between two new symbols is noted once, by the left one. */
static int note_part(void *shared, unsigned worker, size_t i, sm_error *err)
{
    const merging *m = shared;
    learner *l = m->l;
    learner_part *part = &l->parts[i];
    const uint32_t *at = l->text.at, length = l->length[m->made];
    const places_group *g = l->text.groups;
    (void)worker;
    (void)err;
    for (size_t k = part->from; k < part->to; k++) {
        fetch_ahead(at, m->list, k, part->to);
        const uint32_t p = m->list[k], next = p + length;
        g = places_group_from(&l->text, g, p);
        if (at[p - 1] != m->made) learner_note(l, &part->left, at[p - 1], p, g);
        learner_note(l, &part->right, at[next], next, g);
    }
    return 0;
}

/* Adds a part's sums to those of the first; its n becomes how many places come before its own. */
static void unite(learner_side *all, learner_side *one)
{
    for (size_t k = 0; k < one->n_touched; k++) {
        learner_change *c = &one->by[one->touched[k]], *sum = &all->by[one->touched[k]];
        const uint32_t before = sum->n;
        if (before == 0) all->touched[all->n_touched++] = one->touched[k];
        sum->sum.count += c->sum.count;
        sum->sum.known += c->sum.known;
        sum->sum.crossings += c->sum.crossings;
        sum->n += c->n;
        c->n = before;
    }
}

static void hand_out(const learner_side *all, learner_side *one)
{
    for (size_t k = 0; k < one->n_touched; k++) {
        learner_change *c = &one->by[one->touched[k]];
        uint32_t *first = all->by[one->touched[k]].fill;
        c->fill = first ? first + c->n : NULL;
    }
}

static void settle_gains(merging *m)
{
    learner_part *parts = m->l->parts;
    for (unsigned i = 1; i < m->n; i++) {
        unite(&parts->left, &parts[i].left);
        unite(&parts->right, &parts[i].right);
    }
    for (size_t k = 0; k < parts->left.n_touched; k++) {
        const uint32_t x = parts->left.touched[k];
        learner_keep(m->l, pair_key(x, m->made), &parts->left.by[x]);
    }
    for (size_t k = 0; k < parts->right.n_touched; k++) {
        const uint32_t y = parts->right.touched[k];
        learner_keep(m->l, pair_key(m->made, y), &parts->right.by[y]);
    }
    for (unsigned i = 1; i < m->n; i++) {
        hand_out(&parts->left, &parts[i].left);
        hand_out(&parts->right, &parts[i].right);
    }
}

static int list_part(void *shared, unsigned worker, size_t i, sm_error *err)
{
    const merging *m = shared;
    const learner *l = m->l;
    const learner_part *part = &l->parts[i];
    const uint32_t *at = l->text.at, length = l->length[m->made];
    (void)worker;
    (void)err;
    for (size_t k = part->from; k < part->to; k++) {
        fetch_ahead(at, m->list, k, part->to);
        const uint32_t p = m->list[k], x = at[p - 1], y = at[p + length];
        if (x != WALL && x != m->made && part->left.by[x].fill)
            *part->left.by[x].fill++ = p - l->length[x];
        if (y != WALL && part->right.by[y].fill) *part->right.by[y].fill++ = p;
    }
    return 0;
}

void learner_merge(learner *l, pair *p, uint32_t output)
{
    const uint64_t key = p->key;
    const size_t index = (size_t)(p - l->pairs.p);
    merging m = {l, pair_left(key), pair_right(key), (uint32_t)l->n_symbols++, p->places, 1};
    queue_pop(&l->queue);
    p->state = PAIR_DONE;
    l->output[m.made] = output;
    l->length[m.made] = l->length[m.a] + l->length[m.b];
    l->chars[m.made] = l->chars[m.a] + l->chars[m.b];
    divide(&m, p->n_places);
    in_parts(&m, replace_part);
    settle_losses(&m);
    forget_all(&m);
    in_parts(&m, note_part);
    settle_gains(&m);
    in_parts(&m, list_part);
    forget_all(&m);
    learner_drop_list(&l->pairs.p[index]); /* the table may have moved */
}
