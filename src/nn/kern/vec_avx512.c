/* The vector loops for avx512: see vec.h.
 * SPDX-License-Identifier: MIT */
#ifdef __x86_64__
#include "kern/vec_internal.h"

#define SM_VEC_NAME   sm_vec_avx512
#define SM_VEC_LABEL  "avx512"
#define SM_VEC_TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw")))
#include "kern/vec_body.h"
#else
typedef int sm_vec_avx512_is_empty; /* ISO C wants a declaration */
#endif
