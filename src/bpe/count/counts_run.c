/* Counting a stream of documents.
 * SPDX-License-Identifier: MIT */
#include <seimai/count.h>
#include <seimai/json.h>

typedef struct worker {
    sm_counting *counting;
    sm_counts *counts;
} worker;

static void *worker_new(void *shared, sm_error *err)
{
    (void)err;
    worker *w = sm_malloc(sizeof *w);
    *w = (worker){shared, sm_counts_new()};
    return w;
}

/* Workers end one after the other, and sums do not depend on the order. */
static void worker_free(void *state)
{
    worker *w = state;
    sm_counts_merge(w->counting->counts, w->counts);
    sm_counts_free(w->counts);
    sm_free(w);
}

static int count_one(void *state, sm_doc *doc, sm_error *err)
{
    (void)err;
    const worker *w = state;
    sm_counts_add_text(w->counts, w->counting->cutter, sm_doc_text(doc));
    return SM_KEEP;
}

static void report(void *shared, sm_buffer *json)
{
    const sm_counting *counting = shared;
    sm_json_key(json, "text_bytes");
    sm_json_uint(json, sm_counts_bytes(counting->counts));
    sm_json_key(json, "pretokens");
    sm_json_uint(json, sm_counts_size(counting->counts));
}

sm_job sm_count_job(sm_counting *counting)
{
    return (sm_job){.shared = counting,
                    .worker_new = worker_new,
                    .worker_free = worker_free,
                    .map = count_one,
                    .no_output = true,
                    .report = report};
}
