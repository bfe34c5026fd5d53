/* Reading Hugging Face's tokenizer.json. What would give other ids here is refused with its reason.
 * SPDX-License-Identifier: MIT */
#include <seimai/bpe_train.h>
#include <seimai/config.h>
#include <seimai/file.h>
#include <seimai/tokenizer.h>
#include <seimai/utf8.h>

#include "tokenizer_internal.h"

#include <string.h>

enum { MAX_IDS = 1 << 24, MAX_TOKEN_BYTES = 4096, MAX_SPLITS = 3 };

typedef struct loader {
    sm_tokenizer *tok;
    const sm_value *root;
    sm_error *err;
} loader;

static int refuse(const loader *l, const sm_value *v, const char *why)
{
    const sm_value *at = v ? v : l->root;
    SM_FAIL(l->err, SM_ENOSUP, "%s:%d: not supported: %s", at->file, at->line, why);
}

static int broken(const loader *l, const sm_value *v, const char *what)
{
    const sm_value *at = v ? v : l->root;
    SM_FAIL(l->err, SM_EFORMAT, "%s:%d: %s", at->file, at->line, what);
}

static bool is_string(const sm_value *v, const char *string)
{
    return v && v->kind == SM_STRING && sm_span_equal(v->as.string, sm_span_of(string));
}

static bool is_true(const sm_value *map, const char *key, bool missing)
{
    const sm_value *v = sm_value_get(map, key);
    return v && v->kind == SM_BOOL ? v->as.boolean : missing;
}

/* Missing, null, false and "" all mean that an option of the format is not used. */
static bool is_used(const sm_value *map, const char *key)
{
    const sm_value *v = sm_value_get(map, key);
    if (!v || v->kind == SM_NULL) return false;
    if (v->kind == SM_BOOL) return v->as.boolean;
    return v->kind != SM_STRING || v->as.string.n > 0;
}

/* ---- the pre-tokenizer --------------------------------------------------------------------- */

typedef struct splits {
    sm_span patterns[MAX_SPLITS];
    size_t n;
    bool byte_level, own_regex; /* a ByteLevel step, and its use_regex */
} splits;

static int add_split(const loader *l, const sm_value *step, splits *s)
{
    const sm_value *regex = sm_value_get(sm_value_get(step, "pattern"), "Regex");
    if (!regex || regex->kind != SM_STRING || s->byte_level || s->n == MAX_SPLITS)
        return refuse(l, step, "this Split of the pre-tokenizer");
    if (!is_string(sm_value_get(step, "behavior"), "Isolated") || is_used(step, "invert"))
        return refuse(l, step, "a Split that is not Isolated");
    s->patterns[s->n++] = regex->as.string;
    return 0;
}

static int add_step(const loader *l, const sm_value *step, splits *s)
{
    const sm_value *type = sm_value_get(step, "type");
    if (is_string(type, "Split")) return add_split(l, step, s);
    if (!is_string(type, "ByteLevel") || s->byte_level)
        return refuse(l, step, "a pre-tokenizer other than Split and ByteLevel");
    if (is_true(step, "add_prefix_space", true))
        return refuse(l, step, "ByteLevel that adds a space (add_prefix_space)");
    s->byte_level = true;
    s->own_regex = is_true(step, "use_regex", true);
    return 0;
}

