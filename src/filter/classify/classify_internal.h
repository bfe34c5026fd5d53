/* What the files of src/filter/classify share.
 * SPDX-License-Identifier: MIT */
#ifndef SM_CLASSIFY_INTERNAL_H
#define SM_CLASSIFY_INTERNAL_H

#include <seimai/classifier.h>
#include <seimai/hash.h>

#include <stdatomic.h>

enum {
    HASH_BITS = 24,
    HASHES = 1 << HASH_BITS,
    WORD_ORDERS = 2 /* words and pairs of words */
};

/* ---- ngrams.c: a text as the hashes of its n-grams ------------------------------------------- */

/* Some n-grams of one order, in the text's order. */
typedef struct ngram_run {
    const uint32_t *hashes; /* [n], below HASHES */
    size_t n;
    unsigned order;
    const uint32_t
        *ends; /* [n] characters: the last code point of each; the others stand before it */
    const sm_span *words;    /* [n] morphemes (ends is NULL): the last word of each, … */
    const sm_span *previous; /* … and the word before it */
} ngram_run;

typedef void ngram_sink(void *to, const ngram_run *run);

typedef struct ngram_reader ngram_reader; /* one a thread */

ngram_reader *classify_ngram_reader_new(const sm_classifier_options *options);
void classify_ngram_reader_free(ngram_reader *reader);
/* classify_ngram_walk hands all n-grams of a text to the sink. */
int classify_ngram_walk(ngram_reader *reader, sm_span text, ngram_sink *sink, void *to,
                        sm_error *err);
/* The kernels: hashes[i] is that of the n-gram which ends at points[i]. */
typedef void ngram_kernel(unsigned order, const uint32_t *points, size_t n, uint32_t *hashes);
ngram_kernel classify_ngram_hash_portable, classify_ngram_hash_avx2, classify_ngram_hash_avx512;
/* Kernel i of those that this machine has, the fastest last; NULL past the last. */
ngram_kernel *classify_ngram_kernel_at(size_t i);

/* ---- distinct.c: which hashes a text holds, each once ------------------------------------------ */

typedef struct distinct_set distinct_set;

distinct_set *classify_distinct_new(const sm_classifier_options *options);
void classify_distinct_free(distinct_set *set);
/* The array is the set's, valid until the next call, in the order of first occurrence. */
int classify_distinct_hashes(distinct_set *set, sm_span text, const uint32_t **hashes,
                             size_t *n, sm_error *err);

/* ---- spool.c: blocks of bytes, in memory as far as it goes, then in a file --------------------- */

typedef struct spool spool;

/* classify_spool_new: `limit` bytes may be held by all spools that share `held`. */
int classify_spool_new(spool **s, const char *folder, atomic_size_t *held, size_t limit,
                       sm_error *err);
void classify_spool_free(spool *s);
/* classify_spool_size says how many blocks there will be; not while others put. */
void classify_spool_size(spool *s, size_t n);
/* classify_spool_put stores block i, once; blocks may be put by several threads. */
int classify_spool_put(spool *s, size_t i, sm_span bytes, sm_error *err);
/* classify_spool_get gives a block that lives in the spool or, read from its file, in `scratch`. */
int classify_spool_get(const spool *s, size_t i, sm_buffer *scratch, sm_span *bytes,
                       sm_error *err);

/* ---- trainer.c: the documents ------------------------------------------------------------------- */

typedef struct example {
    uint64_t labels; /* a bit each, in the labels' final order */
    uint32_t bytes;  /* of the text, in its block */
    uint32_t id;     /* upper half of the id's hash: decides the split */
} example;

/* Documents of one block: their texts stand behind each other in spool block i. */
typedef struct text_block {
    size_t first, n;
} text_block;

typedef struct corpus {
    sm_classifier_options options;
    sm_span *labels; /* byte order */
    size_t n_labels;
    example *documents;
    size_t n_documents;
    text_block *blocks;
    size_t n_blocks;
    spool *texts;
    atomic_size_t held; /* bytes of all spools in memory */
} corpus;

/* A part of the documents: those whose id falls into the fold, or all others. */
typedef struct part {
    unsigned folds; /* 0: the held-out share decides */
    unsigned fold;
    bool inside;
    bool all;
} part;

bool classify_part_has(const corpus *c, part p, const example *d);
/* classify_corpus_each calls `each` for every document of the part, blocks in parallel, a block's documents in order, and
 * `end` (may be NULL) after each block, whether it had such documents or not. */
typedef struct corpus_walk {
    int (*each)(void *shared, unsigned worker, size_t document, sm_span text, sm_error *err);
    int (*end)(void *shared, unsigned worker, size_t block, sm_error *err);
    void *shared;
} corpus_walk;
int classify_corpus_each(const corpus *c, part p, const corpus_walk *walk, sm_error *err);

/* Columns of weights: one for two exclusive labels, one a label otherwise. */
static inline size_t classify_columns_of(size_t n_labels, bool independent)
{
    return !independent && n_labels == 2 ? 1 : n_labels;
}

/* ---- matrix.c: the part of the documents that is trained on, as rows of features ---------------- */

typedef struct matrix {
    spool *
        rows; /* block i of the texts: for each document of the part u32 n, then n u32 features */
    uint32_t *hashes; /* [n] hash of each feature, ascending */
    size_t n;
    uint64_t n_rows;
} matrix;

