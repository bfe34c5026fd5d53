/* The page of a training run, from its metrics.jsonl; and samples of what the model writes.
 * SPDX-License-Identifier: MIT */
#include "report_internal.h"

#include <seimai/file.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The columns of metrics.jsonl that are drawn; a value that a line lacks is a NaN. */
typedef enum metric {
    STEP,
    TOKENS,
    LOSS,
    LEARNING_RATE,
    GRAD_NORM,
    VAL_LOSS,
    VAL_BPB,
    TOK_S,
    GFLOPS,
    WALL,
    METRICS
} metric;

static const char *const keys[METRICS] = {"step",     "tokens",  "loss",  "lr",     "grad_norm",
                                          "val_loss", "val_bpb", "tok_s", "gflops", "wall"};

enum { WATCHED = 11 }; /* sets whose curves one chart can hold, beside the validation's */

/* A set that was scored along the way. */
typedef struct watched {
    const char *name; /* of the arena; says so where the values are nats a target */
    double *y;        /* [n]; NaN where it was not scored */
    size_t cap;
} watched;

typedef struct metrics {
    double *of[METRICS]; /* [n] each */
    size_t n, cap;
    double *smooth; /* [n] of the loss */
    watched watch[WATCHED];
    size_t n_watch;
    sm_arena arena;
} metrics;

/* The set of that name; a new one has no value in the lines so far. */
static watched *find_watched(metrics *m, sm_span name, bool bits)
{
    const char *const wanted =
        sm_arena_printf(&m->arena, "%.*s%s", (int)name.n, name.p, bits ? "" : " (nats)");
    for (size_t i = 0; i < m->n_watch; i++)
        if (strcmp(m->watch[i].name, wanted) == 0) return m->watch + i;
    if (m->n_watch == WATCHED) return NULL;
    watched *const w = m->watch + m->n_watch++;
    w->name = wanted;
    for (size_t i = 0; i <= m->n; i++) {
        w->y = sm_array_grow(w->y, i, &w->cap, sizeof *w->y);
        w->y[i] = (double)NAN;
    }
    return w;
}

/* The scores in a line, {NAME: {loss, bpb}}, which is line number m->n. */
static void add_watched(metrics *m, const sm_value *scores)
{
    for (size_t i = 0; i < m->n_watch; i++) {
        m->watch[i].y = sm_array_grow(m->watch[i].y, m->n, &m->watch[i].cap, sizeof(double));
        m->watch[i].y[m->n] = (double)NAN;
    }
    for (size_t i = 0; scores && scores->kind == SM_MAP && i < scores->n; i++) {
        const double bpb = value_number(&scores->items[i], "bpb");
        watched *const w = find_watched(m, scores->keys[i], isfinite(bpb));
        if (w) w->y[m->n] = isfinite(bpb) ? bpb : value_number(&scores->items[i], "loss");
    }
}

static int add_line(void *context, const sm_value *line)
{
    metrics *m = context;
    size_t cap = m->cap;
    for (size_t k = 0; k < METRICS; k++) {
        cap = m->cap;
        m->of[k] = sm_array_grow(m->of[k], m->n, &cap, sizeof *m->of[k]);
        m->of[k][m->n] = value_number(line, keys[k]);
    }
    m->cap = cap;
    add_watched(m, sm_value_get(line, "watch"));
    m->n++;
    return SM_OK;
}

/* A mean over a thirtieth of the run around each point; near the start, where the loss falls fast, over as much
 * as lies before the point, so that it is not pulled to one side. */
static void smooth_loss(metrics *m)
{
    const size_t reach = m->n / 60;
    m->smooth = sm_arena_alloc(&m->arena, m->n * sizeof *m->smooth);
    for (size_t i = 0; i < m->n; i++) {
        const size_t before = i < reach ? i : reach;
        const size_t after = i + before < m->n ? before : m->n - 1 - i;
        double sum = 0;
        size_t n = 0;
        for (size_t k = i - before; k <= i + after; k++) {
            if (!isfinite(m->of[LOSS][k])) continue;
            sum += m->of[LOSS][k];
            n++;
        }
        m->smooth[i] = n ? sum / (double)n : (double)NAN;
    }
}

static size_t points(const metrics *m, metric k)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++) {
        n += isfinite(m->of[k][i]) ? 1 : 0;
    }
    return n;
}

