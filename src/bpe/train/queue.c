/* A binary heap above buckets.
 * SPDX-License-Identifier: MIT */
#include "queue.h"

#include <string.h>

enum { LEVELS = 1 << 14 };

void queue_fini(queue *q)
{
    sm_free(q->heap);
    sm_free(q->heads);
    sm_free(q->links);
    *q = (queue){0};
}

void queue_clear(queue *q)
{
    if (!q->heads) q->heads = sm_malloc(LEVELS * sizeof *q->heads);
    memset(q->heads, 0, LEVELS * sizeof *q->heads);
    q->n = q->n_links = 0;
    q->spare = 0;
    q->level = LEVELS;
}

/* ---- the heap ------------------------------------------------------------------------------- */

static bool before(const queue_entry *a, const queue_entry *b)
{
    return a->priority != b->priority ? a->priority > b->priority : a->key < b->key;
}

static void push(queue *q, queue_entry e)
{
    q->heap = sm_array_grow(q->heap, q->n, &q->cap, sizeof *q->heap);
    size_t i = q->n++;
    for (; i > 0 && before(&e, &q->heap[(i - 1) / 2]); i = (i - 1) / 2)
        q->heap[i] = q->heap[(i - 1) / 2];
    q->heap[i] = e;
}

const queue_entry *queue_peek(const queue *q)
{
    return q->n ? &q->heap[0] : NULL;
}

void queue_pop(queue *q)
{
    const queue_entry last = q->heap[--q->n];
    size_t i = 0;
    for (size_t child = 1; child < q->n; child = 2 * i + 1) {
        if (child + 1 < q->n && before(&q->heap[child + 1], &q->heap[child])) child++;
        if (!before(&q->heap[child], &last)) break;
        q->heap[i] = q->heap[child];
        i = child;
    }
    q->heap[i] = last;
}

/* ---- the buckets ---------------------------------------------------------------------------- */

static uint32_t level_of(int64_t priority)
{
    const int64_t whole = priority / PRIORITY_UNIT;
    return whole >= LEVELS ? LEVELS : (uint32_t)whole;
}

static uint32_t new_link(queue *q)
{
    if (q->spare) {
        const uint32_t i = q->spare - 1;
        q->spare = q->links[i].next;
        return i;
    }
    q->links = sm_array_grow(q->links, q->n_links, &q->cap_links, sizeof *q->links);
    return (uint32_t)q->n_links++;
}

void queue_put(queue *q, pair *p, uint32_t index, int64_t priority, uint64_t key)
{
    if (p->queued >= priority) return;
    const uint32_t level = level_of(priority);
    const bool there = p->queued != PAIR_NOT_QUEUED && level_of(p->queued) == level;
    p->queued = priority;
    if (level >= q->level) {
        push(q, (queue_entry){priority, key, index});
    } else if (!there) {
        const uint32_t i = new_link(q);
        q->links[i] = (queue_link){index, q->heads[level]};
        q->heads[level] = i + 1;
    }
}

uint32_t queue_descend(queue *q)
{
    while (q->level > 0) {
        const uint32_t first = q->heads[--q->level];
        q->heads[q->level] = 0;
        if (first) return first;
    }
    return 0;
}

uint32_t queue_walk(queue *q, uint32_t *link)
{
    queue_link *l = &q->links[*link - 1];
    const uint32_t spare = *link;
    *link = l->next;
    l->next = q->spare;
    q->spare = spare;
    return l->index;
}

bool queue_is_current(const queue *q, const pair *p)
{
    return p->queued != PAIR_NOT_QUEUED && level_of(p->queued) == q->level;
}