static int load_pretokenizer(const loader *l)
{
    const sm_value *pre = sm_value_get(l->root, "pre_tokenizer");
    const sm_value *steps = sm_value_get(pre, "pretokenizers");
    splits s = {0};
    if (!pre || pre->kind != SM_MAP) return refuse(l, pre, "a tokenizer without pre-tokenizer");
    const bool is_list = is_string(sm_value_get(pre, "type"), "Sequence");
    if (is_list && (!steps || steps->kind != SM_LIST))
        return broken(l, pre, "a Sequence without pretokenizers");
    for (size_t i = 0; is_list && i < steps->n; i++)
        SM_TRY(add_step(l, &steps->items[i], &s));
    if (!is_list) SM_TRY(add_step(l, pre, &s));
    if (!s.byte_level) return refuse(l, pre, "a model that is not byte-level");
    const char *name =
        s.own_regex ? (s.n == 0 ? "gpt2" : NULL) : sm_pretokenizer_by_patterns(s.patterns, s.n);
    if (!name) return refuse(l, pre, "a pre-tokenizer with unknown patterns");
    return sm_pretokenizer_new(&l->tok->pre, name, l->err);
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

static int read_id(const loader *l, const sm_value *v, uint32_t *id)
{
    if (!v || v->kind != SM_INT || v->as.integer < 0 || v->as.integer >= MAX_IDS)
        return broken(l, v, "an id is not a number in range");
    *id = (uint32_t)v->as.integer;
    return 0;
}

static int grow_ids(const loader *l, const sm_value *list, bool vocab)
{
    for (size_t i = 0; list && i < list->n; i++) {
        uint32_t id = 0;
        const sm_value *v = vocab ? &list->items[i] : sm_value_get(&list->items[i], "id");
        SM_TRY(read_id(l, v, &id));
        if (id >= l->tok->n) l->tok->n = (size_t)id + 1;
    }
    return 0;
}

static int load_vocabulary(const loader *l, const sm_value *vocab)
{
    sm_tokenizer *tok = l->tok;
    tok->piece_id = sm_malloc(vocab->n * sizeof *tok->piece_id);
    for (size_t i = 0; i < vocab->n; i++) {
        const uint32_t id = (uint32_t)vocab->items[i].as.integer;
        token *t = &tok->tokens[id];
        sm_span bytes = {0};
        if (t->flags & TOKEN_MODEL) return broken(l, &vocab->items[i], "an id is used twice");
        if (!bytes_of_piece(&tok->arena, vocab->keys[i], &bytes)) continue;
        if (bytes.n == 0 || bytes.n > MAX_TOKEN_BYTES)
            return refuse(l, &vocab->items[i],
                          "an empty token, or one of more than 4096 bytes");
        const size_t known = tok->pieces.n, piece = intern_add(&tok->pieces, bytes);
        if (piece < known) return broken(l, &vocab->items[i], "a token is listed twice");
        tok->piece_id[piece] = id;
        t->bytes = bytes;
        t->flags = TOKEN_MODEL;
    }
    return 0;
}

static int load_added(const loader *l, const sm_value *item)
{
    uint32_t id = 0;
    const sm_value *content = sm_value_get(item, "content");
    SM_TRY(read_id(l, sm_value_get(item, "id"), &id));
    if (!content || content->kind != SM_STRING || content->as.string.n == 0)
        return broken(l, item, "an added token without content");
    const bool special = is_true(item, "special", false);
    const bool trims = is_used(item, "lstrip") || is_used(item, "rstrip");
    if (!special && (trims || is_used(item, "single_word")))
        return refuse(l, item, "an added token with lstrip, rstrip or single_word");
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

static bool find_piece(const sm_tokenizer *tok, sm_span bytes, uint32_t *id)
{
    const size_t piece = intern_find(&tok->pieces, bytes);
    if (piece == INTERN_NONE) return false;
    *id = tok->piece_id[piece];
    return true;
}

static int load_merge(const loader *l, const sm_value *v, merge_rule *rule, sm_arena *scratch)
{
    sm_span parts[2], a = {0}, b = {0};
    if (!parts_of_merge(v, parts)) return broken(l, v, "a merge is not a pair of strings");
    if (!bytes_of_piece(scratch, parts[0], &a) || !bytes_of_piece(scratch, parts[1], &b))
        return broken(l, v, "a merge is not spelled in the byte alphabet");
    char *joined = sm_arena_alloc(scratch, a.n + b.n);
    memcpy(joined, a.p, a.n);
    memcpy(joined + a.n, b.p, b.n);
    if (!find_piece(l->tok, a, &rule->left) || !find_piece(l->tok, b, &rule->right) ||
        !find_piece(l->tok, (sm_span){joined, a.n + b.n}, &rule->made))
        return broken(l, v, "a merge of something that is not in the vocabulary");
    return 0;
}

static int load_merges(const loader *l, const sm_value *merges)
{
    sm_arena scratch = {0};
    int rc = 0;
    l->tok->rules = sm_malloc(merges->n * sizeof *l->tok->rules);
    for (size_t i = 0; i < merges->n && rc == 0; i++)
        rc = load_merge(l, &merges->items[i], &l->tok->rules[i], &scratch);
    l->tok->n_rules = merges->n;
    sm_arena_free(&scratch);
    return rc;
}

/* ---- the file ------------------------------------------------------------------------------ */

static int check_model(const loader *l, const sm_value *model)
{
    static const char *const unused[] = {"dropout", "continuing_subword_prefix",
                                         "end_of_word_suffix", "byte_fallback"};
    const sm_value *type = sm_value_get(model, "type");
    if (!model || (type && !is_string(type, "BPE")))
        return refuse(l, model, "a model that is not BPE");
    for (size_t i = 0; i < sizeof unused / sizeof *unused; i++)
        if (is_used(model, unused[i])) return refuse(l, model, unused[i]);
    if (is_used(l->root, "normalizer"))
        return refuse(l, sm_value_get(l->root, "normalizer"), "a normalizer");
    return 0;
}

static int load_root(const loader *l)
{
    const sm_value *model = sm_value_get(l->root, "model");
    const sm_value *vocab = sm_value_get(model, "vocab"),
                   *merges = sm_value_get(model, "merges");
    const sm_value *added = sm_value_get(l->root, "added_tokens");
    SM_TRY(check_model(l, model));
    if (!vocab || vocab->kind != SM_MAP || !merges || merges->kind != SM_LIST)
        return broken(l, model, "no vocabulary or no merges");
    SM_TRY(load_pretokenizer(l));
    SM_TRY(grow_ids(l, vocab, true));
    SM_TRY(grow_ids(l, added, false));
    l->tok->tokens = sm_calloc(l->tok->n, sizeof *l->tok->tokens);
    SM_TRY(load_vocabulary(l, vocab));
    SM_TRY(load_merges(l, merges));
    for (size_t i = 0; added && i < added->n; i++)
        SM_TRY(load_added(l, &added->items[i]));
    l->tok->whole_first = is_true(model, "ignore_merges", false);
    return tokenizer_finish(l->tok, l->root->file, l->err);
}

/* eos_token is a string, or an added token with its content. A missing or odd file says nothing. */
static uint32_t eot_from_config(const sm_tokenizer *tok, const char *path)
{
    sm_config config = {0};
    sm_error ignored = {0};
    uint32_t id = SM_NO_TOKEN;
    if (!sm_file_exists(path) || sm_config_read(&config, path, &ignored) < 0) return id;
    const sm_value *eos = sm_value_get(&config.root, "eos_token");
    if (eos && eos->kind == SM_MAP) eos = sm_value_get(eos, "content");
    if (eos && eos->kind == SM_STRING) id = sm_tokenizer_find(tok, eos->as.string);
    sm_config_free(&config);
    return id;
}

static void find_eot(sm_tokenizer *tok, const char *folder)
{
    static const char *const names[] = {"<|endoftext|>", "<|end_of_text|>", "</s>"};
    sm_arena scratch = {0};
    tok->eot = SM_NO_TOKEN;
    if (folder)
        tok->eot =
            eot_from_config(tok, sm_arena_printf(&scratch, "%s/tokenizer_config.json", folder));
    for (size_t i = 0; tok->eot == SM_NO_TOKEN && i < sizeof names / sizeof *names; i++)
        tok->eot = sm_tokenizer_find(tok, sm_span_of(names[i]));
    sm_arena_free(&scratch);
}

int sm_tokenizer_load(sm_tokenizer **out, const char *path, sm_error *err)
{
    sm_arena scratch = {0};
    sm_config config = {0};
    const bool is_file = sm_span_ends(sm_span_of(path), SM_SPAN(".json"));
    const char *file = is_file ? path : sm_arena_printf(&scratch, "%s/tokenizer.json", path);
    *out = NULL;
    int rc = sm_config_read(&config, file, err);
    if (rc == 0) {
        *out = sm_calloc(1, sizeof **out);
        const loader l = {*out, &config.root, err};
        rc = load_root(&l);
        sm_config_free(&config);
    }
    if (rc == 0) find_eot(*out, is_file ? NULL : path);
    if (rc < 0) {
        sm_tokenizer_free(*out);
        *out = NULL;
    }
    sm_arena_free(&scratch);
    return rc;
}
