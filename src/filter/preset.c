/* Presets: reading their files.
 * SPDX-License-Identifier: MIT */
#include "preset_internal.h"

#include <math.h>
#include <seimai/utf8.h>

#define FORMAT "seimai-filter 1"

/* ---- rules -------------------------------------------------------------------------------------- */

static int read_threshold(const sm_value *item, const char *closed, const char *open,
                          double *number, bool *is_open, sm_error *err)
{
    const sm_value *const at = sm_value_get(item, closed), *const past =
                                                               sm_value_get(item, open);
    if (at && past) return sm_value_fail(past, err, "both %s and %s", closed, open);
    *is_open = past != NULL;
    return sm_value_read_real(past ? past : at, past ? open : closed, -1e18, 1e18, number, err);
}

/* Which value an item asks for, by its key `rule` or `line`. */
static int read_name(sm_filter *f, const sm_rules *set, const sm_value *item, const char *key,
                     size_t *value, sm_error *err)
{
    sm_span name = {0};
    SM_TRY(sm_value_read_string(sm_value_get(item, key), key, &name, err));
    if (!sm_filter_find_value(f, name, value))
        return sm_value_fail(item, err, "%s \"%.*s\": no such %s", key, (int)name.n,
                             name.n ? name.p : "", key);
    if (sm_rules_find(set, *value))
        return sm_value_fail(item, err, "%s \"%.*s\": named twice", key, (int)name.n, name.p);
    return SM_OK;
}

static int read_rule(sm_filter *f, sm_rules *set, const sm_value *item, const char *key,
                     sm_error *err)
{
    const char *const keys[] = {key, "min", "max", "above", "below", "source", "about", NULL};
    sm_span source = {0};
    size_t value = 0;
    if (item->kind != SM_MAP)
        return sm_value_fail(item, err, "a %s: expected a map, found a %s", key,
                             sm_kind_name(item->kind));
    SM_TRY(sm_value_only(item, keys, err));
    SM_TRY(read_name(f, set, item, key, &value, err));
    sm_filter_rule *const rule = sm_rules_add(f, set, value);
    SM_TRY(read_threshold(item, "min", "above", &rule->min, &rule->min_open, err));
    SM_TRY(read_threshold(item, "max", "below", &rule->max, &rule->max_open, err));
    SM_TRY(sm_value_read_string(sm_value_get(item, "source"), "source", &source, err));
    if (source.n > 0) rule->source = sm_arena_copy(&f->arena, source).p;
    if (isinf(rule->min) && isinf(rule->max))
        return sm_value_fail(item, err, "%s \"%s\": neither min nor max", key,
                             rule->value->name);
    return SM_OK;
}

/* ---- lists -------------------------------------------------------------------------------------- */

static int read_kind(const sm_value *item, sm_list_kind *kind, sm_error *err)
{
    static const char *const names[] = {"ng", "phrases", "url"};
    sm_span name = {0};
    const sm_value *const value = sm_value_get(item, "kind");
    SM_TRY(sm_value_read_string(value, "kind", &name, err));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!sm_span_equal(name, sm_span_of(names[i]))) continue;
        *kind = (sm_list_kind)i;
        return SM_OK;
    }
    return sm_value_fail(value ? value : item, err, "kind: expected ng, phrases or url");
}

static int read_match(const sm_value *item, sm_ng_match *match, sm_error *err)
{
    const sm_value *const value = sm_value_get(item, "match");
    sm_span name = {0};
    if (!value) return SM_OK;
    SM_TRY(sm_value_read_string(value, "match", &name, err));
    if (!sm_ng_match_of(name.p, match))
        return sm_value_fail(value, err, "match: expected one of " SM_NG_MATCH_NAMES);
    return SM_OK;
}

