/* BPE training as its definition says: count all pairs, merge the best one, begin again. The oracle.
 * SPDX-License-Identifier: MIT
 *
 * Bytes are merged here one by one even where tokens have to be whole: what such a token is decides a look at its
 * bytes, and nothing else is shared with the trainer but the alphabet, the priority and the table of pairs. */
#include <seimai/bpe_train.h>
#include <seimai/utf8.h>

#include "letters.h"
#include "options.h"
#include "places.h"

#include <string.h>

typedef struct word {
    uint32_t *symbols; /* WALL for what never merges */
    uint32_t *ends;    /* byte offset at which each symbol ends */
    size_t n;
    sm_count_entry entry;
} word;

typedef struct naive {
    const sm_bpe_options *o;
    sm_merges *out;
    letters letters;
    word *words;
    size_t n, merges, inner; /* words; merges in all; those inside a character */
    sm_arena arena;
    sm_buffer spelled;
} naive;

/* ---- the words -------------------------------------------------------------------------------- */

static void put_symbol(word *w, uint32_t symbol, size_t end)
{
    w->symbols[w->n] = symbol;
    w->ends[w->n++] = (uint32_t)end;
}

/* One character: a symbol, or its bytes. */
static void put_character(const naive *t, word *w, uint32_t c, size_t start, size_t end)
{
    if (t->o->alphabet == SM_ALPHABET_CHARACTERS) {
        const uint32_t unit = t->letters.unit_of[c];
        put_symbol(w, unit == NO_LETTER ? WALL : 256 + unit, end);
        return;
    }
    for (size_t i = start; i < end; i++) {
        const uint32_t s = sm_symbol_of_byte((uint8_t)w->entry.bytes.p[i]);
        put_symbol(w, s, i + 1);
    }
}

static void put_bytes(const naive *t, word *w)
{
    const sm_span s = w->entry.bytes;
    for (size_t at = 0, valid = 0; at < s.n;) {
        if (at >= valid) valid = at + sm_utf8_check((sm_span){s.p + at, s.n - at});
        const char *p = s.p + at;
        const bool good = at < valid;
        const uint32_t c = good ? sm_utf8_next(&p, s.p + valid) : (uint8_t)*p++;
        const size_t end = (size_t)(p - s.p);
        if (good)
            put_character(t, w, c, at, end);
        else
            put_symbol(w,
                       t->o->alphabet == SM_ALPHABET_ANY_BYTES ? sm_symbol_of_byte((uint8_t)c)
                                                               : WALL,
                       end);
        at = end;
    }
}

static void make_words(naive *t, const sm_counts *counts)
{
    t->n = sm_counts_size(counts);
    t->words = sm_arena_zalloc(&t->arena, t->n + 1, sizeof *t->words);
    for (size_t i = 0; i < t->n; i++) {
        word *w = &t->words[i];
        w->entry = sm_counts_get(counts, i);
        w->symbols = sm_arena_zalloc(&t->arena, w->entry.bytes.n, sizeof *w->symbols);
        w->ends = sm_arena_zalloc(&t->arena, w->entry.bytes.n, sizeof *w->ends);
        put_bytes(t, w);
    }
}

/* ---- counting and merging --------------------------------------------------------------------- */

static uint64_t crossings_at(const sm_count_entry *e, uint32_t offset)
{
    for (size_t i = 0; i < e->n_edges; i++)
        if (e->edges[i] == offset) return e->crossings ? e->crossings[i] : e->count;
    return 0;
}

/* A junction inside a character is no edge, and needs no MeCab to know it. */
static bool is_inner(const naive *t, const word *w, uint32_t offset)
{
    return t->o->alphabet == SM_ALPHABET_BYTES && (w->entry.bytes.p[offset] & 0xC0) == 0x80;
}

static void count_word(const naive *t, const word *w, pairs *table)
{
    for (size_t k = 0; k + 1 < w->n; k++) {
        if (w->symbols[k] == WALL || w->symbols[k + 1] == WALL) continue;
        const uint64_t key = pair_key(w->symbols[k], w->symbols[k + 1]);
        const bool inner = is_inner(t, w, w->ends[k]);
        pair *p = pairs_find(table, key);
        if (!p) p = pairs_add(table, key);
        p->sum.count += (int64_t)w->entry.count;
        p->sum.known += inner || !w->entry.untagged ? (int64_t)w->entry.count : 0;
        p->sum.crossings += inner ? 0 : (int64_t)crossings_at(&w->entry, w->ends[k]);
    }
}

