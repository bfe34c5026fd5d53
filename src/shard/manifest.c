/* manifest.json: see seimai/shard.h. Written and read in one place.
 * SPDX-License-Identifier: MIT */
#include "shard_internal.h"

#include <seimai/json.h>

#include <stdio.h>
#include <string.h>

enum { TAIL = 9 + SM_HASH_HEX + 3 }; /* ,"xxh3":"…"} and LF */

const char *const file_keys[FILE_KINDS] = {"bin", "idx", "meta"};

const char *file_ending(int kind, bool compressed)
{
    return kind == FILE_BIN && compressed ? "bin.zst" : file_keys[kind];
}

char *path_join(const char *dir, const char *name, const char *ending)
{
    sm_buffer b = sm_buffer_make(1 << 16);
    sm_buffer_printf(&b, "%s/%s%s%s", dir, name, ending ? "." : "", ending ? ending : "");
    char *path = sm_strdup(sm_buffer_span(&b));
    sm_buffer_free(&b);
    return path;
}

/* ---- writing -------------------------------------------------------------------------------- */

static void put_id(sm_buffer *out, const char *key, int64_t id)
{
    sm_json_key(out, key);
    if (id < 0)
        sm_json_null(out);
    else
        sm_json_int(out, id);
}

static void put_counts(sm_buffer *out, uint64_t tokens, uint64_t documents, uint64_t sequences,
                       uint64_t text_bytes, uint64_t characters)
{
    sm_json_put_uint(out, "tokens", tokens);
    sm_json_put_uint(out, "documents", documents);
    sm_json_put_uint(out, "sequences", sequences);
    sm_json_put_uint(out, "text_bytes", text_bytes);
    sm_json_put_uint(out, "characters", characters);
}

static void put_tokenizer(sm_buffer *out, const sm_shards_info *info)
{
    sm_json_key(out, "tokenizer");
    if (!info->has_tokenizer) {
        sm_json_null(out);
        return;
    }
    sm_json_open(out, '{');
    if (info->tokenizer_name) sm_json_put_string(out, "name", sm_span_of(info->tokenizer_name));
    sm_json_put_hash(out, "hash", info->tokenizer_hash);
    sm_json_close(out, '}');
}

static void put_shard(sm_buffer *out, const shard_record *s)
{
    sm_json_open(out, '{');
    sm_json_put_string(out, "name", sm_span_of(s->name));
    put_counts(out, s->tokens, s->documents, s->sequences, s->text_bytes, s->characters);
    for (int k = 0; k < FILE_KINDS; k++) {
        sm_json_key(out, file_keys[k]);
        sm_json_open(out, '{');
        sm_json_put_int(out, "bytes", s->files[k].bytes);
        sm_json_put_hash(out, "xxh3", s->files[k].xxh3);
        sm_json_close(out, '}');
    }
    sm_json_close(out, '}');
}

static void put_set(sm_buffer *out, const manifest *m)
{
    const sm_shards_info *const info = &m->info;
    sm_json_put_string(out, "format", SM_SPAN(SHARD_FORMAT));
    sm_json_put_string(out, "kind", sm_span_of(info->kind));
    sm_json_put_bool(out, "complete", info->complete);
    if (info->unfinished) {
        sm_json_key(out, "unfinished");
        sm_json_open(out, '{');
        sm_json_put_int(out, "shard_tokens", m->shard_tokens);
        sm_json_close(out, '}');
    }
    sm_json_put_string(out, "name", sm_span_of(info->name));
    put_tokenizer(out, info);
    sm_json_put_uint(out, "vocab_size", info->vocab_size);
    put_id(out, "eot", info->eot);
    put_id(out, "bos", info->bos);
    put_id(out, "pad", info->pad);
    sm_json_put_string(out, "dtype", info->token_bytes == 2 ? SM_SPAN("u16") : SM_SPAN("i32"));
    if (info->compressed) sm_json_put_string(out, "storage", SM_SPAN("zstd"));
    put_counts(out, info->tokens, info->documents, info->sequences, info->text_bytes,
               info->characters);
}

