/* The two libraries that undo deflate: see inflater.h.
 * SPDX-License-Identifier: MIT */
#include "inflater.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>
#ifdef SM_ISAL
#include <isa-l/igzip_lib.h>
#endif

static unsigned fit(size_t n)
{
    return n > INT_MAX ? (unsigned)INT_MAX : (unsigned)n;
}

/* Both libraries take their input through a pointer that is not const. */
static unsigned char *unconst(const char *p)
{
    union {
        const char *in;
        unsigned char *out;
    } both = {p};
    return both.out;
}

/* ---- zlib --------------------------------------------------------------------------------- */

static int window_bits(inflate_wrapper wrapper)
{
    static const int bits[] = {
        [INFLATE_GZIP] = 15 + 16, [INFLATE_ZLIB] = 15, [INFLATE_RAW] = -15};
    return bits[wrapper];
}

static void *zlib_open(void)
{
    z_stream *z = sm_calloc(1, sizeof *z);
    if (inflateInit2(z, window_bits(INFLATE_GZIP)) != Z_OK) sm_out_of_memory(0);
    return z;
}

static void zlib_close(void *inflater)
{
    (void)inflateEnd(inflater);
    sm_free(inflater);
}

static void zlib_begin(void *inflater, inflate_wrapper wrapper)
{
    (void)inflateReset2(inflater, window_bits(wrapper));
}

static int zlib_step(void *inflater, sm_span *stored, char *p, size_t n, size_t *got,
                     const char **why)
{
    z_stream *z = inflater;
    z->next_in = unconst(stored->p);
    z->avail_in = fit(stored->n);
    z->next_out = (Bytef *)p;
    z->avail_out = fit(n);
    const unsigned in = z->avail_in, out = z->avail_out;
    const int rc = inflate(z, Z_NO_FLUSH);
    *got = out - z->avail_out;
    *stored = (sm_span){stored->p + (in - z->avail_in), stored->n - (in - z->avail_in)};
    if (rc == Z_STREAM_END) return 0;
    if (rc == Z_OK || rc == Z_BUF_ERROR) return 1;
    *why = z->msg ? z->msg : "damaged";
    /* zlib has one code for all damage; what is behind the last block can only be the trailer. */
    return strncmp(*why, "incorrect data", 14) == 0 ||
                   strncmp(*why, "incorrect length", 16) == 0
               ? SM_EHASH
               : SM_EFORMAT;
}

const inflater_type inflater_zlib = {"zlib", zlib_open, zlib_close, zlib_begin, zlib_step};

/* ---- ISA-L -------------------------------------------------------------------------------- */

#ifdef SM_ISAL
static void *isal_open(void)
{
    struct inflate_state *s = sm_malloc(sizeof *s);
    isal_inflate_init(s);
    s->crc_flag = ISAL_GZIP;
    return s;
}

static void isal_begin(void *inflater, inflate_wrapper wrapper)
{
    static const uint32_t flags[] = {
        [INFLATE_GZIP] = ISAL_GZIP, [INFLATE_ZLIB] = ISAL_ZLIB, [INFLATE_RAW] = ISAL_DEFLATE};
    struct inflate_state *s = inflater;
    isal_inflate_reset(s);
    s->crc_flag = flags[wrapper];
}

static const char *isal_fault(int rc)
{
    switch (rc) {
    case ISAL_INVALID_BLOCK: return "invalid block type";
    case ISAL_INVALID_SYMBOL: return "invalid code";
    case ISAL_INVALID_LOOKBACK: return "invalid distance too far back";
    case ISAL_INCORRECT_CHECKSUM: return "incorrect data check";
    default: return "incorrect header check";
    }
}

static int isal_step(void *inflater, sm_span *stored, char *p, size_t n, size_t *got,
                     const char **why)
{
    struct inflate_state *s = inflater;
    s->next_in = unconst(stored->p);
    s->avail_in = fit(stored->n);
    s->next_out = (uint8_t *)p;
    s->avail_out = fit(n);
    const unsigned in = s->avail_in, out = s->avail_out;
    const int rc = isal_inflate(s);
    *got = out - s->avail_out;
    *stored = (sm_span){stored->p + (in - s->avail_in), stored->n - (in - s->avail_in)};
    if (rc == ISAL_DECOMP_OK) return s->block_state != ISAL_BLOCK_FINISH;
    *why = isal_fault(rc);
    return rc == ISAL_INCORRECT_CHECKSUM ? SM_EHASH : SM_EFORMAT;
}

const inflater_type inflater_isal = {"ISA-L", isal_open, sm_free, isal_begin, isal_step};
#endif

const inflater_type *inflater_best(void)
{
#ifdef SM_ISAL
    return &inflater_isal;
#else
    return &inflater_zlib;
#endif
}
