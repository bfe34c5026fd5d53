/* The packed product for AVX2: see gemm_kernel.h.
 * SPDX-License-Identifier: MIT */
#ifdef __x86_64__
#define TARGET         __attribute__((target("avx2,fma")))
#define ROWS           6
#define DOT(x, y, sum) fma(x, y, sum)

#include "kern/sgemm_words_avx2.h"

#include "kern/sgemm_body.h"

#include "kern/sgemm_pack.h"

const sm_gemm_kernel sm_sgemm_avx2 = {
    .name = "avx2", .mr = ROWS, .nr = COLUMNS, .pair = 1, .pack = pack, .micro = micro};
#else
typedef int sm_sgemm_avx2_is_empty; /* ISO C wants a declaration */
#endif
