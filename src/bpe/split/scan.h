/* What scanners see of a text, and the pieces of patterns that they share.
 * SPDX-License-Identifier: MIT
 *
 * A scanner stands at the beginning of a piece and tries the pattern's alternatives in their order, as the regular
 * expression would. Where a pattern backs off (\s+(?!\S), \s*[\r\n]+) the scanner knows where the backing off
 * would end. Runs are read off bit sets: set s of a scanner has bit i if the group of character i is in it. */
#ifndef SM_BPE_SCAN_H
#define SM_BPE_SCAN_H

#include "unpack.h"

#include <string.h>

/* Four sets of each scanner's own, and those of the words that all of them see alike: an optional blank, a character
 * that begins a word, any number of others, and then one that ends it, be it a blank or not. */
enum { OWN_SETS = 4, SET_BLANK = OWN_SETS, SET_FIRST, SET_INSIDE, SET_END, SETS };

typedef struct view {
    const uint8_t *groups; /* [n], then GROUP_END */
    uint8_t *bits[SETS];   /* zero from bit n on */
    const uint32_t *at;    /* [n + 1] */
    const uint8_t *text;   /* at[n] bytes */
    size_t n;
} view;

/* The end of the piece that begins at character i < v->n. */
typedef size_t (*piece_fn)(const view *v, size_t i);

typedef struct scanner {
    piece_fn piece;
    uint8_t (*group_of)(uint32_t c, unsigned is); /* of a character and its class (classes.h) */
    uint16_t sets[SETS];                          /* of groups, a bit each */
    uint16_t
        looked_past; /* groups that a scanner may read beyond the piece's end, any number of them */
} scanner;

extern const scanner scan_gpt2, scan_llama3, scan_qwen, scan_o200k, scan_runs;
extern const scanner scan_deepseek, scan_script;
extern const scanner scan_none;

#define IN(set, group) ((unsigned)(set) >> (group)&1)

/* The end of the run of set s that may begin at character i. */
static inline size_t run(const view *v, unsigned s, size_t i)
{
    for (;;) {
        uint64_t w;
        memcpy(&w, v->bits[s] + (i >> 3), sizeof w);
        w >>= i & 7;
        const size_t have = 64 - (i & 7);
        const size_t ones = ~w ? (size_t)__builtin_ctzll(~w) : 64;
        if (ones < have) return i + ones;
        i += have;
    }
}

static inline size_t run_group(const view *v, unsigned group, size_t i)
{
    while (v->groups[i] == group)
        i++;
    return i;
}

/* Fills bits[s] for all sets of a scanner: view_bytes(n) bytes each. By path number: see bits.c. */
void bits_fill(const scanner *s, const uint8_t *groups, size_t n, uint8_t *const bits[SETS]);
void bits_fill_by(size_t path, const scanner *s, const uint8_t *groups, size_t n,
                  uint8_t *const bits[SETS]);
const char *
bits_path(size_t i); /* "portable", "avx2", "avx512" as far as the machine has them */

static inline size_t bits_bytes(size_t n)
{
    return (n / 64 + 2) * 8;
}

#endif
