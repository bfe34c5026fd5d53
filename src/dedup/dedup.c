/* The collection of kept documents: its options, and signing. See seimai/dedup.h.
 * SPDX-License-Identifier: MIT */
#include "dedup_core.h"

#include <string.h>

/* ---- options ------------------------------------------------------------------------------- */

sm_dedup_options sm_dedup_defaults(void)
{
    return (sm_dedup_options){
        .threshold = .8,
        .shingle = 5,
        .bucket_cap = 32,
        .view = SM_VIEW_JA,
        .verify = SM_VERIFY_EXACT,
        .seed = 1,
        .memory = (size_t)1 << 30,
    };
}

int dedup_settle(sm_dedup_options *o, sm_error *err)
{
    if (!(o->threshold > 0 && o->threshold <= 1))
        SM_FAIL(err, SM_EUSAGE, "threshold %g: must be above 0 and at most 1", o->threshold);
    if (o->shingle < 1 || o->shingle > SM_SHINGLE_MAX)
        SM_FAIL(err, SM_EUSAGE, "shingle %u: must be 1 to %d", o->shingle, SM_SHINGLE_MAX);
    if (o->bucket_cap < 1) SM_FAIL(err, SM_EUSAGE, "bucket cap 0: must be at least 1");
    if ((o->bands == 0) != (o->rows == 0))
        SM_FAIL(err, SM_EUSAGE, "bands %u, rows %u: give both or none", o->bands, o->rows);
    if (o->bands == 0) sm_lsh_choose(o->threshold, &o->bands, &o->rows);
    if ((uint64_t)o->bands * o->rows > SM_MINHASH_MAX)
        SM_FAIL(err, SM_EUSAGE, "bands %u, rows %u: more than %d permutations", o->bands,
                o->rows, SM_MINHASH_MAX);
    return SM_OK;
}

store_options dedup_store_options(const sm_dedup_options *o)
{
    static const payload_kind payloads[] = {PAYLOAD_SET, PAYLOAD_SIGNATURE, PAYLOAD_NONE};
    return (store_options){
        .bands = o->exact_only ? 0 : o->bands,
        .cap = o->bucket_cap,
        .payload = o->exact_only ? PAYLOAD_NONE : payloads[o->verify],
        .signature = o->bands * o->rows,
        .memory = o->memory,
        .folder = o->folder,
    };
}

sm_dedup *dedup_over(const sm_dedup_options *settled, store *s)
{
    sm_dedup *d = sm_calloc(1, sizeof *d);
    d->set = *settled;
    d->permutations = sm_minhash_new(settled->bands * settled->rows, settled->seed);
    d->members = sm_calloc(settled->bands, sizeof *d->members);
    d->store = s;
    return d;
}

int sm_dedup_new(sm_dedup **dedup, const sm_dedup_options *options, sm_error *err)
{
    sm_dedup_options settled = *options;
    SM_TRY(dedup_settle(&settled, err));
    const store_options o = dedup_store_options(&settled);
    *dedup = dedup_over(&settled, store_new(&o));
    return SM_OK;
}

void sm_dedup_free(sm_dedup *d)
{
    if (!d) return;
    sm_minhash_free(d->permutations);
    store_free(d->store);
    store_reader_fini(&d->reader);
    sm_lsh_hits_free(&d->hits);
    sm_lsh_hits_free(&d->seen);
    sm_free(d->members);
    sm_free(d);
}

const sm_dedup_options *sm_dedup_settled(const sm_dedup *d)
{
    return &d->set;
}

sm_dedup_counts sm_dedup_count(const sm_dedup *d)
{
    sm_dedup_counts counts = d->counts;
    counts.bytes = store_bytes(d->store);
    counts.disk_bytes = store_disk_bytes(d->store);
    counts.flushes = d->store->flushes;
    counts.merges = d->store->merges;
    return counts;
}

/* ---- sign ---------------------------------------------------------------------------------- */

sm_dedup_signer *sm_dedup_signer_new(const sm_dedup *dedup)
{
    const sm_dedup_options *o = &dedup->set;
    sm_dedup_signer *s = sm_calloc(1, sizeof *s);
    s->dedup = dedup;
    s->shingler = sm_shingler_new(o->view, o->shingle);
    if (o->morph) {
        s->tagger = sm_tagger_new(o->morph);
        sm_shingler_use_words(s->shingler, s->tagger);
    }
    s->signature = sm_malloc((size_t)o->bands * o->rows * sizeof *s->signature);
    return s;
}

void sm_dedup_signer_free(sm_dedup_signer *s)
{
    if (!s) return;
    sm_shingler_free(s->shingler);
    sm_tagger_free(s->tagger);
    sm_free(s->signature);
    sm_free(s->points);
    store_reader_fini(&s->reader);
    sm_free(s);
}

const sm_dedup_options *sm_dedup_signer_options(const sm_dedup_signer *s)
{
    return &s->dedup->set;
}

static void *copy(sm_arena *arena, const void *p, size_t bytes)
{
    return memcpy(sm_arena_alloc(arena, bytes), p, bytes);
}

static sm_hash128 hash_view(sm_dedup_signer *s, sm_span text)
{
    while (s->cap_points < text.n) {
        s->points = sm_array_grow(s->points, s->cap_points, &s->cap_points, sizeof *s->points);
    }
    const size_t n = text.n ? sm_view_points(s->dedup->set.view, text, s->points) : 0;
    return sm_hash128_of((sm_span){(const char *)s->points, n * sizeof *s->points});
}

static void sign_set(sm_dedup_signer *s, const uint64_t *set, size_t n, sm_arena *arena,
                     sm_dedup_item *item)
{
    const sm_dedup_options *o = &s->dedup->set;
    const size_t permutations = (size_t)o->bands * o->rows;
    uint64_t *keys = sm_arena_alloc(arena, o->bands * sizeof *keys);
    sm_minhash_sign(s->dedup->permutations, set, n, s->signature);
    sm_lsh_keys(s->signature, o->bands, o->rows, keys);
    item->n_set = n;
    item->keys = keys;
    if (o->verify == SM_VERIFY_EXACT) item->set = copy(arena, set, n * sizeof *set);
    if (o->verify == SM_VERIFY_SIGNATURE)
        item->entries = copy(arena, s->signature, permutations * sizeof *s->signature);
}

void sm_dedup_sign(sm_dedup_signer *s, sm_span text, sm_arena *arena, sm_dedup_item *item)
{
    const sm_dedup_options *o = &s->dedup->set;
    const uint64_t *set = NULL;
    *item = (sm_dedup_item){.arena = arena};
    item->text = o->normalized ? hash_view(s, text) : sm_hash128_of(text);
    if (o->exact_only) return;
    const size_t n = sm_shingle_set(s->shingler, text, &set);
    if (n > 0) sign_set(s, set, n, arena, item);
}
