/* Ids of items: see ids.h. SPDX-License-Identifier: MIT */
#include "ids.h"

#include <seimai/hash.h>

typedef struct slot {
    sm_span id; /* p NULL: free */
    size_t place;
} slot;

struct sm_eval_ids {
    slot *slots; /* (cap), a power of two, at most half of them taken */
    size_t n, cap;
};

sm_eval_ids *sm_eval_ids_new(void)
{
    sm_eval_ids *const ids = sm_calloc(1, sizeof *ids);
    ids->cap = 64;
    ids->slots = sm_calloc(ids->cap, sizeof *ids->slots);
    return ids;
}

void sm_eval_ids_free(sm_eval_ids *ids)
{
    if (!ids) return;
    sm_free(ids->slots);
    sm_free(ids);
}

static slot *slot_of(const sm_eval_ids *ids, sm_span id)
{
    size_t at = (size_t)sm_hash64(id) & (ids->cap - 1);
    while (ids->slots[at].id.p && !sm_span_equal(ids->slots[at].id, id))
        at = (at + 1) & (ids->cap - 1);
    return &ids->slots[at];
}

size_t sm_eval_ids_find(const sm_eval_ids *ids, sm_span id)
{
    const slot *const s = slot_of(ids, id);
    return s->id.p ? s->place : SM_EVAL_NONE;
}

static void grow(sm_eval_ids *ids)
{
    const sm_eval_ids old = *ids;
    ids->cap *= 2;
    ids->slots = sm_calloc(ids->cap, sizeof *ids->slots);
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i].id.p) *slot_of(ids, old.slots[i].id) = old.slots[i];
    sm_free(old.slots);
}

void sm_eval_ids_add(sm_eval_ids *ids, sm_span id, size_t place)
{
    if (2 * (ids->n + 1) > ids->cap) grow(ids);
    *slot_of(ids, id) = (slot){id.p ? id : SM_SPAN(""), place};
    ids->n++;
}
