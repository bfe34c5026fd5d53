/* Reading the manifest of an index: nothing in it is believed before it was checked. See manifest.h.
 * SPDX-License-Identifier: MIT */
#include "manifest.h"

#include <seimai/config.h>
#include <seimai/file.h>
#include <string.h>

static const char first_line[] = "seimai-dedup-index 1 ";

enum {
    MANIFEST_MAX = 1 << 28,
    HEAD_BYTES = sizeof first_line - 1 + SM_HASH_HEX + 1,
    LEVEL_MAX = 64
};

#define NUMBER_MAX (INT64_MAX / PAGE_BYTES)

void index_manifest_free(index_manifest *m)
{
    sm_arena_free(&m->arena);
    *m = (index_manifest){0};
}

/* ---- names ---------------------------------------------------------------------------------- */

bool manifest_is_file_name(sm_span name)
{
    static const char *const kinds[] = {"documents-", "records-", "bands-", "texts-"};
    if (name.n >= INDEX_NAME) return false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const sm_span kind = sm_span_of(kinds[i]);
        if (!sm_span_starts(name, kind) || name.n == kind.n) continue;
        size_t digits = kind.n;
        while (digits < name.n && name.p[digits] >= '0' && name.p[digits] <= '9') {
            digits++;
        }
        return digits == name.n;
    }
    return false;
}

static bool state_names(const index_state *s, const char *name)
{
    for (size_t i = 0; i < s->bands.n; i++)
        if (!strcmp(s->bands.items[i].name, name)) return true;
    for (size_t i = 0; i < s->texts.n; i++)
        if (!strcmp(s->texts.items[i].name, name)) return true;
    return false;
}

bool manifest_names_file(const index_manifest *m, const char *name)
{
    return !strcmp(m->documents_file, name) || !strcmp(m->records_file, name) ||
           state_names(&m->now, name) || (m->has_before && state_names(&m->before, name));
}

/* ---- values --------------------------------------------------------------------------------- */

static int need(const sm_value *map, const char *key, sm_kind kind, const sm_value **v,
                sm_error *err)
{
    *v = sm_value_get(map, key);
    if (*v && (*v)->kind == kind) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: %s: missing, or no %s", map->file, key, sm_kind_name(kind));
}

static int read_uint(const sm_value *map, const char *key, uint64_t max, uint64_t *out,
                     sm_error *err)
{
    const sm_value *v = NULL;
    SM_TRY(need(map, key, SM_INT, &v, err));
    if (v->as.integer < 0 || (uint64_t)v->as.integer > max)
        SM_FAIL(err, SM_EFORMAT, "%s: %s: %lld is out of range", map->file, key,
                (long long)v->as.integer);
    *out = (uint64_t)v->as.integer;
    return SM_OK;
}

static int read_u32(const sm_value *map, const char *key, uint32_t *out, sm_error *err)
{
    uint64_t value = 0;
    SM_TRY(read_uint(map, key, UINT32_MAX, &value, err));
    *out = (uint32_t)value;
    return SM_OK;
}

static int read_flag(const sm_value *map, const char *key, bool *out, sm_error *err)
{
    const sm_value *v = NULL;
    SM_TRY(need(map, key, SM_BOOL, &v, err));
    *out = v->as.boolean;
    return SM_OK;
}

static int read_choice(const sm_value *map, const char *key, const char *const names[],
                       unsigned *out, sm_error *err)
{
    const sm_value *v = NULL;
    SM_TRY(need(map, key, SM_STRING, &v, err));
    for (*out = 0; names[*out]; ++*out) {
        if (sm_span_equal(v->as.string, sm_span_of(names[*out]))) return SM_OK;
    }
    SM_FAIL(err, SM_EFORMAT, "%s: %s: unknown: %s", map->file, key, v->as.string.p);
}

static int read_hash(const sm_value *map, const char *key, sm_hash128 *out, sm_error *err)
{
    const sm_value *v = NULL;
    SM_TRY(need(map, key, SM_STRING, &v, err));
    if (sm_hash128_parse(v->as.string, out)) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: %s: no hash", map->file, key);
}

static int read_name(const sm_value *v, char name[INDEX_NAME], sm_error *err)
{
    if (v->kind != SM_STRING || !manifest_is_file_name(v->as.string))
        SM_FAIL(err, SM_EFORMAT, "%s: no name of a file of the index", v->file);
    memcpy(name, v->as.string.p, v->as.string.n + 1);
    return SM_OK;
}

