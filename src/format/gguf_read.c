/* Reading GGUF: see seimai/gguf.h. Everything is checked against the end of the file before it is used.
 * SPDX-License-Identifier: MIT */
#include "gguf_internal.h"

#include <seimai/file.h>

#include <stdlib.h>
#include <string.h>

struct sm_gguf {
    sm_map map;
    sm_gguf_pair *pairs;
    size_t n_pairs;
    sm_gguf_tensor *tensors;
    size_t n_tensors;
    sm_arena arena;
};

/* A place in the file. What is asked for past its end sets `cut` and gives zeros: one check after a group of reads
 * is enough, as nothing is believed before it. */
typedef struct cursor {
    sm_span file;
    size_t at;
    bool cut;
    const char *path;
    sm_error *err;
} cursor;

static int cut_file(const cursor *c)
{
    SM_FAIL(c->err, SM_ETRUNC, "%s: offset %zu: the file is cut: its header asks for more",
            c->path, c->at);
}

static const char *take(cursor *c, uint64_t n)
{
    if (c->cut || n > c->file.n - c->at) {
        c->cut = true;
        return NULL;
    }
    const char *p = c->file.p + c->at;
    c->at += (size_t)n;
    return p;
}

static uint32_t take_u32(cursor *c)
{
    const char *p = take(c, 4);
    return p ? sm_get_u32(p) : 0;
}

static uint64_t take_u64(cursor *c)
{
    const char *p = take(c, 8);
    return p ? sm_get_u64(p) : 0;
}

static sm_span take_string(cursor *c)
{
    const uint64_t n = take_u64(c);
    const char *p = take(c, n);
    return p ? (sm_span){p, (size_t)n} : (sm_span){0};
}

/* Every one of n things has at least `least` bytes: so memory for them is bounded by the file. */
static bool can_hold(cursor *c, uint64_t n, size_t least)
{
    if (n > (c->file.n - c->at) / least) c->cut = true;
    return !c->cut;
}

/* ---- values ----------------------------------------------------------------------------- */

static int read_type(cursor *c, sm_gguf_type *type)
{
    const uint32_t number = take_u32(c);
    if (c->cut) return cut_file(c);
    if (number >= SM_GGUF_TYPES)
        SM_FAIL(c->err, SM_EFORMAT, "%s: offset %zu: there is no type %u", c->path, c->at - 4,
                number);
    *type = (sm_gguf_type)number;
    return SM_OK;
}

static int read_array(cursor *c, sm_arena *arena, sm_gguf_value *v)
{
    SM_TRY(read_type(c, &v->type));
    v->is_array = true;
    v->n = take_u64(c);
    if (v->type == SM_GGUF_ARRAY)
        SM_FAIL(c->err, SM_ENOSUP, "%s: offset %zu: an array of arrays", c->path, c->at);
    const size_t size = gguf_size(v->type);
    if (c->cut || !can_hold(c, v->n, size ? size : 8)) return cut_file(c);
    if (size) {
        v->as.numbers = take(c, v->n * size);
        return SM_OK;
    }
    sm_span *strings = sm_arena_alloc(arena, (size_t)v->n * sizeof *strings);
    for (uint64_t i = 0; i < v->n; i++)
        strings[i] = take_string(c);
    v->as.strings = strings;
    return c->cut ? cut_file(c) : SM_OK;
}

static int read_value(cursor *c, sm_arena *arena, sm_gguf_value *v)
{
    *v = (sm_gguf_value){.n = 1};
    SM_TRY(read_type(c, &v->type));
    if (v->type == SM_GGUF_ARRAY) return read_array(c, arena, v);
    if (v->type == SM_GGUF_STRING) {
        v->as.string = take_string(c);
        return c->cut ? cut_file(c) : SM_OK;
    }
    char bytes[8] = {0};
    const size_t size = gguf_size(v->type);
    const char *p = take(c, size);
    if (!p) return cut_file(c);
    memcpy(bytes, p, size);
    v->as.bits = sm_get_u64(bytes);
    return SM_OK;
}

