/* vec_internal.h - the tables that vec.c chooses from.
 * SPDX-License-Identifier: MIT */
#ifndef SM_NN_KERN_VEC_INTERNAL_H
#define SM_NN_KERN_VEC_INTERNAL_H

#include "kern/vec.h"

extern const sm_vec sm_vec_portable;
#ifdef __x86_64__
extern const sm_vec sm_vec_avx2, sm_vec_avx512;
#endif

#endif
