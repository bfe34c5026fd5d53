/* Tags, comments and guarded text of wikitext. See wikitext_expand.h.
 * SPDX-License-Identifier: MIT */
#include <strings.h>

#include "wikitext_expand.h"

/* ---- guarded text ------------------------------------------------------------------------------------ */

/* The reference at the beginning: &lt; &#60;. 0 if it is none. */
static size_t reference_length(sm_span s)
{
    enum { LONGEST = 12 };
    size_t n = 1;
    while (n < s.n && n < LONGEST &&
           (s.p[n] == '#' || (s.p[n] >= '0' && s.p[n] <= '9') ||
            ((s.p[n] | 0x20) >= 'a' && (s.p[n] | 0x20) <= 'z')))
        n++;
    return *s.p == '&' && n > 1 && n < s.n && s.p[n] == ';' ? n + 1 : 0;
}

/* A mark becomes a reference, so that the steps behind do not see it. */
static void put_guarded_char(expander *x, char c, bool keep_lines)
{
    const bool blank = c == ' ' || c == '\n';
    if (c && strchr("'=*#:;|![]{}_-<>()~&", c))
        sm_buffer_printf(x->out, "&#%d;", c);
    else if (blank && keep_lines)
        sm_buffer_puts(x->out, c == ' ' ? "&#32;" : "&#10;");
    else if (blank || (unsigned char)c > ' ')
        sm_buffer_putc(x->out, c);
}

static void put_guarded(expander *x, sm_span s, bool keep_references, bool keep_lines)
{
    while (s.n) {
        const size_t n = keep_references ? reference_length(s) : 0;
        if (n)
            expander_put(x, (sm_span){s.p, n});
        else
            put_guarded_char(x, *s.p, keep_lines);
        s = sm_span_from(s, n ? n : 1);
    }
}

/* An element's text, with the tag that it becomes. */
static void put_element(expander *x, tag_rule rule, sm_span tag, sm_span text)
{
    const bool in_line = sm_span_find(tag, SM_SPAN("inline")) != NULL;
    switch (rule) {
    case TAG_NOWIKI: put_guarded(x, text, true, false); break;
    case TAG_PRE:
    case TAG_CODE:
        expander_put(x, in_line ? SM_SPAN("<code>") : SM_SPAN("\n<pre>"));
        put_guarded(x, text, rule == TAG_PRE, true);
        expander_put(x, in_line ? SM_SPAN("</code>") : SM_SPAN("</pre>\n"));
        break;
    case TAG_MATH:
        sm_buffer_putc(x->out, '$');
        put_guarded(x, wiki_trim(text), false, false);
        sm_buffer_putc(x->out, '$');
        break;
    case TAG_REF:
    case TAG_DROP:
    case TAG_TEXT:
    case TAG_PASS:
    case TAG_POEM:
    case TAG_UNWRAP: expander_put_gone(x);
    }
}

/* ---- tags and comments ------------------------------------------------------------------------------- */

/* The next end tag of that name at or behind p; x->end if there is none. */
static const char *find_closer(expander *x, size_t number, sm_span name)
{
    const char **known = &x->closers[number];
    if (*known >= x->p) return *known;
    for (const char *p = x->p; (p = memchr(p, '<', (size_t)(x->end - p))); p++) {
        const size_t left = (size_t)(x->end - p);
        if (left < name.n + 2 || p[1] != '/' || strncasecmp(p + 2, name.p, name.n) != 0)
            continue;
        return *known = p;
    }
    return *known = x->end;
}

/* The end of the line before the next heading; x->end if there is none. */
static const char *next_heading(expander *x)
{
    if (x->heading >= x->p) return x->heading;
    const char *p = sm_span_find(expander_rest(x), SM_SPAN("\n=="));
    return x->heading = p ? p : x->end;
}

/* Goes behind the end tag of an element that begins at `p`, if it has one before the next heading. */
static bool take_element(expander *x, size_t number, sm_span name, sm_span *text)
{
    const char *close = find_closer(x, number, name);
    if (close == x->end || next_heading(x) < close) return false;
    *text = (sm_span){x->p, (size_t)(close - x->p)};
    const char *end = memchr(close, '>', (size_t)(x->end - close));
    x->p = end ? end + 1 : x->end;
    return true;
}

/* At `<name …>`: *tag is all of it. False if it has no end on its line or the next. */
static bool take_tag(expander *x, sm_span *tag)
{
    enum { LONGEST = 2000 };
    const size_t n = expander_rest(x).n < LONGEST ? expander_rest(x).n : LONGEST;
    const char *end = memchr(x->p, '>', n);
    if (!end) return false;
    *tag = (sm_span){x->p, (size_t)(end + 1 - x->p)};
    return true;
}

static void element(expander *x, tag_rule rule, size_t number, sm_span name)
{
    sm_span tag, text = {0};
    if (!take_tag(x, &tag)) {
        x->counts->unbalanced++;
        x->p = name.p + name.n;
        return;
    }
    x->p += tag.n;
    x->counts->references += rule == TAG_REF;
    x->counts->galleries += rule == TAG_DROP;
    const bool empty = tag.p[tag.n - 2] == '/';
    if (empty || take_element(x, number, name, &text))
        put_element(x, rule, tag, text);
    else
        x->counts->unbalanced++;
}

/* A comment that has a line for itself takes the line with it. */
static void comment(expander *x)
{
    if (!x->comment_end || x->comment_end < x->p + 4) {
        const char *p = sm_span_find(sm_span_from(expander_rest(x), 4), SM_SPAN("-->"));
        x->comment_end = p ? p : x->end;
    }
    if (x->comment_end == x->end) {
        x->counts->unbalanced++;
        x->p += 4;
        return;
    }
    const bool first = x->out->n == 0 || x->out->p[x->out->n - 1] == '\n';
    x->p = x->comment_end + 3;
    if (first && x->p < x->end && *x->p == '\n') x->p++;
}

void expander_tag(expander *x)
{
    if (expander_at(x, SM_SPAN("<!--"))) {
        comment(x);
        return;
    }
    const size_t skip = expander_at(x, SM_SPAN("</")) ? 2 : 1;
    size_t number = 0, n;
    const tag_rule rule = tag_find(sm_span_from(expander_rest(x), skip), &number, &n);
    const sm_span name = {x->p + skip, n};
    sm_span all;
    if (rule == TAG_TEXT || !take_tag(x, &all)) {
        expander_put(x, SM_SPAN("&lt;"));
        x->p++;
    } else if (rule == TAG_PASS) {
        expander_put(x, (sm_span){x->p, skip + n});
        x->p += skip + n;
    } else if (rule == TAG_UNWRAP || rule == TAG_POEM || skip == 2) {
        if (rule == TAG_POEM) x->poem = skip == 1;
        x->p += all.n;
    } else {
        element(x, rule, number, name);
    }
}
