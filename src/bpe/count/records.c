/* Records as bytes, in and out, and adding up two of them.
 * SPDX-License-Identifier: MIT */
#include "records.h"

#include <seimai/utf8.h>

#include <string.h>

enum {
    WINDOW = 1 << 18, /* bytes read at once */
    PRETOKEN_MAX = 1 << 30,
    BUFFER_MAX = 0x7fffffff
};

/* ---- out ------------------------------------------------------------------------------------- */

static uint64_t crossings_at(const sm_count_entry *e, size_t k)
{
    return e->crossings ? e->crossings[k] : e->count;
}

void record_put(sm_buffer *out, const sm_count_entry *e, unsigned flags)
{
    const size_t edges = flags & COUNT_TAGGED ? 4 + e->n_edges * RECORD_EDGE : 0;
    const size_t documents = flags & COUNT_DOCUMENTS ? 8 : 0;
    char *p = sm_buffer_reserve(out, RECORD_HEAD + documents + e->bytes.n + edges);
    if (!p) return;
    sm_put_u32(p, (uint32_t)e->bytes.n);
    sm_put_u64(p + 4, e->count);
    p += RECORD_HEAD;
    if (documents) sm_put_u64(p, e->documents);
    memcpy(p + documents, e->bytes.p, e->bytes.n);
    p += documents + e->bytes.n;
    if (edges) sm_put_u32(p, (uint32_t)e->n_edges);
    for (size_t i = 0; edges && i < e->n_edges; i++) {
        sm_put_u32(p + 4 + i * RECORD_EDGE, e->edges[i]);
        sm_put_u64(p + 8 + i * RECORD_EDGE, crossings_at(e, i));
    }
    out->n += RECORD_HEAD + documents + e->bytes.n + edges;
}

void records_put_end(sm_buffer *out, uint64_t records, sm_hash128 hash)
{
    char end[RECORDS_END];
    sm_put_u32(end, 0);
    sm_put_u64(end + 4, records);
    sm_put_u64(end + 12, hash.lo);
    sm_put_u64(end + 20, hash.hi);
    sm_buffer_put(out, (sm_span){end, sizeof end});
}

/* Valid UTF-8: what would break a line or a column gets its letter, the rest goes over in stretches. */
static void put_text(sm_buffer *out, sm_span s)
{
    static const char special[] = "\t\n\r\\", letters[] = "tnr\\";
    size_t done = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i],
                   *found = c > 0 && (c < ' ' || c == '\\') ? strchr(special, c) : NULL;
        if (!found) continue;
        sm_buffer_put(out, (sm_span){s.p + done, i - done});
        sm_buffer_putc(out, '\\');
        sm_buffer_putc(out, letters[found - special]);
        done = i + 1;
    }
    sm_buffer_put(out, (sm_span){s.p + done, s.n - done});
}

static void put_escaped(sm_buffer *out, sm_span s)
{
    while (s.n > 0) {
        const size_t valid = sm_utf8_check(s);
        put_text(out, (sm_span){s.p, valid});
        s.p += valid;
        s.n -= valid;
        if (s.n == 0) break;
        sm_buffer_printf(out, "\\x%02X", (unsigned char)*s.p++);
        s.n--;
    }
}

void record_print(sm_buffer *out, const sm_count_entry *e)
{
    sm_buffer_printf(out, "%llu\t", (unsigned long long)e->count);
    put_escaped(out, e->bytes);
    for (size_t i = 0; i < e->n_edges; i++)
        sm_buffer_printf(out, "%c%u:%llu", i ? ' ' : '\t', e->edges[i],
                         (unsigned long long)crossings_at(e, i));
    sm_buffer_putc(out, '\n');
}

/* ---- adding up --------------------------------------------------------------------------------- */

void edge_space_fini(edge_space *s)
{
    for (size_t i = 0; i < 2; i++) {
        sm_free(s->memory[i].at);
        sm_free(s->memory[i].crossings);
    }
}

/* Room for n edges that is not the one used last. */
static struct edge_memory *next_turn(edge_space *s, size_t n)
{
    struct edge_memory *m = &s->memory[s->turn ^= 1];
    if (m->cap >= n && m->at) return m;
    sm_free(m->at);
    sm_free(m->crossings);
    m->cap = n * 2 + 16;
    m->at = sm_malloc(m->cap * sizeof *m->at);
    m->crossings = sm_malloc(m->cap * sizeof *m->crossings);
    return m;
}

/* Two ascending lists become one; equal places add up. */
static void join_edges(sm_count_entry *into, const sm_count_entry *from, edge_space *space)
{
    const struct edge_memory *m = next_turn(space, into->n_edges + from->n_edges);
    size_t n = 0;
    for (size_t a = 0, b = 0; a < into->n_edges || b < from->n_edges; n++) {
        const bool left =
            b == from->n_edges || (a < into->n_edges && into->edges[a] <= from->edges[b]);
        const bool right =
            a == into->n_edges || (b < from->n_edges && from->edges[b] <= into->edges[a]);
        m->at[n] = left ? into->edges[a] : from->edges[b];
        m->crossings[n] =
            (left ? crossings_at(into, a) : 0) + (right ? crossings_at(from, b) : 0);
        a += left;
        b += right;
    }
    into->edges = m->at;
    into->crossings = m->crossings;
    into->n_edges = n;
}

void record_add(sm_count_entry *into, const sm_count_entry *from, edge_space *space)
{
    if (into->n_edges || from->n_edges) join_edges(into, from, space);
    into->count += from->count;
    into->documents += from->documents;
}

