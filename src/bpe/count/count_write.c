/* Writing count files and their view: some threads merge and lay out records while others compress.
 * SPDX-License-Identifier: MIT */
#include <seimai/count.h>
#include <seimai/file.h>
#include <seimai/parallel.h>

#include "count_file.h"
#include "records.h"

#include <string.h>

enum { CHUNK = 1 << 19, PIECE = 1 << 18, BUFFER_MAX = 0x7fffffff };
const char count_magic[8] = "SMCOUNT2";

/* Records that were laid out together. */
typedef struct piece {
    source *from; /* what is still to be laid out, or NULL */
    sm_buffer plain;
    uint32_t *ends; /* [n] of its records */
    size_t n, cap;
} piece;

/* The first piece is what the batch before left over. */
typedef struct batch {
    piece *pieces; /* [1 + writer.each] */
    size_t n;      /* in use */
} batch;

/* What becomes a compressed frame of its own; cut by the records alone, so that the bytes out are the same for any
 * number of threads. It begins in a piece of the batch and may go on in the next ones. */
typedef struct chunk {
    size_t piece, at, bytes;
    sm_buffer stored;
} chunk;

typedef struct chunk_list {
    chunk *list;
    size_t n, made, cap; /* of `made`, n are in use */
} chunk_list;

/* At a time one batch is laid out, the one before is compressed, and what was compressed before that is written. */
typedef struct writer {
    sm_count_reader *reader;
    sm_output *out;
    unsigned flags;
    bool view;      /* lines to read instead of the file */
    source *stream; /* the only part there is, until it ends */
    bool in_stream; /* at the beginning of the step */
    size_t each;
    batch batches[2], *next, *last;
    chunk_list lists[2], *compressed, *written;
    sm_buffer *scratch; /* [threads] */
} writer;

/* ---- laying out -------------------------------------------------------------------------------- */

static void put_header(piece *p, const sm_count_header *h)
{
    char head[COUNT_HEADER] = {0};
    memcpy(head, count_magic, sizeof count_magic);
    sm_put_u32(head + 8, count_flags(h));
    sm_put_u32(head + 12, (uint32_t)h->settings.n);
    sm_put_u64(head + 16, h->documents);
    sm_put_u64(head + 24, h->bytes);
    sm_put_u64(head + 32, h->dictionary.lo);
    sm_put_u64(head + 40, h->dictionary.hi);
    sm_put_u32(head + 48, h->tagged_share);
    sm_buffer_put(&p->plain, (sm_span){head, sizeof head});
    sm_buffer_put(&p->plain, h->settings);
    p->ends = sm_array_grow(p->ends, p->n, &p->cap, sizeof *p->ends);
    p->ends[p->n++] = (uint32_t)p->plain.n;
}

static bool lay_out_one(const writer *w, piece *p, source *from, int *rc, sm_error *err)
{
    sm_count_entry e = {0};
    *rc = from->next(from, &e, err);
    if (*rc <= 0) return false;
    if (w->view)
        record_print(&p->plain, &e);
    else
        record_put(&p->plain, &e, w->flags);
    p->ends = sm_array_grow(p->ends, p->n, &p->cap, sizeof *p->ends);
    p->ends[p->n++] = (uint32_t)p->plain.n;
    return true;
}

/* Fills a piece up to `most` bytes: 1, or 0 where the source has ended. */
static int lay_out(const writer *w, piece *p, source *from, size_t most, sm_error *err)
{
    int rc = 1;
    while (p->plain.n < most && lay_out_one(w, p, from, &rc, err)) {
    }
    SM_TRY(rc);
    if (p->plain.overflow) SM_FAIL(err, SM_ELIMIT, "a pre-token is too large for a count file");
    return rc;
}

static int lay_out_part(const writer *w, piece *p, sm_error *err)
{
    SM_TRY(lay_out(w, p, p->from, SIZE_MAX, err));
    p->from->close(p->from);
    p->from = NULL;
    return 0;
}

/* Whoever reads a stream fills the batch alone. */
static int lay_out_stream(writer *w, sm_error *err)
{
    batch *b = w->next;
    int rc = 1;
    for (; rc > 0 && b->n <= w->each; b->n++)
        SM_TRY(rc = lay_out(w, &b->pieces[b->n], w->stream, PIECE, err));
    if (rc > 0) return 0;
    w->stream->close(w->stream);
    w->stream = NULL;
    return 0;
}

