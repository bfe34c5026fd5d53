/* seimai/hash.h - XXH3: the fingerprints of texts, files and streams.
 * SPDX-License-Identifier: MIT
 *
 * XXH3 64 and 128 bit (Y. Collet, xxHash 0.8) with seed 0. Written as hex, a hash has its canonical
 * big-endian form, as xxhsum prints it. Not a cryptographic hash.
 * Threads: a state belongs to one thread; the functions on spans are pure. */
#ifndef SEIMAI_HASH_H
#define SEIMAI_HASH_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As xxHash has it: `lo` and `hi` are the halves of one number; on disk lo stands first. */
typedef struct sm_hash128 {
    uint64_t lo, hi;
} sm_hash128;

enum { SM_HASH_HEX = 32 }; /* digits of a 128-bit hash, no NUL counted */

/* sm_hash64 is XXH3-64, for tables and checks of blocks; the seeded form gives independent functions. */
SM_API uint64_t sm_hash64(sm_span bytes);
SM_API uint64_t sm_hash64_seeded(sm_span bytes, uint64_t seed);
/* sm_hash128_of is XXH3-128, for identities: two texts in 10^10 collide with probability about 10^-19. */
SM_API sm_hash128 sm_hash128_of(sm_span bytes);
/* sm_hash128_equal compares both halves. */
SM_API bool sm_hash128_equal(sm_hash128 a, sm_hash128 b);
/* sm_hash128_hex writes 32 lower-case digits and a NUL. */
SM_API void sm_hash128_hex(sm_hash128 h, char hex[SM_HASH_HEX + 1]);
/* sm_hash128_parse reads 32 digits of either case; false on anything else. */
SM_API bool sm_hash128_parse(sm_span hex, sm_hash128 *h);

/* sm_hasher: the 128-bit hash of a stream. new → add… → value (adding may go on after) → free. */
typedef struct sm_hasher sm_hasher;
SM_API sm_hasher *sm_hasher_new(void) SM_MUST_USE;
SM_API void sm_hasher_free(sm_hasher *h);
SM_API void sm_hasher_reset(sm_hasher *h);
SM_API void sm_hasher_add(sm_hasher *h, sm_span bytes);
SM_API sm_hash128 sm_hasher_value(const sm_hasher *h);

#ifdef __cplusplus
}
#endif
#endif
