/* Bars: boxes whose widths are shares of the longest bar.
 * SPDX-License-Identifier: MIT */
#include "page_internal.h"

#include <seimai/report.h>

static double total(const sm_bar_chart *chart, const sm_bar *bar)
{
    double sum = 0;
    for (size_t p = 0; p < chart->n_parts; p++) {
        sum += bar->parts[p] > 0 ? bar->parts[p] : 0;
    }
    return sum;
}

static size_t colour(const sm_bar_chart *chart, size_t part)
{
    return (chart->colour + part) % 6 + 1;
}

static void put_legend(sm_page *page, const sm_bar_chart *chart)
{
    if (!chart->part_names) return;
    sm_buffer_puts(page->out, "<div class=\"legend\">");
    for (size_t p = 0; p < chart->n_parts; p++) {
        sm_buffer_printf(page->out, "<span><i class=\"k%zu\"></i>", colour(chart, p));
        sm_page_escape(page->out, sm_span_of(chart->part_names[p]));
        sm_buffer_puts(page->out, "</span>");
    }
    sm_buffer_puts(page->out, "</div>\n");
}

/* In a narrow page the label and the value share a line above the bar: the style sheet reorders them. */
static void put_bar(sm_page *page, const sm_bar_chart *chart, const sm_bar *bar, double longest)
{
    sm_buffer_puts(page->out, "<div><span>");
    sm_page_escape(page->out, sm_span_of(bar->label));
    sm_buffer_puts(page->out, "</span><b>");
    for (size_t p = 0; p < chart->n_parts; p++) {
        if (!(bar->parts[p] > 0)) continue;
        sm_buffer_printf(page->out, "<i class=\"k%zu\" style=\"width:%.3f%%\"></i>",
                         colour(chart, p), 100 * bar->parts[p] / longest);
    }
    sm_buffer_puts(page->out, "</b><em>");
    if (bar->value) sm_page_escape(page->out, sm_span_of(bar->value));
    sm_buffer_puts(page->out, "</em></div>\n");
}

void sm_page_bars(sm_page *page, const sm_bar_chart *chart)
{
    double longest = 0;
    for (size_t i = 0; i < chart->n_bars; i++) {
        const double length = total(chart, &chart->bars[i]);
        longest = length > longest ? length : longest;
    }
    page_figure(page, chart->half);
    sm_buffer_puts(page->out, "<figure>\n<h3>");
    sm_page_escape(page->out, sm_span_of(chart->title));
    sm_buffer_puts(page->out, "</h3>\n");
    put_legend(page, chart);
    sm_buffer_puts(page->out, "<div class=\"bars\">\n");
    for (size_t i = 0; i < chart->n_bars; i++) {
        put_bar(page, chart, &chart->bars[i], longest > 0 ? longest : 1);
    }
    sm_buffer_puts(page->out, "</div>\n</figure>\n");
}
