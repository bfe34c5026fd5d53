/* The count file: header and records as seimai/count.h lays them out.
 * SPDX-License-Identifier: MIT */
#include <seimai/count.h>
#include <seimai/file.h>
#include <seimai/utf8.h>

#include "counts_internal.h"

#include <string.h>
#include <sys/stat.h>

enum {
    HEADER = 56,
    SETTINGS_MAX = 1 << 20,
    PRETOKEN_MAX = 1 << 30,
    COMPLETE = 1,
    TAGGED = 2,
    FRAME = 1 << 20,  /* bytes of a compressed frame */
    WINDOW = 1 << 18, /* bytes read at once */
    BUFFER_MAX = 0x7fffffff
};
static const char magic[8] = "SMCOUNT1";

void sm_count_header_free(sm_count_header *header)
{
    sm_arena_free(&header->arena);
    *header = (sm_count_header){0};
}

/* ---- writing -------------------------------------------------------------------------------- */

static void put_u32(sm_buffer *b, uint32_t v)
{
    char *p = sm_buffer_reserve(b, 4);
    if (!p) return;
    sm_put_u32(p, v);
    b->n += 4;
}

static void put_u64(sm_buffer *b, uint64_t v)
{
    char *p = sm_buffer_reserve(b, 8);
    if (!p) return;
    sm_put_u64(p, v);
    b->n += 8;
}

static void put_header(sm_buffer *b, const sm_count_header *h)
{
    sm_buffer_put(b, (sm_span){magic, sizeof magic});
    put_u32(b, (h->complete ? COMPLETE : 0u) | (h->tagged ? TAGGED : 0u));
    put_u32(b, (uint32_t)h->settings.n);
    put_u64(b, h->documents);
    put_u64(b, h->bytes);
    put_u64(b, h->records);
    put_u64(b, h->dictionary.lo);
    put_u64(b, h->dictionary.hi);
    sm_buffer_put(b, h->settings);
}

static void put_record(sm_buffer *b, const sm_count_entry *e, bool tagged)
{
    put_u32(b, (uint32_t)e->bytes.n);
    put_u64(b, e->count);
    sm_buffer_put(b, e->bytes);
    if (!tagged) return;
    put_u32(b, (uint32_t)e->n_edges);
    for (size_t i = 0; i < e->n_edges; i++) {
        put_u32(b, e->edges[i]);
        put_u64(b, e->crossings ? e->crossings[i] : e->count);
    }
}

sm_hash128 sm_counts_hash(sm_counts *counts)
{
    sm_hasher *hasher = sm_hasher_new();
    sm_buffer record = sm_buffer_make(BUFFER_MAX);
    sm_counts_sort(counts);
    for (size_t i = 0; i < counts->n; i++) {
        const sm_count_entry e = sm_counts_get(counts, i);
        sm_buffer_clear(&record);
        put_record(&record, &e, counts->tagged);
        sm_hasher_add(hasher, sm_buffer_span(&record));
    }
    const sm_hash128 value = sm_hasher_value(hasher);
    sm_hasher_free(hasher);
    sm_buffer_free(&record);
    return value;
}

typedef struct frame_writer {
    sm_output *out;
    sm_buffer plain, stored;
} frame_writer;

static int flush(frame_writer *w, size_t at_least, sm_error *err)
{
    if (w->plain.overflow) SM_FAIL(err, SM_ELIMIT, "a pre-token is too large for a count file");
    if (w->plain.n < at_least || w->plain.n == 0) return 0;
    sm_buffer_clear(&w->stored);
    sm_output_compress(w->out, sm_buffer_span(&w->plain), &w->stored);
    sm_buffer_clear(&w->plain);
    return sm_output_write(w->out, sm_buffer_span(&w->stored), err);
}

static int write_all(frame_writer *w, const sm_counts *counts, const sm_count_header *h,
                     sm_error *err)
{
    put_header(&w->plain, h);
    for (size_t i = 0; i < h->records; i++) {
        const sm_count_entry e = sm_counts_get(counts, i);
        put_record(&w->plain, &e, h->tagged);
        SM_TRY(flush(w, FRAME, err));
    }
    return flush(w, 0, err);
}

