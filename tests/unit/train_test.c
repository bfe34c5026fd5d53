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
    char data[1100], validation[1100], output[1100], chats[1100], init[1100];
    char root[1024];
    sm_shard_source set[3];
    sm_watch watch[2];
    sm_train_options o;
    double first_loss, last_loss, first_val, last_val;
    uint64_t steps, last_look;
    unsigned looks;
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
    const bool adapter = a->o.lora != NULL;
    assert_same_file(a, b,
                     adapter ? "model/adapter_model.safetensors" : "model/model.safetensors");
    assert_same_file(a, b, "model/optimizer.safetensors");
    assert_same_file(a, b, "model/trainer.json");
    assert_same_file(a, b, "best/trainer.json");
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

static void with_packed_documents(fixture *f)
{
    f->o.pack = SM_PACK_DOCUMENTS;
}

static void with_documents_alone(fixture *f)
{
    with_several_sets(f);
    f->o.length = 61;
    f->o.rows = 3;
    f->o.pack = SM_PACK_NONE;
}

/* Dialogues beside texts: rows of the ones, windows of the others; and what is watched. */
static void with_dialogues(fixture *f)
{
    static const size_t prompts[] = {20, 3, 30, 3, 31, 1, 95, 20, 7, 40};
    (void)snprintf(f->chats, sizeof f->chats, "%s/chats", f->root);
    make_dialogues(f->chats, lengths, prompts, DOCUMENTS);
    f->set[1] = (sm_shard_source){f->chats, 2};
    f->set[0].weight = 1;
    f->o.data.n = 2;
    f->o.data.validation = f->chats;
    f->watch[0] = (sm_watch){"texts", f->validation};
    f->watch[1] = (sm_watch){"chats", f->chats};
    f->o.watch = f->watch;
    f->o.n_watch = 2;
}

static void with_epochs(fixture *f)
{
    f->o.steps = 0;
    f->o.epochs = 5.3; /* 16 windows of 32 · 5.3 / 4 */
}

static const char *const all_linear[] = {"all-linear", NULL};
static const sm_lora adapter = {.rank = 3, .alpha = 6, .dropout = .1, .targets = all_linear};

static void write_model(fixture *f, const char *dir, const char *tensor, float value);

static void with_an_adapter(fixture *f)
{
    (void)snprintf(f->init, sizeof f->init, "%s/base", f->root);
    write_model(f, f->init, "model.norm.weight", 1);
    f->o.init = f->init;
    f->o.lora = &adapter;
    f->o.schedule.lr = .05;
}

static void with_an_adapter_on_dialogues(fixture *f)
{
    with_dialogues(f);
    with_an_adapter(f);
}

