/* The store: tables, runs and documents together. See store.h.
 * SPDX-License-Identifier: MIT */
#include "store.h"

#include <sched.h>
#include <string.h>
#include <sys/stat.h>

enum { SEGMENT_MIN = 256 << 10, SEGMENT_MAX = 8 << 20, SEGMENTS = 24 };

static size_t segment_bytes(const store_options *o)
{
    const size_t share = o->memory / SEGMENTS;
    if (o->payload == PAYLOAD_NONE || share < SEGMENT_MIN) return SEGMENT_MIN;
    return share < SEGMENT_MAX ? share : SEGMENT_MAX;
}

store *store_new(const store_options *options)
{
    store *s = sm_calloc(1, sizeof *s);
    s->set = *options;
    s->space.folder = options->folder;
    s->lsh = sm_lsh_new(options->bands, options->cap);
    exact_init(&s->texts);
    s->text_runs.wide = true;
    kept_docs_init(&s->docs, options->payload, options->signature, segment_bytes(options),
                   &s->space);
    atomic_flag_clear(&s->changing);
    return s;
}

void store_free(store *s)
{
    if (!s) return;
    sm_lsh_free(s->lsh);
    exact_fini(&s->texts);
    run_list_fini(&s->band_runs);
    run_list_fini(&s->text_runs);
    kept_docs_fini(&s->docs);
    sm_free(s->removed.items);
    sm_free(s);
}

void store_reader_fini(store_reader *r)
{
    kept_scratch_fini(&r->scratch);
    sm_lsh_hits_free(&r->hits);
}

size_t store_bytes(const store *s)
{
    return sm_lsh_bytes(s->lsh) + exact_bytes(&s->texts) + run_list_bytes(&s->band_runs) +
           run_list_bytes(&s->text_runs) + s->docs.bytes;
}

static uint64_t file_bytes(const store_file *f)
{
    struct stat info;
    return f->name && fstat(f->fd, &info) == 0 ? (uint64_t)info.st_size : 0;
}

uint64_t store_disk_bytes(const store *s)
{
    uint64_t bytes = file_bytes(&s->docs.entries) + file_bytes(&s->docs.records);
    for (size_t i = 0; i < s->band_runs.n; i++)
        bytes += file_bytes(&s->band_runs.runs[i]->file);
    for (size_t i = 0; i < s->text_runs.n; i++)
        bytes += file_bytes(&s->text_runs.runs[i]->file);
    return bytes;
}

/* ---- who may look when ---------------------------------------------------------------------- */

void store_enter(store *s)
{
    for (;;) {
        while (atomic_load(&s->closed)) {
            (void)sched_yield();
        }
        atomic_fetch_add(&s->readers, 1);
        if (!atomic_load(&s->closed)) return;
        atomic_fetch_sub(&s->readers, 1);
    }
}

void store_leave(store *s)
{
    atomic_fetch_sub(&s->readers, 1);
}

void store_close(store *s)
{
    atomic_store(&s->closed, true);
    while (atomic_load(&s->readers) > 0) {
        (void)sched_yield();
    }
}

void store_open(store *s)
{
    atomic_store(&s->closed, false);
}

void store_lock(store *s)
{
    while (atomic_flag_test_and_set(&s->changing)) { /* by a lookup, for some microseconds */
        (void)sched_yield();
    }
}

void store_unlock(store *s)
{
    atomic_flag_clear(&s->changing);
}

/* ---- looking up ----------------------------------------------------------------------------- */

static int find_identity(store *s, sm_hash128 hash, uint32_t from, store_reader *r,
                         uint32_t *found, sm_error *err)
{
    const uint64_t key[2] = {hash.lo, hash.hi};
    const run_query q = {key, 1, from, UINT32_MAX, &s->removed};
    const size_t before = r->hits.n;
    uint32_t members = 0;
    if (*found) return SM_OK;
    SM_TRY(run_list_find(&s->text_runs, &q, r->scratch.page, &members, &r->hits, err));
    if (members > 0) *found = r->hits.documents[before] + 1;
    r->hits.n = before;
    return SM_OK;
}

int store_find_runs(store *s, const store_key *key, store_reader *r, store_found *found,
                    sm_error *err)
{
    const uint32_t from = found->below;
    if (from >= s->in_runs) return SM_OK;
    found->below = s->in_runs;
    r->scratch.cached = 0; /* the page becomes scratch of the lookup */
    SM_TRY(find_identity(s, key->text, from, r, &found->text, err));
    if (key->has_url) SM_TRY(find_identity(s, key->url, from, r, &found->url, err));
    if (!key->bands) return SM_OK;
    const run_query q = {key->bands, s->set.bands, from, s->set.cap, &s->removed};
    return run_list_find(&s->band_runs, &q, r->scratch.page, found->members, &r->hits, err);
}

void store_find_recent(store *s, const store_key *key, sm_lsh_hits *hits)
{
    hits->n = 0;
    if (!key->bands || atomic_flag_test_and_set(&s->changing)) return;
    sm_lsh_find(s->lsh, key->bands, hits);
    store_unlock(s);
}

void store_find_tables(const store *s, const store_key *key, store_found *found,
                       sm_lsh_hits *hits)
{
    uint32_t document = 0;
    hits->n = 0;
    if (!found->text && exact_find(&s->texts, key->text, &document)) found->text = document + 1;
    if (key->has_url && !found->url && exact_find(&s->texts, key->url, &document))
        found->url = document + 1;
    if (key->bands && !found->text && !found->url) sm_lsh_find(s->lsh, key->bands, hits);
}

/* ---- adding --------------------------------------------------------------------------------- */

/* Moves the oldest documents to disk until what is held fits, but for the newest segment. */
static int relieve(store *s, sm_error *err)
{
    while (s->docs.n_segments > 1 && store_bytes(s) > s->set.memory) {
        SM_TRY(store_spill_segment(s, err));
    }
    return SM_OK;
}

static int no_room(const store *s, sm_error *err)
{
    SM_FAIL(err, SM_ELIMIT, "%u kept documents fill the memory of %zu MiB (--memory)",
            (unsigned)s->docs.n, s->set.memory >> 20);
}

int store_make_room(store *s, sm_error *err)
{
    const size_t tables = sm_lsh_next_bytes(s->lsh) + exact_next_bytes(&s->texts, 2);
    if (s->docs.n >= UINT32_MAX - 1) SM_FAIL(err, SM_ELIMIT, "more than 2^32 kept documents");
    if (!s->set.folder) return store_bytes(s) > s->set.memory ? no_room(s, err) : SM_OK;
    if (tables > s->set.memory / 4 && s->docs.n > s->in_runs) {
        SM_TRY(store_flush_tables(s, err));
        SM_TRY(store_merge(s, false, err));
    }
    return s->docs.n_segments > 1 ? relieve(s, err) : SM_OK;
}

void store_add(store *s, const store_key *key, const uint32_t *members, const kept_view *doc,
               uint64_t *capped)
{
    const uint32_t number = s->docs.n;
    const bool fits = kept_docs_fits(&s->docs, doc);
    if (!fits) store_close(s);
    kept_docs_add(&s->docs, doc);
    if (!fits) store_open(s);
    store_lock(s);
    exact_insert(&s->texts, key->text, number);
    if (key->has_url) exact_insert(&s->texts, key->url, number);
    if (key->bands) *capped += sm_lsh_insert(s->lsh, key->bands, number, members);
    store_unlock(s);
}
