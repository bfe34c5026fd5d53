/* Sequences that grow token by token: see seimai/generate.h.
 * SPDX-License-Identifier: MIT
 *
 * A sequence holds ids; the first `fed` of them have gone through the net. Whoever needs what follows the last one
 * feeds the rest, of all sequences together: prompts and single tokens, in passes of at most ROWS rows. */
#include <float.h>
#include <math.h>
#include <string.h>

#include <seimai/generate.h>

enum {
    ROWS = 256,        /* tokens that go through the net at once */
    LOGITS = 64,       /* rows of logits at a time */
    WORTH_WAITING = 16 /* ids in common with a prompt that was not fed yet */
};

typedef struct sequence {
    uint32_t *ids; /* (length) */
    size_t n, fed, limit;
    uint64_t number;
    sm_generation_end end;
    bool started;
    float *logits; /* (V) of what follows, once all ids are fed */
} sequence;

/* Who wants to know what a row says: id `at` of reading `item`. */
typedef struct asker {
    size_t item, at;
} asker;

/* One pass: which rows say something of an id that is known, or which are the last of their sequence; in a pass either
 * the ones or the others. Past the last attention the net has only these, by number. */
typedef struct pass {
    uint32_t rows, asked, last;
    uint32_t *ask, *targets;       // (asked) rows, and the ids behind them
    asker *askers;                 // (asked)
    sm_prediction *said;           // (asked)
    uint32_t *last_row, *last_seq; // (last)
    uint32_t *number;              // (rows) 0, 1, 2 …
} pass;

struct sm_generator {
    sm_net *net;
    const float *w;
    sm_generator_options options;
    uint32_t V, rows;
    sequence *sequences;
    sm_batch *batch; /* (rows, 1) */
    pass pass;
    float *logits; /* (LOGITS, V) */
    sm_candidate *scratch;
};

/* ---- making one --------------------------------------------------------------------------------- */

static uint32_t rows_of(const sm_generator_options *o)
{
    const uint64_t most = (uint64_t)o->length * o->sequences;
    return most < ROWS ? (uint32_t)most : o->sequences > ROWS ? o->sequences : ROWS;
}

static void open_pass(pass *p, uint32_t rows, uint32_t sequences)
{
    p->ask = sm_calloc(rows, sizeof *p->ask);
    p->targets = sm_calloc(rows, sizeof *p->targets);
    p->askers = sm_calloc(rows, sizeof *p->askers);
    p->said = sm_calloc(rows, sizeof *p->said);
    p->last_row = sm_calloc(sequences, sizeof *p->last_row);
    p->last_seq = sm_calloc(sequences, sizeof *p->last_seq);
    p->number = sm_calloc(rows, sizeof *p->number);
    for (uint32_t i = 0; i < rows; i++)
        p->number[i] = i;
}

int sm_generator_new(sm_generator **out, const sm_model_config *config,
                     const sm_generator_options *options, sm_error *err)
{
    *out = NULL;
    sm_net *net = NULL;
    if (options->sequences == 0 || options->length == 0)
        SM_FAIL(err, SM_EUSAGE, "generator: %u sequences of %u tokens", options->sequences,
                options->length);
    const uint32_t rows = rows_of(options);
    SM_TRY(sm_net_build(&net, config,
                        &(sm_net_options){.plan = SM_PLAN_DECODE,
                                          .B = rows,
                                          .T = 1,
                                          .cache = options->length,
                                          .sequences = options->sequences,
                                          .threads = options->threads},
                        err));
    sm_generator *const gen = sm_calloc(1, sizeof *gen);
    *gen =
        (sm_generator){.net = net, .options = *options, .V = config->vocab_size, .rows = rows};
    gen->sequences = sm_calloc(options->sequences, sizeof *gen->sequences);
    for (uint32_t i = 0; i < options->sequences; i++) {
        gen->sequences[i].ids = sm_calloc(options->length, sizeof(uint32_t));
        gen->sequences[i].logits = sm_calloc(gen->V, sizeof(float));
    }
    gen->batch = sm_batch_new(rows, 1);
    open_pass(&gen->pass, rows, options->sequences);
    gen->logits = sm_calloc((size_t)LOGITS * gen->V, sizeof *gen->logits);
    gen->scratch = sm_calloc(gen->V, sizeof *gen->scratch);
    *out = gen;
    return SM_OK;
}

