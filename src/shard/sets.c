/* One run's sets: see seimai/shard_sets.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/shard_sets.h>

#include <string.h>

enum { TRAIN, VALID, SETS };

struct sm_shard_sets {
    sm_shard_writer *writers[SETS]; /* only the first of an undivided run */
    sm_shard_intake *intake;
    sm_shard_counts *counts; /* [SETS] the caller's */
    sm_arena arena;
};

/* ---- a document ------------------------------------------------------------------------------------ */

static void *copy_of(sm_arena *arena, const void *p, size_t bytes)
{
    void *const copy = sm_arena_alloc(arena, bytes);
    if (bytes) memcpy(copy, p, bytes);
    return copy;
}

sm_shard_doc sm_shard_doc_make(sm_doc *doc, const sm_chat_ids *ids, bool is_text)
{
    sm_shard_doc d = {.id = sm_doc_id(doc),
                      .ids = copy_of(doc->arena, ids->ids.p, ids->ids.n * sizeof *ids->ids.p),
                      .n = ids->ids.n,
                      .text_bytes = ids->text_bytes,
                      .characters = ids->characters};
    if (is_text) return d;
    d.end_is_context = !ids->ends_open;
    d.targets = copy_of(doc->arena, ids->targets, (d.n + 7) / 8);
    d.parts = copy_of(doc->arena, ids->parts, ids->n_parts * sizeof *ids->parts);
    d.n_parts = ids->n_parts;
    return d;
}

/* ---- the tokenizer ---------------------------------------------------------------------------------- */

/* The last part of a path, for the manifest: where a tokenizer lies is nobody's business. */
static const char *base_name(const char *path, sm_arena *arena)
{
    sm_span s = sm_span_of(path);
    while (s.n > 1 && s.p[s.n - 1] == '/')
        s.n--;
    return sm_file_base(sm_arena_copy(arena, s).p);
}

int sm_shard_options_bind(sm_shard_options *set, const sm_tokenizer *tokenizer,
                          const char *path, uint32_t eot, sm_arena *arena, sm_error *err)
{
    const uint32_t pad = sm_tokenizer_find(tokenizer, SM_SPAN("<|pad|>"));
    if (eot == SM_NO_TOKEN) SM_FAIL(err, SM_EFORMAT, "%s: no token that ends a document", path);
    set->vocab_size = (uint32_t)sm_tokenizer_size(tokenizer);
    set->eot = set->bos = eot;
    set->pad = pad == SM_NO_TOKEN ? -1 : (int64_t)pad;
    set->has_tokenizer = true;
    set->tokenizer_hash = sm_tokenizer_hash(tokenizer);
    set->tokenizer_name = base_name(path, arena);
    return SM_OK;
}

/* ---- the sets --------------------------------------------------------------------------------------- */

static void free_sets(sm_shard_sets *s)
{
    sm_shard_intake_free(s->intake);
    sm_arena_free(&s->arena);
    sm_free(s);
}

int sm_shard_sets_open(sm_shard_sets **sets, const sm_shard_options *set, bool divided,
                       const sm_shard_intake_options *intake, sm_shard_counts counts[2],
                       sm_error *err)
{
    static const char *const names[SETS] = {"train", "valid"};
    sm_shard_sets *const s = sm_calloc(1, sizeof *s);
    sm_shard_options options[SETS] = {*set, *set};
    for (int i = 0; divided && i < SETS; i++)
        options[i].dir = sm_arena_printf(&s->arena, "%s/%s", set->dir, names[i]);
    *sets = NULL;
    s->counts = counts;
    const int status = sm_shard_writers_open(s->writers, options, divided ? SETS : 1, err);
    if (status < 0) {
        free_sets(s);
        return status;
    }
    s->intake = sm_shard_intake_new(s->writers, intake);
    *sets = s;
    return SM_OK;
}

int sm_shard_sets_add(sm_shard_sets *s, bool validation, const sm_shard_doc *doc,
                      uint64_t copies, sm_error *err)
{
    const int set = validation ? VALID : TRAIN;
    sm_shard_counts *const counts = &s->counts[set];
    if (validation) copies = 1;
    counts->documents += copies;
    counts->repeated += copies - 1;
    counts->tokens += copies * (doc->n + 1);
    return sm_shard_intake_add(s->intake, (size_t)set, doc, copies, err);
}

/* After a failure the writers are only freed. */
static int close_writers(sm_shard_sets *s, int status, bool complete, sm_error *err)
{
    for (int i = 0; i < SETS; i++) {
        if (status < 0)
            sm_shard_writer_abort(s->writers[i]);
        else if (s->writers[i])
            status = sm_shard_writer_commit(s->writers[i], complete, err);
    }
    return status;
}

int sm_shard_sets_commit(sm_shard_sets *s, bool complete, sm_error *err)
{
    int status = sm_shard_intake_finish(s->intake, err);
    status = close_writers(s, status, complete, err);
    free_sets(s);
    return status;
}

void sm_shard_sets_abort(sm_shard_sets *s)
{
    if (!s) return;
    (void)close_writers(s, SM_EIO, false, NULL);
    free_sets(s);
}

void sm_shard_counts_tell(const sm_shard_counts *counts, sm_buffer *json)
{
    sm_json_put_uint(json, "documents", counts->documents);
    sm_json_put_uint(json, "repeated", counts->repeated);
    sm_json_put_uint(json, "tokens", counts->tokens);
}
