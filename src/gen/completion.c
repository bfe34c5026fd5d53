/* Streams side by side: see seimai/completion.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/completion.h>

#include <string.h>

#include "text_stream.h"

enum {
    LONGEST = 4096,   /* where no length is said */
    ANSWER_BITS = 24, /* answers to one prompt have numbers apart from those of other prompts */
    ENDS = 2          /* a stop id, where 1 is a stop string */
};

typedef struct answer {
    sm_answer is;
    sm_text_stream stream;
    bool begun;
} answer;

struct sm_completion {
    sm_completion *next; /* in the queue */
    uint32_t *ids;
    sm_ask ask;
    answer *answers; /* (ask.answers) */
    uint32_t begun, done;
};

/* A sequence of the generator and whose answer it makes. */
typedef struct place {
    sm_completion *completion; /* NULL: free */
    uint32_t answer;
    size_t n; /* ids that were seen */
} place;

struct sm_completer {
    const sm_causal_lm *lm;
    sm_completer_options options;
    sm_generator *gen;
    place *places;               /* (streams) */
    sm_completion *first, *last; /* those with answers that did not begin */
};

/* ---- making one --------------------------------------------------------------------------------- */

static int check_options(const sm_completer_options *o, const sm_causal_lm *lm, sm_error *err)
{
    for (size_t i = 0; i < o->n_stops; i++)
        if (o->stops[i].n == 0) SM_FAIL(err, SM_EUSAGE, "a stop string is empty");
    if (o->length > lm->config.max_position_embeddings)
        SM_FAIL(err, SM_EUSAGE, "%s: length %u is above the model's %u positions", lm->name,
                o->length, lm->config.max_position_embeddings);
    return SM_OK;
}

int sm_completer_new(sm_completer **out, const sm_causal_lm *lm,
                     const sm_completer_options *options, sm_error *err)
{
    const uint32_t most = lm->config.max_position_embeddings;
    sm_completer_options o = *options;
    sm_generator *gen;
    *out = NULL;
    SM_TRY(check_options(options, lm, err));
    if (o.length == 0) o.length = most < LONGEST ? most : LONGEST;
    if (o.sampler.vocabulary == 0)
        o.sampler.vocabulary = (uint32_t)sm_tokenizer_size(lm->tokenizer);
    SM_TRY(sm_generator_new(&gen, &lm->config,
                            &(sm_generator_options){.sequences = o.streams,
                                                    .length = o.length,
                                                    .threads = o.threads},
                            err));
    sm_generator_use(gen, lm->w);
    sm_completer *const c = sm_calloc(1, sizeof *c);
    *c = (sm_completer){.lm = lm, .options = o, .gen = gen};
    c->places = sm_calloc(o.streams, sizeof *c->places);
    *out = c;
    return SM_OK;
}

uint32_t sm_completer_length(const sm_completer *c)
{
    return c->options.length;
}

void sm_completer_free(sm_completer *c)
{
    if (!c) return;
    sm_generator_free(c->gen);
    sm_free(c->places);
    sm_free(c);
}

/* ---- asking ------------------------------------------------------------------------------------- */

static int check_ask(const sm_completer *c, const sm_ask *ask, sm_error *err)
{
    if (ask->n == 0) SM_FAIL(err, SM_EUSAGE, "the prompt has no token");
    if (ask->n >= c->options.length)
        SM_FAIL(err, SM_ELIMIT, "the prompt has %zu tokens, a text with its answer at most %u",
                ask->n, c->options.length);
    for (size_t i = 0; i < ask->n; i++)
        if (ask->ids[i] >= c->lm->config.vocab_size)
            SM_FAIL(err, SM_EUSAGE, "prompt: id %u at %zu: the model has %u", ask->ids[i], i,
                    c->lm->config.vocab_size);
    if (ask->answers >> ANSWER_BITS)
        SM_FAIL(err, SM_EUSAGE, "%u answers to one prompt", ask->answers);
    return SM_OK;
}

int sm_completer_ask(sm_completer *c, const sm_ask *ask, sm_completion **out, sm_error *err)
{
    *out = NULL;
    SM_TRY(check_ask(c, ask, err));
    sm_completion *const new = sm_calloc(1, sizeof *new);
    new->ask = *ask;
    new->ids = sm_calloc(ask->n, sizeof *new->ids);
    memcpy(new->ids, ask->ids, ask->n * sizeof *new->ids);
    new->ask.ids = new->ids;
    if (new->ask.answers == 0) new->ask.answers = 1;
    new->answers = sm_calloc(new->ask.answers, sizeof *new->answers);
    if (c->last)
        c->last->next = new;
    else
        c->first = new;
    c->last = new;
    *out = new;
    return SM_OK;
}

