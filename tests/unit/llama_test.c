/* Models of every family against transformers: logits, loss, gradients, packed documents, ten steps of AdamW; and what
 * must hold of itself: bits for any number of threads, the initial loss, NaN by name.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include <seimai/optim.h>

#include "nn_fixture.h"

static const char *const models[] = {"llama-tied", "llama-untied", "llama3", "linear",
                                     "mistral",    "qwen2",        "qwen3",  "gpt2"};
enum { MODELS = sizeof models / sizeof *models };

static sm_net *build(const sm_model_config *model, sm_plan plan, uint32_t B, uint32_t T,
                     unsigned threads)
{
    sm_error err = {0};
    sm_net *net = NULL;
    assert_ok(sm_net_build(&net, model,
                           &(sm_net_options){.plan = plan, .B = B, .T = T, .threads = threads},
                           &err),
              &err);
    return net;
}

static float *weights_of(const fixture *f, const sm_net *net, const char *kind)
{
    float *w = sm_vector_new(sm_net_params(net)->total);
    fixture_vector(f, kind, sm_net_params(net), w);
    return w;
}

/* ---- the oracle --------------------------------------------------------------------------- */

static void test_logits(void **state)
{
    (void)state;
    for (int m = 0; m < MODELS; m++) {
        fixture f = {0};
        sm_error err = {0};
        fixture_open(&f, models[m]);
        sm_batch *batch = fixture_batch(&f);
        const uint32_t rows = batch->B * batch->T, V = f.model.vocab_size;
        sm_net *net = build(&f.model, SM_PLAN_EVAL, batch->B, batch->T, 2);
        float *w = weights_of(&f, net, "w."), *logits = sm_malloc(rows * V * sizeof(float));
        uint32_t *all = sm_malloc(rows * sizeof *all);
        for (uint32_t i = 0; i < rows; i++)
            all[i] = i;
        assert_ok(sm_net_forward(net, w, batch, &err), &err);
        sm_net_logits(net, w, all, rows, logits);
        const float *want = fixture_tensor(&f, "", "logits");
        double worst = 0.0;
        for (size_t i = 0; i < (size_t)rows * V; i++)
            worst = fmax(worst, fabs((double)logits[i] - (double)want[i]) /
                                    fmax(1.0, fabs((double)want[i])));
        print_message("%s: logits within %.2g\n", models[m], worst);
        assert_true(worst <= 1e-4);
        sm_free(logits);
        sm_free(all);
        sm_vector_free(w);
        sm_net_free(net);
        sm_batch_free(batch);
        fixture_close(&f);
    }
}

static void compare_gradients(const fixture *f, const sm_params *params, const float *g,
                              double count)
{
    double worst = 0.0;
    for (size_t i = 0; i < params->n; i++) {
        const sm_param *p = params->items + i;
        float *mean = sm_malloc(p->n * sizeof *mean);
        for (size_t k = 0; k < p->n; k++)
            mean[k] = (float)((double)g[p->offset + k] / count);
        const double off = relative_norm(mean, fixture_tensor(f, "g.", p->name), p->n);
        if (!(off <= 1e-4)) print_error("%s: gradient off by %g\n", p->name, off);
        assert_true(off <= 1e-4);
        worst = fmax(worst, off);
        sm_free(mean);
    }
    print_message("gradients within %.2g\n", worst);
}

static void test_gradients(void **state)
{
    (void)state;
    for (int m = 0; m < MODELS; m++) {
        fixture f = {0};
        sm_error err = {0};
        sm_loss loss = {0};
        fixture_open(&f, models[m]);
        sm_batch *batch = fixture_batch(&f);
        sm_net *net = build(&f.model, SM_PLAN_TRAIN, batch->B, batch->T, 2);
        float *w = weights_of(&f, net, "w."), *g = sm_vector_new(sm_net_params(net)->total);
        assert_ok(sm_net_gradient(net, w, batch, g, &loss, &err), &err);
        assert_int_equal(loss.count, sm_batch_targets(batch));
        const double mean = loss.sum / (double)loss.count;
        assert_true(fabs(mean - fixture_number(fixture_get(&f, "loss"))) <= 1e-5);
        compare_gradients(&f, sm_net_params(net), g, (double)loss.count);
        sm_vector_free(w);
        sm_vector_free(g);
        sm_net_free(net);
        sm_batch_free(batch);
        fixture_close(&f);
    }
}

/* The fixture's own options of AdamW, by its index.json. */
static double option_of(const fixture *f, const char *key)
{
    return fixture_number(sm_value_get(fixture_get(f, "adamw"), key));
}

