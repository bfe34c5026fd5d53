/* zstd's seekable format, and a cache of decoded frames: see seimai/frames.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/frames.h>

#include <pthread.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

enum {
    SKIPPABLE_HEAD = 8, /* mark, bytes that follow */
    ENTRY = 12,
    FOOTER = 9,
    CHECKSUM = 4,
    HAS_CHECKSUMS = 0x80
};
static const uint32_t skippable_mark = 0x184D2A5E, seekable_mark = 0x8F92EAB1;

/* ---- writing ---------------------------------------------------------------------------------- */

static void put_u32(sm_buffer *out, uint32_t v)
{
    char bytes[4];
    sm_put_u32(bytes, v);
    sm_buffer_put(out, (sm_span){bytes, sizeof bytes});
}

void sm_frames_put(sm_span plain, int level, sm_buffer *file, sm_buffer *table)
{
    const size_t bound = ZSTD_compressBound(plain.n);
    char *const room = sm_buffer_reserve(file, bound);
    ZSTD_CCtx *const context = ZSTD_createCCtx();
    if (!context) sm_out_of_memory(0);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    const size_t n = room ? ZSTD_compress2(context, room, bound, plain.p, plain.n) : 0;
    if (ZSTD_isError(n))
        sm_out_of_memory(bound); /* nothing else can fail: there is room for the bound */
    (void)ZSTD_freeCCtx(context);
    if (!room) return; /* the buffer says so: it overflowed */
    file->n += n;
    put_u32(table, (uint32_t)n);
    put_u32(table, (uint32_t)plain.n);
    put_u32(table, sm_get_u32(room + n - CHECKSUM));
}

void sm_frames_seal(const sm_buffer *table, sm_buffer *file)
{
    put_u32(file, skippable_mark);
    put_u32(file, (uint32_t)(table->n + FOOTER));
    sm_buffer_put(file, sm_buffer_span(table));
    put_u32(file, (uint32_t)(table->n / ENTRY));
    sm_buffer_putc(file, (char)HAS_CHECKSUMS);
    put_u32(file, seekable_mark);
}

/* ---- reading ---------------------------------------------------------------------------------- */

size_t sm_frames_size(const sm_frames *f, uint32_t i)
{
    return i + 1 < f->n ? f->frame_bytes : (size_t)(f->plain - (uint64_t)i * f->frame_bytes);
}

/* Where the entries lie: behind the head of the skippable frame that ends the file. */
static int find_table(sm_frames *f, const char **entries, sm_error *err)
{
    const char *const end = f->file.p + f->file.n;
    if (f->file.n < SKIPPABLE_HEAD + FOOTER || sm_get_u32(end - 4) != seekable_mark)
        SM_FAIL(err, SM_ETRUNC, "%s: it does not end with a seek table", f->name);
    f->n = sm_get_u32(end - FOOTER);
    const uint64_t bytes = (uint64_t)f->n * ENTRY + FOOTER;
    if ((unsigned char)end[-5] != HAS_CHECKSUMS || bytes + SKIPPABLE_HEAD > f->file.n ||
        sm_get_u32(end - bytes - 4) != bytes ||
        sm_get_u32(end - bytes - SKIPPABLE_HEAD) != skippable_mark)
        SM_FAIL(err, SM_EFORMAT, "%s: seek table: its head does not fit %u frames", f->name,
                f->n);
    *entries = end - bytes;
    return SM_OK;
}

static int read_table(sm_frames *f, const char *entries, sm_error *err)
{
    if (f->n != (f->plain + f->frame_bytes - 1) / f->frame_bytes)
        SM_FAIL(err, SM_EFORMAT, "%s: seek table: %u frames do not hold %llu bytes", f->name,
                f->n, (unsigned long long)f->plain);
    uint64_t at = 0;
    f->starts = sm_malloc(((size_t)f->n + 1) * sizeof *f->starts);
    for (uint32_t i = 0; i < f->n; i++, entries += ENTRY) {
        f->starts[i] = at;
        at += sm_get_u32(entries);
        if (sm_get_u32(entries + 4) != sm_frames_size(f, i) || sm_get_u32(entries) <= CHECKSUM)
            SM_FAIL(err, SM_EFORMAT, "%s: seek table: frame %u: impossible sizes", f->name, i);
    }
    f->starts[f->n] = at;
    if (at + SKIPPABLE_HEAD + (uint64_t)f->n * ENTRY + FOOTER == f->file.n) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: seek table: its frames are not those of the file", f->name);
}

int sm_frames_open(sm_frames *frames, const char *name, sm_span file, size_t frame_bytes,
                   uint64_t plain, sm_error *err)
{
    sm_frames f = {.name = name, .file = file, .frame_bytes = frame_bytes, .plain = plain};
    const char *entries = NULL;
    int status = find_table(&f, &entries, err);
    if (status >= 0) status = read_table(&f, entries, err);
    if (status < 0) sm_frames_close(&f);
    *frames = f;
    return status;
}

