/* Checkpoints of a run: see seimai/checkpoint.h.
 * SPDX-License-Identifier: MIT */
#include "run/adapter_internal.h"

#include <seimai/file.h>
#include <seimai/hash.h>
#include <seimai/json.h>
#include <seimai/shard.h>

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRAINER_FORMAT "seimai-trainer 1"

/* ---- optimizer.safetensors ---------------------------------------------------------------------- */

/* The vectors of AdamW and of Muon by their names in PyTorch. */
enum { SLOTS = 2 };
static const char *const adamw_names[SLOTS] = {"exp_avg.", "exp_avg_sq."};
static const char *const muon_names[SLOTS] = {"momentum_buffer.", NULL};

/* The name under which a vector of a parameter is stored; false where its optimizer has none, or it is frozen. */
static bool slot_name(const sm_checkpoint *c, sm_arena *arena, int slot, const sm_param *p,
                      sm_span *name)
{
    if (p->trainable_at == SM_FROZEN) return false;
    const bool muon = c->muon && p->kind == SM_PARAM_MATRIX;
    const char *const what = (muon ? muon_names : adamw_names)[slot];
    if (what) *name = sm_span_of(sm_arena_printf(arena, "%s%s", what, p->name));
    return what != NULL;
}

static int write_optimizer(const sm_checkpoint *c, const char *dir, sm_error *err)
{
    const float *const vectors[SLOTS] = {c->m, c->v};
    sm_stored_tensor *tensors = sm_calloc(SLOTS * c->params->n, sizeof *tensors);
    sm_arena arena = {0};
    size_t n = 0;
    for (int slot = 0; slot < SLOTS; slot++)
        for (size_t i = 0; i < c->params->n; i++) {
            const sm_param *p = &c->params->items[i];
            sm_span name;
            if (slot_name(c, &arena, slot, p, &name))
                tensors[n++] = tensor_of(p, name, vectors[slot] + p->trainable_at);
        }
    char *path = run_path(dir, "optimizer.safetensors");
    const int status = sm_safetensors_write(path, tensors, n, NULL, 0, err);
    sm_free(path);
    sm_arena_free(&arena);
    sm_free(tensors);
    return status;
}

static int read_slot(const sm_safetensors *set, const sm_checkpoint *c, int slot, float *vector,
                     const char *dir, sm_error *err)
{
    sm_arena arena = {0};
    int status = SM_OK;
    for (size_t i = 0; i < c->params->n && status >= 0; i++) {
        const sm_param *p = &c->params->items[i];
        sm_span name;
        if (!slot_name(c, &arena, slot, p, &name)) continue;
        const sm_stored_tensor *t = sm_safetensors_find(set, name);
        if (t && sm_stored_tensor_count(t) == p->n)
            status = sm_stored_tensor_read(t, vector + p->trainable_at, err);
        else
            status = sm_error_set(err, SM_EFORMAT, "%s: optimizer: '%.*s' is missing", dir,
                                  (int)name.n, name.p);
    }
    sm_arena_free(&arena);
    return status;
}

static int read_optimizer(const sm_checkpoint *c, const char *dir, sm_error *err)
{
    sm_safetensors *set = NULL;
    char *path = run_path(dir, "optimizer.safetensors");
    int status = sm_safetensors_open(&set, path, err);
    if (status >= 0) status = read_slot(set, c, 0, c->m, dir, err);
    if (status >= 0) status = read_slot(set, c, 1, c->v, dir, err);
    sm_safetensors_close(set);
    sm_free(path);
    return status;
}

/* ---- trainer.json --------------------------------------------------------------------------------- */

static void put_spike(sm_buffer *json, const char *key, const sm_spike *s)
{
    sm_json_key(json, key);
    sm_json_open(json, '{');
    sm_json_put_uint(json, "n", s->n);
    sm_json_put_real(json, "mean", s->mean);
    sm_json_put_real(json, "variance", s->variance);
    sm_json_close(json, '}');
}

