/* seimai/kernel.h - the kernel set: which code does the arithmetic on this machine.
 * SPDX-License-Identifier: MIT
 *
 * Matrix products and loops over vectors are our own, for AVX2 and AVX-512, chosen by the CPU. They are laid down
 * to the bit (products as chains of fused multiply-adds in a fixed order), so that both instruction sets, and any number
 * of threads, give the same. A CPU without AVX2 and FMA takes OpenBLAS for products, in single-threaded calls on
 * tiles whose sizes depend on the product's shape alone; there the bits are those of its version. OpenBLAS is also the
 * yardstick of speed. The kernel set says what was chosen. It stands in each checkpoint; a resume under
 * another set warns.
 *
 * The one state of this header is OpenBLAS's own thread count, which belongs to the process. */
#ifndef SEIMAI_KERNEL_H
#define SEIMAI_KERNEL_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_kernels {
    const char *isa;  /* "portable", "avx2" or "avx512": the vector loops */
    char core[32];    /* OpenBLAS's name of the kernels it chose: "SkylakeX", "Zen" … */
    char version[32]; /* of OpenBLAS: "0.3.21" */
    char set
        [96]; /* what decides the bits, in one word: "packed-2", or "portable/openblas-0.3.21-Core2" */
    char warning[200]; /* empty, or why this is slower than the machine could be */
} sm_kernels;

/* How matrix products compute. SM_F32: in floats. SM_BF16: linear maps and the head round both operands to bf16 (8 bits of
 * mantissa) and accumulate in floats; weights, activations, gradients, the optimizer and attention stay floats. It
 * is fast where the CPU has AVX512-BF16; elsewhere the same arithmetic runs in vectors of floats, to the bit. */
typedef enum sm_precision { SM_F32, SM_BF16 } sm_precision;

/* sm_precision_name: "f32", "bf16". sm_precision_find: the other way round; "auto" is bf16 where the CPU has AVX512-BF16,
 * f32 elsewhere. SM_EUSAGE for another name. */
SM_API const char *sm_precision_name(sm_precision precision);
SM_API int sm_precision_find(const char *name, sm_precision *precision,
                             sm_error *err) SM_MUST_USE;

/* sm_kernels_open sets OpenBLAS to one thread for the rest of the process, multiplies two matrices and
 * compares with plain loops. SM_ENUMERIC if the product is wrong, SM_ENOSUP if OpenBLAS is not the
 * OpenMP flavour (its own threads would fight ours). Call it once, before the first net runs. */
SM_API int sm_kernels_open(sm_kernels *kernels, sm_error *err) SM_MUST_USE;

/* sm_kernels_precision adds to the set what changes its bits: "…/bf16". */
SM_API void sm_kernels_precision(sm_kernels *kernels, sm_precision precision);

/* sm_kernels_peak measures OpenBLAS's own cblas_sgemm at n³ with `threads` threads: the median of
 * three runs in GF/s (1e9 operations a second). What the matrix rate is a share of; n = 4096 there.
 * It takes some seconds and 3·n²·4 bytes; call it before sm_kernels_open or after, the count is restored. */
SM_API double sm_kernels_peak(unsigned threads, uint32_t n);

#ifdef __cplusplus
}
#endif
#endif
