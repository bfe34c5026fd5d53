/* SentencePiece's .model: a protocol buffer (proto2, sentencepiece_model.proto).
 * SPDX-License-Identifier: MIT */
#include "export_internal.h"

#include <string.h>

enum { MODEL_BPE = 2 };
enum { VARINT = 0, BYTES = 2, FIXED32 = 5 };

/* Encoded by SentencePiece whenever it loads the file, and compared. */
static const char *const samples[] = {
    "吾輩は猫である。名前はまだ無い。",
    "Hello, world!  12,345 tokens\tand a tab.",
    "𠮷野家で😀 ｶﾞ\n",
};

/* ---- the wire format -------------------------------------------------------------------- */

static void put_varint(sm_buffer *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        sm_buffer_putc(b, (char)(v | 0x80));
    sm_buffer_putc(b, (char)v);
}

static void put_integer(sm_buffer *b, unsigned field, int64_t v)
{
    put_varint(b, field << 3 | VARINT);
    put_varint(b, (uint64_t)v);
}

static void put_string(sm_buffer *b, unsigned field, sm_span s)
{
    put_varint(b, field << 3 | BYTES);
    put_varint(b, s.n);
    sm_buffer_put(b, s);
}

static void put_float(sm_buffer *b, unsigned field, float v)
{
    char bytes[4];
    sm_put_u32(bytes, export_bits(v));
    put_varint(b, field << 3 | FIXED32);
    sm_buffer_put(b, (sm_span){bytes, sizeof bytes});
}

/* A message goes through a buffer of its own, as its length stands before it. */
static void put_message(sm_buffer *b, unsigned field, sm_buffer *message)
{
    put_string(b, field, sm_buffer_span(message));
    sm_buffer_clear(message);
}

/* ---- the messages ----------------------------------------------------------------------- */

static void put_pieces(exporter *x, const sm_span pieces[], uint32_t unk, sm_buffer *out,
                       sm_buffer *scratch)
{
    for (uint32_t id = 0; id < x->tok->n; id++) {
        put_string(scratch, 1, pieces[id]);
        put_float(scratch, 2, export_score(x, id));
        put_integer(scratch, 3, export_type(x, id, unk));
        put_message(out, 1, scratch);
    }
}

static void put_special(exporter *x, sm_buffer *b, unsigned id_field, unsigned piece_field,
                        uint32_t id)
{
    put_integer(b, id_field, id == SM_NO_TOKEN ? -1 : (int64_t)id);
    if (id != SM_NO_TOKEN) put_string(b, piece_field, x->tok->tokens[id].bytes);
}

static void put_trainer(exporter *x, uint32_t unk, sm_buffer *b)
{
    enum { TYPE = 3, SIZE = 4, FALLBACK = 35 };
    enum {
        UNK_ID = 40,
        BOS_ID,
        EOS_ID,
        PAD_ID,
        SURFACE,
        UNK_PIECE,
        BOS_PIECE,
        EOS_PIECE,
        PAD_PIECE
    };
    put_integer(b, TYPE, MODEL_BPE);
    put_integer(b, SIZE, (int64_t)x->tok->n);
    put_integer(b, FALLBACK, 1);
    put_special(x, b, UNK_ID, UNK_PIECE, unk);
    put_special(x, b, BOS_ID, BOS_PIECE, x->tok->eot);
    put_special(x, b, EOS_ID, EOS_PIECE, x->tok->eot);
    put_special(x, b, PAD_ID, PAD_PIECE, sm_tokenizer_find(x->tok, SM_SPAN("<|pad|>")));
}

static void put_normalizer(bool dummy_prefix, sm_buffer *b)
{
    enum { NAME = 1, DUMMY_PREFIX = 3, EXTRA_SPACES = 4, ESCAPE_SPACES = 5 };
    put_string(b, NAME, SM_SPAN("identity"));
    put_integer(b, DUMMY_PREFIX, dummy_prefix);
    put_integer(b, EXTRA_SPACES, 0);
    put_integer(b, ESCAPE_SPACES, 1);
}

static void put_samples(exporter *x, const sm_span pieces[], sm_buffer *out, sm_buffer *scratch)
{
    sm_encoder *e = sm_encoder_new();
    sm_buffer expected = sm_buffer_make(1 << 16);
    sm_ids ids = {0};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        ids.n = 0;
        sm_buffer_clear(&expected);
        sm_tokenizer_encode(x->tok, e, sm_span_of(samples[i]), &ids);
        for (size_t k = 0; k < ids.n; k++) {
            if (k) sm_buffer_putc(&expected, ' ');
            sm_buffer_put(&expected, pieces[ids.p[k]]);
        }
        sm_buffer sample = sm_buffer_make(1 << 17);
        put_string(&sample, 1, sm_span_of(samples[i]));
        put_string(&sample, 2, sm_buffer_span(&expected));
        put_message(scratch, 1, &sample);
        sm_buffer_free(&sample);
    }
    put_message(out, 4, scratch);
    sm_buffer_free(&expected);
    sm_encoder_free(e);
    sm_ids_free(&ids);
}

static int write_model(exporter *x, const sm_span pieces[], uint32_t unk, bool dummy_prefix)
{
    sm_buffer out = sm_buffer_make(EXPORT_MAX), scratch = sm_buffer_make(EXPORT_MAX);
    put_pieces(x, pieces, unk, &out, &scratch);
    put_trainer(x, unk, &scratch);
    put_message(&out, 2, &scratch);
    put_normalizer(dummy_prefix, &scratch);
    put_message(&out, 3, &scratch);
    put_samples(x, pieces, &out, &scratch);
    const int status = export_write(x, x->path, &out);
    sm_buffer_free(&out);
    sm_buffer_free(&scratch);
    return status;
}

int export_model(exporter *x)
{
    bool dummy_prefix = false;
    const char *same = export_source_file(x, "tokenizer.model");
    if (same) return export_copy(x, same, x->path);
    SM_TRY(rule_characters(x));
    SM_TRY(rule_spaces(x, &dummy_prefix));
    SM_TRY(rule_uncut(x));
    SM_TRY(rule_one_rank(x));
    SM_TRY(rule_joined(x));
    const uint32_t unk = export_unk(x);
    if (unk == SM_NO_TOKEN)
        return export_refuse(
            x,
            "SentencePiece asks for an unknown token, and there is neither <unk> nor a spare");
    sm_span *pieces = sm_arena_alloc(&x->arena, x->tok->n * sizeof *pieces);
    for (uint32_t id = 0; id < x->tok->n; id++)
        pieces[id] = export_piece(x, id);
    SM_TRY(rule_unique(x, pieces));
    return write_model(x, pieces, unk, dummy_prefix);
}
