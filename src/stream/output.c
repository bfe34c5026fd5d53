/* Writing files: NAME.part, every write checked, a rename at the end. See seimai/file.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/utf8.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { GZIP_LEVEL = 6, ZSTD_LEVEL = 3 };

struct sm_output {
    char *name; /* for messages, and where a .part goes in the end */
    char *part; /* NULL: written in place (standard output, a device, a pipe) */
    int fd;
    enum { PLAIN, GZIP, ZSTD } compression;
};

static int fail(const sm_output *out, const char *what, sm_error *err)
{
    const int code = errno == EPIPE ? SM_EPIPE : SM_EIO;
    SM_FAIL(err, code, "%s: %s: %s", out->name, what, strerror(errno));
}

/* What is no regular file (a device, a named pipe) cannot be replaced by a rename; nor may /dev/stderr or /dev/fd/3,
 * which are links, even where they lead to a regular file. */
static bool is_special(const char *path)
{
    struct stat info;
    if (sm_span_starts(sm_span_of(path), SM_SPAN("/dev/"))) return true;
    return stat(path, &info) == 0 && !S_ISREG(info.st_mode);
}

static void forget(sm_output *out)
{
    sm_free(out->name);
    sm_free(out->part);
    sm_free(out);
}

int sm_output_open(sm_output **out, const char *path, sm_error *err)
{
    sm_output *o = sm_calloc(1, sizeof *o);
    *out = o;
    o->fd = STDOUT_FILENO;
    if (!path || !strcmp(path, "-")) {
        o->name = sm_strdup(SM_SPAN("(stdout)"));
        return 0;
    }
    const sm_span name = sm_span_of(path);
    const bool special = is_special(path) || !*path; /* "" is refused by open itself */
    o->name = sm_strdup(name);
    if (sm_span_ends(name, SM_SPAN(".gz"))) o->compression = GZIP;
    if (sm_span_ends(name, SM_SPAN(".zst"))) o->compression = ZSTD;
    if (!special) {
        o->part = sm_malloc(name.n + sizeof ".part");
        memcpy(o->part, path, name.n);
        memcpy(o->part + name.n, ".part", sizeof ".part");
    }
    const int how = special ? O_APPEND : O_CREAT | O_TRUNC;
    o->fd = open(special ? path : o->part, O_WRONLY | O_CLOEXEC | how, 0666);
    if (o->fd >= 0) return 0;
    const int rc = fail(o, "cannot be made", err);
    forget(o);
    *out = NULL;
    return rc;
}

bool sm_output_is_compressed(const sm_output *out)
{
    return out->compression != PLAIN;
}

/* zlib counts in 32 bits, so what is larger is handed over in parts. */
static void deflate_all(z_stream *z, sm_span plain, size_t room)
{
    static const size_t part = (size_t)1 << 30;
    /* next_in is not const for history's sake. */
    union {
        const char *in;
        Bytef *out;
    } p = {plain.p};
    int rc = Z_OK;
    z->next_in = p.out;
    while (rc == Z_OK) {
        const uInt in = (uInt)(plain.n < part ? plain.n : part);
        const uInt out = (uInt)(room < part ? room : part);
        z->avail_in = in;
        z->avail_out = out;
        rc = deflate(z, in == plain.n ? Z_FINISH : Z_NO_FLUSH);
        plain.n -= in - z->avail_in;
        room -= out - z->avail_out;
    }
}

static void compress_gzip(sm_span plain, sm_buffer *into)
{
    z_stream z = {0};
    if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        sm_out_of_memory(0);
    const size_t bound = deflateBound(&z, plain.n);
    char *room = sm_buffer_reserve(into, bound);
    if (room) {
        z.next_out = (Bytef *)room;
        deflate_all(&z, plain, bound);
        into->n += z.total_out;
    }
    (void)deflateEnd(&z);
}

