/* Tokens of a set, from mapped files or through the cache of frames: see seimai/shard.h.
 * SPDX-License-Identifier: MIT */
#include "shard_internal.h"

#include <seimai/shard_edit.h>

#include <stdatomic.h>

/* The first failure of a read: its state goes from NONE to BEING_SET, by whoever comes first, to SET. */
enum { NONE, BEING_SET, SET };
struct read_fault {
    atomic_int state;
    sm_error error;
};

struct read_fault *read_fault_new(void)
{
    struct read_fault *const fault = sm_calloc(1, sizeof *fault);
    atomic_init(&fault->state, NONE);
    return fault;
}

void tokens_unpack(const char *p, unsigned token_bytes, size_t n, uint32_t *ids)
{
    for (size_t i = 0; token_bytes == 2 && i < n; i++)
        ids[i] = load_u16(p + 2 * i);
    for (size_t i = 0; token_bytes == 4 && i < n; i++)
        ids[i] = load_u32(p + 4 * i);
}

/* What a damaged frame gives: valid ids, and a note of the first one. */
static void fail_read(const sm_shards *set, const sm_error *error, size_t n, uint32_t *ids)
{
    int none = NONE;
    const int64_t eot = set->manifest.info.eot;
    for (size_t i = 0; i < n; i++)
        ids[i] = eot < 0 ? 0 : (uint32_t)eot;
    if (!atomic_compare_exchange_strong(&set->fault->state, &none, BEING_SET)) return;
    set->fault->error = *error;
    atomic_store(&set->fault->state, SET);
}

static void read_frames(const sm_shards *set, const shard *s, uint64_t at, size_t n,
                        uint32_t *ids)
{
    enum { CHUNK = 4096 };
    char bytes[4 * CHUNK];
    sm_error error = {0};
    const unsigned size = s->meta.token_bytes;
    for (size_t take = 0; n; at += take, ids += take, n -= take) {
        take = n < CHUNK ? n : CHUNK;
        if (sm_frame_cache_read(set->cache, &s->frames, s->first_frame, at * size, bytes,
                                take * size, &error) < 0)
            fail_read(set, &error, take, ids);
        else
            tokens_unpack(bytes, size, take, ids);
    }
}

int sm_shards_fault(const sm_shards *set, sm_error *err)
{
    if (!set->fault || atomic_load(&set->fault->state) != SET) return SM_OK;
    return sm_error_set(err, set->fault->error.code, "%s", set->fault->error.text);
}

void sm_shards_read(const sm_shards *set, uint64_t first, size_t n, uint32_t *ids)
{
    while (n) {
        const shard *s = sm_shard_of_token(set, first);
        const uint64_t at = first - s->first_token;
        const uint64_t here = s->meta.tokens - at;
        const size_t take = here < n ? (size_t)here : n;
        const unsigned size = s->meta.token_bytes;
        if (set->cache)
            read_frames(set, s, at, take, ids);
        else
            tokens_unpack(s->maps[FILE_BIN].bytes.p + at * size, size, take, ids);
        ids += take;
        first += take;
        n -= take;
    }
}

bool sm_shards_is_target(const sm_shards *set, uint64_t token)
{
    const shard *s = sm_shard_of_token(set, token);
    const sm_span bits = s->meta.sections[SECTION_TARGETS];
    const uint64_t at = token - s->first_token;
    return !bits.p || ((uint8_t)bits.p[at / 8] >> at % 8 & 1);
}

/* The same as a weight: of a set without EOT the first token is an input only. */
static bool is_weighed(const sm_shards *set, uint64_t token)
{
    return (token > 0 || set->manifest.info.eot >= 0) && sm_shards_is_target(set, token);
}

/* Tokens of the ring: `first` and the n - 1 that follow. */
static void read_ring(const sm_shards *set, uint64_t first, size_t n, uint32_t *ids)
{
    const uint64_t tokens = set->manifest.info.tokens;
    for (first %= tokens; n; first = 0) {
        const size_t take = tokens - first < n ? (size_t)(tokens - first) : n;
        sm_shards_read(set, first, take, ids);
        ids += take;
        n -= take;
    }
}

void sm_shards_window(const sm_shards *set, const sm_windows *w, uint64_t s, uint32_t *input,
                      uint32_t *target, float *weight)
{
    const size_t n = (size_t)w->length;
    const uint64_t first = s * w->length + w->phase;
    read_ring(set, first + w->tokens - 1, n, input);
    read_ring(set, first, n, target);
    for (size_t t = 0; t < n; t++) {
        const uint64_t token = sm_windows_target(w, s, t);
        weight[t] = token != UINT64_MAX && is_weighed(set, token) ? 1.0F : 0.0F;
    }
}

uint64_t sm_shards_targets(const sm_shards *set, const sm_windows *w, uint64_t s)
{
    const sm_shards_info *info = &set->manifest.info;
    const uint64_t first = s * w->length;
    const uint64_t n = w->tokens - first < w->length ? w->tokens - first : w->length;
    if (info->eot >= 0 && !info->has_targets) return n;
    uint64_t count = 0;
    for (uint64_t t = 0; t < n; t++)
        count += is_weighed(set, sm_windows_target(w, s, t));
    return count;
}
