/* Building the double array, breadth first, so that the nodes near the root share cache lines.
 * SPDX-License-Identifier: MIT */
#include "trie.h"

#include <stdlib.h>
#include <string.h>

/* A node still to be laid out: the strings that share its first `depth` bytes. */
typedef struct task {
    uint32_t node, depth;
    size_t from, to;
} task;

typedef struct builder {
    trie *trie;
    const trie_string *strings;
    task *queue;
    size_t head, tail, cap;
    size_t first_free; /* no free cell worth looking at lies before it */
} builder;

enum { CHILDREN = 256, CROWDED = 512 };

static int by_bytes(const void *a, const void *b)
{
    const trie_string *x = a, *y = b;
    return sm_span_order(x->bytes, y->bytes);
}

static void grow_to(trie *t, size_t n)
{
    const trie_cell fresh = {0, TRIE_NONE, TRIE_NONE};
    while (t->n < n) {
        t->cells = sm_array_grow(t->cells, t->n, &t->cap, sizeof *t->cells);
        t->cells[t->n++] = fresh;
    }
}

static bool fits(const trie *t, size_t base, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (base + bytes[i] < t->n && t->cells[base + bytes[i]].parent != TRIE_NONE)
            return false;
    return true;
}

/* The first base at which all children find a free cell. Where a stretch has proved crowded, later searches
 * begin behind it: a few cells are wasted, and building stays linear. */
static size_t find_base(builder *b, const uint8_t *bytes, size_t n)
{
    size_t tried = 0, at = b->first_free > bytes[0] ? b->first_free : bytes[0] + (size_t)1;
    for (;; at++) {
        if (at < b->trie->n && b->trie->cells[at].parent != TRIE_NONE) continue;
        if (fits(b->trie, at - bytes[0], bytes, n)) break;
        tried++;
    }
    if (tried > CROWDED) b->first_free = at;
    return at - bytes[0];
}

static void push(builder *b, task t)
{
    b->queue = sm_array_grow(b->queue, b->tail, &b->cap, sizeof *b->queue);
    b->queue[b->tail++] = t;
}

static uint8_t byte_at(const builder *b, size_t i, size_t depth)
{
    return (uint8_t)b->strings[i].bytes.p[depth];
}

static void lay_out(builder *b, task t)
{
    uint8_t bytes[CHILDREN];
    size_t n = 0, from = t.from;
    if (b->strings[from].bytes.n == t.depth)
        b->trie->cells[t.node].value = b->strings[from++].value;
    for (size_t i = from; i < t.to; i++)
        if (n == 0 || bytes[n - 1] != byte_at(b, i, t.depth))
            bytes[n++] = byte_at(b, i, t.depth);
    if (n == 0) return;
    const size_t base = find_base(b, bytes, n);
    grow_to(b->trie, base + CHILDREN);
    b->trie->cells[t.node].base = (uint32_t)base;
    for (size_t k = 0; k < n; k++) {
        const uint32_t child = (uint32_t)(base + bytes[k]);
        size_t to = from;
        while (to < t.to && byte_at(b, to, t.depth) == bytes[k])
            to++;
        b->trie->cells[child].parent = t.node;
        push(b, (task){child, t.depth + 1, from, to});
        from = to;
    }
}

void trie_build(trie *t, trie_string *strings, size_t n)
{
    builder b = {.trie = t, .strings = strings, .first_free = 1};
    *t = (trie){0};
    grow_to(t, CHILDREN);
    t->cells[0].parent = TRIE_NONE - 1; /* taken, and nobody's child */
    qsort(strings, n, sizeof *strings, by_bytes);
    if (n > 0) push(&b, (task){0, 0, 0, n});
    while (b.head < b.tail)
        lay_out(&b, b.queue[b.head++]);
    grow_to(t, t->n + CHILDREN);
    sm_free(b.queue);
}

void trie_free(trie *t)
{
    sm_free(t->cells);
    *t = (trie){0};
}
