/* What a loaded BPE tokenizer derives from its tokens, so that encoding reads each character a few times.
 * SPDX-License-Identifier: MIT
 *
 * Nouns
 *   code       a character that stands in some token, by frequency from 1; START is set on the first of a
 *              pre-token. Characters without a code get one for a while (encoder: strangers)
 *   number     a token in the order of ranks (id - shift, where that is the order of ids), or n_tokens + code for a character that is no token and becomes
 *              several, or SPELT + i for the i-th stretch that was encoded byte by byte
 *   bigram     two neighbouring characters. One that stands in no token is a safe place to cut: nothing is merged
 *              across it
 *   signature  of a token: the characters on the far side of a boundary with which something could be merged
 *
 * All of it is read-only after matcher_build. */
#ifndef SM_BPE_MATCHER_H
#define SM_BPE_MATCHER_H

#include "tokenizer_internal.h"
#include "words.h"

#include "split/pretoken_internal.h"

enum {
    CODES = 1 << 16,
    CODE_MASK = CODES - 1,
    START = 1 << 16, /* beside a code */
    SPELT = 1 << 20  /* number */
};
#define NO_NUMBER UINT32_MAX

/* A node of the trie over codes: the code that leads to it, where its children are, and the longest token that
 * its path begins with. Bits 0-15 code, 16-37 base (0: no children), 38-56 number, 57-63 characters of the token
 * (CELL_LONG: see about). */
typedef uint64_t cell;
enum { CELL_BASE = 16, CELL_NUMBER = 38, CELL_LENGTH = 57, CELL_LONG = 127 };
enum { BASE_BITS = CELL_NUMBER - CELL_BASE, NUMBER_BITS = CELL_LENGTH - CELL_NUMBER };

static inline uint32_t cell_base(cell c)
{
    return (uint32_t)(c >> CELL_BASE) & ((1u << BASE_BITS) - 1);
}

static inline uint32_t cell_number(cell c)
{
    return (uint32_t)(c >> CELL_NUMBER) & ((1u << NUMBER_BITS) - 1);
}

/* What stepping back asks about a number: 32 bytes, half a cache line. */
typedef struct about {
    uint64_t before; /* the signature of a boundary at its left: last characters, by code_bit */
    uint64_t after;  /* … at its right: first characters */
    uint32_t left,
        right; /* numbers: the halves of the last merge; itself twice where there was none */
    uint32_t shorter;  /* the longest token that is a proper beginning, or NO_NUMBER */
    uint16_t length;   /* in characters */
    uint8_t tangled;   /* see canonical.c */
    uint8_t character; /* it is one whole character */
} about;

/* What a character that is no token becomes: ids, and the numbers at both ends (NO_NUMBER: merged with nothing). */
typedef struct spelling {
    uint32_t ids[4];
    uint32_t n, first, last;
} spelling;

typedef struct matcher {
    uint32_t n_tokens;
    uint32_t *ids;     /* [n_tokens] by number */
    uint32_t *numbers; /* [tok->n] by id; NO_NUMBER for a token that merging never makes */
    uint32_t byte_numbers[256];
    bool shifted; /* ids[i] is i + shift */
    uint32_t shift;
    uint32_t n_chars; /* codes 1 … n_chars - 1 are characters of tokens, and then come … */
    uint32_t code_void,
        code_spelt;       /* … what stands for nothing, what was spelt beforehand, … */
    uint32_t code_lost;   /* … a stranger too many, … */
    uint32_t code_bad;    /* … 128 bytes that are no UTF-8 … */
    uint32_t n_codes;     /* … and, from here on, strangers */
    uint32_t *characters; /* [n_chars] by code */
    spelling *spellings;  /* [n_codes] by code */
    unpack_table table;
    uint32_t *wide; /* codes of characters above U+FFFF: open addressing by character */
    size_t wide_mask;
    cell *roots; /* [CODES] */
    cell *cells; /* [n_cells]; every base has CODES cells behind it */
    size_t n_cells;
    about *about; /* [n_tokens + CODES] */
    uint64_t *bigrams,
        *partial; /* bits by bigram_bit; partial: a token crosses that ends inside a character */
    unsigned bigram_shift;
    uint64_t *pairs,
        *pair_filter; /* canonical pairs: left, right, made in 20 bits each; open addressing */
    unsigned pair_shift, filter_shift;
    size_t pair_mask;
    uint64_t
        byte_pairs[1024]; /* a bit for two bytes that are merged, the first above the second */
    uint64_t whole[1024]; /* filter of the dead tokens that are taken whole, by whole_bit */
    bool any_whole;
    word_table words; /* of a vocabulary with many */
    void *packed;     /* where the tables of the hot path are: see pack.c */
} matcher;

