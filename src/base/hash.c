/* XXH3 behind spans: see seimai/hash.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/hash.h>

#include <xxhash.h>

struct sm_hasher {
    XXH3_state_t *state;
};

uint64_t sm_hash64(sm_span bytes)
{
    return XXH3_64bits(bytes.p, bytes.n);
}

uint64_t sm_hash64_seeded(sm_span bytes, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes.p, bytes.n, seed);
}

sm_hash128 sm_hash128_of(sm_span bytes)
{
    const XXH128_hash_t h = XXH3_128bits(bytes.p, bytes.n);
    return (sm_hash128){h.low64, h.high64};
}

bool sm_hash128_equal(sm_hash128 a, sm_hash128 b)
{
    return a.lo == b.lo && a.hi == b.hi;
}

void sm_hash128_hex(sm_hash128 h, char hex[SM_HASH_HEX + 1])
{
    for (int i = 0; i < 16; i++) {
        hex[i] = "0123456789abcdef"[h.hi >> (60 - 4 * i) & 15];
        hex[i + 16] = "0123456789abcdef"[h.lo >> (60 - 4 * i) & 15];
    }
    hex[SM_HASH_HEX] = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool sm_hash128_parse(sm_span hex, sm_hash128 *h)
{
    sm_hash128 value = {0, 0};
    if (hex.n != SM_HASH_HEX) return false;
    for (size_t i = 0; i < hex.n; i++) {
        const int digit = hex_digit(hex.p[i]);
        uint64_t *half = i < 16 ? &value.hi : &value.lo;
        if (digit < 0) return false;
        *half = *half << 4 | (unsigned)digit;
    }
    *h = value;
    return true;
}

sm_hasher *sm_hasher_new(void)
{
    sm_hasher *h = sm_malloc(sizeof *h);
    h->state = XXH3_createState();
    if (!h->state)
        h->state = sm_malloc(SIZE_MAX / 2); /* the one way out of memory: its handler */
    sm_hasher_reset(h);
    return h;
}

void sm_hasher_free(sm_hasher *h)
{
    if (!h) return;
    XXH3_freeState(h->state);
    sm_free(h);
}

void sm_hasher_reset(sm_hasher *h)
{
    XXH3_128bits_reset(h->state);
}

void sm_hasher_add(sm_hasher *h, sm_span bytes)
{
    if (bytes.n) XXH3_128bits_update(h->state, bytes.p, bytes.n);
}

sm_hash128 sm_hasher_value(const sm_hasher *h)
{
    const XXH128_hash_t v = XXH3_128bits_digest(h->state);
    return (sm_hash128){v.low64, v.high64};
}
