/* tiktoken's file of ranks, and beside it what tiktoken keeps in code.
 * SPDX-License-Identifier: MIT */
#include "export_internal.h"

#include <seimai/json.h>

static void put_base64(sm_buffer *b, sm_span s)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < s.n; i += 3) {
        uint32_t three = 0;
        for (size_t k = 0; k < 3; k++)
            three = three << 8 | (i + k < s.n ? (uint8_t)s.p[i + k] : 0);
        const size_t bytes = s.n - i < 3 ? s.n - i : 3;
        for (size_t k = 0; k < 4; k++)
            sm_buffer_putc(b, k <= bytes ? digits[three >> (18 - 6 * k) & 63] : '=');
    }
}

static void put_ranks(const exporter *x, sm_buffer *b)
{
    for (uint32_t id = 0; id < x->tok->n; id++) {
        if (!is_merged_token(x->tok, id)) continue;
        put_base64(b, x->tok->tokens[id].bytes);
        sm_buffer_printf(b, " %u\n", id);
    }
}

static void put_beside(const exporter *x, const char *pattern, sm_buffer *b)
{
    const sm_tokenizer *tok = x->tok;
    sm_json_open(b, '{');
    sm_json_key(b, "pat_str");
    sm_json_string(b, sm_span_of(pattern));
    sm_json_key(b, "special_tokens");
    sm_json_open(b, '{');
    for (uint32_t id = 0; id < tok->n; id++) {
        if (!(tok->tokens[id].flags & TOKEN_RESERVED)) continue;
        sm_json_key_span(b, tok->tokens[id].bytes);
        sm_json_uint(b, id);
    }
    sm_json_close(b, '}');
    sm_json_key(
        b,
        "matched_in_text"); /* encode(…, allowed_special=set(these), disallowed_special=()) */
    sm_json_open(b, '[');
    for (uint32_t id = 0; id < tok->n; id++)
        if (is_matched_token(tok, id)) sm_json_string(b, tok->tokens[id].bytes);
    sm_json_close(b, ']');
    if (tok->pre) {
        sm_json_key(b, "pretoken");
        sm_json_string(b, sm_span_of(sm_pretokenizer_name(tok->pre)));
    }
    if (tok->eot != SM_NO_TOKEN) {
        sm_json_key(b, "eot_token");
        sm_json_string(b, tok->tokens[tok->eot].bytes);
    }
    sm_json_close(b, '}');
    sm_buffer_putc(b, '\n');
}

int export_tiktoken(exporter *x)
{
    SM_TRY(rule_bytes(x));
    const char *pattern = export_single_pattern(x);
    if (!pattern)
        return export_refuse(x, "tiktoken takes one pattern; the pre-tokenizer %s has none",
                             x->tok->pre ? sm_pretokenizer_name(x->tok->pre) : "of the model");
    SM_TRY(rule_one_rank(x));
    SM_TRY(rule_id_order(x));
    SM_TRY(rule_joined(x));
    SM_TRY(rule_whole(x, true));
    SM_TRY(rule_no_beginning(x));
    sm_buffer ranks = sm_buffer_make(EXPORT_MAX), beside = sm_buffer_make(EXPORT_MAX);
    put_ranks(x, &ranks);
    put_beside(x, pattern, &beside);
    int status = export_write(x, sm_arena_printf(&x->arena, "%s.json", x->path), &beside);
    if (status == 0) status = export_write(x, x->path, &ranks);
    sm_buffer_free(&ranks);
    sm_buffer_free(&beside);
    return status;
}
