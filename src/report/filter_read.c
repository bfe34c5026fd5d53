/* The account of a filter's run, from its JSON. See filter_view.h.
 * SPDX-License-Identifier: MIT */
#include "filter_view.h"
#include "report_internal.h"

#include <math.h>

static double number_or_zero(const sm_value *map, const char *key)
{
    const double number = value_number(map, key);
    return isfinite(number) ? number : 0;
}

static const char *text_at(const sm_value *map, const char *key)
{
    const sm_value *const text = sm_value_get(map, key);
    return text && text->kind == SM_STRING ? text->as.string.p : NULL;
}

/* The first of two keys that is a number; else `absent`. */
static double threshold_at(const sm_value *map, const char *key, const char *open,
                           double absent)
{
    const double closed = value_number(map, key), number = value_number(map, open);
    return isfinite(closed) ? closed : isfinite(number) ? number : absent;
}

static double scalar(const sm_value *v)
{
    return v->kind == SM_INT ? (double)v->as.integer : v->kind == SM_REAL ? v->as.real : 0;
}

static void read_bins(const filter_view *v, filter_rule *rule, const sm_value *bins)
{
    if (!bins || bins->kind != SM_LIST) return;
    rule->bins = sm_arena_alloc(v->arena, (bins->n + 1) * sizeof *rule->bins);
    for (size_t i = 0; i < bins->n; i++) {
        const sm_value *const bin = &bins->items[i];
        if (bin->kind != SM_LIST || bin->n != 2) continue;
        rule->bins[rule->n_bins++] =
            (filter_bin){scalar(&bin->items[0]), scalar(&bin->items[1])};
    }
}

static filter_rule read_rule(const filter_view *v, const sm_value *map)
{
    const sm_value *const first = sm_value_get(map, "first");
    filter_rule rule = {.name = text_at(map, "rule"),
                        .about = text_at(map, "about"),
                        .source = text_at(map, "source"),
                        .min = threshold_at(map, "min", "above", -HUGE_VAL),
                        .max = threshold_at(map, "max", "below", HUGE_VAL),
                        .min_open = sm_value_get(map, "above") != NULL,
                        .max_open = sm_value_get(map, "below") != NULL,
                        .first = number_or_zero(first, "documents"),
                        .first_bytes = number_or_zero(first, "bytes"),
                        .would = number_or_zero(map, "would"),
                        .only = number_or_zero(map, "only"),
                        .undefined = number_or_zero(map, "undefined"),
                        .median = value_number(sm_value_get(map, "quantiles"), "0.5"),
                        .overlap = sm_value_get(map, "overlap"),
                        .samples = sm_value_get(map, "samples")};
    if (!rule.name) rule.name = "?";
    read_bins(v, &rule, sm_value_get(map, "bins"));
    return rule;
}

int filter_read(filter_view *v, const sm_value *stats, sm_error *err)
{
    v->account = sm_value_get(stats, "filter");
    const sm_value *const rules = sm_value_get(v->account, "rules");
    if (!rules || rules->kind != SM_LIST)
        SM_FAIL(err, SM_EFORMAT,
                "%s:%d: no account of a filter: expected what seimai filter "
                "writes with --stats",
                stats->file, stats->line);
    const sm_value *const kept = sm_value_get(v->account, "kept");
    v->documents = number_or_zero(v->account, "documents");
    v->bytes = number_or_zero(v->account, "bytes");
    v->kept = number_or_zero(kept, "documents");
    v->kept_bytes = number_or_zero(kept, "bytes");
    v->rules = sm_arena_alloc(v->arena, (rules->n + 1) * sizeof *v->rules);
    for (size_t i = 0; i < rules->n; i++) {
        v->rules[v->n] = read_rule(v, &rules->items[i]);
        v->measured |= v->rules[v->n].n_bins > 0;
        v->n++;
    }
    return SM_OK;
}

double filter_quantile(const filter_rule *rule, double q)
{
    double all = 0, below = 0;
    for (size_t i = 0; i < rule->n_bins; i++)
        all += rule->bins[i].documents;
    for (size_t i = 0; i < rule->n_bins; i++) {
        below += rule->bins[i].documents;
        if (below >= q * all) return rule->bins[i].edge;
    }
    return (double)NAN;
}
