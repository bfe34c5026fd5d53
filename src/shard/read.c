/* Opening a set of shards and reading its tokens: see seimai/shard.h.
 * SPDX-License-Identifier: MIT */
#include "shard_internal.h"

#include <seimai/shard_edit.h>

#include <string.h>

/* ---- opening ---------------------------------------------------------------------------------- */

static int check_idx(const shard *s, sm_error *err)
{
    const sm_span idx = s->maps[FILE_IDX].bytes;
    const char *path = s->paths[FILE_IDX];
    const uint64_t n = s->meta.sequences;
    if (idx.n < IDX_HEADER) SM_FAIL(err, SM_ETRUNC, "%s: header: %zu bytes", path, idx.n);
    if (memcmp(idx.p, IDX_MAGIC, sizeof IDX_MAGIC) != 0 || sm_get_u64(idx.p + 9) != IDX_VERSION)
        SM_FAIL(err, SM_EFORMAT, "%s: header: this is no index of version 1", path);
    const int want = s->meta.token_bytes == 2 ? IDX_U16 : IDX_I32;
    if (idx.p[17] != want)
        SM_FAIL(err, SM_EFORMAT, "%s: header: dtype %d, %d is expected", path, idx.p[17], want);
    if (sm_get_u64(idx.p + 18) != n || sm_get_u64(idx.p + 26) != n + 1)
        SM_FAIL(err, SM_EFORMAT, "%s: header: it indexes another file of %llu sequences", path,
                (unsigned long long)sm_get_u64(idx.p + 18));
    if (idx.n != IDX_HEADER + n * IDX_PER_SEQUENCE + 8)
        SM_FAIL(err, SM_EFORMAT, "%s: %zu bytes do not hold %llu sequences", path, idx.n,
                (unsigned long long)n);
    return SM_OK;
}

static int map_files(shard *s, const manifest *m, const shard_record *record, sm_error *err)
{
    for (int k = 0; k < FILE_KINDS; k++) {
        s->paths[k] = path_join(m->info.dir, record->name, file_endings[k]);
        SM_TRY(sm_map_open(&s->maps[k], s->paths[k], err));
        const int64_t got = (int64_t)s->maps[k].bytes.n, want = record->files[k].bytes;
        if (got != want)
            SM_FAIL(err, got < want ? SM_ETRUNC : SM_EFORMAT,
                    "%s: %lld bytes, %lld are expected", s->paths[k], (long long)got,
                    (long long)want);
    }
    return SM_OK;
}

/* The .meta must tell the same as the manifest. */
static int check_agreement(const shard *s, const manifest *m, const shard_record *record,
                           sm_error *err)
{
    const meta *a = &s->meta;
    const sm_shards_info *b = &m->info;
    const char *field = NULL;
    if (a->tokens != record->tokens) field = "tokens";
    if (a->sequences != record->sequences) field = "sequences";
    if (a->token_bytes != b->token_bytes) field = "dtype";
    if (a->vocab_size != b->vocab_size) field = "vocab_size";
    if (a->eot != b->eot) field = "eot";
    if (!sm_hash128_equal(a->tokenizer_hash, b->tokenizer_hash)) field = "tokenizer hash";
    if (((a->flags & FLAG_TOKENIZER) != 0) != b->has_tokenizer) field = "tokenizer";
    if (field)
        SM_FAIL(err, SM_EFORMAT, "%s: header: %s is not what manifest.json says",
                s->paths[FILE_META], field);
    if (s->maps[FILE_BIN].bytes.n == a->tokens * a->token_bytes) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: %zu bytes are not %llu tokens", s->paths[FILE_BIN],
            s->maps[FILE_BIN].bytes.n, (unsigned long long)a->tokens);
}

static int open_shard(shard *s, const manifest *m, const shard_record *record, sm_error *err)
{
    SM_TRY(map_files(s, m, record, err));
    SM_TRY(meta_decode(&s->meta, s->maps[FILE_META].bytes, s->paths[FILE_META], err));
    SM_TRY(check_agreement(s, m, record, err));
    return check_idx(s, err);
}

static int open_shards(sm_shards *set, sm_error *err)
{
    sm_shards_info *info = &set->manifest.info;
    uint64_t tokens = 0, sequences = 0;
    set->shards = sm_calloc(info->n_shards, sizeof *set->shards);
    for (size_t i = 0; i < info->n_shards; i++) {
        shard *s = &set->shards[i];
        SM_TRY(open_shard(s, &set->manifest, &set->manifest.shards[i], err));
        s->first_token = tokens;
        s->first_sequence = sequences;
        tokens += s->meta.tokens;
        sequences += s->meta.sequences;
        info->has_targets = info->has_targets || s->meta.sections[SECTION_TARGETS].p;
    }
    return SM_OK;
}

