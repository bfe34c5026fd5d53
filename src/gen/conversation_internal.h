/* conversation_internal.h - what a talk holds. SPDX-License-Identifier: MIT */
#ifndef SM_GEN_CONVERSATION_INTERNAL_H
#define SM_GEN_CONVERSATION_INTERNAL_H

#include <seimai/conversation.h>

enum { VOTE_NONE, VOTE_GOOD, VOTE_BAD };

/* One answer to a turn. */
typedef struct reply {
    char *text;
    int vote;
} reply;

typedef struct turn {
    char *user;
    reply *replies; /* the last one counts */
    size_t n, cap;
} turn;

struct sm_conversation {
    const sm_causal_lm *lm;
    sm_conversation_options options;
    sm_chat *chat;
    sm_completer *completer;
    turn *turns;
    size_t n, cap;
    size_t first; /* turns before it the model no longer reads */
    sm_chat_message *messages;
    size_t cap_messages;
    sm_chat_ids ids;
    uint64_t asked; /* answers so far: keys the random numbers */
    bool logged;    /* nothing was said since the log was written */
    sm_buffer json;
};

/* Of a turn that was answered. */
static inline reply *last_reply(const turn *t)
{
    return t->replies + t->n - 1;
}

/* conversation_log appends the talk to a file, as a document. */
int conversation_log(sm_conversation *c, const char *path, sm_error *err) SM_MUST_USE;
/* conversation_vote appends a judgement of the last turn's answers to the file of votes. */
int conversation_vote(sm_conversation *c, sm_error *err) SM_MUST_USE;

#endif
