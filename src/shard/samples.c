/* What a run reads: see seimai/samples.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/samples.h>

static const sm_packing *packing_of(const sm_samples *s, uint32_t set)
{
    return s->packing ? s->packing[set] : NULL;
}

static sm_sampling sampling_of(const sm_samples *s, uint32_t set)
{
    return (sm_sampling){s->seed, sm_shards_about(s->sets[set])->tokens, s->length};
}

int sm_samples_pack(const sm_samples *s, const sm_shards *set, sm_pack pack,
                    sm_packing **packing, sm_error *err)
{
    const sm_packing_options options = {
        .pack = sm_pack_for(pack, set), .length = s->length, .leaf = s->rows, .seed = s->seed};
    *packing = NULL;
    return options.pack == SM_PACK_WINDOWS ? SM_OK
                                           : sm_packing_new(packing, set, &options, err);
}

uint64_t sm_samples_epoch_of(const sm_samples *s, uint32_t set)
{
    const sm_packing *const packing = packing_of(s, set);
    if (packing) return sm_packing_about(packing)->rows;
    const sm_windows w = {sm_shards_about(s->sets[set])->tokens, s->length, 0};
    return sm_windows_count(&w);
}

uint64_t sm_samples_epoch(const sm_samples *s)
{
    const uint32_t sets = s->mixture.n ? s->mixture.n : 1;
    uint64_t n = 0;
    for (uint32_t i = 0; i < sets; i++)
        n += sm_samples_epoch_of(s, i);
    return n;
}

/* What the mixture deals out at once: a sample, or the samples of a leaf. */
static uint64_t unit_of(const sm_samples *s)
{
    return s->by_leaf ? s->rows : 1;
}

uint64_t sm_samples_drawn(const sm_samples *s, uint32_t set, uint64_t n)
{
    const uint64_t unit = unit_of(s);
    if (!s->mixture.n) return n;
    return sm_mixture_count(&s->mixture, set, n / unit) * unit;
}

/* Which set, and the number of the sample among those of the set. */
static uint32_t source_of(const sm_samples *s, uint64_t sample, uint64_t *number)
{
    const uint64_t unit = unit_of(s);
    *number = sample;
    if (!s->mixture.n) return 0;
    const uint32_t set = sm_mixture_source(&s->mixture, sample / unit, number);
    *number = *number * unit + sample % unit;
    return set;
}

/* Its inverse. */
static uint64_t sample_of(const sm_samples *s, uint32_t set, uint64_t number)
{
    const uint64_t unit = unit_of(s);
    if (!s->mixture.n) return number;
    return sm_mixture_sample(&s->mixture, set, number / unit) * unit + number % unit;
}

sm_place sm_samples_where(const sm_samples *s, uint64_t sample)
{
    uint64_t number = 0;
    sm_place place = {.set = source_of(s, sample, &number)};
    const sm_packing *const packing = packing_of(s, place.set);
    if (packing) {
        const uint64_t rows = sm_packing_about(packing)->rows;
        place.epoch = number / rows;
        sm_packing_draw(packing, place.epoch, number % rows, 1, &place.window);
        return place;
    }
    const sm_sampling sampling = sampling_of(s, place.set);
    place.window = sm_sampling_window(&sampling, number, &place.epoch, &place.windows);
    return place;
}

void sm_samples_leaf(const sm_samples *s, uint64_t first, sm_place places[])
{
    for (uint32_t b = 0; b < s->rows && !s->by_leaf; b++)
        places[b] = sm_samples_where(s, first + b);
    if (!s->by_leaf) return;
    uint64_t number = 0, *const rows = sm_calloc(s->rows, sizeof *rows);
    const uint32_t set = source_of(s, first, &number);
    const sm_packing *const packing = s->packing[set];
    const uint64_t epoch = sm_packing_about(packing)->rows;
    sm_packing_draw(packing, number / epoch, number % epoch, s->rows, rows);
    for (uint32_t b = 0; b < s->rows; b++)
        places[b] = (sm_place){.set = set, .epoch = number / epoch, .window = rows[b]};
    sm_free(rows);
}

bool sm_samples_piece(const sm_samples *s, const sm_place *place, size_t k, sm_piece *piece)
{
    const sm_packing *const packing = packing_of(s, place->set);
    if (packing) {
        size_t n = 0;
        const sm_piece *const pieces = sm_packing_row(packing, place->window, &n);
        if (k >= n) return false;
        *piece = pieces[k];
        return true;
    }
    const sm_windows *const w = &place->windows;
    const uint64_t before = place->window * w->length, left = w->tokens - before;
    const uint64_t first = (before + w->phase) % w->tokens, in_ring = w->tokens - first;
    const uint64_t n = left < w->length ? left : w->length;
    if (k == 0) *piece = (sm_piece){first, (uint32_t)(n < in_ring ? n : in_ring)};
    if (k == 1) *piece = (sm_piece){0, (uint32_t)(n - in_ring)};
    return k == 0 || (k == 1 && n > in_ring);
}

/* The number among the samples of the set. */
static uint64_t find_row(const sm_packing *packing, uint64_t epoch, uint64_t token, uint64_t *n)
{
    const uint64_t row = sm_packing_find(packing, token);
    if (row == SM_PACKING_EMPTY) return SM_SAMPLES_NEVER;
    size_t pieces = 0;
    const sm_piece *piece = sm_packing_row(packing, row, &pieces);
    while (token < piece->first || token - piece->first >= piece->n)
        piece++;
    *n = piece->first + piece->n - token;
    return epoch * sm_packing_about(packing)->rows + sm_packing_place(packing, epoch, row);
}

static uint64_t find_window(const sm_sampling *sampling, uint64_t epoch, uint64_t token,
                            uint64_t *n)
{
    const uint64_t phase = sm_order_phase(sampling->seed, epoch, sampling->length);
    const uint64_t k = (token + sampling->tokens - phase % sampling->tokens) % sampling->tokens;
    const uint64_t in_window = sampling->length - k % sampling->length;
    const uint64_t in_epoch = sampling->tokens - k, in_set = sampling->tokens - token;
    *n = in_window < in_epoch ? in_window : in_epoch;
    if (in_set < *n) *n = in_set;
    return sm_sampling_sample(sampling, epoch, token);
}

uint64_t sm_samples_find(const sm_samples *s, uint32_t set, uint64_t epoch, uint64_t token,
                         uint64_t *n)
{
    const sm_packing *const packing = packing_of(s, set);
    const sm_sampling sampling = sampling_of(s, set);
    const uint64_t number =
        packing ? find_row(packing, epoch, token, n) : find_window(&sampling, epoch, token, n);
    return number == SM_SAMPLES_NEVER ? number : sample_of(s, set, number);
}
