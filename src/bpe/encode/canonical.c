/* What makes linear encoding exact: which tokens and which neighbours merging can produce.
 * SPDX-License-Identifier: MIT
 *
 * For any ranks, with ties to the left: t1 … tn is what merging makes of a text if, and only if, each ti is
 * what merging makes of its own bytes, and each pair of neighbours stays apart when their bytes are encoded
 * together. (Merging goes on inside the two sides of a boundary as if the other were not there, until the first merge
 * across it, and that one would happen in the two tokens alone as well.) So a text has exactly one such row, any
 * way of finding it will do, and a token has one last merge, the same wherever it appears. The idea of checking
 * neighbours is that of the Rust crate `bpe` (H. van Antwerpen, A. Neubeck, "So many tokens, so little time", 2024).
 *
 * The check undoes both tokens in the reverse order of their merges. Before the last of these was made, its
 * inner neighbour stood beside the other token: if a rule for those two has a lower rank, it would have come
 * first, and the boundary would not exist. This needs parts to be merged before their whole; a token that breaks
 * this (other people's vocabularies have a few) is tangled, and its neighbours are merged for real. */
#include "matcher.h"

#include <stdlib.h>

/* Takes a token apart to what merging starts from, and merges that; true if it becomes itself. */
static bool becomes_itself(const sm_tokenizer *tok, uint32_t id, uint32_t *ids,
                           merge_step *last)
{
    const size_t n = first_ids(tok, tok->tokens[id].bytes, ids);
    return rules_apply(&tok->table, ids, n, last) == 1 && ids[0] == id;
}

static void judge(sm_tokenizer *tok, uint32_t id, uint32_t *scratch)
{
    token *t = &tok->tokens[id];
    merge_step last = {id, id, 0};
    if (!(t->flags & TOKEN_MODEL) || (t->flags & TOKEN_BYTE)) return;
    if (!becomes_itself(tok, id, scratch, &last)) return;
    t->flags |= TOKEN_ALIVE;
    if (last.rank == 0) return;
    t->left = last.left;
    t->right = last.right;
    t->rank = last.rank;
}

static int by_rank(const void *a, const void *b)
{
    const token *x = *(const token *const *)a, *y = *(const token *const *)b;
    return x->rank < y->rank ? -1 : x->rank > y->rank;
}

/* Tokens of equal rank, which .model files may have, are treated as tangled: others can then be numbered. */
static void find_ties(sm_tokenizer *tok)
{
    token **list = sm_malloc((tok->n + 1) * sizeof *list);
    size_t n = 0;
    for (size_t i = 0; i < tok->n; i++)
        if (tok->tokens[i].rank) list[n++] = &tok->tokens[i];
    qsort(list, n, sizeof *list, by_rank);
    for (size_t i = 1; i < n; i++)
        if (list[i]->rank == list[i - 1]->rank) {
            list[i]->flags |= TOKEN_TANGLED;
            list[i - 1]->flags |= TOKEN_TANGLED;
        }
    sm_free(list);
}

/* Tangled tokens: a part has a later rank, or is tangled itself. A few passes settle it. */
static void find_tangled(sm_tokenizer *tok)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < tok->n; i++) {
            token *t = &tok->tokens[i];
            if (t->rank == 0 || (t->flags & TOKEN_TANGLED)) continue;
            const token *l = &tok->tokens[t->left], *r = &tok->tokens[t->right];
            const bool late = l->rank >= t->rank || r->rank >= t->rank;
            if (!late && !((l->flags | r->flags) & TOKEN_TANGLED)) continue;
            t->flags |= TOKEN_TANGLED;
            changed = true;
        }
    }
}

static size_t longest_token(const sm_tokenizer *tok)
{
    size_t longest = 1;
    for (size_t i = 0; i < tok->n; i++)
        if ((tok->tokens[i].flags & TOKEN_MODEL) && tok->tokens[i].bytes.n > longest)
            longest = tok->tokens[i].bytes.n;
    return longest;
}

static void build_trie(sm_tokenizer *tok)
{
    trie_string *strings = sm_malloc(tok->n * sizeof *strings);
    size_t n = 0;
    for (size_t i = 0; i < tok->n; i++)
        if (tok->tokens[i].flags & TOKEN_ALIVE)
            strings[n++] = (trie_string){tok->tokens[i].bytes, (uint32_t)i};
    trie_build(&tok->trie, strings, n);
    sm_free(strings);
    for (size_t i = 0; i < tok->n; i++) {
        token *t = &tok->tokens[i];
        const uint8_t *p = (const uint8_t *)t->bytes.p;
        t->shorter = SM_NO_TOKEN;
        if ((t->flags & TOKEN_ALIVE) && t->bytes.n > 1)
            t->shorter = trie_longest(&tok->trie, p, p + t->bytes.n - 1);
    }
}

void canonical_build(sm_tokenizer *tok)
{
    uint32_t *scratch = sm_malloc(longest_token(tok) * sizeof *scratch);
    for (uint32_t i = 0; i < tok->n; i++)
        judge(tok, i, scratch);
    sm_free(scratch);
    find_ties(tok);
    find_tangled(tok);
    build_trie(tok);
}

static bool stays_apart_for_real(const sm_tokenizer *tok, uint32_t a, uint32_t b)
{
    const sm_span x = tok->tokens[a].bytes, y = tok->tokens[b].bytes;
    uint32_t *ids = sm_malloc((x.n + y.n) * sizeof *ids);
    size_t n = first_ids(tok, x, ids);
    n += first_ids(tok, y, ids + n);
    merge_step last = {0};
    n = rules_apply(&tok->table, ids, n, &last);
    const bool apart = n == 2 && ids[0] == a && ids[1] == b;
    sm_free(ids);
    return apart;
}

bool canonical_pair(const sm_tokenizer *tok, uint32_t a, uint32_t b)
{
    const token *tokens = tok->tokens;
    if ((tokens[a].flags | tokens[b].flags) & TOKEN_TANGLED)
        return stays_apart_for_real(tok, a, b);
    for (uint32_t limit = UINT32_MAX;;) {
        const struct rule_slot *rule = rules_find(&tok->table, a, b);
        if (rule && rule->rank < limit) return false;
        const uint32_t rank_a = tokens[a].rank, rank_b = tokens[b].rank;
        if (rank_a > rank_b) {
            limit = rank_a; /* a rule to its right must be lower to come first */
            a = tokens[a].right;
        } else if (rank_b > 0) {
            limit = rank_b + 1; /* … to its left may be equal */
            b = tokens[b].left;
        } else {
            return true;
        }
    }
}