static int open_set(sm_shards *set, const char *dir, sm_error *err)
{
    set->dir = sm_strdup(sm_span_of(dir));
    set->manifest_path = path_join(dir, "manifest", "json");
    if (!sm_file_exists(set->manifest_path))
        SM_FAIL(err, SM_ENOENT, "%s: no manifest.json: this is no finished set of shards", dir);
    SM_TRY(manifest_read(&set->manifest, set->manifest_path, err));
    set->manifest.info.dir = set->dir;
    return open_shards(set, err);
}

int sm_shards_open(sm_shards **set, const char *dir, sm_error *err)
{
    sm_shards *s = sm_calloc(1, sizeof *s);
    const int status = open_set(s, dir, err);
    if (status < 0) sm_shards_close(s);
    *set = status < 0 ? NULL : s;
    return status;
}

void sm_shards_close(sm_shards *set)
{
    if (!set) return;
    for (size_t i = 0; set->shards && i < set->manifest.info.n_shards; i++)
        for (int k = 0; k < FILE_KINDS; k++) {
            sm_map_close(&set->shards[i].maps[k]);
            sm_free(set->shards[i].paths[k]);
        }
    sm_free(set->shards);
    manifest_free(&set->manifest);
    sm_free(set->manifest_path);
    sm_free(set->dir);
    sm_free(set);
}

const sm_shards_info *sm_shards_about(const sm_shards *set)
{
    return &set->manifest.info;
}

int sm_shards_expect(const sm_shards *set, sm_hash128 tokenizer, sm_error *err)
{
    const sm_shards_info *info = &set->manifest.info;
    char ours[SM_HASH_HEX + 1], theirs[SM_HASH_HEX + 1];
    if (!info->complete)
        SM_FAIL(err, SM_ETRUNC, "%s: its input was cut: the set is not complete", info->dir);
    if (!info->has_tokenizer)
        SM_FAIL(err, SM_EHASH, "%s: these shards were made without a tokenizer", info->dir);
    if (sm_hash128_equal(info->tokenizer_hash, tokenizer)) return SM_OK;
    sm_hash128_hex(tokenizer, ours);
    sm_hash128_hex(info->tokenizer_hash, theirs);
    SM_FAIL(err, SM_EHASH, "%s: made with another tokenizer: %s, here %s", info->dir, theirs,
            ours);
}

/* ---- tokens ------------------------------------------------------------------------------------ */

/* The shard that holds a token. */
static const shard *shard_of_token(const sm_shards *set, uint64_t token)
{
    size_t low = 0, high = set->manifest.info.n_shards;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (set->shards[middle].first_token <= token)
            low = middle;
        else
            high = middle;
    }
    return &set->shards[low];
}

void sm_shards_read(const sm_shards *set, uint64_t first, size_t n, uint32_t *ids)
{
    while (n) {
        const shard *s = shard_of_token(set, first);
        const uint64_t at = first - s->first_token;
        const uint64_t here = s->meta.tokens - at;
        const size_t take = here < n ? (size_t)here : n;
        for (size_t i = 0; i < take; i++)
            ids[i] = token_at(s, at + i);
        ids += take;
        first += take;
        n -= take;
    }
}

bool sm_shards_is_target(const sm_shards *set, uint64_t token)
{
    const shard *s = shard_of_token(set, token);
    const sm_span bits = s->meta.sections[SECTION_TARGETS];
    const uint64_t at = token - s->first_token;
    return !bits.p || ((uint8_t)bits.p[at / 8] >> at % 8 & 1);
}

/* The same as a weight: of a set without EOT the first token is an input only. */
static bool is_weighed(const sm_shards *set, uint64_t token)
{
    return (token > 0 || set->manifest.info.eot >= 0) && sm_shards_is_target(set, token);
}

/* Tokens of the ring: `first` and the n - 1 that follow. */
static void read_ring(const sm_shards *set, uint64_t first, size_t n, uint32_t *ids)
{
    const uint64_t tokens = set->manifest.info.tokens;
    for (first %= tokens; n; first = 0) {
        const size_t take = tokens - first < n ? (size_t)(tokens - first) : n;
        sm_shards_read(set, first, take, ids);
        ids += take;
        n -= take;
    }
}

