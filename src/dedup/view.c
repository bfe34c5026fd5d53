/* The view of a text: the code points that are compared, decoded and folded in one pass.
 * SPDX-License-Identifier: MIT */
#include "dedup_internal.h"

#include <seimai/minhash.h>
#include <seimai/utf8.h>

#include <string.h>

bool sm_view_of(const char *name, sm_view *view)
{
    static const char *const names[] = {"text", "spaces", "ja"};
    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *view = (sm_view)i;
        return true;
    }
    return false;
}

/* U+FF61 … U+FF9F: half-width marks and katakana, as their full-width selves. */
static const uint16_t half_width[63] = {
    0x3002, 0x300C, 0x300D, 0x3001, 0x30FB, 0x30F2, 0x30A1, 0x30A3, 0x30A5, 0x30A7, 0x30A9,
    0x30E3, 0x30E5, 0x30E7, 0x30C3, 0x30FC, 0x30A2, 0x30A4, 0x30A6, 0x30A8, 0x30AA, 0x30AB,
    0x30AD, 0x30AF, 0x30B1, 0x30B3, 0x30B5, 0x30B7, 0x30B9, 0x30BB, 0x30BD, 0x30BF, 0x30C1,
    0x30C4, 0x30C6, 0x30C8, 0x30CA, 0x30CB, 0x30CC, 0x30CD, 0x30CE, 0x30CF, 0x30D2, 0x30D5,
    0x30D8, 0x30DB, 0x30DE, 0x30DF, 0x30E0, 0x30E1, 0x30E2, 0x30E4, 0x30E6, 0x30E8, 0x30E9,
    0x30EA, 0x30EB, 0x30EC, 0x30ED, 0x30EF, 0x30F3, 0x309B, 0x309C};

/* Unicode's White_Space. */
static bool is_space(uint32_t c)
{
    if (c < 0x80) return c == ' ' || (c >= 9 && c <= 13);
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
           c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

static bool is_zero_width(uint32_t c)
{
    return c == 0xAD || (c >= 0x200B && c <= 0x200D) || c == 0x2060 || c == 0xFEFF;
}

/* A half-width kana, with the sound mark that follows it composed. */
static uint32_t widen(uint32_t c, const unsigned char **at, const unsigned char *end)
{
    const uint32_t kana = half_width[c - 0xFF61];
    if (end - *at < 3 || (*at)[0] != 0xEF || (*at)[1] != 0xBE) return kana;
    const bool voiced = (*at)[2] == 0x9E, half_voiced = (*at)[2] == 0x9F;
    const bool k_to_t = c >= 0xFF76 && c <= 0xFF84, h = c >= 0xFF8A && c <= 0xFF8E;
    uint32_t composed = kana;
    if (voiced && (k_to_t || h)) composed = kana + 1;
    if (voiced && c == 0xFF73) composed = 0x30F4;
    if (half_voiced && h) composed = kana + 2;
    if (composed != kana) *at += 3;
    return composed;
}

/* What SM_VIEW_JA makes of a character outside the common run; SKIP for nothing. */
static uint32_t fold(uint32_t c, const unsigned char **at, const unsigned char *end)
{
    if (is_space(c) || is_zero_width(c)) return SKIP;
    if (c >= 0xFF61 && c <= 0xFF9F) return widen(c, at, end);
    if (c >= 0xFF01 && c <= 0xFF5E) return c - 0xFEE0;
    switch (c) {
    case 0x301C: return '~';
    case 0x2212: return '-';
    case 0x2225: return 0x2016;
    case 0xFFE0: return 0xA2;
    case 0xFFE1: return 0xA3;
    case 0xFFE2: return 0xAC;
    default: return c;
    }
}

/* Kana, kanji and hangul, which no view changes, all but the wave dash lie between these two. */
static inline bool is_common(uint32_t c)
{
    return c > 0x301C && c < 0xFE00;
}

size_t view_read(sm_view view, const unsigned char **at, const unsigned char *end,
                 uint32_t *out, size_t max)
{
    const unsigned char *p = *at;
    size_t n = 0;
    while (p < end && n < max) {
        uint32_t c = sm_utf8_step(&p);
        if (!is_common(c) && view == SM_VIEW_JA) c = fold(c, &p, end);
        if (!is_common(c) && view == SM_VIEW_SPACES && is_space(c)) c = SKIP;
        out[n] = c;
        n += c != SKIP;
    }
    *at = p;
    return n;
}

size_t sm_view_points(sm_view view, sm_span text, uint32_t *out)
{
    const unsigned char *at = (const unsigned char *)text.p;
    return view_read(view, &at, at + text.n, out, text.n);
}
