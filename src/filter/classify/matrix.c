/* Which n-grams become features, and the documents as rows of them.
 *
 * The texts are read twice: once to count in how many documents each hash occurs, once to write the rows of the
 * most frequent ones (candidates). Then the rows alone tell how often a candidate goes with each label, and
 * those that tell labels apart best stay. All counts are sums of integers, so threads change nothing.
 * SPDX-License-Identifier: MIT */
#include "classify_internal.h"

#include <seimai/parallel.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CANDIDATES = 1 << 20, NONE = 0 /* in rank: no candidate */ };

typedef struct making {
    matrix *m;
    corpus *c;
    part p;
    distinct_set **sets;    /* [threads] */
    sm_buffer *rows;        /* [threads] of the present block */
    atomic_uint *documents; /* [HASHES] that hold a hash; later its rank: candidate + 1 */
    uint32_t *hashes;       /* [n] of the candidates */
    uint32_t *n_with;       /* [n] documents that hold it */
    size_t n;
    atomic_uint *with;  /* [n][labels] documents of the label that hold the candidate */
    uint32_t *chosen;   /* [n] feature + 1, or NONE */
    spool *rows_in;     /* of candidates */
    sm_buffer *scratch; /* [threads] */
} making;

/* ---- counting ----------------------------------------------------------------------------------- */

static int count_document(void *shared, unsigned worker, size_t document, sm_span text,
                          sm_error *err)
{
    (void)document;
    making *const k = shared;
    const uint32_t *hashes = NULL;
    size_t n = 0;
    SM_TRY(classify_distinct_hashes(k->sets[worker], text, &hashes, &n, err));
    for (size_t i = 0; i < n; i++)
        atomic_fetch_add_explicit(&k->documents[hashes[i]], 1, memory_order_relaxed);
    return SM_OK;
}

/* The smallest number of documents, min_documents or more, that leaves at most CANDIDATES. */
static uint32_t least_documents(const making *k)
{
    enum { MOST = 1 << 16 };
    uint32_t *const histogram = sm_calloc(MOST, sizeof *histogram);
    const uint64_t floor = k->c->options.min_documents;
    for (size_t h = 0; h < HASHES; h++) {
        const uint32_t n = k->documents[h];
        histogram[n < MOST ? n : MOST - 1]++;
    }
    uint32_t least = MOST - 1;
    size_t left = histogram[least];
    while (least > floor && left + histogram[least - 1] <= CANDIDATES)
        left += histogram[--least];
    sm_free(histogram);
    return least > floor ? least : (uint32_t)floor;
}

static void choose_candidates(making *k)
{
    const uint32_t least = least_documents(k);
    k->hashes = sm_malloc(CANDIDATES * sizeof *k->hashes);
    k->n_with = sm_malloc(CANDIDATES * sizeof *k->n_with);
    for (uint32_t h = 0; h < HASHES; h++) {
        const uint32_t n = k->documents[h];
        k->documents[h] = NONE;
        if (n < least || k->n == CANDIDATES) continue;
        k->hashes[k->n] = h;
        k->n_with[k->n++] = n;
        k->documents[h] = (uint32_t)k->n;
    }
}

/* ---- rows ------------------------------------------------------------------------------------------ */

static int write_row(void *shared, unsigned worker, size_t document, sm_span text,
                     sm_error *err)
{
    (void)document;
    making *const k = shared;
    sm_buffer *const b = &k->rows[worker];
    const uint32_t *hashes = NULL;
    size_t n = 0;
    SM_TRY(classify_distinct_hashes(k->sets[worker], text, &hashes, &n, err));
    uint32_t *const row = (void *)sm_buffer_reserve(b, (n + 1) * sizeof *row);
    uint32_t used = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t rank = k->documents[hashes[i]];
        row[used + 1] = rank - 1;
        used += rank != NONE;
    }
    row[0] = used;
    b->n += (used + 1) * sizeof *row;
    return SM_OK;
}

static int end_rows(void *shared, unsigned worker, size_t block, sm_error *err)
{
    making *const k = shared;
    const int status =
        classify_spool_put(k->rows_in, block, sm_buffer_span(&k->rows[worker]), err);
    sm_buffer_clear(&k->rows[worker]);
    return status;
}

/* ---- labels ----------------------------------------------------------------------------------------- */

