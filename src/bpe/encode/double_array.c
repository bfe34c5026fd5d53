/* The trie over codes as a double array (Aoe 1989, see trie.h). A base belongs to one node, so that a cell need
 * only say which code leads to it.
 * SPDX-License-Identifier: MIT */
#include "matcher.h"

#include <string.h>

/* Nodes in the order of making, so parents come first; the first n_chars are the roots. */
typedef struct node {
    uint32_t parent;
    uint32_t number; /* the longest token on its path … */
    uint16_t code;
    uint16_t length; /* … and that token's characters */
    bool wide;       /* the path begins with a character of Chinese or Japanese text */
} node;

typedef struct builder {
    matcher *m;
    node *nodes;
    size_t n, cap;
    uint32_t *
        first; /* [n + 1] children of node i: children[first[i]] … children[first[i + 1] - 1] */
    uint32_t *children; /* by parent, then by code */
    uint32_t *base;     /* [n] */
    uint8_t *taken, *base_taken;
    uint32_t *next; /* the next free cell, with shortened paths */
    size_t size, top;
} builder;

/* Places are searched from where groups of about that size last fitted. */
enum { SIZES = 64, PATIENCE = 200, SLACK = 2 * CODES }; /* slack: the codes above a base */
enum { TURNS = 2 * CODES + 1 };

static uint32_t add_node(builder *b, uint32_t parent, uint16_t code)
{
    b->nodes = sm_array_grow(b->nodes, b->n, &b->cap, sizeof *b->nodes);
    const node *p = &b->nodes[parent];
    b->nodes[b->n] = (node){parent, p->number, code, p->length, p->wide};
    return (uint32_t)b->n++;
}

static bool is_wide(uint32_t c)
{
    return (c >= 0x2E80 && c < 0xAC00) || (c >= 0xF900 && c < 0xFB00) ||
           (c >= 0xFF00 && c < 0xFFF0);
}

static void make_roots(builder *b)
{
    const matcher *m = b->m;
    for (uint32_t code = 0; code < b->m->n_chars; code++) {
        b->nodes = sm_array_grow(b->nodes, b->n, &b->cap, sizeof *b->nodes);
        b->nodes[b->n++] = (node){NO_NUMBER, cell_number(m->roots[code]), (uint16_t)code, 1,
                                  is_wide(m->characters[code])};
    }
}

/* Strings are sorted: each shares its beginning with the path of the one before. */
static void make_nodes(builder *b, const code_string *strings, size_t n)
{
    uint32_t *path = sm_malloc((size_t)CODES * sizeof *path);
    const code_string none = {0}, *before = &none;
    for (size_t i = 0; i < n; i++) {
        const code_string *s = &strings[i];
        uint32_t depth = 0;
        while (depth < before->n && depth < s->n && before->codes[depth] == s->codes[depth])
            depth++;
        if (depth == 0) path[depth++] = s->codes[0];
        for (; depth < s->n; depth++)
            path[depth] = add_node(b, path[depth - 1], s->codes[depth]);
        node *last = &b->nodes[path[s->n - 1]];
        b->m->about[s->number].shorter = last->number;
        last->number = s->number;
        last->length = (uint16_t)s->n;
        before = s;
    }
    sm_free(path);
}

/* Counting sort by parent; codes stay in order. */
static void group_children(builder *b)
{
    const size_t roots = b->m->n_chars;
    b->first = sm_calloc(b->n + 2, sizeof *b->first);
    b->children = sm_malloc((b->n + 1) * sizeof *b->children);
    for (size_t i = roots; i < b->n; i++)
        b->first[b->nodes[i].parent + 2]++;
    for (size_t i = 2; i < b->n + 2; i++)
        b->first[i] += b->first[i - 1];
    for (size_t i = roots; i < b->n; i++)
        b->children[b->first[b->nodes[i].parent + 1]++] = (uint32_t)i;
}

/* The place of a node in the order of placing: those of Chinese and Japanese first, so that what one text visits
 * lies close together; among each, those with many children. */
static size_t turn_of(const builder *b, size_t i)
{
    const size_t n = b->first[i + 1] - b->first[i];
    if (n == 0) return TURNS - 1;
    return CODES - n + (b->nodes[i].wide ? 0 : CODES);
}

/* Nodes with children in their order; *n_wide and then others up to *n. */
static uint32_t *by_turn(const builder *b, size_t *n_wide, size_t *n)
{
    size_t *from = sm_calloc(TURNS + 1, sizeof *from);
    uint32_t *order = sm_malloc((b->n + 1) * sizeof *order);
    for (size_t i = 0; i < b->n; i++)
        from[turn_of(b, i) + 1]++;
    for (size_t i = 1; i < TURNS; i++)
        from[i] += from[i - 1];
    *n_wide = from[CODES];
    *n = from[TURNS - 1];
    for (size_t i = 0; i < b->n; i++)
        order[from[turn_of(b, i)]++] = (uint32_t)i;
    sm_free(from);
    return order;
}

