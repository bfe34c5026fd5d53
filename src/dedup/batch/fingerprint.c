/* The fingerprint of an input: cheap enough to take again before each stage.
 * SPDX-License-Identifier: MIT */
#include "batch_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECES = 256, PIECE = 4096 };

static int hash_pieces(int fd, const char *path, int64_t size, sm_hash128 *fingerprint,
                       sm_error *err)
{
    char piece[PIECE];
    sm_put_u64(piece, (uint64_t)size);
    sm_hasher *h = sm_hasher_new();
    sm_hasher_add(h, (sm_span){piece, 8});
    const int64_t room = size > PIECE ? size - PIECE : 0; /* where the last piece begins */
    int status = SM_OK;
    for (int64_t i = 0, last = -1; i < PIECES && status == SM_OK; i++) {
        const int64_t at = room / (PIECES - 1) * i + room % (PIECES - 1) * i / (PIECES - 1);
        const size_t n = size - at < PIECE ? (size_t)(size - at) : PIECE;
        if (at == last) continue; /* a small file */
        status = read_at(fd, path, at, piece, n, err);
        sm_hasher_add(h, (sm_span){piece, n});
        last = at;
    }
    *fingerprint = sm_hasher_value(h);
    sm_hasher_free(h);
    return status;
}

int sm_file_fingerprint(const char *path, sm_hash128 *fingerprint, sm_error *err)
{
    struct stat info;
    if (strcmp(path, "-") == 0)
        SM_FAIL(err, SM_EUSAGE, "standard input is read once only: name a file");
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        SM_FAIL(err, errno == ENOENT ? SM_ENOENT : SM_EIO, "%s: %s", path, strerror(errno));
    int status = SM_OK;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        status = sm_error_set(err, SM_EUSAGE, "%s: no regular file", path);
    else
        status = hash_pieces(fd, path, info.st_size, fingerprint, err);
    (void)close(fd);
    return status;
}
