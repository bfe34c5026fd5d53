/* A run over an index: the store it starts from, and the steps of its commit. See seimai/dedup_index.h.
 * SPDX-License-Identifier: MIT */
#include "index_internal.h"

#include <errno.h>
#include <seimai/utf8.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- from files to a store, and back -------------------------------------------------------- */

static int attach_run(const sm_dedup_index *x, const index_state *state, const index_run *named,
                      bool wide, sorted_run **run, sm_error *err)
{
    store_file file;
    SM_TRY(store_file_open(&file, x->folder, named->name, false, err));
    SM_TRY(sorted_run_open(run, &file, err));
    (*run)->level = named->level;
    if ((*run)->wide == wide && (*run)->end <= state->documents) return SM_OK;
    (void)sm_error_set(err, SM_EFORMAT, "%s: offset 0: not the run that MANIFEST means",
                       (*run)->file.name);
    sorted_run_close(*run, false);
    return SM_EFORMAT;
}

static int attach_runs(const sm_dedup_index *x, const index_state *state, store *s, bool wide,
                       sm_error *err)
{
    const index_runs *runs = wide ? &state->texts : &state->bands;
    for (size_t i = 0; i < runs->n; i++) {
        sorted_run *run = NULL;
        SM_TRY(attach_run(x, state, &runs->items[i], wide, &run, err));
        SM_TRY(store_attach_run(s, run, err));
    }
    return SM_OK;
}

static int attach_documents(const sm_dedup_index *x, const index_state *state, store *s,
                            sm_error *err)
{
    const index_state *now =
        &x->m.now; /* the files' ends, also where an older state is meant */
    store_file entries, records;
    if (x->m.generation == 0) return SM_OK;
    SM_TRY(store_file_open(&entries, x->folder, x->m.documents_file, true, err));
    const int status = store_file_open(&records, x->folder, x->m.records_file, true, err);
    if (status < 0) {
        store_file_close(&entries);
        return status;
    }
    kept_docs_open(&s->docs, entries, records, state->documents, state->extents,
                   state->n_extents, now->pages, now->record_bytes);
    return SM_OK;
}

int index_attach(sm_dedup_index *x, const index_state *state, store **s, sm_error *err)
{
    const store_options o = dedup_store_options(&x->set);
    *s = store_new(&o);
    (*s)->space.named = true;
    (*s)->space.next = x->m.next_file;
    (*s)->in_runs = state->documents;
    for (size_t i = 0; i < state->removed.n; i++)
        doc_ranges_add(&(*s)->removed, state->removed.items[i]);
    int status = attach_documents(x, state, *s, err);
    if (status == SM_OK) status = attach_runs(x, state, *s, false, err);
    if (status == SM_OK) status = attach_runs(x, state, *s, true, err);
    if (status == SM_OK) return SM_OK;
    store_free(*s);
    *s = NULL;
    return status;
}

static void put_name(char name[INDEX_NAME], const store_file *f)
{
    const char *slash = strrchr(f->name, '/');
    (void)snprintf(name, INDEX_NAME, "%s", slash ? slash + 1 : f->name);
}

static void *copy(sm_arena *arena, const void *items, size_t n, size_t size)
{
    void *p = sm_arena_zalloc(arena, n, size);
    if (n > 0) memcpy(p, items, n * size);
    return p;
}

static index_runs detach_runs(const run_list *l, sm_arena *arena)
{
    index_runs runs = {sm_arena_zalloc(arena, l->n, sizeof *runs.items), l->n};
    for (size_t i = 0; i < l->n; i++) {
        put_name(runs.items[i].name, &l->runs[i]->file);
        runs.items[i].level = l->runs[i]->level;
    }
    return runs;
}

void index_detach(const store *s, index_manifest *m)
{
    index_state *now = &m->now;
    m->next_file = s->space.next;
    put_name(m->documents_file, &s->docs.entries);
    put_name(m->records_file, &s->docs.records);
    *now = (index_state){.documents = s->docs.n, .pages = s->docs.page};
    now->record_bytes = s->docs.records_end;
    now->n_extents = s->docs.n_extents;
    now->extents = copy(&m->arena, s->docs.extents, now->n_extents, sizeof *now->extents);
    now->bands = detach_runs(&s->band_runs, &m->arena);
    now->texts = detach_runs(&s->text_runs, &m->arena);
    now->removed.n = s->removed.n;
    now->removed.items =
        copy(&m->arena, s->removed.items, now->removed.n, sizeof *now->removed.items);
}

static int sync_runs(const run_list *l, sm_error *err)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->runs[i]->file.fresh) SM_TRY(store_file_sync(&l->runs[i]->file, err));
    return SM_OK;
}

