/* Walking over the flagged documents. See walk.h.
 * SPDX-License-Identifier: MIT */
#include "walk.h"

#include <seimai/sort.h>

#include <string.h>

enum { ORDER_BYTES = 16 };

typedef struct walk {
    const sm_match_job *job;
    flags flags;
    bool *flagged; /* [CHUNK_DOCUMENTS] of the present chunk */
    sig_chunk at;
    sm_buffer sizes, texts, urls, about, ids, payload,
        *keys;         /* the chunk's columns; one document's payload */
    uint64_t *own;     /* keys of one document */
    sm_sorter *sorter; /* NULL: input order */
    sm_buffer packed;
    walk_step *step;
    void *state;
    sm_match_counts *counts;
} walk;

/* ---- by preference -------------------------------------------------------------------------- */

/* Bytes that sort as preferences fall, and numbers rise. */
static void order_key(double preference, uint64_t number, char key[ORDER_BYTES])
{
    const uint64_t bits = bits_of(preference + 0.0); /* one zero only */
    const uint64_t rising = bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
    for (unsigned i = 0; i < 8; i++) {
        key[i] = (char)(~rising >> (56 - 8 * i));
        key[8 + i] = (char)(number >> (56 - 8 * i));
    }
}

/* A document as it lies in the sorter: nine numbers, keys, id, payload. */
static void pack(const walk *w, const flagged_doc *d, sm_buffer *b)
{
    sm_buffer_clear(b);
    append_u64(b, d->number);
    append_u64(b, (uint64_t)(d->file - w->job->files));
    append_u64(b, d->text.lo);
    append_u64(b, d->text.hi);
    append_u64(b, d->url.lo);
    append_u64(b, d->url.hi);
    append_u64(b, d->has_url);
    append_u64(b, d->n_set);
    append_u64(b, d->id.n);
    for (unsigned i = 0; i < w->job->bands; i++)
        append_u64(b, d->keys[i]);
    sm_buffer_put(b, d->id);
    sm_buffer_put(b, d->payload);
}

static void unpack(walk *w, sm_span s, flagged_doc *d)
{
    const size_t fixed = 72, bands = w->job->bands;
    *d = (flagged_doc){.number = sm_get_u64(s.p),
                       .file = &w->job->files[sm_get_u64(s.p + 8)],
                       .text = {sm_get_u64(s.p + 16), sm_get_u64(s.p + 24)},
                       .url = {sm_get_u64(s.p + 32), sm_get_u64(s.p + 40)},
                       .has_url = sm_get_u64(s.p + 48) != 0,
                       .n_set = sm_get_u64(s.p + 56),
                       .keys = w->own};
    for (size_t i = 0; i < bands; i++)
        w->own[i] = sm_get_u64(s.p + fixed + 8 * i);
    const size_t id = fixed + 8 * bands, n_id = sm_get_u64(s.p + 64);
    d->id = (sm_span){s.p + id, n_id};
    d->payload = (sm_span){s.p + id + n_id, s.n - id - n_id};
}

static int give(walk *w, const flagged_doc *d, sm_error *err)
{
    char key[ORDER_BYTES];
    if (!w->sorter) return w->step(w->state, d, err);
    order_key(d->preference, d->number, key);
    pack(w, d, &w->packed);
    return sm_sorter_add(w->sorter, (sm_span){key, sizeof key}, sm_buffer_span(&w->packed),
                         err);
}

static int give_sorted(walk *w, sm_error *err)
{
    sm_span key, value;
    int status = 0;
    SM_TRY(sm_sorter_sort(w->sorter, err));
    while ((status = sm_sorter_next(w->sorter, &key, &value, err)) == 1) {
        flagged_doc d;
        unpack(w, value, &d);
        SM_TRY(w->step(w->state, &d, err));
    }
    return status;
}

/* ---- in input order ------------------------------------------------------------------------- */

static int read_flags(walk *w, const sig_file *f, bool *any, sm_error *err)
{
    *any = false;
    for (uint32_t i = 0; i < w->at.n; i++) {
        bool later = false;
        SM_TRY(flags_get(&w->flags, f->first + w->at.first + i, &w->flagged[i], &later, err));
        w->counts->flagged += w->flagged[i];
        w->counts->any_band += later;
        *any |= w->flagged[i];
    }
    return SM_OK;
}

static int read_columns(walk *w, const sig_file *f, sm_error *err)
{
    SM_TRY(sig_read_column(f, &w->at, COLUMN_SIZES, &w->sizes, err));
    SM_TRY(sig_read_column(f, &w->at, COLUMN_TEXTS, &w->texts, err));
    SM_TRY(sig_read_column(f, &w->at, COLUMN_URLS, &w->urls, err));
    SM_TRY(sig_read_column(f, &w->at, COLUMN_ABOUT, &w->about, err));
    for (unsigned b = 0; b < w->job->bands; b++)
        SM_TRY(sig_read_column(f, &w->at, COLUMN_KEYS + b, &w->keys[b], err));
    return sig_read_ids(f, &w->at, &w->ids, err);
}

static const uint64_t *keys_of(walk *w, uint32_t i)
{
    for (unsigned b = 0; b < w->job->bands; b++)
        w->own[b] = sm_get_u64(w->keys[b].p + (size_t)8 * i);
    return w->own;
}

