/* seimai/checkpoint.h - models on disk: Hugging Face directories, and the state of a run beside them.
 * SPDX-License-Identifier: MIT
 *
 * A model directory is what transformers reads: config.json, model.safetensors (or an index of several
 * files), generation_config.json, the tokenizer's files. A checkpoint of a run is such a directory, or the directory of
 * an adapter (seimai/adapter.h), with three files more:
 *
 *     optimizer.safetensors   AdamW's m and v as exp_avg.NAME and exp_avg_sq.NAME, Muon's m as momentum_buffer.NAME
 *     trainer.json            step, best validation, lines of metrics.jsonl, seed, data, kernel set
 *     MANIFEST                one line a file: XXH3-128, bytes, name; written last
 *
 *     run/checkpoints/step-N/     run/model → the newest     run/best → the best by validation
 *
 * A directory without its MANIFEST is not a checkpoint: a crash leaves the one before it in force.
 * Parameters keep their Hugging Face names, so that reading and writing is a walk over sm_params.
 *
 * Threads: free functions on the caller's data. */
#ifndef SEIMAI_CHECKPOINT_H
#define SEIMAI_CHECKPOINT_H

#include <seimai/adapter.h>
#include <seimai/lineage.h>
#include <seimai/optim.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- models ------------------------------------------------------------------------------- */

/* sm_model_open reads DIR/config.json; of an adapter's directory (seimai/adapter.h) that of its base. */
SM_API int sm_model_open(sm_model_config *config, const char *dir, sm_error *err) SM_MUST_USE;
/* sm_model_read fills w (sm_params.total floats) from DIR/model.safetensors or its index; F32, F16 and BF16
 * become float. SM_EFORMAT for a tensor that is missing, has another shape, or belongs to no parameter
 * (but a head that is tied, and rotary tables). */
SM_API int sm_model_read(const sm_params *params, float *w, const char *dir,
                         sm_error *err) SM_MUST_USE;
/* sm_model_weights does both for a model that is only read: *w is new (sm_vector_free), in the order of sm_params. An
 * adapter's directory gives its base with the adapter added. */
SM_API int sm_model_weights(const char *dir, sm_model_config *config, float **w,
                            sm_error *err) SM_MUST_USE;
/* sm_model_write writes config.json, generation_config.json and model.safetensors (float32), and copies the
 * tokenizer's files where tokenizer_dir is not NULL. */
SM_API int sm_model_write(const sm_model_config *config, const sm_params *params,
                          const float *w, const char *dir, const char *tokenizer_dir,
                          sm_error *err) SM_MUST_USE;

/* ---- the state of a run -------------------------------------------------------------------- */

/* Where a run stands. With the seed and the data it determines every later bit. */
typedef struct sm_trainer_state {
    uint64_t step;    /* updates done */
    uint64_t tokens;  /* targets seen */
    uint64_t lines;   /* of metrics.jsonl */
    uint64_t best_at; /* step of the best validation loss, 0 for none */
    double best_loss;
    double lowest_loss; /* of all validations; NaN for none */
    uint64_t stale;     /* validations since then */
    sm_spike loss_seen, norm_seen;
    uint64_t skipped; /* updates that the spike guard left out */
    uint64_t seed;
    sm_hash128 data, validation; /* XXH3-128 of the manifests; 0 for none */
    char kernels[96];            /* sm_kernels.set */
} sm_trainer_state;

typedef struct sm_checkpoint {
    const sm_model_config *config;
    const sm_params *params;
    float *w, *m, *v;
    bool muon; /* has the matrices: they have no v */
    sm_trainer_state state;
    const char *tokenizer_dir; /* for writing; may be NULL */
    /* A run that trains an adapter: the checkpoint is the adapter's directory. At a resume w holds the base already. NULL
     * for all others. */
    const sm_lora *lora;
    const sm_adapter_origin *origin;
    const sm_lineage *lineage; /* for writing: lineage.json beside the weights; NULL: none */
} sm_checkpoint;

/* sm_checkpoint_write makes RUN/checkpoints/step-N, then points RUN/model to it, and RUN/best where the state
 * says that N is best. Then it removes older ones but the last `keep` and the best; keep 0 keeps all. */
SM_API int sm_checkpoint_write(const sm_checkpoint *c, const char *run, uint64_t keep,
                               sm_error *err) SM_MUST_USE;

/* sm_checkpoint_read fills w, m, v and state from the newest checkpoint of a run whose files match its
 * MANIFEST. Returns 1, or 0 where there is none. A newer one that is damaged is passed over, and named
 * in *damaged (an empty error otherwise). */
SM_API int sm_checkpoint_read(sm_checkpoint *c, const char *run, sm_error *damaged,
                              sm_error *err) SM_MUST_USE;
/* sm_checkpoint_verify compares every file with the MANIFEST of a checkpoint's directory. */
SM_API int sm_checkpoint_verify(const char *dir, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
