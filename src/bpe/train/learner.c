/* Choosing a pair; the lists of places; set-up.
 * SPDX-License-Identifier: MIT */
#include "learner_internal.h"

#include <string.h>

enum { LONG_LIST = 1 << 15 /* places: such a list is given back as soon as it is merged */ };

/* ---- candidates ----------------------------------------------------------------------------- */

static void park(learner *l, pair *p, uint32_t unit)
{
    p->state = PAIR_PARKED;
    p->next = l->parked[unit];
    l->parked[unit] = (uint32_t)(p - l->pairs.p) + 1;
}

void learner_offer(learner *l, pair *p)
{
    if (p->state != PAIR_OPEN) return;
    const int64_t now = tally_priority(&p->sum, l->weight);
    if (now < (int64_t)l->floor * PRIORITY_UNIT) return;
    const uint32_t a = pair_left(p->key), b = pair_right(p->key);
    if (l->output[a] == WALL) {
        park(l, p, a);
    } else if (l->output[b] == WALL) {
        park(l, p, b);
    } else {
        const uint64_t key = pair_key(l->output[a], l->output[b]);
        queue_put(&l->queue, p, (uint32_t)(p - l->pairs.p), now, key);
    }
}

void learner_complete(learner *l, uint32_t unit, uint32_t output)
{
    l->output[unit] = output;
    for (uint32_t i = l->parked[unit]; i;) {
        pair *p = &l->pairs.p[i - 1];
        i = p->next;
        p->state = PAIR_OPEN;
        learner_offer(l, p);
    }
    l->parked[unit] = 0;
}

/* The next bucket of the queue, with the priorities of today. */
static bool descend(learner *l)
{
    uint32_t link = queue_descend(&l->queue);
    const bool any = link != 0;
    while (link) {
        pair *p = &l->pairs.p[queue_walk(&l->queue, &link)];
        if (!queue_is_current(&l->queue, p)) continue;
        p->queued = PAIR_NOT_QUEUED;
        learner_offer(l, p);
    }
    return any;
}

pair *learner_top(learner *l, queue_entry *at)
{
    do {
        for (const queue_entry *e; (e = queue_peek(&l->queue));) {
            pair *p = &l->pairs.p[e->index];
            const bool stale = p->state == PAIR_DONE || e->priority != p->queued;
            *at = *e;
            if (!stale && tally_priority(&p->sum, l->weight) == e->priority) return p;
            queue_pop(&l->queue);
            if (stale) continue;
            p->queued = PAIR_NOT_QUEUED;
            learner_offer(l, p);
        }
    } while (descend(l));
    return NULL;
}

void learner_veto(learner *l, pair *p)
{
    queue_pop(&l->queue);
    p->state = PAIR_DONE;
}

static void offer_all(learner *l)
{
    queue_clear(&l->queue);
    for (size_t i = 0; i < l->pairs.n; i++) {
        l->pairs.p[i].queued = PAIR_NOT_QUEUED;
        learner_offer(l, &l->pairs.p[i]);
    }
}

void learner_harden(learner *l)
{
    l->weight = 0;
    offer_all(l);
}

/* ---- lists of places ------------------------------------------------------------------------ */

static uint32_t *new_list(learner *l, size_t n)
{
    const size_t bytes = n * sizeof(uint32_t);
    return n >= LONG_LIST ? sm_malloc(bytes) : sm_arena_alloc(&l->lists, bytes);
}

void learner_drop_list(pair *p)
{
    if (p->n_places >= LONG_LIST) sm_free(p->places);
    p->places = NULL;
}

static void drop_pairs(learner *l)
{
    for (size_t i = 0; i < l->pairs.n; i++)
        learner_drop_list(&l->pairs.p[i]);
    sm_arena_free(&l->lists);
    pairs_fini(&l->pairs);
    memset(l->parked, 0, l->n_units * sizeof *l->parked);
}

