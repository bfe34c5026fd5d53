/* What the runner does with a block of documents: parse, map, serialise, compress.
 * SPDX-License-Identifier: MIT */
#include "json_scan.h"
#include "run.h"

#include <seimai/utf8.h>
#include <string.h>

static const sm_span byte_order_mark = {"\xEF\xBB\xBF", 3};

static bool is_blank(sm_span line)
{
    size_t i = 0;
    while (i < line.n && (line.p[i] == ' ' || line.p[i] == '\t' || line.p[i] == '\r'))
        i++;
    return i == line.n;
}

/* ---- end records --------------------------------------------------------------------------- */

static bool read_end_member(sm_span key, sm_span value, end_mark *mark)
{
    int64_t n = 0;
    if (sm_span_equal(key, SM_SPAN("\"documents\""))) {
        if (!sm_span_to_i64(value, &n) || n < 0) return false;
        mark->documents = (uint64_t)n;
    } else if (sm_span_equal(key, SM_SPAN("\"xxh3\""))) {
        if (value.n != sizeof mark->xxh3 + 1 || value.p[0] != '"') return false;
        memcpy(mark->xxh3, value.p + 1, sizeof mark->xxh3 - 1);
        mark->xxh3[sizeof mark->xxh3 - 1] = '\0';
    } else if (sm_span_equal(key, SM_SPAN("\"complete\""))) {
        mark->complete = sm_span_equal(value, SM_SPAN("true"));
    }
    return true;
}

/* {"end":{…}} with that one member: it is a statement about the stream, not a document. */
static bool read_end_record(sm_span line, end_mark *mark)
{
    json_scanner outer = json_scanner_make(line, 8);
    bool first = true;
    sm_span key, value, end;
    if (!sm_span_starts(line, SM_SPAN("{\"end\":{"))) return false;
    if (!json_object_begin(&outer) || !json_object_next(&outer, &first, &key, &end))
        return false;
    if (json_object_next(&outer, &first, &key, &value) || outer.fault) return false;
    json_skip_space(&outer);
    if (outer.p != outer.end) return false;
    json_scanner inner = json_scanner_make(end, 8);
    (void)json_object_begin(&inner);
    first = true;
    while (json_object_next(&inner, &first, &key, &value))
        if (!read_end_member(key, value, mark)) return false;
    return !inner.fault;
}

/* ---- parsing ------------------------------------------------------------------------------- */

/* A last line without LF that cannot be parsed was cut; one that can is merely unusual. */
static void judge_unended(block *b, entry *e)
{
    const bool unreadable =
        e->bad && (!strcmp(e->bad, "bad-json") || !strcmp(e->bad, "bad-utf8"));
    if (!unreadable) {
        b->no_final_newline++;
        return;
    }
    e->bad = "truncated";
    if (!b->fault.code) {
        b->fault_offset = e->doc.offset;
        sm_error_set(&b->fault, SM_ETRUNC, "%s:%lld: the input ends inside a record", b->file,
                     (long long)e->doc.line);
    }
}

static void parse_line(run *r, block *b, sm_span line, bool ended, int64_t number)
{
    entry *e = block_add_entry(b);
    *e = (entry){.doc = {.record = line,
                         .arena = &b->arena,
                         .any_content = r->job->any_content,
                         .any_record = r->job->any_record,
                         .file = b->file,
                         .line = number,
                         .offset = b->offset + (line.p - b->in.p)},
                 .state = ENTRY_BAD,
                 .bytes = line.n + ended};
    if (line.n > (size_t)r->io->max_document)
        e->bad = "too-long";
    else if (sm_doc_parse(&e->doc, r->io->text_key, &e->bad, &e->bad_at))
        e->state = ENTRY_KEPT;
    if (e->state == ENTRY_KEPT && r->job->accepts && !r->job->accepts(&e->doc)) {
        e->state = ENTRY_BAD;
        e->bad = "no-text";
    }
    if (!ended) judge_unended(b, e);
}

static void parse_block(run *r, block *b)
{
    const char *p = b->in.p;
    const char *const end = p + b->in.n;
    int64_t number = b->line;
    if (b->first_of_file && sm_span_starts(sm_buffer_span(&b->in), byte_order_mark)) {
        p += byte_order_mark.n;
        b->boms++;
    }
    for (; p < end; number++) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));
        const sm_span line = {p, (size_t)((lf ? lf : end) - p)};
        end_mark mark = {.at = (size_t)(p - b->in.p), .entries = b->n_entries};
        p = lf ? lf + 1 : end;
        mark.after = (size_t)(p - b->in.p);
        if (is_blank(line)) {
            b->blank++;
        } else if (line.p[0] == '{' && read_end_record(line, &mark)) {
            b->ends = sm_array_grow(b->ends, b->n_ends, &b->cap_ends, sizeof *b->ends);
            b->ends[b->n_ends++] = mark;
        } else {
            parse_line(r, b, line, lf != NULL, number);
        }
    }
}

