/* Writing count files and their view: one thread merges and lays out records while the others compress.
 * SPDX-License-Identifier: MIT */
#include <seimai/count.h>
#include <seimai/file.h>
#include <seimai/parallel.h>

#include "count_file.h"
#include "records.h"

#include <string.h>

enum { CHUNK = 1 << 19, BUFFER_MAX = 0x7fffffff };
const char count_magic[8] = "SMCOUNT2";

/* What becomes a compressed frame of its own; cut by the records alone, so that the bytes out are the same for any
 * number of threads. */
typedef struct chunk {
    sm_buffer plain, stored;
} chunk;

/* While one batch is compressed, the next is laid out. */
typedef struct batch {
    chunk *chunks; /* [writer.each] */
    size_t n;      /* laid out */
} batch;

typedef struct writer {
    sm_count_reader *reader;
    sm_output *out;
    bool view; /* lines to read instead of the file */
    bool ended;
    size_t each;
    batch batches[2], *next, *last;
} writer;

/* ---- laying out -------------------------------------------------------------------------------- */

static void put_header(sm_buffer *b, const sm_count_header *h)
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
    sm_buffer_put(b, (sm_span){head, sizeof head});
    sm_buffer_put(b, h->settings);
}

/* Fills a chunk with records; the last one gets what stands behind them. */
static int lay_out(writer *w, sm_buffer *b, sm_error *err)
{
    const unsigned flags = count_flags(sm_count_reader_header(w->reader));
    sm_count_entry e = {0};
    int rc = 1;
    while (b->n < CHUNK && (rc = sm_count_reader_next(w->reader, &e, err)) > 0) {
        if (w->view)
            record_print(b, &e);
        else
            record_put(b, &e, flags);
    }
    SM_TRY(rc);
    w->ended = rc == 0;
    if (w->ended && !w->view)
        records_put_end(b, sm_count_reader_header(w->reader)->records,
                        sm_count_reader_hash(w->reader));
    if (b->overflow) SM_FAIL(err, SM_ELIMIT, "a pre-token is too large for a count file");
    return 0;
}

static int lay_out_batch(writer *w, sm_error *err)
{
    batch *b = w->next;
    for (b->n = 0; b->n < w->each && !w->ended; b->n++)
        SM_TRY(lay_out(w, &b->chunks[b->n].plain, err));
    return 0;
}

/* ---- one step: item 0 lays out the next batch, the others compress a chunk of the last ------------ */

static int do_item(void *shared, unsigned worker, size_t i, sm_error *err)
{
    writer *w = shared;
    (void)worker;
    if (i == 0) return lay_out_batch(w, err);
    chunk *c = &w->last->chunks[i - 1];
    sm_output_compress(w->out, sm_buffer_span(&c->plain), &c->stored);
    sm_buffer_clear(&c->plain);
    return 0;
}

static int write_last(writer *w, sm_error *err)
{
    for (size_t i = 0; i < w->last->n; i++) {
        chunk *c = &w->last->chunks[i];
        SM_TRY(sm_output_write(w->out, sm_buffer_span(&c->stored), err));
        sm_buffer_clear(&c->stored);
    }
    w->last->n = 0;
    return 0;
}

static int write_all(writer *w, unsigned threads, sm_error *err)
{
    w->next = &w->batches[0];
    w->last = &w->batches[1];
    if (!w->view) put_header(&w->next->chunks[0].plain, sm_count_reader_header(w->reader));
    while (!w->ended || w->last->n > 0) {
        SM_TRY(sm_parallel(threads, 1 + w->last->n, do_item, w, err));
        SM_TRY(write_last(w, err));
        batch *const laid_out = w->next;
        w->next = w->last;
        w->last = laid_out;
    }
    return 0;
}

static void batch_init(batch *b, size_t each)
{
    b->chunks = sm_malloc(each * sizeof *b->chunks);
    for (size_t i = 0; i < each; i++)
        b->chunks[i] = (chunk){sm_buffer_make(BUFFER_MAX), sm_buffer_make(BUFFER_MAX)};
}

static void batch_fini(batch *b, size_t each)
{
    for (size_t i = 0; i < each; i++) {
        sm_buffer_free(&b->chunks[i].plain);
        sm_buffer_free(&b->chunks[i].stored);
    }
    sm_free(b->chunks);
}

static int write_as(sm_count_reader *reader, const char *path, bool view, unsigned threads,
                    sm_error *err)
{
    writer w = {.reader = reader, .view = view, .each = threads > 1 ? 4 * (size_t)threads : 1};
    SM_TRY(sm_output_open(&w.out, path, err));
    for (size_t i = 0; i < 2; i++)
        batch_init(&w.batches[i], w.each);
    int rc = write_all(&w, threads, err);
    if (rc == 0)
        rc = sm_output_commit(w.out, err);
    else
        sm_output_abort(w.out);
    for (size_t i = 0; i < 2; i++)
        batch_fini(&w.batches[i], w.each);
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
