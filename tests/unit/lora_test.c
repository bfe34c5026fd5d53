/* Partial training and LoRA: the adapter against its reference in double, and that by finite differences; a net with an adapter
 * against the full net with merged weights; what is frozen; bits for any number of threads, recomputed or not.
 * That PEFT computes the same is tests/conformance/peers/lora_test.py.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include <seimai/optim.h>
#include <seimai/random.h>

#include "model/models.h"
#include "net/net_internal.h"
#include "nn_fixture.h"
#include "op/op.h"
#include "op/ref/ref_lora.h"

enum { SEED = 77 };
static const char *const models[] = {"llama-untied", "qwen3", "qwen2", "gpt2"};
enum { MODELS = sizeof models / sizeof *models };

static const char *const all_linear[] = {"all-linear", NULL};

static double *noise(size_t n, uint64_t seed)
{
    double *x = sm_malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = (double)(float)sm_random_normal(seed, i, 9);
    return x;
}

/* ---- the operator ------------------------------------------------------------------------------ */

/* A linear of two weights with adapters of two ranks, or a conv1d. */
typedef struct op_case {
    uint32_t B, T, in, out;
    double dropout;
    bool conv1d, rslora;
} op_case;

/* The first is small, for finite differences. */
static const op_case cases[] = {
    {1, 3, 4, 5, 0.3, false, false},      {3, 67, 133, 71, 0.0, false, false},
    {3, 67, 133, 71, 0.25, false, true},  {3, 67, 133, 71, 0.0, true, false},
    {2, 150, 257, 301, 0.1, true, false},
};
enum { CASES = sizeof cases / sizeof *cases };

/* One weight of a case: a problem of its own for the reference. */
typedef struct problem {
    sm_ref_lora r;
    double *x, *w, *A, *B, *dy;
} problem;

static problem problem_open(const op_case *c, uint32_t out, uint32_t rank, const double *keep,
                            uint64_t seed)
{
    const size_t rows = (size_t)c->B * c->T;
    problem p = {.x = noise(rows * c->in, 1),
                 .w = noise((size_t)out * c->in, seed),
                 .A = noise((size_t)rank * c->in, seed + 1),
                 .B = noise((size_t)out * rank, seed + 2),
                 .dy = noise(rows * out, seed + 3)};
    p.r = (sm_ref_lora){.rows = rows,
                        .in = c->in,
                        .out = out,
                        .rank = rank,
                        .scale = (double)(float)(c->rslora ? 6 / sqrt(rank) : 6.0 / rank),
                        .x = p.x,
                        .w = p.w,
                        .A = p.A,
                        .B = p.B,
                        .keep = keep,
                        .dy = p.dy,
                        .y = sm_calloc(rows * out, sizeof(double)),
                        .dx = sm_calloc(rows * c->in, sizeof(double)),
                        .dA = sm_calloc((size_t)rank * c->in, sizeof(double)),
                        .dB = sm_calloc((size_t)out * rank, sizeof(double))};
    return p;
}

static void problem_close(problem *p)
{
    sm_free(p->x);
    sm_free(p->w);
    sm_free(p->A);
    sm_free(p->B);
    sm_free(p->dy);
    sm_free(p->r.y);
    sm_free(p->r.dx);
    sm_free(p->r.dA);
    sm_free(p->r.dB);
}

static double objective(const problem *p)
{
    double sum = 0.0;
    sm_ref_lora_forward(&p->r);
    for (size_t i = 0; i < p->r.rows * p->r.out; i++)
        sum += p->r.y[i] * p->dy[i];
    return sum;
}

static void check_slopes(const problem *p, double *at, const double *want, size_t n)
{
    const double step = 1e-3;
    for (size_t i = 0; i < n; i++) {
        const double before = at[i];
        at[i] = before + step;
        const double above = objective(p);
        at[i] = before - step;
        const double below = objective(p);
        at[i] = before; /* linear in each number by itself: no error but rounding */
        assert_true(fabs((above - below) / (2 * step) - want[i]) <=
                    1e-7 * fmax(1.0, fabs(want[i])));
    }
}

