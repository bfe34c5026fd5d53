/* seimai/category.h - the general category of a character, by Unicode's own names.
 * SPDX-License-Identifier: MIT
 *
 * What \p{L} or \p{Nd} of a regular expression asks for (Unicode Standard, section 4.5). The data are ICU's;
 * the coarser classes that Japanese text is judged by are in seimai/script.h. All functions are pure. */
#ifndef SEIMAI_CATEGORY_H
#define SEIMAI_CATEGORY_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sm_category {
    SM_CN,        /* unassigned, and everything above U+10FFFF */
    SM_LU,        /* upper-case letters */
    SM_LL,        /* lower-case letters */
    SM_LT,        /* title-case letters: ǅ */
    SM_LM,        /* modifier letters: 々 ー */
    SM_LO,        /* other letters: kana, kanji */
    SM_MN,        /* marks without width: the dakuten U+3099 */
    SM_ME,        /* enclosing marks */
    SM_MC,        /* marks with width */
    SM_ND,        /* decimal digits, full-width ones among them */
    SM_NL,        /* letter numbers: 〇 Ⅳ */
    SM_NO,        /* other numbers: ② ½ */
    SM_ZS,        /* spaces, U+3000 among them */
    SM_ZL,        /* U+2028 */
    SM_ZP,        /* U+2029 */
    SM_CC,        /* controls: tab, line feed */
    SM_CF,        /* format characters: U+200B, U+FEFF */
    SM_CO,        /* private use */
    SM_CS,        /* surrogates */
    SM_PD,        /* dashes: ‐ 〜 */
    SM_PS,        /* opening: 「（ */
    SM_PE,        /* closing: 」） */
    SM_PC,        /* connecting: _ */
    SM_PO,        /* other punctuation: 。、・ */
    SM_SM,        /* mathematical: + ＝ */
    SM_SC,        /* currency: ￥ */
    SM_SK,        /* modifiers: ^ ゛ */
    SM_SO,        /* other symbols: ※ 〒 emoji */
    SM_PI,        /* opening quotation marks: “ */
    SM_PF,        /* closing quotation marks: ” */
    SM_CATEGORIES /* how many */
} sm_category;

/* Sets of categories: 1u << category, joined. */
#define SM_IN_L (1u << SM_LU | 1u << SM_LL | 1u << SM_LT | 1u << SM_LM | 1u << SM_LO)
#define SM_IN_M (1u << SM_MN | 1u << SM_ME | 1u << SM_MC)
#define SM_IN_N (1u << SM_ND | 1u << SM_NL | 1u << SM_NO)
#define SM_IN_P                                                                                \
    (1u << SM_PD | 1u << SM_PS | 1u << SM_PE | 1u << SM_PC | 1u << SM_PO | 1u << SM_PI |       \
     1u << SM_PF)
#define SM_IN_S (1u << SM_SM | 1u << SM_SC | 1u << SM_SK | 1u << SM_SO)

/* sm_category_of: any number is allowed; no code point is SM_CN. */
SM_API sm_category sm_category_of(uint32_t c);
/* sm_category_in: is c in a set of categories? sm_category_in(c, SM_IN_L | SM_IN_M) */
SM_API bool sm_category_in(uint32_t c, unsigned set);
/* sm_is_white_space: the property White_Space (the \s of regular expressions in Unicode mode). */
SM_API bool sm_is_white_space(uint32_t c);
/* sm_lower_of: the simple lower-case mapping, one character for one; itself where there is none. */
SM_API uint32_t sm_lower_of(uint32_t c);
/* sm_unicode_age is the version of Unicode that assigned c: 1501 for 15.1; 0 for one that none did. */
SM_API int sm_unicode_age(uint32_t c);

#ifdef __cplusplus
}
#endif
#endif
