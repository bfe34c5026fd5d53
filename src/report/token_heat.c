/* Tables whose cells are shaded by their value.
 * SPDX-License-Identifier: MIT */
#include "token_internal.h"

#include <math.h>
#include <string.h>

void put_heading(const comparison *c, const char *title_key, const char *note_key)
{
    sm_buffer_puts(c->out, "<h3>");
    put_escaped(c->out, word(c->language, title_key));
    sm_buffer_puts(c->out, "</h3>\n");
    if (!note_key) return;
    sm_buffer_puts(c->out, "<p class=\"note\">");
    put_escaped(c->out, word(c->language, note_key));
    sm_buffer_puts(c->out, "</p>\n");
}

/* A cell as it is shown. */
static const char *cell_text(const comparison *c, const heat *h, double value)
{
    if (!isfinite(value)) return "–";
    if (!h->percent) return sm_arena_printf(c->arena, "%.2f", value);
    if (value > 0 && value < .0005) return "<0.1";
    return sm_arena_printf(c->arena, value == 0 || value >= .0995 ? "%.0f" : "%.1f",
                           100 * value);
}

typedef struct column {
    double low, high;
    const char *best; /* as it is shown; NULL where all show the same */
} column;

static column look_at_column(const comparison *c, const heat *h, size_t k)
{
    column col = {(double)NAN, (double)NAN, NULL};
    for (size_t i = 0; i < c->n; i++) {
        const double value = h->cells[i * h->columns + k];
        if (!isfinite(value)) continue;
        col.low = fmin(col.low, value); /* which passes over a NaN */
        col.high = fmax(col.high, value);
    }
    const bool differ = strcmp(cell_text(c, h, col.low), cell_text(c, h, col.high)) != 0;
    if (differ && h->best != NEITHER)
        col.best = cell_text(c, h, h->best == MORE ? col.high : col.low);
    if (h->low < h->high) col.low = h->low, col.high = h->high;
    return col;
}

static void put_cell(const comparison *c, const heat *h, size_t at, const column *col)
{
    const double value = h->cells[at];
    const double shade = fmin(fmax((value - col->low) / (col->high - col->low), 0), 1);
    const char *text = cell_text(c, h, value);
    sm_buffer_puts(c->out, "<td");
    if (isfinite(value)) sm_buffer_printf(c->out, " style=\"--v:%.2f\"", shade);
    if (col->best && strcmp(col->best, text) == 0) sm_buffer_puts(c->out, " class=\"best\"");
    if (h->hovers && h->hovers[at]) {
        sm_buffer_puts(c->out, " title=\"");
        put_escaped(c->out, h->hovers[at]);
        sm_buffer_puts(c->out, "\"");
    }
    sm_buffer_puts(c->out, ">");
    put_escaped(c->out, text);
    sm_buffer_puts(c->out, "</td>");
}

static void put_heads(const comparison *c, const heat *h)
{
    sm_buffer_puts(c->out, "<thead><tr><th class=\"l\">");
    put_escaped(c->out, word(c->language, "tokenizer"));
    sm_buffer_puts(c->out, "</th>");
    for (size_t k = 0; k < h->columns; k++) {
        const size_t name = strcspn(h->heads[k], "\n"); /* and what stands small below it */
        sm_buffer_puts(c->out, "<th>");
        sm_page_escape(c->out, (sm_span){h->heads[k], name});
        if (h->heads[k][name])
            sm_buffer_printf(c->out, "<small>%s</small>", h->heads[k] + name + 1);
        sm_buffer_puts(c->out, "</th>");
    }
    sm_buffer_puts(c->out, "</tr></thead>\n");
}

void draw_heat(const comparison *c, const heat *h)
{
    column *columns = sm_arena_alloc(c->arena, (h->columns + 1) * sizeof *columns);
    for (size_t k = 0; k < h->columns; k++)
        columns[k] = look_at_column(c, h, k);
    sm_buffer_puts(c->out, "<figure>\n");
    put_heading(c, h->title, h->note);
    sm_buffer_puts(c->out, h->alarming ? "<div class=\"scroll\"><table class=\"heat alarm\">\n"
                                       : "<div class=\"scroll\"><table class=\"heat\">\n");
    put_heads(c, h);
    sm_buffer_puts(c->out, "<tbody>\n");
    for (size_t i = 0; i < c->n; i++) {
        sm_buffer_puts(c->out, "<tr><th class=\"l\">");
        put_escaped(c->out, name_at(c, i));
        sm_buffer_puts(c->out, "</th>");
        for (size_t k = 0; k < h->columns; k++)
            put_cell(c, h, i * h->columns + k, &columns[k]);
        sm_buffer_puts(c->out, "</tr>\n");
    }
    sm_buffer_puts(c->out, "</tbody></table></div>\n</figure>\n");
}
