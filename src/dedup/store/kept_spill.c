/* Kept documents: moving them to disk. See kept_docs.h.
 * SPDX-License-Identifier: MIT */
#include "kept_internal.h"

#include <inttypes.h>
#include <seimai/hash.h>
#include <string.h>

enum { WRITE_BYTES = 1 << 20 };

static int make_files(kept_docs *k, sm_error *err)
{
    if (!k->entries.name) SM_TRY(store_file_make(&k->entries, k->space, "documents", err));
    if (!k->records.name) SM_TRY(store_file_make(&k->records, k->space, "records", err));
    return SM_OK;
}

/* ---- records -------------------------------------------------------------------------------- */

/* Appends a document's record to the buffer. */
static int put_record(const kept_docs *k, uint32_t document, const kept_view *doc,
                      sm_buffer *out, kept_entry *entry, sm_error *err)
{
    const size_t payload = kept_payload_bytes(k, doc->n_set);
    const size_t bound = k->kind == PAYLOAD_SET ? set_code_bound(doc->n_set) : payload;
    char *record = sm_buffer_reserve(out, RECORD_HEAD + doc->id.n + bound);
    size_t n = 0;
    if (doc->id.n) memcpy(record + RECORD_HEAD, doc->id.p, doc->id.n);
    unsigned char *at = (unsigned char *)record + RECORD_HEAD + doc->id.n;
    if (payload && k->kind == PAYLOAD_SET) n = set_encode(doc->payload, doc->n_set, at);
    if (payload && k->kind == PAYLOAD_SIGNATURE) memcpy(at, doc->payload, n = payload);
    n += doc->id.n;
    sm_put_u64(record, sm_hash64_seeded((sm_span){record + RECORD_HEAD, n}, document));
    if (n > UINT32_MAX - RECORD_HEAD)
        SM_FAIL(err, SM_ELIMIT, "document %" PRIu32 ": a record of %zu bytes", document, n);
    entry->bytes = (uint32_t)(RECORD_HEAD + n);
    entry->id_bytes = (uint32_t)doc->id.n;
    entry->n_set = doc->n_set;
    out->n += entry->bytes;
    return SM_OK;
}

static int write_out(kept_docs *k, sm_buffer *out, sm_error *err)
{
    SM_TRY(store_file_write(&k->records, out->p, out->n, k->written_end, err));
    k->written_end += (int64_t)out->n;
    sm_buffer_clear(out);
    return SM_OK;
}

static int write_records(kept_docs *k, kept_segment *s, sm_buffer *out, sm_error *err)
{
    for (uint32_t i = 0; i < s->n; i++) {
        s->written[i].offset = k->written_end + (int64_t)out->n;
        SM_TRY(put_record(k, s->first + i, &s->docs[i], out, &s->written[i], err));
        if (out->n >= WRITE_BYTES) SM_TRY(write_out(k, out, err));
    }
    return write_out(k, out, err);
}

int kept_docs_write(kept_docs *k, sm_error *err)
{
    if (k->n_segments == 0) return SM_OK;
    kept_segment *s = k->segments[0];
    sm_buffer out = sm_buffer_make(SIZE_MAX / 4);
    SM_TRY(make_files(k, err));
    s->written = sm_malloc(s->n * sizeof *s->written);
    const int status = write_records(k, s, &out, err);
    sm_buffer_free(&out);
    return status;
}

/* ---- entries -------------------------------------------------------------------------------- */

static int end_page(kept_docs *k, sm_error *err)
{
    memset(k->tail + k->in_page * ENTRY_BYTES, 0, PAGE_CONTENT - k->in_page * ENTRY_BYTES);
    page_seal(k->tail, k->page);
    SM_TRY(store_file_write(&k->entries, k->tail, PAGE_BYTES, (int64_t)(k->page * PAGE_BYTES),
                            err));
    k->page++;
    k->in_page = 0;
    return SM_OK;
}

static void begin_extent(kept_docs *k)
{
    k->extents = sm_array_grow(k->extents, k->n_extents, &k->cap_extents, sizeof *k->extents);
    k->extents[k->n_extents++] = (kept_extent){k->spilled, k->page};
}

static int put_entry(kept_docs *k, const kept_entry *e, sm_error *err)
{
    if (k->in_page == PAGE_ITEMS(ENTRY_BYTES)) SM_TRY(end_page(k, err));
    unsigned char *at = k->tail + k->in_page++ * ENTRY_BYTES;
    sm_put_u64(at, (uint64_t)e->offset);
    sm_put_u32(at + 8, e->bytes);
    sm_put_u32(at + 12, e->id_bytes);
    sm_put_u32(at + 16, e->n_set);
    return SM_OK;
}

int kept_docs_publish(kept_docs *k, sm_error *err)
{
    if (k->n_segments == 0) return SM_OK;
    kept_segment *s = k->segments[0];
    if (k->n_extents == 0 || k->extent_ended) begin_extent(k);
    k->extent_ended = false;
    for (uint32_t i = 0; i < s->n; i++)
        SM_TRY(put_entry(k, &s->written[i], err));
    k->spilled = s->first + s->n;
    k->records_end = k->written_end;
    k->n_segments--;
    memmove(k->segments, k->segments + 1, k->n_segments * sizeof(kept_segment *));
    sm_free(s->written);
    s->written = NULL;
    kept_docs_drop_spare(k);
    k->spare = s;
    return SM_OK;
}

int kept_docs_end(kept_docs *k, sm_error *err)
{
    SM_TRY(make_files(k, err));
    if (k->in_page > 0) SM_TRY(end_page(k, err));
    k->extent_ended = true;
    return SM_OK;
}

void kept_docs_open(kept_docs *k, store_file entries, store_file records, uint32_t n,
                    const kept_extent *extents, size_t n_extents, uint64_t next_page,
                    int64_t records_end)
{
    k->entries = entries;
    k->records = records;
    k->n = k->spilled = n;
    k->page = next_page;
    k->records_end = k->written_end = records_end;
    k->extent_ended = true;
    for (size_t i = 0; i < n_extents; i++) {
        k->extents = sm_array_grow(k->extents, k->n_extents, &k->cap_extents, sizeof *extents);
        k->extents[k->n_extents++] = extents[i];
    }
}