typedef struct trainer {
    sm_net *net;
    sm_tree *tree;
    float *w, *m, *v;
    sm_adamw adamw;
    sm_schedule schedule;
    double clip;
} trainer;

static void trainer_open(trainer *t, const fixture *f, const sm_batch *batch)
{
    sm_error err = {0};
    const sm_net_options options = {.plan = SM_PLAN_TRAIN,
                                    .B = batch->B,
                                    .T = batch->T,
                                    .threads = 2,
                                    .own_gradient = true};
    assert_ok(sm_net_build(&t->net, &f->model, &options, &err), &err);
    const size_t n = sm_net_params(t->net)->total;
    t->w = weights_of(f, t->net, "w.");
    t->m = sm_vector_new(n);
    t->v = sm_vector_new(n);
    t->adamw = (sm_adamw){option_of(f, "beta1"), option_of(f, "beta2"), option_of(f, "epsilon"),
                          option_of(f, "decay"), false};
    t->schedule = (sm_schedule){SM_SCHEDULE_COSINE,          option_of(f, "lr"),
                                option_of(f, "lr_min"),      (uint64_t)option_of(f, "warmup"),
                                fixture_get(f, "losses")->n, 0};
    t->clip = option_of(f, "clip");
    assert_ok(sm_tree_new(&t->tree, n, 1, &err), &err);
}

static void trainer_close(trainer *t)
{
    sm_vector_free(t->w);
    sm_vector_free(t->m);
    sm_vector_free(t->v);
    sm_tree_free(t->tree);
    sm_net_free(t->net);
}

static double train_step(trainer *t, const sm_batch *batch, uint64_t step, double *norm)
{
    sm_error err = {0};
    sm_loss loss = {0};
    const size_t n = sm_net_params(t->net)->total;
    float *const leaf = sm_net_own_gradient(t->net);
    assert_ok(sm_net_gradient(t->net, t->w, batch, leaf, &loss, &err), &err);
    sm_tree_add(t->tree, leaf, 2);
    const float *g = sm_tree_sum(t->tree);
    const double scale = 1.0 / (double)loss.count;
    *norm = scale * sm_vector_norm(g, n, 2);
    sm_adamw_update(&t->adamw, sm_net_params(t->net), t->w, g, t->m, t->v,
                    scale * sm_clip(*norm, t->clip), sm_schedule_lr(&t->schedule, step),
                    step + 1, 2);
    return loss.sum / (double)loss.count;
}

/* The biases of GPT-2's keys add the same to all scores of a query, so their gradient is 0 but for rounding, which Adam
 * blows up to steps of its own: where they end says nothing. */
static bool is_noise(const fixture *f, const sm_param *p, size_t i)
{
    const size_t C = f->model.hidden_size;
    return strstr(p->name, "attn.c_attn.bias") && i >= C && i < 2 * C;
}

/* ‖(w − w0) − (s − w0)‖ / ‖s − w0‖: how far ten steps ended from where PyTorch's did. */
static double distance(const fixture *f, const trainer *t)
{
    const sm_params *params = sm_net_params(t->net);
    float *before = weights_of(f, t->net, "w."), *after = weights_of(f, t->net, "s.");
    double off = 0.0, way = 0.0;
    for (const sm_param *p = params->items; p < params->items + params->n; p++)
        for (size_t i = 0, at = p->offset; i < p->n; i++, at++) {
            if (is_noise(f, p, i)) continue;
            off += pow((double)t->w[at] - (double)after[at], 2);
            way += pow((double)after[at] - (double)before[at], 2);
        }
    sm_vector_free(before);
    sm_vector_free(after);
    return sqrt(off / way);
}

static void test_ten_steps(void **state)
{
    (void)state;
    for (int m = 0; m < MODELS; m++) {
        fixture f = {0};
        trainer t = {0};
        fixture_open(&f, models[m]);
        sm_batch *batch = fixture_batch(&f);
        trainer_open(&t, &f, batch);
        const sm_value *losses = fixture_get(&f, "losses"), *norms = fixture_get(&f, "norms");
        for (size_t step = 0; step < losses->n; step++) {
            double norm;
            const double loss = train_step(&t, batch, step, &norm);
            const double want = fixture_number(losses->items + step);
            const double want_norm = fixture_number(norms->items + step);
            if (!(fabs(loss - want) <= 1e-5))
                print_error("%s, step %zu: %.8f, want %.8f\n", models[m], step, loss, want);
            assert_true(fabs(loss - want) <= 1e-5);
            assert_true(fabs(norm - want_norm) <= 1e-4 * want_norm);
        }
        print_message("%s: ten steps end within %.2g\n", models[m], distance(&f, &t));
        assert_true(distance(&f, &t) <= 1e-3);
        trainer_close(&t);
        sm_batch_free(batch);
        fixture_close(&f);
    }
}

