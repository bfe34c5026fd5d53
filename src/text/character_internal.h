/* What the room knows of every code point: one byte, in a two-stage table made at build time.
 * SPDX-License-Identifier: MIT
 *
 * gen/character_table.c asks ICU and writes the table; so a look-up needs neither ICU nor initialisation. Rows of
 * 64 code points, because 64 is what one continuation byte of UTF-8 carries: the last byte of a
 * character is the index in its row, what stands before it names the row. */
#ifndef SEIMAI_CHARACTER_INTERNAL_H
#define SEIMAI_CHARACTER_INTERNAL_H

#include <seimai/script.h>

/* The arrays themselves are declared in seimai/script.h. */
enum {
    SM_CHAR_SCRIPT = SM_SCRIPT_MASK,
    SM_CHAR_WIDE = SM_SCRIPT_WIDE,
    SM_CHAR_JA = 0x20, /* the ja or twins form changes it */
    /* It is not itself in the form, or may join with what stands before it: all text without such
     * characters is in the form, and just before any other one a text may be cut. */
    SM_CHAR_NFC = 0x40,
    SM_CHAR_NFKC = 0x80
};

enum { SM_CHAR_LIMIT = 0x110000, SM_CHAR_ROW = 64 };

static inline uint8_t sm_character(uint32_t c) /* c < SM_CHAR_LIMIT */
{
    return sm_character_table[sm_character_rows[c / SM_CHAR_ROW]][c % SM_CHAR_ROW];
}

/* The byte of the character at *p in valid UTF-8, by its bytes; moves past it. */
static inline uint8_t sm_character_next(const uint8_t **p)
{
    const uint8_t *s = *p;
    unsigned row = s[0];
    if (s[0] < 0x80) {
        *p += 1;
        return sm_character_table[sm_character_rows[row / SM_CHAR_ROW]][row % SM_CHAR_ROW];
    }
    if (s[0] < 0xE0) {
        *p += 2;
        return sm_character_table[sm_character_rows[row & 0x1F]][s[1] & 0x3F];
    }
    row = (row & 0x0F) << 6 | (s[1] & 0x3FU);
    if (s[0] < 0xF0) {
        *p += 3;
        return sm_character_table[sm_character_rows[row]][s[2] & 0x3F];
    }
    row = row << 6 | (s[2] & 0x3FU);
    *p += 4;
    return sm_character_table[sm_character_rows[row]][s[3] & 0x3F];
}

#endif
