/* Generation against transformers and against itself without a cache; the sampler against a sorted list.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include <seimai/generate.h>
#include <seimai/random.h>

#include "nn_fixture.h"

static const char *const models[] = {"llama-tied", "llama-untied", "llama3", "linear",
                                     "mistral",    "qwen2",        "qwen3",  "gpt2"};
enum { MODELS = sizeof models / sizeof *models, LENGTH = 150 };

typedef struct bench {
    fixture f;
    float *w;
    sm_generator *gen;
    uint32_t prompt[64], want[128];
    size_t n_prompt, n_want;
} bench;

static void bench_open(bench *b, const char *model, uint32_t sequences, uint32_t length)
{
    sm_error err = {0};
    fixture_open(&b->f, model);
    assert_ok(sm_generator_new(&b->gen, &b->f.model,
                               &(sm_generator_options){sequences, length, 2}, &err),
              &err);
    b->w = sm_vector_new(sm_generator_params(b->gen)->total);
    fixture_vector(&b->f, "w.", sm_generator_params(b->gen), b->w);
    sm_generator_use(b->gen, b->w);
    const sm_value *prompt = fixture_get(&b->f, "prompt"), *want = fixture_get(&b->f, "greedy");
    b->n_prompt = prompt->n;
    b->n_want = want->n;
    fixture_ids(prompt, b->prompt);
    fixture_ids(want, b->want);
}

static void bench_close(bench *b)
{
    sm_generator_free(b->gen);
    sm_vector_free(b->w);
    fixture_close(&b->f);
}

static void run_to_end(bench *b, const sm_sampler *sampler)
{
    sm_error err = {0};
    int going;
    do {
        going = sm_generator_step(b->gen, sampler, &err);
        assert_ok(going, &err);
    } while (going > 0);
}

/* Some rows only: the bits that they have among all, in either plan. */
static void some_rows(const char *model, sm_plan plan)
{
    enum { T = 12, ROWS = 4 };
    static const uint32_t rows[ROWS] = {0, 3, 4, T - 1}, all[ROWS] = {0, 1, 2, 3};
    static const uint32_t targets[] = {5, 7, 7, 6, 1, 2}, asked[] = {0, 1, 1, 2, 3, 3};
    bench b = {0};
    sm_error err = {0};
    sm_net *net = NULL;
    const bool decodes = plan == SM_PLAN_DECODE;
    sm_net_options options = {.plan = plan, .B = 1, .T = T, .threads = 2};
    bench_open(&b, model, 1, T);
    if (decodes)
        options = (sm_net_options){
            .plan = plan, .B = T, .T = 1, .cache = T, .sequences = 1, .threads = 2};
    assert_ok(sm_net_build(&net, &b.f.model, &options, &err), &err);
    sm_batch *const batch = sm_batch_new(options.B, options.T);
    for (uint32_t t = 0; t < T; t++) {
        batch->ids[t] = (t * 7 + 3) % b.f.model.vocab_size;
        batch->pos[t] = t;
        batch->lo[t] = 0;
        batch->hi[t] = t + 1;
        if (decodes) batch->seq[t] = 0;
    }
    const size_t n = (size_t)ROWS * b.f.model.vocab_size;
    float *const want = sm_malloc(n * sizeof *want), *const got = sm_malloc(n * sizeof *got);
    sm_prediction said[6], one;
    assert_ok(sm_net_forward(net, b.w, batch, &err), &err);
    sm_net_logits(net, b.w, rows, ROWS, want);
    assert_ok(sm_net_forward_rows(net, b.w, batch, rows, ROWS, &err), &err);
    sm_net_logits(net, b.w, all, ROWS, got);
    assert_memory_equal(got, want, n * sizeof *want);
    sm_net_predict(net, b.w, asked, targets, 6, said);
    for (size_t i = 0; i < 6; i++) {
        sm_net_predict(net, b.w, &asked[i], &targets[i], 1, &one);
        assert_true(said[i].logp == one.logp && said[i].greedy == one.greedy);
        const float *const logits = want + asked[i] * (size_t)b.f.model.vocab_size;
        assert_true(sm_logits_predict(logits, b.f.model.vocab_size, targets[i]).logp ==
                    one.logp);
    }
    assert_ok(sm_net_forward_rows(net, b.w, batch, rows, 0, &err), &err);
    const uint32_t twice[] = {3, 3}, beyond[] = {T};
    assert_int_equal(sm_net_forward_rows(net, b.w, batch, twice, 2, &err), SM_EUSAGE);
    assert_int_equal(sm_net_forward_rows(net, b.w, batch, beyond, 1, &err), SM_EUSAGE);
    sm_free(want);
    sm_free(got);
    sm_batch_free(batch);
    sm_net_free(net);
    bench_close(&b);
}

