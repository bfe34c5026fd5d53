/* Shards from files of bare tokens, with and without an index beside them: see seimai/shard.h.
 * SPDX-License-Identifier: MIT */
#include "shard_internal.h"

#include <seimai/shard.h>

#include <string.h>

enum { CHUNK = 4096, LLMC_MAGIC = 20240520, LLMC_HEADER = 1024 };

typedef struct raw_file {
    sm_map map;
    const char *path;
    size_t start; /* bytes before the first token */
    unsigned token_bytes;
    uint64_t tokens;
    sm_map loss; /* a byte a token, or empty … */
    int64_t eot; /* … and the end token, which has one too */
} raw_file;

static uint32_t raw_at(const raw_file *raw, uint64_t i)
{
    const char *p = raw->map.bytes.p + raw->start + i * raw->token_bytes;
    return raw->token_bytes == 2 ? load_u16(p) : load_u32(p);
}

static int open_raw(raw_file *raw, const char *path, unsigned token_bytes, size_t start,
                    sm_error *err)
{
    *raw = (raw_file){.path = path, .start = start, .token_bytes = token_bytes};
    SM_TRY(sm_map_open(&raw->map, path, err));
    const size_t n = raw->map.bytes.n;
    if (n < start) SM_FAIL(err, SM_ETRUNC, "%s: header: %zu bytes", path, n);
    raw->tokens = (n - start) / token_bytes;
    if ((n - start) % token_bytes)
        SM_FAIL(err, SM_ETRUNC, "%s: it ends inside a token of %u bytes", path, token_bytes);
    return SM_OK;
}

static void close_raw(raw_file *raw)
{
    sm_map_close(&raw->map);
    sm_map_close(&raw->loss);
}

/* ---- documents ------------------------------------------------------------------------------------ */

static int append_chunks(sm_shard_writer *w, const raw_file *raw, uint64_t first,
                         const sm_shard_doc *doc, sm_error *err)
{
    uint32_t ids[CHUNK];
    SM_TRY(sm_shard_writer_begin(w, doc, err));
    for (uint64_t at = 0; at < doc->n;) {
        const size_t take = doc->n - at < CHUNK ? (size_t)(doc->n - at) : CHUNK;
        for (size_t i = 0; i < take; i++)
            ids[i] = raw_at(raw, first + at + i);
        SM_TRY(sm_shard_writer_put(w, ids, take, err));
        at += take;
    }
    return sm_shard_writer_end(w, err);
}

/* A document with its mask, which goes to the writer in one piece. */
static int append_masked(sm_shard_writer *w, const raw_file *raw, uint64_t first,
                         sm_shard_doc *doc, sm_error *err)
{
    uint32_t *const ids = sm_malloc((doc->n + 1) * sizeof *ids);
    uint8_t *const targets = sm_calloc(doc->n / 8 + 1, 1);
    for (size_t i = 0; i < doc->n; i++) {
        ids[i] = raw_at(raw, first + i);
        targets[i / 8] |= (uint8_t)((raw->loss.bytes.p[first + i] != 0) << i % 8);
    }
    const uint64_t end = first + doc->n;
    doc->end_is_context =
        end < raw->tokens && raw_at(raw, end) == raw->eot && !raw->loss.bytes.p[end];
    doc->ids = ids;
    doc->targets = targets;
    const int status = sm_shard_writer_append(w, doc, err);
    sm_free(ids);
    sm_free(targets);
    return status;
}

/* Tokens [first, first + n) as document `number`, which is its id. */
static int append_range(sm_shard_writer *w, const raw_file *raw, uint64_t first, uint64_t n,
                        uint64_t number, sm_error *err)
{
    char name[32];
    sm_buffer b = sm_buffer_make(32);
    sm_buffer_printf(&b, "%llu", (unsigned long long)number);
    memcpy(name, b.p, b.n);
    sm_shard_doc doc = {.id = {name, b.n}, .n = (size_t)n};
    sm_buffer_free(&b);
    return raw->loss.bytes.n ? append_masked(w, raw, first, &doc, err)
                             : append_chunks(w, raw, first, &doc, err);
}

