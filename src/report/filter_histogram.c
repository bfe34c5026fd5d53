/* The distribution of a value, with its threshold. See filter_view.h.
 * SPDX-License-Identifier: MIT
 *
 * The bins of an account are 3 % wide. Here they become columns: by value where the values span little, as shares do,
 * else by the logarithm. Heights are square roots, so that the few at the edge are seen beside the many in the middle. */
#include "filter_view.h"

#include <math.h>

enum { COLUMNS_MAX = 96, COLUMN_WIDTH = 6 };

typedef struct scale {
    double low, high; /* of what is shown, after the logarithm */
    bool logarithmic;
} scale;

typedef struct drawing {
    double width, height, left, right, top, bottom;
    scale x;
    size_t columns;
    double passed[COLUMNS_MAX], refused[COLUMNS_MAX];
} drawing;

/* ---- the scale ------------------------------------------------------------------------------------- */

static double on_scale(const scale *s, double value)
{
    if (!s->logarithmic) return (value - s->low) / (s->high - s->low);
    return value > 0 ? (log10(value) - s->low) / (s->high - s->low) : 0;
}

static double least_positive(const filter_rule *rule)
{
    for (size_t i = 0; i < rule->n_bins; i++)
        if (rule->bins[i].edge > 0) return rule->bins[i].edge;
    return 1;
}

/* Nearly all values, and the thresholds, with some room behind. */
static scale find_scale(const filter_rule *rule)
{
    const double room = 1.08, span = 30;
    double low = filter_quantile(rule, .002), high = filter_quantile(rule, .998);
    if (isfinite(rule->min)) low = fmin(low, rule->min), high = fmax(high, rule->min * room);
    if (isfinite(rule->max)) low = fmin(low, rule->max), high = fmax(high, rule->max * room);
    if (low >= 0 && high > span * fmax(low, 1) && high > 2) {
        const double least = fmax(low, least_positive(rule));
        return (scale){floor(log10(least) * 2) / 2, log10(high) + .02, true};
    }
    if (low > 0 && low < high / 2) low = 0;
    if (low == high) high = low + 1; /* all the same */
    return (scale){low, high + (high - low) * .01, false};
}

/* ---- columns ---------------------------------------------------------------------------------------- */

static bool passes(const filter_rule *rule, double value)
{
    const bool low = rule->min_open ? value > rule->min : value >= rule->min;
    return low && (rule->max_open ? value < rule->max : value <= rule->max);
}

/* A place on the scale, in columns. */
static double column_at(const drawing *d, double value)
{
    const double columns = (double)d->columns;
    return fmin(fmax(on_scale(&d->x, value) * columns, 0), columns - 1e-9);
}

/* A bin is as wide as the next edge tells (a 32nd of a power of two); zero and whole numbers are points. */
static double bin_end(const filter_bin *bin)
{
    int exponent = 0;
    const double edge = fabs(bin->edge);
    (void)frexp(edge, &exponent);
    const double width = ldexp(1. / 64, exponent);
    const bool is_point =
        edge == 0 || (edge >= 1 && width <= 1 && edge == floor(edge)); // NOLINT
    return is_point ? bin->edge : bin->edge + (bin->edge > 0 ? width : -width);
}

/* Spreads what is in a bin over the columns, as far as it covers each. */
static void fill(drawing *d, const filter_rule *rule, const filter_bin *bin)
{
    const double a = column_at(d, bin->edge), b = column_at(d, bin_end(bin));
    const double from = fmin(a, b), to = fmax(a, b);
    double *const columns = passes(rule, bin->edge) ? d->passed : d->refused;
    for (size_t i = (size_t)from; i <= (size_t)to; i++) {
        const double covered = fmin(to, (double)i + 1) - fmax(from, (double)i);
        columns[i] += bin->documents * (to > from ? covered / (to - from) : 1);
    }
}

static double tallest(const drawing *d)
{
    double top = 0;
    for (size_t i = 0; i < d->columns; i++)
        top = fmax(top, d->passed[i] + d->refused[i]);
    return top;
}

/* ---- drawing ----------------------------------------------------------------------------------------- */

static double place(const drawing *d, double value)
{
    const double share = fmin(fmax(on_scale(&d->x, value), 0), 1);
    return d->left + share * (d->right - d->left);
}

