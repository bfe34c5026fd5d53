/* seimai/report.h - pages that explain a run: one self-contained HTML file with tables and charts.
 * SPDX-License-Identifier: MIT
 *
 * A page has no script and loads nothing: styles are inline, curves are inline SVG, bars are boxes. It follows
 * the reader's choice of light or dark, and is laid out for a screen of 1280 pixels and for one of 390 (a curve
 * is drawn twice, once for each, so that its letters keep their size).
 * Every text that a caller gives is escaped; none may bring markup in.
 *
 * Nouns
 *   section   a heading and what stands below it, in up to two columns
 *   figure    a chart with its title; `half` figures that follow each other fill two columns where there is room
 *   axis      a range with ticks at 1, 2, 2.5 or 5 times a power of ten
 *
 * The first part draws, and knows nothing of what it draws. The second part reads the files that the tools write
 * (--stats, metrics.jsonl, …) and draws those.
 * Errors: drawing functions have none; sm_page_close tells whether the buffer held everything.
 * Ownership: strings and numbers are borrowed for the call. Threads: a page belongs to one thread. */
#ifndef SEIMAI_REPORT_H
#define SEIMAI_REPORT_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- numbers ------------------------------------------------------------------------------- */

typedef enum sm_number {
    SM_AS_COUNT,   /* 1,234,567 */
    SM_AS_SHORT,   /* 1.23M: three digits and k, M, G, T */
    SM_AS_BYTES,   /* 1.23 MB: powers of 1000 */
    SM_AS_SHARE,   /* 12.3 %, of a number in [0, 1] */
    SM_AS_REAL,    /* 1.234: four digits */
    SM_AS_SECONDS, /* 12.3 s, 4 min 5 s, 2 h 3 min */
} sm_number;

/* sm_number_text formats into the arena; NaN and infinities become a dash. */
SM_API const char *sm_number_text(sm_arena *arena, sm_number as, double value);

typedef struct sm_axis {
    double low, high; /* what is shown */
    double first;     /* the first tick >= low */
    double step;
    size_t n; /* ticks */
} sm_axis;

/* sm_axis_make chooses about `ticks` (>= 2) ticks for the values min … max. With `widen` the range is extended to
 * whole steps, so that it begins and ends with a tick. An empty range is widened by itself. */
SM_API sm_axis sm_axis_make(double min, double max, size_t ticks, bool widen);
/* sm_axis_text writes tick i as short as its neighbours allow: "0.05", "20k", "3e-05". */
SM_API void sm_axis_text(const sm_axis *axis, size_t i, char text[24]);

/* ---- pages --------------------------------------------------------------------------------- */

typedef struct sm_page {
    sm_buffer *out;
    bool in_section, in_halves;
} sm_page;

/* sm_page_open begins the page; subtitle may be NULL. sm_page_close ends it: SM_ELIMIT if the
 * buffer's maximum was reached. */
SM_API sm_page sm_page_open(sm_buffer *out, const char *title, const char *subtitle);
SM_API int sm_page_close(sm_page *page, sm_error *err) SM_MUST_USE;

SM_API void sm_page_section(sm_page *page, const char *heading);
SM_API void sm_page_paragraph(sm_page *page, const char *text);
/* sm_page_warning is a paragraph that stands out. */
SM_API void sm_page_warning(sm_page *page, const char *text);

/* The numbers that a reader looks for first, in large letters. */
typedef struct sm_fact {
    const char *name, *value;
    const char *note; /* below the value; NULL for none */
} sm_fact;
SM_API void sm_page_facts(sm_page *page, const sm_fact *facts, size_t n);

/* A table: `align` has one letter a column: l(eft), r(ight, on one line), or w: right, in as many
 * lines as it needs. */
typedef struct sm_table {
    const char *title; /* NULL for none */
    const char *align;
    const char *const *heads; /* [columns]; NULL for none */
    const char *const *cells; /* [rows][columns]; NULL is an empty cell */
    size_t rows;
    bool half;
} sm_table;
SM_API void sm_page_table(sm_page *page, const sm_table *table);

/* Text samples: what a model made of a prompt. */
SM_API void sm_page_sample(sm_page *page, sm_span prompt, sm_span text);

/* sm_page_escape appends text with & < > " ' escaped and control characters (but TAB and LF) as U+FFFD. */
SM_API void sm_page_escape(sm_buffer *out, sm_span text);

/* ---- charts -------------------------------------------------------------------------------- */

typedef struct sm_series {
    const char *name;    /* written at the line's end */
    const double *x, *y; /* [n]; points with a NaN are left out */
    size_t n;
    bool faint; /* a thin line without a name, in the colour of the next series: raw values */
} sm_series;

/* Up to 12 points over a decade or more (30, 100, 300, 1,000 examples) stand on a logarithmic axis, a tick below each. */
typedef struct sm_line_chart {
    const char *title, *x_label;
    const sm_series *series; /* up to 12, each x ascending */
    size_t n_series;
    bool from_zero; /* the vertical axis begins at 0 */
    bool half;
} sm_line_chart;
SM_API void sm_page_lines(sm_page *page, const sm_line_chart *chart);

/* Horizontal bars, and bars of parts; the longest fills the width. */
typedef struct sm_bar {
    const char *label;
    const double *parts; /* [n_parts], >= 0 */
    const char *value;   /* written behind the bar */
} sm_bar;

typedef struct sm_bar_chart {
    const char *title;
    const char *const *part_names; /* legend; NULL with one part */
    size_t n_parts;                /* 1 … 6 */
    size_t colour;                 /* of the first part, 0 … 5 */
    const sm_bar *bars;
    size_t n_bars;
    bool half;
} sm_bar_chart;
SM_API void sm_page_bars(sm_page *page, const sm_bar_chart *chart);

/* ---- what the tools write ------------------------------------------------------------------ */

/* Each draws one or more sections from files; SM_ENOENT, SM_EIO, SM_EUSAGE with FILE:LINE. */

/* sm_report_pipeline: the --stats files of a chain of tools, in its order. */
SM_API int sm_report_pipeline(sm_page *page, const char *const *paths, size_t n,
                              sm_error *err) SM_MUST_USE;
/* sm_report_tokenizer: the JSON of `seimai tokenizer report`, whatever its fields. */
SM_API int sm_report_tokenizer(sm_page *page, const char *path, sm_error *err) SM_MUST_USE;
/* sm_report_run: the metrics.jsonl of a training run (a folder, or the file itself). */
SM_API int sm_report_run(sm_page *page, const char *path, sm_error *err) SM_MUST_USE;
/* sm_report_chart: a table of figures as curves, and as the table itself. The file has columns between TAB: a line
 * "# TITLE" if there is one, a line of names, then lines of numbers, x first and ascending; an empty field is no point.
 * At most 12 curves of 1,000 points. */
SM_API int sm_report_chart(sm_page *page, const char *path, sm_error *err) SM_MUST_USE;
/* sm_report_samples: documents of `generate` (the text is the prompt, metadata.generate.text what was made of
 * it); at most `most` are shown. */
SM_API int sm_report_samples(sm_page *page, const char *path, size_t most,
                             sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
