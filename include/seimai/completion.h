/* seimai/completion.h - many prompts, each with its answers: streams side by side, whole characters, stop strings.
 * SPDX-License-Identifier: MIT
 *
 * Prompts wait in a queue; as soon as a stream has ended, the next one takes its place (continuous batching). What prompts
 * have in common at their beginning (a system message, examples, n answers to one prompt) is computed once.
 *
 *     sm_completer_new(&c, lm, &(sm_completer_options){.streams = 32, .length = 2048, .threads = j, …}, &err);
 *     for (…) sm_completer_ask(c, &ask, &completions[i], &err);
 *     for (…) {
 *         sm_completer_wait(c, completions[i], &err);        (all streams go on meanwhile)
 *         sm_completion_answer(completions[i], 0)->text …
 *         sm_completer_drop(c, completions[i]);
 *     }
 *
 * An answer grows while it is made: its text never ends inside a character, nor inside what may still become a stop
 * string, so what is there can be shown at once.
 *
 * Bits: an answer depends on its prompt, number and the options of the sampler, never on streams, threads or the other
 * prompts.
 *
 * Ownership: what ask gives is drop's; answers live as long. The model and the stop strings are borrowed.
 * Threads: a completer belongs to one thread; it opens its own inside a step. */
#ifndef SEIMAI_COMPLETION_H
#define SEIMAI_COMPLETION_H

#include <seimai/causal_lm.h>
#include <seimai/generate.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_completer sm_completer;
typedef struct sm_completion sm_completion;

typedef struct sm_completer_options {
    uint32_t streams; /* side by side */
    uint32_t length;  /* of a prompt with its answer, in tokens; 0: the model's, at most 4096 */
    unsigned threads;
    sm_sampler sampler; /* `vocabulary` is the tokenizer's where it is 0 */
    const sm_span
        *stops; /* strings that end an answer and do not join it; not empty, n_stops of them */
    size_t n_stops;
} sm_completer_options;

SM_API int sm_completer_new(sm_completer **c, const sm_causal_lm *lm,
                            const sm_completer_options *options, sm_error *err) SM_MUST_USE;
SM_API uint32_t sm_completer_length(const sm_completer *c);
SM_API void
sm_completer_free(sm_completer *c); /* NULL is allowed; completions are dropped before */

typedef struct sm_ask {
    const uint32_t *ids; /* (n) the prompt; copied */
    size_t n;
    uint32_t tokens;  /* at most, an answer */
    uint32_t answers; /* 0: one */
    uint64_t number;  /* keys the random numbers, with the answer's */
    uint32_t
        stop; /* ends an answer beside the sampler's (the end of a turn); SM_NO_STOP: none */
    bool
        goes_on; /* the answer is the same text going on: a space at its beginning stays even where the
                         tokenizer puts one in front of every text */
} sm_ask;

typedef struct sm_answer {
    sm_span text; /* UTF-8, so far; valid until the next call */
    size_t tokens;
    sm_generation_end end; /* SM_END_NONE while it is made */
} sm_answer;

/* sm_completer_ask queues a prompt. SM_ELIMIT for one that leaves no room for a token, SM_EUSAGE for an id outside the
 * model or no id. */
SM_API int sm_completer_ask(sm_completer *c, const sm_ask *ask, sm_completion **completion,
                            sm_error *err) SM_MUST_USE;
/* sm_completer_step lets all streams take a step. Returns 1, or 0 when nothing is left to do. */
SM_API int sm_completer_step(sm_completer *c, sm_error *err) SM_MUST_USE;
/* sm_completer_wait takes steps until all answers of a completion are there. */
SM_API int sm_completer_wait(sm_completer *c, const sm_completion *completion,
                             sm_error *err) SM_MUST_USE;
/* sm_completer_follow does the same, and shows the first answer piece by piece as it grows; `interrupted` (NULL: never) is
 * asked between steps, and true leaves the rest unmade. Returns what show returned where that failed. */
SM_API int sm_completer_follow(sm_completer *c, const sm_completion *completion,
                               int (*show)(void *state, sm_span text, sm_error *err),
                               bool (*interrupted)(void *state), void *state,
                               sm_error *err) SM_MUST_USE;
/* sm_completion_answer gives answer i < the number asked for. */
SM_API const sm_answer *sm_completion_answer(const sm_completion *completion, uint32_t i);
SM_API bool sm_completion_is_done(const sm_completion *completion);
/* sm_completer_drop forgets a completion; what is not made yet never will be. */
SM_API void sm_completer_drop(sm_completer *c, sm_completion *completion);

#ifdef __cplusplus
}
#endif
#endif
