/* seimai/train.h - a training run: steps, validation, metrics, checkpoints, resume.
 * SPDX-License-Identifier: MIT
 *
 * A run is a folder (FORMATS, "Models and runs"): metrics.jsonl, tb/, checkpoints/, model, best. Everything in it but
 * the times is a function of (options, data, seed, kernel set): the number of threads does not matter, and a run
 * that was stopped anywhere and resumed ends with the same bytes.
 *
 * A step: the global batch is 2^k leaves; the gradient of each is taken from zero, they are added in a fixed tree,
 * divided by the targets of the whole step, clipped, and given to AdamW (and Muon). If a loss or norm is not finite, the
 * step is done again with a check after every operator, and the run ends with the name of the first bad tensor;
 * the weights are those of the step before.
 *
 * Nouns
 *   val_loss   mean nats a target over packed windows of the validation set, as trained
 *   val_bpb    bits per byte: Σ −log₂ p over all targets, EOT among them, of documents scored alone, divided
 *              by the UTF-8 bytes of their texts
 *
 *   best       the checkpoint with the lowest val_loss. Checkpoints are made at their own interval, and one of them is
 *              best; with `patience` also at each validation that is the lowest so far
 *
 * Threads: one run at a time in a process (OpenBLAS's thread count is the process's). */
#ifndef SEIMAI_TRAIN_H
#define SEIMAI_TRAIN_H

#include <seimai/feed.h>
#include <seimai/optim.h>

#include <signal.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One line of metrics.jsonl. A value that was not computed is NaN (null on disk). */
typedef struct sm_metrics {
    uint64_t step;   /* updates done: 0 before the first */
    uint64_t tokens; /* targets so far */
    uint64_t bytes;  /* text bytes so far: tokens × the set's bytes a token */
    double loss;     /* mean nats a target of this step's batch */
    double lr, grad_norm;
    double val_loss, val_bpb;
    double tok_s, gflops, wall; /* of this session; not reproducible */
} sm_metrics;

/* What the caller hears; functions may be NULL. */
typedef struct sm_train_hooks {
    void *state;
    void (*plan)(void *state,
                 const char *text); /* once, before the first step: what will run */
    void (*step)(void *state, const sm_metrics *metrics); /* after each step */
    void (*warn)(void *state, const char *text);
} sm_train_hooks;

typedef struct sm_train_options {
    /* The sets to train on, the set to validate on (or NULL), the directory whose files go into checkpoints as
     * the tokenizer (or NULL). */
    sm_shard_sources data;
    const char *output; /* the run's folder */
    /* run.yaml as resolved, "key: value" lines; kept, and compared at a resume. */
    sm_span settings;
    const char *const *may_change; /* its keys that a resume may change, NULL-terminated */
    const char *init; /* model directory to start from, or NULL for fresh weights */
    sm_model_config model;
    uint64_t seed;
    uint32_t length;       /* T */
    uint32_t rows, leaves; /* a step has rows · leaves sequences */
    uint64_t steps;        /* of the whole run */
    uint64_t stop_after;   /* end the session at this step; 0 = none */
    sm_schedule schedule;  /* its steps are set from `steps` */
    sm_adamw adamw;
    bool use_muon; /* for the matrices inside the blocks */
    sm_muon muon;
    bool recompute;        /* seimai/net.h */
    double z_loss;         /* seimai/net.h; 0 = none */
    double spike_guard;    /* skip updates of such a score (sm_spike) or more; 0 = never */
    double clip;           /* of the gradient's norm; 0 = none */
    uint64_t eval_every;   /* steps; 0 = only at the end. Step 0 is validated too */
    uint64_t valid_tokens; /* at most about so many targets a validation; 0 = all */
    uint64_t patience;   /* stop after so many validations without a lower val_loss; 0: never */
    uint64_t save_every; /* steps; 0 = only at the end */
    uint64_t keep;       /* checkpoints beside the best; 0 = all */
    uint64_t log_every;  /* steps a line of metrics.jsonl */
    unsigned threads;
    const volatile sig_atomic_t
        *stop; /* not 0: checkpoint after this step and return; may be NULL */
} sm_train_options;

/* sm_train runs, or resumes, the run in options->output. 0 at the end, also when it was stopped. SM_EUSAGE for
 * options that do not fit each other, the data or the run that is there; SM_ENUMERIC with step and tensor. */
SM_API int sm_train(const sm_train_options *options, const sm_train_hooks *hooks,
                    sm_error *err) SM_MUST_USE;

/* ---- validation by itself ---------------------------------------------------------------------- */

typedef struct sm_validation {
    double loss;     /* nats a target; NaN if there is none */
    double bpb, bpc; /* bits per byte, per character; NaN without EOT or texts */
    uint64_t targets, documents, bytes; /* that stand behind bpb */
} sm_validation;

/* sm_validate computes both figures over about `limit` targets (0 = all); the net's plan is train or eval, and `batch`
 * of its size. */
SM_API int sm_validate(sm_net *net, const float *w, const sm_shards *set, sm_batch *batch,
                       uint64_t limit, sm_validation *result, sm_error *err) SM_MUST_USE;

/* sm_metrics_write appends one line of JSON, LF included. */
SM_API void sm_metrics_write(const sm_metrics *metrics, sm_buffer *json);

#ifdef __cplusplus
}
#endif
#endif
