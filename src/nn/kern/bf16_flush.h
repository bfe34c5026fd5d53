/* bf16_flush.h - the micro-kernel of sgemm_body.h with subnormal numbers taken and given as 0, as bf16.h has it.
 * SPDX-License-Identifier: MIT */
enum { FLUSH = 0x8040 }; /* MXCSR: flush to zero, denormals are zeros */

static TARGET void micro_flushed(const sm_gemm_micro *t)
{
    const unsigned before = _mm_getcsr();
    _mm_setcsr(before | FLUSH);
    micro(t);
    _mm_setcsr(before);
}
