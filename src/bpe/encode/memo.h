/* Short pre-tokens and their ids, as an encoder met them: a cache of fixed size.
 * SPDX-License-Identifier: MIT
 *
 * Pre-tokens come back: of those of 14 MB of English more than nine in ten are found here (of a large vocabulary most
 * are found before: words.h). A look-up reads one cache line, a set of two entries. What is found is what encoding the
 * pre-token gave, so the ids do not depend on what the memo holds. Japanese pre-tokens are long and seldom return; the
 * encoder asks only in windows that are mostly ASCII, and pauses where little is found. */
#ifndef SM_BPE_MEMO_H
#define SM_BPE_MEMO_H

#include <seimai/hash.h>

#include <string.h>

enum {
    MEMO_BYTES = 15, /* the longest pre-token that is kept … */
    MEMO_IDS = 6,    /* … and the most ids, each below … */
    MEMO_ID_BITS = 20,
    MEMO_SET_BITS = 16,
    MEMO_SETS = 1 << MEMO_SET_BITS,
    MEMO_COUNT = 60 /* bits of entry.key.high from here on: how many ids; 0: free */
};

/* The bytes of a pre-token, zeros behind them, and its length in bits 56-59 of `high`. */
typedef struct memo_key {
    uint64_t low, high;
} memo_key;

typedef struct memo_entry {
    memo_key key;    /* with the number of ids */
    uint64_t ids[2]; /* three in each word, the first lowest */
} memo_entry;

typedef struct memo_set {
    memo_entry ways[2]; /* the second is the one that gives way */
} memo_set;

/* Init {0}. */
typedef struct memo {
    memo_set *sets; /* [MEMO_SETS], or NULL: nothing kept yet */
    void *memory;   /* of the sets, which begin at a cache line */
    sm_hash128 of;  /* the tokenizer whose ids these are */
    unsigned pause; /* windows that are still encoded without it: see memo_judge */
} memo;

/* Makes ready for a tokenizer; forgets another one's ids. */
void memo_open(memo *m, sm_hash128 of);
void memo_free(memo *m);
/* Keeps n ids of a key, if it is not kept yet; more than MEMO_IDS, or none, are not kept. */
void memo_put(memo *m, memo_key key, const uint32_t *ids, size_t n);
/* After a window of so many pre-tokens: text that does not repeat is better encoded without a memo for a while. */
void memo_judge(memo *m, size_t asked, size_t misses);

/* ---- the hot path ----------------------------------------------------------------------------- */

/* The key of the n bytes at p, or, if they are too many, one of no bytes, which is never kept. `left` bytes can be
 * read at p. */
static inline memo_key memo_key_of(const uint8_t *p, size_t n, size_t left)
{
    uint64_t words[2] = {0, 0};
    if (n > MEMO_BYTES) return (memo_key){0, 0};
    memcpy(words, p, left < sizeof words ? n : sizeof words);
    const uint64_t all = UINT64_MAX, past = 64 - 8 * (n & 7);
    const uint64_t low = words[0] & (n < 8 ? ~(all << 8 * n) : all);
    const uint64_t high = words[1] & (n > 8 ? all >> past : 0);
    return (memo_key){low, high | (uint64_t)n << 56};
}

static inline uint64_t memo_hash(memo_key key)
{
    const uint64_t h = key.low ^ key.high * UINT64_C(0xC2B2AE3D27D4EB4F);
    return (h ^ h >> 29) * UINT64_C(0x9E3779B97F4A7C15);
}

static inline memo_set *memo_set_of(const memo *m, memo_key key)
{
    return &m->sets[memo_hash(key) >> (64 - MEMO_SET_BITS)];
}

static inline bool memo_is(const memo_entry *e, memo_key key)
{
    return ((e->key.low ^ key.low) | (e->key.high ^ key.high) << (64 - MEMO_COUNT)) == 0;
}

/* Writes the ids of a key, up to MEMO_IDS words, and returns how many they are; 0 if it is not kept. */
static inline size_t memo_get(const memo *m, memo_key key, uint32_t *out)
{
    enum { MASK = (1 << MEMO_ID_BITS) - 1 };
    const memo_set *set = memo_set_of(m, key);
    const memo_entry *e = &set->ways[memo_is(&set->ways[1], key)];
    if (!memo_is(e, key)) return 0;
    for (size_t i = 0; i < MEMO_IDS; i++)
        out[i] = (uint32_t)(e->ids[i / 3] >> i % 3 * MEMO_ID_BITS) & MASK;
    return e->key.high >> MEMO_COUNT;
}

#endif
