/* decoder.h - one interface over gzip, zstd and bzip2.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_DECODER_H
#define SEIMAI_DECODER_H

#include <seimai/file.h>

typedef struct decoder_type {
    const char *name;
    void *(*open)(void);
    void (*close)(void *decoder);
    /* Decodes from *stored (moved on) into p[0, n). Returns 1 when it can go on, 0 at a clean end of the
     * whole file, SM_ETRUNC or SM_EFORMAT with *why. `last` says that no stored bytes follow. */
    int (*step)(void *decoder, sm_span *stored, bool last, char *p, size_t n, size_t *got,
                const char **why);
} decoder_type;

/* The decoder for a file that starts so, or NULL: plain. */
const decoder_type *decoder_for(sm_span start);
/* The name of a known format that is not read, or NULL. */
const char *decoder_foreign(sm_span start);

#endif