/* classify_matrix_make counts, chooses and reads: features are those that tell the labels apart best. */
int classify_matrix_make(matrix *m, corpus *c, part p, sm_error *err);
void classify_matrix_free(matrix *m);
/* G² of a feature: documents of each label with and without it. */
double classify_matrix_surprise(const uint32_t *with, const uint64_t *of_label, size_t n_labels,
                                uint64_t n_with, uint64_t n_all);

/* ---- solve.c and loss.c: the weights ------------------------------------------------------------- */

/* A problem has n values; value gives f(w) and its gradient. */
typedef struct problem {
    size_t n;
    int (*value)(void *context, const double *w, double *f, double *gradient, sm_error *err);
    void *context;
} problem;

/* classify_solve finds the minimum from w on. *steps counts iterations. SM_ENUMERIC where f is no number. */
int classify_solve(const problem *p, double *w, double tolerance, unsigned most,
                   unsigned *steps, sm_error *err);
/* classify_fit finds weights [features][columns] and then biases [columns]. */
int classify_fit(const matrix *m, const corpus *c, part p, double *w, unsigned *steps,
                 sm_error *err);

/* ---- calibrate.c: scores to probabilities --------------------------------------------------------- */

typedef enum calibration_kind {
    CALIBRATE_NONE,
    CALIBRATE_PLATT,
    CALIBRATE_ISOTONIC
} calibration_kind;

enum { KNOTS = 64 };

typedef struct calibration {
    calibration_kind kind;
    double a, b; /* Platt: 1 / (1 + exp(−(a·score + b))) */
    size_t n;    /* isotonic: knots, straight lines between them */
    double score[KNOTS], probability[KNOTS];
} calibration;

/* One judged document: a score and whether it has the label. */
typedef struct judged {
    double score;
    uint32_t id;
    bool truth;
} judged;

double classify_calibrate(const calibration *c, double score);
void classify_calibration_fit(calibration *c, calibration_kind kind, const judged *items,
                              size_t n);
/* The calibration of "not the label", whose score is the negative one. */
calibration classify_calibration_mirror(const calibration *c);
const char *classify_calibration_name(calibration_kind kind);
bool classify_calibration_kind_of(sm_span name, calibration_kind *kind);

/* ---- judge.c: what a label's probabilities are worth ------------------------------------------------ */

typedef struct interval {
    double value, low, high; /* 95 % */
} interval;

enum { RELIABILITY_BINS = 10 };

typedef struct label_report {
    uint64_t documents, positives;  /* judged */
    interval precision, recall, f1; /* at probability .5 */
    interval auc;                   /* area under the ROC curve */
    double ece, brier, log_loss;    /* of the calibrated probabilities */
    double threshold;               /* for the wanted precision; 2: not reached */
    interval at_precision,
        at_recall; /* cross-fitted: chosen on one half, measured on the other */
    struct {
        uint64_t n;
        double mean, share; /* mean probability, share of positives */
    } bins[RELIABILITY_BINS];
} label_report;

/* The kinds of calibration to choose from. */
typedef struct calibration_choice {
    calibration_kind first, last;
    const calibration
        *settled; /* not NULL: what the model will carry, whatever the documents say */
} calibration_choice;

/* classify_judge_label chooses the calibration and the threshold from scores, and reports on them. */
void classify_judge_label(judged *items, size_t n, const calibration_choice *choice,
                          double precision, calibration *c, label_report *r);
/* classify_judge_temperature gives T > 0 for which softmax(raw / T) has the least log loss; truth[i] is the label of row i. */
double classify_judge_temperature(const double *raw, const uint8_t *truth, size_t n,
                                  size_t columns);

/* ---- model.c ------------------------------------------------------------------------------------- */

/* A feature in readable form. */
typedef struct shown_feature {
    uint32_t hash;
    sm_span text;
    unsigned order;
    bool word; /* of words, else of characters */
    double weight;
    uint64_t documents; /* of the training part that hold this text */
    uint64_t others;    /* … and another text with the same hash */
} shown_feature;

struct sm_classifier {
    sm_arena arena;
    sm_classifier_options options; /* what decides features; pointers are not kept */
    bool morphemes;
    sm_hash128 dictionary;
    sm_span *labels;
    size_t n_labels, columns, n;
    uint32_t *hashes;          /* [n] ascending */
    int16_t *weights;          /* [n][columns] */
    double *scale, *bias;      /* [columns] */
    calibration *calibrations; /* [n_labels] */
    double temperature;        /* of exclusive labels, three or more */
    label_report *reports;     /* [n_labels]; of a model that was read only the threshold */
    uint64_t *documents;       /* [n_labels] trained on */
    uint64_t n_trained, n_held;
    unsigned steps;
    shown_feature **shown; /* [n_labels][n_shown] */
    size_t *n_shown;
    sm_span header; /* JSON */
};

/* names.c fills model->shown. */
int classify_names_find(sm_classifier *model, corpus *c, part p, sm_error *err);
/* header.c writes model->header, and reads it back. */
int classify_header_write(sm_classifier *model, sm_error *err);
int classify_header_read(sm_classifier *model, const char *path, sm_span json, sm_error *err);
/* probabilities.c: raw column scores to one probability a label. */
void classify_model_probabilities(const sm_classifier *model, const double *raw,
                                  double *probabilities);

#endif
