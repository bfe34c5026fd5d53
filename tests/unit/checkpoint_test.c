/* Checkpoints: what is written is read back; a crash, a damage or a stranger is noticed.
 * That transformers reads them is tests/conformance/peers/transformers_test.py.
 * SPDX-License-Identifier: MIT */
#include "run_fixture.h"

#include <seimai/checkpoint.h>
#include <seimai/safetensors.h>
#include <unistd.h>

typedef struct fixture {
    sm_model_config config;
    sm_net *net;
    sm_checkpoint c;
    char run[1024];
} fixture;

static void fill(float *x, size_t n, float first)
{
    for (size_t i = 0; i < n; i++)
        x[i] = first + (float)i / 1024;
}

static void set_up(fixture *f, float first)
{
    const sm_net_options options = {.plan = SM_PLAN_EVAL, .B = 1, .T = 8, .threads = 1};
    sm_error err = {0};
    f->config = small_model();
    assert_ok(sm_net_build(&f->net, &f->config, &options, &err), &err);
    const sm_params *p = sm_net_params(f->net);
    f->c = (sm_checkpoint){.config = &f->config,
                           .params = p,
                           .w = sm_vector_new(p->total),
                           .m = sm_vector_new(p->total),
                           .v = sm_vector_new(p->total),
                           .state = {.step = 5,
                                     .tokens = 77,
                                     .lines = 6,
                                     .seed = 3,
                                     .data = {1, 2},
                                     .kernels = "portable/none"}};
    for (size_t i = 0; i < p->n; i++) {
        fill(f->c.w + p->items[i].offset, p->items[i].n, first);
        fill(f->c.m + p->items[i].offset, p->items[i].n, first + 1);
        fill(f->c.v + p->items[i].offset, p->items[i].n, first + 2);
    }
}

static void tear_down(fixture *f)
{
    sm_vector_free(f->c.w);
    sm_vector_free(f->c.m);
    sm_vector_free(f->c.v);
    sm_net_free(f->net);
}

static void save(fixture *f, uint64_t step, uint64_t keep)
{
    sm_error err = {0};
    f->c.state.step = step;
    assert_ok(sm_checkpoint_write(&f->c, f->run, keep, &err), &err);
}

static bool exists(const fixture *f, const char *name)
{
    char path[1200];
    (void)snprintf(path, sizeof path, "%s/%s", f->run, name);
    return sm_file_exists(path);
}

static void damage(const fixture *f, const char *name)
{
    char path[1200];
    (void)snprintf(path, sizeof path, "%s/%s", f->run, name);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, -3, SEEK_END), 0);
    const int byte = fgetc(file);
    assert_int_equal(fseek(file, -3, SEEK_END), 0);
    assert_int_equal(fputc(byte ^ 4, file), byte ^ 4);
    assert_int_equal(fclose(file), 0);
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    fixture a = {0}, b = {0};
    sm_error damaged = {0}, err = {0};
    set_up(&a, 1);
    set_up(&b, 9);
    (void)fresh_folder(a.run);
    a.c.state.best_at = 5;
    a.c.state.best_loss = 2.5;
    save(&a, 5, 0);
    assert_int_equal(sm_checkpoint_read(&b.c, a.run, &damaged, &err), 1);
    assert_int_equal(damaged.code, 0);
    const size_t bytes = a.c.params->total * sizeof(float);
    assert_memory_equal(a.c.w, b.c.w, bytes);
    assert_memory_equal(a.c.m, b.c.m, bytes);
    assert_memory_equal(a.c.v, b.c.v, bytes);
    assert_int_equal(b.c.state.step, 5);
    assert_int_equal(b.c.state.tokens, 77);
    assert_int_equal(b.c.state.lines, 6);
    assert_int_equal(b.c.state.best_at, 5);
    assert_true(b.c.state.best_loss == 2.5);
    assert_int_equal(b.c.state.data.hi, 2);
    assert_string_equal(b.c.state.kernels, "portable/none");
    assert_true(exists(&a, "model/config.json") && exists(&a, "best/MANIFEST"));
    tear_down(&a);
    tear_down(&b);
}

static void the_newest_whole_one_counts(void **state)
{
    (void)state;
    fixture f = {0};
    sm_error damaged = {0}, err = {0};
    char path[1200];
    set_up(&f, 1);
    (void)fresh_folder(f.run);
    assert_int_equal(sm_checkpoint_read(&f.c, f.run, &damaged, &err), 0);
    for (uint64_t step = 10; step <= 30; step += 10)
        save(&f, step, 0);
    (void)snprintf(path, sizeof path, "%s/checkpoints/step-30/MANIFEST", f.run);
    assert_int_equal(unlink(path), 0); /* as a crash while writing leaves it */
    assert_int_equal(sm_checkpoint_read(&f.c, f.run, &damaged, &err), 1);
    assert_int_equal(f.c.state.step, 20);
    assert_int_equal(damaged.code, 0);
    static const char *const files[] = {"config.json",       "generation_config.json",
                                        "model.safetensors", "optimizer.safetensors",
                                        "trainer.json",      "MANIFEST"};
    for (size_t i = 0; i < 6; i++) {
        (void)snprintf(path, sizeof path, "checkpoints/step-20/%s", files[i]);
        damaged = (sm_error){0};
        damage(&f, path);
        assert_int_equal(sm_checkpoint_read(&f.c, f.run, &damaged, &err), 1);
        assert_int_equal(f.c.state.step, 10);
        assert_contains(damaged.text, "step-20");
        damage(&f, path); /* back again */
    }
    assert_int_equal(sm_checkpoint_read(&f.c, f.run, &damaged, &err), 1);
    assert_int_equal(f.c.state.step, 20);
    tear_down(&f);
}