static void with_frozen_weights(fixture *f)
{
    static const char *const freeze[] = {"model.layers.0.*", "*norm*", NULL};
    f->o.freeze = freeze;
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
    as_it_is,
    with_odd_sizes,
    with_recomputation,
    with_muon,
    with_several_sets,
    with_gpt2_and_dropout,
    with_everything,
    with_packed_documents,
    with_documents_alone,
    with_dialogues,
    with_epochs,
    with_an_adapter,
    with_an_adapter_on_dialogues,
    with_frozen_weights,
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
    /* An adapter beside random weights that stay as they are learns little. */
    assert_true(whole.last_loss < whole.first_loss - (whole.o.lora ? .02 : .5));
    assert_same_end(&whole, &parts);
    assert_same_file(&whole, &parts, "run.yaml");
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

/* ---- packed documents ------------------------------------------------------------------------------ */

/* Adds the gradient of a batch; returns its targets. */
static uint64_t add_gradient(sm_net *net, const float *w, const sm_batch *batch, double *sum)
{
    const size_t n = sm_net_params(net)->trainable;
    float *const g = sm_vector_new(n);
    sm_loss loss = {0};
    sm_error err = {0};
    assert_ok(sm_net_gradient(net, w, batch, g, &loss, &err), &err);
    for (size_t i = 0; i < n; i++)
        sum[i] += (double)g[i];
    sm_vector_free(g);
    return loss.count;
}

/* Each document in a batch of its own, without any packing: what the definition says. */
static uint64_t gradient_by_definition(sm_net *net, const float *w, const sm_shards *set,
                                       double *sum)
{
    uint64_t targets = 0;
    for (uint64_t i = 0; i < sm_shards_about(set)->sequences; i++) {
        sm_shards_doc doc;
        assert_ok(sm_shards_document(set, i, &doc, NULL), NULL);
        const sm_windows all = {sm_shards_about(set)->tokens, doc.n, doc.first};
        sm_batch *batch = sm_batch_new(1, (uint32_t)doc.n);
        sm_shards_window(set, &all, 0, batch->ids, batch->target, batch->weight);
        targets += add_gradient(net, w, batch, sum);
        sm_batch_free(batch);
    }
    return targets;
}

static void gradients_of_packed_documents_are_those_of_each(void **state)
{
    (void)state;
    fixture f;
    sm_error err = {0};
    set_up(&f);
    with_dialogues(&f);
    const sm_net_options options = {.plan = SM_PLAN_TRAIN, .B = 3, .T = 112, .threads = 1};
    sm_net *net = NULL;
    f.o.model.max_position_embeddings = 128;
    assert_ok(sm_net_build(&net, &f.o.model, &options, &err), &err);
    const sm_params *const params = sm_net_params(net);
    float *const w = sm_vector_new(params->total);
    double *const want = sm_calloc(params->trainable, sizeof *want);
    sm_params_init(params, 5, w, 1);
    sm_shards *set = open_shards(f.chats);
    const uint64_t targets = gradient_by_definition(net, w, set, want);
    for (int how = SM_PACK_DOCUMENTS; how <= SM_PACK_NONE; how++) {
        const sm_packing_options o = {(sm_pack)how, 112, 3, 9};
        sm_packing *packing = NULL;
        double *const got = sm_calloc(params->trainable, sizeof *got);
        assert_ok(sm_packing_new(&packing, set, &o, &err), &err);
        const sm_feed feed = {.from = {.sets = &(const sm_shards *){set},
                                       .packing = &(const sm_packing *){packing},
                                       .by_leaf = how == SM_PACK_NONE,
                                       .length = 112,
                                       .rows = 3},
                              .leaves = 1};
        sm_batch *batch = sm_batch_new(3, 112);
        uint64_t counted = 0, tokens = 0;
        const uint64_t rows = sm_packing_about(packing)->rows;
        for (uint64_t first = 0; first < rows; first += 3) {
            if (how == SM_PACK_NONE)
                tokens += sm_feed_batch(&feed, first / 3, 0, batch);
            else
                sm_feed_validation(&feed, first, batch); /* rows past the epoch are empty */
            assert_true(how == SM_PACK_DOCUMENTS || batch->T <= 112);
            counted += add_gradient(net, w, batch, got);
        }
        assert_int_equal(counted, targets);
        assert_int_equal(counted, sm_packing_about(packing)->targets);
        if (how == SM_PACK_NONE) assert_int_equal(tokens, sm_shards_about(set)->tokens);
        double difference = 0, norm = 0;
        for (size_t i = 0; i < params->trainable; i++) {
            difference += (got[i] - want[i]) * (got[i] - want[i]);
            norm += want[i] * want[i];
        }
        assert_true(norm > 0 && sqrt(difference / norm) < 1e-5);
        sm_batch_free(batch);
        sm_packing_free(packing);
        sm_free(got);
    }
    sm_shards_close(set);
    sm_free(want);
    sm_vector_free(w);
    sm_net_free(net);
}

static void epochs_become_steps(void **state)
{
    (void)state;
    fixture f;
    set_up(&f);
    with_epochs(&f);
    go(&f);
    assert_int_equal(f.steps, 22); /* 510 tokens in 16 windows · 5.3 = 84.8 samples of 4 */
}

/* ---- the proof of resuming --------------------------------------------------------------------------- */

static void the_proof_holds_in_every_mode(void **state)
{
    (void)state;
    for (size_t i = 0; i < VARIANTS; i++) {
        fixture f;
        sm_error err = {0};
        sm_buffer report = sm_buffer_make(1 << 16);
        set_up(&f);
        variants[i](&f);
        f.o.threads = 1 + (unsigned)i % 2;
        assert_ok(sm_train_verify(&f.o, f.root, 1 + i % 3, &report, &err), &err);
        sm_buffer_putc(&report, '\0');
        assert_contains(report.p, "model.safetensors, optimizer.safetensors, trainer.json, "
                                  "metrics.jsonl: the same\n"); /* or adapter_model … */
        assert_null(strstr(report.p, "DIFFERS"));
        sm_buffer_free(&report);
    }
}

static void watched_sets_are_told(void **state)
{
    (void)state;
    fixture f;
    sm_error err = {0};
    sm_buffer table = sm_buffer_make(1 << 16);
    set_up(&f);
    with_dialogues(&f);
    go(&f);
    assert_ok(sm_train_watched(f.output, &table, &err), &err);
    sm_buffer_putc(&table, '\0');
    assert_contains(table.p, "texts\n");
    assert_contains(table.p, "chats *\n");
    double before = 0, after = 0;
    const char *const second = strchr(table.p, '\n') + 1;
    assert_int_equal(sscanf(second, "%lf %lf", &before, &after), 2);
    assert_true(before > after + 1); /* it learns both */
    sm_buffer_free(&table);
}

/* ---- samples ------------------------------------------------------------------------------------------- */

static int look(void *state, const sm_train_view *view, sm_error *err)
{
    fixture *const f = state;
    (void)err;
    f->looks++;
    assert_true(view->w != NULL && view->config->vocab_size == FIXTURE_VOCAB);
    f->last_look = view->step;
    return SM_OK;
}

static void samples_change_nothing(void **state)
{
    (void)state;
    fixture plain, watched;
    sm_error err = {0};
    set_up(&plain);
    set_up(&watched);
    go(&plain);
    watched.o.sample_every = 7;
    const sm_train_hooks hooks = {.state = &watched, .step = note, .sample = look};
    assert_ok(sm_train(&watched.o, &hooks, &err), &err);
    assert_int_equal(watched.looks, 5); /* 0, 7, 14, 21 and the end */
    assert_int_equal(watched.last_look, 24);
    assert_same_end(&plain, &watched);
}

static void logs_are_cut_at_a_step(void **state)
{
    (void)state;
    char path[1100], root[1024];
    sm_map map = {0};
    sm_error err = {0};
    (void)snprintf(path, sizeof path, "%s/log.jsonl", fresh_folder(root));
    assert_ok(sm_train_log_cut(path, 3, &err), &err); /* none: nothing to cut */
    static const char lines[] = "{\"step\":1}\n{\"step\":3}\n{\"step\":4}\n{\"st";
    assert_ok(sm_file_write(path, sm_span_of(lines), &err), &err);
    assert_ok(sm_train_log_cut(path, 9, &err), &err);
    assert_ok(sm_map_open(&map, path, &err), &err);
    assert_int_equal(map.bytes.n, 33); /* the line that was not ended is gone */
    sm_map_close(&map);
    assert_ok(sm_train_log_cut(path, 3, &err), &err);
    assert_ok(sm_map_open(&map, path, &err), &err);
    assert_int_equal(map.bytes.n, 22);
    sm_map_close(&map);
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

/* ---- more ids than before --------------------------------------------------------------------------------- */

static void write_text(const char *dir, const char *name, const char *text, char path[1200])
{
    (void)snprintf(path, 1200, "%s/%s", dir, name);
    assert_ok(sm_file_write(path, sm_span_of(text), NULL), NULL);
}

/* Row `id` of a table in a model's directory. */
static void read_row(const char *dir, const char *table, size_t id, float row[16])
{
    sm_model_config config;
    const sm_net_options least = {.plan = SM_PLAN_EVAL, .B = 1, .T = 8, .threads = 1};
    sm_net *net = NULL;
    float *w = NULL;
    sm_error err = {0};
    assert_ok(sm_model_weights(dir, &config, &w, &err), &err);
    assert_ok(sm_net_build(&net, &config, &least, &err), &err);
    const sm_param *const p = sm_params_find(sm_net_params(net), sm_span_of(table));
    assert_true(id < p->shape[0] && p->shape[1] == 16);
    memcpy(row, w + p->offset + id * 16, 16 * sizeof *row);
    sm_vector_free(w);
    sm_net_free(net);
}

static void a_model_takes_new_ids(void **state)
{
    (void)state;
    static const char map[] = "{\"id\":508,\"from\":[3,5],\"text\":\"a\"}\n"
                              "{\"id\":509,\"from\":[7]}\n"
                              "{\"id\":510,\"from\":[3,508],\"weights\":[3,1]}\n"
                              "{\"id\":511,\"from\":[]}\n";
    for (int tied = 0; tied < 2; tied++) {
        fixture f;
        char init[1100], path[1200], model[1200];
        float a[16], b[16], c[16], made[16];
        uint32_t ids = 0;
        sm_error err = {0};
        set_up(&f);
        const char *const table = tied ? "model.embed_tokens.weight" : "lm_head.weight";
        (void)snprintf(init, sizeof init, "%s/init", f.root);
        (void)snprintf(model, sizeof model, "%s/model", f.output);
        f.o.model.tie_word_embeddings = tied;
        f.o.model.vocab_size = 508;
        write_model(&f, init, "model.norm.weight", 1);
        f.o.model.vocab_size = FIXTURE_VOCAB;
        write_text(f.root, "map.jsonl", map, path);
        assert_ok(sm_train_extended_size(path, &ids, &err), &err);
        assert_int_equal(ids, 512);
        f.o.init = init;
        f.o.extend_map = path;
        f.o.schedule.lr = f.o.schedule.lr_min = 0; /* so that the weights stay as they are */
        f.o.stop_after = 1;
        go(&f);
        read_row(init, table, 3, a);
        read_row(init, table, 5, b);
        read_row(model, table, 508, made);
        for (size_t i = 0; i < 16; i++)
            assert_true(fabs((double)made[i] - .5 * ((double)a[i] + (double)b[i])) < 1e-7);
        read_row(init, table, 7, c);
        read_row(model, table, 509, made);
        assert_memory_equal(c, made, sizeof c);
        read_row(model, table, 508, c);
        read_row(model, table, 510, made);
        for (size_t i = 0; i < 16; i++)
            assert_true(fabs((double)made[i] - (.75 * (double)a[i] + .25 * (double)c[i])) <
                        1e-7);
        read_row(model, table, 3, made);
        assert_memory_equal(a, made, sizeof a);
    }
}

static void maps_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *map, *why;
    } cases[] = {{"{\"id\":508,\"from\":[3]}\n", "ends before id 509, the model has 512 ids"},
                 {"{\"id\":509,\"from\":[3]}\n", "the model to start from has 508 ids"},
                 {"{\"id\":508,\"from\":[3]}\n{\"id\":508,\"from\":[3]}\n",
                  "map.jsonl:2: ids must follow each other"},
                 {"{\"id\":508,\"from\":[508]}\n", "from"},
                 {"{\"id\":508}\n", "map.jsonl:1: id and from are needed"},
                 {"no json\n", "map.jsonl:1: no line of JSON"},
                 {"{\"id\":508,\"from\":[1,2],\"weights\":[1]}\n", "as many as from"}};
    fixture f;
    char init[1100], path[1200];
    set_up(&f);
    (void)snprintf(init, sizeof init, "%s/init", f.root);
    f.o.model.vocab_size = 508;
    write_model(&f, init, "model.norm.weight", 1);
    f.o.model.vocab_size = FIXTURE_VOCAB;
    f.o.init = init;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_error err = {0};
        write_text(f.root, "map.jsonl", cases[i].map, path);
        f.o.extend_map = path;
        assert_true(sm_train(&f.o, NULL, &err) < 0);
        assert_contains(err.text, cases[i].why);
    }
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
        cmocka_unit_test(gradients_of_packed_documents_are_those_of_each),
        cmocka_unit_test(epochs_become_steps),
        cmocka_unit_test(the_proof_holds_in_every_mode),
        cmocka_unit_test(watched_sets_are_told),
        cmocka_unit_test(samples_change_nothing),
        cmocka_unit_test(logs_are_cut_at_a_step),
        cmocka_unit_test(a_model_takes_new_ids),
        cmocka_unit_test(maps_that_do_not_fit_are_refused),
        cmocka_unit_test(bits_per_byte_are_those_of_the_definition),
    };
    sm_kernels kernels;
    sm_error err = {0};
    assert_ok(sm_kernels_open(&kernels, &err), &err);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
