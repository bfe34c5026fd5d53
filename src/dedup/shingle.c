/* Shingles: a rolling hash over the view, then the sorted set of what it gave.
 * SPDX-License-Identifier: MIT */
#include "dedup_internal.h"

#include <seimai/minhash.h>

#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 4096, /* code points that are decoded at a time */
    DIGIT = 11,   /* bits; the two passes of the radix sort order by the first 22 */
    DIGITS = 1 << DIGIT,
    LOW = 64 - 2 * DIGIT, /* shifts of the two digits */
    HIGH = 64 - DIGIT,
    FEW = 128, /* so few are sorted by insertion */
    MOVES = 16 /* moves an element that insertion may cost on average */
};

/* B of the rolling hash: odd, its bits drawn at random. */
static const uint64_t base = 0x9E6C63D0876A46ADULL;

struct sm_shingler {
    sm_view view;
    unsigned n;
    uint64_t leaving; /* B^n: the weight of the code point that leaves the window */
    uint64_t *hashes, *sorted;
    size_t cap;                     /* of both */
    sm_tagger *tagger;              /* not NULL: words */
    uint64_t words[SM_SHINGLE_MAX]; /* the last n of them, as a ring */
    uint32_t points[SM_SHINGLE_MAX + BLOCK];
};

/* mix spreads every bit over all others: a bijection, so that nothing is lost. */
static inline uint64_t mix(uint64_t h)
{
    h = (h ^ h >> 32) * 0xD6E8FEB86659FD93ULL;
    h = (h ^ h >> 29) * 0xA0761D6478BD642FULL;
    return h ^ h >> 32;
}

uint64_t sm_shingle_hash(const uint32_t *points, unsigned n)
{
    uint64_t h = 0;
    for (unsigned i = 0; i < n; i++) {
        h = h * base + points[i];
    }
    return mix(h);
}

sm_shingler *sm_shingler_new(sm_view view, unsigned n)
{
    sm_shingler *s = sm_calloc(1, sizeof *s);
    s->view = view;
    s->n = n;
    s->leaving = 1;
    for (unsigned i = 0; i < n; i++) {
        s->leaving *= base;
    }
    return s;
}

void sm_shingler_free(sm_shingler *s)
{
    if (!s) return;
    sm_free(s->hashes);
    sm_free(s->sorted);
    sm_free(s);
}

void sm_shingler_use_words(sm_shingler *s, sm_tagger *tagger)
{
    s->tagger = tagger;
}

static void make_room(sm_shingler *s, size_t n)
{
    if (n <= s->cap) return;
    s->cap = n > 2 * s->cap ? n : 2 * s->cap;
    s->hashes = sm_realloc(s->hashes, s->cap * sizeof *s->hashes);
    s->sorted = sm_realloc(s->sorted, s->cap * sizeof *s->sorted);
}

/* roll hashes the text in blocks of code points; the last n of a block begin the next one. The first n − 1
 * windows of a text are not full: they roll in, and give nothing. Returns the number of shingles. */
static size_t roll(sm_shingler *s, sm_span text)
{
    const unsigned char *at = (const unsigned char *)text.p, *const end = at + text.n;
    uint32_t *const fresh = s->points + s->n; /* behind what the last block left */
    uint64_t h = 0;
    size_t seen = 0, n = 0;
    memset(s->points, 0, s->n * sizeof *s->points);
    while (at < end) {
        const size_t got = view_read(s->view, &at, end, fresh, BLOCK);
        make_room(s, n + got);
        for (size_t i = 0; i < got; i++) {
            h = h * base + fresh[i] - s->points[i] * s->leaving;
            s->hashes[n] = mix(h);
            n += ++seen >= s->n;
        }
        memmove(s->points, s->points + got, s->n * sizeof *s->points);
    }
    return n;
}

/* One word as a number: the hash of its view's first BLOCK code points; 0 points: no word. */
static bool word_hash(sm_shingler *s, sm_span word, uint64_t *hash)
{
    const unsigned char *at = (const unsigned char *)word.p;
    const size_t n = view_read(s->view, &at, at + word.n, s->points, BLOCK);
    uint64_t h = n;
    for (size_t i = 0; i < n; i++) {
        h = h * base + s->points[i];
    }
    *hash = mix(h);
    return n > 0;
}

