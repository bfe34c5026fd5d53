/* decode.h - the products of decoding: few rows against a large matrix, each row by itself.
 * SPDX-License-Identifier: MIT
 *
 * C = alpha·A·op(B) + beta·C as in gemm.h, for M from 1 to a few hundred. The sum of an element runs in an order that
 * K alone decides, so a row of C has the same bits whatever rows stand beside it: a sequence's text
 * does not depend on what is generated beside it, nor on how its prompt was cut.
 *
 *   dots    B is stored (N,K): 16 lanes along K, fused multiply-add, lanes folded by halves at the end. A tile of a
 *           few rows of A by a few of B stays in registers for all of K. Nothing is packed: B is read once, from end to
 *           end, and goes from memory to the sum
 *   chains  B is stored (K,N): one chain of fused multiply-adds along K from 0, 16 columns side by side
 *
 * Portable, AVX2 and AVX-512 give the same bits. beta 0 writes C without reading it. No transposed A.
 * Threads: pure; sm_matmul_rows (op/op.h) spreads columns. */
#ifndef SM_NN_KERN_DECODE_H
#define SM_NN_KERN_DECODE_H

#include "kern/gemm.h"

typedef struct sm_decode {
    const char *name; /* "portable", "avx2", "avx512" */
    void (*dots)(const sm_gemm *g);
    void (*chains)(const sm_gemm *g);
} sm_decode;

/* sm_decode_choose gives the best set of this machine. */
const sm_decode *sm_decode_choose(void);
/* sm_decode_path gives set i = 0, 1 … of those that this machine can run, NULL past the last; 0 is portable. */
const sm_decode *sm_decode_path(size_t i);

#endif
