/* decode_internal.h - the tables that decode.c chooses from.
 * SPDX-License-Identifier: MIT */
#ifndef SM_NN_KERN_DECODE_INTERNAL_H
#define SM_NN_KERN_DECODE_INTERNAL_H

#include "kern/decode.h"

extern const sm_decode sm_decode_portable;
#ifdef __x86_64__
extern const sm_decode sm_decode_avx2, sm_decode_avx512;
#endif

#endif