/* ---- invariances ---------------------------------------------------------------------------- */

/* Documents one by one, each in a batch of its own, added up. */
static void separate_gradients(const fixture *f, const sm_batch *packed, float *sum,
                               sm_loss *total)
{
    sm_error err = {0};
    const size_t T = packed->T, n = (size_t)packed->B * T;
    for (size_t start = 0, end; start < n; start = end) {
        end = start + 1;
        while (end < n && packed->pos[end] != 0)
            end++;
        sm_batch *one = sm_batch_new(1, (uint32_t)(end - start));
        memcpy(one->ids, packed->ids + start, (end - start) * sizeof *one->ids);
        memcpy(one->target, packed->target + start, (end - start) * sizeof *one->target);
        memcpy(one->weight, packed->weight + start, (end - start) * sizeof *one->weight);
        sm_net *net = build(&f->model, SM_PLAN_TRAIN, 1, one->T, 1);
        float *w = weights_of(f, net, "w."), *g = sm_vector_new(sm_net_params(net)->total);
        sm_loss loss = {0};
        assert_ok(sm_net_gradient(net, w, one, g, &loss, &err), &err);
        total->sum += loss.sum;
        total->count += loss.count;
        for (size_t i = 0; i < sm_net_params(net)->total; i++)
            sum[i] += g[i];
        sm_vector_free(w);
        sm_vector_free(g);
        sm_net_free(net);
        sm_batch_free(one);
    }
}

static void packed_is_separate(const char *model)
{
    fixture f = {0};
    sm_error err = {0};
    sm_loss packed = {0}, separate = {0};
    fixture_open(&f, model);
    sm_batch *batch = fixture_batch(&f);
    sm_net *net = build(&f.model, SM_PLAN_TRAIN, batch->B, batch->T, 2);
    const size_t n = sm_net_params(net)->total;
    float *w = weights_of(&f, net, "w."), *g = sm_vector_new(n), *sum = sm_vector_new(n);
    assert_ok(sm_net_gradient(net, w, batch, g, &packed, &err), &err);
    separate_gradients(&f, batch, sum, &separate);
    assert_int_equal(packed.count, separate.count);
    assert_true(fabs(packed.sum - separate.sum) <= 1e-6 * packed.sum);
    assert_true(relative_norm(g, sum, n) <= 1e-6);
    sm_vector_free(w);
    sm_vector_free(g);
    sm_vector_free(sum);
    sm_net_free(net);
    sm_batch_free(batch);
    fixture_close(&f);
}

static void test_packed_is_separate(void **state)
{
    (void)state;
    for (int m = 0; m < MODELS; m++)
        packed_is_separate(models[m]);
}

static const sm_model_config odd = {.vocab_size = 333,
                                    .hidden_size = 54,
                                    .intermediate_size = 77,
                                    .num_hidden_layers = 2,
                                    .num_attention_heads = 6,
                                    .num_key_value_heads = 3,
                                    .head_dim = 10,
                                    .max_position_embeddings = 256,
                                    .rms_norm_eps = 1e-5,
                                    .rope_theta = 10000.0,
                                    .initializer_range = 0.1};

static sm_batch *odd_batch(void)
{
    sm_batch *batch = sm_batch_new(3, 131);
    for (size_t i = 0; i < (size_t)batch->B * batch->T; i++) {
        batch->ids[i] = (uint32_t)(i * 7919 % 333);
        batch->target[i] = (uint32_t)(i * 104729 % 333);
        batch->weight[i] = i % 5 ? 1.0F : 0.0F;
    }
    sm_batch_documents(batch, 11);
    return batch;
}

/* What the families add to it: heads that are normed, biases, a window from the second layer on, dropout. */
static sm_model_config odd_qwen3(void)
{
    sm_model_config model = odd;
    model.family = SM_MODEL_QWEN3;
    model.qkv_bias = model.o_bias = true;
    model.sliding_window = 45;
    model.max_window_layers = 1;
    model.attention_dropout = 0.1;
    return model;
}

static sm_model_config odd_gpt2(void)
{
    sm_model_config model = odd;
    model.family = SM_MODEL_GPT2;
    model.num_key_value_heads = model.num_attention_heads = 3;
    model.head_dim = 18;
    model.attention_dropout = model.embedding_dropout = model.residual_dropout = 0.2;
    model.tie_word_embeddings = true;
    return model;
}

