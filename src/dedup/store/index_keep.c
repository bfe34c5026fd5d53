/* Looking after an index: what it holds, taking documents back, making it small. See seimai/dedup_index.h.
 * SPDX-License-Identifier: MIT */
#include "index_internal.h"

#include <dirent.h>
#include <inttypes.h>
#include <seimai/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- info ----------------------------------------------------------------------------------- */

static uint64_t removed_documents(const doc_ranges *ranges)
{
    uint64_t n = 0;
    for (size_t i = 0; i < ranges->n; i++)
        n += ranges->items[i].end - ranges->items[i].first;
    return n;
}

static uint64_t folder_bytes(const char *folder)
{
    DIR *dir = opendir(folder);
    uint64_t bytes = 0;
    if (!dir) return 0;
    for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
        struct stat info;
        if (fstatat(dirfd(dir), e->d_name, &info, 0) == 0 && S_ISREG(info.st_mode))
            bytes += (uint64_t)info.st_size;
    }
    (void)closedir(dir);
    return bytes;
}

static int check_runs(const run_list *l, sm_error *err)
{
    for (size_t i = 0; i < l->n; i++)
        SM_TRY(sorted_run_check(l->runs[i], err));
    return SM_OK;
}

static int check_documents(const store *s, sm_error *err)
{
    store_reader reader = {0};
    kept_view view;
    int status = SM_OK;
    for (uint32_t i = 0; status == SM_OK && i < s->docs.n; i++)
        status = store_read(s, i, &reader, &view, err);
    store_reader_fini(&reader);
    return status;
}

/* Reads everything that MANIFEST refers to. */
static int check_all(sm_dedup_index *x, sm_error *err)
{
    store *s = NULL;
    x->set = x->m.options;
    x->set.memory = 0; /* no filter needs to be held */
    x->set.folder = x->folder;
    SM_TRY(dedup_settle(&x->set, err));
    SM_TRY(index_attach(x, &x->m.now, &s, err));
    int status = check_runs(&s->band_runs, err);
    if (status == SM_OK) status = check_runs(&s->text_runs, err);
    if (status == SM_OK) status = check_documents(s, err);
    store_free(s);
    return status;
}

int sm_dedup_index_info(const char *folder, bool check, sm_buffer *json, sm_error *err)
{
    sm_dedup_index x = {.lock = -1};
    x.folder = sm_strdup(sm_span_of(folder));
    int status = index_manifest_read(&x.m, index_path(&x, "MANIFEST"), err);
    if (status == SM_OK && check) status = check_all(&x, err);
    if (status == SM_OK) {
        const uint64_t removed = removed_documents(&x.m.now.removed);
        sm_json_open(json, '{');
        sm_json_put_uint(json, "kept", x.m.now.documents - removed);
        sm_json_put_uint(json, "removed", removed);
        sm_json_put_uint(json, "bytes", folder_bytes(folder));
        sm_json_key(json, "manifest");
        manifest_put_json(&x.m, json);
        sm_json_close(json, '}');
    }
    index_manifest_free(&x.m);
    sm_arena_free(&x.arena);
    sm_free(x.folder);
    return status;
}

/* ---- a new manifest of the same generations ------------------------------------------------- */

static int replace_manifest(sm_dedup_index *x, const store *s, sm_error *err)
{
    index_manifest *n = &x->next;
    SM_TRY(index_sync(s, err));
    index_detach(s, n);
    n->generation = x->m.generation;
    n->options = x->m.options;
    n->generations = x->m.generations;
    n->n_generations = x->m.n_generations;
    SM_TRY(index_manifest_write(n, index_path(x, "MANIFEST"), err));
    index_clean(x->folder, n);
    return SM_OK;
}

/* ---- remove --------------------------------------------------------------------------------- */

static int by_span(const void *a, const void *b)
{
    return sm_span_order(*(const sm_span *)a, *(const sm_span *)b);
}

