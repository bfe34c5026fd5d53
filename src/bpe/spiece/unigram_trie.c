/* Building the trie of the unigram model, breadth first.
 * SPDX-License-Identifier: MIT */
#include "unigram_trie.h"

#include <seimai/utf8.h>

#include "pages.h"

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
    t->steps = sm_calloc(0x110000, sizeof *t->steps);
    for (uint32_t i = 0; i < t->n_codes; i++)
        t->steps[all[i].character] = (i + 1) << STEP_BITS | 1u << (i % STEP_BITS);
    sm_free(all);
}

/* ---- cells ------------------------------------------------------------------------------- */

/* A node still to be laid out: the pieces that share its first bytes. */
typedef struct task {
    uint32_t node, depth; /* depth in bytes */
    size_t from, to;
} task;

typedef struct child {
    uint32_t step, depth;
    size_t from, to;
} child;

/* Free cells form a ring in their order, with cell 0 as its head. */
typedef struct link {
    uint32_t next, before; /* itself where the cell is taken */
    bool is_base;          /* of some node */
} link;

typedef struct builder {
    unigram_trie *trie;
    const unigram_piece *pieces;
    task *queue;
    size_t head, tail, queue_cap;
    child *children;
    size_t n, children_cap;
    uint32_t least; /* of the children's codes */
    uint32_t *ends; /* [pieces] their cells */
    link *links;    /* [trie->n] */
    size_t links_cap;
    uint32_t hint; /* the free cell at which nodes of several children begin to search */
} builder;

enum { TRIES = 48 };
static const unigram_cell empty = {.key = STEP_NEVER << STEP_BITS};

static void grow_to(builder *b, size_t n)
{
    unigram_trie *t = b->trie;
    while (t->n < n) {
        t->cells = sm_array_grow(t->cells, t->n, &t->cap, sizeof *t->cells);
        b->links = sm_array_grow(b->links, t->n, &b->links_cap, sizeof *b->links);
        const uint32_t at = (uint32_t)t->n++;
        t->cells[at] = empty;
        b->links[at] = (link){0};
        if (at == 0) continue;
        link *const head = &b->links[0];
        b->links[at].before = head->before;
        b->links[head->before].next = at;
        head->before = at;
    }
}

static void take_cell(builder *b, uint32_t at, uint32_t step)
{
    link *const l = &b->links[at];
    if (b->hint == at) b->hint = l->next;
    b->links[l->next].before = l->before;
    b->links[l->before].next = l->next;
    l->next = l->before = at; /* of no ring */
    b->trie->cells[at].key = step & ~(uint32_t)STEP_LABELS;
}

static bool is_taken(const builder *b, size_t at)
{
    return at < b->trie->n && b->links[at].next == at;
}

static bool fits(const builder *b, size_t base)
{
    if (b->links[base].is_base) return false;
    for (size_t i = 0; i < b->n; i++)
        if (is_taken(b, base + unigram_code(b->children[i].step))) return false;
    return true;
}

/* A base for the children: one of the first few free cells for the least of them, or the end. Where many were
 * tried in vain, nodes to come begin behind them. (The last cell is no base: children lie behind theirs.) */
static size_t find_base(builder *b)
{
    const link *links = b->links;
    uint32_t at = b->n > 1 ? b->hint : links[0].next;
    for (size_t tried = 0; at != 0 && tried < TRIES; at = links[at].next) {
        if (at <= b->least) continue;
        if (fits(b, at - b->least)) return at - b->least;
        tried++;
    }
    if (at != 0 && b->n > 1) b->hint = at;
    size_t base = b->trie->n > b->least ? b->trie->n - b->least : 1;
    while (links[base].is_base)
        base++;
    return base;
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
        const uint32_t step = b->trie->steps[sm_utf8_next(&p, s.p + s.n)];
        if (b->n > 0 && b->children[b->n - 1].step == step) {
            b->children[b->n - 1].to = i + 1;
            continue;
        }
        b->children = sm_array_grow(b->children, b->n, &b->children_cap, sizeof *b->children);
        b->least = unigram_code(step) < b->least ? unigram_code(step) : b->least;
        b->children[b->n++] = (child){step, (uint32_t)(p - s.p), i, i + 1};
    }
}

/* What lets a walk end before it has looked at a child that is not there. */
static void note_children(builder *b, uint32_t node)
{
    unigram_trie *t = b->trie;
    for (size_t i = 0; i < b->n; i++) {
        const uint32_t step = b->children[i].step;
        const uint32_t bit = unigram_pair(node, unigram_code(step));
        t->cells[node].key |= step & STEP_LABELS;
        if (node <= t->n_codes) t->pairs[bit >> 6] |= UINT64_C(1) << (bit & 63);
    }
}

static void lay_out(builder *b, task t)
{
    unigram_trie *trie = b->trie;
    size_t from = t.from;
    if (b->pieces[from].bytes.n == t.depth) b->ends[from++] = t.node;
    find_children(b, t, from);
    if (b->n == 0) return;
    const size_t base = t.node == 0 ? 0 : find_base(b);
    for (size_t i = 0; i < b->n; i++) {
        const child *c = &b->children[i];
        const uint32_t node = (uint32_t)(base + unigram_code(c->step));
        grow_to(b, (size_t)node + 1);
        if (t.node != 0) take_cell(b, node, c->step);
        push(b, (task){node, c->depth, c->from, c->to});
    }
    if (t.node == 0) return;
    trie->cells[t.node].base = (uint32_t)base;
    b->links[base].is_base = true;
    note_children(b, t.node);
}

static int by_bytes(const void *a, const void *b)
{
    const unigram_piece *x = a, *y = b;
    return sm_span_order(x->bytes, y->bytes);
}

/* The search reads all over the cells: they go to large pages, as many as there are. */
static void settle_down(unigram_trie *t)
{
    unigram_cell *cells = pages_map(t->n * sizeof *cells);
    memcpy(cells, t->cells, t->n * sizeof *cells);
    sm_free(t->cells);
    t->cells = cells;
}

void unigram_trie_build(unigram_trie *t, unigram_piece *pieces, size_t n, uint32_t *ends)
{
    builder b = {.trie = t, .pieces = pieces, .ends = ends};
    t->pairs = sm_calloc((1 << PAIR_BITS) / 64, sizeof *t->pairs);
    number_characters(t, pieces, n);
    qsort(pieces, n, sizeof *pieces, by_bytes);
    grow_to(&b, (size_t)t->n_codes + 1);
    for (uint32_t code = 1; code <= t->n_codes; code++)
        take_cell(&b, code,
                  STEP_NEVER << STEP_BITS); /* also of characters that begin no piece */
    if (n > 0) push(&b, (task){0, 0, 0, n});
    while (b.head < b.tail)
        lay_out(&b, b.queue[b.head++]);
    grow_to(&b, t->n + t->n_codes + 1); /* so that no step leaves it */
    settle_down(t);
    sm_free(b.queue);
    sm_free(b.children);
    sm_free(b.links);
}

void unigram_trie_free(unigram_trie *t)
{
    pages_unmap(t->cells, t->n * sizeof *t->cells);
    sm_free(t->pairs);
    sm_free(t->steps);
}