static float *gradient_of(const sm_model_config *model, unsigned threads, const sm_batch *batch,
                          size_t *n, sm_loss *loss)
{
    sm_error err = {0};
    sm_net *net = build(model, SM_PLAN_TRAIN, batch->B, batch->T, threads);
    *n = sm_net_params(net)->total;
    float *w = sm_vector_new(*n), *g = sm_vector_new(*n);
    sm_params_init(sm_net_params(net), 5, w, threads);
    assert_ok(sm_net_gradient(net, w, batch, g, loss, &err), &err);
    sm_vector_free(w);
    sm_net_free(net);
    return g;
}

static float *gradient_on(unsigned threads, const sm_batch *batch, size_t *n, sm_loss *loss)
{
    return gradient_of(&odd, threads, batch, n, loss);
}

static void test_threads_same_bits(void **state)
{
    (void)state;
    const sm_model_config all[] = {odd, odd_qwen3(), odd_gpt2()};
    sm_batch *batch = odd_batch();
    for (size_t m = 0; m < sizeof all / sizeof *all; m++) {
        size_t n = 0;
        sm_loss one = {0};
        float *g = gradient_of(all + m, 1, batch, &n, &one);
        for (unsigned threads = 2; threads <= 5; threads++) {
            sm_loss many = {0};
            float *h = gradient_of(all + m, threads, batch, &n, &many);
            assert_memory_equal(g, h, n * sizeof *g);
            assert_memory_equal(&one, &many, sizeof one);
            sm_vector_free(h);
        }
        sm_vector_free(g);
    }
    sm_batch_free(batch);
}

/* Dropout: other samples and other seeds drop otherwise; what is dropped is about the share asked for, so that the loss
 * stays near; and evaluation drops nothing. */
static void test_dropout(void **state)
{
    (void)state;
    const sm_model_config model = odd_gpt2();
    sm_model_config whole = model;
    whole.attention_dropout = whole.embedding_dropout = whole.residual_dropout = 0.0;
    sm_batch *batch = odd_batch();
    sm_error err = {0};
    sm_loss loss[4] = {0};
    size_t n = 0;
    sm_vector_free(gradient_of(&model, 1, batch, &n, loss));
    sm_vector_free(gradient_of(&whole, 1, batch, &n, loss + 1));
    batch->seq[0] = 99;
    sm_vector_free(gradient_of(&model, 1, batch, &n, loss + 2));
    assert_true(loss[0].sum != loss[1].sum && loss[0].sum != loss[2].sum);
    assert_true(fabs(loss[0].sum - loss[1].sum) < 0.2 * loss[1].sum);
    sm_net *net = build(&model, SM_PLAN_TRAIN, batch->B, batch->T, 1);
    float *w = sm_vector_new(n);
    sm_params_init(sm_net_params(net), 5, w, 1);
    assert_ok(sm_net_loss(net, w, batch, NULL, loss + 3, &err), &err);
    assert_true(loss[3].sum == loss[1].sum);
    sm_vector_free(w);
    sm_net_free(net);
    sm_batch_free(batch);
}

/* Recomputation: less memory, the same bits; also with dropout, windows and norms of heads. */
static void test_recompute_same_bits(void **state)
{
    (void)state;
    const sm_model_config all[] = {odd, odd_qwen3(), odd_gpt2()};
    sm_batch *batch = odd_batch();
    for (size_t m = 0; m < sizeof all / sizeof *all; m++) {
        sm_model_config deep = all[m];
        deep.num_hidden_layers = 5;
        size_t n = 0;
        sm_error err = {0};
        sm_loss kept = {0}, again = {0};
        float *g = gradient_of(&deep, 2, batch, &n, &kept);
        sm_net *plain = build(&deep, SM_PLAN_TRAIN, batch->B, batch->T, 2), *net = NULL;
        assert_ok(sm_net_build(&net, &deep,
                               &(sm_net_options){.plan = SM_PLAN_TRAIN,
                                                 .B = batch->B,
                                                 .T = batch->T,
                                                 .threads = 2,
                                                 .recompute = true},
                               &err),
                  &err);
        float *w = sm_vector_new(n), *h = sm_vector_new(n);
        sm_params_init(sm_net_params(net), 5, w, 1);
        assert_ok(sm_net_gradient(net, w, batch, h, &again, &err), &err);
        assert_memory_equal(g, h, n * sizeof *g);
        assert_memory_equal(&kept, &again, sizeof kept);
        print_message("arena %zu bytes, recomputing %zu\n", sm_net_memory(plain),
                      sm_net_memory(net));
        assert_true(sm_net_memory(net) < sm_net_memory(plain) / 2);
        sm_vector_free(w);
        sm_vector_free(h);
        sm_vector_free(g);
        sm_net_free(net);
        sm_net_free(plain);
    }
    sm_batch_free(batch);
}

