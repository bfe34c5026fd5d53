/* Sets of shards as documents: see seimai/shard_edit.h.
 * SPDX-License-Identifier: MIT */
#include "shard_internal.h"

#include <seimai/shard_edit.h>

#include <string.h>

enum { CHUNK = 1 << 16 /* tokens that are copied at once */ };

/* ---- one document ------------------------------------------------------------------------------ */

int sm_shards_whole_at(const sm_shards *set, uint64_t i, sm_shards_whole *doc, sm_error *err)
{
    const sm_shards_info *info = sm_shards_about(set);
    sm_shards_doc piece = {0};
    SM_TRY(sm_shards_document(set, i, &piece, err));
    if (piece.continues)
        SM_FAIL(err, SM_EUSAGE, "%s: sequence %llu is a later piece of a document", info->dir,
                (unsigned long long)i);
    *doc = (sm_shards_whole){.id = piece.id,
                             .first = piece.first,
                             .n = piece.n,
                             .sequences = 1,
                             .text_bytes = piece.text_bytes,
                             .characters = piece.characters,
                             .source = piece.source};
    while (piece.continued) {
        if (i + doc->sequences == info->sequences)
            SM_FAIL(err, SM_EFORMAT, "%s: the last document is said to go on", info->dir);
        SM_TRY(sm_shards_document(set, i + doc->sequences, &piece, err));
        if (!piece.continues || !sm_span_equal(piece.id, doc->id))
            SM_FAIL(err, SM_EFORMAT, "%s: sequence %llu: not the rest of document '%.*s'",
                    info->dir, (unsigned long long)(i + doc->sequences), (int)doc->id.n,
                    doc->id.p);
        doc->n += piece.n;
        doc->sequences++;
    }
    if (info->eot < 0) return SM_OK;
    if (doc->n == 0)
        SM_FAIL(err, SM_EFORMAT, "%s: document '%.*s' lacks its end token", info->dir,
                (int)doc->id.n, doc->id.p);
    doc->n--;
    return SM_OK;
}

size_t sm_shards_parts_of(const sm_shards *set, uint64_t i, sm_shard_part *parts, size_t max)
{
    const shard *s = sm_shard_of_sequence(set, i);
    const uint64_t at = i - s->first_sequence;
    const sm_span ends = s->meta.sections[SECTION_PART_ENDS];
    const sm_span all = s->meta.sections[SECTION_PARTS];
    if (!ends.p) return 0;
    const uint64_t first = at ? sm_get_u64(ends.p + 8 * (at - 1)) : 0;
    const uint64_t end = sm_get_u64(ends.p + 8 * at);
    if (first > end || end > all.n / 8) return 0; /* `shard verify` names it */
    for (uint64_t k = first; k < end && k - first < max; k++)
        parts[k - first] = (sm_shard_part){(sm_part_kind)sm_get_u32(all.p + 8 * k),
                                           sm_get_u32(all.p + 8 * k + 4)};
    return (size_t)(end - first);
}

/* ---- copying ----------------------------------------------------------------------------------- */

static int copy_by_chunks(sm_shard_writer *writer, const sm_shards *set, uint64_t first,
                          const sm_shard_doc *doc, sm_error *err)
{
    uint32_t *const ids = sm_malloc(CHUNK * sizeof *ids);
    int status = sm_shard_writer_begin(writer, doc, err);
    for (size_t at = 0; at < doc->n && status >= 0; at += CHUNK) {
        const size_t n = doc->n - at < CHUNK ? doc->n - at : CHUNK;
        sm_shards_read(set, first + at, n, ids);
        status = sm_shards_fault(set, err);
        if (status >= 0) status = sm_shard_writer_put(writer, ids, n, err);
    }
    sm_free(ids);
    return status < 0 ? status : sm_shard_writer_end(writer, err);
}

/* With its mask and parts: these go to the writer in one piece. */
static int copy_at_once(sm_shard_writer *writer, const sm_shards *set, uint64_t sequence,
                        uint64_t first, sm_shard_doc *doc, sm_error *err)
{
    const size_t n_parts = sm_shards_parts_of(set, sequence, NULL, 0);
    uint32_t *const ids = sm_malloc((doc->n + 1) * sizeof *ids);
    uint8_t *const targets = sm_calloc(doc->n / 8 + 1, 1);
    sm_shard_part *const parts = sm_malloc((n_parts + 1) * sizeof *parts);
    sm_shards_read(set, first, doc->n, ids);
    for (size_t t = 0; t < doc->n; t++)
        targets[t / 8] |= (uint8_t)(sm_shards_is_target(set, first + t) << t % 8);
    int status = sm_shards_fault(set, err);
    const uint64_t end = first + doc->n;
    doc->end_is_context = set->manifest.info.eot >= 0 && !sm_shards_is_target(set, end);
    doc->ids = ids;
    doc->targets = targets;
    doc->parts = parts;
    doc->n_parts = sm_shards_parts_of(set, sequence, parts, n_parts);
    if (status >= 0) status = sm_shard_writer_append(writer, doc, err);
    sm_free(ids);
    sm_free(targets);
    sm_free(parts);
    return status;
}

