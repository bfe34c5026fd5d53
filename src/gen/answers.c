/* The same prompts to several models: see seimai/answers.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/answers.h>

#include <stdio.h>
#include <string.h>

#include <seimai/json.h>

typedef struct speaker {
    sm_causal_lm *lm;
    sm_completer *completer;
    sm_chat *chat;    /* NULL where the tokenizer has no template … */
    sm_error no_chat; /* … and why */
    uint32_t length;
} speaker;

struct sm_answers {
    sm_answers_options options;
    speaker *speakers;
    size_t n;
    sm_ids ids;
    sm_chat_ids rendered;
    uint64_t number; /* of the document */
};

struct sm_asked {
    sm_completion **of; /* (models) */
};

/* ---- models --------------------------------------------------------------------------------------- */

static int open_speaker(speaker *s, const char *dir, const sm_answers_options *o, sm_error *err)
{
    SM_TRY(sm_causal_lm_open(&s->lm, dir, o->base, err));
    sm_completer_options options = o->completer;
    options.sampler.stop = o->ignore_eot ? SM_NO_STOP : s->lm->eot;
    SM_TRY(sm_completer_new(&s->completer, s->lm, &options, err));
    s->length = sm_completer_length(s->completer);
    const char *const name = o->chat ? o->chat : s->lm->chat;
    const int status = sm_chat_open(&s->chat, name, s->lm->tokenizer, &s->no_chat);
    if (status < 0 && o->chat) SM_FAIL(err, status, "%s: %s", s->lm->name, s->no_chat.text);
    return SM_OK;
}

int sm_answers_open(sm_answers **out, const char *const *models, size_t n,
                    const sm_answers_options *options, sm_error *err)
{
    int status = SM_OK;
    sm_answers *const set = sm_calloc(1, sizeof *set);
    *out = NULL;
    *set = (sm_answers){.options = *options, .n = n};
    set->speakers = sm_calloc(n, sizeof *set->speakers);
    for (size_t i = 0; i < n && status >= 0; i++)
        status = open_speaker(set->speakers + i, models[i], options, err);
    if (status < 0)
        sm_answers_free(set);
    else
        *out = set;
    return status;
}

void sm_answers_free(sm_answers *set)
{
    if (!set) return;
    for (size_t i = 0; i < set->n; i++) {
        sm_completer_free(set->speakers[i].completer);
        sm_chat_free(set->speakers[i].chat);
        sm_causal_lm_free(set->speakers[i].lm);
    }
    sm_ids_free(&set->ids);
    sm_chat_ids_free(&set->rendered);
    sm_free(set->speakers);
    sm_free(set);
}

size_t sm_answers_count(const sm_answers *set)
{
    return set->n * (set->options.answers > 0 ? set->options.answers : 1);
}

uint64_t sm_answers_next_number(sm_answers *set)
{
    return ++set->number;
}

const sm_causal_lm *sm_answers_model(const sm_answers *set, size_t i)
{
    return set->speakers[i].lm;
}

sm_completer *sm_answers_completer(const sm_answers *set, size_t i)
{
    return set->speakers[i].completer;
}

/* ---- asking --------------------------------------------------------------------------------------- */

/* Keeps the first id and as many of the last ones as leave room for an answer. */
static void truncate_left(const sm_answers *set, uint32_t length, sm_ids *ids)
{
    const size_t answer = set->options.tokens < length / 2 ? set->options.tokens : length / 2;
    const size_t room = length - (answer > 0 ? answer : length / 2);
    if (ids->n <= room || room < 2) return;
    memmove(ids->p + 1, ids->p + ids->n - (room - 1), (room - 1) * sizeof *ids->p);
    ids->n = room;
}

/* Asks one model what is in set->ids. */
static int ask_one(sm_answers *set, size_t i, sm_ask ask, sm_asked *asked,
                   sm_too_long *too_long, sm_error *err)
{
    const uint32_t length = set->speakers[i].length;
    if (set->options.truncate) truncate_left(set, length, &set->ids);
    ask.ids = set->ids.p;
    ask.n = set->ids.n;
    ask.tokens = set->options.tokens > 0 ? set->options.tokens : length;
    ask.answers = set->options.answers;
    *too_long = (sm_too_long){ask.n, length};
    return sm_completer_ask(set->speakers[i].completer, &ask, asked->of + i, err);
}