/* ---- steps --------------------------------------------------------------------------------- */

void steps_each(block *b, void *worker, int (*step)(void *worker, sm_doc *doc, sm_error *err))
{
    sm_error err = {0};
    for (size_t i = 0; i < b->n_entries; i++) {
        entry *e = &b->entries[i];
        if (e->state != ENTRY_KEPT) continue;
        const int rc = step(worker, &e->doc, &err);
        if (rc == SM_DROP) e->state = ENTRY_DROPPED;
        if (rc >= 0) continue;
        /* What stands before the failure still goes out; this document and the rest do not. An earlier
         * step may have failed further on: this document comes first. */
        sm_error_set(&err, rc, "%s:%lld: %s", b->file, (long long)e->doc.line,
                     sm_status_name(rc));
        b->error = err;
        b->n_entries = i;
        b->n_ends = 0;
        return;
    }
}

void steps_map(run *r, block *b, void *worker)
{
    if (b->piece) return;
    parse_block(r, b);
    if (r->job->map) steps_each(b, worker, r->job->map);
}

/* Copies a run of unchanged lines; the whole block needs no copy at all. */
static void put_run(block *b, sm_span *lines)
{
    if (lines->n == b->in.n && b->out.n == 0)
        b->view = *lines;
    else
        sm_buffer_put(&b->out, *lines);
    *lines = (sm_span){0};
}

static void put_kept(block *b, entry *e, sm_span *lines)
{
    const bool as_read = !sm_doc_is_changed(&e->doc) && e->bytes > e->doc.record.n;
    b->kept.documents++;
    b->kept.bytes += e->bytes;
    if (as_read && (!lines->n || lines->p + lines->n == e->doc.record.p)) {
        if (!lines->n) lines->p = e->doc.record.p;
        lines->n += e->bytes;
        return;
    }
    put_run(b, lines);
    if (as_read)
        *lines = (sm_span){e->doc.record.p, e->bytes};
    else
        sm_doc_write(&e->doc, &b->out);
}

static void put_rejected(run *r, block *b, entry *e)
{
    const sm_tally one = {1, e->bytes};
    if (e->state == ENTRY_DROPPED) {
        tallies_add(&b->dropped, e->doc.rule, one);
        if (r->rejects) reject_document(r, b, &e->doc);
        return;
    }
    tallies_add(&b->bad, e->bad, one);
    block_complain(b, "%s:%lld: %s at byte %zu of the record", b->file, (long long)e->doc.line,
                   e->bad, e->bad_at);
    if (r->rejects)
        reject_raw(r, b, e->doc.record, e->bad, e->doc.line,
                   e->doc.offset + (int64_t)e->bad_at);
}

static void serialize_lines(run *r, block *b)
{
    sm_span lines = {0};
    for (size_t i = 0; i < b->n_entries; i++) {
        entry *e = &b->entries[i];
        b->in_tally.documents++;
        b->in_tally.bytes += e->bytes;
        if (e->state == ENTRY_KEPT)
            put_kept(b, e, &lines);
        else
            put_rejected(r, b, e);
    }
    put_run(b, &lines);
    if (!b->view.n) b->view = sm_buffer_span(&b->out);
    b->out_tally = (sm_tally){b->kept.documents, b->view.n};
}

static void serialize_piece(run *r, block *b)
{
    b->in_tally.bytes = b->in.n;
    if (b->piece_last) {
        b->in_tally.documents = 1;
        b->no_final_newline += !b->in.n || b->in.p[b->in.n - 1] != '\n';
        block_complain(b, "%s:%lld: too-long at byte 0 of the record", b->file,
                       (long long)b->line);
    }
    tallies_add(&b->bad, "too-long", b->in_tally);
    if (r->rejects) reject_piece(r, b);
}

void steps_serialize(run *r, block *b)
{
    if (b->piece)
        serialize_piece(r, b);
    else
        serialize_lines(r, b);
    if (r->job->no_output) {
        b->view = (sm_span){0};
        b->out_tally = (sm_tally){0};
    }
}

void steps_pack(run *r, block *b)
{
    if (r->out && sm_output_is_compressed(r->out))
        sm_output_compress(r->out, b->view, &b->packed);
    if (r->rejects && sm_output_is_compressed(r->rejects))
        sm_output_compress(r->rejects, sm_buffer_span(&b->rejects), &b->packed_rejects);
}