/* What dropout multiplies the input by, from the published generator, number by number. */
static double *multipliers(const op_case *c, const sm_batch *batch)
{
    double *keep = sm_malloc((size_t)c->B * c->T * c->in * sizeof *keep);
    const uint64_t key = sm_random_u64(SEED, 0, UINT64_MAX);
    const uint32_t halves[2] = {(uint32_t)key, (uint32_t)(key >> 32)};
    for (size_t i = 0; i < (size_t)c->B * c->T; i++)
        for (size_t j = 0; j < c->in; j++) {
            const uint64_t sample = batch->seq[i / c->T];
            const uint32_t counter[4] = {(uint32_t)(j / 4), (uint32_t)(i % c->T),
                                         (uint32_t)sample, (uint32_t)(sample >> 32)};
            uint32_t word[4];
            sm_philox(counter, halves, word);
            const bool dropped = word[j % 4] < (uint32_t)(c->dropout * 0x1p32);
            keep[i * c->in + j] = dropped ? 0.0 : (double)(float)(1.0 / (1.0 - c->dropout));
        }
    return keep;
}

static sm_batch *batch_for(const op_case *c)
{
    sm_batch *batch = sm_batch_new(c->B, c->T);
    for (size_t b = 0; b < c->B; b++)
        batch->seq[b] = 3 + (b << 33);
    return batch;
}

static void test_finite_differences(void **state)
{
    (void)state;
    const op_case *c = cases;
    sm_batch *batch = batch_for(c);
    double *keep = multipliers(c, batch);
    problem p = problem_open(c, c->out, 2, keep, 100);
    sm_ref_lora_backward(&p.r);
    check_slopes(&p, p.x, p.r.dx, p.r.rows * p.r.in);
    check_slopes(&p, p.A, p.r.dA, p.r.rank * p.r.in);
    check_slopes(&p, p.B, p.r.dB, p.r.out * p.r.rank);
    problem_close(&p);
    sm_free(keep);
    sm_batch_free(batch);
}

static sm_net *op_net(const op_case *c, unsigned threads, sm_id *in)
{
    static const sm_lora_exception exceptions[] = {{"w2", 7, 0.0}};
    const sm_lora lora = {.rank = 3,
                          .alpha = 6,
                          .dropout = c->dropout,
                          .rslora = c->rslora,
                          .targets = all_linear,
                          .exceptions = exceptions,
                          .n_exceptions = 1};
    sm_net *net = sm_calloc(1, sizeof *net);
    sm_error err = {0};
    sm_tape *t = &net->tape;
    *t = (sm_tape){.options = {.plan = SM_PLAN_TRAIN,
                               .B = c->B,
                               .T = c->T,
                               .threads = threads,
                               .seed = SEED,
                               .lora = &lora},
                   .scope = ""};
    *in = sm_tape_tensor(t, "input", c->in);
    if (c->conv1d)
        (void)sm_op_conv1d(t, *in, "w", c->out, 1);
    else
        (void)sm_op_linear(t, *in, SM_WEIGHTS({"w", 2}, {"w2", c->out - 2}), false);
    assert_ok(sm_lora_attach(t, &err), &err);
    assert_ok(sm_net_plan(net, &err), &err);
    for (size_t i = 0; i < net->arena_floats; i++)
        net->arena[i] = NAN; /* nothing may count on fresh memory */
    return net;
}

static const sm_param *param_of(const sm_params *params, const char *name)
{
    const sm_param *p = sm_params_find(params, sm_span_of(name));
    assert_non_null(p);
    return p;
}

static void put(float *to, const double *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (float)from[i];
}

/* A matrix into the weights, W of a conv1d the other way round. */
static void put_weights(const op_case *c, const sm_params *params, float *w, const char *name,
                        const problem *p)
{
    char full[80];
    (void)snprintf(full, sizeof full, "%s.weight", name);
    float *const W = w + param_of(params, full)->offset;
    for (size_t n = 0; n < p->r.out; n++)
        for (size_t i = 0; i < p->r.in; i++)
            W[c->conv1d ? i * p->r.out + n : n * p->r.in + i] = (float)p->w[n * p->r.in + i];
    (void)snprintf(full, sizeof full, "base_model.model.%s.lora_A.weight", name);
    put(w + param_of(params, full)->offset, p->A, p->r.rank * p->r.in);
    (void)snprintf(full, sizeof full, "base_model.model.%s.lora_B.weight", name);
    put(w + param_of(params, full)->offset, p->B, p->r.out * p->r.rank);
}

