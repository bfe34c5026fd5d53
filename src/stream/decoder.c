/* gzip (all members), zstd (all frames) and bzip2 (all streams): see decoder.h.
 * SPDX-License-Identifier: MIT */
#include "decoder.h"
#include "inflater.h"

#include <bzlib.h>
#include <limits.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

static int at_end_of_file(bool inside, const char **why)
{
    if (!inside) return 0;
    *why = "the file ends inside a member";
    return SM_ETRUNC;
}

/* ---- gzip ------------------------------------------------------------------------------- */

typedef struct gzip {
    const inflater_type *type;
    void *inflater;
} gzip;

static void *gzip_open(void)
{
    gzip *g = sm_malloc(sizeof *g);
    *g = (gzip){inflater_best(), inflater_best()->open()};
    return g;
}

static void gzip_close(void *decoder)
{
    gzip *g = decoder;
    g->type->close(g->inflater);
    sm_free(g);
}

static void gzip_restart(void *decoder)
{
    const gzip *g = decoder;
    g->type->begin(g->inflater, INFLATE_GZIP);
}

/* RFC 1952, 2.3: method deflate, no reserved flag, a known speed and a known system. */
static bool gzip_starts(sm_span s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    if (s.n < DECODER_MAGIC_BYTES || p[0] != 0x1F || p[1] != 0x8B || p[2] != 8) return false;
    return (p[3] & 0xE0) == 0 && (p[8] & ~6) == 0 && (p[9] <= 13 || p[9] == 255);
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

static int gzip_step(void *decoder, bool *inside, sm_span *stored, bool last, char *p, size_t n,
                     size_t *got, const char **why)
{
    const gzip *g = decoder;
    if (!*inside) SM_TRY(gzip_between(stored, why));
    if (!*inside && !stored->n) return !last;
    *inside = true; /* and with nothing stored, what the inflater holds back comes out */
    const int rc = g->type->step(g->inflater, stored, p, n, got, why);
    SM_TRY(rc);
    if (rc == 0) {
        *inside = false;
        gzip_restart(decoder);
    } else if (last && !stored->n && *got == 0) {
        return at_end_of_file(*inside, why);
    }
    return 1;
}

/* ---- zstd ------------------------------------------------------------------------------- */

/* A file may carry the dictionary of all its frames in a skippable frame at its beginning, plain or as a frame
 * of its own (the zstd profile of WARC). */
enum { DICTIONARY_MAX = 32 << 20, FRAME_HEAD = 8 };
static const sm_span dictionary_mark = {"\x5D\x2A\x4D\x18", 4};

typedef struct zstd {
    ZSTD_DStream *stream;
    bool begun;
    sm_buffer first; /* the skippable frame at the beginning, as far as it was read */
    size_t wanted;   /* … bytes of it; 0: there is none, or it was read */
} zstd;

static void *zstd_open(void)
{
    zstd *z = sm_malloc(sizeof *z);
    *z = (zstd){.stream = ZSTD_createDStream(),
                .first = sm_buffer_make(DICTIONARY_MAX + FRAME_HEAD)};
    if (!z->stream) sm_out_of_memory(0);
    return z;
}

static void zstd_close(void *decoder)
{
    zstd *z = decoder;
    (void)ZSTD_freeDStream(z->stream);
    sm_buffer_free(&z->first);
    sm_free(z);
}

static void zstd_restart(void *decoder)
{
    const zstd *z = decoder;
    (void)ZSTD_DCtx_reset(z->stream, ZSTD_reset_session_only);
}

static bool zstd_starts(sm_span s)
{
    return sm_span_starts(s, (sm_span){"\x28\xb5\x2f\xfd", 4});
}

static int load_dictionary(zstd *z, const char **why)
{
    sm_buffer plain = sm_buffer_make(DICTIONARY_MAX);
    sm_span content = {z->first.p + FRAME_HEAD, z->first.n - FRAME_HEAD};
    int rc = 0;
    if (zstd_starts(content)) {
        rc = sm_decode(SM_CODING_ZSTD, content, &plain, NULL); /* it is compressed itself */
        content = sm_buffer_span(&plain);
    }
    /* Other skippable frames begin so as well: what is no dictionary is passed over. */
    const bool is_dictionary = sm_span_starts(content, (sm_span){"\x37\xA4\x30\xEC", 4});
    if (rc == 0 && is_dictionary &&
        ZSTD_isError(ZSTD_DCtx_loadDictionary(z->stream, content.p, content.n)))
        rc = SM_EFORMAT;
    sm_buffer_free(&plain);
    sm_buffer_free(&z->first);
    *why = "the dictionary is damaged";
    return rc;
}

/* Gathers the frame with the dictionary, however small the steps are; *got stays 0. */
static int read_dictionary(zstd *z, bool *inside, sm_span *stored, bool last, const char **why)
{
    const size_t left = z->wanted - z->first.n;
    const size_t n = stored->n < left ? stored->n : left;
    *inside = true;
    sm_buffer_put(&z->first, (sm_span){stored->p, n});
    *stored = (sm_span){stored->p + n, stored->n - n};
    if (z->first.n < z->wanted) return last ? at_end_of_file(true, why) : 1;
    if (z->wanted == FRAME_HEAD && sm_get_u32(z->first.p + 4) > 0) {
        z->wanted += sm_get_u32(z->first.p + 4);
        *why = "a dictionary of more than 32 MiB";
        return z->wanted > z->first.max ? SM_EFORMAT : 1;
    }
    z->wanted = 0;
    *inside = false;
    SM_TRY(load_dictionary(z, why));
    return 1;
}

static int zstd_fault(size_t rc, const char **why)
{
    *why = ZSTD_getErrorName(rc);
    return ZSTD_getErrorCode(rc) == ZSTD_error_checksum_wrong ? SM_EHASH : SM_EFORMAT;
}

static int zstd_step(void *decoder, bool *inside, sm_span *stored, bool last, char *p, size_t n,
                     size_t *got, const char **why)
{
    zstd *z = decoder;
    if (!z->begun && sm_span_starts(*stored, dictionary_mark)) z->wanted = FRAME_HEAD;
    z->begun = true;
    if (z->wanted) return read_dictionary(z, inside, stored, last, why);
    ZSTD_inBuffer in = {stored->p, stored->n, 0};
    ZSTD_outBuffer out = {p, n, 0};
    if (!stored->n && last && !*inside) return 0;
    *inside = *inside || stored->n;
    const size_t rc = ZSTD_decompressStream(z->stream, &out, &in);
    *stored = (sm_span){stored->p + in.pos, stored->n - in.pos};
    *got = out.pos;
    if (ZSTD_isError(rc)) return zstd_fault(rc, why);
    *inside = rc != 0;
    if (last && !stored->n && out.pos == 0) return at_end_of_file(*inside, why);
    return 1;
}

/* ---- bzip2 ------------------------------------------------------------------------------ */

typedef struct bzip {
    bz_stream b;
    bool open; /* memory is held */
} bzip;

static void *bzip_open(void)
{
    return sm_calloc(1, sizeof(bzip));
}

static void bzip_restart(void *decoder)
{
    bzip *z = decoder;
    if (z->open) (void)BZ2_bzDecompressEnd(&z->b);
    z->open = false;
}

static void bzip_close(void *decoder)
{
    bzip_restart(decoder);
    sm_free(decoder);
}

/* "BZh", a level, and the mark of a block or, in an empty stream, of its end. */
static bool bzip_starts(sm_span s)
{
    if (s.n < DECODER_MAGIC_BYTES || memcmp(s.p, "BZh", 3) != 0) return false;
    return memcmp(s.p + 4, "\x31\x41\x59\x26\x53\x59", 6) == 0 ||
           memcmp(s.p + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0;
}

static void bzip_begin(bzip *z)
{
    memset(&z->b, 0, sizeof z->b);
    if (BZ2_bzDecompressInit(&z->b, 0, 0) != BZ_OK) sm_out_of_memory(0);
    z->open = true;
}

/* It takes its input through a pointer that is not const, and counts in 32 bits. */
static void bzip_feed(bzip *z, sm_span stored, char *p, size_t n)
{
    union {
        const char *in;
        char *out;
    } both = {stored.p};
    z->b.next_in = both.out;
    z->b.avail_in = stored.n > INT_MAX ? (unsigned)INT_MAX : (unsigned)stored.n;
    z->b.next_out = p;
    z->b.avail_out = n > INT_MAX ? (unsigned)INT_MAX : (unsigned)n;
}

static int bzip_step(void *decoder, bool *inside, sm_span *stored, bool last, char *p, size_t n,
                     size_t *got, const char **why)
{
    bzip *z = decoder;
    if (!*inside && !stored->n) return last ? 0 : 1;
    if (!z->open) bzip_begin(z);
    *inside = true;
    bzip_feed(z, *stored, p, n);
    const unsigned in = z->b.avail_in, out = z->b.avail_out;
    const int rc = BZ2_bzDecompress(&z->b);
    *got = out - z->b.avail_out;
    *stored = (sm_span){stored->p + (in - z->b.avail_in), stored->n - (in - z->b.avail_in)};
    if (rc == BZ_STREAM_END) {
        bzip_restart(z);
        *inside = false;
    } else if (rc != BZ_OK) {
        *why = "damaged";
        return SM_EFORMAT;
    } else if (last && !stored->n && *got == 0) {
        return at_end_of_file(*inside, why);
    }
    return 1;
}

/* ---- choice ------------------------------------------------------------------------------ */

static const decoder_type gzip_type = {"gzip",    gzip_open,    gzip_close,
                                       gzip_step, gzip_restart, gzip_starts};
static const decoder_type zstd_type = {"zstd",    zstd_open,    zstd_close,
                                       zstd_step, zstd_restart, zstd_starts};
static const decoder_type bzip_type = {"bzip2",   bzip_open,    bzip_close,
                                       bzip_step, bzip_restart, bzip_starts};

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
