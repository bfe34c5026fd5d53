/* What is left of a talk: documents and judgements. See seimai/conversation.h.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <seimai/hash.h>
#include <seimai/json.h>

#include "conversation_internal.h"

static int append(const char *path, sm_span line, sm_error *err)
{
    const int fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0666);
    if (fd < 0) SM_FAIL(err, SM_EIO, "%s: %s", path, strerror(errno));
    int status = SM_OK;
    while (line.n > 0 && status == SM_OK) {
        const ssize_t n = write(fd, line.p, line.n);
        if (n < 0 && errno != EINTR)
            status = sm_error_set(err, SM_EIO, "%s: %s", path, strerror(errno));
        if (n > 0) line = (sm_span){line.p + n, line.n - (size_t)n};
    }
    if (close(fd) < 0 && status == SM_OK)
        status = sm_error_set(err, SM_EIO, "%s: %s", path, strerror(errno));
    return status;
}

static void put_message(sm_buffer *json, const char *role, const char *content)
{
    sm_json_open(json, '{');
    sm_json_put_text(json, "role", role);
    sm_json_put_text(json, "content", content);
    sm_json_close(json, '}');
}

/* The system message and the first n turns; the last one without its answer where that is asked for. */
static void put_messages(sm_conversation *c, size_t n, bool open_end)
{
    sm_buffer *const json = &c->json;
    sm_json_key(json, "messages");
    sm_json_open(json, '[');
    if (c->options.system) put_message(json, "system", c->options.system);
    for (size_t i = 0; i < n; i++) {
        put_message(json, "user", c->turns[i].user);
        if (i + 1 < n || !open_end)
            put_message(json, "assistant", last_reply(c->turns + i)->text);
    }
    sm_json_close(json, ']');
}

static void put_vote(sm_buffer *json, int vote)
{
    if (vote == VOTE_NONE)
        sm_json_null(json);
    else
        sm_json_string(json, vote == VOTE_GOOD ? SM_SPAN("good") : SM_SPAN("bad"));
}

static void put_time(sm_buffer *json)
{
    const time_t now = time(NULL);
    struct tm utc;
    char text[32] = "";
    if (gmtime_r(&now, &utc)) (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    sm_json_put_text(json, "time", text);
}

/* `id` of a record: the hash of what was said in it. */
static void put_id(sm_buffer *json, const sm_conversation *c, size_t n)
{
    sm_buffer said = sm_buffer_make(SIZE_MAX / 2);
    for (size_t i = 0; i < n; i++) {
        sm_buffer_puts(&said, c->turns[i].user);
        sm_buffer_putc(&said, '\n');
        sm_buffer_puts(&said, last_reply(c->turns + i)->text);
        sm_buffer_putc(&said, '\n');
    }
    sm_json_put_hash(json, "id", sm_hash128_of(sm_buffer_span(&said)));
    sm_buffer_free(&said);
}

/* The turns that are an example: those before the first bad answer. */
static size_t examples(const sm_conversation *c)
{
    size_t n = 0;
    while (n < c->n && last_reply(c->turns + n)->vote != VOTE_BAD)
        n++;
    return n;
}

int conversation_log(sm_conversation *c, const char *path, sm_error *err)
{
    sm_buffer *const json = &c->json;
    const size_t n = examples(c);
    if (n == 0) return SM_OK;
    sm_buffer_clear(json);
    sm_json_open(json, '{');
    put_id(json, c, n);
    put_messages(c, n, false);
    sm_json_key(json, "metadata");
    sm_json_open(json, '{');
    sm_json_key(json, "chat");
    sm_json_open(json, '{');
    sm_json_put_text(json, "model", c->lm->name);
    sm_json_put_text(json, "template", sm_chat_name(c->chat));
    sm_json_key(json, "votes");
    sm_json_open(json, '[');
    for (size_t i = 0; i < n; i++)
        put_vote(json, last_reply(c->turns + i)->vote);
    sm_json_close(json, ']');
    for (int i = 0; i < 3; i++)
        sm_json_close(json, '}');
    sm_buffer_putc(json, '\n');
    return append(path, sm_buffer_span(json), err);
}

/* Answers are a, b, c …; past z they have two letters. */
static void put_answer_id(sm_buffer *json, size_t i)
{
    const char id[] = {(char)('a' + i / 26 % 26), (char)('a' + i % 26)};
    sm_json_string(json, i < 26 ? (sm_span){id + 1, 1} : (sm_span){id, 2});
}

static void put_answers(sm_conversation *c, const turn *t)
{
    sm_json_key(&c->json, "answers");
    sm_json_open(&c->json, '[');
    for (size_t i = 0; i < t->n; i++) {
        sm_json_open(&c->json, '{');
        sm_json_key(&c->json, "id");
        put_answer_id(&c->json, i);
        sm_json_put_text(&c->json, "text", t->replies[i].text);
        sm_json_put_text(&c->json, "model", c->lm->name);
        sm_json_close(&c->json, '}');
    }
    sm_json_close(&c->json, ']');
}

/* The ids of the answers that have a vote, as one group; nothing where there is none. */
static void put_group(sm_buffer *json, const turn *t, int vote)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++) {
        if (t->replies[i].vote != vote) continue;
        if (n++ == 0) sm_json_open(json, '[');
        put_answer_id(json, i);
    }
    if (n > 0) sm_json_close(json, ']');
}

static void put_judgement(sm_conversation *c, const turn *t)
{
    sm_buffer *const json = &c->json;
    sm_json_put_text(json, "rater", "chat");
    sm_json_key(json, "ranking");
    sm_json_open(json, '[');
    put_group(json, t, VOTE_GOOD);
    put_group(json, t, VOTE_NONE);
    put_group(json, t, VOTE_BAD);
    sm_json_close(json, ']');
    sm_json_put_bool(json, "skip", false);
    sm_json_key(json, "flags");
    sm_json_open(json, '[');
    put_vote(json, last_reply(t)->vote);
    sm_json_close(json, ']');
    sm_json_key(json, "shown_order");
    sm_json_open(json, '[');
    for (size_t i = 0; i < t->n; i++)
        put_answer_id(json, i);
    sm_json_close(json, ']');
    put_time(json);
}

int conversation_vote(sm_conversation *c, sm_error *err)
{
    const turn *const t = c->turns + c->n - 1;
    sm_buffer_clear(&c->json);
    sm_json_open(&c->json, '{');
    put_id(&c->json, c, c->n);
    put_messages(c, c->n, true);
    put_answers(c, t);
    put_judgement(c, t);
    sm_json_close(&c->json, '}');
    sm_buffer_putc(&c->json, '\n');
    return append(c->options.votes, sm_buffer_span(&c->json), err);
}
