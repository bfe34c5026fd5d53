/* seimai/net.h - a net: a model laid out for one batch size, ready to run.
 * SPDX-License-Identifier: MIT
 *
 * sm_net_build walks the model once and records a tape of operators with the shapes of their values.
 * There is no autograd engine: forward walks the tape, backward walks it in reverse. All memory is one
 * arena, in which values whose lives do not overlap share room; it is allocated at the build, and
 * nothing is allocated while the net runs.
 *
 * Nouns
 *   parameter  a weight tensor under its Hugging Face name. All parameters of a model lie in one flat vector
 *              of floats. Weights that one matrix product serves (q, k, v; gate, up) lie side by side
 *   trainable  what training changes: everything, unless `freeze` or `lora` say otherwise. The gradient and the
 *              optimizer's state are flat vectors of the trainable parameters alone; of what is frozen no gradient is
 *              computed, nor of anything below the lowest trainable operator
 *   adapter    the parameters that LoRA adds (seimai/lora.h); they lie behind the model's own
 *   plan       what the arena holds: train keeps what backward needs; eval forgets at once;
 *              decode is eval with a cache of keys and values (seimai/generate.h)
 *   run        one pass over one batch
 *
 * The layout depends on the configuration and LoRA's ranks and targets alone: nets of different plans and sizes share one
 * vector of weights, and a net without LoRA runs on the vector of one with it. The caller owns the vectors (sm_vector_new) and
 * hands them to each run.
 *
 * Bits: results depend on (configuration, B, T, weights, batch, kernel set of seimai/kernel.h), never on the
 * number of threads. Threads: a net belongs to one thread at a time; it opens its own inside a run. */
#ifndef SEIMAI_NET_H
#define SEIMAI_NET_H

#include <seimai/batch.h>
#include <seimai/kernel.h>
#include <seimai/lora.h>
#include <seimai/model.h>
#include <seimai/stored.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- parameters --------------------------------------------------------------------------- */

typedef enum sm_param_kind {
    SM_PARAM_MATRIX, /* of a linear map inside the blocks: weight decay applies; Muon's domain */
    SM_PARAM_TABLE, /* two dimensions too, a row a token or a position (embedding, head): decay */
    SM_PARAM_VECTOR /* one dimension (norms, biases): no decay */
} sm_param_kind;

#define SM_FROZEN SIZE_MAX /* instead of a place: training leaves the parameter alone */

typedef struct sm_param {
    const char *name; /* "model.layers.0.self_attn.q_proj.weight" */
    uint32_t n_dims;  /* 1 or 2 */
    uint64_t
        shape[2]; /* as Hugging Face has it: (out, in), GPT-2's matrices (in, out); or (n) */
    size_t offset, n;    /* floats in the vector of weights */
    size_t trainable_at; /* place in gradients and optimizer state, or SM_FROZEN */
    bool stored;         /* offset counts elements of the stored base, not of the weights */
    sm_param_kind kind;
    double mean, deviation; /* a fresh weight is drawn from N(mean, deviation²) … */
    double bound;           /* … or, where this is above 0, evenly from (−bound, bound) */
} sm_param;

/* Offsets ascend, and so do the places of those that are trained; between groups there may be a few floats of padding,
 * which stay 0. Where everything is trained, places are offsets. */
typedef struct sm_params {
    const sm_param *items;
    size_t n;
    size_t n_model;   /* the first so many are the model's own, the others an adapter's */
    size_t total;     /* floats of the weights, padding included, a multiple of 16 */
    size_t trainable; /* floats of a gradient, likewise */
    size_t stored;    /* elements of the stored base; 0 without */
    size_t count;     /* parameters proper, without padding … */
    size_t trained;   /* … and those of them that are trained */
} sm_params;

/* sm_params_find gives the parameter of that name, or NULL. */
SM_API const sm_param *sm_params_find(const sm_params *params, sm_span name);
/* sm_params_init draws fresh weights: number i of parameter p is a function of (seed, p, i) (Philox).
 * sm_params_init_adapter draws those of an adapter only. */
SM_API void sm_params_init(const sm_params *params, uint64_t seed, float *w, unsigned threads);
SM_API void sm_params_init_adapter(const sm_params *params, uint64_t seed, float *w,
                                   unsigned threads);

