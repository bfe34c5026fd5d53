/* nn_fixture.h - the tiny models of tests/fixtures/nn (made by make_fixtures.py beside them).
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_NN_FIXTURE_H
#define SEIMAI_NN_FIXTURE_H

#include <math.h>

#include <seimai/net.h>

#include "test.h"

typedef struct fixture {
    sm_model_config model;
    sm_config index;
    float *data;
    size_t n_floats;
} fixture;

static inline void fixture_path(char *path, size_t n, const char *name, const char *file)
{
    const char *source = getenv("SEIMAI_SOURCE");
    (void)snprintf(path, n, "%s/tests/fixtures/nn/%s/%s", source ? source : ".", name, file);
}

/* The whole of data.bin; assumes a little-endian machine, as float files do. */
static inline void fixture_data(fixture *f, const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    f->n_floats = (size_t)ftell(file) / sizeof(float);
    rewind(file);
    f->data = sm_malloc(f->n_floats * sizeof(float));
    assert_int_equal(fread(f->data, sizeof(float), f->n_floats, file), f->n_floats);
    (void)fclose(file);
}

static inline void fixture_open(fixture *f, const char *name)
{
    char path[1200];
    sm_error err = {0};
    fixture_path(path, sizeof path, name, "config.json");
    assert_ok(sm_model_config_load(&f->model, path, &err), &err);
    fixture_path(path, sizeof path, name, "index.json");
    assert_ok(sm_config_read(&f->index, path, &err), &err);
    fixture_path(path, sizeof path, name, "data.bin");
    fixture_data(f, path);
}

static inline void fixture_close(fixture *f)
{
    sm_config_free(&f->index);
    sm_free(f->data);
}

static inline const sm_value *fixture_get(const fixture *f, const char *key)
{
    const sm_value *v = sm_value_get(&f->index.root, key);
    assert_non_null(v);
    return v;
}

static inline double fixture_number(const sm_value *v)
{
    return v->kind == SM_INT ? (double)v->as.integer : v->as.real;
}

/* "w." + name and so on; NULL where there is none. */
static inline const float *fixture_tensor(const fixture *f, const char *kind, const char *name)
{
    char key[300];
    (void)snprintf(key, sizeof key, "%s%s", kind, name);
    const sm_value *v = sm_value_get(fixture_get(f, "tensors"), key);
    if (!v) return NULL;
    return f->data + sm_value_get(v, "offset")->as.integer;
}

/* Fills a flat vector from the tensors of one kind ("w.", "g.", "s."). */
static inline void fixture_vector(const fixture *f, const char *kind, const sm_params *params,
                                  float *v)
{
    for (size_t i = 0; i < params->n; i++) {
        const float *from = fixture_tensor(f, kind, params->items[i].name);
        assert_non_null(from);
        memcpy(v + params->items[i].offset, from, params->items[i].n * sizeof(float));
    }
}

static inline void fixture_ids(const sm_value *list, uint32_t *ids)
{
    for (size_t i = 0; i < list->n; i++)
        ids[i] = (uint32_t)list->items[i].as.integer;
}

/* The batch, with the documents of row 1 packed. */
static inline sm_batch *fixture_batch(const fixture *f)
{
    sm_batch *batch = sm_batch_new((uint32_t)fixture_get(f, "B")->as.integer,
                                   (uint32_t)fixture_get(f, "T")->as.integer);
    fixture_ids(fixture_get(f, "ids"), batch->ids);
    fixture_ids(fixture_get(f, "target"), batch->target);
    const sm_value *weight = fixture_get(f, "weight");
    for (size_t i = 0; i < weight->n; i++)
        batch->weight[i] = (float)weight->items[i].as.integer;
    sm_batch_documents(batch, (uint32_t)fixture_get(f, "eot")->as.integer);
    return batch;
}

/* ‖x − y‖ / ‖y‖ */
static inline double relative_norm(const float *x, const float *y, size_t n)
{
    double off = 0.0, size = 0.0;
    for (size_t i = 0; i < n; i++) {
        off += ((double)x[i] - (double)y[i]) * ((double)x[i] - (double)y[i]);
        size += (double)y[i] * (double)y[i];
    }
    return sqrt(off / size);
}

#endif
