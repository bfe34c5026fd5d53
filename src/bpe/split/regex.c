/* Regular expressions of others as pre-tokenizers: from Oniguruma's syntax to PCRE2's, and cutting.
 * SPDX-License-Identifier: MIT
 *
 * The two agree on what pre-tokenizers are made of but for a few things, which are rewritten: \s and \d, which
 * know Unicode in one and ASCII in the other, \p{Han}, \uXXXX, and the difference of two classes, [a&&[^b]]. What
 * might mean another thing (^ $ \w \b, nested classes …) is refused. One difference stays: characters that are
 * newer than PCRE2's Unicode have no class here. */
#include "regex.h"

#include <seimai/utf8.h>

#include <string.h>

struct regex_split {
    struct regex_step {
        sm_pattern *pattern;
        char *source; /* as it is written in the file */
        split_behavior behavior;
        bool invert;
    } * steps;
    size_t n;
};

void regex_scratch_free(regex_scratch *s)
{
    sm_matcher_free(s->matcher);
    sm_buffer_free(&s->valid);
    sm_free(s->ends);
    sm_free(s->next);
    *s = (regex_scratch){0};
}

/* ---- syntax ------------------------------------------------------------------------------ */

#define SPACES                                                                                 \
    "\\t-\\r "                                                                                 \
    "\\x{85}\\xa0\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}"

/* \p{Lu} as it is; \p{Han} is the script, which PCRE2 would widen to characters that it shares with others. */
static size_t put_property(sm_span p, sm_buffer *out)
{
    const char *close = memchr(p.p, '}', p.n);
    if (p.p[2] != '{' || !close) return 0;
    const sm_span name = {p.p + 3, (size_t)(close - p.p) - 3};
    if (name.n == 0 || memchr(name.p, '^', name.n)) return 0;
    sm_buffer_printf(out, "\\%c{%s%.*s}", p.p[1], name.n > 2 ? "sc:" : "", (int)name.n, name.p);
    return name.n + 4;
}

/* Takes the escape at p[0] == '\\' into `out`; its length, or 0 where it is not supported. */
static size_t put_escape(sm_span p, bool in_class, sm_buffer *out)
{
    static const char same[] = "\\.[](){}|?*+^$/-!\"#%&',:;<=>@_`~ ";
    if (p.n < 2) return 0;
    const char c = p.p[1];
    if (c == 's') sm_buffer_puts(out, in_class ? SPACES : "[" SPACES "]");
    if (c == 'S' && !in_class) sm_buffer_puts(out, "[^" SPACES "]");
    if (c == 'd') sm_buffer_puts(out, "\\p{Nd}");
    if (strchr("sd", c) || (c == 'S' && !in_class)) return 2;
    if (c == 'u' && p.n >= 6) {
        sm_buffer_printf(out, "\\x{%.4s}", p.p + 2);
        return 6;
    }
    if ((c == 'p' || c == 'P') && p.n > 3) return put_property(p, out);
    if (!strchr(same, c) && !strchr("rntfx", c)) return 0;
    sm_buffer_put(out, (sm_span){p.p, 2});
    return 2;
}

/* The inside of a class from p on, up to its `]` or `&&`; the length taken, or 0. */
static size_t put_members(sm_span p, sm_buffer *out)
{
    for (size_t at = 0; at < p.n;) {
        const sm_span rest = {p.p + at, p.n - at};
        const bool first = at == 0 || (at == 1 && *p.p == '^');
        if (*rest.p == ']' && !first) return at;
        if (sm_span_starts(rest, SM_SPAN("&&"))) return at;
        if (*rest.p == '[') return 0;
        const size_t n = *rest.p == '\\' ? put_escape(rest, true, out) : 1;
        if (n == 0) return 0;
        if (*rest.p != '\\') sm_buffer_putc(out, *rest.p);
        at += n;
    }
    return 0;
}

/* A class, from p[0] == '[' on: [a] as it is, [a&&[^b]] as (?:(?![b])[a]). */
static size_t put_class(sm_span p, sm_buffer *out)
{
    sm_buffer members = sm_buffer_make(1 << 16), without = sm_buffer_make(1 << 16);
    size_t n = put_members((sm_span){p.p + 1, p.n - 1}, &members);
    size_t taken = n ? n + 2 : 0;
    const sm_span rest = {p.p + 1 + n, p.n - 1 - n};
    if (n && sm_span_starts(rest, SM_SPAN("&&[^"))) {
        const size_t m = put_members((sm_span){rest.p + 4, rest.n - 4}, &without);
        const bool closed =
            m && sm_span_starts((sm_span){rest.p + 4 + m, rest.n - 4 - m}, SM_SPAN("]]"));
        taken = closed ? 1 + n + 4 + m + 2 : 0;
    } else if (n && *rest.p != ']') {
        taken = 0;
    }
    if (without.n) sm_buffer_printf(out, "(?:(?![%.*s])", (int)without.n, without.p);
    sm_buffer_printf(out, "[%.*s]", (int)members.n, members.n ? members.p : "");
    if (without.n) sm_buffer_putc(out, ')');
    sm_buffer_free(&members);
    sm_buffer_free(&without);
    return taken;
}

/* The whole pattern; false where it has something that is not supported. */
static bool translate(sm_span p, sm_buffer *out)
{
    while (p.n > 0) {
        size_t n = 1;
        if (*p.p == '^' || *p.p == '$') return false;
        if (*p.p == '\\')
            n = put_escape(p, false, out);
        else if (*p.p == '[')
            n = put_class(p, out);
        else
            sm_buffer_putc(out, *p.p);
        if (n == 0) return false;
        p = (sm_span){p.p + n, p.n - n};
    }
    return !out->overflow;
}

