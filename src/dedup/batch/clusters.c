/* Union-find over verified pairs. The rule is in clusters.h.
 * SPDX-License-Identifier: MIT
 *
 * Beside the union-find stands a forest of the matches themselves: each document points to one that it was compared
 * with. When two trees meet, the path from the joining document to its root is turned round, so that every link
 * stays a pair whose similarity was measured; in the end the path of the document that stays is. */
#include "clusters.h"

#include "outcome.h"
#include "store/store.h"
#include "walk.h"

#include <stdlib.h>
#include <string.h>

#define NOBODY UINT32_MAX

typedef struct member {
    uint64_t number; /* in the whole job */
    sm_hash128 text;
    sm_span id;
    double preference;
    double similarity; /* with the one it links to */
    uint32_t parent;   /* union-find */
    uint32_t link;     /* NOBODY: the root of its tree */
    sm_match_kind kind;
} member;

typedef struct clusters {
    const sm_match_job *job;
    store *store; /* one document of each text */
    store_reader reader;
    sm_lsh_hits recent;
    member *members; /* the flagged documents in the order of the inputs */
    size_t n, cap;
    uint32_t *stored; /* number in the store → member */
    size_t n_stored, cap_stored;
    sm_match_counts *counts;
    sm_arena ids, one; /* of the run, of one document */
} clusters;

/* ---- union-find and the forest -------------------------------------------------------------- */

static uint32_t find_root(clusters *c, uint32_t i)
{
    while (c->members[i].parent != i) {
        c->members[i].parent = c->members[c->members[i].parent].parent;
        i = c->members[i].parent;
    }
    return i;
}

/* Turns the path from i to the root of its tree round, so that i is the root. */
static void make_root(clusters *c, uint32_t i)
{
    member before = {.link = NOBODY};
    for (uint32_t at = i, last = NOBODY; at != NOBODY;) {
        member *m = &c->members[at];
        const member old = *m;
        m->link = last;
        m->similarity = before.similarity;
        m->kind = before.kind;
        before = old;
        last = at;
        at = old.link;
    }
}

static void join(clusters *c, uint32_t later, uint32_t earlier, sm_match_kind kind,
                 double similarity)
{
    const uint32_t a = find_root(c, later), b = find_root(c, earlier);
    if (a == b) return;
    c->members[a > b ? a : b].parent = a > b ? b : a; /* the first of a cluster stands for it */
    const bool is_fresh = c->members[later].link == NOBODY;
    const uint32_t from = is_fresh ? later : earlier, to = is_fresh ? earlier : later;
    make_root(c, from);
    c->members[from].link = to;
    c->members[from].kind = kind;
    c->members[from].similarity = similarity;
}

/* ---- comparing ------------------------------------------------------------------------------ */

