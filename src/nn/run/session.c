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
    if (o->steps == 0 && o->epochs <= 0.0) SM_FAIL(err, SM_EUSAGE, "no steps are asked for");
    return SM_OK;
}

/* ---- net and weights ------------------------------------------------------------------------------ */

static int open_net(session *s, sm_error *err)
{
    const sm_train_options *o = s->o;
    const sm_net_options n = {.plan = SM_PLAN_TRAIN,
                              .B = o->rows,
                              .T = o->length,
                              .threads = o->threads,
                              .precision = o->precision,
                              .recompute = o->recompute,
                              .z_loss = o->z_loss,
                              .own_gradient = true,
                              .lora = o->lora,
                              .freeze = o->freeze,
                              .base = o->lora ? o->base : SM_STORED_F32,
                              .seed = o->seed};
    SM_TRY(sm_kernels_open(&s->kernels, err));
    sm_kernels_precision(&s->kernels, o->precision);
    if (s->kernels.warning[0] && s->hooks->warn)
        s->hooks->warn(s->hooks->state, s->kernels.warning);
    (void)snprintf(s->state.kernels, sizeof s->state.kernels, "%s", s->kernels.set);
    SM_TRY(sm_net_build(&s->net, &o->model, &n, err));
    s->params = sm_net_params(s->net);
    s->w = sm_vector_new(s->params->total);
    s->m = sm_vector_new(s->params->trainable);
    s->v = sm_vector_new(s->params->trainable);
    if (o->use_muon) s->muon = sm_vector_new(sm_muon_floats(s->params));
    s->batch = sm_batch_new(o->rows, o->length);
    s->sums = sm_calloc(o->leaves, sizeof *s->sums);
    return sm_tree_new(&s->tree, s->params->trainable, o->leaves, err);
}

/* An adapter as the model to start from is trained on, as it is. */
static int open_adapter(session *s, sm_error *err)
{
    sm_train_options *const o = &s->own;
    sm_buffer base = sm_buffer_make(1 << 16);
    const int kind = o->init && !o->extend_map ? sm_adapter_base(o->init, NULL, &base, err) : 0;
    sm_buffer_free(&base);
    SM_TRY(kind);
    if (kind == 0 && !o->lora) return SM_OK;
    if (!o->init || o->extend_map)
        SM_FAIL(err, SM_EUSAGE, "an adapter needs a model to start from (init), as it is");
    if (kind == 0) return SM_OK;
    if (o->lora)
        SM_FAIL(err, SM_EUSAGE, "%s: an adapter already: it has its own rank", o->init);
    SM_TRY(sm_pretrained_open(&s->pretrained, o->init, NULL, err));
    o->lora = s->pretrained.lora;
    sm_vector_free(s->pretrained.w); /* read again, as the net lays it out */
    s->pretrained.w = NULL;
    return SM_OK;
}

/* The frozen model beside an adapter, which checkpoints do not hold; and the adapter that is trained on. */
static int read_base(session *s, sm_error *err)
{
    const sm_train_options *const o = s->o;
    const char *const dir = s->pretrained.adapter ? s->pretrained.base_dir : o->init;
    SM_TRY(sm_base_read(&s->base, o->base, s->params, s->w, dir, err));
    s->origin = (sm_adapter_origin){dir, s->base.hash, o->model.family == SM_MODEL_GPT2};
    sm_net_base(s->net, &s->base.stored);
    if (!s->pretrained.adapter) return SM_OK;
    SM_TRY(sm_adapter_check(s->pretrained.adapter, s->base.hash, err));
    return sm_adapter_read(s->pretrained.adapter, s->params, s->w, err);
}

/* Before the first step: fresh weights, or a fresh adapter beside the base. */
static int first_weights(session *s, sm_error *err)
{
    const sm_train_options *const o = s->o;
    if (s->pretrained.adapter) return SM_OK;
    if (o->lora) {
        sm_params_init_adapter(s->params, o->seed, s->w, o->threads);
        return SM_OK;
    }
    sm_params_init(s->params, o->seed, s->w, o->threads);
    if (!o->init) return SM_OK;
    if (o->extend_map) return extend_model(s->params, s->w, o->init, o->extend_map, err);
    return sm_model_read(s->params, s->w, o->init, err);
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
                       .muon = s->o->use_muon,
                       .lora = s->o->lora,
                       .origin = &s->origin};
    if (s->o->lora) SM_TRY(read_base(s, err));
    const int found = sm_checkpoint_read(&c, s->o->output, &damaged, err);
    SM_TRY(found);
    if (damaged.code && s->hooks->warn) s->hooks->warn(s->hooks->state, damaged.text);
    if (found == 0) return first_weights(s, err);
    SM_TRY(check_resume(s, &c.state, err));
    memcpy(c.state.kernels, s->state.kernels, sizeof c.state.kernels);
    s->state = c.state;
    return SM_OK;
}

int session_open(session *s, const sm_train_options *o, const sm_train_hooks *hooks,
                 sm_error *err)
{
    *s = (session){.own = *o, .hooks = hooks, .log = {.fd = -1}, .started = run_clock()};
    s->o = &s->own;
    s->state.seed = o->seed;
    s->state.lowest_loss = s->val_loss = s->val_bpb = (double)NAN;
    s->scored_at = UINT64_MAX;
    SM_TRY(check_options(o, err));
    SM_TRY(session_data(s, err));
    SM_TRY(open_adapter(s, err));
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
    session_close_data(s);
    sm_pretrained_close(&s->pretrained);
    sm_base_free(&s->base);
    return status;
}