static int write_state(const sm_trainer_state *s, const char *dir, sm_error *err)
{
    sm_buffer json = sm_buffer_make(1 << 16);
    sm_json_open(&json, '{');
    sm_json_put_string(&json, "format", SM_SPAN(TRAINER_FORMAT));
    sm_json_put_uint(&json, "step", s->step);
    sm_json_put_uint(&json, "tokens", s->tokens);
    sm_json_put_uint(&json, "metrics_lines", s->lines);
    sm_json_put_uint(&json, "best_at", s->best_at);
    sm_json_put_real(&json, "best_loss", s->best_at ? s->best_loss : (double)NAN);
    sm_json_put_real(&json, "lowest_loss", s->lowest_loss);
    sm_json_put_uint(&json, "stale", s->stale);
    put_spike(&json, "loss_seen", &s->loss_seen);
    put_spike(&json, "norm_seen", &s->norm_seen);
    sm_json_put_uint(&json, "skipped", s->skipped);
    sm_json_put_uint(&json, "seed", s->seed);
    sm_json_put_hash(&json, "data", s->data);
    sm_json_put_hash(&json, "validation", s->validation);
    sm_json_put_text(&json, "kernels", s->kernels);
    sm_json_close(&json, '}');
    sm_buffer_putc(&json, '\n');
    const int status = write_named(dir, "trainer.json", sm_buffer_span(&json), err);
    sm_buffer_free(&json);
    return status;
}

static int get_uint(const sm_value *root, const char *key, uint64_t *out, sm_error *err)
{
    int64_t v = 0;
    SM_TRY(sm_value_read_int(sm_value_get(root, key), key, 0, INT64_MAX, &v, err));
    *out = (uint64_t)v;
    return SM_OK;
}

static int get_hash(const sm_value *root, const char *key, sm_hash128 *out, sm_error *err)
{
    sm_span hex = {NULL, 0};
    const sm_value *v = sm_value_get(root, key);
    SM_TRY(sm_value_read_string(v, key, &hex, err));
    if (sm_hash128_parse(hex, out)) return SM_OK;
    return v ? sm_value_fail(v, err, "%s is no hash", key)
             : sm_error_set(err, SM_EFORMAT, "trainer.json: %s is missing", key);
}

static int get_spike(const sm_value *v, sm_spike *s, sm_error *err)
{
    SM_TRY(get_uint(v, "n", &s->n, err));
    SM_TRY(sm_value_read_real(sm_value_get(v, "mean"), "mean", -HUGE_VAL, HUGE_VAL, &s->mean,
                              err));
    return sm_value_read_real(sm_value_get(v, "variance"), "variance", 0.0, HUGE_VAL,
                              &s->variance, err);
}

static int get_state(sm_trainer_state *s, const sm_value *root, sm_error *err)
{
    sm_span format = {NULL, 0}, kernels = {NULL, 0};
    SM_TRY(sm_value_read_string(sm_value_get(root, "format"), "format", &format, err));
    if (!sm_span_equal(format, SM_SPAN(TRAINER_FORMAT)))
        return sm_value_fail(root, err, "format is not '%s'", TRAINER_FORMAT);
    SM_TRY(get_uint(root, "step", &s->step, err));
    SM_TRY(get_uint(root, "tokens", &s->tokens, err));
    SM_TRY(get_uint(root, "metrics_lines", &s->lines, err));
    SM_TRY(get_uint(root, "best_at", &s->best_at, err));
    SM_TRY(get_uint(root, "seed", &s->seed, err));
    SM_TRY(get_hash(root, "data", &s->data, err));
    SM_TRY(get_hash(root, "validation", &s->validation, err));
    SM_TRY(sm_value_read_string(sm_value_get(root, "kernels"), "kernels", &kernels, err));
    const size_t n = kernels.n < sizeof s->kernels - 1 ? kernels.n : sizeof s->kernels - 1;
    if (n) memcpy(s->kernels, kernels.p, n);
    SM_TRY(get_uint(root, "stale", &s->stale, err));
    SM_TRY(get_uint(root, "skipped", &s->skipped, err));
    SM_TRY(get_spike(sm_value_get(root, "loss_seen"), &s->loss_seen, err));
    SM_TRY(get_spike(sm_value_get(root, "norm_seen"), &s->norm_seen, err));
    const sm_value *const lowest = sm_value_get(root, "lowest_loss");
    s->lowest_loss = (double)NAN;
    if (lowest && lowest->kind != SM_NULL)
        SM_TRY(sm_value_read_real(lowest, "lowest_loss", -HUGE_VAL, HUGE_VAL, &s->lowest_loss,
                                  err));
    if (!s->best_at) return SM_OK;
    return sm_value_read_real(sm_value_get(root, "best_loss"), "best_loss", -HUGE_VAL, HUGE_VAL,
                              &s->best_loss, err);
}

