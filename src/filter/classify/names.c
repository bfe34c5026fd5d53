/* The strongest features in readable form: the texts behind their hashes, found by reading the documents once more.
 * SPDX-License-Identifier: MIT */
#include "classify_internal.h"

#include <seimai/utf8.h>

#include <stdlib.h>
#include <string.h>

/* One text that has a wanted hash. */
typedef struct found {
    uint32_t hash;
    unsigned order;
    bool word;
    sm_span text;
    uint64_t documents;
    size_t last; /* document + 1 that counted last */
} found;

/* What one thread found: a list, and an index into it by hash. */
typedef struct finder {
    ngram_reader *reader;
    const uint64_t *wanted; /* [HASHES / 64] bits */
    sm_arena arena;
    found *list;
    size_t n, cap;
    uint32_t *index; /* [size] place in the list + 1; 0: free */
    size_t size;
    size_t document;
} finder;

/* ---- which ------------------------------------------------------------------------------------- */

/* How strongly feature i speaks for label l. */
static double pull(const sm_classifier *m, size_t i, size_t l)
{
    if (m->columns == m->n_labels) return m->weights[i * m->columns + l] * m->scale[l];
    const double w = m->weights[i] * m->scale[0];
    return l == 1 ? w : -w;
}

static int order_strength(const void *a, const void *b)
{
    const shown_feature *const x = a, *const y = b;
    if (x->weight != y->weight) return x->weight > y->weight ? -1 : 1;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

static void choose_strongest(sm_classifier *m, size_t l, shown_feature *all)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++) {
        const double weight = pull(m, i, l);
        if (weight > 0) all[n++] = (shown_feature){.hash = m->hashes[i], .weight = weight};
    }
    qsort(all, n, sizeof *all, order_strength);
    m->n_shown[l] = n < m->options.shown ? n : m->options.shown;
    m->shown[l] = sm_arena_zalloc(&m->arena, m->n_shown[l] + 1, sizeof *m->shown[l]);
    memcpy(m->shown[l], all, m->n_shown[l] * sizeof *all);
}

/* ---- texts --------------------------------------------------------------------------------------- */

static void grow_index(finder *f)
{
    sm_free(f->index);
    f->size = f->size ? 2 * f->size : 1024;
    f->index = sm_calloc(f->size, sizeof *f->index);
    for (size_t i = 0; i < f->n; i++) {
        size_t at = sm_hash64_seeded(f->list[i].text, f->list[i].hash) & (f->size - 1);
        while (f->index[at])
            at = (at + 1) & (f->size - 1);
        f->index[at] = (uint32_t)(i + 1);
    }
}

static void count_text(finder *f, uint32_t hash, unsigned order, bool word, sm_span text)
{
    if (2 * f->n >= f->size) grow_index(f);
    size_t at = sm_hash64_seeded(text, hash) & (f->size - 1);
    found *seen = NULL;
    for (; f->index[at]; at = (at + 1) & (f->size - 1)) {
        seen = &f->list[f->index[at] - 1];
        if (seen->hash == hash && seen->word == word && sm_span_equal(seen->text, text)) break;
    }
    if (!f->index[at]) {
        f->list = sm_array_grow(f->list, f->n, &f->cap, sizeof *f->list);
        seen = &f->list[f->n++];
        *seen = (found){hash, order, word, sm_arena_copy(&f->arena, text), 0, 0};
        f->index[at] = (uint32_t)f->n;
    }
    seen->documents += seen->last != f->document + 1;
    seen->last = f->document + 1;
}

static void name_characters(finder *f, const ngram_run *run, size_t i)
{
    char text[4 * SM_CLASSIFIER_ORDER];
    size_t n = 0;
    for (unsigned k = run->order; k-- > 0;)
        n += sm_utf8_put(*(run->ends + i - k), text + n);
    count_text(f, run->hashes[i], run->order, false, (sm_span){text, n});
}

/* Words as they are hashed: small letters, digits as 0. */
static void put_folded(sm_buffer *b, sm_span word)
{
    for (size_t i = 0; i < word.n; i++) {
        const char c = word.p[i];
        const bool capital = c >= 'A' && c <= 'Z', digit = c >= '0' && c <= '9';
        sm_buffer_putc(b, digit ? '0' : capital ? (char)(c + ('a' - 'A')) : c);
    }
}