/* Builds tok->matcher, after canonical_build. SM_ENOSUP for a vocabulary with more tokens (450,000) or different
 * characters (57,000) than fit; `path` is for the message. */
int matcher_build(sm_tokenizer *tok, const char *path, sm_error *err) SM_MUST_USE;
void matcher_free(matcher *m);

/* The parts of building, each in its file. */
typedef struct code_string {
    const uint16_t *codes; /* [n] */
    uint32_t n, number;
} code_string;
bool codes_build(matcher *m, const sm_tokenizer *tok);                     /* codes.c */
bool double_array_build(matcher *m, const code_string *strings, size_t n); /* double_array.c */
void bigrams_build(matcher *m, const sm_tokenizer *tok, const code_string *strings,
                   size_t n);                          /* bigrams.c */
void pairs_build(matcher *m, const sm_tokenizer *tok); /* pairs.c */
void matcher_pack(matcher *m);                         /* pack.c: when all are built */
void matcher_unpack(matcher *m);                       /* … frees what was packed */

/* The code of any character (CELL_BAD + byte, bad: of a byte), or 0. */
uint32_t matcher_code(const matcher *m, character c);
/* What a character becomes where nothing is merged with it. */
void matcher_spell(const sm_tokenizer *tok, const matcher *m, sm_span text, spelling *s);
/* The ids that naive merging starts from; returns their number. At most s.n. */
size_t first_ids(const sm_tokenizer *tok, sm_span s, uint32_t *ids);

/* ---- the hot path ----------------------------------------------------------------------------- */

static inline uint32_t bigram_bit(const matcher *m, uint32_t x, uint32_t y)
{
    return (x * 0x9E3779B1u ^ y * 0x85EBCA77u) >> m->bigram_shift;
}

static inline bool is_bigram(const matcher *m, uint32_t x, uint32_t y)
{
    const uint32_t bit = bigram_bit(m, x, y);
    return m->bigrams[bit >> 6] >> (bit & 63) & 1;
}

/* Is there a boundary of every encoding before character i? The first of a window has START. */
static inline bool is_cut(const matcher *m, const uint32_t *codes, size_t i)
{
    const uint32_t y = codes[i];
    if (y & START) return true;
    const uint32_t x = codes[i - 1] & CODE_MASK;
    return x < m->n_chars && y < m->n_chars && !is_bigram(m, x, y);
}

static inline unsigned code_bit(uint32_t code)
{
    return code * 0x9E3779B1u >> 26;
}

/* Of a string of two bytes or more. */
static inline unsigned whole_bit(sm_span s)
{
    const uint32_t first = sm_get_u16(s.p), last = sm_get_u16(s.p + s.n - 2);
    return (first * 0x9E3779B1u ^ last * 0x85EBCA77u ^ (uint32_t)s.n * 0xC2B2AE3Du) >> 16;
}

static inline uint64_t pair_key(uint32_t a, uint32_t b)
{
    return (uint64_t)a << 20 | b;
}

static inline uint64_t pair_hash(uint64_t key)
{
    return key * UINT64_C(0x9E3779B97F4A7C15);
}

static inline uint32_t id_of(const matcher *m, uint32_t number)
{
    return m->shifted ? number + m->shift : m->ids[number];
}

/* The number that a and b are canonically merged to, or NO_NUMBER. */
static inline uint32_t pair_find(const matcher *m, uint32_t a, uint32_t b)
{
    const uint64_t key = pair_key(a, b), h = pair_hash(key);
    const uint64_t bit = h >> m->filter_shift;
    if (!(m->pair_filter[bit >> 6] >> (bit & 63) & 1)) return NO_NUMBER;
    for (size_t i = h >> m->pair_shift;; i = (i + 1) & m->pair_mask) {
        if (m->pairs[i] >> 20 == key) return (uint32_t)m->pairs[i] & 0xFFFFF;
        if (m->pairs[i] == UINT64_MAX) return NO_NUMBER;
    }
}

#endif
