/* What was coded as a whole, in memory: see sm_decode in seimai/file.h.
 * SPDX-License-Identifier: MIT */
#include "inflater.h"

#include <seimai/file.h>
#include <string.h>
#include <zstd.h>
#ifdef SM_BROTLI
#include <brotli/decode.h>
#endif

enum { STEP = 64 << 10 };

/* A place to decode to: in the buffer, or one byte beyond it, which tells whether there is more. */
typedef struct room {
    char *p;
    size_t n;
    char beyond;
    bool is_beyond;
} room;

static void make_room(sm_buffer *into, room *r)
{
    const size_t left = into->max - into->n;
    r->is_beyond = left == 0;
    r->n = left > STEP ? STEP : left ? left : 1;
    r->p = left ? sm_buffer_reserve(into, r->n) : &r->beyond;
}

/* Takes in what came; true where that is more than the buffer may hold. */
static bool use_room(sm_buffer *into, const room *r, size_t got)
{
    if (!r->is_beyond) into->n += got;
    return r->is_beyond && got > 0;
}

static int too_much(const sm_buffer *into, sm_error *err)
{
    SM_FAIL(err, SM_ELIMIT, "inflates to more than %zu bytes", into->max);
}

static int is_cut(sm_error *err)
{
    SM_FAIL(err, SM_ETRUNC, "the compressed body is cut");
}

static int is_damaged(sm_error *err, const char *why)
{
    SM_FAIL(err, SM_EFORMAT, "the compressed body is damaged: %s", why);
}

/* ---- deflate and its wrappers ---------------------------------------------------------------- */

/* A zlib header (RFC 1950): method 8, window up to 32K, and a check over both bytes. */
static bool is_zlib(sm_span s)
{
    if (s.n < 2) return false;
    const unsigned first = (unsigned char)s.p[0], second = (unsigned char)s.p[1];
    return (first & 0x0F) == 8 && first >> 4 <= 7 && (first << 8 | second) % 31 == 0;
}

static bool is_gzip(sm_span s)
{
    return sm_span_starts(s, SM_SPAN("\x1f\x8b"));
}

static int inflate_all(const inflater_type *type, void *inflater, sm_span coded,
                       sm_buffer *into, sm_error *err)
{
    const bool gzip = is_gzip(coded);
    type->begin(inflater, gzip ? INFLATE_GZIP : is_zlib(coded) ? INFLATE_ZLIB : INFLATE_RAW);
    for (;;) {
        room r;
        size_t got = 0;
        const char *why = NULL;
        const size_t before = coded.n;
        make_room(into, &r);
        const int rc = type->step(inflater, &coded, r.p, r.n, &got, &why);
        if (use_room(into, &r, got)) return too_much(into, err);
        if (rc < 0) return is_damaged(err, why);
        if (rc == 0 && !(gzip && is_gzip(coded))) return 0;
        if (rc == 0)
            type->begin(inflater, INFLATE_GZIP); /* the next member */
        else if (got == 0 && coded.n == before)
            return is_cut(err);
    }
}

int sm_inflate(sm_span deflated, sm_buffer *into, sm_error *err)
{
    const inflater_type *type = inflater_best();
    void *inflater = type->open();
    const int rc = inflate_all(type, inflater, deflated, into, err);
    type->close(inflater);
    return rc;
}

/* ---- zstd ------------------------------------------------------------------------------------- */

static int zstd_all(ZSTD_DStream *stream, sm_span coded, sm_buffer *into, sm_error *err)
{
    ZSTD_inBuffer in = {coded.p, coded.n, 0};
    for (;;) {
        room r;
        make_room(into, &r);
        ZSTD_outBuffer out = {r.p, r.n, 0};
        const size_t rc = ZSTD_decompressStream(stream, &out, &in);
        if (use_room(into, &r, out.pos)) return too_much(into, err);
        if (ZSTD_isError(rc)) return is_damaged(err, ZSTD_getErrorName(rc));
        if (rc == 0 && in.pos == in.size) return 0;
        if (rc != 0 && in.pos == in.size && out.pos < out.size) return is_cut(err);
    }
}

static int undo_zstd(sm_span coded, sm_buffer *into, sm_error *err)
{
    ZSTD_DStream *stream = ZSTD_createDStream();
    if (!stream) sm_out_of_memory(0);
    const int rc = zstd_all(stream, coded, into, err);
    (void)ZSTD_freeDStream(stream);
    return rc;
}

/* ---- brotli ----------------------------------------------------------------------------------- */

#ifdef SM_BROTLI
static int brotli_all(BrotliDecoderState *state, sm_span coded, sm_buffer *into, sm_error *err)
{
    const uint8_t *next = (const uint8_t *)coded.p;
    for (;;) {
        room r;
        make_room(into, &r);
        size_t left = r.n;
        uint8_t *out = (uint8_t *)r.p;
        const BrotliDecoderResult rc =
            BrotliDecoderDecompressStream(state, &coded.n, &next, &left, &out, NULL);
        if (use_room(into, &r, r.n - left)) return too_much(into, err);
        if (rc == BROTLI_DECODER_RESULT_SUCCESS) return 0;
        if (rc == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) return is_cut(err);
        if (rc == BROTLI_DECODER_RESULT_ERROR)
            return is_damaged(err, BrotliDecoderErrorString(BrotliDecoderGetErrorCode(state)));
    }
}

static int undo_brotli(sm_span coded, sm_buffer *into, sm_error *err)
{
    BrotliDecoderState *state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    if (!state) sm_out_of_memory(0);
    const int rc = brotli_all(state, coded, into, err);
    BrotliDecoderDestroyInstance(state);
    return rc;
}
#else
static int undo_brotli(sm_span coded, sm_buffer *into, sm_error *err)
{
    (void)coded;
    (void)into;
    SM_FAIL(err, SM_ENOSUP, "brotli was not there when this was built");
}
#endif

int sm_decode(sm_coding coding, sm_span coded, sm_buffer *into, sm_error *err)
{
    static int (*const undo[])(sm_span, sm_buffer *,
                               sm_error *) = {[SM_CODING_DEFLATE] = sm_inflate,
                                              [SM_CODING_BROTLI] = undo_brotli,
                                              [SM_CODING_ZSTD] = undo_zstd};
    if (!coded.n) return is_cut(err);
    return undo[coding](coded, into, err);
}