static double preference_of(const walk *w, const char *about)
{
    const sm_prefer by = w->job->options.preference.by;
    if (by == SM_PREFER_FIRST) return 0;
    if (by == SM_PREFER_LONGEST) return (double)sm_get_u64(about + 8);
    return real_of(sm_get_u64(about + 16));
}

static sm_hash128 hash_at(const sm_buffer *column, uint32_t i)
{
    const char *p = column->p + (size_t)16 * i;
    return (sm_hash128){sm_get_u64(p), sm_get_u64(p + 8)};
}

static int give_flagged(walk *w, const sig_file *f, uint32_t i, sm_span id, uint64_t payload_at,
                        sm_error *err)
{
    const char *about = w->about.p + (size_t)i * column_width(COLUMN_ABOUT);
    SM_TRY(sig_read_payload(f, &w->at, payload_at, sm_get_u32(about + 4),
                            sm_get_u64(about + 24), &w->payload, err));
    const sm_hash128 url = hash_at(&w->urls, i);
    const flagged_doc d = {.number = f->first + w->at.first + i,
                           .file = f,
                           .text = hash_at(&w->texts, i),
                           .url = url,
                           .has_url = (url.lo | url.hi) != 0,
                           .preference = preference_of(w, about),
                           .id = id,
                           .n_set = sm_get_u32(w->sizes.p + (size_t)4 * i),
                           .keys = keys_of(w, i),
                           .payload = sm_buffer_span(&w->payload)};
    return give(w, &d, err);
}

static int walk_chunk(walk *w, const sig_file *f, sm_error *err)
{
    uint64_t id_at = 0, payload_at = 0;
    bool any = false;
    SM_TRY(read_flags(w, f, &any, err));
    if (!any) return SM_OK;
    SM_TRY(read_columns(w, f, err));
    for (uint32_t i = 0; i < w->at.n; i++) {
        const char *about = w->about.p + (size_t)i * column_width(COLUMN_ABOUT);
        const size_t n_id = sm_get_u32(about);
        if (n_id > w->ids.n - id_at) SM_FAIL(err, SM_EFORMAT, "%s: a chunk lacks ids", f->path);
        const sm_span id = {w->ids.p + id_at, n_id};
        if (w->flagged[i]) SM_TRY(give_flagged(w, f, i, id, payload_at, err));
        id_at += n_id;
        payload_at += sm_get_u32(about + 4);
    }
    return SM_OK;
}

static int walk_files(walk *w, sm_error *err)
{
    for (size_t i = 0; i < w->job->n_files; i++) {
        int status = 1;
        w->at.next = 0;
        while ((status = sig_chunk_next(&w->job->files[i], &w->at, err)) == 1)
            SM_TRY(walk_chunk(w, &w->job->files[i], err));
        SM_TRY(status);
    }
    return w->sorter ? give_sorted(w, err) : SM_OK;
}

/* ---- open and close ------------------------------------------------------------------------- */

static void walk_init(walk *w, size_t memory)
{
    const unsigned bands = w->job->bands;
    const size_t most = SIZE_MAX / 2;
    w->flagged = sm_calloc(CHUNK_DOCUMENTS, sizeof *w->flagged);
    w->own = sm_calloc(bands + 1, sizeof *w->own);
    w->keys = sm_calloc(bands + 1, sizeof *w->keys);
    for (unsigned b = 0; b <= bands; b++)
        w->keys[b] = sm_buffer_make(most);
    w->sizes = w->texts = w->urls = w->about = w->ids = w->payload = w->packed =
        sm_buffer_make(most);
    sig_chunk_init(&w->at);
    const sm_sort_options set = {.memory = memory, .threads = 1, .folder = w->job->folder};
    if (memory > 0 && w->job->options.preference.by != SM_PREFER_FIRST)
        w->sorter = sm_sorter_new(&set);
}

static void walk_fini(walk *w)
{
    sm_buffer *const all[] = {&w->sizes, &w->texts,   &w->urls,  &w->about,
                              &w->ids,   &w->payload, &w->packed};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        sm_buffer_free(all[i]);
    for (unsigned b = 0; b <= w->job->bands; b++)
        sm_buffer_free(&w->keys[b]);
    sm_free(w->keys);
    sm_free(w->own);
    sm_free(w->flagged);
    sig_chunk_fini(&w->at);
    sm_sorter_free(w->sorter);
    flags_close(&w->flags);
}

int walk_flagged(const sm_match_job *job, size_t memory, walk_step *step, void *state,
                 sm_match_counts *counts, sm_error *err)
{
    walk w = {.job = job, .step = step, .state = state, .counts = counts};
    counts->documents = job->documents;
    walk_init(&w, memory);
    int status = flags_open(&w.flags, job, err);
    if (status == SM_OK) status = walk_files(&w, err);
    walk_fini(&w);
    return status;
}

int walk_item(const flagged_doc *d, sm_arena *arena, sm_dedup_item *item, sm_error *err)
{
    *item = (sm_dedup_item){.text = d->text,
                            .url = d->url,
                            .has_url = d->has_url,
                            .keys = d->keys,
                            .n_set = d->n_set,
                            .arena = arena};
    return sig_unpack(d->file, d->payload, d->n_set, arena, item, err);
}
