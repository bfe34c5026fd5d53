/* Writing safetensors: see seimai/safetensors.h.
 * SPDX-License-Identifier: MIT */
#include "format_internal.h"

#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/safetensors.h>

enum { HEADER_MAX = 100 << 20 }; /* bytes of JSON, as the reader has it */

static int check_tensors(const char *path, const sm_stored_tensor tensors[], size_t n,
                         sm_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const sm_stored_tensor *t = &tensors[i];
        uint64_t bytes = 0;
        const bool fits = t->n_dims <= SM_TENSOR_DIMS && tensor_bytes(t, &bytes);
        if (!fits || bytes != t->bytes.n)
            SM_FAIL(err, SM_EFORMAT, "%s: tensor '%.*s': %zu bytes do not fill its shape", path,
                    (int)t->name.n, t->name.p, t->bytes.n);
    }
    const sm_stored_tensor **order = tensors_sort_by_name(tensors, n);
    const sm_stored_tensor *twice = NULL;
    for (size_t i = 1; i < n && !twice; i++)
        if (sm_span_equal(order[i - 1]->name, order[i]->name)) twice = order[i];
    sm_free(order);
    if (!twice) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: tensor '%.*s' comes twice", path, (int)twice->name.n,
            twice->name.p);
}

static void put_notes(sm_buffer *json, const sm_safetensors_note notes[], size_t n)
{
    sm_json_key(json, "__metadata__");
    sm_json_open(json, '{');
    sm_json_put_string(json, "format", SM_SPAN("pt"));
    for (size_t i = 0; i < n; i++) {
        sm_json_put_string(json, notes[i].key, notes[i].value);
    }
    sm_json_close(json, '}');
}

static void put_tensor(sm_buffer *json, const sm_stored_tensor *t, uint64_t begin)
{
    sm_json_key_span(json, t->name);
    sm_json_open(json, '{');
    sm_json_put_text(json, "dtype", sm_dtype_name(t->dtype));
    sm_json_key(json, "shape");
    sm_json_open(json, '[');
    for (size_t i = 0; i < t->n_dims; i++)
        sm_json_uint(json, t->shape[i]);
    sm_json_close(json, ']');
    sm_json_key(json, "data_offsets");
    sm_json_open(json, '[');
    sm_json_uint(json, begin);
    sm_json_uint(json, begin + t->bytes.n);
    sm_json_close(json, ']');
    sm_json_close(json, '}');
}

/* The JSON, padded with spaces so that the data begins at a multiple of 8. */
static void put_header(sm_buffer *header, const sm_stored_tensor tensors[], size_t n,
                       const sm_safetensors_note notes[], size_t n_notes)
{
    sm_json_open(header, '{');
    put_notes(header, notes, n_notes);
    uint64_t begin = 0;
    for (size_t i = 0; i < n; i++) {
        put_tensor(header, &tensors[i], begin);
        begin += tensors[i].bytes.n;
    }
    sm_json_close(header, '}');
    while (header->n % 8 && !header->overflow)
        sm_buffer_putc(header, ' ');
}

static int write_all(const char *path, sm_span header, const sm_stored_tensor tensors[],
                     size_t n, sm_error *err)
{
    sm_output *out = NULL;
    char length[8];
    sm_put_u64(length, header.n);
    SM_TRY(sm_output_open(&out, path, err));
    int status = sm_output_write(out, (sm_span){length, sizeof length}, err);
    if (status == SM_OK) status = sm_output_write(out, header, err);
    for (size_t i = 0; i < n && status == SM_OK; i++)
        status = sm_output_write(out, tensors[i].bytes, err);
    if (status == SM_OK) return sm_output_commit(out, err);
    sm_output_abort(out);
    return status;
}

int sm_safetensors_write(const char *path, const sm_stored_tensor tensors[], size_t n,
                         const sm_safetensors_note notes[], size_t n_notes, sm_error *err)
{
    SM_TRY(check_tensors(path, tensors, n, err));
    sm_buffer header = sm_buffer_make(HEADER_MAX);
    put_header(&header, tensors, n, notes, n_notes);
    int status = SM_OK;
    if (header.overflow)
        status = sm_error_set(err, SM_ELIMIT, "%s: the header is too long", path);
    if (status == SM_OK) status = write_all(path, sm_buffer_span(&header), tensors, n, err);
    sm_buffer_free(&header);
    return status;
}