static double off_by(sm_rows got, size_t column, size_t width, const double *want, size_t rows)
{
    double off = 0.0, size = 1e-30;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < width; j++) {
            const double w = want[i * width + j];
            off += pow((double)got.p[i * got.stride + column + j] - w, 2);
            size += w * w;
        }
    return sqrt(off / size);
}

static void check_gradients(const sm_params *params, const float *g, const char *name,
                            const problem *p)
{
    char full[80];
    (void)snprintf(full, sizeof full, "base_model.model.%s.lora_A.weight", name);
    const sm_param *A = param_of(params, full);
    (void)snprintf(full, sizeof full, "base_model.model.%s.lora_B.weight", name);
    const sm_param *B = param_of(params, full);
    sm_rows rows = {(float *)(uintptr_t)(g + A->trainable_at), A->n, A->n};
    assert_true(off_by(rows, 0, A->n, p->r.dA, 1) <= 1e-5);
    rows = (sm_rows){(float *)(uintptr_t)(g + B->trainable_at), B->n, B->n};
    assert_true(off_by(rows, 0, B->n, p->r.dB, 1) <= 1e-5);
}

static void check_op(const op_case *c, unsigned threads)
{
    sm_id in;
    const size_t rows = (size_t)c->B * c->T;
    const uint32_t first = c->conv1d ? c->out : 2, n = c->conv1d ? 1 : 2;
    sm_net *net = op_net(c, threads, &in);
    sm_batch *batch = batch_for(c);
    double *keep = multipliers(c, batch), *dx = sm_calloc(rows * c->in, sizeof *dx);
    problem p[2] = {problem_open(c, first, 3, keep, 100)};
    if (n > 1) p[1] = problem_open(c, c->out - first, 7, keep, 200);
    float *w = sm_vector_new(net->params.total), *g = sm_vector_new(net->params.trainable);
    sm_run run = sm_net_run_of(net, w, batch);
    const sm_node *node = net->tape.nodes;
    run.g = g;
    const sm_rows x = sm_value_rows(&run, in), y = sm_value_rows(&run, node->out);
    for (uint32_t k = 0; k < n; k++)
        put_weights(c, &net->params, w, k ? "w2" : "w", p + k);
    put(x.p, p->x, rows * c->in);
    node->op->forward(node, &run);
    const sm_rows dy = sm_grad_rows(&run, node->out);
    for (uint32_t k = 0; k < n; k++) {
        const size_t column = k ? first : 0;
        sm_ref_lora_forward(&p[k].r);
        sm_ref_lora_backward(&p[k].r);
        assert_true(off_by(y, column, p[k].r.out, p[k].r.y, rows) <= 1e-5);
        for (size_t i = 0; i < rows; i++)
            put(dy.p + i * dy.stride + column, p[k].dy + i * p[k].r.out, p[k].r.out);
        for (size_t i = 0; i < rows * c->in; i++)
            dx[i] += p[k].r.dx[i];
    }
    node->op->backward(node, &run);
    assert_true(off_by(sm_grad_rows(&run, in), 0, c->in, dx, rows) <= 1e-5);
    for (uint32_t k = 0; k < n; k++) {
        check_gradients(&net->params, g, k ? "w2" : "w", p + k);
        problem_close(p + k);
    }
    sm_vector_free(w);
    sm_vector_free(g);
    sm_net_free(net);
    sm_batch_free(batch);
    sm_free(keep);
    sm_free(dx);
}

static void test_against_reference(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++)
        for (unsigned threads = 1; threads <= 2; threads++)
            check_op(cases + i, threads);
}

/* ---- nets --------------------------------------------------------------------------------------- */

typedef struct setup {
    const sm_lora *lora;
    const char *const *freeze;
    sm_plan plan;
    unsigned threads;
    bool recompute, own_gradient;
} setup;

static sm_net *build(const sm_model_config *model, const sm_batch *batch, const setup *how)
{
    sm_error err = {0};
    sm_net *net = NULL;
    assert_ok(sm_net_build(&net, model,
                           &(sm_net_options){.plan = how->plan,
                                             .B = batch->B,
                                             .T = batch->T,
                                             .threads = how->threads ? how->threads : 2,
                                             .recompute = how->recompute,
                                             .own_gradient = how->own_gradient,
                                             .seed = 5,
                                             .lora = how->lora,
                                             .freeze = how->freeze},
                           &err),
              &err);
    return net;
}

static const sm_lora low_rank = {.rank = 4, .alpha = 6, .targets = all_linear};

