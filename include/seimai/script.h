/* seimai/script.h - classes of characters that Japanese text is judged by.
 * SPDX-License-Identifier: MIT
 *
 * One class a code point, from Unicode's scripts and general categories (by ICU, at start-up table lookup),
 * with Japanese decisions: ー (U+30FC) and the half-width kana count as katakana, 々 〆 〇 and all CJK
 * ideographs (extensions and compatibility ideographs too) as Han, full-width letters and digits as Latin
 * and digit. All functions are pure. */
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
    SM_DIGIT,
    SM_SPACE,    /* white space, U+3000 and controls that act as it */
    SM_JA_PUNCT, /* 、。「」・ and the other marks of CJK and full-width text */
    SM_PUNCT,    /* other punctuation */
    SM_SYMBOL,   /* symbols, emoji */
    SM_OTHER,    /* marks, controls, unassigned */
    SM_SCRIPTS   /* how many classes */
} sm_script;

SM_API sm_script sm_script_of(uint32_t c);
SM_API const char *sm_script_name(sm_script script); /* "hiragana" … */

typedef struct sm_script_counts {
    uint64_t characters; /* code points */
    uint64_t of[SM_SCRIPTS];
} sm_script_counts;

/* sm_script_count adds the classes of valid UTF-8 text to `counts`. */
SM_API void sm_script_count(sm_span text, sm_script_counts *counts);
/* is the character CJK in the sense of line joining (CSS Text: Han, kana, CJK punctuation, full width)? */
SM_API bool sm_script_is_wide(uint32_t c);

#ifdef __cplusplus
}
#endif
#endif
