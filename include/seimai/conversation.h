/* seimai/conversation.h - a talk with a model: turns, commands, votes, and the log that becomes training data.
 * SPDX-License-Identifier: MIT
 *
 * A line goes in: what the user says, or a command. The answer comes out piece by piece, in whole characters. What was said
 * before stays in the cache, so that a turn costs what is new in it; when a talk outgrows the length, its oldest turns are
 * left out of what the model reads (the log keeps them), and the user is told.
 *
 *     /help /reset /undo /again /good /bad /save FILE /quit
 *
 * Files, to which is appended, a line at a time:
 *   log     a document a talk: {id, messages, metadata: {chat: {model, template, votes: ["good", null, "bad" …]}}}, the
 *           form that `shard` and `train` take. A talk is logged when it ends (/reset, /quit, end of input), as far as
 *           its first answer that was called bad: what follows a bad answer is no example
 *   votes   a judgement a vote (FORMATS, "Preferences"): {id, messages, answers: [{id, text, model}], rater, ranking,
 *           skip, flags, shown_order, time}. messages end with the user's turn; answers are all that were given to it (/again
 *           asks for another), ranked good before unjudged before bad; flags holds the last vote
 *
 * Ownership: model, files' names and `state` are borrowed. Threads: one at a time. */
#ifndef SEIMAI_CONVERSATION_H
#define SEIMAI_CONVERSATION_H

#include <seimai/completion.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_conversation sm_conversation;

typedef struct sm_conversation_options {
    sm_completer_options completer; /* streams is 1 whatever it says, stop the end of a turn */
    uint32_t tokens;                /* at most, an answer */
    const char
        *chat; /* name of the template; NULL: the directory's, else by the special tokens */
    const char *system;      /* the system message; NULL: none */
    const char *log, *votes; /* files; NULL: none */
    /* show gets the answers, tell what the program says of itself; interrupted is asked between tokens (NULL: never). */
    int (*show)(void *state, sm_span text, sm_error *err);
    int (*tell)(void *state, const char *text, sm_error *err);
    bool (*interrupted)(void *state);
    void *state;
} sm_conversation_options;

/* sm_conversation_new: SM_EUSAGE for a template that the tokenizer cannot write. */
SM_API int sm_conversation_new(sm_conversation **c, const sm_causal_lm *lm,
                               const sm_conversation_options *options,
                               sm_error *err) SM_MUST_USE;
SM_API void sm_conversation_free(sm_conversation *c); /* NULL is allowed */

/* sm_conversation_line takes a line without its LF. Returns 1, or 0 after /quit. What a user does wrong (an unknown command,
 * bytes that are no UTF-8, a turn longer than the model) is told, and is no failure; SM_EIO for a log that cannot be
 * written, or what show returned. */
SM_API int sm_conversation_line(sm_conversation *c, sm_span line, sm_error *err) SM_MUST_USE;
/* sm_conversation_end logs the talk that is on; call it at the end of input. */
SM_API int sm_conversation_end(sm_conversation *c, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