int sm_counts_write(sm_counts *counts, const char *path, sm_count_header *header, sm_error *err)
{
    frame_writer w = {NULL, sm_buffer_make(BUFFER_MAX), sm_buffer_make(BUFFER_MAX)};
    sm_counts_sort(counts);
    header->documents = counts->documents;
    header->bytes = counts->bytes;
    header->records = counts->n;
    header->tagged = counts->tagged;
    int rc = sm_output_open(&w.out, path, err);
    if (rc == 0) rc = write_all(&w, counts, header, err);
    if (rc == 0)
        rc = sm_output_commit(w.out, err);
    else
        sm_output_abort(w.out);
    sm_buffer_free(&w.plain);
    sm_buffer_free(&w.stored);
    return rc;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* A window over the plain bytes of a file. */
typedef struct window {
    sm_input *in;
    sm_buffer bytes;
    size_t at; /* read up to here */
} window;

/* Gives the next n bytes, valid until the next call. 1, or 0 at a clean end of the file. */
static int take(window *w, size_t n, sm_span *bytes, sm_error *err)
{
    if (w->at > WINDOW) { /* move the rest to the front */
        memmove(w->bytes.p, w->bytes.p + w->at, w->bytes.n - w->at);
        w->bytes.n -= w->at;
        w->at = 0;
    }
    while (w->bytes.n - w->at < n) {
        size_t got = 0;
        char *room = sm_buffer_reserve(&w->bytes, WINDOW);
        if (!room) SM_FAIL(err, SM_ELIMIT, "%s: a record is too large", sm_input_name(w->in));
        const int rc = sm_input_read(w->in, room, WINDOW, &got, err);
        SM_TRY(rc);
        w->bytes.n += got;
        if (rc > 0) continue;
        if (w->bytes.n == w->at) return 0;
        SM_FAIL(err, SM_ETRUNC, "%s: the count file ends inside a record",
                sm_input_name(w->in));
    }
    *bytes = (sm_span){w->bytes.p + w->at, n};
    w->at += n;
    return 1;
}

/* The same where the file may not end. */
static int need(window *w, size_t n, sm_span *bytes, sm_error *err)
{
    const int rc = take(w, n, bytes, err);
    if (rc == 0 && n > 0)
        SM_FAIL(err, SM_ETRUNC, "%s: the count file ends too early", sm_input_name(w->in));
    return rc;
}

static int read_header(window *w, sm_count_header *h, sm_error *err)
{
    sm_span s = {0};
    SM_TRY(need(w, sizeof magic, &s, err));
    if (memcmp(s.p, magic, sizeof magic) != 0)
        SM_FAIL(err, SM_EFORMAT, "%s: not a count file", sm_input_name(w->in));
    SM_TRY(need(w, HEADER - sizeof magic, &s, err));
    const uint32_t flags = sm_get_u32(s.p), settings = sm_get_u32(s.p + 4);
    h->complete = flags & COMPLETE;
    h->tagged = flags & TAGGED;
    h->documents = sm_get_u64(s.p + 8);
    h->bytes = sm_get_u64(s.p + 16);
    h->records = sm_get_u64(s.p + 24);
    h->dictionary = (sm_hash128){.lo = sm_get_u64(s.p + 32), .hi = sm_get_u64(s.p + 40)};
    if (settings > SETTINGS_MAX || settings == 0)
        SM_FAIL(err, SM_EFORMAT, "%s: broken settings", sm_input_name(w->in));
    SM_TRY(need(w, settings, &s, err));
    h->settings = sm_arena_copy(&h->arena, s);
    return 0;
}

static bool same_settings(const sm_count_header *a, const sm_count_header *b)
{
    return sm_span_equal(a->settings, b->settings) && a->tagged == b->tagged &&
           sm_hash128_equal(a->dictionary, b->dictionary);
}

/* Adds a file's header to that of the files before it. */
static int join_headers(sm_count_header *all, sm_count_header *one, const char *name,
                        sm_error *err)
{
    if (all->settings.n == 0) {
        *all = *one;
        *one = (sm_count_header){0};
        return 0;
    }
    if (!same_settings(all, one))
        SM_FAIL(err, SM_EUSAGE, "%s: counted with other settings than the files before", name);
    all->complete &= one->complete;
    all->documents += one->documents;
    all->bytes += one->bytes;
    all->records += one->records;
    return 0;
}

/* Edges ascend, lie inside the pre-token, and are crossed at most `count` times. */
static int read_edges(window *w, sm_count_entry *e, sm_arena *scratch, sm_error *err)
{
    sm_span s = {0};
    SM_TRY(need(w, 4, &s, err));
    e->n_edges = sm_get_u32(s.p);
    if (e->n_edges >= e->bytes.n)
        SM_FAIL(err, SM_EFORMAT, "%s: too many edges", sm_input_name(w->in));
    uint32_t *at = sm_arena_alloc(scratch, e->n_edges * sizeof *at);
    uint64_t *crossings = sm_arena_alloc(scratch, e->n_edges * sizeof *crossings);
    SM_TRY(need(w, e->n_edges * 12, &s, err));
    for (size_t i = 0; i < e->n_edges; i++) {
        at[i] = sm_get_u32(s.p + 12 * i);
        crossings[i] = sm_get_u64(s.p + 12 * i + 4);
        const uint32_t least = i ? at[i - 1] + 1 : 1;
        if (at[i] < least || at[i] >= e->bytes.n || crossings[i] > e->count)
            SM_FAIL(err, SM_EFORMAT, "%s: an edge out of place", sm_input_name(w->in));
    }
    e->edges = at;
    e->crossings = crossings;
    return 0;
}

/* One record into the table; `before` is the record before it, in order to check the order. */
static int read_record(window *w, sm_counts *c, bool tagged, sm_buffer *before, sm_error *err)
{
    sm_arena scratch = {0};
    sm_span s = {0};
    SM_TRY(need(w, 12, &s, err));
    sm_count_entry e = {.bytes.n = sm_get_u32(s.p), .count = sm_get_u64(s.p + 4)};
    if (e.bytes.n == 0 || e.bytes.n > PRETOKEN_MAX)
        SM_FAIL(err, SM_EFORMAT, "%s: an empty or huge pre-token", sm_input_name(w->in));
    SM_TRY(need(w, e.bytes.n, &s, err));
    if (sm_span_order(sm_buffer_span(before), s) >= 0)
        SM_FAIL(err, SM_EFORMAT, "%s: records are not in order", sm_input_name(w->in));
    sm_buffer_clear(before);
    sm_buffer_put(before, s);
    const size_t i = counts_index(c, s);
    int rc = 0;
    if (tagged) {
        rc = read_edges(w, &e, &scratch, err);
        counts_room_for_edges(c);
        if (rc >= 0) counts_add_edges(c, i, c->counts[i], &e);
        sm_arena_free(&scratch);
    }
    c->counts[i] += e.count;
    return rc;
}

static int read_all(window *w, sm_counts *c, sm_count_header *all, sm_error *err)
{
    sm_count_header h = {0};
    sm_buffer before = sm_buffer_make(BUFFER_MAX);
    sm_span s = {0};
    int rc = read_header(w, &h, err);
    const uint64_t records = h.records;
    const bool tagged = h.tagged;
    c->documents += h.documents;
    c->bytes += h.bytes;
    if (rc >= 0) rc = join_headers(all, &h, sm_input_name(w->in), err);
    for (uint64_t i = 0; i < records && rc >= 0; i++)
        rc = read_record(w, c, tagged, &before, err);
    if (rc >= 0) rc = take(w, 1, &s, err);
    if (rc > 0)
        rc = sm_error_set(err, SM_EFORMAT, "%s: bytes after the last record",
                          sm_input_name(w->in));
    c->tagged |= tagged;
    sm_count_header_free(&h);
    sm_buffer_free(&before);
    return rc;
}

int sm_counts_read(sm_counts *counts, const char *path, sm_count_header *header, sm_error *err)
{
    window w = {NULL, sm_buffer_make(BUFFER_MAX), 0};
    SM_TRY(sm_input_open(&w.in, path, err));
    const int rc = read_all(&w, counts, header, err);
    sm_input_close(w.in);
    sm_buffer_free(&w.bytes);
    return rc;
}

bool sm_count_file_is(const char *path)
{
    sm_error ignored = {0};
    sm_input *in = NULL;
    char head[sizeof magic];
    size_t n = 0, got = 0;
    struct stat about; /* a pipe must not lose its first bytes to this question */
    if (stat(path, &about) != 0 || !S_ISREG(about.st_mode)) return false;
    if (sm_input_open(&in, path, &ignored) < 0) return false;
    while (n < sizeof head && sm_input_read(in, head + n, sizeof head - n, &got, &ignored) > 0)
        n += got;
    sm_input_close(in);
    return n == sizeof head && memcmp(head, magic, sizeof head) == 0;
}

/* ---- the escaped view ----------------------------------------------------------------------- */

static void put_escaped(sm_buffer *out, sm_span s)
{
    static const char plain[] = "\t\n\r\\", letters[] = "tnr\\";
    while (s.n > 0) {
        const size_t valid = sm_utf8_check(s);
        for (size_t i = 0; i < valid; i++) {
            const char *found = s.p[i] ? strchr(plain, s.p[i]) : NULL;
            if (found) sm_buffer_putc(out, '\\');
            sm_buffer_putc(out, found ? letters[found - plain] : s.p[i]);
        }
        s.p += valid;
        s.n -= valid;
        if (s.n == 0) break;
        sm_buffer_printf(out, "\\x%02X", (unsigned char)*s.p++);
        s.n--;
    }
}

static void put_line(sm_buffer *out, const sm_count_entry *e)
{
    sm_buffer_printf(out, "%llu\t", (unsigned long long)e->count);
    put_escaped(out, e->bytes);
    for (size_t i = 0; i < e->n_edges; i++)
        sm_buffer_printf(out, "%c%u:%llu", i ? ' ' : '\t', e->edges[i],
                         (unsigned long long)(e->crossings ? e->crossings[i] : e->count));
    sm_buffer_putc(out, '\n');
}

void sm_counts_print(const sm_counts *counts, size_t *at, size_t bytes, sm_buffer *out)
{
    while (*at < counts->n && out->n < bytes) {
        const sm_count_entry e = sm_counts_get(counts, (*at)++);
        put_line(out, &e);
    }
}
