/* Which tokens a step sees: see seimai/feed.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/feed.h>

#include <string.h>

/* Masks and positions of a batch whose ids are set. */
static void close_batch(const sm_shards *set, sm_batch *batch)
{
    const int64_t eot = sm_shards_about(set)->eot;
    if (eot < 0)
        sm_batch_causal(batch);
    else
        sm_batch_documents(batch, (uint32_t)eot);
}

/* ---- training ------------------------------------------------------------------------------- */

static uint32_t sets_of(const sm_feed *feed)
{
    return feed->mixture.n ? feed->mixture.n : 1;
}

uint64_t sm_feed_windows(const sm_feed *feed)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < sets_of(feed); i++) {
        const sm_windows w = {sm_shards_about(feed->sets[i])->tokens, feed->length, 0};
        n += sm_windows_count(&w);
    }
    return n;
}

sm_feed_place sm_feed_where(const sm_feed *feed, uint64_t sample)
{
    sm_feed_place place = {0};
    if (feed->mixture.n) place.set = sm_mixture_source(&feed->mixture, sample, &sample);
    const uint64_t tokens = sm_shards_about(feed->sets[place.set])->tokens;
    const sm_sampling s = {feed->seed, tokens, feed->length};
    place.window = sm_sampling_window(&s, sample, &place.epoch, &place.windows);
    return place;
}

void sm_feed_batch(const sm_feed *feed, uint64_t step, uint32_t leaf, sm_batch *batch)
{
    const uint64_t first = (step * feed->leaves + leaf) * feed->rows;
    for (uint32_t b = 0; b < feed->rows; b++) {
        const size_t at = (size_t)b * feed->length;
        const sm_feed_place place = sm_feed_where(feed, first + b);
        sm_shards_window(feed->sets[place.set], &place.windows, place.window, batch->ids + at,
                         batch->target + at, batch->weight + at);
        batch->seq[b] = first + b;
    }
    close_batch(feed->sets[0], batch);
}

/* ---- validation ------------------------------------------------------------------------------ */

/* A row without targets: any valid ids. */
static void empty_row(sm_batch *batch, uint32_t b)
{
    const size_t at = (size_t)b * batch->T;
    memset(batch->ids + at, 0, batch->T * sizeof *batch->ids);
    memset(batch->target + at, 0, batch->T * sizeof *batch->target);
    memset(batch->weight + at, 0, batch->T * sizeof *batch->weight);
}

void sm_feed_validation(const sm_feed *feed, uint64_t first, sm_batch *batch)
{
    const sm_shards *const set = feed->sets[0];
    const sm_windows windows = {sm_shards_about(set)->tokens, feed->length, 0};
    const uint64_t n = sm_windows_count(&windows);
    for (uint32_t b = 0; b < feed->rows; b++) {
        const size_t at = (size_t)b * feed->length;
        empty_row(batch, b);
        batch->seq[b] = first + b;
        if (first + b >= n) continue;
        sm_shards_window(set, &windows, first + b, batch->ids + at, batch->target + at,
                         batch->weight + at);
    }
    close_batch(set, batch);
}

/* ---- documents by themselves ------------------------------------------------------------------ */

/* The next document: the sequences from one that begins to one that is not continued. */
static int begin_document(sm_solo *solo, sm_error *err)
{
    sm_shards_doc doc = {.continued = true};
    const uint64_t n = sm_shards_about(solo->set)->sequences;
    solo->done = solo->left = 0;
    for (bool first = true; doc.continued && solo->sequence < n; first = false) {
        SM_TRY(sm_shards_document(solo->set, solo->sequence++, &doc, err));
        if (first) solo->first = doc.first;
        solo->left += doc.n;
        solo->bytes += doc.text_bytes;
        solo->characters += doc.characters;
    }
    solo->documents++;
    return SM_OK;
}

/* Places targets done … done + n - 1 of the document at column t, with `context` targets before them that weigh 0
 * because an earlier window counted them. */
static void place(const sm_solo *solo, sm_batch *batch, uint32_t b, uint32_t t,
                  uint64_t context, uint64_t n)
{
    const size_t at = (size_t)b * batch->T + t;
    const uint64_t first = solo->first + solo->done - context;
    const size_t width = (size_t)(context + n);
    const bool opens = solo->done == context;
    sm_shards_read(solo->set, first, width, batch->target + at);
    if (opens) {
        batch->ids[at] = (uint32_t)sm_shards_about(solo->set)->eot;
        sm_shards_read(solo->set, first, width - 1, batch->ids + at + 1);
    } else {
        sm_shards_read(solo->set, first - 1, width, batch->ids + at);
    }
    for (size_t i = (size_t)context; i < width; i++)
        batch->weight[at + i] = 1;
}

/* One piece of the current document at column *t of row b; false if it does not fit there. */
static bool place_piece(sm_solo *solo, sm_batch *batch, uint32_t b, uint32_t *t)
{
    const uint32_t T = batch->T;
    const uint32_t room = T - *t;
    const bool whole = solo->done == 0 && solo->left <= room;
    if (!whole && *t) return false; /* long documents have rows of their own */
    const uint32_t stride = T > 1 ? T / 2 : 1;
    const uint64_t context = solo->done ? T - stride : 0;
    const uint64_t most = T - context;
    const uint64_t n = solo->left < most ? solo->left : most;
    place(solo, batch, b, *t, context, n);
    solo->done += n;
    solo->left -= n;
    solo->targets += n;
    *t = solo->done == n && solo->left == 0 ? *t + (uint32_t)n : T;
    return true;
}

/* Fills row b; *any tells whether it holds a target. */
static int fill_row(sm_solo *solo, uint64_t limit, sm_batch *batch, uint32_t b, bool *any,
                    sm_error *err)
{
    uint32_t t = 0;
    empty_row(batch, b);
    batch->seq[b] = b;
    while (t < batch->T) {
        const bool more = solo->sequence < sm_shards_about(solo->set)->sequences &&
                          (!limit || solo->targets < limit);
        if (!solo->left && !more) break;
        if (!solo->left) SM_TRY(begin_document(solo, err));
        if (!place_piece(solo, batch, b, &t)) break;
        *any = true;
    }
    for (; t < batch->T; t++) /* what is left opens documents of its own that weigh nothing */
        batch->ids[(size_t)b * batch->T + t] = (uint32_t)sm_shards_about(solo->set)->eot;
    return SM_OK;
}

int sm_solo_next(sm_solo *solo, uint64_t limit, sm_batch *batch, sm_error *err)
{
    bool any = false;
    for (uint32_t b = 0; b < batch->B; b++)
        SM_TRY(fill_row(solo, limit, batch, b, &any, err));
    close_batch(solo->set, batch);
    return any;
}
