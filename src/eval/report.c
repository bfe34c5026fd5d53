/* Scores with intervals, and two runs side by side: see seimai/eval.h.
 * SPDX-License-Identifier: MIT */
#include "ids.h"

#include <seimai/eval.h>
#include <seimai/json.h>

#include <math.h>

/* ---- the items that both have ------------------------------------------------------------------------ */

typedef struct pairs {
    size_t *run, *base; /* (n) places */
    size_t n;
} pairs;

static sm_eval_ids *ids_of(const sm_eval_run *run)
{
    sm_eval_ids *const ids = sm_eval_ids_new();
    for (size_t i = 0; i < run->n; i++)
        sm_eval_ids_add(ids, run->ids[i], i);
    return ids;
}

static pairs pair_up(const sm_eval_run *run, const sm_eval_run *base, size_t *changed)
{
    sm_eval_ids *const ids = ids_of(base);
    pairs p = {sm_calloc(run->n, sizeof *p.run), sm_calloc(run->n, sizeof *p.base), 0};
    for (size_t i = 0; i < run->n; i++) {
        const size_t at = sm_eval_ids_find(ids, run->ids[i]);
        if (at == SM_EVAL_NONE) continue;
        if (!sm_hash128_equal(run->hashes[i], base->hashes[at])) {
            ++*changed;
            continue;
        }
        p.run[p.n] = i;
        p.base[p.n++] = at;
    }
    sm_eval_ids_free(ids);
    return p;
}

static void free_pairs(pairs *p)
{
    sm_free(p->run);
    sm_free(p->base);
}

/* The numbers of a metric for the items at `places`, closely packed. */
static double *gather(const sm_eval_run *run, size_t metric, const size_t *places, size_t n)
{
    const size_t width = run->metrics.items[metric]->width;
    double *const values = sm_calloc(n * width, sizeof *values);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < width; k++)
            values[i * width + k] =
                run->values[places[i] * run->metrics.width + run->metrics.offset[metric] + k];
    return values;
}

/* ---- scores --------------------------------------------------------------------------------------------- */

/* Where questions have answers, abstaining is no merit. */
static bool is_judged(const sm_eval_run *run, const sm_eval_metric *metric)
{
    return metric->kind != SM_EVAL_ABSTENTION || !run->answerable;
}

static bool fails(const sm_eval_gate *gate, const sm_eval_interval *difference)
{
    return gate->has_margin ? difference->low < -gate->margin : difference->high < 0;
}

static int compare(sm_eval_report *r, size_t m, const pairs *p, const sm_bootstrap *how,
                   const sm_eval_gate *gate, sm_error *err)
{
    sm_eval_row *const row = &r->rows[m];
    const size_t width = row->metric->width;
    double *const a = gather(r->run, m, p->run, p->n), *const b =
                                                           gather(r->base, m, p->base, p->n);
    const sm_eval_sample run = {a, p->n, width, width, row->metric->score};
    const sm_eval_sample base = {b, p->n, width, width, row->metric->score};
    int status = sm_bootstrap_score(how, &base, &row->base, err);
    if (status == SM_OK)
        status = sm_bootstrap_difference(how, &run, &base, &row->difference, err);
    row->failed =
        status == SM_OK && is_judged(r->run, row->metric) && fails(gate, &row->difference);
    r->failed = r->failed || row->failed;
    sm_free(a);
    sm_free(b);
    return status;
}

static int score_rows(sm_eval_report *r, const sm_bootstrap *how, sm_error *err)
{
    const double none = (double)NAN;
    for (size_t m = 0; m < r->run->metrics.n; m++) {
        const sm_eval_metric *const metric = r->run->metrics.items[m];
        const sm_eval_sample sample = {r->run->values + r->run->metrics.offset[m], r->run->n,
                                       metric->width, r->run->metrics.width, metric->score};
        r->rows[m] = (sm_eval_row){
            .metric = metric, .base = {none, none, none}, .difference = {none, none, none}};
        SM_TRY(sm_bootstrap_score(how, &sample, &r->rows[m].score, err));
    }
    return SM_OK;
}

/* An item's own score. */
static double score_of(const sm_eval_run *run, size_t metric, size_t item)
{
    const double *const values =
        run->values + item * run->metrics.width + run->metrics.offset[metric];
    return run->metrics.items[metric]->score(values, 1);
}

static void list_worse(sm_eval_report *r, const pairs *p)
{
    r->worse = sm_calloc(p->n, sizeof *r->worse);
    for (size_t i = 0; i < p->n; i++)
        for (size_t m = 0; m < r->run->metrics.n; m++)
            if (is_judged(r->run, r->rows[m].metric) &&
                score_of(r->run, m, p->run[i]) < score_of(r->base, m, p->base[i])) {
                r->worse[r->n_worse++] = p->run[i];
                break;
            }
}

