/* The account of a filter's run as a page. See seimai/filter_page.h.
 * SPDX-License-Identifier: MIT */
#include "filter_view.h"
#include "page_internal.h"
#include "report_internal.h"

#include <math.h>

/* ---- texts ------------------------------------------------------------------------------------------- */

void filter_put(const filter_view *v, const char *element, const char *attributes,
                const char *text)
{
    if (!text) return;
    sm_buffer_printf(v->out, "<%s%s>", element, attributes);
    sm_page_escape(v->out, sm_span_of(text));
    sm_buffer_printf(v->out, "</%s>\n", element);
}

const char *filter_number(const filter_view *v, double value)
{
    if (!isfinite(value)) return "–";
    if (fabs(value) >= 1e5) return sm_number_text(v->arena, SM_AS_SHORT, value);
    if (fabs(value) >= 1000) return sm_number_text(v->arena, SM_AS_COUNT, round(value));
    return sm_arena_printf(v->arena, "%.3g", value);
}

const char *filter_threshold(const filter_view *v, const filter_rule *rule)
{
    const char *const min = filter_number(v, rule->min), *const max =
                                                             filter_number(v, rule->max);
    if (isfinite(rule->min) && isfinite(rule->max))
        return sm_arena_printf(v->arena, "%s – %s", min, max);
    return isfinite(rule->min)
               ? sm_arena_printf(v->arena, "%s %s", rule->min_open ? ">" : "≥", min)
               : sm_arena_printf(v->arena, "%s %s", rule->max_open ? "<" : "≤", max);
}

static const char *count(const filter_view *v, double n)
{
    return sm_number_text(v->arena, SM_AS_COUNT, n);
}

static const char *percent(const filter_view *v, double part, double whole)
{
    const double share = whole > 0 ? part / whole : (double)NAN, least = .0005;
    if (share > 0 && share < least) return "< 0.1 %";
    return sm_number_text(v->arena, SM_AS_SHARE, share);
}

static void open_section(filter_view *v, const char *heading, const char *note)
{
    sm_page_section(&v->page, filter_word(v, heading));
    if (note) filter_put(v, "p", "", filter_word(v, note));
}

/* ---- the head of the page ------------------------------------------------------------------------------ */

static void draw_facts(filter_view *v)
{
    double single = 0, refusing = 0;
    for (size_t i = 0; i < v->n; i++) {
        single += v->rules[i].only;
        refusing += v->rules[i].first > 0;
    }
    const double dropped = v->documents - v->kept;
    const sm_fact facts[] = {
        {filter_word(v, "fact.in"), count(v, v->documents),
         sm_number_text(v->arena, SM_AS_BYTES, v->bytes)},
        {filter_word(v, "fact.kept"), percent(v, v->kept, v->documents), count(v, v->kept)},
        {filter_word(v, "fact.dropped"), count(v, dropped), percent(v, dropped, v->documents)},
        {filter_word(v, "fact.bytes"), percent(v, v->kept_bytes, v->bytes),
         sm_number_text(v->arena, SM_AS_BYTES, v->kept_bytes)},
        {filter_word(v, "fact.rules"), sm_arena_printf(v->arena, "%.0f / %zu", refusing, v->n),
         filter_word(v, "fact.rules-note")},
        {filter_word(v, "fact.single"), percent(v, single, dropped),
         filter_word(v, "fact.single-note")},
    };
    sm_page_facts(&v->page, facts, v->measured ? 6 : 5);
}

static const char *string_at(const sm_value *map, const char *key)
{
    const sm_value *const text = sm_value_get(map, key);
    return text && text->kind == SM_STRING ? text->as.string.p : NULL;
}

static void draw_warnings(filter_view *v)
{
    const sm_value *const list = sm_value_get(v->account, "warnings");
    for (size_t i = 0; list && list->kind == SM_LIST && i < list->n; i++) {
        const char *const kind = string_at(&list->items[i], "kind");
        const char *const rule = string_at(&list->items[i], "rule");
        const char *const other = string_at(&list->items[i], "other");
        const char *const share = percent(v, value_number(&list->items[i], "share"), 1);
        if (!kind || !rule) continue;
        const char *const what = filter_word(v, sm_arena_printf(v->arena, "warn.%s", kind));
        sm_page_warning(
            &v->page,
            other ? sm_arena_printf(v->arena, "%s · %s: %s (%s)", rule, other, what, share)
                  : sm_arena_printf(v->arena, "%s: %s (%s)", rule, what, share));
    }
}

