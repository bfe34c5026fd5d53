/* Validation: see sm_validate in seimai/train.h.
 * SPDX-License-Identifier: MIT */
#include "run/run_internal.h"

#include <seimai/train.h>

#include <math.h>

/* Mean nats a target over windows from the first on; of a set with targets over whole documents, packed. */
static int packed_loss(sm_net *net, const float *w, const sm_feed *feed, sm_batch *batch,
                       uint64_t limit, double *loss, sm_error *err)
{
    uint64_t samples = sm_samples_epoch(&feed->from);
    double sum = 0;
    uint64_t count = 0;
    const uint64_t rows = limit / batch->T + (limit % batch->T != 0);
    if (limit && rows < samples) samples = rows;
    for (uint64_t first = 0; first < samples; first += batch->B) {
        sm_loss here = {0};
        sm_feed_validation(feed, first, batch);
        SM_TRY(sm_net_loss(net, w, batch, NULL, &here, err));
        sum += here.sum;
        count += here.count;
    }
    *loss = count ? sum / (double)count : (double)NAN;
    return SM_OK;
}

static int loss_of_set(sm_net *net, const float *w, const sm_shards *set, sm_batch *batch,
                       uint64_t limit, double *loss, sm_error *err)
{
    sm_packing *packing = NULL;
    sm_feed feed = {.from = {.sets = &set, .length = batch->T, .rows = batch->B}, .leaves = 1};
    SM_TRY(sm_samples_pack(&feed.from, set, SM_PACK_AUTO, &packing, err));
    feed.from.packing = &(const sm_packing *){packing};
    const int status = packed_loss(net, w, &feed, batch, limit, loss, err);
    sm_packing_free(packing);
    return status;
}

/* Bits a byte and a character over documents by themselves. */
static int solo_bits(sm_net *net, const float *w, const sm_shards *set, sm_batch *batch,
                     uint64_t limit, sm_validation *result, sm_error *err)
{
    sm_solo solo = {.set = set};
    double nats = 0;
    for (;;) {
        sm_loss here = {0};
        const int more = sm_solo_next(&solo, limit, batch, err);
        SM_TRY(more);
        if (more == 0) break;
        SM_TRY(sm_net_loss(net, w, batch, NULL, &here, err));
        nats += here.sum;
    }
    const double bits = nats / 0.69314718055994530942; /* ln 2 */
    if (solo.bytes) result->bpb = bits / (double)solo.bytes;
    if (solo.characters) result->bpc = bits / (double)solo.characters;
    result->targets = solo.targets;
    result->documents = solo.documents;
    result->bytes = solo.bytes;
    return SM_OK;
}

int sm_validate(sm_net *net, const float *w, const sm_shards *set, sm_batch *batch,
                uint64_t limit, sm_validation *result, sm_error *err)
{
    *result = (sm_validation){.loss = (double)NAN, .bpb = (double)NAN, .bpc = (double)NAN};
    const sm_shards_info *info = sm_shards_about(set);
    if (info->tokens == 0) return SM_OK;
    SM_TRY(loss_of_set(net, w, set, batch, limit, &result->loss, err));
    const bool texts = info->eot >= 0 && info->text_bytes > 0 && !info->has_targets;
    if (texts) SM_TRY(solo_bits(net, w, set, batch, limit, result, err));
    return sm_shards_fault(set, err);
}
