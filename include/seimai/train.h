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
 *   watched    sets that the run is not trained on, scored at every validation: what a model forgets while it learns
 *              something else stands in the table of sm_train_watched
 *   sample     a text that the caller has the model write along the way; the run itself knows nothing of texts
 *
 *   best       the checkpoint with the lowest val_loss. Checkpoints are made at their own interval, and one of them is
 *              best; with `patience` also at each validation that is the lowest so far
 *
 * Threads: one run at a time in a process (OpenBLAS's thread count is the process's). */
#ifndef SEIMAI_TRAIN_H
#define SEIMAI_TRAIN_H

#include <seimai/feed.h>
#include <seimai/lora.h>
#include <seimai/optim.h>

#include <signal.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How good a watched set is predicted. */
typedef struct sm_watch_score {
    const char *name;
    double loss, bpb; /* as val_loss and val_bpb */
} sm_watch_score;

/* One line of metrics.jsonl. A value that was not computed is NaN (null on disk). */
typedef struct sm_metrics {
    uint64_t step;   /* updates done: 0 before the first */
    uint64_t tokens; /* targets so far */
    uint64_t bytes;  /* text bytes so far: tokens × the set's bytes a token */
    double loss;     /* mean nats a target of this step's batch */
    double lr, grad_norm;
    double val_loss, val_bpb;
    /* Of this session, not reproducible: tokens a second, whether they are targets or not (padding is left out), and the
     * operations that they take. */
    double tok_s, gflops, wall;
    const sm_watch_score *watch; /* with a validation: (n_watch), on disk "watch": {NAME: …} */
    size_t n_watch;
} sm_metrics;

/* What a run is, before its first step. */
typedef struct sm_train_plan {
    uint64_t steps; /* of the whole run, also where epochs were asked for */
    uint64_t step;  /* done by earlier sessions */
    double memory;  /* bytes that the session allocates */
    const char
        *text; /* all of it in words: lines of at most 65 columns, but for names of folders */
} sm_train_plan;

/* The model of a run as it stands, for a look at it. */
typedef struct sm_train_view {
    uint64_t step;
    const sm_model_config *config;
    const float *w; /* laid out as the model's parameters; an adapter is added already */
} sm_train_view;

/* What the caller hears; functions may be NULL. */
typedef struct sm_train_hooks {
    void *state;
    void (*plan)(void *state, const sm_train_plan *plan); /* once, before the first step */
    void (*step)(void *state, const sm_metrics *metrics); /* after each step */
    void (*warn)(void *state, const char *text);
    /* Before the first step, every `sample_every` steps, and at the end; it must not change what it sees. Not
     * for an adapter beside a stored base. A negative status
     * ends the run with it. */
    int (*sample)(void *state, const sm_train_view *view, sm_error *err);
} sm_train_hooks;

/* A set that is watched, under a name of its own. */
typedef struct sm_watch {
    const char *name, *dir;
} sm_watch;

typedef struct sm_train_options {
    /* The sets to train on, the set to validate on (or NULL), the directory whose files go into checkpoints as
     * the tokenizer (or NULL). */
    sm_shard_sources data;
    const char *output; /* the run's folder */
    /* run.yaml as resolved, "key: value" lines; kept, and compared at a resume. */
    sm_span settings;
    const char *const *may_change; /* its keys that a resume may change, NULL-terminated */
    const char *init; /* model directory to start from, or NULL for fresh weights */
    /* extend-map.jsonl (seimai/tokenizer_extend.h), or NULL: `init` has fewer ids than `model`; an embedding, and a row of
     * the head, of each id that the map names starts as the mean of those it names, by its weights if it has any. */
    const char *extend_map;
    sm_model_config model;
    const sm_lora *lora; /* seimai/net.h, as the next; NULL: none */
    const char *const *freeze;
    uint64_t seed;
    uint32_t length;       /* T */
    uint32_t rows, leaves; /* a step has rows · leaves sequences */
    sm_pack pack;          /* seimai/packing.h */
    uint64_t steps;        /* of the whole run; 0: as many as the epochs need */
    double epochs;         /* over all sets together; 0: steps decide */
    uint64_t stop_after;   /* end the session at this step; 0 = none */
    sm_schedule schedule;  /* its steps are set from `steps` */
    sm_adamw adamw;
    bool use_muon; /* for the matrices inside the blocks */
    sm_muon muon;
    sm_precision precision; /* seimai/kernel.h */
    sm_storage base;        /* of the frozen model beside an adapter (seimai/stored.h) */
    bool recompute;         /* seimai/net.h */
    double z_loss;          /* seimai/net.h; 0 = none */
    double spike_guard;     /* skip updates of such a score (sm_spike) or more; 0 = never */
    double clip;            /* of the gradient's norm; 0 = none */
    uint64_t eval_every;    /* steps; 0 = only at the end. Step 0 is validated too */
    uint64_t valid_tokens;  /* about so many a validation, targets or not; 0 = all */
    const sm_watch *watch;  /* (n_watch), scored with each validation over as many tokens */
    size_t n_watch;
    uint64_t sample_every; /* steps; 0: with each validation */
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

/* sm_train_verify proves on this machine that a pause changes nothing: it trains 2·n steps of the run in one session, again in
 * two, and once more in two with other threads, in folders below `scratch` (made, and removed), and compares every file of the
 * last checkpoints and every line of metrics.jsonl but their times. `report` gets a line a comparison. SM_OK if all are equal,
 * SM_EGATE if not. */
SM_API int sm_train_verify(const sm_train_options *options, const char *scratch, uint64_t n,
                           sm_buffer *report, sm_error *err) SM_MUST_USE;

/* sm_train_extended_size tells how many ids there are with those of an extend-map.jsonl, from its last line. */
SM_API int sm_train_extended_size(const char *map, uint32_t *ids, sm_error *err) SM_MUST_USE;

/* sm_train_watched appends the table of the watched sets, from RUN/metrics.jsonl: bits per byte (nats a target where there are
 * no texts) before the first step, at the last validation, and the change. Nothing where none was watched. */
SM_API int sm_train_watched(const char *run, sm_buffer *table, sm_error *err) SM_MUST_USE;

/* sm_train_log_cut keeps the lines of a JSONL file of a run that belong to steps up to `step`: what a session that was killed wrote
 * after its last checkpoint will be written again. A file that is missing is empty. */
SM_API int sm_train_log_cut(const char *path, uint64_t step, sm_error *err) SM_MUST_USE;

/* ---- validation by itself ---------------------------------------------------------------------- */

typedef struct sm_validation {
    double loss;     /* nats a target; NaN if there is none */
    double bpb, bpc; /* bits per byte, per character; NaN without EOT or texts */
    uint64_t targets, documents, bytes; /* that stand behind bpb */
} sm_validation;

/* sm_validate computes both figures over about `limit` tokens (0 = all); of a set with targets only the loss, over whole documents; the net's plan is train or eval, and `batch`
 * of its size. */
SM_API int sm_validate(sm_net *net, const float *w, const sm_shards *set, sm_batch *batch,
                       uint64_t limit, sm_validation *result, sm_error *err) SM_MUST_USE;

/* sm_metrics_write appends one line of JSON, LF included. */
SM_API void sm_metrics_write(const sm_metrics *metrics, sm_buffer *json);

#ifdef __cplusplus
}
#endif
#endif
