/* Many sorted streams become one: a heap of their next records.
 * SPDX-License-Identifier: MIT */
#include "records.h"

#include <string.h>

typedef struct node {
    uint64_t head; /* the first 8 bytes: most comparisons end here */
    sm_count_entry e;
    source *from;
} node;

typedef struct merged {
    source base;
    node *heap; /* the smallest first */
    size_t n;
    node out; /* what was given last; its stream moves on at the next call */
    edge_space space;
    bool begun;
} merged;

static uint64_t head_of(sm_span s)
{
    uint64_t head = 0;
    for (size_t i = 0; i < 8; i++)
        head = head << 8 | (i < s.n ? (unsigned char)s.p[i] : 0u);
    return head;
}

static bool before(const node *a, const node *b)
{
    if (a->head != b->head) return a->head < b->head;
    return sm_span_order(a->e.bytes, b->e.bytes) < 0;
}

/* Puts a node where it belongs, from the place i down. */
static void sink(merged *m, size_t i, const node *x)
{
    for (size_t child; (child = 2 * i + 1) < m->n; i = child) {
        child += child + 1 < m->n && before(&m->heap[child + 1], &m->heap[child]);
        if (!before(&m->heap[child], x)) break;
        m->heap[i] = m->heap[child];
    }
    m->heap[i] = *x;
}

static void rise(merged *m, const node *x)
{
    size_t i = m->n++;
    for (; i > 0 && before(x, &m->heap[(i - 1) / 2]); i = (i - 1) / 2)
        m->heap[i] = m->heap[(i - 1) / 2];
    m->heap[i] = *x;
}

static node take_first(merged *m)
{
    const node first = m->heap[0];
    const node last = m->heap[--m->n];
    if (m->n) sink(m, 0, &last);
    return first;
}

/* The next record of a stream goes into the heap; a stream that has ended is closed. */
static int advance(merged *m, source *from, sm_error *err)
{
    node x = {.from = from};
    const int rc = from->next(from, &x.e, err);
    if (rc == 0) from->close(from);
    if (rc < 0) { /* it is still closed with the others */
        m->out = (node){.from = from};
        return rc;
    }
    if (rc == 0) return 0;
    x.head = head_of(x.e.bytes);
    rise(m, &x);
    return 1;
}

static int begin(merged *m, sm_error *err)
{
    const size_t n = m->n;
    source **sources = sm_malloc(n * sizeof *sources);
    int rc = 0;
    for (size_t i = 0; i < n; i++)
        sources[i] = m->heap[i].from;
    m->n = 0;
    m->begun = true;
    size_t i = 0;
    for (; i < n && rc >= 0; i++)
        rc = advance(m, sources[i], err);
    for (; i < n; i++)
        sources[i]->close(sources[i]);
    sm_free(sources);
    return rc;
}

static int next_of_merged(source *base, sm_count_entry *e, sm_error *err)
{
    merged *m = (merged *)base;
    if (!m->begun) SM_TRY(begin(m, err));
    source *moving = m->out.from;
    m->out.from = NULL;
    if (moving) SM_TRY(advance(m, moving, err));
    if (m->n == 0) return 0;
    m->out = take_first(m);
    while (m->n && m->heap[0].head == m->out.head &&
           sm_span_equal(m->heap[0].e.bytes, m->out.e.bytes)) {
        record_add(&m->out.e, &m->heap[0].e, &m->space);
        source *equal = take_first(m).from;
        source *kept = m->out.from;
        const int rc = advance(m, equal, err);
        if (rc < 0) {
            kept->close(kept);
            return rc;
        }
    }
    *e = m->out.e;
    return 1;
}

static void close_merged(source *base)
{
    merged *m = (merged *)base;
    for (size_t i = 0; i < m->n; i++)
        m->heap[i].from->close(m->heap[i].from);
    if (m->out.from) m->out.from->close(m->out.from);
    edge_space_fini(&m->space);
    sm_free(m->heap);
    sm_free(m);
}

source *source_merged(source *const *sources, size_t n)
{
    if (n == 1) return sources[0];
    merged *m = sm_malloc(sizeof *m);
    *m = (merged){.base = {next_of_merged, close_merged}, .n = n};
    m->heap = sm_calloc(n + 1, sizeof *m->heap);
    for (size_t i = 0; i < n; i++)
        m->heap[i].from = sources[i];
    return &m->base;
}
