/* The line of descent as text, and what two models differ in: see seimai/lineage.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/lineage.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <seimai/file.h>
#include <seimai/safetensors.h>

#include "run/run_internal.h"

/* A member as text: strings as they are, numbers in six digits; NULL for one that is missing, null or a list. */
static const char *text_of(sm_arena *arena, const sm_value *v)
{
    if (!v) return NULL;
    switch (v->kind) {
    case SM_STRING: return v->as.string.p;
    case SM_INT: return sm_arena_printf(arena, "%lld", (long long)v->as.integer);
    case SM_REAL: return sm_arena_printf(arena, "%.6g", v->as.real);
    case SM_BOOL: return v->as.boolean ? "true" : "false";
    case SM_NULL:
    case SM_LIST:
    case SM_MAP: break;
    }
    return NULL;
}

static const char *member(sm_arena *arena, const sm_value *map, const char *key)
{
    const char *const text = text_of(arena, sm_value_get(map, key));
    return text ? text : "?";
}

/* ---- log ------------------------------------------------------------------------------------------------- */

static void put_set(sm_buffer *out, sm_arena *arena, const char *label, const sm_value *set)
{
    const sm_value *const share = sm_value_get(set, "share");
    sm_buffer_printf(out, "  %-10s  %s: %s documents, %s tokens", label,
                     member(arena, set, "dir"), member(arena, set, "documents"),
                     member(arena, set, "tokens"));
    if (share && share->kind == SM_REAL && share->as.real < 1.0)
        sm_buffer_printf(out, ", %.1f %% of the samples", 100.0 * share->as.real);
    sm_buffer_printf(out, "\n              %s\n", member(arena, set, "hash"));
}

/* Members of a map on lines of up to 80 columns. */
static void put_members(sm_buffer *out, sm_arena *arena, const char *label, const sm_value *map)
{
    enum { INDENT = 14, WIDTH = 80, GAP = 2 };
    size_t column = 0;
    for (size_t i = 0; map && map->kind == SM_MAP && i < map->n; i++) {
        const char *const value = text_of(arena, map->items + i);
        if (!value) continue;
        const size_t width = map->keys[i].n + 1 + strlen(value);
        const bool fits = column > 0 && column + GAP + width <= WIDTH;
        if (fits)
            sm_buffer_puts(out, "  ");
        else
            sm_buffer_printf(out, "%s  %-10s  ", column > 0 ? "\n" : "",
                             column > 0 ? "" : label);
        sm_buffer_printf(out, "%.*s %s", (int)map->keys[i].n, map->keys[i].p, value);
        column = (fits ? column + GAP : INDENT) + width;
    }
    if (column > 0) sm_buffer_putc(out, '\n');
}

static void put_parents(sm_buffer *out, sm_arena *arena, const sm_value *parents)
{
    for (size_t i = 0; parents && parents->kind == SM_LIST && i < parents->n; i++)
        sm_buffer_printf(out, "  %-10s  %s\n              %s\n", i > 0 ? "" : "from",
                         member(arena, parents->items + i, "dir"),
                         member(arena, parents->items + i, "weights"));
}

static void put_entry(sm_buffer *out, sm_arena *arena, const sm_value *e)
{
    const sm_value *const data = sm_value_get(e, "data");
    sm_buffer_printf(out, "%s\n  %-10s  %s", member(arena, e, "weights"), "made by",
                     member(arena, e, "by"));
    if (sm_value_get(e, "step"))
        sm_buffer_printf(out, ", %s steps, %s tokens, seed %s", member(arena, e, "step"),
                         member(arena, e, "tokens"), member(arena, e, "seed"));
    sm_buffer_putc(out, '\n');
    for (size_t i = 0; data && data->kind == SM_LIST && i < data->n; i++)
        put_set(out, arena, i > 0 ? "" : "data", data->items + i);
    const sm_value *const validation = sm_value_get(e, "validation");
    if (validation && validation->kind == SM_MAP) put_set(out, arena, "validated", validation);
    put_members(out, arena, "scores", sm_value_get(e, "scores"));
    put_members(out, arena, "options", sm_value_get(e, "settings"));
    if (text_of(arena, sm_value_get(e, "tokenizer")))
        sm_buffer_printf(out, "  %-10s  %s\n", "tokenizer", member(arena, e, "tokenizer"));
    put_parents(out, arena, sm_value_get(e, "parents"));
}

