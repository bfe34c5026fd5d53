/* seimai/generate.h - generation: a cache of keys and values, and a sampler.
 * SPDX-License-Identifier: MIT
 *
 * A generator holds a net in its decode plan for a number of sequences. What a sequence holds goes through the net
 * when somebody asks what follows it; then all that wait go together, prompts of any lengths and single tokens, so
 * that the weights are read once for all of them.
 *
 *     sm_generator_new(&gen, &config, &(sm_generator_options){.sequences = 1, .length = 512, .threads = j}, &err);
 *     sm_generator_use(gen, w);       (a vector laid out as sm_generator_params says)
 *     sm_generator_start(gen, 0, prompt, n_prompt, 100, number, &err);
 *     while (sm_generator_step(gen, &sampler, &err) > 0) { … sm_generator_ids(gen, 0, &n) … }
 *
 * The log-probability of several answers to one question, which is computed once:
 *
 *     sm_generator_start(gen, 0, question, n, 1, 0, &err);
 *     sm_generator_feed(gen, &err);
 *     for (i = 1; i <= answers; i++) sm_generator_fork(gen, 0, i);
 *     sm_generator_read(gen, readings, answers, &err);      (reading i − 1 of sequence i)
 *
 * Nouns
 *   sequence  one of the generator's places: a prompt and what follows it
 *   number    what the random numbers of a sequence are keyed by, beside the seed
 *   length    prompt and continuation together: the size of the cache
 *   feed      to put ids through the net, which fills the cache
 *
 * Bits: what a sequence gets does not depend on the others, nor on how its ids were cut into feeds, nor on the number
 * of threads: the same ids, number, weights and sampler give the same text and the same log-probabilities.
 *
 * Ownership: weights and sampler are borrowed; ids got from a generator are valid until the next call.
 * Threads: a generator belongs to one thread at a time; it opens its own inside a call. */
#ifndef SEIMAI_GENERATE_H
#define SEIMAI_GENERATE_H

#include <seimai/net.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the sampler ---------------------------------------------------------------------------- */

#define SM_NO_STOP UINT32_MAX

/* How a token is chosen from logits, in the order in which transformers documents its logits processors: ids the
 * tokenizer lacks are forbidden, the repetition penalty, temperature, top-k, top-p, min-p; then one random number.
 * llama.cpp takes the temperature last: top-p and min-p then look at the distribution at temperature 1. {0} with vocabulary
 * and stop set is greedy. */
typedef struct sm_sampler {
    double temperature; /* 0: the largest logit (of equal ones the lowest id) */
    uint32_t top_k;     /* of the k largest logits only; 0: of all */
    double
        top_p; /* of the fewest whose probability reaches p (Holtzman et al. 2020: "The curious case of neural
                           text degeneration"); 0 or 1: all */
    double
        min_p; /* of those with p of the likeliest one's probability (Nguyen et al. 2024); 0: all */
    double
        repetition_penalty; /* logits of ids that occurred are divided by it where positive, else multiplied
                                  (Keskar et al. 2019: "CTRL"); 0 or 1: none */
    bool temperature_last; /* llama.cpp's order */
    uint64_t seed;
    uint32_t vocabulary; /* ids below it may be chosen; 0: all of the model's */
    uint32_t stop;       /* this id ends a sequence (and does not join it); SM_NO_STOP: none */
    uint32_t also_stop;  /* another such id (the end of a turn); 0: none */
} sm_sampler;

typedef struct sm_candidate {
    float logit;
    uint32_t id;
} sm_candidate;

/* sm_sampler_pick chooses from n logits, of which the penalty changes some. `past` holds the n_past ids before it, `number`
 * and n_past key the random number. `scratch` has room for n candidates. Pure. */
SM_API uint32_t sm_sampler_pick(const sm_sampler *sampler, float *logits, uint32_t n,
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
/* sm_generator_params is the layout of the weights; sm_generator_use gives them, before the first start, and again
 * when they have changed: what was fed is forgotten then. sm_generator_memory: bytes, without the weights. */
SM_API const sm_params *sm_generator_params(const sm_generator *gen);
SM_API void sm_generator_use(sm_generator *gen, const float *w);
SM_API size_t sm_generator_memory(const sm_generator *gen);

/* sm_generator_start puts a prompt of n >= 1 ids into a sequence, for at most `tokens` more. Ids that the sequence
 * held before, from the first on, are not fed again: the next turn of a conversation costs what is new in it.
 * SM_ELIMIT for a prompt longer than the generator; SM_EUSAGE for an id outside the model. */
SM_API int sm_generator_start(sm_generator *gen, uint32_t sequence, const uint32_t *prompt,
                              size_t n, uint32_t tokens, uint64_t number,
                              sm_error *err) SM_MUST_USE;
/* sm_generator_fork makes sequence `to` what `from` is: ids, cache, number, what follows. Feed before, so that it is
 * done once. */
SM_API void sm_generator_fork(sm_generator *gen, uint32_t from, uint32_t to);
/* sm_generator_renumber gives a sequence other random numbers: n answers to one prompt. */
SM_API void sm_generator_renumber(sm_generator *gen, uint32_t sequence, uint64_t number);
/* sm_generator_feed feeds all that wait in sequences that go on. Others do it where it is needed. SM_ENUMERIC. */
SM_API int sm_generator_feed(sm_generator *gen, sm_error *err) SM_MUST_USE;

/* Given ids behind what a sequence holds, and what the model thinks of them. */
typedef struct sm_reading {
    uint32_t sequence;   /* that was started; in one call each at most once */
    const uint32_t *ids; /* (n) */
    size_t n;
    sm_prediction *each; /* (n) what was thought of each id; NULL where not wanted */
    double logp;         /* set: Σ log p(id) in nats */
    bool greedy;         /* set: each id was the likeliest one */
} sm_reading;

/* sm_generator_read appends the ids of all readings to their sequences, in one ragged pass, and says how likely they were.
 * A sequence may be read on, forked, or go on by steps after it (with as many tokens as its start left it). SM_ELIMIT past
 * the length, SM_EUSAGE for an id outside the model or a sequence without a start; nothing was appended then. */
SM_API int sm_generator_read(sm_generator *gen, sm_reading *readings, size_t n,
                             sm_error *err) SM_MUST_USE;

/* sm_generator_step adds one token to each sequence that goes on. Returns how many were going on before it:
 * 0 when all have ended. A sequence ends at the stop id, after its tokens, or when it is full. SM_ENUMERIC for a logit that is no
 * number. */
SM_API int sm_generator_step(sm_generator *gen, const sm_sampler *sampler,
                             sm_error *err) SM_MUST_USE;

/* sm_generator_stop ends a sequence, as the stop id does (a stop string came). */
SM_API void sm_generator_stop(sm_generator *gen, uint32_t sequence);

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
