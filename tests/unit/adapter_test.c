/* Adapters on disk: what is written is read back; the base is found and recognised; merged weights compute what base and adapter
 * did; a base in fewer bits is near the floats; what is broken or of another kind is refused by name.
 * SPDX-License-Identifier: MIT */
#include "run_fixture.h"

#include <seimai/checkpoint.h>
#include <seimai/random.h>

#include <math.h>
#include <unistd.h>

static const char *const targets[] = {"q_proj", "v_proj", "mlp.up_proj", NULL};
static const sm_lora_exception exceptions[] = {{"v_proj", 5, 0.0},
                                               {"layers.1.mlp.up_proj", 0, 7.0}};
static const sm_lora lora = {
    .rank = 3, .alpha = 6, .targets = targets, .exceptions = exceptions, .n_exceptions = 2};

/* A base and an adapter in folders of their own. */
typedef struct pair {
    sm_model_config config;
    sm_net *net;
    const sm_params *params;
    float *w;
    char root[1024], base[1100], adapter[1100], other[1100];
} pair;

static sm_net *net_of(const sm_model_config *config, const sm_lora *with, sm_storage base)
{
    sm_net *net = NULL;
    sm_error err = {0};
    const sm_net_options o = {
        .plan = SM_PLAN_TRAIN, .B = 2, .T = 8, .threads = 2, .lora = with, .base = base};
    assert_ok(sm_net_build(&net, config, &o, &err), &err);
    return net;
}

static pair make_pair(void)
{
    pair p = {.config = small_model()};
    sm_error err = {0};
    (void)fresh_folder(p.root);
    (void)snprintf(p.base, sizeof p.base, "%s/base", p.root);
    (void)snprintf(p.adapter, sizeof p.adapter, "%s/adapter", p.root);
    (void)snprintf(p.other, sizeof p.other, "%s/other", p.root);
    p.net = net_of(&p.config, &lora, SM_STORED_F32);
    p.params = sm_net_params(p.net);
    p.w = sm_vector_new(p.params->total);
    sm_params_init(p.params, 3, p.w, 1);
    for (size_t i = p.params->n_model; i < p.params->n; i++)
        for (size_t k = 0; k < p.params->items[i].n; k++)
            p.w[p.params->items[i].offset + k] = 0.1F * (float)sm_random_normal(7, i, k);
    assert_ok(sm_model_write(&p.config, p.params, p.w, p.base, NULL, &err), &err);
    const sm_adapter_origin origin = {"../base", sm_model_hash(p.params, p.w), false};
    assert_ok(sm_adapter_write(&lora, p.params, p.w, &origin, p.adapter, &err), &err);
    return p;
}

static void drop_pair(pair *p)
{
    sm_net_free(p->net);
    sm_vector_free(p->w);
}

static double loss_of(sm_net *net, const float *w)
{
    sm_batch *batch = sm_batch_new(2, 8);
    sm_loss loss;
    sm_error err = {0};
    for (uint32_t i = 0; i < 16; i++) {
        batch->ids[i] = 1 + i * 37 % 500;
        batch->target[i] = 1 + i * 91 % 500;
        batch->weight[i] = 1;
    }
    assert_ok(sm_net_loss(net, w, batch, NULL, &loss, &err), &err);
    sm_batch_free(batch);
    return loss.sum;
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    pair p = make_pair();
    sm_pretrained m;
    sm_error err = {0};
    assert_ok(sm_pretrained_open(&m, p.adapter, NULL, &err), &err);
    sm_net *net = net_of(&m.config, m.lora, SM_STORED_F32);
    const sm_params *read = sm_net_params(net);
    assert_int_equal(read->n, p.params->n);
    assert_int_equal(read->total, p.params->total);
    for (size_t i = 0; i < read->n; i++)
        assert_string_equal(read->items[i].name, p.params->items[i].name);
    assert_memory_equal(m.w, p.w, read->total * sizeof *m.w);
    assert_true(loss_of(net, m.w) == loss_of(p.net, p.w));
    assert_contains(m.base_dir, "adapter/../base");
    sm_net_free(net);
    sm_pretrained_close(&m);
    assert_ok(sm_pretrained_open(&m, p.base, NULL, &err), &err);
    assert_null(m.lora);
    sm_pretrained_close(&m);
    drop_pair(&p);
}

