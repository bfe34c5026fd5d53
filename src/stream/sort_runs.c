/* Sorted runs in an unnamed file, and reading several of them in one order.
 * SPDX-License-Identifier: MIT */
#include "sort_internal.h"

#include <seimai/file.h>

#include <unistd.h>

enum { WRITE_BUFFER = 1 << 18, VARINT_MAX = 10 };

/* ---- writing -------------------------------------------------------------------------------- */

int runs_open(run_file *f, const sm_sort_options *o, sm_error *err)
{
    *f = (run_file){.fd = -1, .folder = o->folder, .key = o->key, .value = o->value};
    f->pending = sm_buffer_make(SIZE_MAX / 2);
    if (!o->folder)
        SM_FAIL(err, SM_ELIMIT, "%zu MiB of memory do not hold what is to be sorted (--memory)",
                o->memory >> 20);
    return sm_temporary_open(o->folder, &f->fd, err);
}

void runs_close(run_file *f)
{
    if (f->fd >= 0) (void)close(f->fd);
    sm_buffer_free(&f->pending);
    sm_free(f->runs);
    *f = (run_file){.fd = -1};
}

static int flush(run_file *f, sm_error *err)
{
    SM_TRY(sm_temporary_write(f->fd, f->folder, sm_buffer_span(&f->pending), err));
    f->size += (int64_t)f->pending.n;
    sm_buffer_clear(&f->pending);
    return 0;
}

void runs_begin(run_file *f)
{
    f->runs = sm_array_grow(f->runs, f->n, &f->cap, sizeof *f->runs);
    f->runs[f->n] = (sort_run){f->size, f->size};
}

static void put_varint(sm_buffer *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        sm_buffer_putc(b, (char)(v | 0x80));
    sm_buffer_putc(b, (char)v);
}

int runs_put(run_file *f, sort_record r, sm_error *err)
{
    if (f->key + f->value == 0) {
        put_varint(&f->pending, r.key.n);
        put_varint(&f->pending, r.value.n);
    }
    sm_buffer_put(&f->pending, r.key);
    sm_buffer_put(&f->pending, r.value);
    return f->pending.n < WRITE_BUFFER ? 0 : flush(f, err);
}

int runs_end(run_file *f, sm_error *err)
{
    SM_TRY(flush(f, err));
    f->runs[f->n++].end = f->size;
    return 0;
}

/* ---- reading one run ------------------------------------------------------------------------ */

typedef struct run_reader {
    const run_file *f;
    int64_t at, end; /* what of the file is not in the buffer yet */
    char *buffer;
    size_t used, n, cap; /* the bytes [used, n) of the buffer are still to be given */
    sort_record now;
    uint64_t prefix; /* the first 8 bytes of the present key, zeros past its end */
} run_reader;

static void make_room(run_reader *r, size_t need)
{
    memmove(r->buffer, r->buffer + r->used, r->n - r->used);
    r->n -= r->used;
    r->used = 0;
    if (need <= r->cap) return;
    r->cap = need;
    r->buffer = sm_realloc(r->buffer, need);
}

/* Has the next `need` bytes in the buffer, or all that are left of the run; then as many more as there is
 * room for. */
static int fill(run_reader *r, size_t need, sm_error *err)
{
    const int64_t left = r->end - r->at;
    if (r->n - r->used >= need || left == 0) return 0;
    make_room(r, need);
    const size_t free = r->cap - r->n, wanted = (int64_t)free < left ? free : (size_t)left;
    SM_TRY(sm_temporary_read(r->f->fd, r->f->folder, r->buffer + r->n, wanted, r->at, err));
    r->n += wanted;
    r->at += (int64_t)wanted;
    return 0;
}

static size_t get_varint(run_reader *r)
{
    size_t v = 0;
    for (unsigned shift = 0;; shift += 7) {
        const uint8_t byte = (uint8_t)r->buffer[r->used++];
        v |= (size_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return v;
    }
}

static uint64_t prefix_of(sm_span key)
{
    uint64_t prefix = 0;
    for (size_t i = 0; i < 8; i++)
        prefix = prefix << 8 | (i < key.n ? (uint8_t)key.p[i] : 0);
    return prefix;
}

/* 1, or 0 at the end of the run. */
static int read_record(run_reader *r, sm_error *err)
{
    size_t key = r->f->key, value = r->f->value;
    SM_TRY(fill(r, key + value ? key + value : 2 * VARINT_MAX, err));
    if (r->used == r->n) return 0;
    if (key + value == 0) {
        key = get_varint(r);
        value = get_varint(r);
        SM_TRY(fill(r, key + value, err));
    }
    const char *p = r->buffer + r->used;
    r->now = (sort_record){{p, key}, {p + key, value}};
    r->prefix = prefix_of(r->now.key);
    r->used += key + value;
    return 1;
}

/* ---- reading several ------------------------------------------------------------------------ */

struct run_merge {
    run_reader *readers;
    size_t n_readers;
    run_reader **heap; /* the least record is that of heap[0] */
    size_t n;
    bool begun;
};

run_merge *merge_new(const run_file *f, size_t first, size_t n, size_t buffer)
{
    run_merge *m = sm_calloc(1, sizeof *m);
    m->readers = sm_calloc(n, sizeof *m->readers);
    m->heap = sm_calloc(n, sizeof *m->heap);
    m->n_readers = n;
    for (size_t i = 0; i < n; i++) {
        const sort_run run = f->runs[first + i];
        m->readers[i] = (run_reader){.f = f, .at = run.begin, .end = run.end, .cap = buffer};
        m->readers[i].buffer = sm_malloc(buffer);
    }
    return m;
}

void merge_free(run_merge *m)
{
    if (!m) return;
    for (size_t i = 0; i < m->n_readers; i++)
        sm_free(m->readers[i].buffer);
    sm_free(m->readers);
    sm_free(m->heap);
    sm_free(m);
}

/* Readers lie in the order of their runs, which decides between equal keys. */
static bool comes_before(const run_reader *a, const run_reader *b)
{
    if (a->prefix != b->prefix) return a->prefix < b->prefix;
    const int order = sm_span_order(a->now.key, b->now.key);
    return order != 0 ? order < 0 : a < b;
}

static void sift_down(run_merge *m, size_t i)
{
    run_reader *const moved = m->heap[i];
    for (size_t child; (child = 2 * i + 1) < m->n; i = child) {
        if (child + 1 < m->n && comes_before(m->heap[child + 1], m->heap[child])) child++;
        if (comes_before(moved, m->heap[child])) break;
        m->heap[i] = m->heap[child];
    }
    m->heap[i] = moved;
}

static int begin(run_merge *m, sm_error *err)
{
    m->begun = true;
    for (size_t i = 0; i < m->n_readers; i++) {
        const int rc = read_record(&m->readers[i], err);
        SM_TRY(rc);
        if (rc == 1) m->heap[m->n++] = &m->readers[i];
    }
    for (size_t i = m->n / 2; i-- > 0;)
        sift_down(m, i);
    return 0;
}

int merge_next(run_merge *m, sort_record *r, sm_error *err)
{
    if (!m->begun) {
        SM_TRY(begin(m, err));
    } else if (m->n > 0) { /* the record given last was that of heap[0] */
        const int rc = read_record(m->heap[0], err);
        SM_TRY(rc);
        if (rc == 0) m->heap[0] = m->heap[--m->n];
        if (m->n > 0) sift_down(m, 0);
    }
    if (m->n == 0) return 0;
    *r = m->heap[0]->now;
    return 1;
}
