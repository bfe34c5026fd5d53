/* The page of a chain of tools, from their --stats files: what came in, what went, where, and why.
 * SPDX-License-Identifier: MIT */
#include "report_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct tally {
    double documents, bytes;
} tally;

typedef struct stage {
    sm_config config;
    const char *tool;
    tally in, kept, dropped, bad, out;
    double cpu, threads,
        rss; /* in a pipe all stages last alike: the CPU time tells them apart */
    bool complete;
} stage;

typedef struct chain {
    stage *stages;
    size_t n;
    sm_arena arena;
} chain;

/* ---- reading ------------------------------------------------------------------------------- */

static tally read_tally(const sm_value *v)
{
    const tally t = {value_number(v, "documents"), value_number(v, "bytes")};
    return (tally){isfinite(t.documents) ? t.documents : 0, isfinite(t.bytes) ? t.bytes : 0};
}

static tally sum_tallies(const sm_value *map)
{
    tally sum = {0, 0};
    for (size_t i = 0; map && i < map->n; i++) {
        const tally t = read_tally(&map->items[i]);
        sum.documents += t.documents;
        sum.bytes += t.bytes;
    }
    return sum;
}

static int read_stage(stage *s, const char *path, sm_error *err)
{
    SM_TRY(json_read(&s->config, path, err));
    const sm_value *root = &s->config.root, *run = sm_value_get(root, "run");
    const sm_value *tool = sm_value_get(root, "tool");
    if (!tool || tool->kind != SM_STRING || !sm_value_get(root, "in"))
        return sm_value_fail(root, err, "not what a tool writes with --stats");
    s->tool = tool->as.string.p;
    s->in = read_tally(sm_value_get(root, "in"));
    s->kept = read_tally(sm_value_get(root, "kept"));
    s->out = read_tally(sm_value_get(root, "out"));
    s->dropped = sum_tallies(sm_value_get(root, "dropped"));
    s->bad = sum_tallies(sm_value_get(root, "bad"));
    s->cpu = value_number(run, "cpu_seconds");
    s->threads = value_number(run, "threads");
    s->rss = value_number(run, "peak_rss");
    return sm_value_read_bool(sm_value_get(root, "complete"), "complete", &s->complete, err);
}

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : (double)NAN;
}

static const char *count(chain *c, double n)
{
    return sm_number_text(&c->arena, SM_AS_COUNT, n);
}

static const char *bytes(chain *c, double n)
{
    return sm_number_text(&c->arena, SM_AS_BYTES, n);
}

/* ---- what is wrong ------------------------------------------------------------------------- */

static void warn(sm_page *page, chain *c, const stage *s)
{
    const sm_value *errors = sm_value_get(&s->config.root, "errors");
    for (size_t i = 0; errors && i < errors->n; i++) {
        const sm_value *what = sm_value_get(&errors->items[i], "what");
        const char *text =
            what && what->kind == SM_STRING ? what->as.string.p : "a broken input";
        sm_page_warning(page, sm_arena_printf(&c->arena, "%s: %s", s->tool, text));
    }
    if (!s->complete && (!errors || errors->n == 0))
        sm_page_warning(page,
                        sm_arena_printf(&c->arena, "%s: the run is not complete", s->tool));
}

/* ---- facts --------------------------------------------------------------------------------- */

/* The last stage that hands documents on: those behind it make something else of them. */
static const stage *last_writer(const chain *c)
{
    const stage *last = &c->stages[0];
    for (size_t i = 0; i < c->n; i++) {
        if (c->stages[i].out.documents > 0) last = &c->stages[i];
    }
    return last;
}

