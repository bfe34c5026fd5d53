/* The steps of content_net.h with AVX2. Not with FMA: it would round otherwise than the portable path.
 * SPDX-License-Identifier: MIT */
#include "content_net.h"

#ifdef __x86_64__
#define TARGET __attribute__((target("avx2")))
#include "content_net_steps.h"

const block_net_path sm_block_net_path_avx2 = {count,       product,   average,
                                               standardize, add_layer, answer};
#endif
