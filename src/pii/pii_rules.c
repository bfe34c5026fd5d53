/* Rules from a file: patterns with named parts, checks by name, words of context.
 * SPDX-License-Identifier: MIT */
#include "pii_internal.h"

#include <seimai/config.h>
#include <seimai/pii.h>
#include <string.h>

#define FORMAT "seimai-pii 1"

enum { MAX_PATTERN = 8192, MAX_PARTS_DEEP = 8 };

typedef struct reader {
    sm_pii_rules *rules;
    const sm_value *parts; /* name → piece of a pattern; NULL for none */
    const sm_value *words; /* name → list of words; NULL for none */
    sm_fold fold;          /* scratch for words */
} reader;

/* ---- names of tiers, triggers, policies ----------------------------------------------------- */

static const char *const tier_names[] = {"none", "pattern", "checked", "context"};

const char *sm_pii_tier_name(sm_pii_tier tier)
{
    return tier_names[tier];
}

static bool tier_of(sm_span name, sm_pii_tier *tier)
{
    for (int t = SM_PII_PATTERN; t <= SM_PII_CONTEXT; t++) {
        if (!sm_span_equal(name, sm_span_of(tier_names[t]))) continue;
        *tier = (sm_pii_tier)t;
        return true;
    }
    return false;
}

static bool trigger_of(sm_span name, unsigned *triggers)
{
    static const char *const names[SM_TRIGGERS] = {"number", "dotted", "at"};
    for (unsigned i = 0; i < SM_TRIGGERS; i++) {
        if (!sm_span_equal(name, sm_span_of(names[i]))) continue;
        *triggers = 1u << i;
        return true;
    }
    return false;
}

/* ---- patterns --------------------------------------------------------------------------------- */

/* Appends a pattern with %{name} replaced by the part of that name, parts within parts too. */
static int expand(const reader *r, const sm_value *at, sm_span pattern, int depth,
                  sm_buffer *out, sm_error *err)
{
    if (depth > MAX_PARTS_DEEP) return sm_value_fail(at, err, "parts: nested too deep");
    for (size_t i = 0; i < pattern.n; i++) {
        const char *const p = pattern.p + i;
        const char *const close = p[0] == '%' && i + 1 < pattern.n && p[1] == '{'
                                      ? memchr(p, '}', pattern.n - i)
                                      : NULL;
        if (!close) {
            sm_buffer_putc(out, *p);
            continue;
        }
        char name[64] = "";
        const size_t n = (size_t)(close - p) - 2;
        if (n < sizeof name) memcpy(name, p + 2, n);
        sm_span part = {0};
        const sm_value *const value = sm_value_get(r->parts, name);
        if (!value) return sm_value_fail(at, err, "pattern: no part \"%s\"", name);
        SM_TRY(sm_value_read_string(value, "part", &part, err));
        SM_TRY(expand(r, value, part, depth + 1, out, err));
        i += n + 2;
    }
    return SM_OK;
}

static int compile(const reader *r, const sm_value *item, sm_rule *rule, sm_error *err)
{
    const sm_value *const value = sm_value_get(item, "pattern");
    sm_span source = {0};
    if (!value) return sm_value_fail(item, err, "rule %s: no pattern", rule->public.name);
    SM_TRY(sm_value_read_string(value, "pattern", &source, err));
    sm_buffer full = sm_buffer_make(MAX_PATTERN);
    int status = expand(r, value, source, 0, &full, err);
    if (status == SM_OK && full.overflow)
        status = sm_value_fail(value, err, "pattern: longer than %d bytes", MAX_PATTERN);
    if (status == SM_OK) {
        status = sm_pattern_compile(&rule->pattern, rule->public.name, sm_buffer_span(&full),
                                    false, err);
        if (status < 0) sm_error_prefix(err, "%s:%d", value->file, value->line);
    }
    sm_buffer_free(&full);
    return status;
}

/* ---- words and examples ------------------------------------------------------------------------- */

static int read_list(const reader *r, const sm_value *list, const char *key, sm_span **spans,
                     size_t *n, sm_error *err)
{
    if (!list) return SM_OK;
    if (list->kind != SM_LIST) return sm_value_fail(list, err, "%s: expected a list", key);
    *spans = sm_arena_zalloc(&r->rules->arena, list->n, sizeof **spans);
    for (size_t i = 0; i < list->n; i++) {
        SM_TRY(sm_value_read_string(&list->items[i], key, &(*spans)[i], err));
        (*spans)[i] = sm_arena_copy(&r->rules->arena, (*spans)[i]);
    }
    *n = list->n;
    return SM_OK;
}

