/* Counting a stream of documents in bounded memory.
 * SPDX-License-Identifier: MIT */
#include <seimai/count.h>
#include <seimai/json.h>

#include "count_file.h"
#include "counting_internal.h"
#include "counts_internal.h"
#include "cutting.h"

/* ---- memory --------------------------------------------------------------------------------- */

enum { MIB = 1 << 20 };

/* A worker's share of the memory. The rest is for what a run holds beside its tables: blocks of documents, what
 * compression needs, the libraries. */
static size_t budget_of(const sm_counting *c)
{
    enum { PROCESS = 10 * MIB, THREAD = 16 * MIB, INLINE = 18 * MIB, LEAST = 2 * MIB };
    const size_t threads = c->threads ? c->threads : 1;
    const size_t others = threads == 1 ? INLINE : PROCESS + THREAD * threads;
    if (c->memory == 0) return SIZE_MAX;
    if (c->memory < others + LEAST * threads) return LEAST;
    return (c->memory - others) / threads;
}

static unsigned flags_of(const sm_counting *c)
{
    return (c->morph ? COUNT_TAGGED : 0u) | (c->with_documents ? COUNT_DOCUMENTS : 0u);
}

static int spill(counting_worker *w, sm_error *err)
{
    run_file run;
    if (!w->counting->folder)
        SM_FAIL(err, SM_ELIMIT, "--memory is used up, and nothing may be written to disk");
    table_sort(&w->table);
    SM_TRY(run_write(&run, &w->store, w->counting->folder,
                     source_of_table(&w->table, 0, w->table.n), flags_of(w->counting), err));
    table_clear(&w->table);
    w->runs = sm_array_grow(w->runs, w->n_runs, &w->cap_runs, sizeof *w->runs);
    w->runs[w->n_runs++] = run;
    return 0;
}

static bool is_full(const counting_worker *w)
{
    enum { HEADROOM = 64 << 10 };
    return table_memory(&w->table, HEADROOM) > w->budget;
}

/* ---- one document ------------------------------------------------------------------------------ */

/* The record of a pre-token in this document. */
table_record *counting_add(counting_worker *w, sm_span pretoken)
{
    table_record *r = table_at(&w->table, table_add(&w->table, pretoken));
    r->count += w->weight;
    if (!w->counting->with_documents || r->more[1] == w->documents + 1) return r;
    r->more[1] = w->documents + 1; /* the last document that was seen here */
    r->more[0]++;
    return r;
}

/* Documents are told apart by a mark in the records, so that a table is not cleared within one. */
static int count_some(void *context, const sm_span *pretokens, size_t n, sm_error *err)
{
    counting_worker *w = context;
    if (!w->counting->with_documents) {
        table_count(&w->table, pretokens, n, w->weight);
        return is_full(w) ? spill(w, err) : 0;
    }
    for (size_t i = 0; i < n; i++)
        (void)counting_add(w, pretokens[i]);
    return 0;
}

static int count_text(counting_worker *w, sm_span text, sm_error *err)
{
    sm_cut cut = {.text = text};
    sm_span stretch = {0};
    const sm_cutter *cutter = w->counting->cutter;
    while (cutter_next_stretch(cutter, &cut, &stretch)) {
        if (w->tagger)
            SM_TRY(counting_tag_stretch(w, stretch, err));
        else
            SM_TRY(cutter_each_of_stretch(cutter, stretch, &w->cuts, count_some, w, err));
    }
    return is_full(w) ? spill(w, err) : 0;
}

/* The share of 2^64 below which hashes lie that are taken. */
static bool is_sampled(const sm_counting *c, sm_span text)
{
    if (!c->sampled) return true;
    const double place = (double)(sm_hash64_seeded(text, c->seed) >> 11) * 0x1p-53;
    return place < c->sample;
}

