/* Rules from a file: patterns with named parts, checks by name, words of context.
 * SPDX-License-Identifier: MIT */
#include "pii_internal.h"
#include "scan/scan_internal.h"

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

/* In the order of sm_trigger. */
static const char *const trigger_names[SM_TRIGGERS] = {
    "number", "dotted", "date", "plate", "at",     "spelled",
    "symbol", "url",    "hex",  "token", "assign", "behind",
};

static bool trigger_of(sm_span name, sm_trigger *trigger)
{
    for (int i = 0; i < SM_TRIGGERS; i++) {
        if (!sm_span_equal(name, sm_span_of(trigger_names[i]))) continue;
        *trigger = (sm_trigger)i;
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
    /* At the site, nowhere behind it; and no search ahead for what a match must end with: up to 500 kB at each site. */
    sm_buffer_puts(&full, "(*NO_START_OPT)\\G(?:");
    int status = expand(r, value, source, 0, &full, err);
    sm_buffer_putc(&full, ')');
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

/* A list, given here or by the name of a list under words:; folded, ASCII letters in lower case. */
static int read_folded(reader *r, const sm_value *item, const char *key, sm_span **words,
                       size_t *n, sm_error *err)
{
    const sm_value *list = sm_value_get(item, key);
    if (list && list->kind == SM_STRING) {
        const sm_value *const named = sm_value_get(r->words, list->as.string.p);
        if (!named) return sm_value_fail(list, err, "%s: no such list under words", key);
        list = named;
    }
    SM_TRY(read_list(r, list, key, words, n, err));
    for (size_t i = 0; i < *n; i++) {
        sm_pii_fold(&r->fold, (*words)[i]);
        const sm_span word = sm_arena_copy(&r->rules->arena, r->fold.text);
        char *const bytes = (*words)[i].n ? sm_arena_alloc(&r->rules->arena, word.n + 1) : NULL;
        if (word.n == 0) return sm_value_fail(list, err, "%s: an empty word", key);
        for (size_t k = 0; k < word.n; k++)
            bytes[k] =
                word.p[k] >= 'A' && word.p[k] <= 'Z' ? (char)(word.p[k] | 0x20) : word.p[k];
        (*words)[i] = (sm_span){bytes, word.n};
    }
    return SM_OK;
}

/* The same as a set. */
static int read_words(reader *r, const sm_value *item, const char *key, sm_words *words,
                      sm_error *err)
{
    sm_span *list = NULL;
    size_t n = 0;
    SM_TRY(read_folded(r, item, key, &list, &n, err));
    words->words = sm_arena_zalloc(&r->rules->arena, n, sizeof *words->words);
    for (size_t i = 0; i < n; i++)
        words->words[i].text = list[i];
    words->n = n;
    sm_words_index(words);
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

/* search: address, name and age stand for a pattern; their tables lie beside the file of rules. */
static int read_search(const sm_value *item, sm_rule *rule, sm_error *err)
{
    static const char *const names[] = {
        [SM_SEARCH_ADDRESS] = "address", [SM_SEARCH_NAME] = "name", [SM_SEARCH_AGE] = "age"};
    sm_span search = {0};
    SM_TRY(sm_value_read_string(sm_value_get(item, "search"), "search", &search, err));
    if (search.n == 0) return SM_OK;
    for (size_t i = SM_SEARCH_ADDRESS; i < sizeof names / sizeof *names; i++)
        if (sm_span_equal(search, sm_span_of(names[i]))) rule->search = (sm_search)i;
    if (rule->search == SM_SEARCH_PATTERN)
        return sm_value_fail(item, err, "search: expected address, name or age");
    return SM_OK;
}

/* Keys whose values are words of this program: class, trigger, check, minimum. */
static int read_choices(const sm_value *item, sm_rule *rule, sm_error *err)
{
    sm_span class = SM_SPAN("personal"), trigger = {0}, check = {0},
            minimum = SM_SPAN("checked"), side = SM_SPAN("both");
    SM_TRY(sm_value_read_string(sm_value_get(item, "class"), "class", &class, err));
    SM_TRY(sm_value_read_string(sm_value_get(item, "trigger"), "trigger", &trigger, err));
    SM_TRY(sm_value_read_string(sm_value_get(item, "check"), "check", &check, err));
    SM_TRY(sm_value_read_string(sm_value_get(item, "minimum"), "minimum", &minimum, err));
    SM_TRY(sm_value_read_string(sm_value_get(item, "side"), "side", &side, err));
    rule->only_before = sm_span_equal(side, SM_SPAN("before"));
    if (!rule->only_before && !sm_span_equal(side, SM_SPAN("both")))
        return sm_value_fail(item, err, "side: expected before or both");
    rule->public.is_business = sm_span_equal(class, SM_SPAN("business"));
    if (!rule->public.is_business && !sm_span_equal(class, SM_SPAN("personal")))
        return sm_value_fail(item, err, "class: expected personal or business");
    SM_TRY(read_search(item, rule, err));
    if (rule->search == SM_SEARCH_PATTERN && !trigger_of(trigger, &rule->trigger))
        return sm_value_fail(item, err, "trigger: \"%.*s\" is none", (int)trigger.n, trigger.p);
    if (!tier_of(minimum, &rule->public.minimum))
        return sm_value_fail(item, err, "minimum: expected pattern, checked or context");
    rule->check = check.n ? sm_pii_check_of(check) : NULL;
    if (check.n && !rule->check)
        return sm_value_fail(item, err, "check: no check \"%.*s\"", (int)check.n, check.p);
    return SM_OK;
}

/* "4-4-4": up to four groups of digits. */
static int read_shape(const sm_value *v, sm_shape *shape, sm_error *err)
{
    sm_span text = {0};
    unsigned k = 0;
    SM_TRY(sm_value_read_string(v, "groups", &text, err));
    *shape = (sm_shape){0};
    for (size_t i = 0; i < text.n; i++) {
        const bool is_digit = text.p[i] >= '0' && text.p[i] <= '9';
        uint32_t length = shape->groups >> 8 * k & 0xFF;
        if (is_digit) length = length * 10 + (uint32_t)(text.p[i] - '0');
        if (length == 0 || length > 40 || (!is_digit && (text.p[i] != '-' || ++k == 4)))
            return sm_value_fail(v, err, "groups: expected up to four lengths as in 4-4-4");
        if (!is_digit) continue;
        shape->groups = (shape->groups & ~(UINT32_C(0xFF) << 8 * k)) | length << 8 * k;
        shape->mask |= UINT32_C(0xFF) << 8 * k;
    }
    return SM_OK;
}

static int read_shapes(const reader *r, const sm_value *list, sm_rule *rule, sm_error *err)
{
    if (!list) return SM_OK;
    if (list->kind != SM_LIST) return sm_value_fail(list, err, "groups: expected a list");
    rule->shapes = sm_arena_zalloc(&r->rules->arena, list->n, sizeof *rule->shapes);
    rule->n_shapes = list->n;
    for (size_t i = 0; i < list->n; i++)
        SM_TRY(read_shape(&list->items[i], &rule->shapes[i], err));
    return SM_OK;
}

/* Keys that say where a match may begin, and of how many digits: what the scan asks before a pattern is tried. */
static int read_site(reader *r, const sm_value *item, sm_rule *rule, sm_error *err)
{
    const sm_value *const digits = sm_value_get(item, "digits");
    SM_TRY(read_list(r, sm_value_get(item, "lead"), "lead", &rule->lead, &rule->n_lead, err));
    SM_TRY(read_shapes(r, sm_value_get(item, "groups"), rule, err));
    SM_TRY(read_folded(r, item, "cue", &rule->cues, &rule->n_cues, err));
    for (size_t i = 0; i < rule->n_cues; i++)
        if (rule->cues[i].n < 3) return sm_value_fail(item, err, "cue: less than three bytes");
    const bool takes_cues = rule->trigger == SM_TRIGGER_BEHIND ||
                            rule->trigger == SM_TRIGGER_SPELLED ||
                            rule->trigger == SM_TRIGGER_DATE;
    if (rule->n_cues > 0 && !takes_cues)
        return sm_value_fail(item, err, "cue: for spelled, date and behind only");
    if (rule->trigger == SM_TRIGGER_BEHIND && rule->n_cues == 0)
        return sm_value_fail(item, err, "trigger: behind what? No cue");
    if (digits && digits->kind != SM_LIST)
        return sm_value_fail(digits, err, "digits: expected a list");
    for (size_t i = 0; digits && i < digits->n; i++) {
        int64_t n = 0;
        SM_TRY(sm_value_read_int(&digits->items[i], "digits", SM_MIN_DIGITS, 31, &n, err));
        rule->digits |= UINT32_C(1) << n;
    }
    return SM_OK;
}

static int read_rule(reader *r, const sm_value *item, sm_rule *rule, sm_error *err)
{
    static const char *const keys[] = {
        "rule",    "kind",   "tag",    "about",   "class", "trigger", "pattern", "check",
        "context", "unless", "window", "minimum", "found", "passed",  "search",  "digits",
        "groups",  "lead",   "cue",    "side",    "lines", NULL};
    sm_pii_rule *const public = &rule->public;
    int64_t window = 40, lines = 1;
    if (item->kind != SM_MAP) return sm_value_fail(item, err, "a rule: expected a map");
    SM_TRY(sm_value_only(item, keys, err));
    SM_TRY(read_name(r, item, "rule", &public->name, err));
    SM_TRY(read_name(r, item, "kind", &public->kind, err));
    SM_TRY(read_name(r, item, "tag", &public->tag, err));
    SM_TRY(read_choices(item, rule, err));
    SM_TRY(sm_value_read_int(sm_value_get(item, "window"), "window", 1, 60, &window, err));
    SM_TRY(sm_value_read_int(sm_value_get(item, "lines"), "lines", 0, 5, &lines, err));
    rule->window = (size_t)window;
    rule->lines = (size_t)lines;
    SM_TRY(read_site(r, item, rule, err));
    SM_TRY(read_words(r, item, "context", &rule->context, err));
    SM_TRY(read_words(r, item, "unless", &rule->unless, err));
    SM_TRY(read_list(r, sm_value_get(item, "found"), "found", &public->positives,
                     &public->n_positives, err));
    SM_TRY(read_list(r, sm_value_get(item, "passed"), "passed", &public->negatives,
                     &public->n_negatives, err));
    if (rule->search != SM_SEARCH_PATTERN)
        return sm_vocabulary_need(&r->rules->vocabulary, rule->search, item->file, err);
    return compile(r, item, rule, err);
}

/* ---- what the scan needs of all rules ------------------------------------------------------------- */

static void add_cues(sm_pii_rules *rules)
{
    size_t n = 0;
    for (size_t i = 0; i < rules->n; i++)
        n += rules->rules[i].n_cues;
    rules->cues.words = sm_arena_zalloc(&rules->arena, n, sizeof *rules->cues.words);
    for (size_t i = 0; i < rules->n; i++)
        for (size_t k = 0; k < rules->rules[i].n_cues; k++)
            rules->cues.words[rules->cues.n++] =
                (sm_term){.text = rules->rules[i].cues[k], .rule = (unsigned)i};
    sm_words_index(&rules->cues);
}

static void add_to_sets(sm_pii_rules *rules, size_t i)
{
    const sm_rule *const rule = &rules->rules[i];
    const uint64_t bit = UINT64_C(1) << i % 64;
    rules->of_trigger[rule->trigger][i / 64] |= bit;
    for (size_t byte = 0; rule->n_lead == 0 && byte < 256; byte++)
        rules->by_first[byte][i / 64] |= bit;
    for (size_t n = 0; rule->n_shapes == 0 && n < 256; n++)
        rules->by_length[n][i / 64] |= bit;
    for (size_t k = 0; k < rule->n_shapes; k++)
        rules->by_length[rule->shapes[k].groups & 0xFF][i / 64] |= bit;
    for (size_t k = 0; k < rule->n_lead; k++)
        if (rule->lead[k].n > 0)
            rules->by_first[(unsigned char)rule->lead[k].p[0]][i / 64] |= bit;
}

/* Kinds appear in the order of their first rules. */
static size_t first_of_kind(const sm_pii_rules *rules, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(rules->rules[k].public.kind, rules->rules[i].public.kind) == 0) return k;
    return i;
}

static void prepare(sm_pii_rules *rules)
{
    add_cues(rules);
    for (size_t i = 0; i < rules->n; i++)
        rules->rules[i].first_of_kind = first_of_kind(rules, i);
    for (size_t i = 0; i < rules->n; i++)
        if (rules->rules[i].search == SM_SEARCH_PATTERN) add_to_sets(rules, i);
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
    prepare(r->rules);
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
    sm_vocabulary_free(rules->vocabulary);
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
