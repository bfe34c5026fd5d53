/* GGUF's values and types: see seimai/gguf.h.
 * SPDX-License-Identifier: MIT */
#include "gguf_internal.h"

#include <stdlib.h>
#include <string.h>

static const size_t sizes[SM_GGUF_TYPES] = {
    [SM_GGUF_U8] = 1,  [SM_GGUF_I8] = 1,  [SM_GGUF_U16] = 2, [SM_GGUF_I16] = 2,
    [SM_GGUF_U32] = 4, [SM_GGUF_I32] = 4, [SM_GGUF_F32] = 4, [SM_GGUF_BOOL] = 1,
    [SM_GGUF_U64] = 8, [SM_GGUF_I64] = 8, [SM_GGUF_F64] = 8,
};

size_t gguf_size(sm_gguf_type type)
{
    return sizes[type];
}

/* ---- making values ---------------------------------------------------------------------- */

static sm_gguf_value number(sm_gguf_type type, uint64_t bits)
{
    return (sm_gguf_value){.type = type, .n = 1, .as.bits = bits};
}

sm_gguf_value sm_gguf_u32(uint32_t v)
{
    return number(SM_GGUF_U32, v);
}

sm_gguf_value sm_gguf_u64(uint64_t v)
{
    return number(SM_GGUF_U64, v);
}

sm_gguf_value sm_gguf_f32(float v)
{
    uint32_t bits = 0;
    memcpy(&bits, &v, sizeof bits);
    return number(SM_GGUF_F32, bits);
}

sm_gguf_value sm_gguf_bool(bool v)
{
    return number(SM_GGUF_BOOL, v);
}

sm_gguf_value sm_gguf_string(sm_span s)
{
    return (sm_gguf_value){.type = SM_GGUF_STRING, .n = 1, .as.string = s};
}

sm_gguf_value sm_gguf_strings(const sm_span strings[], uint64_t n)
{
    return (sm_gguf_value){
        .type = SM_GGUF_STRING, .is_array = true, .n = n, .as.strings = strings};
}

sm_gguf_value sm_gguf_numbers(sm_gguf_type type, const void *numbers, uint64_t n)
{
    return (sm_gguf_value){.type = type, .is_array = true, .n = n, .as.numbers = numbers};
}

/* ---- looking at values ------------------------------------------------------------------ */

/* The bits of element i, the upper ones zero. */
static uint64_t bits_of(const sm_gguf_value *v, uint64_t i)
{
    if (!v->is_array) return v->as.bits;
    const size_t size = gguf_size(v->type);
    const char *p = v->as.numbers + i * size;
    if (size == 1) return (uint8_t)*p;
    if (size == 2) return sm_get_u16(p);
    return size == 4 ? sm_get_u32(p) : sm_get_u64(p);
}

static double real_of_bits(sm_gguf_type type, uint64_t bits)
{
    const uint32_t low = (uint32_t)bits;
    float narrow;
    double wide;
    memcpy(&narrow, &low, sizeof narrow);
    memcpy(&wide, &bits, sizeof wide);
    return type == SM_GGUF_F32 ? (double)narrow : wide;
}

static int64_t sign_extended(uint64_t bits, size_t size)
{
    if (size == 1) return (int8_t)bits;
    if (size == 2) return (int16_t)bits;
    return size == 4 ? (int32_t)bits : (int64_t)bits;
}

static bool is_signed(sm_gguf_type type)
{
    return type == SM_GGUF_I8 || type == SM_GGUF_I16 || type == SM_GGUF_I32 ||
           type == SM_GGUF_I64;
}

static bool is_real(sm_gguf_type type)
{
    return type == SM_GGUF_F32 || type == SM_GGUF_F64;
}

/* A float out of an integer's range has no integer. */
static uint64_t cut(double v)
{
    return v > -0x1p63 && v < 0x1p63 ? (uint64_t)(int64_t)v : 0;
}

uint64_t sm_gguf_integer(const sm_gguf_value *v, uint64_t i)
{
    if (!v || v->type == SM_GGUF_STRING) return 0;
    const uint64_t bits = bits_of(v, i);
    if (is_real(v->type)) return cut(real_of_bits(v->type, bits));
    return is_signed(v->type) ? (uint64_t)sign_extended(bits, gguf_size(v->type)) : bits;
}

double sm_gguf_real(const sm_gguf_value *v, uint64_t i)
{
    if (!v || v->type == SM_GGUF_STRING) return 0;
    const uint64_t bits = bits_of(v, i);
    if (is_real(v->type)) return real_of_bits(v->type, bits);
    return is_signed(v->type) ? (double)sign_extended(bits, gguf_size(v->type)) : (double)bits;
}

sm_span sm_gguf_text(const sm_gguf_value *v, uint64_t i)
{
    if (!v || v->type != SM_GGUF_STRING) return (sm_span){0};
    return v->is_array ? v->as.strings[i] : v->as.string;
}

/* ---- tensors ---------------------------------------------------------------------------- */

typedef struct element {
    uint32_t type;
    uint64_t count, bytes; /* a block holds so many values in so many bytes */
} element;

static const element elements[] = {
    {SM_GGML_F32, 1, 4}, {SM_GGML_F16, 1, 2}, {SM_GGML_Q8_0, 32, 34},
    {SM_GGML_I8, 1, 1},  {SM_GGML_I16, 1, 2}, {SM_GGML_I32, 1, 4},
    {SM_GGML_I64, 1, 8}, {SM_GGML_F64, 1, 8}, {SM_GGML_BF16, 1, 2},
};

static const element *find_element(uint32_t type)
{
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
        if (elements[i].type == type) return &elements[i];
    return NULL;
}

bool gguf_tensor_type_known(uint32_t type)
{
    return find_element(type) != NULL;
}

bool gguf_tensor_bytes(const sm_gguf_tensor *tensor, uint64_t *bytes)
{
    const element *e = find_element(tensor->type);
    if (!e || tensor->n_dims < 1 || tensor->n_dims > SM_GGUF_DIMS) return false;
    if (tensor->dims[0] % e->count) return false; /* blocks lie along the innermost dimension */
    uint64_t total = e->bytes;
    for (size_t i = 0; i < tensor->n_dims; i++)
        if (__builtin_mul_overflow(total, i ? tensor->dims[i] : tensor->dims[0] / e->count,
                                   &total))
            return false;
    *bytes = total;
    return total <= INT64_MAX;
}

static int by_bytes(const void *a, const void *b)
{
    return sm_span_order(*(const sm_span *)a, *(const sm_span *)b);
}

const sm_span *gguf_twice(sm_span strings[], size_t n)
{
    if (n > 1) qsort(strings, n, sizeof *strings, by_bytes);
    for (size_t i = 1; i < n; i++)
        if (sm_span_equal(strings[i - 1], strings[i])) return &strings[i];
    return NULL;
}
