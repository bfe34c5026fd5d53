/* Saving a run: a checkpoint, and where its model comes from.
 * SPDX-License-Identifier: MIT */
#include "run/session.h"

#include <seimai/file.h>
#include <seimai/lineage.h>

#include <math.h>

enum { SCORES = 2 };

static sm_lineage_set describe_set(const sm_shards *set, const char *dir, double share,
                                   sm_hash128 hash)
{
    const sm_shards_info *const info = sm_shards_about(set);
    return (sm_lineage_set){dir, share, hash, info->tokens, info->documents, info->text_bytes};
}

static void describe_data(const session *s, sm_lineage_set *sets)
{
    const sm_train_options *const o = s->o;
    const uint64_t samples = o->steps * o->rows * o->leaves;
    for (uint32_t i = 0; i < o->data.n; i++) {
        const double share =
            (double)sm_samples_drawn(&s->feed.from, i, samples) / (double)samples;
        sets[i] = describe_set(s->data[i], o->data.items[i].dir, share, s->hashes[i]);
    }
}

/* What the model comes from: the model to start from, while it is there. */
static size_t find_parent(const session *s, const char **parent)
{
    *parent = s->o->init;
    return s->o->init && sm_file_exists(s->o->init);
}

static int write_checkpoint(const session *s, const sm_lineage *lineage, sm_error *err)
{
    const sm_checkpoint c = {.config = &s->o->model,
                             .params = s->params,
                             .w = s->w,
                             .m = s->m,
                             .v = s->v,
                             .muon = s->o->use_muon,
                             .state = s->state,
                             .tokenizer_dir = s->o->data.tokenizer,
                             .lora = s->o->lora,
                             .origin = &s->origin,
                             .lineage = lineage};
    return sm_checkpoint_write(&c, s->o->output, s->o->keep, err);
}

int session_save(session *s, sm_error *err)
{
    const sm_train_options *const o = s->o;
    const sm_shards_info *const info = sm_shards_about(s->data[0]);
    const bool scored = s->scored_at == s->state.step; /* else a pause would be seen in it */
    const sm_lineage_score scores[SCORES] = {{"val_loss", scored ? s->val_loss : (double)NAN},
                                             {"val_bpb", scored ? s->val_bpb : (double)NAN}};
    sm_lineage_set sets[SM_MIXTURE_MOST], validation = {0};
    const char *parent = NULL;
    const size_t n_parents = find_parent(s, &parent);
    describe_data(s, sets);
    if (s->validation)
        validation = describe_set(s->validation, o->data.validation, 1, s->state.validation);
    const sm_lineage lineage = {.by = "train",
                                .step = s->state.step,
                                .tokens = s->state.tokens,
                                .seed = o->seed,
                                .kernels = s->state.kernels,
                                .has_tokenizer = info->has_tokenizer,
                                .tokenizer = info->tokenizer_hash,
                                .data = sets,
                                .n_data = o->data.n,
                                .validation = s->validation ? &validation : NULL,
                                .settings = o->settings,
                                .scores = scores,
                                .n_scores = SCORES,
                                .parents = &parent,
                                .n_parents = n_parents};
    s->state.lines = s->log.lines;
    return write_checkpoint(s, &lineage, err);
}
