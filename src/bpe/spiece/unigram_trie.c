/* Building the trie of the unigram model, breadth first.
 * SPDX-License-Identifier: MIT */
#include "unigram_trie.h"

#include <seimai/utf8.h>

#include "pages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- codes ------------------------------------------------------------------------------- */

typedef struct counted {
    uint32_t character, count;
} counted;

static int by_count(const void *a, const void *b)
{
    const counted *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return x->character < y->character ? -1 : 1;
}

static void set_code(unigram_trie *t, uint32_t c, uint32_t code)
{
    uint16_t *block = &t->block[c / CODE_BLOCK];
    if (*block == 0) {
        *block = (uint16_t)t->n_blocks++;
        t->codes = sm_realloc(t->codes, t->n_blocks * sizeof *t->codes);
        memset(t->codes[*block], 0, sizeof *t->codes);
    }
    t->codes[*block][c % CODE_BLOCK] = code;
}

static void number_characters(unigram_trie *t, const unigram_piece *pieces, size_t n)
{
    counted *all = sm_calloc(0x110000, sizeof *all);
    for (size_t i = 0; i < n; i++) {
        const char *p = pieces[i].bytes.p, *end = p + pieces[i].bytes.n;
        while (p < end)
            all[sm_utf8_next(&p, end)].count++;
    }
    for (uint32_t c = 0; c < 0x110000; c++)
        if (all[c].count) all[t->n_codes++] = (counted){c, all[c].count};
    qsort(all, t->n_codes, sizeof *all, by_count);
    t->codes = sm_calloc(1, sizeof *t->codes);
    t->n_blocks = 1;
    for (uint32_t i = 0; i < t->n_codes; i++)
        set_code(t, all[i].character, i + 1);
    sm_free(all);
}

/* ---- cells ------------------------------------------------------------------------------- */

/* A node still to be laid out: the pieces that share its first bytes. */
typedef struct task {
    uint32_t node, depth; /* depth in bytes */
    size_t from, to;
} task;

typedef struct child {
    uint32_t code, depth;
    size_t from, to;
} child;

/* Free cells form a ring in their order, through `base` (the next) and `labels` (the one before); cell 0 is
 * its head while the trie is built. */
typedef struct builder {
    unigram_trie *trie;
    const unigram_piece *pieces;
    task *queue;
    size_t head, tail, queue_cap;
    child *children;
    size_t n, children_cap;
    uint32_t least; /* of the children's codes */
    uint32_t *ends; /* [pieces] their cells */
    uint32_t hint;  /* the free cell at which nodes of several children begin to search */
} builder;

enum { TRIES = 48 };
#define FREE UINT32_MAX

static void grow_to(builder *b, size_t n)
{
    unigram_trie *t = b->trie;
    while (t->n < n) {
        t->cells = sm_array_grow(t->cells, t->n, &t->cap, sizeof *t->cells);
        unigram_cell *cells = t->cells;
        const uint32_t at = (uint32_t)t->n++;
        if (at == 0) cells[0] = (unigram_cell){UNIGRAM_ROOT, 0, 0, -INFINITY};
        if (at == 0) continue;
        cells[at] = (unigram_cell){FREE, 0, cells[0].labels, -INFINITY};
        cells[cells[0].labels].base = at;
        cells[0].labels = at;
    }
}

static void take_cell(builder *b, uint32_t at, uint32_t parent)
{
    unigram_cell *cells = b->trie->cells, *c = &cells[at];
    if (b->hint == at) b->hint = c->base;
    cells[c->base].labels = c->labels;
    cells[c->labels].base = c->base;
    *c = (unigram_cell){parent, 0, 0, -INFINITY};
}

static bool fits(const builder *b, size_t base)
{
    for (size_t i = 0; i < b->n; i++) {
        const size_t cell = base + b->children[i].code;
        if (cell < b->trie->n && b->trie->cells[cell].parent != FREE) return false;
    }
    return true;
}

/* A base for the children: one of the first few free cells for the least of them, or the end. Where many were
 * tried in vain, nodes to come begin behind them. */
static size_t find_base(builder *b)
{
    const unigram_cell *cells = b->trie->cells;
    uint32_t at = b->n > 1 ? b->hint : cells[0].base;
    for (size_t tried = 0; at != 0 && tried < TRIES; at = cells[at].base) {
        if (at <= b->least) continue;
        if (fits(b, at - b->least)) return at - b->least;
        tried++;
    }
    if (at != 0 && b->n > 1) b->hint = at;
    return b->trie->n > b->least ? b->trie->n - b->least : 1;
}