/* The fixture's weights, and an adapter of noise. */
static float *weights_of(const fixture *f, const sm_params *params)
{
    float *w = sm_vector_new(params->total);
    sm_params model = *params;
    model.n = params->n_model;
    fixture_vector(f, "w.", &model, w);
    for (size_t i = params->n_model; i < params->n; i++)
        for (size_t k = 0; k < params->items[i].n; k++)
            w[params->items[i].offset + k] = 0.2F * (float)sm_random_normal(i, k, 2);
    return w;
}

static float *gradient_of(sm_net *net, const float *w, const sm_batch *batch, sm_loss *loss)
{
    sm_error err = {0};
    const size_t n = sm_net_params(net)->trainable;
    float *g = sm_vector_new(n), *const own = sm_net_own_gradient(net);
    assert_ok(sm_net_gradient(net, w, batch, own ? own : g, loss, &err), &err);
    if (own) memcpy(g, own, n * sizeof *g);
    return g;
}

/* Adds s·B·A to a weight of the model; returns its parameters. */
typedef struct module {
    const sm_param *W, *A, *B;
    bool conv1d;
    size_t in, out, rank;
    double scale;
} module;

static bool module_of(const sm_params *params, size_t i, module *m)
{
    char name[200];
    const char *full = params->items[i].name + strlen("base_model.model.");
    if (!strstr(full, ".lora_A.")) return false;
    const int n = (int)(strstr(full, ".lora_A.") - full);
    m->A = params->items + i;
    (void)snprintf(name, sizeof name, "%.*s.weight", n, full);
    m->W = param_of(params, name);
    (void)snprintf(name, sizeof name, "base_model.model.%.*s.lora_B.weight", n, full);
    m->B = param_of(params, name);
    m->rank = m->A->shape[0];
    m->in = m->A->shape[1];
    m->out = m->B->shape[0];
    m->conv1d = strncmp(full, "transformer", 11) == 0;
    m->scale = 6.0 / (double)m->rank;
    return true;
}

static size_t place(const module *m, size_t out, size_t in)
{
    return m->conv1d ? in * m->out + out : out * m->in + in;
}

static void merge(const sm_params *params, const float *w, float *merged)
{
    module m;
    for (size_t i = params->n_model; i < params->n; i++) {
        if (!module_of(params, i, &m)) continue;
        for (size_t o = 0; o < m.out; o++)
            for (size_t c = 0; c < m.in; c++) {
                double sum = 0.0;
                for (size_t k = 0; k < m.rank; k++)
                    sum += (double)w[m.B->offset + o * m.rank + k] *
                           (double)w[m.A->offset + k * m.in + c];
                merged[m.W->offset + place(&m, o, c)] += (float)(m.scale * sum);
            }
    }
}

/* dA = s·Bᵀ·dW and dB = s·dW·Aᵀ, where dW is the gradient of the merged weight. */
static void check_module(const module *m, const float *w, const float *g, const float *full)
{
    const float *const dW = full + m->W->offset;
    float *dA = sm_calloc(m->A->n, sizeof *dA), *dB = sm_calloc(m->B->n, sizeof *dB);
    for (size_t o = 0; o < m->out; o++)
        for (size_t k = 0; k < m->rank; k++)
            for (size_t c = 0; c < m->in; c++) {
                const float d = (float)m->scale * dW[place(m, o, c)];
                dA[k * m->in + c] += d * w[m->B->offset + o * m->rank + k];
                dB[o * m->rank + k] += d * w[m->A->offset + k * m->in + c];
            }
    assert_true(relative_norm(g + m->A->trainable_at, dA, m->A->n) <= 1e-4);
    assert_true(relative_norm(g + m->B->trainable_at, dB, m->B->n) <= 1e-4);
    sm_free(dA);
    sm_free(dB);
}

