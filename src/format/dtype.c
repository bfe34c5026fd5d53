/* Element types of stored tensors, and their way to floats: see seimai/safetensors.h.
 * SPDX-License-Identifier: MIT */
#include "format_internal.h"

#include <seimai/safetensors.h>

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size; /* bytes */
} dtypes[SM_DTYPE_COUNT] = {
    [SM_DTYPE_F32] = {"F32", 4},   [SM_DTYPE_F16] = {"F16", 2}, [SM_DTYPE_BF16] = {"BF16", 2},
    [SM_DTYPE_F64] = {"F64", 8},   [SM_DTYPE_I64] = {"I64", 8}, [SM_DTYPE_I32] = {"I32", 4},
    [SM_DTYPE_I16] = {"I16", 2},   [SM_DTYPE_I8] = {"I8", 1},   [SM_DTYPE_U64] = {"U64", 8},
    [SM_DTYPE_U32] = {"U32", 4},   [SM_DTYPE_U16] = {"U16", 2}, [SM_DTYPE_U8] = {"U8", 1},
    [SM_DTYPE_BOOL] = {"BOOL", 1},
};

const char *sm_dtype_name(sm_dtype dtype)
{
    return dtypes[dtype].name;
}

size_t sm_dtype_size(sm_dtype dtype)
{
    return dtypes[dtype].size;
}

bool dtype_of(sm_span name, sm_dtype *dtype)
{
    for (int i = 0; i < SM_DTYPE_COUNT; i++) {
        if (!sm_span_equal(name, sm_span_of(dtypes[i].name))) continue;
        *dtype = (sm_dtype)i;
        return true;
    }
    return false;
}

bool tensor_bytes(const sm_stored_tensor *tensor, uint64_t *bytes)
{
    uint64_t total = sm_dtype_size(tensor->dtype);
    for (size_t i = 0; i < tensor->n_dims; i++)
        if (__builtin_mul_overflow(total, tensor->shape[i], &total)) return false;
    *bytes = total;
    return total <= INT64_MAX;
}

uint64_t sm_stored_tensor_count(const sm_stored_tensor *tensor)
{
    uint64_t n = 1;
    for (size_t i = 0; i < tensor->n_dims; i++)
        n *= tensor->shape[i];
    return n;
}

static int by_name(const void *a, const void *b)
{
    const sm_stored_tensor *const *x = a, *const *y = b;
    return sm_span_order((*x)->name, (*y)->name);
}

const sm_stored_tensor **tensors_sort_by_name(const sm_stored_tensor tensors[], size_t n)
{
    const sm_stored_tensor **order = sm_calloc(n, sizeof(sm_stored_tensor *));
    for (size_t i = 0; i < n; i++)
        order[i] = &tensors[i];
    qsort(order, n, sizeof(sm_stored_tensor *), by_name);
    return order;
}

/* ---- elements to floats ------------------------------------------------------------------- */

static float float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float float_of_f32(const char *p)
{
    return float_of_bits(sm_get_u32(p));
}

static float float_of_bf16(const char *p)
{
    return float_of_bits((uint32_t)sm_get_u16(p) << 16);
}

/* binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits; every value is a float. */
static float float_of_f16(const char *p)
{
    const uint32_t half = sm_get_u16(p);
    const uint32_t sign = (half & 0x8000U) << 16;
    const uint32_t exponent = half >> 10 & 0x1FU, fraction = half & 0x3FFU;
    if (exponent == 0x1F) return float_of_bits(sign | 0x7F800000U | fraction << 13);
    if (exponent) return float_of_bits(sign | (exponent + 127 - 15) << 23 | fraction << 13);
    const float subnormal = (float)fraction * 0x1p-24F;
    return sign ? -subnormal : subnormal;
}

static float float_of_f64(const char *p)
{
    const uint64_t bits = sm_get_u64(p);
    double value;
    memcpy(&value, &bits, sizeof value);
    return (float)value;
}

/* Whether floats lie in memory as they do in a file. */
static bool is_little_endian(void)
{
    const uint32_t one = 1;
    return sm_get_u32(&one) == one;
}

int sm_stored_tensor_read(const sm_stored_tensor *tensor, float *out, sm_error *err)
{
    float (*convert)(const char *) = NULL;
    if (tensor->dtype == SM_DTYPE_F32) convert = float_of_f32;
    if (tensor->dtype == SM_DTYPE_F16) convert = float_of_f16;
    if (tensor->dtype == SM_DTYPE_BF16) convert = float_of_bf16;
    if (tensor->dtype == SM_DTYPE_F64) convert = float_of_f64;
    if (!convert)
        SM_FAIL(err, SM_EFORMAT, "tensor '%.*s': its elements are %s: floats are needed",
                (int)tensor->name.n, tensor->name.p, sm_dtype_name(tensor->dtype));
    const size_t size = sm_dtype_size(tensor->dtype);
    const uint64_t n = sm_stored_tensor_count(tensor);
    if (tensor->dtype == SM_DTYPE_F32 && is_little_endian()) {
        if (n > 0) memcpy(out, tensor->bytes.p, n * size);
        return SM_OK;
    }
    for (uint64_t i = 0; i < n; i++)
        out[i] = convert(tensor->bytes.p + i * size);
    return SM_OK;
}
