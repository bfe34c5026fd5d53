/* The short tokens of ASCII by their bytes: a pre-token that is one of them needs no matching.
 * SPDX-License-Identifier: MIT
 *
 * Of the pre-tokens of English nineteen in twenty are one token of a vocabulary such as GPT-4o's; the memo then has only
 * the others to learn. Made once and read by all threads, so that an encoder that has just begun knows them too. A
 * look-up reads one cache line, seldom a second one. */
#ifndef SM_BPE_WORDS_H
#define SM_BPE_WORDS_H

#include <seimai/tokenizer.h>

#include "memo.h"

/* A vocabulary of fewer words knows too little English: most look-ups would be in vain. */
enum { WORDS_FEWEST = 20000 };
enum { WORDS_IN_LINE = 3, WORDS_BEHIND = 64 };

/* Three tokens in 64 bytes. Free places stand behind the others; they have a key of no bytes and SM_NO_TOKEN, which is
 * then what a pre-token that is too long finds. */
typedef struct word_line {
    memo_key keys[WORDS_IN_LINE];
    uint32_t ids[WORDS_IN_LINE + 1];
} word_line;

/* Init {0}: none. A full line goes on in the next one; the last of those behind is never full. */
typedef struct word_table {
    word_line *lines; /* [n_lines + WORDS_BEHIND] */
    uint64_t n_lines;
} word_table;

/* The tokens of ASCII, of at most MEMO_BYTES bytes, that a pre-token of their bytes becomes; none where they are fewer
 * than `fewest`. The lines are the caller's, for sm_free: words_bytes of them. */
word_table words_build(const sm_tokenizer *tok, size_t fewest);
size_t words_bytes(const word_table *w);

/* ---- the hot path ----------------------------------------------------------------------------- */

static inline const word_line *words_line(const word_table *w, memo_key key)
{
    return &w->lines[(memo_hash(key) >> 32) * w->n_lines >> 32];
}

/* The token of a key from its line on, or SM_NO_TOKEN. */
static inline uint32_t words_find(const word_line *line, memo_key key)
{
    for (;; line++) {
        for (size_t i = 0; i < WORDS_IN_LINE; i++)
            if (line->keys[i].low == key.low && line->keys[i].high == key.high)
                return line->ids[i];
        if (!line->keys[WORDS_IN_LINE - 1].high) return SM_NO_TOKEN;
    }
}

#endif