static int read_state(sm_trainer_state *s, const char *dir, sm_error *err)
{
    sm_config json = {0};
    char *path = run_path(dir, "trainer.json");
    *s = (sm_trainer_state){0};
    int status = sm_config_read(&json, path, err);
    if (status >= 0) status = get_state(s, &json.root, err);
    sm_config_free(&json);
    sm_free(path);
    return status;
}

/* ---- MANIFEST --------------------------------------------------------------------------------------- */

/* What a checkpoint of either kind must hold. */
static const char *const model_files[] = {"config.json",       "generation_config.json",
                                          "model.safetensors", "optimizer.safetensors",
                                          "trainer.json",      NULL};
static const char *const adapter_files[] = {"adapter_config.json", "adapter_model.safetensors",
                                            "optimizer.safetensors", "trainer.json", NULL};

static int put_line(sm_buffer *text, const char *dir, const char *name, sm_error *err)
{
    sm_map map = {0};
    char hex[SM_HASH_HEX + 1];
    char *path = run_path(dir, name);
    const int status = sm_map_open(&map, path, err);
    sm_free(path);
    SM_TRY(status);
    sm_hash128_hex(sm_hash128_of(map.bytes), hex);
    sm_buffer_printf(text, "%s %zu %s\n", hex, map.bytes.n, name);
    sm_map_close(&map);
    return SM_OK;
}

static bool holds(const char *dir, const char *name)
{
    char *path = run_path(dir, name);
    const bool there = sm_file_exists(path);
    sm_free(path);
    return there;
}

static int describe_files(sm_buffer *text, const char *dir, sm_error *err)
{
    const char *const *needed = holds(dir, "adapter_config.json") ? adapter_files : model_files;
    for (; *needed; needed++)
        SM_TRY(put_line(text, dir, *needed, err));
    for (size_t i = 0; sm_tokenizer_files[i]; i++)
        if (holds(dir, sm_tokenizer_files[i]))
            SM_TRY(put_line(text, dir, sm_tokenizer_files[i], err));
    return SM_OK; /* lineage.json is none of them: it may get more scores later */
}

static int write_manifest(const char *dir, sm_error *err)
{
    sm_buffer text = sm_buffer_make(1 << 16);
    int status = describe_files(&text, dir, err);
    if (status >= 0) status = write_named(dir, "MANIFEST", sm_buffer_span(&text), err);
    sm_buffer_free(&text);
    return status;
}

/* A MANIFEST of older versions ends with a line of lineage.json. */
static sm_span without_lineage(sm_span text)
{
    const sm_span last = SM_SPAN(" lineage.json\n");
    if (!sm_span_ends(text, last)) return text;
    text.n -= last.n;
    while (text.n > 0 && text.p[text.n - 1] != '\n')
        text.n--;
    return text;
}

/* The files as they are must give the manifest as it is. */
int sm_checkpoint_verify(const char *dir, sm_error *err)
{
    sm_buffer text = sm_buffer_make(1 << 16);
    sm_map map = {0};
    char *path = run_path(dir, "MANIFEST");
    int status = sm_map_open(&map, path, err);
    if (status >= 0) status = describe_files(&text, dir, err);
    if (status >= 0 && !sm_span_equal(without_lineage(map.bytes), sm_buffer_span(&text)))
        status = sm_error_set(err, SM_EHASH, "%s: the files are not those that it lists", path);
    sm_map_close(&map);
    sm_free(path);
    sm_buffer_free(&text);
    return status;
}

