/* Decoding UTF-8 to columns, 64 bytes at a time: bit masks tell where characters begin, and sixteen are put
 * together at once.
 * SPDX-License-Identifier: MIT */
#include "unpack.h"

#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512bw,avx512vbmi,avx512vbmi2,bmi2,popcnt")))

enum {
    BLOCK = 64,
    LANES = 16,
    KNOWN = BLOCK - 3
}; /* known: what begins before ends in the block */

/* Of the bytes of a block, a bit each: beginnings of characters; among these, bytes that are no UTF-8, and
 * characters of four bytes. Values are not looked at: too small ones and surrogates are still to be found. */
typedef struct marks {
    uint64_t starts, bad, four;
} marks;

AVX512 static inline marks marks_of(__m512i v)
{
    const __m512i v6 = _mm512_add_epi8(v, v), v5 = _mm512_add_epi8(v6, v6);
    const __m512i v4 = _mm512_add_epi8(v5, v5);
    const uint64_t b7 = _mm512_movepi8_mask(v), b6 = _mm512_movepi8_mask(v6);
    const uint64_t b5 = _mm512_movepi8_mask(v5), b4 = _mm512_movepi8_mask(v4);
    const uint64_t tail = b7 & ~b6, lead = b7 & b6;
    const uint64_t one = tail >> 1, two = one & tail >> 2;
    const uint64_t of_two = lead & ~b5 & one, of_three = lead & b5 & ~b4 & two;
    const uint64_t four = lead & b5 & b4 & two & tail >> 3;
    const uint64_t longer = of_three | four;
    const uint64_t inside = (of_two | longer) << 1 | longer << 2 | four << 3;
    return (marks){~inside, b7 & ~inside & ~(of_two | longer), four};
}

AVX512 static inline __m512i all(uint32_t value)
{
    return _mm512_set1_epi32((int)value);
}

/* Sixteen characters, or bytes that are `bad`, from three bytes each: where their cells are. *wrong gets a bit for a
 * value that does not go with its length. */
AVX512 static inline __m512i join(__m512i a, __m512i b, __m512i c, __mmask16 bad,
                                  __mmask16 *wrong)
{
    const __m512i middle = _mm512_and_si512(b, all(0x3F)),
                  last = _mm512_and_si512(c, all(0x3F));
    const __mmask16 one = _mm512_cmplt_epu32_mask(a, all(0x80));
    const __mmask16 short_one = _mm512_cmplt_epu32_mask(a, all(0xE0));
    const __m512i two =
        _mm512_or_si512(_mm512_slli_epi32(_mm512_and_si512(a, all(0x1F)), 6), middle);
    const __m512i high = _mm512_slli_epi32(_mm512_and_si512(a, all(0x0F)), 12);
    const __m512i three =
        _mm512_or_si512(_mm512_or_si512(high, _mm512_slli_epi32(middle, 6)), last);
    __m512i x = _mm512_mask_mov_epi32(three, short_one, two);
    x = _mm512_mask_mov_epi32(x, one, a);
    const __m512i least = _mm512_mask_mov_epi32(all(0x800), short_one, all(0x80));
    const __mmask16 small = _mm512_mask_cmplt_epu32_mask((__mmask16)~one, x, least);
    const __mmask16 surrogate =
        _mm512_cmpeq_epi32_mask(_mm512_srli_epi32(x, 11), all(0xD800 >> 11));
    *wrong = (__mmask16)((small | surrogate) & ~bad);
    return _mm512_mask_add_epi32(x, bad, a, all(CELL_BAD));
}

/* n, n + 1, … n + 15. */
AVX512 static inline __m512i counted(size_t n)
{
    const __m512i lanes =
        _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm512_add_epi32(lanes, all((uint32_t)n));
}

AVX512 static inline __m512i widen(const uint8_t *bytes)
{
    return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)bytes));
}

/* Characters of four bytes: a group by their class, and no code. */
AVX512 static bool put_fours(const unpack_table *t, const uint8_t *block, const marks *m,
                             unpacked *out)
{
    for (uint64_t four = m->four & m->starts; four; four &= four - 1) {
        const uint64_t before = (four & -four) - 1;
        const size_t i = out->n + (size_t)__builtin_popcountll(m->starts & before);
        const character c = character_at(block + __builtin_ctzll(four), block + BLOCK);
        if (c.bad) return false;
        out->codes[i] = 0;
        out->groups[i] = t->group_of(c.c, classes_of(t->classes, c.c));
    }
    return true;
}

AVX512 static inline void put_cells(__m512i cells, __m512i places, size_t to, unpacked *out)
{
    const __m512i groups = _mm512_srli_epi32(cells, CELL_GROUP);
    _mm512_storeu_si512(out->codes + to, _mm512_and_si512(cells, all(0xFFFF)));
    _mm512_storeu_si512(out->at + to, places);
    _mm_storeu_si128((__m128i *)(void *)(out->groups + to), _mm512_cvtepi32_epi8(groups));
}

