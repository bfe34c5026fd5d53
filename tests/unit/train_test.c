/* Runs: the loss falls, a stopped run ends with the same bytes, threads change nothing, NaN is named,
 * and validation equals its definition.
 * SPDX-License-Identifier: MIT */
#include "run_fixture.h"

#include <math.h>
#include <seimai/checkpoint.h>
#include <seimai/kernel.h>
#include <seimai/train.h>

static const size_t lengths[] = {40, 7, 90, 33, 60, 5, 100, 64, 21, 80};
enum { DOCUMENTS = sizeof lengths / sizeof *lengths };

typedef struct fixture {
    char data[1100], validation[1100], output[1100], root[1024];
    sm_train_options o;
    double first_loss, last_loss, first_val, last_val;
    uint64_t steps;
} fixture;

static void note(void *state, const sm_metrics *m)
{
    fixture *f = state;
    if (isfinite(m->loss) && f->steps++ == 0) f->first_loss = m->loss;
    if (isfinite(m->loss)) f->last_loss = m->loss;
    if (isfinite(m->val_loss) && m->step == 0) f->first_val = m->val_loss;
    if (isfinite(m->val_loss)) f->last_val = m->val_loss;
}

/* Token i is 1 + i % 11: after a document's start all is foreseeable. */
static void set_up(fixture *f)
{
    *f = (fixture){0};
    (void)fresh_folder(f->root);
    (void)snprintf(f->data, sizeof f->data, "%s/train", f->root);
    (void)snprintf(f->validation, sizeof f->validation, "%s/valid", f->root);
    (void)snprintf(f->output, sizeof f->output, "%s/run", f->root);
    make_shards(f->data, lengths, DOCUMENTS, 11, FIXTURE_EOT, 200);
    make_shards(f->validation, lengths, 4, 11, FIXTURE_EOT, 1000);
    f->o = (sm_train_options){
        .data = f->data,
        .validation = f->validation,
        .output = f->output,
        .model = small_model(),
        .seed = 4,
        .length = 32,
        .rows = 2,
        .leaves = 2,
        .steps = 24,
        .schedule = {.kind = SM_SCHEDULE_COSINE, .lr = .02, .lr_min = .002, .warmup = 4},
        .adamw = {.9, .95, 1e-8, .1},
        .clip = 1,
        .eval_every = 8,
        .save_every = 8,
        .keep = 2,
        .log_every = 1,
        .threads = 1};
}

static void go(fixture *f)
{
    const sm_train_hooks hooks = {.state = f, .step = note};
    sm_error err = {0};
    assert_ok(sm_train(&f->o, &hooks, &err), &err);
}

static void assert_same_file(const fixture *a, const fixture *b, const char *name)
{
    char path[1300];
    sm_map x = {0}, y = {0};
    (void)snprintf(path, sizeof path, "%s/%s", a->output, name);
    assert_ok(sm_map_open(&x, path, NULL), NULL);
    (void)snprintf(path, sizeof path, "%s/%s", b->output, name);
    assert_ok(sm_map_open(&y, path, NULL), NULL);
    if (!sm_span_equal(x.bytes, y.bytes)) print_error("%s differs\n", name);
    assert_true(sm_span_equal(x.bytes, y.bytes));
    sm_map_close(&x);
    sm_map_close(&y);
}

static void assert_same_end(const fixture *a, const fixture *b)
{
    assert_same_file(a, b, "model/model.safetensors");
    assert_same_file(a, b, "model/optimizer.safetensors");
    assert_same_file(a, b, "model/trainer.json");
    assert_same_file(a, b, "best/MANIFEST");
}

static void the_loss_falls(void **state)
{
    (void)state;
    fixture f;
    set_up(&f);
    go(&f);
    assert_int_equal(f.steps, 24);
    assert_true(fabs(f.first_loss - log(FIXTURE_VOCAB)) < .3); /* nothing is known yet */
    assert_true(f.last_loss < 4); /* 12 ids are left: ln 12 = 2.5 */
    assert_true(f.last_val < 4 && f.last_val < f.first_val - 3);
}