static void compress_zstd(sm_span plain, sm_buffer *into)
{
    const size_t bound = ZSTD_compressBound(plain.n);
    char *room = sm_buffer_reserve(into, bound);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    if (!context) sm_out_of_memory(0);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, ZSTD_LEVEL);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    const size_t n = room ? ZSTD_compress2(context, room, bound, plain.p, plain.n) : 0;
    if (ZSTD_isError(n))
        sm_out_of_memory(bound); /* with room for the bound, nothing else can fail */
    into->n += n;
    (void)ZSTD_freeCCtx(context);
}

void sm_output_compress(const sm_output *out, sm_span plain, sm_buffer *into)
{
    if (plain.n == 0) return;
    switch (out->compression) {
    case PLAIN: sm_buffer_put(into, plain); break;
    case GZIP: compress_gzip(plain, into); break;
    case ZSTD: compress_zstd(plain, into); break;
    }
}

int sm_output_write(sm_output *out, sm_span stored, sm_error *err)
{
    while (stored.n) {
        const ssize_t n = write(out->fd, stored.p, stored.n);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(out, "cannot be written", err);
        stored.p += n;
        stored.n -= (size_t)n;
    }
    return 0;
}

/* A rename is durable once its folder is written too; where a folder cannot be synced, nothing is lost. */
static void sync_folder(const sm_output *out)
{
    char *copy = sm_strdup(sm_span_of(out->name));
    const int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        (void)close(fd);
    }
    sm_free(copy);
}

static int commit_part(sm_output *out, sm_error *err)
{
    const bool synced = fsync(out->fd) == 0;
    const int why = errno;
    const bool closed = close(out->fd) == 0;
    if (!synced) errno = why;
    if (!synced || !closed) return fail(out, "cannot be written", err);
    if (rename(out->part, out->name) != 0) return fail(out, "cannot be renamed", err);
    sync_folder(out);
    return 0;
}

int sm_output_commit(sm_output *out, sm_error *err)
{
    int rc = 0;
    if (out->part)
        rc = commit_part(out, err);
    else if (close(out->fd) != 0)
        rc = fail(out, "cannot be written", err);
    forget(out);
    return rc;
}

void sm_output_abort(sm_output *out)
{
    if (!out) return;
    if (out->fd != STDOUT_FILENO) (void)close(out->fd); /* the file is given up anyway */
    forget(out);
}

int sm_file_write(const char *path, sm_span content, sm_error *err)
{
    sm_output *out = NULL;
    SM_TRY(sm_output_open(&out, path, err));
    const int rc = sm_output_write(out, content, err);
    if (rc == 0) return sm_output_commit(out, err);
    sm_output_abort(out);
    return rc;
}

static int make_one(const char *path)
{
    struct stat info;
    if (mkdir(path, 0777) == 0) return 0;
    if (errno != EEXIST) return -1;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) return 0;
    errno = ENOTDIR;
    return -1;
}

int sm_directory_make(const char *path, sm_error *err)
{
    char *copy = sm_strdup(sm_span_of(path));
    int rc = 0;
    for (char *p = copy; rc == 0 && *p; p++) {
        if (*p != '/' || p == copy) continue;
        *p = '\0';
        rc = make_one(copy);
        *p = '/';
    }
    if (rc == 0) rc = make_one(copy);
    sm_free(copy);
    if (rc < 0) SM_FAIL(err, SM_EIO, "%s: cannot be made: %s", path, strerror(errno));
    return 0;
}

bool sm_file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

const char *sm_file_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *sm_path_shown(const char *path, sm_arena *arena)
{
    sm_span rest = sm_span_of(path);
    if (strcmp(path, "-") == 0) return "(stdin)";
    if (sm_utf8_check(rest) == rest.n) return path;
    sm_buffer shown = sm_buffer_make(3 * rest.n);
    while (rest.n) {
        const size_t n = sm_utf8_check(rest);
        sm_buffer_put(&shown, (sm_span){rest.p, n});
        rest = (sm_span){rest.p + n, rest.n - n};
        if (!rest.n) break;
        sm_buffer_printf(&shown, "%%%02X", (unsigned)(unsigned char)*rest.p);
        rest = (sm_span){rest.p + 1, rest.n - 1};
    }
    const sm_span copy = sm_arena_copy(arena, sm_buffer_span(&shown));
    sm_buffer_free(&shown);
    return copy.p;
}
