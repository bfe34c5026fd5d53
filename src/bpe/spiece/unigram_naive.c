/* The oracle of the unigram model: the whole text at once, every part of it looked up.
 * SPDX-License-Identifier: MIT */
#include "spiece/unigram_internal.h"

#include <math.h>

typedef struct best {
    double score; /* of the text before this byte */
    uint32_t id;  /* of the last piece */
    size_t from;  /* its first byte */
} best;

static const double lowest = -100000;

static bool is_start(sm_span text, size_t at)
{
    return at >= text.n || ((uint8_t)text.p[at] & 0xC0) != 0x80;
}

static void improve(const unigram *u, best *b, size_t from, size_t to, double score,
                    uint32_t id)
{
    double sum = b[from].score + score;
    if (u->single) sum = (double)(float)sum;
    if (sum > b[to].score) b[to] = (best){sum, id, from};
}

static void try_all(const unigram *u, const intern *pieces, const uint32_t *ids_of,
                    sm_span text, size_t at, best *b)
{
    bool alone = false;
    size_t one = 1;
    while (!is_start(text, at + one))
        one++;
    for (size_t n = one; at + n <= text.n && n <= 4 * u->longest; n++) {
        const sm_span part = {text.p + at, n};
        const size_t piece = is_start(text, at + n) ? intern_find(pieces, part) : INTERN_NONE;
        if (piece == INTERN_NONE) continue;
        const uint32_t id = ids_of[piece];
        const float score = (float)u->scores[id];
        alone = alone || n == one;
        improve(u, b, at, at + n, u->single ? (double)score : u->scores[id], id);
    }
    if (!alone) improve(u, b, at, at + one, u->unk_score, u->unk);
}

static void take_off(best *b, size_t at, size_t n)
{
    const double sum = b[at].score;
    for (size_t i = at; i <= n; i++)
        b[i].score = (double)(float)(b[i].score - sum);
}

void unigram_encode_naive(const unigram *u, const intern *pieces, const uint32_t *ids_of,
                          sm_span text, sm_ids *ids)
{
    size_t *path = sm_malloc((text.n + 1) * sizeof *path), n = 0; /* ends, the last one first */
    best *b = sm_malloc((text.n + 1) * sizeof *b);
    for (size_t i = 0; i <= text.n; i++)
        b[i] = (best){i == 0 ? 0 : -HUGE_VAL, u->unk, 0};
    for (size_t at = 0; at < text.n; at++) {
        if (!is_start(text, at)) continue;
        if (u->single && b[at].score < lowest) take_off(b, at, text.n);
        try_all(u, pieces, ids_of, text, at, b);
    }
    for (size_t at = text.n; at > 0; at = b[at].from)
        path[n++] = at;
    while (n-- > 0) {
        const best *last = &b[path[n]];
        const sm_span piece = {text.p + last->from, path[n] - last->from};
        if (last->id == u->unk && u->falls_back)
            unigram_put_bytes(u, piece, ids);
        else
            sm_ids_put(ids, last->id);
    }
    sm_free(path);
    sm_free(b);
}
