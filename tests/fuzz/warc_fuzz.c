/* Any bytes as a file: reading ends, records follow each other without overlap, what is counted adds up.
 * The first byte says how much a record may hold. SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/source.h>

#include <stdio.h>
#include <unistd.h>

#include "fuzz.h"

/* One file for all runs, written anew; it has no name, so that nothing is left behind. */
static const char *put_file(const uint8_t *data, size_t n)
{
    static char path[64];
    static int fd = -1;
    if (fd < 0) {
        (void)snprintf(path, sizeof path, "warc-fuzz-%ld", (long)getpid());
        FILE *file = fopen(path, "wb");
        require(file != NULL);
        fd = fileno(file);
        require(unlink(path) == 0);
        (void)snprintf(path, sizeof path, "/dev/fd/%d", fd);
    }
    require(ftruncate(fd, 0) == 0 && pwrite(fd, data, n, 0) == (ssize_t)n);
    return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    sm_container *c = NULL;
    sm_container_counts counts = {0};
    sm_arena arena = {0};
    sm_record record;
    sm_error err = {0};
    int64_t end = 0;
    int rc;
    if (n == 0) return 0;
    const size_t max = (size_t)data[0] * 64 + 1;
    if (sm_container_open(&c, put_file(data + 1, n - 1), max, &counts, &err) < 0) {
        require(err.code < 0 && err.text[0]);
        return 0;
    }
    while ((rc = sm_container_read(c, &record, &arena, &err)) > 0) {
        require(record.offset >= end && (record.user || record.bad));
        end = record.offset + (int64_t)record.in_bytes;
        require(record.bad ? record.why != NULL : record.body.n <= max);
        sm_arena_reset(&arena);
    }
    require(rc == 0 || (err.code == rc && err.text[0]));
    sm_container_close(c);
    sm_arena_free(&arena);
    return 0;
}
