/* What the files of the external sort share.
 * SPDX-License-Identifier: MIT */
#ifndef SM_STREAM_SORT_INTERNAL_H
#define SM_STREAM_SORT_INTERNAL_H

#include <seimai/sort.h>

#include <string.h>

/* ---- sort_radix.c: in memory ------------------------------------------------------------------ */

/* Sorts n records of `width` bytes by their first `key` bytes, stably. `scratch` has the same size. */
void radix_sort(char *records, char *scratch, size_t n, size_t width, size_t key,
                unsigned threads);

/* A record of any size lies at bytes + at: two u32, the sizes of key and value, then both. An entry is 16 bytes:
 * 8 bytes of the key (zeros past its end), one that says how much of the key is left from there (9: more
 * than 8), and 7 with the record's place. Its first 9 bytes sort as the 8 bytes of the key do. */
enum { ENTRY = 16, ENTRY_KEY = 9, ENTRY_MORE = 9, RECORD_HEAD = 8 };

void entry_make(char *entry, const char *bytes, uint64_t at);
uint64_t entry_place(const char *entry);
/* Sorts entries by the whole keys of their records, stably. */
void entries_sort(char *entries, char *scratch, size_t n, const char *bytes, unsigned threads);

/* ---- sort_runs.c: on disk --------------------------------------------------------------------- */

/* A record where it lies. */
typedef struct sort_record {
    sm_span key, value;
} sort_record;

typedef struct sort_run {
    int64_t begin, end; /* in the file */
} sort_run;

/* Sorted runs, one after the other in an unnamed file. */
typedef struct run_file {
    int fd;
    const char *folder; /* for messages */
    int64_t size;
    sort_run *runs;
    size_t n, cap;
    sm_buffer pending; /* of the run that is being written */
    size_t key, value; /* the fixed sizes; 0, 0: each record begins with its own, as varints */
} run_file;

int runs_open(run_file *f, const sm_sort_options *options, sm_error *err);
void runs_close(run_file *f);
void runs_begin(run_file *f);
int runs_put(run_file *f, sort_record r, sm_error *err);
int runs_end(run_file *f, sm_error *err);

/* Reads some consecutive runs of a file in the order of their keys; equal keys: earlier run first. */
typedef struct run_merge run_merge;
run_merge *merge_new(const run_file *f, size_t first, size_t n, size_t buffer);
void merge_free(run_merge *m);
int merge_next(run_merge *m, sort_record *r, sm_error *err); /* 1, 0 at the end, or a failure */

#endif
