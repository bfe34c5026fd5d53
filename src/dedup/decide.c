/* Looking up, comparing and deciding. See seimai/dedup.h.
 * SPDX-License-Identifier: MIT */
#include "dedup_core.h"

#include <string.h>

static const double UNKNOWN = -1;

static store_key key_of(const sm_dedup_item *item)
{
    return (store_key){item->text, item->url, item->has_url, item->n_set ? item->keys : NULL};
}

/* ---- lookup and compare -------------------------------------------------------------------- */

static void note(sm_dedup_item *item, const sm_lsh_hits *hits)
{
    item->n_candidates = hits->n;
    item->candidates = sm_arena_alloc(item->arena, hits->n * sizeof *item->candidates);
    for (size_t i = 0; i < hits->n; i++)
        item->candidates[i] = (struct sm_dedup_candidate){hits->documents[i], UNKNOWN};
}

void sm_dedup_lookup(sm_dedup *d, sm_dedup_item *item)
{
    const store_key key = key_of(item);
    if (!key.bands) return;
    store_find_recent(d->store, &key, &d->seen);
    note(item, &d->seen);
}

/* Gives the similarity, or at least a number below the threshold where it must lie below. */
static int measure(const sm_dedup *d, store_reader *r, const sm_dedup_item *item,
                   uint32_t document, double *similarity, sm_error *err)
{
    const sm_dedup_options *o = &d->set;
    kept_view kept = {0};
    *similarity = 1;
    if (o->verify == SM_VERIFY_NONE) return SM_OK;
    SM_TRY(store_size(d->store, document, r, &kept.n_set, err));
    *similarity = 0;
    if (kept.n_set == 0) return SM_OK;
    if (o->verify == SM_VERIFY_EXACT &&
        sm_jaccard_limit(item->n_set, kept.n_set) < o->threshold)
        return SM_OK;
    SM_TRY(store_read(d->store, document, r, &kept, err));
    if (o->verify == SM_VERIFY_SIGNATURE)
        *similarity = sm_minhash_similarity(item->entries, kept.payload, o->bands * o->rows);
    else
        *similarity = sm_jaccard(item->set, item->n_set, kept.payload, kept.n_set);
    return SM_OK;
}

/* Adds what the runs know to what lookup noted. */
static int find_in_runs(const sm_dedup *d, store_reader *r, sm_dedup_item *item, sm_error *err)
{
    const store_key key = key_of(item);
    store_found found = {0};
    r->hits.n = 0;
    found.members = sm_arena_zalloc(item->arena, d->set.bands, sizeof *found.members);
    SM_TRY(store_find_runs(d->store, &key, r, &found, err));
    item->below = found.below;
    item->members = found.members;
    item->same_text = found.text;
    item->same_url = found.url;
    if (r->hits.n == 0) return SM_OK;
    for (size_t i = 0; i < item->n_candidates; i++)
        sm_lsh_hits_add(&r->hits, item->candidates[i].document);
    sm_lsh_hits_sort(&r->hits);
    note(item, &r->hits);
    return SM_OK;
}

static int compare(sm_dedup_signer *s, sm_dedup_item *item, sm_error *err)
{
    const sm_dedup *d = s->dedup;
    if (d->store->in_runs > 0) SM_TRY(find_in_runs(d, &s->reader, item, err));
    if (item->same_text || item->same_url) return SM_OK;
    for (size_t i = 0; i < item->n_candidates; i++) {
        struct sm_dedup_candidate *c = &item->candidates[i];
        SM_TRY(measure(d, &s->reader, item, c->document, &c->similarity, err));
        if (c->similarity >= d->set.threshold) return SM_OK;
    }
    return SM_OK;
}

int sm_dedup_compare(sm_dedup_signer *s, sm_dedup_item *item, sm_error *err)
{
    store_enter(s->dedup->store);
    const int status = compare(s, item, err);
    store_leave(s->dedup->store);
    return status;
}

/* ---- decide -------------------------------------------------------------------------------- */

/* The similarity as compare found it, or measured now. Both lists ascend; *next walks along the
 * candidates that compare saw, to which later ones have been added since. */
