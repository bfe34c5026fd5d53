/* Opening a set of shards, and its documents: see seimai/shard.h.
 * SPDX-License-Identifier: MIT */
#include "shard_internal.h"

#include <seimai/shard_edit.h>

#include <string.h>

enum { CACHE_FRAMES = 32 };

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
        s->paths[k] = path_join(m->info.dir, record->name, file_ending(k, m->info.compressed));
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
    return SM_OK;
}

static int open_tokens(shard *s, bool compressed, sm_error *err)
{
    const sm_span bin = s->maps[FILE_BIN].bytes;
    const uint64_t want = s->meta.tokens * s->meta.token_bytes;
    if (compressed)
        return sm_frames_open(&s->frames, s->paths[FILE_BIN], bin, SM_SHARD_BLOCK, want, err);
    if (bin.n == want) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: %zu bytes are not %llu tokens", s->paths[FILE_BIN], bin.n,
            (unsigned long long)s->meta.tokens);
}

static int open_shard(shard *s, const manifest *m, const shard_record *record, sm_error *err)
{
    SM_TRY(map_files(s, m, record, err));
    SM_TRY(meta_decode(&s->meta, s->maps[FILE_META].bytes, s->paths[FILE_META], err));
    SM_TRY(check_agreement(s, m, record, err));
    SM_TRY(open_tokens(s, m->info.compressed, err));
    return check_idx(s, err);
}

static int open_shards(sm_shards *set, sm_error *err)
{
    sm_shards_info *info = &set->manifest.info;
    uint64_t tokens = 0, sequences = 0, frames = 0;
    set->shards = sm_calloc(info->n_shards, sizeof *set->shards);
    for (size_t i = 0; i < info->n_shards; i++) {
        shard *s = &set->shards[i];
        SM_TRY(open_shard(s, &set->manifest, &set->manifest.shards[i], err));
        s->first_token = tokens;
        s->first_sequence = sequences;
        s->first_frame = frames;
        frames += s->frames.n;
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
    if (set->manifest.info.compressed) {
        set->cache = sm_frame_cache_new(CACHE_FRAMES, SM_SHARD_BLOCK);
        set->fault = read_fault_new();
    }
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
    for (size_t i = 0; set->shards && i < set->manifest.info.n_shards; i++) {
        sm_frames_close(&set->shards[i].frames);
        for (int k = 0; k < FILE_KINDS; k++) {
            sm_map_close(&set->shards[i].maps[k]);
            sm_free(set->shards[i].paths[k]);
        }
    }
    sm_frame_cache_free(set->cache);
    sm_free(set->fault);
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

int sm_shards_complete(const sm_shards *set, sm_error *err)
{
    const sm_shards_info *info = &set->manifest.info;
    if (info->complete) return SM_OK;
    if (info->unfinished)
        SM_FAIL(err, SM_ETRUNC, "%s: its run did not finish: the same command goes on",
                info->dir);
    SM_FAIL(err, SM_ETRUNC, "%s: its input was cut: the set is not complete", info->dir);
}

int sm_shards_expect(const sm_shards *set, sm_hash128 tokenizer, sm_error *err)
{
    const sm_shards_info *info = &set->manifest.info;
    char ours[SM_HASH_HEX + 1], theirs[SM_HASH_HEX + 1];
    SM_TRY(sm_shards_complete(set, err));
    if (!info->has_tokenizer)
        SM_FAIL(err, SM_EHASH, "%s: these shards were made without a tokenizer", info->dir);
    if (sm_hash128_equal(info->tokenizer_hash, tokenizer)) return SM_OK;
    sm_hash128_hex(tokenizer, ours);
    sm_hash128_hex(info->tokenizer_hash, theirs);
    SM_FAIL(err, SM_EHASH, "%s: made with another tokenizer: %s, here %s", info->dir, theirs,
            ours);
}

/* ---- documents --------------------------------------------------------------------------------- */

/* The last shard whose first token, or sequence, is not behind the one that is looked for. */
const shard *sm_shard_of_token(const sm_shards *set, uint64_t token)
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
    const shard *s = sm_shard_of_token(set, token);
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
