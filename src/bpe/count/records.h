/* Records of counts as bytes, and streams of records in order: shared by the files of this folder.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_RECORDS_H
#define SM_BPE_RECORDS_H

#include <seimai/count.h>

#include "table.h"

/* The flags of a count file. */
enum { COUNT_COMPLETE = 1, COUNT_TAGGED = 2, COUNT_DOCUMENTS = 4, COUNT_THOUSANDTHS = 8 };

/* ---- one record (records.c) ----------------------------------------------------------------- */

enum { RECORD_HEAD = 12, RECORD_EDGE = 12, RECORDS_END = 28 };

/* record_put appends a record as seimai/count.h lays it out. */
void record_put(sm_buffer *out, const sm_count_entry *e, unsigned flags);
/* records_put_end appends what stands behind the last record. */
void records_put_end(sm_buffer *out, uint64_t records, sm_hash128 hash);
/* record_print appends a line of the escaped view. */
void record_print(sm_buffer *out, const sm_count_entry *e);

/* Two lists of edges become one, in memory that is used in turns. Init {0}. */
typedef struct edge_space {
    struct edge_memory {
        uint32_t *at;
        uint64_t *crossings;
        size_t cap;
    } memory[2];
    unsigned turn;
} edge_space;
void edge_space_fini(edge_space *s);
/* record_add adds `from` to `into`, which has the same bytes; its edges are in `space` after that. */
void record_add(sm_count_entry *into, const sm_count_entry *from, edge_space *space);

/* ---- bytes that come in (records.c) ----------------------------------------------------------- */

/* Where a window's bytes come from: 1 some, 0 the end, or a failure. */
typedef int (*window_fill)(void *from, char *p, size_t n, size_t *got, sm_error *err);

typedef struct window {
    window_fill fill;
    void *from;
    const char *name; /* for messages */
    sm_buffer bytes;
    size_t at, hashed; /* read, and hashed up to here */
    sm_hasher *hasher; /* of what was read, or NULL */
} window;

window window_make(window_fill fill, void *from, const char *name);
void window_fini(window *w);
/* record_take gives the next n bytes, valid until the next call. SM_ETRUNC where the bytes end before. */
int record_take(window *w, size_t n, sm_span *bytes, sm_error *err) SM_MUST_USE;
/* window_ends tells whether all bytes were read: 1, 0, or a failure. */
int window_ends(window *w, sm_error *err) SM_MUST_USE;
/* window_hash gives the hash of what was read since hashing began. */
sm_hash128 window_hash(window *w);

/* record_get reads one record: 1, or 0 at the mark that ends them (a length of 0). Edges go to `space`. The spans
 * live until the next call. SM_EFORMAT for what cannot be a record. */
typedef struct record_parser {
    window *w;
    unsigned flags;
    uint64_t unit; /* every count is multiplied by it */
    sm_buffer before;
    edge_space space;
} record_parser;
int record_get(record_parser *p, sm_count_entry *e, sm_error *err) SM_MUST_USE;
void record_parser_fini(record_parser *p);

/* ---- streams of records in the order of their bytes (sources.c, merging.c) ------------------------- */

typedef struct source source;
struct source {
    /* The next record: 1, or 0 at the end. It lives until the next call. */
    int (*next)(source *s, sm_count_entry *e, sm_error *err);
    void (*close)(source *s);
};

/* The records [from, to) of a sorted table, which must live longer than the source. */
source *source_of_table(const table *sorted, size_t from, size_t to);
/* The records of counts, sorted. */
source *source_of_counts(sm_counts *counts);
/* The records that `parser` (copied; its window, too) finds. close ends both, and calls `end` on window.from. */
source *source_of_window(const window *w, unsigned flags, uint64_t unit,
                         void (*end)(void *from));
/* All of n sources, which are closed with it; equal records are added up. */
source *source_merged(source *const *sources, size_t n);

/* ---- runs: sorted records in a file without a name (runs.c) ---------------------------------------- */

/* A run lies in a store, which is a file for any number of them. Init {0}. */
typedef struct run_file {
    int fd;
    int64_t at, end; /* of what is still to be read */
    char *folder;    /* for messages; NULL: not open */
} run_file;

/* run_write makes a run of all that a source gives, and closes the source. The store is opened where it is not. */
int run_write(run_file *run, run_file *store, const char *folder, source *from, unsigned flags,
              sm_error *err) SM_MUST_USE;
/* run_read gives the records back; the source owns the file from then on. */
source *run_read(const run_file *run, unsigned flags);
void run_close(const run_file *run);

/* ---- readers (count_reader.c) ------------------------------------------------------------------------ */

/* A reader over n >= 1 sources, which it owns: all that one gives comes before all that the next one gives. Parts may
 * be read at the same time. The header is moved into the reader. */
sm_count_reader *count_reader_over(source *const *parts, size_t n, sm_count_header *header);
/* The parts that were not read to their end. */
size_t count_reader_parts(const sm_count_reader *r);
/* count_reader_take gives the next one to the caller, who owns it, or NULL where none is left. What it gives
 * is told in order with count_reader_note: the records, and their bytes for the hash (or none, where nobody will
 * ask for it). */
source *count_reader_take(sm_count_reader *r);
void count_reader_note(sm_count_reader *r, sm_span encoded, uint64_t records);

#endif