/* Notes the documents that bear one of the (sorted) ids. */
static int remove_ids(store *s, const sm_span *ids, size_t n, sm_error *err)
{
    store_reader reader = {0};
    int status = SM_OK;
    for (uint32_t i = 0; n > 0 && status == SM_OK && i < s->docs.n; i++) {
        kept_view view = {0};
        if (doc_ranges_hold(&s->removed, i)) continue;
        status = store_read(s, i, &reader, &view, err);
        if (status == SM_OK && bsearch(&view.id, ids, n, sizeof *ids, by_span))
            doc_ranges_add(&s->removed, (doc_range){i, i + 1});
    }
    store_reader_fini(&reader);
    return status;
}

static int remove_generation(const sm_dedup_index *x, uint64_t number, store *s, sm_error *err)
{
    for (size_t i = 0; i < x->m.n_generations; i++) {
        const index_generation *g = &x->m.generations[i];
        if (g->number != number) continue;
        if (g->first < g->end) doc_ranges_add(&s->removed, (doc_range){g->first, g->end});
        return SM_OK;
    }
    SM_FAIL(err, SM_EUSAGE, "%s: there is no generation %" PRIu64, x->folder, number);
}

static int remove_which(sm_dedup_index *x, const sm_dedup_withdrawn *which, store *s,
                        sm_error *err)
{
    sm_span *ids = sm_malloc(which->n_ids * sizeof *ids);
    if (which->n_ids > 0) memcpy(ids, which->ids, which->n_ids * sizeof *ids);
    qsort(ids, which->n_ids, sizeof *ids, by_span);
    int status = remove_ids(s, ids, which->n_ids, err);
    if (status == SM_OK && which->generation > 0)
        status = remove_generation(x, which->generation, s, err);
    if (status == SM_OK) status = replace_manifest(x, s, err);
    sm_free(ids);
    return status;
}

int sm_dedup_index_remove(const char *folder, const sm_dedup_withdrawn *which,
                          uint64_t *removed, sm_error *err)
{
    sm_dedup_index *x = NULL;
    store *s = NULL;
    SM_TRY(index_open_existing(&x, folder, 0, err));
    int status = index_attach(x, &x->m.now, &s, err);
    if (status == SM_OK) {
        const uint64_t before = removed_documents(&s->removed);
        status = remove_which(x, which, s, err);
        *removed = removed_documents(&s->removed) - before;
    }
    store_free(s);
    sm_dedup_index_close(x);
    return status;
}

/* ---- compact -------------------------------------------------------------------------------- */

/* Copies one document, or an empty one in the place of one that was removed. */
static int copy_document(store *s, uint32_t document, store_reader *r, kept_docs *to,
                         sm_error *err)
{
    kept_view view = {0};
    if (!doc_ranges_hold(&s->removed, document)) SM_TRY(store_read(s, document, r, &view, err));
    kept_docs_add(to, &view);
    if (to->n_segments < 2) return SM_OK;
    SM_TRY(kept_docs_write(to, err));
    return kept_docs_publish(to, err);
}

static int copy_documents(store *s, kept_docs *to, sm_error *err)
{
    store_reader reader = {0};
    int status = SM_OK;
    for (uint32_t i = 0; status == SM_OK && i < s->docs.n; i++)
        status = copy_document(s, i, &reader, to, err);
    store_reader_fini(&reader);
    if (status == SM_OK) status = kept_docs_write(to, err);
    if (status == SM_OK) status = kept_docs_publish(to, err);
    return status == SM_OK ? kept_docs_end(to, err) : status;
}

static int rewrite(sm_dedup_index *x, store *s, sm_error *err)
{
    kept_docs fresh;
    SM_TRY(store_merge(s, true, err));
    kept_docs_init(&fresh, s->docs.kind, s->docs.signature, s->docs.segment_bytes, &s->space);
    int status = copy_documents(s, &fresh, err);
    kept_docs_fini(status == SM_OK ? &s->docs : &fresh);
    if (status != SM_OK) return status;
    s->docs = fresh;
    return replace_manifest(x, s, err);
}

int sm_dedup_index_compact(const char *folder, size_t memory, sm_error *err)
{
    sm_dedup_index *x = NULL;
    store *s = NULL;
    SM_TRY(index_open_existing(&x, folder, memory, err));
    int status = index_attach(x, &x->m.now, &s, err);
    if (status == SM_OK) status = rewrite(x, s, err);
    store_free(s);
    if (status != SM_OK) index_clean(folder, &x->m);
    sm_dedup_index_close(x);
    return status;
}
