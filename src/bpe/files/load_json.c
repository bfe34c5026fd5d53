/* Reading Hugging Face's tokenizer.json. What would give other ids here is refused with its reason.
 * SPDX-License-Identifier: MIT */
#include <seimai/bpe_train.h>
#include <seimai/utf8.h>

#include "files/load_internal.h"

#include <string.h>

int json_refuse(const json_loader *l, const sm_value *v, const char *why)
{
    const sm_value *at = v ? v : l->root;
    SM_FAIL(l->err, SM_ENOSUP, "%s:%d: not supported: %s", at->file, at->line, why);
}

int json_broken(const json_loader *l, const sm_value *v, const char *what)
{
    const sm_value *at = v ? v : l->root;
    SM_FAIL(l->err, SM_EFORMAT, "%s:%d: %s", at->file, at->line, what);
}

bool json_is(const sm_value *v, const char *string)
{
    return v && v->kind == SM_STRING && sm_span_equal(v->as.string, sm_span_of(string));
}

bool json_true(const sm_value *map, const char *key, bool missing)
{
    const sm_value *v = sm_value_get(map, key);
    return v && v->kind == SM_BOOL ? v->as.boolean : missing;
}

bool json_used(const sm_value *map, const char *key)
{
    const sm_value *v = sm_value_get(map, key);
    if (!v || v->kind == SM_NULL) return false;
    if (v->kind == SM_BOOL) return v->as.boolean;
    return v->kind != SM_STRING || v->as.string.n > 0;
}

size_t json_parts(const sm_value *v, const char *key, const sm_value **parts)
{
    if (!v || v->kind != SM_MAP) return 0;
    const bool is_list = json_is(sm_value_get(v, "type"), "Sequence");
    const sm_value *list = is_list ? sm_value_get(v, key) : NULL;
    *parts = list ? list->items : v;
    if (!is_list) return 1;
    return list && list->kind == SM_LIST ? list->n : 0;
}

/* ---- the vocabulary ------------------------------------------------------------------------ */

/* Undoes the byte alphabet; false if a character is not of it. */
static bool bytes_of_piece(sm_arena *arena, sm_span piece, sm_span *bytes)
{
    char *out = sm_arena_alloc(arena, piece.n + 1);
    size_t n = 0;
    for (const char *p = piece.p, *end = p + piece.n; p < end;) {
        const int byte = sm_byte_of_character(sm_utf8_next(&p, end));
        if (byte < 0) return false;
        out[n++] = (char)byte;
    }
    *bytes = (sm_span){out, n};
    return true;
}

/* The bytes that a piece stands for. */
static bool bytes_of(const json_loader *l, sm_arena *arena, sm_span piece, sm_span *bytes)
{
    if (l->byte_level) return bytes_of_piece(arena, piece, bytes);
    *bytes = load_swapped(l->tok, piece);
    return true;
}

static int read_id(const json_loader *l, const sm_value *v, uint32_t *id)
{
    if (!v || v->kind != SM_INT || v->as.integer < 0 || v->as.integer >= LOAD_MAX_IDS)
        return json_broken(l, v, "an id is not a number in range");
    *id = (uint32_t)v->as.integer;
    return 0;
}

static int grow_ids(const json_loader *l, const sm_value *list, bool vocab)
{
    for (size_t i = 0; list && i < list->n; i++) {
        uint32_t id = 0;
        const sm_value *v = vocab ? &list->items[i] : sm_value_get(&list->items[i], "id");
        SM_TRY(read_id(l, v, &id));
        if (id >= l->tok->n) l->tok->n = (size_t)id + 1;
    }
    return 0;
}

/* A space in a piece is never met where texts have ▁ there. */
static bool is_unreachable(const json_loader *l, sm_span piece)
{
    return !l->byte_level && l->tok->front && l->tok->front->swap_mark &&
           memchr(piece.p, ' ', piece.n);
}

static int add_piece(const json_loader *l, sm_span piece, const sm_value *at)
{
    sm_tokenizer *tok = l->tok;
    const uint32_t id = (uint32_t)at->as.integer;
    token *t = &tok->tokens[id];
    sm_span bytes = {0};
    const int byte = l->byte_fallback ? load_byte_of(piece) : -1;
    const char value = (char)byte;
    if (t->flags) return json_broken(l, at, "an id is used twice");
    if (byte >= 0 || is_unreachable(l, piece)) {
        t->flags = byte >= 0 ? TOKEN_BYTE : TOKEN_MODEL;
        t->bytes = sm_arena_copy(&tok->arena, byte >= 0 ? (sm_span){&value, 1} : piece);
        return 0;
    }
    if (!bytes_of(l, &tok->arena, piece, &bytes)) return 0;
    if (bytes.n == 0 || bytes.n > LOAD_MAX_TOKEN)
        return json_refuse(l, at, "an empty token, or one of more than 4096 bytes");
    return load_piece(tok, id, bytes) ? 0 : json_broken(l, at, "a token is listed twice");
}

