/* A SentencePiece .model with new pieces. A message's repeated fields may stand anywhere, so they are appended.
 * SPDX-License-Identifier: MIT
 *
 * ModelProto (sentencepiece_model.proto): 1 pieces {1 piece, 2 score, 3 type}, 4 self_test_data. A piece is merged
 * the earlier the higher its score is: new scores lie below all old ones. */
#include "extend_internal.h"
#include "spiece/protobuf.h"

#include <string.h>

enum { PIECES = 1, SELF_TEST = 4, PIECE = 1, SCORE = 2, TYPE = 3, NORMAL = 1, CONTROL = 3 };

static void put_varint(sm_buffer *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        sm_buffer_putc(b, (char)(v | 0x80));
    sm_buffer_putc(b, (char)v);
}

static void put_bytes(sm_buffer *b, unsigned field, sm_span s)
{
    put_varint(b, field << 3 | PROTO_BYTES);
    put_varint(b, s.n);
    sm_buffer_put(b, s);
}

static void put_piece(sm_buffer *out, sm_span piece, float score, unsigned type)
{
    sm_buffer message = sm_buffer_make(1 << 20);
    uint32_t bits;
    char fixed[4];
    memcpy(&bits, &score, sizeof bits);
    sm_put_u32(fixed, bits);
    put_bytes(&message, PIECE, piece);
    put_varint(&message, SCORE << 3 | PROTO_FIXED32);
    sm_buffer_put(&message, (sm_span){fixed, sizeof fixed});
    put_varint(&message, TYPE << 3 | PROTO_VARINT);
    put_varint(&message, type);
    put_bytes(out, PIECES, sm_buffer_span(&message));
    sm_buffer_free(&message);
}

/* The score of a piece, 0 where it has none. */
static float score_of(sm_span piece)
{
    proto_field f;
    while (proto_next(&piece, &f) > 0)
        if (f.number == SCORE && f.wire == PROTO_FIXED32) return proto_float(&f);
    return 0;
}

/* Copies all but the self-test, whose expected pieces are the base's. Gives the lowest score. */
static int copy_fields(sm_span file, const char *path, sm_buffer *out, float *lowest,
                       sm_error *err)
{
    sm_span rest = file;
    proto_field f;
    int rc = 0;
    *lowest = 0;
    for (const char *start = rest.p; (rc = proto_next(&rest, &f)) > 0; start = rest.p) {
        const float score = f.number == PIECES ? score_of(f.bytes) : 0;
        if (score < *lowest) *lowest = score;
        if (f.number != SELF_TEST)
            sm_buffer_put(out, (sm_span){start, (size_t)(rest.p - start)});
    }
    if (rc < 0) SM_FAIL(err, SM_EFORMAT, "%s: not a SentencePiece model", path);
    return 0;
}

/* In pieces ▁ stands for the space. */
static void mark_spaces(sm_span s, sm_buffer *out)
{
    sm_buffer_clear(out);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == ' ')
            sm_buffer_put(out, SM_SPAN("\xE2\x96\x81"));
        else
            sm_buffer_putc(out, s.p[i]);
    }
}

int extend_spiece(const sm_extension *x, const char *path, sm_span file, sm_buffer *out,
                  sm_error *err)
{
    enum { EXACT = 1 << 24 }; /* whole numbers that a float tells apart */
    sm_buffer piece = sm_buffer_make(1 << 20);
    sm_arena arena = {0};
    float lowest = 0;
    SM_TRY(copy_fields(file, path, out, &lowest, err));
    if (lowest < -(float)(EXACT - (1 << 22)))
        SM_FAIL(err, SM_ENOSUP, "%s: scores so low that none can be told below them", path);
    for (size_t i = 0; i < x->n; i++) {
        mark_spaces(x->tokens[i].bytes, &piece);
        put_piece(out, sm_buffer_span(&piece), lowest - (float)(i + 1), NORMAL);
    }
    for (size_t i = 0; i < x->n_spare; i++)
        put_piece(out, extend_spare(i, &arena), 0, CONTROL);
    sm_buffer_free(&piece);
    sm_arena_free(&arena);
    return 0;
}
