/* The list of runs, and merging them. See run_list.h.
 * SPDX-License-Identifier: MIT */
#include "run_list.h"

#include <string.h>

enum { FAN = 4 };

/* The first range that ends behind the document. */
static size_t range_at(const doc_ranges *ranges, uint32_t document)
{
    size_t low = 0, high = ranges->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (ranges->items[middle].end <= document)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool doc_ranges_hold(const doc_ranges *ranges, uint32_t document)
{
    const size_t at = range_at(ranges, document);
    return at < ranges->n && ranges->items[at].first <= document;
}

void doc_ranges_add(doc_ranges *ranges, doc_range range)
{
    const size_t at = range.first > 0 ? range_at(ranges, range.first - 1) : 0;
    size_t end = at; /* [at, end) touch the range, and become one with it */
    for (; end < ranges->n && ranges->items[end].first <= range.end; end++) {
        const doc_range other = ranges->items[end];
        if (other.first < range.first) range.first = other.first;
        if (other.end > range.end) range.end = other.end;
    }
    ranges->items = sm_array_grow(ranges->items, ranges->n, &ranges->cap, sizeof range);
    memmove(ranges->items + at + 1, ranges->items + end, (ranges->n - end) * sizeof range);
    ranges->items[at] = range;
    ranges->n -= end - at;
    ranges->n++;
}

void run_list_fini(run_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        sorted_run_close(l->runs[i], false);
    sm_free(l->runs);
    *l = (run_list){.wide = l->wide};
}

size_t run_list_bytes(const run_list *l)
{
    size_t bytes = l->cap * sizeof *l->runs;
    for (size_t i = 0; i < l->n; i++)
        bytes += sorted_run_bytes(l->runs[i]);
    return bytes;
}

int run_list_add(run_list *l, sorted_run *run, size_t filters, sm_error *err)
{
    size_t loaded = 0;
    l->runs = sm_array_grow(l->runs, l->n, &l->cap, sizeof(sorted_run *));
    l->runs[l->n++] = run;
    for (size_t i = 0; i < l->n; i++)
        loaded += l->runs[i]->filter ? sorted_run_filter_bytes(l->runs[i]) : 0;
    if (loaded + sorted_run_filter_bytes(run) > filters) return SM_OK;
    return sorted_run_load(run, err);
}

/* ---- merging -------------------------------------------------------------------------------- */

size_t run_list_mergeable(const run_list *l)
{
    size_t same = 0;
    while (same < l->n && l->runs[l->n - 1 - same]->level == l->runs[l->n - 1]->level) {
        same++;
    }
    return same >= FAN ? same : 0;
}

static run_cursor *least(run_cursor *cursors, size_t n)
{
    run_cursor *best = NULL;
    for (size_t i = 0; i < n; i++) {
        if (cursors[i].at_end) continue;
        if (!best || run_entry_order(&cursors[i].entry, &best->entry) < 0) best = &cursors[i];
    }
    return best;
}

static int merge(run_cursor *cursors, size_t n, const doc_ranges *removed, run_writer *w,
                 sm_error *err)
{
    run_cursor *c = NULL;
    while ((c = least(cursors, n)) != NULL) {
        if (!doc_ranges_hold(removed, c->entry.document))
            SM_TRY(run_writer_put(w, &c->entry, err));
        SM_TRY(run_cursor_next(c, err));
    }
    return SM_OK;
}

static int write_merged(sorted_run *const *runs, size_t n, const doc_ranges *removed,
                        store_file *file, sm_error *err)
{
    run_cursor *cursors = sm_calloc(n, sizeof *cursors);
    run_writer w;
    uint64_t entries = 0;
    int status = SM_OK;
    for (size_t i = 0; i < n; i++)
        entries += runs[i]->entries;
    run_writer_init(&w, file, runs[0]->wide, entries);
    for (size_t i = 0; status == SM_OK && i < n; i++)
        status = run_cursor_init(&cursors[i], runs[i], err);
    if (status == SM_OK) status = merge(cursors, n, removed, &w, err);
    if (status == SM_OK) status = run_writer_end(&w, runs[0]->first, runs[n - 1]->end, err);
    for (size_t i = 0; i < n; i++)
        run_cursor_fini(&cursors[i]);
    run_writer_fini(&w);
    sm_free(cursors);
    return status;
}

int run_list_merge(const run_list *l, size_t n, store_space *space, const doc_ranges *removed,
                   sorted_run **merged, sm_error *err)
{
    sorted_run *const *runs = l->runs + (l->n - n);
    store_file file;
    SM_TRY(store_file_make(&file, space, l->wide ? "texts" : "bands", err));
    int status = write_merged(runs, n, removed, &file, err);
    if (status == SM_OK) status = sorted_run_open(merged, &file, err);
    if (status == SM_OK) (*merged)->level = runs[0]->level + 1;
    store_file_discard(&file);
    return status;
}

int run_list_replace(run_list *l, size_t n, sorted_run *run, size_t filters, sm_error *err)
{
    for (size_t i = l->n - n; i < l->n; i++)
        sorted_run_close(l->runs[i], true);
    l->n -= n;
    return run_list_add(l, run, filters, err);
}

/* ---- looking up ----------------------------------------------------------------------------- */

/* Takes out of the hits from `first` on what is too old or was removed. */
static void sift(sm_lsh_hits *hits, size_t first, const run_query *q)
{
    size_t kept = first;
    for (size_t i = first; i < hits->n; i++) {
        const uint32_t document = hits->documents[i];
        if (document < q->from || doc_ranges_hold(q->removed, document)) continue;
        hits->documents[kept++] = document;
    }
    hits->n = kept;
}

static int find_in(const sorted_run *run, const run_query *q, unsigned char *page,
                   uint32_t *members, sm_lsh_hits *hits, sm_error *err)
{
    const size_t step = run->wide ? 2 : 1;
    for (size_t i = 0; i < q->n; i++)
        sorted_run_prefetch(run, q->keys[step * i]);
    for (size_t i = 0; i < q->n; i++) {
        const size_t before = hits->n;
        if (members[i] >= q->cap) continue;
        const uint64_t *key = &q->keys[step * i];
        SM_TRY(sorted_run_find(run, key[0], run->wide ? key[1] : 0, page, hits, err));
        if (hits->n == before) continue;
        sift(hits, before, q);
        members[i] += (uint32_t)(hits->n - before);
    }
    return SM_OK;
}

int run_list_find(const run_list *l, const run_query *q, unsigned char *page, uint32_t *members,
                  sm_lsh_hits *hits, sm_error *err)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->runs[i]->end <= q->from) continue;
        SM_TRY(find_in(l->runs[i], q, page, members, hits, err));
    }
    return SM_OK;
}
