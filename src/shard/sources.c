/* The sets that a command line names: see sm_shard_sources_find in seimai/shard.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/shard.h>

#include <stdlib.h>
#include <string.h>

/* DIR=WEIGHT, or a DIR by itself: weight 0. */
static sm_shard_source data_of(const char *given, sm_arena *arena)
{
    const char *const sign = strrchr(given, '=');
    char *end = NULL;
    const double weight = sign ? strtod(sign + 1, &end) : 0.0;
    if (!sign || end == sign + 1 || *end || sm_file_exists(given))
        return (sm_shard_source){given, 0.0};
    return (sm_shard_source){sm_arena_printf(arena, "%.*s", (int)(sign - given), given),
                             weight > 0.0 ? weight : -1.0}; /* which the mixture refuses */
}

static bool is_set(const char *dir, sm_arena *arena)
{
    return sm_file_exists(sm_arena_printf(arena, "%s/manifest.json", dir));
}

static void look_beside(sm_shard_sources *sources, sm_shard_source *data, sm_arena *arena)
{
    const char *const train = sm_arena_printf(arena, "%s/train", data->dir);
    const char *const valid = sm_arena_printf(arena, "%s/valid", data->dir);
    const char *const tokenizer = sm_arena_printf(arena, "%s/tokenizer", data->dir);
    if (!sources->tokenizer && sm_file_exists(tokenizer)) sources->tokenizer = tokenizer;
    if (is_set(data->dir, arena) || !is_set(train, arena)) return;
    data->dir = train;
    if (!sources->validation && is_set(valid, arena)) sources->validation = valid;
}

void sm_shard_sources_find(sm_shard_sources *sources, const char *const given[], size_t n,
                           sm_arena *arena)
{
    bool weighed = false;
    sources->n = (uint32_t)n;
    sources->items = sm_arena_zalloc(arena, n, sizeof *sources->items);
    for (size_t i = 0; i < n; i++) {
        sources->items[i] = data_of(given[i], arena);
        weighed |= sources->items[i].weight != 0.0;
    }
    for (size_t i = 0; i < n; i++) {
        if (weighed && sources->items[i].weight == 0.0) sources->items[i].weight = 1.0;
        look_beside(sources, sources->items + i, arena);
    }
}

int sm_shard_sources_mix(const sm_shard_sources *sources, const uint64_t *tokens,
                         sm_mixture *mixture, sm_error *err)
{
    double weight[SM_MIXTURE_MOST];
    bool given = false;
    if (sources->n == 0 || sources->n > SM_MIXTURE_MOST)
        SM_FAIL(err, SM_EUSAGE, "data: %u sets: 1 … %d are possible", sources->n,
                SM_MIXTURE_MOST);
    for (uint32_t i = 0; i < sources->n; i++)
        given |= sources->items[i].weight != 0.0;
    for (uint32_t i = 0; i < sources->n; i++)
        weight[i] = given ? sources->items[i].weight : (double)tokens[i];
    return sm_mixture_make(mixture, weight, sources->n, err);
}