/* The same as roll, over the words that MeCab finds. */
static size_t roll_words(sm_shingler *s, sm_span text)
{
    const sm_morpheme *morphemes = NULL;
    size_t n_morphemes = 0, seen = 0, n = 0;
    uint64_t h = 0, word = 0;
    if (sm_tagger_cut(s->tagger, text, &morphemes, &n_morphemes, NULL) < 0) return 0;
    make_room(s, n_morphemes);
    memset(s->words, 0, sizeof s->words);
    for (size_t i = 0; i < n_morphemes; i++) {
        const size_t begin = morphemes[i].begin;
        if (!word_hash(s, (sm_span){text.p + begin, morphemes[i].end - begin}, &word)) continue;
        uint64_t *leaves = &s->words[seen % s->n];
        h = h * base + word - *leaves * s->leaving;
        *leaves = word;
        s->hashes[n] = mix(h);
        n += ++seen >= s->n;
    }
    return n;
}

static int order(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Insertion sort, for few elements or for many that are nearly in order: it gives up, and leaves the rest to
 * the library, when more than `moves` moves were made. */
static void sort_nearly(uint64_t *h, size_t n, size_t moves)
{
    for (size_t i = 1; i < n; i++) {
        const uint64_t moving = h[i];
        size_t j = i;
        for (; j > 0 && h[j - 1] > moving; j--) {
            h[j] = h[j - 1];
        }
        h[j] = moving;
        if (i - j > moves) {
            qsort(h, n, sizeof *h, order);
            return;
        }
        moves -= i - j;
    }
}

/* One pass of a radix sort, stable, by the digit at `shift`; `count` holds how often each digit occurs. */
static void scatter(const uint64_t *from, uint64_t *to, size_t n, unsigned shift,
                    uint32_t *count)
{
    uint32_t at = 0;
    for (size_t d = 0; d < DIGITS; d++) {
        const uint32_t members = count[d];
        count[d] = at;
        at += members;
    }
    for (size_t i = 0; i < n; i++) {
        to[count[from[i] >> shift & (DIGITS - 1)]++] = from[i];
    }
}

/* Sorts s->hashes. They are uniform: after two passes over their first 22 bits hardly any two are out of order,
 * and those stand near each other. */
static void sort_hashes(sm_shingler *s, size_t n)
{
    uint32_t low[DIGITS], high[DIGITS];
    if (n <= FEW) {
        sort_nearly(s->hashes, n, SIZE_MAX);
        return;
    }
    memset(low, 0, sizeof low);
    memset(high, 0, sizeof high);
    for (size_t i = 0; i < n; i++) {
        low[s->hashes[i] >> LOW & (DIGITS - 1)]++;
        high[s->hashes[i] >> HIGH]++;
    }
    scatter(s->hashes, s->sorted, n, LOW, low);
    scatter(s->sorted, s->hashes, n, HIGH, high);
    sort_nearly(s->hashes, n, n * MOVES);
}

/* sort_distinct moves the hashes, each once and in order, to sorted. */
static size_t sort_distinct(sm_shingler *s, size_t n)
{
    sort_hashes(s, n);
    size_t kept = 0;
    for (size_t i = 0; i + 1 < n; i++) { /* without a branch that depends on the data */
        s->sorted[kept] = s->hashes[i];
        kept += s->hashes[i] != s->hashes[i + 1];
    }
    s->sorted[kept] = s->hashes[n - 1];
    return kept + 1;
}

size_t sm_shingle_set(sm_shingler *s, sm_span text, const uint64_t **set)
{
    const size_t n = s->tagger ? roll_words(s, text) : roll(s, text);
    *set = s->sorted;
    return n == 0 ? 0 : sort_distinct(s, n);
}

double sm_jaccard_limit(size_t n_a, size_t n_b)
{
    if (n_a == n_b) return 1;
    return n_a < n_b ? (double)n_a / (double)n_b : (double)n_b / (double)n_a;
}

double sm_jaccard(const uint64_t *a, size_t n_a, const uint64_t *b, size_t n_b)
{
    size_t i = 0, j = 0, both = 0;
    while (i < n_a && j < n_b) { /* without a branch that depends on the data */
        const uint64_t x = a[i], y = b[j];
        both += x == y;
        i += x <= y;
        j += y <= x;
    }
    const size_t any = n_a + n_b - both;
    return any == 0 ? 1 : (double)both / (double)any;
}
