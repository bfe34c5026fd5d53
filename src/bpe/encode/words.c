/* The dictionary of short tokens: which they are, and where they go.
 * SPDX-License-Identifier: MIT */
#include "words.h"

#include "tokenizer_internal.h"

/* A short token of ASCII that a pre-token of its bytes becomes. */
static bool is_word(const sm_tokenizer *tok, const token *t)
{
    const bool taken = tok->whole_first && t->flags & TOKEN_MODEL;
    bool ascii = t->bytes.n > 0 && t->bytes.n <= MEMO_BYTES;
    for (size_t i = 0; ascii && i < t->bytes.n; i++)
        ascii = (unsigned char)t->bytes.p[i] < 0x80;
    return ascii && (t->flags & TOKEN_ALIVE || taken);
}

/* Places for twice as many: one line in fifteen goes on in the next. */
static word_table make_lines(size_t n)
{
    word_table w = {.n_lines = 2 * n / 3 + 1};
    const size_t all = w.n_lines + WORDS_BEHIND;
    w.lines = sm_malloc(all * sizeof *w.lines);
    for (size_t i = 0; i < all; i++) {
        w.lines[i] = (word_line){0};
        for (size_t k = 0; k < WORDS_IN_LINE; k++)
            w.lines[i].ids[k] = SM_NO_TOKEN;
    }
    return w;
}

/* Takes the first free place from the key's line on. Left out: what is there, and what would fill the last line. */
static void put(word_table *w, memo_key key, uint32_t id)
{
    word_line *line = &w->lines[words_line(w, key) - w->lines];
    const word_line *const last = &w->lines[w->n_lines + WORDS_BEHIND - 1];
    size_t k = 0;
    if (words_find(line, key) != SM_NO_TOKEN) return;
    while (line->keys[WORDS_IN_LINE - 1].high)
        line++;
    while (line->keys[k].high)
        k++;
    if (line == last && k == WORDS_IN_LINE - 1) return;
    line->keys[k] = key;
    line->ids[k] = id;
}

word_table words_build(const sm_tokenizer *tok, size_t fewest)
{
    size_t n = 0;
    for (size_t i = 0; i < tok->n; i++)
        n += is_word(tok, &tok->tokens[i]);
    if (n < fewest) return (word_table){0};
    word_table w = make_lines(n);
    for (size_t i = 0; i < tok->n; i++) {
        const token *t = &tok->tokens[i];
        if (is_word(tok, t))
            put(&w, memo_key_of((const uint8_t *)t->bytes.p, t->bytes.n, t->bytes.n),
                (uint32_t)i);
    }
    return w;
}

size_t words_bytes(const word_table *w)
{
    return w->n_lines ? (w->n_lines + WORDS_BEHIND) * sizeof *w->lines : 0;
}
