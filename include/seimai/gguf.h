/* seimai/gguf.h - GGUF: the one file in which llama.cpp keeps a model, its settings and its vocabulary.
 * SPDX-License-Identifier: MIT
 *
 * Version 3, little-endian (specification: docs/gguf.md of the ggml repository): u32 magic "GGUF", u32 version,
 * u64 number of tensors, u64 number of pairs; the pairs, each a key and a typed value; the tensors' names, shapes,
 * types and offsets; the data, every tensor at a multiple of the alignment (general.alignment, 32 where it is
 * not said), the gaps filled with zeros.
 *
 * Reading trusts nothing: lengths lie inside the file, no key and no tensor comes twice, offsets are aligned, every
 * tensor's bytes are there and none overlap. What passes can be read in place.
 *
 * Nouns
 *   pair     a key ("tokenizer.ggml.tokens": dotted lower case) and its value
 *   value    a number, a truth value, a string, or an array of one kind of these
 *   tensor   name, type, dimensions (the innermost FIRST: the reverse of a row-major shape) and bytes
 *
 * Ownership: what is written is borrowed until the call returns; an opened file owns its map, and what it gives is
 * valid until it is closed. Threads: an opened file is read-only and may be shared. */
#ifndef SEIMAI_GGUF_H
#define SEIMAI_GGUF_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- values ------------------------------------------------------------------------------- */

/* The types of values, by the format's numbers. */
typedef enum sm_gguf_type {
    SM_GGUF_U8 = 0,
    SM_GGUF_I8 = 1,
    SM_GGUF_U16 = 2,
    SM_GGUF_I16 = 3,
    SM_GGUF_U32 = 4,
    SM_GGUF_I32 = 5,
    SM_GGUF_F32 = 6,
    SM_GGUF_BOOL = 7, /* a byte, 0 or 1 */
    SM_GGUF_STRING = 8,
    SM_GGUF_ARRAY = 9,
    SM_GGUF_U64 = 10,
    SM_GGUF_I64 = 11,
    SM_GGUF_F64 = 12,
    SM_GGUF_TYPES
} sm_gguf_type;

/* A value: of an array the n elements, else one. */
typedef struct sm_gguf_value {
    sm_gguf_type type; /* of the elements; never SM_GGUF_ARRAY */
    bool is_array;
    uint64_t n; /* elements; 1 unless is_array */
    union {
        uint64_t bits;       /* a number: its bits, the upper ones zero */
        sm_span string;      /* a string: any bytes, by convention UTF-8 */
        const char *numbers; /* an array of numbers as it lies in the file, perhaps unaligned */
        const sm_span *strings; /* an array of strings */
    } as;
} sm_gguf_value;

typedef struct sm_gguf_pair {
    const char *key;
    sm_gguf_value value;
} sm_gguf_pair;

/* Makers of values; the last two borrow their arrays, whose numbers are little-endian already. */
SM_API sm_gguf_value sm_gguf_u32(uint32_t v);
SM_API sm_gguf_value sm_gguf_u64(uint64_t v);
SM_API sm_gguf_value sm_gguf_f32(float v);
SM_API sm_gguf_value sm_gguf_bool(bool v);
SM_API sm_gguf_value sm_gguf_string(sm_span s);
SM_API sm_gguf_value sm_gguf_strings(const sm_span strings[], uint64_t n);
SM_API sm_gguf_value sm_gguf_numbers(sm_gguf_type type, const void *numbers, uint64_t n);

/* Element i of a value, i < n. Asked for an integer, a float gives what it is cut to; asked for another thing than
 * it is, a string gives 0 and a number the empty span. NULL is allowed and gives the same. */
SM_API uint64_t sm_gguf_integer(const sm_gguf_value *v, uint64_t i); /* two's complement */
SM_API double sm_gguf_real(const sm_gguf_value *v, uint64_t i);
SM_API sm_span sm_gguf_text(const sm_gguf_value *v, uint64_t i);

/* ---- tensors ------------------------------------------------------------------------------ */

/* The types of elements that are read and written, by the format's numbers. Q8_0: blocks of 32 values, each an F16
 * scale and 32 signed bytes. */
enum {
    SM_GGML_F32 = 0,
    SM_GGML_F16 = 1,
    SM_GGML_Q8_0 = 8,
    SM_GGML_I8 = 24,
    SM_GGML_I16 = 25,
    SM_GGML_I32 = 26,
    SM_GGML_I64 = 27,
    SM_GGML_F64 = 28,
    SM_GGML_BF16 = 30
};

enum { SM_GGUF_DIMS = 4, SM_GGUF_NAME = 63, SM_GGUF_ALIGNMENT = 32 };

typedef struct sm_gguf_tensor {
    sm_span name;                /* at most SM_GGUF_NAME bytes: ggml keeps 64 with a NUL */
    uint32_t type;               /* SM_GGML_… */
    size_t n_dims;               /* 1 … SM_GGUF_DIMS */
    uint64_t dims[SM_GGUF_DIMS]; /* the innermost first; of Q8_0 a multiple of 32 */
    sm_span bytes;
} sm_gguf_tensor;

/* ---- writing ------------------------------------------------------------------------------ */

/* sm_gguf_write writes pairs and tensors in the given order, as PATH.part and then renamed. The bytes of a file
 * depend on the arguments alone. SM_EFORMAT where bytes and dimensions disagree, a key or a name comes twice, is too
 * long, or a key is not made of a-z 0-9 . _ -; SM_ELIMIT for pairs of more than 2 GiB. */
SM_API int sm_gguf_write(const char *path, const sm_gguf_pair pairs[], size_t n_pairs,
                         const sm_gguf_tensor tensors[], size_t n_tensors,
                         sm_error *err) SM_MUST_USE;

/* ---- reading ------------------------------------------------------------------------------ */

typedef struct sm_gguf sm_gguf;

/* sm_gguf_open maps a file. SM_ENOENT, SM_EIO; SM_EFORMAT for what is no GGUF file or a broken one, SM_ETRUNC for
 * one that is shorter than its header says (both with the offset), SM_ENOSUP for another version, a big-endian
 * file, arrays of arrays, and tensors of a type that is not in the list above. */
SM_API int sm_gguf_open(sm_gguf **file, const char *path, sm_error *err) SM_MUST_USE;
SM_API void sm_gguf_close(sm_gguf *file); /* NULL is allowed */

/* sm_gguf_find gives the value of a key, or NULL. */
SM_API const sm_gguf_value *sm_gguf_find(const sm_gguf *file, const char *key);
/* Pairs and tensors in the file's order, i < the number. */
SM_API size_t sm_gguf_pairs(const sm_gguf *file);
SM_API const sm_gguf_pair *sm_gguf_pair_at(const sm_gguf *file, size_t i);
SM_API size_t sm_gguf_tensors(const sm_gguf *file);
SM_API const sm_gguf_tensor *sm_gguf_tensor_at(const sm_gguf *file, size_t i);
SM_API const sm_gguf_tensor *sm_gguf_tensor_find(const sm_gguf *file, sm_span name);

#ifdef __cplusplus
}
#endif
#endif
