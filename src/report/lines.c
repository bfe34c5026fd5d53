/* Curves: one inline SVG for a wide screen and one for a narrow one.
 * SPDX-License-Identifier: MIT */
#include "page_internal.h"

#include <seimai/report.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SERIES_MAX = 12, COLOURS = 6, NAME_HEIGHT = 15 };

/* A drawing area in SVG's units, which are pixels at the size the page is made for. */
typedef struct plot {
    sm_buffer *out;
    double width, height;
    double left, right, top, bottom; /* of the area inside the axes */
    sm_axis x, y;
    const sm_series *ticks; /* of a logarithmic x axis: a tick at each x; NULL: it is linear */
} plot;

/* A name at the end of its line. */
typedef struct line_name {
    double at; /* vertical place */
    size_t colour;
    const sm_series *series;
    double value;
} line_name;

static bool is_point(const sm_series *s, size_t i)
{
    return isfinite(s->x[i]) && isfinite(s->y[i]);
}

/* ---- ranges -------------------------------------------------------------------------------- */

typedef struct range {
    double min, max;
} range;

static void include(range *r, double value)
{
    if (value < r->min) r->min = value;
    if (value > r->max) r->max = value;
}

static void find_ranges(const sm_line_chart *chart, range *x, range *y)
{
    *x = *y = (range){HUGE_VAL, -HUGE_VAL};
    if (chart->from_zero) include(y, 0);
    for (size_t s = 0; s < chart->n_series; s++) {
        for (size_t i = 0; i < chart->series[s].n; i++) {
            if (!is_point(&chart->series[s], i)) continue;
            include(x, chart->series[s].x[i]);
            include(y, chart->series[s].y[i]);
        }
    }
}

/* ---- axes ---------------------------------------------------------------------------------- */

static double place_x(const plot *p, double x)
{
    const double share = p->ticks ? log(x / p->x.low) / log(p->x.high / p->x.low)
                                  : (x - p->x.low) / (p->x.high - p->x.low);
    return p->left + share * (p->right - p->left);
}

static double place_y(const plot *p, double y)
{
    return p->bottom - (y - p->y.low) / (p->y.high - p->y.low) * (p->bottom - p->top);
}

/* About how wide a text is, at 12 pixels: figures are 7 wide, kana and kanji 12. */
static double text_width(const char *text)
{
    double width = 0;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        width += *c < 0x80 ? 7 : *c >= 0xE0 ? 12 : *c >= 0xC0 ? 7 : 0;
    }
    return width;
}

static double widest_tick(const sm_axis *axis)
{
    double widest = 0;
    for (size_t i = 0; i < axis->n; i++) {
        char text[24];
        sm_axis_text(axis, i, text);
        widest = fmax(widest, text_width(text));
    }
    return widest;
}

static void draw_y_axis(const plot *p)
{
    for (size_t i = 0; i < p->y.n; i++) {
        char text[24];
        sm_axis_text(&p->y, i, text);
        const double y = place_y(p, p->y.first + (double)i * p->y.step);
        sm_buffer_printf(p->out,
                         "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>",
                         i == 0 ? "axis" : "grid", p->left, p->right, y, y);
        sm_buffer_printf(p->out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
                         p->left - 8, y + 4, text);
    }
}

/* A tick that would touch the label of the axis, which stands under its end, gives way. */
static void put_x_tick(const plot *p, const char *text, double value, double label_from)
{
    const double x = place_x(p, value);
    if (x + text_width(text) / 2 > label_from) return;
    sm_buffer_printf(p->out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
                     x, p->bottom + 20, text);
}