static int measure(clusters *c, const sm_dedup_item *item, uint32_t document,
                   double *similarity, sm_error *err)
{
    const sm_dedup_options *o = &c->job->settled;
    uint32_t n_set = 0;
    kept_view with;
    *similarity = 1;
    if (o->verify == SM_VERIFY_NONE) return SM_OK;
    SM_TRY(store_size(c->store, document, &c->reader, &n_set, err));
    *similarity = 0;
    if (o->verify == SM_VERIFY_EXACT && sm_jaccard_limit(item->n_set, n_set) < o->threshold)
        return SM_OK;
    SM_TRY(store_read(c->store, document, &c->reader, &with, err));
    *similarity = o->verify == SM_VERIFY_EXACT
                      ? sm_jaccard(item->set, item->n_set, with.payload, with.n_set)
                      : sm_minhash_similarity(item->entries, with.payload, o->bands * o->rows);
    return SM_OK;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Compares with the members of the buckets, the first of them first. */
static int compare(clusters *c, const sm_dedup_item *item, uint32_t self, sm_error *err)
{
    sm_lsh_hits *hits = &c->reader.hits;
    for (size_t i = 0; i < c->recent.n; i++) {
        hits->documents =
            sm_array_grow(hits->documents, hits->n, &hits->cap, sizeof *hits->documents);
        hits->documents[hits->n++] = c->recent.documents[i];
    }
    if (hits->n > 1) qsort(hits->documents, hits->n, sizeof *hits->documents, by_number);
    uint32_t last = NOBODY;
    for (size_t i = 0; i < hits->n; i++) {
        const uint32_t document = hits->documents[i];
        double similarity = 0;
        if (document == last) continue; /* in more than one bucket */
        last = document;
        c->counts->candidates++;
        const uint32_t other = c->stored[document];
        if (find_root(c, self) == find_root(c, other)) continue;
        SM_TRY(measure(c, item, document, &similarity, err));
        c->counts->verified++;
        if (similarity >= c->job->settled.threshold)
            join(c, self, other, SM_MATCH_NEAR, similarity);
    }
    return SM_OK;
}

/* ---- one document after the other ----------------------------------------------------------- */

static int add_member(clusters *c, const flagged_doc *d, uint32_t *self, sm_error *err)
{
    const size_t held = c->cap * sizeof *c->members + c->cap_stored * sizeof *c->stored;
    if (held + c->ids.total > c->job->options.memory / 2 || c->n >= NOBODY)
        SM_FAIL(err, SM_ELIMIT,
                "%zu documents in clusters fill half of the memory of %zu MiB (--memory)", c->n,
                c->job->options.memory >> 20);
    *self = (uint32_t)c->n;
    c->members = sm_array_grow(c->members, c->n, &c->cap, sizeof *c->members);
    c->members[c->n++] = (member){.number = d->number,
                                  .text = d->text,
                                  .id = sm_arena_copy(&c->ids, d->id),
                                  .preference = d->preference,
                                  .parent = *self,
                                  .link = NOBODY};
    return SM_OK;
}

static int find(clusters *c, const store_key *key, store_found *found, sm_error *err)
{
    *found = (store_found){0};
    found->members = sm_arena_zalloc(&c->one, c->job->bands + 1, sizeof *found->members);
    c->reader.hits.n = 0;
    SM_TRY(store_find_runs(c->store, key, &c->reader, found, err));
    store_find_tables(c->store, key, found, &c->recent);
    return SM_OK;
}

/* The same URL joins, and the text is compared all the same. *is_known tells that the store has the URL: as such,
 * or in a text's place, where the text was there already. */
static int join_url(clusters *c, const flagged_doc *d, uint32_t self, bool *is_known,
                    sm_error *err)
{
    store_found found;
    const store_key key = {.text = d->text, .url = d->url, .has_url = d->has_url};
    *is_known = false;
    if (!d->has_url) return SM_OK;
    SM_TRY(find(c, &key, &found, err));
    uint32_t with = found.url;
    if (with == 0) {
        SM_TRY(find(c, &(store_key){.text = d->url}, &found, err));
        with = found.text;
    }
    *is_known = with > 0;
    if (*is_known) join(c, self, c->stored[with - 1], SM_MATCH_URL, 1);
    return SM_OK;
}

static void store_item(clusters *c, const store_key *key, const store_found *found,
                       const sm_dedup_item *item, uint32_t self)
{
    const bool exact = c->job->settled.verify == SM_VERIFY_EXACT;
    const kept_view doc = {.payload = exact ? (const void *)item->set : item->entries,
                           .n_set = (uint32_t)item->n_set};
    c->stored = sm_array_grow(c->stored, c->n_stored, &c->cap_stored, sizeof *c->stored);
    c->stored[c->n_stored++] = self;
    store_add(c->store, key, found->members, &doc, &c->counts->capped);
}

static int take(void *state, const flagged_doc *d, sm_error *err)
{
    clusters *c = state;
    sm_dedup_item item;
    store_found found;
    uint32_t self = 0;
    bool has_known_url = false;
    sm_arena_reset(&c->one);
    SM_TRY(add_member(c, d, &self, err));
    SM_TRY(walk_item(d, &c->one, &item, err));
    SM_TRY(store_make_room(c->store, err));
    SM_TRY(join_url(c, d, self, &has_known_url, err));
    store_key key = {.text = d->text, .bands = d->n_set > 0 ? d->keys : NULL};
    SM_TRY(find(c, &key, &found, err));
    if (found.text == 0 && key.bands) SM_TRY(compare(c, &item, self, err));
    if (found.text > 0) join(c, self, c->stored[found.text - 1], SM_MATCH_EXACT, 1);
    if (found.text > 0 && (!d->has_url || has_known_url)) return SM_OK;
    key.url = d->url;
    key.has_url = d->has_url && !has_known_url;
    if (found.text > 0)
        key = (store_key){.text = d->url}; /* the text is there: under its URL alone */
    store_item(c, &key, &found, &item, self);
    return SM_OK;
}

/* ---- the outcome ---------------------------------------------------------------------------- */

static bool is_preferred(const member *a, const member *b)
{
    if (a->preference > b->preference) return true;
    return a->preference >= b->preference && a->number < b->number;
}

/* Makes the preferred document of each cluster the root of its tree; best[i] is that of the cluster which i stands
 * for. */
static uint32_t *choose(clusters *c)
{
    uint32_t *best = sm_malloc((c->n + 1) * sizeof *best);
    for (uint32_t i = 0; i < c->n; i++)
        best[i] = NOBODY;
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t *b = &best[find_root(c, i)];
        if (*b == NOBODY || is_preferred(&c->members[i], &c->members[*b])) *b = i;
    }
    for (uint32_t i = 0; i < c->n; i++) {
        if (best[i] != NOBODY) make_root(c, best[i]);
    }
    return best;
}

