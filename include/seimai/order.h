/* seimai/order.h - the order of training as a pure function of (seed, epoch, index).
 * SPDX-License-Identifier: MIT
 *
 * No cursor is stored anywhere: which window stands at place i of epoch e is computed, on any machine and
 * for any number of workers, and so is its inverse ("at which step was this document?").
 *
 * Nouns
 *   order    a permutation of [0, n) for each (seed, epoch): a balanced Feistel network of 6 rounds over the
 *            smallest even number of bits that holds n - 1, the round function being Philox4x32-10; a result
 *            that is not below n goes through again (cycle walking: fewer than 4 times on average)
 *   window   T targets in a row of the tokens of a whole set (all shards joined)
 *   phase    where window 0 of an epoch begins, in [0, T): the cuts move from epoch to epoch
 *
 *   mixture  several sets with shares of the samples: which set sample g comes from, and the how manieth of that set it is
 *
 * All functions are pure. */
#ifndef SEIMAI_ORDER_H
#define SEIMAI_ORDER_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* sm_order_at gives element i < n of the permutation; n <= 2^62. */
SM_API uint64_t sm_order_at(uint64_t seed, uint64_t epoch, uint64_t n, uint64_t i);
/* sm_order_place is its inverse: sm_order_at(seed, epoch, n, sm_order_place(seed, epoch, n, x)) = x. */
SM_API uint64_t sm_order_place(uint64_t seed, uint64_t epoch, uint64_t n, uint64_t x);
/* sm_order_phase gives the phase of an epoch, in [0, length). */
SM_API uint64_t sm_order_phase(uint64_t seed, uint64_t epoch, uint64_t length);

/* The windows of one epoch. Target k of the epoch, 0 <= k < tokens, is the token at (k + phase) mod tokens,
 * and its input is the token before it, in the ring: the first token's input is the last of all, which is the
 * EOT of the last document. Window s has the targets k = s·length … s·length + length - 1; those with
 * k >= tokens are surplus and weigh 0. Every token is a target once an epoch. */
typedef struct sm_windows {
    uint64_t tokens; /* of the set */
    uint64_t length; /* T, targets a window */
    uint64_t phase;
} sm_windows;

SM_API uint64_t sm_windows_count(const sm_windows *w); /* ceil(tokens / length) */
/* sm_windows_target gives the token that is target t of window s, or UINT64_MAX for a surplus one. */
SM_API uint64_t sm_windows_target(const sm_windows *w, uint64_t s, uint64_t t);
/* sm_windows_find gives the window in which a token is a target. */
SM_API uint64_t sm_windows_find(const sm_windows *w, uint64_t token);

/* The samples of a run are numbered from 0 through all epochs: sample g is window order(seed, e, i) of epoch
 * e = g / N, with i = g mod N and N windows an epoch. A step of B sequences takes the samples from step·B on. */
typedef struct sm_sampling {
    uint64_t seed;
    uint64_t tokens; /* of the set, > 0 */
    uint64_t length; /* T */
} sm_sampling;

/* sm_sampling_window gives the window of sample g, with its epoch and that epoch's division. */
SM_API uint64_t sm_sampling_window(const sm_sampling *s, uint64_t sample, uint64_t *epoch,
                                   sm_windows *windows);
/* sm_sampling_sample is the inverse: the sample at which `token` is a target in an epoch. */
SM_API uint64_t sm_sampling_sample(const sm_sampling *s, uint64_t epoch, uint64_t token);

/* ---- several sets ------------------------------------------------------------------------------ */

enum { SM_MIXTURE_MOST = 64 };

/* Samples are dealt out as evenly as can be: after any number G of samples, set k has had G·share(k) of them, but for less
 * than one at each of the k + 1 forks that lead to it (set 0 or the rest, set 1 or the rest of that …). */
typedef struct sm_mixture {
    uint32_t n;
    uint64_t weight[SM_MIXTURE_MOST]; /* in units of 2^-32 of the whole */
} sm_mixture;

/* sm_mixture_make takes n > 0 weights, of which only the ratios matter. SM_EUSAGE for one that is not a number above 0, or
 * below 2^-32 of the whole, and for more than SM_MIXTURE_MOST. */
SM_API int sm_mixture_make(sm_mixture *mixture, const double weight[], uint32_t n,
                           sm_error *err) SM_MUST_USE;
/* sm_mixture_source gives the set of sample g < 2^62, and its number among the samples of that set. */
SM_API uint32_t sm_mixture_source(const sm_mixture *mixture, uint64_t sample, uint64_t *number);
/* sm_mixture_sample is the inverse: the sample that is number `number` of a set. */
SM_API uint64_t sm_mixture_sample(const sm_mixture *mixture, uint32_t source, uint64_t number);
/* sm_mixture_count tells how many of the first `samples` come from a set. */
SM_API uint64_t sm_mixture_count(const sm_mixture *mixture, uint32_t source, uint64_t samples);

#ifdef __cplusplus
}
#endif
#endif
