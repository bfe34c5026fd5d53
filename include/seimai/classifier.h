/* seimai/classifier.h - linear text classifiers: quality, topic, toxicity, or any labels that a user has.
 * SPDX-License-Identifier: MIT
 *
 * Logistic regression over which character n-grams (and, on request, which morphemes) a text holds. Not how
 * often: a text that repeats itself says nothing new, and presence carried over to sites that training never saw
 * where counts did not (tests/bench/filter/classify.py measures both).
 *
 *     text → code points, folded → n-grams → 24-bit hashes → those that have a weight, each once
 *     score = bias + Σ weights / √(how many they are)      probability = calibration(score)
 *
 * Folding: ASCII letters become small, ASCII digits 0, runs of white space (U+3000 too) one space; a space stands before
 * and behind the text. Which hashes have a weight is chosen by the log-likelihood ratio G² between n-gram and label
 * (T. Dunning, "Accurate methods for the statistics of surprise and coincidence", 1993). The weights are the
 * minimum of the L2-regularised loss, found by L-BFGS (J. Nocedal, 1980), so that there is one right answer,
 * and no learning rate. They are rounded to 16 bits before anything is measured.
 *
 * Nouns
 *   label      a name; labels are exclusive (one a document) or independent (any number)
 *   held out   documents, chosen by the hash of their id, that training does not see: the calibration, the thresholds
 *              and the report come from them. A figure is measured on other documents than those which chose it
 *   score      log-odds before calibration
 *   threshold  the probability from which on a label reaches a wanted precision
 *
 * The model depends on the documents and their order alone: bit for bit the same for any number of threads and any
 * memory.
 * Ownership: new, train and read give, free takes (NULL is allowed). Threads: a model is read-only and may be shared;
 * a scorer belongs to one thread and ends before its model. */
#ifndef SEIMAI_CLASSIFIER_H
#define SEIMAI_CLASSIFIER_H

#include <seimai/base.h>
#include <seimai/morph.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SM_CLASSIFIER_LABELS = 64,          /* at most; at least 2 exclusive or 1 independent */
    SM_CLASSIFIER_ORDER = 5,            /* the longest n-gram */
    SM_CLASSIFIER_FEATURES = 1 << 20,   /* the most weights a label */
    SM_CLASSIFIER_MODEL_MAX = 512 << 20 /* bytes of a model file, plain */
};

typedef struct sm_classifier sm_classifier;
typedef struct sm_classifier_trainer sm_classifier_trainer;
typedef struct sm_classifier_scorer sm_classifier_scorer;

/* ---- training ------------------------------------------------------------------------------ */

typedef struct sm_classifier_options {
    unsigned shortest, longest; /* n-grams, in characters */
    uint64_t characters;        /* of a text, from its beginning; 0: all */
    size_t features;            /* weights a label */
    uint64_t min_documents;     /* that hold a feature */
    double cost;      /* C of C·Σloss + ½‖w‖², as liblinear and scikit-learn have it */
    double tolerance; /* L-BFGS ends when the gradient falls below it */
    unsigned folds;   /* 0: judged on the held-out share; k: by k-fold cross-validation */
    double held_out;  /* share in (0, 0.5] */
    double precision; /* thresholds are chosen to reach it */
    size_t shown;     /* strongest features of a label kept in readable form */
    bool independent; /* labels are independent of each other */
    const sm_morph *morph; /* not NULL: words, and pairs of words, are features too */
    unsigned threads;
    size_t memory;      /* bytes of texts and features held; more goes to a file */
    const char *folder; /* where that file is; it has no name there */
} sm_classifier_options;

/* n-grams of 1 to 3 characters, 65,536 weights, C = 10, a fifth held out, precision .9. */
SM_API sm_classifier_options sm_classifier_defaults(void);

/* SM_EUSAGE for options out of range; SM_EIO without a temporary file. The options are copied; what they
 * point to must outlive the trainer. */
SM_API int sm_classifier_trainer_new(sm_classifier_trainer **trainer,
                                     const sm_classifier_options *options,
                                     sm_error *err) SM_MUST_USE;
SM_API void sm_classifier_trainer_free(sm_classifier_trainer *trainer);
/* sm_classifier_trainer_add takes one document. `id` decides whether it is held out. With exclusive labels n is
 * 1. SM_EUSAGE past the most labels; SM_ELIMIT past 2^32 − 1 documents. */
