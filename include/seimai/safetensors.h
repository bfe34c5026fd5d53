/* seimai/safetensors.h - tensors in files: the format in which Hugging Face keeps weights.
 * SPDX-License-Identifier: MIT
 *
 * A file is: u64 N, little-endian; N bytes of JSON; the data. The JSON object maps a tensor's name to
 * {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, the offsets counting from the start
 * of the data; "__metadata__" maps strings to strings. (Specification: the README of the
 * huggingface/safetensors repository.)
 *
 * Reading trusts nothing: the header is an object without a duplicate key, every shape fits its bytes,
 * and the tensors cover the data without a hole, an overlap or a byte left over. What passes can be
 * read in place. Writing pads the header with spaces to a multiple of 8, so that data is aligned.
 *
 * Nouns
 *   tensor    name, dtype, shape (row-major, outermost first) and its bytes
 *   index     model.safetensors.index.json: the same table over several files
 *
 * Ownership: an opened set owns its maps; names, shapes and bytes are valid until it is closed.
 * Threads: an opened set is read-only and may be shared. */
#ifndef SEIMAI_SAFETENSORS_H
#define SEIMAI_SAFETENSORS_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Types of elements, by the names of the format (which has narrower ones: they are SM_ENOSUP). */
typedef enum sm_dtype {
    SM_DTYPE_F32,
    SM_DTYPE_F16,
    SM_DTYPE_BF16,
    SM_DTYPE_F64,
    SM_DTYPE_I64,
    SM_DTYPE_I32,
    SM_DTYPE_I16,
    SM_DTYPE_I8,
    SM_DTYPE_U64,
    SM_DTYPE_U32,
    SM_DTYPE_U16,
    SM_DTYPE_U8,
    SM_DTYPE_BOOL,
    SM_DTYPE_COUNT
} sm_dtype;

SM_API const char *sm_dtype_name(sm_dtype dtype); /* "F32" … */
SM_API size_t sm_dtype_size(sm_dtype dtype);      /* bytes of one element */

enum { SM_TENSOR_DIMS = 8 }; /* the most dimensions that are read or written */

typedef struct sm_stored_tensor {
    sm_span name; /* UTF-8 */
    sm_dtype dtype;
    size_t n_dims; /* 0 is a scalar: one element */
    uint64_t shape[SM_TENSOR_DIMS];
    sm_span bytes; /* elements × size; may be unaligned in files of other writers */
} sm_stored_tensor;

/* sm_stored_tensor_count is the number of elements: the product of the shape. */
SM_API uint64_t sm_stored_tensor_count(const sm_stored_tensor *tensor);

/* ---- reading ---------------------------------------------------------------------------- */

typedef struct sm_safetensors sm_safetensors;

/* sm_safetensors_open maps one file, or, where the path ends in ".json", every file that the index
 * names (beside it). 0; SM_ENOENT, SM_EIO; SM_EFORMAT for a broken header, SM_ETRUNC for a file that
 * is shorter than its header says, SM_ENOSUP for a dtype that is not in the list above. */
SM_API int sm_safetensors_open(sm_safetensors **set, const char *path,
                               sm_error *err) SM_MUST_USE;
SM_API void sm_safetensors_close(sm_safetensors *set); /* NULL is allowed */

/* Tensors in the order of their bytes (of an index: file by file). */
SM_API size_t sm_safetensors_count(const sm_safetensors *set);
SM_API const sm_stored_tensor *sm_safetensors_at(const sm_safetensors *set, size_t i);
/* sm_safetensors_find gives the tensor of a name, or NULL. O(log n). */
SM_API const sm_stored_tensor *sm_safetensors_find(const sm_safetensors *set, sm_span name);
/* sm_safetensors_metadata gives a value of "__metadata__" (of the first file); empty where missing. */
SM_API sm_span sm_safetensors_metadata(const sm_safetensors *set, const char *key);

/* sm_stored_tensor_read widens or narrows F32, F16, BF16 or F64 elements to floats (round to nearest
 * even); out holds sm_stored_tensor_count of them. SM_EFORMAT for other dtypes. */
SM_API int sm_stored_tensor_read(const sm_stored_tensor *tensor, float *out,
                                 sm_error *err) SM_MUST_USE;

/* ---- writing ---------------------------------------------------------------------------- */

/* A pair of "__metadata__". */
typedef struct sm_safetensors_note {
    const char *key;
    sm_span value; /* UTF-8 */
} sm_safetensors_note;

/* sm_safetensors_write writes n tensors in the given order, as PATH.part and then renamed.
 * {"format": "pt"}, which transformers asks for, is always there; `notes` come on top. The bytes of a
 * file depend on the arguments alone. SM_EFORMAT where bytes and shape disagree or a name comes twice. */
SM_API int sm_safetensors_write(const char *path, const sm_stored_tensor tensors[], size_t n,
                                const sm_safetensors_note notes[], size_t n_notes,
                                sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
