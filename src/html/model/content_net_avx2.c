/* The steps of content_net.h with AVX2. Not with FMA: it would round otherwise than the portable path.
 * SPDX-License-Identifier: MIT */
#include "content_net.h"

#ifdef __x86_64__
#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))
#define PAIRS(pair, weights)                                                                   \
    ((lanes_int)_mm256_madd_epi16(_mm256_set1_epi32(pair), (__m256i)(weights)))
#include "content_net_steps.h"

const block_net_path sm_block_net_path_avx2 = {count,       begin,     product, average,
                                               standardize, add_layer, answer};
#endif