static double last(const metrics *m, metric k)
{
    for (size_t i = m->n; i-- > 0;) {
        if (isfinite(m->of[k][i])) return m->of[k][i];
    }
    return (double)NAN;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(metrics *m, metric k)
{
    double *sorted = sm_arena_alloc(&m->arena, (m->n + 1) * sizeof *sorted);
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++) {
        if (isfinite(m->of[k][i])) sorted[n++] = m->of[k][i];
    }
    qsort(sorted, n, sizeof *sorted, by_value);
    return n ? sorted[n / 2] : (double)NAN;
}

/* ---- drawing ------------------------------------------------------------------------------- */

/* The horizontal axis: tokens where they are known, else steps. */
static metric horizontal(const metrics *m)
{
    return points(m, TOKENS) > 0 ? TOKENS : STEP;
}

static void show_facts(sm_page *page, metrics *m)
{
    sm_arena *a = &m->arena;
    const struct {
        const char *name;
        sm_number as;
        double value;
        const char *note;
    } all[] = {
        {"Steps", SM_AS_COUNT, last(m, STEP), NULL},
        {"Tokens seen", SM_AS_SHORT, last(m, TOKENS), NULL},
        {"Training loss", SM_AS_REAL, m->smooth[m->n - 1], "nats a token, smoothed"},
        {"Validation loss", SM_AS_REAL, last(m, VAL_LOSS), "nats a token"},
        {"Bits per byte", SM_AS_REAL, last(m, VAL_BPB), "validation"},
        {"Tokens a second", SM_AS_SHORT, median(m, TOK_S), "median"},
        {"GFLOP/s", SM_AS_SHORT, median(m, GFLOPS), "median"},
        {"Time", SM_AS_SECONDS, last(m, WALL), NULL},
    };
    sm_fact facts[8];
    size_t n = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (!isfinite(all[i].value)) continue;
        facts[n++] =
            (sm_fact){all[i].name, sm_number_text(a, all[i].as, all[i].value), all[i].note};
    }
    sm_page_facts(page, facts, n);
}

static void show_loss(sm_page *page, const metrics *m)
{
    const metric x = horizontal(m);
    const sm_series series[] = {
        {"", m->of[x], m->of[LOSS], m->n, true},
        {"training", m->of[x], m->smooth, m->n, false},
        {"validation", m->of[x], m->of[VAL_LOSS], m->n, false},
    };
    sm_line_chart chart = {.title = "Loss, nats a token", .x_label = keys[x], .series = series};
    chart.n_series = points(m, VAL_LOSS) > 0 ? 3 : 2;
    sm_page_lines(page, &chart);
}

static void show_curve(sm_page *page, const metrics *m, metric k, const char *title,
                       bool from_zero)
{
    if (points(m, k) < 2) return;
    const metric x = horizontal(m);
    const sm_series series = {"", m->of[x], m->of[k], m->n, false};
    const sm_line_chart chart = {title, keys[x], &series, 1, from_zero, true};
    sm_page_lines(page, &chart);
}

/* First and last score of each watched set: what the model forgot, or learnt of it in passing. */
static void show_table(sm_page *page, metrics *m)
{
    static const char *const heads[] = {"Set", "Before", "At the end", "Change"};
    const char **const cells = sm_arena_alloc(&m->arena, 4 * WATCHED * sizeof *cells);
    for (size_t i = 0; i < m->n_watch; i++) {
        const double *const y = m->watch[i].y;
        double before = (double)NAN, after = (double)NAN;
        for (size_t k = 0; k < m->n; k++) {
            if (!isfinite(y[k])) continue;
            after = y[k];
            if (!isfinite(before)) before = after;
        }
        cells[4 * i] = m->watch[i].name;
        cells[4 * i + 1] = sm_number_text(&m->arena, SM_AS_REAL, before);
        cells[4 * i + 2] = sm_number_text(&m->arena, SM_AS_REAL, after);
        cells[4 * i + 3] =
            sm_arena_printf(&m->arena, "%+.2f %%", 100.0 * (after / before - 1.0));
    }
    sm_page_table(page, &(sm_table){.title = "Watched sets, bits per byte",
                                    .align = "lrrr",
                                    .heads = heads,
                                    .cells = cells,
                                    .rows = m->n_watch});
}

