/* The page on which tokenizers are compared.
 * SPDX-License-Identifier: MIT */
#include "page_internal.h"
#include "report_internal.h"
#include "token_internal.h"

#include <math.h>
#include <string.h>

void put_escaped(sm_buffer *out, const char *text)
{
    sm_page_escape(out, sm_span_of(text));
}

static void put_element(const comparison *c, const char *tag, const char *text)
{
    sm_buffer_printf(c->out, "<%s>", tag);
    put_escaped(c->out, text);
    sm_buffer_printf(c->out, "</%.*s>\n", (int)strcspn(tag, " "), tag);
}

/* ---- the frame -------------------------------------------------------------------------------------- */

static const char *subtitle(const comparison *c)
{
    const sm_language l = c->language;
    const sm_value *dictionary = sm_value_get(sm_value_get(c->root, "text"), "dictionary");
    const char *name =
        dictionary && dictionary->kind == SM_STRING ? dictionary->as.string.p : "?";
    const char *documents =
        sm_number_text(c->arena, SM_AS_COUNT, number_at(c->root, "text.documents"));
    const char *bytes = sm_number_text(c->arena, SM_AS_BYTES, number_at(c->root, "text.bytes"));
    const char *characters =
        sm_number_text(c->arena, SM_AS_COUNT, number_at(c->root, "text.characters"));
    const char *morphemes =
        sm_number_text(c->arena, SM_AS_COUNT, number_at(c->root, "text.morphemes"));
    return l == SM_JAPANESE
               ? sm_arena_printf(c->arena, "%s文書、%s文字（%s）、%s形態素（MeCab、%s）",
                                 documents, characters, bytes, morphemes, name)
               : sm_arena_printf(c->arena,
                                 "%s documents, %s characters (%s), %s morphemes (MeCab, %s)",
                                 documents, characters, bytes, morphemes, name);
}

static void open_page(const comparison *c, const char *title)
{
    page_head(c->out, word(c->language, "lang"), title, subtitle(c), token_style);
}

void open_section(const comparison *c, const char *heading, const char *note)
{
    sm_buffer_puts(c->out, "<section>\n");
    put_element(c, "h2", word(c->language, heading));
    if (note) put_element(c, "p", word(c->language, note));
}

void close_section(const comparison *c)
{
    sm_buffer_puts(c->out, "</section>\n");
}

/* ---- tables of figures --------------------------------------------------------------------------------- */

static void put_interval(const comparison *c, size_t row, const measure *m)
{
    const sm_value *both = sm_value_get(sm_value_get(c->rows[row], "intervals"), m->key);
    if (!both || both->kind != SM_LIST || both->n != 2) return;
    if (both->items[0].kind != SM_REAL || both->items[1].kind != SM_REAL) return;
    const double scale = m->as == AS_PERCENT ? 100 : 1;
    sm_buffer_printf(
        c->out, m->as == AS_PERCENT ? "<small>%.1f–%.1f</small>" : "<small>%.3f–%.3f</small>",
        scale * both->items[0].as.real, scale * both->items[1].as.real);
}

static void put_figure(const comparison *c, size_t row, const measure *m)
{
    sm_buffer_puts(c->out, measure_is_best(c, m, row) ? "<td class=\"best\">" : "<td>");
    sm_buffer_puts(c->out, measure_text(c->arena, m, number_at(c->rows[row], m->key)));
    put_interval(c, row, m);
    sm_buffer_puts(c->out, "</td>");
}

void draw_figures(const comparison *c, const measure *measures, size_t n, bool numbered)
{
    sm_buffer_puts(
        c->out,
        "<figure>\n<div class=\"scroll\"><table class=\"head\">\n<thead><tr><th class=\"l\">");
    put_escaped(c->out, word(c->language, "tokenizer"));
    sm_buffer_puts(c->out, "</th>");
    for (size_t k = 0; k < n; k++)
        if (measure_known(c, &measures[k]))
            put_element(c, "th", head_word(c->language, measures[k].key));
    sm_buffer_puts(c->out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < c->n; i++) {
        sm_buffer_puts(c->out, "<tr><td class=\"l\">");
        if (numbered) sm_buffer_printf(c->out, "<i>%zu</i>", i + 1);
        put_escaped(c->out, name_at(c, i));
        sm_buffer_puts(c->out, "</td>");
        for (size_t k = 0; k < n; k++)
            if (measure_known(c, &measures[k])) put_figure(c, i, &measures[k]);
        sm_buffer_puts(c->out, "</tr>\n");
    }
    sm_buffer_puts(c->out, "</tbody></table></div>\n</figure>\n");
}

/* ---- the whole ----------------------------------------------------------------------------------------------- */

static void draw_use(const comparison *c)
{
    const sm_value *named = sm_value_get(c->root, "reference");
    const bool compared = named && named->kind == SM_STRING;
    const char *context = sm_number_text(c->arena, SM_AS_COUNT, number_at(c->root, "context"));
    const char *note =
        filled_word(c->arena, c->language, compared ? "note.use" : "note.use-alone",
                    compared ? named->as.string.p : context, context);
    open_section(c, "section.use", NULL);
    put_element(c, "p", note);
    draw_figures(c, in_use, n_in_use, false);
    close_section(c);
}

static void draw_definitions(const comparison *c)
{
    static const char *const keys[] = {"define.cut",     "define.f1",       "define.broken",
                                       "define.changed", "define.interval", "define.caution"};
    open_section(c, "section.definitions", NULL);
    sm_buffer_puts(c->out, "<dl class=\"define\">\n");
    const char *resamples =
        sm_number_text(c->arena, SM_AS_COUNT, number_at(c->root, "resamples"));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        put_element(c, "dd", filled_word(c->arena, c->language, keys[i], resamples, ""));
    sm_buffer_puts(c->out, "</dl>\n");
    close_section(c);
}

static void draw_all(const comparison *c)
{
    open_section(c, "section.figures", "note.figures");
    draw_figures(c, headline, n_headline, true);
    close_section(c);
    if (c->n > 1) {
        open_section(c, "section.frontier", "note.frontier");
        draw_scatter(c);
        draw_recall(c);
        close_section(c);
    }
    open_section(c, "section.text", "note.text");
    draw_sentences(c);
    close_section(c);
    draw_use(c);
    draw_words(c);
    draw_rare(c);
    draw_domains(c);
    draw_vocabulary(c);
    draw_definitions(c);
}

int sm_token_page(const sm_value *report, sm_language language, const char *title,
                  sm_buffer *out, sm_error *err)
{
    sm_arena arena = {0};
    comparison c = {.language = language, .arena = &arena, .out = out};
    int status = comparison_read(&c, report, err);
    if (status == SM_OK) {
        open_page(&c, title ? title : word(language, "title"));
        draw_all(&c);
        sm_buffer_puts(out, "</main>\n<footer>seimai</footer>\n</body>\n</html>\n");
        if (out->overflow)
            status =
                sm_error_set(err, SM_ELIMIT, "the page is larger than %zu MiB", out->max >> 20);
    }
    sm_arena_free(&arena);
    return status;
}