/* sm_vector_new gives n floats of 0, aligned to 64 bytes; free with sm_vector_free. */
SM_API float *sm_vector_new(size_t n) SM_MUST_USE;
SM_API void sm_vector_free(float *v);

/* ---- the net ------------------------------------------------------------------------------ */

typedef struct sm_net sm_net;

typedef enum sm_plan { SM_PLAN_TRAIN, SM_PLAN_EVAL, SM_PLAN_DECODE } sm_plan;

typedef struct sm_net_options {
    sm_plan plan;
    uint32_t B, T;          /* largest batch */
    uint32_t cache;         /* decode: keys that each sequence can hold */
    uint32_t sequences;     /* decode: sequences with a cache; 0: B */
    unsigned threads;       /* at least 1 */
    sm_precision precision; /* of linear maps and the head; the decode plan is always SM_F32 */

    /* For training. recompute: a block keeps its input only, and runs forward again before its backward; less memory,
     * the same bits. z_loss: the gradient is that of Σ weight·(−log p + z_loss·lse²), which holds the log-sum-exp near 0
     * (Chowdhery et al.: "PaLM", 2022); the loss that is told stays Σ weight·(−log p). seed: what dropout drops is a
     * function of (seed, operator, sample, element). */
    bool recompute;
    double z_loss;
    uint64_t seed;
    /* The gradient lies in the arena, where it takes the room of values that backward has done with: sm_net_own_gradient. */
    bool own_gradient;

    /* What is trained; both are read by sm_net_build only, NULL for none. freeze: a list that ends with NULL of shell
     * patterns over the names of parameters ("model.layers.[0-3].*"); "!PATTERN" takes back what an earlier one froze, so
     * {"*", "!lm_head.*"} trains the head alone. lora: a low-rank adapter; the model's own parameters are frozen then. */
    const char *const *freeze;
    const sm_lora *lora;
    /* With lora: matrices and tables that are frozen are not among the weights but in a vector of this type, which
     * sm_net_base names. Arithmetic stays in float. */
    sm_storage base;
} sm_net_options;

/* sm_net_build: SM_EUSAGE for sizes that do not fit the model, a pattern or a target that fits no parameter, a train plan
 * without a trainable parameter; SM_ELIMIT for an arena above 2^40 bytes. */
SM_API int sm_net_build(sm_net **net, const sm_model_config *config,
                        const sm_net_options *options, sm_error *err) SM_MUST_USE;
SM_API void sm_net_free(sm_net *net); /* NULL is allowed */

SM_API const sm_params *sm_net_params(const sm_net *net); /* lives as long as the net */
/* sm_net_base gives a net its stored base (sm_params.stored elements), before the first run; it is the caller's. */
SM_API void sm_net_base(sm_net *net, const sm_stored *base);
SM_API const sm_model_config *sm_net_config(const sm_net *net);
SM_API size_t
sm_net_memory(const sm_net *net); /* bytes of the arena and of the scratch, as allocated */
/* sm_net_plan_write appends the arena as a text table: a line a value with name, shape, bytes, the steps of the run
 * in which it lives and its place; then the totals. It is the allocation itself, not an estimate. */
SM_API void sm_net_plan_write(const sm_net *net, sm_buffer *out);

/* ---- running ------------------------------------------------------------------------------ */

/* What a run says. `sum` is Σ weight·(−log p(target)) in nats, added in double in the order of tokens;
 * `count` the number of targets. The mean of a step is Σ sum / Σ count over all its leaves. */
typedef struct sm_loss {
    double sum;
    uint64_t count;
} sm_loss;

/* Results a token, for evaluation: arrays of (B,T) floats of the caller's, NULL where not wanted.
 * Where weight is 0 they are set to 0. */
typedef struct sm_token_scores {
    float *logp; /* log p(target), natural logarithm */
    float *lse;  /* log Σ exp(logit): the log of the softmax's denominator */
} sm_token_scores;

/* sm_net_loss runs forward. `scores` may be NULL. SM_EUSAGE for an id or target outside the vocabulary, an
 * interval or position outside its range, or a batch larger than the net. A loss that is not finite is
 * SM_ENUMERIC. Any plan but decode. */