static void test_some_rows(void **state)
{
    (void)state;
    for (int m = 0; m < MODELS; m++) {
        some_rows(models[m], SM_PLAN_EVAL);
        some_rows(models[m], SM_PLAN_DECODE);
    }
}

static const sm_sampler greedy = {.stop = SM_NO_STOP};

static void test_greedy_is_transformers(void **state)
{
    (void)state;
    for (int m = 0; m < MODELS; m++) {
        bench b = {0};
        sm_error err = {0};
        size_t n;
        bench_open(&b, models[m], 1, LENGTH);
        assert_true(b.n_want >= 64);
        assert_ok(
            sm_generator_start(b.gen, 0, b.prompt, b.n_prompt, (uint32_t)b.n_want, 0, &err),
            &err);
        run_to_end(&b, &greedy);
        const uint32_t *ids = sm_generator_ids(b.gen, 0, &n);
        assert_int_equal(n, b.n_prompt + b.n_want);
        assert_memory_equal(ids, b.prompt, b.n_prompt * sizeof *ids);
        assert_memory_equal(ids + b.n_prompt, b.want, b.n_want * sizeof *ids);
        assert_int_equal(sm_generator_end(b.gen, 0), SM_END_TOKENS);
        bench_close(&b);
    }
}

/* The whole text through the net again for each token. */
static uint32_t without_cache(sm_net *net, const bench *b, const uint32_t *ids, size_t n)
{
    sm_error err = {0};
    sm_batch *batch = sm_batch_new(1, (uint32_t)n);
    memcpy(batch->ids, ids, n * sizeof *ids);
    float *logits = sm_malloc(b->f.model.vocab_size * sizeof *logits);
    assert_ok(sm_net_forward(net, b->w, batch, &err), &err);
    sm_net_logits(net, b->w, &(uint32_t){(uint32_t)n - 1}, 1, logits);
    uint32_t best = 0;
    for (uint32_t v = 1; v < b->f.model.vocab_size; v++)
        if (logits[v] > logits[best]) best = v;
    sm_free(logits);
    sm_batch_free(batch);
    return best;
}

static void cache_is_recomputation(const char *model)
{
    bench b = {0};
    sm_error err = {0};
    sm_net *net = NULL;
    bench_open(&b, model, 1, LENGTH);
    assert_ok(
        sm_net_build(&net, &b.f.model,
                     &(sm_net_options){.plan = SM_PLAN_EVAL, .B = 1, .T = LENGTH, .threads = 1},
                     &err),
        &err);
    const uint32_t start[] = {0, 5, 9};
    assert_ok(sm_generator_start(b.gen, 0, start, 3, LENGTH, 0, &err), &err);
    run_to_end(&b, &greedy);
    size_t n;
    const uint32_t *ids = sm_generator_ids(b.gen, 0, &n);
    assert_int_equal(n, LENGTH);
    assert_int_equal(sm_generator_end(b.gen, 0), SM_END_LENGTH);
    for (size_t i = 3; i < n; i++)
        assert_int_equal(ids[i], without_cache(net, &b, ids, i));
    sm_net_free(net);
    bench_close(&b);
}

static void test_cache_is_recomputation(void **state)
{
    (void)state;
    for (int m = 1; m < MODELS; m++)
        cache_is_recomputation(models[m]);
}

/* Prompts of different lengths side by side, one over several chunks: each as if alone, drawn from its number. */
/* ---- an adapter that is not merged ---------------------------------------------------------------- */

enum { SEQUENCES = 3, STEPS = 8, CACHE = 32 };