static void merged_computes_the_same(void **state)
{
    (void)state;
    pair p = make_pair();
    sm_model_config config;
    sm_error err = {0};
    float *w = NULL, *again = NULL;
    const char *const dirs[] = {p.base, p.adapter};
    sm_net *plain = net_of(&p.config, NULL, SM_STORED_F32);
    const size_t floats = sm_net_params(plain)->total;
    assert_ok(sm_model_weights(p.adapter, &config, &w, &err), &err);
    const double merged = loss_of(plain, w), apart = loss_of(p.net, p.w);
    assert_true(fabs(merged - apart) <= 1e-5 * apart &&
                fabs(loss_of(plain, p.w) - apart) > 1e-3);
    for (size_t first = 0; first < 2; first++) {
        assert_ok(sm_model_merge(dirs + first, 2 - first, NULL, p.other, &err), &err);
        assert_ok(sm_model_weights(p.other, &config, &again, &err), &err);
        assert_memory_equal(w, again, floats * sizeof *w);
        sm_vector_free(again);
    }
    assert_int_equal(sm_model_merge(dirs, 1, NULL, p.other, &err), SM_EUSAGE);
    sm_vector_free(w);
    sm_net_free(plain);
    drop_pair(&p);
}

static void another_base_is_refused(void **state)
{
    (void)state;
    pair p = make_pair();
    sm_pretrained m;
    sm_error err = {0};
    p.w[p.params->items[3].offset] += 1e-3F;
    assert_ok(sm_model_write(&p.config, p.params, p.w, p.other, NULL, &err), &err);
    assert_int_equal(sm_pretrained_open(&m, p.adapter, p.other, &err), SM_EHASH);
    assert_contains(err.text, "another base");
    sm_pretrained_close(&m);
    err = (sm_error){0};
    (void)snprintf(p.other, sizeof p.other, "%s/base/config.json", p.root);
    assert_int_equal(unlink(p.other), 0);
    assert_int_equal(sm_pretrained_open(&m, p.adapter, NULL, &err), SM_ENOENT);
    assert_contains(err.text, "../base");
    sm_pretrained_close(&m);
    drop_pair(&p);
}

/* bf16 and int8: the loss of a small model moves by what rounding its matrices moves it. */
static void a_stored_base_is_near(void **state)
{
    (void)state;
    pair p = make_pair();
    const double exact = loss_of(p.net, p.w);
    static const double most[] = {
        [SM_STORED_F32] = 0, [SM_STORED_BF16] = 2e-4, [SM_STORED_INT8] = 1e-3};
    for (sm_storage type = SM_STORED_F32; type <= SM_STORED_INT8; type++) {
        sm_base base;
        sm_error err = {0};
        sm_net *net = net_of(&p.config, &lora, type);
        const sm_params *params = sm_net_params(net);
        float *w = sm_vector_new(params->total);
        assert_ok(sm_base_read(&base, type, params, w, p.base, &err), &err);
        assert_true(sm_hash128_equal(base.hash, sm_model_hash(p.params, p.w)));
        sm_adapter *adapter = NULL;
        assert_ok(sm_adapter_open(&adapter, p.adapter, &err), &err);
        assert_ok(sm_adapter_check(adapter, base.hash, &err), &err);
        assert_ok(sm_adapter_read(adapter, params, w, &err), &err);
        if (base.values) sm_net_base(net, &base.stored);
        assert_true((base.values != NULL) == (type != SM_STORED_F32));
        assert_true(params->count == p.params->count && params->trained == p.params->trained);
        if (base.values) assert_true(params->total < p.params->total / 4);
        const double loss = loss_of(net, w);
        print_message("%s: loss off by %.1e\n", sm_storage_name(type), fabs(loss / exact - 1));
        assert_true(fabs(loss / exact - 1) <= most[type]);
        sm_adapter_close(adapter);
        sm_base_free(&base);
        sm_vector_free(w);
        sm_net_free(net);
    }
    drop_pair(&p);
}

/* The configuration with one key changed. */
static void refused(const pair *p, const char *key_and_value, int code, const char *why)
{
    char path[1200], json[600];
    sm_adapter *adapter = NULL;
    sm_error err = {0};
    (void)snprintf(path, sizeof path, "%s/adapter_config.json", p->adapter);
    (void)snprintf(json, sizeof json, "{\"r\": 3, \"lora_alpha\": 6,\n%s}", key_and_value);
    assert_ok(sm_file_write(path, sm_span_of(json), &err), &err);
    assert_int_equal(sm_adapter_open(&adapter, p->adapter, &err), code);
    assert_null(adapter);
    assert_contains(err.text, why);
}