static int write_clusters(clusters *c, outcome *o, sm_error *err)
{
    uint32_t *best = choose(c);
    int status = SM_OK;
    for (uint32_t i = 0; i < c->n && status == SM_OK; i++) {
        const member *m = &c->members[i], *kept = &c->members[best[find_root(c, i)]];
        if (m == kept) continue;
        const sm_decision d = {.document = m->number,
                               .text = m->text,
                               .kind = m->kind,
                               .similarity = m->similarity,
                               .kept = kept->id,
                               .by = c->members[m->link].id};
        status = outcome_drop(o, &d, kept->number, err);
    }
    sm_free(best);
    return status == SM_OK ? outcome_write(o, c->counts, err) : status;
}

static store *make_store(const sm_match_job *job)
{
    static const payload_kind kinds[] = {[SM_VERIFY_EXACT] = PAYLOAD_SET,
                                         [SM_VERIFY_SIGNATURE] = PAYLOAD_SIGNATURE,
                                         [SM_VERIFY_NONE] = PAYLOAD_NONE};
    const sm_dedup_options *o = &job->settled;
    return store_new(
        &(store_options){.bands = job->bands,
                         .cap = o->bucket_cap,
                         .payload = job->bands > 0 ? kinds[o->verify] : PAYLOAD_NONE,
                         .signature = o->bands * o->rows,
                         .memory = job->options.memory / 4,
                         .folder = job->folder});
}

int decide_transitive(const sm_match_job *job, sm_match_counts *counts, sm_error *err)
{
    clusters c = {.job = job, .counts = counts, .store = make_store(job)};
    outcome o;
    outcome_init(&o, job, job->options.memory / 8);
    int status = walk_flagged(job, 0, take, &c, counts, err);
    if (status == SM_OK) status = write_clusters(&c, &o, err);
    outcome_fini(&o);
    store_free(c.store);
    store_reader_fini(&c.reader);
    sm_lsh_hits_free(&c.recent);
    sm_free(c.members);
    sm_free(c.stored);
    sm_arena_free(&c.ids);
    sm_arena_free(&c.one);
    return status;
}