static void name_words(finder *f, const ngram_run *run, size_t i)
{
    enum { LONGEST = 1 << 20 };
    sm_buffer text = sm_buffer_make(LONGEST);
    if (run->order == WORD_ORDERS) {
        put_folded(&text, run->previous[i]);
        sm_buffer_putc(&text, ' ');
    }
    put_folded(&text, run->words[i]);
    count_text(f, run->hashes[i], run->order, true, sm_buffer_span(&text));
    sm_buffer_free(&text);
}

static void look_at(void *to, const ngram_run *run)
{
    finder *const f = to;
    for (size_t i = 0; i < run->n; i++) {
        if (!(f->wanted[run->hashes[i] >> 6] >> (run->hashes[i] & 63) & 1)) continue;
        if (run->words)
            name_words(f, run, i);
        else
            name_characters(f, run, i);
    }
}

static int read_document(void *shared, unsigned worker, size_t document, sm_span text,
                         sm_error *err)
{
    finder *const f = (finder *)shared + worker;
    f->document = document;
    return classify_ngram_walk(f->reader, text, look_at, f, err);
}

/* ---- the commonest text of each hash --------------------------------------------------------------- */

static int order_found(const void *a, const void *b)
{
    const found *const x = a, *const y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    if (x->word != y->word) return x->word ? 1 : -1;
    return sm_span_order(x->text, y->text);
}

/* Adds up what the threads found; the result is in the order of the hashes. */
static found *merge(const finder *finders, unsigned threads, size_t *n)
{
    size_t all = 0;
    for (unsigned t = 0; t < threads; t++)
        all += finders[t].n;
    found *const list = sm_malloc((all + 1) * sizeof *list);
    all = 0;
    for (unsigned t = 0; t < threads; t++)
        for (size_t i = 0; i < finders[t].n; i++)
            list[all++] = finders[t].list[i];
    qsort(list, all, sizeof *list, order_found);
    *n = 0;
    for (size_t i = 0; i < all; i++) {
        if (*n > 0 && order_found(&list[*n - 1], &list[i]) == 0)
            list[*n - 1].documents += list[i].documents;
        else
            list[(*n)++] = list[i];
    }
    return list;
}

static void name_feature(shown_feature *shown, const found *list, size_t n, sm_arena *arena)
{
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (list[middle].hash < shown->hash)
            low = middle + 1;
        else
            high = middle;
    }
    uint64_t all = 0;
    for (size_t i = low; i < n && list[i].hash == shown->hash; i++) {
        all += list[i].documents;
        if (list[i].documents <= shown->documents) continue;
        shown->text = list[i].text;
        shown->order = list[i].order;
        shown->word = list[i].word;
        shown->documents = list[i].documents;
    }
    shown->others = all - shown->documents;
    shown->text = sm_arena_copy(arena, shown->text);
}

int classify_names_find(sm_classifier *m, corpus *c, part p, sm_error *err)
{
    const unsigned threads = c->options.threads;
    uint64_t *const wanted = sm_calloc(HASHES / 64, sizeof *wanted);
    finder *const finders = sm_calloc(threads, sizeof *finders);
    shown_feature *const scratch = sm_malloc((m->n + 1) * sizeof *scratch);
    for (size_t l = 0; l < m->n_labels; l++) {
        choose_strongest(m, l, scratch);
        for (size_t i = 0; i < m->n_shown[l]; i++)
            wanted[m->shown[l][i].hash >> 6] |= (uint64_t)1 << (m->shown[l][i].hash & 63);
    }
    for (unsigned t = 0; t < threads; t++)
        finders[t] =
            (finder){.reader = classify_ngram_reader_new(&c->options), .wanted = wanted};
    const corpus_walk walk = {read_document, NULL, finders};
    const int status = classify_corpus_each(c, p, &walk, err);
    size_t n = 0;
    found *const list = merge(finders, threads, &n);
    for (size_t l = 0; l < m->n_labels; l++)
        for (size_t i = 0; i < m->n_shown[l]; i++)
            name_feature(&m->shown[l][i], list, n, &m->arena);
    sm_free(list);
    for (unsigned t = 0; t < threads; t++) {
        classify_ngram_reader_free(finders[t].reader);
        sm_arena_free(&finders[t].arena);
        sm_free(finders[t].list);
        sm_free(finders[t].index);
    }
    sm_free(scratch);
    sm_free(finders);
    sm_free(wanted);
    return status;
}
