/* zlib behind seimai/deflate.h: one stream, reset for each text; what comes out is counted and forgotten.
 * SPDX-License-Identifier: MIT */
#include <seimai/deflate.h>

#include <zlib.h>

enum { OUT_BYTES = 64 << 10, IN_BYTES = 1 << 30 };

struct sm_deflater {
    z_stream stream;
    unsigned char out[OUT_BYTES];
};

sm_deflater *sm_deflater_new(int level)
{
    sm_deflater *const d = sm_calloc(1, sizeof *d);
    /* The arguments are right, so that only memory can be missing. */
    if (deflateInit(&d->stream, level) != Z_OK) sm_out_of_memory(sizeof *d);
    return d;
}

void sm_deflater_free(sm_deflater *d)
{
    if (!d) return;
    (void)deflateEnd(&d->stream);
    sm_free(d);
}

/* Hands over the next part: zlib counts in 32 bits. Its next_in is not const for history's sake. */
static void feed(z_stream *z, sm_span *text)
{
    const size_t part = text->n < IN_BYTES ? text->n : IN_BYTES;
    union {
        const char *in;
        Bytef *out;
    } p = {text->p};
    if (part == 0) return;
    z->next_in = p.out;
    z->avail_in = (uInt)part;
    *text = (sm_span){text->p + part, text->n - part};
}

uint64_t sm_deflater_size(sm_deflater *d, sm_span text)
{
    z_stream *const z = &d->stream;
    uint64_t size = 0;
    int status = Z_OK;
    (void)deflateReset(z);
    z->avail_in = 0;
    while (status != Z_STREAM_END) {
        if (z->avail_in == 0) feed(z, &text);
        z->next_out = d->out;
        z->avail_out = OUT_BYTES;
        status = deflate(z, text.n == 0 ? Z_FINISH : Z_NO_FLUSH);
        size += OUT_BYTES - z->avail_out;
    }
    return size;
}
