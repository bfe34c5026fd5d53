/* Tags and attributes: HTML, sections 13.2.5.8 and 13.2.5.32 to 13.2.5.40.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "html_internal.h"

/* How the reading of an attribute's end leaves the tag. */
typedef enum progress { GOES_ON, CLOSED, CUT } progress;

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && sm_is_space(*p))
        p++;
    return p;
}

/* The value whose first byte is at t->p, quotes and all; t->p goes behind it. */
static progress read_value(sm_html *t, sm_span *raw)
{
    const char quote = *t->p;
    if (quote == '"' || quote == '\'') {
        const char *start = t->p + 1;
        const char *close = memchr(start, quote, (size_t)(t->end - start));
        if (!close) return CUT;
        *raw = (sm_span){start, (size_t)(close - start)};
        t->p = close + 1;
        return GOES_ON;
    }
    const char *start = t->p;
    while (t->p < t->end && !sm_is_space(*t->p) && *t->p != '>')
        t->p++;
    *raw = (sm_span){start, (size_t)(t->p - start)};
    return t->p < t->end ? GOES_ON : CUT;
}

static bool is_known(const sm_html_token *token, sm_span name)
{
    for (size_t i = 0; i < token->n_attributes; i++)
        if (sm_span_equal(token->attributes[i].name, name)) return true;
    return false;
}

static void add_attribute(sm_html *t, sm_html_token *token, sm_span name, sm_span value)
{
    if (token->kind != SM_HTML_START_TAG) return;
    name = sm_html_cook(t, name, SM_IS_UPPER);
    if (is_known(token, name)) return;
    if (token->n_attributes == SM_HTML_ATTRIBUTES) {
        t->dropped_attributes++;
        return;
    }
    const sm_span cooked = sm_html_cook(t, value, SM_IS_AMPERSAND);
    t->attributes[token->n_attributes++] = (sm_html_attribute){name, cooked};
}

/* An attribute begins at t->p, which may be a stray `=`: then that is part of its name. */
static progress read_attribute(sm_html *t, sm_html_token *token)
{
    const char *start = t->p;
    sm_span value = {0};
    t->p = sm_html_scan(start + 1, t->end, SM_IS_ATTRIBUTE);
    const sm_span name = {start, (size_t)(t->p - start)};
    t->p = skip_space(t->p, t->end);
    if (t->p < t->end && *t->p == '=') {
        t->p = skip_space(t->p + 1, t->end);
        if (t->p == t->end) return CUT;
        if (*t->p != '>' && read_value(t, &value) == CUT) return CUT;
    }
    add_attribute(t, token, name, value);
    return GOES_ON;
}

/* The next thing after the name: an attribute, a slash, the end. */
static progress read_next(sm_html *t, sm_html_token *token)
{
    t->p = skip_space(t->p, t->end);
    if (t->p == t->end) return CUT;
    if (*t->p == '>') {
        t->p++;
        return CLOSED;
    }
    if (*t->p != '/') return read_attribute(t, token);
    t->p++;
    if (t->p < t->end && *t->p == '>') token->self_closing = token->kind == SM_HTML_START_TAG;
    return GOES_ON;
}

bool sm_html_tag(sm_html *t, sm_html_kind kind, sm_html_token *token)
{
    const char *start = t->p;
    t->p = sm_html_scan(start, t->end, SM_IS_NAME_END);
    *token = (sm_html_token){.kind = kind, .attributes = t->attributes};
    token->text = sm_html_cook(t, (sm_span){start, (size_t)(t->p - start)}, SM_IS_UPPER);
    progress state = GOES_ON;
    while (state == GOES_ON)
        state = read_next(t, token);
    if (state == CLOSED) return true;
    t->p = t->end;
    *token = (sm_html_token){0};
    return false;
}