/* Words, listed here or by the name of a list. They are compared with folded text: fold them too, and lower
 * their ASCII letters. */
static int read_words(reader *r, const sm_value *item, const char *key, sm_words *words,
                      sm_error *err)
{
    const sm_value *list = sm_value_get(item, key);
    if (list && list->kind == SM_STRING) {
        const sm_value *const named = sm_value_get(r->words, list->as.string.p);
        if (!named) return sm_value_fail(list, err, "%s: no such list under words", key);
        list = named;
    }
    SM_TRY(read_list(r, list, key, &words->words, &words->n, err));
    for (size_t i = 0; i < words->n; i++) {
        sm_pii_fold(&r->fold, words->words[i]);
        for (size_t k = 0; k < r->fold.n; k++)
            if (r->fold.text[k] >= 'A' && r->fold.text[k] <= 'Z') r->fold.text[k] |= 0x20;
        const sm_span word = {r->fold.text, r->fold.n};
        if (word.n == 0) return sm_value_fail(list, err, "%s: an empty word", key);
        words->words[i] = sm_arena_copy(&r->rules->arena, word);
        words->starts[sm_pii_first_key(word.p, word.n)] = true;
    }
    return SM_OK;
}

/* ---- rules ---------------------------------------------------------------------------------------- */

static int read_name(const reader *r, const sm_value *item, const char *key, const char **name,
                     sm_error *err)
{
    sm_span s = {0};
    SM_TRY(sm_value_read_string(sm_value_get(item, key), key, &s, err));
    if (s.n == 0) return sm_value_fail(item, err, "a rule: no %s", key);
    *name = sm_arena_copy(&r->rules->arena, s).p;
    return SM_OK;
}

/* Keys whose values are words of this program: class, trigger, check, minimum. */
static int read_choices(const sm_value *item, sm_rule *rule, sm_error *err)
{
    sm_span class = SM_SPAN("personal"), trigger = {0}, check = {0},
            minimum = SM_SPAN("checked");
    SM_TRY(sm_value_read_string(sm_value_get(item, "class"), "class", &class, err));
    SM_TRY(sm_value_read_string(sm_value_get(item, "trigger"), "trigger", &trigger, err));
    SM_TRY(sm_value_read_string(sm_value_get(item, "check"), "check", &check, err));
    SM_TRY(sm_value_read_string(sm_value_get(item, "minimum"), "minimum", &minimum, err));
    rule->public.is_business = sm_span_equal(class, SM_SPAN("business"));
    if (!rule->public.is_business && !sm_span_equal(class, SM_SPAN("personal")))
        return sm_value_fail(item, err, "class: expected personal or business");
    if (!trigger_of(trigger, &rule->triggers))
        return sm_value_fail(item, err, "trigger: expected number, dotted or at");
    if (!tier_of(minimum, &rule->public.minimum))
        return sm_value_fail(item, err, "minimum: expected pattern, checked or context");
    rule->check = check.n ? sm_pii_check_of(check) : NULL;
    if (check.n && !rule->check)
        return sm_value_fail(item, err, "check: no check \"%.*s\"", (int)check.n, check.p);
    return SM_OK;
}

static int read_rule(reader *r, const sm_value *item, sm_rule *rule, sm_error *err)
{
    static const char *const keys[] = {"rule",    "kind",    "tag",   "about",   "class",
                                       "trigger", "pattern", "check", "context", "unless",
                                       "window",  "minimum", "found", "passed",  NULL};
    sm_pii_rule *const public = &rule->public;
    int64_t window = 40;
    if (item->kind != SM_MAP) return sm_value_fail(item, err, "a rule: expected a map");
    SM_TRY(sm_value_only(item, keys, err));
    SM_TRY(read_name(r, item, "rule", &public->name, err));
    SM_TRY(read_name(r, item, "kind", &public->kind, err));
    SM_TRY(read_name(r, item, "tag", &public->tag, err));
    SM_TRY(read_choices(item, rule, err));
    SM_TRY(sm_value_read_int(sm_value_get(item, "window"), "window", 1, 60, &window, err));
    rule->window = (size_t)window;
    SM_TRY(read_words(r, item, "context", &rule->context, err));
    SM_TRY(read_words(r, item, "unless", &rule->unless, err));
    SM_TRY(read_list(r, sm_value_get(item, "found"), "found", &public->positives,
                     &public->n_positives, err));
    SM_TRY(read_list(r, sm_value_get(item, "passed"), "passed", &public->negatives,
                     &public->n_negatives, err));
    return compile(r, item, rule, err);
}

