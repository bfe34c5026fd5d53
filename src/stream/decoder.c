/* gzip (all members), zstd (all frames) and bzip2 (all streams): see decoder.h.
 * SPDX-License-Identifier: MIT */
#include "decoder.h"

#include <bzlib.h>
#include <limits.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

/* What every kind has in common: members follow each other, and a file may end only between two. */
static int at_end_of_file(bool inside, const char **why)
{
    if (!inside) return 0;
    *why = "the file ends inside a member";
    return SM_ETRUNC;
}

static unsigned fit(size_t n)
{
    return n > INT_MAX ? (unsigned)INT_MAX : (unsigned)n;
}

/* zlib and bzip2 take their input through a pointer that is not const. */
static char *unconst(const char *p)
{
    union {
        const char *in;
        char *out;
    } both = {p};
    return both.out;
}

/* ---- gzip ------------------------------------------------------------------------------- */

typedef struct gzip {
    z_stream z;
    bool inside; /* a member has begun and not ended */
} gzip;

static void *gzip_open(void)
{
    gzip *g = sm_calloc(1, sizeof *g);
    if (inflateInit2(&g->z, 15 + 16) != Z_OK) sm_out_of_memory(0);
    return g;
}

static void gzip_close(void *decoder)
{
    gzip *g = decoder;
    (void)inflateEnd(&g->z);
    sm_free(g);
}

/* Behind a member only another one may stand, or zeros (tape padding), as gzip itself has it. */
static int gzip_between(sm_span *stored, const char **why)
{
    while (stored->n && !*stored->p) {
        stored->p++;
        stored->n--;
    }
    if (!stored->n || *stored->p == '\x1f') return 1;
    *why = "bytes behind the last member that are not gzip";
    return SM_EFORMAT;
}

static int gzip_step(void *decoder, sm_span *stored, bool last, char *p, size_t n, size_t *got,
                     const char **why)
{
    gzip *g = decoder;
    if (!g->inside) SM_TRY(gzip_between(stored, why));
    if (!g->inside && !stored->n) return !last;
    g->inside = true; /* and with nothing stored, what zlib holds back comes out */
    g->z.next_in = (Bytef *)unconst(stored->p);
    g->z.avail_in = fit(stored->n);
    g->z.next_out = (Bytef *)p;
    g->z.avail_out = fit(n);
    const unsigned in = g->z.avail_in, out = g->z.avail_out;
    const int rc = inflate(&g->z, Z_NO_FLUSH);
    *got = out - g->z.avail_out;
    stored->p += in - g->z.avail_in;
    stored->n -= in - g->z.avail_in;
    if (rc == Z_STREAM_END) {
        g->inside = false;
        (void)inflateReset(&g->z);
    } else if (rc != Z_OK && rc != Z_BUF_ERROR) {
        *why = g->z.msg ? g->z.msg : "damaged";
        return SM_EFORMAT;
    } else if (last && !stored->n && *got == 0) {
        return at_end_of_file(g->inside, why);
    }
    return 1;
}

/* ---- zstd ------------------------------------------------------------------------------- */

typedef struct zstd {
    ZSTD_DStream *stream;
    bool inside; /* a member has begun and not ended */
} zstd;

static void *zstd_open(void)
{
    zstd *z = sm_calloc(1, sizeof *z);
    z->stream = ZSTD_createDStream();
    if (!z->stream) sm_out_of_memory(0);
    return z;
}

static void zstd_close(void *decoder)
{
    zstd *z = decoder;
    (void)ZSTD_freeDStream(z->stream);
    sm_free(z);
}

static int zstd_step(void *decoder, sm_span *stored, bool last, char *p, size_t n, size_t *got,
                     const char **why)
{
    zstd *z = decoder;
    ZSTD_inBuffer in = {stored->p, stored->n, 0};
    ZSTD_outBuffer out = {p, n, 0};
    if (!stored->n && last && !z->inside) return 0;
    const size_t rc = ZSTD_decompressStream(z->stream, &out, &in);
    stored->p += in.pos;
    stored->n -= in.pos;
    *got = out.pos;
    if (ZSTD_isError(rc)) {
        *why = ZSTD_getErrorName(rc);
        return SM_EFORMAT;
    }
    z->inside = rc != 0;
    if (last && !stored->n && out.pos == 0) return at_end_of_file(z->inside, why);
    return 1;
}

/* ---- bzip2 ------------------------------------------------------------------------------ */

typedef struct bzip {
    bz_stream b;
    bool inside; /* a member has begun and not ended */
} bzip;

static void *bzip_open(void)
{
    return sm_calloc(1, sizeof(bzip));
}

static void bzip_close(void *decoder)
{
    bzip *z = decoder;
    if (z->inside) (void)BZ2_bzDecompressEnd(&z->b);
    sm_free(z);
}

static int bzip_begin(bzip *z)
{
    memset(&z->b, 0, sizeof z->b);
    if (BZ2_bzDecompressInit(&z->b, 0, 0) != BZ_OK) sm_out_of_memory(0);
    z->inside = true;
    return 1;
}

