/* The store: writing tables out as runs, and merging runs. See store.h.
 * SPDX-License-Identifier: MIT */
#include "store.h"

static int write_bands(store *s, run_writer *w, sm_error *err)
{
    size_t n = 0;
    const sm_lsh_entry *entries = sm_lsh_take(s->lsh, &n);
    int status = SM_OK;
    for (size_t i = 0; status == SM_OK && i < n; i++) {
        const run_entry e = {entries[i].key, 0, entries[i].document};
        status = run_writer_put(w, &e, err);
    }
    return status;
}

static int write_texts(store *s, run_writer *w, sm_error *err)
{
    size_t n = 0;
    const exact_entry *entries = exact_take(&s->texts, &n);
    int status = SM_OK;
    for (size_t i = 0; status == SM_OK && i < n; i++) {
        const run_entry e = {entries[i].text.lo, entries[i].text.hi, entries[i].document};
        status = run_writer_put(w, &e, err);
    }
    return status;
}

/* Writes one of the tables as a run of the documents that are not in runs yet. */
static int write_table(store *s, bool wide, sorted_run **run, sm_error *err)
{
    store_file file;
    run_writer w;
    SM_TRY(store_file_make(&file, &s->space, wide ? "texts" : "bands", err));
    run_writer_init(&w, &file, wide, wide ? s->texts.used : sm_lsh_entries(s->lsh));
    int status = wide ? write_texts(s, &w, err) : write_bands(s, &w, err);
    if (status == SM_OK) status = run_writer_end(&w, s->in_runs, s->docs.n, err);
    run_writer_fini(&w);
    if (status == SM_OK) status = sorted_run_open(run, &file, err);
    store_file_discard(&file);
    return status;
}

/* The bytes that the filters of one kind may take: texts have one entry a document, bands have many. */
static size_t filter_room(const store *s, bool wide)
{
    const size_t all = s->set.memory / 8 * 3;
    return wide ? all / (s->set.bands + 1) : all - all / (s->set.bands + 1);
}

int store_attach_run(store *s, sorted_run *run, sm_error *err)
{
    run_list *l = run->wide ? &s->text_runs : &s->band_runs;
    return run_list_add(l, run, filter_room(s, run->wide), err);
}

static int publish(store *s, sorted_run *bands, sorted_run *texts, sm_error *err)
{
    int status = run_list_add(&s->text_runs, texts, filter_room(s, true), err);
    if (bands) {
        const int second = run_list_add(&s->band_runs, bands, filter_room(s, false), err);
        if (status == SM_OK) status = second;
    }
    sm_lsh_clear(s->lsh);
    exact_clear(&s->texts);
    s->in_runs = s->docs.n;
    s->flushes++;
    return status;
}

int store_flush_tables(store *s, sm_error *err)
{
    sorted_run *bands = NULL, *texts = NULL;
    store_lock(s);
    int status = s->set.bands ? write_table(s, false, &bands, err) : SM_OK;
    if (status == SM_OK) status = write_table(s, true, &texts, err);
    if (status == SM_OK) {
        store_close(s);
        status = publish(s, bands, texts, err);
        store_open(s);
    } else {
        sorted_run_close(bands, true);
    }
    store_unlock(s);
    return status;
}

static int merge_tail(store *s, run_list *l, size_t n, sm_error *err)
{
    sorted_run *merged = NULL;
    SM_TRY(run_list_merge(l, n, &s->space, &s->removed, &merged, err));
    store_close(s);
    const int status = run_list_replace(l, n, merged, filter_room(s, l->wide), err);
    store_open(s);
    s->merges++;
    return status;
}

static int merge_list(store *s, run_list *l, bool all, sm_error *err)
{
    if (all) return l->n > 0 ? merge_tail(s, l, l->n, err) : SM_OK;
    for (size_t n; (n = run_list_mergeable(l)) > 0;)
        SM_TRY(merge_tail(s, l, n, err));
    return SM_OK;
}

int store_merge(store *s, bool all, sm_error *err)
{
    SM_TRY(merge_list(s, &s->band_runs, all, err));
    return merge_list(s, &s->text_runs, all, err);
}

int store_spill_segment(store *s, sm_error *err)
{
    SM_TRY(kept_docs_write(&s->docs, err));
    store_close(s);
    const int status = kept_docs_publish(&s->docs, err);
    store_open(s);
    return status;
}

int store_flush(store *s, sm_error *err)
{
    if (s->docs.n > s->in_runs) SM_TRY(store_flush_tables(s, err));
    while (s->docs.n_segments > 0) {
        SM_TRY(store_spill_segment(s, err));
    }
    SM_TRY(kept_docs_end(&s->docs, err));
    return store_merge(s, false, err);
}
