/* Text to ids: match from the left, check the neighbour, step back where it does not fit.
 * SPDX-License-Identifier: MIT
 *
 * canonical.c says why: the one row of tokens in which all neighbours fit is what merging makes. At a
 * position the longest token is tried first, then the shorter ones; if none fits the token before, the
 * position is dead (nothing that reaches it can be right, whatever came before), so each is left backwards at most
 * once, and the work is linear in the text. */
#include <seimai/tokenizer.h>

#include "tokenizer_internal.h"

#include <string.h>

struct sm_encoder {
    uint64_t *dead; /* a bit a position of the present pre-token */
    size_t cap;     /* words */
    size_t n;       /* words in use, 0 while nothing is dead */
};

sm_encoder *sm_encoder_new(void)
{
    return sm_calloc(1, sizeof(sm_encoder));
}

void sm_encoder_free(sm_encoder *e)
{
    if (!e) return;
    sm_free(e->dead);
    sm_free(e);
}

void sm_ids_free(sm_ids *ids)
{
    sm_free(ids->p);
    *ids = (sm_ids){0};
}

static uint32_t *room(sm_ids *ids, size_t n)
{
    if (ids->cap - ids->n < n) {
        ids->cap = ids->cap * 2 > ids->n + n ? ids->cap * 2 : ids->n + n;
        ids->p = sm_realloc(ids->p, ids->cap * sizeof *ids->p);
    }
    return ids->p + ids->n;
}

void sm_ids_put(sm_ids *ids, uint32_t id)
{
    *room(ids, 1) = id;
    ids->n++;
}

/* ---- dead positions ---------------------------------------------------------------------- */

static void mark_dead(sm_encoder *e, size_t position, size_t length)
{
    if (e->n == 0) {
        e->n = length / 64 + 1;
        if (e->n > e->cap) {
            e->cap = e->n;
            e->dead = sm_realloc(e->dead, e->cap * sizeof *e->dead);
        }
        memset(e->dead, 0, e->n * sizeof *e->dead);
    }
    e->dead[position >> 6] |= UINT64_C(1) << (position & 63);
}

static bool is_dead(const sm_encoder *e, size_t position)
{
    return e->n > 0 && (e->dead[position >> 6] >> (position & 63) & 1);
}

/* ---- one pre-token ------------------------------------------------------------------------- */

/* Writes the ids of s to out (room for s.n) and returns their number. */
static size_t match(const sm_tokenizer *tok, sm_encoder *e, sm_span s, uint32_t *out)
{
    const uint8_t *p = (const uint8_t *)s.p, *end = p + s.n;
    size_t n = 0, at = 0;
    uint32_t id = trie_longest(&tok->trie, p, end);
    e->n = 0;
    for (;;) {
        if (id == TRIE_NONE) { /* nothing fits here: take the token before back */
            mark_dead(e, at, s.n);
            const token *before = &tok->tokens[out[--n]];
            at -= before->bytes.n;
            id = before->shorter;
            continue;
        }
        const size_t next = at + tok->tokens[id].bytes.n;
        if (is_dead(e, next) || (n > 0 && !canonical_pair(tok, out[n - 1], id))) {
            id = tok->tokens[id].shorter;
            continue;
        }
        out[n++] = id;
        at = next;
        if (at == s.n) return n;
        id = trie_longest(&tok->trie, p + at, end);
    }
}

static bool is_whole(const sm_tokenizer *tok, sm_span s, uint32_t *id)
{
    const size_t piece = tok->whole_first ? intern_find(&tok->pieces, s) : INTERN_NONE;
    if (piece == INTERN_NONE) return false;
    *id = tok->piece_id[piece];
    return true;
}

void sm_tokenizer_spell(const sm_tokenizer *tok, sm_encoder *e, sm_span s, sm_ids *ids)
{
    uint32_t id = 0;
    if (s.n == 0) return;
    if (is_whole(tok, s, &id)) {
        sm_ids_put(ids, id);
        return;
    }
    ids->n += match(tok, e, s, room(ids, s.n));
}

static void spell_naive(const sm_tokenizer *tok, sm_encoder *e, sm_span s, sm_ids *ids)
{
    (void)e;
    uint32_t id = 0;
    if (is_whole(tok, s, &id)) {
        sm_ids_put(ids, id);
        return;
    }
    uint32_t *out = room(ids, s.n);
    for (size_t i = 0; i < s.n; i++)
        out[i] = tok->byte_id[(uint8_t)s.p[i]];
    merge_step last = {0};
    ids->n += rules_apply(&tok->table, out, s.n, &last);
}

/* ---- a text ---------------------------------------------------------------------------------- */

typedef void (*spell_fn)(const sm_tokenizer *tok, sm_encoder *e, sm_span s, sm_ids *ids);

static void encode_stretch(const sm_tokenizer *tok, sm_encoder *e, sm_span text, sm_ids *ids,
                           spell_fn spell)
{
    for (size_t at = 0; at < text.n;) {
        const size_t end = sm_pretoken_end(tok->pre, text, at);
        spell(tok, e, (sm_span){text.p + at, end - at}, ids);
        at = end;
    }
}

static void encode_with(const sm_tokenizer *tok, sm_encoder *e, sm_span text, sm_ids *ids,
                        spell_fn spell)
{
    for (size_t at = 0; at < text.n;) {
        const reserved_string *found = NULL;
        const size_t stop = reserved_find(&tok->matched, text, at, &found);
        encode_stretch(tok, e, (sm_span){text.p + at, stop - at}, ids, spell);
        at = stop;
        if (!found) continue;
        sm_ids_put(ids, found->id);
        at += found->string.n;
    }
}

void sm_tokenizer_encode(const sm_tokenizer *tok, sm_encoder *e, sm_span text, sm_ids *ids)
{
    encode_with(tok, e, text, ids, sm_tokenizer_spell);
}

void sm_tokenizer_encode_naive(const sm_tokenizer *tok, sm_encoder *e, sm_span text,
                               sm_ids *ids)
{
    encode_with(tok, e, text, ids, spell_naive);
}
