/* Writing the outcome: one sort by document. See outcome.h.
 * SPDX-License-Identifier: MIT */
#include "outcome.h"

#include "decisions.h"

#include <string.h>

enum { KEY_BYTES = 8 };

void outcome_init(outcome *o, const sm_match_job *job, size_t memory)
{
    const sm_sort_options set = {.memory = memory, .threads = 1, .folder = job->folder};
    *o = (outcome){
        .job = job, .sorter = sm_sorter_new(&set), .value = sm_buffer_make(SIZE_MAX / 2)};
}

void outcome_fini(outcome *o)
{
    sm_sorter_free(o->sorter);
    sm_buffer_free(&o->value);
}

static void put_key(uint64_t number, char key[KEY_BYTES])
{
    for (unsigned i = 0; i < KEY_BYTES; i++)
        key[i] = (char)(number >> (56 - 8 * i));
}

static int add(outcome *o, uint64_t number, const sm_decision *d, sm_error *err)
{
    char key[KEY_BYTES];
    put_key(number, key);
    sm_buffer_clear(&o->value);
    decision_encode(d, &o->value);
    return sm_sorter_add(o->sorter, (sm_span){key, sizeof key}, sm_buffer_span(&o->value), err);
}

int outcome_drop(outcome *o, const sm_decision *d, uint64_t kept, sm_error *err)
{
    const sm_decision credit = {.document = kept, .size = 1, .kept = d->kept, .by = d->kept};
    SM_TRY(add(o, d->document, d, err));
    return add(o, kept, &credit, err); /* one more in its cluster */
}

/* ---- writing -------------------------------------------------------------------------------- */

typedef struct writing {
    const sm_match_job *job;
    size_t file;
    decision_writer *out; /* of that file; NULL: not begun */
    sm_match_counts *counts;
    sm_arena arena;
} writing;

static int begin_file(writing *w, sm_error *err)
{
    const sig_file *f = &w->job->files[w->file];
    const sm_decisions_info info = {.fingerprint = f->info.fingerprint,
                                    .documents = f->info.documents,
                                    .threshold = w->job->settled.threshold,
                                    .cluster = w->job->options.cluster,
                                    .normalized = w->job->settled.normalized};
    sm_arena_reset(&w->arena);
    const char *name = sm_arena_printf(&w->arena, "%s.match", f->name);
    return decisions_create(&w->out, match_path(w->job, name, &w->arena), &info, err);
}

static int end_file(writing *w, sm_error *err)
{
    decision_writer *const out = w->out;
    w->out = NULL;
    w->file++;
    return decisions_commit(out, err);
}

/* Ends files until this document's is open. A number past the last document ends all. */
static int move_to(writing *w, uint64_t number, sm_error *err)
{
    while (w->file < w->job->n_files) {
        const sig_file *f = &w->job->files[w->file];
        if (!w->out) SM_TRY(begin_file(w, err));
        if (number < f->first + f->info.documents) return SM_OK;
        SM_TRY(end_file(w, err));
    }
    return SM_OK;
}

static int put(writing *w, sm_decision *d, sm_error *err)
{
    SM_TRY(move_to(w, d->document, err));
    w->counts->exact += d->kind == SM_MATCH_EXACT;
    w->counts->near += d->kind == SM_MATCH_NEAR;
    w->counts->url += d->kind == SM_MATCH_URL;
    w->counts->clusters += d->kind == SM_MATCH_NONE;
    d->document -= w->job->files[w->file].first;
    return decisions_add(w->out, d, err);
}

/* The records of one document follow each other: one that drops it, or credits, which are added up. */
static int put_all(outcome *o, writing *w, sm_error *err)
{
    sm_arena arena = {0};
    sm_decision now, held = {0};
    bool holding = false;
    sm_span key, value;
    int status = 0;
    while ((status = sm_sorter_next(o->sorter, &key, &value, err)) == 1) {
        if (!decision_decode(&value, &now)) {
            status = sm_error_set(err, SM_EIO, "%s: a spilled record came back otherwise",
                                  o->job->folder);
            break;
        }
        if (holding && held.document == now.document) {
            held.size++;
            continue;
        }
        if (holding) status = put(w, &held, err);
        if (status < 0) break;
        sm_arena_reset(&arena);
        held = now;
        const bool same = sm_span_equal(now.kept, now.by);
        held.kept = sm_arena_copy(&arena, now.kept);
        held.by = same ? held.kept : sm_arena_copy(&arena, now.by);
        held.size += now.kind == SM_MATCH_NONE;
        holding = true;
    }
    if (status == 0 && holding) status = put(w, &held, err);
    sm_arena_free(&arena);
    return status;
}

int outcome_write(outcome *o, sm_match_counts *counts, sm_error *err)
{
    writing w = {.job = o->job, .counts = counts};
    int status = sm_sorter_sort(o->sorter, err);
    if (status == SM_OK) status = put_all(o, &w, err);
    if (status == SM_OK) status = move_to(&w, UINT64_MAX, err);
    decisions_abort(w.out);
    sm_arena_free(&w.arena);
    counts->kept = counts->documents - counts->exact - counts->near - counts->url;
    return status;
}
