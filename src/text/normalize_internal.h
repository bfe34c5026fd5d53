/* The parts of normalize.c: the forms that are ours, Unicode's, and the search that both share.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_NORMALIZE_INTERNAL_H
#define SEIMAI_NORMALIZE_INTERNAL_H

#include <seimai/normalize.h>

/* sm_normalize_find gives the first character in [p, end) whose byte in the character table has one of
 * the bits, or end. The fast path of every form. */
const char *sm_normalize_find(const char *p, const char *end, unsigned bits);

/* The forms twins and ja; NFC and NFKC. Contracts as sm_normalize. */
void sm_normalize_width(bool ja, sm_span text, sm_arena *arena, sm_span *out);
int sm_normalize_unicode(bool compatible, sm_span text, sm_arena *arena, sm_span *out,
                         sm_error *err);

#endif
