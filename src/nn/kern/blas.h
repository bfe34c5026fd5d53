/* blas.h - OpenBLAS's own threads: none.
 * SPDX-License-Identifier: MIT */
#ifndef SM_NN_KERN_BLAS_H
#define SM_NN_KERN_BLAS_H

/* sm_blas_single_thread holds OpenBLAS to one thread from now on: our own loops spread its calls. */
void sm_blas_single_thread(void);

#endif