static int bzip_step(void *decoder, sm_span *stored, bool last, char *p, size_t n, size_t *got,
                     const char **why)
{
    bzip *z = decoder;
    if (!z->inside && !stored->n) return last ? 0 : 1;
    if (!z->inside) SM_TRY(bzip_begin(z));
    z->b.next_in = unconst(stored->p);
    z->b.avail_in = fit(stored->n);
    z->b.next_out = p;
    z->b.avail_out = fit(n);
    const unsigned in = z->b.avail_in, out = z->b.avail_out;
    const int rc = BZ2_bzDecompress(&z->b);
    *got = out - z->b.avail_out;
    stored->p += in - z->b.avail_in;
    stored->n -= in - z->b.avail_in;
    if (rc == BZ_STREAM_END) {
        (void)BZ2_bzDecompressEnd(&z->b);
        z->inside = false;
    } else if (rc != BZ_OK) {
        *why = "damaged";
        return SM_EFORMAT;
    } else if (last && !stored->n && *got == 0) {
        return at_end_of_file(z->inside, why);
    }
    return 1;
}

/* ---- choice ------------------------------------------------------------------------------ */

static const decoder_type gzip_type = {"gzip", gzip_open, gzip_close, gzip_step};
static const decoder_type zstd_type = {"zstd", zstd_open, zstd_close, zstd_step};
static const decoder_type bzip_type = {"bzip2", bzip_open, bzip_close, bzip_step};

const decoder_type *decoder_for(sm_span start)
{
    static const struct {
        sm_span magic;
        const decoder_type *type;
    } known[] = {
        {{"\x1f\x8b", 2}, &gzip_type},
        {{"\x28\xb5\x2f\xfd", 4}, &zstd_type},
        {{"BZh", 3}, &bzip_type},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (sm_span_starts(start, known[i].magic)) return known[i].type;
    /* zstd may begin with a skippable frame: 0x184D2A50 … 5F. */
    const bool skippable = start.n >= 4 && ((unsigned char)start.p[0] & 0xF0) == 0x50 &&
                           memcmp(start.p + 1, "\x2a\x4d\x18", 3) == 0;
    return skippable ? &zstd_type : NULL;
}

const char *decoder_foreign(sm_span start)
{
    if (sm_span_starts(start, (sm_span){"\xfd\x37\x7a\x58\x5a\x00", 6})) return "xz";
    if (sm_span_starts(start, (sm_span){"\x04\x22\x4d\x18", 4})) return "lz4";
    if (sm_span_starts(start, (sm_span){"PK\x03\x04", 4})) return "zip";
    return NULL;
}

/* ---- in memory --------------------------------------------------------------------------- */

/* A zlib header (RFC 1950): method 8, window up to 32K, and a check over both bytes. */
static bool is_zlib(sm_span s)
{
    if (s.n < 2) return false;
    const unsigned first = (unsigned char)s.p[0], second = (unsigned char)s.p[1];
    return (first & 0x0F) == 8 && first >> 4 <= 7 && (first << 8 | second) % 31 == 0;
}

static int window_of(sm_span s)
{
    if (sm_span_starts(s, (sm_span){"\x1f\x8b", 2})) return 15 + 16;
    return is_zlib(s) ? 15 : -15;
}

/* One step of inflate into the buffer; *full where it gives more than the buffer may hold. */
static int inflate_more(z_stream *z, sm_buffer *into, bool *full)
{
    enum { STEP = 64 << 10 };
    Bytef beyond = 0;
    const size_t left = into->max - into->n;
    const unsigned room = left > STEP ? STEP : left ? (unsigned)left : 1;
    z->next_out = left ? (Bytef *)sm_buffer_reserve(into, room) : &beyond;
    z->avail_out = room;
    const int rc = inflate(z, Z_NO_FLUSH);
    if (left) into->n += room - z->avail_out;
    *full = !left && z->avail_out == 0;
    return rc;
}

int sm_inflate(sm_span deflated, sm_buffer *into, sm_error *err)
{
    z_stream z = {.next_in = (Bytef *)unconst(deflated.p), .avail_in = fit(deflated.n)};
    bool full = false;
    int rc = Z_OK;
    if (inflateInit2(&z, window_of(deflated)) != Z_OK)
        SM_FAIL(err, SM_EIO, "zlib does not start");
    while (rc == Z_OK && !full)
        rc = inflate_more(&z, into, &full);
    (void)inflateEnd(&z);
    if (rc == Z_STREAM_END && !full) return 0;
    if (full) SM_FAIL(err, SM_ELIMIT, "inflates to more than %zu bytes", into->max);
    if (rc == Z_BUF_ERROR) SM_FAIL(err, SM_ETRUNC, "the compressed body is cut");
    SM_FAIL(err, SM_EFORMAT, "the compressed body is damaged");
}
