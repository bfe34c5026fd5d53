/* The choice of the kernels of decoding: see decode.h.
 * SPDX-License-Identifier: MIT */
#include "kern/decode_internal.h"

const sm_decode *sm_decode_path(size_t i)
{
    const sm_decode *found[4] = {&sm_decode_portable};
    size_t n = 1;
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        found[n++] = &sm_decode_avx2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
        found[n++] = &sm_decode_avx512;
#endif
    return i < n ? found[i] : NULL;
}

const sm_decode *sm_decode_choose(void)
{
    size_t best = 0;
    while (sm_decode_path(best + 1))
        best++;
    return sm_decode_path(best);
}