int sm_eval_report_make(sm_eval_report *r, const sm_eval_run *run, const sm_eval_run *base,
                        const sm_bootstrap *how, const sm_eval_gate *gate, sm_error *err)
{
    *r = (sm_eval_report){.run = run, .base = base, .n = run->n};
    SM_TRY(score_rows(r, how, err));
    if (!base) return SM_OK;
    pairs p = pair_up(run, base, &r->changed);
    r->shared = p.n;
    int status = p.n > 0 ? SM_OK
                         : sm_error_set(err, SM_EFORMAT, "%s: no item in common with %s",
                                        base->name, run->name);
    for (size_t m = 0; m < run->metrics.n && status == SM_OK; m++)
        status = compare(r, m, &p, how, gate, err);
    if (status == SM_OK) list_worse(r, &p);
    free_pairs(&p);
    return status;
}

void sm_eval_report_free(sm_eval_report *r)
{
    sm_free(r->worse);
    *r = (sm_eval_report){0};
}

/* ---- what is told ---------------------------------------------------------------------------------------- */

static void put_interval(const sm_eval_interval *v, bool sign, sm_buffer *out)
{
    sm_buffer_printf(out, sign ? "  %+8.2f" : "  %8.2f", v->value);
    if (isnan(v->low))
        sm_buffer_printf(out, "  %-18s", "");
    else
        sm_buffer_printf(out, sign ? "  [%+7.2f, %+7.2f]" : "  [%7.2f, %7.2f]", v->low,
                         v->high);
}

static void put_worse(const sm_eval_report *r, size_t shown, sm_buffer *out)
{
    if (r->n_worse == 0) return;
    sm_buffer_printf(out, "worse: %zu of %zu items", r->n_worse, r->shared);
    for (size_t i = 0; i < r->n_worse && i < shown; i++) {
        const sm_span id = r->run->ids[r->worse[i]];
        sm_buffer_puts(out, i == 0 ? ": " : " ");
        sm_buffer_put(out, id);
    }
    sm_buffer_puts(out, r->n_worse > shown && shown > 0 ? " …\n" : "\n");
}

void sm_eval_report_text(const sm_eval_report *r, size_t shown, sm_buffer *out)
{
    sm_buffer_printf(out, "%s   %zu items", r->run->name, r->n);
    if (r->base) sm_buffer_printf(out, ", %zu of them in %s", r->shared, r->base->name);
    if (r->changed) sm_buffer_printf(out, " (%zu are other items there)", r->changed);
    if (r->run->cut) sm_buffer_printf(out, ", %llu cut", (unsigned long long)r->run->cut);
    sm_buffer_printf(out, "\n%-12s%10s%20s", "metric", "score", "interval");
    if (r->base) sm_buffer_printf(out, "%10s%10s%20s", "base", "change", "interval");
    sm_buffer_putc(out, '\n');
    for (size_t m = 0; m < r->run->metrics.n; m++) {
        const sm_eval_row *const row = &r->rows[m];
        sm_buffer_printf(out, "%-12s", row->metric->name);
        put_interval(&row->score, false, out);
        if (r->base) sm_buffer_printf(out, "  %8.2f", row->base.value);
        if (r->base) put_interval(&row->difference, true, out);
        sm_buffer_puts(out, row->failed ? "  FAILED\n" : "\n");
    }
    put_worse(r, shown, out);
}

static void put_members(const sm_eval_interval *v, const char *names[3], sm_buffer *json)
{
    sm_json_put_real(json, names[0], v->value);
    sm_json_put_real(json, names[1], v->low);
    sm_json_put_real(json, names[2], v->high);
}

static void put_comparison(const sm_eval_report *r, sm_buffer *json)
{
    sm_json_put_text(json, "base", r->base->name);
    sm_json_put_uint(json, "shared", r->shared);
    sm_json_put_uint(json, "changed", r->changed);
    sm_json_put_text(json, "gate", r->failed ? "failed" : "passed");
    sm_json_key(json, "worse");
    sm_json_open(json, '[');
    for (size_t i = 0; i < r->n_worse; i++)
        sm_json_string(json, r->run->ids[r->worse[i]]);
    sm_json_close(json, ']');
}

void sm_eval_report_json(const sm_eval_report *r, sm_buffer *json)
{
    static const char *score[] = {"score", "low", "high"},
                      *base[] = {"base", "base_low", "base_high"},
                      *change[] = {"change", "change_low", "change_high"};
    sm_json_put_text(json, "model", r->run->name);
    sm_json_put_uint(json, "items", r->n);
    sm_json_put_uint(json, "cut", r->run->cut);
    sm_json_key(json, "metrics");
    sm_json_open(json, '{');
    for (size_t m = 0; m < r->run->metrics.n; m++) {
        const sm_eval_row *const row = &r->rows[m];
        sm_json_key(json, row->metric->name);
        sm_json_open(json, '{');
        put_members(&row->score, score, json);
        if (r->base) put_members(&row->base, base, json);
        if (r->base) put_members(&row->difference, change, json);
        if (r->base) sm_json_put_bool(json, "failed", row->failed);
        sm_json_close(json, '}');
    }
    sm_json_close(json, '}');
    if (r->base) put_comparison(r, json);
}
