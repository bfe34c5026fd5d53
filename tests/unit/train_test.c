/* Runs: the loss falls, a stopped run ends with the same bytes, threads change nothing, NaN is named,
 * and validation equals its definition.
 * SPDX-License-Identifier: MIT */
#include "run_fixture.h"

#include <math.h>
#include <seimai/checkpoint.h>
#include <seimai/kernel.h>
#include <seimai/train.h>
#include <unistd.h>

static const size_t lengths[] = {40, 7, 90, 33, 60, 5, 100, 64, 21, 80};
enum { DOCUMENTS = sizeof lengths / sizeof *lengths };

typedef struct fixture {
    char data[1100], validation[1100], output[1100], root[1024];
    sm_shard_source set[3];
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
    f->set[0].dir = f->data;
    f->o = (sm_train_options){
        .data = {.items = f->set, .n = 1, .validation = f->validation},
        .output = f->output,
        .model = small_model(),
        .seed = 4,
        .length = 32,
        .rows = 2,
        .leaves = 2,
        .steps = 24,
        .schedule = {.kind = SM_SCHEDULE_COSINE, .lr = .02, .lr_min = .002, .warmup = 4},
        .adamw = {.9, .95, 1e-8, .1, false},
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

/* What a run may be besides: each changes the options of set_up. */
static void as_it_is(fixture *f)
{
    (void)f;
}

static void with_odd_sizes(fixture *f)
{
    f->o.length = 29;
    f->o.rows = 3;
    f->o.leaves = 4;
}

static void with_recomputation(fixture *f)
{
    f->o.recompute = true;
}

static void with_muon(fixture *f)
{
    f->o.use_muon = true;
    f->o.muon = (sm_muon){.95, .1};
    f->o.model.hidden_size = 18; /* matrices that lie and matrices that stand */
}

static void with_several_sets(fixture *f)
{
    f->set[1] = (sm_shard_source){f->validation, .25};
    f->set[2] = (sm_shard_source){f->data, .11};
    f->set[0].weight = .5;
    f->o.data.n = 3;
}

static void with_gpt2_and_dropout(fixture *f)
{
    f->o.model.family = SM_MODEL_GPT2;
    f->o.model.num_key_value_heads = 2;
    f->o.model.attention_dropout = .1;
    f->o.model.embedding_dropout = .1;
    f->o.model.residual_dropout = .2;
}

static void with_everything(fixture *f)
{
    with_odd_sizes(f);
    with_several_sets(f);
    with_muon(f);
    with_recomputation(f);
    f->o.model.family = SM_MODEL_QWEN3;
    f->o.model.sliding_window = 11;
    f->o.model.max_window_layers = 1;
    f->o.model.attention_dropout = .15;
    f->o.patience = 2;
    f->o.eval_every = 3;
    f->o.z_loss = 1e-4;
    f->o.schedule.kind = SM_SCHEDULE_WSD;
    f->o.schedule.cooldown = .3;
}

static void (*const variants[])(fixture *) = {
    as_it_is,          with_odd_sizes,        with_recomputation, with_muon,
    with_several_sets, with_gpt2_and_dropout, with_everything,
};
enum { VARIANTS = sizeof variants / sizeof *variants };

static void stopped_run_ends_the_same(void (*change)(fixture *))
{
    fixture whole, parts;
    set_up(&whole);
    set_up(&parts);
    change(&whole);
    change(&parts);
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
    assert_int_equal(parts.steps, whole.steps);
    assert_true(parts.last_loss == whole.last_loss);
    assert_true(whole.last_loss < whole.first_loss - .5);
    assert_same_end(&whole, &parts);
}

static void a_stopped_run_ends_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < VARIANTS; i++)
        stopped_run_ends_the_same(variants[i]);
}

static void recomputation_changes_nothing(void **state)
{
    (void)state;
    fixture kept, again;
    set_up(&kept);
    set_up(&again);
    with_gpt2_and_dropout(&kept);
    with_gpt2_and_dropout(&again);
    with_recomputation(&again);
    go(&kept);
    go(&again);
    assert_same_end(&kept, &again);
}

static void count_warnings(void *state, const char *text)
{
    unsigned *const n = state;
    *n += strstr(text, "left out") != NULL;
}