static void leave_queue(sm_completer *c, const sm_completion *gone)
{
    sm_completion *before = NULL;
    for (sm_completion *i = c->first; i; before = i, i = i->next) {
        if (i != gone) continue;
        if (before)
            before->next = i->next;
        else
            c->first = i->next;
        if (c->last == i) c->last = before;
        return;
    }
}

void sm_completer_drop(sm_completer *c, sm_completion *completion)
{
    if (!completion) return;
    leave_queue(c, completion);
    for (uint32_t i = 0; i < c->options.streams; i++) {
        if (c->places[i].completion != completion) continue;
        sm_generator_stop(c->gen, i);
        c->places[i].completion = NULL;
    }
    for (uint32_t i = 0; i < completion->ask.answers; i++)
        if (completion->answers[i].begun) sm_text_stream_fini(&completion->answers[i].stream);
    sm_free(completion->answers);
    sm_free(completion->ids);
    sm_free(completion);
}

/* ---- running ------------------------------------------------------------------------------------ */

/* The next answer of the first in the queue takes a free place. */
static int begin(sm_completer *c, uint32_t which, sm_error *err)
{
    sm_completion *const one = c->first;
    const sm_ask *const ask = &one->ask;
    const uint32_t i = one->begun++;
    if (one->begun == ask->answers) leave_queue(c, one);
    c->places[which] = (place){.completion = one, .answer = i, .n = ask->n};
    one->answers[i].begun = true;
    sm_text_stream_init(&one->answers[i].stream, c->lm->tokenizer, c->options.stops,
                        c->options.n_stops, ask->goes_on ? ask->ids[ask->n - 1] : SM_NO_TOKEN);
    return sm_generator_start(c->gen, which, ask->ids, ask->n, ask->tokens,
                              ask->number << ANSWER_BITS | i, err);
}

/* Takes over what a sequence has got, and frees its place when it has ended. */
static int take(sm_completer *c, uint32_t which, sm_error *err)
{
    place *const p = c->places + which;
    answer *const a = p->completion->answers + p->answer;
    size_t n;
    const uint32_t *const ids = sm_generator_ids(c->gen, which, &n);
    int stopped = 0;
    while (p->n < n && !stopped) {
        const uint32_t id = ids[p->n++];
        stopped =
            id == p->completion->ask.stop ? ENDS : sm_text_stream_put(&a->stream, id, err);
        SM_TRY(stopped);
        a->is.tokens += stopped != ENDS;
    }
    if (stopped) sm_generator_stop(c->gen, which);
    a->is.end = sm_generator_end(c->gen, which);
    if (a->is.end != SM_END_NONE) {
        if (stopped != 1) sm_text_stream_end(&a->stream);
        p->completion->done++;
        p->completion = NULL;
    }
    a->is.text = sm_buffer_span(&a->stream.text);
    return SM_OK;
}

int sm_completer_step(sm_completer *c, sm_error *err)
{
    int active = 0;
    for (uint32_t i = 0; i < c->options.streams; i++) {
        if (!c->places[i].completion && c->first) SM_TRY(begin(c, i, err));
        active |= c->places[i].completion != NULL;
    }
    SM_TRY(sm_generator_step(c->gen, &c->options.sampler, err));
    for (uint32_t i = 0; i < c->options.streams; i++)
        if (c->places[i].completion) SM_TRY(take(c, i, err));
    return active;
}

int sm_completer_wait(sm_completer *c, const sm_completion *completion, sm_error *err)
{
    while (!sm_completion_is_done(completion))
        SM_TRY(sm_completer_step(c, err));
    return SM_OK;
}

int sm_completer_follow(sm_completer *c, const sm_completion *completion,
                        int (*show)(void *state, sm_span text, sm_error *err),
                        bool (*interrupted)(void *state), void *state, sm_error *err)
{
    const sm_answer *const made = sm_completion_answer(completion, 0);
    size_t shown = 0;
    while (!sm_completion_is_done(completion) && !(interrupted && interrupted(state))) {
        SM_TRY(sm_completer_step(c, err));
        if (made->text.n == shown) continue;
        SM_TRY(show(state, (sm_span){made->text.p + shown, made->text.n - shown}, err));
        shown = made->text.n;
    }
    return SM_OK;
}

/* ---- what is there -------------------------------------------------------------------------------- */

const sm_answer *sm_completion_answer(const sm_completion *completion, uint32_t i)
{
    return &completion->answers[i].is;
}

bool sm_completion_is_done(const sm_completion *completion)
{
    return completion->done == completion->ask.answers;
}