static int read_pairs(sm_gguf *g, cursor *c, uint64_t n)
{
    enum { LEAST = 8 + 4 + 1 };
    if (!can_hold(c, n, LEAST)) return cut_file(c);
    g->pairs = sm_calloc((size_t)n, sizeof *g->pairs);
    for (; g->n_pairs < n; g->n_pairs++) {
        sm_gguf_pair *pair = &g->pairs[g->n_pairs];
        const sm_span key = take_string(c);
        if (c->cut) return cut_file(c);
        if (key.n == 0 || key.n > GGUF_KEY_MAX || memchr(key.p, 0, key.n))
            SM_FAIL(c->err, SM_EFORMAT, "%s: offset %zu: pair %zu has no proper key", c->path,
                    c->at, g->n_pairs);
        pair->key = sm_arena_copy(&g->arena, key).p;
        SM_TRY(read_value(c, &g->arena, &pair->value));
    }
    return SM_OK;
}

/* ---- tensors ---------------------------------------------------------------------------- */

static int read_tensor(cursor *c, sm_gguf_tensor *t, uint64_t *offset)
{
    t->name = take_string(c);
    t->n_dims = take_u32(c);
    if (!c->cut && (t->n_dims < 1 || t->n_dims > SM_GGUF_DIMS))
        SM_FAIL(c->err, SM_EFORMAT, "%s: offset %zu: a tensor of %zu dimensions", c->path,
                c->at, t->n_dims);
    for (size_t i = 0; i < t->n_dims && !c->cut; i++)
        t->dims[i] = take_u64(c);
    t->type = take_u32(c);
    *offset = take_u64(c);
    return c->cut ? cut_file(c) : SM_OK;
}

/* Tensors lie one behind the other, as every writer has them. `data` is where the data begins. */
static int place_tensor(const cursor *c, sm_gguf_tensor *t, uint64_t data, uint64_t offset,
                        uint64_t *end, uint64_t alignment)
{
    uint64_t bytes = 0;
    const int length = (int)(t->name.n < 200 ? t->name.n : 200);
    if (!gguf_tensor_type_known(t->type))
        SM_FAIL(c->err, SM_ENOSUP, "%s: tensor '%.*s' has type %u", c->path, length, t->name.p,
                t->type);
    if (!gguf_tensor_bytes(t, &bytes))
        SM_FAIL(c->err, SM_EFORMAT, "%s: tensor '%.*s': impossible dimensions", c->path, length,
                t->name.p);
    if (offset % alignment || offset < *end)
        SM_FAIL(c->err, SM_EFORMAT,
                "%s: tensor '%.*s': its offset %llu is not aligned or overlaps", c->path,
                length, t->name.p, (unsigned long long)offset);
    if (data > c->file.n || offset > c->file.n - data || bytes > c->file.n - data - offset)
        SM_FAIL(c->err, SM_ETRUNC, "%s: tensor '%.*s' is cut: it ends past the file", c->path,
                length, t->name.p);
    t->bytes = (sm_span){c->file.p + data + offset, (size_t)bytes};
    *end = offset + bytes;
    return SM_OK;
}

static int read_tensors(sm_gguf *g, cursor *c, uint64_t n, uint64_t alignment)
{
    enum { LEAST = 8 + 4 + 8 + 4 + 8 };
    if (!can_hold(c, n, LEAST)) return cut_file(c);
    uint64_t *offsets = sm_arena_alloc(&g->arena, (size_t)n * sizeof *offsets);
    g->tensors = sm_calloc((size_t)n, sizeof *g->tensors);
    for (; g->n_tensors < n; g->n_tensors++)
        SM_TRY(read_tensor(c, &g->tensors[g->n_tensors], &offsets[g->n_tensors]));
    const uint64_t data = gguf_aligned(c->at, alignment);
    uint64_t end = 0;
    for (size_t i = 0; i < n; i++)
        SM_TRY(place_tensor(c, &g->tensors[i], data, offsets[i], &end, alignment));
    return SM_OK;
}

/* ---- the file --------------------------------------------------------------------------- */