static void test_is_the_merged_model(void **state)
{
    (void)state;
    for (int i = 0; i < MODELS; i++) {
        fixture f = {0};
        sm_loss a, b;
        fixture_open(&f, models[i]);
        sm_batch *batch = fixture_batch(&f);
        sm_net *net = build(&f.model, batch, &(setup){.lora = &low_rank});
        sm_net *whole = build(&f.model, batch, &(setup){0});
        const sm_params *params = sm_net_params(net);
        float *w = weights_of(&f, params), *merged = sm_vector_new(params->total);
        memcpy(merged, w, params->total * sizeof *w);
        merge(params, w, merged);
        float *g = gradient_of(net, w, batch, &a),
              *full = gradient_of(whole, merged, batch, &b);
        assert_true(fabs(a.sum - b.sum) <= 1e-5 * b.sum);
        module m;
        size_t modules = 0;
        for (size_t k = params->n_model; k < params->n; k++)
            if (module_of(params, k, &m)) {
                check_module(&m, w, g, full);
                modules++;
            }
        assert_int_equal(modules, f.model.num_hidden_layers * (i == 3 ? 4 : 7));
        assert_true(params->trainable < params->total && params->trained < params->count);
        sm_vector_free(w);
        sm_vector_free(merged);
        sm_vector_free(g);
        sm_vector_free(full);
        sm_net_free(net);
        sm_net_free(whole);
        sm_batch_free(batch);
        fixture_close(&f);
    }
}

static void test_same_bits(void **state)
{
    (void)state;
    static const sm_lora dropping = {
        .rank = 4, .alpha = 6, .dropout = 0.2, .targets = all_linear, .rslora = true};
    for (int i = 0; i < MODELS; i++) {
        fixture f = {0};
        sm_loss one, other;
        fixture_open(&f, models[i]);
        sm_batch *batch = fixture_batch(&f);
        sm_net *net = build(&f.model, batch, &(setup){.lora = &dropping, .threads = 1});
        const sm_params *params = sm_net_params(net);
        float *w = weights_of(&f, params), *g = gradient_of(net, w, batch, &one);
        for (unsigned k = 0; k < 4; k++) {
            sm_net *again = build(&f.model, batch,
                                  &(setup){.lora = &dropping,
                                           .threads = k % 3 < 1 ? 3 : k % 3,
                                           .recompute = k == 1 || k == 2,
                                           .own_gradient = k > 1});
            float *h = gradient_of(again, w, batch, &other);
            assert_true(one.sum == other.sum);
            assert_memory_equal(g, h, params->trainable * sizeof *g);
            sm_vector_free(h);
            sm_net_free(again);
        }
        sm_vector_free(w);
        sm_vector_free(g);
        sm_net_free(net);
        sm_batch_free(batch);
        fixture_close(&f);
    }
}

/* The loss of the net as it stands, over a batch. */
static double loss_of(sm_net *net, const float *w, const sm_batch *batch)
{
    sm_error err = {0};
    sm_loss loss;
    assert_ok(sm_net_loss(net, w, batch, NULL, &loss, &err), &err);
    return loss.sum;
}

static void test_adapter_off_is_the_base(void **state)
{
    (void)state;
    fixture f = {0};
    fixture_open(&f, "qwen3");
    sm_batch *batch = fixture_batch(&f);
    sm_net *net = build(&f.model, batch, &(setup){.lora = &low_rank, .plan = SM_PLAN_EVAL});
    sm_net *base = build(&f.model, batch, &(setup){.plan = SM_PLAN_EVAL});
    float *w = weights_of(&f, sm_net_params(net));
    const double with = loss_of(net, w, batch), without = loss_of(base, w, batch);
    assert_true(with != without);
    sm_net_adapter(net, false);
    assert_true(loss_of(net, w, batch) == without);
    sm_net_adapter(net, true);
    assert_true(loss_of(net, w, batch) == with);
    sm_params_init_adapter(sm_net_params(net), 4, w, 2); /* B = 0: the base again */
    assert_true(loss_of(net, w, batch) == without);
    sm_vector_free(w);
    sm_net_free(net);
    sm_net_free(base);
    sm_batch_free(batch);
    fixture_close(&f);
}

