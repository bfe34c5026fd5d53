/* Sequences that grow token by token: see seimai/generate.h.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include <seimai/generate.h>

enum { CHUNK = 64 }; /* tokens of a prompt that go through the net at once */

typedef struct sequence {
    uint32_t *ids; /* (length) */
    size_t n, limit;
    uint64_t number;
    sm_generation_end end;
    bool started;
    float *logits; /* (V) of what follows */
} sequence;

struct sm_generator {
    sm_net *net;
    const float *w;
    sm_generator_options options;
    uint32_t V;
    sequence *sequences;
    sm_batch *batch; /* (sequences, CHUNK) at most */
    uint32_t *rows;  /* (sequences) */
    float *logits;   /* (sequences, V) of a step */
    sm_candidate *scratch;
};

static uint32_t chunk_of(const sm_generator_options *o)
{
    return o->length < CHUNK ? o->length : CHUNK;
}

int sm_generator_new(sm_generator **out, const sm_model_config *config,
                     const sm_generator_options *options, sm_error *err)
{
    *out = NULL;
    sm_net *net = NULL;
    SM_TRY(sm_net_build(&net, config,
                        &(sm_net_options){.plan = SM_PLAN_DECODE,
                                          .B = options->sequences,
                                          .T = chunk_of(options),
                                          .cache = options->length,
                                          .threads = options->threads},
                        err));
    sm_generator *const gen = sm_calloc(1, sizeof *gen);
    *gen = (sm_generator){.net = net, .options = *options, .V = config->vocab_size};
    gen->sequences = sm_calloc(options->sequences, sizeof *gen->sequences);
    for (uint32_t i = 0; i < options->sequences; i++) {
        gen->sequences[i].ids = sm_calloc(options->length, sizeof(uint32_t));
        gen->sequences[i].logits = sm_calloc(gen->V, sizeof(float));
    }
    gen->batch = sm_batch_new(options->sequences, chunk_of(options));
    gen->rows = sm_calloc(options->sequences, sizeof *gen->rows);
    gen->logits = sm_calloc((size_t)options->sequences * gen->V, sizeof *gen->logits);
    gen->scratch = sm_calloc(gen->V, sizeof *gen->scratch);
    *out = gen;
    return SM_OK;
}

void sm_generator_free(sm_generator *gen)
{
    if (!gen) return;
    for (uint32_t i = 0; i < gen->options.sequences; i++) {
        sm_free(gen->sequences[i].ids);
        sm_free(gen->sequences[i].logits);
    }
    sm_net_free(gen->net);
    sm_batch_free(gen->batch);
    sm_free(gen->sequences);
    sm_free(gen->rows);
    sm_free(gen->logits);
    sm_free(gen->scratch);
    sm_free(gen);
}

const sm_params *sm_generator_params(const sm_generator *gen)
{
    return sm_net_params(gen->net);
}

void sm_generator_use(sm_generator *gen, const float *w)
{
    gen->w = w;
}

/* Position `at` of a sequence as token i of the batch: it sees all before it and itself. */
static void put_token(sm_generator *gen, size_t i, const sequence *s, size_t at)
{
    sm_batch *const batch = gen->batch;
    batch->ids[i] = s->ids[at];
    batch->pos[i] = (uint32_t)at;
    batch->lo[i] = 0;
    batch->hi[i] = (uint32_t)at + 1;
}

static sm_batch shape_of(const sm_generator *gen, uint32_t B, uint32_t T)
{
    sm_batch batch = *gen->batch;
    batch.B = B;
    batch.T = T;
    batch.target = NULL;
    batch.weight = NULL;
    return batch;
}

static int prefill(sm_generator *gen, uint32_t which, sm_error *err)
{
    const sequence *const s = gen->sequences + which;
    uint32_t n = 0;
    gen->batch->seq[0] = which;
    for (size_t first = 0; first < s->n; first += n) {
        n = (uint32_t)(s->n - first < chunk_of(&gen->options) ? s->n - first
                                                              : chunk_of(&gen->options));
        for (uint32_t i = 0; i < n; i++)
            put_token(gen, i, s, first + i);
        const sm_batch batch = shape_of(gen, 1, n);
        SM_TRY(sm_net_forward(gen->net, gen->w, &batch, err));
    }
    sm_net_logits(gen->net, gen->w, &(uint32_t){n - 1}, 1, s->logits);
    return SM_OK;
}

