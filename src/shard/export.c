/* Shards for other trainers: see seimai/shard_export.h.
 * A form is a row of the table below: what it can hold, and a function that writes it. All of them walk the
 * documents once for the index and copy the tokens in chunks. SPDX-License-Identifier: MIT */
#include "shard_internal.h"

#include <seimai/json.h>
#include <seimai/shard_edit.h>
#include <seimai/shard_export.h>

#include <stdio.h>
#include <string.h>

enum {
    CHUNK = 1 << 16,             /* tokens that are copied at once */
    LLMC_TOKENS = (1 << 30) - 1, /* of a file: its bytes fit an int */
    LLMC_MAGIC = 20240520,
    LLMC_HEADER = 256,  /* i32 */
    MDS_BYTES = 1 << 26 /* of a file, one document more at most */
};

/* A document as the index has it: tokens of the set, the EOT among them. */
typedef struct extent {
    uint64_t first, n;
} extent;

typedef struct export
{
    const sm_shards *set;
    const sm_shards_info *info;
    const sm_shards_export_options *options;
    const char *name;
    extent *docs;
    size_t n, cap;
    sm_arena paths;
}
export;

/* ---- files --------------------------------------------------------------------------------------- */

/* Opens DIR/NAME followed by `ending`, which must not exist: what is there belongs to somebody. */
static int open_file(export *x, const char *name, const char *ending, sm_output **out,
                     sm_error *err)
{
    const char *const path =
        sm_arena_printf(&x->paths, "%s/%s%s", x->options->dir, name, ending);
    if (sm_file_exists(path)) SM_FAIL(err, SM_EUSAGE, "%s: exists", path);
    return sm_output_open(out, path, err);
}

static int close_file(sm_output *out, int status, sm_error *err)
{
    if (status >= 0) return sm_output_commit(out, err);
    sm_output_abort(out);
    return status;
}

/* Writes a whole file whose content `bytes` is. */
static int write_file(export *x, const char *ending, const sm_buffer *bytes, sm_error *err)
{
    sm_output *out = NULL;
    SM_TRY(open_file(x, x->name, ending, &out, err));
    return close_file(out, sm_output_write(out, sm_buffer_span(bytes), err), err);
}

/* Tokens [first, first + n) as u16 or u32. */
static int write_tokens(const export *x, sm_output *out, uint64_t first, uint64_t n,
                        unsigned token_bytes, sm_error *err)
{
    uint32_t *const ids = sm_malloc(CHUNK * sizeof *ids);
    char *const bytes = sm_malloc((size_t)CHUNK * token_bytes);
    int status = SM_OK;
    while (n > 0 && status >= 0) {
        const size_t take = n < CHUNK ? (size_t)n : CHUNK;
        sm_shards_read(x->set, first, take, ids);
        for (size_t i = 0; token_bytes == 2 && i < take; i++)
            store_u16(bytes + 2 * i, (uint16_t)ids[i]);
        for (size_t i = 0; token_bytes == 4 && i < take; i++)
            store_u32(bytes + 4 * i, ids[i]);
        status = sm_output_write(out, (sm_span){bytes, take * token_bytes}, err);
        first += take;
        n -= take;
    }
    sm_free(ids);
    sm_free(bytes);
    return status;
}

/* One file: a head, and all tokens. */
static int write_all_tokens(export *x, const char *ending, sm_span head, unsigned token_bytes,
                            sm_error *err)
{
    sm_output *out = NULL;
    SM_TRY(open_file(x, x->name, ending, &out, err));
    int status = head.n ? sm_output_write(out, head, err) : SM_OK;
    if (status >= 0) status = write_tokens(x, out, 0, x->info->tokens, token_bytes, err);
    return close_file(out, status, err);
}

/* ---- Megatron-LM --------------------------------------------------------------------------------- */

static int write_megatron(export *x, sm_error *err)
{
    const unsigned size = x->info->token_bytes;
    sm_buffer idx = sm_buffer_make(SIZE_MAX / 2);
    sm_buffer_put(&idx, (sm_span){IDX_MAGIC, sizeof IDX_MAGIC});
    add_u64(&idx, IDX_VERSION);
    sm_buffer_putc(&idx, size == 2 ? IDX_U16 : IDX_I32);
    add_u64(&idx, x->n);
    add_u64(&idx, x->n + 1);
    int status = SM_OK;
    for (size_t i = 0; i < x->n && status == SM_OK; i++) {
        if (x->docs[i].n > INT32_MAX)
            status = sm_error_set(err, SM_EUSAGE,
                                  "document %zu has %llu tokens: too many for megatron", i,
                                  (unsigned long long)x->docs[i].n);
        add_u32(&idx, (uint32_t)x->docs[i].n);
    }
    for (size_t i = 0; i < x->n; i++)
        add_u64(&idx, x->docs[i].first * size);
    for (size_t i = 0; i <= x->n; i++)
        add_u64(&idx, i);
    if (status >= 0) status = write_all_tokens(x, ".bin", (sm_span){0}, size, err);
    if (status >= 0) status = write_file(x, ".idx", &idx, err);
    sm_buffer_free(&idx);
    return status;
}

