/* Building the matcher: numbers, strings of codes, and the parts in their files.
 * SPDX-License-Identifier: MIT */
#include "matcher.h"

#include <stdlib.h>
#include <string.h>

typedef struct ranked {
    uint32_t rank, id;
} ranked;

static int by_rank(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* Numbers the tokens that merging can make, given in the order of ranks: by counting, or, where ids rise in that
 * order, with their distances kept, so that an id is a number and a constant. */
static void number_tokens(matcher *m, const sm_tokenizer *tok, const ranked *list, size_t n)
{
    m->shifted = n > 0;
    for (size_t i = 1; i < n; i++)
        m->shifted &= list[i - 1].id < list[i].id;
    m->shift = m->shifted ? list[0].id : 0;
    m->n_tokens = (uint32_t)(m->shifted ? list[n - 1].id - m->shift + 1 : n);
    m->ids = sm_malloc((m->n_tokens + 1) * sizeof *m->ids);
    m->numbers = sm_malloc((tok->n + 1) * sizeof *m->numbers);
    for (size_t i = 0; i < tok->n; i++)
        m->numbers[i] = NO_NUMBER;
    for (uint32_t i = 0; i < m->n_tokens; i++)
        m->ids[i] = m->shifted ? i + m->shift : list[i].id;
    for (uint32_t i = 0; i < n; i++)
        m->numbers[list[i].id] = m->shifted ? list[i].id - m->shift : i;
    for (size_t b = 0; b < 256 && tok->kind == MODEL_BYTES; b++)
        m->byte_numbers[b] = m->numbers[tok->byte_id[b]];
}

static void sort_tokens(matcher *m, const sm_tokenizer *tok)
{
    ranked *list = sm_malloc((tok->n + 1) * sizeof *list);
    size_t n = 0;
    for (uint32_t i = 0; i < tok->n; i++)
        if (tok->tokens[i].flags & TOKEN_ALIVE) list[n++] = (ranked){tok->tokens[i].rank, i};
    qsort(list, n, sizeof *list, by_rank);
    number_tokens(m, tok, list, n);
    sm_free(list);
}

/* ---- roots ----------------------------------------------------------------------------------------- */

static void set_root(matcher *m, uint32_t code, uint32_t number)
{
    m->roots[code] = code | (cell)number << CELL_NUMBER | (cell)1 << CELL_LENGTH;
}

/* A character is a token, or stands for those that it becomes. */
static void make_roots(matcher *m)
{
    const size_t n = (size_t)m->n_tokens + CODES;
    m->roots = sm_malloc(CODES * sizeof *m->roots);
    m->about = sm_malloc(n * sizeof *m->about);
    for (size_t i = 0; i < n; i++) {
        m->about[i] = (about){0, 0, (uint32_t)i, (uint32_t)i, NO_NUMBER, 1, 0, 0};
    }
    for (uint32_t code = 0; code < CODES; code++) {
        const spelling *s = code < m->n_codes ? &m->spellings[code] : NULL;
        const bool is_token = s && s->n == 1 && s->first != NO_NUMBER;
        set_root(m, code, is_token ? s->first : m->n_tokens + code);
    }
}

/* ---- strings --------------------------------------------------------------------------------------- */

static int by_codes(const void *a, const void *b)
{
    const code_string *x = a, *y = b;
    for (uint32_t i = 0; i < x->n && i < y->n; i++)
        if (x->codes[i] != y->codes[i]) return x->codes[i] < y->codes[i] ? -1 : 1;
    return x->n < y->n ? -1 : x->n > y->n;
}

/* A token as codes; n is 0 if it begins or ends inside a character. */
static code_string string_of(const matcher *m, const sm_tokenizer *tok, uint32_t number,
                             sm_arena *arena)
{
    const sm_span bytes = tok->tokens[m->ids[number]].bytes;
    const uint8_t *p = (const uint8_t *)bytes.p, *const end = p + bytes.n;
    uint16_t *codes = sm_arena_alloc(arena, bytes.n * sizeof *codes);
    code_string s = {codes, 0, number};
    while (p < end) {
        const character c = character_at(p, end);
        if (c.bad) return (code_string){codes, 0, number};
        codes[s.n++] = (uint16_t)matcher_code(m, c);
        p += c.n;
    }
    return s;
}

/* The tokens of two characters or more, sorted. */
static code_string *make_strings(matcher *m, const sm_tokenizer *tok, sm_arena *arena,
                                 size_t *n)
{
    code_string *strings = sm_malloc((m->n_tokens + 1) * sizeof *strings);
    *n = 0;
    for (uint32_t i = 0; i < m->n_tokens; i++) {
        if (!(tok->tokens[m->ids[i]].flags & TOKEN_ALIVE)) continue;
        const code_string s = string_of(m, tok, i, arena);
        if (s.n < 2) continue;
        m->about[i].length = (uint16_t)s.n;
        strings[(*n)++] = s;
    }
    qsort(strings, *n, sizeof *strings, by_codes);
    return strings;
}

/* ---- tokens that are taken whole ---------------------------------------------------------------------- */

/* With ignore_merges a pre-token that is a token is not merged; the encoder finds all but the dead ones. */
static void mark_whole(matcher *m, const sm_tokenizer *tok)
{
    for (size_t i = 0; i < tok->n && tok->whole_first; i++) {
        const token *t = &tok->tokens[i];
        if (!(t->flags & TOKEN_MODEL) || (t->flags & TOKEN_ALIVE) || t->bytes.n == 0) continue;
        const unsigned bit = whole_bit(t->bytes);
        m->whole[bit >> 6] |= UINT64_C(1) << (bit & 63);
        m->any_whole = true;
    }
}

int matcher_build(sm_tokenizer *tok, const char *path, sm_error *err)
{
    sm_arena arena = {0};
    matcher *m = sm_calloc(1, sizeof *m);
    sort_tokens(m, tok);
    bool fit = m->n_tokens + CODES < 1u << NUMBER_BITS && codes_build(m, tok);
    if (fit) {
        size_t n = 0;
        make_roots(m);
        code_string *strings = make_strings(m, tok, &arena, &n);
        bigrams_build(m, tok, strings, n);
        fit = double_array_build(m, strings, n);
        pairs_build(m, tok);
        mark_whole(m, tok);
        m->words = words_build(tok, WORDS_FEWEST);
        sm_free(strings);
        if (fit) matcher_pack(m);
    }
    if (!fit) {
        matcher_free(m);
        m = NULL;
    }
    tok->matcher = m;
    sm_arena_free(&arena);
    if (!m) SM_FAIL(err, SM_ENOSUP, "%s: a vocabulary as large as this", path);
    return 0;
}

void matcher_free(matcher *m)
{
    if (!m) return;
    matcher_unpack(m);
    void *const owned[] = {m->ids,         m->numbers,    m->characters, m->spellings,
                           m->table.cells, m->wide,       m->roots,      m->cells,
                           m->about,       m->bigrams,    m->partial,    m->pairs,
                           m->pair_filter, m->words.lines};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        sm_free(owned[i]);
    sm_free(m);
}
