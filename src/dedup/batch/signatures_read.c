/* Reading signatures: by chunk and column, each part checked against its hash before it is used.
 * SPDX-License-Identifier: MIT */
#include "batch_internal.h"
#include "store/setcode.h"

#include <seimai/file.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int read_at(int fd, const char *path, int64_t at, char *p, size_t n, sm_error *err)
{
    for (size_t done = 0; done < n;) {
        const ssize_t got = pread(fd, p + done, n - done, (off_t)at + (off_t)done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) SM_FAIL(err, SM_EIO, "%s: read: %s", path, strerror(errno));
        if (got == 0) SM_FAIL(err, SM_ETRUNC, "%s: ends at byte %lld", path, (long long)at);
        done += (size_t)got;
    }
    return SM_OK;
}

static int damaged(const char *path, int64_t at, const char *what, sm_error *err)
{
    SM_FAIL(err, SM_EHASH, "%s: damaged at byte %lld: %s", path, (long long)at, what);
}

static bool hash_holds(sm_span bytes, const char *stored)
{
    return sm_hash64(bytes) == sm_get_u64(stored);
}

/* ---- head and foot -------------------------------------------------------------------------- */

static sm_dedup_options get_options(const char *head)
{
    return (sm_dedup_options){
        .bands = sm_get_u32(head + 12),
        .rows = sm_get_u32(head + 16),
        .shingle = sm_get_u32(head + 20),
        .bucket_cap = sm_get_u32(head + 24),
        .view = (sm_view)sm_get_u32(head + 28),
        .verify = (sm_verify)sm_get_u32(head + 32),
        .exact_only = sm_get_u32(head + 36) & 1,
        .normalized = sm_get_u32(head + 36) >> 1 & 1,
        .url = sm_get_u32(head + 36) >> 2 & 1,
        .threshold = real_of(sm_get_u64(head + 40)),
        .seed = sm_get_u64(head + 48),
        .words = sm_get_u64(head + SIG_HEAD - 24),
    };
}

static bool options_fit(const sm_dedup_options *o)
{
    return o->bands >= 1 && o->rows >= 1 && o->bands <= BANDS_MAX &&
           (uint64_t)o->bands * o->rows <= SM_MINHASH_MAX && o->bucket_cap >= 1 &&
           o->threshold > 0 && o->threshold <= 1;
}

static int read_head(sig_file *f, sm_error *err)
{
    char head[SIG_HEAD];
    SM_TRY(read_at(f->fd, f->path, 0, head, sizeof head, err));
    if (memcmp(head, SIG_MAGIC, 8) != 0)
        SM_FAIL(err, SM_EFORMAT, "%s: no file of signatures", f->path);
    if (!hash_holds((sm_span){head, SIG_HEAD - 8}, head + SIG_HEAD - 8))
        return damaged(f->path, 0, "its head", err);
    if (sm_get_u32(head + 8) != SIG_VERSION)
        SM_FAIL(err, SM_EFORMAT, "%s: version %u, not %u", f->path, sm_get_u32(head + 8),
                SIG_VERSION);
    sm_signatures_info *info = &f->info;
    info->options = get_options(head);
    f->head_hash = sm_get_u64(head + SIG_HEAD - 8);
    info->fingerprint = (sm_hash128){sm_get_u64(head + 56), sm_get_u64(head + 64)};
    info->reading = sm_get_u64(head + SIG_HEAD - 16);
    info->preference.by = (sm_prefer)sm_get_u32(head + 72);
    const uint32_t n = sm_get_u32(head + 76);
    if (!options_fit(&info->options) || n > SM_FIELD_MAX ||
        info->preference.by > SM_PREFER_BEST)
        SM_FAIL(err, SM_EFORMAT, "%s: its head holds impossible values", f->path);
    memcpy(info->name, head + 80, n);
    info->preference.field = (sm_span){info->name, n};
    return SM_OK;
}

static int read_foot(sig_file *f, sm_error *err)
{
    char foot[SIG_FOOT];
    if (f->size < SIG_HEAD + SIG_FOOT)
        SM_FAIL(err, SM_ETRUNC, "%s: ends before its foot", f->path);
    SM_TRY(read_at(f->fd, f->path, f->size - SIG_FOOT, foot, sizeof foot, err));
    if (sm_get_u32(foot) != FOOT_MAGIC)
        SM_FAIL(err, SM_ETRUNC, "%s: ends without its foot", f->path);
    if (!hash_holds((sm_span){foot, SIG_FOOT - 8}, foot + SIG_FOOT - 8))
        return damaged(f->path, f->size - SIG_FOOT, "its foot", err);
    f->info.documents = sm_get_u64(foot + 8);
    f->info.short_texts = sm_get_u64(foot + 16);
    f->info.text_bytes = sm_get_u64(foot + 24);
    f->urls = sm_get_u64(foot + 32);
    return SM_OK;
}

/* The file's name without folder and ending. */
static char *bare_name(const char *path)
{
    sm_span name = sm_span_of(sm_file_base(path));
    if (sm_span_ends(name, SM_SPAN(".sig"))) name.n -= 4;
    return sm_strdup(name);
}

