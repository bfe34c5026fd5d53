/* Presets: what the command line changes in them.
 * SPDX-License-Identifier: MIT */
#include "preset_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- thresholds --------------------------------------------------------------------------------- */

static bool read_number(const char *text, double *number)
{
    char *end = NULL;
    *number = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*number);
}

typedef enum side { USUAL, SIDE_MIN, SIDE_MAX, SIDE_ABOVE, SIDE_BELOW } side;

/* Cuts ".min" and the like off a name. */
static side take_side(sm_span *name)
{
    static const char *const suffixes[] = {NULL, ".min", ".max", ".above", ".below"};
    for (side s = SIDE_MIN; s <= SIDE_BELOW; s++) {
        if (!sm_span_ends(*name, sm_span_of(suffixes[s]))) continue;
        name->n -= strlen(suffixes[s]);
        return s;
    }
    return USUAL;
}

static void set_threshold(sm_filter_rule *rule, side s, double number)
{
    if (s == USUAL) s = rule->value->low_is_bad ? SIDE_MIN : SIDE_MAX;
    const bool low = s == SIDE_MIN || s == SIDE_ABOVE;
    *(low ? &rule->min : &rule->max) = number;
    *(low ? &rule->min_open : &rule->max_open) = s == SIDE_ABOVE || s == SIDE_BELOW;
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
    const side s = take_side(&name);
    if (!sm_filter_find_value(filter, name, &value))
        SM_FAIL(err, SM_EUSAGE, "--set %s: no rule \"%.*s\"", assignment, (int)name.n, name.p);
    sm_filter_rule *rule = sm_rules_find(&filter->rules, value);
    if (!rule) rule = sm_rules_add(filter, &filter->rules, value);
    set_threshold(rule, s, number);
    return SM_OK;
}

/* ---- lists -------------------------------------------------------------------------------------- */

/* Cuts "url:" or "ng:" off a name. */
static sm_list_kind take_kind(sm_span *name)
{
    static const sm_span url = {"url:", 4}, ng = {"ng:", 3};
    const bool is_url = sm_span_starts(*name, url);
    const size_t prefix = is_url ? url.n : sm_span_starts(*name, ng) ? ng.n : 0;
    *name = (sm_span){name->p + prefix, name->n - prefix};
    return is_url ? SM_LIST_URL : SM_LIST_NG;
}

int sm_filter_add_list(sm_filter *filter, const char *assignment, sm_error *err)
{
    const char *const equals = strchr(assignment, '=');
    if (!equals || equals[1] == '\0')
        SM_FAIL(err, SM_EUSAGE, "--list %s: expected NAME=FILE", assignment);
    sm_span name = {assignment, (size_t)(equals - assignment)};
    const sm_list_kind kind = take_kind(&name);
    if (name.n == 0) SM_FAIL(err, SM_EUSAGE, "--list %s: expected NAME=FILE", assignment);
    sm_word_list *list = sm_lists_find(filter, name);
    if (!list) list = sm_lists_add(filter, name, kind);
    list->file = sm_arena_copy(&filter->arena, sm_span_of(equals + 1)).p;
    list->in_dicts = false;
    return SM_OK;
}

/* ---- taking out --------------------------------------------------------------------------------- */

static bool remove_rules(sm_filter *f, sm_rules *set, const sm_word_list *list, sm_span name)
{
    const size_t before = set->n;
    for (size_t i = set->n; i-- > 0;) {
        const bool of_list = list && sm_filter_list_of(f, set->values[i]) == list;
        if (of_list || sm_span_equal(name, sm_span_of(set->rules[i].value->name)))
            sm_rules_remove(set, i);
    }
    return set->n < before;
}

static bool remove_steps(sm_filter *f, const sm_word_list *list, sm_span name)
{
    size_t left = 0;
    for (size_t i = 0; i < f->n_steps; i++) {
        const bool named =
            sm_span_equal(name, sm_span_of(sm_filter_step_name(f->steps[i].kind)));
        if (!named && !(list && f->steps[i].list == list)) f->steps[left++] = f->steps[i];
    }
    const bool removed = left < f->n_steps;
    f->n_steps = left;
    return removed;
}

int sm_filter_without(sm_filter *filter, const char *name, sm_error *err)
{
    const sm_span what = sm_span_of(name);
    sm_word_list *const list = sm_lists_find(filter, what);
    bool found = list != NULL;
    found |= remove_rules(filter, &filter->rules, list, what);
    found |= remove_rules(filter, &filter->lines, list, what);
    found |= remove_steps(filter, list, what);
    if (!found)
        SM_FAIL(err, SM_EUSAGE,
                "--without %s: the preset has no list, rule or step of that name", name);
    if (list) list->left_out = true;
    return SM_OK;
}

/* ---- words -------------------------------------------------------------------------------------- */

int sm_filter_set_words(sm_filter *filter, const char *words, sm_error *err)
{
    const bool by_morph = strcmp(words, "mecab") == 0;
    if (!by_morph && strcmp(words, "script") != 0)
        SM_FAIL(err, SM_EUSAGE, "--words %s: expected script or mecab", words);
    filter->by_morph = by_morph;
    return SM_OK;
}

static bool any_value(const sm_filter *f, bool (*is)(size_t value))
{
    for (size_t i = 0; i < f->rules.n; i++)
        if (is(f->rules.values[i])) return true;
    for (size_t i = 0; i < f->lines.n; i++)
        if (is(f->lines.values[i])) return true;
    return false;
}

bool sm_filter_wants_nouns(const sm_filter *filter)
{
    return any_value(filter, sm_filter_value_is_noun);
}

bool sm_filter_wants_morph(const sm_filter *filter)
{
    if (filter->by_morph && any_value(filter, sm_filter_value_is_word)) return true;
    return sm_filter_wants_nouns(filter);
}

const sm_morph *sm_filter_morph(const sm_filter *filter)
{
    return filter->by_morph ? filter->morph : NULL;
}

int sm_filter_stop_word(const sm_filter *filter, uint64_t hash)
{
    if (filter->n_stop_words == 0) return -1;
    size_t slot = (size_t)(hash % SM_STOP_SLOTS);
    while (filter->stop_words[slot] != 0 && filter->stop_words[slot] != hash)
        slot = (slot + 1) % SM_STOP_SLOTS;
    return filter->stop_words[slot] == hash ? filter->stop_number[slot] : -1;
}