static void show_watched(sm_page *page, metrics *m)
{
    const metric x = horizontal(m);
    sm_series series[WATCHED + 1];
    size_t n = 0;
    if (m->n_watch == 0) return;
    for (size_t i = 0; i < m->n_watch; i++)
        series[n++] = (sm_series){m->watch[i].name, m->of[x], m->watch[i].y, m->n, false};
    if (points(m, VAL_BPB) > 0)
        series[n++] = (sm_series){"validation", m->of[x], m->of[VAL_BPB], m->n, false};
    sm_page_lines(page, &(sm_line_chart){.title = "Watched sets, bits per byte",
                                         .x_label = keys[x],
                                         .series = series,
                                         .n_series = n});
    show_table(page, m);
}

static void show(sm_page *page, metrics *m)
{
    sm_page_section(page, "Training");
    if (m->n == 0) {
        sm_page_paragraph(page, "No step has been recorded yet.");
        return;
    }
    smooth_loss(m);
    show_facts(page, m);
    show_loss(page, m);
    show_watched(page, m);
    show_curve(page, m, VAL_BPB, "Validation, bits per byte", false);
    show_curve(page, m, LEARNING_RATE, "Learning rate", true);
    show_curve(page, m, GRAD_NORM, "Gradient norm", true);
    show_curve(page, m, TOK_S, "Tokens a second", true);
}

/* ---- samples along the way -------------------------------------------------------------------- */

static sm_span string_of(const sm_value *map, const char *key)
{
    const sm_value *v = sm_value_get(map, key);
    return v && v->kind == SM_STRING ? v->as.string : (sm_span){"", 0};
}

/* samples.jsonl of a run: lines of step, prompt and text. Of many, as many as a reader may look at. */
typedef struct along {
    sm_page *page; /* NULL: they are counted only */
    size_t n, seen;
} along;

static int add_along(void *context, const sm_value *line)
{
    enum { MOST = 48 };
    along *const a = context;
    const size_t every = a->n / MOST + 1, left = a->n - a->seen - 1;
    const size_t number = a->seen++;
    char heading[64];
    if (!a->page || (number % every != 0 && left >= every)) return SM_OK;
    (void)snprintf(heading, sizeof heading, "After step %.0f", value_number(line, "step"));
    sm_page_paragraph(a->page, heading);
    sm_page_sample(a->page, string_of(line, "prompt"), string_of(line, "text"));
    return SM_OK;
}

static int show_along(sm_page *page, const char *path, sm_error *err)
{
    along a = {.page = NULL};
    SM_TRY(lines_read(path, add_along, &a, err));
    if (a.seen == 0) return SM_OK;
    sm_page_section(page, "Samples along the way");
    a = (along){.page = page, .n = a.seen};
    return lines_read(path, add_along, &a, err);
}

int sm_report_run(sm_page *page, const char *path, sm_error *err)
{
    metrics m = {.n = 0};
    const char *inside = sm_arena_printf(&m.arena, "%s/metrics.jsonl", path);
    const char *file = sm_file_exists(inside) ? inside : path;
    int status = lines_read(file, add_line, &m, err);
    if (status >= 0) show(page, &m);
    for (size_t k = 0; k < METRICS; k++) {
        sm_free(m.of[k]);
    }
    for (size_t i = 0; i < m.n_watch; i++)
        sm_free(m.watch[i].y);
    const char *const samples = sm_arena_printf(&m.arena, "%s/samples.jsonl", path);
    if (status >= 0 && sm_file_exists(samples)) status = show_along(page, samples, err);
    sm_arena_free(&m.arena);
    return status;
}

/* ---- samples ------------------------------------------------------------------------------- */

typedef struct samples {
    sm_page *page;
    size_t shown, most;
} samples;

/* A document that `generate` wrote: its text is the prompt, and what was made of it is in the metadata. */
static int add_sample(void *context, const sm_value *line)
{
    samples *s = context;
    const sm_value *made = sm_value_get(sm_value_get(line, "metadata"), "generate");
    const sm_span prompt = string_of(line, "text"), text = string_of(made, "text");
    if (s->shown >= s->most || prompt.n + text.n == 0) return SM_OK;
    if (s->shown++ == 0) sm_page_section(s->page, "Samples");
    sm_page_sample(s->page, prompt, text);
    return SM_OK;
}

int sm_report_samples(sm_page *page, const char *path, size_t most, sm_error *err)
{
    samples s = {.page = page, .most = most};
    return lines_read(path, add_sample, &s, err);
}
