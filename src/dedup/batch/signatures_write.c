/* Writing signatures: documents gather in columns until a chunk is full. The layout is in batch_internal.h.
 * SPDX-License-Identifier: MIT */
#include "batch_internal.h"
#include "store/setcode.h"

#include <seimai/file.h>

#include <string.h>

struct sm_signatures {
    sm_output *out;
    sm_dedup_options options;
    unsigned columns;
    uint32_t n; /* documents in the chunk */
    sm_buffer *column, ids, payload;
    sm_buffer stored; /* the chunk as it goes out */
    uint64_t documents, short_texts, text_bytes, urls;
};

/* ---- the head ------------------------------------------------------------------------------- */

static void make_head(const sm_dedup_options *o, const sm_preference *p, sm_hash128 fingerprint,
                      uint64_t reading, sm_buffer *head)
{
    static const char zeros[SIG_HEAD];
    sm_buffer_put(head, (sm_span){SIG_MAGIC, 8});
    append_u32(head, SIG_VERSION);
    append_u32(head, o->bands);
    append_u32(head, o->rows);
    append_u32(head, o->shingle);
    append_u32(head, o->bucket_cap);
    append_u32(head, (uint32_t)o->view);
    append_u32(head, (uint32_t)o->verify);
    append_u32(head,
               (uint32_t)o->exact_only | (uint32_t)o->normalized << 1 | (uint32_t)o->url << 2);
    append_u64(head, bits_of(o->threshold));
    append_u64(head, o->seed);
    append_u64(head, fingerprint.lo);
    append_u64(head, fingerprint.hi);
    append_u32(head, (uint32_t)p->by);
    append_u32(head, (uint32_t)p->field.n);
    if (p->field.n > 0) sm_buffer_put(head, p->field);
    sm_buffer_put(head, (sm_span){zeros, SIG_HEAD - 24 - head->n});
    append_u64(head, o->words);
    append_u64(head, reading);
    append_u64(head, sm_hash64(sm_buffer_span(head)));
}

int sm_signatures_create(sm_signatures **signatures, const char *path,
                         const sm_dedup_options *settled, const sm_preference *preference,
                         sm_hash128 fingerprint, uint64_t reading, sm_error *err)
{
    sm_output *out = NULL;
    SM_TRY(sm_output_open(&out, path, err));
    sm_signatures *s = sm_calloc(1, sizeof *s);
    s->out = out;
    s->options = *settled;
    s->columns = COLUMN_KEYS + (settled->exact_only ? 0 : settled->bands);
    s->column = sm_calloc(s->columns, sizeof *s->column);
    for (unsigned c = 0; c < s->columns; c++)
        s->column[c] = sm_buffer_make(SIZE_MAX / 2);
    s->ids = s->payload = s->stored = sm_buffer_make(SIZE_MAX / 2);
    make_head(settled, preference, fingerprint, reading, &s->stored);
    *signatures = s;
    return SM_OK;
}

static void forget(sm_signatures *s)
{
    for (unsigned c = 0; c < s->columns; c++)
        sm_buffer_free(&s->column[c]);
    sm_free(s->column);
    sm_buffer_free(&s->ids);
    sm_buffer_free(&s->payload);
    sm_buffer_free(&s->stored);
    sm_free(s);
}

/* ---- chunks --------------------------------------------------------------------------------- */

static int write_buffer(sm_signatures *s, sm_buffer *b, sm_error *err)
{
    const int status = sm_output_write(s->out, sm_buffer_span(b), err);
    sm_buffer_clear(b);
    return status;
}

static int flush(sm_signatures *s, sm_error *err)
{
    if (s->n > 0) {
        const size_t from = s->stored.n; /* the file's head may wait there */
        append_u32(&s->stored, CHUNK_MAGIC);
        append_u32(&s->stored, s->n);
        append_u64(&s->stored, s->ids.n);
        append_u64(&s->stored, s->payload.n);
        append_u64(&s->stored, sm_hash64(sm_buffer_span(&s->ids)));
        for (unsigned c = 0; c < s->columns; c++)
            append_u64(&s->stored, sm_hash64(sm_buffer_span(&s->column[c])));
        append_u64(&s->stored, sm_hash64((sm_span){s->stored.p + from, s->stored.n - from}));
    }
    SM_TRY(write_buffer(s, &s->stored, err));
    for (unsigned c = 0; c < s->columns; c++)
        SM_TRY(write_buffer(s, &s->column[c], err));
    SM_TRY(write_buffer(s, &s->ids, err));
    SM_TRY(write_buffer(s, &s->payload, err));
    s->n = 0;
    return SM_OK;
}

