/* Writing GGUF: see seimai/gguf.h.
 * SPDX-License-Identifier: MIT */
#include "gguf_internal.h"

#include <seimai/file.h>

#include <string.h>

#define HEADER_MAX ((size_t)1 << 31)

/* ---- what is refused -------------------------------------------------------------------- */

static bool is_key(sm_span key)
{
    for (size_t i = 0; i < key.n; i++) {
        const char c = key.p[i];
        const bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
                          c == '_' || c == '-';
        if (!fine) return false;
    }
    return key.n > 0 && key.n <= GGUF_KEY_MAX;
}

static int check_once(const char *path, sm_span names[], size_t n, const char *what,
                      sm_error *err)
{
    const sm_span *twice = gguf_twice(names, n);
    if (!twice) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: %s '%.*s' comes twice", path, what, (int)twice->n, twice->p);
}

static int check_pairs(const char *path, const sm_gguf_pair pairs[], size_t n, sm_error *err)
{
    sm_span *keys = sm_calloc(n, sizeof *keys);
    int status = SM_OK;
    for (size_t i = 0; i < n && status == SM_OK; i++) {
        keys[i] = sm_span_of(pairs[i].key);
        if (!is_key(keys[i]))
            status =
                sm_error_set(err, SM_EFORMAT, "%s: '%.100s' is no key", path, pairs[i].key);
    }
    if (status == SM_OK) status = check_once(path, keys, n, "key", err);
    sm_free(keys);
    return status;
}

static int check_tensors(const char *path, const sm_gguf_tensor tensors[], size_t n,
                         sm_error *err)
{
    sm_span *names = sm_calloc(n, sizeof *names);
    int status = SM_OK;
    for (size_t i = 0; i < n && status == SM_OK; i++) {
        const sm_gguf_tensor *t = &tensors[i];
        uint64_t bytes = 0;
        names[i] = t->name;
        if (t->name.n == 0 || t->name.n > SM_GGUF_NAME)
            status = sm_error_set(err, SM_EFORMAT, "%s: a tensor's name of %zu bytes", path,
                                  t->name.n);
        else if (!gguf_tensor_bytes(t, &bytes) || bytes != t->bytes.n)
            status = sm_error_set(err, SM_EFORMAT,
                                  "%s: tensor '%.*s': %zu bytes do not fill its dimensions",
                                  path, (int)t->name.n, t->name.p, t->bytes.n);
    }
    if (status == SM_OK) status = check_once(path, names, n, "tensor", err);
    sm_free(names);
    return status;
}

/* ---- the header ------------------------------------------------------------------------- */

static void put_number(sm_buffer *b, uint64_t bits, size_t size)
{
    char bytes[8];
    sm_put_u64(bytes, bits);
    sm_buffer_put(b, (sm_span){bytes, size});
}

static void put_string(sm_buffer *b, sm_span s)
{
    put_number(b, s.n, 8);
    sm_buffer_put(b, s);
}

static void put_value(sm_buffer *b, const sm_gguf_value *v)
{
    put_number(b, v->is_array ? SM_GGUF_ARRAY : v->type, 4);
    if (v->is_array) {
        put_number(b, v->type, 4);
        put_number(b, v->n, 8);
    }
    const bool strings = v->type == SM_GGUF_STRING;
    for (uint64_t i = 0; strings && i < v->n; i++)
        put_string(b, sm_gguf_text(v, i));
    if (!strings && v->is_array)
        sm_buffer_put(b, (sm_span){v->as.numbers, (size_t)v->n * gguf_size(v->type)});
    if (!strings && !v->is_array) put_number(b, v->as.bits, gguf_size(v->type));
}

static void put_tensor(sm_buffer *b, const sm_gguf_tensor *t, uint64_t offset)
{
    put_string(b, t->name);
    put_number(b, t->n_dims, 4);
    for (size_t i = 0; i < t->n_dims; i++)
        put_number(b, t->dims[i], 8);
    put_number(b, t->type, 4);
    put_number(b, offset, 8);
}

static uint64_t alignment_of(const sm_gguf_pair pairs[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(pairs[i].key, GGUF_ALIGN_KEY) == 0)
            return sm_gguf_integer(&pairs[i].value, 0);
    return SM_GGUF_ALIGNMENT;
}

static void put_header(sm_buffer *b, const sm_gguf_pair pairs[], size_t n_pairs,
                       const sm_gguf_tensor tensors[], size_t n_tensors, uint64_t alignment)
{
    sm_buffer_puts(b, GGUF_MAGIC);
    put_number(b, GGUF_VERSION, 4);
    put_number(b, n_tensors, 8);
    put_number(b, n_pairs, 8);
    for (size_t i = 0; i < n_pairs; i++) {
        put_string(b, sm_span_of(pairs[i].key));
        put_value(b, &pairs[i].value);
    }
    uint64_t offset = 0;
    for (size_t i = 0; i < n_tensors; i++) {
        put_tensor(b, &tensors[i], offset);
        offset = gguf_aligned(offset + tensors[i].bytes.n, alignment);
    }
}

/* ---- the file --------------------------------------------------------------------------- */

/* Bytes, then zeros up to the next multiple of the alignment. */
static int write_aligned(sm_output *out, sm_span bytes, uint64_t alignment, sm_error *err)
{
    static const char zeros[256];
    uint64_t gap = gguf_aligned(bytes.n, alignment) - bytes.n;
    SM_TRY(sm_output_write(out, bytes, err));
    for (; gap > 0; gap -= gap < sizeof zeros ? gap : sizeof zeros)
        SM_TRY(sm_output_write(
            out, (sm_span){zeros, gap < sizeof zeros ? (size_t)gap : sizeof zeros}, err));
    return SM_OK;
}

static int write_all(const char *path, sm_span header, const sm_gguf_tensor tensors[], size_t n,
                     uint64_t alignment, sm_error *err)
{
    sm_output *out = NULL;
    SM_TRY(sm_output_open(&out, path, err));
    int status = write_aligned(out, header, alignment, err);
    for (size_t i = 0; i < n && status == SM_OK; i++)
        status = write_aligned(out, tensors[i].bytes, alignment, err);
    if (status == SM_OK) return sm_output_commit(out, err);
    sm_output_abort(out);
    return status;
}

int sm_gguf_write(const char *path, const sm_gguf_pair pairs[], size_t n_pairs,
                  const sm_gguf_tensor tensors[], size_t n_tensors, sm_error *err)
{
    const uint64_t alignment = alignment_of(pairs, n_pairs);
    SM_TRY(check_pairs(path, pairs, n_pairs, err));
    SM_TRY(check_tensors(path, tensors, n_tensors, err));
    if (alignment == 0 || alignment % 8 || alignment > UINT32_MAX)
        SM_FAIL(err, SM_EFORMAT, "%s: %s must be a multiple of 8", path, GGUF_ALIGN_KEY);
    sm_buffer header = sm_buffer_make(HEADER_MAX);
    put_header(&header, pairs, n_pairs, tensors, n_tensors, alignment);
    int status = SM_OK;
    if (header.overflow)
        status = sm_error_set(err, SM_ELIMIT, "%s: its pairs are more than 2 GiB", path);
    if (status == SM_OK)
        status = write_all(path, sm_buffer_span(&header), tensors, n_tensors, alignment, err);
    sm_buffer_free(&header);
    return status;
}