static void what_we_cannot_is_refused(void **state)
{
    (void)state;
    pair p = make_pair();
    refused(&p, "\"use_dora\": true", SM_ENOSUP, "json:2: use_dora");
    refused(&p, "\"bias\": \"all\"", SM_ENOSUP, "json:2: bias");
    refused(&p, "\"peft_type\": \"IA3\"", SM_ENOSUP, "json:2: peft_type");
    refused(&p, "\"init_lora_weights\": \"pissa_niter_4\"", SM_ENOSUP, "init_lora_weights");
    refused(&p, "\"some_new_config\": {\"a\": 1}", SM_ENOSUP, "some_new_config");
    refused(&p, "\"alpha_pattern\": {\".*q\": 4}", SM_ENOSUP, "'.*q' is a regular expression");
    refused(&p, "\"r\": 3", SM_EUSAGE, "json:2");
    refused(&p, "\"lora_dropout\": 2", SM_EUSAGE, "lora_dropout");
    refused(&p, "\"modules_to_save\": 7", SM_EUSAGE, "modules_to_save");
    drop_pair(&p);
}

static void damage_is_noticed(void **state)
{
    (void)state;
    pair p = make_pair();
    char path[1200];
    sm_adapter *adapter = NULL;
    sm_error err = {0};
    (void)snprintf(path, sizeof path, "%s/adapter_model.safetensors", p.adapter);
    assert_int_equal(truncate(path, 900), 0);
    assert_true(sm_adapter_open(&adapter, p.adapter, &err) < 0);
    assert_contains(err.text, "adapter_model.safetensors");
    /* An adapter of another shape of model. */
    pair wide = make_pair();
    p.config.intermediate_size = 48;
    sm_net *net = net_of(&p.config, &lora, SM_STORED_F32);
    float *w = sm_vector_new(sm_net_params(net)->total);
    err = (sm_error){0};
    assert_ok(sm_adapter_open(&adapter, wide.adapter, &err), &err);
    assert_int_equal(sm_adapter_read(adapter, sm_net_params(net), w, &err), SM_EFORMAT);
    assert_contains(err.text, "does not fit the base");
    sm_adapter_close(adapter);
    sm_vector_free(w);
    sm_net_free(net);
    drop_pair(&wide);
    drop_pair(&p);
}

/* A checkpoint of a LoRA run: the adapter alone, its state beside it; back to the bit. */
static void a_checkpoint_holds_the_adapter(void **state)
{
    (void)state;
    pair p = make_pair();
    sm_error err = {0}, damaged = {0};
    const size_t n = p.params->trainable, bytes = p.params->total * sizeof(float);
    const sm_adapter_origin origin = {p.base, sm_model_hash(p.params, p.w), false};
    float *m = sm_vector_new(n), *v = sm_vector_new(n), *back = sm_vector_new(p.params->total);
    float *m2 = sm_vector_new(n), *v2 = sm_vector_new(n);
    for (size_t i = p.params->n_model; i < p.params->n; i++)
        for (size_t k = 0; k < p.params->items[i].n; k++)
            m[p.params->items[i].trainable_at + k] = v[p.params->items[i].trainable_at + k] =
                (float)k;
    sm_checkpoint c = {.config = &p.config,
                       .params = p.params,
                       .w = p.w,
                       .m = m,
                       .v = v,
                       .state = {.step = 4},
                       .lora = &lora,
                       .origin = &origin};
    assert_ok(sm_checkpoint_write(&c, p.root, 0, &err), &err);
    sm_checkpoint d = c;
    d.w = back;
    d.m = m2;
    d.v = v2;
    assert_ok(sm_model_read(p.params, back, p.base, &err), &err);
    assert_int_equal(sm_checkpoint_read(&d, p.root, &damaged, &err), 1);
    assert_memory_equal(back, p.w, bytes);
    assert_memory_equal(m2, m, n * sizeof *m);
    assert_memory_equal(v2, v, n * sizeof *v);
    char model[1100];
    sm_model_config config;
    (void)snprintf(model, sizeof model, "%s/model", p.root);
    assert_ok(sm_model_open(&config, model, &err), &err); /* the base's */
    sm_lora other = lora;
    other.alpha = 7;
    d.lora = &other;
    assert_int_equal(sm_checkpoint_read(&d, p.root, &damaged, &err), SM_EUSAGE);
    assert_contains(err.text, "another adapter");
    sm_vector_free(m);
    sm_vector_free(v);
    sm_vector_free(m2);
    sm_vector_free(v2);
    sm_vector_free(back);
    drop_pair(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(merged_computes_the_same),
        cmocka_unit_test(another_base_is_refused),
        cmocka_unit_test(a_stored_base_is_near),
        cmocka_unit_test(what_we_cannot_is_refused),
        cmocka_unit_test(damage_is_noticed),
        cmocka_unit_test(a_checkpoint_holds_the_adapter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