/* ---- building ---------------------------------------------------------------------------- */

static int add_step(regex_split *r, const split_step *step, const char *path, sm_error *err)
{
    sm_buffer pattern = sm_buffer_make(1 << 18);
    int rc = 0;
    if (!translate(step->pattern, &pattern))
        rc = sm_error_set(err, SM_ENOSUP,
                          "%s: not supported: the pre-tokenizer's pattern has something that "
                          "other engines read in another way",
                          path);
    struct regex_step *to = &r->steps[r->n];
    if (rc == 0 &&
        sm_pattern_compile(&to->pattern, path, sm_buffer_span(&pattern), false, err) < 0)
        rc = err ? (err->code = SM_ENOSUP) : SM_ENOSUP;
    if (rc == 0) {
        to->source = sm_strdup(step->pattern);
        to->behavior = step->behavior;
        to->invert = step->invert;
        r->n++;
    }
    sm_buffer_free(&pattern);
    return rc;
}

int regex_split_new(regex_split **r, const split_step *steps, size_t n, const char *path,
                    sm_error *err)
{
    int rc = 0;
    *r = sm_calloc(1, sizeof **r);
    (*r)->steps = sm_calloc(n, sizeof *(*r)->steps);
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = add_step(*r, &steps[i], path, err);
    if (rc == 0) return 0;
    regex_split_free(*r);
    *r = NULL;
    return rc;
}

void regex_split_free(regex_split *r)
{
    if (!r) return;
    for (size_t i = 0; i < r->n; i++)
        sm_pattern_free(r->steps[i].pattern);
    for (size_t i = 0; i < r->n; i++)
        sm_free(r->steps[i].source);
    sm_free(r->steps);
    sm_free(r);
}

void regex_split_hash(const regex_split *r, sm_hasher *h)
{
    for (size_t i = 0; r && i < r->n; i++) {
        const char how[] = {(char)r->steps[i].behavior, (char)r->steps[i].invert};
        sm_hasher_add(h, (sm_span){how, sizeof how});
        sm_hasher_add(h, sm_span_of(r->steps[i].source));
    }
}

/* ---- cutting ----------------------------------------------------------------------------- */

/* The pieces that one step makes, one after the other, in s->next. */
typedef struct cutter {
    regex_scratch *s;
    const struct regex_step *step;
    size_t n;
    bool any, matched; /* a piece was put into this part of the text, and it was a match */
} cutter;

/* Is a piece joined to the one before it? */
static bool joins(const cutter *c, bool matched)
{
    if (!c->any) return false;
    switch (c->step->behavior) {
    case SPLIT_ISOLATED: return false;
    case SPLIT_MERGED_WITH_PREVIOUS: return matched && !c->matched;
    case SPLIT_MERGED_WITH_NEXT: return !matched && c->matched;
    case SPLIT_CONTIGUOUS: return matched == c->matched;
    }
    return false;
}

static void put(cutter *c, size_t end, bool matched)
{
    regex_scratch *s = c->s;
    matched ^= c->step->invert;
    s->next = sm_array_grow(s->next, c->n, &s->next_cap, sizeof *s->next);
    if (joins(c, matched)) c->n--;
    s->next[c->n++] = end;
    c->any = true;
    c->matched = matched;
}

/* Cuts text[from, to), which the pattern sees as a text of its own. */
static void cut_part(cutter *c, sm_span text, size_t from, size_t to)
{
    const sm_span part = {text.p + from, to - from};
    sm_span group[SM_GROUPS];
    size_t n = 0, done = 0;
    c->any = false;
    for (size_t at = 0; at < part.n;) {
        if (sm_pattern_find(c->step->pattern, c->s->matcher, part, at, group, &n, NULL) <= 0)
            break;
        const size_t start = (size_t)(group[0].p - part.p);
        at = sm_pattern_next(part, group[0]);
        if (group[0].n == 0) continue;
        if (start > done) put(c, from + start, false);
        put(c, from + at, true);
        done = at;
    }
    if (done < part.n) put(c, to, false);
}

static sm_span as_utf8(regex_scratch *s, sm_span text)
{
    const char control = '\1'; /* of no class */
    if (sm_utf8_check(text) == text.n) return text;
    if (s->valid.max == 0) s->valid = sm_buffer_make(SIZE_MAX / 8);
    sm_buffer_clear(&s->valid);
    while (text.n > 0) {
        const size_t valid = sm_utf8_check(text), broken = valid < text.n;
        sm_buffer_put(&s->valid, (sm_span){text.p, valid});
        sm_buffer_put(&s->valid, (sm_span){&control, broken});
        text = (sm_span){text.p + valid + broken, text.n - valid - broken};
    }
    return sm_buffer_span(&s->valid);
}

void regex_split_cut(const regex_split *r, regex_scratch *s, sm_span text)
{
    text = as_utf8(s, text);
    if (!s->matcher) s->matcher = sm_matcher_new();
    if (!s->ends) s->ends = sm_array_grow(NULL, 0, &s->cap, sizeof *s->ends);
    s->n = 1;
    s->ends[0] = text.n;
    for (size_t i = 0; i < r->n; i++) {
        cutter c = {.s = s, .step = &r->steps[i]};
        for (size_t k = 0; k < s->n; k++)
            cut_part(&c, text, k ? s->ends[k - 1] : 0, s->ends[k]);
        size_t *const ends = s->ends, cap = s->cap;
        s->ends = s->next;
        s->cap = s->next_cap;
        s->n = c.n;
        s->next = ends;
        s->next_cap = cap;
    }
}
