/* ng_apply.c - what is done about hits: nothing, 〓 in their place, or their lines cut.
 * SPDX-License-Identifier: MIT */
#include "ng_internal.h"

#include <seimai/utf8.h>

#include <string.h>

static const struct {
    const char *name;
    sm_ng_action action;
} actions_by_name[] = {
    {"tag", SM_NG_TAG}, {"mask", SM_NG_MASK}, {"drop-line", SM_NG_DROP_LINE}};

bool sm_ng_action_of(const char *name, sm_ng_action *action)
{
    for (size_t i = 0; i < sizeof actions_by_name / sizeof *actions_by_name; i++)
        if (strcmp(name, actions_by_name[i].name) == 0)
            return *action = actions_by_name[i].action, true;
    return false;
}

typedef struct writer {
    sm_span text;
    char *out;
    size_t n;    /* bytes written */
    size_t read; /* bytes of the text that are dealt with */
    sm_ng_edits edits;
} writer;

static void copy_to(writer *w, size_t to)
{
    if (to <= w->read) return;
    memcpy(w->out + w->n, w->text.p + w->read, to - w->read);
    w->n += to - w->read;
    w->read = to;
}

/* Hits of several lists may overlap: what is masked already stays so. */
static void mask(writer *w, size_t begin, size_t end)
{
    copy_to(w, begin);
    if (end <= w->read) return;
    const size_t letters = sm_utf8_count((sm_span){w->text.p + w->read, end - w->read});
    for (size_t i = 0; i < letters; i++, w->n += 3)
        memcpy(w->out + w->n, "〓", 3);
    w->edits.masked += letters;
    w->read = end;
}

static void drop_line(writer *w, size_t line, size_t end)
{
    const char *const lf = memchr(w->text.p + end, '\n', w->text.n - end);
    const size_t next = lf ? (size_t)(lf - w->text.p) + 1 : w->text.n;
    copy_to(w, line);
    w->edits.lines++;
    w->edits.bytes += next - line;
    w->read = next;
}

/* One line whose hits are [hits, last): it goes whole, or its hits are masked. */
static const sm_ng_hit *edit_line(writer *w, const sm_ng_hit *hits, const sm_ng_hit *last,
                                  const sm_ng_action *actions)
{
    size_t line = hits->begin;
    while (line > w->read && w->text.p[line - 1] != '\n')
        line--;
    const char *const lf = memchr(w->text.p + hits->begin, '\n', w->text.n - hits->begin);
    const size_t line_end = lf ? (size_t)(lf - w->text.p) : w->text.n;
    const sm_ng_hit *next = hits;
    const sm_ng_hit *dropped = NULL;
    for (; next < last && next->begin <= line_end; next++)
        if (actions[next->list] == SM_NG_DROP_LINE) dropped = next;
    if (dropped) return drop_line(w, line, line_end), next;
    for (; hits < next; hits++)
        if (actions[hits->list] == SM_NG_MASK) mask(w, hits->begin, hits->end);
    return next;
}

void sm_ng_apply(sm_span text, const sm_ng_hit *hits, size_t n, const sm_ng_action *actions,
                 sm_arena *arena, sm_span *out, sm_ng_edits *edits)
{
    *out = text;
    if (n == 0) return;
    const sm_ng_hit *const last = hits + n;
    size_t longer = 0; /* 〓 may be longer than what it hides */
    bool any = false;
    for (const sm_ng_hit *h = hits; h < last; h++) {
        any |= actions[h->list] != SM_NG_TAG;
        longer += 2 * (h->end - h->begin);
    }
    if (!any) return;
    writer w = {.text = text, .out = sm_arena_alloc(arena, text.n + longer)};
    while (hits < last)
        hits = edit_line(&w, hits, last, actions);
    copy_to(&w, text.n);
    *out = (sm_span){w.out, w.n};
    if (!edits) return;
    edits->masked += w.edits.masked;
    edits->lines += w.edits.lines;
    edits->bytes += w.edits.bytes;
}