static void close_pass(pass *p)
{
    sm_free(p->ask);
    sm_free(p->targets);
    sm_free(p->askers);
    sm_free(p->said);
    sm_free(p->last_row);
    sm_free(p->last_seq);
    sm_free(p->number);
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
    close_pass(&gen->pass);
    sm_free(gen->sequences);
    sm_free(gen->logits);
    sm_free(gen->scratch);
    sm_free(gen);
}

const sm_params *sm_generator_params(const sm_generator *gen)
{
    return sm_net_params(gen->net);
}

size_t sm_generator_memory(const sm_generator *gen)
{
    return sm_net_memory(gen->net) +
           ((size_t)gen->options.sequences + LOGITS) * gen->V * sizeof(float);
}

void sm_generator_use(sm_generator *gen, const float *w)
{
    gen->w = w;
    for (uint32_t i = 0; i < gen->options.sequences;
         i++) /* what the caches hold is of others */
        gen->sequences[i].fed = 0;
}

/* ---- feeding ------------------------------------------------------------------------------------ */

/* Position `at` of a sequence as the next row: it sees all before it and itself. */
static uint32_t put_token(sm_generator *gen, uint32_t which, size_t at)
{
    const sequence *const s = gen->sequences + which;
    sm_batch *const batch = gen->batch;
    pass *const p = &gen->pass;
    const uint32_t row = p->rows++;
    batch->ids[row] = s->ids[at];
    batch->pos[row] = (uint32_t)at;
    batch->lo[row] = 0;
    batch->hi[row] = (uint32_t)at + 1;
    batch->seq[row] = which;
    if (at + 1 == s->n) {
        p->last_row[p->last] = row;
        p->last_seq[p->last++] = which;
    }
    return row;
}

/* The logits of last rows go to their sequences. */
static void keep_logits(sm_generator *gen)
{
    const pass *const p = &gen->pass;
    for (uint32_t first = 0; first < p->last; first += LOGITS) {
        const uint32_t n = p->last - first < LOGITS ? p->last - first : LOGITS;
        sm_net_logits(gen->net, gen->w, p->number + first, n, gen->logits);
        for (uint32_t i = 0; i < n; i++)
            memcpy(gen->sequences[p->last_seq[first + i]].logits,
                   gen->logits + (size_t)i * gen->V, gen->V * sizeof(float));
    }
}

static int run_pass(sm_generator *gen, sm_error *err)
{
    pass *const p = &gen->pass;
    sm_batch batch = *gen->batch;
    batch.B = p->rows;
    batch.target = NULL;
    batch.weight = NULL;
    if (p->rows == 0) return SM_OK;
    const uint32_t *const rows = p->asked > 0 ? p->ask : p->last_row;
    SM_TRY(sm_net_forward_rows(gen->net, gen->w, &batch, rows, p->asked + p->last, err));
    keep_logits(gen);
    sm_net_predict(gen->net, gen->w, p->number, p->targets, p->asked, p->said);
    return SM_OK;
}

static void clear_pass(pass *p)
{
    p->rows = p->asked = p->last = 0;
}

static bool goes_on(const sequence *s)
{
    return s->started && s->end == SM_END_NONE;
}

int sm_generator_feed(sm_generator *gen, sm_error *err)
{
    clear_pass(&gen->pass);
    for (uint32_t i = 0; i < gen->options.sequences; i++) {
        sequence *const s = gen->sequences + i;
        while (goes_on(s) && s->fed < s->n) {
            (void)put_token(gen, i, s->fed++);
            if (gen->pass.rows < gen->rows) continue;
            SM_TRY(run_pass(gen, err));
            clear_pass(&gen->pass);
        }
    }
    return run_pass(gen, err);
}

/* ---- starting ----------------------------------------------------------------------------------- */

static int check_ids(const sm_generator *gen, const uint32_t *ids, size_t n, sm_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] >= gen->V)
            SM_FAIL(err, SM_EUSAGE, "prompt: id %u at %zu: the model has %u", ids[i], i,
                    gen->V);
    return SM_OK;
}