int sm_shards_append(sm_shard_writer *writer, const sm_shards *set, uint64_t sequence,
                     const sm_shards_whole *whole, uint32_t source, sm_error *err)
{
    sm_shard_doc doc = {.id = whole->id,
                        .n = (size_t)whole->n,
                        .text_bytes = whole->text_bytes,
                        .characters = whole->characters,
                        .source = source};
    return sm_shards_about(set)->has_targets
               ? copy_at_once(writer, set, sequence, whole->first, &doc, err)
               : copy_by_chunks(writer, set, whole->first, &doc, err);
}

/* ---- what a new set takes over ------------------------------------------------------------------- */

static int differ(const char *field, const sm_shards_info *a, const sm_shards_info *b,
                  int64_t x, int64_t y, sm_error *err)
{
    if (x == y) return SM_OK;
    SM_FAIL(err, SM_EUSAGE, "%s and %s: another %s: %lld, %lld", a->dir, b->dir, field,
            (long long)x, (long long)y);
}

int sm_shards_alike(const sm_shards *first, const sm_shards *second, sm_error *err)
{
    const sm_shards_info *const a = sm_shards_about(first), *const b = sm_shards_about(second);
    if (strcmp(a->kind, b->kind) != 0)
        SM_FAIL(err, SM_EUSAGE, "%s and %s: another kind: %s, %s", a->dir, b->dir, a->kind,
                b->kind);
    SM_TRY(differ("vocabulary", a, b, a->vocab_size, b->vocab_size, err));
    SM_TRY(differ("end token", a, b, a->eot, b->eot, err));
    if (a->has_tokenizer == b->has_tokenizer &&
        (!a->has_tokenizer || sm_hash128_equal(a->tokenizer_hash, b->tokenizer_hash)))
        return SM_OK;
    SM_FAIL(err, SM_EUSAGE, "%s and %s: made with another tokenizer", a->dir, b->dir);
}

/* The sources of several sets as one table of names; places[k][i] is where source i of set k went. */
typedef struct sources {
    const char **names; /* NULL at the end */
    size_t n, cap;
    uint32_t **places;
    sm_arena arena;
} sources;

static uint32_t place_of(sources *table, sm_span name)
{
    for (size_t i = 0; i < table->n; i++)
        if (sm_span_equal(name, sm_span_of(table->names[i]))) return (uint32_t)i;
    table->names = sm_array_grow(table->names, table->n + 1, &table->cap, sizeof(char *));
    table->names[table->n] = sm_arena_copy(&table->arena, name).p;
    table->names[++table->n] = NULL;
    return (uint32_t)(table->n - 1);
}

static void join_sources(sources *table, sm_shards *const *sets, size_t n)
{
    table->places = sm_arena_zalloc(&table->arena, n, sizeof *table->places);
    for (size_t k = 0; k < n; k++) {
        const size_t count = sm_shards_about(sets[k])->n_sources;
        table->places[k] = sm_arena_zalloc(&table->arena, count + 1, sizeof(uint32_t));
        for (size_t i = 0; i < count; i++)
            table->places[k][i] = place_of(table, sm_shards_source(sets[k], i));
    }
}

static void free_sources(sources *table)
{
    sm_free(table->names);
    sm_arena_free(&table->arena);
}

static sm_shard_options options_like(const sm_shards *set, const char *dir,
                                     const sm_shards_form *form, const sources *table)
{
    const sm_shards_info *const info = sm_shards_about(set);
    return (sm_shard_options){.dir = dir,
                              .name = form->name ? form->name : info->name,
                              .kind = info->kind,
                              .vocab_size = info->vocab_size,
                              .eot = info->eot,
                              .bos = info->bos,
                              .pad = info->pad,
                              .has_tokenizer = info->has_tokenizer,
                              .tokenizer_hash = info->tokenizer_hash,
                              .tokenizer_name = info->tokenizer_name,
                              .shard_tokens = form->shard_tokens,
                              .sources = table->names,
                              .options = set->manifest.options,
                              .compress = form->compress     ? form->compress
                                          : info->compressed ? "zstd"
                                                             : "none"};
}

/* ---- merging --------------------------------------------------------------------------------------- */

