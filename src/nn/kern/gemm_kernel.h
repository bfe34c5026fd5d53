/* gemm_kernel.h - what a packed matrix product is made of: packers and a micro-kernel.
 * SPDX-License-Identifier: MIT
 *
 * (After Goto, van de Geijn: "Anatomy of high-performance matrix multiplication", 2008.) Operands are copied into
 * panels that the micro-kernel reads from front to back: of op(A) (mr rows) and of op(B) (nr columns), both k by k. The
 * micro-kernel holds m × nr sums in registers. A panel is made of words of 4 bytes: one float, or a pair of bf16 that
 * are neighbours along k (the first in the lower half).
 *
 * Bits: an element of C is α·Σ over blocks of K (sm_gemm_depth long), added to C one block after the other; inside a
 * block it is one chain of fused multiply-adds from 0, in the order of k. No tile size, no thread and no instruction
 * set is part of this: the tables of one precision give the same bits, and so does the loop that one would write down. bf16: kern/bf16.h.
 * Threads: pure. */
#ifndef SM_NN_KERN_GEMM_KERNEL_H
#define SM_NN_KERN_GEMM_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#include <seimai/kernel.h>

enum {
    SM_GEMM_DEPTH = 512,  /* the longest block of K, in words */
    SM_GEMM_COLUMNS = 32, /* the largest nr, and … */
    SM_GEMM_PAIR = 2,     /* … the largest pair */
    SM_GEMM_SLACK = 16    /* words behind a panel that a packer may overwrite */
};

/* `width` rows of op(A), or columns of op(B), and k of the other side, as they lie in memory. */
typedef struct sm_gemm_source {
    const float *p;
    size_t ld; /* floats from row to row, as stored */
    bool
        is_along; /* stored row by row along k: element (i, k) at i·ld + k; otherwise at k·ld + i */
    size_t n, k;
} sm_gemm_source;

/* C (m,n) ← α·A·B + β·C, from panels A [k][m] and B [k][nr]. */
typedef struct sm_gemm_micro {
    size_t m, n, k; /* m ≤ mr, n ≤ nr; k in words */
    const float *a, *b;
    float *c;
    size_t ldc;
    float alpha, beta; /* β 0: C is not read */
} sm_gemm_micro;

typedef struct sm_gemm_kernel {
    const char *name; /* as the vector loops': "portable", "avx2", "avx512" */
    size_t mr, nr;    /* the largest m, and n */
    size_t pair;      /* of k in a word */
    /* to [words][width] from source->n ≤ width; what is missing becomes 0. */
    void (*pack)(float *to, size_t width, const sm_gemm_source *source);
    void (*micro)(const sm_gemm_micro *micro);
} sm_gemm_kernel;

/* sm_gemm_kernel_path gives table i = 0, 1 … of those that this machine can run, NULL past the last; 0 is portable. */
const sm_gemm_kernel *sm_gemm_kernel_path(sm_precision precision, size_t i);
/* sm_gemm_kernel_choose gives the best of them, or, for floats, NULL where OpenBLAS is faster: without vector FMA. */
const sm_gemm_kernel *sm_gemm_kernel_choose(sm_precision precision);

extern const sm_gemm_kernel sm_sgemm_portable, sm_bf16_portable;
#ifdef __x86_64__
extern const sm_gemm_kernel sm_sgemm_avx2, sm_sgemm_avx512, sm_bf16_avx2, sm_bf16_avx512;
#endif

#endif