static void show_facts(sm_page *page, chain *c)
{
    const stage *first = &c->stages[0], *last = last_writer(c), *busiest = first;
    double bad = 0;
    for (size_t i = 0; i < c->n; i++) {
        bad += c->stages[i].bad.documents;
        if (c->stages[i].cpu > busiest->cpu) busiest = &c->stages[i];
    }
    const double share = ratio(last->out.documents, first->in.documents);
    const sm_fact facts[] = {
        {"Documents in", count(c, first->in.documents), bytes(c, first->in.bytes)},
        {"Documents out", count(c, last->out.documents), bytes(c, last->out.bytes)},
        {"Kept", sm_number_text(&c->arena, SM_AS_SHARE, share), "of the documents"},
        {"Bad records", count(c, bad), NULL},
        {"Busiest stage", sm_number_text(&c->arena, SM_AS_SECONDS, busiest->cpu),
         busiest->tool},
    };
    sm_page_facts(page, facts, sizeof facts / sizeof facts[0]);
}

/* ---- the funnel ---------------------------------------------------------------------------- */

static void show_documents(sm_page *page, chain *c)
{
    static const char *const names[] = {"kept", "dropped", "bad"};
    sm_bar *bars = sm_arena_zalloc(&c->arena, c->n, sizeof *bars);
    for (size_t i = 0; i < c->n; i++) {
        const stage *s = &c->stages[i];
        double *parts = sm_arena_alloc(&c->arena, 3 * sizeof *parts);
        parts[0] = s->kept.documents;
        parts[1] = s->dropped.documents;
        parts[2] = s->bad.documents;
        const char *value = sm_arena_printf(&c->arena, "%s of %s", count(c, s->kept.documents),
                                            count(c, s->in.documents));
        bars[i] = (sm_bar){s->tool, parts, value};
    }
    const sm_bar_chart chart = {"Documents at each stage", names, 3, 0, bars, c->n, false};
    sm_page_bars(page, &chart);
}

static void show_bytes(sm_page *page, chain *c)
{
    sm_bar *bars = sm_arena_zalloc(&c->arena, c->n + 1, sizeof *bars);
    const stage *first = &c->stages[0];
    size_t n = 0;
    bars[n++] = (sm_bar){"input", &first->in.bytes, bytes(c, first->in.bytes)};
    for (size_t i = 0; i < c->n; i++) {
        const stage *s = &c->stages[i];
        if (s->out.documents > 0)
            bars[n++] = (sm_bar){s->tool, &s->out.bytes, bytes(c, s->out.bytes)};
    }
    const sm_bar_chart chart = {"Bytes behind each stage", NULL, 1, 0, bars, n, false};
    sm_page_bars(page, &chart);
}

static void show_table(sm_page *page, chain *c)
{
    static const char *const heads[] = {"stage",    "in",       "kept",    "dropped",
                                        "bad",      "out",      "MB in",   "MB out",
                                        "MB/CPU s", "CPU time", "threads", "memory"};
    enum { COLUMNS = sizeof heads / sizeof heads[0] };
    const char **cells = sm_arena_zalloc(&c->arena, c->n * COLUMNS, sizeof *cells);
    for (size_t i = 0; i < c->n; i++) {
        const stage *s = &c->stages[i];
        const bool sinks = s->kept.documents > 0 && !(s->out.documents > 0);
        const double speed = ratio(s->in.bytes / 1e6, s->cpu);
        const char *row[COLUMNS] = {
            s->tool,
            count(c, s->in.documents),
            count(c, s->kept.documents),
            count(c, s->dropped.documents),
            count(c, s->bad.documents),
            sinks ? "–" : count(c, s->out.documents),
            sm_arena_printf(&c->arena, "%.1f", s->in.bytes / 1e6),
            sinks ? "–" : sm_arena_printf(&c->arena, "%.1f", s->out.bytes / 1e6),
            isfinite(speed) ? sm_arena_printf(&c->arena, "%.1f", speed) : "–",
            sm_number_text(&c->arena, SM_AS_SECONDS, s->cpu),
            count(c, s->threads),
            bytes(c, s->rss),
        };
        memcpy(cells + i * COLUMNS, row, sizeof row);
    }
    const sm_table table = {"Stages", "lrrrrrrrrrrr", heads, cells, c->n, false};
    sm_page_table(page, &table);
}