/* Cut at each `eot`, which the writer writes again. */
static int append_by_eot(sm_shard_writer *w, const raw_file *raw, int64_t eot, sm_error *err)
{
    uint64_t first = 0, number = 0;
    for (uint64_t i = 0; eot >= 0 && i < raw->tokens; i++) {
        if (raw_at(raw, i) != eot) continue;
        SM_TRY(append_range(w, raw, first, i - first, number++, err));
        first = i + 1;
    }
    if (first == raw->tokens) return SM_OK;
    return append_range(w, raw, first, raw->tokens - first, number, err);
}

/* A document of an index, [first, end) in tokens; an EOT that stands at its end is the writer's to write. */
static int append_indexed(sm_shard_writer *w, const raw_file *raw, uint64_t first, uint64_t end,
                          uint64_t number, int64_t eot, sm_error *err)
{
    if (end < first || end > raw->tokens)
        SM_FAIL(err, SM_EFORMAT, "%s: document %llu lies outside the %llu tokens", raw->path,
                (unsigned long long)number, (unsigned long long)raw->tokens);
    if (end > first && eot >= 0 && raw_at(raw, end - 1) == eot) end--;
    return append_range(w, raw, first, end - first, number, err);
}

/* ---- the formats ------------------------------------------------------------------------------------ */

int sm_import_raw(sm_shard_writer *writer, const char *path, unsigned token_bytes, int64_t eot,
                  sm_error *err)
{
    raw_file raw;
    int status = open_raw(&raw, path, token_bytes, 0, err);
    if (status == SM_OK) status = append_by_eot(writer, &raw, eot, err);
    close_raw(&raw);
    return status;
}

static int check_llmc(const raw_file *raw, sm_error *err)
{
    const char *const head = raw->map.bytes.p;
    if (load_u32(head) != LLMC_MAGIC || load_u32(head + 4) != 1)
        SM_FAIL(err, SM_EFORMAT, "%s: header: this is no file of llm.c, version 1", raw->path);
    if (load_u32(head + 8) == raw->tokens) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: header: %u tokens, the file holds %llu", raw->path,
            load_u32(head + 8), (unsigned long long)raw->tokens);
}

int sm_import_llmc(sm_shard_writer *writer, const char *path, int64_t eot, sm_error *err)
{
    raw_file raw;
    int status = open_raw(&raw, path, 2, LLMC_HEADER, err);
    if (status == SM_OK) status = check_llmc(&raw, err);
    if (status == SM_OK) status = append_by_eot(writer, &raw, eot, err);
    close_raw(&raw);
    return status;
}

/* The bytes of a token, from the first line of .metadata: "NAME|4"; without one it is u16. */
static int read_metadata(const char *path, unsigned *token_bytes, sm_error *err)
{
    sm_buffer text = sm_buffer_make(1 << 20);
    int status = sm_file_exists(path) ? sm_file_read(path, &text, err) : SM_OK;
    const char *const end = text.n ? memchr(text.p, '\n', text.n) : NULL;
    *token_bytes = 2;
    if (end && end[-1] == '4') *token_bytes = 4;
    if (status == SM_OK && text.n && (!end || end - text.p < 2 || end[-2] != '|'))
        status = sm_error_set(err, SM_EFORMAT, "%s:1: expected NAME|2 or NAME|4", path);
    sm_buffer_free(&text);
    return status;
}

static int append_datatrove(sm_shard_writer *w, raw_file *raw, sm_span index, const char *loss,
                            int64_t eot, sm_error *err)
{
    raw->eot = eot;
    if (sm_file_exists(loss)) SM_TRY(sm_map_open(&raw->loss, loss, err));
    if (raw->loss.bytes.n && raw->loss.bytes.n != raw->tokens)
        SM_FAIL(err, SM_EFORMAT, "%s: %zu bytes for %llu tokens", loss, raw->loss.bytes.n,
                (unsigned long long)raw->tokens);
    uint64_t first = 0;
    for (size_t i = 0; i < index.n / 8; i++) {
        const uint64_t end = sm_get_u64(index.p + 8 * i);
        SM_TRY(append_indexed(w, raw, first, end, i, eot, err));
        first = end;
    }
    if (first == raw->tokens && index.n % 8 == 0) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s.index: ends at token %llu of %llu", raw->path,
            (unsigned long long)first, (unsigned long long)raw->tokens);
}

