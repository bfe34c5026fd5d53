/* The steps of text_scan.h with AVX2.
 * SPDX-License-Identifier: MIT */
#include "text_scan.h"

#ifdef __x86_64__
#define TARGET    __attribute__((target("avx2,bmi,popcnt")))
#define BYTE_BITS 32
#include "text_scan_body.h"

const text_scan sm_text_scan_avx2 = {run, bits};
#endif