static void draw_x_axis(const plot *p, const char *label)
{
    const double label_from = p->width - text_width(label) - 12;
    char text[24];
    for (size_t i = 0; !p->ticks && i < p->x.n; i++) {
        sm_axis_text(&p->x, i, text);
        put_x_tick(p, text, p->x.first + (double)i * p->x.step, label_from);
    }
    for (size_t i = 0; p->ticks && i < p->ticks->n; i++) {
        (void)snprintf(text, sizeof text, "%g", p->ticks->x[i]);
        put_x_tick(p, text, p->ticks->x[i], label_from);
    }
    sm_buffer_printf(p->out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", p->width,
                     p->bottom + 20);
    sm_page_escape(p->out, sm_span_of(label));
    sm_buffer_puts(p->out, "</text>\n");
}

/* ---- lines --------------------------------------------------------------------------------- */

/* Of the points that fall into one column of pixels only the lowest and the highest are drawn, in their
 * order: the picture is the same, and the file stays small. */
typedef struct column {
    size_t n, low, high;
} column;

static void put_point(const plot *p, const sm_series *s, size_t i, bool *started)
{
    sm_buffer_printf(p->out, "%c%.1f %.1f", *started ? 'L' : 'M', place_x(p, s->x[i]),
                     place_y(p, s->y[i]));
    *started = true;
}

static void put_column(const plot *p, const sm_series *s, const column *c, bool *started)
{
    if (c->n == 0) return;
    put_point(p, s, c->low < c->high ? c->low : c->high, started);
    if (c->low != c->high) put_point(p, s, c->low < c->high ? c->high : c->low, started);
}

static void draw_line(const plot *p, const sm_series *s, size_t colour)
{
    column now = {0};
    double pixel = -1;
    bool started = false;
    sm_buffer_printf(p->out, "<path class=\"s%zu%s\" d=\"", colour, s->faint ? " faint" : "");
    for (size_t i = 0; i < s->n; i++) {
        if (!is_point(s, i)) continue;
        const double at = floor(place_x(p, s->x[i]));
        if (at != pixel) { // NOLINT: whole numbers
            put_column(p, s, &now, &started);
            now = (column){0, i, i};
            pixel = at;
        }
        now.n++;
        if (s->y[i] < s->y[now.low]) now.low = i;
        if (s->y[i] > s->y[now.high]) now.high = i;
    }
    put_column(p, s, &now, &started);
    sm_buffer_puts(p->out, "\"/>\n");
}

/* A line of few points shows them. */
static void draw_dots(const plot *p, const sm_series *s, size_t colour)
{
    enum { FEW = 30 };
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        n += is_point(s, i);
    }
    for (size_t i = 0; i < s->n && n <= FEW && !s->faint; i++) {
        if (!is_point(s, i)) continue;
        sm_buffer_printf(p->out, "<circle class=\"f%zu\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>",
                         colour, place_x(p, s->x[i]), place_y(p, s->y[i]));
    }
}

/* ---- names --------------------------------------------------------------------------------- */

static const char *name_text(sm_arena *arena, const line_name *name)
{
    const char *value =
        sm_number_text(arena, fabs(name->value) < 1e4 ? SM_AS_REAL : SM_AS_SHORT, name->value);
    return sm_arena_printf(arena, "%s%s%s", name->series->name, *name->series->name ? " " : "",
                           value);
}

/* The last points of all named lines, from the top down. */
static size_t find_names(const plot *p, const sm_line_chart *chart, line_name *names)
{
    size_t n = 0, colour = 1;
    for (size_t s = 0; s < chart->n_series && s < SERIES_MAX; s++) {
        const sm_series *series = &chart->series[s];
        size_t last = series->n;
        while (last > 0 && !is_point(series, last - 1)) {
            last--;
        }
        if (series->faint) continue;
        if (last > 0) {
            const double value = series->y[last - 1];
            line_name name = {place_y(p, value), colour, series, value};
            size_t at = n++;
            for (; at > 0 && names[at - 1].at > name.at; at--) {
                names[at] = names[at - 1];
            }
            names[at] = name;
        }
        colour = colour % COLOURS + 1;
    }
    return n;
}