int sm_import_datatrove(sm_shard_writer *writer, const char *path, int64_t eot, sm_error *err)
{
    sm_arena names = {0};
    sm_map index = {0};
    raw_file raw = {.path = path};
    unsigned token_bytes = 2;
    int status = read_metadata(sm_arena_printf(&names, "%s.metadata", path), &token_bytes, err);
    if (status == SM_OK) status = open_raw(&raw, path, token_bytes, 0, err);
    if (status == SM_OK)
        status = sm_map_open(&index, sm_arena_printf(&names, "%s.index", path), err);
    if (status == SM_OK)
        status = append_datatrove(writer, &raw, index.bytes,
                                  sm_arena_printf(&names, "%s.loss", path), eot, err);
    sm_map_close(&index);
    close_raw(&raw);
    sm_arena_free(&names);
    return status;
}

/* The header of .idx, and where its arrays lie. */
typedef struct idx_file {
    sm_span bytes;
    uint64_t sequences, documents;
    unsigned token_bytes;
} idx_file;

static int check_idx_file(idx_file *idx, const char *path, sm_error *err)
{
    const sm_span b = idx->bytes;
    if (b.n < IDX_HEADER || memcmp(b.p, IDX_MAGIC, sizeof IDX_MAGIC) != 0 ||
        sm_get_u64(b.p + 9) != IDX_VERSION)
        SM_FAIL(err, SM_EFORMAT, "%s: header: this is no index of version 1", path);
    if (b.p[17] != IDX_U16 && b.p[17] != IDX_I32)
        SM_FAIL(err, SM_EFORMAT, "%s: header: dtype %d: u16 and i32 are read", path, b.p[17]);
    idx->token_bytes = b.p[17] == IDX_U16 ? 2 : 4;
    idx->sequences = sm_get_u64(b.p + 18);
    idx->documents = sm_get_u64(b.p + 26);
    const uint64_t most = b.n / 8;
    if (idx->sequences > most || idx->documents == 0 || idx->documents > most ||
        b.n < IDX_HEADER + 12 * idx->sequences + 8 * idx->documents)
        SM_FAIL(err, SM_ETRUNC, "%s: %zu bytes do not hold %llu sequences", path, b.n,
                (unsigned long long)idx->sequences);
    return SM_OK;
}

/* Documents as the index has them: from the first sequence of one to the first of the next. */
static int append_megatron(sm_shard_writer *w, const raw_file *raw, const idx_file *idx,
                           int64_t eot, sm_error *err)
{
    const char *const offsets = idx->bytes.p + IDX_HEADER + 4 * idx->sequences;
    const char *const documents = offsets + 8 * idx->sequences;
    for (uint64_t i = 0; i + 1 < idx->documents; i++) {
        const uint64_t a = sm_get_u64(documents + 8 * i),
                       b = sm_get_u64(documents + 8 * (i + 1));
        if (a > b || b > idx->sequences)
            SM_FAIL(err, SM_EFORMAT, "%s: the index of document %llu is out of order",
                    raw->path, (unsigned long long)i);
        const uint64_t end =
            b < idx->sequences ? sm_get_u64(offsets + 8 * b) / idx->token_bytes : raw->tokens;
        const uint64_t first =
            a < idx->sequences ? sm_get_u64(offsets + 8 * a) / idx->token_bytes : end;
        SM_TRY(append_indexed(w, raw, first, end, i, eot, err));
    }
    return SM_OK;
}

int sm_import_megatron(sm_shard_writer *writer, const char *path, int64_t eot, sm_error *err)
{
    sm_arena names = {0};
    sm_map map = {0};
    raw_file raw = {.path = path};
    const sm_span name = sm_span_of(path);
    const int stem = (int)(sm_span_ends(name, SM_SPAN(".bin")) ? name.n - 4 : name.n);
    const char *const idx_path = sm_arena_printf(&names, "%.*s.idx", stem, path);
    const char *const bin_path = sm_arena_printf(&names, "%.*s.bin", stem, path);
    int status = sm_map_open(&map, idx_path, err);
    idx_file idx = {.bytes = map.bytes};
    if (status == SM_OK) status = check_idx_file(&idx, idx_path, err);
    if (status == SM_OK) status = open_raw(&raw, bin_path, idx.token_bytes, 0, err);
    if (status == SM_OK) status = append_megatron(writer, &raw, &idx, eot, err);
    sm_map_close(&map);
    close_raw(&raw);
    sm_arena_free(&names);
    return status;
}
