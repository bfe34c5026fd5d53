/* Two charts of tokenizers: compression against words, and precision with recall. Each is drawn for a wide screen and
 * for a narrow one.
 * SPDX-License-Identifier: MIT */
#include "token_internal.h"

#include <math.h>
#include <string.h>

typedef struct frame {
    sm_buffer *out;
    double width, height, left, right, top, bottom;
    sm_axis x, y;
} frame;

double text_width_of(const char *text)
{
    double width = 0;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        width += *c < 0x80 ? 7.2 : *c >= 0xE0 ? 12 : *c >= 0xC0 ? 7 : 0;
    return width;
}

static double place_x(const frame *f, double x)
{
    return f->left + (x - f->x.low) / (f->x.high - f->x.low) * (f->right - f->left);
}

static double place_y(const frame *f, double y)
{
    return f->bottom - (y - f->y.low) / (f->y.high - f->y.low) * (f->bottom - f->top);
}

static void open_svg(const frame *f, const char *screen, const char *label)
{
    sm_buffer_printf(f->out,
                     "<svg class=\"%s\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"",
                     screen, f->width, f->height);
    put_escaped(f->out, label);
    sm_buffer_puts(f->out, "\">\n");
}

static void put_line(const frame *f, const char *class_name, double x1, double y1, double x2,
                     double y2)
{
    sm_buffer_printf(f->out,
                     "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
                     class_name, x1, y1, x2, y2);
}

static void put_text_at(const frame *f, const char *class_name, const char *anchor, double x,
                        double y, const char *text)
{
    sm_buffer_printf(f->out, "<text class=\"%s\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">",
                     class_name, anchor, x, y);
    put_escaped(f->out, text);
    sm_buffer_puts(f->out, "</text>\n");
}

static void draw_x_axis(const frame *f)
{
    for (size_t i = 0; i < f->x.n; i++) {
        char text[24];
        const double x = place_x(f, f->x.first + (double)i * f->x.step);
        sm_axis_text(&f->x, i, text);
        put_line(f, "grid", x, f->top, x, f->bottom);
        put_text_at(f, "", "middle", x, f->bottom + 18, text);
    }
}

static void draw_y_axis(const frame *f)
{
    for (size_t i = 0; i < f->y.n; i++) {
        char text[24];
        const double y = place_y(f, f->y.first + (double)i * f->y.step);
        sm_axis_text(&f->y, i, text);
        put_line(f, "grid", f->left, y, f->right, y);
        put_text_at(f, "", "end", f->left - 8, y + 4, text);
    }
}

/* ---- the frontier ---------------------------------------------------------------------------------- */

/* A name's box beside its point. */
typedef struct box {
    double x, y, width, height;
} box;

typedef struct point {
    double x, y; /* on the paper */
    const char *label;
    box name;
    bool best;       /* on the frontier */
    double range[4]; /* left, right, bottom, top of its intervals */
} point;

static double overlap(const box *a, const box *b)
{
    const double w = fmin(a->x + a->width, b->x + b->width) - fmax(a->x, b->x);
    const double h = fmin(a->y + a->height, b->y + b->height) - fmax(a->y, b->y);
    return w > 0 && h > 0 ? w * h : 0;
}

/* How much a box covers other points, earlier names, and what lies outside. */
static double badness(const frame *f, const point *points, size_t n, size_t i, const box *name)
{
    enum { RADIUS = 6 };
    double bad = 0;
    for (size_t k = 0; k < n; k++) {
        const box dot = {points[k].x - RADIUS, points[k].y - RADIUS, 2 * RADIUS, 2 * RADIUS};
        bad += overlap(name, &dot);
        if (k < i) bad += overlap(name, &points[k].name);
    }
    if (name->x < f->left || name->x + name->width > f->width) bad += 1e4;
    if (name->y < 0 || name->y + name->height > f->bottom) bad += 1e4;
    return bad;
}