/* ---- in ---------------------------------------------------------------------------------------- */

window window_make(window_fill fill, void *from, const char *name)
{
    return (window){
        .fill = fill, .from = from, .name = name, .bytes = sm_buffer_make(BUFFER_MAX)};
}

void window_fini(window *w)
{
    sm_buffer_free(&w->bytes);
    sm_hasher_free(w->hasher);
}

static void hash_up_to_here(window *w)
{
    if (w->hasher)
        sm_hasher_add(w->hasher, (sm_span){w->bytes.p + w->hashed, w->at - w->hashed});
    w->hashed = w->at;
}

/* More bytes at the window's end: 1, or 0 where there are none. */
static int window_more(window *w, sm_error *err)
{
    size_t got = 0;
    if (w->at > 0) {
        hash_up_to_here(w);
        memmove(w->bytes.p, w->bytes.p + w->at, w->bytes.n - w->at);
        w->bytes.n -= w->at;
        w->at = w->hashed = 0;
    }
    char *room = sm_buffer_reserve(&w->bytes, WINDOW);
    if (!room) SM_FAIL(err, SM_ELIMIT, "%s: a record is too large", w->name);
    const int rc = w->fill(w->from, room, WINDOW, &got, err);
    SM_TRY(rc);
    w->bytes.n += got;
    return rc > 0;
}

int record_take(window *w, size_t n, sm_span *bytes, sm_error *err)
{
    while (w->bytes.n - w->at < n) {
        const int rc = window_more(w, err);
        SM_TRY(rc);
        if (rc == 0) SM_FAIL(err, SM_ETRUNC, "%s: the count file ends too early", w->name);
    }
    *bytes = (sm_span){w->bytes.p + w->at, n};
    w->at += n;
    return 0;
}

int window_ends(window *w, sm_error *err)
{
    if (w->at < w->bytes.n) return 0;
    const int rc = window_more(w, err);
    return rc < 0 ? rc : rc == 0;
}

sm_hash128 window_hash(window *w)
{
    hash_up_to_here(w);
    return sm_hasher_value(w->hasher);
}

void record_parser_fini(record_parser *p)
{
    sm_buffer_free(&p->before);
    edge_space_fini(&p->space);
}

/* Edges ascend, lie inside the pre-token, and are crossed at most `count` times. */
static int get_edges(record_parser *p, sm_count_entry *e, sm_error *err)
{
    sm_span s = {0};
    SM_TRY(record_take(p->w, 4, &s, err));
    const size_t n = sm_get_u32(s.p);
    if (n >= e->bytes.n) SM_FAIL(err, SM_EFORMAT, "%s: too many edges", p->w->name);
    if (n == 0) return 0;
    const struct edge_memory *m = next_turn(&p->space, n);
    SM_TRY(record_take(p->w, n * RECORD_EDGE, &s, err));
    for (size_t i = 0; i < n; i++) {
        const uint32_t at = sm_get_u32(s.p + i * RECORD_EDGE), least = i ? m->at[i - 1] + 1 : 1;
        const uint64_t crossings = sm_get_u64(s.p + i * RECORD_EDGE + 4);
        if (at < least || at >= e->bytes.n || crossings > e->count)
            SM_FAIL(err, SM_EFORMAT, "%s: an edge out of place", p->w->name);
        m->at[i] = at;
        m->crossings[i] = crossings;
    }
    e->edges = m->at;
    e->crossings = m->crossings;
    e->n_edges = n;
    return 0;
}

static void multiply(sm_count_entry *e, uint64_t unit, edge_space *space)
{
    struct edge_memory *m = &space->memory[space->turn];
    e->count *= unit;
    for (size_t i = 0; i < e->n_edges; i++)
        m->crossings[i] *= unit;
}

/* The bytes are kept for the check of the order, and are what the caller sees. */
static int get_bytes(record_parser *p, size_t n, sm_count_entry *e, sm_error *err)
{
    sm_span s = {0};
    SM_TRY(record_take(p->w, n, &s, err));
    if (p->before.max == 0) p->before = sm_buffer_make(BUFFER_MAX);
    if (sm_span_order(sm_buffer_span(&p->before), s) >= 0)
        SM_FAIL(err, SM_EFORMAT, "%s: records are not in order", p->w->name);
    sm_buffer_clear(&p->before);
    sm_buffer_put(&p->before, s);
    e->bytes = sm_buffer_span(&p->before);
    return 0;
}

int record_get(record_parser *p, sm_count_entry *e, sm_error *err)
{
    sm_span s = {0};
    SM_TRY(record_take(p->w, 4, &s, err));
    const size_t n = sm_get_u32(s.p);
    if (n == 0) return 0;
    if (n > PRETOKEN_MAX) SM_FAIL(err, SM_EFORMAT, "%s: a huge pre-token", p->w->name);
    SM_TRY(record_take(p->w, 8, &s, err));
    *e = (sm_count_entry){.count = sm_get_u64(s.p)};
    if (p->flags & COUNT_DOCUMENTS) {
        SM_TRY(record_take(p->w, 8, &s, err));
        e->documents = sm_get_u64(s.p);
    }
    SM_TRY(get_bytes(p, n, e, err));
    if (p->flags & COUNT_TAGGED) SM_TRY(get_edges(p, e, err));
    if (p->unit > 1) multiply(e, p->unit, &p->space);
    return 1;
}
