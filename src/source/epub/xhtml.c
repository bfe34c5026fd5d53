/* See xhtml.h. Source: XML 1.0, 2.4 to 2.8 and 3.1; the void elements are those of WHATWG HTML, 13.1.2.
 * SPDX-License-Identifier: MIT */
#include "xhtml.h"

#include <string.h>
#include <strings.h>

typedef struct rewriter {
    const char *p, *end;
    const char *
        last_quote[2]; /* the last " and ' of the page: behind them none needs to be searched */
    sm_buffer *out;
} rewriter;

static bool at(const rewriter *r, const char *string)
{
    const size_t n = strlen(string);
    return (size_t)(r->end - r->p) >= n && memcmp(r->p, string, n) == 0;
}

/* What is behind the next `mark`; the end where there is none. */
static const char *behind(const rewriter *r, const char *mark)
{
    const size_t n = strlen(mark);
    const char *p = r->p;
    while ((size_t)(r->end - p) >= n && (p = memchr(p, *mark, (size_t)(r->end - p) - n + 1))) {
        if (memcmp(p, mark, n) == 0) return p + n;
        p++;
    }
    return r->end;
}

/* ---- what is no element ------------------------------------------------------------------------ */

static void put_escaped(sm_buffer *out, sm_span text)
{
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        if (c == '<')
            sm_buffer_puts(out, "&lt;");
        else if (c == '&')
            sm_buffer_puts(out, "&amp;");
        else
            sm_buffer_putc(out, c);
    }
}

static void rewrite_cdata(rewriter *r)
{
    const char *start = r->p + strlen("<![CDATA[");
    const char *next = behind(r, "]]>");
    const bool closed = next - start >= 3 && memcmp(next - 3, "]]>", 3) == 0;
    put_escaped(r->out, (sm_span){start, (size_t)(next - start) - (closed ? 3 : 0)});
    r->p = next;
}

/* A DOCTYPE ends behind its declarations in brackets. */
static void skip_doctype(rewriter *r)
{
    const char *greater = behind(r, ">");
    const char *bracket = memchr(r->p, '[', (size_t)(greater - r->p));
    r->p = bracket ? behind(r, "]") : greater;
    if (bracket) r->p = behind(r, ">");
}

/* ---- elements ---------------------------------------------------------------------------------- */

/* The '>' of the tag at p, outside of quoted values; the end where there is none. */
static const char *tag_end(const rewriter *r, const char *p)
{
    for (; p < r->end && *p != '>'; p++) {
        if (*p != '"' && *p != '\'') continue;
        if (p >= r->last_quote[*p == '\'']) continue;
        p = memchr(p + 1, *p, (size_t)(r->end - p - 1));
    }
    return p;
}

static bool is_name(char c)
{
    return c != '>' && c != '/' && c != ' ' && c != '\t' && c != '\r' && c != '\n';
}

/* An element's name without the prefix that a namespace may have. */
static sm_span name_at(const char *p, const char *end)
{
    const char *start = p;
    for (; p < end && is_name(*p); p++)
        if (*p == ':') start = p + 1;
    return (sm_span){start, (size_t)(p - start)};
}

static bool is_void(sm_span name)
{
    static const char *const names[] = {"area",  "base", "br",   "col",    "embed", "hr", "img",
                                        "input", "link", "meta", "source", "track", "wbr"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (name.n == strlen(names[i]) && strncasecmp(name.p, names[i], name.n) == 0)
            return true;
    return false;
}

static void rewrite_end_tag(rewriter *r, const char *greater)
{
    const sm_span name = name_at(r->p + 2, greater);
    if (is_void(name)) return; /* </br> would be a second <br> */
    sm_buffer_puts(r->out, "</");
    sm_buffer_put(r->out, name);
    sm_buffer_putc(r->out, '>');
}

static void rewrite_start_tag(rewriter *r, const char *greater)
{
    const sm_span name = name_at(r->p + 1, greater);
    const bool closed = greater > r->p + 1 && greater[-1] == '/';
    const char *rest = name.p + name.n;
    sm_buffer_putc(r->out, '<');
    sm_buffer_put(r->out, name);
    sm_buffer_put(r->out,
                  (sm_span){rest, (size_t)(greater - rest) - (closed && greater > rest)});
    sm_buffer_putc(r->out, '>');
    if (!closed || is_void(name)) return;
    sm_buffer_puts(r->out, "</");
    sm_buffer_put(r->out, name);
    sm_buffer_putc(r->out, '>');
}

static bool begins_name(char c)
{
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || (unsigned char)c >= 0x80;
}

static void rewrite_tag(rewriter *r)
{
    const bool is_end = r->end - r->p > 1 && r->p[1] == '/';
    const char *name = r->p + 1 + is_end;
    if (name >= r->end || !begins_name(*name)) { /* a stray sign */
        sm_buffer_puts(r->out, "&lt;");
        r->p++;
        return;
    }
    const char *greater = tag_end(r, name);
    if (greater < r->end && is_end) rewrite_end_tag(r, greater);
    if (greater < r->end && !is_end) rewrite_start_tag(r, greater);
    r->p = greater < r->end ? greater + 1 : r->end;
}

/* ---- the page ---------------------------------------------------------------------------------- */

static const char *last_of(sm_span s, char c)
{
    while (s.n && s.p[s.n - 1] != c)
        s.n--;
    return s.n ? s.p + s.n - 1 : s.p;
}

void xhtml_to_html(sm_span xhtml, sm_buffer *html)
{
    rewriter r = {
        xhtml.p, xhtml.p + xhtml.n, {last_of(xhtml, '"'), last_of(xhtml, '\'')}, html};
    while (r.p < r.end) {
        const char *less = memchr(r.p, '<', (size_t)(r.end - r.p));
        if (!less) less = r.end;
        sm_buffer_put(html, (sm_span){r.p, (size_t)(less - r.p)});
        r.p = less;
        if (at(&r, "<!--"))
            r.p = behind(&r, "-->");
        else if (at(&r, "<![CDATA["))
            rewrite_cdata(&r);
        else if (at(&r, "<?"))
            r.p = behind(&r, "?>");
        else if (at(&r, "<!"))
            skip_doctype(&r);
        else if (r.p < r.end)
            rewrite_tag(&r);
    }
}

sm_span xhtml_as_html(sm_span xhtml, sm_arena *arena)
{
    sm_buffer html = sm_buffer_make(XHTML_GROWTH * xhtml.n + 64);
    xhtml_to_html(xhtml, &html);
    const sm_span copy = sm_arena_copy(arena, sm_buffer_span(&html));
    sm_buffer_free(&html);
    return copy;
}

bool xhtml_is_declared(sm_span page)
{
    const sm_span mark = SM_SPAN("\xEF\xBB\xBF");
    if (sm_span_starts(page, mark)) page = (sm_span){page.p + mark.n, page.n - mark.n};
    return sm_span_starts(page, SM_SPAN("<?xml"));
}