/* A list of pairs of numbers that fit a maximum each. */
static int read_pair(const sm_value *v, uint64_t max_first, uint64_t max_second,
                     uint64_t pair[2], sm_error *err)
{
    const uint64_t max[2] = {max_first, max_second};
    bool good = v->kind == SM_LIST && v->n == 2;
    for (size_t i = 0; good && i < 2; i++) {
        good = v->items[i].kind == SM_INT && v->items[i].as.integer >= 0 &&
               (uint64_t)v->items[i].as.integer <= max[i];
        pair[i] = good ? (uint64_t)v->items[i].as.integer : 0;
    }
    if (good) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: a pair that is none, or out of range", v->file);
}

/* ---- parts ---------------------------------------------------------------------------------- */

static int read_options(const sm_value *root, sm_dedup_options *o, sm_error *err)
{
    static const char *const views[] = {"text", "spaces", "ja", NULL};
    static const char *const verifies[] = {"exact", "signature", "none", NULL};
    static const char *const exacts[] = {"raw", "normalized", NULL};
    unsigned view = 0, verify = 0, exact = 0;
    const sm_value *map = NULL;
    SM_TRY(need(root, "options", SM_MAP, &map, err));
    SM_TRY(sm_value_read_real(sm_value_get(map, "threshold"), "threshold", 0, 1, &o->threshold,
                              err));
    SM_TRY(read_u32(map, "bands", &o->bands, err));
    SM_TRY(read_u32(map, "rows", &o->rows, err));
    SM_TRY(read_u32(map, "shingle", &o->shingle, err));
    SM_TRY(read_uint(map, "words", INT64_MAX, &o->words, err));
    SM_TRY(read_choice(map, "view", views, &view, err));
    SM_TRY(read_u32(map, "bucket_cap", &o->bucket_cap, err));
    SM_TRY(read_uint(map, "seed", INT64_MAX, &o->seed, err));
    SM_TRY(read_choice(map, "verify", verifies, &verify, err));
    SM_TRY(read_choice(map, "exact", exacts, &exact, err));
    SM_TRY(read_flag(map, "exact_only", &o->exact_only, err));
    SM_TRY(read_flag(map, "url", &o->url, err));
    o->view = (sm_view)view;
    o->verify = (sm_verify)verify;
    o->normalized = exact == 1;
    return SM_OK;
}

static int read_runs(const sm_value *map, const char *key, sm_arena *arena, index_runs *runs,
                     sm_error *err)
{
    const sm_value *list = NULL;
    SM_TRY(need(map, key, SM_LIST, &list, err));
    runs->n = list->n;
    runs->items = sm_arena_zalloc(arena, list->n, sizeof *runs->items);
    for (size_t i = 0; i < list->n; i++) {
        const sm_value *v = &list->items[i];
        if (v->kind != SM_LIST || v->n != 2 || v->items[1].kind != SM_INT ||
            v->items[1].as.integer < 0 || v->items[1].as.integer > LEVEL_MAX)
            SM_FAIL(err, SM_EFORMAT, "%s: %s: no [name, level]", map->file, key);
        SM_TRY(read_name(&v->items[0], runs->items[i].name, err));
        runs->items[i].level = (unsigned)v->items[1].as.integer;
    }
    return SM_OK;
}

static int read_extents(const sm_value *map, sm_arena *arena, index_state *s, sm_error *err)
{
    const sm_value *list = NULL;
    SM_TRY(need(map, "extents", SM_LIST, &list, err));
    s->n_extents = list->n;
    s->extents = sm_arena_zalloc(arena, list->n, sizeof *s->extents);
    for (size_t i = 0; i < list->n; i++) {
        uint64_t pair[2];
        SM_TRY(read_pair(&list->items[i], s->documents, s->pages, pair, err));
        s->extents[i] = (kept_extent){(uint32_t)pair[0], pair[1]};
        if (i == 0 ? pair[0] != 0 : s->extents[i - 1].document > pair[0])
            SM_FAIL(err, SM_EFORMAT, "%s: extents: out of order", map->file);
    }
    if (s->n_extents == 0 && s->documents > 0)
        SM_FAIL(err, SM_EFORMAT, "%s: extents: none", map->file);
    return SM_OK;
}

static int read_removed(const sm_value *map, sm_arena *arena, index_state *s, sm_error *err)
{
    const sm_value *list = NULL;
    SM_TRY(need(map, "removed", SM_LIST, &list, err));
    s->removed.n = list->n;
    s->removed.items = sm_arena_zalloc(arena, list->n, sizeof *s->removed.items);
    for (size_t i = 0; i < list->n; i++) {
        uint64_t pair[2];
        SM_TRY(read_pair(&list->items[i], s->documents, s->documents, pair, err));
        s->removed.items[i] = (doc_range){(uint32_t)pair[0], (uint32_t)pair[1]};
        if (pair[0] >= pair[1] || (i > 0 && s->removed.items[i - 1].end > pair[0]))
            SM_FAIL(err, SM_EFORMAT, "%s: removed: out of order", map->file);
    }
    return SM_OK;
}

