/* Streams of records in order: from a table, from counts, from bytes.
 * SPDX-License-Identifier: MIT */
#include "records.h"

#include "counts_internal.h"

/* ---- a table ----------------------------------------------------------------------------------- */

typedef struct table_source {
    source base;
    const table *t;
    size_t i, end;
    uint32_t *at; /* edges of the present record */
    uint64_t *crossings;
    size_t cap;
} table_source;

static void close_table(source *s)
{
    table_source *t = (table_source *)s;
    sm_free(t->at);
    sm_free(t->crossings);
    sm_free(t);
}

/* The crossings of inner characters that were crossed at all, with their places. */
static void list_edges(table_source *s, const table_record *r, sm_count_entry *e)
{
    const uint64_t *crossings = r->more + s->t->n_fixed;
    if (s->cap < r->n_inner) {
        s->cap = r->n_inner * (size_t)2;
        s->at = sm_realloc(s->at, s->cap * sizeof *s->at);
        s->crossings = sm_realloc(s->crossings, s->cap * sizeof *s->crossings);
    }
    for (uint32_t i = 1, inner = 0; i < r->n; i++) {
        if (((unsigned char)e->bytes.p[i] & 0xC0) == 0x80) continue;
        const uint64_t crossed = crossings[inner++];
        if (crossed == 0) continue;
        s->at[e->n_edges] = i;
        s->crossings[e->n_edges++] = crossed;
    }
    e->edges = s->at;
    e->crossings = s->crossings;
}

/* Records lie as they came: those that come soon are fetched. (A function that does nothing but prefetch is one
 * that does nothing, to GCC: so this one only says what.) */
static const char *soon(const table_source *s)
{
    enum { AHEAD = 16 };
    const size_t i = s->i + AHEAD;
    return (const char *)table_sorted(s->t, i < s->end ? i : s->i);
}

static int next_of_table(source *base, sm_count_entry *e, sm_error *err)
{
    enum { LINE = 64 };
    (void)err;
    table_source *s = (table_source *)base;
    if (s->i == s->end) return 0;
    const char *ahead = soon(s);
    __builtin_prefetch(ahead);
    __builtin_prefetch(ahead + LINE);
    const table_record *r = table_sorted(s->t, s->i++);
    *e = (sm_count_entry){.bytes = table_bytes(s->t, r), .count = r->count};
    if (s->t->kind & TABLE_DOCUMENTS) e->documents = r->more[0];
    if (r->n_inner) list_edges(s, r, e);
    return 1;
}

source *source_of_table(const table *sorted, size_t from, size_t to)
{
    table_source *s = sm_malloc(sizeof *s);
    *s =
        (table_source){.base = {next_of_table, close_table}, .t = sorted, .i = from, .end = to};
    return &s->base;
}

/* ---- counts -------------------------------------------------------------------------------------- */

typedef struct counts_source {
    source base;
    const sm_counts *counts;
    size_t i;
} counts_source;

static void close_counts(source *s)
{
    sm_free(s);
}

static int next_of_counts(source *base, sm_count_entry *e, sm_error *err)
{
    (void)err;
    counts_source *s = (counts_source *)base;
    if (s->i == sm_counts_size(s->counts)) return 0;
    *e = sm_counts_get(s->counts, s->i++);
    return 1;
}

source *source_of_counts(sm_counts *counts)
{
    sm_counts_sort(counts);
    counts_source *s = sm_malloc(sizeof *s);
    *s = (counts_source){.base = {next_of_counts, close_counts}, .counts = counts};
    return &s->base;
}

/* ---- bytes ------------------------------------------------------------------------------------------ */

typedef struct window_source {
    source base;
    window w;
    record_parser parser;
    uint64_t records;
    void (*end)(void *from);
    bool ended;
} window_source;

static void close_window(source *base)
{
    window_source *s = (window_source *)base;
    record_parser_fini(&s->parser);
    window_fini(&s->w);
    s->end(s->w.from);
    sm_free(s);
}

/* Behind the last record stand how many there are, and their hash. */
static int check_end(window_source *s, sm_error *err)
{
    sm_span end = {0};
    s->w.at -= 4; /* the mark itself is not hashed */
    const sm_hash128 hash = window_hash(&s->w);
    s->w.at += 4;
    SM_TRY(record_take(&s->w, RECORDS_END - 4, &end, err));
    const sm_hash128 want = {.lo = sm_get_u64(end.p + 8), .hi = sm_get_u64(end.p + 16)};
    if (sm_get_u64(end.p) != s->records || !sm_hash128_equal(hash, want))
        SM_FAIL(err, SM_EHASH, "%s: the count file is damaged: its hash does not match",
                s->w.name);
    const int rc = window_ends(&s->w, err);
    SM_TRY(rc);
    if (rc == 0) SM_FAIL(err, SM_EFORMAT, "%s: bytes after the last record", s->w.name);
    s->ended = true;
    return 0;
}

static int next_of_window(source *base, sm_count_entry *e, sm_error *err)
{
    window_source *s = (window_source *)base;
    if (s->ended) return 0;
    const int rc = record_get(&s->parser, e, err);
    if (rc == 0) return check_end(s, err);
    s->records += rc > 0;
    return rc;
}

source *source_of_window(const window *w, unsigned flags, uint64_t unit,
                         void (*end)(void *from))
{
    window_source *s = sm_malloc(sizeof *s);
    *s = (window_source){.base = {next_of_window, close_window}, .w = *w, .end = end};
    s->parser = (record_parser){.w = &s->w, .flags = flags, .unit = unit};
    s->w.hashed = s->w.at;
    s->w.hasher = sm_hasher_new();
    return &s->base;
}
