/* seimai/parallel.h - the thread pool for work that is not a stream of documents.
 * SPDX-License-Identifier: MIT
 *
 * sm_parallel runs fn(shared, worker, i) for each i in [0, n) on `threads` threads (inline for 1). Items are
 * taken in order, one at a time, so make them large (a millisecond or more). A result must depend on i
 * alone, never on `worker` or timing. The failure of the smallest i is returned. */
#ifndef SEIMAI_PARALLEL_H
#define SEIMAI_PARALLEL_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One item: 0, or a failure with its text in err. `worker` (below the number of threads) chooses scratch. */
typedef int (*sm_parallel_fn)(void *shared, unsigned worker, size_t i, sm_error *err);

/* After a failure no further items begin; those that have begun are finished. */
SM_API int sm_parallel(unsigned threads, size_t n, sm_parallel_fn fn, void *shared,
                       sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