static int count_labels(void *shared, unsigned worker, size_t block, sm_error *err)
{
    making *const k = shared;
    const corpus *const c = k->c;
    sm_span rows;
    SM_TRY(classify_spool_get(k->rows_in, block, &k->scratch[worker], &rows, err));
    const uint32_t *row = (const void *)rows.p;
    const text_block *const b = &c->blocks[block];
    for (size_t d = b->first; d < b->first + b->n; d++) {
        if (!classify_part_has(c, k->p, &c->documents[d])) continue;
        const uint64_t labels = c->documents[d].labels;
        for (uint64_t left = labels; left; left &= left - 1) {
            atomic_uint *const with = k->with + __builtin_ctzll(left);
            for (uint32_t i = 1; i <= row[0]; i++)
                atomic_fetch_add_explicit(&with[row[i] * c->n_labels], 1, memory_order_relaxed);
        }
        row += row[0] + 1;
    }
    return SM_OK;
}

static double cell(double seen, double expected)
{
    return seen > 0 ? seen * log(seen / expected) : 0;
}

double classify_matrix_surprise(const uint32_t *with, const uint64_t *of_label, size_t n_labels,
                                uint64_t n_with, uint64_t n_all)
{
    const double share = (double)n_with / (double)n_all;
    double sum = 0;
    for (size_t l = 0; l < n_labels; l++) {
        const double all = (double)of_label[l];
        sum += cell(with[l], all * share) + cell(all - with[l], all * (1 - share));
    }
    return 2 * sum;
}

typedef struct scored {
    double surprise;
    uint32_t candidate;
} scored;

static int order_scored(const void *a, const void *b)
{
    const scored *const x = a, *const y = b;
    if (x->surprise != y->surprise) return x->surprise > y->surprise ? -1 : 1;
    return (x->candidate > y->candidate) - (x->candidate < y->candidate);
}

/* Exclusive labels make one table; each independent label makes one of its own, has it or not. */
static double surprise_of(const making *k, size_t candidate, const uint64_t *of_label,
                          uint64_t n_with)
{
    const size_t n = k->c->n_labels;
    uint32_t with[SM_CLASSIFIER_LABELS];
    for (size_t l = 0; l < n; l++)
        with[l] = k->with[candidate * n + l];
    const uint64_t all = k->m->n_rows;
    if (!k->c->options.independent)
        return classify_matrix_surprise(with, of_label, n, n_with, all);
    double sum = 0;
    for (size_t l = 0; l < n; l++) {
        const uint32_t two[2] = {with[l], (uint32_t)n_with - with[l]};
        const uint64_t of_two[2] = {of_label[l], all - of_label[l]};
        sum += classify_matrix_surprise(two, of_two, 2, n_with, all);
    }
    return sum;
}

/* Two features never share the upper bits of their hash: the scorer's table has a slot for one. */
static unsigned slot_shift(size_t features)
{
    unsigned bits = 10;
    while (bits < HASH_BITS && (size_t)1 << bits < 4 * features)
        bits++;
    return HASH_BITS - bits;
}

static size_t best_of_slots(const making *k, const uint64_t *of_label, scored *best)
{
    const unsigned shift = slot_shift(k->c->options.features);
    size_t n = 0;
    for (size_t i = 0; i < k->n; i++) {
        const scored s = {surprise_of(k, i, of_label, k->n_with[i]), (uint32_t)i};
        const bool same =
            n > 0 && k->hashes[best[n - 1].candidate] >> shift == k->hashes[i] >> shift;
        if (s.surprise < 1e-6) continue; /* the same share of every label: it says nothing */
        if (!same) best[n++] = s;
        if (same && s.surprise > best[n - 1].surprise) best[n - 1] = s;
    }
    return n;
}

static void choose_features(making *k, const uint64_t *of_label)
{
    scored *const best = sm_malloc((k->n + 1) * sizeof *best);
    size_t n = best_of_slots(k, of_label, best);
    qsort(best, n, sizeof *best, order_scored);
    if (n > k->c->options.features) n = k->c->options.features;
    k->chosen = sm_calloc(k->n + 1, sizeof *k->chosen);
    for (size_t i = 0; i < n; i++)
        k->chosen[best[i].candidate] = 1;
    sm_free(best);
    k->m->hashes = sm_malloc((n + 1) * sizeof *k->m->hashes);
    for (size_t i = 0; i < k->n; i++) {
        if (!k->chosen[i]) continue;
        k->m->hashes[k->m->n++] = k->hashes[i];
        k->chosen[i] = (uint32_t)k->m->n;
    }
}

/* ---- the final rows ----------------------------------------------------------------------------------- */