/* A pair is worth keeping if it is frequent enough and its token not too long. */
void learner_keep(learner *l, uint64_t key, learner_change *c)
{
    const size_t chars = (size_t)l->chars[pair_left(key)] + l->chars[pair_right(key)];
    if ((uint64_t)c->sum.count < l->floor || (l->max_chars && chars > l->max_chars)) return;
    pair *p = pairs_add(&l->pairs, key);
    p->sum = c->sum;
    p->n_places = c->n;
    p->places = c->fill = new_list(l, c->n);
    learner_offer(l, p);
}

bool learner_lower(learner *l)
{
    if (l->floor <= l->lowest) return false;
    l->floor = l->floor / 4 > l->lowest ? l->floor / 4 : l->lowest;
    drop_pairs(l);
    queue_clear(&l->queue);
    learner_gather(l);
    return true;
}

/* ---- looking at a candidate --------------------------------------------------------------- */

bool learner_stands_in(const learner *l, const pair *p, uint64_t least)
{
    const uint32_t a = pair_left(p->key), b = pair_right(p->key), *at = l->text.at;
    const places_word *last = NULL;
    uint64_t sum = 0;
    for (size_t i = 0; i < p->n_places && sum < least; i++) {
        const uint32_t place = p->places[i];
        if (at[place] != a || at[place + l->length[a]] != b) continue;
        const places_word *w = places_word_of(&l->text, place);
        if (w != last) sum += w->documents;
        last = w;
    }
    return sum >= least;
}

/* ---- set-up ---------------------------------------------------------------------------------- */

static void side_init(learner_side *s, size_t symbols)
{
    s->by = sm_calloc(symbols, sizeof *s->by);
    s->touched = sm_malloc(symbols * sizeof *s->touched);
}

static void side_fini(learner_side *s)
{
    sm_free(s->by);
    sm_free(s->touched);
}

int learner_init(learner *l, const sm_counts *counts, const sm_bpe_options *options,
                 const learner_setup *setup, sm_error *err)
{
    const size_t symbols = setup->n_units + options->merges + 1;
    *l = (learner){.n_units = setup->n_units,
                   .n_symbols = setup->n_units,
                   .weight = setup->weight,
                   .lowest = options->min_count,
                   .max_chars = options->max_chars,
                   .threads = setup->threads};
    l->floor = setup->floor > l->lowest ? setup->floor : l->lowest;
    const unsigned with =
        (l->weight > 0 ? PLACES_EDGES : 0) | (setup->with_documents ? PLACES_DOCUMENTS : 0);
    SM_TRY(places_init(&l->text, counts, &setup->units, with, err));
    l->output = sm_malloc(symbols * sizeof *l->output);
    l->length = sm_malloc(symbols * sizeof *l->length);
    l->chars = sm_malloc(symbols * sizeof *l->chars);
    l->parked = sm_calloc(setup->n_units + 1, sizeof *l->parked);
    memcpy(l->output, setup->output, setup->n_units * sizeof *l->output);
    memcpy(l->chars, setup->chars, setup->n_units * sizeof *l->chars);
    for (size_t i = 0; i < setup->n_units; i++)
        l->length[i] = 1;
    l->parts = sm_calloc(l->threads, sizeof *l->parts);
    for (unsigned i = 0; i < l->threads; i++) {
        side_init(&l->parts[i].left, symbols);
        side_init(&l->parts[i].right, symbols);
    }
    queue_clear(&l->queue);
    learner_gather(l);
    return 0;
}

void learner_fini(learner *l)
{
    if (l->parked) drop_pairs(l);
    queue_fini(&l->queue);
    places_fini(&l->text);
    for (unsigned i = 0; l->parts && i < l->threads; i++) {
        side_fini(&l->parts[i].left);
        side_fini(&l->parts[i].right);
    }
    sm_free(l->parts);
    sm_free(l->output);
    sm_free(l->length);
    sm_free(l->chars);
    sm_free(l->parked);
}
