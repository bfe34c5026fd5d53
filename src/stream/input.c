/* Reading files and streams, with their compression undone: see seimai/file.h.
 * SPDX-License-Identifier: MIT */
#include "decoder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RAW_BYTES = 256 << 10 };

struct sm_input {
    char *name;
    int fd;
    int64_t size;     /* of the file; -1 for a pipe */
    int64_t consumed; /* bytes handed to the decoder (or the caller) */
    char *raw;        /* bytes as stored: [at, n) are still to be decoded */
    size_t at, n;
    bool at_end;              /* of the stored bytes */
    const decoder_type *type; /* NULL: plain */
    void *decoder;
    bool inside;    /* a member has begun and not ended */
    size_t member;  /* where in raw it began; 0 if that is gone */
    sm_error fault; /* a failure stays */
};

static int read_fd(sm_input *in, char *p, size_t n, size_t *got, sm_error *err)
{
    ssize_t rc = 0;
    do
        rc = read(in->fd, p, n);
    while (rc < 0 && errno == EINTR);
    if (rc < 0) SM_FAIL(err, SM_EIO, "%s: cannot be read: %s", in->name, strerror(errno));
    in->at_end = rc == 0;
    *got = (size_t)rc;
    return 0;
}

/* Reads at least `wanted` stored bytes into raw, if there are so many. */
static int fill(sm_input *in, size_t wanted, sm_error *err)
{
    if (in->at == in->n) in->at = in->n = in->member = 0;
    while (in->n - in->at < wanted && !in->at_end) {
        size_t got = 0;
        SM_TRY(read_fd(in, in->raw + in->n, RAW_BYTES - in->n, &got, err));
        in->n += got;
    }
    return 0;
}

static int choose_decoder(sm_input *in, bool books, sm_error *err)
{
    SM_TRY(fill(in, DECODER_MAGIC_BYTES, err));
    const sm_span start = {in->raw, in->n};
    const char *foreign = decoder_foreign(start);
    if (foreign && !(books && strcmp(foreign, "zip") == 0))
        SM_FAIL(err, SM_ENOSUP, "%s: %s is not read: decompress it first", in->name, foreign);
    in->type = decoder_for(start);
    if (in->type) in->decoder = in->type->open();
    return 0;
}

static int open_fd(sm_input *in, const char *path, sm_error *err)
{
    struct stat info;
    const bool standard = strcmp(path, "-") == 0;
    in->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (in->fd < 0)
        SM_FAIL(err, errno == ENOENT ? SM_ENOENT : SM_EIO, "%s: %s", path, strerror(errno));
    if (fstat(in->fd, &info) == 0 && S_ISREG(info.st_mode)) in->size = info.st_size;
    if (fstat(in->fd, &info) == 0 && S_ISDIR(info.st_mode))
        SM_FAIL(err, SM_EIO, "%s: %s", path, strerror(EISDIR));
    return 0;
}

static int open_input(sm_input **in, const char *path, bool books, sm_error *err)
{
    const bool standard = strcmp(path, "-") == 0;
    sm_input *fresh = sm_calloc(1, sizeof *fresh);
    fresh->name = sm_strdup(standard ? SM_SPAN("(stdin)") : sm_span_of(path));
    fresh->fd = -1;
    fresh->size = -1;
    fresh->raw = sm_malloc(RAW_BYTES);
    int rc = open_fd(fresh, path, err);
    if (rc == 0) rc = choose_decoder(fresh, books, err);
    *in = rc == 0 ? fresh : NULL;
    if (rc < 0) sm_input_close(fresh);
    return rc;
}

int sm_input_open(sm_input **in, const char *path, sm_error *err)
{
    return open_input(in, path, false, err);
}

int sm_input_open_book(sm_input **in, const char *path, sm_error *err)
{
    return open_input(in, path, true, err);
}

void sm_input_close(sm_input *in)
{
    if (!in) return;
    if (in->decoder) in->type->close(in->decoder);
    if (in->fd > STDIN_FILENO)
        (void)close(in->fd); /* nothing is lost by closing what was read */
    sm_free(in->raw);
    sm_free(in->name);
    sm_free(in);
}

static int read_plain(sm_input *in, char *p, size_t n, size_t *got, sm_error *err)
{
    if (in->at < in->n) { /* what the magic bytes were read with */
        *got = in->n - in->at < n ? in->n - in->at : n;
        memcpy(p, in->raw + in->at, *got);
        in->at += *got;
    } else if (!in->at_end) {
        SM_TRY(read_fd(in, p, n, got, err));
    }
    in->consumed += (int64_t)*got;
    return *got > 0;
}