/* ---- datatrove, nanotron --------------------------------------------------------------------------- */

static int write_loss(export *x, sm_error *err)
{
    sm_output *out = NULL;
    char bytes[4096];
    int status = SM_OK;
    SM_TRY(open_file(x, x->name, ".ds.loss", &out, err));
    for (uint64_t at = 0; at < x->info->tokens && status >= 0;) {
        size_t n = 0;
        while (n < sizeof bytes && at < x->info->tokens)
            bytes[n++] = sm_shards_is_target(x->set, at++);
        status = sm_output_write(out, (sm_span){bytes, n}, err);
    }
    return close_file(out, status, err);
}

static int write_datatrove(export *x, sm_error *err)
{
    const unsigned size = x->info->vocab_size > 65536 ? 4 : 2;
    const unsigned long long tokens = x->info->tokens;
    sm_buffer index = sm_buffer_make(SIZE_MAX / 2), about = sm_buffer_make(1 << 16);
    for (size_t i = 0; i < x->n; i++)
        add_u64(&index, x->docs[i].first + x->docs[i].n);
    sm_buffer_printf(&about, "%s|%u\n%llu\n%.1fM",
                     x->info->tokenizer_name ? x->info->tokenizer_name : "Unknown Tokenizer",
                     size, tokens, (double)tokens / 1e6);
    int status = write_all_tokens(x, ".ds", (sm_span){0}, size, err);
    if (status >= 0) status = write_file(x, ".ds.index", &index, err);
    if (status >= 0 && x->info->has_targets && !x->options->drop_mask)
        status = write_loss(x, err);
    if (status >= 0) status = write_file(x, ".ds.metadata", &about, err);
    sm_buffer_free(&index);
    sm_buffer_free(&about);
    return status;
}

/* ---- nanoGPT, llm.c -------------------------------------------------------------------------------- */

static int write_nanogpt(export *x, sm_error *err)
{
    return write_all_tokens(x, ".bin", (sm_span){0}, 2, err);
}

/* The documents from `doc` on that fit one file; one that is longer than a file is cut. */
static uint64_t llmc_file(const export *x, uint64_t from, size_t *doc)
{
    const uint64_t most = x->options->file_tokens ? x->options->file_tokens : LLMC_TOKENS;
    uint64_t end = from;
    while (*doc < x->n && x->docs[*doc].first + x->docs[*doc].n - from <= most) {
        end = x->docs[*doc].first + x->docs[*doc].n;
        ++*doc;
    }
    return *doc < x->n && end == from ? from + most : end;
}

static int write_llmc(export *x, sm_error *err)
{
    uint64_t from = 0;
    size_t doc = 0;
    for (unsigned file = 0; from < x->info->tokens; file++) {
        const uint64_t end = llmc_file(x, from, &doc);
        char head[4 * LLMC_HEADER] = {0};
        sm_output *out = NULL;
        store_u32(head, LLMC_MAGIC);
        store_u32(head + 4, 1);
        store_u32(head + 8, (uint32_t)(end - from));
        SM_TRY(open_file(x, x->name, sm_arena_printf(&x->paths, "_%06u.bin", file), &out, err));
        int status = sm_output_write(out, (sm_span){head, sizeof head}, err);
        if (status >= 0) status = write_tokens(x, out, from, end - from, 2, err);
        SM_TRY(close_file(out, status, err));
        from = end;
    }
    return SM_OK;
}

/* ---- NumPy ------------------------------------------------------------------------------------------ */

/* The head of format 1.0: magic, version, length, a Python dictionary that is padded to a multiple of 64. */
static void npy_head(sm_buffer *head, const char *dtype, uint64_t n)
{
    sm_buffer text = sm_buffer_make(1 << 10);
    sm_buffer_printf(&text, "{'descr': '%s', 'fortran_order': False, 'shape': (%llu,), }",
                     dtype, (unsigned long long)n);
    while ((10 + text.n + 1) % 64 != 0)
        sm_buffer_putc(&text, ' ');
    sm_buffer_putc(&text, '\n');
    sm_buffer_put(head, (sm_span){"\x93NUMPY\x01\x00", 8});
    sm_buffer_putc(head, (char)(text.n & 0xFF));
    sm_buffer_putc(head, (char)(text.n >> 8));
    sm_buffer_put(head, sm_buffer_span(&text));
    sm_buffer_free(&text);
}