static sm_net *decoder(const sm_model_config *config, const sm_lora *lora)
{
    sm_net *net = NULL;
    sm_error err = {0};
    const sm_net_options options = {.plan = SM_PLAN_DECODE,
                                    .B = SEQUENCES * CACHE,
                                    .T = 1,
                                    .cache = CACHE,
                                    .sequences = SEQUENCES,
                                    .threads = 2,
                                    .lora = lora};
    assert_ok(sm_net_build(&net, config, &options, &err), &err);
    return net;
}

/* The model's weights, and an adapter that matters. */
static float *adapted(const bench *b, const sm_params *params)
{
    float *const w = sm_vector_new(params->total);
    memcpy(w, b->w, sm_generator_params(b->gen)->total * sizeof *w);
    for (size_t i = params->n_model; i < params->n; i++)
        for (size_t k = 0; k < params->items[i].n; k++)
            w[params->items[i].offset + k] = .2F * (float)sm_random_normal(9, i, k);
    return w;
}

/* Logits of the last row of each sequence, after `fresh[s]` more ids of it; held[s] counts those before. */
static void decode_more(sm_net *net, const float *w, uint32_t ids[SEQUENCES][CACHE],
                        const uint32_t *held, const uint32_t *fresh, float *logits)
{
    sm_error err = {0};
    uint32_t last[SEQUENCES], rows = 0;
    sm_batch *const batch = sm_batch_new(SEQUENCES * CACHE, 1);
    for (uint32_t s = 0; s < SEQUENCES; s++) {
        for (uint32_t t = held[s]; t < held[s] + fresh[s]; t++, rows++) {
            batch->ids[rows] = ids[s][t];
            batch->pos[rows] = t;
            batch->lo[rows] = 0;
            batch->hi[rows] = t + 1;
            batch->seq[rows] = s;
        }
        last[s] = rows - 1;
    }
    batch->B = rows;
    assert_ok(sm_net_forward(net, w, batch, &err), &err);
    sm_net_logits(net, w, last, SEQUENCES, logits);
    batch->B = SEQUENCES * CACHE;
    sm_batch_free(batch);
}

/* Prompts of several lengths, then tokens one by one. */
static void adapter_decodes(const char *model)
{
    static const char *const targets[] = {"all-linear", NULL};
    static const sm_lora lora = {.rank = 3, .alpha = 6.0, .targets = targets};
    bench b = {0};
    bench_open(&b, model, 1, CACHE);
    const size_t V = b.f.model.vocab_size;
    sm_net *const apart = decoder(&b.f.model, &lora), *const plain = decoder(&b.f.model, NULL);
    float *const w = adapted(&b, sm_net_params(apart));
    float *const merged = adapted(&b, sm_net_params(apart));
    sm_net_merge(apart, merged);
    float *const got = sm_malloc(SEQUENCES * V * sizeof *got);
    float *const want = sm_malloc(SEQUENCES * V * sizeof *want);
    uint32_t ids[SEQUENCES][CACHE] = {{0}}, held[SEQUENCES] = {0}, fresh[SEQUENCES] = {5, 1, 9};
    double moved = 0.0;
    for (uint32_t s = 0; s < SEQUENCES; s++)
        for (uint32_t t = 0; t < CACHE; t++)
            ids[s][t] = (uint32_t)sm_random_below(4, s, t, V);
    for (int step = 0; step < STEPS; step++) {
        decode_more(apart, w, ids, held, fresh, got);
        decode_more(plain, merged, ids, held, fresh, want);
        for (size_t i = 0; i < SEQUENCES * V; i++)
            assert_true(fabsf(got[i] - want[i]) < 1e-4F * (1.0F + fabsf(want[i])));
        for (uint32_t s = 0; s < SEQUENCES; s++) {
            held[s] += fresh[s];
            fresh[s] = 1;
        }
    }
    decode_more(plain, b.w, ids, (const uint32_t[SEQUENCES]){0}, held, want);
    decode_more(plain, merged, ids, (const uint32_t[SEQUENCES]){0}, held, got);
    for (size_t i = 0; i < SEQUENCES * V; i++)
        moved = fmax(moved, fabs((double)got[i] - (double)want[i]));
    assert_true(moved > .01); /* the adapter changes something at all */
    sm_free(got);
    sm_free(want);
    sm_vector_free(w);
    sm_vector_free(merged);
    sm_net_free(apart);
    sm_net_free(plain);
    bench_close(&b);
}