int sig_open(sig_file *f, const char *path, sm_error *err)
{
    struct stat info;
    *f = (sig_file){.fd = open(path, O_RDONLY | O_CLOEXEC)};
    if (f->fd < 0)
        SM_FAIL(err, errno == ENOENT ? SM_ENOENT : SM_EIO, "%s: %s", path, strerror(errno));
    f->path = sm_strdup(sm_span_of(path));
    f->name = bare_name(path);
    f->size = fstat(f->fd, &info) == 0 ? (int64_t)info.st_size : 0;
    int status = read_head(f, err);
    if (status == SM_OK) status = read_foot(f, err);
    if (status < 0) sig_close(f);
    return status;
}

void sig_close(sig_file *f)
{
    if (f->path) (void)close(f->fd);
    sm_free(f->path);
    sm_free(f->name);
    *f = (sig_file){.fd = -1};
}

int sm_signatures_read_info(const char *path, sm_signatures_info *info, sm_error *err)
{
    sig_file f;
    SM_TRY(sig_open(&f, path, err));
    *info = f.info;
    info->preference.field.p = info->name;
    sig_close(&f);
    return SM_OK;
}

/* ---- chunks --------------------------------------------------------------------------------- */

void sig_chunk_init(sig_chunk *c)
{
    *c = (sig_chunk){.head = sm_buffer_make((size_t)CHUNK_HEAD + 8 * (BANDS_MAX + 8))};
}

void sig_chunk_fini(sig_chunk *c)
{
    sm_buffer_free(&c->head);
}

static int64_t columns_bytes(const sig_chunk *c)
{
    uint64_t each = 0;
    for (unsigned i = 0; i < c->columns; i++)
        each += column_width(i);
    return (int64_t)(each * c->n);
}

/* The foot must stand where the last chunk ends, and count what the chunks held. */
static int check_end(const sig_file *f, const sig_chunk *c, sm_error *err)
{
    if (c->next == f->size - SIG_FOOT && c->first + c->n == f->info.documents) return 0;
    SM_FAIL(err, SM_EFORMAT, "%s: %llu documents at byte %lld, its foot counts %llu", f->path,
            (unsigned long long)(c->first + c->n), (long long)c->next,
            (unsigned long long)f->info.documents);
}

static int read_chunk_head(const sig_file *f, sig_chunk *c, sm_error *err)
{
    const int64_t at = c->next;
    const size_t bytes = CHUNK_HEAD + 8 * (size_t)(c->columns + 1);
    sm_buffer_clear(&c->head);
    char *p = sm_buffer_reserve(&c->head, bytes);
    SM_TRY(read_at(f->fd, f->path, at, p, bytes, err));
    if (sm_get_u32(p) != CHUNK_MAGIC || !hash_holds((sm_span){p, bytes - 8}, p + bytes - 8))
        return damaged(f->path, at, "the head of a chunk", err);
    c->n = sm_get_u32(p + 4);
    c->ids_bytes = sm_get_u64(p + 8);
    c->payload_bytes = sm_get_u64(p + 16);
    c->ids_hash = sm_get_u64(p + 24);
    c->at = at + (int64_t)bytes;
    const uint64_t room = (uint64_t)(f->size - SIG_FOOT - c->at);
    const uint64_t columns = (uint64_t)columns_bytes(c);
    if (c->n == 0 || c->n > CHUNK_DOCUMENTS || columns > room ||
        c->ids_bytes > room - columns || c->payload_bytes > room - columns - c->ids_bytes)
        SM_FAIL(err, SM_EFORMAT, "%s: the chunk at byte %lld is larger than the file", f->path,
                (long long)at);
    c->next = c->at + (int64_t)(columns + c->ids_bytes + c->payload_bytes);
    return 1;
}

int sig_chunk_next(const sig_file *f, sig_chunk *c, sm_error *err)
{
    if (c->next == 0) {
        c->next = SIG_HEAD;
        c->first = c->n = 0;
        c->columns = COLUMN_KEYS + (f->info.options.exact_only ? 0 : f->info.options.bands);
    }
    const size_t head = CHUNK_HEAD + 8 * (size_t)(c->columns + 1);
    if (c->next + (int64_t)head > f->size - SIG_FOOT) return check_end(f, c, err);
    c->first += c->n;
    return read_chunk_head(f, c, err);
}

static int read_part(const sig_file *f, int64_t at, size_t bytes, uint64_t hash,
                     sm_buffer *into, sm_error *err)
{
    sm_buffer_clear(into);
    if (bytes == 0) return SM_OK;
    char *p = sm_buffer_reserve(into, bytes);
    if (!p) SM_FAIL(err, SM_ELIMIT, "%s: %zu bytes in one chunk", f->path, bytes);
    SM_TRY(read_at(f->fd, f->path, at, p, bytes, err));
    into->n = bytes;
    if (sm_hash64(sm_buffer_span(into)) != hash)
        return damaged(f->path, at, "its hash does not match", err);
    return SM_OK;
}

