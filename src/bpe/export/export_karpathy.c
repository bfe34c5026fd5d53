/* The two small files: llama2.c's tokenizer.bin, and llm.c's table for decoding.
 * SPDX-License-Identifier: MIT
 *
 * llama2.c (run.c): i32 length of the longest token; for each id f32 score, i32 length, bytes. Its encoder keeps them as
 * C strings, puts a space before the text, takes characters that are tokens and bytes at id b + 3, and merges the
 * neighbours whose joined string has the highest score. llm.c (tokenizer.h): 256 u32, of them the magic 20240328,
 * version 2, number of ids and the id that ends a document; for each id u8 length and bytes. */
#include "export_internal.h"

#include <string.h>

enum { LLAMA2C_FIRST_BYTE = 3 };

static void put_u32(sm_buffer *b, uint32_t v)
{
    char bytes[4];
    sm_put_u32(bytes, v);
    sm_buffer_put(b, (sm_span){bytes, sizeof bytes});
}

/* ---- llama2.c --------------------------------------------------------------------------- */

static int rule_layout(exporter *x)
{
    for (uint32_t b = 0; b < 256; b++)
        if (x->tok->byte_id[b] != b + LLAMA2C_FIRST_BYTE)
            return export_refuse(x, "llama2.c has byte %02X at id %u, the model at %u", b,
                                 b + LLAMA2C_FIRST_BYTE, x->tok->byte_id[b]);
    return 0;
}

static sm_span llama2c_string(exporter *x, uint32_t id)
{
    const sm_span piece = export_piece(x, id);
    if (is_merged_token(x->tok, id))
        return x->tok->tokens[id].bytes; /* a space is a space here */
    if (!(x->tok->tokens[id].flags & TOKEN_RESERVED)) return piece;
    return sm_span_of(sm_arena_printf(&x->arena, "\n%.*s\n", (int)piece.n,
                                      piece.p)); /* as its own tool does */
}

static int rule_c_strings(exporter *x, const sm_span strings[])
{
    for (uint32_t id = 0; id < x->tok->n; id++)
        if (memchr(strings[id].p, 0, strings[id].n))
            return export_refuse(x, "llama2.c ends a string at NUL, which token %u holds", id);
    return 0;
}

static int write_llama2c(exporter *x, const sm_span strings[])
{
    sm_buffer b = sm_buffer_make(EXPORT_MAX);
    size_t longest = 0;
    for (uint32_t id = 0; id < x->tok->n; id++)
        if (strings[id].n > longest) longest = strings[id].n;
    put_u32(&b, (uint32_t)longest);
    for (uint32_t id = 0; id < x->tok->n; id++) {
        put_u32(&b, export_bits(export_score(x, id)));
        put_u32(&b, (uint32_t)strings[id].n);
        sm_buffer_put(&b, strings[id]);
    }
    const int status = export_write(x, x->path, &b);
    sm_buffer_free(&b);
    return status;
}

int export_llama2c(exporter *x)
{
    bool dummy_prefix = false;
    SM_TRY(rule_characters(x));
    SM_TRY(rule_layout(x));
    SM_TRY(rule_spaces(x, &dummy_prefix));
    SM_TRY(rule_uncut(x));
    SM_TRY(rule_one_rank(x));
    SM_TRY(rule_joined(x));
    SM_TRY(rule_no_matched(x));
    sm_span *strings = sm_arena_alloc(&x->arena, x->tok->n * sizeof *strings);
    for (uint32_t id = 0; id < x->tok->n; id++)
        strings[id] = llama2c_string(x, id);
    SM_TRY(rule_unique(x, strings));
    SM_TRY(rule_c_strings(x, strings));
    SM_TRY(rule_unmergeable(x, strings));
    return write_llama2c(x, strings);
}

/* ---- llm.c ------------------------------------------------------------------------------ */

int export_llmc(exporter *x)
{
    enum { HEADER = 256, MAGIC = 20240328, VERSION = 2, LONGEST = 255 };
    const sm_tokenizer *tok = x->tok;
    if (tok->eot == SM_NO_TOKEN)
        return export_refuse(x, "llm.c asks for a token that ends a document");
    const uint32_t head[] = {MAGIC, VERSION, (uint32_t)tok->n, tok->eot};
    sm_buffer b = sm_buffer_make(EXPORT_MAX);
    int status = 0;
    for (size_t i = 0; i < HEADER; i++)
        put_u32(&b, i < sizeof head / sizeof *head ? head[i] : 0);
    for (uint32_t id = 0; id < tok->n && status == 0; id++) {
        const sm_span s = tok->tokens[id].bytes.n ? tok->tokens[id].bytes : export_piece(x, id);
        if (s.n > LONGEST)
            status =
                export_refuse(x, "llm.c's tokens are shorter than 256 bytes: token %u", id);
        sm_buffer_putc(&b, (char)s.n);
        sm_buffer_put(&b, s);
    }
    if (status == 0) status = export_write(x, x->path, &b);
    sm_buffer_free(&b);
    return status;
}