static int read_list(sm_filter *f, const sm_value *item, sm_error *err)
{
    static const char *const keys[] = {"list",  "kind",   "match", "file",
                                       "about", "source", NULL};
    sm_span name = {0}, file = {0};
    sm_list_kind kind = SM_LIST_NG;
    if (item->kind != SM_MAP)
        return sm_value_fail(item, err, "a list: expected a map, found a %s",
                             sm_kind_name(item->kind));
    SM_TRY(sm_value_only(item, keys, err));
    SM_TRY(sm_value_read_string(sm_value_get(item, "list"), "list", &name, err));
    SM_TRY(sm_value_read_string(sm_value_get(item, "file"), "file", &file, err));
    SM_TRY(read_kind(item, &kind, err));
    if (name.n == 0 || sm_lists_find(f, name))
        return sm_value_fail(item, err, "list \"%.*s\": %s", (int)name.n, name.n ? name.p : "",
                             name.n ? "named twice" : "no name");
    sm_word_list *const list = sm_lists_add(f, name, kind);
    if (file.n > 0) list->file = sm_arena_copy(&f->arena, file).p;
    list->in_dicts = file.n > 0;
    return read_match(item, &list->match, err);
}

/* ---- words and steps ---------------------------------------------------------------------------- */

static int read_words(sm_filter *f, const sm_value *value, sm_error *err)
{
    sm_span name = {0};
    SM_TRY(sm_value_read_string(value, "words", &name, err));
    if (name.n > 0 && sm_filter_set_words(f, name.p, NULL) < 0)
        return sm_value_fail(value, err, "words: expected script or mecab");
    return SM_OK;
}

static int read_stop_word(sm_filter *f, const sm_value *item, sm_error *err)
{
    uint32_t c[SM_POWERS];
    size_t n = 0;
    sm_span word = {0};
    SM_TRY(sm_value_read_string(item, "a stop word", &word, err));
    for (const char *p = word.p; n < SM_POWERS && p < word.p + word.n;)
        c[n++] = sm_utf8_next(&p, word.p + word.n);
    if (n == 0 || n == SM_POWERS || f->n_stop_words == SM_STOP_MAX)
        return sm_value_fail(item, err,
                             "stop-words: at most %d words, each of 1 to %d characters",
                             SM_STOP_MAX, SM_POWERS - 1);
    const uint64_t hash = sm_words_hash(c, n);
    size_t slot = (size_t)(hash % SM_STOP_SLOTS);
    while (f->stop_words[slot] != 0)
        slot = (slot + 1) % SM_STOP_SLOTS;
    f->stop_words[slot] = hash;
    f->stop_number[slot] = (uint8_t)f->n_stop_words++;
    return SM_OK;
}

static int read_when(const sm_value *item, sm_filter_when *when, sm_error *err)
{
    const sm_value *const value = sm_value_get(item, "when");
    sm_span name = {0};
    *when = SM_FILTER_AFTER;
    if (!value) return SM_OK;
    SM_TRY(sm_value_read_string(value, "when", &name, err));
    if (sm_span_equal(name, SM_SPAN("before")))
        *when = SM_FILTER_BEFORE;
    else if (!sm_span_equal(name, SM_SPAN("after")))
        return sm_value_fail(value, err, "when: expected before or after");
    return SM_OK;
}

static int read_step_list(sm_filter *f, const sm_value *item, sm_step *step, sm_error *err)
{
    sm_span name = {0};
    const bool wants = sm_steps_want_list(step->kind);
    SM_TRY(sm_value_read_string(sm_value_get(item, "list"), "list", &name, err));
    if (wants != (name.n > 0))
        return sm_value_fail(item, err, "this step takes %s list", wants ? "a" : "no");
    if (!wants) return SM_OK;
    sm_word_list *const list = sm_lists_find(f, name);
    if (!list || list->kind != SM_LIST_PHRASES)
        return sm_value_fail(item, err, "list \"%.*s\": no list of phrases of that name",
                             (int)name.n, name.p);
    step->list = list;
    return SM_OK;
}