static int write_numpy(export *x, sm_error *err)
{
    const unsigned size = x->info->vocab_size > 65536 ? 4 : 2;
    sm_buffer head = sm_buffer_make(1 << 10), ends = sm_buffer_make(SIZE_MAX / 2);
    npy_head(&head, size == 2 ? "<u2" : "<u4", x->info->tokens);
    npy_head(&ends, "<i8", x->n);
    for (size_t i = 0; i < x->n; i++)
        add_u64(&ends, x->docs[i].first + x->docs[i].n);
    int status = write_all_tokens(x, ".npy", sm_buffer_span(&head), size, err);
    if (status >= 0) status = write_file(x, ".ends.npy", &ends, err);
    sm_buffer_free(&head);
    sm_buffer_free(&ends);
    return status;
}

/* ---- MosaicML Streaming ------------------------------------------------------------------------------ */

/* What stands in every file and in the index: the columns, in order. Keys are sorted. */
static void mds_columns(sm_buffer *json)
{
    sm_buffer_puts(json,
                   "\"column_encodings\": [\"str\", \"ndarray:uint32\"], "
                   "\"column_names\": [\"id\", \"tokens\"], \"column_sizes\": [null, null], "
                   "\"compression\": null, \"format\": \"mds\", \"hashes\": [], ");
}

/* A sample: the sizes of both columns, the id, the tokens behind their shape (one axis, as few bytes as do). */
static void mds_sample(const export *x, size_t doc, sm_span id, sm_buffer *out)
{
    const extent d = x->docs[doc];
    const unsigned code = d.n < 1U << 8 ? 0 : d.n < 1U << 16 ? 1 : 2;
    char length[4];
    sm_put_u32(length, (uint32_t)d.n);
    add_u32(out, (uint32_t)id.n);
    add_u32(out, (uint32_t)(1 + (1U << code) + 4 * d.n));
    sm_buffer_put(out, id);
    sm_buffer_putc(out, (char)(1 << 2 | code));
    sm_buffer_put(out, (sm_span){length, (size_t)1 << code});
    uint32_t *const ids = sm_malloc((size_t)d.n * sizeof *ids);
    sm_shards_read(x->set, d.first, (size_t)d.n, ids);
    char *const to = sm_buffer_reserve(out, (size_t)d.n * 4);
    for (size_t i = 0; to && i < d.n; i++)
        store_u32(to + 4 * i, ids[i]);
    out->n += to ? (size_t)d.n * 4 : 0;
    sm_free(ids);
}

/* One file: the number of samples, where each begins and the last ends, the columns, the samples. */
typedef struct mds_file {
    sm_buffer offsets; /* u32, from the first sample on */
    sm_buffer samples;
    uint32_t n;
    unsigned number;
} mds_file;

static int flush_mds(export *x, mds_file *f, sm_buffer *index, sm_error *err)
{
    sm_buffer file = sm_buffer_make(SIZE_MAX / 2), config = sm_buffer_make(1 << 16);
    char name[32];
    (void)snprintf(name, sizeof name, "shard.%05u.mds", f->number++);
    sm_buffer_putc(&config, '{');
    mds_columns(&config);
    sm_buffer_printf(&config, "\"size_limit\": %d, \"version\": 2}", MDS_BYTES);
    const size_t before = 4 + 4 * ((size_t)f->n + 1) + config.n;
    add_u32(&file, f->n);
    for (uint32_t i = 0; i < f->n; i++)
        add_u32(&file, (uint32_t)before + sm_get_u32(f->offsets.p + 4 * (size_t)i));
    add_u32(&file, (uint32_t)(before + f->samples.n));
    sm_buffer_put(&file, sm_buffer_span(&config));
    sm_buffer_put(&file, sm_buffer_span(&f->samples));

    sm_buffer_puts(index, f->number > 1 ? ", {" : "{");
    mds_columns(index);
    sm_buffer_printf(index,
                     "\"raw_data\": {\"basename\": \"%s\", \"bytes\": %zu, \"hashes\": {}}, "
                     "\"samples\": %u, \"size_limit\": %d, \"version\": 2, \"zip_data\": null}",
                     name, file.n, f->n, MDS_BYTES);
    sm_output *out = NULL;
    int status = open_file(x, name, "", &out, err);
    if (status >= 0)
        status = close_file(out, sm_output_write(out, sm_buffer_span(&file), err), err);
    sm_buffer_clear(&f->offsets);
    sm_buffer_clear(&f->samples);
    f->n = 0;
    sm_buffer_free(&file);
    sm_buffer_free(&config);
    return status;
}

