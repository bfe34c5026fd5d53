/* n-grams: decode and fold a block of code points, then hash every window of them.
 * SPDX-License-Identifier: MIT */
#include "classify_internal.h"

#include <seimai/utf8.h>

#include <string.h>

enum {
    BLOCK = 1024,
    HISTORY = SM_CLASSIFIER_ORDER -
              1, /* code points before a block that its first n-grams reach back to */
    SPACE = ' '
};

/* Odd numbers whose bits were drawn at random: one a place in the n-gram, one an order. The sum of products is a
 * multilinear hash (D. Lemire, O. Kaser, "Strongly universal string hashing is fast", 2014). */
static const uint32_t place[SM_CLASSIFIER_ORDER] = {0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D,
                                                    0x27D4EB2F, 0x165667B1};
static const uint32_t seed[] = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                                0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
enum { WORD_SEED = 6 /* seeds 6 and 7: words and pairs of words */ };

struct ngram_reader {
    unsigned shortest, longest;
    uint64_t most; /* code points of a text */
    ngram_kernel *kernel;
    sm_tagger *tagger;
    uint32_t points[HISTORY + BLOCK];
    uint32_t hashes[BLOCK];
    sm_span words[BLOCK], previous[BLOCK];
};

/* ---- the kernels --------------------------------------------------------------------------------- */

static inline uint32_t finish(uint32_t h)
{
    h ^= h >> 16;
    h *= 0x7FEB352D;
    h ^= h >> 15;
    h *= 0x846CA68B;
    return h >> (32 - HASH_BITS);
}

#define INLINE __attribute__((always_inline)) static inline

INLINE void hash_windows(const unsigned order, const uint32_t *points, size_t n,
                         uint32_t *hashes)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t h = seed[order];
        for (unsigned k = 0; k < order; k++)
            h += *(points + i - k) * place[k];
        hashes[i] = finish(h);
    }
}

/* A constant order lets the compiler keep the products in vectors. */
INLINE void hash_order(unsigned order, const uint32_t *points, size_t n, uint32_t *hashes)
{
    switch (order) {
    case 1: hash_windows(1, points, n, hashes); return;
    case 2: hash_windows(2, points, n, hashes); return;
    case 3: hash_windows(3, points, n, hashes); return;
    case 4: hash_windows(4, points, n, hashes); return;
    default: hash_windows(5, points, n, hashes); return;
    }
}

void classify_ngram_hash_portable(unsigned order, const uint32_t *points, size_t n,
                                  uint32_t *hashes)
{
    hash_order(order, points, n, hashes);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) void
classify_ngram_hash_avx2(unsigned order, const uint32_t *points, size_t n, uint32_t *hashes)
{
    hash_order(order, points, n, hashes);
}

__attribute__((target("avx512f,avx512vl,avx512dq"))) void
classify_ngram_hash_avx512(unsigned order, const uint32_t *points, size_t n, uint32_t *hashes)
{
    hash_order(order, points, n, hashes);
}
#endif

ngram_kernel *classify_ngram_kernel_at(size_t i)
{
    ngram_kernel *has[3] = {classify_ngram_hash_portable};
    size_t n = 1;
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) has[n++] = classify_ngram_hash_avx2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq"))
        has[n++] = classify_ngram_hash_avx512;
#endif
    return i < n ? has[i] : NULL;
}

/* ---- code points ---------------------------------------------------------------------------------- */

static inline bool is_space(uint32_t c)
{
    return c == SPACE || (c >= '\t' && c <= '\r') || c == 0x3000;
}

static inline uint32_t fold(uint32_t c)
{
    if (c >= 0x80 && c != 0x3000) return c;
    if (is_space(c)) return SPACE;
    if (c - '0' < 10U) return '0';
    return c - 'A' < 26U ? c + ('a' - 'A') : c;
}

/* What is left of a text; `last` is the code point before it, folded. */
typedef struct cursor {
    const unsigned char *p, *end;
    uint32_t last;
    bool closed; /* the space behind the text was given */
} cursor;

/* Up to `room` folded code points; a run of white space counts once. */
static size_t read_points(cursor *c, uint32_t *out, size_t room)
{
    size_t n = 0;
    uint32_t last = c->last;
    const unsigned char *p = c->p;
    while (p < c->end && n < room) {
        const uint32_t point = fold(sm_utf8_step(&p));
        out[n] = point;
        n += point != SPACE || last != SPACE;
        last = point;
    }
    c->p = p;
    c->last = last;
    if (p < c->end || n == room || c->closed) return n;
    c->closed = true;
    if (last != SPACE) out[n++] = SPACE;
    return n;
}

