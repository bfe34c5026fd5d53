/* seimai/sort.h - sorting more than fits into memory.
 * SPDX-License-Identifier: MIT
 *
 * Records are a key and a value, both of a fixed size in one sorter or both of any size. They come out in the order of
 * their keys as memcmp compares them (a prefix first; write integers big-endian), equal keys in the order in
 * which they were added. What does not fit into the memory is sorted in runs that lie in unnamed files of a
 * folder, so that nothing is left behind however the process ends; the runs are merged while they are read.
 *
 *     sm_sorter_new → sm_sorter_add … → sm_sorter_sort → sm_sorter_next … → sm_sorter_free
 *
 * The records that come out depend on what was added alone, neither on the memory nor on the threads.
 *
 * Cost: n log n key comparisons of 8 bytes at a time for keys of any size, a radix sort for fixed keys; each
 * record is written and read once for each pass over the disk. One pass merges up to 256 runs, so with M bytes of memory
 * up to about 100·M bytes take one pass.
 *
 * Threads: a sorter belongs to one thread at a time; it sorts with as many as it was given. */
#ifndef SEIMAI_SORT_H
#define SEIMAI_SORT_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_sorter sm_sorter;

typedef struct sm_sort_options {
    size_t key,
        value;        /* bytes of each in every record; both 0: each record has its own sizes */
    size_t memory;    /* most bytes that the sorter holds; at least 1 MiB is used */
    unsigned threads; /* 0 is taken as 1 */
    const char
        *folder; /* where runs go, if there are any; it must exist. NULL: nothing may spill */
} sm_sort_options;

/* sm_sorter_new never fails; a folder is not looked at before it is needed. */
SM_API sm_sorter *sm_sorter_new(const sm_sort_options *options) SM_MUST_USE;
SM_API void sm_sorter_free(sm_sorter *s);

/* sm_sorter_add copies a record (fixed sizes: spans of exactly these). SM_EIO with the folder's name where a run
 * cannot be written; SM_ELIMIT for a record that is larger than the memory, or where nothing may spill. */
SM_API int sm_sorter_add(sm_sorter *s, sm_span key, sm_span value, sm_error *err) SM_MUST_USE;
/* sm_sorter_sort ends the adding. */
SM_API int sm_sorter_sort(sm_sorter *s, sm_error *err) SM_MUST_USE;
/* sm_sorter_next gives the next record in order: 1, or 0 at the end. The spans live until the next call.
 * SM_EIO where a run cannot be read back. */
SM_API int sm_sorter_next(sm_sorter *s, sm_span *key, sm_span *value,
                          sm_error *err) SM_MUST_USE;

typedef struct sm_sort_stats {
    uint64_t records;
    uint64_t runs;    /* written to the folder; 0: all of it fitted */
    uint64_t spilled; /* bytes written to the folder */
} sm_sort_stats;
SM_API sm_sort_stats sm_sorter_stats(const sm_sorter *s);

#ifdef __cplusplus
}
#endif
#endif
