/* seimai/script.h - classes of characters that Japanese text is judged by.
 * SPDX-License-Identifier: MIT
 *
 * Every code point has one class. It follows from Unicode's general category and script (UAX #44, UAX
 * #24; by ICU, in a table made at build time), with these decisions for Japanese:
 *   - ー (U+30FC), its half width and the half-width kana are katakana; the iteration marks ゝ ゞ and the
 *     vertical 〱 〲 are hiragana, ヽ ヾ katakana;
 *   - Han are all CJK ideographs (extensions and compatibility ideographs too), 々 〆 〇 and radicals;
 *   - full-width letters and digits are Latin and digits;
 *   - 〜 and its twin ～ (U+FF5E, a mathematical symbol to Unicode) are Japanese punctuation; marks that
 *     other languages share (… — “ ”) are punctuation;
 *   - ①, ², ½, ㍻ and ㈱ are symbols: signs, but no digits or letters of a running text.
 * A code point that the ICU of the build does not know yet is SM_OTHER. All functions are pure. */
#ifndef SEIMAI_SCRIPT_H
#define SEIMAI_SCRIPT_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sm_script {
    SM_HIRAGANA,
    SM_KATAKANA,
    SM_HAN,
    SM_HANGUL,
    SM_LATIN,
    SM_OTHER_LETTER, /* letters of other scripts */
    SM_DIGIT,        /* decimal digits of any script */
    SM_SPACE,        /* white space, U+3000 and the controls that act as it (LF, tab …) */
    SM_JA_PUNCT,     /* 、。「」・ and the other marks of CJK and full-width text */
    SM_PUNCT,        /* other punctuation */
    SM_SYMBOL,       /* symbols, emoji, numbers that are no decimal digits */
    SM_OTHER,        /* combining marks, controls, private use, unassigned, no code point */
    SM_SCRIPTS       /* how many classes */
} sm_script;

/* sm_script_of gives the class of a code point. */
SM_API sm_script sm_script_of(uint32_t c);
/* sm_script_name gives "hiragana", "katakana", "han", "hangul", "latin", "other-letter", "digit",
 * "space", "ja-punct", "punct", "symbol" or "other"; "unknown" for a value that is no class. */
SM_API const char *sm_script_name(sm_script script);

typedef struct sm_script_counts {
    uint64_t characters; /* code points */
    uint64_t of[SM_SCRIPTS];
} sm_script_counts;

/* sm_script_count adds the classes of valid UTF-8 text to `counts`; the caller clears them. */
SM_API void sm_script_count(sm_span text, sm_script_counts *counts);

/* sm_script_is_wide tells whether a line break beside c joins without a space (CSS Text, segment break
 * transformation): East Asian width F, W or H, that is Han, kana, CJK punctuation and full-width forms,
 * but not Hangul, which is written with spaces, and not emoji. */
SM_API bool sm_script_is_wide(uint32_t c);

/* ---- in line --------------------------------------------------------------------------------- */

/* What the room knows of every code point, a byte each in rows of 64: for the functions here alone. */
SM_API extern const uint16_t sm_character_rows[0x110000 / 64];
SM_API extern const uint8_t sm_character_table[][64];

enum {
    SM_SCRIPT_MASK = 0x0F, /* the sm_script in what sm_script_step gives */
    SM_SCRIPT_WIDE = 0x10  /* sm_script_is_wide */
};

/* sm_script_step moves *at past one character of valid UTF-8 and gives its class and width: sm_script_of and
 * sm_script_is_wide for loops over every character. A row is what one continuation byte tells apart, so
 * no code point need be put together. */
static inline unsigned sm_script_step(const unsigned char **at)
{
    const unsigned char *const p = *at;
    unsigned row = p[0] >> 6, in_row = p[0] & 0x3F;
    if ((p[0] & 0xF0) == 0xE0) {
        row = (p[0] & 0x0FU) << 6 | (p[1] & 0x3FU);
        in_row = p[2] & 0x3F;
        *at = p + 3;
    } else if (p[0] < 0x80) {
        *at = p + 1;
    } else if (p[0] < 0xE0) {
        row = p[0] & 0x1F;
        in_row = p[1] & 0x3F;
        *at = p + 2;
    } else {
        row = (p[0] & 0x07U) << 12 | (p[1] & 0x3FU) << 6 | (p[2] & 0x3FU);
        in_row = p[3] & 0x3F;
        *at = p + 4;
    }
    return sm_character_table[sm_character_rows[row]][in_row] &
           (unsigned)(SM_SCRIPT_MASK | SM_SCRIPT_WIDE);
}

#ifdef __cplusplus
}
#endif
#endif
