/* Weights in fewer bits: see seimai/stored.h.
 * SPDX-License-Identifier: MIT */
#include <float.h>
#include <math.h>
#include <string.h>

#include <seimai/stored.h>

#include "kern/bf16.h"

#define SAME_FOR_ALL static inline __attribute__((always_inline))

enum { BLOCK = SM_STORED_BLOCK, LARGEST = 127 };

static const struct {
    const char *name;
    size_t bytes;
} kinds[] = {[SM_STORED_F32] = {"f32", sizeof(float)},
             [SM_STORED_BF16] = {"bf16", sizeof(uint16_t)},
             [SM_STORED_INT8] = {"int8", sizeof(int8_t)}};

const char *sm_storage_name(sm_storage type)
{
    return kinds[type].name;
}

int sm_storage_find(const char *name, sm_storage *type, sm_error *err)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(name, kinds[i].name) == 0) {
            *type = (sm_storage)i;
            return SM_OK;
        }
    SM_FAIL(err, SM_EUSAGE, "storage '%s': f32, bf16 or int8", name);
}

size_t sm_stored_bytes(sm_storage type, size_t n)
{
    return n * kinds[type].bytes;
}

size_t sm_stored_scales(sm_storage type, size_t n)
{
    return type == SM_STORED_INT8 ? (n + BLOCK - 1) / BLOCK : 0;
}

/* ---- floats to fewer bits ------------------------------------------------------------------- */

/* The largest |x| of a block; NaN if there is one: above infinity, as whole numbers. */
static float size_of(const float *x, size_t n)
{
    uint32_t most = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        bits &= 0x7FFFFFFFU;
        most = bits > most ? bits : most;
    }
    float size;
    memcpy(&size, &most, sizeof size);
    return size;
}

/* A block without normal numbers is 0; NaN and infinity make the scale NaN. */
static float put_block(int8_t *to, const float *x, size_t n)
{
    const float round = 12582912.0F; /* 1.5·2^23: adding it leaves no bits behind the point */
    const float size = size_of(x, n), scale = size / LARGEST;
    const bool is_plain = scale >= FLT_MIN && size <= FLT_MAX;
    const float each = is_plain ? LARGEST / size : 0.0F;
    for (size_t i = 0; i < n; i++)
        to[i] = is_plain ? (int8_t)((x[i] * each + round) - round) : 0;
    if (is_plain) return scale;
    return size <= FLT_MAX ? 0.0F : NAN;
}

void sm_stored_put(sm_storage type, void *values, float *scales, size_t at, const float *from,
                   size_t n)
{
    uint16_t *const halves = values;
    int8_t *const bytes = values;
    switch (type) {
    case SM_STORED_F32: memcpy((float *)values + at, from, n * sizeof *from); break;
    case SM_STORED_BF16:
        for (size_t i = 0; i < n; i++)
            halves[at + i] = sm_bf16_round(from[i]);
        break;
    case SM_STORED_INT8:
        for (size_t i = 0; i < n; i += BLOCK)
            scales[(at + i) / BLOCK] =
                put_block(bytes + at + i, from + i, n - i < BLOCK ? n - i : BLOCK);
        break;
    }
}

/* ---- and back: on the path of every product, so once more for each instruction set ------------- */

SAME_FOR_ALL void get_bf16(const uint16_t *from, size_t n, float *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] = sm_bf16_float(from[i]);
}

/* The first and the last block may be parts. */
SAME_FOR_ALL void get_int8(const int8_t *values, const float *scales, size_t at, size_t n,
                           float *to)
{
    const size_t end = at + n;
    while (at < end) {
        const size_t edge = (at / BLOCK + 1) * BLOCK, stop = edge < end ? edge : end;
        const float scale = scales[at / BLOCK];
        const int8_t *const from = values + at;
        const size_t part = stop - at;
        if (part == BLOCK) /* a count that the compiler knows */
            for (size_t i = 0; i < BLOCK; i++)
                to[i] = (float)from[i] * scale;
        else
            for (size_t i = 0; i < part; i++)
                to[i] = (float)from[i] * scale;
        to += part;
        at = stop;
    }
}

SAME_FOR_ALL void get(const sm_stored *s, size_t at, size_t n, float *to)
{
    switch (s->type) {
    case SM_STORED_F32: memcpy(to, (const float *)s->values + at, n * sizeof *to); break;
    case SM_STORED_BF16: get_bf16((const uint16_t *)s->values + at, n, to); break;
    case SM_STORED_INT8: get_int8(s->values, s->scales, at, n, to); break;
    }
}

SAME_FOR_ALL void get_rows(const sm_stored *s, size_t at, size_t stride, size_t rows,
                           size_t width, float *to)
{
    for (size_t i = 0; i < rows; i++)
        get(s, at + i * stride, width, to + i * width);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static void
get_avx2(const sm_stored *s, size_t at, size_t stride, size_t rows, size_t width, float *to)
{
    get_rows(s, at, stride, rows, width, to);
}

__attribute__((target("avx512f,avx512bw,avx512vl"))) static void
get_avx512(const sm_stored *s, size_t at, size_t stride, size_t rows, size_t width, float *to)
{
    get_rows(s, at, stride, rows, width, to);
}
#endif

void sm_stored_rows(const sm_stored *stored, size_t at, size_t stride, size_t rows,
                    size_t width, float *to)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
        get_avx512(stored, at, stride, rows, width, to);
        return;
    }
    if (__builtin_cpu_supports("avx2")) {
        get_avx2(stored, at, stride, rows, width, to);
        return;
    }
#endif
    get_rows(stored, at, stride, rows, width, to);
}

void sm_stored_get(const sm_stored *stored, size_t at, size_t n, float *to)
{
    sm_stored_rows(stored, at, n, 1, n, to);
}
