/* seimai/utf8.h - UTF-8: validity, code points, repair.
 * SPDX-License-Identifier: MIT
 *
 * Valid means Unicode's table 3-7: no overlong form, no surrogate, nothing above U+10FFFF.
 * All functions are pure. sm_utf8_check chooses AVX-512, AVX2 or the portable path at run time. */
#ifndef SEIMAI_UTF8_H
#define SEIMAI_UTF8_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* sm_utf8_check gives the length of the longest valid prefix: s.n if all of it is valid. */
SM_API size_t sm_utf8_check(sm_span s);
/* sm_utf8_next decodes the code point at *p < end of VALID text and moves past it. */
SM_API uint32_t sm_utf8_next(const char **p, const char *end);
/* sm_utf8_put writes 1…4 bytes and returns their number; surrogates and values > 10FFFF become U+FFFD. */
SM_API size_t sm_utf8_put(uint32_t c, char out[4]);
/* sm_utf8_count counts the code points of valid text. */
SM_API size_t sm_utf8_count(sm_span s);
/* sm_utf8_repair appends s with one U+FFFD for each maximal bad prefix (WHATWG); *bad counts them. */
SM_API void sm_utf8_repair(sm_span s, sm_buffer *out, uint64_t *bad);

/* The paths by name, for tests: sm_utf8_path(i) gives "portable", "avx2", "avx512" or NULL past the last
 * that this machine has; sm_utf8_check_by runs one of them. */
SM_API const char *sm_utf8_path(size_t i);
SM_API size_t sm_utf8_check_by(size_t path, sm_span s);

#ifdef __cplusplus
}
#endif
#endif
