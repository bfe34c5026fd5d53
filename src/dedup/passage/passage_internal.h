/* What the files of the search for repeats share.
 * SPDX-License-Identifier: MIT */
#ifndef SM_DEDUP_PASSAGE_INTERNAL_H
#define SM_DEDUP_PASSAGE_INTERNAL_H

#include <seimai/hash.h>
#include <seimai/repeats.h>
#include <seimai/sort.h>
#include <seimai/utf8.h>

#include "spool.h"

/* A place in the corpus: the number of the document, then a byte of its text. Places order as the corpus does. */
static inline uint64_t place(size_t document, uint32_t at)
{
    return (uint64_t)document << 32 | at;
}

/* A fingerprint (hash.lo; no end), a line or a paragraph. */
typedef struct repeat_unit {
    sm_hash128 hash;
    uint32_t begin, end;
} repeat_unit;

struct sm_repeat_scan {
    const repeat_unit *units;
    size_t n;
};

struct sm_repeats {
    sm_repeat_options set;
    spool corpus;
    sm_sorter *units; /* by hash: places of the units (and their length) */
    sm_sorter *cuts;  /* by place: end, and place of the source */
    sm_repeat_counts counts;
    size_t next; /* document of the second pass */
    bool more;   /* a cut of a later document was read already: */
    uint64_t cut_at, cut_source;
    uint32_t cut_end;
};

/* ---- roll.c ---------------------------------------------------------------------------------- */

/* A window of n code points that moves over a text, with the hash of what is in it. */
typedef struct roller {
    const char *begin, *end; /* of the window */
    const char *stop;        /* of the text */
    uint64_t h, leaving;     /* B^(n-1) */
} roller;

/* False if the text is shorter. After it, the window stands at the beginning of the text. */
bool roller_init(roller *r, sm_span text, size_t n);
/* Moves on by one code point; false at the end of the text. */
bool roller_move(roller *r);
uint64_t roller_hash(const roller *r);

/* ---- winnow.c, units.c ------------------------------------------------------------------------- */

/* Appends units to a list in scratch memory. */
typedef struct unit_list {
    repeat_unit *p;
    size_t n, cap;
} unit_list;

void unit_put(unit_list *list, repeat_unit unit);

typedef struct winnow_slot {
    uint64_t hash, number;
    uint32_t at;
} winnow_slot;

size_t passage_k(size_t min_chars); /* of the fingerprints' k-grams */
/* `ring` has room for min_chars slots. */
void winnow(sm_span text, size_t min_chars, winnow_slot *ring, unit_list *list);
void find_lines(sm_span text, size_t min_chars, bool paragraphs, unit_list *list);

/* ---- find.c, sentences.c ----------------------------------------------------------------------- */

int find_passages(sm_repeats *r, sm_error *err);
int find_units(sm_repeats *r, sm_error *err);
sm_sorter *repeats_sorter(const sm_repeats *r, size_t key, size_t value);

/* A marked range of a text. */
typedef struct marked {
    uint32_t begin, end;
    uint64_t source; /* where the text from `begin` on stands earlier */
} marked;

typedef struct marked_list {
    marked *p;
    size_t n, cap;
} marked_list;

/* Narrows each range to the whole sentences in it; ranges without any go. */
void keep_sentences(sm_span text, marked_list *list);

#endif
