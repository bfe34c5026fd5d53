/* Groups of characters to bit sets, 64 at a time.
 * SPDX-License-Identifier: MIT */
#include "scan.h"

/* Sixty-four groups to a word of each set. */
typedef void (*block_fn)(const scanner *s, const uint8_t *groups, uint64_t words[SETS]);

static void block_portable(const scanner *s, const uint8_t *groups, uint64_t words[SETS])
{
    for (size_t k = 0; k < SETS; k++) {
        uint64_t w = 0;
        for (unsigned i = 0; i < 64; i++)
            w |= (uint64_t)IN(s->sets[k], groups[i]) << i;
        words[k] = w;
    }
}

#ifdef __x86_64__
#include <immintrin.h>

/* Byte g is FF if group g is in the set: a table for one shuffle. */
static void members(uint16_t set, uint8_t table[GROUPS])
{
    for (unsigned g = 0; g < GROUPS; g++)
        table[g] = IN(set, g) ? 0xFF : 0;
}

__attribute__((target("avx2"))) static void fill_avx2(const scanner *s, const uint8_t *groups,
                                                      size_t blocks, uint8_t *const bits[SETS])
{
    for (size_t k = 0; k < SETS; k++) {
        uint8_t bytes[GROUPS];
        members(s->sets[k], bytes);
        const __m256i table =
            _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)bytes));
        for (size_t i = 0; i < 2 * blocks; i++) {
            const __m256i g =
                _mm256_loadu_si256((const __m256i *)(const void *)(groups + 32 * i));
            const int mask = _mm256_movemask_epi8(_mm256_shuffle_epi8(table, g));
            memcpy(bits[k] + 4 * i, &mask, sizeof mask);
        }
    }
}

__attribute__((target("avx512bw"))) static void
fill_avx512(const scanner *s, const uint8_t *groups, size_t blocks, uint8_t *const bits[SETS])
{
    for (size_t k = 0; k < SETS; k++) {
        uint8_t bytes[GROUPS];
        members(s->sets[k], bytes);
        const __m512i table =
            _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)bytes));
        for (size_t i = 0; i < blocks; i++) {
            const __m512i g = _mm512_loadu_si512(groups + 64 * i);
            const uint64_t mask = _mm512_movepi8_mask(_mm512_shuffle_epi8(table, g));
            memcpy(bits[k] + 8 * i, &mask, sizeof mask);
        }
    }
}
#endif

static void fill_portable(const scanner *s, const uint8_t *groups, size_t blocks,
                          uint8_t *const bits[SETS])
{
    for (size_t i = 0; i < blocks; i++) {
        uint64_t words[SETS];
        block_portable(s, groups + 64 * i, words);
        for (size_t k = 0; k < SETS; k++)
            for (size_t b = 0; b < 8; b++) /* little-endian, whatever the machine */
                bits[k][8 * i + b] = (uint8_t)(words[k] >> 8 * b);
    }
}

/* The last block's groups: what the text has, then END. */
typedef void (*fill_fn)(const scanner *s, const uint8_t *groups, size_t blocks,
                        uint8_t *const bits[SETS]);

typedef struct path {
    const char *name;
    fill_fn fill;
} path;

static size_t paths(path out[3])
{
    size_t n = 0;
    out[n++] = (path){"portable", fill_portable};
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) out[n++] = (path){"avx2", fill_avx2};
    if (__builtin_cpu_supports("avx512bw")) out[n++] = (path){"avx512", fill_avx512};
#endif
    return n;
}

const char *bits_path(size_t i)
{
    path p[3];
    return i < paths(p) ? p[i].name : NULL;
}

static void fill_with(fill_fn fill, const scanner *s, const uint8_t *groups, size_t n,
                      uint8_t *const bits[SETS])
{
    uint8_t last[64], *tail[SETS];
    const size_t whole = n / 64;
    fill(s, groups, whole, bits);
    memset(last, GROUP_END, sizeof last);
    memcpy(last, groups + 64 * whole, n % 64);
    for (size_t k = 0; k < SETS; k++) {
        tail[k] = bits[k] + 8 * whole;
        memset(tail[k] + 8, 0, 8);
    }
    fill(s, last, 1, tail);
}

void bits_fill_by(size_t i, const scanner *s, const uint8_t *groups, size_t n,
                  uint8_t *const bits[SETS])
{
    path p[3];
    if (i < paths(p)) fill_with(p[i].fill, s, groups, n, bits);
}

void bits_fill(const scanner *s, const uint8_t *groups, size_t n, uint8_t *const bits[SETS])
{
    path p[3];
    const size_t best = paths(p) - 1;
    fill_with(p[best].fill, s, groups, n, bits);
}
