/* Blocks of documents, cut by the input alone: see block.h.
 * SPDX-License-Identifier: MIT */
#include "block.h"

#include <stdio.h>
#include <string.h>

enum { READ_BYTES = 64 << 10 };

/* ---- blocks ------------------------------------------------------------------------------ */

void block_init(block *b, size_t max_document)
{
    const size_t max = max_document + BLOCK_SLACK;
    memset(b, 0, sizeof *b);
    b->in = sm_buffer_make(max);
    /* A document can grow sixfold (\u0001); frames and base64 add a little. */
    b->out = b->packed = b->rejects = b->packed_rejects = sm_buffer_make(8 * max);
}

void block_clear(block *b)
{
    sm_buffer *const buffers[] = {&b->in, &b->out, &b->packed, &b->rejects, &b->packed_rejects};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) {
        sm_buffer_clear(buffers[i]);
        /* What one giant document needed is not kept for all the others. */
        if (buffers[i]->cap > (size_t)8 * BLOCK_BYTES) sm_buffer_free(buffers[i]);
    }
    sm_arena_reset(&b->arena);
    sm_error_clear(&b->fault);
    b->fault_file = NULL;
    sm_error_clear(&b->error);
    b->n_records = b->n_entries = b->n_ends = b->n_complaints = 0;
    b->dropped.n = b->bad.n = 0;
    b->blank = b->boms = b->no_final_newline = 0;
    b->in_tally = b->kept = b->out_tally = (sm_tally){0};
    b->first_of_file = b->last_of_file = b->piece = b->piece_first = b->piece_last = false;
    b->view = (sm_span){0};
}

void block_free(block *b)
{
    sm_buffer_free(&b->in);
    sm_buffer_free(&b->out);
    sm_buffer_free(&b->packed);
    sm_buffer_free(&b->rejects);
    sm_buffer_free(&b->packed_rejects);
    sm_arena_free(&b->arena);
    sm_free(b->records);
    sm_free(b->entries);
    sm_free(b->ends);
    sm_free(b->dropped.items);
    sm_free(b->bad.items);
}

entry *block_add_entry(block *b)
{
    b->entries = sm_array_grow(b->entries, b->n_entries, &b->cap_entries, sizeof *b->entries);
    return &b->entries[b->n_entries++];
}

void block_complain(block *b, const char *format, ...)
{
    char line[400];
    va_list args;
    if (b->n_complaints == BAD_SHOWN) return;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    b->complaints[b->n_complaints++] = sm_arena_printf(&b->arena, "%s", line);
}

void tallies_add(tallies *t, const char *name, sm_tally more)
{
    size_t i = 0;
    while (i < t->n && strcmp(t->items[i].name, name) != 0)
        i++;
    if (i == t->n) {
        t->items = sm_array_grow(t->items, t->n, &t->cap, sizeof *t->items);
        t->items[t->n++] = (sm_count){.name = name};
    }
    t->items[i].tally.documents += more.documents;
    t->items[i].tally.bytes += more.bytes;
}

/* ---- the reader -------------------------------------------------------------------------- */

void doc_reader_init(doc_reader *r, const sm_io *io)
{
    *r = (doc_reader){.io = io, .max_document = (size_t)io->max_document};
    r->carry = sm_buffer_make(r->max_document + BLOCK_SLACK);
}

void doc_reader_free(doc_reader *r)
{
    sm_input_close(r->in);
    sm_buffer_free(&r->carry);
    sm_arena_free(&r->names);
}

static void note_fault(doc_reader *r, block *b, const sm_error *err)
{
    b->fault = *err;
    b->fault_offset = r->offset + (int64_t)b->in.n;
}

/* Opens the next operand. False: it cannot be opened, and the block carries the fault alone. */
static bool open_next(doc_reader *r, block *b)
{
    const sm_list *files = &r->io->files;
    const char *path = files->n ? files->items[r->next_file] : "-";
    sm_error err = {0};
    r->next_file++;
    r->line = 1;
    r->offset = 0;
    r->at_start = true;
    r->ended = r->in_piece = false;
    sm_buffer_clear(&r->carry);
    r->carry_at = 0;
    if (sm_input_open(&r->in, path, &err) == 0) {
        const sm_span name = sm_span_of(sm_input_name(r->in));
        r->name = sm_arena_printf(&r->names, "%.*s", (int)name.n, name.p);
        return true;
    }
    b->file = sm_arena_printf(&r->names, "%s", path);
    note_fault(r, b, &err);
    return false;
}

static void close_file(doc_reader *r, block *b)
{
    r->consumed += sm_input_consumed(r->in);
    sm_input_close(r->in);
    r->in = NULL;
    b->last_of_file = true;
}

