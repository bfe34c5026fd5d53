/* Cutting a text window by window: the counter wants byte offsets of the pieces, the encoder characters.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_PRETOKEN_INTERNAL_H
#define SM_BPE_PRETOKEN_INTERNAL_H

#include <seimai/pretoken.h>

#include "scan.h"

enum { MAX_PATTERNS = 4 };

typedef struct known_split {
    const char *name;
    const scanner *scanner;
    const char *patterns[MAX_PATTERNS]; /* NULL-terminated */
} known_split;

struct sm_pretokenizer {
    const known_split *known;
    classes classes;
    unpack_table table; /* with codes of 0 */
};

/* A piece of text in columns, and where its pieces end. Init {0}. */
typedef struct sm_cutting {
    unpacked text;
    uint32_t *ends; /* [n] characters; text.n at most */
    size_t n, cap;
    uint8_t *bits; /* of all sets */
    size_t bits_cap;
} sm_cutting;

void cutting_free(sm_cutting *c);

/* Takes apart at least `want` bytes of text (or what is left) from byte `from` on and cuts them. Of the pieces
 * only those are given which what follows cannot change: all of them, where the window reaches the end of the
 * text; if there is none, the window is made larger. c->text.n is the number of characters in these pieces, and
 * c->text.at[c->text.n] their bytes. */
void cutting_next(const sm_pretokenizer *p, const unpack_table *table, sm_span text,
                  size_t from, size_t want, sm_cutting *c);

#endif