/* ---- rules ------------------------------------------------------------------------------------------------ */

static void draw_bars(filter_view *v)
{
    const char *const names[] = {filter_word(v, "part.only"), filter_word(v, "part.first"),
                                 filter_word(v, "part.later")};
    sm_bar *const bars = sm_arena_alloc(v->arena, (v->n + 1) * sizeof *bars);
    size_t n = 0;
    for (size_t i = 0; i < v->n; i++) {
        const filter_rule *const rule = &v->rules[i];
        const double all = v->measured ? rule->would : rule->first;
        if (!(all > 0)) continue;
        double *const parts = sm_arena_alloc(v->arena, 3 * sizeof *parts);
        parts[0] = v->measured ? rule->only : rule->first;
        parts[1] = fmax(rule->first - rule->only, 0);
        parts[2] = fmax(rule->would - fmax(rule->first, rule->only), 0);
        bars[n++] = (sm_bar){
            rule->name, parts,
            sm_arena_printf(v->arena, "%s · %s", count(v, all), percent(v, all, v->documents))};
    }
    if (n == 0) return;
    const sm_bar_chart chart = {
        .title = filter_word(v, v->measured ? "chart.refused" : "part.removed"),
        .part_names = v->measured ? names : NULL,
        .n_parts = v->measured ? 3 : 1,
        .bars = bars,
        .n_bars = n};
    sm_page_bars(&v->page, &chart);
}

static void draw_table(filter_view *v)
{
    enum { COLUMNS = 9 };
    const char *const heads[COLUMNS] = {
        filter_word(v, "head.rule"),     filter_word(v, "head.passes"),
        filter_word(v, "head.first"),    filter_word(v, "head.share"),
        filter_word(v, "head.bytes"),    filter_word(v, "head.would"),
        filter_word(v, "head.only"),     filter_word(v, "head.median"),
        filter_word(v, "head.undefined")};
    const char **const cells = sm_arena_zalloc(v->arena, v->n * COLUMNS + 1, sizeof *cells);
    for (size_t i = 0; i < v->n; i++) {
        const filter_rule *const rule = &v->rules[i];
        const char **const row = cells + i * COLUMNS;
        row[0] = rule->name;
        row[1] = filter_threshold(v, rule);
        row[2] = count(v, rule->first);
        row[3] = percent(v, rule->first, v->documents);
        row[4] = sm_arena_printf(v->arena, "%.1f", rule->first_bytes / 1e6);
        row[5] = v->measured ? count(v, rule->would) : "–";
        row[6] = v->measured ? count(v, rule->only) : "–";
        row[7] = v->measured ? filter_number(v, rule->median) : "–";
        row[8] = v->measured ? count(v, rule->undefined) : "–";
    }
    sm_page_table(&v->page, &(sm_table){NULL, "lrrrrrrrr", heads, cells, v->n, false});
}

/* ---- values ------------------------------------------------------------------------------------------------ */

static void draw_value(filter_view *v, const filter_rule *rule)
{
    page_figure(&v->page, true);
    sm_buffer_puts(v->out, "<figure>\n<h3><code>");
    sm_page_escape(v->out, sm_span_of(rule->name));
    sm_buffer_printf(v->out, "</code><small>%s <b>%s</b> · %s <b>%s</b></small></h3>\n",
                     filter_word(v, "refused"), count(v, rule->would), filter_word(v, "alone"),
                     count(v, rule->only));
    filter_put(v, "p", " class=\"note\"", filter_about(v, rule));
    filter_histogram(v, rule);
    sm_buffer_puts(v->out, "</figure>\n");
}

static void draw_values(filter_view *v)
{
    open_section(v, "section.values", "note.values");
    for (size_t i = 0; i < v->n; i++)
        if (v->rules[i].n_bins > 0) draw_value(v, &v->rules[i]);
}