/* Unoptimized, GCC's header has a macro here whose mask changes its sign. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
AVX512 static inline __m512i gather(const uint32_t *cells, __m512i at)
{
    return _mm512_i32gather_epi32(at, cells, sizeof *cells);
}
#pragma GCC diagnostic pop

/* Characters i … i + 15 of a block, whose bytes are in columns; returns those with a wrong value. */
AVX512 static inline __mmask16 put_lanes(const unpack_table *t, uint8_t columns[4][BLOCK],
                                         size_t i, uint64_t bad, size_t at, unpacked *out)
{
    __mmask16 wrong;
    const __m512i a = widen(columns[1] + i), b = widen(columns[2] + i);
    const __m512i c = join(a, b, widen(columns[3] + i), (__mmask16)(bad >> i), &wrong);
    const __m512i cells = gather(t->cells, c);
    const __m512i places = _mm512_add_epi32(widen(columns[0] + i), all((uint32_t)at));
    put_cells(cells, places, out->n + i, out);
    return wrong;
}

/* The place and the first three bytes of each character, a column each. */
AVX512 static inline void turn(__m512i v, uint64_t starts, uint8_t columns[4][BLOCK])
{
    uint8_t count[BLOCK];
    for (unsigned i = 0; i < BLOCK; i++)
        count[i] = (uint8_t)i;
    __m512i place = _mm512_maskz_compress_epi8(starts, _mm512_loadu_si512(count));
    _mm512_storeu_si512(columns[0], place);
    for (unsigned k = 1; k < 4; k++) {
        _mm512_storeu_si512(columns[k], _mm512_permutexvar_epi8(place, v));
        place = _mm512_add_epi8(place, _mm512_set1_epi8(1));
    }
}

AVX512 static bool put_marked(const unpack_table *t, const uint8_t *block, const marks *m,
                              size_t at, unpacked *out)
{
    uint8_t columns[4][BLOCK];
    const size_t n = (size_t)__builtin_popcountll(m->starts);
    const uint64_t bad = _pext_u64(m->bad, m->starts), four = _pext_u64(m->four, m->starts);
    uint64_t wrong = 0;
    turn(_mm512_loadu_si512(block), m->starts, columns);
    for (size_t i = 0; i < n; i += LANES)
        wrong |= (uint64_t)put_lanes(t, columns, i, bad, at, out) << i;
    const uint64_t those = n < BLOCK ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
    if (wrong & ~four & those || !put_fours(t, block, m, out)) return false;
    out->n += n;
    out->bad |= bad != 0;
    return true;
}

/* The cells of sixteen ASCII characters: all 128 are in eight vectors, from which two bits choose. */
AVX512 static inline __m512i ascii_cells(const __m512i table[8], __m512i c)
{
    const __mmask16 upper = _mm512_test_epi32_mask(c, all(0x20));
    const __m512i a = _mm512_permutex2var_epi32(table[0], c, table[1]);
    const __m512i b = _mm512_permutex2var_epi32(table[2], c, table[3]);
    const __m512i d = _mm512_permutex2var_epi32(table[4], c, table[5]);
    const __m512i e = _mm512_permutex2var_epi32(table[6], c, table[7]);
    const __m512i below = _mm512_mask_mov_epi32(a, upper, b),
                  above = _mm512_mask_mov_epi32(d, upper, e);
    return _mm512_mask_mov_epi32(below, _mm512_test_epi32_mask(c, all(0x40)), above);
}

AVX512 static void put_ascii(const unpack_table *t, const uint8_t *p, size_t at, unpacked *out)
{
    __m512i table[8];
    for (size_t i = 0; i < 8; i++)
        table[i] = _mm512_loadu_si512(t->cells + LANES * i);
    for (size_t i = 0; i < BLOCK; i += LANES)
        put_cells(ascii_cells(table, widen(p + i)), counted(at + i), out->n + i, out);
    out->n += BLOCK;
}

AVX512 size_t unpack_block(const unpack_table *t, const uint8_t *p, size_t stop, size_t left,
                           size_t at, unpacked *out)
{
    uint8_t rest[BLOCK];
    if (left < BLOCK) {
        memset(rest, 0, sizeof rest);
        p = memcpy(rest, p, left);
    }
    marks m = marks_of(_mm512_loadu_si512(p));
    if (m.starts == UINT64_MAX && m.bad == 0 && stop >= BLOCK) {
        put_ascii(t, p, at, out);
        return BLOCK;
    }
    const size_t limit = stop < KNOWN ? stop : KNOWN;
    const uint64_t before = (UINT64_C(1) << limit) - 1;
    const uint64_t behind = m.starts & ~before;
    m.starts &= before;
    m.bad &= before;
    if (!put_marked(t, p, &m, at, out)) return 0;
    return behind ? (size_t)__builtin_ctzll(behind) : BLOCK;
}

bool unpack_has_blocks(void)
{
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi") &&
           __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("bmi2");
}

#else

size_t unpack_block(const unpack_table *t, const uint8_t *p, size_t stop, size_t left,
                    size_t at, unpacked *out)
{
    (void)t, (void)p, (void)stop, (void)left, (void)at, (void)out;
    return 0;
}

bool unpack_has_blocks(void)
{
    return false;
}
#endif
