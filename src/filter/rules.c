/* Rules: sets of them, what one accepts, and judging a subject by all.
 * SPDX-License-Identifier: MIT */
#include "preset_internal.h"

#include <math.h>

struct sm_filter_judge {
    const sm_filter *filter;
    sm_text_stats stats;
    sm_text_stats line; /* of one line, for the rules on lines */
};

/* ---- sets of rules ------------------------------------------------------------------------------ */

sm_filter_rule *sm_rules_find(const sm_rules *set, size_t value)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->values[i] == value) return &set->rules[i];
    return NULL;
}

sm_filter_rule *sm_rules_add(const sm_filter *filter, sm_rules *set, size_t value)
{
    set->rules = sm_array_grow(set->rules, set->n, &set->cap_rules, sizeof *set->rules);
    set->values = sm_array_grow(set->values, set->n, &set->cap_values, sizeof *set->values);
    set->values[set->n] = value;
    set->rules[set->n] = (sm_filter_rule){.value = sm_filter_value_of(filter, value),
                                          .min = -(double)INFINITY,
                                          .max = (double)INFINITY};
    return &set->rules[set->n++];
}

void sm_rules_remove(sm_rules *set, size_t i)
{
    for (set->n--; i < set->n; i++) {
        set->rules[i] = set->rules[i + 1];
        set->values[i] = set->values[i + 1];
    }
}

void sm_rules_free(sm_rules *set)
{
    sm_free(set->rules);
    sm_free(set->values);
}

size_t sm_filter_rules(const sm_filter *filter)
{
    return filter->rules.n;
}

const sm_filter_rule *sm_filter_rule_at(const sm_filter *filter, size_t i)
{
    return i < filter->rules.n ? &filter->rules.rules[i] : NULL;
}

/* ---- one rule ------------------------------------------------------------------------------------ */

static bool is_above_min(const sm_filter_rule *rule, double value)
{
    return rule->min_open ? value > rule->min : value >= rule->min;
}

static bool is_below_max(const sm_filter_rule *rule, double value)
{
    return rule->max_open ? value < rule->max : value <= rule->max;
}

bool sm_rules_accept(const sm_rules *set, size_t i, double value)
{
    if (isnan(value)) return sm_filter_passes_undefined(set->values[i]);
    return is_above_min(&set->rules[i], value) && is_below_max(&set->rules[i], value);
}

bool sm_filter_passes(const sm_filter *filter, size_t i, double value)
{
    return sm_rules_accept(&filter->rules, i, value);
}

static sm_verdict refuse(const sm_filter *filter, size_t i, double value)
{
    const sm_filter_rule *const rule = &filter->rules.rules[i];
    if (isnan(value))
        return (sm_verdict){.rule = "too-short", .at = i, .value = value, .threshold = value};
    return (sm_verdict){.rule = rule->value->name,
                        .at = i,
                        .value = value,
                        .threshold = is_above_min(rule, value) ? rule->max : rule->min};
}

/* Is it settled, for less than the value costs, that rule i accepts? */
static bool is_settled(const sm_rules *set, size_t i, sm_text_stats *stats)
{
    const sm_filter_rule *const rule = &set->rules[i];
    if (!isinf(rule->min) || isinf(rule->max)) return false;
    const double max = rule->max_open ? nextafter(rule->max, -(double)INFINITY) : rule->max;
    return sm_filter_is_below(set->values[i], stats, max);
}

/* ---- judging ------------------------------------------------------------------------------------- */

sm_filter_judge *sm_filter_judge_new(const sm_filter *filter)
{
    sm_filter_judge *const judge = sm_calloc(1, sizeof *judge);
    judge->filter = judge->stats.filter = judge->line.filter = filter;
    return judge;
}

void sm_filter_judge_free(sm_filter_judge *judge)
{
    if (!judge) return;
    sm_text_stats_free(&judge->stats);
    sm_text_stats_free(&judge->line);
    sm_free(judge);
}

static int forward(const sm_text_stats *stats, sm_error *err)
{
    if (stats->error.code == SM_OK) return SM_OK;
    return sm_error_set(err, stats->error.code, "%s", stats->error.text);
}

int sm_filter_judge_subject(sm_filter_judge *judge, const sm_subject *subject,
                            sm_verdict *verdict, sm_error *err)
{
    const sm_filter *const f = judge->filter;
    sm_text_stats *const stats = &judge->stats;
    sm_text_stats_begin(stats, subject);
    for (size_t i = 0; i < f->rules.n; i++) {
        if (is_settled(&f->rules, i, stats)) continue;
        const double value = sm_filter_compute(f, f->rules.values[i], stats);
        SM_TRY(forward(stats, err));
        if (sm_filter_passes(f, i, value)) continue;
        *verdict = refuse(f, i, value);
        return SM_DROP;
    }
    return SM_KEEP;
}

int sm_filter_judge_measure(sm_filter_judge *judge, const sm_subject *subject, double *values,
                            sm_error *err)
{
    const sm_filter *const f = judge->filter;
    sm_text_stats_begin(&judge->stats, subject);
    for (size_t i = 0; i < f->rules.n; i++)
        values[i] = sm_filter_compute(f, f->rules.values[i], &judge->stats);
    return forward(&judge->stats, err);
}

int sm_filter_decide(const sm_filter *filter, const double *values, sm_verdict *verdict)
{
    for (size_t i = 0; i < filter->rules.n; i++) {
        if (sm_filter_passes(filter, i, values[i])) continue;
        *verdict = refuse(filter, i, values[i]);
        return SM_DROP;
    }
    return SM_KEEP;
}

int sm_filter_judge_ng(sm_filter_judge *judge, const sm_ng_counts **per_list, sm_error *err)
{
    *per_list = NULL;
    if (!judge->filter->ng) return SM_OK;
    sm_text_stats_need(&judge->stats, SM_PART(SM_PART_LISTS));
    *per_list = judge->stats.lists;
    return forward(&judge->stats, err);
}

/* ---- lines --------------------------------------------------------------------------------------- */

int sm_judge_line(sm_filter_judge *judge, const sm_subject *line, sm_error *err)
{
    const sm_filter *const f = judge->filter;
    sm_text_stats_begin(&judge->line, line);
    for (size_t i = 0; i < f->lines.n; i++) {
        if (is_settled(&f->lines, i, &judge->line)) continue;
        const double value = sm_filter_compute(f, f->lines.values[i], &judge->line);
        SM_TRY(forward(&judge->line, err));
        if (!isnan(value) && !sm_rules_accept(&f->lines, i, value)) return SM_DROP;
    }
    return SM_KEEP;
}

const sm_filter *sm_judge_filter(const sm_filter_judge *judge)
{
    return judge->filter;
}
