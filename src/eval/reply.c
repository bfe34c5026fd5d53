/* Replies, many at once: see seimai/eval_reply.h.
 * SPDX-License-Identifier: MIT */
#include "code_points.h"

#include <seimai/eval_reply.h>
#include <seimai/utf8.h>

enum { LOOK = 8 /* steps between two searches for stop strings */ };
static const size_t MAX_REPLY = (size_t)1 << 26; /* bytes */

/* The prompts of all items, their ids in one list. */
typedef struct prompts {
    size_t *first; /* (n + 1) places in ids */
    size_t n, longest;
    sm_ids ids;
} prompts;

/* What answers: a place of the generator works on one item after the other. */
typedef struct writer {
    const sm_eval_items *items;
    const sm_eval_model *model;
    const sm_eval_reply_options *options;
    prompts prompts;
    sm_chat *chat; /* NULL until a dialogue comes */
    sm_generator *gen;
    uint32_t length, sequences;
    sm_sampler sampler;
    size_t *item; /* (sequences) that a place works on; items->n: none */
    size_t *room; /* (sequences) ids of its prompt, as it was started */
    size_t next;  /* item */
    sm_span *replies;
    sm_arena *arena; /* of the replies */
    sm_buffer text, valid;
    uint64_t cut;
} writer;

/* ---- prompts ------------------------------------------------------------------------------------------ */

static int open_chat(writer *w, sm_error *err)
{
    const char *name = w->options->chat;
    if (w->chat) return SM_OK;
    if (!name) SM_TRY(sm_chat_template_in(w->model->dir, &name, err));
    return sm_chat_open(&w->chat, name, w->model->tokenizer, err);
}

static int put_dialogue(writer *w, const sm_eval_item *item, sm_encoder *encoder, sm_error *err)
{
    sm_chat_ids rendered = {0};
    SM_TRY(open_chat(w, err));
    sm_ids_put(&w->prompts.ids, sm_chat_document(w->chat));
    const int status = sm_chat_render(w->chat, encoder, item->messages, item->n_messages, true,
                                      &rendered, err);
    if (status < 0) sm_error_prefix(err, "item %.*s", (int)item->id.n, item->id.p);
    for (size_t i = 0; status == SM_OK && i < rendered.ids.n; i++)
        sm_ids_put(&w->prompts.ids, rendered.ids.p[i]);
    sm_chat_ids_free(&rendered);
    return status;
}

static int put_prompt(writer *w, const sm_eval_item *item, sm_encoder *encoder, sm_error *err)
{
    if (item->messages) return put_dialogue(w, item, encoder, err);
    sm_ids_put(&w->prompts.ids, w->model->style.first);
    sm_tokenizer_encode(w->model->tokenizer, encoder, item->prompt, &w->prompts.ids);
    return SM_OK;
}

static int encode(writer *w, sm_error *err)
{
    sm_encoder *const encoder = sm_encoder_new();
    prompts *const p = &w->prompts;
    int status = SM_OK;
    p->n = w->items->n;
    p->first = sm_calloc(p->n + 1, sizeof *p->first);
    for (size_t i = 0; i < p->n && status == SM_OK; i++) {
        status = put_prompt(w, &w->items->items[i], encoder, err);
        p->first[i + 1] = p->ids.n;
        const size_t n = p->first[i + 1] - p->first[i];
        if (n > p->longest) p->longest = n;
    }
    sm_encoder_free(encoder);
    return status;
}

/* ---- the generator -------------------------------------------------------------------------------------- */

static int make_generator(writer *w, sm_error *err)
{
    const size_t most =
        w->options->length ? w->options->length : w->model->config.max_position_embeddings;
    const size_t wanted = w->prompts.longest + (size_t)w->options->tokens;
    w->length = (uint32_t)(wanted < most ? wanted : most);
    if ((size_t)w->options->tokens >= w->length)
        SM_FAIL(err, SM_EUSAGE, "%lld tokens of a reply leave no room for a prompt in %u",
                (long long)w->options->tokens, w->length);
    const size_t n = (size_t)w->options->sequences;
    w->sequences = (uint32_t)(n < w->items->n ? n : w->items->n);
    SM_TRY(sm_generator_new(&w->gen, &w->model->config,
                            &(sm_generator_options){.sequences = w->sequences,
                                                    .length = w->length,
                                                    .threads = w->options->threads},
                            err));
    sm_generator_use(w->gen, w->model->w);
    w->item = sm_calloc(w->sequences, sizeof *w->item);
    w->room = sm_calloc(w->sequences, sizeof *w->room);
    return SM_OK;
}

static void set_sampler(writer *w)
{
    const uint32_t eot = sm_tokenizer_eot(w->model->tokenizer);
    w->sampler = (sm_sampler){.vocabulary = (uint32_t)sm_tokenizer_size(w->model->tokenizer),
                              .stop = w->chat ? sm_chat_stop(w->chat) : eot,
                              .also_stop = w->chat && eot != SM_NO_TOKEN ? eot : 0};
}