/* ---- the folder of checkpoints ------------------------------------------------------------------------ */

typedef struct step_list {
    uint64_t *p; /* ascending */
    size_t n, cap;
} step_list;

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The steps of which there is a folder, whole or not. */
static step_list list_steps(const char *checkpoints)
{
    step_list list = {0};
    DIR *dir = opendir(checkpoints);
    const struct dirent *entry = NULL;
    while (dir && (entry = readdir(dir))) {
        int64_t step = 0;
        sm_span name = sm_span_of(entry->d_name);
        if (!sm_span_starts(name, SM_SPAN("step-"))) continue;
        if (!sm_span_to_i64((sm_span){name.p + 5, name.n - 5}, &step) || step < 0) continue;
        list.p = sm_array_grow(list.p, list.n, &list.cap, sizeof *list.p);
        list.p[list.n++] = (uint64_t)step;
    }
    if (dir) (void)closedir(dir);
    if (list.n) qsort(list.p, list.n, sizeof *list.p, by_number);
    return list;
}

static char *step_path(const char *run, uint64_t step)
{
    sm_arena arena = {0};
    char *path = run_path(
        run, sm_arena_printf(&arena, "checkpoints/step-%llu", (unsigned long long)step));
    sm_arena_free(&arena);
    return path;
}

/* Removes a folder of files; the MANIFEST first, so that a crash here leaves no half checkpoint. */
static void remove_folder(const char *path)
{
    char *manifest = run_path(path, "MANIFEST");
    (void)unlink(manifest);
    sm_free(manifest);
    DIR *dir = opendir(path);
    const struct dirent *entry = NULL;
    while (dir && (entry = readdir(dir))) {
        char *file = run_path(path, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)unlink(file);
        sm_free(file);
    }
    if (dir) (void)closedir(dir);
    (void)rmdir(path); /* what cannot be removed stays: it costs room, not correctness */
}

/* Points RUN/NAME to checkpoints/step-N, in one step. */
static int point(const char *run, const char *name, uint64_t step, sm_error *err)
{
    sm_arena arena = {0};
    const char *target =
        sm_arena_printf(&arena, "checkpoints/step-%llu", (unsigned long long)step);
    const char *link = sm_arena_printf(&arena, "%s/%s", run, name);
    const char *fresh = sm_arena_printf(&arena, "%s.part", link);
    (void)unlink(fresh);
    int status = SM_OK;
    if (symlink(target, fresh) < 0 || rename(fresh, link) < 0)
        status = sm_error_set(err, SM_EIO, "%s: %s", link, strerror(errno));
    sm_arena_free(&arena);
    return status;
}

static void prune(const char *run, uint64_t keep, uint64_t best)
{
    char *checkpoints = run_path(run, "checkpoints");
    step_list list = list_steps(checkpoints);
    for (size_t i = 0; keep && i + keep < list.n; i++) {
        if (list.p[i] == best) continue;
        char *dir = step_path(run, list.p[i]);
        remove_folder(dir);
        sm_free(dir);
    }
    sm_free(list.p);
    sm_free(checkpoints);
}

/* ---- writing and reading ------------------------------------------------------------------------------- */

static int write_adapter(const sm_checkpoint *c, const char *dir, sm_error *err)
{
    SM_TRY(sm_adapter_write(c->lora, c->params, c->w, c->origin, dir, err));
    return c->tokenizer_dir ? sm_tokenizer_files_copy(c->tokenizer_dir, dir, err) : SM_OK;
}

