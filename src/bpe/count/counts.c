/* Counts in memory.
 * SPDX-License-Identifier: MIT */
#include <seimai/count.h>

#include "count_file.h"
#include "counts_internal.h"
#include "cutting.h"
#include "records.h"

#include <string.h>

sm_counts *sm_counts_new(void)
{
    return sm_calloc(1, sizeof(sm_counts));
}

void sm_counts_free(sm_counts *c)
{
    if (!c) return;
    table_fini(&c->table);
    sm_cuts_free(&c->cuts);
    sm_arena_free(&c->edge_arena);
    sm_free(c->at);
    sm_free(c->edges);
    sm_free(c->order);
    sm_free(c);
}

/* What the table got since the last look: the places of new records. */
static void note_new(sm_counts *c)
{
    for (; c->n < c->table.n; c->n++) {
        c->at = sm_array_grow(c->at, c->n, &c->cap, sizeof *c->at);
        c->at[c->n] = c->n ? (uint32_t)table_after(&c->table, c->at[c->n - 1]) : 0;
    }
    sm_free(c->order); /* the sorted order is out of date */
    c->order = NULL;
}

void sm_counts_add(sm_counts *c, sm_span pretoken, uint64_t count)
{
    table_count(&c->table, &pretoken, 1, count);
    if (c->n < c->table.n) note_new(c);
}

static int add_some(void *context, const sm_span *pretokens, size_t n, sm_error *err)
{
    (void)err;
    sm_counts *c = context;
    table_count(&c->table, pretokens, n, 1);
    return 0;
}

void sm_counts_add_text(sm_counts *c, const sm_cutter *cutter, sm_span text)
{
    sm_cut cut = {.text = text};
    sm_span stretch = {0};
    while (cutter_next_stretch(cutter, &cut, &stretch))
        (void)cutter_each_of_stretch(cutter, stretch, &c->cuts, add_some, c, NULL);
    if (c->n < c->table.n) note_new(c);
    c->documents++;
    c->bytes += text.n;
}

size_t sm_counts_size(const sm_counts *c)
{
    return c->n;
}

uint64_t sm_counts_documents(const sm_counts *c)
{
    return c->documents;
}

uint64_t sm_counts_bytes(const sm_counts *c)
{
    return c->bytes;
}

bool sm_counts_is_tagged(const sm_counts *c)
{
    return c->tagged;
}

sm_count_entry sm_counts_get(const sm_counts *c, size_t i)
{
    const size_t k = c->order ? c->order[i] : i;
    const table_record *r = table_at(&c->table, c->at[k]);
    sm_count_entry e = {.bytes = table_bytes(&c->table, r), .count = r->count};
    if (c->table.kind & TABLE_DOCUMENTS) e.documents = r->more[0];
    if (k < c->n_edges) {
        e.edges = c->edges[k].at;
        e.crossings = c->edges[k].crossings;
        e.n_edges = c->edges[k].n;
        e.untagged = c->edges[k].untagged;
    }
    return e;
}

/* ---- merging ------------------------------------------------------------------------------ */

void counts_room_for_edges(sm_counts *c)
{
    if (c->n_edges == c->n) return;
    if (c->cap_edges < c->n) {
        c->cap_edges = c->cap;
        c->edges = sm_realloc(c->edges, c->cap_edges * sizeof *c->edges);
    }
    memset(c->edges + c->n_edges, 0, (c->n - c->n_edges) * sizeof *c->edges);
    c->n_edges = c->n;
}

