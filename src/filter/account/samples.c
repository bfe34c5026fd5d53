/* Samples by the hash of their id. See account_internal.h.
 * SPDX-License-Identifier: MIT */
#include "account_internal.h"

#include <math.h>
#include <seimai/hash.h>
#include <string.h>

enum { TEXT_MAX = 900 /* bytes of a sample's beginning */ };

/* Two documents of one id: the order of their texts, then of their values, decides. */
static int order(const sm_account_sample *a, const sm_account_sample *b)
{
    if (a->hash != b->hash) return a->hash < b->hash ? -1 : 1;
    const int texts = strcmp(a->text, b->text);
    if (texts != 0) return texts;
    return a->value < b->value ? -1 : a->value > b->value;
}

static void free_sample(sm_account_sample *sample)
{
    sm_free(sample->id);
    sm_free(sample->url);
    sm_free(sample->text);
}

void sm_account_samples_free(sm_account_samples *samples)
{
    for (size_t i = 0; i < samples->n; i++)
        free_sample(&samples->items[i]);
    sm_free(samples->items);
}

static bool is_wanted(const sm_account_samples *samples, uint64_t hash)
{
    if (samples->most == 0) return false;
    return samples->n < samples->most || hash <= samples->items[samples->n - 1].hash;
}

/* Puts a sample in its place; it, or the one that falls off the end, is freed. */
static void insert(sm_account_samples *samples, sm_account_sample sample)
{
    samples->items =
        sm_array_grow(samples->items, samples->n, &samples->cap, sizeof *samples->items);
    size_t at = samples->n++;
    for (; at > 0 && order(&sample, &samples->items[at - 1]) < 0; at--)
        samples->items[at] = samples->items[at - 1];
    samples->items[at] = sample;
    if (samples->n > samples->most) free_sample(&samples->items[--samples->n]);
}

/* The beginning, up to a whole character; NUL, which the C string cannot hold, as a blank. */
static char *beginning(sm_span text)
{
    size_t n = text.n < TEXT_MAX ? text.n : TEXT_MAX;
    while (n < text.n && n > 0 && ((unsigned char)text.p[n] & 0xC0) == 0x80)
        n--;
    char *const copy = sm_strdup((sm_span){text.p, n});
    for (size_t i = 0; i < n; i++)
        if (copy[i] == '\0') copy[i] = ' ';
    return copy;
}

void sm_account_samples_add(sm_account_samples *samples, const sm_filter_case *one,
                            double value)
{
    const uint64_t hash = sm_hash64(one->id);
    if (!is_wanted(samples, hash)) return;
    insert(samples, (sm_account_sample){.hash = hash,
                                        .value = value,
                                        .id = sm_strdup(one->id),
                                        .url = sm_strdup(one->url),
                                        .text = beginning(one->text)});
}

void sm_account_samples_merge(sm_account_samples *into, const sm_account_samples *from)
{
    for (size_t i = 0; i < from->n; i++) {
        sm_account_sample copy = from->items[i];
        if (!is_wanted(into, copy.hash)) continue;
        copy.id = sm_strdup(sm_span_of(copy.id));
        copy.url = sm_strdup(sm_span_of(copy.url));
        copy.text = sm_strdup(sm_span_of(copy.text));
        insert(into, copy);
    }
}