int index_sync(const store *s, sm_error *err)
{
    SM_TRY(sync_runs(&s->band_runs, err));
    SM_TRY(sync_runs(&s->text_runs, err));
    SM_TRY(store_file_sync(&s->docs.entries, err));
    return store_file_sync(&s->docs.records, err);
}

/* ---- starting ------------------------------------------------------------------------------- */

/* The absolute path, as PENDING names it: in UTF-8, since JSON has nothing else. */
static int output_path(sm_arena *arena, const char *output, sm_span *path, sm_error *err)
{
    char folder[4096] = "";
    if (output[0] != '/' && !getcwd(folder, sizeof folder))
        SM_FAIL(err, SM_EIO, "the working folder: %s", strerror(errno));
    *path = sm_span_of(
        sm_arena_printf(arena, "%s%s%s", folder, output[0] == '/' ? "" : "/", output));
    if (sm_utf8_check(*path) == path->n) return SM_OK;
    SM_FAIL(err, SM_EUSAGE, "%s: with --index the name of the output must be UTF-8", output);
}

int sm_dedup_index_repeats(const sm_dedup_index *x, const char *output, sm_hash128 *input,
                           sm_error *err)
{
    sm_arena arena = {0};
    sm_span path = {0};
    int status = output_path(&arena, output, &path, err);
    if (status == SM_OK && x->m.n_generations > 0 && x->m.has_before) {
        const index_generation *last = &x->m.generations[x->m.n_generations - 1];
        *input = last->input_hash;
        if (sm_span_equal(last->output, path))
            status = index_output_is(path.p, last->output_bytes, last->output_hash, err);
    }
    sm_arena_free(&arena);
    return status;
}

int sm_dedup_index_start(sm_dedup_index *x, bool repeat, sm_dedup **dedup, sm_error *err)
{
    store *s = NULL;
    if (x->set.words && !x->set.morph)
        SM_FAIL(err, SM_EUSAGE, "%s: the index was made with --unit words", x->folder);
    x->repeat = repeat && x->m.has_before;
    SM_TRY(index_attach(x, x->repeat ? &x->m.before : &x->m.now, &s, err));
    x->dedup = dedup_over(&x->set, s);
    *dedup = x->dedup;
    return SM_OK;
}

void sm_dedup_input_add(sm_hasher *input, const sm_dedup_item *item, sm_span id)
{
    unsigned char head[24];
    sm_put_u64(head, item->text.lo);
    sm_put_u64(head + 8, item->text.hi);
    sm_put_u64(head + 16, id.n);
    sm_hasher_add(input, (sm_span){(const char *)head, sizeof head});
    sm_hasher_add(input, id);
}

/* ---- committing ----------------------------------------------------------------------------- */

static void add_generation(sm_dedup_index *x, const index_generation *last)
{
    index_manifest *n = &x->next;
    const size_t old = x->m.n_generations - (x->repeat ? 1 : 0);
    n->n_generations = old + 1;
    n->generations = sm_arena_zalloc(&n->arena, n->n_generations, sizeof *n->generations);
    if (old > 0) memcpy(n->generations, x->m.generations, old * sizeof *last);
    n->generations[old] = *last;
    n->generation = last->number;
}

int sm_dedup_index_prepare(sm_dedup_index *x, const char *output, const char *part,
                           sm_hash128 input, sm_error *err)
{
    index_manifest *n = &x->next;
    const index_state *base = x->repeat ? &x->m.before : &x->m.now;
    store *s = x->dedup->store;
    index_generation g = {.number = x->m.generation + (x->repeat ? 0 : 1), .input_hash = input};
    SM_TRY(output_path(&n->arena, output, &g.output, err));
    SM_TRY(index_hash_file(part, &g.output_bytes, &g.output_hash, err));
    SM_TRY(store_flush(s, err));
    SM_TRY(index_sync(s, err));
    g.documents = x->dedup->counts.documents;
    g.first = base->documents;
    g.end = s->docs.n;
    index_detach(s, n);
    n->options = x->set;
    n->before = *base;
    n->has_before = true;
    add_generation(x, &g);
    SM_TRY(index_manifest_write(n, index_path(x, "PENDING"), err));
    x->prepared = true;
    return SM_OK;
}

int sm_dedup_index_commit(sm_dedup_index *x, sm_error *err)
{
    const char *pending = index_path(x, "PENDING");
    if (rename(pending, index_path(x, "MANIFEST")) != 0)
        SM_FAIL(err, SM_EIO, "%s: cannot be renamed: %s", pending, strerror(errno));
    index_sync_folder(x->folder);
    index_clean(x->folder, &x->next);
    return SM_OK;
}
