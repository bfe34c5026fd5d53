/* Writing a set of shards, document by document: see seimai/shard.h.
 * SPDX-License-Identifier: MIT */
#include "write_internal.h"

bool writer_has_targets(const sm_shard_writer *w)
{
    return strcmp(w->options.kind, "text") != 0;
}

/* ---- opening and closing ---------------------------------------------------------------------- */

static int check_options(const sm_shard_options *o, sm_error *err)
{
    static const char *const kinds[] = {"text", "chat", "pair", "seq2seq"};
    bool known = false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        known = known || strcmp(o->kind, kinds[i]) == 0;
    if (!known) SM_FAIL(err, SM_EUSAGE, "shards: there is no kind '%s'", o->kind);
    if (strcmp(o->compress, "none") != 0 && strcmp(o->compress, "zstd") != 0)
        SM_FAIL(err, SM_EUSAGE, "shards: '%s' is no compression: none and zstd are",
                o->compress);
    if (o->vocab_size == 0 || o->vocab_size > INT32_MAX)
        SM_FAIL(err, SM_EUSAGE, "shards: a vocabulary of %u ids: 1 … 2^31 - 1 are possible",
                o->vocab_size);
    const int64_t v = o->vocab_size;
    if (o->eot < -1 || o->eot >= v || o->bos < -1 || o->bos >= v || o->pad < -1 || o->pad >= v)
        SM_FAIL(err, SM_EUSAGE, "shards: eot, bos or pad is outside the vocabulary of %lld ids",
                (long long)v);
    if (o->shard_tokens < 1 || o->shard_tokens > INT32_MAX)
        SM_FAIL(err, SM_EUSAGE, "shards: %lld tokens a shard: 1 … 2^31 - 1 are possible",
                (long long)o->shard_tokens);
    if (strchr(o->name, '/')) SM_FAIL(err, SM_EUSAGE, "shards: the name '%s' has a /", o->name);
    return SM_OK;
}

static void describe(sm_shard_writer *w)
{
    const sm_shard_options *o = &w->options;
    sm_shards_info *info = &w->manifest.info;
    *info = (sm_shards_info){.dir = o->dir,
                             .kind = o->kind,
                             .name = o->name,
                             .has_tokenizer = o->has_tokenizer,
                             .tokenizer_hash = o->tokenizer_hash,
                             .tokenizer_name = o->tokenizer_name,
                             .vocab_size = o->vocab_size,
                             .eot = o->eot,
                             .bos = o->bos,
                             .pad = o->pad,
                             .token_bytes = o->vocab_size < SM_SHARD_U16_LIMIT ? 2 : 4,
                             .compressed = strcmp(o->compress, "zstd") == 0};
    w->manifest.options = o->options;
    while (o->sources && o->sources[info->n_sources])
        info->n_sources++;
    w->manifest.sources = sm_calloc(info->n_sources, sizeof(sm_span));
    for (size_t i = 0; i < info->n_sources; i++)
        w->manifest.sources[i] = sm_span_of(o->sources[i]);
}

static int open_writer(sm_shard_writer **writer, const sm_shard_options *options,
                       bool *finished, sm_error *err)
{
    sm_shard_options o = *options;
    if (!o.name) o.name = "shard";
    if (!o.kind) o.kind = "text";
    if (!o.compress) o.compress = "none";
    SM_TRY(check_options(&o, err));
    SM_TRY(sm_directory_make(o.dir, err));
    sm_shard_writer *const w = sm_calloc(1, sizeof *w);
    *writer = w;
    w->options = o;
    describe(w);
    w->bin_hash = sm_hasher_new();
    w->block = sm_buffer_make(SM_SHARD_BLOCK);
    w->frame = w->table = w->lengths = sm_buffer_make(SIZE_MAX / 2);
    for (int k = 1; k < SECTION_COUNT; k++)
        w->sections[k] = sm_buffer_make(SIZE_MAX / 2);
    return resume_open(w, finished, err);
}

int sm_shard_writers_open(sm_shard_writer *writers[], const sm_shard_options options[],
                          size_t n, sm_error *err)
{
    size_t n_finished = 0;
    int status = SM_OK;
    memset(writers, 0, n * sizeof(sm_shard_writer *));
    for (size_t i = 0; i < n && status >= 0; i++) {
        bool finished = false;
        status = open_writer(&writers[i], &options[i], &finished, err);
        n_finished += finished;
    }
    if (status >= 0 && n > 0 && n_finished == n)
        status = sm_error_set(err, SM_EUSAGE,
                              "%s: holds a finished set of shards: choose another folder",
                              options[0].dir);
    for (size_t i = 0; i < n && status < 0; i++) {
        sm_shard_writer_abort(writers[i]);
        writers[i] = NULL;
    }
    return status;
}

int sm_shard_writer_open(sm_shard_writer **writer, const sm_shard_options *options,
                         sm_error *err)
{
    return sm_shard_writers_open(writer, options, 1, err);
}

