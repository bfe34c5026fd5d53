/* A sorted run: an immutable table on disk from keys to numbers of documents.
 * SPDX-License-Identifier: MIT
 *
 * Keys are 64 bits (a band's) or 128 bits (a text's, a URL's), and hashes, so that they are spread evenly. One key
 * may have many documents. Entries are sorted by key, then by document.
 *
 * The file, in pages (page_file.h):
 *
 *   head      page 0, written last:
 *             u64 magic "seimaiSR", u32 version 1, u32 bytes of a key, u64 entries, u32 first and u32 end
 *             document (what is in it lies in [first, end)), u64 first page of the fences, u64 of the filter,
 *             u64 lines of the filter
 *   entries   u64 key, (128 bits: u64 rest,) u32 document; 340 or 204 a page
 *   fences    u64 key of each entry page's first entry
 *   filter    a blocked Bloom filter of 10 bits an entry: lines of 64 bytes, the line of a key by its upper bits (so
 *             that lines come in the order of the keys), in it 7 bits by a product of the key. An absent key is
 *             reported as present once in 80 times
 *
 * In memory: the fences (of very large runs each 2^k-th), and the filter where its owner has room; else a page of
 * it is read for each key that is asked for.
 *
 * Source: F. Putze, P. Sanders, J. Singler, "Cache-, hash- and space-efficient Bloom filters" (2007).
 * Threads: any number may look up, each with a page of its own. */
#ifndef SM_SORTED_RUN_H
#define SM_SORTED_RUN_H

#include "page_file.h"

#include <seimai/lsh.h>

typedef struct run_entry {
    uint64_t key, rest; /* rest: 0 in runs of 64-bit keys */
    uint32_t document;
} run_entry;

typedef struct sorted_run {
    store_file file;
    bool wide; /* 128-bit keys */
    uint64_t entries;
    uint32_t first, end; /* documents */
    uint64_t pages;      /* of entries */
    uint64_t fence_page, filter_page, lines;
    uint64_t *fences;
    size_t n_fences;
    unsigned stride;        /* log2 of the pages a fence stands for */
    unsigned char **filter; /* [lines × 64] in pieces of FILTER_PIECE bytes; NULL: on disk */
    unsigned level;         /* how often it was merged */
} sorted_run;

/* sorted_run_open reads the head and the fences of a file, which it takes over (it is closed on failure). */
int sorted_run_open(sorted_run **run, store_file *file, sm_error *err) SM_MUST_USE;
/* sorted_run_close forgets the run; a fresh file is removed if told so. NULL is allowed. */
void sorted_run_close(sorted_run *run, bool discard);
/* sorted_run_load reads the filter into memory. */
int sorted_run_load(sorted_run *run, sm_error *err) SM_MUST_USE;
size_t sorted_run_filter_bytes(const sorted_run *run); /* what loading takes */
size_t sorted_run_bytes(const sorted_run *run);        /* memory now */

/* sorted_run_prefetch tells the processor that a key will be asked for. */
void sorted_run_prefetch(const sorted_run *run, uint64_t key);
/* sorted_run_find appends the key's documents to hits, ascending. `page` has PAGE_BYTES of scratch. */
int sorted_run_find(const sorted_run *run, uint64_t key, uint64_t rest, unsigned char *page,
                    sm_lsh_hits *hits, sm_error *err) SM_MUST_USE;
/* sorted_run_check reads every page and compares the order: all that can be known of a damaged file. */
int sorted_run_check(const sorted_run *run, sm_error *err) SM_MUST_USE;

/* ---- writing -------------------------------------------------------------------------------- */

typedef struct run_writer {
    store_file *file;
    bool wide;
    uint64_t entries, expected;
    uint64_t fence_page, filter_page, lines;
    page_stream out, fences, filter;
    uint64_t line; /* the one being filled */
    unsigned char bits[64];
} run_writer;

/* expected: the most entries that will come. The file stays the caller's until the run is opened. */
void run_writer_init(run_writer *w, store_file *file, bool wide, uint64_t expected);
/* Entries come in order of key, rest, document. */
int run_writer_put(run_writer *w, const run_entry *entry, sm_error *err) SM_MUST_USE;
int run_writer_end(run_writer *w, uint32_t first, uint32_t end, sm_error *err) SM_MUST_USE;
void run_writer_fini(run_writer *w);

/* ---- reading all ---------------------------------------------------------------------------- */

typedef struct run_cursor {
    const sorted_run *run;
    unsigned char *pages;
    uint64_t next;      /* entry that will be read next */
    uint64_t page, end; /* entry pages in `pages`: [page, end) */
    run_entry entry;    /* the present one */
    bool at_end;
} run_cursor;

/* run_cursor_init reads the first entry. */
int run_cursor_init(run_cursor *c, const sorted_run *run, sm_error *err) SM_MUST_USE;
int run_cursor_next(run_cursor *c, sm_error *err) SM_MUST_USE;
void run_cursor_fini(run_cursor *c);
/* By key, rest, document. */
int run_entry_order(const run_entry *a, const run_entry *b);

#endif
