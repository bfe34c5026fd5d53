/* The sets of a run: opened, compared, packed, counted.
 * SPDX-License-Identifier: MIT */
#include "run/session.h"

#include <seimai/file.h>

#include <math.h>

static int manifest_hash(const char *dir, sm_hash128 *hash, sm_error *err)
{
    sm_map map = {0};
    char *path = run_path(dir, "manifest.json");
    const int status = sm_map_open(&map, path, err);
    sm_free(path);
    SM_TRY(status);
    *hash = sm_hash128_of(map.bytes);
    sm_map_close(&map);
    return SM_OK;
}

static int open_set(const session *s, const char *dir, sm_shards **set, sm_hash128 *hash,
                    sm_error *err)
{
    SM_TRY(manifest_hash(dir, hash, err));
    SM_TRY(sm_shards_open(set, dir, err));
    const sm_shards_info *info = sm_shards_about(*set);
    SM_TRY(sm_shards_complete(*set, err));
    if (info->vocab_size > s->o->model.vocab_size)
        SM_FAIL(err, SM_EUSAGE, "%s: ids of a vocabulary of %u, the model has %u", dir,
                info->vocab_size, s->o->model.vocab_size);
    return SM_OK;
}

/* All sets must mean the same by an id. */
static int compare_sets(const session *s, const sm_shards *set, const char *dir, sm_error *err)
{
    const sm_shards_info *const a = sm_shards_about(s->data[0]), *const b =
                                                                     sm_shards_about(set);
    if (a->has_tokenizer == b->has_tokenizer && a->vocab_size == b->vocab_size &&
        a->eot == b->eot && sm_hash128_equal(a->tokenizer_hash, b->tokenizer_hash))
        return SM_OK;
    SM_FAIL(err, SM_EUSAGE, "%s: made with another tokenizer than %s", dir,
            s->o->data.items[0].dir);
}

/* Of one set its own hash; of several that of their hashes and shares. */
static sm_hash128 hash_of_data(const session *s)
{
    const sm_hash128 *const hash = s->hashes;
    if (s->o->data.n == 1) return hash[0];
    sm_buffer text = sm_buffer_make(1 << 16);
    char hex[SM_HASH_HEX + 1];
    for (uint32_t i = 0; i < s->o->data.n; i++) {
        sm_hash128_hex(hash[i], hex);
        sm_buffer_printf(&text, "%s %llu\n", hex,
                         (unsigned long long)s->feed.from.mixture.weight[i]);
    }
    const sm_hash128 whole = sm_hash128_of(sm_buffer_span(&text));
    sm_buffer_free(&text);
    return whole;
}

static int open_training(session *s, sm_error *err)
{
    const sm_train_options *const o = s->o;
    uint64_t tokens[SM_MIXTURE_MOST];
    s->feed.leaves = o->leaves;
    s->feed.from = (sm_samples){.sets = s->data,
                                .packing = s->packing,
                                .by_leaf = o->pack == SM_PACK_NONE,
                                .seed = o->seed,
                                .length = o->length,
                                .rows = o->rows};
    for (uint32_t i = 0; i < o->data.n && i < SM_MIXTURE_MOST; i++) {
        SM_TRY(open_set(s, o->data.items[i].dir, s->opened + i, s->hashes + i, err));
        s->data[i] = s->opened[i];
        tokens[i] = sm_shards_about(s->data[i])->tokens;
        if (tokens[i] == 0)
            SM_FAIL(err, SM_EUSAGE, "%s: the set is empty", o->data.items[i].dir);
        SM_TRY(compare_sets(s, s->data[i], o->data.items[i].dir, err));
        SM_TRY(sm_samples_pack(&s->feed.from, s->data[i], o->pack, s->packed + i, err));
        s->packing[i] = s->packed[i];
    }
    SM_TRY(sm_shard_sources_mix(&o->data, tokens, &s->feed.from.mixture, err));
    s->state.data = hash_of_data(s);
    return SM_OK;
}

/* The steps that so many epochs take, the last one being filled from the epoch after them. */
static void resolve_steps(session *s)
{
    sm_train_options *const o = &s->own;
    const double samples = o->epochs * (double)sm_samples_epoch(&s->feed.from);
    if (o->steps > 0) return;
    o->steps = (uint64_t)ceil(samples / ((double)o->rows * (double)o->leaves));
    if (o->steps == 0) o->steps = 1;
}

/* Sets to look at only: made with the tokenizer of the data. */
static int open_watched(session *s, sm_error *err)
{
    const sm_train_options *const o = s->o;
    sm_hash128 hash;
    s->watched = sm_calloc(o->n_watch + 1, sizeof(sm_shards *));
    s->scores = sm_calloc(o->n_watch + 1, sizeof *s->scores);
    for (size_t i = 0; i < o->n_watch; i++) {
        s->scores[i].name = o->watch[i].name;
        SM_TRY(open_set(s, o->watch[i].dir, s->watched + i, &hash, err));
        SM_TRY(compare_sets(s, s->watched[i], o->watch[i].dir, err));
    }
    return SM_OK;
}

int session_data(session *s, sm_error *err)
{
    const sm_train_options *const o = s->o;
    SM_TRY(open_training(s, err));
    resolve_steps(s);
    SM_TRY(open_watched(s, err));
    if (!o->data.validation) return SM_OK;
    SM_TRY(open_set(s, o->data.validation, &s->validation, &s->state.validation, err));
    return compare_sets(s, s->validation, o->data.validation, err);
}

void session_close_data(session *s)
{
    for (uint32_t i = 0; i < SM_MIXTURE_MOST; i++) {
        sm_packing_free(s->packed[i]);
        sm_shards_close(s->opened[i]);
    }
    for (size_t i = 0; s->watched && i < s->o->n_watch; i++)
        sm_shards_close(s->watched[i]);
    sm_free(s->watched);
    sm_free(s->scores);
    sm_shards_close(s->validation);
}
