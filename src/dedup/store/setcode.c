/* Golomb-Rice coding of sorted sets. See setcode.h.
 * SPDX-License-Identifier: MIT */
#include "setcode.h"

#include <string.h>

/* Bits of a gap's lower part. */
static unsigned low_bits(size_t n)
{
    return (unsigned)__builtin_clzll(n | 1);
}

size_t set_code_bound(size_t n)
{
    return (n * (low_bits(n) + 3) + 7) / 8 + 8 + SET_CODE_PAD;
}

/* ---- writing -------------------------------------------------------------------------------- */

typedef struct bit_writer {
    unsigned char *p;
    uint64_t bits; /* not yet written: the n lowest */
    unsigned n;    /* below 64 */
} bit_writer;

/* Appends the n <= 63 bits of a value, which has no others. */
static void put(bit_writer *w, uint64_t value, unsigned n)
{
    w->bits |= value << w->n;
    w->n += n;
    if (w->n < 64) return;
    sm_put_u64(w->p, w->bits);
    w->p += 8;
    w->n -= 64;
    w->bits = w->n ? value >> (n - w->n) : 0;
}

size_t set_encode(const uint64_t *set, size_t n, unsigned char *code)
{
    const unsigned low = low_bits(n);
    const uint64_t mask = ((uint64_t)1 << low) - 1;
    bit_writer w = {.p = code};
    uint64_t next = 0; /* the least value that may follow */
    for (size_t i = 0; i < n; i++) {
        const uint64_t gap = set[i] - next;
        uint64_t zeros = gap >> low;
        next = set[i] + 1;
        if (zeros + 1 + low < 64) { /* nearly always */
            put(&w, (gap & mask) << 1 << zeros | (uint64_t)1 << zeros,
                (unsigned)zeros + 1 + low);
            continue;
        }
        for (; zeros > 62; zeros -= 62) {
            put(&w, 0, 62);
        }
        put(&w, (uint64_t)1 << zeros, (unsigned)zeros + 1);
        put(&w, gap & mask, low);
    }
    sm_put_u64(w.p, w.bits);
    return (size_t)(w.p - code) + (w.n + 7) / 8;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* sm_get_u64, without a call for each hash. */
static uint64_t load(const char *p)
{
    uint64_t v = 0;
    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

static uint64_t bits_at(const char *p, uint64_t bit)
{
    const unsigned shift = bit & 7;
    const uint64_t next = (unsigned char)p[(bit >> 3) + 8];
    return load(p + (bit >> 3)) >> shift | next << 1 << (63 - shift);
}

/* Reads a gap; false behind the end, or where it is no number of 64 bits. */
static bool read_gap(sm_span code, unsigned low, uint64_t *bit, uint64_t *gap)
{
    const uint64_t end = (uint64_t)code.n * 8;
    uint64_t upper = 0, word = 0;
    while (*bit < end && (word = bits_at(code.p, *bit)) == 0) {
        upper += 64;
        *bit += 64;
    }
    if (word == 0) return false;
    const unsigned zeros = (unsigned)__builtin_ctzll(word);
    upper += zeros;
    *bit += zeros + 1;
    if (*bit + low > end || upper >> (64 - low) != 0) return false;
    const uint64_t rest = zeros + 1 + low < 64 ? word >> zeros >> 1 : bits_at(code.p, *bit);
    *gap = upper << low | (rest & (((uint64_t)1 << low) - 1));
    *bit += low;
    return true;
}

bool set_decode(sm_span code, size_t n, uint64_t *set)
{
    const unsigned low = low_bits(n);
    uint64_t bit = 0, next = 0, gap = 0;
    for (size_t i = 0; i < n; i++) {
        if (!read_gap(code, low, &bit, &gap)) return false;
        if (__builtin_add_overflow(next, gap, &set[i])) return false;
        next = set[i] + 1;
        if (next == 0 && i + 1 < n) return false;
    }
    return true;
}
