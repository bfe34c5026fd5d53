/* The collection of kept documents: equal texts by a table of hashes, similar ones by buckets.
 * SPDX-License-Identifier: MIT */
#include "exact.h"

#include <seimai/dedup.h>
#include <seimai/lsh.h>

#include <sched.h>
#include <stdatomic.h>
#include <string.h>

/* What is remembered of a kept document; the pointers lead into the collection's arena. */
typedef struct kept {
    sm_span id;
    const uint64_t *set;
    const uint32_t *entries;
    size_t n_set;
} kept;

struct sm_dedup_candidate {
    uint32_t document;
    double similarity; /* UNKNOWN until it is measured */
    kept with;         /* a copy: the array of kept documents may move meanwhile */
};

static const double UNKNOWN = -1;

struct sm_dedup {
    sm_dedup_options set;
    sm_minhash *permutations;
    sm_lsh *lsh;
    exact_table texts;
    kept *kept;
    size_t n_kept, cap_kept;
    sm_lsh_hits hits, seen; /* scratch of decide, of lookup */
    atomic_flag changing;   /* held while lookup reads, and while decide adds */
    sm_dedup_counts counts;
    sm_arena arena;
};

struct sm_dedup_signer {
    const sm_dedup *dedup;
    sm_shingler *shingler;
};

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

static int settle(sm_dedup_options *o, sm_error *err)
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

int sm_dedup_new(sm_dedup **dedup, const sm_dedup_options *options, sm_error *err)
{
    sm_dedup_options settled = *options;
    SM_TRY(settle(&settled, err));
    sm_dedup *d = sm_calloc(1, sizeof *d);
    d->set = settled;
    d->permutations = sm_minhash_new(settled.bands * settled.rows, settled.seed);
    d->lsh = sm_lsh_new(settled.bands, settled.bucket_cap);
    exact_init(&d->texts);
    atomic_flag_clear(&d->changing);
    *dedup = d;
    return SM_OK;
}

void sm_dedup_free(sm_dedup *d)
{
    if (!d) return;
    sm_minhash_free(d->permutations);
    sm_lsh_free(d->lsh);
    sm_lsh_hits_free(&d->hits);
    sm_lsh_hits_free(&d->seen);
    exact_fini(&d->texts);
    sm_free(d->kept);
    sm_arena_free(&d->arena);
    sm_free(d);
}

const sm_dedup_options *sm_dedup_settled(const sm_dedup *d)
{
    return &d->set;
}

static size_t bytes_held(const sm_dedup *d)
{
    return d->arena.total + sm_lsh_bytes(d->lsh) + exact_bytes(&d->texts) +
           d->cap_kept * sizeof *d->kept;
}

sm_dedup_counts sm_dedup_count(const sm_dedup *d)
{
    sm_dedup_counts counts = d->counts;
    counts.kept = d->n_kept;
    counts.bytes = bytes_held(d);
    return counts;
}

/* ---- sign ---------------------------------------------------------------------------------- */

sm_dedup_signer *sm_dedup_signer_new(const sm_dedup *dedup)
{
    sm_dedup_signer *s = sm_calloc(1, sizeof *s);
    s->dedup = dedup;
    s->shingler = sm_shingler_new(dedup->set.view, dedup->set.shingle);
    return s;
}

void sm_dedup_signer_free(sm_dedup_signer *s)
{
    if (!s) return;
    sm_shingler_free(s->shingler);
    sm_free(s);
}

static void *copy(sm_arena *arena, const void *p, size_t bytes)
{
    return memcpy(sm_arena_alloc(arena, bytes), p, bytes);
}

void sm_dedup_sign(sm_dedup_signer *s, sm_span text, sm_arena *arena, sm_dedup_item *item)
{
    const sm_dedup_options *o = &s->dedup->set;
    *item = (sm_dedup_item){.text = sm_hash128_of(text)};
    if (o->exact_only) return;
    const uint64_t *set = NULL;
    const size_t n = sm_shingle_set(s->shingler, text, &set);
    if (n == 0) return;

    uint32_t *entries = sm_arena_alloc(arena, (size_t)o->bands * o->rows * sizeof *entries);
    uint64_t *keys = sm_arena_alloc(arena, o->bands * sizeof *keys);
    sm_minhash_sign(s->dedup->permutations, set, n, entries);
    sm_lsh_keys(entries, o->bands, o->rows, keys);
    item->n_set = n;
    item->keys = keys;
    item->entries = entries;
    if (o->verify == SM_VERIFY_EXACT) item->set = copy(arena, set, n * sizeof *set);
}

/* ---- lookup and compare -------------------------------------------------------------------- */