int sm_lineage_log(const char *dir, sm_buffer *text, sm_error *err)
{
    sm_config file = {0};
    sm_arena arena = {0};
    const sm_value *models = NULL;
    sm_hash128 hash;
    char hex[SM_HASH_HEX + 1];
    int status = sm_lineage_weights(dir, &hash, err);
    const int found = status < 0 ? status : sm_lineage_read(&file, &models, dir, err);
    if (found < 0) status = found;
    if (found == 0) {
        sm_hash128_hex(hash, hex);
        sm_buffer_printf(text, "%s\n  no lineage.json: it was made elsewhere\n", hex);
    }
    for (size_t i = 0; found > 0 && i < models->n; i++)
        put_entry(text, &arena, models->items + i);
    sm_arena_free(&arena);
    sm_config_free(&file);
    return status;
}

/* ---- differences -------------------------------------------------------------------------------------------- */

typedef struct change_list {
    sm_lineage_change *items;
    size_t n, cap;
    sm_arena *arena;
} change_list;

static void add_change(change_list *list, const char *what, const char *key, const char *a,
                       const char *b)
{
    if ((!a && !b) || (a && b && strcmp(a, b) == 0)) return;
    list->items = sm_array_grow(list->items, list->n, &list->cap, sizeof *list->items);
    list->items[list->n++] = (sm_lineage_change){what, key, a, b};
}

static const char *copied(change_list *list, const sm_value *v)
{
    const char *const text = text_of(list->arena, v);
    return text ? sm_arena_copy(list->arena, sm_span_of(text)).p : NULL;
}

/* The scalar members of two maps: those of `a` in its order, then what only `b` has. */
static void compare_maps(change_list *list, const char *what, const sm_value *a,
                         const sm_value *b)
{
    for (size_t i = 0; a && a->kind == SM_MAP && i < a->n; i++) {
        const char *const key = sm_arena_copy(list->arena, a->keys[i]).p;
        add_change(list, what, key, copied(list, a->items + i),
                   copied(list, sm_value_get(b, key)));
    }
    for (size_t i = 0; b && b->kind == SM_MAP && i < b->n; i++) {
        const char *const key = sm_arena_copy(list->arena, b->keys[i]).p;
        if (!sm_value_get(a, key))
            add_change(list, what, key, NULL, copied(list, b->items + i));
    }
}

/* The set of a list whose manifest has that hash. */
static const sm_value *set_of(const sm_value *list, const sm_value *hash)
{
    for (size_t i = 0; list && list->kind == SM_LIST && hash && i < list->n; i++) {
        const sm_value *const h = sm_value_get(list->items + i, "hash");
        if (h && h->kind == SM_STRING && sm_span_equal(h->as.string, hash->as.string))
            return list->items + i;
    }
    return NULL;
}

static const char *set_text(change_list *list, const sm_value *set)
{
    if (!set) return NULL;
    const sm_value *const share = sm_value_get(set, "share");
    return sm_arena_printf(list->arena, "%s documents, %s tokens, %.1f %% of the samples",
                           member(list->arena, set, "documents"),
                           member(list->arena, set, "tokens"),
                           share && share->kind == SM_REAL ? 100.0 * share->as.real : 100.0);
}

/* Sets of `a`, and what `b` makes of them; `turned` for those that only the other has. */
static void compare_data(change_list *list, const sm_value *a, const sm_value *b, bool turned)
{
    for (size_t i = 0; a && a->kind == SM_LIST && i < a->n; i++) {
        const sm_value *const set = a->items + i;
        const sm_value *const other = set_of(b, sm_value_get(set, "hash"));
        const char *const dir = copied(list, sm_value_get(set, "dir"));
        if (turned && !other) add_change(list, "data", dir, NULL, set_text(list, set));
        if (!turned) add_change(list, "data", dir, set_text(list, set), set_text(list, other));
    }
}

static int compare_configs(change_list *list, const char *a, const char *b, sm_error *err)
{
    sm_config files[2] = {0};
    const char *const dirs[2] = {a, b};
    int status = SM_OK;
    for (int i = 0; i < 2 && status >= 0; i++) {
        char *const path = run_path(dirs[i], "config.json");
        if (sm_file_exists(path)) status = sm_config_read(files + i, path, err);
        sm_free(path);
    }
    if (status >= 0) compare_maps(list, "config", &files[0].root, &files[1].root);
    sm_config_free(files);
    sm_config_free(files + 1);
    return status;
}