void sm_shards_window(const sm_shards *set, const sm_windows *w, uint64_t s, uint32_t *input,
                      uint32_t *target, float *weight)
{
    const size_t n = (size_t)w->length;
    const uint64_t first = s * w->length + w->phase;
    read_ring(set, first + w->tokens - 1, n, input);
    read_ring(set, first, n, target);
    for (size_t t = 0; t < n; t++) {
        const uint64_t token = sm_windows_target(w, s, t);
        weight[t] = token != UINT64_MAX && is_weighed(set, token) ? 1.0F : 0.0F;
    }
}

uint64_t sm_shards_targets(const sm_shards *set, const sm_windows *w, uint64_t s)
{
    const sm_shards_info *info = &set->manifest.info;
    const uint64_t first = s * w->length;
    const uint64_t n = w->tokens - first < w->length ? w->tokens - first : w->length;
    if (info->eot >= 0 && !info->has_targets) return n;
    uint64_t count = 0;
    for (uint64_t t = 0; t < n; t++)
        count += is_weighed(set, sm_windows_target(w, s, t));
    return count;
}

/* ---- documents --------------------------------------------------------------------------------- */

const shard *sm_shard_of_sequence(const sm_shards *set, uint64_t i)
{
    size_t low = 0, high = set->manifest.info.n_shards;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (set->shards[middle].first_sequence <= i)
            low = middle;
        else
            high = middle;
    }
    return &set->shards[low];
}

static uint64_t column(const shard *s, enum section section, uint64_t i)
{
    return sm_get_u64(s->meta.sections[section].p + 8 * i);
}

static uint64_t sequence_start(const shard *s, uint64_t i) /* in tokens of the shard */
{
    const char *offsets = s->maps[FILE_IDX].bytes.p + IDX_HEADER + 4 * s->meta.sequences;
    return sm_get_u64(offsets + 8 * i) / s->meta.token_bytes;
}

int sm_shards_document(const sm_shards *set, uint64_t i, sm_shards_doc *doc, sm_error *err)
{
    const shard *s = sm_shard_of_sequence(set, i);
    const meta *m = &s->meta;
    const uint64_t at = i - s->first_sequence;
    const uint64_t first = sequence_start(s, at);
    const uint64_t n = sm_get_u32(s->maps[FILE_IDX].bytes.p + IDX_HEADER + 4 * at);
    const uint64_t id_first = at ? column(s, SECTION_ID_ENDS, at - 1) : 0;
    const uint64_t id_end = column(s, SECTION_ID_ENDS, at);
    if (first > m->tokens || n > m->tokens - first)
        SM_FAIL(err, SM_EFORMAT, "%s: sequence %llu lies outside .bin", s->paths[FILE_IDX],
                (unsigned long long)at);
    if (id_first > id_end || id_end > m->sections[SECTION_IDS].n)
        SM_FAIL(err, SM_EFORMAT, "%s: section id ends: entry %llu is out of order",
                s->paths[FILE_META], (unsigned long long)at);
    *doc = (sm_shards_doc){
        .id = {m->sections[SECTION_IDS].p + id_first, (size_t)(id_end - id_first)},
        .first = s->first_token + first,
        .n = n,
        .text_bytes = column(s, SECTION_TEXT_BYTES, at),
        .characters = column(s, SECTION_CHARACTERS, at),
        .continues = at == 0 && m->flags & FLAG_CONTINUES,
        .continued = at + 1 == m->sequences && m->flags & FLAG_CONTINUED,
    };
    const sm_span sources = m->sections[SECTION_SOURCES];
    if (sources.p) doc->source = sm_get_u32(sources.p + 4 * at);
    return SM_OK;
}

int sm_shards_find(const sm_shards *set, uint64_t token, uint64_t *sequence, sm_error *err)
{
    const shard *s = shard_of_token(set, token);
    const uint64_t at = token - s->first_token;
    uint64_t low = 0, high = s->meta.sequences;
    while (high - low > 1) {
        const uint64_t middle = low + (high - low) / 2;
        if (sequence_start(s, middle) <= at)
            low = middle;
        else
            high = middle;
    }
    *sequence = s->first_sequence + low;
    if (sequence_start(s, low) <= at && s->meta.sequences) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: no sequence holds token %llu", s->paths[FILE_IDX],
            (unsigned long long)at);
}

sm_span sm_shards_source(const sm_shards *set, size_t i)
{
    return set->manifest.sources[i];
}

const char *sm_shards_name(const sm_shards *set, size_t i)
{
    return set->manifest.shards[i].name;
}