SM_API int sm_classifier_trainer_add(sm_classifier_trainer *trainer, sm_span id, sm_span text,
                                     const sm_span *labels, size_t n,
                                     sm_error *err) SM_MUST_USE;
/* sm_classifier_train makes the model. SM_EUSAGE where a label has too few documents to learn or to judge from;
 * SM_ENUMERIC where the weights do not converge to numbers. The trainer can only be freed afterwards. */
SM_API int sm_classifier_train(sm_classifier_trainer *trainer, sm_classifier **model,
                               sm_error *err) SM_MUST_USE;
SM_API void sm_classifier_free(sm_classifier *model);

/* ---- model files ---------------------------------------------------------------------------- */

/* A model file, plain or (NAME.zst) one zstd frame; integers little-endian:
 *
 *     "SMCLASS1"                 8 bytes
 *     u64 bytes of the header    then the header: one JSON object, which sm_classifier_describe gives
 *     u32 hash × features        ascending, below 2^24
 *     i16 weight × features × columns     times the column's "scale" of the header
 *     XXH3-128 of all before     16 bytes, lo first
 *
 * A column is a label, but two exclusive labels share one (the second label's). sm_classifier_read checks
 * all of it: SM_EFORMAT for another kind of file or a newer version, SM_ETRUNC for one that was cut, SM_EHASH for
 * flipped bits, each with the file's name. */
SM_API int sm_classifier_write(const sm_classifier *model, const char *path,
                               sm_error *err) SM_MUST_USE;
SM_API int sm_classifier_read(sm_classifier **model, const char *path,
                              sm_error *err) SM_MUST_USE;

/* ---- what a model says of itself --------------------------------------------------------------- */

SM_API size_t sm_classifier_labels(const sm_classifier *model);
SM_API sm_span sm_classifier_label(const sm_classifier *model, size_t i); /* in byte order */
/* sm_classifier_find gives a label's index, or SM_CLASSIFIER_LABELS where the model does not know it. */
SM_API size_t sm_classifier_find(const sm_classifier *model, sm_span label);
/* The probability from which on a label reached the wanted precision; above 1 where it never did. */
SM_API double sm_classifier_threshold(const sm_classifier *model, size_t label);
/* Whether the model reads morphemes, and the hash of the dictionary that it was made with. */
SM_API bool sm_classifier_needs_morph(const sm_classifier *model, sm_hash128 *dictionary);
/* The header: options, labels with documents, calibration, reliability, thresholds, P, R, F1 and AUC with 95 %
 * intervals, strongest features with their n-gram, documents and weight. */
SM_API sm_span sm_classifier_describe(const sm_classifier *model);
/* sm_classifier_explain appends the same for people: a table of the report, then up to `features` strongest features of
 * each label. SM_ELIMIT past the buffer's maximum. */
SM_API int sm_classifier_explain(const sm_classifier *model, size_t features, sm_buffer *text,
                                 sm_error *err) SM_MUST_USE;

/* ---- applying ---------------------------------------------------------------------------------- */

/* morph is needed where sm_classifier_needs_morph says so (NULL otherwise), and must be that dictionary. */
SM_API sm_classifier_scorer *sm_classifier_scorer_new(const sm_classifier *model,
                                                      const sm_morph *morph) SM_MUST_USE;
SM_API void sm_classifier_scorer_free(sm_classifier_scorer *scorer);
/* sm_classifier_score writes one probability a label for valid UTF-8 text; those of exclusive labels add up to 1. An
 * empty text has no feature: what it gets is the bias. SM_EFORMAT where MeCab fails. */
SM_API int sm_classifier_score(sm_classifier_scorer *scorer, sm_span text,
                               double *probabilities, sm_error *err) SM_MUST_USE;
/* sm_classifier_raw writes one score a column, before calibration, and gives the number of distinct features. */
SM_API int sm_classifier_raw(sm_classifier_scorer *scorer, sm_span text, double *scores,
                             size_t *features, sm_error *err) SM_MUST_USE;
/* The same as sm_classifier_raw by the obvious way, one n-gram at a time: the oracle of the tests. */
SM_API int sm_classifier_raw_slowly(sm_classifier_scorer *scorer, sm_span text, double *scores,
                                    size_t *features, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
