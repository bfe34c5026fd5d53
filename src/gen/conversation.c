/* A talk with a model: see seimai/conversation.h.
 * SPDX-License-Identifier: MIT */
#include "conversation_internal.h"

#include <stdio.h>
#include <string.h>

#include <seimai/utf8.h>

/* ---- making one --------------------------------------------------------------------------------- */

static int open_completer(sm_conversation *c, sm_error *err)
{
    sm_completer_options options = c->options.completer;
    options.streams = 1;
    options.sampler.stop = c->lm->eot; /* SM_NO_TOKEN is SM_NO_STOP */
    SM_TRY(sm_completer_new(&c->completer, c->lm, &options, err));
    c->options.completer.length = sm_completer_length(c->completer);
    return SM_OK;
}

int sm_conversation_new(sm_conversation **out, const sm_causal_lm *lm,
                        const sm_conversation_options *options, sm_error *err)
{
    sm_conversation *const c = sm_calloc(1, sizeof *c);
    *out = NULL;
    *c = (sm_conversation){.lm = lm, .options = *options, .json = sm_buffer_make(SIZE_MAX / 2)};
    int status =
        sm_chat_open(&c->chat, options->chat ? options->chat : lm->chat, lm->tokenizer, err);
    if (status >= 0) status = open_completer(c, err);
    if (status < 0)
        sm_conversation_free(c);
    else
        *out = c;
    return status;
}

static void forget_turn(sm_conversation *c)
{
    turn *const t = c->turns + --c->n;
    for (size_t i = 0; i < t->n; i++)
        sm_free(t->replies[i].text);
    sm_free(t->replies);
    sm_free(t->user);
    if (c->first > c->n) c->first = c->n;
}

void sm_conversation_free(sm_conversation *c)
{
    if (!c) return;
    while (c->n > 0)
        forget_turn(c);
    sm_completer_free(c->completer);
    sm_chat_free(c->chat);
    sm_chat_ids_free(&c->ids);
    sm_buffer_free(&c->json);
    sm_free(c->messages);
    sm_free(c->turns);
    sm_free(c);
}

/* ---- an answer ---------------------------------------------------------------------------------- */

static void add_message(sm_conversation *c, size_t *n, const char *role, const char *content)
{
    c->messages = sm_array_grow(c->messages, *n, &c->cap_messages, sizeof *c->messages);
    c->messages[(*n)++] = (sm_chat_message){sm_span_of(role), sm_span_of(content)};
}

/* The ids of the turns from c->first on, up to the assistant's header. */
static int render(sm_conversation *c, sm_error *err)
{
    size_t n = 0;
    if (c->options.system) add_message(c, &n, "system", c->options.system);
    for (size_t i = c->first; i < c->n; i++) {
        add_message(c, &n, "user", c->turns[i].user);
        if (i + 1 < c->n) add_message(c, &n, "assistant", last_reply(c->turns + i)->text);
    }
    return sm_chat_render(c->chat, c->lm->encoder, c->messages, n, true, &c->ids, err);
}

/* Leaves the oldest turns out until there is room for an answer; then some more, so that it is not needed at once again. */
static int make_room(sm_conversation *c, sm_error *err)
{
    const size_t length = c->options.completer.length, before = c->first;
    SM_TRY(render(c, err));
    if (c->ids.ids.n + 1 + c->options.tokens <= length) return SM_OK;
    while (c->first + 1 < c->n && c->ids.ids.n + 1 + c->options.tokens > length - length / 4) {
        c->first++;
        SM_TRY(render(c, err));
    }
    if (c->first == before) return SM_OK;
    char text[80];
    (void)snprintf(text, sizeof text, "(the oldest turns are no longer read: %zu of %zu)\n",
                   c->first, c->n);
    return c->options.tell(c->options.state, text, err);
}

static int complete(sm_conversation *c, sm_error *err)
{
    turn *const t = c->turns + c->n - 1;
    sm_ids ids = {0};
    sm_completion *completion = NULL;
    sm_ids_put(&ids, sm_chat_document(c->chat));
    for (size_t i = 0; i < c->ids.ids.n; i++)
        sm_ids_put(&ids, c->ids.ids.p[i]);
    int status = sm_completer_ask(c->completer,
                                  &(sm_ask){.ids = ids.p,
                                            .n = ids.n,
                                            .tokens = c->options.tokens,
                                            .number = c->asked++,
                                            .stop = sm_chat_stop(c->chat)},
                                  &completion, err);
    if (status >= 0)
        status = sm_completer_follow(c->completer, completion, c->options.show,
                                     c->options.interrupted, c->options.state, err);
    if (status >= 0) status = c->options.show(c->options.state, SM_SPAN("\n"), err);
    if (status >= 0) {
        t->replies = sm_array_grow(t->replies, t->n, &t->cap, sizeof *t->replies);
        t->replies[t->n++] =
            (reply){.text = sm_strdup(sm_completion_answer(completion, 0)->text)};
        c->logged = false;
    }
    sm_completer_drop(c->completer, completion);
    sm_ids_free(&ids);
    return status;
}