static int read_state(const sm_value *map, sm_arena *arena, index_state *s, sm_error *err)
{
    uint64_t bytes = 0;
    SM_TRY(read_u32(map, "documents", &s->documents, err));
    SM_TRY(read_uint(map, "pages", NUMBER_MAX, &s->pages, err));
    SM_TRY(read_uint(map, "record_bytes", INT64_MAX, &bytes, err));
    s->record_bytes = (int64_t)bytes;
    SM_TRY(read_extents(map, arena, s, err));
    SM_TRY(read_runs(map, "bands", arena, &s->bands, err));
    SM_TRY(read_runs(map, "texts", arena, &s->texts, err));
    return read_removed(map, arena, s, err);
}

static int read_generation(const sm_value *map, sm_arena *arena, index_generation *g,
                           sm_error *err)
{
    const sm_value *output = NULL;
    if (map->kind != SM_MAP) SM_FAIL(err, SM_EFORMAT, "%s: generations: no map", map->file);
    SM_TRY(read_uint(map, "generation", INT64_MAX, &g->number, err));
    SM_TRY(read_u32(map, "first", &g->first, err));
    SM_TRY(read_u32(map, "end", &g->end, err));
    SM_TRY(read_uint(map, "documents", INT64_MAX, &g->documents, err));
    SM_TRY(need(map, "output", SM_STRING, &output, err));
    g->output = sm_arena_copy(arena, output->as.string);
    SM_TRY(read_uint(map, "output_bytes", INT64_MAX, &g->output_bytes, err));
    SM_TRY(read_hash(map, "output_xxh3", &g->output_hash, err));
    return read_hash(map, "input_xxh3", &g->input_hash, err);
}

static int read_root(const sm_value *root, index_manifest *m, sm_error *err)
{
    const sm_value *v = NULL;
    SM_TRY(read_uint(root, "generation", INT64_MAX, &m->generation, err));
    SM_TRY(read_uint(root, "next_file", INT64_MAX, &m->next_file, err));
    SM_TRY(read_options(root, &m->options, err));
    SM_TRY(need(root, "documents_file", SM_STRING, &v, err));
    SM_TRY(read_name(v, m->documents_file, err));
    SM_TRY(need(root, "records_file", SM_STRING, &v, err));
    SM_TRY(read_name(v, m->records_file, err));
    SM_TRY(need(root, "now", SM_MAP, &v, err));
    SM_TRY(read_state(v, &m->arena, &m->now, err));
    v = sm_value_get(root, "before");
    m->has_before = v && v->kind == SM_MAP;
    if (m->has_before) SM_TRY(read_state(v, &m->arena, &m->before, err));
    SM_TRY(need(root, "generations", SM_LIST, &v, err));
    m->n_generations = v->n;
    m->generations = sm_arena_zalloc(&m->arena, v->n, sizeof *m->generations);
    for (size_t i = 0; i < v->n; i++)
        SM_TRY(read_generation(&v->items[i], &m->arena, &m->generations[i], err));
    return SM_OK;
}

/* ---- the file ------------------------------------------------------------------------------- */

static int check_head(const char *name, sm_span text, sm_error *err)
{
    sm_hash128 stated = {0, 0};
    if (text.n < HEAD_BYTES || memcmp(text.p, first_line, sizeof first_line - 1) != 0)
        SM_FAIL(err, SM_EFORMAT, "%s:1: no manifest of an index of version 1", name);
    const sm_span hex = {text.p + sizeof first_line - 1, SM_HASH_HEX};
    if (!sm_hash128_parse(hex, &stated) || text.p[HEAD_BYTES - 1] != '\n')
        SM_FAIL(err, SM_EFORMAT, "%s:1: no hash", name);
    const sm_span rest = {text.p + HEAD_BYTES, text.n - HEAD_BYTES};
    if (!sm_hash128_equal(sm_hash128_of(rest), stated))
        SM_FAIL(err, SM_EHASH, "%s: damaged: its hash differs", name);
    return SM_OK;
}

int manifest_parse(index_manifest *m, const char *name, sm_span text, sm_error *err)
{
    sm_config config = {0};
    *m = (index_manifest){0};
    SM_TRY(check_head(name, text, err));
    const sm_span json = {text.p + HEAD_BYTES, text.n - HEAD_BYTES};
    SM_TRY(sm_config_parse_json(&config, name, json, err));
    const int status = read_root(&config.root, m, err);
    sm_config_free(&config);
    if (status < 0) index_manifest_free(m);
    return status;
}

int index_manifest_read(index_manifest *m, const char *path, sm_error *err)
{
    sm_buffer text = sm_buffer_make(MANIFEST_MAX);
    int status = sm_file_read(path, &text, err);
    if (status == SM_OK) status = manifest_parse(m, path, sm_buffer_span(&text), err);
    sm_buffer_free(&text);
    return status;
}
