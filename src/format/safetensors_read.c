/* Reading safetensors, one file or an index of several: see seimai/safetensors.h.
 * SPDX-License-Identifier: MIT */
#include "format_internal.h"

#include <seimai/config.h>
#include <seimai/file.h>
#include <seimai/safetensors.h>

#include <stdlib.h>
#include <string.h>

enum { HEADER_MAX = 100 << 20 }; /* bytes of JSON, the limit of the format's own library */

typedef struct part { /* one mapped file */
    char *path;
    sm_map map;
    sm_config header;
} part;

struct sm_safetensors {
    part *parts;
    size_t n_parts;
    sm_stored_tensor *tensors; /* in the order of their bytes */
    size_t n, cap;
    const sm_stored_tensor **by_name;
};

static sm_span strip_end(sm_span s, char c)
{
    while (s.n && s.p[s.n - 1] == c)
        s.n--;
    return s;
}

/* ---- one tensor of a header --------------------------------------------------------------- */

static int read_shape(sm_stored_tensor *t, const sm_value *shape, sm_error *err)
{
    if (!shape || shape->kind != SM_LIST || shape->n > SM_TENSOR_DIMS)
        return sm_error_set(err, SM_EFORMAT, "shape is not a list of at most %d numbers",
                            SM_TENSOR_DIMS);
    t->n_dims = shape->n;
    for (size_t i = 0; i < shape->n; i++) {
        const sm_value *v = &shape->items[i];
        if (v->kind != SM_INT || v->as.integer < 0)
            return sm_error_set(err, SM_EFORMAT, "shape has an entry that is no count");
        t->shape[i] = (uint64_t)v->as.integer;
    }
    return SM_OK;
}

static int read_dtype(sm_stored_tensor *t, const sm_value *dtype, sm_error *err)
{
    if (!dtype || dtype->kind != SM_STRING)
        return sm_error_set(err, SM_EFORMAT, "dtype is missing or no string");
    if (dtype_of(dtype->as.string, &t->dtype)) return SM_OK;
    return sm_error_set(err, SM_ENOSUP, "dtype '%.*s' is not supported",
                        (int)dtype->as.string.n, dtype->as.string.p);
}

static int read_offsets(sm_stored_tensor *t, const sm_value *pair, sm_span data, sm_error *err)
{
    if (!pair || pair->kind != SM_LIST || pair->n != 2 || pair->items[0].kind != SM_INT ||
        pair->items[1].kind != SM_INT)
        return sm_error_set(err, SM_EFORMAT, "data_offsets is not a pair of numbers");
    const int64_t begin = pair->items[0].as.integer, end = pair->items[1].as.integer;
    if (begin < 0 || end < begin)
        return sm_error_set(err, SM_EFORMAT, "data_offsets run backwards");
    if ((uint64_t)end > data.n)
        return sm_error_set(err, SM_ETRUNC, "the file is cut: data ends at %lld of %zu bytes",
                            (long long)end, data.n);
    uint64_t bytes = 0;
    if (!tensor_bytes(t, &bytes) || bytes != (uint64_t)(end - begin))
        return sm_error_set(err, SM_EFORMAT, "shape and data_offsets disagree");
    t->bytes = (sm_span){data.p + begin, (size_t)(end - begin)};
    return SM_OK;
}

static int read_tensor(sm_stored_tensor *t, const sm_value *entry, sm_span data, sm_error *err)
{
    static const char *const keys[] = {"dtype", "shape", "data_offsets", NULL};
    if (entry->kind != SM_MAP)
        return sm_error_set(err, SM_EFORMAT, "its entry is a %s, no map",
                            sm_kind_name(entry->kind));
    if (sm_value_only(entry, keys, NULL) < 0)
        return sm_error_set(err, SM_EFORMAT, "its entry has an unknown key");
    SM_TRY(read_dtype(t, sm_value_get(entry, "dtype"), err));
    SM_TRY(read_shape(t, sm_value_get(entry, "shape"), err));
    return read_offsets(t, sm_value_get(entry, "data_offsets"), data, err);
}

/* ---- one file ----------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
    const sm_stored_tensor *x = a, *y = b;
    if (x->bytes.p != y->bytes.p) return x->bytes.p < y->bytes.p ? -1 : 1;
    if (x->bytes.n != y->bytes.n) return x->bytes.n < y->bytes.n ? -1 : 1;
    return sm_span_order(x->name, y->name); /* empty tensors in one place */
}