/* The next item into a place; the left end of a prompt that is too long goes. */
static int start(writer *w, uint32_t place, sm_error *err)
{
    w->item[place] = w->next < w->items->n ? w->next++ : w->items->n;
    const size_t item = w->item[place];
    if (item == w->items->n) return SM_OK;
    const size_t most = w->length - (size_t)w->options->tokens;
    size_t n = w->prompts.first[item + 1] - w->prompts.first[item];
    const size_t dropped = n > most ? n - most : 0;
    w->cut += dropped > 0;
    n -= dropped;
    w->room[place] = n;
    return sm_generator_start(w->gen, place,
                              w->prompts.ids.p + w->prompts.first[item] + dropped, n,
                              (uint32_t)w->options->tokens, item, err);
}

/* ---- replies --------------------------------------------------------------------------------------------- */

static int decode(writer *w, uint32_t place, sm_error *err)
{
    size_t n;
    uint64_t bad = 0;
    const uint32_t *const ids = sm_generator_ids(w->gen, place, &n);
    sm_buffer_clear(&w->text);
    sm_buffer_clear(&w->valid);
    SM_TRY(sm_tokenizer_decode(w->model->tokenizer, ids + w->room[place], n - w->room[place],
                               false, &w->text, err));
    sm_utf8_repair(sm_buffer_span(&w->text), &w->valid, &bad);
    return SM_OK;
}

/* What stands before the first stop string; *found tells whether there was one. */
static sm_span before_stop(const writer *w, bool *found)
{
    sm_span text = sm_buffer_span(&w->valid);
    *found = false;
    for (size_t i = 0; i < w->options->stops.n; i++) {
        const char *const at = sm_span_find(text, sm_span_of(w->options->stops.items[i]));
        if (!at) continue;
        text.n = (size_t)(at - text.p);
        *found = true;
    }
    return text;
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

static int finish(writer *w, uint32_t place, sm_error *err)
{
    bool found;
    SM_TRY(decode(w, place, err));
    w->replies[w->item[place]] = sm_arena_copy(w->arena, trimmed(before_stop(w, &found)));
    return start(w, place, err);
}

/* Ends the sequences in which a stop string came. */
static int look_for_stops(writer *w, sm_error *err)
{
    for (uint32_t place = 0; place < w->sequences && w->options->stops.n > 0; place++) {
        bool found;
        if (w->item[place] == w->items->n || sm_generator_end(w->gen, place) != SM_END_NONE)
            continue;
        SM_TRY(decode(w, place, err));
        (void)before_stop(w, &found);
        if (found) sm_generator_stop(w->gen, place);
    }
    return SM_OK;
}

static int write_all(writer *w, sm_error *err)
{
    for (uint32_t place = 0; place < w->sequences; place++)
        SM_TRY(start(w, place, err));
    for (uint64_t step = 0;; step++) {
        const int going = sm_generator_step(w->gen, &w->sampler, err);
        SM_TRY(going);
        if (step % LOOK == LOOK - 1) SM_TRY(look_for_stops(w, err));
        for (uint32_t place = 0; place < w->sequences; place++)
            if (w->item[place] < w->items->n && sm_generator_end(w->gen, place) != SM_END_NONE)
                SM_TRY(finish(w, place, err));
        if (going == 0) return SM_OK;
    }
}

static void free_writer(writer *w)
{
    sm_chat_free(w->chat);
    sm_generator_free(w->gen);
    sm_free(w->prompts.first);
    sm_ids_free(&w->prompts.ids);
    sm_free(w->item);
    sm_free(w->room);
    sm_free(w->replies);
    sm_buffer_free(&w->text);
    sm_buffer_free(&w->valid);
}

int sm_eval_run_generated(sm_eval_run *run, const sm_eval_choice *metrics,
                          const sm_eval_items *items, const sm_eval_model *model,
                          const sm_eval_reply_options *options, const sm_phrases *phrases,
                          sm_error *err)
{
    writer w = {.items = items,
                .model = model,
                .options = options,
                .replies = sm_calloc(items->n, sizeof(sm_span)),
                .arena = &run->arena,
                .text = sm_buffer_make(MAX_REPLY),
                .valid = sm_buffer_make(3 * MAX_REPLY)};
    int status = encode(&w, err);
    if (status == SM_OK) status = make_generator(&w, err);
    set_sampler(&w);
    if (status == SM_OK) status = write_all(&w, err);
    if (status == SM_OK)
        status =
            sm_eval_run_replies(run, metrics, items, w.replies, phrases, options->threads, err);
    run->cut = w.cut;
    free_writer(&w);
    return status;
}