static int read_step(sm_filter *f, const sm_value *item, sm_error *err)
{
    static const char *const keys[] = {"step", "when", "list", "about", "source", NULL};
    sm_span name = {0};
    sm_step step = {0};
    if (item->kind != SM_MAP)
        return sm_value_fail(item, err, "a step: expected a map, found a %s",
                             sm_kind_name(item->kind));
    SM_TRY(sm_value_only(item, keys, err));
    SM_TRY(sm_value_read_string(sm_value_get(item, "step"), "step", &name, err));
    if (!sm_steps_find(name, &step.kind))
        return sm_value_fail(item, err, "step \"%.*s\": no such step", (int)name.n,
                             name.n ? name.p : "");
    if (f->n_steps == SM_FILTER_STEPS)
        return sm_value_fail(item, err, "more than %d steps", SM_FILTER_STEPS);
    SM_TRY(read_when(item, &step.when, err));
    SM_TRY(read_step_list(f, item, &step, err));
    f->steps[f->n_steps++] = step;
    return SM_OK;
}

/* ---- the file ----------------------------------------------------------------------------------- */

/* A list under a key of the file; a missing one is empty. */
static int read_section(const sm_value *root, const char *key, const sm_value **list,
                        sm_error *err)
{
    static const sm_value nothing = {.kind = SM_LIST};
    *list = sm_value_get(root, key);
    if (*list && (*list)->kind != SM_LIST)
        return sm_value_fail(*list, err, "%s: expected a list", key);
    if (!*list) *list = &nothing;
    return SM_OK;
}

static int read_head(sm_filter *f, const sm_value *root, sm_error *err)
{
    static const char *const keys[] = {"format", "about", "words",   "stop-words", "lists",
                                       "rules",  "lines", "rewrite", NULL};
    sm_span format = {0};
    if (root->kind != SM_MAP)
        return sm_value_fail(root, err, "expected a map with format: %s", FORMAT);
    SM_TRY(sm_value_only(root, keys, err));
    SM_TRY(sm_value_read_string(sm_value_get(root, "format"), "format", &format, err));
    if (!sm_span_equal(format, SM_SPAN(FORMAT)))
        return sm_value_fail(root, err, "format: expected \"%s\"", FORMAT);
    if (!sm_value_get(root, "rules")) return sm_value_fail(root, err, "rules: expected a list");
    return read_words(f, sm_value_get(root, "words"), err);
}

/* Rules on lines that no step places come after the rules, before other steps. */
static int add_lines_step(sm_filter *f, const sm_value *root, sm_error *err)
{
    bool placed = f->lines.n == 0;
    for (size_t i = 0; i < f->n_steps; i++)
        placed |= f->steps[i].kind == sm_steps_lines();
    if (placed) return SM_OK;
    if (f->n_steps == SM_FILTER_STEPS)
        return sm_value_fail(root, err, "more than %d steps", SM_FILTER_STEPS);
    for (size_t i = f->n_steps++; i > 0; i--)
        f->steps[i] = f->steps[i - 1];
    f->steps[0] = (sm_step){.kind = sm_steps_lines(), .when = SM_FILTER_AFTER};
    return SM_OK;
}

int sm_preset_read(sm_filter *f, const sm_value *root, sm_error *err)
{
    const sm_value *items = NULL;
    SM_TRY(read_head(f, root, err));
    SM_TRY(read_section(root, "stop-words", &items, err));
    for (size_t i = 0; i < items->n; i++)
        SM_TRY(read_stop_word(f, &items->items[i], err));
    SM_TRY(read_section(root, "lists", &items, err));
    for (size_t i = 0; i < items->n; i++)
        SM_TRY(read_list(f, &items->items[i], err));
    SM_TRY(read_section(root, "rules", &items, err));
    for (size_t i = 0; i < items->n; i++)
        SM_TRY(read_rule(f, &f->rules, &items->items[i], "rule", err));
    SM_TRY(read_section(root, "lines", &items, err));
    for (size_t i = 0; i < items->n; i++)
        SM_TRY(read_rule(f, &f->lines, &items->items[i], "line", err));
    SM_TRY(read_section(root, "rewrite", &items, err));
    for (size_t i = 0; i < items->n; i++)
        SM_TRY(read_step(f, &items->items[i], err));
    return add_lines_step(f, root, err);
}

/* Takes the tree over: it is freed here. */
static int make_preset(sm_filter **filter, sm_config *config, sm_error *err)
{
    *filter = sm_calloc(1, sizeof **filter);
    const int status = sm_preset_read(*filter, &config->root, err);
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
