/* The vector loops for portable: see vec.h.
 * SPDX-License-Identifier: MIT */
#include "kern/vec_internal.h"

#define SM_VEC_NAME   sm_vec_portable
#define SM_VEC_LABEL  "portable"
#define SM_VEC_TARGET /* whatever the compiler assumes of every machine */
#include "kern/vec_body.h"
