/* seimai/idna.h - names of hosts in the letters of all languages, as DNS knows them.
 * SPDX-License-Identifier: MIT
 *
 * 日本語.jp and xn--wgv71a119e.jp are one host. Lists of hosts are compared in the second form, which browsers make by UTS #46
 * (non-transitional): case and width are folded, 。 counts as a dot, each label is written in Punycode (RFC 3492). By ICU.
 * Threads: pure. */
#ifndef SEIMAI_IDNA_H
#define SEIMAI_IDNA_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* sm_idna_ascii writes the ASCII form of a host in valid UTF-8 (no port, no brackets), at most `size` bytes, NUL
 * included, and gives its length; 0 where DNS could have no such name, or no room for it. */
SM_API size_t sm_idna_ascii(sm_span host, char *ascii, size_t size) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
