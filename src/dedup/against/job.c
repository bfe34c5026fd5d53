/* Removing, or tagging, the documents of a stream that hold benchmark items.
 * SPDX-License-Identifier: MIT
 *
 * Counting goes before dropping: a step does not see what an earlier one dropped. So map scans, order counts and
 * drops. */
#include "against_internal.h"

typedef struct found {
    const sm_contamination_hit *hits;
    size_t n;
} found;

static void *worker_new(void *shared, sm_error *err)
{
    (void)err;
    return sm_contamination_scanner_new(shared);
}

static void worker_free(void *worker)
{
    sm_contamination_scanner_free(worker);
}

static int scan(void *worker, sm_doc *doc, sm_error *err)
{
    (void)err;
    found *f = sm_arena_zalloc(doc->arena, 1, sizeof *f);
    f->n = sm_contamination_scan(worker, sm_doc_text(doc), doc->arena, &f->hits);
    doc->user = f;
    return SM_KEEP;
}

static uint32_t longest_run(const found *f)
{
    uint32_t longest = 0;
    for (size_t i = 0; i < f->n; i++)
        if (f->hits[i].run > longest) longest = f->hits[i].run;
    return longest;
}

static int judge(void *shared, sm_doc *doc, sm_error *err)
{
    (void)err;
    sm_contamination *c = shared;
    const found *f = doc->user;
    if (f->n == 0) return SM_KEEP;
    sm_contamination_note(c, f->hits, f->n);
    sm_contamination_tag(c, doc, f->hits, f->n);
    if (c->only_tag) return SM_KEEP;
    return sm_doc_drop(doc, "contaminated", longest_run(f), (double)c->set.chars);
}

static void report(void *shared, sm_buffer *json)
{
    sm_contamination_report(shared, json);
}

sm_job sm_contamination_job(sm_contamination *c, bool only_tag)
{
    c->only_tag = only_tag;
    return (sm_job){.shared = c,
                    .worker_new = worker_new,
                    .worker_free = worker_free,
                    .map = scan,
                    .order = judge,
                    .report = report};
}
