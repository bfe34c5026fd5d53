/* A binary heap of pairs over a list of symbols.
 * SPDX-License-Identifier: MIT */
#include "export/merge_queue.h"

void merge_queue_clear(merge_queue *q)
{
    q->n_symbols = q->n = 0;
}

void merge_queue_free(merge_queue *q)
{
    sm_free(q->symbols);
    sm_free(q->heap);
    *q = (merge_queue){0};
}

void merge_queue_add(merge_queue *q, size_t at, size_t n, uint32_t id)
{
    q->symbols = sm_array_grow(q->symbols, q->n_symbols, &q->symbols_cap, sizeof *q->symbols);
    const size_t i = q->n_symbols++;
    q->symbols[i] = (symbol){at, n, id, i ? i - 1 : SIZE_MAX, SIZE_MAX};
    if (i) q->symbols[i - 1].after = i;
}

static bool comes_first(const candidate *a, const candidate *b)
{
    return a->priority > b->priority || (a->priority == b->priority && a->left < b->left);
}

static void push(merge_queue *q, candidate c)
{
    q->heap = sm_array_grow(q->heap, q->n, &q->cap, sizeof *q->heap);
    size_t i = q->n++;
    for (; i > 0 && comes_first(&c, &q->heap[(i - 1) / 2]); i = (i - 1) / 2)
        q->heap[i] = q->heap[(i - 1) / 2];
    q->heap[i] = c;
}

static candidate pop(merge_queue *q)
{
    const candidate top = q->heap[0], last = q->heap[--q->n];
    size_t i = 0;
    for (size_t child = 1; child < q->n; child = 2 * i + 1) {
        if (child + 1 < q->n && comes_first(&q->heap[child + 1], &q->heap[child])) child++;
        if (!comes_first(&q->heap[child], &last)) break;
        q->heap[i] = q->heap[child];
        i = child;
    }
    q->heap[i] = last;
    return top;
}

static void try_pair(merge_queue *q, sm_span text, join_fn join, const void *model, size_t left,
                     size_t right)
{
    candidate c = {.left = left, .right = right};
    if (left == SIZE_MAX || right == SIZE_MAX) return;
    const symbol *a = &q->symbols[left], *b = &q->symbols[right];
    if (!join(model, text, a, b, &c.priority, &c.made)) return;
    c.left_n = a->n;
    c.right_n = b->n;
    push(q, c);
}

void merge_queue_run(merge_queue *q, sm_span text, join_fn join, const void *model)
{
    for (size_t i = 1; i < q->n_symbols; i++)
        try_pair(q, text, join, model, i - 1, i);
    while (q->n > 0) {
        const candidate c = pop(q);
        symbol *a = &q->symbols[c.left], *b = &q->symbols[c.right];
        if (a->n != c.left_n || b->n != c.right_n || a->after != c.right)
            continue; /* has changed */
        a->n += b->n;
        a->id = c.made;
        a->after = b->after;
        b->n = 0;
        if (a->after != SIZE_MAX) q->symbols[a->after].before = c.left;
        try_pair(q, text, join, model, a->before, c.left);
        try_pair(q, text, join, model, c.left, a->after);
    }
}
