/* The table of pairs and its queue, a binary heap.
 * SPDX-License-Identifier: MIT */
#include "pairs.h"

void pairs_fini(pairs *t)
{
    sm_free(t->p);
    sm_free(t->slots);
    sm_free(t->heap);
}

static size_t home(const pairs *t, uint64_t key)
{
    const uint64_t h = key * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(h ^ h >> 32) & t->mask;
}

static void grow(pairs *t)
{
    const size_t size = t->slots ? (t->mask + 1) * 2 : 4096;
    sm_free(t->slots);
    t->slots = sm_calloc(size, sizeof *t->slots);
    t->mask = size - 1;
    for (size_t k = 0; k < t->n; k++) {
        size_t i = home(t, t->p[k].key);
        while (t->slots[i])
            i = (i + 1) & t->mask;
        t->slots[i] = (uint32_t)(k + 1);
    }
}

pair *pairs_add(pairs *t, uint64_t key)
{
    if (!t->slots || t->n * 2 >= t->mask) grow(t);
    size_t i = home(t, key);
    while (t->slots[i])
        i = (i + 1) & t->mask;
    t->p = sm_array_grow(t->p, t->n, &t->cap, sizeof *t->p);
    t->slots[i] = (uint32_t)(t->n + 1);
    t->p[t->n] = (pair){.key = key, .queued = PAIR_NOT_QUEUED};
    return &t->p[t->n++];
}

pair *pairs_find(const pairs *t, uint64_t key)
{
    if (!t->slots) return NULL;
    for (size_t i = home(t, key); t->slots[i]; i = (i + 1) & t->mask)
        if (t->p[t->slots[i] - 1].key == key) return &t->p[t->slots[i] - 1];
    return NULL;
}

/* ---- the queue ---------------------------------------------------------------------------- */

static bool before(const queue_entry *a, const queue_entry *b)
{
    return a->priority != b->priority ? a->priority > b->priority : a->key < b->key;
}

void pairs_push(pairs *t, pair *p, int64_t priority)
{
    const queue_entry e = {priority, p->key, (uint32_t)(p - t->p)};
    t->heap = sm_array_grow(t->heap, t->n_heap, &t->cap_heap, sizeof *t->heap);
    size_t i = t->n_heap++;
    for (; i > 0 && before(&e, &t->heap[(i - 1) / 2]); i = (i - 1) / 2)
        t->heap[i] = t->heap[(i - 1) / 2];
    t->heap[i] = e;
    p->queued = priority;
}

bool pairs_pop(pairs *t, queue_entry *entry)
{
    if (t->n_heap == 0) return false;
    *entry = t->heap[0];
    const queue_entry last = t->heap[--t->n_heap];
    size_t i = 0;
    for (size_t child = 1; child < t->n_heap; child = 2 * i + 1) {
        if (child + 1 < t->n_heap && before(&t->heap[child + 1], &t->heap[child])) child++;
        if (!before(&t->heap[child], &last)) break;
        t->heap[i] = t->heap[child];
        i = child;
    }
    t->heap[i] = last;
    return true;
}

void pairs_clear_queue(pairs *t)
{
    t->n_heap = 0;
    for (size_t i = 0; i < t->n; i++)
        t->p[i].queued = PAIR_NOT_QUEUED;
}
