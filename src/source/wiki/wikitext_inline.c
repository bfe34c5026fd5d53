/* What stands within a line of wikitext: quotes, tags, magic words, and brackets that became empty.
 * SPDX-License-Identifier: MIT */
#include "wikitext_internal.h"

typedef struct line {
    const char *p, *end;
    sm_buffer *out;
    size_t start; /* of the line in the output */
    bool emphasis, bold, italic;
    bool no_tag_ends; /* no `>` is left */
} line;

/* Separators that make no sense beside a bracket when what they separated is gone. */
static const sm_span separators[] = {{" ", 1},  {",", 1},  {";", 1},     {":", 1},
                                     {"、", 3}, {"，", 3}, {"；", 3},    {"：", 3},
                                     {"・", 3}, {"　", 3}, {"&nbsp;", 6}};
static const sm_span openers[] = {{"（", 3}, {"(", 1}}, closers[] = {{"）", 3}, {")", 1}};

static size_t one_of(sm_span s, const sm_span *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (sm_span_starts(s, list[i])) return list[i].n;
    return 0;
}

#define ONE_OF(s, list) one_of((s), (list), sizeof(list) / sizeof *(list))

static sm_span rest(const line *l)
{
    return (sm_span){l->p, (size_t)(l->end - l->p)};
}

/* Separators and gaps at `s`, up to a few; *gone: a gap was among them. */
static size_t skip_nothing(sm_span s, bool *gone)
{
    enum { MOST = 48 };
    size_t at = 0;
    while (at < s.n && at < MOST) {
        const sm_span here = sm_span_from(s, at);
        const bool gap = *here.p == WIKI_GONE;
        const size_t n = gap ? 1 : ONE_OF(here, separators);
        if (!n) break;
        *gone |= gap;
        at += n;
    }
    return at;
}

/* A bracket that holds nothing goes; one that begins with a gap loses what separated it. */
static void bracket(line *l, size_t n)
{
    bool gone = false;
    const size_t skip = n + skip_nothing(sm_span_from(rest(l), n), &gone);
    const size_t close = ONE_OF(sm_span_from(rest(l), skip), closers);
    if (close && (gone || n == 3)) {
        l->p += skip + close;
        return;
    }
    sm_buffer_put(l->out, (sm_span){l->p, n});
    l->p += gone ? skip : n;
}

static void trim_separators(line *l)
{
    for (;;) {
        const sm_span out = {l->out->p + l->start, l->out->n - l->start};
        size_t n = 0;
        for (size_t i = 0; i < sizeof separators / sizeof *separators && !n; i++)
            if (sm_span_ends(out, separators[i])) n = separators[i].n;
        if (!n) return;
        l->out->n -= n;
    }
}

static void gap(line *l)
{
    bool gone = false;
    const size_t skip = skip_nothing(rest(l), &gone);
    if (!ONE_OF(sm_span_from(rest(l), skip), closers)) {
        l->p++;
        return;
    }
    trim_separators(l);
    l->p += skip;
}

/* ---- quotes ------------------------------------------------------------------------------------------ */

static void toggle(line *l, bool *state, const char *on, const char *off)
{
    *state = !*state;
    if (l->emphasis) sm_buffer_puts(l->out, *state ? on : off);
}

/* Two for italic, three for bold, five for both; what is beyond is a character. */
static void quotes(line *l)
{
    size_t n = 0;
    while (l->p + n < l->end && l->p[n] == '\'')
        n++;
    l->p += n;
    const size_t marks = n >= 5 ? 5 : n == 4 ? 3 : n;
    for (size_t i = marks > 1 ? marks : 0; i < n; i++)
        sm_buffer_putc(l->out, '\'');
    if (marks == 3 || marks == 5) toggle(l, &l->bold, "<b>", "</b>");
    if (marks == 2 || marks == 5) toggle(l, &l->italic, "<i>", "</i>");
}

/* ---- tags and words ---------------------------------------------------------------------------------- */

static void tag(line *l)
{
    const char *end = l->no_tag_ends ? NULL : memchr(l->p, '>', rest(l).n);
    l->no_tag_ends = !end;
    if (!end) {
        sm_buffer_puts(l->out, "&lt;");
        l->p++;
        return;
    }
    sm_buffer_put(l->out, (sm_span){l->p, (size_t)(end + 1 - l->p)});
    l->p = end + 1;
}

/* __TOC__, __NOEDITSECTION__, __目次__ … */
static void word(line *l)
{
    enum { LONGEST = 40 };
    size_t n = 2;
    while (n < LONGEST && n < rest(l).n &&
           ((l->p[n] >= 'A' && l->p[n] <= 'Z') || (unsigned char)l->p[n] >= 0x80))
        n++;
    const bool is_word = n > 2 && sm_span_starts(rest(l), SM_SPAN("__")) &&
                         sm_span_starts(sm_span_from(rest(l), n), SM_SPAN("__"));
    if (!is_word) sm_buffer_putc(l->out, '_');
    l->p += is_word ? n + 2 : 1;
}

static const unsigned char special[256] = {
    ['\''] = 1, ['<'] = 1, [WIKI_GONE] = 1, ['('] = 1, ['_'] = 1, [0xEF] = 1};

static void step(line *l)
{
    const size_t opener = ONE_OF(rest(l), openers);
    if (opener) {
        bracket(l, opener);
        return;
    }
    switch (*l->p) {
    case '\'': quotes(l); break;
    case '<': tag(l); break;
    case WIKI_GONE: gap(l); break;
    case '_': word(l); break;
    default: sm_buffer_putc(l->out, *l->p++);
    }
}

void wikitext_inline(sm_span text, bool emphasis, sm_buffer *out)
{
    line l = {
        .p = text.p, .end = text.p + text.n, .out = out, .start = out->n, .emphasis = emphasis};
    while (l.p < l.end && !out->overflow) {
        const char *from = l.p;
        while (l.p < l.end && !special[(unsigned char)*l.p])
            l.p++;
        sm_buffer_put(out, (sm_span){from, (size_t)(l.p - from)});
        if (l.p < l.end) step(&l);
    }
    if (l.italic) toggle(&l, &l.italic, "<i>", "</i>");
    if (l.bold) toggle(&l, &l.bold, "<b>", "</b>");
}