/* ---- rewriting ------------------------------------------------------------------------------------------------ */

static void draw_rewriting(filter_view *v)
{
    enum { COLUMNS = 4 };
    const sm_value *const steps = sm_value_get(v->account, "rewriting");
    if (!steps || steps->kind != SM_LIST || steps->n == 0) return;
    const char *const heads[COLUMNS] = {
        filter_word(v, "head.step"), filter_word(v, "head.texts"), filter_word(v, "head.lines"),
        filter_word(v, "head.cut")};
    const char **const cells = sm_arena_zalloc(v->arena, steps->n * COLUMNS, sizeof *cells);
    for (size_t i = 0; i < steps->n; i++) {
        const sm_value *const step = &steps->items[i];
        const char **const row = cells + i * COLUMNS;
        row[0] = string_at(step, "step");
        row[1] = count(v, value_number(step, "texts"));
        row[2] = count(v, value_number(step, "lines"));
        row[3] = count(v, value_number(step, "bytes"));
    }
    open_section(v, "section.rewriting", NULL);
    sm_page_table(&v->page, &(sm_table){NULL, "lrrr", heads, cells, steps->n, false});
}

/* ---- samples --------------------------------------------------------------------------------------------------- */

static void draw_sample(filter_view *v, const sm_value *sample)
{
    const char *const url = string_at(sample, "url"), *const id = string_at(sample, "id");
    sm_buffer_printf(v->out, "<p>%s <b>%s</b> · ", filter_word(v, "value"),
                     filter_number(v, value_number(sample, "value")));
    sm_page_escape(v->out, sm_span_of(url ? url : id ? id : ""));
    sm_buffer_puts(v->out, "</p>\n");
    filter_put(v, "blockquote", " lang=\"ja\"", string_at(sample, "text"));
}

static void draw_samples(filter_view *v)
{
    enum { OPEN = 3 }; /* so many rules show theirs without a click */
    size_t n = 0;
    for (size_t i = 0; i < v->n; i++) {
        const filter_rule *const rule = &v->rules[i];
        if (!rule->samples || rule->samples->kind != SM_LIST || rule->samples->n == 0) continue;
        if (n == 0) open_section(v, "section.samples", "note.samples");
        sm_buffer_printf(v->out, "<details%s><summary><code>",
                         n++ < OPEN ? " open=\"open\"" : "");
        sm_page_escape(v->out, sm_span_of(rule->name));
        sm_buffer_puts(v->out, "</code>");
        filter_put(v, "small", "",
                   sm_arena_printf(v->arena, "%s · %s", filter_threshold(v, rule),
                                   count(v, rule->first)));
        sm_buffer_puts(v->out, "</summary>\n");
        for (size_t k = 0; k < rule->samples->n; k++)
            draw_sample(v, &rule->samples->items[k]);
        sm_buffer_puts(v->out, "</details>\n");
    }
}

/* ---- the page ---------------------------------------------------------------------------------------------------- */

static void open_page(filter_view *v, const char *title)
{
    page_head(v->out, filter_word(v, "lang"), title, NULL, filter_style);
}

static void draw_all(filter_view *v)
{
    sm_buffer_puts(v->out, "<section>\n");
    v->page.in_section = true;
    draw_facts(v);
    draw_warnings(v);
    open_section(v, "section.rules", v->measured ? "note.rules" : NULL);
    draw_bars(v);
    draw_table(v);
    if (v->measured) {
        draw_values(v);
        open_section(v, "section.overlap", "note.overlap");
        filter_overlap(v);
    }
    draw_rewriting(v);
    draw_samples(v);
}

int sm_filter_page(const sm_value *stats, sm_language language, const char *title,
                   sm_buffer *out, sm_error *err)
{
    sm_arena arena = {0};
    filter_view v = {.language = language, .arena = &arena, .page = {.out = out}, .out = out};
    int status = filter_read(&v, stats, err);
    if (status == SM_OK) {
        open_page(&v, title ? title : filter_word(&v, "title"));
        draw_all(&v);
        status = sm_page_close(&v.page, err);
    }
    sm_arena_free(&arena);
    return status;
}
