/* libsm_fault.so: makes the n-th system call of a kind fail, to see whether a tool notices.
 * SPDX-License-Identifier: MIT
 *
 * Preload it (LD_PRELOAD). The environment says what happens:
 *   FAULT_CALL   read, write, close, sync or rename: which calls are counted; `short`: none fails, but reads
 *                and writes move at most FAULT_NTH bytes
 *   FAULT_NTH    which of them fails, from 1
 *   FAULT_ERRNO  the number it fails with
 *   FAULT_MARK   a file made when the fault has struck, so that the driver knows where to stop
 * Standard error is left alone, since there the tool says what happened. A close that fails closes. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* The function that the next library, libc, has under this name. */
#define REAL(pointer, name)                                                                    \
    do {                                                                                       \
        void *const symbol = dlsym(RTLD_NEXT, (name));                                         \
        memcpy(&(pointer), &symbol, sizeof symbol);                                            \
    } while (0)

static atomic_long calls;

static const char *setting(const char *name)
{
    const char *value = getenv(name);
    return value ? value : "";
}

static bool is_counted(const char *kind)
{
    return strcmp(setting("FAULT_CALL"), kind) == 0;
}

/* Leaves the mark without the functions that this library replaces. */
static void leave_mark(void)
{
    int (*real_close)(int) = NULL;
    REAL(real_close, "close");
    const int fd = open(setting("FAULT_MARK"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) (void)real_close(fd);
}

/* True for the call that is to fail; errno is then set. */
static bool strikes(const char *kind)
{
    if (!is_counted(kind)) return false;
    if (atomic_fetch_add(&calls, 1) + 1 != strtol(setting("FAULT_NTH"), NULL, 10)) return false;
    leave_mark();
    errno = (int)strtol(setting("FAULT_ERRNO"), NULL, 10);
    return true;
}

static size_t shorten(size_t n)
{
    if (!is_counted("short")) return n;
    const size_t most = strtoul(setting("FAULT_NTH"), NULL, 10);
    return n < most ? n : most;
}

/* ---- descriptors ------------------------------------------------------------------------ */

EXPORT ssize_t read(int fd, void *p, size_t n)
{
    ssize_t (*real)(int, void *, size_t) = NULL;
    REAL(real, "read");
    return strikes("read") ? -1 : real(fd, p, shorten(n));
}

EXPORT ssize_t pread(int fd, void *p, size_t n, off_t at)
{
    ssize_t (*real)(int, void *, size_t, off_t) = NULL;
    REAL(real, "pread");
    return strikes("read") ? -1 : real(fd, p, shorten(n), at);
}

EXPORT ssize_t write(int fd, const void *p, size_t n)
{
    ssize_t (*real)(int, const void *, size_t) = NULL;
    REAL(real, "write");
    if (fd == STDERR_FILENO) return real(fd, p, n);
    return strikes("write") ? -1 : real(fd, p, shorten(n));
}

EXPORT ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    ssize_t (*real)(int, const void *, size_t, off_t) = NULL;
    REAL(real, "pwrite");
    return strikes("write") ? -1 : real(fd, p, shorten(n), at);
}

EXPORT ssize_t writev(int fd, const struct iovec *parts, int n)
{
    ssize_t (*real)(int, const struct iovec *, int) = NULL;
    REAL(real, "writev");
    if (fd == STDERR_FILENO) return real(fd, parts, n);
    return strikes("write") ? -1 : real(fd, parts, n);
}

EXPORT int close(int fd)
{
    int (*real)(int) = NULL;
    REAL(real, "close");
    if (fd == STDERR_FILENO || !strikes("close")) return real(fd);
    const int why = errno;
    (void)real(fd);
    errno = why;
    return -1;
}

EXPORT int fsync(int fd)
{
    int (*real)(int) = NULL;
    REAL(real, "fsync");
    return strikes("sync") ? -1 : real(fd);
}

EXPORT int fdatasync(int fd)
{
    int (*real)(int) = NULL;
    REAL(real, "fdatasync");
    return strikes("sync") ? -1 : real(fd);
}

EXPORT int rename(const char *from, const char *to)
{
    int (*real)(const char *, const char *) = NULL;
    REAL(real, "rename");
    return strikes("rename") ? -1 : real(from, to);
}

/* ---- streams: libc's own calls inside are not seen, so their outsides are counted --------- */

enum { ERROR_SEEN = 0x20 }; /* glibc's mark for ferror */

static bool stream_strikes(FILE *stream, const char *kind)
{
    /* An interrupted system call is repeated below the stream: nobody sees it up here. */
    if (strtol(setting("FAULT_ERRNO"), NULL, 10) == EINTR) return false;
    if (stream == stderr || !strikes(kind)) return false;
    stream->_flags |= ERROR_SEEN;
    return true;
}

EXPORT size_t fread(void *p, size_t size, size_t n, FILE *stream)
{
    size_t (*real)(void *, size_t, size_t, FILE *) = NULL;
    REAL(real, "fread");
    return stream_strikes(stream, "read") ? 0 : real(p, size, n, stream);
}

EXPORT size_t fwrite(const void *p, size_t size, size_t n, FILE *stream)
{
    size_t (*real)(const void *, size_t, size_t, FILE *) = NULL;
    REAL(real, "fwrite");
    return stream_strikes(stream, "write") ? 0 : real(p, size, n, stream);
}

EXPORT int fflush(FILE *stream)
{
    int (*real)(FILE *) = NULL;
    REAL(real, "fflush");
    return stream && stream_strikes(stream, "write") ? EOF : real(stream);
}

EXPORT int fclose(FILE *stream)
{
    int (*real)(FILE *) = NULL;
    REAL(real, "fclose");
    if (stream == stderr || !strikes("close")) return real(stream);
    const int why = errno;
    (void)real(stream);
    errno = why;
    return EOF;
}
