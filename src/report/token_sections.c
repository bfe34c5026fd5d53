/* The sections of the tokenizers' page that are shaded tables: words, rare characters, domains, vocabularies.
 * SPDX-License-Identifier: MIT */
#include "report_internal.h"
#include "token_internal.h"

#include <math.h>
#include <string.h>

/* ---- shaded tables ------------------------------------------------------------------------------------- */

/* Fills a shaded table: a column for each of the keys that some tokenizer has. */
static heat make_heat(const comparison *c, const char *const *keys, size_t n,
                      double (*cell)(const comparison *c, size_t row, const char *key))
{
    const char **heads = sm_arena_alloc(c->arena, (n + 1) * sizeof *heads);
    double *cells = sm_arena_alloc(c->arena, (n + 1) * c->n * sizeof *cells);
    size_t columns = 0;
    bool *known = sm_arena_zalloc(c->arena, n + 1, sizeof *known);
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < c->n; i++)
            known[k] |= isfinite(cell(c, i, keys[k]));
        if (known[k]) heads[columns++] = word(c->language, keys[k]);
    }
    for (size_t k = 0, column = 0; k < n; k++) {
        if (!known[k]) continue;
        for (size_t i = 0; i < c->n; i++)
            cells[i * columns + column] = cell(c, i, keys[k]);
        column++;
    }
    return (heat){.heads = heads, .cells = cells, .columns = columns, .low = 0, .high = 1};
}

/* What a cell says under the pointer: precision and recall. */
static const char *hover_of(const comparison *c, const sm_value *map)
{
    if (!map) return NULL;
    return sm_arena_printf(c->arena, "%s %.3f, %s %.3f, %s %s", word(c->language, "precision"),
                           value_number(map, "precision"), word(c->language, "recall"),
                           value_number(map, "recall"),
                           sm_number_text(c->arena, SM_AS_COUNT, value_number(map, "edges")),
                           word(c->language, "edges"));
}

/* In the order of make_heat's cells: all tokenizers read the same text, and have the same keys. */
static const char **hovers(const comparison *c, const char *group, const char *const *keys,
                           size_t n, size_t columns)
{
    const char **texts = sm_arena_zalloc(c->arena, columns * c->n + 1, sizeof *texts);
    for (size_t k = 0, column = 0; k < n && column < columns; k++) {
        bool known = false;
        for (size_t i = 0; i < c->n; i++) {
            const sm_value *map = sm_value_get(sm_value_get(c->rows[i], group), keys[k]);
            known |= isfinite(value_number(map, "f1"));
            texts[i * columns + column] = hover_of(c, map);
        }
        column += known;
    }
    return texts;
}

static double part_f1(const comparison *c, size_t row, const char *key)
{
    return number_at(c->rows[row], sm_arena_printf(c->arena, "parts_of_speech.%s.f1", key));
}

static double pair_f1(const comparison *c, size_t row, const char *key)
{
    return number_at(c->rows[row], sm_arena_printf(c->arena, "script_pairs.%s.f1", key));
}

void draw_words(const comparison *c)
{
    static const char *const parts[] = {"noun",        "proper-noun", "number",    "pronoun",
                                        "verb",        "adjective",   "adverb",    "adnominal",
                                        "conjunction", "particle",    "auxiliary", "prefix",
                                        "suffix",      "interjection"};
    static const char *const pairs[] = {
        "kanji-hiragana",    "hiragana-kanji",    "hiragana-hiragana",
        "kanji-kanji",       "katakana-hiragana", "hiragana-katakana",
        "katakana-katakana", "kanji-katakana",    "katakana-kanji"};
    enum { PARTS = sizeof parts / sizeof *parts, PAIRS = sizeof pairs / sizeof *pairs };
    open_section(c, "section.words", NULL);
    heat h = make_heat(c, parts, PARTS, part_f1);
    h.title = "heat.parts", h.note = "note.parts", h.low = .3, h.best = MORE;
    h.hovers = hovers(c, "parts_of_speech", parts, PARTS, h.columns);
    if (h.columns > 0) draw_heat(c, &h);
    h = make_heat(c, pairs, PAIRS, pair_f1);
    h.title = "heat.pairs", h.note = "note.pairs", h.low = .3, h.best = MORE;
    h.hovers = hovers(c, "script_pairs", pairs, PAIRS, h.columns);
    if (h.columns > 0) draw_heat(c, &h);
    close_section(c);
}

