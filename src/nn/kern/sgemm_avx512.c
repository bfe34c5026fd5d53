/* The packed product for AVX-512: see gemm_kernel.h.
 * SPDX-License-Identifier: MIT */
#ifdef __x86_64__
#define TARGET           __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma")))
#define VECTOR           __m512
#define LANES            16
#define ROWS             14
#define VECTORS          2
#define load(p)          _mm512_loadu_ps(p)
#define load_first(p, n) _mm512_maskz_loadu_ps((__mmask16)((1U << (n)) - 1U), p)
#define store(p, x)      _mm512_storeu_ps(p, x)
#define all(x)           _mm512_set1_ps(x)
#define times(x, y)      _mm512_mul_ps(x, y)
#define fma(x, y, z)     _mm512_fmadd_ps(x, y, z)
#define DOT(x, y, sum)   fma(x, y, sum)
#include "kern/sgemm_body.h"
#include "kern/sgemm_pack.h"

const sm_gemm_kernel sm_sgemm_avx512 = {
    .name = "avx512", .mr = ROWS, .nr = COLUMNS, .pair = 1, .pack = pack, .micro = micro};
#else
typedef int sm_sgemm_avx512_is_empty; /* ISO C wants a declaration */
#endif
