/* The base of a LoRA run, read into fewer bits: see sm_base_read in seimai/adapter.h.
 * SPDX-License-Identifier: MIT */
#include "run/adapter_internal.h"

#include <string.h>

enum { PIECE = 1 << 16 }; /* floats at a time; blocks of the stored vector divide it */

typedef struct reader {
    sm_base *base;
    sm_storage type;
    float *w, *piece; /* (PIECE): floats that wait to be stored */
    size_t at, n;     /* they are elements [at, at + n) */
    sm_hasher *hasher;
} reader;

static void store(reader *r)
{
    if (r->n > 0)
        sm_stored_put(r->type, r->base->values, r->base->scales, r->at, r->piece, r->n);
    r->at += r->n;
    r->n = 0;
}

/* Between groups the rest of a block is 0. */
static void close_block(reader *r)
{
    const size_t rest = (SM_STORED_BLOCK - r->n % SM_STORED_BLOCK) % SM_STORED_BLOCK;
    memset(r->piece + r->n, 0, rest * sizeof *r->piece);
    r->n += rest;
    store(r);
}

/* n elements of a tensor from element `first` on, as a tensor of their own. */
static sm_stored_tensor part_of(const sm_stored_tensor *t, size_t first, size_t n)
{
    const size_t size = sm_dtype_size(t->dtype);
    return (sm_stored_tensor){.name = t->name,
                              .dtype = t->dtype,
                              .n_dims = 1,
                              .shape = {n},
                              .bytes = {t->bytes.p + first * size, n * size}};
}

static int take_stored(reader *r, const sm_param *p, const sm_stored_tensor *t, sm_error *err)
{
    if (p->offset != r->at + r->n) {
        close_block(r);
        r->at = p->offset;
    }
    for (size_t done = 0; done < p->n;) {
        const size_t room = PIECE - r->n, n = p->n - done < room ? p->n - done : room;
        const sm_stored_tensor part = part_of(t, done, n);
        SM_TRY(sm_stored_tensor_read(&part, r->piece + r->n, err));
        sm_hasher_add(r->hasher,
                      (sm_span){(const char *)(r->piece + r->n), n * sizeof *r->piece});
        done += n;
        r->n += n;
        if (r->n == PIECE) store(r);
    }
    return SM_OK;
}

static int take(void *state, const sm_param *p, const sm_stored_tensor *t, sm_error *err)
{
    reader *const r = state;
    sm_hasher_add(r->hasher, sm_span_of(p->name));
    if (p->stored) return take_stored(r, p, t, err);
    SM_TRY(sm_stored_tensor_read(t, r->w + p->offset, err));
    sm_hasher_add(r->hasher, (sm_span){(const char *)(r->w + p->offset), p->n * sizeof *r->w});
    return SM_OK;
}

int sm_base_read(sm_base *base, sm_storage type, const sm_params *params, float *w,
                 const char *dir, sm_error *err)
{
    *base = (sm_base){0};
    if (params->stored > 0) {
        base->values = sm_malloc(sm_stored_bytes(type, params->stored));
        base->scales = sm_malloc(sm_stored_scales(type, params->stored) * sizeof(float));
        base->stored = (sm_stored){type, base->values, base->scales};
    }
    reader r = {.base = base,
                .type = type,
                .w = w,
                .piece = sm_malloc((PIECE + SM_STORED_BLOCK) * sizeof(float)),
                .hasher = sm_hasher_new()};
    const int status = run_model_walk(params, dir, take, &r, err);
    if (params->stored > 0) close_block(&r);
    base->hash = sm_hasher_value(r.hasher);
    sm_hasher_free(r.hasher);
    sm_free(r.piece);
    return status;
}

void sm_base_free(sm_base *base)
{
    sm_free(base->values);
    sm_free(base->scales);
    *base = (sm_base){0};
}
