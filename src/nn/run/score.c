/* Scoring documents one by one: see seimai/score.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/batch.h>
#include <seimai/net.h>
#include <seimai/score.h>

#include <string.h>

struct sm_scorer {
    sm_net *net;
    const float *w;
    sm_batch *batch; /* of one row; its T is set to what a window needs */
    uint32_t length, eot;
};

int sm_scorer_new(sm_scorer **scorer, const sm_model_config *config, const float *w,
                  uint32_t length, uint32_t eot, sm_error *err)
{
    const sm_net_options options = {.plan = SM_PLAN_EVAL, .B = 1, .T = length, .threads = 1};
    *scorer = NULL;
    if (length < 2 || length > config->max_position_embeddings)
        SM_FAIL(err, SM_EUSAGE, "windows of %u tokens: this model has 2 … %u", length,
                config->max_position_embeddings);
    sm_net *net = NULL;
    SM_TRY(sm_net_build(&net, config, &options, err));
    *scorer = sm_calloc(1, sizeof **scorer);
    **scorer = (sm_scorer){net, w, sm_batch_new(1, length), length, eot};
    return SM_OK;
}

void sm_scorer_free(sm_scorer *scorer)
{
    if (!scorer) return;
    sm_net_free(scorer->net);
    sm_batch_free(scorer->batch);
    sm_free(scorer);
}

/* Token `at` of the document with an EOT at either end: place 0 is the first input, n + 1 the last target. */
static uint32_t token_at(const sm_scorer *s, const uint32_t *ids, size_t n, size_t at)
{
    return at == 0 || at == n + 1 ? s->eot : ids[at - 1];
}

/* The window whose inputs are places first … first + width - 1; the first `context` targets weigh 0. */
static int score_window(sm_scorer *s, const uint32_t *ids, size_t n, size_t first,
                        uint32_t width, uint32_t context, double *nats, sm_error *err)
{
    sm_loss loss = {0};
    sm_batch *const b = s->batch;
    b->T = width;
    for (uint32_t t = 0; t < width; t++) {
        b->ids[t] = token_at(s, ids, n, first + t);
        b->target[t] = token_at(s, ids, n, first + t + 1);
        b->weight[t] = t < context ? 0.0F : 1.0F;
    }
    sm_batch_causal(b);
    SM_TRY(sm_net_loss(s->net, s->w, b, NULL, &loss, err));
    *nats += loss.sum;
    return SM_OK;
}

int sm_scorer_score(sm_scorer *s, const uint32_t *ids, size_t n, double *nats, sm_error *err)
{
    const size_t targets = n + 1;
    const uint32_t stride = s->length / 2;
    *nats = 0;
    for (size_t done = 0; done < targets;) {
        const uint32_t context = done ? s->length - stride : 0;
        const size_t most = s->length - context, left = targets - done;
        const uint32_t fresh = (uint32_t)(left < most ? left : most);
        SM_TRY(score_window(s, ids, n, done - context, context + fresh, context, nats, err));
        done += fresh;
    }
    return SM_OK;
}
