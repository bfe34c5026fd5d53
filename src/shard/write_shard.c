/* The files of one shard, and the manifest: see seimai/shard.h.
 * Tokens go to disk as they come, in blocks that are hashed once; what the other files need is kept for one shard, as the
 * bytes that they will hold.
 * SPDX-License-Identifier: MIT */
#include "write_internal.h"

enum { ZSTD_LEVEL = 3 };

int shard_begin(sm_shard_writer *w, uint32_t flags, sm_error *err)
{
    sm_buffer name = sm_buffer_make(4096);
    sm_buffer_printf(&name, "%s-%05zu", w->options.name, w->manifest.info.n_shards);
    w->shard = (shard_record){.name = sm_strdup(sm_buffer_span(&name))};
    sm_buffer_free(&name);
    w->flags = flags;
    char *path = path_join(w->options.dir, w->shard.name,
                           file_ending(FILE_BIN, w->manifest.info.compressed));
    const int status = sm_output_open(&w->bin, path, err);
    sm_free(path);
    return status;
}

static int write_stored(sm_shard_writer *w, sm_span stored, sm_error *err)
{
    sm_hasher_add(w->bin_hash, stored);
    w->shard.files[FILE_BIN].bytes += (int64_t)stored.n;
    return sm_output_write(w->bin, stored, err);
}

int shard_flush_block(sm_shard_writer *w, sm_error *err)
{
    sm_span stored = sm_buffer_span(&w->block);
    if (!stored.n) return SM_OK;
    add_u64(&w->sections[SECTION_BLOCKS], sm_hash64(stored));
    if (w->manifest.info.compressed) {
        sm_buffer_clear(&w->frame);
        sm_frames_put(stored, ZSTD_LEVEL, &w->frame, &w->table);
        stored = sm_buffer_span(&w->frame);
    }
    SM_TRY(write_stored(w, stored, err));
    sm_buffer_clear(&w->block);
    return SM_OK;
}

/* What stands behind the last block. */
static int write_table(sm_shard_writer *w, sm_error *err)
{
    if (!w->manifest.info.compressed) return SM_OK;
    sm_buffer_clear(&w->frame);
    sm_frames_seal(&w->table, &w->frame);
    sm_buffer_clear(&w->table);
    return write_stored(w, sm_buffer_span(&w->frame), err);
}

/* The index of one document a sequence, as Megatron-LM writes it. */
static void encode_idx(const sm_shard_writer *w, sm_buffer *out)
{
    const uint64_t n = w->shard.sequences;
    const uint32_t token_bytes = w->manifest.info.token_bytes;
    sm_buffer_put(out, (sm_span){IDX_MAGIC, sizeof IDX_MAGIC});
    add_u64(out, IDX_VERSION);
    sm_buffer_putc(out, token_bytes == 2 ? IDX_U16 : IDX_I32);
    add_u64(out, n);
    add_u64(out, n + 1);
    sm_buffer_put(out, sm_buffer_span(&w->lengths));
    uint64_t offset = 0;
    for (uint64_t i = 0; i < n; i++) {
        add_u64(out, offset);
        offset += (uint64_t)sm_get_u32(w->lengths.p + 4 * i) * token_bytes;
    }
    for (uint64_t i = 0; i <= n; i++)
        add_u64(out, i);
}

static void encode_meta(const sm_shard_writer *w, sm_buffer *out)
{
    const sm_shards_info *info = &w->manifest.info;
    meta m = {.flags = w->flags | (info->has_tokenizer ? FLAG_TOKENIZER : 0),
              .token_bytes = info->token_bytes,
              .vocab_size = info->vocab_size,
              .eot = info->eot,
              .tokenizer_hash = info->tokenizer_hash,
              .tokens = w->shard.tokens,
              .sequences = w->shard.sequences};
    const bool wanted[SECTION_COUNT] = {[SECTION_SOURCES] = info->n_sources != 0,
                                        [SECTION_PART_ENDS] = w->has_parts,
                                        [SECTION_PARTS] = w->has_parts,
                                        [SECTION_TARGETS] = writer_has_targets(w)};
    for (int k = 1; k < SECTION_COUNT; k++) {
        m.sections[k] = sm_buffer_span(&w->sections[k]);
        if (!m.sections[k].p) m.sections[k].p = ""; /* empty, but there */
        if (k >= SECTION_SOURCES && !wanted[k]) m.sections[k] = (sm_span){NULL, 0};
    }
    meta_encode(&m, out);
}

static int write_beside(sm_shard_writer *w, int kind,
                        void (*encode)(const sm_shard_writer *, sm_buffer *), sm_error *err)
{
    sm_buffer bytes = sm_buffer_make(SIZE_MAX / 2);
    encode(w, &bytes);
    char *path = path_join(w->options.dir, w->shard.name, file_keys[kind]);
    const int status = sm_file_write(path, sm_buffer_span(&bytes), err);
    w->shard.files[kind] =
        (file_record){(int64_t)bytes.n, sm_hash128_of(sm_buffer_span(&bytes))};
    sm_free(path);
    sm_buffer_free(&bytes);
    return status;
}

void shard_add_up(sm_shard_writer *w, const shard_record *s)
{
    manifest *const m = &w->manifest;
    m->shards = sm_array_grow(m->shards, m->info.n_shards, &w->cap, sizeof *m->shards);
    m->shards[m->info.n_shards++] = *s;
    m->info.tokens += s->tokens;
    m->info.documents += s->documents;
    m->info.sequences += s->sequences;
    m->info.text_bytes += s->text_bytes;
    m->info.characters += s->characters;
}

int shard_end(sm_shard_writer *w, sm_error *err)
{
    SM_TRY(shard_flush_block(w, err));
    SM_TRY(write_table(w, err));
    sm_output *bin = w->bin;
    w->bin = NULL;
    SM_TRY(sm_output_commit(bin, err));
    w->shard.files[FILE_BIN].xxh3 = sm_hasher_value(w->bin_hash);
    SM_TRY(write_beside(w, FILE_IDX, encode_idx, err));
    SM_TRY(write_beside(w, FILE_META, encode_meta, err));
    shard_add_up(w, &w->shard);
    w->shard = (shard_record){0};
    sm_hasher_reset(w->bin_hash);
    sm_buffer_clear(&w->lengths);
    for (int k = 1; k < SECTION_COUNT; k++)
        sm_buffer_clear(&w->sections[k]);
    w->n_parts = 0;
    w->has_parts = false;
    return SM_OK;
}

int manifest_put(sm_shard_writer *w, bool complete, bool unfinished, sm_error *err)
{
    w->manifest.info.complete = complete;
    w->manifest.info.unfinished = unfinished;
    w->manifest.shard_tokens = w->options.shard_tokens;
    sm_buffer json = sm_buffer_make(256 << 20);
    manifest_encode(&w->manifest, &json);
    char *path = path_join(w->options.dir, "manifest", "json");
    int status = SM_OK;
    if (json.overflow) status = sm_error_set(err, SM_ELIMIT, "%s: more than 256 MiB", path);
    if (status == SM_OK) status = sm_file_write(path, sm_buffer_span(&json), err);
    sm_free(path);
    sm_buffer_free(&json);
    return status;
}
