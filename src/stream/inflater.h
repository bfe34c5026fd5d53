/* inflater.h - deflate undone (RFC 1950, 1951, 1952), by whichever library is the fastest that was built in.
 * SPDX-License-Identifier: MIT
 *
 * ISA-L where there is one, else zlib, which is also the oracle. 202 MB in members of 41 KB (tests/bench/extract/inflate.c,
 * one thread): zlib .37 s, ISA-L .16 s. libdeflate takes .15 s, but wants every member whole in memory. */
#ifndef SEIMAI_INFLATER_H
#define SEIMAI_INFLATER_H

#include <seimai/base.h>

typedef enum inflate_wrapper { INFLATE_GZIP, INFLATE_ZLIB, INFLATE_RAW } inflate_wrapper;

typedef struct inflater_type {
    const char *name;
    void *(*open)(void);
    void (*close)(void *inflater);
    void (*begin)(void *inflater, inflate_wrapper wrapper); /* a new stream */
    /* Inflates from *stored (moved on) into p[0, n). 1 it can go on, 0 the stream has ended, and *stored stands
     * behind it (behind gzip: of the others ISA-L may take a few bytes more); SM_EFORMAT, or SM_EHASH where all came
     * out and its checksum is another, with *why. */
    int (*step)(void *inflater, sm_span *stored, char *p, size_t n, size_t *got,
                const char **why);
} inflater_type;

extern const inflater_type inflater_zlib;
extern const inflater_type inflater_isal; /* only with SM_ISAL */

const inflater_type *inflater_best(void);

#endif
