/* decoder.h - one interface over gzip, zstd and bzip2.
 * SPDX-License-Identifier: MIT
 *
 * A member is what such files are made of: a gzip member, a zstd frame, a bzip2 stream. They follow each other, and a
 * file may end only between two. */
#ifndef SEIMAI_DECODER_H
#define SEIMAI_DECODER_H

#include <seimai/file.h>

enum { DECODER_MAGIC_BYTES = 10 }; /* what `starts` and the choice look at */

typedef struct decoder_type {
    const char *name;
    void *(*open)(void);
    void (*close)(void *decoder);
    /* Decodes from *stored (moved on) into p[0, n), up to the end of a member; *inside says whether one has begun,
     * before and after. Returns 1 when it can go on, 0 at a clean end of the whole file, or a failure with *why:
     * SM_ETRUNC, SM_EFORMAT, and SM_EHASH where a member came out whole and its checksum is another. What came out
     * before a failure counts in *got. `last` says that no stored bytes follow. */
    int (*step)(void *decoder, bool *inside, sm_span *stored, bool last, char *p, size_t n,
                size_t *got, const char **why);
    void (*restart)(void *decoder); /* forgets a broken member: the next byte begins one */
    bool (*starts)(sm_span stored); /* does this look like the beginning of a member? */
} decoder_type;

/* The decoder for a file that starts so, or NULL: plain. */
const decoder_type *decoder_for(sm_span start);
/* The name of a known format that is not read, or NULL. */
const char *decoder_foreign(sm_span start);

#endif