/* ---- cutting into chunks ------------------------------------------------------------------------ */

static void put_chunk(chunk_list *l, const chunk *c)
{
    if (l->n == l->made) {
        l->list = sm_array_grow(l->list, l->made, &l->cap, sizeof *l->list);
        l->list[l->made++].stored = sm_buffer_make(BUFFER_MAX);
    }
    const sm_buffer stored = l->list[l->n].stored;
    l->list[l->n] = *c;
    l->list[l->n++].stored = stored;
}

/* The first end in a piece at or behind `at`; 0 where there is none. */
static size_t end_from(const piece *p, size_t at)
{
    size_t low = 0, high = p->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (p->ends[middle] < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low < p->n ? p->ends[low] : 0;
}

/* A chunk's bytes: the rest of its first piece, then of those behind it. */
static void copy_out(const batch *b, const chunk *c, sm_buffer *into)
{
    size_t at = c->at, left = c->bytes;
    for (size_t i = c->piece; left > 0; i++, at = 0) {
        const size_t here = b->pieces[i].plain.n - at, n = left < here ? left : here;
        sm_buffer_put(into, (sm_span){b->pieces[i].plain.p + at, n});
        left -= n;
    }
}

/* Cuts as soon as a chunk has CHUNK bytes; what is left over begins the next batch. */
static void cut(const batch *b, chunk_list *chunks, piece *left_over)
{
    chunk c = {0};
    for (size_t i = 0; i < b->n; i++) {
        const size_t n = b->pieces[i].plain.n;
        size_t at = 0, end = 0;
        while ((end = end_from(&b->pieces[i], at + CHUNK - c.bytes)) > 0) {
            c.bytes += end - at;
            put_chunk(chunks, &c);
            c = (chunk){.piece = i, .at = end};
            at = end;
        }
        c.bytes += n - at;
    }
    copy_out(b, &c, &left_over->plain);
}

/* ---- one step: a batch is laid out, the last one is compressed, the chunks before are written ------- */

/* Also tells the reader what the last batch holds: both go record by record in order. */
static int write_chunks(writer *w, sm_error *err)
{
    for (size_t i = 0; i < w->written->n; i++) {
        sm_buffer *stored = &w->written->list[i].stored;
        SM_TRY(sm_output_write(w->out, sm_buffer_span(stored), err));
        sm_buffer_clear(stored);
    }
    w->written->n = 0;
    for (size_t i = 1; i < w->last->n; i++) {
        const piece *p = &w->last->pieces[i];
        count_reader_note(w->reader, w->view ? (sm_span){0} : sm_buffer_span(&p->plain), p->n);
    }
    return 0;
}

static void compress(writer *w, unsigned worker, chunk *c)
{
    sm_buffer *plain = &w->scratch[worker];
    sm_buffer_clear(plain);
    copy_out(w->last, c, plain);
    sm_output_compress(w->out, sm_buffer_span(plain), &c->stored);
}

/* Who reads a stream begins early, and the shortest items come last: then the threads end together. */
static int do_item(void *shared, unsigned worker, size_t i, sm_error *err)
{
    writer *w = shared;
    chunk_list *chunks = w->compressed;
    if (i-- == 0) return write_chunks(w, err);
    if (w->in_stream && i-- == 0) return lay_out_stream(w, err);
    if (i >= chunks->n) return lay_out_part(w, &w->next->pieces[1 + i - chunks->n], err);
    compress(w, worker, &chunks->list[i]);
    return 0;
}

static void empty(batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        sm_buffer_clear(&b->pieces[i].plain);
        b->pieces[i].n = 0;
    }
    b->n = 1;
}

/* Gives pieces of the next batch a part each: how many. */
static size_t take_parts(writer *w)
{
    batch *b = w->next;
    while (!w->stream && b->n <= w->each && count_reader_parts(w->reader) > 0)
        b->pieces[b->n++].from = count_reader_take(w->reader);
    return b->n - 1;
}

