/* seimai/normalize.h - forms of text: NFC, NFKC and the Japanese form.
 * SPDX-License-Identifier: MIT
 *
 * NFC and NFKC are Unicode's (UAX #15, by ICU), with a fast path: text whose bytes cannot change is passed
 * through untouched. NFKC harms Japanese text (㍻ → 平成, ① → 1, x² → x2), so it is by choice.
 * The Japanese form ("ja") changes only what is the same character in another width: full-width ASCII →
 * ASCII; half-width kana → kana, with ﾞ and ﾟ composed; ｡｢｣､･ → 。「」、・; U+3000, U+00A0 and the other blanks →
 * space; zero-width characters, BOM and soft hyphens go; CR and CRLF → LF. It keeps ①, ², ㍻, …, names' variants.
 * The form "twins" only unifies U+FF5E FF0D 2225 FFE0 FFE1 FFE2 with U+301C 2212 2016 00A2 00A3 00AC.
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

/* sm_form_of reads "none", "twins", "ja", "nfc" or "nfkc"; false on anything else. */
SM_API bool sm_form_of(const char *name, sm_form *form);
/* sm_normalize gives text in a form: the input's own span where nothing changes, else memory of the
 * arena. The input must be valid UTF-8. SM_EFORMAT only if ICU refuses. */
SM_API int sm_normalize(sm_form form, sm_span text, sm_arena *arena, sm_span *out,
                        sm_error *err) SM_MUST_USE;
/* The same without the fast path: the oracle. */
SM_API int sm_normalize_slowly(sm_form form, sm_span text, sm_arena *arena, sm_span *out,
                               sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
