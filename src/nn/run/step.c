/* One step: the gradients of its leaves, their sum, and the update.
 * SPDX-License-Identifier: MIT */
#include "run/session.h"

#include <math.h>
#include <stdio.h>

/* What a step went through. */
typedef struct passed {
    uint64_t targets; /* that count in the loss */
    uint64_t tokens;
} passed;

/* The leaves of the step, added in the tree; sums holds their losses. */
static int gradients(session *s, passed *all, sm_error *err)
{
    float *const g = sm_net_own_gradient(s->net);
    for (uint32_t leaf = 0; leaf < s->o->leaves; leaf++) {
        sm_loss loss = {0};
        all->tokens += sm_feed_batch(&s->feed, s->state.step, leaf, s->batch);
        SM_TRY(sm_net_gradient(s->net, s->w, s->batch, g, &loss, err));
        sm_tree_add(s->tree, g, s->o->threads);
        s->sums[leaf] = loss.sum;
        all->targets += loss.count;
    }
    for (uint32_t i = 0; i < s->o->data.n; i++)
        SM_TRY(sm_shards_fault(s->data[i], err));
    return SM_OK;
}

/* Something was not finite: the step is done again with a look at every tensor. */
static int name_culprit(session *s, sm_error *err)
{
    sm_error found = {0};
    int status = SM_OK;
    sm_net_check(s->net, true);
    for (uint32_t leaf = 0; leaf < s->o->leaves && status == SM_OK; leaf++) {
        sm_loss loss = {0};
        (void)sm_feed_batch(&s->feed, s->state.step, leaf, s->batch);
        status =
            sm_net_gradient(s->net, s->w, s->batch, sm_net_own_gradient(s->net), &loss, &found);
    }
    sm_net_check(s->net, false);
    return sm_error_set(err, SM_ENUMERIC, "step %llu: %s",
                        (unsigned long long)s->state.step + 1,
                        status < 0 ? found.text : "the norm of the gradient is not finite");
}

/* Of a token. With an adapter the base has no gradient of its own: 4 operations a weight in place of 6. */
static double flops_of(const session *s)
{
    const double all = sm_model_flops(&s->o->model, s->o->length);
    if (!s->o->lora) return all;
    return all - sm_model_flops(&s->o->model, 0) / 3 + 6.0 * (double)s->params->trained;
}

static void describe(const session *s, uint64_t tokens, double seconds, sm_metrics *m)
{
    m->step = s->state.step;
    m->tokens = s->state.tokens;
    m->bytes = session_bytes(s);
    m->tok_s = seconds > 0 ? (double)tokens / seconds : (double)NAN;
    m->gflops = m->tok_s * flops_of(s) / 1e9;
    m->wall = run_clock() - s->started;
}

static void update(session *s, const float *g, double scale, double lr)
{
    const sm_train_options *const o = s->o;
    sm_adamw adamw = o->adamw;
    adamw.spares_matrices = o->use_muon;
    sm_adamw_update(&adamw, s->params, s->w, g, s->m, s->v, scale, lr, s->state.step,
                    o->threads);
    if (o->use_muon)
        sm_muon_update(&o->muon, s->params, s->w, g, s->m, scale, lr, s->muon, o->threads);
}

/* A batch that goes far wrong would spoil what many others taught: its update is left out. */
static bool is_spike(session *s, const sm_metrics *m)
{
    const double loss = sm_spike_score(&s->state.loss_seen, m->loss);
    const double norm = sm_spike_score(&s->state.norm_seen, m->grad_norm);
    char text[160];
    if (s->o->spike_guard <= 0.0 || fmax(loss, norm) <= s->o->spike_guard) return false;
    s->state.skipped++;
    (void)snprintf(text, sizeof text,
                   "step %llu left out: its loss lies %.1f standard deviations above, its "
                   "gradient %.1f",
                   (unsigned long long)s->state.step, loss, norm);
    if (s->hooks->warn) s->hooks->warn(s->hooks->state, text);
    return true;
}

int session_step(session *s, sm_metrics *m, sm_error *err)
{
    const sm_train_options *o = s->o;
    const double before = run_clock();
    passed all = {0};
    sm_error failed = {0};
    if (gradients(s, &all, &failed) < 0) {
        if (failed.code == SM_ENUMERIC) return name_culprit(s, err);
        return sm_error_set(err, failed.code, "%s", failed.text);
    }
    if (all.targets == 0)
        SM_FAIL(err, SM_EFORMAT, "step %llu: none of its tokens is a target",
                (unsigned long long)s->state.step + 1);
    const float *g = sm_tree_sum(s->tree);
    const double targets = (double)all.targets;
    m->grad_norm = sm_vector_norm(g, s->params->trainable, o->threads) / targets;
    if (!isfinite(m->grad_norm)) return name_culprit(s, err);

    sm_schedule schedule = o->schedule;
    schedule.steps = o->steps;
    m->lr = sm_schedule_lr(&schedule, s->state.step);
    const double scale = sm_clip(m->grad_norm, o->clip) / targets;
    s->state.step++;
    s->state.tokens += all.targets;
    m->loss = sm_tree_total(s->sums, o->leaves) / targets;
    if (!is_spike(s, m)) update(s, g, scale, m->lr);
    describe(s, all.tokens, run_clock() - before, m);
    return SM_OK;
}
