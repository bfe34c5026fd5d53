/* Looking for the byte where a run ends: sixteen bytes at a time where the machine compiles for SSE2 (all of x86-64),
 * else one by one. Both give the same; the runs of a page are short, so all is in line.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_HTML_SCAN_H
#define SEIMAI_HTML_SCAN_H

#include "ascii.h"

/* sm_html_find_slow gives the first of four bytes in [p, end), or end; sm_html_find_end_slow that of three bytes and
 * white space. They are the portable twins, and finish what is shorter than a vector. */
static inline const char *sm_html_find_slow(const char *p, const char *end, char a, char b,
                                            char c, char d)
{
    while (p < end && *p != a && *p != b && *p != c && *p != d)
        p++;
    return p;
}

static inline const char *sm_html_find_end_slow(const char *p, const char *end, char a, char b,
                                                char c)
{
    while (p < end && *p != a && *p != b && *p != c && !sm_is_space(*p))
        p++;
    return p;
}

#if defined(__SSE2__)

#include <immintrin.h>

enum { SM_HTML_VECTOR = 16 };

static inline __m128i sm_html_load(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline __m128i sm_html_is(__m128i bytes, char c)
{
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c));
}

static inline __m128i sm_html_any(__m128i bytes, char a, char b, char c)
{
    return _mm_or_si128(sm_html_is(bytes, a),
                        _mm_or_si128(sm_html_is(bytes, b), sm_html_is(bytes, c)));
}

static inline const char *sm_html_find(const char *p, const char *end, char a, char b, char c,
                                       char d)
{
    for (; end - p >= SM_HTML_VECTOR; p += SM_HTML_VECTOR) {
        const __m128i bytes = sm_html_load(p);
        const __m128i hits = _mm_or_si128(sm_html_any(bytes, a, b, c), sm_html_is(bytes, d));
        const unsigned mask = (unsigned)_mm_movemask_epi8(hits);
        if (mask) return p + __builtin_ctz(mask);
    }
    return sm_html_find_slow(p, end, a, b, c, d);
}

/* A byte of at most a blank may be a control that is no white space: then the slow way goes on. */
static inline const char *sm_html_find_end(const char *p, const char *end, char a, char b,
                                           char c)
{
    const __m128i blank = _mm_set1_epi8(' ');
    for (; end - p >= SM_HTML_VECTOR; p += SM_HTML_VECTOR) {
        const __m128i bytes = sm_html_load(p);
        const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, blank), bytes);
        const __m128i hits = _mm_or_si128(sm_html_any(bytes, a, b, c), low);
        const unsigned mask = (unsigned)_mm_movemask_epi8(hits);
        if (!mask) continue;
        p += __builtin_ctz(mask);
        break;
    }
    return sm_html_find_end_slow(p, end, a, b, c);
}

#else

#define sm_html_find     sm_html_find_slow
#define sm_html_find_end sm_html_find_end_slow

#endif
#endif
