/* Coding of a sorted set of distinct 64-bit hashes: the gaps, in Golomb-Rice code.
 * SPDX-License-Identifier: MIT
 *
 * A gap (less one, but for the first) is cut at bit k = 63 - floor(log2 n): the upper part in unary (zeros, then a
 * one), the lower k bits as they are, least significant bit first. Uniform hashes take about 64 - log2(n) + 1.5 bits
 * each, which no code can better by more than a tenth of a bit: 6.8 bytes of 8 at 2,450 shingles. The worst set,
 * clustered as it may be, takes two bits more an element.
 *
 * Source: R. Rice, J. Plaunt, "Adaptive variable-length coding" (1971). Pure functions. */
#ifndef SM_SETCODE_H
#define SM_SETCODE_H

#include <seimai/base.h>

enum { SET_CODE_PAD = 16 }; /* bytes behind a coded set that the decoder may look at */

/* set_code_bound: room for the code of n hashes, the pad included. */
size_t set_code_bound(size_t n);
/* set_encode writes the code and gives its bytes, without the pad. */
size_t set_encode(const uint64_t *set, size_t n, unsigned char *code);
/* set_decode fills set[n], ascending and distinct; false where the bytes are no code of n hashes. */
bool set_decode(sm_span code, size_t n, uint64_t *set);

#endif
