/* seimai/stored.h - weights kept in fewer bits: bf16, or int8 with a scale a block.
 * SPDX-License-Identifier: MIT
 *
 * What training leaves alone (the base of a LoRA run) need not be kept as floats: bf16 takes half the memory, int8 a
 * good quarter. Arithmetic stays in float: a product expands the part of the matrix that it is about to use.
 *
 * A stored vector has the places of the float vector that it came from: element i here is element i there, rounded.
 *   bf16  the upper 16 bits of the float, to nearest, ties to even: a relative error of 2^-8 at most
 *   int8  blocks of SM_STORED_BLOCK elements of the vector; a block has the scale max|x| / 127, an element is the nearest
 *         whole number of scales, so at most half a scale off (1/254 of the largest of its block). Rows need not be
 *         multiples of a block
 * In both, subnormal floats become 0; NaN stays NaN (in int8 with its whole block), and so does infinity in bf16.
 *
 * The caller owns all memory. Threads: pure. */
#ifndef SEIMAI_STORED_H
#define SEIMAI_STORED_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sm_storage { SM_STORED_F32, SM_STORED_BF16, SM_STORED_INT8 } sm_storage;

enum { SM_STORED_BLOCK = 64 };

/* A vector to read: float, uint16_t or int8_t by `type`. */
typedef struct sm_stored {
    sm_storage type;
    const void *values;
    const float
        *scales; /* int8: of element i it is number i / SM_STORED_BLOCK; otherwise NULL */
} sm_stored;

/* sm_stored_bytes: of n values, without the scales; sm_stored_scales: how many scales go with them. */
SM_API size_t sm_stored_bytes(sm_storage type, size_t n);
SM_API size_t sm_stored_scales(sm_storage type, size_t n);

/* sm_stored_put writes n floats as elements `at`, at + 1 … of a vector; for int8, `at` is a multiple of
 * SM_STORED_BLOCK, and so is n unless the vector ends there. */
SM_API void sm_stored_put(sm_storage type, void *values, float *scales, size_t at,
                          const float *from, size_t n);
/* sm_stored_get gives elements at … at + n − 1 as floats, from any place. */
SM_API void sm_stored_get(const sm_stored *stored, size_t at, size_t n, float *to);

/* sm_stored_rows gives a part of a matrix: `rows` rows of `width` elements, the first at `at`, `stride` elements from
 * row to row; `to` (rows,width). */
SM_API void sm_stored_rows(const sm_stored *stored, size_t at, size_t stride, size_t rows,
                           size_t width, float *to);

/* sm_storage_name: "f32", "bf16", "int8"; sm_storage_find: the other way round, SM_EUSAGE for another name. */
SM_API const char *sm_storage_name(sm_storage type);
SM_API int sm_storage_find(const char *name, sm_storage *type, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
