/* What the files of the filter's page share: the account as it was read, words in two languages, drawing.
 * SPDX-License-Identifier: MIT */
#ifndef SM_REPORT_FILTER_VIEW_H
#define SM_REPORT_FILTER_VIEW_H

#include <seimai/filter_page.h>
#include <seimai/report.h>

/* ---- the account (filter_read.c) ------------------------------------------------------------------ */

typedef struct filter_bin {
    double edge, documents;
} filter_bin;

typedef struct filter_rule {
    const char *name, *about, *source;
    double min, max; /* infinite where there is none */
    bool min_open, max_open;
    double first, first_bytes, would, only, undefined;
    double median;
    filter_bin *bins; /* ascending */
    size_t n_bins;
    const sm_value *overlap, *samples;
} filter_rule;

typedef struct filter_view {
    const sm_value *account;
    filter_rule *rules;
    size_t n;
    double documents, bytes, kept, kept_bytes;
    bool measured; /* the values of all rules are known */
    sm_language language;
    sm_arena *arena;
    sm_page page;
    sm_buffer *out;
} filter_view;

int filter_read(filter_view *v, const sm_value *stats, sm_error *err) SM_MUST_USE;
/* How much of the values of a rule lies at or below a share q; NaN without values. */
double filter_quantile(const filter_rule *rule, double q);

/* ---- words (filter_words.c) ------------------------------------------------------------------------ */

/* A text by its key, in the page's language; the key itself where there is none. */
const char *filter_word(const filter_view *v, const char *key);
/* What a rule's value is: in Japanese where we have it, else as the library says it. */
const char *filter_about(const filter_view *v, const filter_rule *rule);

/* ---- drawing ----------------------------------------------------------------------------------------- */

extern const char *const filter_style[]; /* beyond page_style, up to a NULL */

/* <element class="…">text</element>; nothing for NULL. */
void filter_put(const filter_view *v, const char *element, const char *attributes,
                const char *text);
/* "≥ 0.05", "0.3 – 0.7": the values that pass. */
const char *filter_threshold(const filter_view *v, const filter_rule *rule);
const char *filter_number(const filter_view *v, double value);

void filter_histogram(const filter_view *v, const filter_rule *rule); /* filter_histogram.c */
void filter_overlap(const filter_view *v);                            /* filter_overlap.c */

#endif
