/* Sentences as each tokenizer cuts them, and tokens by themselves.
 * SPDX-License-Identifier: MIT */
#include "token_internal.h"

#include <seimai/utf8.h>

#include <string.h>

/* Spaces and line ends are made visible, since they belong to tokens. */
static void put_visible(sm_buffer *out, sm_span text)
{
    size_t plain = 0;
    for (size_t i = 0; i <= text.n; i++) {
        const char byte = i < text.n ? text.p[i] : '\n';
        if (i < text.n && byte != ' ' && byte != '\n' && byte != '\t') continue;
        sm_page_escape(out, (sm_span){text.p + plain, i - plain});
        plain = i + 1;
        if (i < text.n)
            sm_buffer_puts(out, byte == ' '    ? "<u>␣</u>"
                                : byte == '\n' ? "<u>↵</u>"
                                               : "<u>⇥</u>");
    }
}

void put_token(const comparison *c, const sm_value *token, size_t number)
{
    enum { COLOURS = 5 };
    if (token->kind != SM_LIST || token->n != 2 || token->items[0].kind != SM_INT) return;
    const sm_value *hex = sm_value_get(&token->items[1], "hex");
    const sm_value *text = hex ? hex : &token->items[1];
    if (text->kind != SM_STRING) return;
    sm_buffer_printf(c->out, "<span class=\"t%zu%s\" title=\"id %lld\">", number % COLOURS,
                     hex ? " hex" : "", (long long)token->items[0].as.integer);
    if (hex)
        sm_page_escape(c->out, text->as.string);
    else
        put_visible(c->out, text->as.string);
    sm_buffer_puts(c->out, "</span>");
}

static void put_cut(const comparison *c, size_t row, const sm_value *tokens)
{
    if (!tokens || tokens->kind != SM_LIST) return;
    sm_buffer_puts(c->out, "<div><dt>");
    put_escaped(c->out, name_at(c, row));
    sm_buffer_printf(c->out, "<small>%zu</small></dt><dd lang=\"ja\">", tokens->n);
    for (size_t i = 0; i < tokens->n; i++)
        put_token(c, &tokens->items[i], i);
    sm_buffer_puts(c->out, "</dd></div>\n");
}

void draw_sentences(const comparison *c)
{
    const sm_value *list = sm_value_get(c->root, "sentences");
    for (size_t s = 0; list && list->kind == SM_LIST && s < list->n; s++) {
        const sm_value *text = sm_value_get(&list->items[s], "text");
        const sm_value *cuts = sm_value_get(&list->items[s], "cuts");
        if (!text || text->kind != SM_STRING || !cuts || cuts->n != c->n) continue;
        sm_buffer_printf(c->out, "<figure class=\"cuts\">\n<h3 lang=\"ja\">");
        sm_page_escape(c->out, text->as.string);
        sm_buffer_printf(c->out, "<small>%zu %s</small></h3>\n<dl>\n",
                         sm_utf8_count(text->as.string), word(c->language, "characters"));
        for (size_t i = 0; i < c->n; i++)
            put_cut(c, i, &cuts->items[c->given[i]]);
        sm_buffer_puts(c->out, "</dl>\n</figure>\n");
    }
}