/* Names that would overlap move apart: down from the first, then up from the lower edge. */
static void spread_names(const plot *p, line_name *names, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        names[i].at = fmax(names[i].at, names[i - 1].at + NAME_HEIGHT);
    }
    double lowest = p->bottom - 2;
    for (size_t i = n; i-- > 0; lowest = names[i].at - NAME_HEIGHT) {
        names[i].at = fmin(names[i].at, lowest);
    }
}

static void draw_names(const plot *p, line_name *names, size_t n, sm_arena *arena)
{
    spread_names(p, names, n);
    for (size_t i = 0; i < n; i++) {
        sm_buffer_printf(p->out, "<text class=\"name f%zu\" x=\"%.1f\" y=\"%.1f\">",
                         names[i].colour, p->right + 8, names[i].at + 4);
        sm_page_escape(p->out, sm_span_of(name_text(arena, &names[i])));
        sm_buffer_puts(p->out, "</text>\n");
    }
}

/* ---- a drawing ----------------------------------------------------------------------------- */

/* A few points over a decade or more, as those of the first series. */
static bool is_logarithmic(const sm_line_chart *chart)
{
    enum { FEW = 12 };
    if (chart->n_series == 0 || chart->series->n == 0 || chart->series->n > FEW) return false;
    const double *const x = chart->series->x;
    return x[0] > 0 && x[chart->series->n - 1] >= 10 * x[0];
}

static plot lay_out(sm_buffer *out, const sm_line_chart *chart, double width, double height,
                    sm_arena *arena)
{
    range x, y;
    line_name names[SERIES_MAX];
    find_ranges(chart, &x, &y);
    plot p = {.out = out, .width = width, .height = height, .top = 10, .bottom = height - 28};
    p.y = sm_axis_make(y.min, y.max, height > 260 ? 6 : 5, true);
    p.left = widest_tick(&p.y) + 10;
    double room = 8;
    const size_t n = find_names(&p, chart, names);
    for (size_t i = 0; i < n; i++) {
        room = fmax(room, text_width(name_text(arena, &names[i])) + 12);
    }
    p.right = width - room;
    if (is_logarithmic(chart)) {
        p.ticks = chart->series;
        p.x = (sm_axis){.low = x.min, .high = x.max};
        return p;
    }
    if (x.min > 0 && x.min < x.max / 10) x.min = 0; /* a run that begins at its first step */
    p.x = sm_axis_make(x.min, x.max, p.right - p.left > 500 ? 9 : 5, false);
    return p;
}

static void draw(sm_page *page, const sm_line_chart *chart, const char *screen, double width,
                 double height)
{
    sm_arena arena = {0};
    line_name names[SERIES_MAX];
    const plot p = lay_out(page->out, chart, width, height, &arena);
    sm_buffer_printf(page->out,
                     "<svg class=\"%s\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"",
                     screen, width, height);
    sm_page_escape(page->out, sm_span_of(chart->title));
    sm_buffer_puts(page->out, "\">\n");
    draw_y_axis(&p);
    draw_x_axis(&p, chart->x_label);
    size_t colour = 1;
    for (size_t s = 0; s < chart->n_series && s < SERIES_MAX; s++) {
        draw_line(&p, &chart->series[s], colour);
        draw_dots(&p, &chart->series[s], colour);
        if (!chart->series[s].faint) colour = colour % COLOURS + 1;
    }
    const size_t n = find_names(&p, chart, names);
    draw_names(&p, names, n, &arena);
    sm_buffer_puts(page->out, "</svg>\n");
    sm_arena_free(&arena);
}

void sm_page_lines(sm_page *page, const sm_line_chart *chart)
{
    page_figure(page, chart->half);
    sm_buffer_puts(page->out, "<figure>\n<h3>");
    sm_page_escape(page->out, sm_span_of(chart->title));
    sm_buffer_puts(page->out, "</h3>\n");
    draw(page, chart, "wide", chart->half ? 450 : 962, chart->half ? 230 : 320);
    draw(page, chart, "narrow", 328, 230);
    sm_buffer_puts(page->out, "</figure>\n");
}