static int mds_samples(export *x, mds_file *f, sm_buffer *index, sm_error *err)
{
    uint64_t sequence = 0;
    for (size_t i = 0; i < x->n; i++) {
        sm_shards_whole doc;
        SM_TRY(sm_shards_whole_at(x->set, sequence, &doc, err));
        sequence += doc.sequences;
        if (x->docs[i].n == 0)
            continue; /* only in a set without EOT; the format has no empty array */
        if (x->docs[i].n > UINT32_MAX / 8)
            SM_FAIL(err, SM_EUSAGE, "document '%.*s': %llu tokens are too many for mds",
                    (int)doc.id.n, doc.id.p, (unsigned long long)x->docs[i].n);
        add_u32(&f->offsets, (uint32_t)f->samples.n);
        mds_sample(x, i, doc.id, &f->samples);
        f->n++;
        if (f->samples.n >= MDS_BYTES) SM_TRY(flush_mds(x, f, index, err));
    }
    return f->n ? flush_mds(x, f, index, err) : SM_OK;
}

static int write_mds(export *x, sm_error *err)
{
    mds_file f = {sm_buffer_make(SIZE_MAX / 2), sm_buffer_make(SIZE_MAX / 2), 0, 0};
    sm_buffer index = sm_buffer_make(SIZE_MAX / 2);
    sm_output *out = NULL;
    sm_buffer_puts(&index, "{\"shards\": [");
    int status = mds_samples(x, &f, &index, err);
    sm_buffer_puts(&index, "], \"version\": 2}\n");
    if (status >= 0) status = open_file(x, "index.json", "", &out, err);
    if (status >= 0)
        status = close_file(out, sm_output_write(out, sm_buffer_span(&index), err), err);
    sm_buffer_free(&f.offsets);
    sm_buffer_free(&f.samples);
    sm_buffer_free(&index);
    return status;
}

/* ---- the table ---------------------------------------------------------------------------------------- */

typedef struct form {
    const char *name;
    uint32_t most_ids; /* the largest vocabulary */
    bool has_mask;
    int (*write)(export *x, sm_error *err);
} form;

static const form forms[] = {
    {"megatron", INT32_MAX, false, write_megatron},
    {"datatrove", UINT32_MAX, true, write_datatrove},
    {"nanogpt", 65536, false, write_nanogpt},
    {"llmc", 65536, false, write_llmc},
    {"numpy", UINT32_MAX, false, write_numpy},
    {"mds", UINT32_MAX, false, write_mds},
};

static int check(const export *x, const form **found, sm_error *err)
{
    const sm_shards_export_options *const o = x->options;
    *found = NULL;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(forms[i].name, o->to) == 0) *found = &forms[i];
    if (!*found) SM_FAIL(err, SM_EUSAGE, "shards: there is no form '%s'", o->to);
    if (!x->info->complete)
        SM_FAIL(err, SM_ETRUNC, "%s: its input was cut: the set is not complete", x->info->dir);
    if (x->info->vocab_size > (*found)->most_ids)
        SM_FAIL(err, SM_EUSAGE, "%s: a vocabulary of %u ids: %s has tokens of 16 bits",
                x->info->dir, x->info->vocab_size, o->to);
    if (x->info->has_targets && !(*found)->has_mask && !o->drop_mask)
        SM_FAIL(err, SM_EUSAGE, "%s: has a mask, for which %s has no place", x->info->dir,
                o->to);
    return SM_OK;
}

static int list_documents(export *x, sm_error *err)
{
    sm_shards_whole doc = {0};
    for (uint64_t i = 0; i < x->info->sequences; i += doc.sequences) {
        SM_TRY(sm_shards_whole_at(x->set, i, &doc, err));
        x->docs = sm_array_grow(x->docs, x->n, &x->cap, sizeof *x->docs);
        x->docs[x->n++] = (extent){doc.first, doc.n + (x->info->eot >= 0)};
    }
    return SM_OK;
}

int sm_shards_export(const sm_shards *set, const sm_shards_export_options *options,
                     sm_error *err)
{
    const form *found = NULL;
    export x = {.set = set, .info = sm_shards_about(set), .options = options};
    x.name = options->name ? options->name : x.info->name;
    SM_TRY(check(&x, &found, err));
    SM_TRY(sm_directory_make(options->dir, err));
    int status = list_documents(&x, err);
    if (status >= 0) status = found->write(&x, err);
    sm_free(x.docs);
    sm_arena_free(&x.paths);
    return status;
}
