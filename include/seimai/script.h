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

#ifdef __cplusplus
}
#endif
#endif
