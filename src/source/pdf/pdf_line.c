/* Words of a line in order, and their text: see pdf_internal.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/script.h>

#include <stdlib.h>

#include "pdf_internal.h"

static int by_x(const void *a, const void *b)
{
    const pdf_word *v = a, *w = b;
    if (v->box.x0 != w->box.x0) return v->box.x0 > w->box.x0 ? 1 : -1;
    return (v->rank > w->rank) - (v->rank < w->rank);
}

static int by_y(const void *a, const void *b)
{
    const pdf_word *v = a, *w = b;
    if (v->box.y0 != w->box.y0) return v->box.y0 > w->box.y0 ? 1 : -1;
    return (v->rank > w->rank) - (v->rank < w->rank);
}

void pdf_sort(pdf_word *w, size_t n, bool down)
{
    qsort(w, n, sizeof *w, down ? by_x : by_y);
}

pdf_box pdf_bounds(const pdf_word *w, size_t n)
{
    pdf_box b = w[0].box;
    for (size_t i = 1; i < n; i++) {
        const pdf_box *o = &w[i].box;
        b = (pdf_box){o->x0 < b.x0 ? o->x0 : b.x0, o->y0 < b.y0 ? o->y0 : b.y0,
                      o->x1 > b.x1 ? o->x1 : b.x1, o->y1 > b.y1 ? o->y1 : b.y1};
    }
    return b;
}

/* Each word of a line shares half of its height, or of what the line has, with those before it. A bracket over several
 * lines does not draw them together. */
size_t pdf_line_length(double size, const pdf_word *w, size_t n)
{
    size_t k = 1;
    double top = w[0].box.y0, bottom = w[0].box.y1;
    for (; k < n; k++) {
        const double y0 = w[k].box.y0, y1 = w[k].box.y1, height = y1 - y0;
        const double shared = (y1 < bottom ? y1 : bottom) - (y0 > top ? y0 : top);
        const double least = height < bottom - top ? height : bottom - top;
        if (shared < 0.5 * least) break;
        if (y1 > bottom && height < 1.6 * size) bottom = y1;
    }
    return k;
}

/* ---- a line's text ----------------------------------------------------------------------------------- */

static bool is_wide(sm_span text, bool last)
{
    return sm_script_is_wide(last ? pdf_last(text) : pdf_first(text));
}

/* Is there a blank between two words of a line? Beside Japanese only a wide gap is one. */
static bool parted(const pdf_word *a, const pdf_word *b)
{
    const double height = a->box.y1 - a->box.y0, gap = b->box.x0 - a->box.x1;
    const bool wide = is_wide(a->text, true) || is_wide(b->text, false);
    return gap > height * (wide ? 0.6 : 0.1);
}

bool pdf_is_dot(sm_span text)
{
    return sm_span_equal(text, SM_SPAN(".")) || sm_span_equal(text, SM_SPAN("…")) ||
           sm_span_equal(text, SM_SPAN("・")) || sm_span_starts(text, SM_SPAN("....")) ||
           sm_span_starts(text, SM_SPAN("……"));
}

/* Dots that lead to a page's number: how many words of them. */
static size_t leader(const pdf_word *w, size_t n)
{
    size_t k = 0;
    while (k < n && pdf_is_dot(w[k].text))
        k++;
    return k >= 4 || (k && w[0].text.n > 6) ? k : 0;
}

static sm_span join(sm_arena *arena, const pdf_word *w, size_t n, bool *has_leader)
{
    size_t bytes = 1;
    for (size_t i = 0; i < n; i++)
        bytes += w[i].text.n + 1;
    char *to = sm_arena_alloc(arena, bytes), *const start = to;
    bool blank = false;
    for (size_t i = 0; i < n;) {
        const size_t dots = leader(w + i, n - i);
        if (dots) {
            *has_leader = blank = true;
            i += dots;
            continue;
        }
        if (to > start && (blank || parted(&w[i - 1], &w[i]))) *to++ = ' ';
        memcpy(to, w[i].text.p, w[i].text.n);
        to += w[i++].text.n;
        blank = false;
    }
    return (sm_span){start, (size_t)(to - start)};
}

double pdf_type_size(const pdf_word *w, size_t n)
{
    size_t longest = 0;
    for (size_t i = 1; i < n; i++)
        if (w[i].text.n > w[longest].text.n) longest = i;
    return w[longest].box.y1 - w[longest].box.y0;
}

pdf_line *pdf_add_line(pdf_lines *lines, sm_arena *arena, pdf_word *w, size_t n)
{
    pdf_sort(w, n, true);
    pdf_line line = {.box = pdf_bounds(w, n), .size = pdf_type_size(w, n), .top = w[0].top};
    line.text = join(arena, w, n, &line.leader);
    if (!line.text.n) return NULL;
    lines->of = sm_array_grow(lines->of, lines->n, &lines->cap, sizeof *lines->of);
    lines->of[lines->n] = line;
    return &lines->of[lines->n++];
}