int sig_read_column(const sig_file *f, const sig_chunk *c, unsigned column, sm_buffer *into,
                    sm_error *err)
{
    int64_t at = c->at;
    for (unsigned i = 0; i < column; i++)
        at += (int64_t)(column_width(i) * c->n);
    const uint64_t hash = sm_get_u64(c->head.p + CHUNK_HEAD + 8 * (size_t)column);
    return read_part(f, at, column_width(column) * c->n, hash, into, err);
}

int sig_read_ids(const sig_file *f, const sig_chunk *c, sm_buffer *into, sm_error *err)
{
    return read_part(f, c->at + columns_bytes(c), c->ids_bytes, c->ids_hash, into, err);
}

int sig_read_payload(const sig_file *f, const sig_chunk *c, uint64_t at, size_t bytes,
                     uint64_t hash, sm_buffer *into, sm_error *err)
{
    if (at > c->payload_bytes || bytes > c->payload_bytes - at)
        SM_FAIL(err, SM_EFORMAT, "%s: the chunk at byte %lld lacks payload", f->path,
                (long long)c->at);
    const int64_t from = c->at + columns_bytes(c) + (int64_t)(c->ids_bytes + at);
    return read_part(f, from, bytes, hash, into, err);
}

/* ---- payload ------------------------------------------------------------------------------- */

static int no_payload(const sig_file *f, sm_error *err)
{
    SM_FAIL(err, SM_EFORMAT, "%s: the payload of a document is no code", f->path);
}

int sig_unpack(const sig_file *f, sm_span payload, size_t n_set, sm_arena *arena,
               sm_dedup_item *item, sm_error *err)
{
    const sm_dedup_options *o = &f->info.options;
    const size_t entries = (size_t)o->bands * o->rows;
    item->set = NULL;
    item->entries = NULL;
    item->n_set = n_set;
    if (n_set == 0) return SM_OK;
    if (o->verify == SM_VERIFY_EXACT) {
        if (n_set > 8 * payload.n) return no_payload(f, err); /* a bit at least each */
        uint64_t *set = sm_arena_alloc(arena, n_set * sizeof *set);
        char *code = sm_arena_zalloc(arena, 1, payload.n + SET_CODE_PAD);
        memcpy(code, payload.p, payload.n);
        if (!set_decode((sm_span){code, payload.n}, n_set, set)) return no_payload(f, err);
        item->set = set;
    } else if (o->verify == SM_VERIFY_SIGNATURE) {
        if (payload.n != 4 * entries) return no_payload(f, err);
        uint32_t *signature = sm_arena_alloc(arena, payload.n);
        for (size_t i = 0; i < entries; i++)
            signature[i] = sm_get_u32(payload.p + 4 * i);
        item->entries = signature;
    }
    return SM_OK;
}

/* ---- all of it ------------------------------------------------------------------------------ */

typedef struct parts {
    sm_buffer column, sizes, ids, payload;
    sm_arena arena;
} parts;

static int verify_chunk(const sig_file *f, const sig_chunk *c, parts *p, sm_error *err)
{
    for (unsigned i = COLUMN_TEXTS; i < c->columns; i++)
        SM_TRY(sig_read_column(f, c, i, &p->column, err));
    SM_TRY(sig_read_column(f, c, COLUMN_SIZES, &p->sizes, err));
    SM_TRY(sig_read_column(f, c, COLUMN_ABOUT, &p->column, err));
    SM_TRY(sig_read_ids(f, c, &p->ids, err));
    uint64_t at = 0, id_at = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        const char *about = p->column.p + (size_t)i * column_width(COLUMN_ABOUT);
        const size_t bytes = sm_get_u32(about + 4);
        sm_dedup_item item;
        sm_arena_reset(&p->arena);
        SM_TRY(sig_read_payload(f, c, at, bytes, sm_get_u64(about + 24), &p->payload, err));
        SM_TRY(sig_unpack(f, sm_buffer_span(&p->payload),
                          sm_get_u32(p->sizes.p + (size_t)4 * i), &p->arena, &item, err));
        at += bytes;
        id_at += sm_get_u32(about);
    }
    if (at == c->payload_bytes && id_at == c->ids_bytes) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: the chunk at byte %lld does not add up", f->path,
            (long long)c->at);
}

int sm_signatures_verify(const char *path, sm_error *err)
{
    sig_file f;
    sig_chunk c;
    const sm_buffer none = sm_buffer_make(SIZE_MAX / 2);
    parts p = {none, none, none, none, {0}};
    SM_TRY(sig_open(&f, path, err));
    sig_chunk_init(&c);
    int status = 1;
    while ((status = sig_chunk_next(&f, &c, err)) == 1) {
        status = verify_chunk(&f, &c, &p, err);
        if (status < 0) break;
    }
    sm_buffer_free(&p.column);
    sm_buffer_free(&p.sizes);
    sm_buffer_free(&p.ids);
    sm_buffer_free(&p.payload);
    sm_arena_free(&p.arena);
    sig_chunk_fini(&c);
    sig_close(&f);
    return status;
}
