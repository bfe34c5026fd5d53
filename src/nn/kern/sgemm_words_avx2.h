/* AVX2 as sgemm_body.h wants it: the words of a vector. The file that includes it gives TARGET, ROWS and DOT.
 * SPDX-License-Identifier: MIT */
#ifndef SM_NN_KERN_SGEMM_WORDS_AVX2_H
#define SM_NN_KERN_SGEMM_WORDS_AVX2_H

#define VECTOR  __m256
#define LANES   8
#define VECTORS 2
#define load(p) _mm256_loadu_ps(p)
#define load_first(p, n)                                                                       \
    _mm256_maskload_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(n)),                      \
                                             _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)))
#define store(p, x)  _mm256_storeu_ps(p, x)
#define all(x)       _mm256_set1_ps(x)
#define times(x, y)  _mm256_mul_ps(x, y)
#define fma(x, y, z) _mm256_fmadd_ps(x, y, z)

#endif
