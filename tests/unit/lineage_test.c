/* Lineage: written, read, told, compared; ancestors once each.
 * SPDX-License-Identifier: MIT */
#include <seimai/lineage.h>
#include <seimai/safetensors.h>

#include <math.h>

#include "run_fixture.h"

static sm_arena arena;

/* A folder with a config.json and one tensor of four floats. */
static const char *make_model(const char *folder, const char *name, float value, int width)
{
    sm_error err = {0};
    const char *const dir = sm_arena_printf(&arena, "%s/%s", folder, name);
    const char *const weights = sm_arena_printf(&arena, "%s/model.safetensors", dir);
    const char *const config =
        sm_arena_printf(&arena, "{\"model_type\": \"llama\", \"hidden_size\": %d}\n", width);
    const float w[4] = {1.0F, 2.0F, 2.0F, value};
    sm_stored_tensor tensor = {.name = SM_SPAN("w"),
                               .dtype = SM_DTYPE_F32,
                               .n_dims = 1,
                               .shape = {4},
                               .bytes = {(const char *)w, sizeof w}};
    assert_ok(sm_directory_make(dir, &err), &err);
    assert_ok(sm_safetensors_write(weights, &tensor, 1, NULL, 0, &err), &err);
    assert_ok(
        sm_file_write(sm_arena_printf(&arena, "%s/config.json", dir), sm_span_of(config), &err),
        &err);
    return dir;
}

static void write_lineage(const char *dir, const char *const *parents, size_t n,
                          const char *settings, double score)
{
    const sm_lineage_set data = {"sh \"x\"", .7, {1, 2}, 1000, 10, 3000};
    const sm_lineage_score scores[] = {{"val_loss", score}, {"val_bpb", (double)NAN}};
    const sm_lineage l = {.by = "train",
                          .step = 5,
                          .tokens = 640,
                          .seed = 7,
                          .kernels = "avx2/openblas",
                          .has_tokenizer = true,
                          .tokenizer = {3, 4},
                          .data = &data,
                          .n_data = 1,
                          .settings = sm_span_of(settings),
                          .scores = scores,
                          .n_scores = 2,
                          .parents = parents,
                          .n_parents = n};
    sm_error err = {0};
    assert_ok(sm_lineage_write(&l, dir, &err), &err);
}

static size_t count(const char *text, const char *mark)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, mark)); p += strlen(mark))
        n++;
    return n;
}

static const char *log_of(const char *dir, sm_buffer *text)
{
    sm_error err = {0};
    sm_buffer_clear(text);
    assert_ok(sm_lineage_log(dir, text, &err), &err);
    sm_buffer_putc(text, '\0');
    return text->p;
}

/* foreign → a → b, a → c, then d from b and c: a and foreign stand once in d's file. */
static void test_descent(void **state)
{
    (void)state;
    char folder[1024];
    sm_error err = {0};
    sm_config file = {0};
    const sm_value *models = NULL;
    sm_buffer text = sm_buffer_make(1 << 20);
    fresh_folder(folder);
    const char *const foreign = make_model(folder, "foreign", 0.0F, 8);
    const char *const a = make_model(folder, "a", 1.0F, 8);
    const char *const b = make_model(folder, "b", 2.0F, 8), *const c = make_model(folder, "c",
                                                                                  3.0F, 8);
    const char *const d = make_model(folder, "d", 4.0F, 8);
    write_lineage(a, &foreign, 1, "lr: 0.1\nthreads: 4\n", 2.5);
    write_lineage(b, &a, 1, "lr: 0.2\n", 2.25);
    write_lineage(c, &a, 1, "lr: 0.3\n", 2.0);
    write_lineage(d, (const char *const[]){b, c}, 2, "", 1.5);
    assert_int_equal(sm_lineage_read(&file, &models, d, &err), 1);
    assert_int_equal(models->n, 4); /* d, b, a, c */
    sm_config_free(&file);
    const char *const log = log_of(d, &text);
    assert_int_equal(count(log, "made by"), 4);
    assert_int_equal(count(log, "lr 0.1"), 1);
    assert_int_equal(count(log, "threads"), 0);
    assert_int_equal(count(log, "sh \"x\": 10 documents, 1000 tokens, 70.0 %"), 4);
    assert_int_equal(count(log, "/foreign"), 1);
    assert_int_equal(count(log_of(foreign, &text), "made elsewhere"), 1);
    sm_buffer_free(&text);
}

