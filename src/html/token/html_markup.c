/* Comments, doctypes and CDATA: HTML, sections 13.2.5.41 to 13.2.5.71.
 * SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "html_internal.h"

static bool starts(const sm_html *t, const char *text)
{
    const size_t n = strlen(text);
    return (size_t)(t->end - t->p) >= n && strncasecmp(t->p, text, n) == 0;
}

static void skip_space(sm_html *t)
{
    while (t->p < t->end && sm_is_space(*t->p))
        t->p++;
}

/* ---- comments ----------------------------------------------------------------------------- */

static bool give_comment(sm_html *t, sm_html_token *token, const char *from, size_t n)
{
    token->kind = SM_HTML_COMMENT;
    token->text = sm_html_cook(t, (sm_span){from, n}, 0);
    return true;
}

bool sm_html_bogus_comment(sm_html *t, sm_html_token *token)
{
    const char *start = t->p;
    const char *close = start < t->end ? memchr(start, '>', (size_t)(t->end - start)) : NULL;
    t->p = close ? close + 1 : t->end;
    return give_comment(t, token, start, (size_t)((close ? close : t->end) - start));
}

/* The end mark of a comment at p: its length, or 0. */
static size_t end_mark(const char *p, const char *end)
{
    if (end - p >= 3 && memcmp(p, "-->", 3) == 0) return 3;
    return end - p >= 4 && memcmp(p, "--!>", 4) == 0 ? 4 : 0;
}

/* A comment that the page's end cuts: what could have become its end mark is not part of it. */
static size_t cut_length(const char *start, const char *end)
{
    static const sm_span tails[] = {{"--!", 3}, {"--", 2}, {"-", 1}};
    const sm_span all = {start, (size_t)(end - start)};
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++)
        if (sm_span_ends(all, tails[i])) return all.n - tails[i].n;
    return all.n;
}

/* t->p is behind "<!--". */
static bool read_comment(sm_html *t, sm_html_token *token)
{
    const char *start = t->p, *p = start;
    if (starts(t, ">") || starts(t, "->")) { /* "<!-->" and "<!--->" are whole comments */
        t->p += *p == '>' ? 1 : 2;
        return give_comment(t, token, start, 0);
    }
    while (p < t->end && (p = memchr(p, '-', (size_t)(t->end - p))) != NULL) {
        const size_t mark = end_mark(p, t->end);
        if (mark) {
            t->p = p + mark;
            return give_comment(t, token, start, (size_t)(p - start));
        }
        p++;
    }
    t->p = t->end;
    return give_comment(t, token, start, cut_length(start, t->end));
}

/* ---- doctypes ----------------------------------------------------------------------------- */

/* The rest up to `>` is no part of it. */
static bool finish_doctype(sm_html *t)
{
    const char *close = t->p < t->end ? memchr(t->p, '>', (size_t)(t->end - t->p)) : NULL;
    t->p = close ? close + 1 : t->end;
    return true;
}

static bool quirky_doctype(sm_html *t, sm_html_token *token)
{
    token->force_quirks = true;
    return finish_doctype(t);
}

/* A quoted identifier at t->p; false if `>` or the end of the page cuts it, or there is no quote. */
static bool read_identifier(sm_html *t, sm_span *identifier)
{
    const char quote = t->p < t->end ? *t->p : '\0';
    if (quote != '"' && quote != '\'') return false;
    const char *start = ++t->p;
    while (t->p < t->end && *t->p != quote && *t->p != '>')
        t->p++;
    *identifier = sm_html_cook(t, (sm_span){start, (size_t)(t->p - start)}, 0);
    if (t->p == t->end || *t->p != quote) return false;
    t->p++;
    return true;
}

static bool read_system_id(sm_html *t, sm_html_token *token)
{
    if (!read_identifier(t, &token->system_id)) return quirky_doctype(t, token);
    skip_space(t);
    if (t->p == t->end) token->force_quirks = true;
    return finish_doctype(t);
}

static bool read_public_id(sm_html *t, sm_html_token *token)
{
    if (!read_identifier(t, &token->public_id)) return quirky_doctype(t, token);
    skip_space(t);
    if (t->p < t->end && *t->p == '>') return finish_doctype(t);
    return read_system_id(t, token);
}

/* t->p is behind "<!DOCTYPE". */
static bool read_doctype(sm_html *t, sm_html_token *token)
{
    token->kind = SM_HTML_DOCTYPE;
    skip_space(t);
    const char *start = t->p;
    while (t->p < t->end && !sm_is_space(*t->p) && *t->p != '>')
        t->p++;
    token->text = sm_html_cook(t, (sm_span){start, (size_t)(t->p - start)}, SM_IS_UPPER);
    skip_space(t);
    if (t->p == t->end || t->p == start) return quirky_doctype(t, token);
    if (*t->p == '>') return finish_doctype(t);
    const bool is_public = starts(t, "public");
    if (!is_public && !starts(t, "system")) return quirky_doctype(t, token);
    t->p += strlen("public");
    skip_space(t);
    return is_public ? read_public_id(t, token) : read_system_id(t, token);
}

bool sm_html_markup(sm_html *t, sm_html_token *token)
{
    t->p += 2;
    if (t->end - t->p >= 2 && memcmp(t->p, "--", 2) == 0) {
        t->p += 2;
        return read_comment(t, token);
    }
    if (starts(t, "doctype")) {
        t->p += strlen("doctype");
        return read_doctype(t, token);
    }
    if (t->end - t->p < 7 || memcmp(t->p, "[CDATA[", 7) != 0 || !t->foreign)
        return sm_html_bogus_comment(t, token);
    t->p += 7;
    t->state = SM_HTML_CDATA;
    return false;
}
