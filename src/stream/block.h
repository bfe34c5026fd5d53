/* block.h - about 1 MiB of input on its way through the runner, and the reader that cuts it.
 * SPDX-License-Identifier: MIT
 *
 * Blocks are cut by the input alone: after the first line that ends at or past BLOCK_BYTES, or after BLOCK_LINES
 * lines, since what is kept of a line outweighs a short one. A line longer than --max-document comes in pieces,
 * each a block, on its way to the rejects: no more of it than --max-document is ever held together. */
#ifndef SEIMAI_BLOCK_H
#define SEIMAI_BLOCK_H

#include <seimai/file.h>
#include <seimai/runner.h>

enum {
    BLOCK_BYTES = 1 << 20,
    BLOCK_LINES = 16 << 10,
    PIECE_BYTES = 768 << 10, /* of an over-long line; a multiple of 3, for base64 */
    BLOCK_SLACK = 64 << 20,  /* what a block may hold beyond one document of the largest size */
    BAD_SHOWN = 5            /* complaints about bad records, where there are no rejects */
};

typedef enum entry_state { ENTRY_KEPT, ENTRY_DROPPED, ENTRY_BAD } entry_state;

typedef struct entry {
    sm_doc doc;
    entry_state state;
    const char *bad; /* kind */
    size_t bad_at;   /* offset in the record */
    size_t bytes;    /* of the line, LF included */
} entry;

/* An end record in the block: what it states, and where. */
typedef struct end_mark {
    size_t at, after; /* its line in the block's bytes */
    size_t entries;   /* documents of this block before it */
    uint64_t documents;
    char xxh3[33];
    bool complete;
} end_mark;

typedef struct tallies {
    sm_count *items;
    size_t n, cap;
} tallies;

typedef struct block {
    /* Filled by the reader. */
    sm_buffer in;
    const char *file;
    int64_t line, offset; /* of the first byte */
    bool first_of_file, last_of_file;
    bool piece, piece_first, piece_last; /* of an over-long line */
    int64_t piece_offset;                /* … which begins here */
    sm_error fault;                      /* the input is broken behind these bytes */
    const char *fault_file;              /* … where it is not `file` */
    int64_t fault_offset;
    int64_t consumed;   /* of all inputs, when the block was read; for the progress */
    sm_record *records; /* of a source */
    size_t n_records, cap_records;
    /* Filled by the steps. */
    sm_arena arena;
    entry *entries;
    size_t n_entries, cap_entries;
    end_mark *ends;
    size_t n_ends, cap_ends;
    uint64_t blank, boms, no_final_newline;
    sm_tally in_tally, kept, out_tally;
    tallies dropped, bad;
    const char *complaints[BAD_SHOWN]; /* about the first bad records, for the user's eye */
    size_t n_complaints;
    sm_buffer out, packed, rejects, packed_rejects;
    sm_span view;   /* what is to be written: `out`, or a part of `in` */
    sm_error error; /* of the job, at the end of what this block still holds */
} block;

void block_init(block *b, size_t max_document);
void block_clear(block *b);
void block_free(block *b);
entry *block_add_entry(block *b);
void block_complain(block *b, const char *format, ...) SM_PRINTF(2);
void tallies_add(tallies *t, const char *name, sm_tally more);

typedef struct doc_reader {
    const sm_io *io;
    size_t max_document;
    size_t next_file;
    sm_input *in;
    sm_buffer carry; /* read, and (from carry_at on) not yet in a block; empty once all is */
    size_t carry_at;
    int64_t line, offset;
    int64_t piece_offset; /* of the over-long line, while in_piece */
    bool at_start, ended, in_piece;
    int64_t consumed; /* of the files before this one */
    char *name;       /* of the current input; blocks refer to it */
    sm_arena names;
} doc_reader;

void doc_reader_init(doc_reader *r, const sm_io *io);
void doc_reader_free(doc_reader *r);
/* Fills a block: 1, or 0 when all inputs are read. Broken inputs are faults of a block, no failures. */
int doc_reader_next(doc_reader *r, block *b);

#endif