/* The columns of one colour: from `base` documents upwards, where base is NULL from the ground. */
static void put_columns(const filter_view *v, const drawing *d, const double *columns,
                        const double *base, const char *class_name)
{
    const double top = tallest(d), step = (d->right - d->left) / (double)d->columns;
    sm_buffer_printf(v->out, "<path class=\"%s\" d=\"", class_name);
    for (size_t i = 0; i < d->columns; i++) {
        if (!(columns[i] > 0)) continue;
        const double from = base ? base[i] : 0, height = d->bottom - d->top;
        const double low = d->bottom - height * sqrt(from / top);
        const double high = fmin(d->bottom - height * sqrt((from + columns[i]) / top), low - 1);
        const double x = d->left + (double)i * step;
        sm_buffer_printf(v->out, "M%.1f %.1fV%.1fH%.1fV%.1fZ", x, low, high, x + step - 1, low);
    }
    sm_buffer_puts(v->out, "\"/>\n");
}

static void put_text_at(const filter_view *v, double x, double y, const char *anchor,
                        const char *class_name, const char *text)
{
    sm_buffer_printf(v->out, "<text class=\"%s\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">",
                     class_name, anchor, x, y);
    sm_page_escape(v->out, sm_span_of(text));
    sm_buffer_puts(v->out, "</text>\n");
}

static void put_threshold(const filter_view *v, const drawing *d, double value)
{
    if (!isfinite(value)) return;
    const double x = place(d, value);
    const bool right = x > (d->left + d->right) / 2;
    sm_buffer_printf(v->out,
                     "<line class=\"cut\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>\n",
                     x, x, d->top - 12, d->bottom);
    put_text_at(v, right ? x - 5 : x + 5, d->top - 3, right ? "end" : "start", "cut",
                filter_number(v, value));
}

static void put_tick(const filter_view *v, const drawing *d, double value, const char *text)
{
    const double x = place(d, value), half = 4. * (double)sm_span_of(text).n;
    const char *const anchor = x - half < d->left    ? "start"
                               : x + half > d->right ? "end"
                                                     : "middle";
    sm_buffer_printf(v->out,
                     "<line class=\"axis\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>",
                     x, x, d->bottom, d->bottom + 4);
    put_text_at(v, x, d->bottom + 17, anchor, "", text);
}

/* 0.01, 100, 10k */
static const char *power_text(const filter_view *v, int exponent)
{
    static const char *const units[] = {"", "k", "M", "G", "T"};
    if (exponent < 0 || exponent > 14)
        return sm_arena_printf(v->arena, "%g", pow(10, exponent));
    return sm_arena_printf(v->arena, "%.0f%s", pow(10, exponent % 3), units[exponent / 3]);
}

static void put_axis(const filter_view *v, const drawing *d)
{
    sm_buffer_printf(v->out,
                     "<line class=\"axis\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>\n",
                     d->left, d->right, d->bottom, d->bottom);
    if (d->x.logarithmic) {
        const double step = d->x.high - d->x.low > 6 ? 2 : 1;
        for (double e = ceil(d->x.low); e <= d->x.high; e += step)
            put_tick(v, d, pow(10, e), power_text(v, (int)e));
        return;
    }
    const sm_axis axis = sm_axis_make(d->x.low, d->x.high, d->width > 400 ? 6 : 5, false);
    for (size_t i = 0; i < axis.n; i++) {
        char text[24];
        sm_axis_text(&axis, i, text);
        put_tick(v, d, axis.first + (double)i * axis.step, text);
    }
}

static void draw(const filter_view *v, const filter_rule *rule, const char *screen,
                 double width)
{
    drawing d = {.width = width, .height = 136, .left = 2, .right = width - 2, .top = 18};
    d.bottom = d.height - 24;
    d.columns = (size_t)((d.right - d.left) / COLUMN_WIDTH);
    if (d.columns > COLUMNS_MAX) d.columns = COLUMNS_MAX;
    d.x = find_scale(rule);
    for (size_t i = 0; i < rule->n_bins; i++)
        fill(&d, rule, &rule->bins[i]);
    sm_buffer_printf(v->out,
                     "<svg class=\"%s\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"",
                     screen, d.width, d.height);
    sm_page_escape(v->out, sm_span_of(rule->name));
    sm_buffer_puts(v->out, "\">\n");
    put_columns(v, &d, d.passed, NULL, "passed");
    put_columns(v, &d, d.refused, d.passed, "refused");
    put_axis(v, &d);
    put_threshold(v, &d, rule->min);
    put_threshold(v, &d, rule->max);
    sm_buffer_puts(v->out, "</svg>\n");
}

void filter_histogram(const filter_view *v, const filter_rule *rule)
{
    if (rule->n_bins == 0) return;
    draw(v, rule, "wide", 450);
    draw(v, rule, "narrow", 328);
}