/* The tensors from `first` on must cover the data from end to end. */
static int check_cover(sm_safetensors *set, size_t first, sm_span data, const char *path,
                       sm_error *err)
{
    if (set->n > first)
        qsort(set->tensors + first, set->n - first, sizeof *set->tensors, by_place);
    const char *at = data.p;
    for (size_t i = first; i < set->n; i++) {
        const sm_stored_tensor *t = &set->tensors[i];
        if (t->bytes.p != at)
            SM_FAIL(err, SM_EFORMAT, "%s: tensor '%.*s': the data before it has %s", path,
                    (int)t->name.n, t->name.p, t->bytes.p < at ? "an overlap" : "a hole");
        at += t->bytes.n;
    }
    if (at == data.p + data.n) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: %zu bytes follow the last tensor", path,
            (size_t)(data.p + data.n - at));
}

static int check_notes(const sm_value *notes, const char *path, sm_error *err)
{
    bool fine = notes->kind == SM_MAP;
    for (size_t i = 0; fine && i < notes->n; i++)
        fine = notes->items[i].kind == SM_STRING;
    if (fine) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: __metadata__ is not a map of strings", path);
}

static int read_entries(sm_safetensors *set, part *p, sm_span data, sm_error *err)
{
    const size_t first = set->n;
    const sm_value *root = &p->header.root;
    for (size_t i = 0; i < root->n; i++) {
        if (sm_span_equal(root->keys[i], SM_SPAN("__metadata__"))) {
            SM_TRY(check_notes(&root->items[i], p->path, err));
            continue;
        }
        set->tensors = sm_array_grow(set->tensors, set->n, &set->cap, sizeof *set->tensors);
        sm_stored_tensor *t = &set->tensors[set->n++];
        *t = (sm_stored_tensor){.name = root->keys[i]};
        const int status = read_tensor(t, &root->items[i], data, err);
        if (status < 0)
            sm_error_prefix(err, "%s: tensor '%.*s'", p->path, (int)t->name.n, t->name.p);
        SM_TRY(status);
    }
    return check_cover(set, first, data, p->path, err);
}

/* Takes `path`; what was opened is closed with the set, also after a failure. */
static int read_part(sm_safetensors *set, char *path, sm_error *err)
{
    set->parts = sm_realloc(set->parts, (set->n_parts + 1) * sizeof *set->parts);
    part *p = &set->parts[set->n_parts++];
    *p = (part){.path = path};
    SM_TRY(sm_map_open(&p->map, path, err));
    const sm_span file = p->map.bytes;
    if (file.n < 8) SM_FAIL(err, SM_ETRUNC, "%s: no safetensors file: %zu bytes", path, file.n);
    const uint64_t header = sm_get_u64(file.p);
    if (header > HEADER_MAX)
        SM_FAIL(err, SM_EFORMAT, "%s: no safetensors file: a header of %llu bytes", path,
                (unsigned long long)header);
    if (header > file.n - 8) SM_FAIL(err, SM_ETRUNC, "%s: the file ends in its header", path);
    const sm_span json = strip_end((sm_span){file.p + 8, (size_t)header}, ' ');
    if (!json.n || json.p[0] != '{')
        SM_FAIL(err, SM_EFORMAT, "%s: the header is no JSON object", path);
    if (sm_config_parse_json(&p->header, path, json, err) < 0) {
        if (err) err->code = SM_EFORMAT; /* a file of data, not wrong usage */
        return SM_EFORMAT;
    }
    return read_entries(set, p, (sm_span){file.p + 8 + header, file.n - 8 - (size_t)header},
                        err);
}

/* ---- an index of files -------------------------------------------------------------------- */

static char *beside(const char *path, sm_span name)
{
    const char *slash = strrchr(path, '/');
    sm_buffer b = sm_buffer_make(1 << 16);
    if (slash) sm_buffer_put(&b, (sm_span){path, (size_t)(slash - path) + 1});
    sm_buffer_put(&b, name);
    char *joined = sm_strdup(sm_buffer_span(&b));
    sm_buffer_free(&b);
    return joined;
}

static bool has_part(const sm_safetensors *set, const char *path)
{
    for (size_t i = 0; i < set->n_parts; i++)
        if (strcmp(set->parts[i].path, path) == 0) return true;
    return false;
}