static sm_asked *asked_new(const sm_answers *set)
{
    sm_asked *const asked = sm_calloc(1, sizeof *asked);
    asked->of = (sm_completion **)sm_calloc(set->n, sizeof(sm_completion *));
    return asked;
}

static int hand_over(sm_answers *set, sm_asked *asked, int status, sm_asked **out)
{
    if (status < 0) {
        sm_answers_drop(set, asked);
        asked = NULL;
    }
    *out = asked;
    return status;
}

int sm_answers_ask_text(sm_answers *set, sm_span text, uint64_t number, sm_asked **out,
                        sm_too_long *too_long, sm_error *err)
{
    sm_asked *const asked = asked_new(set);
    const sm_ask ask = {.number = number, .stop = SM_NO_STOP, .goes_on = text.n > 0};
    int status = SM_OK;
    for (size_t i = 0; i < set->n && status >= 0; i++) {
        status = sm_causal_lm_encode(set->speakers[i].lm, text, &set->ids, err);
        if (status >= 0) status = ask_one(set, i, ask, asked, too_long, err);
    }
    return hand_over(set, asked, status, out);
}

/* The ids of messages for one model, with its document's token in front. */
static int render(sm_answers *set, const speaker *s, const sm_chat_message *messages, size_t n,
                  sm_error *err)
{
    if (!s->chat) SM_FAIL(err, SM_EUSAGE, "%s: no chat: %s", s->lm->name, s->no_chat.text);
    SM_TRY(sm_chat_render(s->chat, s->lm->encoder, messages, n, true, &set->rendered, err));
    set->ids.n = 0;
    sm_ids_put(&set->ids, sm_chat_document(s->chat));
    for (size_t i = 0; i < set->rendered.ids.n; i++)
        sm_ids_put(&set->ids, set->rendered.ids.p[i]);
    return SM_OK;
}

int sm_answers_ask_messages(sm_answers *set, const sm_chat_message *messages, size_t n,
                            uint64_t number, sm_asked **out, sm_too_long *too_long,
                            sm_error *err)
{
    sm_asked *const asked = asked_new(set);
    int status = SM_OK;
    for (size_t i = 0; i < set->n && status >= 0; i++) {
        const speaker *const s = set->speakers + i;
        status = render(set, s, messages, n, err);
        if (status < 0) break;
        const sm_ask ask = {.number = number,
                            .stop =
                                set->options.ignore_eot ? SM_NO_STOP : sm_chat_stop(s->chat)};
        status = ask_one(set, i, ask, asked, too_long, err);
    }
    return hand_over(set, asked, status, out);
}

int sm_answers_wait(sm_answers *set, const sm_asked *asked, sm_error *err)
{
    for (size_t i = 0; i < set->n; i++)
        SM_TRY(sm_completer_wait(set->speakers[i].completer, asked->of[i], err));
    return SM_OK;
}

void sm_answers_drop(sm_answers *set, sm_asked *asked)
{
    if (!asked) return;
    for (size_t i = 0; i < set->n; i++)
        sm_completer_drop(set->speakers[i].completer, asked->of[i]);
    sm_free((void *)asked->of);
    sm_free(asked);
}

/* ---- what was said -------------------------------------------------------------------------------- */

const sm_completion *sm_answers_of(const sm_asked *asked, size_t model)
{
    return asked->of[model];
}

void sm_answers_put(const sm_answers *set, const sm_asked *asked, sm_buffer *json)
{
    const uint32_t each = set->options.answers > 0 ? set->options.answers : 1;
    sm_json_open(json, '[');
    for (size_t i = 0; i < sm_answers_count(set); i++) {
        char id[24];
        (void)snprintf(id, sizeof id, "a%zu", i + 1);
        const size_t model = i / each;
        sm_json_open(json, '{');
        sm_json_put_text(json, "id", id);
        sm_json_put_string(json, "text",
                           sm_completion_answer(asked->of[model], (uint32_t)(i % each))->text);
        sm_json_put_text(json, "model", set->speakers[model].lm->name);
        sm_json_close(json, '}');
    }
    sm_json_close(json, ']');
}

void sm_answers_put_prompt(const sm_answers *set, const sm_asked *asked, sm_span prompt,
                           sm_buffer *json)
{
    sm_json_open(json, '{');
    sm_json_put_hash(json, "id", sm_hash128_of(prompt));
    sm_json_put_string(json, "prompt", prompt);
    sm_json_key(json, "answers");
    sm_answers_put(set, asked, json);
    sm_json_close(json, '}');
    sm_buffer_putc(json, '\n');
}
