/* The packed product for AVX-512: see gemm_kernel.h.
 * SPDX-License-Identifier: MIT */
#ifdef __x86_64__
#define TARGET         __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma")))
#define ROWS           14
#define DOT(x, y, sum) fma(x, y, sum)

#include "kern/sgemm_words_avx512.h"

#include "kern/sgemm_body.h"

#include "kern/sgemm_pack.h"

const sm_gemm_kernel sm_sgemm_avx512 = {
    .name = "avx512", .mr = ROWS, .nr = COLUMNS, .pair = 1, .pack = pack, .micro = micro};
#else
typedef int sm_sgemm_avx512_is_empty; /* ISO C wants a declaration */
#endif