static int read_index_entries(sm_safetensors *set, const char *path, const sm_value *map,
                              sm_error *err)
{
    if (!map || map->kind != SM_MAP)
        SM_FAIL(err, SM_EFORMAT, "%s: weight_map is missing or no map", path);
    for (size_t i = 0; i < map->n; i++) {
        const sm_value *file = &map->items[i];
        if (file->kind != SM_STRING || memchr(file->as.string.p, '/', file->as.string.n))
            SM_FAIL(err, SM_EFORMAT, "%s: weight_map: '%.*s' names no file beside it", path,
                    (int)map->keys[i].n, map->keys[i].p);
        char *name = beside(path, file->as.string);
        if (!has_part(set, name))
            SM_TRY(read_part(set, name, err));
        else
            sm_free(name);
    }
    return SM_OK;
}

static int check_index(const sm_safetensors *set, const char *path, const sm_value *map,
                       sm_error *err)
{
    for (size_t i = 0; i < map->n; i++)
        if (!sm_safetensors_find(set, map->keys[i]))
            SM_FAIL(err, SM_EFORMAT, "%s: tensor '%.*s' is in none of the files", path,
                    (int)map->keys[i].n, map->keys[i].p);
    if (set->n == map->n) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: the files hold %zu tensors, the index %zu", path, set->n,
            map->n);
}

static int sort_names(sm_safetensors *set, const char *path, sm_error *err)
{
    set->by_name = tensors_sort_by_name(set->tensors, set->n);
    for (size_t i = 1; i < set->n; i++)
        if (sm_span_equal(set->by_name[i - 1]->name, set->by_name[i]->name))
            SM_FAIL(err, SM_EFORMAT, "%s: tensor '%.*s' comes twice", path,
                    (int)set->by_name[i]->name.n, set->by_name[i]->name.p);
    return SM_OK;
}

static int read_index(sm_safetensors *set, const char *path, sm_error *err)
{
    sm_config index = {0};
    SM_TRY(sm_config_read(&index, path, err));
    const sm_value *map = sm_value_get(&index.root, "weight_map");
    int status = read_index_entries(set, path, map, err);
    if (status == SM_OK) status = sort_names(set, path, err);
    if (status == SM_OK) status = check_index(set, path, map, err);
    sm_config_free(&index);
    return status;
}

static int read_single(sm_safetensors *set, const char *path, sm_error *err)
{
    SM_TRY(read_part(set, sm_strdup(sm_span_of(path)), err));
    return sort_names(set, path, err);
}

int sm_safetensors_open(sm_safetensors **set, const char *path, sm_error *err)
{
    sm_safetensors *s = sm_calloc(1, sizeof *s);
    const bool index = sm_span_ends(sm_span_of(path), SM_SPAN(".json"));
    const int status = index ? read_index(s, path, err) : read_single(s, path, err);
    if (status < 0) sm_safetensors_close(s);
    *set = status < 0 ? NULL : s;
    return status;
}

void sm_safetensors_close(sm_safetensors *set)
{
    if (!set) return;
    for (size_t i = 0; i < set->n_parts; i++) {
        sm_config_free(&set->parts[i].header);
        sm_map_close(&set->parts[i].map);
        sm_free(set->parts[i].path);
    }
    sm_free(set->parts);
    sm_free(set->tensors);
    sm_free(set->by_name);
    sm_free(set);
}

/* ---- looking at it ------------------------------------------------------------------------- */

size_t sm_safetensors_count(const sm_safetensors *set)
{
    return set->n;
}

const sm_stored_tensor *sm_safetensors_at(const sm_safetensors *set, size_t i)
{
    return &set->tensors[i];
}

const sm_stored_tensor *sm_safetensors_find(const sm_safetensors *set, sm_span name)
{
    size_t low = 0, high = set->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = sm_span_order(set->by_name[middle]->name, name);
        if (order == 0) return set->by_name[middle];
        if (order < 0) low = middle + 1;
        if (order > 0) high = middle;
    }
    return NULL;
}

sm_span sm_safetensors_metadata(const sm_safetensors *set, const char *key)
{
    const sm_value *notes = sm_value_get(&set->parts[0].header.root, "__metadata__");
    const sm_value *note = sm_value_get(notes, key);
    return note && note->kind == SM_STRING ? note->as.string : (sm_span){NULL, 0};
}