static int compare_entries(change_list *list, const char *a, const char *b, sm_error *err)
{
    sm_config files[2] = {0};
    const sm_value *models[2] = {NULL, NULL};
    int status = sm_lineage_read(files, models, a, err);
    if (status >= 0) status = sm_lineage_read(files + 1, models + 1, b, err);
    const sm_value *const x = models[0] ? models[0]->items : NULL;
    const sm_value *const y = models[1] ? models[1]->items : NULL;
    if (status >= 0) {
        compare_maps(list, "model", x, y);
        compare_data(list, sm_value_get(x, "data"), sm_value_get(y, "data"), false);
        compare_data(list, sm_value_get(y, "data"), sm_value_get(x, "data"), true);
        compare_maps(list, "option", sm_value_get(x, "settings"), sm_value_get(y, "settings"));
        compare_maps(list, "score", sm_value_get(x, "scores"), sm_value_get(y, "scores"));
    }
    sm_config_free(files);
    sm_config_free(files + 1);
    return status;
}

int sm_lineage_diff(const char *a, const char *b, sm_arena *arena,
                    const sm_lineage_change **changes, size_t *n, sm_error *err)
{
    change_list list = {.arena = arena};
    int status = compare_configs(&list, a, b, err);
    if (status >= 0) status = compare_entries(&list, a, b, err);
    sm_lineage_change *const kept = sm_arena_alloc(arena, (list.n + 1) * sizeof *kept);
    if (list.n > 0) memcpy(kept, list.items, list.n * sizeof *kept);
    sm_free(list.items);
    *changes = kept;
    *n = list.n;
    return status < 0 ? status : SM_OK;
}

/* ---- weights -------------------------------------------------------------------------------------------------- */

static int open_weights(sm_safetensors **set, const char *dir, sm_error *err)
{
    char *const path = lineage_weights_path(dir, err);
    const int status = path ? sm_safetensors_open(set, path, err) : SM_ENOENT;
    sm_free(path);
    return status;
}

static bool same_shape(const sm_stored_tensor *a, const sm_stored_tensor *b)
{
    bool same = b && a->n_dims == b->n_dims;
    for (uint32_t d = 0; same && d < a->n_dims; d++)
        same = a->shape[d] == b->shape[d];
    return same;
}

/* Adds ‖b − a‖² and ‖a‖² of a tensor. */
static int measure(const sm_stored_tensor *a, const sm_stored_tensor *b, double sums[2],
                   sm_error *err)
{
    const size_t n = (size_t)sm_stored_tensor_count(a);
    float *const x = sm_vector_new(2 * n), *const y = x + n;
    int status = sm_stored_tensor_read(a, x, err);
    if (status >= 0) status = sm_stored_tensor_read(b, y, err);
    for (size_t i = 0; status >= 0 && i < n; i++) {
        const double d = (double)y[i] - (double)x[i];
        sums[0] += d * d;
        sums[1] += (double)x[i] * (double)x[i];
    }
    sm_vector_free(x);
    return status;
}

static double ratio(const double sums[2])
{
    if (sums[1] > 0.0) return sqrt(sums[0] / sums[1]);
    return sums[0] > 0.0 ? (double)INFINITY : 0.0;
}

static int by_distance(const void *a, const void *b)
{
    const double x = ((const sm_weight_change *)a)->distance;
    const double y = ((const sm_weight_change *)b)->distance;
    return x == y ? 0 : x < y ? 1 : -1;
}

static int measure_all(const sm_safetensors *a, const sm_safetensors *b, sm_arena *arena,
                       sm_weight_change *list, size_t *n, double *whole, sm_error *err)
{
    double all[2] = {0.0, 0.0};
    for (size_t i = 0; i < sm_safetensors_count(a); i++) {
        const sm_stored_tensor *const x = sm_safetensors_at(a, i);
        const sm_stored_tensor *const y = sm_safetensors_find(b, x->name);
        double sums[2] = {0.0, 0.0};
        if (!same_shape(x, y)) continue;
        SM_TRY(measure(x, y, sums, err));
        list[(*n)++] = (sm_weight_change){sm_arena_copy(arena, x->name), ratio(sums)};
        all[0] += sums[0];
        all[1] += sums[1];
    }
    *whole = *n > 0 ? ratio(all) : (double)NAN;
    if (*n > 1) qsort(list, *n, sizeof *list, by_distance);
    return SM_OK;
}

int sm_lineage_distance(const char *a, const char *b, sm_arena *arena,
                        sm_weight_change **tensors, size_t *n, double *whole, sm_error *err)
{
    sm_safetensors *x = NULL, *y = NULL;
    *n = 0;
    int status = open_weights(&x, a, err);
    if (status >= 0) status = open_weights(&y, b, err);
    if (status >= 0) {
        *tensors = sm_arena_alloc(arena, (sm_safetensors_count(x) + 1) * sizeof **tensors);
        status = measure_all(x, y, arena, *tensors, n, whole, err);
    }
    sm_safetensors_close(x);
    sm_safetensors_close(y);
    return status;
}