static double listed_share(const comparison *c, size_t row, const char *key)
{
    const double all =
        number_at(c->rows[row], sm_arena_printf(c->arena, "classes.%s.listed", key));
    const double split =
        number_at(c->rows[row], sm_arena_printf(c->arena, "classes.%s.listed_split", key));
    return all > 0 ? split / all : (double)NAN;
}

static double share_of_text(const comparison *c, size_t row, const char *key, const char *what)
{
    const double all = number_at(c->root, sm_arena_printf(c->arena, "classes.%s", key));
    return all > 0 ? number_at(c->rows[row],
                               sm_arena_printf(c->arena, "classes.%s.%s", key, what)) /
                         all
                   : (double)NAN;
}

static double split_share(const comparison *c, size_t row, const char *key)
{
    return share_of_text(c, row, key, "split");
}

static double lost_share(const comparison *c, size_t row, const char *key)
{
    return share_of_text(c, row, key, "lost");
}

/* The names of the classes that the text has, with how many characters of each. */
static const char **with_counts(const comparison *c, const char *const *keys, size_t n)
{
    const char **heads = sm_arena_alloc(c->arena, (n + 1) * sizeof *heads);
    size_t columns = 0;
    for (size_t k = 0; k < n; k++) {
        const double all = number_at(c->root, sm_arena_printf(c->arena, "classes.%s", keys[k]));
        if (!(all > 0)) continue;
        heads[columns++] = sm_arena_printf(c->arena, "%s\n%s", word(c->language, keys[k]),
                                           sm_number_text(c->arena, SM_AS_SHORT, all));
    }
    return heads;
}

void draw_rare(const comparison *c)
{
    static const char *const classes[] = {
        "hiragana",    "katakana",   "kanji-1",    "kanji-2",    "kanji-3", "kanji-4",
        "kanji-other", "name-kanji", "half-width", "full-width", "emoji"};
    enum { CLASSES = sizeof classes / sizeof *classes };
    bool any_lost = false;
    open_section(c, "section.rare", NULL);
    heat h = make_heat(c, classes, CLASSES, listed_share);
    h.title = "heat.listed", h.note = "note.listed", h.percent = h.alarming = true,
    h.best = LESS;
    if (h.columns > 0) draw_heat(c, &h);
    h = make_heat(c, classes, CLASSES, split_share);
    h.title = "heat.split", h.note = "note.split", h.percent = h.alarming = true, h.best = LESS;
    h.heads = with_counts(c, classes, CLASSES);
    if (h.columns > 0) draw_heat(c, &h);
    for (size_t i = 0; i < c->n; i++)
        any_lost |= number_at(c->rows[i], "changed_documents") > 0;
    h = make_heat(c, classes, CLASSES, lost_share);
    h.title = "heat.lost", h.note = "note.lost", h.percent = h.alarming = true, h.best = LESS;
    if (any_lost && h.columns > 0) draw_heat(c, &h);
    close_section(c);
}

/* ---- vocabularies ----------------------------------------------------------------------------------------- */

static void draw_kinds(const comparison *c)
{
    static const char *const parts[] = {"kind.kanji",    "kind.mixed", "kind.hiragana",
                                        "kind.katakana", "kind.latin", "kind.other"};
    enum { PARTS = 6 };
    const char *names[PARTS];
    sm_bar *bars = sm_arena_alloc(c->arena, c->n * sizeof *bars);
    for (int k = 0; k < PARTS; k++)
        names[k] = word(c->language, parts[k]);
    for (size_t i = 0; i < c->n; i++) {
        const sm_value *kinds = sm_value_get(c->rows[i], "ids_by_kind");
        double *of = sm_arena_alloc(c->arena, PARTS * sizeof *of);
        const double shown[] = {value_number(kinds, "kanji"),
                                value_number(kinds, "mixed-japanese"),
                                value_number(kinds, "hiragana"),
                                value_number(kinds, "katakana"), value_number(kinds, "latin")};
        of[PARTS - 1] = number_at(c->rows[i], "vocab");
        for (int k = 0; k + 1 < PARTS; k++) {
            of[k] = shown[k];
            of[PARTS - 1] -= shown[k];
        }
        bars[i] =
            (sm_bar){name_at(c, i), of,
                     sm_number_text(c->arena, SM_AS_COUNT, number_at(c->rows[i], "vocab"))};
    }
    sm_page page = {.out = c->out, .in_section = true};
    sm_page_bars(&page, &(sm_bar_chart){word(c->language, "chart.kinds"), names, PARTS, 0, bars,
                                        c->n, false});
}