void sm_shard_writer_abort(sm_shard_writer *w)
{
    if (!w) return;
    sm_output_abort(w->bin);
    sm_hasher_free(w->bin_hash);
    sm_buffer_free(&w->block);
    sm_buffer_free(&w->frame);
    sm_buffer_free(&w->table);
    sm_buffer_free(&w->lengths);
    for (int k = 1; k < SECTION_COUNT; k++)
        sm_buffer_free(&w->sections[k]);
    sm_free(w->shard.name);
    sm_free(w->doc_id);
    sm_shards_close(w->before);
    manifest_free(&w->manifest);
    sm_free(w);
}

/* ---- one document --------------------------------------------------------------------------------- */

static void add_parts(sm_shard_writer *w)
{
    const sm_shard_doc *d = &w->doc;
    for (size_t i = 0; i < d->n_parts; i++) {
        add_u32(&w->sections[SECTION_PARTS], d->parts[i].kind);
        add_u32(&w->sections[SECTION_PARTS], d->parts[i].start);
    }
    w->n_parts += d->n_parts;
    w->has_parts = w->has_parts || d->n_parts;
}

/* A sequence begins: all of the document that is left, or as much as the shard still holds. */
static void open_piece(sm_shard_writer *w)
{
    const bool first = w->placed == 0;
    const uint64_t room = (uint64_t)w->options.shard_tokens - w->shard.tokens;
    w->piece_left = w->left < room ? w->left : room;
    add_u32(&w->lengths, (uint32_t)w->piece_left);
    add_u64(&w->sections[SECTION_TEXT_BYTES], first ? w->doc.text_bytes : 0);
    add_u64(&w->sections[SECTION_CHARACTERS], first ? w->doc.characters : 0);
    sm_buffer_put(&w->sections[SECTION_IDS], w->doc.id);
    add_u64(&w->sections[SECTION_ID_ENDS], w->sections[SECTION_IDS].n);
    add_u32(&w->sections[SECTION_SOURCES], w->doc.source);
    if (first) add_parts(w);
    add_u64(&w->sections[SECTION_PART_ENDS], w->n_parts);
    w->shard.sequences++;
    if (!first) return;
    w->shard.documents++;
    w->shard.text_bytes += w->doc.text_bytes;
    w->shard.characters += w->doc.characters;
}

static int continue_elsewhere(sm_shard_writer *w, sm_error *err)
{
    w->flags |= FLAG_CONTINUED;
    SM_TRY(shard_end(w, err));
    SM_TRY(shard_begin(w, FLAG_CONTINUES, err));
    open_piece(w);
    return SM_OK;
}

static int name_bad_id(const sm_shard_writer *w, const uint32_t *ids, size_t i, sm_error *err)
{
    const unsigned long long at = w->placed + i;
    if (ids[i] == w->options.eot)
        SM_FAIL(err, SM_EFORMAT, "document '%s': token %llu: the end token %u inside",
                w->doc_id, at, ids[i]);
    SM_FAIL(err, SM_EFORMAT, "document '%s': token %llu: id %u in a vocabulary of %u",
            w->doc_id, at, ids[i], w->options.vocab_size);
}

/* All at once first, in a loop that becomes vector code; the culprit only if there is one. */
static int check_ids(const sm_shard_writer *w, const uint32_t *ids, size_t n, sm_error *err)
{
    const uint32_t vocab = w->options.vocab_size;
    const uint32_t eot = w->options.eot < 0 ? UINT32_MAX : (uint32_t)w->options.eot;
    uint32_t bad = 0;
    for (size_t i = 0; i < n; i++)
        bad |= (uint32_t)(ids[i] >= vocab) | (uint32_t)(ids[i] == eot);
    for (size_t i = 0; bad && i < n; i++)
        if (ids[i] >= vocab || ids[i] == eot) return name_bad_id(w, ids, i, err);
    return SM_OK;
}

void writer_note_target(sm_shard_writer *w, bool target)
{
    w->any_context = w->any_context || !target;
    w->last_target = target;
}

static void mark(sm_shard_writer *w, bool target)
{
    sm_buffer *bits = &w->sections[SECTION_TARGETS];
    const unsigned bit = (unsigned)(w->shard.tokens % 8);
    if (bit == 0) sm_buffer_putc(bits, 0);
    if (target) bits->p[bits->n - 1] |= (char)(1U << bit);
    writer_note_target(w, target);
}

/* Packs n ids into the block, which has room for them. */
static void pack(sm_shard_writer *w, const uint32_t *ids, size_t n)
{
    const size_t size = w->manifest.info.token_bytes;
    char *p = sm_buffer_reserve(&w->block, n * size);
    for (size_t i = 0; size == 2 && i < n; i++)
        store_u16(p + 2 * i, (uint16_t)ids[i]);
    for (size_t i = 0; size == 4 && i < n; i++)
        store_u32(p + 4 * i, ids[i]);
    w->block.n += n * size;
}

