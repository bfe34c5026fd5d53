/* Large pages for what is read in no order, and for what grows large.
 * SPDX-License-Identifier: MIT
 *
 * The tables of a matcher are some megabytes, and every step reads somewhere else in them: with pages of 4 KiB most
 * of these reads also walk the page table. Linux gives pages of 2 MiB where a process asks for them (madvise(2),
 * MADV_HUGEPAGE); elsewhere, and where there are none, nothing is different but the time. A list of megabytes that
 * is written once costs a page fault every 4 KiB, up to a tenth of the time of encoding; in large pages it does not. */
#ifndef SM_BPE_PAGES_H
#define SM_BPE_PAGES_H

#include <seimai/base.h>

/* A block that tables move into, one after the other. */
typedef struct pages {
    void *memory; /* for sm_free, when the tables go */
    char *next;
    size_t left;
} pages;

/* Zeros for one table, in large pages where it is large: they go back to the system with pages_unmap, with the
 * same size. */
void *pages_map(size_t bytes);
void pages_unmap(void *table, size_t bytes);

enum { PAGES_LINE = 64 }; /* each table begins at a cache line */

/* Room for tables of so many bytes together, each rounded up to PAGES_LINE. */
pages pages_open(size_t bytes);
/* Moves a table of the heap into the block; frees the old one and returns the new one. */
void *pages_move(pages *p, void *table, size_t bytes);
/* sm_realloc, for a list: in large pages from some megabytes on. */
void *pages_realloc(void *p, size_t bytes);

#endif
