/* The packed product for AVX2: see gemm_kernel.h.
 * SPDX-License-Identifier: MIT */
#ifdef __x86_64__
#define TARGET  __attribute__((target("avx2,fma")))
#define VECTOR  __m256
#define LANES   8
#define ROWS    6
#define VECTORS 2
#define load(p) _mm256_loadu_ps(p)
#define load_first(p, n)                                                                       \
    _mm256_maskload_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(n)),                      \
                                             _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)))
#define store(p, x)    _mm256_storeu_ps(p, x)
#define all(x)         _mm256_set1_ps(x)
#define times(x, y)    _mm256_mul_ps(x, y)
#define fma(x, y, z)   _mm256_fmadd_ps(x, y, z)
#define DOT(x, y, sum) fma(x, y, sum)
#include "kern/sgemm_body.h"
#include "kern/sgemm_pack.h"

const sm_gemm_kernel sm_sgemm_avx2 = {
    .name = "avx2", .mr = ROWS, .nr = COLUMNS, .pair = 1, .pack = pack, .micro = micro};
#else
typedef int sm_sgemm_avx2_is_empty; /* ISO C wants a declaration */
#endif