static size_t merge_symbols(uint32_t *symbols, uint32_t *ends, size_t n, uint64_t key,
                            uint32_t made)
{
    size_t to = 0;
    for (size_t k = 0; k < n; k++, to++) {
        const bool hit = k + 1 < n && pair_key(symbols[k], symbols[k + 1]) == key;
        symbols[to] = hit ? made : symbols[k];
        k += hit;
        if (ends) ends[to] = ends[k];
    }
    return to;
}

static bool stands_in(const word *w, uint64_t key)
{
    for (size_t k = 0; k + 1 < w->n; k++)
        if (pair_key(w->symbols[k], w->symbols[k + 1]) == key) return true;
    return false;
}

/* ---- what a token may be ---------------------------------------------------------------------- */

/* Characters, all of them complete, or a part of one. */
static bool is_whole(sm_span s)
{
    size_t begins = 0;
    for (size_t i = 0; i < s.n; i++)
        begins += (s.p[i] & 0xC0) != 0x80;
    if (sm_utf8_check(s) == s.n || begins == 0) return true;
    return begins == 1 && (s.p[0] & 0xC0) != 0x80;
}

static bool has_digit(const naive *t, sm_span s)
{
    bool found = false;
    for (size_t i = 0; i < s.n; i++) {
        const sm_span rest = {s.p + i, s.n - i};
        const bool wide = t->o->alphabet != SM_ALPHABET_ANY_BYTES && rest.n >= 3 &&
                          sm_span_starts(rest, SM_SPAN("\xEF\xBC")) &&
                          (uint8_t)rest.p[2] >= 0x90 && (uint8_t)rest.p[2] <= 0x99;
        found |= wide || (s.p[i] >= '0' && s.p[i] <= '9');
    }
    return found;
}

static bool has_documents(const naive *t, uint64_t key)
{
    uint64_t documents = 0;
    for (size_t i = 0; i < t->n; i++)
        if (stands_in(&t->words[i], key)) documents += t->words[i].entry.documents;
    return documents >= t->o->min_documents;
}

static bool is_allowed(naive *t, uint64_t key)
{
    const sm_bpe_options *o = t->o;
    sm_buffer_clear(&t->spelled);
    sm_merges_spell(t->out, pair_left(key), &t->spelled);
    sm_merges_spell(t->out, pair_right(key), &t->spelled);
    const sm_span s = sm_buffer_span(&t->spelled);
    size_t chars = 0;
    for (size_t i = 0; i < s.n; i++)
        chars += (s.p[i] & 0xC0) != 0x80;
    if (o->max_chars && chars > o->max_chars) return false;
    if (o->alphabet == SM_ALPHABET_BYTES && !is_whole(s)) return false;
    const size_t one =
        o->alphabet == SM_ALPHABET_ANY_BYTES ? 0 : 1; /* a digit's own bytes may merge */
    if (o->digits_apart && chars > one && has_digit(t, s)) return false;
    for (size_t i = 0; i < o->n_vetoed; i++)
        if (sm_span_equal(s, o->vetoed[i])) return false;
    const bool inner = o->alphabet == SM_ALPHABET_BYTES && chars <= 1;
    return o->min_documents == 0 || inner || has_documents(t, key);
}

static const pair *best_of(naive *t, const pairs *table, bool soft)
{
    const int64_t weight = soft ? llround(t->o->weight * PRIORITY_UNIT) : 0;
    const pair *best = NULL;
    int64_t most = (int64_t)t->o->min_count * PRIORITY_UNIT;
    for (size_t i = 0; i < table->n; i++) {
        const pair *p = &table->p[i];
        const int64_t now = tally_priority(&p->sum, weight);
        const bool better =
            best ? now > most || (now == most && p->key < best->key) : now >= most;
        if (!better || !is_allowed(t, p->key)) continue;
        best = p;
        most = now;
    }
    return best;
}

static uint32_t put_merge(naive *t, uint64_t key, uint64_t count)
{
    t->out->counts[t->out->n] = count;
    t->out->p[t->out->n] = (sm_merge){pair_left(key), pair_right(key)};
    return (uint32_t)(256 + t->out->n_chars + t->out->n++);
}

