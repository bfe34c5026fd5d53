/* The choice of the packed product's kernel: see gemm_kernel.h.
 * SPDX-License-Identifier: MIT */
#include "kern/gemm_kernel.h"

enum { MOST = 3 };

#ifdef __x86_64__
static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw");
}
#endif

const sm_gemm_kernel *sm_gemm_kernel_path(sm_precision precision, size_t i)
{
    const bool is_bf16 = precision == SM_BF16;
    const sm_gemm_kernel *found[MOST] = {is_bf16 ? &sm_bf16_portable : &sm_sgemm_portable};
    size_t n = 1;
#ifdef __x86_64__
    if (has_avx2()) found[n++] = is_bf16 ? &sm_bf16_avx2 : &sm_sgemm_avx2;
    if (has_avx512() && (!is_bf16 || __builtin_cpu_supports("avx512bf16")))
        found[n++] = is_bf16 ? &sm_bf16_avx512 : &sm_sgemm_avx512;
#endif
    return i < n ? found[i] : NULL;
}

const sm_gemm_kernel *sm_gemm_kernel_choose(sm_precision precision)
{
    size_t best = 0;
    while (sm_gemm_kernel_path(precision, best + 1))
        best++;
    return best > 0 || precision == SM_BF16 ? sm_gemm_kernel_path(precision, best) : NULL;
}
