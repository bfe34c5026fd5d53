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

/* A row without targets: any valid ids. */
static void empty_row(sm_batch *batch, uint32_t b)
{
    const size_t at = (size_t)b * batch->T;
    memset(batch->ids + at, 0, batch->T * sizeof *batch->ids);
    memset(batch->target + at, 0, batch->T * sizeof *batch->target);
    memset(batch->weight + at, 0, batch->T * sizeof *batch->weight);
}

/* ---- training ------------------------------------------------------------------------------- */

static const sm_packing *packing_of(const sm_feed *feed, uint32_t set)
{
    return feed->from.packing ? feed->from.packing[set] : NULL;
}

/* Returns the places that hold a token of the set. */
static uint32_t fill_sample(const sm_feed *feed, const sm_place *place, sm_batch *batch,
                            uint32_t b)
{
    const size_t at = (size_t)b * batch->T;
    const sm_packing *const packing = packing_of(feed, place->set);
    uint32_t *const ids = batch->ids + at, *const target = batch->target + at;
    if (packing) {
        sm_packing_fill(packing, place->window, batch->T, ids, target, batch->weight + at);
        return sm_packing_width(packing, place->window);
    }
    sm_shards_window(feed->from.sets[place->set], &place->windows, place->window, ids, target,
                     batch->weight + at);
    const uint64_t left = place->windows.tokens - place->window * place->windows.length;
    return left < batch->T ? (uint32_t)left : batch->T;
}

/* A leaf of documents of about one length, each a row, is only as long as the longest needs it to be. */
static uint32_t length_of(const sm_feed *feed, const sm_place *places)
{
    enum { STEP = 16 };
    uint32_t T = 1;
    if (!feed->from.by_leaf) return feed->from.length;
    for (uint32_t b = 0; b < feed->from.rows; b++) {
        const uint32_t width =
            sm_packing_width(packing_of(feed, places[b].set), places[b].window);
        if (width > T) T = width;
    }
    T = (T + STEP - 1) / STEP * STEP;
    return T < feed->from.length ? T : feed->from.length;
}

uint64_t sm_feed_batch(const sm_feed *feed, uint64_t step, uint32_t leaf, sm_batch *batch)
{
    const uint32_t rows = feed->from.rows;
    const uint64_t first = (step * feed->leaves + leaf) * rows;
    sm_place *const places = sm_calloc(rows, sizeof *places);
    uint64_t tokens = 0;
    sm_samples_leaf(&feed->from, first, places);
    batch->T = length_of(feed, places);
    for (uint32_t b = 0; b < rows; b++) {
        batch->seq[b] = first + b;
        tokens += fill_sample(feed, places + b, batch, b);
    }
    sm_free(places);
    close_batch(feed->from.sets[0], batch);
    return tokens;
}

/* ---- validation ------------------------------------------------------------------------------ */

void sm_feed_validation(const sm_feed *feed, uint64_t first, sm_batch *batch)
{
    const uint64_t n = sm_samples_epoch_of(&feed->from, 0);
    const sm_packing *const packing = packing_of(feed, 0);
    sm_place place = {
        .windows = {sm_shards_about(feed->from.sets[0])->tokens, feed->from.length, 0}};
    batch->T = feed->from.length;
    for (uint32_t b = 0; b < feed->from.rows; b++) {
        empty_row(batch, b);
        batch->seq[b] = first + b;
        if (first + b >= n) continue;
        place.window = first + b;
        if (packing) sm_packing_draw(packing, 0, first + b, 1, &place.window);
        (void)fill_sample(feed, &place, batch, b);
    }
    close_batch(feed->from.sets[0], batch);
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