static bool is_inner_token(naive *t, uint32_t symbol)
{
    size_t begins = 0;
    sm_buffer_clear(&t->spelled);
    sm_merges_spell(t->out, symbol, &t->spelled);
    for (size_t i = 0; i < t->spelled.n; i++)
        begins += (t->spelled.p[i] & 0xC0) != 0x80;
    return begins <= 1;
}

static bool step(naive *t, bool soft)
{
    pairs table = {0};
    for (size_t i = 0; i < t->n; i++)
        count_word(t, &t->words[i], &table);
    const pair *p = best_of(t, &table, soft);
    if (p) {
        const uint32_t made = put_merge(t, p->key, (uint64_t)p->sum.count);
        t->out->n_aligned += soft;
        t->inner += t->o->alphabet == SM_ALPHABET_BYTES && is_inner_token(t, made);
        for (size_t i = 0; i < t->n; i++) {
            word *w = &t->words[i];
            w->n = merge_symbols(w->symbols, w->ends, w->n, p->key, made);
        }
    }
    pairs_fini(&table);
    return p != NULL;
}

/* ---- required characters ---------------------------------------------------------------------- */

/* All merges so far on one character's bytes, in their order; what is left is merged from the left. */
static void require(naive *t, uint32_t c)
{
    char bytes[4];
    uint32_t s[4];
    size_t n = sm_utf8_put(c, bytes);
    for (size_t i = 0; i < n; i++)
        s[i] = sm_symbol_of_byte((uint8_t)bytes[i]);
    for (size_t i = 0; i < t->out->n; i++)
        n = merge_symbols(s, NULL, n, pair_key(t->out->p[i].left, t->out->p[i].right),
                          (uint32_t)(256 + i));
    while (n > 1) {
        const uint64_t key = pair_key(s[0], s[1]);
        n = merge_symbols(s, NULL, n, key, put_merge(t, key, 0));
    }
}

/* How many merges the required characters would take now; they are kept if `keep`. */
static size_t require_all(naive *t, bool keep)
{
    const size_t before = t->out->n;
    if (t->o->alphabet == SM_ALPHABET_BYTES)
        for (size_t i = 0; i < t->o->n_required; i++)
            require(t, t->o->required[i]);
    const size_t n = t->out->n - before;
    if (!keep) t->out->n = before;
    return n;
}

static int start(naive *t, const sm_counts *counts, sm_error *err)
{
    const sm_bpe_options *o = t->o;
    letters_init(&t->letters, counts);
    t->merges = o->merges;
    if (o->alphabet == SM_ALPHABET_CHARACTERS) {
        letters_choose_covering(&t->letters, o->coverage, o->required, o->n_required);
        if (t->letters.n > o->merges) SM_FAIL(err, SM_EUSAGE, "the alphabet is too large");
        t->merges -= t->letters.n;
        t->out->n_chars = t->letters.n;
        t->out->chars = sm_malloc((t->letters.n + 1) * sizeof *t->out->chars);
        for (size_t i = 0; i < t->letters.n; i++)
            t->out->chars[i] = t->letters.code[i];
    }
    const size_t room = t->merges + 3 * o->n_required;
    t->out->p = sm_malloc(room * sizeof *t->out->p);
    t->out->counts = sm_malloc(room * sizeof *t->out->counts);
    make_words(t, counts);
    if (require_all(t, false) > t->merges)
        SM_FAIL(err, SM_EUSAGE, "the required characters take too many symbols");
    return 0;
}

static void learn(naive *t, bool soft)
{
    while (t->out->n + require_all(t, false) < t->merges) {
        const double outer = t->o->aligned * (double)(t->merges - t->inner);
        soft &= t->out->n - t->inner < (size_t)llround(outer);
        if (step(t, soft)) continue;
        if (!soft || t->o->aligned >= 1) break;
        soft = false;
    }
    (void)require_all(t, true);
}

int sm_bpe_train_naive(const sm_counts *counts, const sm_bpe_options *o, sm_merges *merges,
                       sm_error *err)
{
    *merges = (sm_merges){.alphabet = o->alphabet};
    SM_TRY(bpe_check_options(counts, o, err));
    naive t = {.o = o, .out = merges, .spelled = sm_buffer_make(UINT32_MAX)};
    const int rc = start(&t, counts, err);
    if (rc == 0) learn(&t, o->weight > 0 && o->aligned > 0 && sm_counts_is_tagged(counts));
    letters_fini(&t.letters);
    sm_arena_free(&t.arena);
    sm_buffer_free(&t.spelled);
    if (rc < 0) sm_merges_free(merges);
    return rc;
}
