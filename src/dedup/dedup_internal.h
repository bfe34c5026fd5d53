/* What the files of src/dedup share.
 * SPDX-License-Identifier: MIT */
#ifndef SM_DEDUP_INTERNAL_H
#define SM_DEDUP_INTERNAL_H

#include <seimai/minhash.h>

#define SKIP UINT32_MAX /* no code point: the view leaves the character out */

/* view_read decodes and folds from *at up to `max` code points, and moves *at. */
size_t view_read(sm_view view, const unsigned char **at, const unsigned char *end,
                 uint32_t *out, size_t max);

/* The permutations, as the kernels read them: `lanes` is k rounded up to a multiple of LANES, the
 * surplus permutations are computed and dropped. */
enum { LANES = 16 };
struct sm_minhash {
    unsigned k, lanes;
    uint32_t *a, *b; /* [lanes] */
    size_t path;     /* the fastest of this machine */
};

/* A kernel writes minima[lanes]. */
typedef void minhash_kernel(const sm_minhash *m, const uint64_t *hashes, size_t n,
                            uint32_t *minima);
minhash_kernel minhash_portable, minhash_avx2, minhash_avx512;

#endif
