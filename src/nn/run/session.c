/* Opening a run: data, net, weights, and the checkpoint it goes on from.
 * SPDX-License-Identifier: MIT */
#include "run/session.h"

#include <seimai/file.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- options ------------------------------------------------------------------------------------ */

static int check_options(const sm_train_options *o, sm_error *err)
{
    if (o->length < 2 || o->length > o->model.max_position_embeddings)
        SM_FAIL(err, SM_EUSAGE, "length %u: 2 … %u (max_position_embeddings) are possible",
                o->length, o->model.max_position_embeddings);
    if (o->rows == 0 || o->leaves == 0 || (o->leaves & (o->leaves - 1)))
        SM_FAIL(err, SM_EUSAGE, "a step of %u leaves of %u sequences: a power of two is needed",
                o->leaves, o->rows);
    if (o->steps == 0) SM_FAIL(err, SM_EUSAGE, "no steps are asked for");
    return SM_OK;
}

/* ---- data ----------------------------------------------------------------------------------------- */

static int manifest_hash(const char *dir, sm_hash128 *hash, sm_error *err)
{
    sm_map map = {0};
    char *path = run_path(dir, "manifest.json");
    const int status = sm_map_open(&map, path, err);
    sm_free(path);
    SM_TRY(status);
    *hash = sm_hash128_of(map.bytes);
    sm_map_close(&map);
    return SM_OK;
}

static int open_set(const session *s, const char *dir, sm_shards **set, sm_hash128 *hash,
                    sm_error *err)
{
    SM_TRY(manifest_hash(dir, hash, err));
    SM_TRY(sm_shards_open(set, dir, err));
    const sm_shards_info *info = sm_shards_about(*set);
    if (!info->complete)
        SM_FAIL(err, SM_ETRUNC, "%s: its input was cut: the set is not complete", dir);
    if (info->vocab_size > s->o->model.vocab_size)
        SM_FAIL(err, SM_EUSAGE, "%s: ids of a vocabulary of %u, the model has %u", dir,
                info->vocab_size, s->o->model.vocab_size);
    return SM_OK;
}

/* All sets must mean the same by an id. */
static int compare_sets(const session *s, const sm_shards *set, const char *dir, sm_error *err)
{
    const sm_shards_info *const a = sm_shards_about(s->data[0]), *const b =
                                                                     sm_shards_about(set);
    if (a->has_tokenizer == b->has_tokenizer && a->vocab_size == b->vocab_size &&
        a->eot == b->eot && sm_hash128_equal(a->tokenizer_hash, b->tokenizer_hash))
        return SM_OK;
    SM_FAIL(err, SM_EUSAGE, "%s: made with another tokenizer than %s", dir,
            s->o->data.items[0].dir);
}

/* Of one set its own hash; of several that of their hashes and shares. */
static sm_hash128 hash_of_data(const session *s, const sm_hash128 *hash)
{
    if (s->o->data.n == 1) return hash[0];
    sm_buffer text = sm_buffer_make(1 << 16);
    char hex[SM_HASH_HEX + 1];
    for (uint32_t i = 0; i < s->o->data.n; i++) {
        sm_hash128_hex(hash[i], hex);
        sm_buffer_printf(&text, "%s %llu\n", hex,
                         (unsigned long long)s->feed.mixture.weight[i]);
    }
    const sm_hash128 whole = sm_hash128_of(sm_buffer_span(&text));
    sm_buffer_free(&text);
    return whole;
}

static int open_training(session *s, sm_error *err)
{
    const sm_train_options *const o = s->o;
    sm_hash128 hash[SM_MIXTURE_MOST];
    uint64_t tokens[SM_MIXTURE_MOST];
    for (uint32_t i = 0; i < o->data.n && i < SM_MIXTURE_MOST; i++) {
        SM_TRY(open_set(s, o->data.items[i].dir, s->opened + i, hash + i, err));
        s->data[i] = s->opened[i];
        tokens[i] = sm_shards_about(s->data[i])->tokens;
        if (tokens[i] == 0)
            SM_FAIL(err, SM_EUSAGE, "%s: the set is empty", o->data.items[i].dir);
        SM_TRY(compare_sets(s, s->data[i], o->data.items[i].dir, err));
    }
    s->feed = (sm_feed){.sets = s->data,
                        .seed = o->seed,
                        .length = o->length,
                        .rows = o->rows,
                        .leaves = o->leaves};
    SM_TRY(sm_shard_sources_mix(&o->data, tokens, &s->feed.mixture, err));
    s->state.data = hash_of_data(s, hash);
    return SM_OK;
}

