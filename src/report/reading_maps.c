/* Maps of attention: small ones side by side, each large where it is clicked.
 * SPDX-License-Identifier: MIT
 *
 * A map is drawn once, as a symbol of n × n cells, and used twice. Its shares are cut into a few levels, a path each;
 * those below the first level are left out, which is most of them. */
#include "reading_internal.h"

#include <string.h>

enum { LEVELS = 8, CELL = 18 };

static const float *map_of(const sm_model_reading *r, size_t layer, size_t head)
{
    return r->attention + (layer * r->heads + head) * r->n * r->n;
}

/* Level 0 is not drawn; the root spreads the small shares, of which there are many. */
static unsigned level_of(float share)
{
    static const float from[LEVELS] = {.02F, .05F, .1F, .18F, .28F, .42F, .6F, .8F};
    unsigned level = 0;
    while (level < LEVELS && share >= from[level])
        level++;
    return level;
}

/* The cells of a level, runs of them as one rectangle each. */
static void put_level(reading_view *v, const float *map, unsigned level)
{
    const size_t n = v->r->n;
    sm_buffer_printf(v->out, "<path class=\"a%u\" d=\"", level);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0, run; j <= i; j += run) {
            for (run = 1; level_of(map[i * n + j]) == level && j + run <= i &&
                          level_of(map[i * n + j + run]) == level;)
                run++;
            if (level_of(map[i * n + j]) == level)
                sm_buffer_printf(v->out, "M%zu %zuh%zuv1h-%zuz", j, i, run, run);
        }
    sm_buffer_puts(v->out, "\"/>");
}

static void put_symbol(reading_view *v, size_t layer, size_t head)
{
    sm_buffer_printf(v->out, "<symbol id=\"m%zu-%zu\" viewBox=\"0 0 %zu %zu\">", layer, head,
                     v->r->n, v->r->n);
    for (unsigned level = 1; level <= LEVELS; level++)
        put_level(v, map_of(v->r, layer, head), level);
    sm_buffer_puts(v->out, "</symbol>\n");
}

/* ---- what a head does mostly -------------------------------------------------------------------------- */

typedef struct habit {
    double itself, before,
        first; /* mean shares; `before` of places that have one apart from the first */
} habit;

static habit habit_of(const sm_model_reading *r, const float *map)
{
    habit h = {0};
    for (size_t i = 2; i < r->n; i++) { /* places 0 and 1 have hardly a choice */
        h.itself += (double)map[i * r->n + i];
        h.before += (double)map[i * r->n + i - 1];
        h.first += (double)map[i * r->n];
    }
    const double n = r->n > 2 ? (double)(r->n - 2) : 1.0;
    return (habit){h.itself / n, h.before / n, h.first / n};
}

static void put_caption(reading_view *v, size_t layer, size_t head)
{
    const habit h = habit_of(v->r, map_of(v->r, layer, head));
    const char *name = NULL;
    double share = .5;
    if (h.itself >= share) name = say(v, "itself", "自分"), share = h.itself;
    if (h.before >= share) name = say(v, "one before", "直前"), share = h.before;
    if (h.first >= share) name = say(v, "the first", "先頭"), share = h.first;
    sm_buffer_printf(v->out, "<small>%zu.%zu", layer, head);
    if (name) sm_buffer_printf(v->out, " %s %.0f&thinsp;%%", name, 100 * share);
    sm_buffer_puts(v->out, "</small>");
}

/* ---- small and large ------------------------------------------------------------------------------------- */

static void put_small(reading_view *v, size_t layer, size_t head)
{
    sm_buffer_printf(
        v->out,
        "<a href=\"#l%zu-%zu\"><svg viewBox=\"0 0 100 100\"><use href=\"#m%zu-%zu\" "
        "width=\"100\" height=\"100\"/></svg>",
        layer, head, layer, head);
    put_caption(v, layer, head);
    sm_buffer_puts(v->out, "</a>\n");
}

/* A map with its tokens: queries down the left, keys along the diagonal's upper edge. */
static void put_large(reading_view *v, size_t layer, size_t head)
{
    enum { MARGIN = 110 };
    const size_t n = v->r->n, side = n * CELL;
    sm_buffer_printf(v->out, "<figure class=\"large\" id=\"l%zu-%zu\"><h3>%s %zu.%zu", layer,
                     head, say(v, "Head", "ヘッド"), layer, head);
    sm_buffer_printf(v->out,
                     "</h3><div class=\"scroll\"><svg style=\"width:%zupx\" viewBox=\"0 0 %zu "
                     "%zu\" lang=\"ja\"><use href=\"#m%zu-%zu\" x=\"%d\" width=\"%zu\" "
                     "height=\"%zu\"/>\n",
                     side + 2 * MARGIN, side + 2 * MARGIN, side, layer, head, MARGIN, side,
                     side);
    v->in_svg = true;
    for (size_t i = 0; i < n; i++) {
        sm_buffer_printf(v->out, "<text x=\"%d\" y=\"%zu\" text-anchor=\"end\">", MARGIN - 6,
                         i * CELL + 13);
        put_place(v, i);
        sm_buffer_printf(v->out, "</text><text x=\"%zu\" y=\"%zu\">",
                         MARGIN + (i + 1) * CELL + 4, i * CELL + 13);
        put_place(v, i);
        sm_buffer_puts(v->out, "</text>\n");
    }
    v->in_svg = false;
    sm_buffer_puts(v->out, "</svg></div></figure>\n");
}

/* Calls `put` for each map. */
static void each_map(reading_view *v, void (*put)(reading_view *v, size_t layer, size_t head))
{
    for (size_t layer = 0; layer < v->r->layers; layer++)
        for (size_t head = 0; head < v->r->heads; head++)
            put(v, layer, head);
}

void draw_attention(reading_view *v)
{
    const sm_model_reading *const r = v->r;
    sm_page_section(&v->page, say(v, "Where the heads look", "ヘッドが見ている場所"));
    if (r->n > SM_READING_MAPS) {
        sm_page_paragraph(&v->page, say(v, "The text is too long for maps of attention.",
                                        "文が長いため、注意の図は省きました。"));
        return;
    }
    sm_page_paragraph(
        &v->page,
        say(v,
            "A map for each layer and head: the row is the token that looks, the column the "
            "token that it looks at; the stronger the colour, the larger its share. A name "
            "below a map "
            "tells where most of it goes. Click a map to see it large, with the tokens.",
            "層とヘッドごとの図です。行が見る側、列が見られる側のトークンで、濃いほど割合が大き"
            "く"
            "なります。下の語は主に見ている先です。図を押すと、トークンつきで大きく表示します"
            "。"));
    sm_buffer_puts(v->out, "<svg class=\"none\">\n");
    each_map(v, put_symbol);
    sm_buffer_puts(v->out, "</svg>\n");
    each_map(v, put_large);
    sm_buffer_printf(v->out, "<div class=\"maps\" style=\"--heads:%zu\">\n", r->heads);
    each_map(v, put_small);
    sm_buffer_puts(v->out, "</div>\n");
}