/* As many of n ids as block and shard hold, at least one; *taken tells how many. `targets` are the document's. */
static int place(sm_shard_writer *w, const uint32_t *ids, size_t n, const uint8_t *targets,
                 size_t *taken, sm_error *err)
{
    if (w->piece_left == 0) SM_TRY(continue_elsewhere(w, err));
    if (w->block.n == SM_SHARD_BLOCK) SM_TRY(shard_flush_block(w, err));
    const size_t room = (SM_SHARD_BLOCK - w->block.n) / w->manifest.info.token_bytes;
    size_t run = n < room ? n : room;
    if (run > w->piece_left) run = (size_t)w->piece_left;
    pack(w, ids, run);
    for (size_t i = 0; writer_has_targets(w) && i < run; i++, w->shard.tokens++) {
        const uint64_t at = w->placed + i;
        mark(w, targets ? targets[at / 8] >> at % 8 & 1 : w->last_target);
    }
    if (!writer_has_targets(w)) w->shard.tokens += run;
    w->piece_left -= run;
    w->left -= run;
    *taken = run;
    return SM_OK;
}

/* A shard that is full ends; the manifest then says so, that a rerun may begin behind it. */
static int make_room(sm_shard_writer *w, sm_error *err)
{
    const bool full = w->bin && w->shard.tokens &&
                      w->shard.tokens + w->left > (uint64_t)w->options.shard_tokens;
    if (full) {
        SM_TRY(shard_end(w, err));
        SM_TRY(manifest_put(w, false, true, err));
    }
    return w->bin ? SM_OK : shard_begin(w, 0, err);
}

int sm_shard_writer_begin(sm_shard_writer *w, const sm_shard_doc *doc, sm_error *err)
{
    w->doc = *doc;
    sm_free(w->doc_id);
    w->doc_id = sm_strdup(doc->id);
    w->doc.id.p = w->doc_id;
    w->placed = 0;
    w->left = doc->n + (w->options.eot >= 0);
    w->last_target = true;
    if (doc->source && doc->source >= w->manifest.info.n_sources)
        SM_FAIL(err, SM_EUSAGE, "document '%s': there is no source %u", w->doc_id, doc->source);
    if (doc->targets && !writer_has_targets(w))
        SM_FAIL(err, SM_EUSAGE, "document '%s': a mask in a set of kind text", w->doc_id);
    SM_TRY(resume_begin(w, err));
    if (w->comparing) return SM_OK;
    SM_TRY(make_room(w, err));
    open_piece(w);
    return SM_OK;
}

int sm_shard_writer_put(sm_shard_writer *w, const uint32_t *ids, size_t n, sm_error *err)
{
    const uint8_t *targets = w->doc.targets;
    if (n > w->doc.n - w->placed)
        SM_FAIL(err, SM_EUSAGE, "document '%s': more than the %zu ids that were announced",
                w->doc_id, w->doc.n);
    SM_TRY(check_ids(w, ids, n, err));
    if (w->comparing) return resume_put(w, ids, n, err);
    while (n) {
        size_t taken = 0;
        SM_TRY(place(w, ids, n, targets, &taken, err));
        w->placed += taken;
        ids += taken;
        n -= taken;
    }
    return SM_OK;
}

int sm_shard_writer_end(sm_shard_writer *w, sm_error *err)
{
    if (w->placed != w->doc.n)
        SM_FAIL(err, SM_EUSAGE, "document '%s': %llu ids of the %zu that were announced",
                w->doc_id, (unsigned long long)w->placed, w->doc.n);
    if (w->doc.end_is_context) w->last_target = false;
    if (w->comparing) return resume_end(w, err);
    const uint32_t eot = (uint32_t)w->options.eot;
    size_t taken = 0;
    return w->left ? place(w, &eot, 1, NULL, &taken, err) : SM_OK;
}

static bool has_target(const sm_shard_doc *doc)
{
    for (size_t i = 0; doc->targets && i < doc->n; i++)
        if (doc->targets[i / 8] >> i % 8 & 1) return true;
    return false;
}

int sm_shard_writer_append(sm_shard_writer *w, const sm_shard_doc *doc, sm_error *err)
{
    if (writer_has_targets(w) && !has_target(doc))
        SM_FAIL(err, SM_EFORMAT, "document '%.*s': none of its tokens is a target",
                (int)doc->id.n, doc->id.p);
    SM_TRY(sm_shard_writer_begin(w, doc, err));
    SM_TRY(sm_shard_writer_put(w, doc->ids, doc->n, err));
    return sm_shard_writer_end(w, err);
}

/* ---- the end ---------------------------------------------------------------------------------------- */

static int finish(sm_shard_writer *w, bool complete, sm_error *err)
{
    bool done = false;
    SM_TRY(resume_commit(w, &done, err));
    if (done) return SM_OK;
    if (w->bin) SM_TRY(shard_end(w, err));
    if (writer_has_targets(w) && w->manifest.info.tokens && !w->any_context)
        SM_FAIL(err, SM_EFORMAT, "%s: every token is a target: the mask was forgotten",
                w->options.dir);
    return manifest_put(w, complete, false, err);
}

int sm_shard_writer_commit(sm_shard_writer *w, bool complete, sm_error *err)
{
    const int status = finish(w, complete, err);
    sm_shard_writer_abort(w);
    return status;
}
