/* seimai/random.h - counter-based random numbers: a pure function of (seed, counter).
 * SPDX-License-Identifier: MIT
 *
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 * No state: the number that step 7 of sample 3 needs is computed from (seed, 7, 3, …), on any
 * thread, in any order, and again after a resume. All functions are pure. */
#ifndef SEIMAI_RANDOM_H
#define SEIMAI_RANDOM_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* sm_philox fills out[4] from a 128-bit counter and a 64-bit key; ten rounds, as published. */
SM_API void sm_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* sm_random_u64 is number (a, b) of the sequence `seed`. */
SM_API uint64_t sm_random_u64(uint64_t seed, uint64_t a, uint64_t b);
/* sm_random_unit is uniform in [0, 1), 53 bits. */
SM_API double sm_random_unit(uint64_t seed, uint64_t a, uint64_t b);
/* sm_random_below is uniform in [0, n), n > 0; the bias is below n / 2^64. */
SM_API uint64_t sm_random_below(uint64_t seed, uint64_t a, uint64_t b, uint64_t n);
/* sm_random_normal is standard normal (Box-Muller on one Philox block). */
SM_API double sm_random_normal(uint64_t seed, uint64_t a, uint64_t b);

#ifdef __cplusplus
}
#endif
#endif
