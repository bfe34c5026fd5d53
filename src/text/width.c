/* The code points that the Japanese form changes, each by itself.
 * SPDX-License-Identifier: MIT */
#include "width_internal.h"

#include <stddef.h>

/* A row maps first…last to to, to + 1, …; or all of them to `to`. Sorted. */
typedef struct row {
    uint32_t first, last, to;
    enum { SAME, STEP } how;
} row;

enum { GONE = SM_WIDTH_GONE };

static const row rows[] = {
    {'\r', '\r', '\n', SAME}, /* before LF it goes: the caller sees to that */
    {0x85, 0x85, '\n', SAME}, /* next line */
    {0xA0, 0xA0, ' ', SAME},        {0xAD, 0xAD, GONE, SAME}, /* soft hyphen */
    {0x61C, 0x61C, GONE, SAME},                               /* Arabic letter mark */
    {0x1680, 0x1680, ' ', SAME},                              /* Ogham space */
    {0x180E, 0x180E, GONE, SAME},                             /* Mongolian vowel separator */
    {0x2000, 0x200A, ' ', SAME},                              /* en quad … hair space */
    {0x200B, 0x200F, GONE, SAME}, /* zero width, joiners, directions */
    {0x2028, 0x2029, '\n', SAME}, /* line and paragraph separator */
    {0x202A, 0x202E, GONE, SAME}, /* directions */
    {0x202F, 0x202F, ' ', SAME},    {0x205F, 0x205F, ' ', SAME},
    {0x2060, 0x2064, GONE, SAME}, /* word joiner, invisible operators */
    {0x2066, 0x206F, GONE, SAME}, /* directions */
    {0x2225, 0x2225, 0x2016, SAME}, {0x3000, 0x3000, ' ', SAME},
    {0xFEFF, 0xFEFF, GONE, SAME},   {0xFF01, 0xFF5D, '!', STEP},
    {0xFF5E, 0xFF5E, 0x301C, SAME}, /* the wave of ranges, not a tilde */
    {0xFF5F, 0xFF60, 0x2985, STEP}, {0xFF61, 0xFF61, 0x3002, SAME},
    {0xFF62, 0xFF63, 0x300C, STEP}, {0xFF64, 0xFF64, 0x3001, SAME},
    {0xFF65, 0xFF65, 0x30FB, SAME}, {0xFF66, 0xFF9F, 0, SAME}, /* katakana[] */
    {0xFFA0, 0xFFA0, 0x3164, SAME}, /* Hangul: filler, consonants, vowels */
    {0xFFA1, 0xFFBE, 0x3131, STEP}, {0xFFC2, 0xFFC7, 0x314F, STEP},
    {0xFFCA, 0xFFCF, 0x3155, STEP}, {0xFFD2, 0xFFD7, 0x315B, STEP},
    {0xFFDA, 0xFFDC, 0x3161, STEP}, {0xFFE0, 0xFFE1, 0xA2, STEP}, /* cent, pound */
    {0xFFE2, 0xFFE2, 0xAC, SAME},                                 /* not */
    {0xFFE3, 0xFFE3, 0xAF, SAME},                                 /* macron */
    {0xFFE4, 0xFFE4, 0xA6, SAME},                                 /* broken bar */
    {0xFFE5, 0xFFE5, 0xA5, SAME},                                 /* yen */
    {0xFFE6, 0xFFE6, 0x20A9, SAME}, {0xFFE8, 0xFFE8, 0x2502, SAME},
    {0xFFE9, 0xFFEC, 0x2190, STEP}, /* arrows */
    {0xFFED, 0xFFED, 0x25A0, SAME}, {0xFFEE, 0xFFEE, 0x25CB, SAME},
    {0x1BCA0, 0x1BCA3, GONE, SAME}, /* shorthand controls */
    {0x1D173, 0x1D17A, GONE, SAME}, /* musical controls */
    {0xE0001, 0xE0001, GONE, SAME}, /* tags */
    {0xE0020, 0xE007F, GONE, SAME},
};

/* U+FF66…FF9F: ｦ ｧ ｨ ｩ ｪ ｫ ｬ ｭ ｮ ｯ ｰ ｱ … ﾝ ﾞ ﾟ */
static const uint16_t katakana[] = {
    0x30F2, 0x30A1, 0x30A3, 0x30A5, 0x30A7, 0x30A9, 0x30E3, 0x30E5, 0x30E7, 0x30C3,
    0x30FC, 0x30A2, 0x30A4, 0x30A6, 0x30A8, 0x30AA, 0x30AB, 0x30AD, 0x30AF, 0x30B1,
    0x30B3, 0x30B5, 0x30B7, 0x30B9, 0x30BB, 0x30BD, 0x30BF, 0x30C1, 0x30C4, 0x30C6,
    0x30C8, 0x30CA, 0x30CB, 0x30CC, 0x30CD, 0x30CE, 0x30CF, 0x30D2, 0x30D5, 0x30D8,
    0x30DB, 0x30DE, 0x30DF, 0x30E0, 0x30E1, 0x30E2, 0x30E4, 0x30E6, 0x30E8, 0x30E9,
    0x30EA, 0x30EB, 0x30EC, 0x30ED, 0x30EF, 0x30F3, 0x309B, 0x309C,
};

uint32_t sm_width_fold(uint32_t c)
{
    size_t low = 0;
    size_t high = sizeof rows / sizeof *rows;
    while (low < high) { /* the first row that does not end before c */
        const size_t middle = (low + high) / 2;
        if (rows[middle].last < c)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == sizeof rows / sizeof *rows || c < rows[low].first) return c;
    if (rows[low].first == 0xFF66) return katakana[c - 0xFF66];
    return rows[low].how == STEP ? rows[low].to + (c - rows[low].first) : rows[low].to;
}

uint32_t sm_width_voice(uint32_t c, uint32_t mark)
{
    enum { VOICED = 0xFF9E, HALF_VOICED = 0xFF9F };
    if (mark != VOICED && mark != HALF_VOICED) return 0;
    const bool ha_row = c >= 0xFF8A && c <= 0xFF8E; /* ﾊ … ﾎ */
    if (mark == HALF_VOICED) return ha_row ? sm_width_fold(c) + 2 : 0;
    if (ha_row || (c >= 0xFF76 && c <= 0xFF84)) return sm_width_fold(c) + 1; /* ｶ … ﾄ */
    if (c == 0xFF73) return 0x30F4;                                          /* ｳ → ヴ */
    if (c == 0xFF9C) return 0x30F7;                                          /* ﾜ → ヷ */
    return c == 0xFF66 ? 0x30FA : 0;                                         /* ｦ → ヺ */
}

uint32_t sm_width_twin(uint32_t c)
{
    switch (c) {
    case 0x2225: return 0x2016; /* ∥ → ‖ */
    case 0xFF0D: return 0x2212; /* － → − */
    case 0xFF5E: return 0x301C; /* ～ → 〜 */
    case 0xFFE0: return 0xA2;   /* ￠ → ¢ */
    case 0xFFE1: return 0xA3;   /* ￡ → £ */
    case 0xFFE2: return 0xAC;   /* ￢ → ¬ */
    default: return c;
    }
}
