/* What pre-tokenizers ask about a character, one byte a code point in a two-stage table.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_CLASSES_H
#define SM_BPE_CLASSES_H

#include <seimai/base.h>

/* Bits; together \p{L} is UPPER, LOWER and OTHER. */
enum {
    CL_UPPER = 1,   /* \p{Lu} \p{Lt} */
    CL_LOWER = 2,   /* \p{Ll} */
    CL_OTHER = 4,   /* \p{Lm} \p{Lo} */
    CL_MARK = 8,    /* \p{M} */
    CL_NUMBER = 16, /* \p{N} */
    CL_PUNCT = 32,  /* \p{P} \p{S} */
    CL_SPACE = 64,  /* \s */
    CL_LETTER = CL_UPPER | CL_LOWER | CL_OTHER
};

enum { CL_BLOCK = 256, CL_BLOCKS = 0x110000 / CL_BLOCK };

typedef struct classes {
    uint16_t block[CL_BLOCKS];
    uint8_t (*cells)[CL_BLOCK];
    size_t n_distinct;
} classes;

void classes_init(classes *c);
void classes_fini(classes *c);

static inline uint8_t classes_of(const classes *c, uint32_t character)
{
    return c->cells[c->block[character >> 8]][character & 0xFF];
}

#endif
