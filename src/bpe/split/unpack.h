/* Text taken apart once: what the scanners and the matcher read, a column each.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_UNPACK_H
#define SM_BPE_UNPACK_H

#include "classes.h"

/* A group is a class of characters that one pre-tokenizer does not tell apart. */
enum { GROUPS = 16, GROUP_END = 15 }; /* END: past the text */

enum { CELL_BAD = 0x10000, CELLS = CELL_BAD + 256, CELL_GROUP = 16 };

/* cells[c] of a character below U+10000, cells[CELL_BAD + b] of a byte that is no UTF-8: the matcher's code of
 * it (0: none), and its group above bit CELL_GROUP. */
typedef struct unpack_table {
    uint32_t *cells; /* [CELLS] */
    const classes *classes;
    uint8_t (*group_of)(uint32_t c, unsigned is); /* for the characters above */
} unpack_table;

typedef struct unpacked {
    uint32_t *codes; /* [n] and a 0 */
    uint8_t *groups; /* [n] and 64 times GROUP_END */
    uint32_t *at;    /* [n + 1] byte offsets from the first character */
    size_t n, cap;
    bool bad; /* there is a byte that is no UTF-8 */
} unpacked;

/* Takes apart the characters of p … end that begin before `stop`. At most 1 GiB. */
void unpack(const unpack_table *t, const uint8_t *p, const uint8_t *stop, const uint8_t *end,
            unpacked *out);
/* … with vectors, or without. */
void unpack_by(bool blocks, const unpack_table *t, const uint8_t *p, const uint8_t *stop,
               const uint8_t *end, unpacked *out);
/* unpack_avx512.c: appends the characters at p, of which `left` bytes can be read, that begin before byte `stop` and
 * within 64 bytes or a little less, with places from `at` on; returns their bytes. 0, and nothing, where one only
 * looks like a character. Writes up to 64 characters behind out->n. */
size_t unpack_block(const unpack_table *t, const uint8_t *p, size_t stop, size_t left,
                    size_t at, unpacked *out);
bool unpack_has_blocks(void); /* on this machine */
void unpacked_free(unpacked *u);

typedef struct character {
    uint32_t c; /* CELL_BAD + byte, with `bad`, for a byte that is no UTF-8 */
    unsigned n; /* bytes */
    bool bad;
} character;

/* Decodes one character at p < end. */
character character_at(const uint8_t *p, const uint8_t *end);

#endif