/* The number of the record at a place; places rise with the numbers. */
static size_t number_of(const sm_counts *c, size_t at)
{
    size_t low = 0, high = c->n;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (c->at[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Edges that are in all occurrences need no crossings of their own. */
static void keep_edges(sm_counts *c, edge_list *list, const sm_count_entry *sum)
{
    const size_t n = sum->n_edges;
    bool all = true;
    for (size_t i = 0; i < n && sum->crossings; i++)
        all &= sum->crossings[i] == sum->count;
    list->n = n;
    list->crossings = NULL;
    if (n == 0) return;
    list->at = sm_arena_alloc(&c->edge_arena, n * sizeof *list->at);
    memcpy(list->at, sum->edges, n * sizeof *list->at);
    if (all) return;
    list->crossings = sm_arena_alloc(&c->edge_arena, n * sizeof *list->crossings);
    memcpy(list->crossings, sum->crossings, n * sizeof *list->crossings);
}

static void add_edges(sm_counts *c, size_t at, const sm_count_entry *from)
{
    counts_room_for_edges(c);
    edge_list *list = &c->edges[number_of(c, at)];
    edge_space space = {0};
    sm_count_entry sum = {.count = table_at(&c->table, at)->count,
                          .edges = list->at,
                          .crossings = list->crossings,
                          .n_edges = list->n};
    record_add(&sum, from, &space);
    keep_edges(c, list, &sum);
    edge_space_fini(&space);
}

void counts_add_entry(sm_counts *c, const sm_count_entry *e)
{
    const size_t at = table_add(&c->table, e->bytes);
    table_record *r = table_at(&c->table, at);
    if (c->n < c->table.n) note_new(c);
    if (e->n_edges || c->n_edges) add_edges(c, at, e);
    r->count += e->count;
    if (c->table.kind & TABLE_DOCUMENTS) r->more[0] += e->documents;
}

static void add_table(sm_counts *c, const table *t)
{
    size_t at = 0;
    for (size_t i = 0; i < t->n; i++, at = table_after(t, at)) {
        const table_record *r = table_at(t, at);
        const sm_count_entry e = {.bytes = table_bytes(t, r),
                                  .count = r->count,
                                  .documents = t->kind & TABLE_DOCUMENTS ? r->more[0] : 0};
        counts_add_entry(c, &e);
    }
}

void counts_take_table(sm_counts *c, table *t)
{
    if (c->n > 0) {
        add_table(c, t);
        table_fini(t);
        return;
    }
    table_fini(&c->table);
    c->table = *t;
    *t = (table){0};
    note_new(c);
}

void sm_counts_merge(sm_counts *into, const sm_counts *from)
{
    if (into->n == 0 && from->table.kind) table_init(&into->table, from->table.kind);
    for (size_t i = 0; i < from->n; i++) {
        const sm_count_entry e = sm_counts_get(from, i);
        counts_add_entry(into, &e);
    }
    if (from->tagged) counts_room_for_edges(into);
    into->tagged |= from->tagged;
    into->documents += from->documents;
    into->bytes += from->bytes;
}

/* ---- order -------------------------------------------------------------------------------- */

void sm_counts_sort(sm_counts *c)
{
    if (c->order || c->n == 0) return;
    table_key *keys = sm_malloc(c->n * sizeof *keys);
    table_keys(&c->table, keys);
    table_sort_keys(&c->table, keys, c->n);
    c->order = sm_malloc(c->n * sizeof *c->order);
    for (size_t i = 0; i < c->n; i++)
        c->order[i] = (uint32_t)number_of(c, keys[i].at);
    sm_free(keys);
}

int counts_add_all(sm_counts *c, sm_count_reader *reader, sm_error *err)
{
    const sm_count_header *h = sm_count_reader_header(reader);
    sm_count_entry e = {0};
    int rc = 0;
    if (c->n == 0) table_init(&c->table, h->with_documents ? TABLE_DOCUMENTS : 0);
    while ((rc = sm_count_reader_next(reader, &e, err)) > 0)
        counts_add_entry(c, &e);
    if (h->tagged) counts_room_for_edges(c);
    c->tagged |= h->tagged;
    c->documents += h->documents;
    c->bytes += h->bytes;
    return rc;
}

int sm_counts_write(sm_counts *counts, const char *path, sm_count_header *header, sm_error *err)
{
    sm_count_header h = *header;
    for (size_t i = 0; counts->tagged && i < counts->n_edges; i++)
        if (counts->edges[i].untagged)
            SM_FAIL(err, SM_EUSAGE, "%s: counts of which MeCab saw a sample have no file",
                    path);
    h.arena = (sm_arena){0};
    h.records = 0;
    h.tagged = counts->tagged;
    h.with_documents = counts->table.kind & TABLE_DOCUMENTS;
    h.documents = counts->documents;
    h.bytes = counts->bytes;
    source *all = source_of_counts(counts);
    sm_count_reader *reader = count_reader_over(&all, 1, &h);
    const int rc = sm_count_write(reader, path, 1, err);
    header->tagged = counts->tagged;
    header->documents = counts->documents;
    header->bytes = counts->bytes;
    header->records = counts->n;
    sm_count_reader_close(reader);
    return rc;
}

sm_hash128 sm_counts_hash(sm_counts *counts)
{
    sm_count_header header = {.tagged = counts->tagged,
                              .with_documents = counts->table.kind & TABLE_DOCUMENTS};
    source *all = source_of_counts(counts);
    sm_count_reader *reader = count_reader_over(&all, 1, &header);
    sm_count_entry e = {0};
    while (sm_count_reader_next(reader, &e, NULL) > 0) {
    }
    const sm_hash128 hash = sm_count_reader_hash(reader);
    sm_count_reader_close(reader);
    return hash;
}

void sm_counts_print(const sm_counts *counts, size_t *at, size_t bytes, sm_buffer *out)
{
    while (*at < counts->n && out->n < bytes) {
        const sm_count_entry e = sm_counts_get(counts, (*at)++);
        record_print(out, &e);
    }
}
