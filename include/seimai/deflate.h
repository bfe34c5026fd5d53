/* seimai/deflate.h - how small a text becomes: zlib in memory.
 * SPDX-License-Identifier: MIT
 *
 * The ratio of compressed to plain bytes tells repetition (low) and noise (high) from prose: the recipes of
 * corpora call zlib.compress(text, level=9) of Python for it. The size is that of the zlib format (RFC 1950),
 * header and checksum among it, as the zlib that this was built with makes it; it is the same for one version of zlib.
 * Only the size is kept. Memory: 268 KB a deflater, whatever the text. Threads: a deflater belongs to one thread. */
#ifndef SEIMAI_DEFLATE_H
#define SEIMAI_DEFLATE_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_deflater sm_deflater;

/* level: 1 (fast) … 9 (small). */
SM_API sm_deflater *sm_deflater_new(int level) SM_MUST_USE;
SM_API void sm_deflater_free(sm_deflater *deflater);
/* sm_deflater_size gives the bytes that the text becomes; 8 for an empty one. */
SM_API uint64_t sm_deflater_size(sm_deflater *deflater, sm_span text);

#ifdef __cplusplus
}
#endif
#endif