static uint32_t next_free(builder *b, uint32_t i)
{
    uint32_t end = i;
    while (b->next[end] != end)
        end = b->next[end];
    while (b->next[i] != end) {
        const uint32_t step = b->next[i];
        b->next[i] = end;
        i = step;
    }
    return end;
}

static bool fits(const builder *b, uint32_t base, const uint32_t *children, size_t n)
{
    if (b->base_taken[base]) return false;
    for (size_t i = 1; i < n; i++)
        if (b->taken[base + b->nodes[children[i]].code]) return false;
    return true;
}

/* Room for bases up to `size`. */
static void grow_to(builder *b, size_t size)
{
    b->taken = sm_realloc(b->taken, size + SLACK);
    b->base_taken = sm_realloc(b->base_taken, size + SLACK);
    b->next = sm_realloc(b->next, (size + SLACK) * sizeof *b->next);
    const size_t from = b->size ? b->size + SLACK : 0;
    memset(b->taken + from, 0, size + SLACK - from);
    memset(b->base_taken + from, 0, size + SLACK - from);
    for (size_t i = from; i < size + SLACK; i++)
        b->next[i] = (uint32_t)i;
    b->size = size;
}

static void place(builder *b, uint32_t parent, uint32_t hint[SIZES])
{
    const uint32_t *children = b->children + b->first[parent];
    const size_t n = b->first[parent + 1] - b->first[parent];
    const uint32_t code = b->nodes[children[0]].code;
    uint32_t *start = &hint[n < SIZES ? n : SIZES - 1], tries = 0;
    uint32_t at = next_free(b, *start > code ? *start : code + 1u);
    while (!fits(b, at - code, children, n)) {
        at = next_free(b, at + 1);
        if (++tries > PATIENCE) *start = at > 2 * PATIENCE ? at - PATIENCE : at;
        if (at > b->size) grow_to(b, 2 * b->size);
    }
    const uint32_t base = at - code;
    b->base[parent] = base;
    b->base_taken[base] = 1;
    for (size_t i = 0; i < n; i++) {
        const uint32_t at_child = base + b->nodes[children[i]].code;
        b->taken[at_child] = 1;
        b->next[at_child] = at_child + 1;
        if (at_child > b->top) b->top = at_child;
    }
    if (b->top > b->size) grow_to(b, 2 * b->size);
}

static cell cell_of(const builder *b, size_t i)
{
    const node *n = &b->nodes[i];
    const uint64_t length = n->length < CELL_LONG ? n->length : CELL_LONG;
    return n->code | (cell)b->base[i] << CELL_BASE | (cell)n->number << CELL_NUMBER |
           length << CELL_LENGTH;
}

static bool write_cells(const builder *b)
{
    const size_t n = b->top + CODES + 1;
    if (n >> BASE_BITS) return false;
    b->m->cells = sm_calloc(n, sizeof *b->m->cells);
    b->m->n_cells = n;
    for (size_t i = 0; i < b->m->n_chars; i++)
        b->m->roots[i] = cell_of(b, i);
    for (size_t i = b->m->n_chars; i < b->n; i++)
        b->m->cells[b->base[b->nodes[i].parent] + b->nodes[i].code] = cell_of(b, i);
    return true;
}

static void place_all(builder *b, const uint32_t *order, size_t n)
{
    uint32_t hint[SIZES];
    for (size_t i = 0; i < SIZES; i++)
        hint[i] = (uint32_t)b->top + 1;
    for (size_t i = 0; i < n; i++)
        place(b, order[i], hint);
}

static void builder_free(builder *b)
{
    sm_free(b->nodes);
    sm_free(b->first);
    sm_free(b->children);
    sm_free(b->base);
    sm_free(b->taken);
    sm_free(b->base_taken);
    sm_free(b->next);
}

bool double_array_build(matcher *m, const code_string *strings, size_t n)
{
    builder b = {.m = m};
    size_t n_wide = 0, n_parents = 0;
    make_roots(&b);
    make_nodes(&b, strings, n);
    group_children(&b);
    b.base = sm_calloc(b.n + 1, sizeof *b.base);
    grow_to(&b, 1 << 15);
    uint32_t *order = by_turn(&b, &n_wide, &n_parents);
    place_all(&b, order, n_wide);
    place_all(&b, order + n_wide, n_parents - n_wide);
    const bool fit = write_cells(&b);
    sm_free(order);
    builder_free(&b);
    return fit;
}
