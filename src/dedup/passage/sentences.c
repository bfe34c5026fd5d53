/* Where sentences end, so that a cut leaves whole ones.
 * SPDX-License-Identifier: MIT
 *
 * A sentence ends after 。．！？｡…!? and the brackets and quotes that close behind them, after a line's end, and after . ! ?
 * of Latin text where a blank follows. */
#include "passage_internal.h"

static bool is_full_stop(uint32_t c)
{
    return c == 0x3002 || c == 0xFF0E || c == 0xFF01 || c == 0xFF1F || c == 0xFF61 ||
           c == 0x2026;
}

static bool is_latin_stop(uint32_t c)
{
    return c == '.' || c == '!' || c == '?';
}

static bool is_closing(uint32_t c)
{
    switch (c) {
    case ')':
    case '"':
    case '\'':
    case ']':
    case 0x2019:
    case 0x201D:
    case 0x3009:
    case 0x300B:
    case 0x300D:
    case 0x300F:
    case 0x3011:
    case 0x3015:
    case 0xFF09:
    case 0xFF3D:
    case 0xFF5D:
    case 0xFF63: return true;
    default: return false;
    }
}

typedef enum ending {
    INSIDE,
    STOPPED, /* behind a full stop: the next character that does not close begins a sentence */
    LATIN_STOPPED, /* behind . ! ? */
    LATIN_BLANK,   /* … and a blank */
    LINE_ENDED
} ending;

static bool begins_sentence(ending before, uint32_t c)
{
    switch (before) {
    case LINE_ENDED: return true;
    case STOPPED: return !is_closing(c) && !is_full_stop(c) && !is_latin_stop(c);
    case LATIN_BLANK: return c != ' ';
    case INSIDE:
    case LATIN_STOPPED:
    default: return false;
    }
}

static ending after(ending before, uint32_t c)
{
    if (c == '\n') return LINE_ENDED;
    if (is_full_stop(c)) return STOPPED;
    if (is_latin_stop(c)) return before == STOPPED ? STOPPED : LATIN_STOPPED;
    if (is_closing(c) && before != LINE_ENDED && before != LATIN_BLANK) return before;
    if (c == ' ' && (before == LATIN_STOPPED || before == LATIN_BLANK)) return LATIN_BLANK;
    return INSIDE;
}

/* The range that is narrowed now: its first and last boundary so far. */
typedef struct narrowing {
    marked_list *list;
    size_t i, kept;
    uint32_t first, last;
    bool any;
} narrowing;

static void finish_range(narrowing *n)
{
    const marked old = n->list->p[n->i++];
    if (n->any && n->last > n->first)
        n->list->p[n->kept++] =
            (marked){n->first, n->last, old.source + (n->first - old.begin)};
    n->any = false;
}

static void meet_boundary(narrowing *n, uint32_t at)
{
    while (n->i < n->list->n && n->list->p[n->i].end < at)
        finish_range(n);
    if (n->i == n->list->n || at < n->list->p[n->i].begin) return;
    if (!n->any) n->first = at;
    n->any = true;
    n->last = at;
}

void keep_sentences(sm_span text, marked_list *list)
{
    narrowing n = {.list = list};
    ending before = LINE_ENDED;
    const char *p = text.p, *const end = text.p + text.n;
    while (p < end && n.i < list->n) {
        const uint32_t at = (uint32_t)(p - text.p);
        const uint32_t c = sm_utf8_next(&p, end);
        if (begins_sentence(before, c)) meet_boundary(&n, at);
        before = after(before, c);
    }
    meet_boundary(&n, (uint32_t)text.n);
    while (n.i < list->n)
        finish_range(&n);
    list->n = n.kept;
}