static int read_file(reader *r, const sm_value *root, sm_error *err)
{
    static const char *const keys[] = {"format", "about", "parts", "words", "rules", NULL};
    sm_span format = {0};
    if (root->kind != SM_MAP)
        return sm_value_fail(root, err, "expected a map with format: %s", FORMAT);
    SM_TRY(sm_value_only(root, keys, err));
    SM_TRY(sm_value_read_string(sm_value_get(root, "format"), "format", &format, err));
    if (!sm_span_equal(format, SM_SPAN(FORMAT)))
        return sm_value_fail(root, err, "format: expected \"%s\"", FORMAT);
    const sm_value *const list = sm_value_get(root, "rules");
    if (!list || list->kind != SM_LIST)
        return sm_value_fail(list ? list : root, err, "rules: expected a list");
    if (list->n > SM_PII_MAX_RULES)
        return sm_value_fail(list, err, "rules: more than %d", SM_PII_MAX_RULES);
    r->parts = sm_value_get(root, "parts");
    r->words = sm_value_get(root, "words");
    r->rules->rules = sm_arena_zalloc(&r->rules->arena, list->n, sizeof *r->rules->rules);
    r->rules->n = list->n;
    for (size_t i = 0; i < list->n; i++) {
        r->rules->rules[i].public.index = i;
        SM_TRY(read_rule(r, &list->items[i], &r->rules->rules[i], err));
    }
    return SM_OK;
}

/* Takes the tree over: it is freed here. */
static int make_rules(sm_pii_rules **rules, sm_config *config, sm_error *err)
{
    reader r = {.rules = sm_calloc(1, sizeof *r.rules)};
    r.rules->keep_business = true;
    const int status = read_file(&r, &config->root, err);
    sm_fold_free(&r.fold);
    sm_config_free(config);
    if (status < 0) sm_pii_rules_free(r.rules);
    *rules = status < 0 ? NULL : r.rules;
    return status;
}

int sm_pii_load(sm_pii_rules **rules, const char *path, sm_error *err)
{
    sm_config config = {0};
    *rules = NULL;
    SM_TRY(sm_config_read(&config, path, err));
    return make_rules(rules, &config, err);
}

int sm_pii_parse(sm_pii_rules **rules, const char *name, sm_span yaml, sm_error *err)
{
    sm_config config = {0};
    *rules = NULL;
    SM_TRY(sm_config_parse_yaml(&config, name, yaml, err));
    return make_rules(rules, &config, err);
}

void sm_pii_rules_free(sm_pii_rules *rules)
{
    if (!rules) return;
    for (size_t i = 0; i < rules->n; i++)
        sm_pattern_free(rules->rules[i].pattern);
    sm_arena_free(&rules->arena);
    sm_free(rules);
}

/* ---- what a user changes ------------------------------------------------------------------------ */

const sm_pii_rule *sm_pii_rule_at(const sm_pii_rules *rules, size_t i)
{
    return i < rules->n ? &rules->rules[i].public : NULL;
}

void sm_pii_keep_business(sm_pii_rules *rules, bool keep)
{
    rules->keep_business = keep;
}

int sm_pii_require(sm_pii_rules *rules, const char *assignment, sm_error *err)
{
    const char *const equals = strchr(assignment, '=');
    const sm_span name = {assignment, equals ? (size_t)(equals - assignment) : 0};
    const sm_span word = equals ? sm_span_of(equals + 1) : (sm_span){0};
    const bool is_off = sm_span_equal(word, SM_SPAN("off"));
    sm_pii_tier tier = SM_PII_PATTERN;
    size_t found = 0;
    if (!is_off && !tier_of(word, &tier))
        SM_FAIL(err, SM_EUSAGE, "--require %s: expected KIND=pattern, checked, context or off",
                assignment);
    for (size_t i = 0; i < rules->n; i++) {
        sm_rule *const rule = &rules->rules[i];
        if (!sm_span_equal(name, sm_span_of(rule->public.kind)) &&
            !sm_span_equal(name, sm_span_of(rule->public.name)))
            continue;
        found++;
        rule->is_off = is_off;
        rule->public.minimum = tier;
    }
    if (!found) SM_FAIL(err, SM_EUSAGE, "--require %s: no such kind or rule", assignment);
    return SM_OK;
}
