/* seimai/answers.h - models side by side: the same prompts to each, n answers of each.
 * SPDX-License-Identifier: MIT
 *
 * Each model has its own tokenizer, template and streams (seimai/completion.h); a prompt is encoded by each. What comes
 * out is FORMATS' form of answers, `[{"id", "text", "model"}]`, ids a1, a2 … in the order of models, then of answers.
 *
 *     sm_answers_open(&set, (const char *const[]){"a/", "b/"}, 2, &options, &err);
 *     sm_answers_ask_text(set, text, number, &asked, &err);    (any number of prompts)
 *     sm_answers_wait(set, asked, &err);                       (in any order; all go on meanwhile)
 *     sm_answers_put(set, asked, &json);
 *     sm_answers_drop(set, asked);
 *
 * Ownership: what ask gives is drop's. Options and their strings are borrowed. Threads: one at a time. */
#ifndef SEIMAI_ANSWERS_H
#define SEIMAI_ANSWERS_H

#include <seimai/completion.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_answers sm_answers;
typedef struct sm_asked sm_asked; /* one prompt, to all models */

typedef struct sm_answers_options {
    sm_completer_options completer; /* of each; length 0: the model's, at most 4096 */
    uint32_t tokens;                /* at most, an answer; 0: as many as there is room for */
    uint32_t answers;               /* of each model to each prompt */
    bool ignore_eot;                /* go on past the end of the text */
    bool
        truncate; /* a prompt that is too long loses its beginning, but for the document's token */
    const char *base; /* of adapters; NULL: what they name */
    const char
        *chat; /* template of messages; NULL: the directory's, else by the special tokens */
} sm_answers_options;

/* sm_answers_open loads all models. */
SM_API int sm_answers_open(sm_answers **set, const char *const *models, size_t n,
                           const sm_answers_options *options, sm_error *err) SM_MUST_USE;
SM_API void sm_answers_free(sm_answers *set); /* NULL is allowed; prompts are dropped before */
/* sm_answers_count is the number of answers to each prompt, of all models. */
SM_API size_t sm_answers_count(const sm_answers *set);
SM_API const sm_causal_lm *sm_answers_model(const sm_answers *set, size_t i);
SM_API sm_completer *sm_answers_completer(const sm_answers *set, size_t i);

/* sm_answers_ask_text asks how a text goes on, sm_answers_ask_messages what the assistant says next. SM_ELIMIT for a prompt
 * that leaves no room for an answer (its tokens and the room in *too_long), SM_EFORMAT for bytes that are no UTF-8 and
 * messages that are none (sm_chat_fault), SM_EUSAGE for a model without a template. */
typedef struct sm_too_long {
    size_t tokens, room;
} sm_too_long;

SM_API int sm_answers_ask_text(sm_answers *set, sm_span text, uint64_t number, sm_asked **asked,
                               sm_too_long *too_long, sm_error *err) SM_MUST_USE;
SM_API int sm_answers_ask_messages(sm_answers *set, const sm_chat_message *messages, size_t n,
                                   uint64_t number, sm_asked **asked, sm_too_long *too_long,
                                   sm_error *err) SM_MUST_USE;
SM_API int sm_answers_wait(sm_answers *set, const sm_asked *asked, sm_error *err) SM_MUST_USE;
/* The same for documents, as steps of a runner's job (seimai/runner.h) with one thread: in `map` the documents of a block are
 * asked, in `order` answered. sm_answers_ask_document takes `messages` or the text, leaves what is asked in doc->user, and
 * drops "too-long", "not-a-dialogue" and, where answers will be put, "has-answers". sm_answers_put_document waits, and puts
 * metadata.generate {text, tokens, end}, or of several models or answers `answers` behind `messages` or `prompt`, which the
 * text becomes; then it drops what was asked. */
SM_API int sm_answers_ask_document(void *set, sm_doc *doc, sm_error *err) SM_MUST_USE;
SM_API int sm_answers_put_document(void *set, sm_doc *doc, sm_error *err) SM_MUST_USE;
/* sm_answers_next_number counts documents: 1, 2 … */
SM_API uint64_t sm_answers_next_number(sm_answers *set);

/* sm_answers_of gives what one model is asked (seimai/completion.h). */
SM_API const sm_completion *sm_answers_of(const sm_asked *asked, size_t model);
/* sm_answers_put appends the array of answers as JSON. */
SM_API void sm_answers_put(const sm_answers *set, const sm_asked *asked, sm_buffer *json);
/* sm_answers_put_prompt appends a line {id, prompt, answers}; the id is the hash of the prompt. */
SM_API void sm_answers_put_prompt(const sm_answers *set, const sm_asked *asked, sm_span prompt,
                                  sm_buffer *json);
SM_API void sm_answers_drop(sm_answers *set, sm_asked *asked); /* NULL is allowed */

#ifdef __cplusplus
}
#endif
#endif
