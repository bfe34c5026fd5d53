/* seimai/eval_reply.h - what a model replies: the likeliest token each time, many items side by side.
 * SPDX-License-Identifier: MIT
 *
 * A prompt is gone on with behind the token that begins a document, as `seimai generate` does it; messages are rendered by a
 * chat template (seimai/chat.h) up to the assistant's header. A reply ends with the template's end of turn, the end of the
 * document, a stop string (which is left out), or after its tokens. White space around it goes. Bytes that are no UTF-8
 * become U+FFFD.
 *
 * A prompt that leaves no room for the reply loses its left end, and is counted (sm_eval_run.cut).
 * What an item gets does not depend on the others, nor on the number of threads.
 * Threads: one at a time; the net opens its own. */
#ifndef SEIMAI_EVAL_REPLY_H
#define SEIMAI_EVAL_REPLY_H

#include <seimai/causal_lm.h>
#include <seimai/eval.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_eval_reply_options {
    int64_t tokens;    /* of a reply at most */
    int64_t sequences; /* side by side */
    uint32_t
        length; /* prompt and reply; 0: as long as the longest needs, at most the model's */
    const char *chat; /* a template's name; NULL: what the model's directory says */
    sm_list stops;    /* strings; none may be empty */
    unsigned threads;
} sm_eval_reply_options;

/* sm_eval_run_generated lets a model reply to all items and scores what it says. SM_EUSAGE for a length beyond the model's,
 * no room for a prompt, an unknown template, or one whose tokens the tokenizer lacks; SM_EFORMAT with the item's id for messages
 * that are no dialogue. */
SM_API int sm_eval_run_generated(sm_eval_run *run, const sm_eval_choice *metrics,
                                 const sm_eval_items *items, const sm_causal_lm *lm,
                                 const sm_eval_reply_options *options,
                                 const sm_phrases *phrases, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
