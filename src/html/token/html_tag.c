/* Tags and attributes: HTML, sections 13.2.5.8 and 13.2.5.32 to 13.2.5.40.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "html_internal.h"

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && sm_is_space(*p))
        p++;
    return p;
}

/* The value whose first byte is at p, quotes and all. What reads on returns the byte behind what it read,
 * or NULL where the page's end cuts it. */
static const char *read_value(const char *p, const char *end, sm_span *value)
{
    const char quote = *p;
    if (quote == '"' || quote == '\'') {
        const char *close = sm_html_find(p + 1, end, quote, quote, quote, quote);
        *value = (sm_span){p + 1, (size_t)(close - p - 1)};
        return close < end ? close + 1 : NULL;
    }
    const char *stop = sm_html_find_end(p, end, '>', '>', '>');
    *value = (sm_span){p, (size_t)(stop - p)};
    return stop < end ? stop : NULL;
}

static void add_attribute(sm_html *t, sm_html_token *token, const sm_html_attribute *a)
{
    if (token->kind != SM_HTML_START_TAG) return;
    if (token->n_attributes == SM_HTML_ATTRIBUTES) {
        t->dropped_attributes++;
        return;
    }
    t->attributes[token->n_attributes++] = *a;
    token->names |= sm_html_name_bit(a->name.p, a->name.n);
}

/* An attribute begins at p, which may be a stray `=`: then that is part of its name. */
static const char *read_attribute(sm_html *t, const char *p, sm_html_token *token)
{
    sm_html_attribute a = {.name.p = p};
    p = sm_html_find_end(p + 1, t->end, '/', '>', '=');
    a.name.n = (size_t)(p - a.name.p);
    p = skip_space(p, t->end);
    if (p < t->end && *p == '=') {
        p = skip_space(p + 1, t->end);
        if (p == t->end) return NULL;
        if (*p != '>') p = read_value(p, t->end, &a.value);
    }
    add_attribute(t, token, &a);
    return p;
}

/* What stands between the name and `>`, which it leaves. */
static const char *read_attributes(sm_html *t, const char *p, sm_html_token *token)
{
    while (p) {
        p = skip_space(p, t->end);
        if (p == t->end) return NULL;
        if (*p == '>') return p;
        if (*p != '/') {
            p = read_attribute(t, p, token);
        } else if (++p < t->end && *p == '>') {
            token->self_closing = token->kind == SM_HTML_START_TAG;
        }
    }
    return NULL;
}

/* The name of a tag in lower case: in the page itself mostly, else in the tokenizer. */
static sm_span lower_name(sm_html *t, sm_span raw)
{
    if (raw.n > sizeof t->name) return sm_html_cook(t, raw, SM_IS_UPPER);
    size_t i = 0;
    while (i < raw.n && !(sm_html_class[(unsigned char)raw.p[i]] & (SM_IS_UPPER | SM_IS_NUL)))
        i++;
    if (i == raw.n) return raw;
    if (memchr(raw.p, '\0', raw.n)) return sm_html_cook(t, raw, SM_IS_UPPER);
    for (i = 0; i < raw.n; i++)
        t->name[i] = sm_lower(raw.p[i]);
    return (sm_span){t->name, raw.n};
}

bool sm_html_tag(sm_html *t, sm_html_kind kind, sm_html_token *token)
{
    const char *start = t->p;
    const char *p = sm_html_find_end(start, t->end, '/', '>', '>');
    token->kind = kind;
    token->html = t;
    token->text = lower_name(t, (sm_span){start, (size_t)(p - start)});
    p = read_attributes(t, p, token);
    if (p) {
        t->p = p + 1;
        return true;
    }
    t->p = t->end;
    *token = (sm_html_token){0};
    return false;
}

/* ---- attributes that somebody asks for -------------------------------------------------------- */

/* Whether a name as the page spells it is `name`, which is lower case. */
static bool is_name(sm_span raw, const char *name, size_t n)
{
    if (raw.n != n) return false;
    for (size_t i = 0; i < n; i++)
        if (sm_lower(raw.p[i]) != name[i]) return false;
    return true;
}

/* Nearly all values are as they should be. */
static sm_span value_of(sm_html *t, sm_span raw)
{
    const char *end = raw.n ? raw.p + raw.n : raw.p;
    if (sm_html_find(raw.p, end, '&', '\r', '\0', '\0') == end) return raw;
    return sm_html_cook(t, raw, SM_IS_AMPERSAND);
}

bool sm_html_attribute_find(const sm_html_token *tag, const char *name, size_t n,
                            sm_span *value)
{
    const sm_html_attribute *a = tag->html->attributes, *end = a + tag->n_attributes;
    for (; a < end; a++) {
        if (!is_name(a->name, name, n)) continue;
        *value = value_of(tag->html, a->value);
        return true;
    }
    return false;
}

bool sm_html_attribute_at(const sm_html_token *tag, size_t i, sm_span *name, sm_span *value)
{
    sm_html *t = tag->html;
    *name = sm_html_cook(t, t->attributes[i].name, SM_IS_UPPER);
    for (size_t before = 0; before < i; before++) {
        const sm_span other = sm_html_cook(t, t->attributes[before].name, SM_IS_UPPER);
        if (sm_span_equal(other, *name)) return false;
    }
    *value = value_of(t, t->attributes[i].value);
    return true;
}