void sm_dedup_lookup(sm_dedup *d, sm_dedup_item *item, sm_arena *arena)
{
    if (item->n_set == 0) return;
    if (atomic_flag_test_and_set(&d->changing)) return; /* decide will measure what we skip */
    sm_lsh_find(d->lsh, item->keys, &d->seen);
    item->n_candidates = d->seen.n;
    item->candidates = sm_arena_alloc(arena, d->seen.n * sizeof *item->candidates);
    for (size_t i = 0; i < d->seen.n; i++) {
        const uint32_t document = d->seen.documents[i];
        item->candidates[i] = (struct sm_dedup_candidate){document, UNKNOWN, d->kept[document]};
    }
    atomic_flag_clear(&d->changing);
}

/* measure gives the similarity, or at least a number below the threshold where it must lie below. */
static double measure(const sm_dedup_options *o, const sm_dedup_item *item, const kept *k)
{
    if (o->verify == SM_VERIFY_SIGNATURE)
        return sm_minhash_similarity(item->entries, k->entries, o->bands * o->rows);
    const double limit = sm_jaccard_limit(item->n_set, k->n_set);
    if (limit < o->threshold) return 0;
    return sm_jaccard(item->set, item->n_set, k->set, k->n_set);
}

void sm_dedup_compare(const sm_dedup_signer *s, sm_dedup_item *item)
{
    const sm_dedup_options *o = &s->dedup->set;
    for (size_t i = 0; i < item->n_candidates; i++) {
        struct sm_dedup_candidate *c = &item->candidates[i];
        c->similarity = measure(o, item, &c->with);
        if (c->similarity >= o->threshold) return;
    }
}

/* ---- decide -------------------------------------------------------------------------------- */

/* The similarity as compare found it, or measured now. Both lists ascend; *next walks along the
 * candidates that lookup saw, to which later ones have been added since. */
static double similarity(const sm_dedup *d, const sm_dedup_item *item, uint32_t document,
                         size_t *next)
{
    while (*next < item->n_candidates && item->candidates[*next].document < document) {
        ++*next;
    }
    if (*next < item->n_candidates) {
        const struct sm_dedup_candidate *c = &item->candidates[*next];
        if (c->document == document && c->similarity >= 0) return c->similarity;
    }
    return measure(&d->set, item, &d->kept[document]);
}

static bool find_near(sm_dedup *d, const sm_dedup_item *item, sm_match *match)
{
    if (item->n_set == 0) return false;
    sm_lsh_find(d->lsh, item->keys, &d->hits);
    d->counts.candidates += d->hits.n;
    for (size_t i = 0, next = 0; i < d->hits.n; i++) {
        const uint32_t document = d->hits.documents[i];
        const double found = similarity(d, item, document, &next);
        d->counts.verified++;
        if (found < d->set.threshold) continue;
        *match = (sm_match){SM_MATCH_NEAR, d->kept[document].id, found};
        return true;
    }
    return false;
}

/* keep remembers the item as kept document number n_kept. */
static void keep(sm_dedup *d, const sm_dedup_item *item, sm_span id)
{
    const size_t entries = (size_t)d->set.bands * d->set.rows;
    kept k = {.id = sm_arena_copy(&d->arena, id), .n_set = item->n_set};
    if (item->set) k.set = copy(&d->arena, item->set, item->n_set * sizeof *k.set);
    if (item->entries && !item->set)
        k.entries = copy(&d->arena, item->entries, entries * sizeof *k.entries);

    while (atomic_flag_test_and_set(&d->changing)) { /* by a lookup, for some microseconds */
        (void)sched_yield();
    }
    exact_insert(&d->texts, item->text, (uint32_t)d->n_kept);
    if (item->n_set > 0)
        d->counts.capped += sm_lsh_insert(d->lsh, item->keys, (uint32_t)d->n_kept);
    d->kept = sm_array_grow(d->kept, d->n_kept, &d->cap_kept, sizeof *d->kept);
    d->kept[d->n_kept++] = k;
    atomic_flag_clear(&d->changing);
}

static int check_room(const sm_dedup *d, sm_error *err)
{
    if (d->n_kept >= UINT32_MAX - 1) SM_FAIL(err, SM_ELIMIT, "more than 2^32 kept documents");
    if (bytes_held(d) > d->set.memory)
        SM_FAIL(err, SM_ELIMIT, "%zu kept documents fill the memory of %zu MiB (--memory)",
                d->n_kept, d->set.memory >> 20);
    return SM_OK;
}

int sm_dedup_decide(sm_dedup *d, const sm_dedup_item *item, sm_span id, sm_match *match,
                    sm_error *err)
{
    *match = (sm_match){.kind = SM_MATCH_NONE};
    d->counts.documents++;
    d->counts.short_texts += item->n_set == 0 && !d->set.exact_only;
    uint32_t document = 0;
    if (exact_find(&d->texts, item->text, &document)) {
        *match = (sm_match){SM_MATCH_EXACT, d->kept[document].id, 1};
        d->counts.exact++;
        return SM_OK;
    }
    if (find_near(d, item, match)) {
        d->counts.near++;
        return SM_OK;
    }
    SM_TRY(check_room(d, err));
    keep(d, item, id);
    return SM_OK;
}
