/* seimai/utf8.h - UTF-8: validity, code points, repair.
 * SPDX-License-Identifier: MIT
 *
 * Valid means well-formed by table 3-7 of the Unicode standard: no overlong form, no surrogate, nothing
 * above U+10FFFF, no character cut short. NUL is a character like any other.
 *
 * Text is checked once, where it comes in; every other function of the suite that takes "valid text" relies
 * on that and does not look again. sm_utf8_check has three paths, AVX-512, AVX2 (both by Keiser and Lemire,
 * "Validating UTF-8 in less than one instruction per byte", 2021) and portable C; the machine decides.
 * Threads: all functions are pure. */
#ifndef SEIMAI_UTF8_H
#define SEIMAI_UTF8_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* sm_utf8_check gives the length in bytes of the longest valid prefix: s.n if all of it is valid. */
SM_API size_t sm_utf8_check(sm_span s);
/* sm_utf8_repair appends s to `out` with one U+FFFD for each maximal subpart of an ill-formed sequence (the
 * standard's section 3.9, and what WHATWG's decoders do); *bad is their number. The result is at most
 * three times as long as s; past the maximum of `out`, its overflow is set. */
SM_API void sm_utf8_repair(sm_span s, sm_buffer *out, uint64_t *bad);
/* sm_utf8_count counts the code points of valid text. */
SM_API size_t sm_utf8_count(sm_span s);

/* sm_utf8_next decodes the code point at *p < end of valid text and moves *p past it. */
SM_API uint32_t sm_utf8_next(const char **p, const char *end);
/* sm_utf8_step is sm_utf8_next for text that is known to be valid and not at its end, in line for loops over every
 * character; the commonest kind of Japanese text comes first. */
static inline uint32_t sm_utf8_step(const unsigned char **at)
{
    const unsigned char *const p = *at;
    if ((p[0] & 0xF0) == 0xE0) {
        *at = p + 3;
        return (p[0] & 0x0FU) << 12 | (p[1] & 0x3FU) << 6 | (p[2] & 0x3FU);
    }
    if (p[0] < 0x80) {
        *at = p + 1;
        return p[0];
    }
    if (p[0] < 0xE0) {
        *at = p + 2;
        return (p[0] & 0x1FU) << 6 | (p[1] & 0x3FU);
    }
    *at = p + 4;
    return (p[0] & 0x07U) << 18 | (p[1] & 0x3FU) << 12 | (p[2] & 0x3FU) << 6 | (p[3] & 0x3FU);
}
/* sm_utf8_put writes 1…4 bytes and gives their number; a surrogate or a value above 10FFFF is written as
 * U+FFFD. */
SM_API size_t sm_utf8_put(uint32_t c, char out[4]);

/* The paths by number, for tests and benchmarks: sm_utf8_path gives "portable", "avx2" or "avx512", as far
 * as this machine has them, and NULL past the last; sm_utf8_check_by is sm_utf8_check by that path. */
SM_API const char *sm_utf8_path(size_t i);
SM_API size_t sm_utf8_check_by(size_t i, sm_span s);

#ifdef __cplusplus
}
#endif
#endif
