/* Shards for other trainers: see seimai/shard_export.h.
 * A form is a row of the table below: what it can hold, and a function that writes it. All of them walk the
 * documents once for the index and copy the tokens in chunks. SPDX-License-Identifier: MIT */
#include "export_internal.h"

enum {
    CHUNK = 1 << 16,             /* tokens that are copied at once */
    LLMC_TOKENS = (1 << 30) - 1, /* of a file: its bytes fit an int */
    LLMC_MAGIC = 20240520,
    LLMC_HEADER = 256 /* i32 */
};

/* ---- files --------------------------------------------------------------------------------------- */

/* Opens DIR/NAME followed by `ending`, which must not exist: what is there belongs to somebody. */
int export_open(export *x, const char *name, const char *ending, sm_output **out, sm_error *err)
{
    const char *const path =
        sm_arena_printf(&x->paths, "%s/%s%s", x->options->dir, name, ending);
    if (sm_file_exists(path)) SM_FAIL(err, SM_EUSAGE, "%s: exists", path);
    return sm_output_open(out, path, err);
}

int export_close(sm_output *out, int status, sm_error *err)
{
    if (status >= 0) return sm_output_commit(out, err);
    sm_output_abort(out);
    return status;
}

/* Writes a whole file whose content `bytes` is. */
static int write_file(export *x, const char *ending, const sm_buffer *bytes, sm_error *err)
{
    sm_output *out = NULL;
    SM_TRY(export_open(x, x->name, ending, &out, err));
    return export_close(out, sm_output_write(out, sm_buffer_span(bytes), err), err);
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
        status = sm_shards_fault(x->set, err);
        for (size_t i = 0; token_bytes == 2 && i < take; i++)
            store_u16(bytes + 2 * i, (uint16_t)ids[i]);
        for (size_t i = 0; token_bytes == 4 && i < take; i++)
            store_u32(bytes + 4 * i, ids[i]);
        if (status >= 0)
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
    SM_TRY(export_open(x, x->name, ending, &out, err));
    int status = head.n ? sm_output_write(out, head, err) : SM_OK;
    if (status >= 0) status = write_tokens(x, out, 0, x->info->tokens, token_bytes, err);
    return export_close(out, status, err);
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
    for (size_t i = 0; i < x->n; i++)
        add_u32(&idx, (uint32_t)x->docs[i].n);
    for (size_t i = 0; i < x->n; i++)
        add_u64(&idx, x->docs[i].first * size);
    for (size_t i = 0; i <= x->n; i++)
        add_u64(&idx, i);
    int status = write_all_tokens(x, ".bin", (sm_span){0}, size, err);
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
    SM_TRY(export_open(x, x->name, ".ds.loss", &out, err));
    for (uint64_t at = 0; at < x->info->tokens && status >= 0;) {
        size_t n = 0;
        while (n < sizeof bytes && at < x->info->tokens)
            bytes[n++] = sm_shards_is_target(x->set, at++);
        status = sm_output_write(out, (sm_span){bytes, n}, err);
    }
    return export_close(out, status, err);
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
        SM_TRY(
            export_open(x, x->name, sm_arena_printf(&x->paths, "_%06u.bin", file), &out, err));
        int status = sm_output_write(out, (sm_span){head, sizeof head}, err);
        if (status >= 0) status = write_tokens(x, out, from, end - from, 2, err);
        SM_TRY(export_close(out, status, err));
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

/* ---- the table ---------------------------------------------------------------------------------------- */

typedef struct form {
    const char *name;
    uint32_t most_ids;    /* the largest vocabulary */
    uint64_t most_tokens; /* of a document, its EOT among them */
    bool has_mask;
    int (*write)(export *x, sm_error *err);
} form;

static const form forms[] = {
    {"megatron", INT32_MAX, INT32_MAX, false, write_megatron},
    {"datatrove", UINT32_MAX, UINT64_MAX, true, write_datatrove},
    {"nanogpt", 65536, UINT64_MAX, false, write_nanogpt},
    {"llmc", 65536, UINT64_MAX, false, write_llmc},
    {"numpy", UINT32_MAX, UINT64_MAX, false, write_numpy},
    {"mds", UINT32_MAX, MDS_DOCUMENT, false, export_mds},
};

static int check(const export *x, const form **found, sm_error *err)
{
    const sm_shards_export_options *const o = x->options;
    *found = NULL;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(forms[i].name, o->to) == 0) *found = &forms[i];
    if (!*found) SM_FAIL(err, SM_EUSAGE, "shards: there is no form '%s'", o->to);
    SM_TRY(sm_shards_complete(x->set, err));
    if (x->info->vocab_size > (*found)->most_ids)
        SM_FAIL(err, SM_EUSAGE, "%s: a vocabulary of %u ids: %s has tokens of 16 bits",
                x->info->dir, x->info->vocab_size, o->to);
    if (x->info->has_targets && !(*found)->has_mask && !o->drop_mask)
        SM_FAIL(err, SM_EUSAGE, "%s: has a mask, for which %s has no place", x->info->dir,
                o->to);
    return SM_OK;
}

/* Notes where documents lie, and refuses one that the form cannot hold. */
static int list_documents(export *x, const form *f, sm_error *err)
{
    sm_shards_whole doc = {0};
    for (uint64_t i = 0; i < x->info->sequences; i += doc.sequences) {
        SM_TRY(sm_shards_whole_at(x->set, i, &doc, err));
        const extent e = {doc.first, doc.n + (x->info->eot >= 0)};
        if (e.n > f->most_tokens)
            SM_FAIL(err, SM_EUSAGE, "document '%.*s': %llu tokens: a document of %s has %llu",
                    (int)doc.id.n, doc.id.p, (unsigned long long)e.n, f->name,
                    (unsigned long long)f->most_tokens);
        x->docs = sm_array_grow(x->docs, x->n, &x->cap, sizeof *x->docs);
        x->docs[x->n++] = e;
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
    int status = list_documents(&x, found, err);
    if (status >= 0) status = sm_directory_make(options->dir, err);
    if (status >= 0) status = found->write(&x, err);
    sm_free(x.docs);
    sm_arena_free(&x.paths);
    return status;
}