SM_API int sm_net_loss(sm_net *net, const float *w, const sm_batch *batch,
                       sm_token_scores *scores, sm_loss *loss, sm_error *err) SM_MUST_USE;
/* sm_net_gradient runs forward and backward: g (sm_params.trainable floats) becomes ∂(loss->sum)/∂w of what is trained,
 * from zero: of the sum, not of the mean, so that leaves can be added and divided once by the count of the whole step. Padding between
 * parameters is left alone (0 in a vector of sm_vector_new). Here, and only here, dropout drops, by the numbers of the
 * samples in batch->seq. Train plan only. */
SM_API int sm_net_gradient(sm_net *net, const float *w, const sm_batch *batch, float *g,
                           sm_loss *loss, sm_error *err) SM_MUST_USE;
/* sm_net_own_gradient is the g to hand over by a net with options.own_gradient (NULL without): the same numbers in less memory.
 * What stands in it is good until the net runs again. */
SM_API float *sm_net_own_gradient(const sm_net *net);
/* sm_net_check(net, true) looks for NaN and infinity after every operator, forward and backward: a run then
 * fails with SM_ENUMERIC and the name of the first bad tensor. For repeating a step that went wrong:
 * runs are exact, so it goes wrong again. */
SM_API void sm_net_check(sm_net *net, bool every_operator);

/* sm_net_adapter(net, false) leaves the adapter out of the runs that follow: the model as it was, with the same
 * weights in memory (a reference policy); true, the state after a build, brings it back. Not for sm_net_gradient. */
SM_API void sm_net_adapter(sm_net *net, bool on);

/* sm_net_merge adds the adapter in w to the model's own weights, W += s·B·A, in float32. The adapter stays as it is; w is from
 * then on for a net without LoRA. */
SM_API void sm_net_merge(const sm_net *net, float *w);

/* sm_net_forward runs the tape up to the head (eval or decode plan) without targets. */
SM_API int sm_net_forward(sm_net *net, const float *w, const sm_batch *batch,
                          sm_error *err) SM_MUST_USE;
/* sm_net_forward_rows does so for n rows (b·T + t, ascending) that somebody will ask about: what lies behind the last
 * attention is computed for them only. They are then rows 0 … n − 1 of this run, with the same bits. SM_EUSAGE for rows that do not
 * ascend or that the batch lacks. */
SM_API int sm_net_forward_rows(sm_net *net, const float *w, const sm_batch *batch,
                               const uint32_t *rows, uint32_t n, sm_error *err) SM_MUST_USE;
/* sm_net_logits gives the logits (n, V) of n rows of the last run, a row being b·T + t. */
SM_API void sm_net_logits(sm_net *net, const float *w, const uint32_t *rows, uint32_t n,
                          float *logits);

/* ---- decoding ------------------------------------------------------------------------------ */

/* In the decode plan a batch is B rows of one token (T = 1), each of the sequence batch->seq says; rows of one sequence
 * stand together, in the order of their positions. Prompts and single tokens of any number of sequences so go
 * through the net in one pass, and what a row gives does not depend on the rows beside it, to the bit. */

/* sm_net_cache_copy gives sequence `to` the first n keys and values of sequence `from`. */
SM_API void sm_net_cache_copy(sm_net *net, uint32_t from, uint32_t to, uint32_t n);

typedef struct sm_prediction {
    float logp;  /* log p(target), natural logarithm */
    bool greedy; /* no logit is above the target's */
} sm_prediction;

/* sm_logits_sum gives Σ exp((logit − max) / temperature) of n logits; sm_logits_predict tells what V logits say of a target < V. Pure. */
SM_API double sm_logits_sum(const float *logits, size_t n, double max, double temperature);
SM_API sm_prediction sm_logits_predict(const float *logits, uint32_t V, uint32_t target);
/* sm_net_predict tells what n rows of the last run say of a target each (an id below the vocabulary's size). A row may
 * be asked several times; where these stand together, its logits are computed once. */
SM_API void sm_net_predict(sm_net *net, const float *w, const uint32_t *rows,
                           const uint32_t *targets, uint32_t n, sm_prediction *predictions);

#ifdef __cplusplus
}
#endif
#endif
