/* The last, single step: counts, checks of end records, and every byte that is written.
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void account_fault(run *r, const char *file, int64_t offset, const char *what)
{
    sm_stats *s = r->stats;
    s->faults = sm_array_grow(s->faults, s->n_faults, &r->cap_faults, sizeof *s->faults);
    s->faults[s->n_faults++] = (struct sm_fault){sm_arena_printf(&s->arena, "%s", file), offset,
                                                 sm_arena_printf(&s->arena, "%s", what)};
    s->complete = false;
    progress_say(r, what);
}

const char *sm_stats_fault(const sm_stats *s)
{
    return s->n_faults > 0 ? s->faults[0].what : NULL;
}

/* ---- end records --------------------------------------------------------------------------- */

static void check_end_record(run *r, const block *b, const end_mark *mark)
{
    char hex[SM_HASH_HEX + 1];
    char what[400];
    sm_hash128_hex(sm_hasher_value(r->end.hasher), hex);
    const char *why = NULL;
    if (mark->documents != r->end.documents)
        why = "the number of documents differs from its end record";
    else if (strcmp(hex, mark->xxh3) != 0)
        why = "the bytes differ from its end record's XXH3-128";
    else if (!mark->complete)
        why = "its end record says that it is not complete";
    if (!why) return;
    (void)snprintf(what, sizeof what, "%s: %s (%" PRIu64 " documents stated, %" PRIu64 " read)",
                   b->file, why, mark->documents, r->end.documents);
    account_fault(r, b->file, b->offset + (int64_t)mark->at, what);
}

static void follow_bytes(run *r, const block *b, size_t from, size_t to)
{
    sm_hasher_add(r->end.hasher, (sm_span){b->in.p + from, to - from});
    r->end.bytes_after_end |= to > from;
}

static void follow_ends(run *r, const block *b)
{
    size_t from = 0, entries = 0;
    if (b->first_of_file) {
        sm_hasher_reset(r->end.hasher);
        r->end.documents = 0;
        r->end.has_end = r->end.bytes_after_end = false;
    }
    for (size_t i = 0; i < b->n_ends; i++) {
        const end_mark *mark = &b->ends[i];
        follow_bytes(r, b, from, mark->at);
        r->end.documents += mark->entries - entries;
        check_end_record(r, b, mark);
        sm_hasher_reset(r->end.hasher);
        r->end.documents = 0;
        r->end.has_end = true;
        r->end.bytes_after_end = false;
        from = mark->after;
        entries = mark->entries;
    }
    follow_bytes(r, b, from, b->in.n);
    r->end.documents += b->n_entries - entries + (b->piece && b->piece_last);
}

static void check_required_end(run *r, const block *b)
{
    char what[400];
    if (!r->io->require_end || !b->last_of_file || r->job->source) return;
    if (r->end.has_end && !r->end.bytes_after_end) return;
    (void)snprintf(what, sizeof what, "%s: there is no end record: its writer did not finish",
                   b->file);
    account_fault(r, b->file, b->offset + (int64_t)b->in.n, what);
}

/* ---- counts --------------------------------------------------------------------------------- */

static void add(sm_tally *to, sm_tally more)
{
    to->documents += more.documents;
    to->bytes += more.bytes;
}

/* Without --rejects the first few bad records are shown; the rest is in the counts. */
static void show_bad(run *r, const block *b)
{
    if (r->rejects || r->io->quiet) return;
    for (size_t i = 0; i < b->n_complaints && r->bad_shown < BAD_SHOWN; i++, r->bad_shown++)
        progress_say(r, b->complaints[i]);
}

static void count(run *r, const block *b)
{
    sm_stats *s = r->stats;
    add(&s->in, b->in_tally);
    add(&s->kept, b->kept);
    add(&s->out, b->out_tally);
    s->blank += b->blank;
    s->boms += b->boms;
    s->no_final_newline += b->no_final_newline;
    for (size_t i = 0; i < b->dropped.n; i++)
        tallies_add(&r->dropped, b->dropped.items[i].name, b->dropped.items[i].tally);
    for (size_t i = 0; i < b->bad.n; i++)
        tallies_add(&r->bad, b->bad.items[i].name, b->bad.items[i].tally);
}

static int check_max_bad(const run *r)
{
    uint64_t n = 0;
    for (size_t i = 0; i < r->bad.n; i++)
        n += r->bad.items[i].tally.documents;
    if (r->io->max_bad < 0 || n <= (uint64_t)r->io->max_bad) return 0;
    SM_FAIL(r->err, SM_ELIMIT, "%" PRIu64 " bad records: more than --max-bad %" PRId64, n,
            r->io->max_bad);
}

/* ---- writing --------------------------------------------------------------------------------- */

static int write_block(run *r, const block *b)
{
    if (b->out.overflow || b->packed.overflow || b->rejects.overflow ||
        b->packed_rejects.overflow)
        SM_FAIL(r->err, SM_ELIMIT, "%s: a block grew past its bound; see --max-document",
                b->file);
    if (r->out_hasher) sm_hasher_add(r->out_hasher, b->view);
    if (r->out) {
        const bool packed = sm_output_is_compressed(r->out);
        SM_TRY(sm_output_write(r->out, packed ? sm_buffer_span(&b->packed) : b->view, r->err));
    }
    if (!r->rejects) return 0;
    const bool packed = sm_output_is_compressed(r->rejects);
    return sm_output_write(r->rejects,
                           sm_buffer_span(packed ? &b->packed_rejects : &b->rejects), r->err);
}

int account_block(run *r, block *b)
{
    if (!r->job->source) follow_ends(r, b);
    show_bad(r, b);
    count(r, b);
    if (b->fault.code)
        account_fault(r, b->fault_file ? b->fault_file : b->file, b->fault_offset,
                      b->fault.text);
    SM_TRY(write_block(r, b));
    if (b->error.code) SM_FAIL(r->err, b->error.code, "%s", b->error.text);
    SM_TRY(check_max_bad(r));
    check_required_end(r, b);
    progress_draw(r, b);
    return 0;
}

int account_end(run *r)
{
    char hex[SM_HASH_HEX + 1];
    char line[200];
    sm_buffer packed = sm_buffer_make(4096);
    if (!r->out_hasher || !r->out) return 0;
    sm_hash128_hex(sm_hasher_value(r->out_hasher), hex);
    const int n =
        snprintf(line, sizeof line,
                 "{\"end\":{\"documents\":%" PRIu64 ",\"xxh3\":\"%s\",\"complete\":%s}}\n",
                 r->stats->out.documents, hex, r->stats->complete ? "true" : "false");
    sm_output_compress(r->out, (sm_span){line, (size_t)n}, &packed);
    const int rc = sm_output_write(r->out, sm_buffer_span(&packed), r->err);
    sm_buffer_free(&packed);
    return rc;
}
