/* Normalizer, pre-tokenizer and decoder of a tokenizer.json: what they do to a text, as a front.
 * SPDX-License-Identifier: MIT
 *
 * The many ways of writing "▁ for a space" (Replace, Prepend, Metaspace) are known by what they do; then the
 * vocabulary is read with a space for each ▁ instead (spiece/front.h). That asks that no space is left in a
 * text, so that the two cannot be told apart later. */
#include "files/load_internal.h"

#include <string.h>

#define MARK "\xE2\x96\x81" /* U+2581 */

enum { MAX_SPLITS = 8 };

typedef struct front_loader {
    json_loader *l;
    front f;     /* what has been found so far */
    bool needed; /* a front is */
    bool marks;  /* a space becomes ▁, and nothing after it makes one */
    split_step splits[MAX_SPLITS];
    size_t n_splits;
    bool other_splits; /* … that are not Isolated */
    bool byte_level;
} front_loader;

static sm_span string_of(const sm_value *map, const char *key)
{
    const sm_value *v = sm_value_get(map, key);
    return v && v->kind == SM_STRING ? v->as.string : (sm_span){0};
}

/* ---- the normalizer -------------------------------------------------------------------------- */

static int add_step(front_loader *x, const sm_value *at, front_step step)
{
    if (x->f.n_steps == FRONT_STEPS) return json_refuse(x->l, at, "a normalizer of many steps");
    step.a = sm_arena_copy(&x->l->tok->arena, step.a);
    step.b = sm_arena_copy(&x->l->tok->arena, step.b);
    x->f.steps[x->f.n_steps++] = step;
    x->needed = true;
    return 0;
}

/* base64 of a precompiled_charsmap. */
static int add_charsmap(front_loader *x, const sm_value *v)
{
    const sm_span text = string_of(v, "precompiled_charsmap");
    sm_buffer blob = sm_buffer_make(text.n + 4);
    int rc = 0;
    if (x->f.map.units || !load_base64(text, &blob))
        rc = json_broken(x->l, v, "precompiled_charsmap is not base64, or there are two");
    if (rc == 0) rc = charsmap_init(&x->f.map, sm_buffer_span(&blob), v->file, x->l->err);
    sm_buffer_free(&blob);
    return rc < 0 ? rc : add_step(x, v, (front_step){.kind = FRONT_CHARSMAP});
}

static int add_replace(front_loader *x, const sm_value *v)
{
    const sm_span what = string_of(sm_value_get(v, "pattern"), "String");
    const sm_span by = string_of(v, "content");
    if (what.n == 0) return json_refuse(x->l, v, "a normalizer Replace of a pattern");
    if (sm_span_equal(what, SM_SPAN(" ")) && sm_span_equal(by, SM_SPAN(MARK))) {
        x->marks = true;
        return 0;
    }
    x->marks = x->marks && !memchr(by.p ? by.p : "", ' ', by.n);
    return add_step(x, v, (front_step){FRONT_REPLACE, what, by});
}

static int add_prepend(front_loader *x, const sm_value *v)
{
    const sm_span what = string_of(v, "prepend");
    if (what.n == 0) return 0;
    if (memchr(what.p, ' ', what.n)) x->marks = false;
    return add_step(x, v, (front_step){.kind = FRONT_PREPEND, .a = what});
}

static int add_normalizer(front_loader *x, const sm_value *v)
{
    const sm_value *type = sm_value_get(v, "type");
    if (json_is(type, "Replace")) return add_replace(x, v);
    if (json_is(type, "Prepend")) return add_prepend(x, v);
    const bool marked = x->marks;
    x->marks = false; /* what follows could make a space */
    if (json_is(type, "NFC")) {
        x->marks = marked;
        return add_step(x, v, (front_step){.kind = FRONT_NFC});
    }
    if (json_is(type, "NFKC")) return add_step(x, v, (front_step){.kind = FRONT_NFKC});
    if (json_is(type, "Precompiled")) return add_charsmap(x, v);
    return json_refuse(x->l, v,
                       "a normalizer other than NFC, NFKC, Replace, Prepend, Precompiled");
}

/* ---- the pre-tokenizer ----------------------------------------------------------------------- */

static int add_split(front_loader *x, const sm_value *v, split_step step)
{
    if (x->n_splits == MAX_SPLITS || x->byte_level || x->f.split_mark)
        return json_refuse(x->l, v, "this order of pre-tokenizers");
    x->other_splits = x->other_splits || step.behavior != SPLIT_ISOLATED;
    x->splits[x->n_splits++] = step;
    return 0;
}