/* Past the first 128 steps a guard of 1e-3 standard deviations takes about every other update for a spike; a run with
 * pauses leaves out the same ones. */
static void spikes_are_left_out(void **state)
{
    (void)state;
    fixture whole, parts;
    unsigned seen = 0;
    const sm_train_hooks hooks = {.state = &seen, .warn = count_warnings};
    sm_error err = {0};
    set_up(&whole);
    set_up(&parts);
    whole.o.steps = parts.o.steps = SM_SPIKE_WINDOW + 20;
    whole.o.eval_every = parts.o.eval_every = 0;
    whole.o.spike_guard = parts.o.spike_guard = 1e-3;
    whole.o.schedule.lr = parts.o.schedule.lr = 1e-6; /* the loss stays where it is */
    whole.o.schedule.lr_min = parts.o.schedule.lr_min = 1e-6;
    assert_ok(sm_train(&whole.o, &hooks, &err), &err);
    assert_in_range(seen, 1, 20);
    parts.o.stop_after = SM_SPIKE_WINDOW + 7;
    go(&parts);
    parts.o.stop_after = 0;
    go(&parts);
    assert_same_end(&whole, &parts);
}

/* At a learning rate of 0 the validation loss stays what it is: one validation is the lowest, the next is not. */
static void patience_ends_a_run(void **state)
{
    (void)state;
    fixture f;
    char a[1200], b[1200];
    set_up(&f);
    f.o.schedule.lr = f.o.schedule.lr_min = 0;
    f.o.patience = 2;
    f.o.eval_every = 5;
    f.o.save_every = 0;
    go(&f);
    assert_int_equal(f.steps, 15); /* validated at 5, 10 and 15 */
    go(&f);
    assert_int_equal(f.steps, 15); /* … and stays there */
    (void)snprintf(a, sizeof a, "%s/checkpoints/step-5/MANIFEST", f.output);
    (void)snprintf(b, sizeof b, "%s/checkpoints/step-15/MANIFEST", f.output);
    assert_true(sm_file_exists(a) && sm_file_exists(b));
    (void)snprintf(a, sizeof a, "%s/best", f.output);
    const ssize_t n = readlink(a, b, sizeof b - 1);
    assert_true(n > 0);
    b[n] = '\0';
    assert_string_equal(b, "checkpoints/step-5");
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
    for (size_t i = 0; i < VARIANTS; i++) {
        fixture one, many;
        set_up(&one);
        set_up(&many);
        variants[i](&one);
        variants[i](&many);
        many.o.threads = 3;
        go(&one);
        go(&many);
        assert_same_end(&one, &many);
    }
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
    f.set[0].dir = f.validation;
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
    err = (sm_error){0};
    f.o.model.vocab_size = FIXTURE_VOCAB;
    with_several_sets(&f);
    f.set[1].weight = -1;
    assert_int_equal(sm_train(&f.o, NULL, &err), SM_EUSAGE);
    assert_contains(err.text, "set 2: its weight is not above 0");
}

/* DIR, DIR=WEIGHT, and what `shard --validation` makes. */
static void sources_are_found(void **state)
{
    (void)state;
    fixture f;
    sm_arena arena = {0};
    char weighed[1200];
    set_up(&f); /* root/train, root/valid */
    (void)snprintf(weighed, sizeof weighed, "%s=2.5", f.validation);
    const char *const given[] = {f.root, weighed};
    sm_shard_sources from = {0};
    sm_shard_sources_find(&from, given, 2, &arena);
    assert_int_equal(from.n, 2);
    assert_string_equal(from.items[0].dir, f.data);
    assert_string_equal(from.items[1].dir, f.validation);
    assert_true(from.items[0].weight == 1 && from.items[1].weight == 2.5);
    assert_string_equal(from.validation, f.validation);
    assert_null(from.tokenizer);
    from = (sm_shard_sources){.validation = "other"};
    sm_shard_sources_find(&from, given, 1, &arena);
    assert_true(from.items[0].weight == 0);
    assert_string_equal(from.validation, "other");
    sm_arena_free(&arena);
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
    f.o.data.validation = NULL;
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
        cmocka_unit_test(recomputation_changes_nothing),
        cmocka_unit_test(patience_ends_a_run),
        cmocka_unit_test(spikes_are_left_out),
        cmocka_unit_test(sources_are_found),
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