static int similarity(sm_dedup *d, const sm_dedup_item *item, uint32_t document, size_t *next,
                      double *found, sm_error *err)
{
    while (*next < item->n_candidates && item->candidates[*next].document < document) {
        ++*next;
    }
    if (*next < item->n_candidates) {
        const struct sm_dedup_candidate *c = &item->candidates[*next];
        *found = c->similarity;
        if (c->document == document && c->similarity >= 0) return SM_OK;
    }
    return measure(d, &d->reader, item, document, found, err);
}

/* The match's id lies in the reader's scratch, or in a segment. */
static int set_match(sm_dedup *d, sm_match_kind kind, uint32_t document, double found,
                     sm_match *match, sm_error *err)
{
    kept_view kept = {0};
    SM_TRY(store_read(d->store, document, &d->reader, &kept, err));
    *match = (sm_match){.kind = kind, .kept = kept.id, .similarity = found};
    return SM_OK;
}

/* d->hits: all members of the item's buckets, ascending. */
static int find_near(sm_dedup *d, const sm_dedup_item *item, sm_match *match, sm_error *err)
{
    double found = 0;
    d->counts.candidates += d->hits.n;
    for (size_t i = 0, next = 0; i < d->hits.n; i++) {
        const uint32_t document = d->hits.documents[i];
        SM_TRY(similarity(d, item, document, &next, &found, err));
        d->counts.verified++;
        if (found < d->set.threshold) continue;
        d->counts.near++;
        return set_match(d, SM_MATCH_NEAR, document, found, match, err);
    }
    return SM_OK;
}

/* Completes what compare found: what became a run since, and the tables. */
static int find_all(sm_dedup *d, const sm_dedup_item *item, store_found *found, sm_error *err)
{
    const store_key key = key_of(item);
    d->reader.hits.n = 0;
    SM_TRY(store_find_runs(d->store, &key, &d->reader, found, err));
    store_find_tables(d->store, &key, found, &d->hits);
    if (d->store->in_runs == 0) return SM_OK;
    for (size_t i = 0; i < d->reader.hits.n; i++)
        sm_lsh_hits_add(&d->hits, d->reader.hits.documents[i]);
    for (size_t i = 0; i < item->n_candidates; i++)
        sm_lsh_hits_add(&d->hits, item->candidates[i].document);
    sm_lsh_hits_sort(&d->hits);
    return SM_OK;
}

static int keep(sm_dedup *d, const sm_dedup_item *item, const uint32_t *members, sm_span id,
                sm_error *err)
{
    const store_key key = key_of(item);
    const void *payload = item->set ? (const void *)item->set : item->entries;
    if (item->n_set > UINT32_MAX || id.n > UINT32_MAX)
        SM_FAIL(err, SM_ELIMIT, "a document of more than 2^32 shingles");
    const kept_view kept = {id, payload, (uint32_t)item->n_set};
    store_add(d->store, &key, members, &kept, &d->counts.capped);
    d->counts.kept++;
    return SM_OK;
}

int sm_dedup_decide(sm_dedup *d, const sm_dedup_item *item, sm_span id, sm_match *match,
                    sm_error *err)
{
    store_found found = {item->below, item->same_text, item->same_url, item->members};
    *match = (sm_match){.kind = SM_MATCH_NONE};
    d->counts.documents++;
    d->counts.short_texts += item->n_set == 0 && !d->set.exact_only;
    if (!found.members) {
        found.members = d->members;
        memset(d->members, 0, d->set.bands * sizeof *d->members);
    }
    SM_TRY(store_make_room(d->store, err));
    SM_TRY(find_all(d, item, &found, err));
    if (found.text) {
        d->counts.exact++;
        return set_match(d, SM_MATCH_EXACT, found.text - 1, 1, match, err);
    }
    if (found.url) {
        d->counts.url++;
        return set_match(d, SM_MATCH_URL, found.url - 1, 1, match, err);
    }
    SM_TRY(find_near(d, item, match, err));
    return match->kind == SM_MATCH_NONE ? keep(d, item, found.members, id, err) : SM_OK;
}
