/* Many sorted streams become one: a heap of their next records.
 * SPDX-License-Identifier: MIT */
#include "records.h"

#include <string.h>

/* A stream and its next record. */
typedef struct node {
    uint64_t head; /* the first 8 bytes: many comparisons end here */
    sm_count_entry e;
    source *from;
} node;

typedef struct merged {
    source base;
    node *nodes; /* one a stream */
    node *
        *heap; /* [n] the smallest first; what was given last stays there until the next call */
    size_t n;
    edge_space space;
    bool begun, given;
} merged;

static uint64_t head_of(sm_span s)
{
    uint64_t head = 0;
    if (s.n >= 8) {
        memcpy(&head, s.p, sizeof head);
        return __builtin_bswap64(head);
    }
    for (size_t i = 0; i < 8; i++)
        head = head << 8 | (i < s.n ? (unsigned char)s.p[i] : 0u);
    return head;
}

static bool before(const node *a, const node *b)
{
    if (a->head != b->head) return a->head < b->head;
    return sm_span_order(a->e.bytes, b->e.bytes) < 0;
}

/* What stands at place i goes down to where it belongs. */
static void sink(merged *m, size_t i)
{
    node *const moving = m->heap[i];
    for (size_t child; (child = 2 * i + 1) < m->n; i = child) {
        child += child + 1 < m->n && before(m->heap[child + 1], m->heap[child]);
        if (!before(m->heap[child], moving)) break;
        m->heap[i] = m->heap[child];
    }
    m->heap[i] = moving;
}

/* The stream at place i moves on; one that has ended is closed. What fails stays, to be closed with the others. */
static int advance(merged *m, size_t i, sm_error *err)
{
    node *x = m->heap[i];
    const int rc = x->from->next(x->from, &x->e, err);
    SM_TRY(rc);
    if (rc > 0) {
        x->head = head_of(x->e.bytes);
    } else {
        x->from->close(x->from);
        m->heap[i] = m->heap[--m->n];
    }
    if (i < m->n) sink(m, i);
    return 0;
}

/* From the last place on, so that what lies below is a heap; a stream that ends gives its place to one that is. */
static int begin(merged *m, sm_error *err)
{
    m->begun = true;
    for (size_t i = m->n; i-- > 0;)
        SM_TRY(advance(m, i, err));
    return 0;
}

/* The place of the smallest record but the first; 0 where there is none. */
static size_t second(const merged *m)
{
    if (m->n < 3) return m->n == 2;
    return before(m->heap[2], m->heap[1]) ? 2 : 1;
}

static int next_of_merged(source *base, sm_count_entry *e, sm_error *err)
{
    merged *m = (merged *)base;
    if (!m->begun) SM_TRY(begin(m, err));
    if (m->given) SM_TRY(advance(m, 0, err));
    m->given = m->n > 0;
    if (m->n == 0) return 0;
    const node *first = m->heap[0];
    *e = first->e;
    for (size_t i; (i = second(m)) > 0;) {
        const node *x = m->heap[i];
        if (x->head != first->head || !sm_span_equal(x->e.bytes, first->e.bytes)) break;
        record_add(e, &x->e, &m->space);
        SM_TRY(advance(m, i, err));
    }
    return 1;
}

static void close_merged(source *base)
{
    merged *m = (merged *)base;
    for (size_t i = 0; i < m->n; i++)
        m->heap[i]->from->close(m->heap[i]->from);
    edge_space_fini(&m->space);
    sm_free(m->nodes);
    sm_free(m->heap);
    sm_free(m);
}

source *source_merged(source *const *sources, size_t n)
{
    if (n == 1) return sources[0];
    merged *m = sm_malloc(sizeof *m);
    *m = (merged){.base = {next_of_merged, close_merged}, .n = n};
    m->nodes = sm_calloc(n + 1, sizeof *m->nodes);
    m->heap = sm_calloc(n + 1, sizeof *m->heap);
    for (size_t i = 0; i < n; i++) {
        m->nodes[i].from = sources[i];
        m->heap[i] = &m->nodes[i];
    }
    return &m->base;
}