/* How many ids of a prompt are the first ones of a sequence, of n there. */
static size_t shared(const sequence *s, size_t n, const uint32_t *prompt, size_t n_prompt)
{
    size_t same = 0;
    while (same < n && same < n_prompt && s->ids[same] == prompt[same])
        same++;
    return same;
}

/* Finds who was fed most of a prompt; when others that wait hold much more of it, they are fed first. */
static int find_prefix(sm_generator *gen, uint32_t which, const uint32_t *prompt, size_t n,
                       uint32_t *from, size_t *same, sm_error *err)
{
    size_t waiting = 0;
    *from = which;
    *same = shared(gen->sequences + which, gen->sequences[which].fed, prompt, n);
    for (uint32_t i = 0; i < gen->options.sequences; i++) {
        const sequence *const s = gen->sequences + i;
        const size_t held = shared(s, s->n, prompt, n), fed = held < s->fed ? held : s->fed;
        if (fed > *same) *from = i, *same = fed;
        if (i != which && goes_on(s) && held > waiting) waiting = held;
    }
    if (waiting < *same + WORTH_WAITING) return SM_OK;
    SM_TRY(sm_generator_feed(gen, err));
    return find_prefix(gen, which, prompt, n, from, same, err);
}

/* At least the last id is fed again, for its logits. */
static int take_prefix(sm_generator *gen, uint32_t which, const uint32_t *prompt, size_t n,
                       sm_error *err)
{
    uint32_t from;
    size_t same;
    SM_TRY(find_prefix(gen, which, prompt, n, &from, &same, err));
    if (same == n) same--;
    if (from != which) sm_net_cache_copy(gen->net, from, which, (uint32_t)same);
    gen->sequences[which].fed = same;
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
    SM_TRY(check_ids(gen, prompt, n, err));
    SM_TRY(take_prefix(gen, which, prompt, n, err));
    memcpy(s->ids, prompt, n * sizeof *prompt);
    s->n = n;
    s->limit = n + tokens;
    s->number = number;
    s->end = SM_END_NONE;
    s->started = true;
    if (tokens == 0)
        s->end = SM_END_TOKENS;
    else if (n == gen->options.length)
        s->end = SM_END_LENGTH;
    return SM_OK;
}

void sm_generator_fork(sm_generator *gen, uint32_t from, uint32_t to)
{
    const sequence *const source = gen->sequences + from;
    sequence *const target = gen->sequences + to;
    if (from == to) return;
    uint32_t *const ids = target->ids;
    float *const logits = target->logits;
    memcpy(ids, source->ids, source->n * sizeof *ids);
    if (source->fed == source->n) memcpy(logits, source->logits, gen->V * sizeof *logits);
    *target = *source;
    target->ids = ids;
    target->logits = logits;
    sm_net_cache_copy(gen->net, from, to, (uint32_t)source->fed);
}

void sm_generator_renumber(sm_generator *gen, uint32_t which, uint64_t number)
{
    gen->sequences[which].number = number;
}

void sm_generator_stop(sm_generator *gen, uint32_t which)
{
    gen->sequences[which].end = SM_END_STOP;
}

/* ---- reading ------------------------------------------------------------------------------------ */

static int check_reading(const sm_generator *gen, const sm_reading *r, sm_error *err)
{
    const sequence *const s = gen->sequences + r->sequence;
    if (r->sequence >= gen->options.sequences || s->n == 0)
        SM_FAIL(err, SM_EUSAGE, "reading: sequence %u was not started", r->sequence);
    if (r->n > gen->options.length - s->n)
        SM_FAIL(err, SM_ELIMIT, "reading: %zu tokens behind %zu, there is room for %u", r->n,
                s->n, gen->options.length);
    return check_ids(gen, r->ids, r->n, err);
}

static void answer(sm_reading *r, size_t at, sm_prediction said)
{
    r->logp += (double)said.logp;
    r->greedy = r->greedy && said.greedy;
    if (r->each) r->each[at] = said;
}

static void hand_out(const pass *p, sm_reading *items)
{
    for (uint32_t i = 0; i < p->asked; i++)
        answer(items + p->askers[i].item, p->askers[i].at, p->said[i]);
}