static void move_on(writer *w)
{
    batch *const laid_out = w->next;
    chunk_list *const compressed = w->compressed;
    w->next = w->last;
    w->last = laid_out;
    w->compressed = w->written;
    w->written = compressed;
    empty(w->next);
    cut(w->last, w->compressed, &w->next->pieces[0]);
}

static bool is_done(const writer *w)
{
    return !w->stream && count_reader_parts(w->reader) == 0 && w->last->n == 1 &&
           w->compressed->n == 0 && w->written->n == 0;
}

/* What is left over and what stands behind the records are the last chunk. */
static int write_end(writer *w, sm_error *err)
{
    sm_buffer *plain = &w->next->pieces[0].plain, *stored = &w->scratch[0];
    if (!w->view)
        records_put_end(plain, sm_count_reader_header(w->reader)->records,
                        sm_count_reader_hash(w->reader));
    sm_buffer_clear(stored);
    sm_output_compress(w->out, sm_buffer_span(plain), stored);
    return sm_output_write(w->out, sm_buffer_span(stored), err);
}

static int write_all(writer *w, unsigned threads, sm_error *err)
{
    if (!w->view) put_header(&w->next->pieces[0], sm_count_reader_header(w->reader));
    if (count_reader_parts(w->reader) == 1) w->stream = count_reader_take(w->reader);
    do {
        const size_t parts = take_parts(w);
        w->in_stream = w->stream != NULL;
        const size_t n = 1 + w->in_stream + w->compressed->n + parts;
        SM_TRY(sm_parallel(threads, n, do_item, w, err));
        move_on(w);
    } while (!is_done(w));
    return write_end(w, err);
}

/* ---- a writer ------------------------------------------------------------------------------------ */

static void writer_init(writer *w, unsigned threads)
{
    w->each = threads > 1 ? 6 * (size_t)threads : 2;
    for (size_t k = 0; k < 2; k++) {
        w->batches[k] = (batch){sm_calloc(1 + w->each, sizeof(piece)), 1};
        for (size_t i = 0; i <= w->each; i++)
            w->batches[k].pieces[i].plain = sm_buffer_make(BUFFER_MAX);
    }
    w->scratch = sm_calloc(threads + 1, sizeof *w->scratch);
    for (size_t i = 0; i <= threads; i++)
        w->scratch[i] = sm_buffer_make(BUFFER_MAX);
    w->next = &w->batches[0];
    w->last = &w->batches[1];
    w->compressed = &w->lists[0];
    w->written = &w->lists[1];
}

static void batch_fini(const batch *b, size_t each)
{
    for (size_t i = 0; i <= each; i++) {
        piece *p = &b->pieces[i];
        if (p->from) p->from->close(p->from);
        sm_buffer_free(&p->plain);
        sm_free(p->ends);
    }
    sm_free(b->pieces);
}

static void writer_fini(writer *w, unsigned threads)
{
    if (w->stream) w->stream->close(w->stream);
    for (size_t k = 0; k < 2; k++) {
        batch_fini(&w->batches[k], w->each);
        for (size_t i = 0; i < w->lists[k].made; i++)
            sm_buffer_free(&w->lists[k].list[i].stored);
        sm_free(w->lists[k].list);
    }
    for (size_t i = 0; i <= threads; i++)
        sm_buffer_free(&w->scratch[i]);
    sm_free(w->scratch);
}

static int write_as(sm_count_reader *reader, const char *path, bool view, unsigned threads,
                    sm_error *err)
{
    writer w = {.reader = reader, .view = view};
    w.flags = count_flags(sm_count_reader_header(reader));
    SM_TRY(sm_output_open(&w.out, path, err));
    writer_init(&w, threads);
    int rc = write_all(&w, threads, err);
    if (rc == 0)
        rc = sm_output_commit(w.out, err);
    else
        sm_output_abort(w.out);
    writer_fini(&w, threads);
    return rc;
}

int sm_count_write(sm_count_reader *reader, const char *path, unsigned threads, sm_error *err)
{
    return write_as(reader, path, false, threads, err);
}

int sm_count_write_view(sm_count_reader *reader, const char *path, unsigned threads,
                        sm_error *err)
{
    return write_as(reader, path, true, threads, err);
}
