/* Philox4x32-10: see seimai/random.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/random.h>

#include <math.h>

enum { ROUNDS = 10 };

void sm_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t x0 = counter[0], x1 = counter[1], x2 = counter[2], x3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < ROUNDS; round++) {
        const uint64_t a = (uint64_t)0xD2511F53U * x0;
        const uint64_t b = (uint64_t)0xCD9E8D57U * x2;
        const uint32_t y0 = (uint32_t)(b >> 32) ^ x1 ^ k0;
        const uint32_t y2 = (uint32_t)(a >> 32) ^ x3 ^ k1;
        x1 = (uint32_t)b;
        x3 = (uint32_t)a;
        x0 = y0;
        x2 = y2;
        k0 += 0x9E3779B9U; /* the golden ratio */
        k1 += 0xBB67AE85U; /* the square root of 3, less 1 */
    }
    out[0] = x0;
    out[1] = x1;
    out[2] = x2;
    out[3] = x3;
}

static void block_of(uint64_t seed, uint64_t a, uint64_t b, uint64_t out[2])
{
    const uint32_t counter[4] = {(uint32_t)a, (uint32_t)(a >> 32), (uint32_t)b,
                                 (uint32_t)(b >> 32)};
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t word[4];
    sm_philox(counter, key, word);
    out[0] = (uint64_t)word[1] << 32 | word[0];
    out[1] = (uint64_t)word[3] << 32 | word[2];
}

static double unit_of(uint64_t bits)
{
    return (double)(bits >> 11) * 0x1p-53;
}

uint64_t sm_random_u64(uint64_t seed, uint64_t a, uint64_t b)
{
    uint64_t out[2];
    block_of(seed, a, b, out);
    return out[0];
}

double sm_random_unit(uint64_t seed, uint64_t a, uint64_t b)
{
    return unit_of(sm_random_u64(seed, a, b));
}

uint64_t sm_random_below(uint64_t seed, uint64_t a, uint64_t b, uint64_t n)
{
    __extension__ typedef unsigned __int128 u128;
    return (uint64_t)((u128)sm_random_u64(seed, a, b) * n >> 64);
}

double sm_random_normal(uint64_t seed, uint64_t a, uint64_t b)
{
    uint64_t out[2];
    block_of(seed, a, b, out);
    const double radius = sqrt(-2.0 * log(1.0 - unit_of(out[0]))); /* 1 - u lies in (0, 1] */
    return radius * cos(6.283185307179586476925 * unit_of(out[1]));
}
