/* Files by position, and pages with checksums. See page_file.h.
 * SPDX-License-Identifier: MIT */
#include "page_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <seimai/file.h>
#include <seimai/hash.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STREAM_PAGES = 16 };

static char *joined(const char *folder, const char *name)
{
    const size_t n = strlen(folder) + strlen(name) + 2;
    char *path = sm_malloc(n);
    (void)snprintf(path, n, "%s/%s", folder, name);
    return path;
}

/* ---- making and opening --------------------------------------------------------------------- */

static int make_unnamed(store_file *f, const char *folder, sm_error *err)
{
    SM_TRY(sm_temporary_open(folder, &f->fd, err));
    f->name = joined(folder, "(temporary file)");
    return SM_OK;
}

static int open_path(store_file *f, int flags, sm_error *err)
{
    f->fd = open(f->name, flags | O_CLOEXEC, 0666);
    if (f->fd >= 0) return SM_OK;
    const int code = errno == ENOENT ? SM_ENOENT : SM_EIO;
    (void)sm_error_set(err, code, "%s: cannot be opened: %s", f->name, strerror(errno));
    store_file_close(f);
    return code;
}

int store_file_make(store_file *f, store_space *space, const char *kind, sm_error *err)
{
    char name[64];
    *f = (store_file){.fd = -1};
    if (!space->folder)
        SM_FAIL(err, SM_ELIMIT,
                "what is kept fills the memory, and no folder was given for the rest");
    if (!space->named) return make_unnamed(f, space->folder, err);
    (void)snprintf(name, sizeof name, "%s-%06" PRIu64, kind, space->next++);
    f->name = joined(space->folder, name);
    f->fresh = true;
    return open_path(f, O_RDWR | O_CREAT | O_TRUNC, err);
}

int store_file_open(store_file *f, const char *folder, const char *name, bool writing,
                    sm_error *err)
{
    *f = (store_file){.fd = -1, .name = joined(folder, name)};
    return open_path(f, writing ? O_RDWR : O_RDONLY, err);
}

void store_file_close(store_file *f)
{
    if (!f->name) return;
    if (f->fd >= 0) (void)close(f->fd); /* what had to last was synced before */
    sm_free(f->name);
    *f = (store_file){.fd = -1};
}

void store_file_discard(store_file *f)
{
    if (f->name && f->fresh) (void)unlink(f->name);
    store_file_close(f);
}

/* ---- bytes at positions --------------------------------------------------------------------- */

int store_file_read(const store_file *f, void *p, size_t n, int64_t at, sm_error *err)
{
    for (size_t done = 0; done < n;) {
        const ssize_t got = pread(f->fd, (char *)p + done, n - done, at + (int64_t)done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            SM_FAIL(err, SM_EIO, "%s: offset %" PRId64 ": cannot be read: %s", f->name, at,
                    strerror(errno));
        if (got == 0)
            SM_FAIL(err, SM_ETRUNC, "%s: offset %" PRId64 ": the file ends too early", f->name,
                    at + (int64_t)done);
        done += (size_t)got;
    }
    return SM_OK;
}

int store_file_write(const store_file *f, const void *p, size_t n, int64_t at, sm_error *err)
{
    for (size_t done = 0; done < n;) {
        const ssize_t put = pwrite(f->fd, (const char *)p + done, n - done, at + (int64_t)done);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0)
            SM_FAIL(err, SM_EIO, "%s: cannot be written: %s", f->name, strerror(errno));
        done += (size_t)put;
    }
    return SM_OK;
}

int store_file_sync(const store_file *f, sm_error *err)
{
    if (fsync(f->fd) == 0) return SM_OK;
    SM_FAIL(err, SM_EIO, "%s: cannot be written: %s", f->name, strerror(errno));
}

/* ---- pages ---------------------------------------------------------------------------------- */

static uint64_t checksum(const unsigned char *page, uint64_t number)
{
    return sm_hash64_seeded((sm_span){(const char *)page, PAGE_CONTENT}, number);
}

void page_seal(unsigned char *page, uint64_t number)
{
    sm_put_u64(page + PAGE_CONTENT, checksum(page, number));
}

int page_read_many(const store_file *f, uint64_t number, size_t n, unsigned char *pages,
                   sm_error *err)
{
    SM_TRY(store_file_read(f, pages, n * PAGE_BYTES, (int64_t)(number * PAGE_BYTES), err));
    for (size_t i = 0; i < n; i++) {
        const unsigned char *page = pages + i * PAGE_BYTES;
        if (sm_get_u64(page + PAGE_CONTENT) != checksum(page, number + i))
            SM_FAIL(err, SM_EHASH, "%s: offset %" PRIu64 ": damaged: the checksum differs",
                    f->name, (number + i) * PAGE_BYTES);
    }
    return SM_OK;
}

int page_read(const store_file *f, uint64_t number, unsigned char *page, sm_error *err)
{
    return page_read_many(f, number, 1, page, err);
}

void page_stream_init(page_stream *s, const store_file *file, uint64_t first_page)
{
    *s = (page_stream){.file = file, .next = first_page};
    s->pages = sm_malloc((size_t)STREAM_PAGES * PAGE_BYTES);
}

void page_stream_fini(page_stream *s)
{
    sm_free(s->pages);
    s->pages = NULL;
}

static int write_full(page_stream *s, sm_error *err)
{
    const int64_t at = (int64_t)(s->next * PAGE_BYTES);
    const int status = store_file_write(s->file, s->pages, s->full * PAGE_BYTES, at, err);
    s->next += s->full;
    s->full = 0;
    return status;
}

static void end_page(page_stream *s)
{
    unsigned char *page = s->pages + s->full * PAGE_BYTES;
    memset(page + s->at, 0, PAGE_CONTENT - s->at);
    page_seal(page, s->next + s->full);
    s->full++;
    s->at = 0;
}

int page_stream_put(page_stream *s, const void *item, size_t size, sm_error *err)
{
    if (s->at + size > PAGE_CONTENT) end_page(s);
    if (s->full == STREAM_PAGES) SM_TRY(write_full(s, err));
    memcpy(s->pages + s->full * PAGE_BYTES + s->at, item, size);
    s->at += size;
    return SM_OK;
}

int page_stream_flush(page_stream *s, sm_error *err)
{
    if (s->at > 0) end_page(s);
    return write_full(s, err);
}