void manifest_encode(const manifest *m, sm_buffer *out)
{
    sm_json_open(out, '{');
    put_set(out, m);
    sm_json_key(out, "sources");
    sm_json_open(out, '[');
    for (size_t i = 0; i < m->info.n_sources; i++)
        sm_json_string(out, m->sources[i]);
    sm_json_close(out, ']');
    sm_json_key(out, "options");
    sm_json_raw(out, m->options.n ? m->options : SM_SPAN("{}"));
    sm_json_key(out, "shards");
    sm_json_open(out, '[');
    for (size_t i = 0; i < m->info.n_shards; i++)
        put_shard(out, &m->shards[i]);
    sm_json_close(out, ']');
    sm_json_put_hash(out, "xxh3", sm_hash128_of(sm_buffer_span(out)));
    sm_json_close(out, '}');
    sm_buffer_putc(out, '\n');
}

/* ---- reading -------------------------------------------------------------------------------- */

/* A typed value that must be there. */
static const sm_value *need(const sm_value *map, const char *key, sm_kind kind, sm_error *err)
{
    const sm_value *v = sm_value_get(map, key);
    if (v && v->kind == kind) return v;
    sm_error_set(err, SM_EFORMAT, "%s:%d: %s is missing or no %s", map->file, map->line, key,
                 sm_kind_name(kind));
    return NULL;
}

static int get_uint(const sm_value *map, const char *key, uint64_t *out, sm_error *err)
{
    const sm_value *v = need(map, key, SM_INT, err);
    if (!v) return SM_EFORMAT;
    if (v->as.integer < 0)
        SM_FAIL(err, SM_EFORMAT, "%s:%d: %s is negative", v->file, v->line, key);
    *out = (uint64_t)v->as.integer;
    return SM_OK;
}

static int get_string(const sm_value *map, const char *key, const char **out, sm_error *err)
{
    const sm_value *v = need(map, key, SM_STRING, err);
    if (!v) return SM_EFORMAT;
    *out = v->as.string.p;
    return SM_OK;
}

static int get_id(const sm_value *map, const char *key, int64_t *out, sm_error *err)
{
    const sm_value *v = sm_value_get(map, key);
    *out = -1;
    if (v && v->kind == SM_NULL) return SM_OK;
    uint64_t id = 0;
    SM_TRY(get_uint(map, key, &id, err));
    if (id > UINT32_MAX)
        SM_FAIL(err, SM_EFORMAT, "%s:%d: %s is no id", map->file, v->line, key);
    *out = (int64_t)id;
    return SM_OK;
}

static int get_hash(const sm_value *map, const char *key, sm_hash128 *out, sm_error *err)
{
    const sm_value *v = need(map, key, SM_STRING, err);
    if (!v) return SM_EFORMAT;
    if (sm_hash128_parse(v->as.string, out)) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s:%d: %s is no hash of 32 digits", v->file, v->line, key);
}

static int get_tokenizer(sm_shards_info *info, const sm_value *root, sm_error *err)
{
    const sm_value *v = sm_value_get(root, "tokenizer");
    if (v && v->kind == SM_NULL) return SM_OK;
    v = need(root, "tokenizer", SM_MAP, err);
    if (!v) return SM_EFORMAT;
    info->has_tokenizer = true;
    if (sm_value_get(v, "name")) SM_TRY(get_string(v, "name", &info->tokenizer_name, err));
    return get_hash(v, "hash", &info->tokenizer_hash, err);
}

static int get_format(const sm_value *root, sm_error *err)
{
    const char *format = NULL;
    SM_TRY(get_string(root, "format", &format, err));
    if (strcmp(format, SHARD_FORMAT) == 0) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: format '%s', '%s' is expected", root->file, format,
            SHARD_FORMAT);
}

static int get_totals(sm_shards_info *info, const sm_value *root, sm_error *err)
{
    SM_TRY(get_uint(root, "tokens", &info->tokens, err));
    SM_TRY(get_uint(root, "documents", &info->documents, err));
    SM_TRY(get_uint(root, "sequences", &info->sequences, err));
    SM_TRY(get_uint(root, "text_bytes", &info->text_bytes, err));
    return get_uint(root, "characters", &info->characters, err);
}