static bool read_behavior(const sm_value *v, split_behavior *behavior)
{
    static const char *const names[] = {"Isolated", "MergedWithPrevious", "MergedWithNext",
                                        "Contiguous"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!json_is(sm_value_get(v, "behavior"), names[i])) continue;
        *behavior = (split_behavior)i;
        return true;
    }
    return false;
}

static int read_split(front_loader *x, const sm_value *v)
{
    const sm_value *pattern = sm_value_get(v, "pattern");
    split_step step = {string_of(pattern, "Regex"), SPLIT_ISOLATED, json_used(v, "invert")};
    const bool at_spaces = sm_span_equal(string_of(pattern, "String"), SM_SPAN(" "));
    if (at_spaces && x->marks) return 0; /* there are none left */
    if (step.pattern.n == 0) return json_refuse(x->l, v, "a Split at a string");
    /* What lies between the matches is removed: nothing, with the known patterns. */
    if (json_is(sm_value_get(v, "behavior"), "Removed") && step.invert &&
        sm_pretokenizer_by_patterns(&step.pattern, 1))
        step.invert = false;
    else if (!read_behavior(v, &step.behavior))
        return json_refuse(x->l, v, "a Split that removes text");
    return add_split(x, v, step);
}

static int read_digits(front_loader *x, const sm_value *v)
{
    const bool single = json_true(v, "individual_digits", false);
    return add_split(x, v,
                     (split_step){.pattern = single ? SM_SPAN("\\p{N}") : SM_SPAN("\\p{N}+")});
}

static int read_punctuation(front_loader *x, const sm_value *v)
{
    split_step step = {.pattern = SM_SPAN("[!-/:-@\\[-`{-~\\p{P}]")};
    if (sm_value_get(v, "behavior") && !read_behavior(v, &step.behavior))
        return json_refuse(x->l, v, "a Punctuation that removes text");
    return add_split(x, v, step);
}

static int read_byte_level(front_loader *x, const sm_value *v)
{
    if (x->byte_level) return json_refuse(x->l, v, "two ByteLevel steps");
    const bool leads = json_true(v, "add_prefix_space", true);
    if (leads && x->n_splits > 0)
        return json_refuse(x->l, v,
                           "ByteLevel that adds a space to every piece (add_prefix_space)");
    if (leads) x->f.lead = LEAD_ALWAYS;
    x->needed = x->needed || leads;
    if (json_true(v, "use_regex", true)) {
        sm_pretokenizer *gpt2 = NULL;
        SM_TRY(sm_pretokenizer_new(&gpt2, "gpt2", x->l->err));
        const char *pattern = sm_pretokenizer_pattern(gpt2, 0); /* of static storage */
        sm_pretokenizer_free(gpt2);
        SM_TRY(add_split(x, v, (split_step){.pattern = sm_span_of(pattern)}));
    }
    x->byte_level = true;
    return 0;
}

static int read_metaspace(front_loader *x, const sm_value *v)
{
    static const char *const schemes[] = {"never", "first", "always"};
    const sm_value *scheme = sm_value_get(v, "prepend_scheme");
    if (!sm_span_equal(string_of(v, "replacement"), SM_SPAN(MARK)))
        return json_refuse(x->l, v, "a Metaspace with another mark than U+2581");
    if (x->n_splits > 0 || x->byte_level || x->f.lead != LEAD_NEVER)
        return json_refuse(x->l, v, "this order of pre-tokenizers");
    x->f.lead = json_true(v, "add_prefix_space", true) ? LEAD_ALWAYS : LEAD_NEVER;
    for (size_t i = 0; i < 3; i++)
        if (json_is(scheme, schemes[i])) x->f.lead = (front_lead)i;
    x->f.split_mark = json_true(v, "split", true);
    x->marks = true;
    return 0;
}

static int add_pretokenizer(front_loader *x, const sm_value *v)
{
    static const struct {
        const char *type;
        int (*read)(front_loader *, const sm_value *);
    } readers[] = {{"Split", read_split},
                   {"ByteLevel", read_byte_level},
                   {"Metaspace", read_metaspace},
                   {"Digits", read_digits},
                   {"Punctuation", read_punctuation}};
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (json_is(sm_value_get(v, "type"), readers[i].type)) return readers[i].read(x, v);
    return json_refuse(x->l, v, "a pre-tokenizer of a kind that is not known here");
}