/* Appends the ids of a reading. Where all before them was fed, what follows it is there. */
static void append(const sm_generator *gen, sequence *s, sm_reading *r)
{
    r->logp = 0.0;
    r->greedy = true;
    if (r->n == 0) return;
    if (s->fed == s->n) answer(r, 0, sm_logits_predict(s->logits, gen->V, r->ids[0]));
    memcpy(s->ids + s->n, r->ids, r->n * sizeof *r->ids);
    s->n += r->n;
    s->started = true;
    s->end = SM_END_NONE;
}

/* One more id of a sequence; from position `known` on the row says something of an id of the reading. */
static void put_reading(sm_generator *gen, const sm_reading *r, size_t item, size_t known)
{
    sequence *const s = gen->sequences + r->sequence;
    pass *const p = &gen->pass;
    const size_t at = s->fed++;
    const uint32_t row = put_token(gen, r->sequence, at);
    if (at + 1 < known) return;
    p->ask[p->asked] = row;
    p->targets[p->asked] = s->ids[at + 1];
    p->askers[p->asked++] = (asker){item, at + 1 - known};
}

/* The last id of each stays unfed: nobody asks yet what follows it. */
int sm_generator_read(sm_generator *gen, sm_reading *items, size_t n, sm_error *err)
{
    for (size_t i = 0; i < n; i++)
        SM_TRY(check_reading(gen, items + i, err));
    clear_pass(&gen->pass);
    for (size_t i = 0; i < n; i++) {
        sequence *const s = gen->sequences + items[i].sequence;
        const size_t known = s->n;
        append(gen, s, items + i);
        while (s->fed + 1 < s->n) {
            put_reading(gen, items + i, i, known);
            if (gen->pass.rows < gen->rows) continue;
            SM_TRY(run_pass(gen, err));
            hand_out(&gen->pass, items);
            clear_pass(&gen->pass);
        }
    }
    SM_TRY(run_pass(gen, err));
    hand_out(&gen->pass, items);
    return SM_OK;
}

/* ---- growing ------------------------------------------------------------------------------------ */

/* Chooses the next id from the logits that are there, which stay as they are. */
static void choose(sm_generator *gen, sequence *s, const sm_sampler *sampler)
{
    const bool penalty =
        sampler->repetition_penalty > 0.0 && sampler->repetition_penalty != 1.0;
    float *const logits = penalty ? gen->logits : s->logits;
    if (penalty) memcpy(logits, s->logits, gen->V * sizeof *logits);
    const uint32_t id =
        sm_sampler_pick(sampler, logits, gen->V, s->ids, s->n, s->number, gen->scratch);
    if (id == sampler->stop || (id == sampler->also_stop && id > 0)) {
        s->end = SM_END_STOP;
        return;
    }
    s->ids[s->n++] = id;
    if (s->n == s->limit)
        s->end = SM_END_TOKENS;
    else if (s->n == gen->options.length)
        s->end = SM_END_LENGTH;
}

static int check_logits(const sm_generator *gen, uint32_t which, sm_error *err)
{
    const float *const logits = gen->sequences[which].logits;
    uint32_t bad = 0;
    for (uint32_t v = 0; v < gen->V; v++)
        bad += !(fabsf(logits[v]) <= FLT_MAX);
    for (uint32_t v = 0; bad > 0 && v < gen->V; v++)
        if (!isfinite(logits[v]))
            SM_FAIL(err, SM_ENUMERIC, "sequence %u: the logit of id %u is %g", which, v,
                    (double)logits[v]);
    return SM_OK;
}

int sm_generator_step(sm_generator *gen, const sm_sampler *sampler, sm_error *err)
{
    int active = 0;
    SM_TRY(sm_generator_feed(gen, err));
    for (uint32_t i = 0; i < gen->options.sequences; i++) {
        sequence *const s = gen->sequences + i;
        if (!goes_on(s)) continue;
        SM_TRY(check_logits(gen, i, err));
        choose(gen, s, sampler);
        active++;
    }
    return active;
}

/* ---- what is there --------------------------------------------------------------------------------- */

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