/* The vocabulary, the ids of its ends, and the width of a token, which follows from its size. */
static int get_vocabulary(sm_shards_info *info, const sm_value *root, sm_error *err)
{
    const char *dtype = NULL;
    uint64_t vocab = 0;
    SM_TRY(get_string(root, "dtype", &dtype, err));
    SM_TRY(get_uint(root, "vocab_size", &vocab, err));
    SM_TRY(get_id(root, "eot", &info->eot, err));
    SM_TRY(get_id(root, "bos", &info->bos, err));
    SM_TRY(get_id(root, "pad", &info->pad, err));
    if (vocab == 0 || vocab > INT32_MAX || info->eot >= (int64_t)vocab)
        SM_FAIL(err, SM_EFORMAT, "%s: vocab_size %llu does not fit", root->file,
                (unsigned long long)vocab);
    info->vocab_size = (uint32_t)vocab;
    info->token_bytes = vocab < SM_SHARD_U16_LIMIT ? 2 : 4;
    if (strcmp(dtype, info->token_bytes == 2 ? "u16" : "i32") == 0) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: dtype '%s' does not go with vocab_size %llu", root->file,
            dtype, (unsigned long long)vocab);
}

static int get_storage(sm_shards_info *info, const sm_value *root, sm_error *err)
{
    const char *storage = NULL;
    if (!sm_value_get(root, "storage")) return SM_OK;
    SM_TRY(get_string(root, "storage", &storage, err));
    info->compressed = strcmp(storage, "zstd") == 0;
    if (info->compressed) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: storage '%s', 'zstd' is expected", root->file, storage);
}

static int get_unfinished(manifest *m, const sm_value *root, sm_error *err)
{
    if (!sm_value_get(root, "unfinished")) return SM_OK;
    const sm_value *const v = need(root, "unfinished", SM_MAP, err);
    if (!v) return SM_EFORMAT;
    uint64_t most = 0;
    SM_TRY(get_uint(v, "shard_tokens", &most, err));
    m->info.unfinished = true;
    m->shard_tokens = (int64_t)most;
    return SM_OK;
}

static int get_set(sm_shards_info *info, const sm_value *root, sm_error *err)
{
    SM_TRY(get_format(root, err));
    SM_TRY(get_string(root, "kind", &info->kind, err));
    SM_TRY(get_string(root, "name", &info->name, err));
    SM_TRY(get_tokenizer(info, root, err));
    SM_TRY(get_vocabulary(info, root, err));
    SM_TRY(get_storage(info, root, err));
    SM_TRY(get_totals(info, root, err));
    const sm_value *complete = need(root, "complete", SM_BOOL, err);
    if (!complete) return SM_EFORMAT;
    info->complete = complete->as.boolean;
    return SM_OK;
}

static int get_file(file_record *file, const sm_value *map, const char *key, sm_error *err)
{
    const sm_value *v = need(map, key, SM_MAP, err);
    uint64_t bytes = 0;
    if (!v) return SM_EFORMAT;
    SM_TRY(get_uint(v, "bytes", &bytes, err));
    file->bytes = (int64_t)bytes;
    return get_hash(v, "xxh3", &file->xxh3, err);
}

static int get_shard(shard_record *s, const sm_value *v, sm_error *err)
{
    const char *name = NULL;
    SM_TRY(get_string(v, "name", &name, err));
    if (strchr(name, '/'))
        SM_FAIL(err, SM_EFORMAT, "%s:%d: shard '%s' is not in this folder", v->file, v->line,
                name);
    s->name = sm_strdup(sm_span_of(name));
    SM_TRY(get_uint(v, "tokens", &s->tokens, err));
    SM_TRY(get_uint(v, "documents", &s->documents, err));
    SM_TRY(get_uint(v, "sequences", &s->sequences, err));
    SM_TRY(get_uint(v, "text_bytes", &s->text_bytes, err));
    SM_TRY(get_uint(v, "characters", &s->characters, err));
    for (int k = 0; k < FILE_KINDS; k++)
        SM_TRY(get_file(&s->files[k], v, file_keys[k], err));
    return SM_OK;
}

