/* Model files: see seimai/classifier.h for the layout.
 * SPDX-License-Identifier: MIT */
#include "classify_internal.h"

#include <seimai/file.h>

#include <string.h>

enum { MAGIC = 8, FIXED = MAGIC + 8, CHECKSUM = 16 };
static const char magic[MAGIC + 1] = "SMCLASS1";

/* ---- writing ----------------------------------------------------------------------------------------- */

static size_t weights_bytes(const sm_classifier *m)
{
    return m->n * (4 + 2 * m->columns);
}

static void put_weights(const sm_classifier *m, char *p)
{
    for (size_t i = 0; i < m->n; i++, p += 4)
        sm_put_u32(p, m->hashes[i]);
    for (size_t i = 0; i < m->n * m->columns; i++, p += 2)
        sm_put_u16(p, (uint16_t)m->weights[i]);
}

static int put_model(const sm_classifier *m, sm_buffer *b, sm_error *err)
{
    char length[8], hash[CHECKSUM];
    sm_put_u64(length, m->header.n);
    sm_buffer_put(b, (sm_span){magic, MAGIC});
    sm_buffer_put(b, (sm_span){length, sizeof length});
    sm_buffer_put(b, m->header);
    char *const weights = sm_buffer_reserve(b, weights_bytes(m));
    if (!weights || b->overflow)
        SM_FAIL(err, SM_ELIMIT, "a model of more than %d bytes", SM_CLASSIFIER_MODEL_MAX);
    put_weights(m, weights);
    b->n += weights_bytes(m);
    const sm_hash128 h = sm_hash128_of(sm_buffer_span(b));
    sm_put_u64(hash, h.lo);
    sm_put_u64(hash + 8, h.hi);
    sm_buffer_put(b, (sm_span){hash, sizeof hash});
    return SM_OK;
}

static int write_stored(const char *path, sm_span plain, sm_error *err)
{
    sm_output *out = NULL;
    sm_buffer stored = sm_buffer_make(SIZE_MAX / 2);
    SM_TRY(sm_output_open(&out, path, err));
    sm_output_compress(out, plain, &stored);
    int status = sm_output_write(out, sm_buffer_span(&stored), err);
    if (status == SM_OK)
        status = sm_output_commit(out, err);
    else
        sm_output_abort(out);
    sm_buffer_free(&stored);
    return status;
}

int sm_classifier_write(const sm_classifier *model, const char *path, sm_error *err)
{
    sm_buffer plain = sm_buffer_make((size_t)SM_CLASSIFIER_MODEL_MAX);
    int status = put_model(model, &plain, err);
    if (status == SM_OK) status = write_stored(path, sm_buffer_span(&plain), err);
    sm_buffer_free(&plain);
    return status;
}

/* ---- reading ------------------------------------------------------------------------------------------- */

/* The parts of a file whose checksum is right. */
static int check_file(const char *path, sm_span file, sm_span *header, sm_span *weights,
                      sm_error *err)
{
    if (file.n < MAGIC ? memcmp(file.p ? file.p : "", magic, file.n) != 0
                       : memcmp(file.p, magic, MAGIC) != 0)
        SM_FAIL(err, SM_EFORMAT, "%s: no model of `seimai classify`", path);
    if (file.n < FIXED + CHECKSUM || sm_get_u64(file.p + MAGIC) > file.n - FIXED - CHECKSUM)
        SM_FAIL(err, SM_ETRUNC, "%s: a model that was cut at byte %zu", path, file.n);
    const char *const checksum = file.p + file.n - CHECKSUM;
    const sm_hash128 want = {sm_get_u64(checksum), sm_get_u64(checksum + 8)};
    if (!sm_hash128_equal(want, sm_hash128_of((sm_span){file.p, file.n - CHECKSUM})))
        SM_FAIL(err, SM_EHASH, "%s: the checksum does not match: cut, or changed", path);
    header->p = file.p + FIXED;
    header->n = (size_t)sm_get_u64(file.p + MAGIC);
    weights->p = header->p + header->n;
    weights->n = (size_t)(checksum - weights->p);
    return SM_OK;
}

static int get_weights(sm_classifier *m, const char *path, sm_span bytes, sm_error *err)
{
    const char *p = bytes.p;
    if (bytes.n != weights_bytes(m))
        SM_FAIL(err, SM_EFORMAT, "%s: %zu bytes of weights, not %zu", path, bytes.n,
                weights_bytes(m));
    m->hashes = sm_arena_alloc(&m->arena, m->n * sizeof *m->hashes);
    m->weights = sm_arena_alloc(&m->arena, m->n * m->columns * sizeof *m->weights);
    for (size_t i = 0; i < m->n; i++, p += 4) {
        m->hashes[i] = sm_get_u32(p);
        if (m->hashes[i] >= HASHES || (i > 0 && m->hashes[i] <= m->hashes[i - 1]))
            SM_FAIL(err, SM_EFORMAT, "%s: feature %zu: hashes must rise, below 2^%d", path, i,
                    HASH_BITS);
    }
    for (size_t i = 0; i < m->n * m->columns; i++, p += 2)
        m->weights[i] = (int16_t)sm_get_u16(p);
    return SM_OK;
}

static int get_model(sm_classifier *m, const char *path, sm_span file, sm_error *err)
{
    sm_span header = {NULL, 0}, weights = {NULL, 0};
    SM_TRY(check_file(path, file, &header, &weights, err));
    const int status = classify_header_read(m, path, header, err);
    if (status < 0) { /* no configuration of the user, whom SM_EUSAGE would blame */
        if (err) err->code = SM_EFORMAT;
        return SM_EFORMAT;
    }
    return get_weights(m, path, weights, err);
}

int sm_classifier_read(sm_classifier **model, const char *path, sm_error *err)
{
    sm_buffer file = sm_buffer_make((size_t)SM_CLASSIFIER_MODEL_MAX);
    sm_classifier *const m = sm_calloc(1, sizeof *m);
    int status = sm_file_read(path, &file, err);
    if (status == SM_OK) status = get_model(m, path, sm_buffer_span(&file), err);
    sm_buffer_free(&file);
    *model = status == SM_OK ? m : NULL;
    if (status < 0) sm_classifier_free(m);
    return status;
}
