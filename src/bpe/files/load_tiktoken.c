/* Reading a .tiktoken file: lines of base64, a space and a rank; a rank is an id.
 * SPDX-License-Identifier: MIT
 *
 * The file holds neither the pre-tokenizer nor the special tokens. Our export writes them into FILE.json beside it
 * (export_tiktoken.c), those of OpenAI's own files are known, and for any other file the pre-tokenizer must be named
 * (FILE:NAME; then FILE.json is not read). tiktoken merges the neighbours whose bytes together
 * have the lowest rank, and takes a pre-token that has a rank as it is. */
#include <seimai/file.h>

#include "files/load_internal.h"

#include <string.h>

typedef struct special {
    uint32_t id;
    const char *name;
    bool in_text; /* a text may become it */
} special;

/* What the ranks do not say. */
typedef struct extras {
    const char *pretoken; /* NULL: not known yet */
    const special *specials;
    size_t n, ids; /* ids: the highest + 1 */
    const char *eot;
    bool lists_specials;
} extras;

/* By number of ranks and the last token. */
static const struct known {
    size_t n;
    const char *last, *pretoken;
    special specials[6];
} known_files[] = {
    {50256, " gazed", "gpt2", {{50256, "<|endoftext|>", false}}},
    {100256,
     " Conveyor",
     "llama3",
     {{100257, "<|endoftext|>", false},
      {100258, "<|fim_prefix|>", false},
      {100259, "<|fim_middle|>", false},
      {100260, "<|fim_suffix|>", false},
      {100276, "<|endofprompt|>", false}}},
    {199998,
     " cocos",
     "o200k",
     {{199999, "<|endoftext|>", false}, {200018, "<|endofprompt|>", false}}},
};

typedef struct lines {
    const char *path;
    sm_error *err;
    sm_span rest;
    size_t line;
} lines;

/* Takes a line apart. 1 a line, 0 the end. */
static int next_line(lines *l, sm_arena *arena, sm_span *bytes, int64_t *rank)
{
    if (l->rest.n == 0) return 0;
    const char *end = memchr(l->rest.p, '\n', l->rest.n);
    sm_span line = {l->rest.p, end ? (size_t)(end - l->rest.p) : l->rest.n};
    l->rest.p += line.n + (end != NULL);
    l->rest.n -= line.n + (end != NULL);
    l->line++;
    if (line.n > 0 && line.p[line.n - 1] == '\r') line.n--;
    if (line.n == 0) return next_line(l, arena, bytes, rank);
    const char *blank = memchr(line.p, ' ', line.n);
    const size_t n = blank ? (size_t)(blank - line.p) : line.n;
    sm_buffer out = sm_buffer_make(LOAD_MAX_TOKEN);
    const bool good = blank && load_base64((sm_span){line.p, n}, &out) && !out.overflow &&
                      sm_span_to_i64((sm_span){blank + 1, line.n - n - 1}, rank) &&
                      *rank >= 0 && *rank < LOAD_MAX_IDS;
    *bytes = sm_arena_copy(arena, sm_buffer_span(&out));
    sm_buffer_free(&out);
    if (good) return 1;
    SM_FAIL(l->err, SM_EFORMAT, "%s:%zu: not a line of base64 and a rank", l->path, l->line);
}

/* The number of lines, and the highest rank + 1. */
static int measure(lines l, size_t *n, size_t *ids)
{
    sm_arena scratch = {0};
    sm_span bytes = {0};
    int64_t rank = 0;
    int got = 0;
    for (*n = *ids = 0; (got = next_line(&l, &scratch, &bytes, &rank)) > 0; ++*n)
        if ((size_t)rank >= *ids) *ids = (size_t)rank + 1;
    sm_arena_free(&scratch);
    return got;
}

static int read_ranks(sm_tokenizer *tok, lines l)
{
    sm_span bytes = {0};
    int64_t rank = 0;
    int got = 0;
    while ((got = next_line(&l, &tok->arena, &bytes, &rank)) > 0)
        if (tok->tokens[rank].flags || !load_piece(tok, (uint32_t)rank, bytes))
            SM_FAIL(l.err, SM_EFORMAT, "%s:%zu: a token or a rank is listed twice", l.path,
                    l.line);
    return got;
}

static const struct known *recognise(const sm_tokenizer *tok, size_t n)
{
    for (size_t i = 0; i < sizeof known_files / sizeof *known_files; i++) {
        const struct known *k = &known_files[i];
        const bool same = n == k->n && k->n <= tok->n;
        if (same && sm_span_equal(tok->tokens[n - 1].bytes, sm_span_of(k->last))) return k;
    }
    return NULL;
}

/* ---- the file beside ------------------------------------------------------------------------- */

static int beside_fail(const sm_value *v, sm_error *err, const char *what)
{
    SM_FAIL(err, SM_EFORMAT, "%s:%d: %s", v->file, v->line, what);
}

/* Is it in matched_in_text? NULL lists none. */
static bool is_listed(const sm_value *list, sm_span name)
{
    for (size_t i = 0; list && list->kind == SM_LIST && i < list->n; i++)
        if (list->items[i].kind == SM_STRING && sm_span_equal(list->items[i].as.string, name))
            return true;
    return false;
}