static int open_data(session *s, sm_error *err)
{
    const sm_train_options *const o = s->o;
    SM_TRY(open_training(s, err));
    if (!o->data.validation) return SM_OK;
    SM_TRY(open_set(s, o->data.validation, &s->validation, &s->state.validation, err));
    return compare_sets(s, s->validation, o->data.validation, err);
}

/* ---- net and weights ------------------------------------------------------------------------------ */

static int open_net(session *s, sm_error *err)
{
    const sm_train_options *o = s->o;
    const sm_net_options n = {.plan = SM_PLAN_TRAIN,
                              .B = o->rows,
                              .T = o->length,
                              .threads = o->threads,
                              .recompute = o->recompute,
                              .z_loss = o->z_loss,
                              .seed = o->seed};
    SM_TRY(sm_kernels_open(&s->kernels, err));
    if (s->kernels.warning[0] && s->hooks->warn)
        s->hooks->warn(s->hooks->state, s->kernels.warning);
    (void)snprintf(s->state.kernels, sizeof s->state.kernels, "%s", s->kernels.set);
    SM_TRY(sm_net_build(&s->net, &o->model, &n, err));
    s->params = sm_net_params(s->net);
    s->w = sm_vector_new(s->params->total);
    s->m = sm_vector_new(s->params->total);
    s->v = sm_vector_new(s->params->total);
    if (o->use_muon) s->muon = sm_vector_new(sm_muon_floats(s->params));
    s->batch = sm_batch_new(o->rows, o->length);
    s->sums = sm_calloc(o->leaves, sizeof *s->sums);
    return sm_tree_new(&s->tree, s->params->total, o->leaves, err);
}

static int fresh_weights(session *s, sm_error *err)
{
    sm_model_config config;
    if (!s->o->init) {
        sm_params_init(s->params, s->o->seed, s->w, s->o->threads);
        return SM_OK;
    }
    SM_TRY(sm_model_open(&config, s->o->init, err));
    return sm_model_read(s->params, s->w, s->o->init, err);
}

/* What a resume must find as it was. */
static int check_resume(const session *s, const sm_trainer_state *then, sm_error *err)
{
    const char *field = NULL;
    if (then->seed != s->o->seed) field = "seed";
    if (!sm_hash128_equal(then->data, s->state.data)) field = "data";
    if (!sm_hash128_equal(then->validation, s->state.validation)) field = "validation set";
    if (field)
        SM_FAIL(err, SM_EUSAGE, "%s: the run was started with another %s", s->o->output, field);
    if (strcmp(then->kernels, s->state.kernels) != 0 && s->hooks->warn)
        s->hooks->warn(s->hooks->state, "the checkpoint comes from another kernel set: what "
                                        "follows may differ in the last bits");
    return SM_OK;
}

static int take_up(session *s, sm_error *err)
{
    sm_error damaged = {0};
    sm_checkpoint c = {.config = &s->o->model,
                       .params = s->params,
                       .w = s->w,
                       .m = s->m,
                       .v = s->v,
                       .muon = s->o->use_muon};
    const int found = sm_checkpoint_read(&c, s->o->output, &damaged, err);
    SM_TRY(found);
    if (damaged.code && s->hooks->warn) s->hooks->warn(s->hooks->state, damaged.text);
    if (found == 0) return fresh_weights(s, err);
    SM_TRY(check_resume(s, &c.state, err));
    memcpy(c.state.kernels, s->state.kernels, sizeof c.state.kernels);
    s->state = c.state;
    return SM_OK;
}

int session_open(session *s, const sm_train_options *o, const sm_train_hooks *hooks,
                 sm_error *err)
{
    *s = (session){.o = o, .hooks = hooks, .log = {.fd = -1}, .started = run_clock()};
    s->state.seed = o->seed;
    s->state.lowest_loss = (double)NAN;
    SM_TRY(check_options(o, err));
    SM_TRY(open_data(s, err));
    SM_TRY(open_net(s, err));
    SM_TRY(sm_directory_make(o->output, err));
    SM_TRY(settings_keep(o->output, o->settings, o->may_change, hooks, err));
    SM_TRY(take_up(s, err));
    SM_TRY(metrics_open(&s->log, o->output, s->state.lines, s->state.step, err));
    session_tell(s);
    return SM_OK;
}

int session_close(session *s, sm_error *err)
{
    const int status = metrics_close(&s->log, err);
    sm_tree_free(s->tree);
    sm_free(s->sums);
    sm_batch_free(s->batch);
    sm_vector_free(s->w);
    sm_vector_free(s->m);
    sm_vector_free(s->v);
    sm_vector_free(s->muon);
    sm_net_free(s->net);
    for (uint32_t i = 0; i < SM_MIXTURE_MOST; i++)
        sm_shards_close(s->opened[i]);
    sm_shards_close(s->validation);
    return status;
}