/* Shares of the Japanese tokens with so many characters: "1" … "4", "5-8", "9-". */
static double length_share(const comparison *c, size_t row, const char *key)
{
    const sm_value *lengths = sm_value_get(c->rows[row], "japanese_by_length");
    const size_t from = (size_t)(key[0] - '0'), to = key[1] == 0 ? from : key[2] ? 8 : SIZE_MAX;
    double all = 0, some = 0;
    for (size_t i = 0; lengths && lengths->kind == SM_LIST && i < lengths->n; i++) {
        const double n = (double)lengths->items[i].as.integer;
        all += n;
        if (i + 1 >= from && i + 1 <= to) some += n;
    }
    return all > 0 ? some / all : (double)NAN;
}

static void draw_lengths(const comparison *c)
{
    static const char *const keys[] = {"1", "2", "3", "4", "5–8", "9+"};
    heat h = make_heat(c, keys, sizeof keys / sizeof *keys, length_share);
    h.title = "heat.lengths", h.note = "note.lengths", h.percent = true, h.high = .7;
    if (h.columns > 0) draw_heat(c, &h);
}

static void draw_chips(const comparison *c, const char *title, const char *note,
                       const char *list_key, const char *count_key)
{
    bool any = false;
    for (size_t i = 0; i < c->n; i++) {
        const sm_value *list = sm_value_get(c->rows[i], list_key);
        any |= list && list->n > 0;
    }
    if (!any) return;
    sm_buffer_puts(c->out, "<figure>\n");
    put_heading(c, title, note);
    sm_buffer_puts(c->out, "<dl class=\"chips\">\n");
    for (size_t i = 0; i < c->n; i++) {
        const sm_value *list = sm_value_get(c->rows[i], list_key);
        if (!list || list->n == 0) continue;
        sm_buffer_puts(c->out, "<div><dt>");
        put_escaped(c->out, name_at(c, i));
        sm_buffer_printf(
            c->out, "<small>%s</small></dt><dd lang=\"ja\">",
            sm_number_text(c->arena, SM_AS_COUNT, number_at(c->rows[i], count_key)));
        for (size_t k = 0; k < list->n; k++)
            put_token(c, &list->items[k], 0);
        sm_buffer_puts(c->out, "</dd></div>\n");
    }
    sm_buffer_puts(c->out, "</dl>\n</figure>\n");
}

/* ---- domains ------------------------------------------------------------------------------------------------ */

static double domain_length(const comparison *c, size_t row, const char *key)
{
    const sm_value *domain = sm_value_get(sm_value_get(c->rows[row], "domains"), key);
    return value_number(domain, "chars_per_token");
}

/* The names of the domains with the most bytes. */
static size_t largest_domains(const comparison *c, const char **names, size_t most)
{
    const sm_value *domains = sm_value_get(c->rows[0], "domains");
    size_t n = 0;
    for (size_t k = 0; domains && domains->kind == SM_MAP && k < domains->n; k++) {
        const double bytes = value_number(&domains->items[k], "bytes");
        size_t at = n;
        while (at > 0 && value_number(sm_value_get(domains, names[at - 1]), "bytes") < bytes)
            at--;
        if (at == most) continue;
        const size_t last = n < most ? n++ : most - 1;
        memmove(names + at + 1, names + at, (last - at) * sizeof *names);
        names[at] = domains->keys[k].p;
    }
    return n;
}

void draw_domains(const comparison *c)
{
    enum { MOST = 12 };
    const char *names[MOST];
    const size_t n = largest_domains(c, names, MOST);
    if (n < 2) return;
    open_section(c, "section.domains", NULL);
    heat h = make_heat(c, names, n, domain_length);
    h.title = "heat.domains", h.note = "note.domains", h.best = MORE;
    h.low = h.high = 0;
    draw_heat(c, &h);
    close_section(c);
}

void draw_vocabulary(const comparison *c)
{
    open_section(c, "section.vocabulary", NULL);
    draw_kinds(c);
    draw_figures(c, of_vocabulary, n_of_vocabulary, false);
    draw_lengths(c);
    draw_chips(c, "junk.unused", "note.junk", "longest_unused", "unused_japanese");
    draw_chips(c, "junk.dead", NULL, "longest_unreachable", "unreachable");
    close_section(c);
}
