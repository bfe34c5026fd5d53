/* How a model reads: against the loss of the same tokens, and against itself.
 * SPDX-License-Identifier: MIT */
#include <seimai/inspect.h>

#include "nn_fixture.h"

enum { N = 12, K = 7 };

typedef struct reading {
    fixture f;
    sm_net *net;
    float *w;
    uint32_t ids[N];
    sm_inspection *s;
} reading;

static void open_reading(reading *r, const char *name)
{
    sm_error err = {0};
    fixture_open(&r->f, name);
    const sm_net_options o = {.plan = SM_PLAN_EVAL, .B = 1, .T = N, .threads = 1};
    assert_ok(sm_net_build(&r->net, &r->f.model, &o, &err), &err);
    r->w = sm_vector_new(sm_net_params(r->net)->total);
    fixture_vector(&r->f, "w.", sm_net_params(r->net), r->w);
    for (uint32_t i = 0; i < N; i++)
        r->ids[i] = i == 0 ? 0 : (i * 7 + 3) % r->f.model.vocab_size;
    assert_ok(sm_inspect(&r->s, &r->f.model, r->w, r->ids, N, K, 0, 2, &err), &err);
}

static void close_reading(reading *r)
{
    sm_inspection_free(r->s);
    sm_vector_free(r->w);
    sm_net_free(r->net);
    fixture_close(&r->f);
}

/* −log₂ p of each token is what the loss says of it. */
static void check_surprisal(const reading *r)
{
    sm_error err = {0};
    float logp[N];
    sm_loss loss;
    sm_token_scores scores = {.logp = logp};
    sm_batch *const batch = sm_batch_new(1, N);
    for (uint32_t i = 0; i < N; i++) {
        batch->ids[i] = r->ids[i];
        batch->target[i] = i + 1 < N ? r->ids[i + 1] : 0;
        batch->weight[i] = i + 1 < N;
    }
    assert_ok(sm_net_loss(r->net, r->w, batch, &scores, &loss, &err), &err);
    assert_true(isnan(r->s->surprisal[0]));
    for (uint32_t i = 1; i < N; i++)
        assert_true(fabs((double)r->s->surprisal[i] + (double)logp[i - 1] / log(2.0)) < 1e-4);
    sm_batch_free(batch);
}

static void expectations_agree(const reading *r)
{
    for (uint32_t i = 0; i < N; i++) {
        const sm_expectation *const e = r->s->expected + i * K;
        for (uint32_t k = 1; k < K; k++)
            assert_true(e[k - 1].p >= e[k].p);
        if (i + 1 < N && r->s->rank[i + 1] < K) {
            const sm_expectation came = e[r->s->rank[i + 1]];
            assert_true(fabs(-log2((double)came.p) - (double)r->s->surprisal[i + 1]) < 1e-3);
        }
        assert_true(r->s->entropy[i] > 0.0F);
        assert_true((double)r->s->entropy[i] <= log2((double)r->f.model.vocab_size) + 1e-4);
    }
}

/* Rows add to 1, and nobody looks ahead or out of the window. */
static void check_attention(const reading *r)
{
    assert_int_equal(r->s->layers, r->f.model.num_hidden_layers);
    assert_int_equal(r->s->heads, r->f.model.num_attention_heads);
    for (uint32_t layer = 0; layer < r->s->layers; layer++)
        for (uint32_t head = 0; head < r->s->heads; head++) {
            const float *const map = sm_inspection_map(r->s, layer, head);
            const uint32_t window = sm_model_window(&r->f.model, layer);
            for (uint32_t i = 0; i < N; i++) {
                double sum = 0.0;
                for (uint32_t j = 0; j < N; j++) {
                    const bool sees = j <= i && (window == 0 || j + window > i);
                    assert_true(sees ? map[i * N + j] > 0.0F : map[i * N + j] == 0.0F);
                    sum += (double)map[i * N + j];
                }
                assert_true(fabs(sum - 1.0) < 1e-5);
            }
        }
}

static void test_reading(void **state)
{
    static const char *const names[] = {"llama-untied", "mistral", "qwen2", "qwen3", "gpt2"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        reading r = {0};
        open_reading(&r, names[i]);
        check_surprisal(&r);
        expectations_agree(&r);
        check_attention(&r);
        close_reading(&r);
    }
}

static void test_refused(void **state)
{
    (void)state;
    reading r = {0};
    sm_error err = {0};
    sm_inspection *s = NULL;
    open_reading(&r, "gpt2");
    const sm_model_config *const c = &r.f.model;
    assert_int_equal(sm_inspect(&s, c, r.w, r.ids, 1, K, 0, 1, &err), SM_EUSAGE);
    assert_int_equal(sm_inspect(&s, c, r.w, r.ids, N, 0, 0, 1, &err), SM_EUSAGE);
    r.ids[3] = c->vocab_size;
    assert_int_equal(sm_inspect(&s, c, r.w, r.ids, N, K, 0, 1, &err), SM_EUSAGE);
    assert_null(s);
    r.ids[3] = 1;
    r.w[0] = NAN; /* of the embedding of id 0 */
    assert_int_equal(sm_inspect(&s, c, r.w, r.ids, N, K, 0, 1, &err), SM_ENUMERIC);
    close_reading(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reading),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
