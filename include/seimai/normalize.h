/* seimai/normalize.h - forms of text: NFC, NFKC and the Japanese form.
 * SPDX-License-Identifier: MIT
 *
 * Forms
 *   none   the text as it is
 *   twins  unifies the characters that have two code points because the tables of Shift_JIS and CP932
 *          differ: U+FF5E ～, FF0D －, 2225 ∥, FFE0 ￠, FFE1 ￡, FFE2 ￢ become U+301C 〜, 2212 −, 2016 ‖,
 *          00A2 ¢, 00A3 £, 00AC ¬
 *   ja     changes only what is the same character in another dress:
 *          - what Unicode calls wide or narrow gets its usual width: Ａ → A, ｶ → カ with ﾞ and ﾟ composed
 *            (ｶﾞ → ガ), ｡｢｣､･ → 。「」、・, ￥ → ¥; a single ﾞ becomes ゛
 *          - the twins, but － (U+FF0D) becomes the ASCII hyphen; ～ becomes 〜 and never the tilde
 *          - U+3000, U+00A0 and the other blanks (Zs) become a space; CR, CRLF, U+0085, U+2028 and
 *            U+2029 become LF
 *          - invisible format characters (Cf that may be ignored: zero width, BOM, soft hyphen,
 *            directions, tags) go; U+200D stays after U+FE0F or a character beyond U+FFFF, where emoji
 *            need it
 *          It keeps ①, ², ㍻, …, ㈱, decomposed kana, compatibility ideographs and variation selectors,
 *          which tell names apart. Its result is never longer than its input.
 *   nfc    Unicode's canonical composition (UAX #15). It rewrites compatibility ideographs, and names with
 *          them: U+FA19 → U+795E 神, while U+FA11 﨑 stays
 *   nfkc   Unicode's compatibility composition. It harms Japanese text (㍻ → 平成, ① → 1, x² → x2, ゛ →
 *          space and U+3099), so it is by choice
 *
 * Every form is idempotent. NFC and NFKC are ICU's; only the stretches that may change pass through it. One
 * limit: more than 1 KiB of marks after a single letter, which no language writes, is taken in pieces, so
 * that hostile input cannot make the sorting of marks quadratic.
 * Threads: pure. */
#ifndef SEIMAI_NORMALIZE_H
#define SEIMAI_NORMALIZE_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sm_form {
    SM_FORM_NONE,
    SM_FORM_TWINS,
    SM_FORM_JA,
    SM_FORM_NFC,
    SM_FORM_NFKC
} sm_form;

/* The names of the forms as a choice of options (SM_OPTION_CHOICE). */
#define SM_FORM_NAMES "none|twins|ja|nfc|nfkc"

/* sm_form_of reads one of the names; false, and *form untouched, on anything else. */
SM_API bool sm_form_of(const char *name, sm_form *form);
/* sm_normalize gives text in a form: the input's own span where nothing changes, else memory of the
 * arena. The input must be valid UTF-8; the output is. 0, or SM_EFORMAT if ICU refuses. */
SM_API int sm_normalize(sm_form form, sm_span text, sm_arena *arena, sm_span *out,
                        sm_error *err) SM_MUST_USE;
/* The same by other means, the oracle of the tests: the ja form from ICU's properties of each character,
 * NFC and NFKC by ICU over the whole text. Always a copy. */
SM_API int sm_normalize_slowly(sm_form form, sm_span text, sm_arena *arena, sm_span *out,
                               sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
