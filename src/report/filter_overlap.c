/* Which rules refuse the same documents. See filter_view.h.
 * SPDX-License-Identifier: MIT */
#include "filter_view.h"

#include <math.h>
#include <stdlib.h>

enum { SHOWN_MAX = 16 };

/* The rules that refuse most, in the order in which they are asked. */
static size_t choose(const filter_view *v, size_t chosen[SHOWN_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < v->n; i++) {
        if (!(v->rules[i].would > 0)) continue;
        if (n < SHOWN_MAX) {
            chosen[n++] = i;
            continue;
        }
        size_t least = 0;
        for (size_t k = 1; k < n; k++)
            if (v->rules[chosen[k]].would < v->rules[chosen[least]].would) least = k;
        if (v->rules[chosen[least]].would >= v->rules[i].would) continue;
        for (size_t k = least; k + 1 < n; k++)
            chosen[k] = chosen[k + 1];
        chosen[n - 1] = i;
    }
    return n;
}

/* Of what rule i refuses, the share that rule k refuses too. */
static double share_of(const filter_view *v, size_t i, size_t k)
{
    const sm_value *const row = v->rules[i].overlap;
    if (!row || row->kind != SM_LIST || k >= row->n || row->items[k].kind != SM_INT)
        return (double)NAN;
    return (double)row->items[k].as.integer / v->rules[i].would;
}

static void put_cell(const filter_view *v, size_t i, size_t k)
{
    const double share = share_of(v, i, k);
    if (i == k || !isfinite(share)) {
        sm_buffer_puts(v->out, "<td class=\"same\"></td>");
        return;
    }
    const char *text = share > 0 ? "&lt;1" : "";
    if (share >= .005) text = sm_arena_printf(v->arena, "%.0f", 100 * share);
    sm_buffer_printf(v->out, "<td style=\"--v:%.2f\">%s</td>", share, text);
}

static void put_heads(const filter_view *v, const size_t *chosen, size_t n)
{
    sm_buffer_puts(v->out, "<thead><tr><th class=\"l\"></th>");
    filter_put(v, "th", "", filter_word(v, "documents"));
    for (size_t k = 0; k < n; k++)
        filter_put(v, "th", " class=\"down\"", v->rules[chosen[k]].name);
    sm_buffer_puts(v->out, "</tr></thead>\n<tbody>\n");
}

void filter_overlap(const filter_view *v)
{
    size_t chosen[SHOWN_MAX];
    const size_t n = choose(v, chosen);
    sm_buffer_puts(v->out, "<figure>\n<div class=\"scroll\"><table class=\"overlap\">\n");
    put_heads(v, chosen, n);
    for (size_t i = 0; i < n; i++) {
        const filter_rule *const rule = &v->rules[chosen[i]];
        sm_buffer_puts(v->out, "<tr>");
        filter_put(v, "th", " class=\"l\"", rule->name);
        filter_put(v, "td", " class=\"n\"", sm_number_text(v->arena, SM_AS_COUNT, rule->would));
        for (size_t k = 0; k < n; k++)
            put_cell(v, chosen[i], chosen[k]);
        sm_buffer_puts(v->out, "</tr>\n");
    }
    sm_buffer_puts(v->out, "</tbody></table></div>\n</figure>\n");
}
