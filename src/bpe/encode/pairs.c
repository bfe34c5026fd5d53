/* The check of two neighbours in few steps: canonical pairs, halves of tokens, signatures.
 * SPDX-License-Identifier: MIT
 *
 * Numbers are ranks, so that "merged later" is a comparison. Where no token that ends inside a character crosses a
 * boundary, characters need not be taken apart. Tangled tokens (canonical.c) are judged by merging.
 *
 * Signatures. Something is merged across a|b only if, for some part p on b's left side (b, its left half, that one's
 * left half …), a token x is merged with p before p is used up; x ends with a's last character. b's `before` has a
 * bit for the last characters of all such x, a's `after` the same for first characters on the right: if either bit
 * of the boundary's characters is missing, the neighbours stay apart, and two loads have settled it. */
#include "matcher.h"

#include <string.h>

static void put_pair(matcher *m, uint32_t left, uint32_t right, uint32_t made)
{
    const uint64_t key = pair_key(left, right), h = pair_hash(key);
    size_t i = h >> m->pair_shift;
    while (m->pairs[i] != UINT64_MAX)
        i = (i + 1) & m->pair_mask;
    m->pairs[i] = key << 20 | made;
    m->pair_filter[h >> m->filter_shift >> 6] |= UINT64_C(1) << (h >> m->filter_shift & 63);
}

static void make_tables(matcher *m)
{
    unsigned bits = 10;
    while ((size_t)1 << bits < (size_t)m->n_tokens * 2)
        bits++;
    enum { FILTER = 2 }; /* four bits a slot */
    m->pair_shift = 64 - bits;
    m->pair_mask = ((size_t)1 << bits) - 1;
    m->filter_shift = m->pair_shift - FILTER;
    m->pairs = sm_malloc((m->pair_mask + 1) * sizeof *m->pairs);
    memset(m->pairs, 0xFF, (m->pair_mask + 1) * sizeof *m->pairs);
    m->pair_filter = sm_calloc(((m->pair_mask + 1) << FILTER) / 64, sizeof *m->pair_filter);
}

static const token *token_of(const matcher *m, const sm_tokenizer *tok, uint32_t number)
{
    return &tok->tokens[m->ids[number]];
}

static bool is_character(sm_span s)
{
    const uint8_t *p = (const uint8_t *)s.p;
    const character c = character_at(p, p + s.n);
    return !c.bad && c.n == s.n;
}

static void find_halves(matcher *m, const sm_tokenizer *tok)
{
    for (uint32_t i = 0; i < m->n_tokens; i++) {
        const token *t = token_of(m, tok, i);
        about *a = &m->about[i];
        a->tangled = (t->flags & TOKEN_TANGLED) != 0;
        a->character = is_character(t->bytes);
        if (t->rank == 0) continue;
        a->left = m->numbers[t->left];
        a->right = m->numbers[t->right];
        put_pair(m, a->left, a->right, i);
        if (t->bytes.n != 2) continue;
        const uint8_t *p = (const uint8_t *)t->bytes.p;
        const unsigned two = (unsigned)p[0] << 8 | p[1];
        m->byte_pairs[two >> 6] |= UINT64_C(1) << (two & 63);
    }
}

/* ---- signatures ------------------------------------------------------------------------------------ */

/* The tokens that have a token as a half, by that half, in the order of numbers. */
typedef struct users {
    uint32_t *first; /* [n + 1] */
    uint32_t *made;
} users;

static users users_make(const matcher *m, bool of_right)
{
    users u = {sm_calloc(m->n_tokens + 2, sizeof *u.first),
               sm_malloc((m->n_tokens + 1) * sizeof *u.made)};
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < m->n_tokens; i++) {
            const uint32_t half = of_right ? m->about[i].right : m->about[i].left;
            if (half == i) continue;
            if (pass == 0)
                u.first[half + 2]++;
            else
                u.made[u.first[half + 1]++] = i;
        }
        for (size_t i = 2; pass == 0 && i < m->n_tokens + 2; i++)
            u.first[i] += u.first[i - 1];
    }
    return u;
}

static void users_free(users *u)
{
    sm_free(u->first);
    sm_free(u->made);
}

/* The bit of a token's last or first character; all bits for one that ends inside a character. */
static uint64_t edge_bits(const matcher *m, sm_span s, bool last)
{
    const uint8_t *p = (const uint8_t *)s.p, *const end = p + s.n;
    character c = character_at(p, end);
    if (last) {
        const uint8_t *q = end - 1;
        while (q > p && (*q & 0xC0) == 0x80)
            q--;
        c = character_at(q, end);
        if (q + c.n != end) c.bad = true;
    }
    const uint32_t code = c.bad ? 0 : matcher_code(m, c);
    return code ? UINT64_C(1) << code_bit(code) : UINT64_MAX;
}

/* All x (or y) that could be merged with a part on the left (right) side of token i in time. */
static uint64_t side_bits(const matcher *m, const users *u, const uint64_t *edges, uint32_t i,
                          bool left)
{
    uint64_t bits = 0;
    uint32_t part = i, limit = UINT32_MAX;
    if (m->about[i].tangled) return UINT64_MAX;
    for (;;) {
        for (uint32_t k = u->first[part]; k < u->first[part + 1]; k++) {
            if (u->made[k] > limit || (!left && u->made[k] == limit)) break;
            bits |= edges[u->made[k]];
        }
        const uint32_t next = left ? m->about[part].left : m->about[part].right;
        if (next == part) return bits;
        limit = part;
        part = next;
    }
}

/* A character that is no token has the signature of what it becomes. */
static void sign_characters(matcher *m)
{
    for (uint32_t code = 0; code < CODES; code++) {
        const spelling *s = code < m->n_codes ? &m->spellings[code] : NULL;
        const bool known = s && s->n > 0 && s->first != NO_NUMBER && s->last != NO_NUMBER;
        about *mine = &m->about[m->n_tokens + code];
        mine->before = known ? m->about[s->first].before : UINT64_MAX;
        mine->after = known ? m->about[s->last].after : UINT64_MAX;
    }
}

static void make_signatures(matcher *m, const sm_tokenizer *tok)
{
    uint64_t *edges = sm_calloc(m->n_tokens + 1, sizeof *edges);
    for (int left = 0; left < 2; left++) {
        users u = users_make(m, left);
        for (uint32_t i = 0; i < m->n_tokens; i++) {
            const uint32_t other = left ? m->about[i].left : m->about[i].right;
            if (other != i) edges[i] = edge_bits(m, token_of(m, tok, other)->bytes, left);
        }
        for (uint32_t i = 0; i < m->n_tokens; i++)
            *(left ? &m->about[i].before : &m->about[i].after) =
                side_bits(m, &u, edges, i, left);
        users_free(&u);
    }
    sign_characters(m);
    sm_free(edges);
}

void pairs_build(matcher *m, const sm_tokenizer *tok)
{
    make_tables(m);
    find_halves(m, tok);
    make_signatures(m, tok);
}