static int get_shards(manifest *m, const sm_value *root, sm_error *err)
{
    const sm_value *list = need(root, "shards", SM_LIST, err);
    if (!list) return SM_EFORMAT;
    uint64_t tokens = 0, documents = 0, sequences = 0, text_bytes = 0, characters = 0;
    m->shards = sm_calloc(list->n, sizeof *m->shards);
    for (; m->info.n_shards < list->n; m->info.n_shards++) {
        shard_record *s = &m->shards[m->info.n_shards];
        const int status = get_shard(s, &list->items[m->info.n_shards], err);
        if (status < 0) sm_free(s->name);
        SM_TRY(status);
        tokens += s->tokens;
        documents += s->documents;
        sequences += s->sequences;
        text_bytes += s->text_bytes;
        characters += s->characters;
    }
    const sm_shards_info *i = &m->info;
    if (tokens == i->tokens && documents == i->documents && sequences == i->sequences &&
        text_bytes == i->text_bytes && characters == i->characters)
        return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: the counts of the shards do not add up", root->file);
}

static int get_sources(manifest *m, const sm_value *root, sm_error *err)
{
    const sm_value *list = need(root, "sources", SM_LIST, err);
    if (!list) return SM_EFORMAT;
    m->info.n_sources = list->n;
    m->sources = sm_calloc(list->n, sizeof *m->sources);
    for (size_t i = 0; i < list->n; i++)
        SM_TRY(sm_value_read_string(&list->items[i], "source", &m->sources[i], err));
    return SM_OK;
}

static int get_options(manifest *m, const sm_value *root, sm_error *err)
{
    const sm_value *const options = need(root, "options", SM_MAP, err);
    if (!options) return SM_EFORMAT;
    m->options_text = sm_buffer_make(256 << 20);
    sm_value_write(options, &m->options_text); /* the next run compares them */
    m->options = sm_buffer_span(&m->options_text);
    return SM_OK;
}

/* The manifest's own hash, which stands at its end. */
static int check_hash(sm_span file, const char *path, sm_error *err)
{
    char want[TAIL + 1], hex[SM_HASH_HEX + 1];
    if (file.n < TAIL || !sm_span_ends(file, SM_SPAN("\"}\n")))
        SM_FAIL(err, SM_ETRUNC, "%s: the file does not end as a manifest does", path);
    sm_hash128_hex(sm_hash128_of((sm_span){file.p, file.n - TAIL}), hex);
    (void)snprintf(want, sizeof want, ",\"xxh3\":\"%s\"}\n", hex);
    if (sm_span_ends(file, sm_span_of(want))) return SM_OK;
    SM_FAIL(err, SM_EHASH, "%s: its checksum does not match", path);
}

int manifest_read(manifest *m, const char *path, sm_error *err)
{
    sm_buffer file = sm_buffer_make(256 << 20);
    *m = (manifest){0};
    int status = sm_file_read(path, &file, err);
    if (status >= 0) status = check_hash(sm_buffer_span(&file), path, err);
    if (status >= 0)
        status = sm_config_parse_json(&m->config, path, sm_buffer_span(&file), err);
    sm_buffer_free(&file);
    SM_TRY(status);
    SM_TRY(get_set(&m->info, &m->config.root, err));
    SM_TRY(get_unfinished(m, &m->config.root, err));
    SM_TRY(get_sources(m, &m->config.root, err));
    SM_TRY(get_options(m, &m->config.root, err));
    return get_shards(m, &m->config.root, err);
}

void manifest_free(manifest *m)
{
    for (size_t i = 0; i < m->info.n_shards; i++)
        sm_free(m->shards[i].name);
    sm_free(m->shards);
    sm_free(m->sources);
    sm_buffer_free(&m->options_text);
    sm_config_free(&m->config);
    *m = (manifest){0};
}
