/* Classes of characters that pre-tokenizers ask for, one byte a code point in a two-stage table.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_CLASSES_H
#define SM_BPE_CLASSES_H

#include <seimai/base.h>

enum {
    CL_LETTER = 1,    /* \p{L} */
    CL_MARK = 2,      /* \p{M} */
    CL_NUMBER = 4,    /* \p{N} */
    CL_PUNCT = 8,     /* \p{P} \p{S} */
    CL_SPACE = 16,    /* \s */
    CL_NEWLINE = 32,  /* \r \n, which are CL_SPACE too */
    CL_JAPANESE = 64, /* DeepSeek's run: [一-龥぀-ゟ゠-ヿ] */
    CL_ALPHA = 128    /* [A-Za-z] */
};

enum { CL_BLOCK = 256, CL_BLOCKS = 0x110000 / CL_BLOCK };

typedef struct classes {
    uint16_t block[CL_BLOCKS];
    uint8_t (*cells)[CL_BLOCK];
    size_t n_distinct;
} classes;

void classes_init(classes *c);
void classes_fini(classes *c);

/* A character as scanners see it: its class and its length in bytes. Past the end both are 0. */
typedef struct seen {
    unsigned is;
    unsigned n;
} seen;

/* Decodes a character that begins with a byte >= 0x80. Bytes that are no UTF-8 have class 0, length 1. */
seen classes_look_wide(const classes *c, const uint8_t *p, const uint8_t *end);

static inline seen classes_look(const classes *c, const uint8_t *p, const uint8_t *end)
{
    if (p >= end) return (seen){0, 0};
    if (*p < 0x80) return (seen){c->cells[c->block[0]][*p], 1};
    return classes_look_wide(c, p, end);
}

#endif
