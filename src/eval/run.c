/* What a model makes of items: see seimai/eval.h.
 * SPDX-License-Identifier: MIT */
#include "ids.h"

#include <seimai/eval.h>
#include <seimai/parallel.h>
#include <seimai/utf8.h>

void sm_eval_run_free(sm_eval_run *run)
{
    sm_eval_ids_free(run->by_id);
    sm_free(run->values);
    sm_arena_free(&run->arena);
    *run = (sm_eval_run){0};
}

/* Items keep their ids: the run borrows them no longer than it must, and copies them. */
static void begin(sm_eval_run *run, const sm_eval_choice *metrics, const sm_eval_items *items)
{
    run->metrics = *metrics;
    run->n = items->n;
    run->answerable = !items->mismatch;
    run->ids = sm_arena_zalloc(&run->arena, items->n, sizeof *run->ids);
    run->hashes = sm_arena_zalloc(&run->arena, items->n, sizeof *run->hashes);
    run->values = sm_calloc(items->n * metrics->width, sizeof *run->values);
    for (size_t i = 0; i < items->n; i++) {
        run->ids[i] = sm_arena_copy(&run->arena, items->items[i].id);
        run->hashes[i] = items->items[i].hash;
    }
}

/* ---- choices -------------------------------------------------------------------------------------------- */

/* What log-likelihoods are divided by. */
static double length_of(const sm_eval_metric *metric, sm_span choice)
{
    if (metric->kind == SM_EVAL_ACC_NORM) return (double)sm_utf8_count(choice);
    return metric->kind == SM_EVAL_ACC_BYTES ? (double)choice.n : 1.0;
}

static size_t best_of(const sm_eval_metric *metric, const sm_eval_item *item,
                      const double *logp)
{
    size_t best = 0;
    for (size_t i = 1; i < item->n_choices; i++)
        if (logp[i] / length_of(metric, item->choices[i]) >
            logp[best] / length_of(metric, item->choices[best]))
            best = i;
    return best;
}

/* The requests of all items, an item's side by side; their ids lie in one list. */
typedef struct requests {
    sm_request *p;
    size_t n, cap;
    sm_ids ids;
} requests;

static void encode_choice(requests *r, const sm_request_style *style, sm_encoder *encoder,
                          sm_span context, sm_span choice)
{
    sm_request q = {0};
    const size_t start = r->ids.n;
    if (!sm_request_encode(style, encoder, context, choice, &r->ids, &q.context))
        q.context = 0; /* no token of its own */
    q.n = r->ids.n - start;
    r->p = sm_array_grow(r->p, r->n, &r->cap, sizeof q);
    r->p[r->n++] = q;
}

static void encode_items(requests *r, const sm_eval_items *items, const sm_request_style *style)
{
    sm_encoder *const encoder = sm_encoder_new();
    sm_buffer context = sm_buffer_make(SIZE_MAX / 8);
    for (size_t i = 0; i < items->n; i++) {
        const sm_eval_item *const item = &items->items[i];
        sm_buffer_clear(&context);
        sm_buffer_put(&context, item->prompt);
        if (items->join) sm_buffer_puts(&context, items->join);
        for (size_t k = 0; k < item->n_choices; k++)
            encode_choice(r, style, encoder, sm_buffer_span(&context), item->choices[k]);
    }
    for (size_t i = 0, at = 0; i < r->n; at += r->p[i++].n)
        r->p[i].ids = r->ids.p + at;
    sm_buffer_free(&context);
    sm_encoder_free(encoder);
}

/* A choice that the tokenizer makes nothing of cannot be asked for. */
static int check_requests(const requests *r, const sm_eval_items *items, sm_error *err)
{
    for (size_t i = 0, at = 0; i < items->n; at += items->items[i++].n_choices)
        for (size_t k = 0; k < items->items[i].n_choices; k++)
            if (r->p[at + k].context == 0)
                SM_FAIL(err, SM_EFORMAT, "item %.*s: choice %zu has no token",
                        (int)items->items[i].id.n, items->items[i].id.p, k);
    return SM_OK;
}

static void score_choices(sm_eval_run *run, const sm_eval_items *items, const requests *r)
{
    run->logp = sm_arena_zalloc(&run->arena, r->n, sizeof *run->logp);
    run->first = sm_arena_zalloc(&run->arena, items->n, sizeof *run->first);
    run->picked = sm_arena_zalloc(&run->arena, items->n, sizeof *run->picked);
    for (size_t i = 0; i < r->n; i++)
        run->logp[i] = r->p[i].logp;
    for (size_t i = 0, at = 0; i < items->n; at += items->items[i++].n_choices) {
        const sm_eval_item *const item = &items->items[i];
        run->first[i] = at;
        run->picked[i] = best_of(&sm_eval_metrics[SM_EVAL_ACC], item, run->logp + at);
        for (size_t m = 0; m < run->metrics.n; m++)
            run->values[i * run->metrics.width + run->metrics.offset[m]] =
                best_of(run->metrics.items[m], item, run->logp + at) == item->answer;
    }
}

