/* Files without a name, and standard input that can be read twice.
 * SPDX-License-Identifier: MIT */
#include <seimai/file.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *sm_temporary_folder(const char *option, const char *output, sm_arena *arena)
{
    const char *slash = output ? strrchr(output, '/') : NULL;
    if (option) return option;
    if (!slash) return ".";
    return slash == output
               ? "/"
               : sm_arena_copy(arena, (sm_span){output, (size_t)(slash - output)}).p;
}

int sm_temporary_open(const char *folder, int *fd, sm_error *err)
{
    sm_arena scratch = {0};
    char *name = sm_arena_printf(&scratch, "%s/seimai-XXXXXX", folder);
    int rc = 0;
    *fd = mkstemp(name);
    if (*fd < 0)
        rc = sm_error_set(err, SM_EIO, "%s: no temporary file: %s", folder, strerror(errno));
    else if (unlink(name) < 0) /* it lives as long as it is open, and no longer */
        rc = sm_error_set(err, SM_EIO, "%s: %s", name, strerror(errno));
    sm_arena_free(&scratch);
    return rc;
}

int sm_temporary_write(int fd, const char *folder, sm_span bytes, sm_error *err)
{
    while (bytes.n > 0) {
        const ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) SM_FAIL(err, SM_EIO, "%s: temporary file: %s", folder, strerror(errno));
        bytes.p += n;
        bytes.n -= (size_t)n;
    }
    return 0;
}

int sm_temporary_read(int fd, const char *folder, char *p, size_t n, int64_t at, sm_error *err)
{
    while (n > 0) {
        const ssize_t got = pread(fd, p, n, at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0)
            SM_FAIL(err, SM_EIO, "%s: temporary file: %s", folder,
                    got < 0 ? strerror(errno) : "it became shorter");
        p += got;
        n -= (size_t)got;
        at += got;
    }
    return 0;
}

/* ---- standard input --------------------------------------------------------------------------- */

static int copy_stdin(int to, const char *folder, sm_error *err)
{
    enum { COPY = 1 << 16 };
    char *block = sm_malloc(COPY);
    int rc = 0;
    for (ssize_t n = 1; n != 0 && rc == 0;) {
        n = read(STDIN_FILENO, block, COPY);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) rc = sm_error_set(err, SM_EIO, "(stdin): %s", strerror(errno));
        if (n > 0) rc = sm_temporary_write(to, folder, (sm_span){block, (size_t)n}, err);
    }
    sm_free(block);
    return rc;
}

int sm_stdin_keep(const char *folder, sm_error *err)
{
    struct stat info;
    int fd = -1;
    if (fstat(STDIN_FILENO, &info) == 0 && S_ISREG(info.st_mode) &&
        lseek(STDIN_FILENO, 0, SEEK_CUR) == 0)
        return 0; /* a file, from its beginning */
    int rc = sm_temporary_open(folder, &fd, err);
    if (rc == 0) rc = copy_stdin(fd, folder, err);
    if (rc == 0 && dup2(fd, STDIN_FILENO) < 0)
        rc = sm_error_set(err, SM_EIO, "(stdin): %s", strerror(errno));
    if (fd >= 0) (void)close(fd);
    return rc == 0 ? sm_stdin_rewind(err) : rc;
}

int sm_stdin_rewind(sm_error *err)
{
    if (lseek(STDIN_FILENO, 0, SEEK_SET) != 0)
        SM_FAIL(err, SM_EIO, "(stdin): %s", strerror(errno));
    return 0;
}
