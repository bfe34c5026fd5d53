/* Which neighbouring characters stand together in a token: everywhere else an encoding is cut.
 * SPDX-License-Identifier: MIT
 *
 * A token that begins or ends inside a character ("フ" and the first two bytes of another) crosses a boundary as
 * well, at every character that begins or ends with those bytes: such bigrams are marked as `partial` too. */
#include "matcher.h"

#include <seimai/utf8.h>

#include <stdlib.h>
#include <string.h>

static void mark(uint64_t *bits, uint32_t bit)
{
    bits[bit >> 6] |= UINT64_C(1) << (bit & 63);
}

/* ---- tokens that end inside a character --------------------------------------------------------- */

/* One side of a boundary: the bytes that a character must end or begin with; all of it where `whole`. */
typedef struct side {
    char bytes[4];
    uint8_t n;
    bool whole;
} side;

typedef struct boundary {
    side left, right;
} boundary;

/* The characters with codes as UTF-8, for a search by their beginnings or, turned round, their ends. */
typedef struct spelt {
    char bytes[4];
    uint8_t n;
    uint32_t code;
} spelt;

typedef struct sides {
    spelt *forward, *backward; /* [n] sorted by bytes */
    size_t n;
    intern seen; /* boundaries that are marked */
} sides;

static int by_spelling(const void *a, const void *b)
{
    const spelt *x = a, *y = b;
    const int order = memcmp(x->bytes, y->bytes, x->n < y->n ? x->n : y->n);
    return order ? order : (int)x->n - (int)y->n;
}

static void sides_init(sides *s, const matcher *m)
{
    s->n = m->n_chars - 1;
    s->forward = sm_calloc(s->n + 1, sizeof *s->forward);
    s->backward = sm_calloc(s->n + 1, sizeof *s->backward);
    for (uint32_t code = 1; code < m->n_chars; code++) {
        spelt *f = &s->forward[code - 1], *b = &s->backward[code - 1];
        f->n = (uint8_t)sm_utf8_put(m->characters[code], f->bytes);
        f->code = code;
        *b = *f;
        for (unsigned i = 0; i < f->n; i++)
            b->bytes[i] = f->bytes[f->n - 1 - i];
    }
    qsort(s->forward, s->n, sizeof *s->forward, by_spelling);
    qsort(s->backward, s->n, sizeof *s->backward, by_spelling);
}

static void sides_free(sides *s)
{
    sm_free(s->forward);
    sm_free(s->backward);
    intern_free(&s->seen);
}

/* The characters of a sorted list that agree with one side: list[*from] … list[*to - 1]. */
static void find_side(const spelt *list, size_t n, const side *s, size_t *from, size_t *to)
{
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const spelt *at = &list[middle];
        const int order = memcmp(at->bytes, s->bytes, at->n < s->n ? at->n : s->n);
        if (order < 0 || (order == 0 && at->n < s->n))
            low = middle + 1;
        else
            high = middle;
    }
    *from = *to = low;
    while (*to < n && list[*to].n >= s->n && memcmp(list[*to].bytes, s->bytes, s->n) == 0 &&
           (!s->whole || list[*to].n == s->n))
        ++*to;
}

static void mark_boundary(matcher *m, sides *s, const boundary *b)
{
    char key[sizeof *b];
    memcpy(key, b, sizeof key);
    const size_t known = s->seen.n;
    if (intern_add(&s->seen, (sm_span){key, sizeof key}) != known) return;
    size_t left, left_end, right, right_end;
    find_side(s->backward, s->n, &b->left, &left, &left_end);
    find_side(s->forward, s->n, &b->right, &right, &right_end);
    for (size_t i = left; i < left_end; i++)
        for (size_t k = right; k < right_end; k++) {
            const uint32_t bit = bigram_bit(m, s->backward[i].code, s->forward[k].code);
            mark(m->bigrams, bit);
            mark(m->partial, bit);
        }
}

static bool is_continuation(char c)
{
    return ((uint8_t)c & 0xC0) == 0x80;
}

/* A side of the cut at `at`, from byte `from` to byte `to`; the left one is turned round. */
static side side_of(sm_span s, size_t from, size_t to, bool whole, bool turn)
{
    side out = {{0}, (uint8_t)(to - from), whole};
    for (size_t i = from; i < to; i++)
        out.bytes[turn ? to - 1 - i : i - from] = s.p[i];
    return out;
}

/* Marks the boundaries between characters inside a token that begins or ends inside one. */
static void mark_partial(matcher *m, sides *list, sm_span s)
{
    enum { LONGEST = 4 };
    size_t from = 0, at = 0;
    bool whole = false;
    while (at < s.n && is_continuation(s.p[at]))
        at++;
    while (at < s.n) {
        const uint8_t *p = (const uint8_t *)s.p + at;
        const character c = character_at(p, (const uint8_t *)s.p + s.n);
        size_t next = at + c.n;
        while (c.bad && next < s.n && is_continuation(s.p[next]))
            next++;
        const bool fits = next - at <= LONGEST && at - from <= LONGEST;
        if (at > from && fits) {
            boundary b;
            memset(&b, 0, sizeof b);
            b.left = side_of(s, from, at, whole, true);
            b.right = side_of(s, at, next, !c.bad, false);
            mark_boundary(m, list, &b);
        }
        whole = !c.bad;
        from = at;
        at = next;
    }
}

/* ---- all tokens ------------------------------------------------------------------------------------ */

static bool is_whole_characters(sm_span s)
{
    return sm_utf8_check(s) == s.n;
}

void bigrams_build(matcher *m, const sm_tokenizer *tok, const code_string *strings, size_t n)
{
    enum { FEW = 100000, BITS = 19, MANY_BITS = 21 };
    const unsigned bits = m->n_tokens > FEW ? MANY_BITS : BITS;
    sides list = {0};
    m->bigram_shift = 32 - bits;
    m->bigrams = sm_calloc((size_t)1 << (bits - 6), sizeof *m->bigrams);
    m->partial = sm_calloc((size_t)1 << (bits - 6), sizeof *m->partial);
    for (size_t i = 0; i < n; i++)
        for (uint32_t k = 0; k + 1 < strings[i].n; k++)
            mark(m->bigrams, bigram_bit(m, strings[i].codes[k], strings[i].codes[k + 1]));
    sides_init(&list, m);
    for (uint32_t i = 0; i < m->n_tokens; i++) {
        const sm_span bytes = tok->tokens[m->ids[i]].bytes;
        if (!(tok->tokens[m->ids[i]].flags & TOKEN_ALIVE)) continue;
        if (!is_whole_characters(bytes)) mark_partial(m, &list, bytes);
    }
    sides_free(&list);
}