/* ---- the decoder ----------------------------------------------------------------------------- */

/* Does decoding take the space away again that was put in front? */
static bool strips_space(const json_loader *l)
{
    const sm_value *decoder = sm_value_get(l->root, "decoder"), *parts = NULL;
    const size_t n = json_parts(decoder, "decoders", &parts);
    for (size_t i = 0; i < n; i++) {
        const sm_value *type = sm_value_get(&parts[i], "type");
        if (json_is(type, "Metaspace")) {
            return json_true(&parts[i], "add_prefix_space", true) &&
                   !json_is(sm_value_get(&parts[i], "prepend_scheme"), "never");
        }
        const sm_value *start = sm_value_get(&parts[i], "start");
        if (json_is(type, "Strip") && start && start->kind == SM_INT && start->as.integer == 1)
            return true;
    }
    return false;
}

/* ---- all together ------------------------------------------------------------------------------ */

static int make_splits(front_loader *x)
{
    sm_span patterns[MAX_SPLITS];
    bool inverted = false;
    for (size_t i = 0; i < x->n_splits; i++) {
        patterns[i] = x->splits[i].pattern;
        inverted = inverted || x->splits[i].invert;
    }
    const char *name = x->other_splits || (inverted && x->n_splits > 1)
                           ? NULL
                           : sm_pretokenizer_by_patterns(patterns, x->n_splits);
    sm_tokenizer *tok = x->l->tok;
    SM_TRY(sm_pretokenizer_new(&tok->pre, name ? name : "none", x->l->err));
    if (name) return 0;
    tok->by_regex = true;
    x->needed = true;
    return regex_split_new(&x->f.regex, x->splits, x->n_splits, x->l->root->file, x->l->err);
}

static int check_marks(const front_loader *x, const sm_value *pre)
{
    if (x->byte_level && (x->marks || x->f.split_mark))
        return json_refuse(x->l, pre, "ByteLevel together with \xE2\x96\x81");
    if (x->marks && x->n_splits > 0)
        return json_refuse(x->l, pre, "a Split together with \xE2\x96\x81");
    return 0;
}

static int read_parts(front_loader *x, const char *key, const char *list,
                      int (*add)(front_loader *, const sm_value *))
{
    const sm_value *v = sm_value_get(x->l->root, key), *parts = NULL;
    const size_t n = json_parts(v, list, &parts);
    if (n == 0 && v && v->kind == SM_MAP && !sm_value_get(v, list))
        return json_broken(x->l, v, "a Sequence without its parts");
    for (size_t i = 0; i < n; i++)
        SM_TRY(add(x, &parts[i]));
    return 0;
}

/* Is an added token found before, and another after normalising? */
static bool added_twice(const sm_value *added)
{
    size_t seen[2] = {0};
    for (size_t i = 0; added && i < added->n; i++)
        if (!json_true(&added->items[i], "special", false))
            seen[json_true(&added->items[i], "normalized", true)]++;
    return seen[0] > 0 && seen[1] > 0;
}

int json_front(json_loader *l)
{
    front_loader x = {.l = l};
    const sm_value *pre = sm_value_get(l->root, "pre_tokenizer");
    int rc = read_parts(&x, "normalizer", "normalizers", add_normalizer);
    if (rc == 0) rc = read_parts(&x, "pre_tokenizer", "pretokenizers", add_pretokenizer);
    if (rc == 0) rc = check_marks(&x, pre);
    if (rc == 0) rc = make_splits(&x);
    l->byte_level = x.byte_level;
    x.f.swap_mark = x.marks;
    for (size_t i = 0; x.marks && i < x.f.n_steps; i++)
        if (x.f.steps[i].kind == FRONT_PREPEND && sm_span_equal(x.f.steps[i].a, SM_SPAN(MARK)))
            x.f.steps[i].a = SM_SPAN(" ");
    x.needed = x.needed || !x.byte_level || added_twice(sm_value_get(l->root, "added_tokens"));
    l->tok->strips = x.marks && strips_space(l);
    if (x.needed) *load_front(l->tok) = x.f;
    if (x.needed) return rc;
    regex_split_free(x.f.regex);
    charsmap_fini(&x.f.map);
    return rc;
}
