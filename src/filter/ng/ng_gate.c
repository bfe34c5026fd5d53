/* ng_gate.c - where a pattern may begin: a bit for each pair of first characters, and one for the first three.
 * SPDX-License-Identifier: MIT
 *
 * The loop decodes each character once and asks one bit of a table by a hash of it and the one before it; nothing
 * depends on the answer to the last question, so that the machine works on several characters at once. Between two
 * ASCII characters the table is exact, and most patterns begin only where a Latin word does. The few pairs that pass
 * (one character in fourteen, with 2,000 words) are folded, and asked for with the third character. */
#include "ng_internal.h"

#include <seimai/utf8.h>

#include <string.h>

enum { PAIR_BITS = 20, START_BITS = 18, SINGLE_BITS = 16, ASCII_PAIRS = 128 * 128 };

void ng_gate_init(ng_gate *gate, const ng_fold *fold)
{
    gate->fold = fold;
    gate->starts = sm_calloc((size_t)1 << (START_BITS - 3), 1);
    gate->pairs = sm_calloc((size_t)1 << (PAIR_BITS - 3), 1);
    gate->ascii = sm_calloc(ASCII_PAIRS, 1);
    gate->singles = NULL;
}

void ng_gate_fini(ng_gate *gate)
{
    sm_free(gate->starts);
    sm_free(gate->pairs);
    sm_free(gate->ascii);
    sm_free(gate->singles);
}