/* A fresh A is even in ±1/√in, as PEFT's. */
static void test_fresh_adapter(void **state)
{
    (void)state;
    fixture f = {0};
    fixture_open(&f, "llama-untied");
    sm_batch *batch = fixture_batch(&f);
    sm_net *net = build(&f.model, batch, &(setup){.lora = &low_rank});
    const sm_params *params = sm_net_params(net);
    float *w = sm_vector_new(params->total), *again = sm_vector_new(params->total);
    double sum = 0.0, square = 0.0;
    size_t n = 0;
    sm_params_init(params, 4, w, 2);
    sm_params_init_adapter(params, 4, again, 1);
    for (size_t i = params->n_model; i < params->n; i++) {
        const sm_param *const p = params->items + i;
        const bool is_A = strstr(p->name, ".lora_A.") != NULL;
        assert_memory_equal(w + p->offset, again + p->offset, p->n * sizeof *w);
        for (size_t k = 0; k < p->n; k++, n += is_A) {
            const double x = (double)w[p->offset + k] * sqrt((double)p->shape[1]);
            assert_true(is_A ? fabs(x) <= 1.0 : x == 0.0);
            sum += is_A ? x : 0.0;
            square += is_A ? x * x : 0.0;
        }
    }
    assert_true(fabs(sum / (double)n) < 0.05);
    assert_true(fabs(square / (double)n - 1.0 / 3.0) < 0.02);
    sm_vector_free(w);
    sm_vector_free(again);
    sm_net_free(net);
    sm_batch_free(batch);
    fixture_close(&f);
}

/* ---- freezing ------------------------------------------------------------------------------------ */

static const char *const low_blocks[] = {"*embed_tokens*", "*.layers.[0].*", NULL};
static const char *const but_the_head[] = {"*", "!lm_head.*", NULL};
static const char *const no_biases_nor_k[] = {"*.bias", "*k_proj*", "*norm*", NULL};
static const char *const no_k_nor_norms[] = {"*k_proj*", "*norm*", NULL};
static const char *const no_norms[] = {"*.bias", "*ln_?.*", NULL};
static const char *const only_some_v[] = {"*", "!*.1.self_attn.v_proj.*", NULL};

/* Gradients of what is trained are those of the full net, to the bit, and nothing else was moved. */
static void check_frozen(const char *model, const char *const *freeze, double share)
{
    fixture f = {0};
    sm_loss one, other;
    fixture_open(&f, model);
    sm_batch *batch = fixture_batch(&f);
    sm_net *whole = build(&f.model, batch, &(setup){0});
    sm_net *net = build(&f.model, batch, &(setup){.freeze = freeze});
    const sm_params *params = sm_net_params(net), *all = sm_net_params(whole);
    float *w = weights_of(&f, params), *before = sm_vector_new(params->total);
    memcpy(before, w, params->total * sizeof *w);
    float *g = gradient_of(net, w, batch, &one), *full = gradient_of(whole, w, batch, &other);
    float *m = sm_vector_new(params->trainable), *v = sm_vector_new(params->trainable);
    const sm_adamw adamw = {.beta1 = .9, .beta2 = .95, .epsilon = 1e-8, .decay = .1};
    sm_adamw_update(&adamw, params, w, g, m, v, 1.0, 1e-2, 1, 2);
    assert_true(one.sum == other.sum);
    for (size_t i = 0; i < params->n; i++) {
        const sm_param *const p = params->items + i;
        const size_t bytes = p->n * sizeof *g;
        if (p->trainable_at != SM_FROZEN)
            assert_memory_equal(g + p->trainable_at, full + all->items[i].trainable_at, bytes);
        const bool moved = memcmp(w + p->offset, before + p->offset, bytes) != 0;
        assert_true(moved == (p->trainable_at != SM_FROZEN));
    }
    print_message("%s: %zu of %zu trained, arena %zu of %zu\n", model, params->trained,
                  params->count, sm_net_memory(net), sm_net_memory(whole));
    assert_true((double)params->trained <= share * (double)params->count);
    assert_true(sm_net_memory(net) <= sm_net_memory(whole));
    assert_true(all->trainable == all->total && all->trained == all->count);
    sm_vector_free(w);
    sm_vector_free(before);
    sm_vector_free(g);
    sm_vector_free(full);
    sm_vector_free(m);
    sm_vector_free(v);
    sm_net_free(net);
    sm_net_free(whole);
    sm_batch_free(batch);
    fixture_close(&f);
}

static void test_frozen(void **state)
{
    (void)state;
    static const char *const gpt2_low[] = {"transformer.w?e.*", "transformer.h.0.*", NULL};
    check_frozen("llama-untied", low_blocks, 0.6);
    check_frozen("llama-untied", but_the_head, 0.4);
    check_frozen("qwen2", no_biases_nor_k, 0.99);
    check_frozen("qwen3", no_k_nor_norms, 0.99);
    check_frozen("qwen3", low_blocks, 0.7);
    check_frozen("qwen2", only_some_v, 0.1);
    check_frozen("gpt2", gpt2_low, 0.8);
    check_frozen("gpt2", no_norms, 0.999);
}