static void test_adapter_decodes(void **state)
{
    (void)state;
    for (int m = 0; m < MODELS; m++)
        adapter_decodes(models[m]);
}

static void test_ragged(void **state)
{
    (void)state;
    const sm_sampler sampler = {
        .temperature = 0.9, .top_k = 40, .top_p = 0.95, .seed = 5, .stop = SM_NO_STOP};
    const size_t lengths[] = {1, 20, 130, 64};
    uint32_t prompt[130], alone[4][LENGTH];
    size_t n;
    bench one = {0}, four = {0};
    sm_error err = {0};
    for (uint32_t i = 0; i < 130; i++)
        prompt[i] = i * 31 % 97;
    bench_open(&one, models[0], 1, LENGTH);
    bench_open(&four, models[0], 4, LENGTH);
    for (uint32_t s = 0; s < 4; s++) {
        assert_ok(sm_generator_start(one.gen, 0, prompt, lengths[s], 15 + s, s, &err), &err);
        run_to_end(&one, &sampler);
        const uint32_t *ids = sm_generator_ids(one.gen, 0, &n);
        assert_int_equal(n, lengths[s] + 15 + s);
        memcpy(alone[s], ids, n * sizeof *ids);
        assert_ok(sm_generator_start(four.gen, s, prompt, lengths[s], 15 + s, s, &err), &err);
    }
    run_to_end(&four, &sampler);
    for (uint32_t s = 0; s < 4; s++) {
        const uint32_t *ids = sm_generator_ids(four.gen, s, &n);
        assert_int_equal(n, lengths[s] + 15 + s);
        assert_memory_equal(ids, alone[s], n * sizeof *ids);
    }
    bench_close(&one);
    bench_close(&four);
}

static void test_ends(void **state)
{
    (void)state;
    bench b = {0};
    size_t n;
    bench_open(&b, models[0], 1, LENGTH);
    sm_error err = {0};
    const sm_sampler stops = {.stop = b.want[3]};
    assert_ok(sm_generator_start(b.gen, 0, b.prompt, b.n_prompt, 50, 0, &err), &err);
    run_to_end(&b, &stops);
    (void)sm_generator_ids(b.gen, 0, &n);
    assert_int_equal(sm_generator_end(b.gen, 0), SM_END_STOP);
    assert_true(n <= b.n_prompt + 3);
    assert_ok(sm_generator_start(b.gen, 0, b.prompt, b.n_prompt, 0, 0, &err), &err);
    assert_int_equal(sm_generator_step(b.gen, &greedy, &err), 0);
    assert_string_equal(sm_generation_end_name(sm_generator_end(b.gen, 0)), "tokens");
    assert_int_equal(sm_generator_start(b.gen, 0, b.prompt, 0, 5, 0, &err), SM_EUSAGE);
    sm_error_clear(&err);
    assert_int_equal(sm_generator_start(b.gen, 0, b.prompt, LENGTH + 1, 5, 0, &err), SM_ELIMIT);
    sm_error_clear(&err);
    b.prompt[2] = 97;
    assert_int_equal(sm_generator_start(b.gen, 0, b.prompt, 5, 5, 0, &err), SM_EUSAGE);
    assert_contains(err.text, "id 97");
    bench_close(&b);
}

/* ---- reading and forking --------------------------------------------------------------------------- */

