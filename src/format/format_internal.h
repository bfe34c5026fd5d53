/* What the files of this room share.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_FORMAT_INTERNAL_H
#define SEIMAI_FORMAT_INTERNAL_H

#include <seimai/safetensors.h>

/* dtype_of finds a dtype by its name; false for an unknown one. */
bool dtype_of(sm_span name, sm_dtype *dtype);

/* tensor_bytes gives the bytes that dtype and shape ask for; false past 2^63. */
bool tensor_bytes(const sm_stored_tensor *tensor, uint64_t *bytes);

/* tensors_sort_by_name makes the order in which names are searched: pointers into `tensors`. */
const sm_stored_tensor **tensors_sort_by_name(const sm_stored_tensor tensors[], size_t n);

#endif
