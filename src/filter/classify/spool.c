/* Blocks of bytes that may outgrow memory: what does not fit lies in a file without a name.
 * SPDX-License-Identifier: MIT */
#include "classify_internal.h"

#include <seimai/file.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

typedef struct stored {
    char *held; /* NULL: in the file, at `at` */
    int64_t at;
    size_t n;
} stored;

struct spool {
    const char *folder;
    int fd;
    atomic_llong end; /* of the file */
    atomic_size_t *held;
    size_t limit;
    stored *blocks;
    size_t n;
};

int classify_spool_new(spool **s, const char *folder, atomic_size_t *held, size_t limit,
                       sm_error *err)
{
    *s = sm_calloc(1, sizeof **s);
    **s = (spool){.folder = folder, .fd = -1, .held = held, .limit = limit};
    return sm_temporary_open(folder, &(*s)->fd, err);
}

void classify_spool_free(spool *s)
{
    if (!s) return;
    for (size_t i = 0; i < s->n; i++) {
        if (s->blocks[i].held) atomic_fetch_sub(s->held, s->blocks[i].n);
        sm_free(s->blocks[i].held);
    }
    if (s->fd >= 0) (void)close(s->fd);
    sm_free(s->blocks);
    sm_free(s);
}

void classify_spool_size(spool *s, size_t n)
{
    if (n <= s->n) return;
    s->blocks = sm_realloc(s->blocks, n * sizeof *s->blocks);
    memset(s->blocks + s->n, 0, (n - s->n) * sizeof *s->blocks);
    s->n = n;
}

/* pwrite, since several threads write: each has reserved its place. */
static int write_at(const spool *s, sm_span bytes, int64_t at, sm_error *err)
{
    while (bytes.n > 0) {
        const ssize_t n = pwrite(s->fd, bytes.p, bytes.n, at);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) SM_FAIL(err, SM_EIO, "%s: temporary file: %s", s->folder, strerror(errno));
        bytes.p += n;
        bytes.n -= (size_t)n;
        at += n;
    }
    return SM_OK;
}

int classify_spool_put(spool *s, size_t i, sm_span bytes, sm_error *err)
{
    stored *const block = &s->blocks[i];
    block->n = bytes.n;
    if (bytes.n == 0) return SM_OK;
    if (atomic_fetch_add(s->held, bytes.n) + bytes.n <= s->limit) {
        block->held = sm_malloc(bytes.n);
        memcpy(block->held, bytes.p, bytes.n);
        return SM_OK;
    }
    atomic_fetch_sub(s->held, bytes.n);
    block->at = atomic_fetch_add(&s->end, (long long)bytes.n);
    return write_at(s, bytes, block->at, err);
}

int classify_spool_get(const spool *s, size_t i, sm_buffer *scratch, sm_span *bytes,
                       sm_error *err)
{
    const stored *const block = &s->blocks[i];
    *bytes = (sm_span){block->held, block->n};
    if (block->held || block->n == 0) return SM_OK;
    sm_buffer_clear(scratch);
    char *const room = sm_buffer_reserve(scratch, block->n);
    if (!room) SM_FAIL(err, SM_ELIMIT, "%s: a block of %zu bytes", s->folder, block->n);
    *bytes = (sm_span){room, block->n};
    return sm_temporary_read(s->fd, s->folder, room, block->n, block->at, err);
}