static int load_vocabulary(const json_loader *l, const sm_value *vocab)
{
    l->tok->piece_id = sm_malloc(vocab->n * sizeof *l->tok->piece_id);
    for (size_t i = 0; i < vocab->n; i++)
        SM_TRY(add_piece(l, vocab->keys[i], &vocab->items[i]));
    if (l->byte_fallback && !load_bytes(l->tok))
        return json_refuse(l, vocab, "byte_fallback without a token for every byte");
    return 0;
}

static int load_added(const json_loader *l, const sm_value *item)
{
    uint32_t id = 0;
    const sm_value *content = sm_value_get(item, "content");
    SM_TRY(read_id(l, sm_value_get(item, "id"), &id));
    if (!content || content->kind != SM_STRING || content->as.string.n == 0)
        return json_broken(l, item, "an added token without content");
    const bool special = json_true(item, "special", false);
    const bool trims = json_used(item, "lstrip") || json_used(item, "rstrip");
    if (!special && (trims || json_used(item, "single_word")))
        return json_refuse(l, item, "an added token with lstrip, rstrip or single_word");
    token *t = &l->tok->tokens[id];
    /* A string such as é is two bytes as text and one in the byte alphabet: then it is no model token. */
    if (!sm_span_equal(t->bytes, content->as.string)) t->flags &= ~(uint32_t)TOKEN_MODEL;
    t->bytes = sm_arena_copy(&l->tok->arena, content->as.string);
    t->flags |= TOKEN_RESERVED | (special ? TOKEN_SPECIAL : 0);
    return 0;
}

/* ---- the merges ---------------------------------------------------------------------------- */

/* A merge is ["a", "b"] or, before 2024, "a b". */
static bool parts_of_merge(const sm_value *v, sm_span parts[2])
{
    if (v->kind == SM_LIST && v->n == 2 && v->items[0].kind == SM_STRING &&
        v->items[1].kind == SM_STRING) {
        parts[0] = v->items[0].as.string;
        parts[1] = v->items[1].as.string;
        return true;
    }
    if (v->kind != SM_STRING) return false;
    const sm_span s = v->as.string;
    const char *blank = memchr(s.p, ' ', s.n);
    if (!blank) return false;
    parts[0] = (sm_span){s.p, (size_t)(blank - s.p)};
    parts[1] = (sm_span){blank + 1, s.n - parts[0].n - 1};
    return true;
}

static int load_merge(const json_loader *l, const sm_value *v, merge_rule *rule,
                      sm_arena *scratch)
{
    sm_span parts[2], a = {0}, b = {0};
    if (!parts_of_merge(v, parts)) return json_broken(l, v, "a merge is not a pair of strings");
    if (!bytes_of(l, scratch, parts[0], &a) || !bytes_of(l, scratch, parts[1], &b))
        return json_broken(l, v, "a merge is not spelled in the byte alphabet");
    char *joined = sm_arena_alloc(scratch, a.n + b.n + 1);
    memcpy(joined, a.p, a.n);
    memcpy(joined + a.n, b.p, b.n);
    if (!load_find(l->tok, a, &rule->left) || !load_find(l->tok, b, &rule->right) ||
        !load_find(l->tok, (sm_span){joined, a.n + b.n}, &rule->made))
        return json_broken(l, v, "a merge of something that is not in the vocabulary");
    return 0;
}

static int load_merges(const json_loader *l, const sm_value *merges)
{
    sm_arena scratch = {0};
    int rc = 0;
    l->tok->rules = sm_malloc(merges->n * sizeof *l->tok->rules);
    for (size_t i = 0; i < merges->n && rc == 0; i++) {
        l->tok->rules[i].rank = (uint32_t)i + 1;
        rc = load_merge(l, &merges->items[i], &l->tok->rules[i], &scratch);
    }
    l->tok->n_rules = merges->n;
    sm_arena_free(&scratch);
    return rc;
}

/* ---- added tokens that text may become ------------------------------------------------------ */