/* ---- what is refused ------------------------------------------------------------------------------- */

static void refused(const sm_model_config *model, const sm_lora *lora,
                    const char *const *freeze, const char *why)
{
    sm_error err = {0};
    sm_net *net = NULL;
    const sm_net_options o = {
        .plan = SM_PLAN_TRAIN, .B = 1, .T = 4, .threads = 1, .lora = lora, .freeze = freeze};
    assert_int_equal(sm_net_build(&net, model, &o, &err), SM_EUSAGE);
    assert_null(net);
    assert_contains(err.text, why);
}

static void test_refusals(void **state)
{
    (void)state;
    fixture f = {0};
    fixture_open(&f, "llama-untied");
    static const char *const nothing[] = {"*", NULL}, *const typo[] = {"model.layer.*", NULL};
    static const char *const head[] = {"q_proj", "lm_head", NULL}, *const qq[] = {"q", NULL};
    static const uint32_t far[] = {9};
    refused(&f.model, NULL, nothing, "nothing is left");
    refused(&f.model, NULL, typo, "'model.layer.*' fits no parameter");
    refused(&f.model, &(sm_lora){.alpha = 1, .targets = all_linear}, NULL, "rank 0");
    refused(&f.model, &(sm_lora){.rank = 1025, .alpha = 1, .targets = all_linear}, NULL,
            "1024");
    refused(&f.model, &(sm_lora){.rank = 2, .targets = all_linear}, NULL, "alpha 0");
    refused(&f.model, &(sm_lora){.rank = 2, .alpha = 1, .dropout = 1.0, .targets = all_linear},
            NULL, "dropout 1");
    refused(&f.model, &(sm_lora){.rank = 2, .alpha = 1, .targets = head}, NULL, "'lm_head'");
    refused(&f.model, &(sm_lora){.rank = 2, .alpha = 1, .targets = qq}, NULL, "'q'");
    refused(&f.model, &(sm_lora){.rank = 2, .alpha = 1, .targets = all_linear, .saved = qq},
            NULL, "'q' to save");
    refused(
        &f.model,
        &(sm_lora){.rank = 2, .alpha = 1, .targets = all_linear, .layers = far, .n_layers = 1},
        NULL, "no module is a target");
    fixture_close(&f);
}

/* Two targets, one block, one module whole beside them; A frozen by a pattern. */
static void test_choices(void **state)
{
    (void)state;
    fixture f = {0};
    sm_loss loss;
    static const char *const targets[] = {"self_attn.v_proj", "down_proj", NULL};
    static const char *const saved[] = {"lm_head", NULL}, *const fixed_A[] = {"*lora_A*", NULL};
    static const uint32_t blocks[] = {1};
    const sm_lora lora = {.rank = 2,
                          .alpha = 2,
                          .targets = targets,
                          .saved = saved,
                          .layers = blocks,
                          .n_layers = 1};
    fixture_open(&f, "llama-untied");
    sm_batch *batch = fixture_batch(&f);
    sm_net *net = build(&f.model, batch, &(setup){.lora = &lora, .freeze = fixed_A});
    const sm_params *params = sm_net_params(net);
    assert_int_equal(params->n - params->n_model, 4);
    const sm_param *A =
        param_of(params, "base_model.model.model.layers.1.self_attn.v_proj.lora_A.weight");
    const sm_param *B =
        param_of(params, "base_model.model.model.layers.1.mlp.down_proj.lora_B.weight");
    assert_true(A->trainable_at == SM_FROZEN && B->trainable_at != SM_FROZEN);
    assert_true(param_of(params, "lm_head.weight")->trainable_at == 0);
    assert_true(param_of(params, "model.norm.weight")->trainable_at == SM_FROZEN);
    float *w = weights_of(&f, params), *g = gradient_of(net, w, batch, &loss);
    assert_true(sm_vector_norm(g + B->trainable_at, B->n, 1) > 0.0);
    sm_vector_free(w);
    sm_vector_free(g);
    sm_net_free(net);
    sm_batch_free(batch);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finite_differences),
        cmocka_unit_test(test_against_reference),
        cmocka_unit_test(test_is_the_merged_model),
        cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_adapter_off_is_the_base),
        cmocka_unit_test(test_fresh_adapter),
        cmocka_unit_test(test_frozen),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_choices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