/* The first of the places around a point that is free, else the least covered one. */
static void place_name(const frame *f, point *points, size_t n, size_t i)
{
    enum { HEIGHT = 15 };
    point *p = &points[i];
    const double w = text_width_of(p->label) + 2, least = 1e-6;
    double best = HUGE_VAL;
    for (int ring = 0; ring < 4 && best > least; ring++) {
        const double d = 8 + 9 * ring;
        const box tries[] = {{p->x + d, p->y - HEIGHT / 2., w, HEIGHT},
                             {p->x - d - w, p->y - HEIGHT / 2., w, HEIGHT},
                             {p->x - w / 2, p->y - d - HEIGHT + 2, w, HEIGHT},
                             {p->x - w / 2, p->y + d - 2, w, HEIGHT},
                             {p->x + d * .8, p->y - d * .8 - HEIGHT + 4, w, HEIGHT},
                             {p->x + d * .8, p->y + d * .8 - 4, w, HEIGHT},
                             {p->x - d * .8 - w, p->y - d * .8 - HEIGHT + 4, w, HEIGHT},
                             {p->x - d * .8 - w, p->y + d * .8 - 4, w, HEIGHT}};
        for (size_t t = 0; t < sizeof tries / sizeof *tries && best > least; t++) {
            const double bad = badness(f, points, n, i, &tries[t]);
            if (bad >= best) continue;
            best = bad;
            p->name = tries[t];
        }
    }
}

static double f1_of(const comparison *c, size_t row)
{
    return number_at(c->rows[row], "boundary_f1");
}

static double length_of(const comparison *c, size_t row)
{
    return number_at(c->rows[row], "chars_per_token");
}

static bool on_frontier(const comparison *c, size_t row)
{
    for (size_t i = 0; i < c->n; i++)
        if (f1_of(c, i) >= f1_of(c, row) && length_of(c, i) >= length_of(c, row) &&
            (f1_of(c, i) > f1_of(c, row) || length_of(c, i) > length_of(c, row)))
            return false;
    return true;
}

/* The ends of an interval; NaN without one. */
static void interval_at(const comparison *c, size_t row, const char *key, double ends[2])
{
    const sm_value *both = sm_value_get(sm_value_get(c->rows[row], "intervals"), key);
    for (size_t k = 0; k < 2; k++) {
        const bool known = both && both->n == 2 && both->items[k].kind == SM_REAL;
        ends[k] = known ? both->items[k].as.real : (double)NAN;
    }
}

static frame scatter_frame(const comparison *c, double width, double height)
{
    frame f = {.out = c->out,
               .width = width,
               .height = height,
               .left = 44,
               .right = width - 14,
               .top = 26,
               .bottom = height - 40};
    double low[2] = {HUGE_VAL, HUGE_VAL}, high[2] = {-HUGE_VAL, -HUGE_VAL};
    for (size_t i = 0; i < c->n; i++) {
        const char *const keys[2] = {"chars_per_token", "boundary_f1"};
        for (int k = 0; k < 2; k++) {
            const double value = number_at(c->rows[i], keys[k]);
            double ends[2];
            interval_at(c, i, keys[k], ends);
            low[k] = fmin(low[k], fmin(value, ends[0])); /* fmin passes over a NaN */
            high[k] = fmax(high[k], fmax(value, ends[1]));
        }
    }
    f.x = sm_axis_make(low[0], high[0], width > 500 ? 8 : 5, true);
    f.y = sm_axis_make(low[1], high[1], 6, true);
    return f;
}

static const char *label_of(const comparison *c, size_t row, bool wide)
{
    enum { NAMES_FIT = 5 };
    return wide || c->n <= NAMES_FIT ? name_at(c, row)
                                     : sm_arena_printf(c->arena, "%zu", row + 1);
}

static void find_ranges(const comparison *c, const frame *f, size_t row, point *p)
{
    double x[2], y[2];
    interval_at(c, row, "chars_per_token", x);
    interval_at(c, row, "boundary_f1", y);
    for (size_t k = 0; k < 2; k++) {
        p->range[k] = isfinite(x[k]) ? place_x(f, x[k]) : p->x;
        p->range[2 + k] = isfinite(y[k]) ? place_y(f, y[k]) : p->y;
    }
}

static size_t find_points(const comparison *c, const frame *f, bool wide, point *points)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (!isfinite(f1_of(c, i)) || !isfinite(length_of(c, i))) continue;
        point p = {.x = place_x(f, length_of(c, i)),
                   .y = place_y(f, f1_of(c, i)),
                   .label = label_of(c, i, wide),
                   .best = on_frontier(c, i)};
        find_ranges(c, f, i, &p);
        points[n++] = p;
    }
    for (size_t i = 0; i < n; i++)
        place_name(f, points, n, i);
    return n;
}

/* The rows come by falling length: the frontier is a line from right to left, and up. */
static void put_frontier(const frame *f, const point *points, size_t n)
{
    bool started = false;
    sm_buffer_puts(f->out, "<path class=\"frontier\" d=\"");
    for (size_t i = 0; i < n; i++) {
        if (!points[i].best) continue;
        sm_buffer_printf(f->out, "%c%.1f %.1f", started ? 'L' : 'M', points[i].x, points[i].y);
        started = true;
    }
    sm_buffer_puts(f->out, "\"/>\n");
}

