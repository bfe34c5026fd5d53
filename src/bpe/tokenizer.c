/* A loaded tokenizer: its last building steps, its hash, decoding.
 * SPDX-License-Identifier: MIT */
#include <seimai/tokenizer.h>

#include "tokenizer_internal.h"

#include <string.h>

void sm_tokenizer_free(sm_tokenizer *tok)
{
    if (!tok) return;
    sm_pretokenizer_free(tok->pre);
    sm_free(tok->tokens);
    sm_free(tok->rules);
    rules_fini(&tok->table);
    trie_free(&tok->trie);
    reserved_free(&tok->matched);
    intern_free(&tok->pieces);
    sm_free(tok->piece_id);
    sm_arena_free(&tok->arena);
    sm_free(tok);
}

/* ---- the hash ------------------------------------------------------------------------------ */

static void hash_u32(sm_hasher *h, uint32_t v)
{
    char bytes[4];
    sm_put_u32(bytes, v);
    sm_hasher_add(h, (sm_span){bytes, sizeof bytes});
}

static void hash_string(sm_hasher *h, sm_span s)
{
    hash_u32(h, (uint32_t)s.n);
    sm_hasher_add(h, s);
}

/* "seimai-tokenizer 1", pre-tokenizer, ignore_merges, number of ids, each id's flags (model, reserved, special) and
 * bytes, number of rules, each rule's two ids. Strings have their length before them; numbers are u32. */
static sm_hash128 hash_of(const sm_tokenizer *tok)
{
    const uint32_t told = TOKEN_MODEL | TOKEN_RESERVED | TOKEN_SPECIAL;
    sm_hasher *h = sm_hasher_new();
    hash_string(h, SM_SPAN("seimai-tokenizer 1"));
    hash_string(h, sm_span_of(sm_pretokenizer_name(tok->pre)));
    hash_u32(h, tok->whole_first);
    hash_u32(h, (uint32_t)tok->n);
    for (size_t i = 0; i < tok->n; i++) {
        hash_u32(h, tok->tokens[i].flags & told);
        hash_string(h, tok->tokens[i].bytes);
    }
    hash_u32(h, (uint32_t)tok->n_rules);
    for (size_t i = 0; i < tok->n_rules; i++) {
        hash_u32(h, tok->rules[i].left);
        hash_u32(h, tok->rules[i].right);
    }
    const sm_hash128 value = sm_hasher_value(h);
    sm_hasher_free(h);
    return value;
}

/* ---- finishing ----------------------------------------------------------------------------- */

static int find_bytes(sm_tokenizer *tok, const char *path, sm_error *err)
{
    for (uint32_t b = 0; b < 256; b++) {
        const char byte = (char)b;
        const size_t piece = intern_find(&tok->pieces, (sm_span){&byte, 1});
        if (piece == INTERN_NONE)
            SM_FAIL(err, SM_ENOSUP, "%s: byte %02X has no token: not every text can be encoded",
                    path, b);
        tok->byte_id[b] = tok->piece_id[piece];
    }
    return 0;
}

int tokenizer_finish(sm_tokenizer *tok, const char *path, sm_error *err)
{
    SM_TRY(find_bytes(tok, path, err));
    rules_init(&tok->table, tok->rules, tok->n_rules);
    canonical_build(tok);
    for (size_t i = 0; i < tok->n; i++) {
        const uint32_t flags = tok->tokens[i].flags;
        if (!(flags & TOKEN_RESERVED) || (flags & TOKEN_SPECIAL)) continue;
        reserved_add(&tok->matched, tok->tokens[i].bytes, (uint32_t)i);
    }
    tok->hash = hash_of(tok);
    return 0;
}

/* ---- what it holds ------------------------------------------------------------------------- */

size_t sm_tokenizer_size(const sm_tokenizer *tok)
{
    return tok->n;
}

sm_hash128 sm_tokenizer_hash(const sm_tokenizer *tok)
{
    return tok->hash;
}

const char *sm_tokenizer_pretoken_name(const sm_tokenizer *tok)
{
    return sm_pretokenizer_name(tok->pre);
}

sm_span sm_tokenizer_bytes(const sm_tokenizer *tok, uint32_t id)
{
    return id < tok->n ? tok->tokens[id].bytes : (sm_span){0};
}

bool sm_tokenizer_is_reserved(const sm_tokenizer *tok, uint32_t id)
{
    return id < tok->n && (tok->tokens[id].flags & TOKEN_RESERVED);
}

bool sm_tokenizer_is_special(const sm_tokenizer *tok, uint32_t id)
{
    return id < tok->n && (tok->tokens[id].flags & TOKEN_SPECIAL);
}

uint32_t sm_tokenizer_find(const sm_tokenizer *tok, sm_span string)
{
    for (uint32_t i = 0; i < tok->n; i++)
        if (sm_tokenizer_is_reserved(tok, i) && sm_span_equal(tok->tokens[i].bytes, string))
            return i;
    return SM_NO_TOKEN;
}

uint32_t sm_tokenizer_eot(const sm_tokenizer *tok)
{
    return tok->eot;
}

/* ---- decoding ------------------------------------------------------------------------------ */

int sm_tokenizer_decode(const sm_tokenizer *tok, const uint32_t *ids, size_t n, bool specials,
                        sm_buffer *out, sm_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const bool known =
            ids[i] < tok->n && (tok->tokens[ids[i]].flags & (TOKEN_MODEL | TOKEN_RESERVED));
        if (!known) SM_FAIL(err, SM_EFORMAT, "id %u is not in the tokenizer", ids[i]);
        if (specials || !sm_tokenizer_is_special(tok, ids[i]))
            sm_buffer_put(out, tok->tokens[ids[i]].bytes);
    }
    if (out->overflow) SM_FAIL(err, SM_ELIMIT, "the text is larger than %zu bytes", out->max);
    return 0;
}
