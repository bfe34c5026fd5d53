/* Replies, many at once: see seimai/eval_reply.h.
 * SPDX-License-Identifier: MIT */
#include "code_points.h"

#include <seimai/completion.h>
#include <seimai/eval_reply.h>
#include <seimai/utf8.h>

/* The prompts of all items, their ids in one list. */
typedef struct prompts {
    const sm_causal_lm *lm;
    const char *template; /* a name, or NULL */
    sm_chat *chat;        /* NULL until a dialogue comes */
    size_t *first;        /* (n + 1) places in ids */
    size_t n, longest;
    sm_ids ids;
} prompts;

/* ---- prompts ------------------------------------------------------------------------------------------ */

static int put_dialogue(prompts *p, const sm_eval_item *item, sm_error *err)
{
    const char *const name = p->template ? p->template : p->lm->chat;
    sm_chat_ids rendered = {0};
    if (!p->chat) SM_TRY(sm_chat_open(&p->chat, name, p->lm->tokenizer, err));
    sm_ids_put(&p->ids, sm_chat_document(p->chat));
    const int status = sm_chat_render(p->chat, p->lm->encoder, item->messages, item->n_messages,
                                      true, &rendered, err);
    if (status < 0) sm_error_prefix(err, "item %.*s", (int)item->id.n, item->id.p);
    for (size_t i = 0; status == SM_OK && i < rendered.ids.n; i++)
        sm_ids_put(&p->ids, rendered.ids.p[i]);
    sm_chat_ids_free(&rendered);
    return status;
}

static int put_prompt(prompts *p, const sm_eval_item *item, sm_error *err)
{
    sm_ids ids = {0};
    if (item->messages) return put_dialogue(p, item, err);
    const int status = sm_causal_lm_encode(p->lm, item->prompt, &ids, err);
    for (size_t i = 0; status == SM_OK && i < ids.n; i++)
        sm_ids_put(&p->ids, ids.p[i]);
    sm_ids_free(&ids);
    return status;
}

static int encode(prompts *p, const sm_eval_items *items, sm_error *err)
{
    p->n = items->n;
    p->first = sm_calloc(p->n + 1, sizeof *p->first);
    for (size_t i = 0; i < p->n; i++) {
        SM_TRY(put_prompt(p, &items->items[i], err));
        p->first[i + 1] = p->ids.n;
        const size_t n = p->first[i + 1] - p->first[i];
        if (n > p->longest) p->longest = n;
    }
    return SM_OK;
}

static void free_prompts(prompts *p)
{
    sm_chat_free(p->chat);
    sm_free(p->first);
    sm_ids_free(&p->ids);
}

/* ---- replies --------------------------------------------------------------------------------------------- */

/* Prompts, what completes them, and the texts that come out. */
typedef struct writer {
    const sm_eval_reply_options *options;
    prompts prompts;
    uint32_t length; /* of a prompt with its reply */
    sm_completer *completer;
    sm_completion **completions; /* (n) */
    sm_span *stops;              /* (options->stops.n) */
    sm_span *replies;            /* (n), in the arena */
    sm_arena *arena;
    uint64_t cut;
} writer;

static int open_completer(writer *w, sm_error *err)
{
    const sm_eval_reply_options *const o = w->options;
    const sm_causal_lm *const lm = w->prompts.lm;
    const size_t most = o->length ? o->length : lm->config.max_position_embeddings;
    const size_t wanted = w->prompts.longest + (size_t)o->tokens, n = w->prompts.n;
    w->length = (uint32_t)(wanted < most ? wanted : most);
    if ((size_t)o->tokens >= w->length)
        SM_FAIL(err, SM_EUSAGE, "%lld tokens of a reply leave no room for a prompt in %u",
                (long long)o->tokens, w->length);
    w->stops = sm_calloc(o->stops.n, sizeof *w->stops);
    for (size_t i = 0; i < o->stops.n; i++)
        w->stops[i] = sm_span_of(o->stops.items[i]);
    const sm_completer_options options = {
        .streams = (uint32_t)((size_t)o->sequences < n ? (size_t)o->sequences : n),
        .length = w->length,
        .threads = o->threads,
        .sampler.stop = lm->eot,
        .stops = w->stops,
        .n_stops = o->stops.n};
    return sm_completer_new(&w->completer, lm, &options, err);
}

/* The left end of a prompt that is too long goes. */
static int ask(writer *w, size_t i, sm_error *err)
{
    const prompts *const p = &w->prompts;
    const size_t most = w->length - (size_t)w->options->tokens;
    const size_t n = p->first[i + 1] - p->first[i], dropped = n > most ? n - most : 0;
    const sm_ask asked = {.ids = p->ids.p + p->first[i] + dropped,
                          .n = n - dropped,
                          .tokens = (uint32_t)w->options->tokens,
                          .number = i,
                          .stop = p->chat ? sm_chat_stop(p->chat) : SM_NO_STOP};
    w->cut += dropped > 0;
    return sm_completer_ask(w->completer, &asked, &w->completions[i], err);
}

static sm_span trimmed(sm_span text)
{
    const char *p = text.p, *const end = text.p + text.n;
    size_t first = text.n, last = 0;
    while (p < end) {
        const size_t at = (size_t)(p - text.p);
        if (sm_is_python_space(sm_utf8_next(&p, end))) continue;
        if (first == text.n) first = at;
        last = (size_t)(p - text.p);
    }
    return last > first ? (sm_span){text.p + first, last - first} : (sm_span){text.p, 0};
}

static int write_all(writer *w, sm_error *err)
{
    for (size_t i = 0; i < w->prompts.n; i++)
        SM_TRY(ask(w, i, err));
    for (size_t i = 0; i < w->prompts.n; i++) {
        SM_TRY(sm_completer_wait(w->completer, w->completions[i], err));
        const sm_answer *const answer = sm_completion_answer(w->completions[i], 0);
        w->replies[i] = sm_arena_copy(w->arena, trimmed(answer->text));
        sm_completer_drop(w->completer, w->completions[i]);
        w->completions[i] = NULL;
    }
    return SM_OK;
}

static void free_writer(writer *w)
{
    for (size_t i = 0; w->completer && i < w->prompts.n; i++)
        sm_completer_drop(w->completer, w->completions[i]);
    sm_completer_free(w->completer);
    sm_free((void *)w->completions);
    sm_free(w->stops);
    sm_free(w->replies);
    free_prompts(&w->prompts);
}

int sm_eval_run_generated(sm_eval_run *run, const sm_eval_choice *metrics,
                          const sm_eval_items *items, const sm_causal_lm *lm,
                          const sm_eval_reply_options *options, const sm_phrases *phrases,
                          sm_error *err)
{
    writer w = {.options = options,
                .prompts = {.lm = lm, .template = options->chat},
                .completions = sm_calloc(items->n, sizeof(sm_completion *)),
                .replies = sm_calloc(items->n, sizeof(sm_span)),
                .arena = &run->arena};
    int status = encode(&w.prompts, items, err);
    if (status == SM_OK) status = open_completer(&w, err);
    if (status == SM_OK) status = write_all(&w, err);
    if (status == SM_OK)
        status =
            sm_eval_run_replies(run, metrics, items, w.replies, phrases, options->threads, err);
    run->cut = w.cut;
    free_writer(&w);
    return status;
}