/* Scores that come later join those that are there, in the model's own entry alone; nothing else changes. */
static void test_record(void **state)
{
    (void)state;
    char folder[1024];
    sm_error err = {0};
    sm_config file = {0};
    const sm_value *models = NULL;
    sm_buffer text = sm_buffer_make(1 << 20);
    const sm_lineage_score first[] = {{"qa.acc", 61.5}, {"qa.em", 20.25}};
    const sm_lineage_score again[] = {{"qa.acc", 62.5}, {"other.acc", (double)NAN}};
    fresh_folder(folder);
    const char *const foreign = make_model(folder, "foreign", 0.0F, 8);
    const char *const a = make_model(folder, "a", 1.0F, 8);
    const char *const b = make_model(folder, "b", 2.0F, 8);
    write_lineage(a, &foreign, 1, "lr: 0.1\n", 2.5);
    write_lineage(b, &a, 1, "lr: 0.2\n", 2.25);
    const char *const before = sm_arena_copy(&arena, sm_span_of(log_of(b, &text))).p;
    assert_ok(sm_lineage_record(b, first, 2, &err), &err);
    assert_ok(sm_lineage_record(b, again, 2, &err), &err);
    const char *const after = log_of(b, &text);
    assert_int_equal(count(after, "qa.acc 62.5"), 1);
    assert_int_equal(count(after, "qa.acc"), 1);
    assert_int_equal(count(after, "qa.em 20.25"), 1);
    assert_int_equal(count(after, "val_loss"), 2);
    const char *const scores = strstr(before, "scores");
    assert_memory_equal(before, after, (size_t)(scores - before));
    assert_string_equal(strstr(before, "options"), strstr(after, "options"));
    assert_int_equal(sm_lineage_read(&file, &models, b, &err), 1);
    assert_int_equal(models->n, 2);
    sm_config_free(&file);
    assert_ok(sm_lineage_record(foreign, first, 2, &err), &err);
    assert_int_equal(count(log_of(foreign, &text), "made by     elsewhere"), 1);
    assert_int_equal(count(text.p, "qa.acc 61.5"), 1);
    make_model(folder, "a", 5.0F, 8); /* other weights beside the old file */
    assert_int_equal(sm_lineage_record(a, first, 2, &err), SM_EHASH);
    assert_int_equal(sm_lineage_record(folder, first, 2, &err), SM_ENOENT);
    sm_buffer_free(&text);
}

static sm_lineage_change change_of(const sm_lineage_change *list, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].key, key) == 0) return list[i];
    return (sm_lineage_change){.key = NULL};
}

static void test_diff(void **state)
{
    (void)state;
    char folder[1024];
    sm_error err = {0};
    const sm_lineage_change *list = NULL;
    sm_weight_change *tensors = NULL;
    size_t n = 0;
    double whole = 0.0;
    fresh_folder(folder);
    const char *const a = make_model(folder, "a", 0.0F, 8), *const b = make_model(folder, "b",
                                                                                  6.0F, 16);
    write_lineage(a, NULL, 0, "lr: 0.1\nclip: 1\n", 2.5);
    write_lineage(b, NULL, 0, "lr: 0.2\nclip: 1\ndecay: 0\n", 2.5);
    assert_ok(sm_lineage_diff(a, b, &arena, &list, &n, &err), &err);
    assert_string_equal(change_of(list, n, "hidden_size").b, "16");
    assert_string_equal(change_of(list, n, "lr").a, "0.1");
    assert_null(change_of(list, n, "decay").a);
    assert_null(change_of(list, n, "clip").key);
    assert_null(change_of(list, n, "val_loss").key);
    assert_non_null(change_of(list, n, "weights").key);
    assert_ok(sm_lineage_distance(a, b, &arena, &tensors, &n, &whole, &err), &err);
    assert_int_equal(n, 1);
    assert_true(fabs(whole - 2.0) < 1e-12); /* 6 / √(1 + 4 + 4) */
    assert_ok(sm_lineage_diff(a, a, &arena, &list, &n, &err), &err);
    assert_int_equal(n, 0);
}

static void test_damaged(void **state)
{
    (void)state;
    char folder[1024];
    sm_error err = {0};
    sm_buffer text = sm_buffer_make(1 << 20);
    fresh_folder(folder);
    const char *const a = make_model(folder, "a", 0.0F, 8);
    const char *const path = sm_arena_printf(&arena, "%s/lineage.json", a);
    assert_ok(sm_file_write(path, SM_SPAN("{\"format\": \"seimai-lineage 1\", \"mod"), &err),
              &err);
    assert_true(sm_lineage_log(a, &text, &err) < 0);
    assert_non_null(strstr(err.text, "lineage.json"));
    sm_error_clear(&err);
    assert_ok(sm_file_write(path, SM_SPAN("{\"format\": \"other\", \"models\": []}"), &err),
              &err);
    assert_int_equal(sm_lineage_log(a, &text, &err), SM_EFORMAT);
    assert_int_equal(sm_lineage_log(folder, &text, &err), SM_ENOENT);
    sm_buffer_free(&text);
}

static int free_arena(void **state)
{
    (void)state;
    sm_arena_free(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descent), cmocka_unit_test(test_record),
        cmocka_unit_test(test_diff), cmocka_unit_test(test_damaged)};
    return cmocka_run_group_tests(tests, NULL, free_arena);
}
