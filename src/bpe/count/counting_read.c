/* What was counted, as one sorted stream: the workers' tables and their runs.
 * SPDX-License-Identifier: MIT */
#include <seimai/count.h>
#include <seimai/parallel.h>

#include "count_file.h"
#include "counting_internal.h"
#include "parts.h"

/* More runs than this are merged in groups first: each needs a buffer and a file descriptor. */
enum { FAN_IN = 128 };

typedef struct gathering {
    sm_counting *counting;
    unsigned flags;
    counting_worker **workers;
    size_t n_workers;
    part_bounds *bounds; /* [n_workers] where each table would be cut */
    source **sources;
    size_t n, cap;
    run_file store; /* of merged groups */
} gathering;

static void put_source(gathering *g, source *s)
{
    g->sources = sm_array_grow(g->sources, g->n, &g->cap, sizeof *g->sources);
    g->sources[g->n++] = s;
}

static void list_workers(gathering *g)
{
    for (counting_worker *w = g->counting->state->workers; w; w = w->next)
        g->n_workers++;
    g->workers = sm_calloc(g->n_workers + 1, sizeof *g->workers);
    g->bounds = sm_calloc(g->n_workers + 1, sizeof *g->bounds);
    size_t n = 0;
    for (counting_worker *w = g->counting->state->workers; w; w = w->next)
        g->workers[n++] = w;
}

static int sort_table(void *shared, unsigned worker, size_t i, sm_error *err)
{
    const gathering *g = shared;
    (void)worker;
    (void)err;
    table_sort(&g->workers[i]->table);
    if (g->n == 0) parts_note(&g->bounds[i], &g->workers[i]->table);
    return 0;
}

/* The oldest FAN_IN runs become one, until there are few. */
static int merge_groups(gathering *g, sm_error *err)
{
    while (g->n > FAN_IN) {
        run_file run;
        source *group = source_merged(g->sources, FAN_IN);
        g->n -= FAN_IN;
        for (size_t i = 0; i < g->n; i++)
            g->sources[i] = g->sources[i + FAN_IN];
        SM_TRY(run_write(&run, &g->store, g->counting->folder, group, g->flags, err));
        put_source(g, run_read(&run, g->flags));
    }
    return 0;
}

/* All that is in part k of the tables. */
static source *merge_part(const gathering *g, const part_bounds *b, size_t k, size_t *from)
{
    source **of = sm_calloc(g->n_workers + 1, sizeof *of);
    size_t n = 0;
    for (size_t i = 0; i < g->n_workers; i++) {
        of[n] = part_of_table(&g->workers[i]->table, b, k, &from[i]);
        n += of[n] != NULL;
    }
    source *merged = source_merged(of, n);
    sm_free(of);
    return merged;
}

/* Nothing went to the disk: the sources become parts of the tables, one after the other. */
static void cut_tables(gathering *g)
{
    part_bounds all = {0};
    size_t *from = sm_calloc(g->n_workers + 1, sizeof *from);
    for (size_t i = 0; i < g->n_workers; i++)
        parts_join(&all, &g->bounds[i]);
    parts_sort(&all);
    for (size_t k = 0; k <= all.n; k++)
        put_source(g, merge_part(g, &all, k, from));
    parts_fini(&all);
    sm_free(from);
}

/* Runs can only be read from their beginning: the tables join them in one stream. */
static void join_runs(gathering *g)
{
    for (size_t i = 0; i < g->n_workers; i++) {
        const table *t = &g->workers[i]->table;
        put_source(g, source_of_table(t, 0, t->n));
    }
    g->sources[0] = source_merged(g->sources, g->n);
    g->n = 1;
}

static int gather(gathering *g, sm_error *err)
{
    list_workers(g);
    for (size_t i = 0; i < g->n_workers; i++) {
        counting_worker *w = g->workers[i];
        for (size_t k = 0; k < w->n_runs; k++)
            put_source(g, run_read(&w->runs[k], g->flags));
        w->n_runs = 0; /* the sources own them */
    }
    SM_TRY(merge_groups(g, err));
    const unsigned threads = g->counting->threads ? g->counting->threads : 1;
    SM_TRY(sm_parallel(threads, g->n_workers, sort_table, g, err));
    if (g->n == 0)
        cut_tables(g);
    else
        join_runs(g);
    return 0;
}

static void put_header(const sm_counting *c, const sm_count_header *from, sm_count_header *h)
{
    *h = (sm_count_header){.complete = from->complete,
                           .tagged = c->morph != NULL,
                           .with_documents = c->with_documents,
                           .thousandths = c->state->thousandths,
                           .dictionary = from->dictionary,
                           .tagged_share = c->morph ? 1000000 : 0};
    h->settings = sm_arena_copy(&h->arena, sm_cutter_settings(c->cutter));
    for (const counting_worker *w = c->state->workers; w; w = w->next) {
        h->documents += w->documents;
        h->bytes += w->bytes;
    }
}

int sm_counting_reader(sm_counting *c, const sm_count_header *header, sm_count_reader **reader,
                       sm_error *err)
{
    sm_count_header h;
    put_header(c, header, &h);
    gathering g = {.counting = c, .flags = count_flags(&h)};
    const int rc = gather(&g, err);
    *reader = NULL;
    if (rc == 0) *reader = count_reader_over(g.sources, g.n, &h);
    for (size_t i = 0; rc < 0 && i < g.n; i++)
        g.sources[i]->close(g.sources[i]);
    c->state->reader = *reader;
    sm_count_header_free(&h);
    if (g.store.folder) run_close(&g.store);
    sm_free(g.workers);
    sm_free(g.bounds);
    sm_free(g.sources);
    return rc;
}