static void a_stopped_run_ends_the_same(void **state)
{
    (void)state;
    fixture whole, parts;
    set_up(&whole);
    set_up(&parts);
    go(&whole);
    static const struct {
        uint64_t stop;
        unsigned threads;
    } sessions[] = {{5, 1}, {16, 2}, {17, 1}, {0, 2}};
    for (size_t i = 0; i < 4; i++) {
        parts.o.stop_after = sessions[i].stop;
        parts.o.threads = sessions[i].threads;
        parts.o.save_every = i == 1 ? 4 : 8; /* may change too */
        go(&parts);
    }
    assert_int_equal(parts.steps, 24);
    assert_true(parts.last_loss == whole.last_loss);
    assert_same_end(&whole, &parts);
}

static void a_signal_ends_a_session_with_a_checkpoint(void **state)
{
    (void)state;
    fixture whole, parts;
    volatile sig_atomic_t stop = 1;
    set_up(&whole);
    set_up(&parts);
    go(&whole);
    parts.o.stop = &stop;
    for (unsigned i = 1; i <= 3; i++) {
        go(&parts);
        assert_int_equal(parts.steps, i);
    }
    parts.o.stop = NULL;
    go(&parts);
    assert_same_end(&whole, &parts);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    fixture one, two;
    set_up(&one);
    set_up(&two);
    two.o.threads = 2;
    go(&one);
    go(&two);
    assert_same_end(&one, &two);
}

static void other_settings_are_refused(void **state)
{
    (void)state;
    fixture f;
    sm_error err = {0};
    static const char *const may_change[] = {"threads", NULL};
    set_up(&f);
    f.o.stop_after = 2;
    f.o.settings = SM_SPAN("lr: 0.02\nthreads: 1\n");
    f.o.may_change = may_change;
    go(&f);
    f.o.settings = SM_SPAN("lr: 0.02\nthreads: 2\n");
    f.o.stop_after = 3;
    go(&f);
    f.o.settings = SM_SPAN("lr: 0.03\nthreads: 2\n");
    assert_int_equal(sm_train(&f.o, NULL, &err), SM_EUSAGE);
    assert_contains(err.text, "'lr: 0.03'");
    f.o.settings = SM_SPAN("lr: 0.02\nthreads: 2\n");
    err = (sm_error){0};
    f.o.seed++;
    assert_int_equal(sm_train(&f.o, NULL, &err), SM_EUSAGE);
    assert_contains(err.text, "another seed");
    f.o.seed--;
    err = (sm_error){0};
    f.o.data = f.validation;
    assert_int_equal(sm_train(&f.o, NULL, &err), SM_EUSAGE);
    assert_contains(err.text, "another data");
}

static void options_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    fixture f;
    sm_error err = {0};
    set_up(&f);
    f.o.length = 65;
    assert_int_equal(sm_train(&f.o, NULL, &err), SM_EUSAGE);
    assert_contains(err.text, "length 65");
    err = (sm_error){0};
    f.o.length = 32;
    f.o.leaves = 3;
    assert_int_equal(sm_train(&f.o, NULL, &err), SM_EUSAGE);
    assert_contains(err.text, "power of two");
    err = (sm_error){0};
    f.o.leaves = 2;
    f.o.model.vocab_size = FIXTURE_VOCAB - 16;
    assert_int_equal(sm_train(&f.o, NULL, &err), SM_EUSAGE);
    assert_contains(err.text, "vocabulary of 512");
}

/* ---- NaN ------------------------------------------------------------------------------------------- */

/* Fresh weights as a model directory, with `value` as one weight of a tensor. */
static void write_model(fixture *f, const char *dir, const char *tensor, float value)
{
    const sm_net_options options = {.plan = SM_PLAN_EVAL, .B = 1, .T = 8, .threads = 1};
    sm_net *net = NULL;
    sm_error err = {0};
    assert_ok(sm_net_build(&net, &f->o.model, &options, &err), &err);
    const sm_params *params = sm_net_params(net);
    float *w = sm_vector_new(params->total);
    sm_params_init(params, 1, w, 1);
    w[sm_params_find(params, sm_span_of(tensor))->offset + 3] = value;
    assert_ok(sm_model_write(&f->o.model, params, w, dir, NULL, &err), &err);
    sm_vector_free(w);
    sm_net_free(net);
}