/* Four bytes, the first one lowest; compilers make one load of it. */
static inline uint32_t load(const char *p)
{
    const unsigned char *const b = (const unsigned char *)p;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* A character by its bytes, the first one lowest: its key. */
static uint32_t key_of(uint32_t c)
{
    char bytes[4] = {0};
    (void)sm_utf8_put(c, bytes);
    return load(bytes);
}

static inline uint32_t pair_hash(uint32_t first, uint32_t second)
{
    return (uint32_t)(((uint64_t)first << 32 | second) * 0x9E3779B97F4A7C15u >>
                      (64 - PAIR_BITS));
}

static inline uint32_t single_hash(uint32_t key)
{
    return key * 0x9E3779B1u >> (32 - SINGLE_BITS);
}

static void set_bit(uint8_t *bits, uint32_t i)
{
    bits[i >> 3] |= (uint8_t)(1u << (i & 7));
}

void ng_gate_pair(ng_gate *gate, uint32_t first, uint32_t second, bool inside_word)
{
    if (first < 128 && second < 128)
        gate->ascii[first << 7 | second] |= (uint8_t)(inside_word ? 3 : 1);
    set_bit(gate->pairs, pair_hash(key_of(first), key_of(second)));
}

/* Three folded characters; c is 0 for a pattern of two. */
static inline uint32_t start_hash(uint32_t a, uint32_t b, uint32_t c)
{
    const uint64_t ab = (uint64_t)a << 21 | b;
    return (uint32_t)(((ab * 0x9E3779B97F4A7C15u ^ c) * 0xC2B2AE3D27D4EB4Fu) >>
                      (64 - START_BITS));
}

void ng_gate_start(ng_gate *gate, uint32_t a, uint32_t b, uint32_t c)
{
    set_bit(gate->starts, start_hash(a, b, c));
}

void ng_gate_single(ng_gate *gate, uint32_t c)
{
    if (!gate->singles) gate->singles = sm_calloc((size_t)1 << (SINGLE_BITS - 3), 1);
    set_bit(gate->singles, single_hash(key_of(c)));
    for (uint32_t next = 0; c < 128 && next < 128; next++)
        gate->ascii[c << 7 | next] = 3;
}

static inline bool has_bit(const uint8_t *bits, uint32_t i)
{
    return bits[i >> 3] >> (i & 7) & 1;
}

static inline bool is_word(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') < 10;
}

/* Both characters are ASCII. */
static inline bool ascii_passes(const ng_gate *gate, const char *begin, const char *at)
{
    const uint8_t way = gate->ascii[(uint32_t)at[0] << 7 | (uint32_t)at[1]];
    return (way & 2) || ((way & 1) && (at == begin || !is_word(at[-1]) || !is_word(*at)));
}

static inline bool is_mark(uint32_t c)
{
    return (c >= 0x3099 && c <= 0x309C) || c == 0xFF9E || c == 0xFF9F;
}

static inline uint32_t folded(const ng_gate *gate, uint32_t c)
{
    return gate->fold->to && c < NG_CODES ? gate->fold->to[c] : c;
}

/* sm_utf8_next, here for the compiler to see through; 0 at the end. */
static inline uint32_t decode(const char **p, const char *end)
{
    const unsigned char *const s = (const unsigned char *)*p;
    if (*p == end) return 0;
    if (s[0] < 0x80) return *p += 1, s[0];
    if (s[0] < 0xE0) return *p += 2, (s[0] & 0x1Fu) << 6 | (s[1] & 0x3Fu);
    if (s[0] < 0xF0)
        return *p += 3, (s[0] & 0x0Fu) << 12 | (s[1] & 0x3Fu) << 6 | (s[2] & 0x3Fu);
    *p += 4;
    return (s[0] & 7u) << 18 | (s[1] & 0x3Fu) << 12 | (s[2] & 0x3Fu) << 6 | (s[3] & 0x3Fu);
}

/* The second question, of three characters. Voice marks and characters without width, which shift what is to come,
 * always pass. */
static bool start_passes(const ng_gate *gate, const char *p, const char *end)
{
    const uint32_t first = decode(&p, end), second = decode(&p, end), third = decode(&p, end);
    const uint32_t a = folded(gate, first), b = folded(gate, second), c = folded(gate, third);
    if (has_bit(gate->starts, start_hash(a, b, c)) ||
        has_bit(gate->starts, start_hash(a, b, 0)))
        return true;
    return gate->fold->to &&
           (b == NG_SKIP || c == NG_SKIP || is_mark(second) || is_mark(third));
}

static inline uint32_t length_of(char lead)
{
    const unsigned char c = (unsigned char)lead;
    return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

/* The key of a character anywhere; *p moves past it. At the end of the text it is 0. */
static inline uint32_t read_key(const char **p, const char *end)
{
    if (*p == end) return 0;
    const uint32_t n = length_of(**p);
    char bytes[4] = {0};
    memcpy(bytes, *p, n);
    *p += n;
    return load(bytes);
}

static inline bool single_passes(const ng_gate *gate, uint32_t key)
{
    return gate->singles && has_bit(gate->singles, single_hash(key));
}

/* Any two characters. */
static bool any_passes(const ng_gate *gate, const char *begin, const char *at, const char *end)
{
    const char *p = at;
    const uint32_t first = read_key(&p, end), second = read_key(&p, end);
    if (single_passes(gate, first)) return true;
    if ((first | second) < 128 && second && !ascii_passes(gate, begin, at)) return false;
    return has_bit(gate->pairs, pair_hash(first, second)) && start_passes(gate, at, end);
}

static inline bool is_three(char lead)
{
    return ((unsigned char)lead & 0xF0) == 0xE0;
}

/* Two characters with their keys, not both ASCII. */
static inline bool pair_passes(const ng_gate *gate, uint32_t first, uint32_t second,
                               const char *at, const char *end)
{
    if (single_passes(gate, first)) return true;
    return has_bit(gate->pairs, pair_hash(first, second)) && start_passes(gate, at, end);
}

/* The key of the n bytes at p, where four may be read. */
static inline uint32_t near_key(const char *p, uint32_t n)
{
    return load(p) & UINT32_MAX >> (32 - 8 * n);
}

const char *ng_gate_find(const ng_gate *gate, const char *begin, const char *p, const char *end)
{
    while (end - p >= 8) { /* two characters, as long as they come */
        uint32_t n = 3;
        if (is_three(p[0]) && is_three(p[3])) {
            if (pair_passes(gate, near_key(p, 3), near_key(p + 3, 3), p, end)) return p;
        } else if ((p[0] | p[1]) >= 0) {
            if (ascii_passes(gate, begin, p) &&
                (start_passes(gate, p, end) || single_passes(gate, (uint32_t)*p)))
                return p;
            n = 1;
        } else {
            n = length_of(p[0]);
            if (pair_passes(gate, near_key(p, n), near_key(p + n, length_of(p[n])), p, end))
                return p;
        }
        p += n;
    }
    for (; p < end; p += length_of(*p))
        if (any_passes(gate, begin, p, end)) return p;
    return end;
}
