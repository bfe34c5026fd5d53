/* What a page says about its charset: HTML's "prescan a byte stream to determine its encoding".
 * SPDX-License-Identifier: MIT */
#include <seimai/charset.h>

#include <string.h>
#include <strings.h>

#include "ascii.h"

enum { PRESCAN_BYTES = 4096 }; /* the standard's 1024 is too few for real pages */

typedef struct cursor {
    const char *p, *end;
} cursor;

static bool starts(const cursor *c, const char *lower)
{
    const size_t n = strlen(lower);
    return (size_t)(c->end - c->p) >= n && strncasecmp(c->p, lower, n) == 0;
}

/* Moves behind the next occurrence of `mark`; to the end if there is none. */
static void skip_past(cursor *c, const char *mark)
{
    const size_t n = strlen(mark);
    while ((size_t)(c->end - c->p) >= n && memcmp(c->p, mark, n) != 0)
        c->p++;
    c->p = (size_t)(c->end - c->p) >= n ? c->p + n : c->end;
}

static void skip_blank(cursor *c, bool slashes)
{
    while (c->p < c->end && (sm_is_space(*c->p) || (slashes && *c->p == '/')))
        c->p++;
}

static sm_span quoted_value(cursor *c)
{
    const char quote = *c->p++;
    const char *start = c->p;
    while (c->p < c->end && *c->p != quote)
        c->p++;
    const sm_span value = {start, (size_t)(c->p - start)};
    if (c->p < c->end) c->p++;
    return value;
}

static sm_span bare_value(cursor *c)
{
    const char *start = c->p;
    while (c->p < c->end && !sm_is_space(*c->p) && *c->p != '>')
        c->p++;
    return (sm_span){start, (size_t)(c->p - start)};
}

/* The next attribute of a tag; false at its end, which is left for the caller. */
static bool next_attribute(cursor *c, sm_span *name, sm_span *value)
{
    skip_blank(c, true);
    if (c->p == c->end || *c->p == '>') return false;
    const char *start = c->p++;
    while (c->p < c->end && !sm_is_space(*c->p) && *c->p != '/' && *c->p != '>' && *c->p != '=')
        c->p++;
    *name = (sm_span){start, (size_t)(c->p - start)};
    *value = (sm_span){c->p, 0};
    skip_blank(c, false);
    if (c->p == c->end || *c->p != '=') return true;
    c->p++;
    skip_blank(c, false);
    if (c->p == c->end) return true;
    *value = *c->p == '"' || *c->p == '\'' ? quoted_value(c) : bare_value(c);
    return true;
}

/* "charset=…" inside a content attribute or a header. */
static sm_span charset_within(sm_span content)
{
    cursor c = {content.p, content.p + content.n};
    while (c.p < c.end) {
        if (!starts(&c, "charset")) {
            c.p++;
            continue;
        }
        c.p += strlen("charset");
        skip_blank(&c, false);
        if (c.p == c.end || *c.p != '=') continue;
        c.p++;
        skip_blank(&c, false);
        if (c.p == c.end) break;
        if (*c.p == '"' || *c.p == '\'') {
            const bool closed = memchr(c.p + 1, *c.p, (size_t)(c.end - c.p - 1)) != NULL;
            return closed ? quoted_value(&c) : (sm_span){0};
        }
        const char *start = c.p;
        while (c.p < c.end && !sm_is_space(*c.p) && *c.p != ';')
            c.p++;
        return (sm_span){start, (size_t)(c.p - start)};
    }
    return (sm_span){0};
}

/* The cursor stands behind "<meta". An http-equiv counts only if it is content-type; an element that the end cuts
 * does not count at all. */
static sm_span meta_charset(cursor *c)
{
    sm_span name, value, charset = {0}, content = {0};
    bool is_content_type = false;
    while (next_attribute(c, &name, &value)) {
        if (sm_is_word(name, "charset") && !charset.p) charset = value;
        if (sm_is_word(name, "content") && !content.p) content = charset_within(value);
        if (sm_is_word(name, "http-equiv")) is_content_type = sm_is_word(value, "content-type");
    }
    if (c->p == c->end) return (sm_span){0};
    if (charset.n) return charset;
    return is_content_type ? content : (sm_span){0};
}

/* <?xml version="1.0" encoding="…"?> at the very start. */
static sm_span xml_encoding(cursor *c)
{
    if (!starts(c, "<?xml") || c->end - c->p < 6 || !sm_is_space(c->p[5])) return (sm_span){0};
    const char *close = memchr(c->p, '>', (size_t)(c->end - c->p));
    if (!close) return (sm_span){0};
    cursor in = {c->p, close};
    skip_past(&in, "encoding");
    skip_blank(&in, false);
    if (in.p == in.end || *in.p++ != '=') return (sm_span){0};
    skip_blank(&in, false);
    return in.p < in.end && (*in.p == '"' || *in.p == '\'') ? quoted_value(&in) : (sm_span){0};
}

/* Any other tag: its attributes are read, so that a `>` within quotes does not end it. */
static void skip_tag(cursor *c)
{
    sm_span name, value;
    while (c->p < c->end && !sm_is_space(*c->p) && *c->p != '>')
        c->p++;
    while (next_attribute(c, &name, &value)) {
    }
}

static bool is_tag(const cursor *c)
{
    const char *p = c->p + 1;
    if (p < c->end && *p == '/') p++;
    return p < c->end && sm_is_alpha(*p);
}

static bool is_meta(const cursor *c)
{
    return starts(c, "<meta") && c->end - c->p > 5 && (sm_is_space(c->p[5]) || c->p[5] == '/');
}

/* Handles the markup at `<`; gives a label where it is a <meta> with one that is known. */
static sm_span read_markup(cursor *c)
{
    sm_span label = {0};
    if (starts(c, "<!--")) {
        c->p += 2; /* so that "<!-->" is a whole comment */
        skip_past(c, "-->");
    } else if (is_meta(c)) {
        c->p += 5;
        label = meta_charset(c);
    } else if (is_tag(c)) {
        skip_tag(c);
    } else if (starts(c, "<!") || starts(c, "</") || starts(c, "<?")) {
        skip_past(c, ">");
    } else {
        c->p++;
    }
    return label;
}

sm_span sm_charset_declared(sm_span page)
{
    const size_t n = page.n < PRESCAN_BYTES ? page.n : PRESCAN_BYTES;
    if (n == 0) return (sm_span){0};
    cursor c = {page.p, page.p + n};
    sm_span label = xml_encoding(&c);
    while (!label.n && c.p < c.end) {
        const char *open = memchr(c.p, '<', (size_t)(c.end - c.p));
        if (!open) break;
        c.p = open;
        label = read_markup(&c);
    }
    return label;
}