/* In the unit of the counts. */
static uint64_t weight_of(const counting_worker *w, const sm_doc *doc)
{
    const sm_counting *c = w->counting;
    const uint64_t divisor = c->state->thousandths ? 1 : 1000;
    sm_span named = {0};
    if (c->n_weights == 0 || !sm_doc_field_string(doc, "metadata.source", &named))
        return 1000 / divisor;
    for (size_t i = 0; i < c->n_weights; i++)
        if (sm_span_equal(c->weights[i].source, named))
            return c->weights[i].thousandths / divisor;
    return 1000 / divisor;
}

static int count_one(void *state, sm_doc *doc, sm_error *err)
{
    counting_worker *w = state;
    const sm_span text = sm_doc_text(doc);
    w->weight = weight_of(w, doc);
    if (w->weight == 0 || !is_sampled(w->counting, text)) return SM_KEEP;
    SM_TRY(count_text(w, text, err));
    w->documents++;
    w->bytes += text.n;
    return SM_KEEP;
}

/* ---- workers ------------------------------------------------------------------------------------- */

static unsigned table_kind(const sm_counting *c)
{
    return (c->with_documents ? TABLE_DOCUMENTS : 0u) | (c->morph ? TABLE_CROSSINGS : 0u);
}

/* A worker outlives the run: its table and its runs are read after it. */
static void *worker_new(void *shared, sm_error *err)
{
    (void)err;
    sm_counting *c = shared;
    counting_worker *w = sm_calloc(1, sizeof *w);
    w->counting = c;
    w->budget = c->counts ? SIZE_MAX : budget_of(c);
    table_init(&w->table, table_kind(c));
    if (c->morph) w->tagger = sm_tagger_new(c->morph);
    w->next = c->state->workers;
    c->state->workers = w;
    return w;
}

static void worker_forget(counting_worker *w)
{
    table_fini(&w->table);
    for (size_t i = 0; i < w->n_runs; i++)
        run_close(&w->runs[i]);
    if (w->store.folder) run_close(&w->store);
    sm_free(w->runs);
    sm_free(w);
}

static void give_to_counts(counting_worker *w)
{
    sm_counts *counts = w->counting->counts;
    counts_take_table(counts, &w->table);
    counts->documents += w->documents;
    counts->bytes += w->bytes;
}

static void worker_free(void *state)
{
    counting_worker *w = state;
    sm_tagger_free(w->tagger);
    sm_cuts_free(&w->cuts);
    sm_free(w->edges);
    w->tagger = NULL;
    if (w->counting->counts) give_to_counts(w);
}

static void report(void *shared, sm_buffer *json)
{
    const sm_counting *c = shared;
    uint64_t bytes = c->counts ? sm_counts_bytes(c->counts) : 0;
    uint64_t pretokens = c->counts ? sm_counts_size(c->counts) : 0;
    for (const counting_worker *w = c->state->workers; w; w = w->next)
        bytes += c->counts ? 0 : w->bytes;
    if (c->state->reader) pretokens = sm_count_reader_header(c->state->reader)->records;
    sm_json_key(json, "text_bytes");
    sm_json_uint(json, bytes);
    sm_json_key(json, "pretokens");
    sm_json_uint(json, pretokens);
}

static bool has_fractions(const sm_counting *c)
{
    for (size_t i = 0; i < c->n_weights; i++)
        if (c->weights[i].thousandths % 1000) return true;
    return false;
}

sm_job sm_count_job(sm_counting *c)
{
    sm_counting_free(c);
    c->state = sm_calloc(1, sizeof *c->state);
    c->state->thousandths = has_fractions(c);
    return (sm_job){.shared = c,
                    .worker_new = worker_new,
                    .worker_free = worker_free,
                    .map = count_one,
                    .no_output = true,
                    .report = report};
}

void sm_counting_free(sm_counting *c)
{
    for (counting_worker *w = c->state ? c->state->workers : NULL; w;) {
        counting_worker *const next = w->next;
        worker_forget(w);
        w = next;
    }
    sm_free(c->state);
    c->state = NULL;
}
