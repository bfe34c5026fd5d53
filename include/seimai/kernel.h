/* seimai/kernel.h - the kernel set: which code does the arithmetic on this machine.
 * SPDX-License-Identifier: MIT
 *
 * Matrix products are single-threaded calls of OpenBLAS on tiles whose sizes depend on the product's shape
 * alone; loops over vectors are our own, in a portable form and for AVX2 and AVX-512, chosen by the CPU.
 * Two machines (or two versions of OpenBLAS) may differ in the last bits: the kernel set says which
 * bits these are. It stands in each checkpoint; a resume under another set warns.
 *
 * The one state of this header is OpenBLAS's own thread count, which belongs to the process. */
#ifndef SEIMAI_KERNEL_H
#define SEIMAI_KERNEL_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_kernels {
    const char *isa;   /* "portable", "avx2" or "avx512": the vector loops */
    char core[32];     /* OpenBLAS's name of the kernels it chose: "SkylakeX", "Zen" … */
    char version[32];  /* of OpenBLAS: "0.3.21" */
    char set[96];      /* all of it in one word: "avx512/openblas-0.3.21-SkylakeX" */
    char warning[200]; /* empty, or why this is slower than the machine could be */
} sm_kernels;

/* sm_kernels_open sets OpenBLAS to one thread for the rest of the process, multiplies two matrices and
 * compares with plain loops. SM_ENUMERIC if the product is wrong, SM_ENOSUP if OpenBLAS is not the
 * OpenMP flavour (its own threads would fight ours). Call it once, before the first net runs. */
SM_API int sm_kernels_open(sm_kernels *kernels, sm_error *err) SM_MUST_USE;

/* sm_kernels_peak measures OpenBLAS's own cblas_sgemm at n³ with `threads` threads: the median of
 * three runs in GF/s (1e9 operations a second). What the matrix rate is a share of; n = 4096 there.
 * It takes some seconds and 3·n²·4 bytes; call it before sm_kernels_open or after, the count is restored. */
SM_API double sm_kernels_peak(unsigned threads, uint32_t n);

#ifdef __cplusplus
}
#endif
#endif