/* Those found in the text as it is go to `matched`, those found in the normalised text to the front: without a
 * front both are the same. */
static void match_added(const json_loader *l, const sm_value *added)
{
    sm_tokenizer *tok = l->tok;
    front_scratch scratch = {0};
    trie_string *after = sm_malloc((added ? added->n : 0) * sizeof *after);
    intern known = {0};
    size_t n = 0;
    for (size_t i = 0; added && i < added->n; i++) {
        const sm_value *item = &added->items[i];
        const uint32_t id = (uint32_t)sm_value_get(item, "id")->as.integer;
        const token *t = &tok->tokens[id];
        if (t->flags & TOKEN_SPECIAL) continue;
        if (!tok->front || !json_true(item, "normalized", true)) {
            reserved_add(&tok->matched, t->bytes, id);
            continue;
        }
        const bool keep = tok->kind == MODEL_BYTES;
        const sm_span normal =
            sm_arena_copy(&tok->arena, front_normalize(tok->front, &scratch, t->bytes, keep));
        const size_t before = known.n;
        if (normal.n > 0 && intern_add(&known, normal) == before)
            after[n++] = (trie_string){normal, id};
    }
    if (n > 0) load_after(tok->front, after, n);
    front_scratch_free(&scratch);
    intern_free(&known);
    sm_free(after);
}

/* ---- the file ------------------------------------------------------------------------------ */

/* What a character without a token becomes, in a vocabulary of characters: its bytes, or one unk_token. */
static int load_unknown(const json_loader *l, const sm_value *model)
{
    sm_tokenizer *tok = l->tok;
    const sm_value *unk = sm_value_get(model, "unk_token");
    uint32_t space = 0;
    tok->kind = MODEL_CHARS;
    if (tok->front->swap_mark && !load_find(tok, SM_SPAN(" "), &space))
        return json_refuse(l, model, "a vocabulary without \xE2\x96\x81");
    if (l->byte_fallback) return 0;
    if (!unk || unk->kind != SM_STRING || !load_find(tok, unk->as.string, &tok->unk))
        return json_refuse(l, model, "characters without a token, which would vanish");
    if (!json_used(model, "fuse_unk"))
        return json_refuse(l, model, "an unk_token for every unknown character (no fuse_unk)");
    tok->front->fuse_unk = true;
    for (size_t b = 0; b < 256; b++)
        tok->byte_id[b] = tok->unk;
    return 0;
}

static int load_bpe(json_loader *l, const sm_value *model)
{
    static const char *const unused[] = {"dropout", "continuing_subword_prefix",
                                         "end_of_word_suffix"};
    const sm_value *vocab = sm_value_get(model, "vocab"),
                   *merges = sm_value_get(model, "merges");
    for (size_t i = 0; i < sizeof unused / sizeof *unused; i++)
        if (json_used(model, unused[i])) return json_refuse(l, model, unused[i]);
    if (!vocab || vocab->kind != SM_MAP || !merges || merges->kind != SM_LIST)
        return json_broken(l, model, "no vocabulary or no merges");
    SM_TRY(grow_ids(l, vocab, true));
    SM_TRY(grow_ids(l, sm_value_get(l->root, "added_tokens"), false));
    l->tok->tokens = sm_calloc(l->tok->n, sizeof *l->tok->tokens);
    SM_TRY(load_vocabulary(l, vocab));
    SM_TRY(load_merges(l, merges));
    l->tok->whole_first = json_true(model, "ignore_merges", false);
    return l->byte_level ? 0 : load_unknown(l, model);
}

int load_json(sm_tokenizer *tok, const sm_value *root, sm_error *err)
{
    json_loader l = {.tok = tok, .root = root, .err = err};
    const sm_value *model = sm_value_get(root, "model");
    const sm_value *added = sm_value_get(root, "added_tokens");
    if (!model || model->kind != SM_MAP)
        return json_refuse(&l, model, "a file without a model");
    const sm_value *type = sm_value_get(model, "type");
    l.byte_fallback = json_used(model, "byte_fallback");
    SM_TRY(json_front(&l));
    if (json_is(type, "Unigram"))
        SM_TRY(json_unigram(&l, model));
    else if (!type || json_is(type, "BPE"))
        SM_TRY(load_bpe(&l, model));
    else
        return json_refuse(&l, model, "a model that is neither BPE nor Unigram");
    for (size_t i = 0; added && i < added->n; i++)
        SM_TRY(load_added(&l, &added->items[i]));
    match_added(&l, added);
    return tokenizer_finish(tok, root->file, err);
}
