/* The comparison of tokenizers for the terminal.
 * SPDX-License-Identifier: MIT */
#include "token_internal.h"

#include <math.h>
#include <string.h>

enum { NAME_LEAST = 9, NAME_MOST = 24 };

/* Columns of a terminal: kana and kanji take two. */
static size_t columns_of(const char *text)
{
    size_t n = 0;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        n += *c < 0x80 ? 1 : *c >= 0xE0 ? 2 : *c >= 0xC0 ? 1 : 0;
    return n;
}

static void put_padded(sm_buffer *out, const char *text, size_t width, bool right)
{
    const size_t n = columns_of(text), pad = n < width ? width - n : 0;
    if (right) sm_buffer_printf(out, "%*s", (int)pad, "");
    sm_buffer_puts(out, text);
    if (!right) sm_buffer_printf(out, "%*s", (int)pad, "");
}

static size_t name_width(const comparison *c)
{
    size_t width = columns_of(word(c->language, "tokenizer"));
    for (size_t i = 0; i < c->n; i++) {
        const size_t n = columns_of(name_at(c, i));
        width = n > width ? n : width;
    }
    return width < NAME_LEAST ? NAME_LEAST : width > NAME_MOST ? NAME_MOST : width;
}

static const measure shown[] = {
    {"vocab", AS_WHOLE, NEITHER},
    {"chars_per_token", AS_DECIMAL, MORE},
    {"bytes_per_token", AS_DECIMAL, MORE},
    {"tokens_per_morpheme", AS_DECIMAL, LESS},
    {"boundary_precision", AS_DECIMAL, MORE},
    {"boundary_recall", AS_DECIMAL, MORE},
    {"boundary_f1", AS_DECIMAL, MORE},
    {"broken_share", AS_PERCENT, LESS},
    {"relative_tokens", AS_PERCENT, LESS},
    {"price_per_million_chars", AS_MONEY, LESS},
};
enum { SHOWN = sizeof shown / sizeof *shown };

static const char *cell_of(const comparison *c, const measure *m, size_t row)
{
    const double value = number_at(c->rows[row], m->key);
    if (m->as == AS_WHOLE && isfinite(value)) return sm_arena_printf(c->arena, "%.0f", value);
    return measure_text(c->arena, m, value);
}

static size_t width_of(const comparison *c, const measure *m)
{
    size_t width = columns_of(terse_word(c->language, m->key));
    for (size_t i = 0; i < c->n; i++) {
        const size_t n = columns_of(cell_of(c, m, i));
        width = n > width ? n : width;
    }
    return width + 2;
}

static void put_figures(const comparison *c, size_t name)
{
    size_t widths[SHOWN];
    put_padded(c->out, word(c->language, "tokenizer"), name, false);
    for (size_t k = 0; k < SHOWN; k++) {
        widths[k] = measure_known(c, &shown[k]) ? width_of(c, &shown[k]) : 0;
        if (widths[k])
            put_padded(c->out, terse_word(c->language, shown[k].key), widths[k], true);
    }
    for (size_t i = 0; i < c->n; i++) {
        sm_buffer_putc(c->out, '\n');
        put_padded(c->out, name_at(c, i), name, false);
        for (size_t k = 0; k < SHOWN; k++)
            if (widths[k]) put_padded(c->out, cell_of(c, &shown[k], i), widths[k], true);
    }
    sm_buffer_printf(c->out, "\n%s\n", word(c->language, "table.legend"));
}

/* ---- sentences --------------------------------------------------------------------------------------- */

/* A token's text, or its bytes as <E3><81>. */
static void put_token_text(const comparison *c, const sm_value *token)
{
    const sm_value *hex = sm_value_get(&token->items[1], "hex");
    const sm_value *text = hex ? hex : &token->items[1];
    if (text->kind != SM_STRING) return;
    for (size_t i = 0; hex && i + 1 < text->as.string.n; i += 2)
        sm_buffer_printf(c->out, "<%.2s>", text->as.string.p + i);
    if (!hex) sm_buffer_put(c->out, text->as.string);
}

static void put_cut(const comparison *c, size_t row, const sm_value *tokens, size_t name)
{
    put_padded(c->out, name_at(c, row), name + 1, false);
    for (size_t i = 0; i < tokens->n; i++) {
        if (i > 0) sm_buffer_putc(c->out, '|');
        if (tokens->items[i].kind == SM_LIST && tokens->items[i].n == 2)
            put_token_text(c, &tokens->items[i]);
    }
    sm_buffer_putc(c->out, '\n');
}

static void put_sentences(const comparison *c, size_t name)
{
    const sm_value *list = sm_value_get(c->root, "sentences");
    for (size_t s = 0; list && list->kind == SM_LIST && s < list->n; s++) {
        const sm_value *cuts = sm_value_get(&list->items[s], "cuts");
        if (!cuts || cuts->n != c->n) continue;
        sm_buffer_putc(c->out, '\n');
        for (size_t i = 0; i < c->n; i++)
            put_cut(c, i, &cuts->items[c->given[i]], name);
    }
}

int sm_token_table(const sm_value *report, sm_language language, sm_buffer *out, sm_error *err)
{
    sm_arena arena = {0};
    comparison c = {.language = language, .arena = &arena, .out = out};
    const int status = comparison_read(&c, report, err);
    if (status == SM_OK) {
        const size_t name = name_width(&c);
        put_figures(&c, name);
        put_sentences(&c, name);
    }
    sm_arena_free(&arena);
    return status;
}
