/* What the loaders of all formats do with pieces.
 * SPDX-License-Identifier: MIT */
#include "files/load_internal.h"

#include <string.h>

front *load_front(sm_tokenizer *tok)
{
    if (!tok->front) tok->front = sm_calloc(1, sizeof *tok->front);
    return tok->front;
}

sm_span load_swapped(sm_tokenizer *tok, sm_span piece)
{
    if (!tok->front || !tok->front->swap_mark) return sm_arena_copy(&tok->arena, piece);
    sm_buffer b = sm_buffer_make(piece.n + 1);
    front_put_swapped(&b, piece);
    const sm_span swapped = sm_arena_copy(&tok->arena, sm_buffer_span(&b));
    sm_buffer_free(&b);
    return swapped;
}

static int sextet_of(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool load_base64(sm_span text, sm_buffer *out)
{
    uint32_t bits = 0;
    unsigned n = 0;
    for (int pads = 0; pads < 2 && text.n > 0 && text.p[text.n - 1] == '='; pads++)
        text.n--;
    for (size_t i = 0; i < text.n; i++) {
        const int sextet = sextet_of(text.p[i]);
        if (sextet < 0) return false;
        bits = bits << 6 | (uint32_t)sextet;
        n += 6;
        if (n < 8) continue;
        n -= 8;
        sm_buffer_putc(out, (char)(bits >> n & 0xFF));
    }
    return n < 6 && text.n > 0;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int load_byte_of(sm_span piece)
{
    if (piece.n != 6 || memcmp(piece.p, "<0x", 3) != 0 || piece.p[5] != '>') return -1;
    const int high = digit_of(piece.p[3]), low = digit_of(piece.p[4]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool load_piece(sm_tokenizer *tok, uint32_t id, sm_span bytes)
{
    const size_t known = tok->pieces.n, piece = intern_add(&tok->pieces, bytes);
    if (piece < known) return false;
    tok->piece_id[piece] = id;
    tok->tokens[id].bytes = bytes;
    tok->tokens[id].flags |= TOKEN_MODEL;
    return true;
}

bool load_find(const sm_tokenizer *tok, sm_span bytes, uint32_t *id)
{
    const size_t piece = intern_find(&tok->pieces, bytes);
    if (piece == INTERN_NONE) return false;
    *id = tok->piece_id[piece];
    return true;
}

bool load_bytes(sm_tokenizer *tok)
{
    size_t n = 0;
    for (uint32_t id = 0; id < tok->n; id++) {
        const token *t = &tok->tokens[id];
        if (!(t->flags & TOKEN_BYTE)) continue;
        tok->byte_id[(uint8_t)*t->bytes.p] = id;
        n++;
    }
    return n == 256;
}

void load_after(front *f, trie_string *strings, size_t n)
{
    f->strings = sm_malloc(n * sizeof *f->strings);
    for (size_t i = 0; i < n; i++) {
        f->strings[i] = (front_string){strings[i].value, (uint32_t)strings[i].bytes.n};
        strings[i].value = (uint32_t)i;
    }
    trie_build(&f->after, strings, n);
}

static void add_rule(sm_tokenizer *tok, size_t *cap, merge_rule rule)
{
    tok->rules = sm_array_grow(tok->rules, tok->n_rules, cap, sizeof *tok->rules);
    tok->rules[tok->n_rules++] = rule;
}

void load_all_splits(sm_tokenizer *tok, const uint32_t *ids, const uint32_t *ranks, size_t n,
                     bool by_character)
{
    size_t cap = 0;
    for (size_t i = 0; i < n; i++) {
        const sm_span s = tok->tokens[ids[i]].bytes;
        merge_rule rule = {.made = ids[i], .rank = ranks[i]};
        for (size_t k = 1; k < s.n; k++) {
            if (by_character && ((uint8_t)s.p[k] & 0xC0) == 0x80) continue;
            if (load_find(tok, (sm_span){s.p, k}, &rule.left) &&
                load_find(tok, (sm_span){s.p + k, s.n - k}, &rule.right))
                add_rule(tok, &cap, rule);
        }
    }
}
