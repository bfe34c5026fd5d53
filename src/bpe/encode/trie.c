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

enum { CHILDREN = 256, SIZES = 32, PATIENCE = 100 };

typedef struct builder {
    trie *trie;
    const trie_string *strings;
    task *queue;
    size_t head, tail, cap;
    uint32_t *next; /* the next free cell at or after a cell, with shortened paths */
    size_t next_cap;
    size_t from[SIZES]; /* where groups of about that many children last fitted */
} builder;

static int by_bytes(const void *a, const void *b)
{
    const trie_string *x = a, *y = b;
    return sm_span_order(x->bytes, y->bytes);
}

static void grow_to(builder *b, size_t n)
{
    trie *t = b->trie;
    const trie_cell fresh = {0, TRIE_NONE, TRIE_NONE};
    while (t->n < n) {
        t->cells = sm_array_grow(t->cells, t->n, &t->cap, sizeof *t->cells);
        b->next = sm_array_grow(b->next, t->n, &b->next_cap, sizeof *b->next);
        b->next[t->n] = (uint32_t)t->n;
        t->cells[t->n++] = fresh;
    }
}

static void take(builder *b, size_t cell, uint32_t parent)
{
    grow_to(b, cell + 2);
    b->trie->cells[cell].parent = parent;
    b->next[cell] = (uint32_t)cell + 1;
}

static size_t next_free(builder *b, size_t i)
{
    grow_to(b, i + 1);
    uint32_t end = (uint32_t)i;
    while (b->next[end] != end)
        end = b->next[end];
    for (uint32_t step = (uint32_t)i; step != end;) {
        const uint32_t after = b->next[step];
        b->next[step] = end;
        step = after;
    }
    return end;
}

static bool fits(const trie *t, size_t base, const uint8_t *bytes, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (base + bytes[i] < t->n && t->cells[base + bytes[i]].parent != TRIE_NONE)
            return false;
    return true;
}

/* A base at which all children find a free cell. Where groups of that size often do not fit, later searches
 * begin behind: a few cells are wasted, and building stays linear. */
static size_t find_base(builder *b, const uint8_t *bytes, size_t n)
{
    size_t *from = &b->from[n < SIZES ? n : SIZES - 1], tries = 0;
    size_t at = next_free(b, *from > bytes[0] ? *from : bytes[0] + (size_t)1);
    while (!fits(b->trie, at - bytes[0], bytes, n)) {
        at = next_free(b, at + 1);
        if (++tries > PATIENCE) *from = at;
    }
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
    grow_to(b, base + CHILDREN);
    b->trie->cells[t.node].base = (uint32_t)base;
    for (size_t k = 0; k < n; k++) {
        const uint32_t child = (uint32_t)(base + bytes[k]);
        size_t to = from;
        while (to < t.to && byte_at(b, to, t.depth) == bytes[k])
            to++;
        take(b, child, t.node);
        push(b, (task){child, t.depth + 1, from, to});
        from = to;
    }
}

void trie_build(trie *t, trie_string *strings, size_t n)
{
    builder b = {.trie = t, .strings = strings};
    *t = (trie){0};
    grow_to(&b, CHILDREN);
    take(&b, 0, TRIE_NONE - 1); /* nobody's child */
    qsort(strings, n, sizeof *strings, by_bytes);
    if (n > 0) push(&b, (task){0, 0, 0, n});
    while (b.head < b.tail)
        lay_out(&b, b.queue[b.head++]);
    grow_to(&b, t->n + CHILDREN);
    sm_free(b.queue);
    sm_free(b.next);
}

void trie_free(trie *t)
{
    sm_free(t->cells);
    *t = (trie){0};
}