static int check_start(cursor *c)
{
    const char *magic = take(c, 4);
    if (!magic || memcmp(magic, GGUF_MAGIC, 4) != 0)
        SM_FAIL(c->err, SM_EFORMAT, "%s: not a GGUF file", c->path);
    const uint32_t version = take_u32(c);
    if (c->cut) return cut_file(c);
    if (version == GGUF_VERSION) return SM_OK;
    const bool swapped = version == (uint32_t)GGUF_VERSION << 24;
    SM_FAIL(c->err, SM_ENOSUP, "%s: %s", c->path,
            swapped ? "a big-endian file" : "only version 3 is read");
}

static int check_names(const sm_gguf *g, const cursor *c)
{
    const size_t most = g->n_pairs > g->n_tensors ? g->n_pairs : g->n_tensors;
    sm_span *names = sm_calloc(most, sizeof *names);
    for (size_t i = 0; i < g->n_pairs; i++)
        names[i] = sm_span_of(g->pairs[i].key);
    const sm_span *twice = gguf_twice(names, g->n_pairs);
    for (size_t i = 0; !twice && i < g->n_tensors; i++)
        names[i] = g->tensors[i].name;
    if (!twice) twice = gguf_twice(names, g->n_tensors);
    int status = SM_OK;
    if (twice)
        status = sm_error_set(c->err, SM_EFORMAT, "%s: '%.*s' comes twice", c->path,
                              (int)(twice->n < 200 ? twice->n : 200), twice->p);
    sm_free(names);
    return status;
}

static int read_alignment(const sm_gguf *g, const cursor *c, uint64_t *alignment)
{
    const sm_gguf_value *v = sm_gguf_find(g, GGUF_ALIGN_KEY);
    *alignment = v ? sm_gguf_integer(v, 0) : SM_GGUF_ALIGNMENT;
    const bool fine =
        !v || (v->type == SM_GGUF_U32 && !v->is_array && *alignment > 0 && *alignment % 8 == 0);
    if (fine) return SM_OK;
    SM_FAIL(c->err, SM_EFORMAT, "%s: %s is no multiple of 8", c->path, GGUF_ALIGN_KEY);
}

static int read_all(sm_gguf *g, cursor *c)
{
    uint64_t alignment = 0;
    SM_TRY(check_start(c));
    const uint64_t n_tensors = take_u64(c), n_pairs = take_u64(c);
    if (c->cut) return cut_file(c);
    SM_TRY(read_pairs(g, c, n_pairs));
    SM_TRY(read_alignment(g, c, &alignment));
    SM_TRY(read_tensors(g, c, n_tensors, alignment));
    return check_names(g, c);
}

int sm_gguf_open(sm_gguf **file, const char *path, sm_error *err)
{
    sm_gguf *g = sm_calloc(1, sizeof *g);
    *file = NULL;
    int status = sm_map_open(&g->map, path, err);
    if (status == SM_OK) {
        cursor c = {.file = g->map.bytes, .path = path, .err = err};
        status = read_all(g, &c);
        if (status == SM_OK) *file = g;
        if (status < 0) sm_gguf_close(g);
        return status;
    }
    sm_free(g);
    return status;
}

void sm_gguf_close(sm_gguf *file)
{
    if (!file) return;
    sm_map_close(&file->map);
    sm_free(file->pairs);
    sm_free(file->tensors);
    sm_arena_free(&file->arena);
    sm_free(file);
}

/* ---- looking at it ---------------------------------------------------------------------- */

const sm_gguf_value *sm_gguf_find(const sm_gguf *file, const char *key)
{
    for (size_t i = 0; i < file->n_pairs; i++)
        if (strcmp(file->pairs[i].key, key) == 0) return &file->pairs[i].value;
    return NULL;
}

size_t sm_gguf_pairs(const sm_gguf *file)
{
    return file->n_pairs;
}

const sm_gguf_pair *sm_gguf_pair_at(const sm_gguf *file, size_t i)
{
    return &file->pairs[i];
}

size_t sm_gguf_tensors(const sm_gguf *file)
{
    return file->n_tensors;
}

const sm_gguf_tensor *sm_gguf_tensor_at(const sm_gguf *file, size_t i)
{
    return &file->tensors[i];
}

const sm_gguf_tensor *sm_gguf_tensor_find(const sm_gguf *file, sm_span name)
{
    for (size_t i = 0; i < file->n_tensors; i++)
        if (sm_span_equal(file->tensors[i].name, name)) return &file->tensors[i];
    return NULL;
}
