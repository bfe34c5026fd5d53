/* A loaded tokenizer: its last building steps, its hash, decoding.
 * SPDX-License-Identifier: MIT */
#include <seimai/tokenizer.h>

#include "encode/matcher.h"

#include <string.h>

void sm_tokenizer_free(sm_tokenizer *tok)
{
    if (!tok) return;
    sm_pretokenizer_free(tok->pre);
    front_free(tok->front);
    unigram_free(tok->unigram);
    sm_free(tok->tokens);
    sm_free(tok->rules);
    matcher_free(tok->matcher);
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

static void hash_u64(sm_hasher *h, uint64_t v)
{
    char bytes[8];
    sm_put_u64(bytes, v);
    sm_hasher_add(h, (sm_span){bytes, sizeof bytes});
}

/* Is it what "seimai-tokenizer 1" can tell: byte-level, ranks in the order of the list, texts as they are? */
static bool is_plain(const sm_tokenizer *tok)
{
    for (size_t i = 0; i < tok->n_rules; i++)
        if (tok->rules[i].rank != i + 1) return false;
    return tok->kind == MODEL_BYTES && !tok->front && tok->unk == SM_NO_TOKEN;
}

static void hash_front(sm_hasher *h, const front *f)
{
    hash_u32(h, f != NULL);
    if (!f) return;
    hash_u32(h, (uint32_t)f->n_steps);
    for (size_t i = 0; i < f->n_steps; i++) {
        hash_u32(h, f->steps[i].kind);
        hash_string(h, f->steps[i].a);
        hash_string(h, f->steps[i].b);
    }
    hash_u32(h, (uint32_t)f->map.n);
    for (size_t i = 0; i < f->map.n; i++)
        hash_u32(h, f->map.units[i]);
    hash_string(h, f->map.strings);
    const unsigned bits[] = {f->swap_mark,  f->dummy_prefix, f->squeeze, f->suffix,
                             f->split_mark, f->fuse_unk,     f->lead};
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++)
        hash_u32(h, bits[i]);
    regex_split_hash(f->regex, h);
}

/* What the kinds other than the plain one add. */
static void hash_more(sm_hasher *h, const sm_tokenizer *tok)
{
    hash_u32(h, tok->kind);
    hash_u32(h, tok->unk);
    for (size_t i = 0; i < tok->n_rules; i++)
        hash_u32(h, tok->rules[i].rank);
    for (size_t i = 0; tok->unigram && i < tok->n; i++)
        hash_u64(h, unigram_score_bits(tok->unigram, (uint32_t)i));
    hash_front(h, tok->front);
}

/* "seimai-tokenizer 1", pre-tokenizer, ignore_merges, number of ids, each id's flags (model, reserved, special) and
 * bytes, number of rules, each rule's two ids. Strings have their length before them; numbers are u32. What
 * this does not tell apart has "seimai-tokenizer 2" in front, and behind it: kind, unknown token, the rules'
 * ranks, the pieces' scores, the front. */
static sm_hash128 hash_of(const sm_tokenizer *tok)
{
    const uint32_t told = TOKEN_MODEL | TOKEN_RESERVED | TOKEN_SPECIAL | TOKEN_BYTE;
    const bool plain = is_plain(tok);
    sm_hasher *h = sm_hasher_new();
    hash_string(h, plain ? SM_SPAN("seimai-tokenizer 1") : SM_SPAN("seimai-tokenizer 2"));
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
    if (!plain) hash_more(h, tok);
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
    if (tok->kind == MODEL_BYTES) SM_TRY(find_bytes(tok, path, err));
    if (tok->kind != MODEL_UNIGRAM) {
        rules_init(&tok->table, tok->rules, tok->n_rules);
        canonical_build(tok);
        SM_TRY(matcher_build(tok, path, err));
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

const char *sm_tokenizer_warning(const sm_tokenizer *tok)
{
    if (!tok->by_regex) return NULL;
    return "its pre-tokenizer is none of the known ones: the patterns run on PCRE2, several "
           "times slower";
}

sm_fidelity sm_tokenizer_fidelity(const sm_tokenizer *tok)
{
    const front *f = tok->front;
    if (!f) return SM_LOSSLESS;
    if (!front_is_identity(f) || f->fuse_unk || tok->unmarks) return SM_LOSSY;
    if (tok->kind == MODEL_BYTES) return f->lead == LEAD_NEVER ? SM_LOSSLESS : SM_LOSSY;
    const bool adds = f->dummy_prefix ||
                      f->n_steps > (f->n_steps && f->steps[0].kind == FRONT_SPIECE) ||
                      f->lead != LEAD_NEVER;
    return adds == tok->strips && f->lead == LEAD_NEVER ? SM_LOSSLESS_TEXT : SM_LOSSY;
}

/* ---- decoding ------------------------------------------------------------------------------ */

/* Appends a token as decoding shows it: with a space for each mark. */
static void put_shown(const sm_tokenizer *tok, sm_span bytes, sm_buffer *out)
{
    if (tok->unmarks)
        front_put_swapped(out, bytes);
    else
        sm_buffer_put(out, bytes);
}

/* The space that was put in front of the text is taken away: *before says that the text has not begun. */
static sm_span without_lead(const sm_tokenizer *tok, uint32_t id, sm_span bytes, bool *before)
{
    const bool starts = *before && bytes.n > 0 && *bytes.p == ' ';
    const bool drops = starts && !(tok->tokens[id].flags & TOKEN_BYTE) && id != tok->unk;
    if (drops) bytes = (sm_span){bytes.p + 1, bytes.n - 1};
    *before = *before && (bytes.n == 0 || sm_tokenizer_is_special(tok, id));
    if (drops && !tok->strips_all) *before = false;
    return bytes;
}

int sm_tokenizer_decode(const sm_tokenizer *tok, const uint32_t *ids, size_t n, bool specials,
                        sm_buffer *out, sm_error *err)
{
    const uint32_t known = TOKEN_MODEL | TOKEN_RESERVED | TOKEN_BYTE;
    bool before = tok->strips;
    for (size_t i = 0; i < n; i++) {
        if (ids[i] >= tok->n || !(tok->tokens[ids[i]].flags & known))
            SM_FAIL(err, SM_EFORMAT, "id %u is not in the tokenizer", ids[i]);
        if (!specials && sm_tokenizer_is_special(tok, ids[i])) continue;
        sm_span bytes = tok->tokens[ids[i]].bytes;
        if (before) bytes = without_lead(tok, ids[i], bytes, &before);
        put_shown(tok, bytes, out);
    }
    if (out->overflow) SM_FAIL(err, SM_ELIMIT, "the text is larger than %zu bytes", out->max);
    return 0;
}