static int write_files(const sm_checkpoint *c, const char *dir, sm_error *err)
{
    char *manifest = run_path(dir, "MANIFEST");
    (void)unlink(manifest); /* written again: not whole until the end */
    sm_free(manifest);
    SM_TRY(c->lora ? write_adapter(c, dir, err)
                   : sm_model_write(c->config, c->params, c->w, dir, c->tokenizer_dir, err));
    SM_TRY(write_optimizer(c, dir, err));
    SM_TRY(write_state(&c->state, dir, err));
    if (c->lineage) SM_TRY(sm_lineage_write(c->lineage, dir, err));
    return write_manifest(dir, err);
}

int sm_checkpoint_write(const sm_checkpoint *c, const char *run, uint64_t keep, sm_error *err)
{
    char *dir = step_path(run, c->state.step);
    const int status = write_files(c, dir, err);
    sm_free(dir);
    SM_TRY(status);
    SM_TRY(point(run, "model", c->state.step, err));
    if (c->state.best_at && c->state.best_at == c->state.step)
        SM_TRY(point(run, "best", c->state.step, err));
    prune(run, keep, c->state.best_at);
    return SM_OK;
}

static int same_model(const sm_checkpoint *c, const char *dir, sm_error *err)
{
    sm_model_config there;
    SM_TRY(sm_model_open(&there, dir, err));
    sm_buffer a = sm_buffer_make(1 << 20), b = sm_buffer_make(1 << 20);
    sm_model_config_write(c->config, &a);
    sm_model_config_write(&there, &b);
    const bool same = sm_span_equal(sm_buffer_span(&a), sm_buffer_span(&b));
    sm_buffer_free(&a);
    sm_buffer_free(&b);
    if (same) return SM_OK;
    SM_FAIL(err, SM_EUSAGE, "%s/config.json: the run has another model", dir);
}

/* The adapter of a checkpoint must be the run's, to the byte of its configuration, and belong to the base in w. */
static int same_adapter(const sm_checkpoint *c, const char *dir, sm_error *err)
{
    sm_map map = {0};
    sm_buffer json = sm_buffer_make(1 << 24);
    char *path = run_path(dir, "adapter_config.json");
    int status = sm_map_open(&map, path, err);
    adapter_config_write(c->lora, c->params, c->origin, &json);
    if (status >= 0 && !sm_span_equal(map.bytes, sm_buffer_span(&json)))
        status = sm_error_set(err, SM_EUSAGE, "%s: the run has another adapter", path);
    sm_map_close(&map);
    sm_buffer_free(&json);
    sm_free(path);
    return status;
}

static int read_adapter(sm_checkpoint *c, const char *dir, sm_error *err)
{
    sm_adapter *adapter = NULL;
    SM_TRY(same_adapter(c, dir, err));
    int status = sm_adapter_open(&adapter, dir, err);
    if (status >= 0) status = sm_adapter_check(adapter, c->origin->hash, err);
    if (status >= 0) status = sm_adapter_read(adapter, c->params, c->w, err);
    sm_adapter_close(adapter);
    return status;
}

static int read_model(sm_checkpoint *c, const char *dir, sm_error *err)
{
    SM_TRY(same_model(c, dir, err));
    return sm_model_read(c->params, c->w, dir, err);
}

static int read_files(sm_checkpoint *c, const char *dir, sm_error *err)
{
    SM_TRY(c->lora ? read_adapter(c, dir, err) : read_model(c, dir, err));
    SM_TRY(read_optimizer(c, dir, err));
    return read_state(&c->state, dir, err);
}

int sm_checkpoint_read(sm_checkpoint *c, const char *run, sm_error *damaged, sm_error *err)
{
    char *checkpoints = run_path(run, "checkpoints");
    step_list list = list_steps(checkpoints);
    int found = 0;
    for (size_t i = list.n; i-- > 0 && found == 0;) {
        char *dir = step_path(run, list.p[i]);
        if (holds(dir, "MANIFEST") && sm_checkpoint_verify(dir, damaged) == SM_OK) {
            found = read_files(c, dir, err);
            if (found == SM_OK) found = 1;
        }
        sm_free(dir);
    }
    sm_free(list.p);
    sm_free(checkpoints);
    return found;
}