int sm_generator_start(sm_generator *gen, uint32_t which, const uint32_t *prompt, size_t n,
                       uint32_t tokens, uint64_t number, sm_error *err)
{
    sequence *const s = gen->sequences + which;
    s->started = false;
    if (n == 0) SM_FAIL(err, SM_EUSAGE, "prompt: it has no token");
    if (n > gen->options.length)
        SM_FAIL(err, SM_ELIMIT, "prompt: %zu tokens, there is room for %u", n,
                gen->options.length);
    memcpy(s->ids, prompt, n * sizeof *prompt);
    s->n = n;
    s->limit = n + tokens;
    s->number = number;
    s->end = SM_END_NONE;
    SM_TRY(prefill(gen, which, err));
    s->started = true;
    if (tokens == 0)
        s->end = SM_END_TOKENS;
    else if (n == gen->options.length)
        s->end = SM_END_LENGTH;
    return SM_OK;
}

static bool goes_on(const sequence *s)
{
    return s->started && s->end == SM_END_NONE;
}

/* Chooses the next id from the logits that are there; false when the sequence ends with it. */
static bool choose(sm_generator *gen, sequence *s, const sm_sampler *sampler)
{
    const uint32_t id =
        sm_sampler_pick(sampler, s->logits, gen->V, s->ids, s->n, s->number, gen->scratch);
    if (id == sampler->stop) {
        s->end = SM_END_STOP;
        return false;
    }
    s->ids[s->n++] = id;
    if (s->n == s->limit)
        s->end = SM_END_TOKENS;
    else if (s->n == gen->options.length)
        s->end = SM_END_LENGTH;
    return s->end == SM_END_NONE;
}

static int check_logits(const sm_generator *gen, uint32_t which, sm_error *err)
{
    const float *const logits = gen->sequences[which].logits;
    for (uint32_t v = 0; v < gen->V; v++)
        if (!isfinite(logits[v]))
            SM_FAIL(err, SM_ENUMERIC, "sequence %u: the logit of id %u is %g", which, v,
                    (double)logits[v]);
    return SM_OK;
}

/* The tokens just chosen go through the net together, one row a sequence. */
static int feed(sm_generator *gen, uint32_t n, sm_error *err)
{
    for (uint32_t i = 0; i < n; i++) {
        const sequence *const s = gen->sequences + gen->batch->seq[i];
        put_token(gen, i, s, s->n - 1);
        gen->rows[i] = i;
    }
    const sm_batch batch = shape_of(gen, n, 1);
    SM_TRY(sm_net_forward(gen->net, gen->w, &batch, err));
    sm_net_logits(gen->net, gen->w, gen->rows, n, gen->logits);
    for (uint32_t i = 0; i < n; i++)
        memcpy(gen->sequences[gen->batch->seq[i]].logits, gen->logits + (size_t)i * gen->V,
               gen->V * sizeof(float));
    return SM_OK;
}

int sm_generator_step(sm_generator *gen, const sm_sampler *sampler, sm_error *err)
{
    int active = 0;
    uint32_t fed = 0;
    for (uint32_t i = 0; i < gen->options.sequences; i++) {
        sequence *const s = gen->sequences + i;
        if (!goes_on(s)) continue;
        SM_TRY(check_logits(gen, i, err));
        active++;
        if (choose(gen, s, sampler)) gen->batch->seq[fed++] = i;
    }
    if (fed > 0) SM_TRY(feed(gen, fed, err));
    return active;
}

const uint32_t *sm_generator_ids(const sm_generator *gen, uint32_t which, size_t *n)
{
    *n = gen->sequences[which].n;
    return gen->sequences[which].ids;
}

sm_generation_end sm_generator_end(const sm_generator *gen, uint32_t which)
{
    return gen->sequences[which].end;
}

const char *sm_generation_end_name(sm_generation_end end)
{
    static const char *const names[] = {[SM_END_NONE] = "",
                                        [SM_END_STOP] = "stop",
                                        [SM_END_TOKENS] = "tokens",
                                        [SM_END_LENGTH] = "length"};
    return names[end];
}
