/* SentencePiece's precompiled_charsmap: strings, each to be replaced by another.
 * SPDX-License-Identifier: MIT
 *
 * Its bytes (little-endian): u32 size of the trie; the trie, a double array of u32 units as the library
 * darts-clone writes it; the replacements, each ended by a NUL. A unit: bits 0-7 the label; bit 8, a string
 * ends here (its value is in the child of label 0); bit 9, the offset is shifted by 8; bits 10-30 the offset
 * to the children, by exclusive or; bit 31, the unit is a value. */
#ifndef SM_BPE_CHARSMAP_H
#define SM_BPE_CHARSMAP_H

#include <seimai/base.h>

/* begins says of a character: bit 31, rules go on behind this character, from the node in bits 1 to 30; bit 0,
 * the character, or a part of it, is a rule itself. */
typedef struct charsmap {
    uint32_t *units; /* NULL: no map */
    size_t n;
    sm_span strings;  /* with a NUL behind its end */
    uint32_t *begins; /* [0x10000] by character */
} charsmap;

/* Copies a map. SM_EFORMAT where its sizes do not fit. */
int charsmap_init(charsmap *map, sm_span blob, const char *path, sm_error *err);
void charsmap_fini(charsmap *map);

/* The length of the longest rule that text[0, n) begins with, and what replaces it; 0 if there is none. */
size_t charsmap_match(const charsmap *map, const char *text, size_t n, sm_span *by);

/* Does a rule match text[0, n), of which `next` is behind its first character c? Like charsmap_match, but made for
 * texts in which none does: か might have been followed by a dakuten, and hardly ever is. */
bool charsmap_matches(const charsmap *map, uint32_t c, const char *text, const char *next,
                      size_t n);

/* Takes the character at *at of valid UTF-8. */
static inline uint32_t charsmap_take(const char **at)
{
    const uint8_t *p = (const uint8_t *)*at;
    const uint32_t c = *p;
    const unsigned n = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    *at += n;
    if (n == 1) return c;
    if (n == 3) return (c & 0xF) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
    if (n == 2) return (c & 0x1F) << 6 | (p[1] & 0x3Fu);
    return (c & 7) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
}

/* May a rule begin with character c? */
static inline bool charsmap_begins(const charsmap *map, uint32_t c)
{
    return map->units && (c > 0xFFFF || map->begins[c]);
}

#endif
