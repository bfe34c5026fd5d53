/* What reading and writing GGUF share.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_GGUF_INTERNAL_H
#define SEIMAI_GGUF_INTERNAL_H

#include <seimai/gguf.h>

#define GGUF_MAGIC     "GGUF"
#define GGUF_ALIGN_KEY "general.alignment"
enum { GGUF_VERSION = 3, GGUF_KEY_MAX = 65535, GGUF_HEADER = 24 };

/* The bytes of one number; 0 for strings and arrays. */
size_t gguf_size(sm_gguf_type type);

/* The bytes that a tensor's type and dimensions ask for; false where they do not fit each other, or past 2^63. */
bool gguf_tensor_bytes(const sm_gguf_tensor *tensor, uint64_t *bytes);
bool gguf_tensor_type_known(uint32_t type);

/* The next multiple of the alignment. */
static inline uint64_t gguf_aligned(uint64_t at, uint64_t alignment)
{
    return (at + alignment - 1) / alignment * alignment;
}

/* The first string that stands twice among n, or NULL. Sorts `strings`. */
const sm_span *gguf_twice(sm_span strings[], size_t n);

#endif
