/* Gathering: all pairs of a text with their places, by the symbol on the left.
 * SPDX-License-Identifier: MIT */
#include "learner_internal.h"

enum {
    GATHER_JUNCTIONS = 1 << 22 /* junctions that are sorted by their left symbol at once */
};

/* A token with the one after it. */
typedef struct junction {
    uint32_t place, right;
} junction;

/* The pairs that begin with a symbol, of which all junctions are listed. */
static void gather_symbol(learner *l, uint32_t symbol, const junction *list, size_t n)
{
    const places_group *g = l->text.groups;
    learner_side *right = &l->parts[0].right;
    for (size_t i = 0; i < n; i++) {
        const uint32_t next = list[i].place + l->length[symbol];
        g = places_group_from(&l->text, g, next);
        learner_note(l, right, list[i].right, next, g);
    }
    for (size_t i = 0; i < right->n_touched; i++) {
        const uint32_t y = right->touched[i];
        learner_keep(l, pair_key(symbol, y), &right->by[y]);
    }
    for (size_t i = 0; i < n; i++) {
        learner_change *c = &right->by[list[i].right];
        if (c->fill) *c->fill++ = list[i].place;
    }
    learner_forget(right);
}

/* The next junction at or after place *p, in the order of the text; false at the end. */
static inline bool next_junction(const learner *l, uint32_t *p, junction *j)
{
    const uint32_t *at = l->text.at, n = (uint32_t)l->text.n;
    for (uint32_t place = *p; place + 1 < n;) {
        const uint32_t left = at[place], next = place + (left == WALL ? 1 : l->length[left]);
        const uint32_t right = at[next];
        *p = next;
        if (left != WALL && right != WALL) {
            *j = (junction){place, right};
            return true;
        }
        place = next;
    }
    return false;
}

/* The junctions of the symbols in [from, to), by symbol; ends[s] is moved from where those of s begin to where
 * they end. */
static void sort_junctions(const learner *l, uint32_t from, uint32_t to, size_t *ends,
                           junction *sorted)
{
    junction j;
    for (uint32_t p = 0; next_junction(l, &p, &j);) {
        const uint32_t s = l->text.at[j.place];
        if (s - from < to - from) sorted[ends[s]++] = j;
    }
}

/* Turns the numbers of junctions of as many symbols as fit into `room` into where they begin. */
static uint32_t range_end(const learner *l, uint32_t from, size_t *starts, size_t room)
{
    size_t sum = 0;
    uint32_t to = from;
    for (; to < l->n_symbols && sum + starts[to] <= room; to++) {
        const size_t n = starts[to];
        starts[to] = sum;
        sum += n;
    }
    return to;
}

/* All pairs of the text as it stands, a range of left symbols at a time. */
void learner_gather(learner *l)
{
    size_t *starts = sm_calloc(l->n_symbols + 1, sizeof *starts), room = GATHER_JUNCTIONS;
    junction j;
    for (uint32_t p = 0; next_junction(l, &p, &j);)
        starts[l->text.at[j.place]]++;
    for (size_t s = 0; s < l->n_symbols; s++)
        if (starts[s] > room) room = starts[s];
    junction *sorted = sm_malloc(room * sizeof *sorted);
    for (uint32_t from = 0, to; from < l->n_symbols; from = to) {
        to = range_end(l, from, starts, room);
        sort_junctions(l, from, to, starts, sorted);
        for (uint32_t s = from, start = 0; s < to; start = (uint32_t)starts[s++])
            if (starts[s] > start) gather_symbol(l, s, sorted + start, starts[s] - start);
    }
    sm_free(starts);
    sm_free(sorted);
}
