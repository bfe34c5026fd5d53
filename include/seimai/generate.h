/* seimai/generate.h - generation: a cache of keys and values, and a sampler.
 * SPDX-License-Identifier: MIT
 *
 * A generator holds a net in its decode plan for a number of sequences. A prompt goes through the net in
 * chunks, which fills the cache; from then on each step computes one token a sequence.
 *
 *     sm_generator_new(&gen, &config, &(sm_generator_options){.sequences = 1, .length = 512, .threads = j}, &err);
 *     sm_generator_use(gen, w);       (a vector laid out as sm_generator_params says)
 *     sm_generator_start(gen, 0, prompt, n_prompt, 100, number, &err);
 *     while (sm_generator_step(gen, &sampler, &err) > 0) { … sm_generator_ids(gen, 0, &n) … }
 *
 * Nouns
 *   sequence  one of the generator's places: a prompt and what follows it
 *   number    what the random numbers of a sequence are keyed by, beside the seed: the same number, prompt
 *             and sampler give the same text, whatever else is generated beside it
 *   length    prompt and continuation together: the size of the cache
 *
 * Ownership: weights and sampler are borrowed; ids got from a generator are valid until the next call.
 * Threads: a generator belongs to one thread at a time; it opens its own inside a step. */
#ifndef SEIMAI_GENERATE_H
#define SEIMAI_GENERATE_H

#include <seimai/net.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the sampler ---------------------------------------------------------------------------- */

#define SM_NO_STOP UINT32_MAX

/* How a token is chosen from logits, in this order: ids the tokenizer lacks are forbidden, the repetition
 * penalty, temperature, top-k, top-p, one random number. {0} with vocabulary and stop set is greedy. */
typedef struct sm_sampler {
    double temperature; /* 0: the largest logit (of equal ones the lowest id) */
    uint32_t top_k;     /* of the k largest logits only; 0: of all */
    double
        top_p; /* of the smallest set whose probability reaches p (Holtzman et al. 2020); 0 or 1: all */
    double
        repetition_penalty; /* logits of ids that occurred are divided by it where positive, else
                                  multiplied (Keskar et al. 2019: "CTRL"); 0 or 1: none */
    uint64_t seed;
    uint32_t vocabulary; /* ids below it may be chosen; 0: all of the model's */
    uint32_t stop;       /* this id ends a sequence (and does not join it); SM_NO_STOP: none */
} sm_sampler;

typedef struct sm_candidate {
    float logit;
    uint32_t id;
} sm_candidate;

/* sm_sampler_pick chooses from n logits. `past` holds the n_past ids before it, `number` and n_past key
 * the random number. `scratch` has room for n candidates. Pure. */
SM_API uint32_t sm_sampler_pick(const sm_sampler *sampler, const float *logits, uint32_t n,
                                const uint32_t *past, size_t n_past, uint64_t number,
                                sm_candidate *scratch);

/* ---- the generator -------------------------------------------------------------------------- */

typedef struct sm_generator sm_generator;

typedef struct sm_generator_options {
    uint32_t sequences; /* side by side */
    uint32_t length;    /* at most the model's max_position_embeddings */
    unsigned threads;
} sm_generator_options;

SM_API int sm_generator_new(sm_generator **gen, const sm_model_config *config,
                            const sm_generator_options *options, sm_error *err) SM_MUST_USE;
SM_API void sm_generator_free(sm_generator *gen); /* NULL is allowed */
/* sm_generator_params is the layout of the weights; sm_generator_use gives them, before the first start. After
 * another use, or when the weights have changed, sequences must be started again. */
SM_API const sm_params *sm_generator_params(const sm_generator *gen);
SM_API void sm_generator_use(sm_generator *gen, const float *w);

/* sm_generator_start puts a prompt of n >= 1 ids into a sequence, which forgets what it held, for at most
 * `tokens` more. SM_ELIMIT for a prompt longer than the generator; SM_EUSAGE for an id outside the model. */
SM_API int sm_generator_start(sm_generator *gen, uint32_t sequence, const uint32_t *prompt,
                              size_t n, uint32_t tokens, uint64_t number,
                              sm_error *err) SM_MUST_USE;

/* sm_generator_step adds one token to each sequence that goes on. Returns how many were going on before it:
 * 0 when all have ended. A sequence ends at the stop id, after its tokens, or when it is full. */
SM_API int sm_generator_step(sm_generator *gen, const sm_sampler *sampler,
                             sm_error *err) SM_MUST_USE;

/* sm_generator_ids gives prompt and continuation, *n of them. */
SM_API const uint32_t *sm_generator_ids(const sm_generator *gen, uint32_t sequence, size_t *n);

typedef enum sm_generation_end {
    SM_END_NONE,   /* it goes on, or was never started */
    SM_END_STOP,   /* the stop id was chosen */
    SM_END_TOKENS, /* it has the tokens asked for */
    SM_END_LENGTH  /* the cache is full */
} sm_generation_end;

SM_API sm_generation_end sm_generator_end(const sm_generator *gen, uint32_t sequence);
SM_API const char *
sm_generation_end_name(sm_generation_end end); /* "", "stop", "tokens", "length" */

#ifdef __cplusplus
}
#endif
#endif
