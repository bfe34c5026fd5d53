/* The account as JSON. See seimai/filter_account.h.
 * SPDX-License-Identifier: MIT */
#include "account_internal.h"

#include <math.h>
#include <seimai/json.h>

static void put_tally(sm_buffer *json, const char *key, uint64_t documents, uint64_t bytes)
{
    sm_json_key(json, key);
    sm_json_open(json, '{');
    sm_json_put_uint(json, "documents", documents);
    sm_json_put_uint(json, "bytes", bytes);
    sm_json_close(json, '}');
}

/* ---- a rule --------------------------------------------------------------------------------------- */

static void put_thresholds(sm_buffer *json, const sm_filter_rule *rule)
{
    if (isfinite(rule->min))
        sm_json_put_real(json, rule->min_open ? "above" : "min", rule->min);
    if (isfinite(rule->max))
        sm_json_put_real(json, rule->max_open ? "below" : "max", rule->max);
}

static void put_quantiles(const sm_filter_account *a, size_t i, sm_buffer *json)
{
    static const struct {
        const char *name;
        double q;
    } shown[] = {{"0.01", .01}, {"0.05", .05}, {"0.25", .25}, {"0.5", .5},
                 {"0.75", .75}, {"0.95", .95}, {"0.99", .99}};
    sm_json_key(json, "quantiles");
    sm_json_open(json, '{');
    for (size_t k = 0; k < sizeof shown / sizeof shown[0]; k++)
        sm_json_put_real(json, shown[k].name, sm_filter_account_quantile(a, i, shown[k].q));
    sm_json_close(json, '}');
}

static void put_bins(const sm_rule_counts *rule, sm_buffer *json)
{
    sm_json_key(json, "bins");
    sm_json_open(json, '[');
    for (size_t b = 0; b < SM_BINS; b++) {
        if (rule->bins[b] == 0) continue;
        sm_json_open(json, '[');
        sm_json_real(json, sm_bin_edge(b));
        sm_json_uint(json, rule->bins[b]);
        sm_json_close(json, ']');
    }
    sm_json_close(json, ']');
}

static void put_overlap(const sm_filter_account *a, size_t i, sm_buffer *json)
{
    sm_json_key(json, "overlap");
    sm_json_open(json, '[');
    for (size_t k = 0; k < a->n; k++)
        sm_json_uint(json, a->overlap[i * a->n + k]);
    sm_json_close(json, ']');
}

static void put_samples(const sm_account_samples *samples, sm_buffer *json)
{
    sm_json_key(json, "samples");
    sm_json_open(json, '[');
    for (size_t k = 0; k < samples->n; k++) {
        const sm_account_sample *const s = &samples->items[k];
        sm_json_open(json, '{');
        sm_json_put_text(json, "id", s->id);
        if (*s->url) sm_json_put_text(json, "url", s->url);
        sm_json_put_real(json, "value", s->value);
        sm_json_put_text(json, "text", s->text);
        sm_json_close(json, '}');
    }
    sm_json_close(json, ']');
}

/* What only the values of all documents tell. */
static void put_measured(const sm_filter_account *a, size_t i, sm_buffer *json)
{
    const sm_rule_account *const counts = &a->rules[i].counts;
    sm_json_put_uint(json, "would", counts->would);
    sm_json_put_uint(json, "only", counts->only);
    sm_json_put_uint(json, "undefined", counts->undefined);
    put_quantiles(a, i, json);
    put_bins(&a->rules[i], json);
    put_overlap(a, i, json);
}

static void put_rule(const sm_filter_account *a, size_t i, sm_buffer *json)
{
    const sm_filter_rule *const rule = sm_filter_rule_at(a->filter, i);
    const sm_rule_account *const counts = &a->rules[i].counts;
    sm_json_open(json, '{');
    sm_json_put_text(json, "rule", rule->value->name);
    sm_json_put_text(json, "about", rule->value->about);
    if (rule->source) sm_json_put_text(json, "source", rule->source);
    put_thresholds(json, rule);
    sm_json_put_bool(json, "low_is_bad", rule->value->low_is_bad);
    put_tally(json, "first", counts->first, counts->first_bytes);
    if (a->measured > 0) put_measured(a, i, json);
    put_samples(&a->rules[i].samples, json);
    sm_json_close(json, '}');
}

/* ---- warnings ------------------------------------------------------------------------------------- */

static void put_warning(sm_buffer *json, const char *kind, const char *rule, const char *other,
                        double share)
{
    sm_json_open(json, '{');
    sm_json_put_text(json, "kind", kind);
    sm_json_put_text(json, "rule", rule);
    if (other) sm_json_put_text(json, "other", other);
    sm_json_put_real(json, "share", share);
    sm_json_close(json, '}');
}

static const char *name_of(const sm_filter_account *a, size_t i)
{
    return sm_filter_rule_at(a->filter, i)->value->name;
}

/* Of what either refuses, the share that both do. */
static double agreement(const sm_filter_account *a, size_t i, size_t k)
{
    const double both = (double)a->overlap[i * a->n + k];
    const double either =
        (double)a->rules[i].counts.would + (double)a->rules[k].counts.would - both;
    return either > 0 ? both / either : 0;
}

static void put_warnings(const sm_filter_account *a, sm_buffer *json)
{
    enum { FEW = 20 }; /* fewer documents say nothing about two rules */
    const double most = .5, same = .95, all = (double)a->documents;
    sm_json_key(json, "warnings");
    sm_json_open(json, '[');
    for (size_t i = 0; i < a->n; i++) {
        const sm_rule_account *const counts = &a->rules[i].counts;
        const double would = (double)counts->would / all;
        if (would > most) put_warning(json, "drops-most", name_of(a, i), NULL, would);
        if (counts->undefined > 0)
            put_warning(json, "undefined", name_of(a, i), NULL,
                        (double)counts->undefined / all);
        for (size_t k = 0; k < i; k++)
            if (counts->would >= FEW && agreement(a, i, k) > same)
                put_warning(json, "same", name_of(a, k), name_of(a, i), agreement(a, i, k));
    }
    sm_json_close(json, ']');
}

/* ---- all ------------------------------------------------------------------------------------------- */

static void put_rewriting(const sm_filter_account *a, sm_buffer *json)
{
    sm_json_key(json, "rewriting");
    sm_json_open(json, '[');
    for (size_t i = 0; i < SM_FILTER_STEPS; i++) {
        if (a->edits.texts[i] == 0) continue;
        sm_json_open(json, '{');
        sm_json_put_text(json, "step", sm_filter_step_name(i));
        sm_json_put_text(json, "about", sm_filter_step_about(i));
        sm_json_put_uint(json, "texts", a->edits.texts[i]);
        sm_json_put_uint(json, "lines", a->edits.lines[i]);
        sm_json_put_uint(json, "bytes", a->edits.bytes[i]);
        sm_json_close(json, '}');
    }
    sm_json_close(json, ']');
}

void sm_filter_account_json(const sm_filter_account *account, sm_buffer *json)
{
    sm_json_put_uint(json, "documents", account->documents);
    sm_json_put_uint(json, "bytes", account->bytes);
    sm_json_put_uint(json, "measured", account->measured);
    put_tally(json, "kept", account->kept, account->kept_bytes);
    if (account->emptied > 0)
        put_tally(json, SM_FILTER_EMPTIED, account->emptied, account->emptied_bytes);
    sm_json_key(json, "rules");
    sm_json_open(json, '[');
    for (size_t i = 0; i < account->n; i++)
        put_rule(account, i, json);
    sm_json_close(json, ']');
    put_rewriting(account, json);
    put_warnings(account, json);
}