/* log p of ids[at] after those before it, by the whole text through the net without a cache. */
static double log_p(sm_net *net, const bench *b, const uint32_t *ids, size_t at,
                    bool *likeliest)
{
    const uint32_t V_model = b->f.model.vocab_size;
    sm_error err = {0};
    sm_batch *batch = sm_batch_new(1, (uint32_t)at);
    memcpy(batch->ids, ids, at * sizeof *ids);
    float *logits = sm_malloc(V_model * sizeof *logits);
    assert_ok(sm_net_forward(net, b->w, batch, &err), &err);
    sm_net_logits(net, b->w, &(uint32_t){(uint32_t)at - 1}, 1, logits);
    double sum = 0.0, most = (double)-INFINITY;
    for (uint32_t v = 0; v < V_model; v++)
        most = fmax(most, (double)logits[v]);
    for (uint32_t v = 0; v < V_model; v++)
        sum += exp((double)logits[v] - most);
    const double p = (double)logits[ids[at]] - most - log(sum);
    *likeliest = (double)logits[ids[at]] >= most;
    sm_free(logits);
    sm_batch_free(batch);
    return p;
}

enum { QUESTION = 70, ANSWERS = 5, LONGEST_ANSWER = 9 };

static uint32_t answer_ids(uint32_t i, uint32_t *ids)
{
    const uint32_t n = 1 + i * 2;
    for (uint32_t k = 0; k < n; k++)
        ids[k] = (i * 7 + k * 29 + 3) % 97;
    return n;
}

/* Answers of several lengths behind one question: fed before the fork or not, read together or one after the other. */
static void read_answers(bench *b, bool feed_first, bool together, sm_reading readings[ANSWERS],
                         sm_prediction each[][LONGEST_ANSWER])
{
    sm_error err = {0};
    uint32_t question[QUESTION];
    static uint32_t ids[ANSWERS][LONGEST_ANSWER];
    for (uint32_t i = 0; i < QUESTION; i++)
        question[i] = i * 17 % 97;
    assert_ok(sm_generator_start(b->gen, 0, question, QUESTION, 1, 0, &err), &err);
    if (feed_first) assert_ok(sm_generator_feed(b->gen, &err), &err);
    for (uint32_t i = 0; i < ANSWERS; i++) {
        if (i + 1 < ANSWERS) sm_generator_fork(b->gen, 0, i + 1);
        readings[i] =
            (sm_reading){.sequence = (i + 1) % ANSWERS, .ids = ids[i], .each = each[i]};
        readings[i].n = answer_ids(i, ids[i]);
    }
    for (uint32_t i = 0; i < ANSWERS; i += together ? ANSWERS : 1)
        assert_ok(sm_generator_read(b->gen, readings + i, together ? ANSWERS : 1, &err), &err);
}

static void test_reading(void **state)
{
    (void)state;
    bench b = {0};
    sm_error err = {0};
    sm_net *net = NULL;
    sm_reading readings[ANSWERS], again[ANSWERS];
    sm_prediction each[ANSWERS][LONGEST_ANSWER], others[ANSWERS][LONGEST_ANSWER];
    uint32_t text[QUESTION + LONGEST_ANSWER];
    bench_open(&b, models[1], ANSWERS, LENGTH);
    assert_ok(
        sm_net_build(&net, &b.f.model,
                     &(sm_net_options){.plan = SM_PLAN_EVAL, .B = 1, .T = LENGTH, .threads = 1},
                     &err),
        &err);
    read_answers(&b, true, true, readings, each);
    for (uint32_t i = 0; i < ANSWERS; i++) {
        double sum = 0.0;
        bool all = true, greedy_choice;
        for (uint32_t k = 0; k < QUESTION; k++)
            text[k] = k * 17 % 97;
        memcpy(text + QUESTION, readings[i].ids, readings[i].n * sizeof *text);
        for (size_t k = 0; k < readings[i].n; k++) {
            const double want = log_p(net, &b, text, QUESTION + k, &greedy_choice);
            assert_true(fabs((double)each[i][k].logp - want) < 1e-4);
            assert_int_equal(each[i][k].greedy, greedy_choice);
            sum += want;
            all = all && greedy_choice;
        }
        assert_true(fabs(readings[i].logp - sum) < 1e-4 * (double)readings[i].n);
        assert_int_equal(readings[i].greedy, all);
    }
    for (int how = 0; how < 4; how++) {
        read_answers(&b, how & 1, how & 2, again, others);
        for (uint32_t i = 0; i < ANSWERS; i++)
            assert_memory_equal(&again[i].logp, &readings[i].logp, sizeof readings[i].logp);
    }
    sm_net_free(net);
    bench_close(&b);
}