/* Answers the last turn. A turn that is too long is told, and taken back where it has no answer yet. */
static int answer_turn(sm_conversation *c, sm_error *err)
{
    int status = make_room(c, err);
    if (status >= 0) status = complete(c, err);
    if (status >= 0) return 1;
    if (c->turns[c->n - 1].n == 0) forget_turn(c);
    if (status != SM_ELIMIT && status != SM_EFORMAT) return status;
    c->first = 0;
    char text[sizeof err->text + 8];
    (void)snprintf(text, sizeof text, "(%s)\n", err->text);
    sm_error_clear(err);
    SM_TRY(c->options.tell(c->options.state, text, err));
    return 1;
}

/* ---- commands ----------------------------------------------------------------------------------- */

static int tell(sm_conversation *c, const char *text, sm_error *err)
{
    SM_TRY(c->options.tell(c->options.state, text, err));
    return 1;
}

static int on_help(sm_conversation *c, const char *argument, sm_error *err);

static int on_reset(sm_conversation *c, const char *argument, sm_error *err)
{
    (void)argument;
    SM_TRY(sm_conversation_end(c, err));
    while (c->n > 0)
        forget_turn(c);
    return tell(c, "(a new talk)\n", err);
}

static int on_undo(sm_conversation *c, const char *argument, sm_error *err)
{
    (void)argument;
    if (c->n == 0) return tell(c, "(nothing was said)\n", err);
    forget_turn(c);
    c->first = 0;
    c->logged = false;
    return tell(c, "(the last turn is taken back)\n", err);
}

static int on_again(sm_conversation *c, const char *argument, sm_error *err)
{
    (void)argument;
    if (c->n == 0) return tell(c, "(nothing was said)\n", err);
    return answer_turn(c, err);
}

static int vote(sm_conversation *c, int value, sm_error *err)
{
    if (c->n == 0) return tell(c, "(nothing was said)\n", err);
    last_reply(c->turns + c->n - 1)->vote = value;
    c->logged = false;
    if (c->options.votes) SM_TRY(conversation_vote(c, err));
    return tell(c, value == VOTE_GOOD ? "(good)\n" : "(bad)\n", err);
}

static int on_good(sm_conversation *c, const char *argument, sm_error *err)
{
    (void)argument;
    return vote(c, VOTE_GOOD, err);
}

static int on_bad(sm_conversation *c, const char *argument, sm_error *err)
{
    (void)argument;
    return vote(c, VOTE_BAD, err);
}

static int on_save(sm_conversation *c, const char *argument, sm_error *err)
{
    if (argument[0] == '\0') return tell(c, "(/save FILE)\n", err);
    const int status = conversation_log(c, argument, err);
    if (status >= 0) return tell(c, "(saved)\n", err);
    char text[sizeof err->text + 8];
    (void)snprintf(text, sizeof text, "(%s)\n", err->text);
    sm_error_clear(err);
    return tell(c, text, err);
}

static int on_quit(sm_conversation *c, const char *argument, sm_error *err)
{
    (void)argument;
    SM_TRY(sm_conversation_end(c, err));
    return 0;
}

typedef struct command {
    const char *name;
    int (*run)(sm_conversation *c, const char *argument, sm_error *err);
    const char *help;
} command;

static const command commands[] = {
    {"/help", on_help, "this list"},
    {"/reset", on_reset, "begin a new talk"},
    {"/undo", on_undo, "take the last turn back"},
    {"/again", on_again, "another answer to the last turn"},
    {"/good", on_good, "the last answer was good"},
    {"/bad", on_bad, "the last answer was bad"},
    {"/save", on_save, "append the talk to a file: /save FILE"},
    {"/quit", on_quit, "end"},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static int on_help(sm_conversation *c, const char *argument, sm_error *err)
{
    (void)argument;
    for (size_t i = 0; i < COMMANDS; i++) {
        char text[80];
        (void)snprintf(text, sizeof text, "%-8s %s\n", commands[i].name, commands[i].help);
        SM_TRY(tell(c, text, err));
    }
    return 1;
}

static int run_command(sm_conversation *c, const char *line, sm_error *err)
{
    const size_t n = strcspn(line, " ");
    for (size_t i = 0; i < COMMANDS; i++)
        if (strlen(commands[i].name) == n && memcmp(commands[i].name, line, n) == 0)
            return commands[i].run(c, line + n + strspn(line + n, " "), err);
    return tell(c, "(no such command; /help lists them)\n", err);
}

int sm_conversation_line(sm_conversation *c, sm_span line, sm_error *err)
{
    if (sm_utf8_check(line) < line.n || memchr(line.p, '\0', line.n))
        return tell(c, "(that was no UTF-8)\n", err);
    if (line.n == 0) return 1;
    char *const text = sm_strdup(line);
    if (text[0] == '/') {
        const int status = run_command(c, text, err);
        sm_free(text);
        return status;
    }
    c->turns = sm_array_grow(c->turns, c->n, &c->cap, sizeof *c->turns);
    c->turns[c->n++] = (turn){.user = text};
    return answer_turn(c, err);
}

int sm_conversation_end(sm_conversation *c, sm_error *err)
{
    if (!c->options.log || c->logged || c->n == 0) return SM_OK;
    c->logged = true;
    return conversation_log(c, c->options.log, err);
}