static void old_ones_go_and_the_best_stays(void **state)
{
    (void)state;
    fixture f = {0};
    set_up(&f, 1);
    (void)fresh_folder(f.run);
    for (uint64_t step = 1; step <= 5; step++) {
        if (step == 2) f.c.state.best_at = 2;
        save(&f, step, 2);
    }
    assert_false(exists(&f, "checkpoints/step-1"));
    assert_true(exists(&f, "checkpoints/step-2/MANIFEST") && exists(&f, "best/MANIFEST"));
    assert_false(exists(&f, "checkpoints/step-3"));
    assert_true(exists(&f, "checkpoints/step-4/MANIFEST"));
    assert_true(exists(&f, "checkpoints/step-5/MANIFEST") && exists(&f, "model/MANIFEST"));
    tear_down(&f);
}

static void another_model_is_refused(void **state)
{
    (void)state;
    fixture f = {0};
    sm_error damaged = {0}, err = {0};
    set_up(&f, 1);
    (void)fresh_folder(f.run);
    save(&f, 1, 0);
    f.config.rope_theta = 500;
    assert_int_equal(sm_checkpoint_read(&f.c, f.run, &damaged, &err), SM_EUSAGE);
    assert_contains(err.text, "another model");
    tear_down(&f);
}

/* A model file whose tensors are those of `f`, but for what `change` does to the list. */
static int read_changed(fixture *f, void (*change)(sm_stored_tensor *, size_t *), sm_error *err)
{
    const sm_params *p = f->c.params;
    sm_stored_tensor tensors[64];
    size_t n = 0;
    char path[1200];
    for (; n < p->n; n++) {
        tensors[n] = (sm_stored_tensor){
            .name = sm_span_of(p->items[n].name),
            .dtype = SM_DTYPE_F32,
            .n_dims = p->items[n].n_dims,
            .shape = {p->items[n].shape[0], p->items[n].n_dims > 1 ? p->items[n].shape[1] : 0},
            .bytes = {(const char *)(f->c.w + p->items[n].offset), 4 * p->items[n].n}};
    }
    change(tensors, &n);
    (void)snprintf(path, sizeof path, "%s/model.safetensors", f->run);
    assert_ok(sm_safetensors_write(path, tensors, n, NULL, 0, err), err);
    return sm_model_read(p, f->c.w, f->run, err);
}

static void leave(sm_stored_tensor *t, size_t *n)
{
    (void)t, (void)n;
}

static void drop_last(sm_stored_tensor *t, size_t *n)
{
    (void)t;
    --*n;
}

static void transpose(sm_stored_tensor *t, size_t *n)
{
    (void)n;
    const uint64_t rows = t[0].shape[0];
    t[0].shape[0] = t[0].shape[1];
    t[0].shape[1] = rows;
}

static void add_stranger(sm_stored_tensor *t, size_t *n)
{
    t[*n] = t[*n - 1];
    t[(*n)++].name = SM_SPAN("model.layers.0.self_attn.q_proj.bias");
}

static void add_tied_head(sm_stored_tensor *t, size_t *n)
{
    t[*n] = t[*n - 1];
    t[(*n)++].name = SM_SPAN("lm_head.weight");
}

static void tensors_must_be_those_of_the_model(void **state)
{
    (void)state;
    static const struct {
        void (*change)(sm_stored_tensor *, size_t *);
        const char *says; /* NULL: accepted */
    } cases[] = {{leave, NULL},
                 {add_tied_head, NULL},
                 {drop_last, "is missing"},
                 {transpose, "does not have the shape"},
                 {add_stranger, "q_proj.bias' belongs to no parameter"}};
    fixture f = {0};
    set_up(&f, 1);
    (void)fresh_folder(f.run);
    for (size_t i = 0; i < 5; i++) {
        sm_error err = {0};
        const int status = read_changed(&f, cases[i].change, &err);
        assert_int_equal(status, cases[i].says ? SM_EFORMAT : SM_OK);
        if (cases[i].says) assert_contains(err.text, cases[i].says);
    }
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(the_newest_whole_one_counts),
        cmocka_unit_test(old_ones_go_and_the_best_stays),
        cmocka_unit_test(another_model_is_refused),
        cmocka_unit_test(tensors_must_be_those_of_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
