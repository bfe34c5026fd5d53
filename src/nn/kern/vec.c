/* The choice of the vector loops: see vec.h.
 * SPDX-License-Identifier: MIT */
#include "kern/vec_internal.h"

const sm_vec *sm_vec_path(size_t i)
{
    const sm_vec *found[4] = {&sm_vec_portable};
    size_t n = 1;
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) found[n++] = &sm_vec_avx2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"))
        found[n++] = &sm_vec_avx512;
#endif
    return i < n ? found[i] : NULL;
}

const sm_vec *sm_vec_choose(void)
{
    size_t best = 0;
    while (sm_vec_path(best + 1))
        best++;
    return sm_vec_path(best);
}
