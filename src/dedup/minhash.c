/* MinHash signatures: the permutations, the portable kernel, and the choice of a faster one.
 * SPDX-License-Identifier: MIT */
#include "dedup_internal.h"

#include <seimai/minhash.h>
#include <seimai/random.h>
#include <string.h>

static bool always(void)
{
    return true;
}

#ifdef __x86_64__
static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}
static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f");
}
#endif

/* Slow to fast; a machine that lacks one lacks those behind it. */
static const struct {
    const char *name;
    bool (*is_here)(void);
    minhash_kernel *kernel;
} paths[] = {
    {"portable", always, minhash_portable},
#ifdef __x86_64__
    {"avx2", has_avx2, minhash_avx2},
    {"avx512", has_avx512, minhash_avx512},
#endif
};
enum { PATHS = sizeof paths / sizeof paths[0] };

const char *sm_minhash_path(size_t i)
{
    return i < PATHS && paths[i].is_here() ? paths[i].name : NULL;
}

sm_minhash *sm_minhash_new(unsigned k, uint64_t seed)
{
    sm_minhash *m = sm_calloc(1, sizeof *m);
    m->k = k;
    m->lanes = (k + LANES - 1) / LANES * LANES;
    m->a = sm_calloc(m->lanes, sizeof *m->a);
    m->b = sm_calloc(m->lanes, sizeof *m->b);
    for (unsigned i = 0; i < m->lanes; i++) {
        const uint64_t drawn = sm_random_u64(seed, i, 0);
        m->a[i] = (uint32_t)drawn | 1; /* odd: a bijection modulo 2^32 */
        m->b[i] = (uint32_t)(drawn >> 32);
    }
    while (sm_minhash_path(m->path + 1)) {
        m->path++;
    }
    return m;
}

void sm_minhash_free(sm_minhash *m)
{
    if (!m) return;
    sm_free(m->a);
    sm_free(m->b);
    sm_free(m);
}

unsigned sm_minhash_size(const sm_minhash *m)
{
    return m->k;
}

/* One group of lanes at a time, so that its minima stay in registers. */
void minhash_portable(const sm_minhash *m, const uint64_t *hashes, size_t n, uint32_t *minima)
{
    for (unsigned g = 0; g < m->lanes; g += LANES) {
        uint32_t least[LANES];
        memset(least, 0xFF, sizeof least);
        for (size_t i = 0; i < n; i++) {
            const uint32_t x = (uint32_t)hashes[i];
            for (unsigned l = 0; l < LANES; l++) {
                const uint32_t y = m->a[g + l] * x + m->b[g + l];
                least[l] = y < least[l] ? y : least[l];
            }
        }
        memcpy(minima + g, least, sizeof least);
    }
}

void sm_minhash_sign_by(size_t path, const sm_minhash *m, const uint64_t *hashes, size_t n,
                        uint32_t *signature)
{
    uint32_t minima[SM_MINHASH_MAX + LANES];
    paths[path].kernel(m, hashes, n, minima);
    memcpy(signature, minima, m->k * sizeof *signature);
}

void sm_minhash_sign(const sm_minhash *m, const uint64_t *hashes, size_t n, uint32_t *signature)
{
    sm_minhash_sign_by(m->path, m, hashes, n, signature);
}

double sm_minhash_similarity(const uint32_t *a, const uint32_t *b, unsigned k)
{
    unsigned equal = 0;
    for (unsigned i = 0; i < k; i++) {
        equal += a[i] == b[i];
    }
    return k == 0 ? 1 : (double)equal / k;
}