/* The gradient in the arena: the bits of one in a vector of its own, padding included, run after run, in less memory than both. */
static void test_own_gradient(void **state)
{
    (void)state;
    const sm_model_config all[] = {odd, odd_qwen3(), odd_gpt2()};
    sm_batch *batch = odd_batch();
    for (size_t m = 0; m < 2 * sizeof all / sizeof *all; m++) {
        sm_model_config deep = all[m / 2];
        deep.num_hidden_layers = 5;
        deep.tie_word_embeddings = m % 2 == 0;
        size_t n = 0;
        sm_error err = {0};
        sm_loss apart = {0}, shared = {0};
        float *g = gradient_of(&deep, 2, batch, &n, &apart);
        sm_net *plain = build(&deep, SM_PLAN_TRAIN, batch->B, batch->T, 2), *net = NULL;
        const sm_net_options options = {.plan = SM_PLAN_TRAIN,
                                        .B = batch->B,
                                        .T = batch->T,
                                        .threads = 2,
                                        .recompute = m == 0,
                                        .own_gradient = true};
        assert_ok(sm_net_build(&net, &deep, &options, &err), &err);
        float *w = sm_vector_new(n), *const h = sm_net_own_gradient(net);
        sm_params_init(sm_net_params(net), 5, w, 1);
        for (int again = 0; again < 2; again++) {
            assert_ok(sm_net_gradient(net, w, batch, h, &shared, &err), &err);
            assert_memory_equal(g, h, n * sizeof *g);
            assert_memory_equal(&apart, &shared, sizeof shared);
        }
        assert_null(sm_net_own_gradient(plain));
        print_message("arena %zu bytes and a gradient of %zu, together %zu\n",
                      sm_net_memory(plain), n * sizeof *g, sm_net_memory(net));
        assert_true(sm_net_memory(net) < sm_net_memory(plain) + n * sizeof *g);
        sm_vector_free(w);
        sm_vector_free(g);
        sm_net_free(net);
        sm_net_free(plain);
    }
    sm_batch_free(batch);
}

/* A net that is larger than its batch, and run twice, gives the same: nothing is left over. */
static void test_rerun_same_bits(void **state)
{
    (void)state;
    sm_batch *batch = odd_batch();
    sm_error err = {0};
    sm_loss first = {0}, again = {0};
    sm_net *net = build(&odd, SM_PLAN_TRAIN, batch->B + 1, batch->T + 20, 2);
    const size_t n = sm_net_params(net)->total;
    float *w = sm_vector_new(n), *g = sm_vector_new(n), *h = sm_vector_new(n);
    sm_params_init(sm_net_params(net), 5, w, 1);
    assert_ok(sm_net_gradient(net, w, batch, g, &first, &err), &err);
    for (size_t i = 0; i < n; i++)
        h[i] = NAN; /* whatever was there is overwritten … */
    for (size_t i = 0, end = 0; i < sm_net_params(net)->n; i++) { /* … but for the padding */
        const sm_param *p = sm_net_params(net)->items + i;
        for (; end < p->offset; end++)
            h[end] = 0.0F;
        end = p->offset + p->n;
        if (i + 1 == sm_net_params(net)->n)
            for (; end < n; end++)
                h[end] = 0.0F;
    }
    assert_ok(sm_net_gradient(net, w, batch, h, &again, &err), &err);
    assert_memory_equal(g, h, n * sizeof *g);
    assert_memory_equal(&first, &again, sizeof first);
    sm_vector_free(w);
    sm_vector_free(g);
    sm_vector_free(h);
    sm_net_free(net);
    sm_batch_free(batch);
}

