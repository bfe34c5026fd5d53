/* bf16.h - bf16, and products of it with sums in float.
 * SPDX-License-Identifier: MIT
 *
 * bf16 is the upper half of a float: its sign, its 8 bits of exponent, 7 of its mantissa. Rounding is to nearest, ties to
 * even; a subnormal float becomes 0 with its sign, a NaN a quiet NaN: VCVTNE2PS2BF16.
 *
 * A product rounds the operands while it packs them, in pairs along k (gemm_kernel.h). A pair enters a sum as VDPBF16PS
 * does it (both: Intel, "Architecture Instruction Set Extensions", 319433):
 *
 *     sum ← fma(a[2i + 1], b[2i + 1], sum);  sum ← fma(a[2i], b[2i], sum)
 *
 * each rounded to nearest and, where it is subnormal after that, 0 with its sign; an odd K ends with a pair whose second
 * half is 0. So it is in the three tables: bf16_avx512.c with the instruction, bf16_avx2.c with fused multiply-adds that
 * flush to zero, bf16_portable.c step by step. They give the same bits, but for the payload of NaN; what
 * AVX512-BF16 is compared with here is an AMD Zen 4. */
#ifndef SM_NN_KERN_BF16_H
#define SM_NN_KERN_BF16_H

#include <stdint.h>
#include <string.h>

static inline uint16_t sm_bf16_round(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    const uint32_t size = bits & 0x7FFFFFFFU, sign = bits & 0x80000000U;
    const uint32_t nearest = (bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16;
    const uint32_t special = size > 0x7F800000U ? (bits >> 16) | 0x40U : sign >> 16;
    return (uint16_t)(size > 0x7F800000U || size < 0x00800000U ? special : nearest);
}

static inline float sm_bf16_float(uint16_t x)
{
    const uint32_t bits = (uint32_t)x << 16;
    float y;
    memcpy(&y, &bits, sizeof y);
    return y;
}

#endif