int sm_eval_run_choices(sm_eval_run *run, const sm_eval_choice *metrics,
                        const sm_eval_items *items, sm_reader *reader,
                        const sm_request_style *style, sm_error *err)
{
    requests r = {0};
    begin(run, metrics, items);
    encode_items(&r, items, style);
    int status = check_requests(&r, items, err);
    if (status == SM_OK) status = sm_reader_read(reader, r.p, r.n, &run->cut, err);
    if (status == SM_OK) score_choices(run, items, &r);
    sm_free(r.p);
    sm_ids_free(&r.ids);
    return status;
}

/* ---- replies -------------------------------------------------------------------------------------------- */

typedef struct judging {
    sm_eval_run *run;
    const sm_eval_items *items;
    const sm_phrases *phrases;
    sm_arena *scratch; /* one a thread */
} judging;

typedef struct reply {
    sm_span text, form;
    const sm_span *references, *forms;
    size_t n;
    const sm_phrases *phrases;
    sm_arena *arena;
} reply;

static double best_rouge(const reply *r)
{
    double best = 0;
    for (size_t i = 0; i < r->n; i++) {
        const double f = sm_metric_rouge_l(r->text, r->references[i], r->arena).f1;
        if (f > best) best = f;
    }
    return best;
}

static double best_f1(const reply *r)
{
    double best = 0;
    for (size_t i = 0; i < r->n; i++) {
        const double f = sm_metric_f1(r->form, r->forms[i], r->arena).f1;
        if (f > best) best = f;
    }
    return best;
}

static double any_exact(const reply *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (sm_metric_exact(r->form, r->forms[i])) return 1;
    return 0;
}

static void put_chrf(const reply *r, unsigned words, double *values)
{
    sm_chrf c;
    sm_metric_chrf(r->text, r->references, r->n, words, r->arena, &c);
    for (size_t i = 0; i < SM_CHRF_CHARACTERS + (size_t)words; i++) {
        values[3 * i] = (double)c.answer[i];
        values[3 * i + 1] = (double)c.reference[i];
        values[3 * i + 2] = (double)c.both[i];
    }
}

static void judge(const reply *r, const sm_eval_metric *metric, double *values)
{
    switch (metric->kind) {
    case SM_EVAL_EM: *values = any_exact(r); break;
    case SM_EVAL_F1: *values = best_f1(r); break;
    case SM_EVAL_ROUGE_L: *values = best_rouge(r); break;
    case SM_EVAL_CHRF: put_chrf(r, 0, values); break;
    case SM_EVAL_CHRF_WORDS: put_chrf(r, SM_CHRF_WORDS, values); break;
    case SM_EVAL_ABSTENTION: *values = sm_metric_abstains(r->form, r->phrases); break;
    case SM_EVAL_ACC:
    case SM_EVAL_ACC_NORM:
    case SM_EVAL_ACC_BYTES:
    case SM_EVAL_METRICS: break; /* of choices */
    }
}

static int judge_one(void *shared, unsigned worker, size_t i, sm_error *err)
{
    const judging *const j = shared;
    const sm_eval_item *const item = &j->items->items[i];
    const sm_eval_choice *const metrics = &j->run->metrics;
    sm_arena *const arena = &j->scratch[worker];
    sm_arena_reset(arena);
    sm_span *const forms = sm_arena_zalloc(arena, item->n_references + 1, sizeof *forms);
    reply r = {.text = j->run->outputs[i],
               .references = item->references,
               .forms = forms,
               .n = item->n_references,
               .phrases = j->phrases,
               .arena = arena};
    SM_TRY(sm_metric_form(r.text, arena, &r.form, err));
    for (size_t k = 0; k < r.n; k++)
        SM_TRY(sm_metric_form(r.references[k], arena, &forms[k], err));
    for (size_t m = 0; m < metrics->n; m++)
        judge(&r, metrics->items[m], j->run->values + i * metrics->width + metrics->offset[m]);
    return SM_OK;
}

int sm_eval_run_replies(sm_eval_run *run, const sm_eval_choice *metrics,
                        const sm_eval_items *items, const sm_span *replies,
                        const sm_phrases *phrases, unsigned threads, sm_error *err)
{
    begin(run, metrics, items);
    run->outputs = sm_arena_zalloc(&run->arena, items->n, sizeof *run->outputs);
    for (size_t i = 0; i < items->n; i++)
        run->outputs[i] =
            sm_arena_copy(&run->arena, replies ? replies[i] : items->items[i].output);
    judging j = {run, items, phrases, sm_calloc(threads, sizeof(sm_arena))};
    const int status = sm_parallel(threads, items->n, judge_one, &j, err);
    for (unsigned i = 0; i < threads; i++)
        sm_arena_free(&j.scratch[i]);
    sm_free(j.scratch);
    return status;
}
