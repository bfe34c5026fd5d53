/* Presets: reading, overriding, judging.
 * SPDX-License-Identifier: MIT */
#include "filter_internal.h"

#include <math.h>
#include <seimai/config.h>
#include <seimai/filter.h>
#include <seimai/json.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "seimai-filter 1"

enum { MAX_RULES = 64 };

/* Each value has at most one rule; which value a rule asks for stands beside it. */
struct sm_filter {
    sm_filter_rule rules[MAX_RULES];
    size_t values[MAX_RULES];
    size_t n;
};

struct sm_filter_judge {
    const sm_filter *filter;
    sm_text_stats stats;
};

/* ---- reading ------------------------------------------------------------------------------ */

static sm_filter_rule *find_rule(sm_filter *f, size_t value)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->values[i] == value) return &f->rules[i];
    return NULL;
}

/* The table has fewer values than MAX_RULES, and no value has two rules: there is always room. */
static sm_filter_rule *add_rule(sm_filter *f, size_t value)
{
    f->values[f->n] = value;
    f->rules[f->n] = (sm_filter_rule){
        .value = sm_filter_value_at(value), .min = -(double)INFINITY, .max = (double)INFINITY};
    return &f->rules[f->n++];
}

static int read_rule(sm_filter *f, const sm_value *item, sm_error *err)
{
    static const char *const keys[] = {"rule", "min", "max", "source", "about", NULL};
    sm_span name = {0};
    size_t value = 0;
    if (item->kind != SM_MAP)
        return sm_value_fail(item, err, "a rule: expected a map, found a %s",
                             sm_kind_name(item->kind));
    SM_TRY(sm_value_only(item, keys, err));
    SM_TRY(sm_value_read_string(sm_value_get(item, "rule"), "rule", &name, err));
    if (!sm_filter_find_value(name, &value))
        return sm_value_fail(item, err, "rule \"%.*s\": no such rule", (int)name.n,
                             name.n ? name.p : "");
    if (find_rule(f, value))
        return sm_value_fail(item, err, "rule \"%.*s\": named twice", (int)name.n, name.p);
    sm_filter_rule *const rule = add_rule(f, value);
    SM_TRY(sm_value_read_real(sm_value_get(item, "min"), "min", -1e18, 1e18, &rule->min, err));
    SM_TRY(sm_value_read_real(sm_value_get(item, "max"), "max", -1e18, 1e18, &rule->max, err));
    if (isinf(rule->min) && isinf(rule->max))
        return sm_value_fail(item, err, "rule \"%.*s\": neither min nor max", (int)name.n,
                             name.p);
    return SM_OK;
}

static int read_preset(sm_filter *f, const sm_value *root, sm_error *err)
{
    static const char *const keys[] = {"format", "about", "rules", NULL};
    sm_span format = {0};
    if (root->kind != SM_MAP)
        return sm_value_fail(root, err, "expected a map with format: %s", FORMAT);
    SM_TRY(sm_value_only(root, keys, err));
    SM_TRY(sm_value_read_string(sm_value_get(root, "format"), "format", &format, err));
    if (!sm_span_equal(format, SM_SPAN(FORMAT)))
        return sm_value_fail(root, err, "format: expected \"%s\"", FORMAT);
    const sm_value *const rules = sm_value_get(root, "rules");
    if (!rules || rules->kind != SM_LIST)
        return sm_value_fail(rules ? rules : root, err, "rules: expected a list");
    for (size_t i = 0; i < rules->n; i++)
        SM_TRY(read_rule(f, &rules->items[i], err));
    return SM_OK;
}

/* Takes the tree over: it is freed here. */
static int make_preset(sm_filter **filter, sm_config *config, sm_error *err)
{
    *filter = sm_calloc(1, sizeof **filter);
    const int status = read_preset(*filter, &config->root, err);
    sm_config_free(config);
    if (status == SM_OK) return SM_OK;
    sm_filter_free(*filter);
    *filter = NULL;
    return status;
}

int sm_filter_load(sm_filter **filter, const char *path, sm_error *err)
{
    sm_config config = {0};
    *filter = NULL;
    SM_TRY(sm_config_read(&config, path, err));
    return make_preset(filter, &config, err);
}

