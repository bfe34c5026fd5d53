/* HMAC-SHA-256, as FIPS 180-4 and RFC 2104 state it. Values are short, so it is written to be read.
 * SPDX-License-Identifier: MIT */
#include "pii_internal.h"

#include <string.h>

enum { BLOCK = 64 };

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
    0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
    0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
    0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
    0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
    0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
    0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2};

typedef struct sha256 {
    uint32_t state[8];
    unsigned char block[BLOCK];
    uint64_t n; /* bytes so far */
} sha256;

static uint32_t rotate(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static void start(sha256 *h)
{
    static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(h->state, initial, sizeof initial);
    h->n = 0;
}

/* The message schedule of section 6.2.2, step 1. */
static void schedule(const unsigned char block[BLOCK], uint32_t w[64])
{
    for (size_t i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (size_t i = 16; i < 64; i++) {
        const uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + w[i - 7] +
               (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
}

static void compress(uint32_t state[8], const unsigned char block[BLOCK])
{
    uint32_t w[64], v[8]; /* v: a b c d e f g h */
    schedule(block, w);
    memcpy(v, state, sizeof v);
    for (size_t i = 0; i < 64; i++) {
        const uint32_t big1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
        const uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
        const uint32_t t1 = v[7] + big1 + choice + round_constants[i] + w[i];
        const uint32_t big0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
        const uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += t1;
        v[0] = t1 + big0 + majority;
    }
    for (size_t i = 0; i < 8; i++)
        state[i] += v[i];
}

static void add(sha256 *h, sm_span bytes)
{
    for (size_t i = 0; i < bytes.n; i++) {
        h->block[h->n++ % BLOCK] = (unsigned char)bytes.p[i];
        if (h->n % BLOCK == 0) compress(h->state, h->block);
    }
}

static void finish(sha256 *h, unsigned char digest[SM_SHA256_BYTES])
{
    const uint64_t bits = 8 * h->n;
    const sm_span one = {"\x80", 1}, zero = {"", 1};
    char length[8];
    add(h, one);
    while (h->n % BLOCK != BLOCK - 8)
        add(h, zero);
    for (size_t i = 0; i < 8; i++)
        length[i] = (char)(bits >> (56 - 8 * i));
    add(h, (sm_span){length, sizeof length});
    for (size_t i = 0; i < SM_SHA256_BYTES; i++)
        digest[i] = (unsigned char)(h->state[i / 4] >> (24 - 8 * (i % 4)));
}

void sm_hmac_sha256(sm_span key, sm_span message, unsigned char digest[SM_SHA256_BYTES])
{
    char inner[BLOCK] = {0}, outer[BLOCK];
    sha256 h;
    if (key.n > BLOCK) {
        start(&h);
        add(&h, key);
        finish(&h, digest);
        memcpy(inner, digest, SM_SHA256_BYTES);
    } else if (key.n > 0) {
        memcpy(inner, key.p, key.n);
    }
    for (size_t i = 0; i < BLOCK; i++) {
        outer[i] = (char)(inner[i] ^ 0x5c);
        inner[i] = (char)(inner[i] ^ 0x36);
    }
    start(&h);
    add(&h, (sm_span){inner, BLOCK});
    add(&h, message);
    finish(&h, digest);
    start(&h);
    add(&h, (sm_span){outer, BLOCK});
    add(&h, (sm_span){(const char *)digest, SM_SHA256_BYTES});
    finish(&h, digest);
}
