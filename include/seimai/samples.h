/* seimai/samples.h - what a run reads: sample g of it as stretches of tokens, and the reverse.
 * SPDX-License-Identifier: MIT
 *
 * Samples are numbered from 0 through all epochs of a run. A sample is one row of a batch: a window of T targets
 * (seimai/order.h), or a row of whole documents (seimai/packing.h). Training asks which tokens sample g has (seimai/feed.h),
 * `shard order` as well, and which sample has a token; both by these functions, so that the answers cannot differ.
 *
 *   one set        sample g is number i = g mod N of epoch g / N, with N samples an epoch: window order(seed, epoch, i), with
 *                  the phase of the epoch, or row draw(epoch, i) of its packing
 *   several sets   sample g is number n of the samples of set k (sm_mixture), and n takes the place of g there: each set has
 *                  its own epochs, and its own order, whatever the others are. With SM_PACK_NONE whole leaves are dealt out
 *                  instead of samples, so that the rows of a leaf come from one set
 *
 * Everything is a pure function of this struct. Threads: read-only. Ownership: it borrows the sets and packings. */
#ifndef SEIMAI_SAMPLES_H
#define SEIMAI_SAMPLES_H

#include <seimai/packing.h>
#include <seimai/shard.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_samples {
    const sm_shards *const *sets; /* each with at least one token; of one vocabulary and EOT */
    /* How a set's documents are packed, of this length and these rows; NULL: in windows. All NULL: as well. */
    const sm_packing *const *packing;
    bool by_leaf;       /* SM_PACK_NONE: for all sets */
    sm_mixture mixture; /* their shares; n = 0: there is one set */
    uint64_t seed;
    uint32_t length; /* T */
    uint32_t rows;   /* B, samples of a leaf; matters to SM_PACK_NONE */
} sm_samples;

/* sm_samples_pack makes the packing that a set has in a run of this seed, length and rows; NULL for one in windows. The caller
 * frees it. Errors as sm_packing_new has them. */
SM_API int sm_samples_pack(const sm_samples *samples, const sm_shards *set, sm_pack pack,
                           sm_packing **packing, sm_error *err) SM_MUST_USE;
/* sm_samples_epoch is the number of samples (windows, rows) of an epoch, of all sets together; sm_samples_epoch_of that of
 * one set. */
SM_API uint64_t sm_samples_epoch(const sm_samples *samples);
SM_API uint64_t sm_samples_epoch_of(const sm_samples *samples, uint32_t set);
/* sm_samples_drawn tells how many of the first n samples come from a set. */
SM_API uint64_t sm_samples_drawn(const sm_samples *samples, uint32_t set, uint64_t n);

/* Where a sample lies: the window of an epoch of a set, and how that epoch divides the set; or the row of its packing. */
typedef struct sm_place {
    uint32_t set; /* in sm_samples.sets */
    uint64_t epoch;
    uint64_t window; /* or row; SM_PACKING_EMPTY: none */
    sm_windows windows;
} sm_place;

SM_API sm_place sm_samples_where(const sm_samples *samples, uint64_t sample);
/* sm_samples_leaf gives those of the B samples from `first` on, a multiple of B. */
SM_API void sm_samples_leaf(const sm_samples *samples, uint64_t first, sm_place places[]);
/* sm_samples_piece gives the targets of a sample that lie side by side in its set: piece k = 0, 1, … in their order. A window
 * has one, or two where it goes on at the set's first token. False behind the last. */
SM_API bool sm_samples_piece(const sm_samples *samples, const sm_place *place, size_t k,
                             sm_piece *piece);

#define SM_SAMPLES_NEVER UINT64_MAX
/* sm_samples_find gives the sample that has a token of a set as a target in an epoch, and how many from that token on it has
 * side by side; SM_SAMPLES_NEVER for one that a packing leaves away. O(1), O(documents) in a packing. */
SM_API uint64_t sm_samples_find(const sm_samples *samples, uint32_t set, uint64_t epoch,
                                uint64_t token, uint64_t *n);

#ifdef __cplusplus
}
#endif
#endif
