/* Marks of wikitext in the order of the text: see wikitext_expand.h.
 * SPDX-License-Identifier: MIT */
#include <strings.h>

#include "wikitext_expand.h"

/* ---- marks ------------------------------------------------------------------------------------------- */

/* Behind `[`: how long the address is; 0 if there is none. */
static size_t url_length(sm_span s)
{
    static const char *const schemes[] = {"http://", "https://", "//",    "ftp://",
                                          "mailto:", "news:",    "irc://"};
    size_t n = 0;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes && !n; i++) {
        const size_t length = strlen(schemes[i]);
        if (s.n > length && strncasecmp(s.p, schemes[i], length) == 0) n = length;
    }
    while (n && n < s.n && !strchr(" \t\n[]<>\"{}|", s.p[n]) && s.p[n])
        n++;
    return n;
}

/* Gives up what is open within the innermost frame of that sort. */
static void unwind_to_brace(expander *x)
{
    while (x->depth && !is_brace(expander_top(x)->kind))
        expander_give_up(x);
}

static size_t run_of(const expander *x)
{
    size_t n = 1;
    while (x->p + n < x->end && x->p[n] == *x->p)
        n++;
    return n;
}

static void open_brace(expander *x)
{
    size_t n = run_of(x);
    x->p += n;
    while (n >= 2) {
        const bool three = n == 3;
        expander_push(x, three ? FRAME_PARAMETER : FRAME_TEMPLATE);
        n -= three ? 3 : 2;
    }
    if (n) sm_buffer_putc(x->out, '{');
}

/* Two braces close a template; within a parameter they show that it was `{` and a template. */
static void close_two(expander *x)
{
    unwind_to_brace(x);
    const bool parameter = expander_top(x)->kind == FRAME_PARAMETER;
    const size_t start = expander_top(x)->start;
    expander_close_template(x);
    if (!parameter || !sm_buffer_reserve(x->out, 1)) return;
    memmove(x->out->p + start + 1, x->out->p + start, x->out->n - start);
    x->out->p[start] = '{';
    x->out->n++;
}

static void close_brace(expander *x)
{
    size_t n = run_of(x);
    x->p += n;
    while (n >= 2 && x->braces) {
        if (n >= 3 && expander_top(x)->kind == FRAME_PARAMETER) {
            expander_close_parameter(x);
            n -= 3;
        } else {
            close_two(x);
            n -= 2;
        }
    }
    const bool table = x->out->n && x->out->p[x->out->n - 1] == '|';
    if (n >= 2) x->counts->unbalanced++;
    if (n == 1 || (n && table)) sm_buffer_putc(x->out, '}');
}

static void open_bracket(expander *x)
{
    const size_t n = url_length(sm_span_from(expander_rest(x), 1));
    if (expander_at(x, SM_SPAN("[["))) {
        expander_push(x, FRAME_LINK);
        x->p += 2;
    } else if (n) {
        expander_push(x, FRAME_URL);
        x->p += 1 + n;
    } else {
        sm_buffer_putc(x->out, *x->p++);
    }
}

/* Is there a link that ]] closes: one with no template open within? */
static bool link_is_open(const expander *x)
{
    for (size_t i = x->depth; i > 0 && !is_brace(x->frames[i].kind); i--)
        if (x->frames[i].kind == FRAME_LINK) return true;
    return false;
}

static void close_bracket(expander *x)
{
    const frame *f = expander_top(x);
    if (f->kind == FRAME_URL) {
        expander_close_url(x);
        x->p++;
    } else if (expander_at(x, SM_SPAN("]]")) && link_is_open(x)) {
        while (x->depth && expander_top(x)->kind != FRAME_LINK)
            expander_give_up(x);
        expander_close_link(x);
        x->p += 2;
    } else {
        sm_buffer_putc(x->out, *x->p++);
    }
}

static void bar(expander *x)
{
    const frame *f = expander_top(x);
    if (f->kind != FRAME_TEXT && f->kind != FRAME_URL) {
        x->bars = sm_array_grow(x->bars, x->n_bars, &x->cap_bars, sizeof *x->bars);
        x->bars[x->n_bars++] = x->out->n;
    }
    sm_buffer_putc(x->out, *x->p++);
}

/* A line `== … ==` begins at p. */
static bool at_heading(const expander *x)
{
    if (!expander_at(x, SM_SPAN("=="))) return false;
    const char *lf = memchr(x->p, '\n', (size_t)(x->end - x->p));
    const sm_span line = wiki_trim((sm_span){x->p, (size_t)((lf ? lf : x->end) - x->p)});
    return line.n > 4 && line.p[line.n - 1] == '=';
}

/* No address and no target goes over a line's end, and nothing over a heading. */
static void line_end(expander *x)
{
    while (expander_top(x)->kind == FRAME_URL ||
           (expander_top(x)->kind == FRAME_LINK && x->n_bars == expander_top(x)->first_bar))
        expander_give_up(x);
    if (x->poem) expander_put(x, SM_SPAN("<br>"));
    sm_buffer_putc(x->out, *x->p++);
    if (x->depth && at_heading(x)) expander_give_up_all(x);
}

/* ---- all of it --------------------------------------------------------------------------------------- */

/* 1: a mark, or a control character. */
static const unsigned char special[256] = {
    [0] = 1,   [1] = 1,    [2] = 1,   [3] = 1,   [4] = 1,  [5] = 1,  [6] = 1,  [7] = 1,
    [8] = 1,   ['\n'] = 1, [11] = 1,  [12] = 1,  [13] = 1, [14] = 1, [15] = 1, [16] = 1,
    [17] = 1,  [18] = 1,   [19] = 1,  [20] = 1,  [21] = 1, [22] = 1, [23] = 1, [24] = 1,
    [25] = 1,  [26] = 1,   [27] = 1,  [28] = 1,  [29] = 1, [30] = 1, [31] = 1, ['{'] = 1,
    ['}'] = 1, ['['] = 1,  [']'] = 1, ['|'] = 1, ['<'] = 1};

static void step(expander *x)
{
    switch (*x->p) {
    case '{': open_brace(x); break;
    case '}': close_brace(x); break;
    case '[': open_bracket(x); break;
    case ']': close_bracket(x); break;
    case '|': bar(x); break;
    case '<': expander_tag(x); break;
    case '\n': line_end(x); break;
    default: /* a control character */
        if (*x->p++ != '\r') sm_buffer_putc(x->out, ' ');
    }
}

void wikitext_expand(sm_span wikitext, sm_span title, sm_buffer *out,
                     sm_wikitext_counts *counts)
{
    if (!wikitext.n || !sm_buffer_reserve(out, 1)) return;
    expander x = {.p = wikitext.p,
                  .end = wikitext.p + wikitext.n,
                  .title = title,
                  .out = out,
                  .made = sm_buffer_make(out->max),
                  .counts = counts};
    x.bars = sm_array_grow(NULL, 0, &x.cap_bars, sizeof *x.bars);
    while (x.p < x.end && !out->overflow) {
        const char *from = x.p;
        while (x.p < x.end && !special[(unsigned char)*x.p])
            x.p++;
        expander_put(&x, (sm_span){from, (size_t)(x.p - from)});
        if (x.p < x.end) step(&x);
    }
    expander_give_up_all(&x);
    sm_buffer_free(&x.made);
    sm_free(x.bars);
}