static int append_set(sm_shard_writer *writer, const sm_shards *set, const uint32_t *places,
                      sm_error *err)
{
    const uint64_t n = sm_shards_about(set)->sequences;
    sm_shards_whole doc = {0};
    for (uint64_t i = 0; i < n; i += doc.sequences) {
        SM_TRY(sm_shards_whole_at(set, i, &doc, err));
        SM_TRY(sm_shards_append(writer, set, i, &doc, places[doc.source], err));
    }
    return SM_OK;
}

static int append_sets(sm_shard_writer *writer, sm_shards *const *sets, size_t n,
                       const sources *table, sm_error *err)
{
    bool complete = true;
    int status = SM_OK;
    for (size_t k = 0; k < n && status >= 0; k++) {
        status = append_set(writer, sets[k], table->places[k], err);
        complete = complete && sm_shards_about(sets[k])->complete;
    }
    if (status >= 0) return sm_shard_writer_commit(writer, complete, err);
    sm_shard_writer_abort(writer);
    return status;
}

int sm_shards_merge(const char *dir, const sm_shards_form *form, sm_shards *const *sets,
                    size_t n, sm_error *err)
{
    sources table = {0};
    sm_shard_writer *writer = NULL;
    for (size_t k = 1; k < n; k++)
        SM_TRY(sm_shards_alike(sets[0], sets[k], err));
    join_sources(&table, sets, n);
    const sm_shard_options options = options_like(sets[0], dir, form, &table);
    int status = sm_shard_writer_open(&writer, &options, err);
    if (status >= 0) status = sm_shards_tokenizer_along(sets[0]->dir, dir, err);
    if (status >= 0)
        status = append_sets(writer, sets, n, &table, err);
    else
        sm_shard_writer_abort(writer);
    free_sources(&table);
    return status;
}

/* ---- dividing -------------------------------------------------------------------------------------- */

enum { MAX_PARTS = 4096 };

typedef struct split {
    const sm_shards *set;
    const sm_shards_division *division;
    sources table;
    sm_shard_options options[MAX_PARTS];
    sm_shard_writer *writers[MAX_PARTS];
    size_t n;
} split;

/* The options of one part, whose folder is DIR/PART. */
static void add_part(split *x, const char *dir, const char *part)
{
    x->options[x->n++] =
        options_like(x->set, sm_arena_printf(&x->table.arena, "%s/%s", dir, part),
                     &x->division->form, &x->table);
}

static int open_parts(split *x, const char *dir, sm_error *err)
{
    const uint32_t parts = x->division->parts;
    if (parts > MAX_PARTS)
        SM_FAIL(err, SM_EUSAGE, "%u parts: at most %d are possible", parts, MAX_PARTS);
    SM_TRY(sm_directory_make(dir, err));
    for (uint32_t i = 0; i < parts; i++)
        add_part(x, dir, sm_arena_printf(&x->table.arena, "part-%05u", i));
    if (parts == 0) {
        add_part(x, dir, "train");
        add_part(x, dir, "valid");
    }
    return sm_shard_writers_open(x->writers, x->options, x->n, err);
}

/* The part that a document goes to. */
static size_t part_of(const split *x, const sm_shards_whole *doc)
{
    const uint64_t tokens = sm_shards_about(x->set)->tokens;
    if (x->division->parts == 0)
        return sm_split_is_validation(doc->id, x->division->validation);
    return (size_t)((double)doc->first / (double)(tokens + 1) * x->division->parts);
}

static int distribute(split *x, sm_error *err)
{
    const uint64_t n = sm_shards_about(x->set)->sequences;
    sm_shards_whole doc = {0};
    for (uint64_t i = 0; i < n; i += doc.sequences) {
        SM_TRY(sm_shards_whole_at(x->set, i, &doc, err));
        SM_TRY(sm_shards_append(x->writers[part_of(x, &doc)], x->set, i, &doc,
                                x->table.places[0][doc.source], err));
    }
    return SM_OK;
}

int sm_shards_split(const char *dir, const sm_shards *set, const sm_shards_division *division,
                    sm_error *err)
{
    split *const x = sm_calloc(1, sizeof *x);
    sm_shards *const sets[] = {(sm_shards *)(uintptr_t)set};
    x->set = set;
    x->division = division;
    join_sources(&x->table, sets, 1);
    int status = open_parts(x, dir, err);
    if (status >= 0) status = sm_shards_tokenizer_along(set->dir, dir, err);
    if (status >= 0) status = distribute(x, err);
    const bool complete = sm_shards_about(set)->complete;
    for (size_t i = 0; i < x->n; i++) {
        if (status >= 0)
            status = sm_shard_writer_commit(x->writers[i], complete, err);
        else
            sm_shard_writer_abort(x->writers[i]);
    }
    free_sources(&x->table);
    sm_free(x);
    return status;
}