/* Appends READ_BYTES (fewer at the end). 1 more may follow, 0 the file has ended, cleanly or not. */
static int read_more(doc_reader *r, block *b)
{
    size_t wanted = READ_BYTES;
    while (wanted) {
        size_t got = 0;
        sm_error err = {0};
        char *room = sm_buffer_reserve(&b->in, wanted);
        const int rc = r->ended ? 0 : sm_input_read(r->in, room, wanted, &got, &err);
        if (rc < 0) note_fault(r, b, &err);
        if (rc <= 0) {
            r->ended = true;
            return 0;
        }
        b->in.n += got;
        wanted -= got;
    }
    return 1;
}

/* Counts lines, `most` of them; *end is behind the last one's LF. memchr makes it cheap for usual lines. */
static int64_t count_lines(sm_span s, int64_t most, size_t *end)
{
    int64_t n = 0;
    *end = 0;
    for (; n < most && *end < s.n; n++) {
        const char *lf = memchr(s.p + *end, '\n', s.n - *end);
        if (!lf) break;
        *end = (size_t)(lf + 1 - s.p);
    }
    return n;
}

/* Moves carried bytes into the empty block, `most` of them. */
static void take_carry(doc_reader *r, block *b, size_t most)
{
    const size_t left = r->carry.n - r->carry_at;
    const size_t n = left < most ? left : most;
    sm_buffer_put(&b->in, (sm_span){r->carry.p + r->carry_at, n});
    r->carry_at += n;
    if (n < left) return;
    sm_buffer_clear(&r->carry);
    r->carry_at = 0;
    /* As with blocks: what one over-long line needed is not kept. */
    if (r->carry.cap > (size_t)8 * BLOCK_BYTES) sm_buffer_free(&r->carry);
}

/* Gives the bytes from `at` on back to the carry; while it holds any, it is where they came from. */
static void cut_at(doc_reader *r, block *b, size_t at)
{
    const sm_span rest = {b->in.p + at, b->in.n - at};
    if (r->carry.n)
        r->carry_at -= rest.n;
    else
        sm_buffer_put(&r->carry, rest);
    b->in.n = at;
}

/* Ends a block of many short lines early. */
static bool cut_after_lines(doc_reader *r, block *b)
{
    const size_t n = b->in.n < BLOCK_BYTES ? b->in.n : BLOCK_BYTES;
    size_t end = 0;
    if (count_lines((sm_span){b->in.p, n}, BLOCK_LINES, &end) < BLOCK_LINES) return false;
    cut_at(r, b, end);
    return true;
}

/* Reads on to the end of the line that fills the block; or, where that is too long, leaves it to pieces. */
static void finish_line(doc_reader *r, block *b)
{
    size_t start = BLOCK_BYTES - 1, searched = start;
    while (start > 0 && b->in.p[start - 1] != '\n')
        start--;
    do {
        const char *lf = memchr(b->in.p + searched, '\n', b->in.n - searched);
        searched = b->in.n;
        if (lf) {
            cut_at(r, b, (size_t)(lf + 1 - b->in.p));
            return;
        }
        if (b->in.n - start > r->max_document) {
            cut_at(r, b, start);
            r->in_piece = true;
            r->piece_offset = r->offset + (int64_t)start;
            return;
        }
    } while (read_more(r, b));
}

static void fill_lines(doc_reader *r, block *b)
{
    take_carry(r, b, SIZE_MAX);
    while (b->in.n < BLOCK_BYTES && read_more(r, b)) {
    }
    if (!cut_after_lines(r, b) && b->in.n >= BLOCK_BYTES) finish_line(r, b);
}

/* Reads one piece of an over-long line: up to PIECE_BYTES, or its end. */
static void fill_piece(doc_reader *r, block *b)
{
    take_carry(r, b, PIECE_BYTES);
    while (b->in.n < PIECE_BYTES && !(b->in.n && memchr(b->in.p, '\n', b->in.n)) &&
           read_more(r, b)) {
    }
    const size_t n = b->in.n < PIECE_BYTES ? b->in.n : PIECE_BYTES;
    const char *lf = n ? memchr(b->in.p, '\n', n) : NULL;
    cut_at(r, b, lf ? (size_t)(lf + 1 - b->in.p) : n);
    b->piece = true;
    b->piece_offset = r->piece_offset;
    b->piece_first = b->offset == r->piece_offset;
    b->piece_last = lf || (r->ended && !r->carry.n);
    r->in_piece = !b->piece_last;
}

int doc_reader_next(doc_reader *r, block *b)
{
    const size_t n_files = r->io->files.n ? r->io->files.n : 1;
    size_t end = 0;
    if (!r->in && r->next_file == n_files) return 0;
    if (!r->in && !open_next(r, b)) return 1;
    b->file = r->name;
    b->line = r->line;
    b->offset = r->offset;
    b->first_of_file = r->at_start;
    r->at_start = false;
    if (r->in_piece)
        fill_piece(r, b);
    else
        fill_lines(r, b);
    r->line += count_lines(sm_buffer_span(&b->in), INT64_MAX, &end);
    r->offset += (int64_t)b->in.n;
    if (r->ended && !r->carry.n) close_file(r, b);
    b->consumed = r->consumed + (r->in ? sm_input_consumed(r->in) : 0);
    return 1;
}