/* ---- reasons ------------------------------------------------------------------------------- */

typedef struct reason {
    const char *name;
    double documents;
} reason;

static int by_size(const void *a, const void *b)
{
    const reason *x = a, *y = b;
    if (x->documents < y->documents || x->documents > y->documents)
        return x->documents < y->documents ? 1 : -1;
    return strcmp(x->name, y->name);
}

/* The commonest reasons of one map as bars, the rest of them as one. */
static void show_reasons(sm_page *page, chain *c, const stage *s, const char *key,
                         const char *title, size_t colour)
{
    enum { SHOWN = 12 };
    const sm_value *map = sm_value_get(&s->config.root, key);
    if (!map || map->kind != SM_MAP || map->n == 0) return;
    reason *reasons = sm_arena_alloc(&c->arena, map->n * sizeof *reasons);
    sm_bar *bars = sm_arena_alloc(&c->arena, (SHOWN + 1) * sizeof *bars);
    for (size_t i = 0; i < map->n; i++) {
        reasons[i] = (reason){map->keys[i].p, read_tally(&map->items[i]).documents};
    }
    qsort(reasons, map->n, sizeof *reasons, by_size);
    size_t n = 0;
    double *rest = sm_arena_zalloc(&c->arena, 1, sizeof *rest);
    for (size_t i = 0; i < map->n; i++) {
        if (i >= SHOWN) *rest += reasons[i].documents;
        if (i < SHOWN)
            bars[n++] = (sm_bar){reasons[i].name, &reasons[i].documents,
                                 count(c, reasons[i].documents)};
    }
    if (map->n > SHOWN) bars[n++] = (sm_bar){"others", rest, count(c, *rest)};
    title = sm_arena_printf(&c->arena, "%s %s", title, s->tool);
    sm_page_bars(page, &(sm_bar_chart){title, NULL, 1, colour, bars, n, true});
}

static void show_all_reasons(sm_page *page, chain *c)
{
    double gone = 0;
    for (size_t i = 0; i < c->n; i++) {
        gone += c->stages[i].dropped.documents + c->stages[i].bad.documents;
    }
    if (!(gone > 0)) return;
    sm_page_section(page, "What was left out, and why");
    for (size_t i = 0; i < c->n; i++) {
        show_reasons(page, c, &c->stages[i], "dropped", "Dropped by", 1);
        show_reasons(page, c, &c->stages[i], "bad", "Bad records at", 2);
    }
}

/* What each tool says about itself, under its name. */
static void show_own_figures(sm_page *page, chain *c)
{
    bool any = false;
    for (size_t i = 0; i < c->n; i++) {
        const stage *s = &c->stages[i];
        const sm_value *own = sm_value_get(&s->config.root, s->tool);
        if (!own || own->kind != SM_MAP || own->n == 0) continue;
        if (!any) sm_page_section(page, "The tools' own figures");
        any = true;
        value_table(page, s->tool, own, true);
    }
}

/* ---- the report ---------------------------------------------------------------------------- */

static void show(sm_page *page, chain *c)
{
    sm_page_section(page, "The pipeline");
    for (size_t i = 0; i < c->n; i++) {
        warn(page, c, &c->stages[i]);
    }
    show_facts(page, c);
    show_documents(page, c);
    show_bytes(page, c);
    show_table(page, c);
    show_all_reasons(page, c);
    show_own_figures(page, c);
}

int sm_report_pipeline(sm_page *page, const char *const *paths, size_t n, sm_error *err)
{
    chain c = {.stages = sm_calloc(n, sizeof *c.stages), .n = n};
    int status = SM_OK;
    for (size_t i = 0; i < n && status >= 0; i++) {
        status = read_stage(&c.stages[i], paths[i], err);
    }
    if (status >= 0 && n > 0) show(page, &c);
    for (size_t i = 0; i < n; i++) {
        sm_config_free(&c.stages[i].config);
    }
    sm_free(c.stages);
    sm_arena_free(&c.arena);
    return status;
}
