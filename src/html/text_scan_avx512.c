/* The steps of text_scan.h with AVX-512BW.
 * SPDX-License-Identifier: MIT */
#include "text_scan.h"

#ifdef __x86_64__
#define TARGET    __attribute__((target("avx512f,avx512bw,bmi,popcnt")))
#define BYTE_BITS 64
#include "text_scan_body.h"

const text_scan sm_text_scan_avx512 = {run, bits};
#endif