static void draw_one_scatter(const comparison *c, const char *screen, double width,
                             double height)
{
    const frame f = scatter_frame(c, width, height);
    point *points = sm_arena_zalloc(c->arena, c->n, sizeof *points);
    const size_t n = find_points(c, &f, width > 500, points);
    open_svg(&f, screen, word(c->language, "section.frontier"));
    draw_x_axis(&f);
    draw_y_axis(&f);
    put_text_at(&f, "axis-name", "start", 0, 12, word(c->language, "boundary_f1"));
    put_text_at(&f, "axis-name", "end", f.right, f.height - 4,
                word(c->language, "chars_per_token"));
    put_frontier(&f, points, n);
    for (size_t i = 0; i < n; i++) {
        const point *p = &points[i];
        put_line(&f, "whisker", p->range[0], p->y, p->range[1], p->y);
        put_line(&f, "whisker", p->x, p->range[2], p->x, p->range[3]);
        sm_buffer_printf(f.out, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"/>",
                         p->best ? "f1" : "f6", p->x, p->y, p->best ? "5" : "4");
        put_text_at(&f, p->best ? "name best" : "name", "start", p->name.x + 1, p->name.y + 12,
                    p->label);
    }
    sm_buffer_puts(f.out, "</svg>\n");
}

void draw_scatter(const comparison *c)
{
    sm_buffer_puts(c->out, "<figure>\n");
    draw_one_scatter(c, "wide", 820, 420);
    draw_one_scatter(c, "narrow", 328, 330);
    sm_buffer_puts(c->out, "</figure>\n");
}

/* ---- precision and recall ----------------------------------------------------------------------------- */

static frame recall_frame(const comparison *c, double width, double row_height)
{
    frame f = {.out = c->out, .width = width, .left = 10, .right = width - 16, .top = 6};
    double low = 1, high = 0;
    for (size_t i = 0; i < c->n; i++) {
        const double p = number_at(c->rows[i], "boundary_precision");
        const double r = number_at(c->rows[i], "boundary_recall");
        if (isfinite(p)) low = fmin(low, p), high = fmax(high, p);
        if (isfinite(r)) low = fmin(low, r), high = fmax(high, r);
        f.left = fmax(f.left, text_width_of(name_at(c, i)) + 14);
    }
    f.left = fmin(f.left, .42 * width);
    f.bottom = f.top + row_height * (double)c->n;
    f.height = f.bottom + 26;
    f.x = sm_axis_make(low, high, width > 500 ? 8 : 4, true);
    return f;
}

static void put_dot(const frame *f, const char *class_name, double value, double y)
{
    if (!isfinite(value)) return;
    sm_buffer_printf(f->out,
                     "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"><title>%.3f"
                     "</title></circle>",
                     class_name, place_x(f, value), y, value);
}

/* As much of a name as fits. */
static const char *fitted(const comparison *c, const char *name, double width)
{
    if (text_width_of(name) <= width) return name;
    char *text = sm_arena_printf(c->arena, "%s", name);
    size_t n = strlen(text);
    while (n > 0 && text_width_of(text) + 12 > width) {
        do
            n--;
        while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80);
        text[n] = '\0';
    }
    return sm_arena_printf(c->arena, "%s…", text);
}

static void draw_one_recall(const comparison *c, const char *screen, double width)
{
    enum { ROW = 26 };
    const frame f = recall_frame(c, width, ROW);
    open_svg(&f, screen, word(c->language, "chart.recall"));
    draw_x_axis(&f);
    for (size_t i = 0; i < c->n; i++) {
        const double y = f.top + ROW * ((double)i + .5);
        const double p = number_at(c->rows[i], "boundary_precision");
        const double r = number_at(c->rows[i], "boundary_recall");
        put_text_at(&f, "row", "end", f.left - 12, y + 4,
                    fitted(c, name_at(c, i), f.left - 12));
        if (isfinite(p) && isfinite(r))
            put_line(&f, "span", place_x(&f, p), y, place_x(&f, r), y);
        put_dot(&f, "hollow", r, y);
        put_dot(&f, "f1", p, y);
    }
    sm_buffer_puts(f.out, "</svg>\n");
}

void draw_recall(const comparison *c)
{
    sm_buffer_puts(c->out, "<figure>\n");
    put_heading(c, "chart.recall", "note.recall");
    draw_one_recall(c, "wide", 820);
    draw_one_recall(c, "narrow", 328);
    sm_buffer_puts(c->out, "</figure>\n");
}
