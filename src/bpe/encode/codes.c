/* Characters to codes, by how many tokens they stand in: the usual ones lie close together in every table.
 * SPDX-License-Identifier: MIT */
#include "matcher.h"

#include <seimai/utf8.h>

#include <stdlib.h>
#include <string.h>

enum { CHARACTERS = 0x110000 };

/* ---- what a character is made of --------------------------------------------------------------- */

static size_t ids_of_bytes(const sm_tokenizer *tok, sm_span s, uint32_t *ids)
{
    for (size_t i = 0; i < s.n; i++)
        ids[i] = tok->byte_id[(uint8_t)s.p[i]];
    return s.n;
}

/* A character of MODEL_CHARS: itself, or its bytes, or the unknown token once. */
static size_t ids_of_character(const sm_tokenizer *tok, sm_span s, uint32_t *ids)
{
    const size_t piece = intern_find(&tok->pieces, s);
    if (piece == INTERN_NONE) {
        const size_t n = ids_of_bytes(tok, s, ids);
        return ids[0] == tok->unk ? 1 : n;
    }
    ids[0] = tok->piece_id[piece];
    return 1;
}

size_t first_ids(const sm_tokenizer *tok, sm_span s, uint32_t *ids)
{
    if (tok->kind == MODEL_BYTES) return ids_of_bytes(tok, s, ids);
    const uint8_t *p = (const uint8_t *)s.p, *const end = p + s.n;
    size_t n = 0;
    while (p < end) {
        const unsigned length = character_at(p, end).n;
        n += ids_of_character(tok, (sm_span){(const char *)p, length}, ids + n);
        p += length;
    }
    return n;
}

void matcher_spell(const sm_tokenizer *tok, const matcher *m, sm_span text, spelling *s)
{
    merge_step last = {0};
    const size_t n = first_ids(tok, text, s->ids);
    s->n = (uint32_t)rules_apply(&tok->table, s->ids, n, &last);
    s->first = m->numbers[s->ids[0]];
    s->last = m->numbers[s->ids[s->n - 1]];
}

/* ---- codes --------------------------------------------------------------------------------------- */

typedef struct counted {
    uint32_t character, tokens;
} counted;

static int by_tokens(const void *a, const void *b)
{
    const counted *x = a, *y = b;
    if (x->tokens != y->tokens) return x->tokens > y->tokens ? -1 : 1;
    return x->character < y->character ? -1 : x->character > y->character;
}

static void count_characters(const sm_tokenizer *tok, uint32_t *tokens)
{
    for (size_t i = 0; i < tok->n; i++) {
        if (!(tok->tokens[i].flags & TOKEN_ALIVE)) continue;
        const uint8_t *p = (const uint8_t *)tok->tokens[i].bytes.p;
        const uint8_t *const end = p + tok->tokens[i].bytes.n;
        while (p < end) {
            const character c = character_at(p, end);
            if (!c.bad) tokens[c.c]++;
            p += c.n;
        }
    }
}

static counted *by_frequency(const sm_tokenizer *tok, size_t *n)
{
    uint32_t *tokens = sm_calloc(CHARACTERS, sizeof *tokens);
    counted *list = NULL;
    size_t cap = 0;
    *n = 0;
    count_characters(tok, tokens);
    for (uint32_t c = 0; c < CHARACTERS; c++) {
        if (tokens[c] == 0) continue;
        list = sm_array_grow(list, *n, &cap, sizeof *list);
        list[(*n)++] = (counted){c, tokens[c]};
    }
    if (list) qsort(list, *n, sizeof *list, by_tokens);
    sm_free(tokens);
    return list;
}

static void put_wide(matcher *m, uint32_t c, uint32_t code)
{
    size_t i = (c * 0x9E3779B1u) & m->wide_mask;
    while (m->wide[2 * i + 1])
        i = (i + 1) & m->wide_mask;
    m->wide[2 * i] = c;
    m->wide[2 * i + 1] = code;
}

uint32_t matcher_code(const matcher *m, character c)
{
    if (c.bad || c.c < CELL_BAD) return m->table.cells[c.c] & CODE_MASK;
    for (size_t i = (c.c * 0x9E3779B1u) & m->wide_mask;; i = (i + 1) & m->wide_mask)
        if (m->wide[2 * i] == c.c || !m->wide[2 * i + 1]) return m->wide[2 * i + 1];
}

static void set_code(matcher *m, uint32_t c, uint32_t code)
{
    m->characters[code] = c;
    if (c < CELL_BAD)
        m->table.cells[c] |= code;
    else
        put_wide(m, c, code);
}

static uint8_t no_group(uint32_t c, unsigned is)
{
    (void)c;
    (void)is;
    return 0;
}

/* The pre-tokenizer's table, to which codes are added. */
static void copy_table(matcher *m, const sm_pretokenizer *pre)
{
    m->table = (unpack_table){sm_calloc(CELLS, sizeof(uint32_t)), NULL, no_group};
    if (!pre) return;
    memcpy(m->table.cells, pre->table.cells, CELLS * sizeof(uint32_t));
    m->table.classes = &pre->classes;
    m->table.group_of = pre->table.group_of;
}

/* The byte that is no UTF-8, 80 … FF. */
static void set_bad_codes(matcher *m, const sm_tokenizer *tok)
{
    for (uint32_t b = 0x80; b < 0x100; b++) {
        const char byte = (char)b;
        m->table.cells[CELL_BAD + b] |= m->code_bad + b - 0x80;
        matcher_spell(tok, m, (sm_span){&byte, 1}, &m->spellings[m->code_bad + b - 0x80]);
    }
}

bool codes_build(matcher *m, const sm_tokenizer *tok)
{
    enum { STRANGERS = 8192 }; /* as many as a window of the encoder holds, or more */
    size_t n = 0;
    counted *list = by_frequency(tok, &n);
    m->n_chars = (uint32_t)n + 1;
    m->code_void = m->n_chars;
    m->code_spelt = m->n_chars + 1;
    m->code_lost = m->n_chars + 2;
    m->code_bad = m->n_chars + 3;
    m->n_codes = m->code_bad + 128;
    copy_table(m, tok->pre);
    m->wide_mask = 1;
    while (m->wide_mask < 2 * n)
        m->wide_mask *= 2;
    m->wide = sm_calloc(2 * m->wide_mask, sizeof *m->wide);
    m->wide_mask--;
    m->characters = sm_calloc(m->n_chars, sizeof *m->characters);
    m->spellings = sm_calloc(m->n_codes, sizeof *m->spellings);
    const bool fit = m->n_codes + STRANGERS <= CODES;
    for (uint32_t i = 0; i < n && fit; i++) {
        char bytes[4];
        set_code(m, list[i].character, i + 1);
        matcher_spell(tok, m, (sm_span){bytes, sm_utf8_put(list[i].character, bytes)},
                      &m->spellings[i + 1]);
    }
    if (fit) set_bad_codes(m, tok);
    sm_free(list);
    return fit;
}