/* Train and eval plans say the same loss, and the scores of tokens add up to it. */
static void test_scores(void **state)
{
    (void)state;
    sm_batch *batch = odd_batch();
    const size_t rows = (size_t)batch->B * batch->T;
    sm_error err = {0};
    sm_loss train = {0}, eval = {0};
    size_t n = 0;
    float *g = gradient_on(1, batch, &n, &train);
    sm_net *net = build(&odd, SM_PLAN_EVAL, batch->B, batch->T, 1);
    float *w = sm_vector_new(n);
    sm_token_scores scores = {sm_malloc(rows * sizeof(float)), sm_malloc(rows * sizeof(float))};
    sm_params_init(sm_net_params(net), 5, w, 1);
    assert_ok(sm_net_loss(net, w, batch, &scores, &eval, &err), &err);
    assert_memory_equal(&train, &eval, sizeof train);
    double sum = 0.0;
    for (size_t i = 0; i < rows; i++) {
        sum -= (double)scores.logp[i];
        assert_true(batch->weight[i] != 0.0F || scores.lse[i] == 0.0F);
    }
    assert_true(fabs(sum - eval.sum) <= 1e-9 * sum);
    sm_free(scores.logp);
    sm_free(scores.lse);
    sm_vector_free(w);
    sm_vector_free(g);
    sm_net_free(net);
    sm_batch_free(batch);
}

static void test_no_targets(void **state)
{
    (void)state;
    sm_batch *batch = odd_batch();
    for (size_t i = 0; i < (size_t)batch->B * batch->T; i++)
        batch->weight[i] = 0.0F;
    size_t n = 0;
    sm_loss loss = {1.0, 1};
    float *g = gradient_on(2, batch, &n, &loss);
    assert_true(loss.sum == 0.0 && loss.count == 0);
    for (size_t i = 0; i < n; i++)
        assert_true(g[i] == 0.0F);
    sm_vector_free(g);
    sm_batch_free(batch);
}

/* ---- known answers ---------------------------------------------------------------------------- */

/* A fresh tied model: the final norm gives rows of length √C, so the logits have the variance C·σ², and the
 * expected loss is ln V + C·σ²/2, where the target is no input of its row. */
static void test_initial_loss(void **state)
{
    (void)state;
    const sm_model_config model = {.vocab_size = 4096,
                                   .hidden_size = 256,
                                   .intermediate_size = 512,
                                   .num_hidden_layers = 2,
                                   .num_attention_heads = 4,
                                   .num_key_value_heads = 2,
                                   .head_dim = 64,
                                   .max_position_embeddings = 128,
                                   .rms_norm_eps = 1e-6,
                                   .rope_theta = 10000.0,
                                   .initializer_range = 0.02,
                                   .tie_word_embeddings = true};
    sm_error err = {0};
    sm_loss loss = {0};
    sm_batch *batch = sm_batch_new(2, 128);
    sm_net *net = build(&model, SM_PLAN_EVAL, 2, 128, 2);
    float *w = sm_vector_new(sm_net_params(net)->total);
    sm_params_init(sm_net_params(net), 3, w, 2);
    for (size_t i = 0; i < 256; i++) {
        batch->ids[i] = (uint32_t)(i * 7919 % 4096);
        batch->target[i] = (uint32_t)(i * 104729 % 4096);
        batch->weight[i] = 1.0F;
    }
    assert_ok(sm_net_loss(net, w, batch, NULL, &loss, &err), &err);
    const double want = log(4096.0) + 256.0 * 0.02 * 0.02 / 2.0;
    print_message("initial loss %.4f, expected %.4f\n", loss.sum / 256.0, want);
    assert_true(fabs(loss.sum / 256.0 - want) < 0.06); /* 3 σ/√256 of single losses */
    sm_vector_free(w);
    sm_net_free(net);
    sm_batch_free(batch);
}

static void test_nan_by_name(void **state)
{
    (void)state;
    sm_batch *batch = odd_batch();
    sm_error err = {0};
    sm_loss loss = {0};
    sm_net *net = build(&odd, SM_PLAN_TRAIN, batch->B, batch->T, 1);
    const sm_params *params = sm_net_params(net);
    float *w = sm_vector_new(params->total), *g = sm_vector_new(params->total);
    sm_params_init(params, 5, w, 1);
    const sm_param *p =
        sm_params_find(params, SM_SPAN("model.layers.1.self_attn.o_proj.weight"));
    assert_non_null(p);
    w[p->offset + 3] = NAN;
    assert_int_equal(sm_net_gradient(net, w, batch, g, &loss, &err), SM_ENUMERIC);
    sm_error_clear(&err);
    sm_net_check(net, true);
    assert_int_equal(sm_net_gradient(net, w, batch, g, &loss, &err), SM_ENUMERIC);
    assert_contains(err.text, "model.layers.1.self_attn.o_proj");
    sm_vector_free(w);
    sm_vector_free(g);
    sm_net_free(net);
    sm_batch_free(batch);
}