/* A sequence reads its own greedy text: every id was the likeliest one. Then it goes on as if it had never stopped. */
static void test_reading_greedy(void **state)
{
    (void)state;
    bench b = {0};
    sm_error err = {0};
    size_t n;
    bench_open(&b, models[0], 2, LENGTH);
    assert_ok(sm_generator_start(b.gen, 0, b.prompt, b.n_prompt, 60, 0, &err), &err);
    sm_reading reading = {.sequence = 0, .ids = b.want, .n = 20};
    assert_ok(sm_generator_read(b.gen, &reading, 1, &err), &err);
    assert_true(reading.greedy && reading.logp < 0.0);
    sm_generator_fork(b.gen, 0, 1);
    run_to_end(&b, &greedy);
    for (uint32_t s = 0; s < 2; s++) {
        const uint32_t *ids = sm_generator_ids(b.gen, s, &n);
        assert_int_equal(n, b.n_prompt + 60);
        assert_memory_equal(ids + b.n_prompt, b.want, 60 * sizeof *ids);
    }
    reading.n = LENGTH;
    assert_int_equal(sm_generator_read(b.gen, &reading, 1, &err), SM_ELIMIT);
    sm_error_clear(&err);
    const uint32_t unknown[] = {97};
    const sm_reading wrong = {.sequence = 1, .ids = unknown, .n = 1};
    reading = wrong;
    assert_int_equal(sm_generator_read(b.gen, &reading, 1, &err), SM_EUSAGE);
    bench_close(&b);
}

/* ---- the sampler ------------------------------------------------------------------------------- */

enum { V = 40, DRAWS = 40000 };

static void make_logits(float logits[V])
{
    for (uint64_t i = 0; i < V; i++)
        logits[i] = (float)(2.0 * sm_random_normal(77, i, 0));
    logits[7] = logits[11]; /* equal ones */
}

/* What is left of the distribution: a sorted list, cut by definition, filter by filter as transformers' processors do. */
static void definition(const sm_sampler *s, const float *logits, double p[V])
{
    bool taken[V] = {false};
    const uint32_t n = s->vocabulary ? s->vocabulary : V;
    const double t = s->temperature_last ? 1.0 : s->temperature;
    uint32_t order[V], kept = s->top_k ? s->top_k : n;
    double total = 0.0, sum = 0.0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t best = V;
        for (uint32_t v = 0; v < n; v++)
            if (!taken[v] && (best == V || logits[v] > logits[best])) best = v;
        taken[order[i] = best] = true;
    }
    for (uint32_t i = 0; i < kept; i++) /* top-k */
        total += exp((double)logits[order[i]] / t);
    for (uint32_t i = 0; i < kept; i++) { /* top-p */
        sum += exp((double)logits[order[i]] / t) / total;
        if (s->top_p > 0.0 && sum >= s->top_p) kept = i + 1;
    }
    for (uint32_t i = 0; i < kept; i++) /* min-p */
        if (exp(((double)logits[order[i]] - (double)logits[order[0]]) / t) < s->min_p) kept = i;
    sum = 0.0;
    memset(p, 0, V * sizeof *p);
    for (uint32_t i = 0; i < kept; i++)
        sum += p[order[i]] = exp((double)logits[order[i]] / s->temperature);
    for (uint32_t v = 0; v < V; v++)
        p[v] /= sum;
}

