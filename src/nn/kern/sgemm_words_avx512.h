/* AVX-512 as sgemm_body.h wants it: the words of a vector. The file that includes it gives TARGET, ROWS and DOT.
 * SPDX-License-Identifier: MIT */
#ifndef SM_NN_KERN_SGEMM_WORDS_AVX512_H
#define SM_NN_KERN_SGEMM_WORDS_AVX512_H

#define VECTOR           __m512
#define LANES            16
#define VECTORS          2
#define load(p)          _mm512_loadu_ps(p)
#define load_first(p, n) _mm512_maskz_loadu_ps((__mmask16)((1U << (n)) - 1U), p)
#define store(p, x)      _mm512_storeu_ps(p, x)
#define all(x)           _mm512_set1_ps(x)
#define times(x, y)      _mm512_mul_ps(x, y)
#define fma(x, y, z)     _mm512_fmadd_ps(x, y, z)

#endif
