/* Reading a .tiktoken file: lines of base64, a space and a rank; a rank is an id.
 * SPDX-License-Identifier: MIT
 *
 * The file holds neither the pre-tokenizer nor the special tokens: those of OpenAI's own files are known, any
 * other one needs its pre-tokenizer named (FILE:NAME). tiktoken merges the neighbours whose bytes together
 * have the lowest rank, and takes a pre-token that has a rank as it is. */
#include "files/load_internal.h"

#include <string.h>

typedef struct special {
    uint32_t id;
    const char *name;
} special;

/* By number of ranks and the last token. */
static const struct known {
    size_t n;
    const char *last, *pretoken;
    special specials[6];
} known_files[] = {
    {50256, " gazed", "gpt2", {{50256, "<|endoftext|>"}}},
    {100256,
     " Conveyor",
     "llama3",
     {{100257, "<|endoftext|>"},
      {100258, "<|fim_prefix|>"},
      {100259, "<|fim_middle|>"},
      {100260, "<|fim_suffix|>"},
      {100276, "<|endofprompt|>"}}},
    {199998, " cocos", "o200k", {{199999, "<|endoftext|>"}, {200018, "<|endofprompt|>"}}},
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

static void add_specials(sm_tokenizer *tok, const struct known *k)
{
    for (size_t i = 0; k->specials[i].name; i++) {
        token *t = &tok->tokens[k->specials[i].id];
        t->bytes = sm_span_of(k->specials[i].name);
        t->flags = TOKEN_RESERVED | TOKEN_SPECIAL;
    }
    tok->eot = k->specials[0].id;
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
    enum { SPECIALS = 64 }; /* room behind the ranks */
    const lines l = {.path = path, .err = err, .rest = file};
    size_t n = 0, ids = 0;
    SM_TRY(measure(l, &n, &ids));
    tok->tokens = sm_calloc(ids + SPECIALS, sizeof *tok->tokens);
    tok->piece_id = sm_malloc(n * sizeof *tok->piece_id);
    tok->n = ids;
    SM_TRY(read_ranks(tok, l));
    const struct known *known = recognise(tok, n);
    if (!known && !pretoken)
        SM_FAIL(err, SM_EUSAGE,
                "%s: unknown ranks: name their pre-tokenizer, as in %s:o200k (one of %s)", path,
                path, SM_PRETOKEN_CHOICES);
    SM_TRY(sm_pretokenizer_new(&tok->pre, pretoken ? pretoken : known->pretoken, err));
    make_rules(tok);
    if (known) {
        add_specials(tok, known);
        while (known->specials[0].name && tok->n < ids + SPECIALS && tok->tokens[tok->n].flags)
            tok->n++;
    }
    tok->whole_first = true;
    return tokenizer_finish(tok, path, err);
}