static int keep_chosen(void *shared, unsigned worker, size_t block, sm_error *err)
{
    making *const k = shared;
    sm_buffer *const b = &k->rows[worker];
    sm_span rows;
    SM_TRY(classify_spool_get(k->rows_in, block, &k->scratch[worker], &rows, err));
    const uint32_t *row = (const void *)rows.p, *const end = row + rows.n / sizeof *row;
    for (; row < end; row += row[0] + 1) {
        uint32_t *const kept = (void *)sm_buffer_reserve(b, (row[0] + 1) * sizeof *kept);
        uint32_t n = 0;
        for (uint32_t i = 1; i <= row[0]; i++) {
            kept[n + 1] = k->chosen[row[i]] - 1;
            n += k->chosen[row[i]] != NONE;
        }
        kept[0] = n;
        b->n += (n + 1) * sizeof *kept;
    }
    const int status = classify_spool_put(k->m->rows, block, sm_buffer_span(b), err);
    sm_buffer_clear(b);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------------------ */

/* Documents of each label in the part. */
static void count_part(const making *k, uint64_t *of_label)
{
    for (size_t d = 0; d < k->c->n_documents; d++) {
        const example *const doc = &k->c->documents[d];
        if (!classify_part_has(k->c, k->p, doc)) continue;
        k->m->n_rows++;
        for (size_t l = 0; l < k->c->n_labels; l++)
            of_label[l] += doc->labels >> l & 1;
    }
}

static int each_block(making *k,
                      int (*fn)(void *shared, unsigned worker, size_t block, sm_error *err),
                      sm_error *err)
{
    return sm_parallel(k->c->options.threads, k->c->n_blocks, fn, k, err);
}

static int make(making *k, sm_error *err)
{
    const corpus_walk count = {count_document, NULL, k}, write = {write_row, end_rows, k};
    uint64_t of_label[SM_CLASSIFIER_LABELS] = {0};
    SM_TRY(classify_corpus_each(k->c, k->p, &count, err));
    choose_candidates(k);
    SM_TRY(classify_corpus_each(k->c, k->p, &write, err));
    k->with = sm_calloc(k->n * k->c->n_labels + 1, sizeof *k->with);
    count_part(k, of_label);
    SM_TRY(each_block(k, count_labels, err));
    choose_features(k, of_label);
    if (k->m->n == 0)
        SM_FAIL(err, SM_EUSAGE, "no n-gram stands in %llu documents and tells labels apart",
                (unsigned long long)k->c->options.min_documents);
    return each_block(k, keep_chosen, err);
}

static int begin(making *k, sm_error *err)
{
    corpus *const c = k->c;
    const unsigned threads = c->options.threads;
    k->documents = sm_calloc(HASHES, sizeof *k->documents);
    k->sets = sm_calloc(threads, sizeof *k->sets);
    k->rows = sm_calloc(threads, sizeof *k->rows);
    k->scratch = sm_calloc(threads, sizeof *k->scratch);
    for (unsigned i = 0; i < threads; i++) {
        k->sets[i] = classify_distinct_new(&c->options);
        k->rows[i] = sm_buffer_make(SIZE_MAX / 2);
        k->scratch[i] = sm_buffer_make(SIZE_MAX / 2);
    }
    SM_TRY(
        classify_spool_new(&k->rows_in, c->options.folder, &c->held, c->options.memory, err));
    SM_TRY(
        classify_spool_new(&k->m->rows, c->options.folder, &c->held, c->options.memory, err));
    classify_spool_size(k->rows_in, c->n_blocks);
    classify_spool_size(k->m->rows, c->n_blocks);
    return SM_OK;
}

static void end(making *k)
{
    for (unsigned i = 0; i < k->c->options.threads; i++) {
        classify_distinct_free(k->sets[i]);
        sm_buffer_free(&k->rows[i]);
        sm_buffer_free(&k->scratch[i]);
    }
    sm_free(k->sets);
    sm_free(k->rows);
    sm_free(k->scratch);
    sm_free(k->documents);
    sm_free(k->hashes);
    sm_free(k->n_with);
    sm_free(k->with);
    sm_free(k->chosen);
    classify_spool_free(k->rows_in);
}

int classify_matrix_make(matrix *m, corpus *c, part p, sm_error *err)
{
    making k = {.m = m, .c = c, .p = p};
    int status = begin(&k, err);
    if (status == SM_OK) status = make(&k, err);
    end(&k);
    return status;
}

void classify_matrix_free(matrix *m)
{
    classify_spool_free(m->rows);
    sm_free(m->hashes);
    *m = (matrix){0};
}
