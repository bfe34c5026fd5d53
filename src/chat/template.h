/* The table of templates, and a template bound to a tokenizer.
 * SPDX-License-Identifier: MIT */
#ifndef SM_CHAT_TEMPLATE_H
#define SM_CHAT_TEMPLATE_H

#include <seimai/chat.h>

typedef enum chat_role { ROLE_SYSTEM, ROLE_USER, ROLE_ASSISTANT, ROLE_COUNT } chat_role;

extern const char *const chat_role_names[ROLE_COUNT];

/* In the strings of a template a special token stands between \x01 and \x02; with nothing between them it is the stop. */
#define TOKEN(name) "\x01" name "\x02"
#define STOP        "\x01\x02"

typedef struct chat_template {
    const char *name;
    const char *
        stop; /* the token that ends a turn; NULL: <|im_end|>, or else the tokenizer's end token */
    const char
        *document; /* the document token; NULL: the first candidate that is not the stop */
    const char *preamble; /* the system message of a dialogue without one, or NULL */
    struct {
        const char *before, *after;
    } role[ROLE_COUNT]; /* behind the assistant's content, what comes up to the stop counts */
    const char
        *user_behind_system; /* what stands before the user's content there; NULL: as always */
    const char *marks[2];    /* by which a Jinja text of others is recognised: any of them */
} chat_template;

extern const chat_template chat_templates[];
extern const size_t chat_n_templates;

/* A string of a template, cut at its special tokens. */
typedef struct chat_piece {
    sm_span text; /* of a token: its string */
    uint32_t id;  /* SM_NO_TOKEN: text */
} chat_piece;

typedef struct chat_string {
    chat_piece *pieces;
    size_t n;
} chat_string;

struct sm_chat {
    const chat_template *template;
    const sm_tokenizer *tokenizer;
    sm_arena arena;
    uint32_t stop, document;
    bool puts_space; /* the tokenizer puts a space before each text */
    chat_string before[ROLE_COUNT], after[ROLE_COUNT], user_behind_system;
    size_t n_end; /* pieces of after[ROLE_ASSISTANT] that count: up to the stop */
};

/* chat_cut appends nothing but the pieces to `out`, which lives in the arena. SM_EUSAGE for a missing token. */
int chat_cut(sm_chat *chat, const char *string, chat_string *out, sm_error *err);
/* One stop for the end of a turn and of a document: the last answer's is written as the document's. */
static inline bool chat_ends_open(const sm_chat *chat)
{
    return chat->stop == chat->document;
}

#endif