/* The table of the plan is the allocation: it ends in the arena's size, and sharing saves memory. */
static void test_plan(void **state)
{
    (void)state;
    sm_buffer text = sm_buffer_make(1 << 20);
    char want[64];
    sm_net *train = build(&odd, SM_PLAN_TRAIN, 3, 131, 2),
           *eval = build(&odd, SM_PLAN_EVAL, 3, 131, 2);
    sm_net_plan_write(train, &text);
    sm_buffer_putc(&text, '\0');
    assert_contains(text.p, "model.layers.1.self_attn.q_proj");
    (void)snprintf(want, sizeof want, "arena %zu bytes (without sharing ",
                   sm_net_memory(train));
    assert_contains(text.p, want);
    const char *rest = strstr(text.p, want) + strlen(want);
    assert_true(strtoull(rest, NULL, 10) > sm_net_memory(train) * 5 / 4);
    assert_true(sm_net_memory(eval) < sm_net_memory(train) / 2);
    sm_net_free(train);
    sm_net_free(eval);
    sm_buffer_free(&text);
}

/* ---- refusals ---------------------------------------------------------------------------------- */

static void test_bad_batches(void **state)
{
    (void)state;
    sm_batch *batch = odd_batch();
    sm_net *net = build(&odd, SM_PLAN_EVAL, batch->B, batch->T, 1);
    float *w = sm_vector_new(sm_net_params(net)->total);
    sm_loss loss = {0};
    const struct {
        uint32_t *at, value;
        const char *text;
    } cases[] = {{batch->ids + 7, 333, "id 333 at (0,7)"},
                 {batch->target + 131 + 2, 999, "target 999 at (1,2)"},
                 {batch->hi + 9, 132, "keys ["},
                 {batch->lo + 9, 10, "keys [10,10)"},
                 {batch->pos + 9, 131, "position 131"},
                 {&batch->T, 132, "batch: 3 x 132"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_error err = {0};
        const uint32_t before = *cases[i].at;
        *cases[i].at = cases[i].value;
        batch->weight[131 + 2] = 1.0F;
        assert_int_equal(sm_net_loss(net, w, batch, NULL, &loss, &err), SM_EUSAGE);
        assert_contains(err.text, cases[i].text);
        *cases[i].at = before;
    }
    sm_vector_free(w);
    sm_net_free(net);
    sm_batch_free(batch);
}

static void test_config(void **state)
{
    (void)state;
    const struct {
        const char *json, *text;
    } cases[] = {
        {"{\"vocab_size\": 8}", "t.json:1: hidden_size: missing"},
        {"{\"model_type\":\n \"t5\"}", "t.json:2: model_type: 't5' is not built in"},
        {"{\n\n\"hidden_act\": \"gelu\"}", "t.json:3: hidden_act: 'gelu' is not built in"},
        {"{\"model_type\": \"gpt2\",\n\"add_cross_attention\": true}",
         "t.json:2: add_cross_attention: not built in"},
        {"{\"model_type\":\"gpt2\",\"vocab_size\":8,\"n_embd\":8,\"n_layer\":1,\"n_head\":3}",
         "n_head 3 does not divide n_embd 8"},
        {"{\"model_type\":\"qwen2\",\"vocab_size\":8,\"hidden_size\":8,\"intermediate_size\":8,"
         "\"num_hidden_layers\":2,\"num_attention_heads\":2,\"use_sliding_window\":true,\n"
         "\"layer_types\": [\"sliding_attention\", \"full_attention\"]}",
         "t.json:2: layer_types: 'full_attention' of layer 1 is not built in here"},
        {"{\"vocab_size\":8,\"hidden_size\":8,\"intermediate_size\":8,\"num_hidden_layers\":1,"
         "\"num_attention_heads\":4,\"num_key_value_heads\":3}",
         "num_key_value_heads 3 does not divide"},
        {"{\"vocab_size\":8,\"hidden_size\":8,\"intermediate_size\":8,\"num_hidden_layers\":1,"
         "\"num_attention_heads\":2,\"rope_scaling\":{\"type\":\"yarn\"}}",
         "rope_type: 'yarn' is not built in"},
        {"{\"vocab_size\":8,\"hidden_size\":8,\"intermediate_size\":8,\"num_hidden_layers\":1,"
         "\"num_attention_heads\":2,\"rope_scaling\":{\"type\":\"llama3\",\"factor\":8}}",
         "llama3 scaling needs"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_error err = {0};
        sm_config file = {0};
        sm_model_config model;
        assert_ok(sm_config_parse_json(&file, "t.json", sm_span_of(cases[i].json), &err), &err);
        assert_int_equal(sm_model_config_read(&model, &file.root, &err), SM_EUSAGE);
        assert_contains(err.text, cases[i].text);
        sm_config_free(&file);
    }
}

static void test_config_round_trip(void **state)
{
    (void)state;
    for (int m = 0; m < MODELS; m++) {
        sm_error err = {0};
        fixture f = {0};
        sm_config file = {0};
        sm_model_config again;
        sm_buffer b = sm_buffer_make(1 << 16), c = sm_buffer_make(1 << 16);
        fixture_open(&f, models[m]);
        sm_model_config_write(&f.model, &b);
        assert_ok(sm_config_parse_json(&file, "written", sm_buffer_span(&b), &err), &err);
        assert_ok(sm_model_config_read(&again, &file.root, &err), &err);
        sm_model_config_write(&again, &c);
        assert_true(sm_span_equal(sm_buffer_span(&b), sm_buffer_span(&c)));
        assert_int_equal(again.family, f.model.family);
        assert_int_equal(again.head_dim, f.model.head_dim);
        assert_int_equal(again.sliding_window, f.model.sliding_window);
        assert_int_equal(again.max_window_layers, f.model.max_window_layers);
        assert_true(again.qkv_bias == f.model.qkv_bias && again.mlp_bias == f.model.mlp_bias);
        assert_memory_equal(&again.rope_scaling, &f.model.rope_scaling,
                            sizeof again.rope_scaling);
        assert_true(again.rms_norm_eps == f.model.rms_norm_eps && again.pad_token_id == -1);
        sm_config_free(&file);
        sm_buffer_free(&b);
        sm_buffer_free(&c);
        fixture_close(&f);
    }
}

/* What config.json leaves out: each family has its own defaults. */
static void test_config_defaults(void **state)
{
    (void)state;
    static const char *const rest =
        "\"vocab_size\":8,\"hidden_size\":8,\"intermediate_size\":8,"
        "\"num_hidden_layers\":30,\"num_attention_heads\":2,"
        "\"n_embd\":8,\"n_layer\":1,\"n_head\":2";
    static const struct {
        const char *type, *more;
        uint32_t window, layers, head_dim;
        bool qkv, o, mlp;
    } cases[] = {
        {"llama", ",\"sliding_window\":9", 0, 0, 4, false, false, false},
        {"llama", ",\"attention_bias\":true", 0, 0, 4, true, true, false},
        {"mistral", "", 4096, 0, 4, false, false, false},
        {"mistral", ",\"sliding_window\":null", 0, 0, 4, false, false, false},
        {"qwen2", "", 0, 28, 4, true, false, false},
        {"qwen2", ",\"use_sliding_window\":true,\"sliding_window\":7", 7, 28, 4, true, false,
         false},
        {"qwen3", "", 0, 28, 128, false, false, false},
        {"gpt2", "", 0, 0, 4, true, true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char json[600];
        sm_error err = {0};
        sm_config file = {0};
        sm_model_config c;
        (void)snprintf(json, sizeof json, "{\"model_type\":\"%s\",%s%s}", cases[i].type, rest,
                       cases[i].more);
        assert_ok(sm_config_parse_json(&file, "t.json", sm_span_of(json), &err), &err);
        assert_ok(sm_model_config_read(&c, &file.root, &err), &err);
        assert_string_equal(sm_model_type(c.family), cases[i].type);
        assert_int_equal(c.sliding_window, cases[i].window);
        assert_int_equal(c.max_window_layers, cases[i].layers);
        assert_int_equal(c.head_dim, cases[i].head_dim);
        assert_true(c.qkv_bias == cases[i].qkv && c.o_bias == cases[i].o);
        assert_true(c.mlp_bias == cases[i].mlp);
        assert_true(c.tie_word_embeddings == (c.family == SM_MODEL_GPT2));
        assert_true(c.intermediate_size == (c.family == SM_MODEL_GPT2 ? 32 : 8));
        sm_config_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logits),
        cmocka_unit_test(test_gradients),
        cmocka_unit_test(test_ten_steps),
        cmocka_unit_test(test_packed_is_separate),
        cmocka_unit_test(test_threads_same_bits),
        cmocka_unit_test(test_dropout),
        cmocka_unit_test(test_recompute_same_bits),
        cmocka_unit_test(test_own_gradient),
        cmocka_unit_test(test_rerun_same_bits),
        cmocka_unit_test(test_scores),
        cmocka_unit_test(test_no_targets),
        cmocka_unit_test(test_initial_loss),
        cmocka_unit_test(test_nan_by_name),
        cmocka_unit_test(test_plan),
        cmocka_unit_test(test_bad_batches),
        cmocka_unit_test(test_config),
        cmocka_unit_test(test_config_round_trip),
        cmocka_unit_test(test_config_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
