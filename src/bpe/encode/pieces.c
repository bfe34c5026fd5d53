/* Windows of short pre-tokens: what the memo holds is recalled, the others are matched together.
 * SPDX-License-Identifier: MIT
 *
 * A pre-token that is matched alone waits for memory at each step. So those that the memo does not hold are put side
 * by side until there are enough of them for all lanes, with a character that stands for nothing behind each; its
 * number tells where in the numbers they end. */
#include "encoder.h"

#include <string.h>

void batch_free(batch *b)
{
    sm_free(b->codes);
    sm_free(b->at);
    sm_free(b->list);
    sm_free(b->recalled);
    *b = (batch){0};
}

/* Ready for a window of so many bytes. */
static void open_batch(batch *b, size_t bytes)
{
    if (!b->codes) {
        b->codes = sm_malloc((BATCH_ROOM + BEHIND) * sizeof *b->codes);
        b->at = sm_malloc((BATCH_ROOM + BEHIND) * sizeof *b->at);
        b->list = sm_malloc(BATCH * sizeof *b->list);
    }
    if (b->cap < bytes) {
        b->cap = bytes;
        b->recalled = sm_realloc(b->recalled, (bytes + MEMO_IDS) * sizeof *b->recalled);
    }
    b->n = b->n_list = b->n_recalled = 0;
}

/* The window's characters from … to - 1, which the memo does not hold. */
static void put_missed(const matcher *m, sm_encoder *e, memo_key key, size_t from, size_t to)
{
    batch *b = &e->batch;
    const unpacked *u = &e->cut.text;
    const size_t n = to - from;
    copy_few(b->codes + b->n, u->codes + from, n);
    copy_few(b->at + b->n, u->at + from, n + 1);
    b->codes[b->n + n] = START | m->code_void;
    b->n += n + 1;
    b->list[b->n_list++] = (missed){key, b->n_recalled};
}

static uint32_t *put_recalled(const batch *b, size_t from, size_t to, uint32_t *out)
{
    for (; from < to; from++)
        *out++ = b->recalled[from];
    return out;
}

/* Matches the missed ones, and writes all ids in the order of the text; returns their end. */
static uint32_t *flush(const sm_tokenizer *tok, sm_encoder *e, uint32_t *out)
{
    const matcher *m = tok->matcher;
    const uint32_t end_of_one = m->n_tokens + m->code_void;
    batch *b = &e->batch;
    size_t k = 0, written = 0;
    b->codes[b->n] = START;
    if (b->n) match_part(tok, e, (columns){b->codes, b->at}, 0, b->n);
    for (size_t i = 0; i < b->n_list; i++) {
        out = put_recalled(b, written, b->list[i].recalled, out);
        written = b->list[i].recalled;
        const uint32_t *const ids = out;
        for (; e->numbers[k] != end_of_one; k++)
            out = write_number(m, e, e->numbers[k], out);
        k++;
        if (b->list[i].key.high) memo_put(&e->memo, b->list[i].key, ids, (size_t)(out - ids));
    }
    out = put_recalled(b, written, b->n_recalled, out);
    b->n = b->n_list = b->n_recalled = 0;
    return out;
}

/* ---- a window ------------------------------------------------------------------------------------ */

enum { ASKED = 32 };

/* ASKED pre-tokens from the first on: their keys, and the words that they are, or SM_NO_TOKEN. */
typedef struct asked {
    memo_key keys[ASKED];
    uint32_t ids[ASKED];
} asked;

/* The keys of n pre-tokens from the i-th on; the words' lines or, without words, the memo's sets are on the way to the
 * cache. */
static void make_keys(const word_table *w, const sm_encoder *e, size_t i, size_t n, asked *a)
{
    const uint32_t *at = e->cut.text.at, *ends = e->cut.ends;
    const size_t total = at[e->cut.text.n];
    size_t from = at[i ? ends[i - 1] : 0];
    for (size_t k = 0, to; k < n; from = to, k++) {
        to = at[ends[i + k]];
        a->keys[k] = memo_key_of(e->bytes + from, to - from, total - from);
        if (w->n_lines)
            __builtin_prefetch(words_line(w, a->keys[k]));
        else
            __builtin_prefetch(memo_set_of(&e->memo, a->keys[k]));
    }
}

static void ask(const word_table *w, const sm_encoder *e, size_t i, size_t n, asked *a)
{
    make_keys(w, e, i, n, a);
    for (size_t k = 0; k < n && w->n_lines; k++) {
        a->ids[k] = words_find(words_line(w, a->keys[k]), a->keys[k]);
        if (a->ids[k] == SM_NO_TOKEN) __builtin_prefetch(memo_set_of(&e->memo, a->keys[k]));
    }
}

/* The ids of the k-th that was asked for go to `out`; returns how many they are, 0 if they are not known. */
static inline size_t recall(const memo *m, const asked *a, size_t k, uint32_t *out)
{
    *out = a->ids[k];
    if (*out != SM_NO_TOKEN) return 1;
    return a->keys[k].high ? memo_get(m, a->keys[k], out) : 0;
}

/* A pre-token that is not recalled goes to the batch; an odd one to the ids, where they stand now. */
static uint32_t *miss(const sm_tokenizer *tok, sm_encoder *e, memo_key key, size_t from,
                      size_t to, uint32_t *out)
{
    batch *b = &e->batch;
    e->misses += key.high != 0;
    if (to - from > LONG) out = flush(tok, e, out); /* no copy of what may be large */
    const bool empty = b->n == 0 && b->n_recalled == 0;
    uint32_t *const ids = empty ? out : b->recalled + b->n_recalled;
    uint32_t *const end = encode_odd(tok, e, from, to, ids);
    if (!end) {
        put_missed(tok->matcher, e, key, from, to);
        return out;
    }
    if (key.high) memo_put(&e->memo, key, ids, (size_t)(end - ids));
    if (empty) return end;
    b->n_recalled += (size_t)(end - ids);
    return out;
}

uint32_t *encode_pieces(const sm_tokenizer *tok, sm_encoder *e, uint32_t *out)
{
    asked a = {0};
    memset(a.ids, 0xFF, sizeof a.ids); /* SM_NO_TOKEN */
    const bool asks = e->memo.pause == 0;
    batch *b = &e->batch;
    memo_open(&e->memo, sm_tokenizer_hash(tok));
    open_batch(b, e->cut.text.at[e->cut.text.n]);
    e->misses = 0;
    for (size_t i = 0, from = 0, to; i < e->cut.n; i++, from = to) {
        const size_t left = e->cut.n - i;
        to = e->cut.ends[i];
        if (asks && i % ASKED == 0)
            ask(&tok->matcher->words, e, i, left < ASKED ? left : ASKED, &a);
        const size_t n = recall(&e->memo, &a, i % ASKED, b->recalled + b->n_recalled);
        b->n_recalled += n;
        if (n == 0) out = miss(tok, e, a.keys[i % ASKED], from, to, out);
        if (b->n >= BATCH) out = flush(tok, e, out);
    }
    memo_judge(&e->memo, e->cut.n, e->misses);
    return flush(tok, e, out);
}
