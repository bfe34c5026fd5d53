/* UTF-8: the portable validator, the driver of the vector kernels, and everything else.
 * SPDX-License-Identifier: MIT */
#include <seimai/utf8.h>

#include <string.h>

#include "utf8_internal.h"

enum { REPLACEMENT = 0xFFFD, LAST = 0x10FFFF };

static bool is_tail(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

static size_t length_by_lead(uint8_t c)
{
    if (c < 0x80) return 1;
    if (c < 0xC2 || c > 0xF4) return 0;
    return c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

/* The second byte's bounds carry table 3-7's exceptions; the bytes after it are plain continuations. */
static bool second_is_valid(uint8_t lead, uint8_t byte)
{
    const uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    return byte >= low && byte <= high;
}

/* The length of the longest beginning of a character at p (n >= 1), and whether the character is whole.
 * A byte that begins none counts as one: so a broken one is the "maximal bad prefix" of the standard. */
static size_t scan_character(const uint8_t *p, size_t n, bool *whole)
{
    const size_t length = length_by_lead(p[0]);
    size_t i = 1;
    if (length > 1 && n > 1 && second_is_valid(p[0], p[1]))
        for (i = 2; i < length && i < n && is_tail(p[i]);)
            i++;
    *whole = i == length;
    return i;
}

static bool eight_are_ascii(const uint8_t *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return (word & UINT64_C(0x8080808080808080)) == 0;
}

static size_t check_portable(const uint8_t *p, size_t from, size_t n)
{
    bool whole = true;
    size_t i = from;
    while (i < n) {
        if (n - i >= 8 && eight_are_ascii(p + i)) {
            i += 8;
            continue;
        }
        const size_t length = scan_character(p + i, n - i, &whole);
        if (!whole) break;
        i += length;
    }
    return i;
}

/* ---- the vector paths ------------------------------------------------------------------ */

/* A block that touches an edge of the text is checked in a copy between zeros. They are ASCII, so
 * that a character left open at the end is a fault. */
static bool edge_is_valid(sm_utf8_kernel *kernel, const uint8_t *p, size_t at, size_t n)
{
    uint8_t copy[SM_UTF8_BEFORE + SM_UTF8_BLOCK] = {0};
    const size_t before = at < SM_UTF8_BEFORE ? at : SM_UTF8_BEFORE;
    const size_t rest = n - at < SM_UTF8_BLOCK ? n - at : SM_UTF8_BLOCK;
    memcpy(copy + SM_UTF8_BEFORE - before, p + at - before, before + rest);
    return kernel(copy + SM_UTF8_BEFORE, 1) == 1;
}

/* The start of the character that the byte at `at` may belong to, if all before it is valid. */
static size_t step_back(const uint8_t *p, size_t at)
{
    for (size_t i = 1; i <= SM_UTF8_BEFORE && i <= at; i++)
        if (!is_tail(p[at - i])) return at - i;
    return at;
}

/* Whole blocks by the kernel, then the portable check finds the exact place within a faulty one. */
static size_t check_vector(sm_utf8_kernel *kernel, const uint8_t *p, size_t n)
{
    size_t at = 0;
    if (n >= SM_UTF8_BLOCK && edge_is_valid(kernel, p, 0, n)) {
        const size_t blocks = n / SM_UTF8_BLOCK - 1;
        const size_t clean = kernel(p + SM_UTF8_BLOCK, blocks);
        at = (1 + clean) * SM_UTF8_BLOCK;
    }
    if (n - at < SM_UTF8_BLOCK && edge_is_valid(kernel, p, at, n)) return n;
    return check_portable(p, step_back(p, at), n);
}

typedef struct path {
    const char *name;
    sm_utf8_kernel *kernel; /* NULL: portable */
} path;

/* __builtin_cpu_supports reads what the C runtime found out before main: no state of ours, no race. */
static path path_at(size_t i)
{
    path has[4] = {{"portable", NULL}};
#if defined(__x86_64__)
    size_t n = 1;
    if (__builtin_cpu_supports("avx2")) has[n++] = (path){"avx2", sm_utf8_blocks_avx2};
    if (__builtin_cpu_supports("avx512bw")) has[n++] = (path){"avx512", sm_utf8_blocks_avx512};
#endif
    return i < 4 ? has[i] : has[3];
}

const char *sm_utf8_path(size_t i)
{
    return path_at(i).name;
}

static size_t check_by(sm_utf8_kernel *kernel, sm_span s)
{
    const uint8_t *p = (const uint8_t *)s.p;
    return kernel && s.n > 0 ? check_vector(kernel, p, s.n) : check_portable(p, 0, s.n);
}

size_t sm_utf8_check_by(size_t i, sm_span s)
{
    return check_by(path_at(i).kernel, s);
}

size_t sm_utf8_check(sm_span s)
{
#if defined(__x86_64__)
    if (s.n < 16) return check_by(NULL, s);
    if (__builtin_cpu_supports("avx512bw")) return check_by(sm_utf8_blocks_avx512, s);
    if (__builtin_cpu_supports("avx2")) return check_by(sm_utf8_blocks_avx2, s);
#endif
    return check_by(NULL, s);
}

/* ---- code points ----------------------------------------------------------------------- */

uint32_t sm_utf8_next(const char **p, const char *end)
{
    const uint8_t *s = (const uint8_t *)*p;
    const size_t length = length_by_lead(s[0]);
    (void)end;
    *p += length;
    switch (length) {
    case 1: return s[0];
    case 2: return (s[0] & 0x1FU) << 6 | (s[1] & 0x3FU);
    case 3: return (s[0] & 0x0FU) << 12 | (s[1] & 0x3FU) << 6 | (s[2] & 0x3FU);
    default:
        return (s[0] & 0x07U) << 18 | (s[1] & 0x3FU) << 12 | (s[2] & 0x3FU) << 6 |
               (s[3] & 0x3FU);
    }
}

size_t sm_utf8_put(uint32_t c, char out[4])
{
    if (c > LAST || (c >= 0xD800 && c <= 0xDFFF)) c = REPLACEMENT;
    const size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = length - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)(lead[length] | c);
    return length;
}

/* One bit a byte that begins a character: the top bit is clear or the next one is set. */
static uint64_t beginnings(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return (~word >> 7 | word >> 6) & UINT64_C(0x0101010101010101);
}

size_t sm_utf8_count(sm_span s)
{
    size_t count = 0;
    size_t i = 0;
    for (; s.n - i >= 8; i += 8) /* the product adds the eight bytes in its top byte */
        count += beginnings(s.p + i) * UINT64_C(0x0101010101010101) >> 56;
    for (; i < s.n; i++)
        count += !is_tail((uint8_t)s.p[i]);
    return count;
}

void sm_utf8_repair(sm_span s, sm_buffer *out, uint64_t *bad)
{
    *bad = 0;
    for (;;) {
        const size_t valid = sm_utf8_check(s);
        bool whole = false;
        sm_buffer_put(out, (sm_span){s.p, valid});
        if (valid == s.n) return;
        const size_t skip = scan_character((const uint8_t *)s.p + valid, s.n - valid, &whole);
        s = (sm_span){s.p + valid + skip, s.n - valid - skip};
        sm_buffer_put(out, SM_SPAN("\xEF\xBF\xBD"));
        ++*bad;
    }
}