static void nan_stops_with_step_and_tensor(void **state)
{
    (void)state;
    fixture f;
    char dir[1100];
    sm_error err = {0};
    set_up(&f);
    (void)snprintf(dir, sizeof dir, "%s/init", f.root);
    write_model(&f, dir, "model.layers.1.mlp.down_proj.weight", NAN);
    f.o.init = dir;
    f.o.validation = NULL;
    assert_int_equal(sm_train(&f.o, NULL, &err), SM_ENUMERIC);
    assert_contains(err.text, "step 1: ");
    assert_contains(err.text, "model.layers.1.mlp.down_proj");
}

/* ---- validation ---------------------------------------------------------------------------------------- */

/* Bits per byte by its definition: one document, one window after the other, nothing packed. */
static double bits_by_definition(sm_net *net, const float *w, const sm_shards *set, uint32_t T)
{
    double nats = 0;
    uint64_t bytes = 0;
    for (uint64_t s = 0; s < sm_shards_about(set)->sequences; s++) {
        sm_shards_doc doc;
        assert_ok(sm_shards_document(set, s, &doc, NULL), NULL);
        bytes += doc.text_bytes;
        for (uint64_t first = 0, done = 0; done < doc.n; first += T / 2) {
            const uint64_t end = first + T < doc.n ? first + T : doc.n;
            sm_batch *batch = sm_batch_new(1, (uint32_t)(end - first));
            sm_shards_read(set, doc.first + first, (size_t)(end - first), batch->target);
            for (uint32_t t = 0; t < batch->T; t++) {
                const uint64_t at = first + t;
                batch->weight[t] = at >= done ? 1.0F : 0.0F;
                if (at)
                    sm_shards_read(set, doc.first + at - 1, 1, &batch->ids[t]);
                else
                    batch->ids[t] = FIXTURE_EOT;
            }
            sm_loss loss = {0};
            assert_ok(sm_net_loss(net, w, batch, NULL, &loss, NULL), NULL);
            nats += loss.sum;
            done = end;
            sm_batch_free(batch);
        }
    }
    return nats / log(2) / (double)bytes;
}

static void bits_per_byte_are_those_of_the_definition(void **state)
{
    (void)state;
    fixture f;
    set_up(&f);
    const sm_net_options options = {.plan = SM_PLAN_EVAL, .B = 3, .T = 32, .threads = 1};
    sm_net *net = NULL;
    sm_validation v;
    sm_error err = {0};
    assert_ok(sm_net_build(&net, &f.o.model, &options, &err), &err);
    float *w = sm_vector_new(sm_net_params(net)->total);
    sm_params_init(sm_net_params(net), 7, w, 1);
    sm_shards *set = open_shards(f.validation);
    sm_batch *batch = sm_batch_new(3, 32);
    assert_ok(sm_validate(net, w, set, batch, 0, &v, &err), &err);
    const double want = bits_by_definition(net, w, set, 32);
    assert_true(fabs(v.bpb - want) < 1e-6 * want);
    assert_true(fabs(v.bpc - 3 * want) < 3e-6 * want);
    assert_int_equal(v.documents, 4);
    assert_int_equal(v.targets, 174);
    assert_true(fabs(v.loss - log(FIXTURE_VOCAB)) < .5);
    sm_batch_free(batch);
    sm_shards_close(set);
    sm_vector_free(w);
    sm_net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loss_falls),
        cmocka_unit_test(a_stopped_run_ends_the_same),
        cmocka_unit_test(a_signal_ends_a_session_with_a_checkpoint),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(other_settings_are_refused),
        cmocka_unit_test(options_that_do_not_fit_are_refused),
        cmocka_unit_test(nan_stops_with_step_and_tensor),
        cmocka_unit_test(bits_per_byte_are_those_of_the_definition),
    };
    sm_kernels kernels;
    sm_error err = {0};
    assert_ok(sm_kernels_open(&kernels, &err), &err);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
