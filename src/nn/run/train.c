/* The loop of a run: see seimai/train.h.
 * SPDX-License-Identifier: MIT */
#include "run/session.h"

#include <seimai/train.h>

#include <math.h>
#include <string.h>

static bool every(uint64_t step, uint64_t interval)
{
    return interval && step % interval == 0;
}

static bool is_last(const session *s)
{
    return s->state.step == s->o->steps;
}

static int score(session *s, const sm_shards *set, double *loss, double *bpb, sm_error *err)
{
    sm_validation v;
    s->batch->T = s->o->length; /* a leaf of training may have been shorter */
    SM_TRY(sm_validate(s->net, s->w, set, s->batch, s->o->valid_tokens, &v, err));
    *loss = v.loss;
    *bpb = v.bpb;
    return SM_OK;
}

static bool is_due(const session *s)
{
    return s->state.step == 0 || every(s->state.step, s->o->eval_every) || is_last(s);
}

/* Validates where it is due; *done tells. */
static int evaluate(session *s, sm_metrics *m, bool *done, sm_error *err)
{
    const size_t n_watch = s->o->n_watch;
    *done = (s->validation || n_watch) && is_due(s);
    if (!*done) return SM_OK;
    if (s->validation) SM_TRY(score(s, s->validation, &m->val_loss, &m->val_bpb, err));
    for (size_t i = 0; i < n_watch; i++)
        SM_TRY(score(s, s->watched[i], &s->scores[i].loss, &s->scores[i].bpb, err));
    s->val_loss = m->val_loss;
    s->val_bpb = m->val_bpb;
    s->scored_at = s->state.step;
    m->watch = s->scores;
    m->n_watch = n_watch;
    return SM_OK;
}

static int show_sample(session *s, const float *w, sm_error *err)
{
    const sm_train_view view = {s->state.step, &s->o->model, w};
    return s->hooks->sample(s->hooks->state, &view, err);
}

/* Lets the caller look at the model where a sample is due; of an adapter at a copy that it was added to, which needs the
 * base among the floats. */
static int sample(session *s, sm_error *err)
{
    const uint64_t interval = s->o->sample_every, step = s->state.step;
    const bool due = interval ? step == 0 || every(step, interval) || is_last(s) : is_due(s);
    if (!due || !s->hooks->sample || s->base.values) return SM_OK;
    if (!s->o->lora) return show_sample(s, s->w, err);
    float *const merged = sm_vector_new(s->params->total);
    memcpy(merged, s->w, s->params->total * sizeof *merged);
    sm_net_merge(s->net, merged);
    const int status = show_sample(s, merged, err);
    sm_vector_free(merged);
    return status;
}

/* Counts validations that were no better; tells whether this one was the lowest so far. */
static bool note_lowest(session *s, const sm_metrics *m)
{
    const bool lowest = isfinite(m->val_loss) && !(m->val_loss >= s->state.lowest_loss);
    s->state.stale = lowest ? 0 : s->state.stale + 1;
    if (lowest) s->state.lowest_loss = m->val_loss;
    return lowest;
}

static bool gave_up(const session *s)
{
    return s->o->patience > 0 && s->state.stale >= s->o->patience;
}

/* The best is chosen among checkpoints that the run makes anyway, so that stopping it changes nothing. */
static void note_best(session *s, const sm_metrics *m)
{
    if (!isfinite(m->val_loss)) return;
    if (s->state.best_at && m->val_loss >= s->state.best_loss) return;
    s->state.best_at = s->state.step;
    s->state.best_loss = m->val_loss;
}

static int log_line(session *s, const sm_metrics *m, bool evaluated, sm_error *err)
{
    if (s->hooks->step) s->hooks->step(s->hooks->state, m);
    if (!evaluated && !every(m->step, s->o->log_every) && !is_last(s)) return SM_OK;
    return metrics_add(&s->log, m, err);
}

static sm_metrics no_metrics(void)
{
    const double none = (double)NAN;
    return (sm_metrics){.loss = none,
                        .lr = none,
                        .grad_norm = none,
                        .val_loss = none,
                        .val_bpb = none,
                        .tok_s = none,
                        .gflops = none,
                        .wall = none};
}

/* One step and what is due after it; *stop tells that the session ends here. */
static int advance(session *s, bool *stop, sm_error *err)
{
    const sm_train_options *o = s->o;
    sm_metrics m = no_metrics();
    bool evaluated = false, lowest = false;
    SM_TRY(session_step(s, &m, err));
    SM_TRY(evaluate(s, &m, &evaluated, err));
    SM_TRY(log_line(s, &m, evaluated, err));
    SM_TRY(sample(s, err));
    if (evaluated && s->validation) lowest = note_lowest(s, &m);
    *stop = gave_up(s) || (o->stop && *o->stop) ||
            (o->stop_after && s->state.step >= o->stop_after);
    const bool due = every(s->state.step, o->save_every) || is_last(s) || gave_up(s) ||
                     (o->patience > 0 && lowest);
    if (due && evaluated) note_best(s, &m);
    return due || *stop ? session_save(s, err) : SM_OK;
}

/* Before the first step: how good the fresh weights are. */
static int begin(session *s, sm_error *err)
{
    sm_metrics m = no_metrics();
    bool evaluated = false;
    if (s->state.step > 0) return SM_OK;
    SM_TRY(evaluate(s, &m, &evaluated, err));
    if (evaluated) SM_TRY(log_line(s, &m, true, err));
    return sample(s, err);
}

static int run(session *s, sm_error *err)
{
    bool stop = false;
    SM_TRY(begin(s, err));
    stop = gave_up(s); /* a run that stopped early stays where it is */
    while (s->state.step < s->o->steps && !stop)
        SM_TRY(advance(s, &stop, err));
    return SM_OK;
}

int sm_train(const sm_train_options *options, const sm_train_hooks *hooks, sm_error *err)
{
    static const sm_train_hooks silent = {0};
    session s;
    int status = session_open(&s, options, hooks ? hooks : &silent, err);
    if (status >= 0) status = run(&s, err);
    const int closed = session_close(&s, err);
    return status < 0 ? status : closed;
}
