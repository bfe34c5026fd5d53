/* The choice of a path: see text_scan.h.
 * SPDX-License-Identifier: MIT */
#include "text_scan.h"

const text_scan *sm_text_scan_best(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512bw")) return &sm_text_scan_avx512;
    if (__builtin_cpu_supports("avx2")) return &sm_text_scan_avx2;
#endif
    return NULL;
}
