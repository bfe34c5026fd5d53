/* Going on where a run died: see sm_shard_writer_open in seimai/shard.h.
 *
 * The manifest that is written with each shard tells which shards are whole. They stay; the documents that come
 * again are compared with them, token by token, and the writer begins behind the last one. So nothing is trusted: an
 * input that changed since is named, and what comes out is what one run would have written.
 * SPDX-License-Identifier: MIT */
#include "write_internal.h"

#include <seimai/shard_edit.h>

/* ---- what is there ------------------------------------------------------------------------------ */

/* What two runs must have in common, as the head of a manifest without shards has it. */
static void encode_identity(const manifest *m, sm_buffer *out)
{
    manifest head = *m;
    sm_shards_info *const i = &head.info;
    i->complete = i->unfinished = false;
    i->n_shards = 0;
    i->tokens = i->documents = i->sequences = i->text_bytes = i->characters = 0;
    manifest_encode(&head, out);
}

static bool is_same_run(const sm_shard_writer *w)
{
    const manifest *const before = &w->before->manifest;
    sm_buffer ours = sm_buffer_make(SIZE_MAX / 2), theirs = sm_buffer_make(SIZE_MAX / 2);
    encode_identity(&w->manifest, &ours);
    encode_identity(before, &theirs);
    const bool same =
        sm_span_equal(sm_buffer_span(&ours), sm_buffer_span(&theirs)) &&
        (!before->info.unfinished || before->shard_tokens == w->options.shard_tokens);
    sm_buffer_free(&ours);
    sm_buffer_free(&theirs);
    return same;
}

/* The shards that are there become the first of the set. */
static void adopt(sm_shard_writer *w)
{
    const manifest *const before = &w->before->manifest;
    for (size_t i = 0; i < before->info.n_shards; i++) {
        shard_record s = before->shards[i];
        s.name = sm_strdup(sm_span_of(s.name));
        shard_add_up(w, &s);
    }
}

int resume_open(sm_shard_writer *w, bool *finished, sm_error *err)
{
    char *const path = path_join(w->options.dir, "manifest", "json");
    const bool there = sm_file_exists(path);
    sm_free(path);
    if (!there) return SM_OK;
    SM_TRY(sm_shards_open(&w->before, w->options.dir, err));
    *finished = !sm_shards_about(w->before)->unfinished;
    if (!*finished && !is_same_run(w))
        SM_FAIL(err, SM_EUSAGE,
                "%s: holds an unfinished set that was begun with other options or another "
                "tokenizer: finish that one, or choose another folder",
                w->options.dir);
    adopt(w);
    return SM_OK;
}

/* ---- documents that come again ------------------------------------------------------------------ */

static int differs(const sm_shard_writer *w, const char *what, sm_error *err)
{
    SM_FAIL(err, SM_EFORMAT,
            "document '%s': its %s is not what %s holds in this place, from a run that did not "
            "finish: the input was another",
            w->doc_id, what, w->options.dir);
}

int resume_begin(sm_shard_writer *w, sm_error *err)
{
    w->comparing = false;
    if (!w->before) return SM_OK;
    const sm_shards_info *const info = sm_shards_about(w->before);
    if (w->before_next == info->sequences && !info->unfinished)
        SM_FAIL(err, SM_EFORMAT, "document '%s': %s is finished and ends before it", w->doc_id,
                w->options.dir);
    if (w->before_next == info->sequences) {
        sm_shards_close(w->before); /* from here on everything is new */
        w->before = NULL;
        return SM_OK;
    }
    sm_shards_whole doc;
    SM_TRY(sm_shards_whole_at(w->before, w->before_next, &doc, err));
    if (!sm_span_equal(doc.id, w->doc.id)) return differs(w, "id", err);
    if (doc.n != w->doc.n) return differs(w, "length", err);
    if (doc.text_bytes != w->doc.text_bytes || doc.characters != w->doc.characters ||
        doc.source != w->doc.source)
        return differs(w, "text", err);
    w->before_next += doc.sequences;
    w->comparing = true;
    w->compared_to = doc.first;
    return SM_OK;
}

int resume_put(sm_shard_writer *w, const uint32_t *ids, size_t n, sm_error *err)
{
    enum { CHUNK = 4096 };
    uint32_t there[CHUNK];
    for (size_t at = 0, take = 0; at < n; at += take) {
        const uint64_t first = w->compared_to + w->placed + at;
        take = n - at < CHUNK ? n - at : CHUNK;
        sm_shards_read(w->before, first, take, there);
        SM_TRY(sm_shards_fault(w->before, err));
        if (memcmp(there, ids + at, take * sizeof *ids) != 0)
            return differs(w, "token list", err);
    }
    for (size_t i = 0; writer_has_targets(w) && i < n; i++) {
        const uint64_t at = w->placed + i;
        const bool target = w->doc.targets[at / 8] >> at % 8 & 1;
        if (target != sm_shards_is_target(w->before, w->compared_to + at))
            return differs(w, "mask", err);
        writer_note_target(w, target);
    }
    w->placed += n;
    return SM_OK;
}

/* The end token, whose mask follows from the document's. */
int resume_end(sm_shard_writer *w, sm_error *err)
{
    if (w->options.eot < 0 || !writer_has_targets(w)) return SM_OK;
    const bool there = sm_shards_is_target(w->before, w->compared_to + w->placed);
    if (there != w->last_target) return differs(w, "mask", err);
    writer_note_target(w, there);
    return SM_OK;
}

int resume_commit(sm_shard_writer *w, bool *done, sm_error *err)
{
    if (!w->before) return SM_OK;
    const sm_shards_info *const info = sm_shards_about(w->before);
    *done = !info->unfinished;
    if (w->before_next == info->sequences) return SM_OK;
    SM_FAIL(err, SM_EFORMAT,
            "%s: the input ends before the documents that are there, from a run that did not "
            "finish",
            w->options.dir);
}