/* special_tokens: their strings and ids. */
static int read_specials(sm_tokenizer *tok, const sm_value *map, const sm_value *in_text,
                         extras *x, sm_error *err)
{
    special *list = sm_arena_zalloc(&tok->arena, map->n + 1, sizeof *list);
    if (map->kind != SM_MAP) return beside_fail(map, err, "special_tokens is no map");
    for (size_t i = 0; i < map->n; i++) {
        const sm_value *id = &map->items[i];
        if (id->kind != SM_INT || id->as.integer < 0 || id->as.integer >= LOAD_MAX_IDS ||
            map->keys[i].n == 0)
            return beside_fail(id, err, "a special token without string or id in range");
        list[i] =
            (special){(uint32_t)id->as.integer, sm_arena_copy(&tok->arena, map->keys[i]).p,
                      is_listed(in_text, map->keys[i])};
        if (list[i].id >= x->ids) x->ids = (size_t)list[i].id + 1;
    }
    x->specials = list;
    x->n = map->n;
    x->lists_specials = true;
    return 0;
}

static const char *beside_string(sm_tokenizer *tok, const sm_value *root, const char *key)
{
    const sm_value *v = sm_value_get(root, key);
    return v && v->kind == SM_STRING ? sm_arena_copy(&tok->arena, v->as.string).p : NULL;
}

static int take_beside(sm_tokenizer *tok, const sm_value *root, extras *x, sm_error *err)
{
    const sm_value *map = sm_value_get(root, "special_tokens");
    const sm_value *pattern = sm_value_get(root, "pat_str");
    const sm_value *in_text = sm_value_get(root, "matched_in_text");
    x->pretoken = beside_string(tok, root, "pretoken");
    if (!x->pretoken && pattern && pattern->kind == SM_STRING)
        x->pretoken = sm_pretokenizer_by_patterns(&pattern->as.string, 1);
    x->eot = beside_string(tok, root, "eot_token");
    return map ? read_specials(tok, map, in_text, x, err) : 0;
}

static int read_beside(sm_tokenizer *tok, const char *path, extras *x, sm_error *err)
{
    const char *name = sm_arena_printf(&tok->arena, "%s.json", path);
    sm_config beside = {0};
    if (!sm_file_exists(name)) return 0;
    SM_TRY(sm_config_read(&beside, name, err));
    const int status = take_beside(tok, &beside.root, x, err);
    sm_config_free(&beside);
    return status;
}

/* ---- special tokens --------------------------------------------------------------------------- */

/* What is known of OpenAI's files, where nothing else was said. */
static void take_known(const struct known *k, extras *x)
{
    if (!x->pretoken) x->pretoken = k->pretoken;
    if (x->lists_specials) return;
    x->specials = k->specials;
    x->eot = k->specials[0].name;
    for (x->n = 0; k->specials[x->n].name; x->n++)
        x->ids = (size_t)k->specials[x->n].id + 1;
}

static int add_specials(sm_tokenizer *tok, const char *path, const extras *x, sm_error *err)
{
    for (size_t i = 0; i < x->n; i++) {
        const special *s = &x->specials[i];
        token *t = &tok->tokens[s->id];
        const sm_span name = sm_span_of(s->name);
        if (t->flags & TOKEN_RESERVED || (t->flags && !sm_span_equal(t->bytes, name)))
            SM_FAIL(err, SM_EFORMAT, "%s.json: the id %u of %s is taken", path, s->id, s->name);
        t->bytes = name;
        t->flags |= TOKEN_RESERVED | (s->in_text ? 0 : TOKEN_SPECIAL);
        if (s->in_text) reserved_add(&tok->matched, name, s->id);
        if (x->eot && strcmp(x->eot, s->name) == 0) tok->eot = s->id;
    }
    if (x->ids > tok->n) tok->n = x->ids;
    return 0;
}

static void make_rules(sm_tokenizer *tok)
{
    uint32_t *ids = sm_malloc(2 * tok->n * sizeof *ids), *ranks = ids + tok->n;
    size_t n = 0;
    for (uint32_t id = 0; id < tok->n; id++) {
        if (!(tok->tokens[id].flags & TOKEN_MODEL)) continue;
        ids[n] = id;
        ranks[n++] = id + 1;
    }
    load_all_splits(tok, ids, ranks, n, false);
    sm_free(ids);
}

int load_tiktoken(sm_tokenizer *tok, const char *path, sm_span file, const char *pretoken,
                  sm_error *err)
{
    enum { SPECIALS = 64 }; /* room behind the ranks for those that are known */
    const lines l = {.path = path, .err = err, .rest = file};
    extras x = {.pretoken = pretoken};
    size_t n = 0, ids = 0;
    SM_TRY(measure(l, &n, &ids));
    if (!pretoken) SM_TRY(read_beside(tok, path, &x, err));
    tok->tokens = sm_calloc((ids > x.ids ? ids : x.ids) + SPECIALS, sizeof *tok->tokens);
    tok->piece_id = sm_malloc(n * sizeof *tok->piece_id);
    tok->n = ids;
    SM_TRY(read_ranks(tok, l));
    const struct known *known = recognise(tok, n);
    if (known) take_known(known, &x);
    if (!x.pretoken)
        SM_FAIL(err, SM_EUSAGE,
                "%s: unknown ranks: name their pre-tokenizer, as in %s:o200k (one of %s)", path,
                path, SM_PRETOKEN_CHOICES);
    const int status = sm_pretokenizer_new(&tok->pre, x.pretoken, pretoken ? err : NULL);
    if (status < 0 && !pretoken)
        SM_FAIL(err, SM_EFORMAT, "%s.json: unknown pre-tokenizer '%s'", path, x.pretoken);
    if (status < 0) return status;
    make_rules(tok);
    SM_TRY(add_specials(tok, path, &x, err));
    tok->whole_first = true;
    return tokenizer_finish(tok, path, err);
}
