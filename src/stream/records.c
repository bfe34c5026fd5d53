/* Blocks of a source: records of a container instead of lines.
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include <seimai/json.h>
#include <string.h>

/* ---- reading --------------------------------------------------------------------------------- */

/* The next operand, where the source has no list of its own. */
static int next_operand(run *r, const char **path)
{
    const sm_list *files = &r->io->files;
    const size_t n_files = files->n ? files->n : 1;
    if (r->next_file == n_files) return 0;
    *path = files->n ? files->items[r->next_file] : "-";
    r->next_file++;
    return 1;
}

static void note_fault(run *r, block *b, int rc, sm_error *err)
{
    const char *file = r->source_file ? r->source_file : "";
    sm_error_set(err, rc, "%s: %s", file, sm_status_name(rc));
    b->fault = *err;
    b->fault_file = sm_arena_printf(&b->arena, "%s", file);
    b->fault_offset = -1;
}

/* Opens the next input: 1, 0 when there are no more, or a failure, which is noted. */
static int open_next(run *r, block *b)
{
    const sm_source *source = r->job->source;
    const char *path = NULL;
    sm_error err = {0};
    int rc = source->next ? source->next(r->job->shared, &path, &err) : next_operand(r, &path);
    if (rc == 0) return 0;
    sm_free(r->source_file);
    r->source_file = sm_strdup(sm_span_of(path ? sm_path_shown(path, &b->arena) : ""));
    if (rc > 0) rc = source->open(r->job->shared, path, &err);
    r->source_open = rc >= 0;
    if (rc < 0) note_fault(r, b, rc, &err);
    return rc < 0 ? rc : 1;
}

/* Reads records of the present file until the block is full: 1, 0 the file ended, or a failure, which ends it too. */
static int fill(run *r, block *b, size_t *bytes)
{
    int rc = 1;
    const char *file = sm_arena_printf(&b->arena, "%s", r->source_file);
    b->file = file;
    while (*bytes < BLOCK_BYTES && b->n_records < BLOCK_LINES) {
        sm_error err = {0};
        b->records =
            sm_array_grow(b->records, b->n_records, &b->cap_records, sizeof *b->records);
        sm_record *record = &b->records[b->n_records];
        *record = (sm_record){0};
        rc = r->job->source->read(r->job->shared, record, &b->arena, &err);
        if (rc < 0) note_fault(r, b, rc, &err);
        if (rc <= 0) break;
        record->file = file;
        *bytes += record->in_bytes;
        b->n_records++;
    }
    if (rc > 0) return 1;
    r->job->source->close(r->job->shared);
    r->source_open = false;
    return rc;
}

/* Small files share a block; a failure ends it, since a block carries one. */
int records_read(run *r, block *b)
{
    size_t bytes = 0;
    int rc = 0;
    bool more = true;
    b->file = "";
    b->consumed = -1;
    for (size_t files = 0; rc == 0 && files < BLOCK_LINES; files++) {
        if (!r->source_open) rc = open_next(r, b);
        more = r->source_open || rc < 0;
        if (!r->source_open) break;
        rc = fill(r, b, &bytes);
    }
    return b->n_records || more;
}

/* ---- mapping ---------------------------------------------------------------------------------- */

struct sm_emit {
    run *r;
    block *b;
    const sm_record *record;
    bool dropped, bad;
};

sm_arena *sm_emit_arena(sm_emit *emit)
{
    return &emit->b->arena;
}

static void put_document(sm_buffer *out, sm_span id, sm_span text, sm_span metadata)
{
    sm_buffer_puts(out, "{\"id\":");
    sm_json_quote(out, id);
    sm_buffer_puts(out, ",\"text\":");
    sm_json_quote(out, text);
    if (metadata.n) {
        sm_buffer_puts(out, ",\"metadata\":");
        sm_buffer_put(out, metadata);
    }
    sm_buffer_puts(out, "}\n");
}

void sm_emit_document(sm_emit *emit, sm_span id, sm_span text, sm_span metadata)
{
    put_document(&emit->b->out, id, text, metadata);
    emit->b->out_tally.documents++;
}

int sm_emit_as_read(sm_emit *emit, sm_doc *doc)
{
    sm_doc_write(doc, &emit->b->out);
    emit->b->out_tally.documents++;
    return SM_KEEP;
}

static void count_drop(sm_emit *emit, const char *rule)
{
    emit->dropped = true;
    tallies_add(&emit->b->dropped, rule, (sm_tally){1, emit->record->in_bytes});
}

int sm_emit_drop(sm_emit *emit, sm_span id, sm_span text, const char *rule, double value,
                 double threshold)
{
    count_drop(emit, rule);
    if (!emit->r->rejects) return SM_DROP;
    sm_buffer metadata = sm_buffer_make(4096);
    sm_buffer_puts(&metadata, "{\"rejected\":");
    reject_reason(emit->r, rule, value, threshold, &metadata);
    sm_buffer_putc(&metadata, '}');
    put_document(&emit->b->rejects, id, text, sm_buffer_span(&metadata));
    sm_buffer_free(&metadata);
    return SM_DROP;
}

int sm_emit_drop_as_read(sm_emit *emit, sm_doc *doc, const char *rule, double value,
                         double threshold)
{
    count_drop(emit, rule);
    (void)sm_doc_drop(doc, rule, value, threshold);
    if (emit->r->rejects) reject_document(emit->r, emit->b, doc);
    return SM_DROP;
}

int sm_emit_bad(sm_emit *emit, const char *kind, const char *why)
{
    const sm_span name = emit->record->name;
    emit->bad = true;
    emit->b->file = emit->record->file;
    block_complain(emit->b, "%s: %.*s%sbyte %lld: %s: %s", emit->b->file, (int)name.n, name.p,
                   name.n ? " at " : "", (long long)emit->record->offset, kind, why);
    tallies_add(&emit->b->bad, kind, (sm_tally){1, emit->record->in_bytes});
    if (emit->r->rejects)
        reject_raw(emit->r, emit->b, emit->record->body, kind, 0, emit->record->offset);
    return SM_DROP;
}

void records_map(run *r, block *b, void *worker)
{
    for (size_t i = 0; i < b->n_records; i++) {
        const sm_record *record = &b->records[i];
        sm_emit emit = {.r = r, .b = b, .record = record};
        b->in_tally.documents++;
        b->in_tally.bytes += record->in_bytes;
        if (record->bad) {
            (void)sm_emit_bad(&emit, record->bad, record->why);
            continue;
        }
        const int rc = r->job->source->map_record(worker, record, &emit, &b->error);
        if (rc < 0) {
            sm_error_set(&b->error, rc, "%s: %s", record->file, sm_status_name(rc));
            break;
        }
        if (emit.dropped || emit.bad) continue;
        b->kept.documents++;
        b->kept.bytes += record->in_bytes;
    }
    b->view = sm_buffer_span(&b->out);
    b->out_tally.bytes = b->view.n;
}