void sm_frames_close(sm_frames *f)
{
    sm_free(f->starts);
    *f = (sm_frames){0};
}

static int decode(const sm_frames *f, uint32_t i, ZSTD_DCtx *context, char *plain,
                  sm_error *err)
{
    const char *const frame = f->file.p + f->starts[i];
    const size_t bytes = (size_t)(f->starts[i + 1] - f->starts[i]), want = sm_frames_size(f, i);
    const char *const entry = f->file.p + f->starts[f->n] + SKIPPABLE_HEAD + (size_t)i * ENTRY;
    if (sm_get_u32(frame + bytes - CHECKSUM) != sm_get_u32(entry + 8))
        SM_FAIL(err, SM_EHASH, "%s: frame %u: its checksum is not that of the seek table",
                f->name, i);
    const size_t got = ZSTD_decompressDCtx(context, plain, want, frame, bytes);
    if (ZSTD_isError(got))
        SM_FAIL(err,
                ZSTD_getErrorCode(got) == ZSTD_error_checksum_wrong ? SM_EHASH : SM_EFORMAT,
                "%s: frame %u: %s", f->name, i, ZSTD_getErrorName(got));
    if (got == want) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: frame %u: %zu bytes, %zu are expected", f->name, i, got,
            want);
}

static ZSTD_DCtx *new_context(void)
{
    ZSTD_DCtx *const context = ZSTD_createDCtx();
    if (!context) sm_out_of_memory(0);
    return context;
}

int sm_frames_decode(const sm_frames *frames, uint32_t i, char *plain, sm_error *err)
{
    ZSTD_DCtx *const context = new_context();
    const int status = decode(frames, i, context, plain, err);
    (void)ZSTD_freeDCtx(context);
    return status;
}

/* ---- the cache -------------------------------------------------------------------------------- */

typedef struct slot {
    pthread_mutex_t lock;
    uint64_t number; /* of the frame in it; UINT64_MAX: none */
    char *plain;
    ZSTD_DCtx *context;
} slot;

struct sm_frame_cache {
    size_t n, frame_bytes;
    slot slots[];
};

sm_frame_cache *sm_frame_cache_new(size_t slots, size_t frame_bytes)
{
    sm_frame_cache *const c = sm_calloc(1, sizeof *c + slots * sizeof *c->slots);
    c->n = slots;
    c->frame_bytes = frame_bytes;
    for (size_t i = 0; i < slots; i++) {
        c->slots[i].number = UINT64_MAX;
        if (pthread_mutex_init(&c->slots[i].lock, NULL) != 0) sm_out_of_memory(0);
    }
    return c;
}

void sm_frame_cache_free(sm_frame_cache *c)
{
    for (size_t i = 0; c && i < c->n; i++) {
        (void)pthread_mutex_destroy(&c->slots[i].lock);
        (void)ZSTD_freeDCtx(c->slots[i].context);
        sm_free(c->slots[i].plain);
    }
    sm_free(c);
}

/* Has frame i, of number `number`, in the slot, whose lock is held. */
static int fill(slot *s, const sm_frame_cache *c, const sm_frames *f, uint32_t i,
                uint64_t number, sm_error *err)
{
    if (s->number == number) return SM_OK;
    if (!s->plain) {
        s->plain = sm_malloc(c->frame_bytes);
        s->context = new_context();
    }
    s->number = UINT64_MAX; /* what a failure leaves is no frame */
    SM_TRY(decode(f, i, s->context, s->plain, err));
    s->number = number;
    return SM_OK;
}

static int read_frame(sm_frame_cache *c, const sm_frames *f, uint64_t first, uint32_t i,
                      size_t at, char *to, size_t n, sm_error *err)
{
    slot *const s = &c->slots[(first + i) % c->n];
    (void)pthread_mutex_lock(&s->lock);
    const int status = fill(s, c, f, i, first + i, err);
    if (status == SM_OK) memcpy(to, s->plain + at, n);
    (void)pthread_mutex_unlock(&s->lock);
    return status;
}

int sm_frame_cache_read(sm_frame_cache *c, const sm_frames *f, uint64_t first, uint64_t at,
                        char *to, size_t n, sm_error *err)
{
    while (n) {
        const uint32_t i = (uint32_t)(at / f->frame_bytes);
        const size_t inside = (size_t)(at % f->frame_bytes);
        const size_t here = sm_frames_size(f, i) - inside;
        const size_t take = here < n ? here : n;
        SM_TRY(read_frame(c, f, first, i, inside, to, take, err));
        at += take;
        to += take;
        n -= take;
    }
    return SM_OK;
}
