/* Runs: sorted records in files without a name, so that nothing is left behind however the process ends.
 * SPDX-License-Identifier: MIT */
#include "records.h"

#include <seimai/file.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 1 << 18, BUFFER_MAX = 0x7fffffff };

static int fail(const run_file *run, const char *what, sm_error *err)
{
    SM_FAIL(err, SM_EIO, "%s: a temporary file %s: %s", run->folder, what, strerror(errno));
}

static int open_unnamed(run_file *run, const char *folder, sm_error *err)
{
    *run = (run_file){.fd = -1, .folder = sm_strdup(sm_span_of(folder))};
    return sm_temporary_open(folder, &run->fd, NULL) < 0 ? fail(run, "cannot be made", err) : 0;
}

void run_close(const run_file *run)
{
    if (run->fd >= 0) (void)close(run->fd); /* nothing in it is wanted any more */
    sm_free(run->folder);
}

static int write_bytes(run_file *run, sm_span s, sm_error *err)
{
    while (s.n > 0) {
        const ssize_t n = pwrite(run->fd, s.p, s.n, (off_t)run->end);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(run, "cannot be written", err);
        run->end += n;
        s.p += n;
        s.n -= (size_t)n;
    }
    return 0;
}

typedef struct run_writer {
    run_file *run;
    sm_buffer bytes;
    sm_hasher *hasher;
    uint64_t records;
} run_writer;

static int flush(run_writer *w, size_t at_least, sm_error *err)
{
    if (w->bytes.overflow) SM_FAIL(err, SM_ELIMIT, "a pre-token is too large for a count file");
    if (w->bytes.n < at_least) return 0;
    SM_TRY(write_bytes(w->run, sm_buffer_span(&w->bytes), err));
    sm_buffer_clear(&w->bytes);
    return 0;
}

static int write_records(run_writer *w, source *from, unsigned flags, sm_error *err)
{
    sm_count_entry e = {0};
    int rc = 0;
    while ((rc = from->next(from, &e, err)) > 0) {
        const size_t start = w->bytes.n;
        record_put(&w->bytes, &e, flags);
        sm_hasher_add(w->hasher, (sm_span){w->bytes.p + start, w->bytes.n - start});
        w->records++;
        SM_TRY(flush(w, CHUNK, err));
    }
    SM_TRY(rc);
    records_put_end(&w->bytes, w->records, sm_hasher_value(w->hasher));
    return flush(w, 0, err);
}

/* The run begins where the store ends; its descriptor is its own. */
static int open_run(run_file *run, run_file *store, const char *folder, sm_error *err)
{
    if (!store->folder) SM_TRY(open_unnamed(store, folder, err));
    *run = (run_file){dup(store->fd), store->end, store->end, sm_strdup(sm_span_of(folder))};
    return run->fd < 0 ? fail(run, "cannot be opened again", err) : 0;
}

int run_write(run_file *run, run_file *store, const char *folder, source *from, unsigned flags,
              sm_error *err)
{
    run_writer w = {run, sm_buffer_make(BUFFER_MAX), sm_hasher_new(), 0};
    *run = (run_file){.fd = -1};
    int rc = open_run(run, store, folder, err);
    if (rc == 0) rc = write_records(&w, from, flags, err);
    if (rc == 0) store->end = run->end;
    if (rc < 0) run_close(run);
    from->close(from);
    sm_buffer_free(&w.bytes);
    sm_hasher_free(w.hasher);
    return rc;
}

static int fill(void *from, char *p, size_t n, size_t *got, sm_error *err)
{
    run_file *run = from;
    const size_t left = (size_t)(run->end - run->at), wanted = n < left ? n : left;
    ssize_t have = -1;
    do {
        have = pread(run->fd, p, wanted, (off_t)run->at);
    } while (have < 0 && errno == EINTR);
    if (have < 0) return fail(run, "cannot be read", err);
    run->at += have;
    *got = (size_t)have;
    return have > 0;
}

static void end(void *from)
{
    run_close(from);
    sm_free(from);
}

source *run_read(const run_file *run, unsigned flags)
{
    run_file *own = sm_malloc(sizeof *own);
    *own = *run;
    const window w = window_make(fill, own, own->folder);
    return source_of_window(&w, flags, 1, end);
}