static void push(builder *b, task t)
{
    b->queue = sm_array_grow(b->queue, b->tail, &b->queue_cap, sizeof *b->queue);
    b->queue[b->tail++] = t;
}

/* Groups the pieces of a node by their next character. */
static void find_children(builder *b, task t, size_t from)
{
    b->n = 0;
    b->least = UINT32_MAX;
    for (size_t i = from; i < t.to; i++) {
        const sm_span s = b->pieces[i].bytes;
        const char *p = s.p + t.depth;
        const uint32_t code = unigram_code(b->trie, sm_utf8_next(&p, s.p + s.n));
        if (b->n > 0 && b->children[b->n - 1].code == code) {
            b->children[b->n - 1].to = i + 1;
            continue;
        }
        b->children = sm_array_grow(b->children, b->n, &b->children_cap, sizeof *b->children);
        b->least = code < b->least ? code : b->least;
        b->children[b->n++] = (child){code, (uint32_t)(p - s.p), i, i + 1};
    }
}

/* What lets a walk end before it has looked at a child that is not there. */
static void note_children(builder *b, uint32_t node)
{
    unigram_trie *t = b->trie;
    for (size_t i = 0; i < b->n; i++) {
        const uint32_t code = b->children[i].code, bit = unigram_pair(node, code);
        t->cells[node].labels |= 1u << (code & 31);
        if (node <= t->n_codes) t->pairs[bit >> 6] |= UINT64_C(1) << (bit & 63);
    }
}

static void lay_out(builder *b, task t)
{
    unigram_trie *trie = b->trie;
    size_t from = t.from;
    if (b->pieces[from].bytes.n == t.depth) {
        trie->cells[t.node].score = (float)b->pieces[from].score;
        b->ends[from] = t.node;
        from++;
    }
    find_children(b, t, from);
    if (b->n == 0) return;
    const size_t base = t.node == 0 ? 0 : find_base(b);
    for (size_t i = 0; i < b->n; i++) {
        const child *c = &b->children[i];
        const uint32_t node = (uint32_t)(base + c->code);
        grow_to(b, (size_t)node + 1);
        if (t.node != 0) take_cell(b, node, t.node);
        push(b, (task){node, c->depth, c->from, c->to});
    }
    if (t.node == 0) return;
    trie->cells[t.node].base = (uint32_t)base;
    note_children(b, t.node);
}

static int by_bytes(const void *a, const void *b)
{
    const unigram_piece *x = a, *y = b;
    return sm_span_order(x->bytes, y->bytes);
}

/* The search reads all over the cells and the ids: they go to large pages, as many as there are. */
static void settle_down(unigram_trie *t)
{
    unigram_cell *cells = pages_map(t->n * sizeof *cells);
    memcpy(cells, t->cells, t->n * sizeof *cells);
    sm_free(t->cells);
    t->cells = cells;
    t->ids = pages_map(t->n * sizeof *t->ids);
    memset(t->ids, 0xFF, t->n * sizeof *t->ids);
}

void unigram_trie_build(unigram_trie *t, unigram_piece *pieces, size_t n)
{
    builder b = {.trie = t, .pieces = pieces, .ends = sm_malloc(n * sizeof *b.ends)};
    t->pairs = sm_calloc((1 << PAIR_BITS) / 64, sizeof *t->pairs);
    number_characters(t, pieces, n);
    qsort(pieces, n, sizeof *pieces, by_bytes);
    grow_to(&b, (size_t)t->n_codes + 1);
    for (uint32_t code = 1; code <= t->n_codes; code++)
        take_cell(&b, code, UNIGRAM_ROOT); /* also of characters that begin no piece */
    if (n > 0) push(&b, (task){0, 0, 0, n});
    while (b.head < b.tail)
        lay_out(&b, b.queue[b.head++]);
    grow_to(&b, t->n + t->n_codes + 1); /* so that no step leaves it */
    t->cells[0] = (unigram_cell){UNIGRAM_ROOT, 0, 0, -INFINITY};
    settle_down(t);
    for (size_t i = 0; i < n; i++)
        t->ids[b.ends[i]] = pieces[i].id;
    sm_free(b.queue);
    sm_free(b.children);
    sm_free(b.ends);
}

void unigram_trie_free(unigram_trie *t)
{
    pages_unmap(t->cells, t->n * sizeof *t->cells);
    pages_unmap(t->ids, t->n * sizeof *t->ids);
    sm_free(t->pairs);
    sm_free(t->codes);
}