static int read_decoded(sm_input *in, char *p, size_t n, size_t *got, sm_error *err)
{
    while (*got == 0) {
        SM_TRY(fill(in, 1, err));
        sm_span stored = {in->raw + in->at, in->n - in->at};
        const size_t before = stored.n;
        const char *why = NULL;
        if (!in->inside) in->member = in->at;
        const int rc =
            in->type->step(in->decoder, &in->inside, &stored, in->at_end, p, n, got, &why);
        in->at += before - stored.n;
        in->consumed += (int64_t)(before - stored.n);
        if (rc < 0)
            SM_FAIL(err, rc, "%s: %s: %s at compressed offset %" PRId64, in->name,
                    in->type->name, why, in->consumed);
        if (rc == 0 && *got == 0) return 0;
    }
    return 1;
}

int sm_input_read(sm_input *in, char *p, size_t n, size_t *got, sm_error *err)
{
    int rc = in->fault.code;
    *got = 0;
    if (rc == 0)
        rc = in->type ? read_decoded(in, p, n, got, &in->fault)
                      : read_plain(in, p, n, got, &in->fault);
    if (rc < 0 && *got > 0) return 1; /* what came before the failure; it is told next time */
    if (rc < 0) SM_FAIL(err, rc, "%s", in->fault.text);
    return rc;
}

/* Moves to what looks like a member, behind `at`. */
static bool find_member(sm_input *in)
{
    sm_error ignored = {0};
    for (;;) {
        if (in->n - in->at < DECODER_MAGIC_BYTES) { /* what is left goes to the front */
            memmove(in->raw, in->raw + in->at, in->n - in->at);
            in->n -= in->at;
            in->at = 0;
            if (fill(in, DECODER_MAGIC_BYTES, &ignored) < 0) return false;
            if (in->n < DECODER_MAGIC_BYTES) return false;
        }
        if (in->type->starts((sm_span){in->raw + in->at, in->n - in->at})) return true;
        in->at++;
    }
}

bool sm_input_resume(sm_input *in)
{
    const int code = in->fault.code;
    if (!in->type || (code != SM_EFORMAT && code != SM_EHASH)) return false;
    /* A member that was cut off has swallowed the head of the next one: we look from its own beginning on. */
    const size_t from = in->at;
    in->at = in->member + 1 < in->n ? in->member + 1 : in->n;
    in->inside = false;
    in->type->restart(in->decoder);
    const bool found = find_member(in);
    if (found && in->at > from) in->consumed += (int64_t)(in->at - from);
    if (found) sm_error_clear(&in->fault);
    return found;
}

const char *sm_input_name(const sm_input *in)
{
    return in->name;
}
int64_t sm_input_consumed(const sm_input *in)
{
    return in->consumed;
}
int64_t sm_input_size(const sm_input *in)
{
    return in->size;
}

int sm_file_read(const char *path, sm_buffer *into, sm_error *err)
{
    sm_input *in = NULL;
    char beyond = 0; /* a file that fills the buffer is asked for one byte more */
    int rc = 1;
    SM_TRY(sm_input_open(&in, path, err));
    while (rc > 0 && !into->overflow) {
        size_t got = 0;
        const size_t left = into->max - into->n;
        const size_t room = left < RAW_BYTES ? left : RAW_BYTES;
        char *p = room ? sm_buffer_reserve(into, room) : &beyond;
        rc = sm_input_read(in, p, room ? room : 1, &got, err);
        into->overflow = !room && got > 0;
        if (room) into->n += got;
    }
    sm_input_close(in);
    if (rc > 0) SM_FAIL(err, SM_ELIMIT, "%s: larger than %zu bytes", path, into->max);
    return rc;
}

int sm_map_open(sm_map *map, const char *path, sm_error *err)
{
    struct stat info;
    *map = (sm_map){{NULL, 0}};
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        SM_FAIL(err, errno == ENOENT ? SM_ENOENT : SM_EIO, "%s: %s", path, strerror(errno));
    const bool known = fstat(fd, &info) == 0;
    const size_t n = known ? (size_t)info.st_size : 0;
    void *p = n ? mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    (void)close(fd);
    if (!known || p == MAP_FAILED)
        SM_FAIL(err, SM_EIO, "%s: cannot be mapped: %s", path, strerror(errno));
    map->bytes = (sm_span){p, n};
    return 0;
}

void sm_map_close(sm_map *map)
{
    union {
        const char *in;
        void *out;
    } p = {map->bytes.p};
    if (map->bytes.n) (void)munmap(p.out, map->bytes.n);
    *map = (sm_map){{NULL, 0}};
}