int sm_filter_parse(sm_filter **filter, const char *name, sm_span yaml, sm_error *err)
{
    sm_config config = {0};
    *filter = NULL;
    SM_TRY(sm_config_parse_yaml(&config, name, yaml, err));
    return make_preset(filter, &config, err);
}

void sm_filter_free(sm_filter *filter)
{
    sm_free(filter);
}

const sm_filter_rule *sm_filter_rule_at(const sm_filter *filter, size_t i)
{
    return i < filter->n ? &filter->rules[i] : NULL;
}

/* ---- overriding ------------------------------------------------------------------------------ */

static bool read_number(const char *text, double *number)
{
    char *end = NULL;
    *number = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*number);
}

int sm_filter_set(sm_filter *filter, const char *assignment, sm_error *err)
{
    const char *const equals = strchr(assignment, '=');
    double number = 0;
    size_t value = 0;
    if (!equals || !read_number(equals + 1, &number))
        SM_FAIL(err, SM_EUSAGE, "--set %s: expected RULE.min=NUMBER or RULE.max=NUMBER",
                assignment);
    sm_span name = {assignment, (size_t)(equals - assignment)};
    const bool is_min = sm_span_ends(name, SM_SPAN(".min"));
    const bool is_max = sm_span_ends(name, SM_SPAN(".max"));
    if (is_min || is_max) name.n -= strlen(".min");
    if (!sm_filter_find_value(name, &value))
        SM_FAIL(err, SM_EUSAGE, "--set %s: no rule \"%.*s\"", assignment, (int)name.n, name.p);
    sm_filter_rule *rule = find_rule(filter, value);
    if (!rule) rule = add_rule(filter, value);
    const bool low = is_min || (!is_max && rule->value->low_is_bad);
    *(low ? &rule->min : &rule->max) = number;
    return SM_OK;
}

/* ---- judging ------------------------------------------------------------------------------------ */

sm_filter_judge *sm_filter_judge_new(const sm_filter *filter)
{
    sm_filter_judge *const judge = sm_calloc(1, sizeof *judge);
    judge->filter = filter;
    return judge;
}

void sm_filter_judge_free(sm_filter_judge *judge)
{
    if (!judge) return;
    sm_text_stats_free(&judge->stats);
    sm_free(judge);
}

/* What an undefined value is dropped for: the text is too short to have it. No number to compare with. */
static sm_verdict too_short(sm_text_stats *stats)
{
    sm_text_stats_need(stats, SM_PART_SCRIPTS);
    return (sm_verdict){.rule = "too-short",
                        .value = (double)stats->scripts.characters,
                        .threshold = (double)NAN};
}

int sm_filter_judge_text(sm_filter_judge *judge, sm_span text, sm_verdict *verdict)
{
    const sm_filter *const f = judge->filter;
    sm_text_stats_begin(&judge->stats, text);
    for (size_t i = 0; i < f->n; i++) {
        const sm_filter_rule *const rule = &f->rules[i];
        if (isinf(rule->min) && sm_filter_bound(f->values[i], &judge->stats) <= rule->max)
            continue;
        const double value = sm_filter_compute(f->values[i], &judge->stats);
        if (value >= rule->min && value <= rule->max) continue;
        *verdict = isnan(value)
                       ? too_short(&judge->stats)
                       : (sm_verdict){.rule = rule->value->name,
                                      .value = value,
                                      .threshold = value < rule->min ? rule->min : rule->max};
        return SM_DROP;
    }
    return SM_KEEP;
}

void sm_filter_judge_values(sm_filter_judge *judge, sm_span text, sm_buffer *json)
{
    const sm_filter *const f = judge->filter;
    sm_text_stats_begin(&judge->stats, text);
    sm_json_open(json, '{');
    for (size_t i = 0; i < f->n; i++) {
        sm_json_key(json, f->rules[i].value->name);
        sm_json_real(json, sm_filter_compute(f->values[i], &judge->stats));
    }
    sm_json_close(json, '}');
}
