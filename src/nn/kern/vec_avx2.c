/* The vector loops for avx2: see vec.h.
 * SPDX-License-Identifier: MIT */
#ifdef __x86_64__
#include "kern/vec_internal.h"

#define SM_VEC_NAME   sm_vec_avx2
#define SM_VEC_LABEL  "avx2"
#define SM_VEC_TARGET __attribute__((target("avx2")))
#include "kern/vec_body.h"
#else
typedef int sm_vec_avx2_is_empty; /* ISO C wants a declaration */
#endif