void sm_signed_pack(sm_signed *document, const sm_dedup_options *settled, sm_arena *arena)
{
    const sm_dedup_item *item = &document->item;
    document->payload = (sm_span){0};
    if (item->n_set == 0) return;
    if (settled->verify == SM_VERIFY_EXACT) {
        unsigned char *code = sm_arena_alloc(arena, set_code_bound(item->n_set));
        const size_t n = set_encode(item->set, item->n_set, code);
        document->payload = (sm_span){(const char *)code, n};
    } else if (settled->verify == SM_VERIFY_SIGNATURE) {
        const size_t n = (size_t)settled->bands * settled->rows;
        char *p = sm_arena_alloc(arena, 4 * n);
        for (size_t i = 0; i < n; i++)
            sm_put_u32(p + 4 * i, item->entries[i]);
        document->payload = (sm_span){p, 4 * n};
    }
}

static void put_columns(sm_signatures *s, const sm_signed *d)
{
    const sm_dedup_item *item = &d->item;
    append_u32(&s->column[COLUMN_SIZES], (uint32_t)item->n_set);
    append_u64(&s->column[COLUMN_TEXTS], item->text.lo);
    append_u64(&s->column[COLUMN_TEXTS], item->text.hi);
    append_u64(&s->column[COLUMN_URLS], item->has_url ? item->url.lo : 0);
    append_u64(&s->column[COLUMN_URLS], item->has_url ? item->url.hi : 0);
    sm_buffer *about = &s->column[COLUMN_ABOUT];
    append_u32(about, (uint32_t)d->id.n);
    append_u32(about, (uint32_t)d->payload.n);
    append_u64(about, d->text_bytes);
    append_u64(about, bits_of(d->preference));
    append_u64(about, sm_hash64(d->payload));
    for (unsigned c = COLUMN_KEYS; c < s->columns; c++)
        append_u64(&s->column[c], item->n_set > 0 ? item->keys[c - COLUMN_KEYS] : 0);
}

int sm_signatures_add(sm_signatures *s, const sm_signed *document, sm_error *err)
{
    if (document->id.n > UINT32_MAX || document->payload.n > UINT32_MAX)
        SM_FAIL(err, SM_ELIMIT, "an id or a text of more than 4 GiB");
    put_columns(s, document);
    if (document->id.n > 0) sm_buffer_put(&s->ids, document->id);
    if (document->payload.n > 0) sm_buffer_put(&s->payload, document->payload);
    s->documents++;
    s->short_texts += document->item.n_set == 0 && !s->options.exact_only;
    s->text_bytes += document->text_bytes;
    s->urls += document->item.has_url;
    if (++s->n < CHUNK_DOCUMENTS && s->payload.n < CHUNK_PAYLOAD) return SM_OK;
    return flush(s, err);
}

static int finish(sm_signatures *s, sm_error *err)
{
    SM_TRY(flush(s, err));
    append_u32(&s->stored, FOOT_MAGIC);
    append_u32(&s->stored, SIG_VERSION);
    append_u64(&s->stored, s->documents);
    append_u64(&s->stored, s->short_texts);
    append_u64(&s->stored, s->text_bytes);
    append_u64(&s->stored, s->urls);
    append_u64(&s->stored, sm_hash64(sm_buffer_span(&s->stored)));
    return write_buffer(s, &s->stored, err);
}

int sm_signatures_commit(sm_signatures *s, sm_error *err)
{
    int status = finish(s, err);
    if (status < 0)
        sm_output_abort(s->out);
    else
        status = sm_output_commit(s->out, err);
    forget(s);
    return status;
}

void sm_signatures_abort(sm_signatures *s)
{
    if (!s) return;
    sm_output_abort(s->out);
    forget(s);
}