static void test_distribution(void **state)
{
    (void)state;
    const sm_sampler samplers[] = {
        {.temperature = 1.0},
        {.temperature = 0.7, .top_k = 5},
        {.temperature = 1.3, .top_p = 0.8},
        {.temperature = 1.0, .top_k = 12, .top_p = 0.6},
        {.temperature = 2.0, .vocabulary = 9},
        {.temperature = 0.5, .top_k = 100, .top_p = 0.99},
        {.temperature = 1.5, .min_p = 0.1},
        {.temperature = 1.5, .min_p = 0.1, .temperature_last = true},
        {.temperature = 0.8, .top_p = 0.7, .temperature_last = true},
        {.temperature = 1.2, .top_k = 9, .min_p = 0.2},
        {.temperature = 1.2, .top_p = 0.9, .min_p = 0.05},
        {.temperature = 50.0, .top_k = 30, .top_p = 0.8, .min_p = 0.3},
        {.temperature = 0.01, .min_p = 0.5}};
    float logits[V];
    sm_candidate scratch[V];
    make_logits(logits);
    for (size_t i = 0; i < sizeof samplers / sizeof *samplers; i++) {
        sm_sampler s = samplers[i];
        double p[V], chi = 0.0;
        uint64_t count[V] = {0};
        int freedom = -1;
        s.seed = 3;
        if (s.top_k > V) s.top_k = V;
        definition(&s, logits, p);
        for (uint64_t draw = 0; draw < DRAWS; draw++)
            count[sm_sampler_pick(&s, logits, V, NULL, 0, draw, scratch)]++;
        for (uint32_t v = 0; v < V; v++) {
            const double expected = p[v] * DRAWS;
            if (p[v] == 0.0) assert_int_equal(count[v], 0);
            if (p[v] == 0.0) continue;
            chi += pow((double)count[v] - expected, 2) / expected;
            freedom++;
        }
        /* five standard deviations of the distribution of χ² */
        assert_true(chi < freedom + 5.0 * sqrt(2.0 * freedom) + 5.0);
    }
}

static void test_greedy_pick(void **state)
{
    (void)state;
    float logits[] = {1.0F, 4.0F, 4.0F, 9.0F};
    sm_candidate scratch[4];
    assert_int_equal(sm_sampler_pick(&greedy, logits, 4, NULL, 0, 0, scratch), 3);
    const sm_sampler fewer = {.vocabulary = 3};
    assert_int_equal(sm_sampler_pick(&fewer, logits, 4, NULL, 0, 0, scratch), 1);
    const sm_sampler cold = {.temperature = 1e-3, .top_k = 2, .seed = 1};
    assert_int_equal(sm_sampler_pick(&cold, logits, 4, NULL, 0, 0, scratch), 3);
}

/* CTRL's rule: positive logits are divided, negative ones multiplied, each id once. */
static uint32_t penalised(double penalty, uint32_t first, uint32_t n)
{
    const float logits[] = {3.0F, 2.0F, -0.9F, -1.0F};
    const uint32_t past[] = {0, 0, 0, 2, 99};
    float copy[4];
    sm_candidate scratch[4];
    memcpy(copy, logits, sizeof copy);
    return sm_sampler_pick(&(sm_sampler){.repetition_penalty = penalty}, copy + first, n, past,
                           5, 0, scratch);
}

static void test_repetition(void **state)
{
    (void)state;
    assert_int_equal(penalised(1.6, 0, 4), 1); /* 3/1.6 < 2 */
    assert_int_equal(penalised(1.4, 0, 4), 0); /* 3/1.4 > 2 */
    assert_int_equal(penalised(1.4, 2, 2), 1); /* −1.26 < −1 */
}

static void test_seeds(void **state)
{
    (void)state;
    float logits[V] = {0};
    sm_candidate scratch[V];
    sm_sampler a = {.temperature = 1.0, .seed = 1}, b = {.temperature = 1.0, .seed = 2};
    int by_seed = 0, by_number = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        const uint32_t id = sm_sampler_pick(&a, logits, V, NULL, 0, i, scratch);
        assert_int_equal(id, sm_sampler_pick(&a, logits, V, NULL, 0, i, scratch));
        by_seed += id == sm_sampler_pick(&b, logits, V, NULL, 0, i, scratch);
        by_number += id == sm_sampler_pick(&a, logits, V, NULL, 0, i + 1000, scratch);
    }
    assert_true(by_seed < 60 && by_number < 60); /* 25 expected of a uniform choice of 40 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_greedy_is_transformers),
        cmocka_unit_test(test_cache_is_recomputation),
        cmocka_unit_test(test_some_rows),
        cmocka_unit_test(test_adapter_decodes),
        cmocka_unit_test(test_ragged),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_reading_greedy),
        cmocka_unit_test(test_distribution),
        cmocka_unit_test(test_greedy_pick),
        cmocka_unit_test(test_repetition),
        cmocka_unit_test(test_seeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
