/* Byte by byte: match from the left, check the neighbour, step back where it does not fit.
 * SPDX-License-Identifier: MIT
 *
 * canonical.c says why: the one row of tokens in which all neighbours fit is what merging makes. At a position the
 * longest token is tried first, then the shorter ones; if none fits the token before, the position is dead
 * (nothing that reaches it can be right), so each is left backwards at most once, and the work is linear in the
 * text. settle.c does the same with characters, and comes here for what is not made of whole ones. */
#include "encoder.h"

#include <string.h>

enum { FEW = 48 };

static void mark_dead(uint64_t *bits, size_t at)
{
    bits[at >> 6] |= UINT64_C(1) << (at & 63);
}

static bool is_dead(const uint64_t *bits, size_t at)
{
    return bits[at >> 6] >> (at & 63) & 1;
}

static uint64_t *clean_bits(sm_encoder *e, size_t n)
{
    const size_t words = n / 64 + 1;
    if (e->dead_cap < words) {
        e->dead_cap = 2 * words;
        e->dead_bytes = sm_realloc(e->dead_bytes, e->dead_cap * sizeof *e->dead_bytes);
    }
    memset(e->dead_bytes, 0, words * sizeof *e->dead_bytes);
    return e->dead_bytes;
}

/* What two bytes are merged to. Random ones seldom are, and a small table knows. */
static uint32_t byte_pair(const matcher *m, uint8_t a, uint8_t b)
{
    const unsigned two = (unsigned)a << 8 | b;
    const bool merged = m->byte_pairs[two >> 6] >> (two & 63) & 1;
    return merged ? pair_find(m, m->byte_numbers[a], m->byte_numbers[b]) : NO_NUMBER;
}

/* Few bytes: merging as it is defined, over numbers. Only canonical pairs are ever made, so the small table
 * will do. */
static size_t merge_few(const matcher *m, sm_span s, uint32_t *out)
{
    uint32_t made[FEW];
    size_t n = s.n;
    for (size_t i = 0; i < n; i++)
        out[i] = m->byte_numbers[(uint8_t)s.p[i]];
    for (size_t i = 0; i + 1 < n; i++)
        made[i] = byte_pair(m, (uint8_t)s.p[i], (uint8_t)s.p[i + 1]);
    for (;;) {
        size_t best = 0;
        for (size_t i = 1; i + 1 < n; i++)
            if (made[i] < made[best]) best = i;
        if (n < 2 || made[best] == NO_NUMBER) break;
        out[best] = made[best];
        memmove(out + best + 1, out + best + 2, (n - best - 2) * sizeof *out);
        memmove(made + best, made + best + 1, (n - best - 2) * sizeof *made);
        n--;
        if (best + 1 < n) made[best] = pair_find(m, out[best], out[best + 1]);
        if (best > 0) made[best - 1] = pair_find(m, out[best - 1], out[best]);
    }
    for (size_t i = 0; i < n; i++)
        out[i] = id_of(m, out[i]);
    return n;
}

size_t match_bytes(const sm_tokenizer *tok, sm_encoder *e, sm_span s, uint32_t *out)
{
    if (s.n <= FEW) return merge_few(tok->matcher, s, out);
    const uint8_t *p = (const uint8_t *)s.p, *end = p + s.n;
    uint64_t *dead = clean_bits(e, s.n);
    size_t n = 0, at = 0;
    uint32_t id = trie_longest(&tok->trie, p, end);
    for (;;) {
        if (id == TRIE_NONE) { /* nothing fits here: take the token before back */
            mark_dead(dead, at);
            const token *before = &tok->tokens[out[--n]];
            at -= before->bytes.n;
            id = before->shorter;
            continue;
        }
        const size_t next = at + tok->tokens[id].bytes.n;
        if (is_dead(dead, next) || (n > 0 && !canonical_pair(tok, out[n - 1], id))) {
            id = tok->tokens[id].shorter;
            continue;
        }
        out[n++] = id;
        at = next;
        if (at == s.n) return n;
        id = trie_longest(&tok->trie, p + at, end);
    }
}
