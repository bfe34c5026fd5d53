/* The scan in portable C: the twin of the vector kernels, and the choice between them.
 * SPDX-License-Identifier: MIT */
#include "scan_internal.h"

#include <string.h>

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool is_token(unsigned char c)
{
    const unsigned char lower = c | 0x20;
    return is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '-' || c == '_';
}

static bool opens_at(const unsigned char *p)
{
    if (p[0] != '(' && p[0] != '[' && p[0] != '{' && p[0] != '<') return false;
    return (p[1] | 0x20) == 'a' || p[1] == ' ';
}

static bool is_mark(const unsigned char *p)
{
    switch (p[0]) {
    case '@':
    case ':':
    case '=':
    case '*': return true;
    case '-': return p[1] == 'B' && p[2] == 'E';
    case 'P': return p[1] == '<';
    case 0xE2: return p[1] >= 0x96 && p[1] <= 0x99;
    default: return opens_at(p);
    }
}

static bool is_word_start(const unsigned char *p, const sm_words *words)
{
    unsigned buckets = 0xFF;
    for (size_t i = 0; i < 3; i++)
        buckets &= words->low[i][p[i] & 15] & words->high[i][p[i] >> 4];
    return buckets != 0;
}

/* ー matters before a digit or a parenthesis only. */
static bool is_long_vowel(const unsigned char *p)
{
    return p[0] == 0xE3 && p[1] == 0x83 && p[2] == 0xBC &&
           (is_digit(p[3]) || p[3] == '(' || p[3] == ')' || p[3] == 0xEF);
}

static bool is_foldable(const unsigned char *p)
{
    switch (p[0]) {
    case 0:
    case '\t':
    case 0xC2:
    case 0xE2:
    case 0xEF: return true;
    default: return (p[0] == 0xE3 && p[1] == 0x80 && p[2] == 0x80) || is_long_vowel(p);
    }
}

static uint64_t words(const unsigned char *p, const sm_words *set)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < SM_SCAN_BYTES; i++)
        bits |= (uint64_t)is_word_start(p + i, set) << i;
    return bits;
}

static void classify(const unsigned char *p, const sm_words *set, sm_scan_block *block)
{
    *block = (sm_scan_block){.words = set->n ? words(p, set) : 0};
    for (size_t i = 0; i < SM_SCAN_BYTES; i++) {
        block->digits |= (uint64_t)is_digit(p[i]) << i;
        block->tokens |= (uint64_t)is_token(p[i]) << i;
        block->marks |= (uint64_t)is_mark(p + i) << i;
    }
}

static uint64_t foldable(const unsigned char *p)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < SM_SCAN_BYTES; i++)
        bits |= (uint64_t)is_foldable(p + i) << i;
    return bits;
}

const sm_scan_path sm_scan_portable = {"portable", classify, words, foldable};

/* ---- the choice --------------------------------------------------------------------------- */

/* __builtin_cpu_supports reads what the C runtime found out before main: no state of ours, no race. */
const sm_scan_path *sm_scan_path_at(size_t i)
{
    const sm_scan_path *has[4] = {&sm_scan_portable};
#if defined(__x86_64__)
    size_t n = 1;
    if (__builtin_cpu_supports("avx2")) has[n++] = &sm_scan_avx2;
    if (__builtin_cpu_supports("avx512bw")) has[n++] = &sm_scan_avx512;
#endif
    return i < 4 ? has[i] : NULL;
}

const sm_scan_path *sm_scan_path_best(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bw")) return &sm_scan_avx512;
    if (__builtin_cpu_supports("avx2")) return &sm_scan_avx2;
#endif
    return &sm_scan_portable;
}

const unsigned char *sm_scan_bytes(sm_span text, size_t at, sm_scan_pad *pad)
{
    if (text.n - at >= sizeof pad->bytes) return (const unsigned char *)text.p + at;
    memset(pad->bytes, 0, sizeof pad->bytes);
    if (text.n > at) memcpy(pad->bytes, text.p + at, text.n - at);
    return pad->bytes;
}