/* ---- walking --------------------------------------------------------------------------------------- */

ngram_reader *classify_ngram_reader_new(const sm_classifier_options *options)
{
    ngram_reader *const r = sm_calloc(1, sizeof *r);
    r->shortest = options->shortest;
    r->longest = options->longest;
    r->most = options->characters ? options->characters : UINT64_MAX;
    for (size_t i = 0; classify_ngram_kernel_at(i); i++)
        r->kernel = classify_ngram_kernel_at(i);
    if (options->morph) r->tagger = sm_tagger_new(options->morph);
    return r;
}

void classify_ngram_reader_free(ngram_reader *reader)
{
    if (!reader) return;
    sm_tagger_free(reader->tagger);
    sm_free(reader);
}

/* The n-grams that end among `n` fresh code points; `seen` came before them. */
static void walk_block(ngram_reader *r, size_t n, size_t seen, ngram_sink *sink, void *to)
{
    const uint32_t *const fresh = r->points + HISTORY;
    for (unsigned order = r->shortest; order <= r->longest; order++) {
        const size_t missing = seen + 1 < order ? order - 1 - seen : 0;
        if (missing >= n) continue;
        r->kernel(order, fresh + missing, n - missing, r->hashes);
        const ngram_run run = {r->hashes, n - missing, order, fresh + missing, NULL, NULL};
        sink(to, &run);
    }
}

/* Walks until the text ends or enough was read, and gives how many bytes that took. */
static size_t walk_characters(ngram_reader *r, sm_span text, ngram_sink *sink, void *to)
{
    const unsigned char *const p = (const unsigned char *)text.p;
    cursor c = {.p = p, .end = p + text.n, .last = SPACE};
    uint32_t *const fresh = r->points + HISTORY;
    size_t n = 1, seen = 0;
    fresh[0] = SPACE;
    for (;;) {
        const size_t room = r->most - seen < BLOCK ? (size_t)(r->most - seen) : BLOCK;
        if (n < room && !c.closed) n += read_points(&c, fresh + n, room - n);
        if (n == 0 || room == 0) break;
        walk_block(r, n, seen, sink, to);
        seen += n;
        memmove(r->points, r->points + n, HISTORY * sizeof *r->points);
        n = 0;
    }
    return text.n ? (size_t)(c.p - p) : 0;
}

/* ---- morphemes --------------------------------------------------------------------------------------- */

static uint32_t word_value(sm_span word)
{
    const unsigned char *p = (const unsigned char *)word.p, *const end = p + word.n;
    uint32_t h = 0;
    while (p < end)
        h = (h + fold(sm_utf8_step(&p))) * place[0] ^ h >> 13;
    return h;
}

static void give_words(ngram_reader *r, size_t n, unsigned order, ngram_sink *sink, void *to)
{
    const size_t skipped = order > 1 && n > 0 && r->previous[0].n == 0;
    const ngram_run run = {r->hashes + skipped, n - skipped,          order, NULL,
                           r->words + skipped,  r->previous + skipped};
    if (n > skipped) sink(to, &run);
}

static void walk_words(ngram_reader *r, sm_span text, const sm_morpheme *m, size_t n_morphemes,
                       ngram_sink *sink, void *to)
{
    sm_span before = {NULL, 0};
    for (size_t at = 0; at < n_morphemes; at += BLOCK) {
        const size_t n = n_morphemes - at < BLOCK ? n_morphemes - at : BLOCK;
        uint32_t pair[BLOCK];
        for (size_t i = 0; i < n; i++) {
            const sm_span word = {text.p + m[at + i].begin, m[at + i].end - m[at + i].begin};
            const uint32_t value = word_value(word);
            r->words[i] = word;
            r->previous[i] = before;
            r->hashes[i] = finish(seed[WORD_SEED] + value);
            pair[i] = finish(seed[WORD_SEED + 1] + value + word_value(before) * place[1]);
            before = word;
        }
        give_words(r, n, 1, sink, to);
        memcpy(r->hashes, pair, n * sizeof *pair);
        give_words(r, n, 2, sink, to);
    }
}

int classify_ngram_walk(ngram_reader *reader, sm_span text, ngram_sink *sink, void *to,
                        sm_error *err)
{
    const sm_morpheme *morphemes = NULL;
    size_t n = 0;
    text.n = walk_characters(reader, text, sink, to);
    if (!reader->tagger || text.n == 0) return SM_OK;
    SM_TRY(sm_tagger_cut(reader->tagger, text, &morphemes, &n, err));
    walk_words(reader, text, morphemes, n, sink, to);
    return SM_OK;
}
