/* The training loop: take the best pair, merge it everywhere, settle its neighbours.
 * SPDX-License-Identifier: MIT
 *
 * A merge (a, b) -> t at one place changes three junctions: (x, a) and (b, y) lose an occurrence, (x, t) and
 * (t, y) gain one. All losses of a merge are summed by x and by y first, and so are the gains: the table of
 * pairs is asked once for each neighbour, not once for each place. A pair that holds t can only gain
 * while t is being made, so its list of places is complete and has its final size from the start, and one
 * below min_count need not be kept at all. */
#include <seimai/bpe_train.h>

#include "pairs.h"
#include "places.h"

#include <math.h>
#include <string.h>

enum { BYTES = 256, UNIT = 1000 /* priorities are kept in thousandths */ };

/* What a merge does to the junctions with one neighbour. */
typedef struct change {
    int64_t count, crossings;
    uint32_t n;     /* occurrences */
    uint32_t *fill; /* where the next place goes */
} change;

typedef struct side {
    change *by;        /* [symbols], of the neighbour */
    uint32_t *touched; /* neighbours with a change */
    size_t n_touched;
} side;

typedef struct trainer {
    const sm_bpe_options *options;
    int64_t weight, lowest; /* thousandths */
    bool soft;              /* crossings weigh */
    places text;
    pairs pairs;
    uint32_t *length, *chars; /* [symbols] bytes, and characters that begin in them */
    side left, right;
    sm_arena lists;
    sm_merges *out;
} trainer;

static int64_t priority(const trainer *t, const pair *p)
{
    return p->count * UNIT - (t->soft ? t->weight * p->crossings : 0);
}

static void offer(trainer *t, pair *p)
{
    const int64_t now = priority(t, p);
    if (!p->done && now >= t->lowest && now > p->queued) pairs_push(&t->pairs, p, now);
}

/* ---- the pairs of bytes at the start --------------------------------------------------- */

/* The count of place p for a walk over rising places. */
static uint64_t walk_count(const places *text, uint32_t p, size_t *group)
{
    while (*group + 1 < text->n_groups && text->groups[*group + 1].start <= p)
        ++*group;
    return text->groups[*group].count;
}

static void count_bytes(trainer *t, change table[BYTES * BYTES])
{
    const places *text = &t->text;
    size_t group = 0;
    for (uint32_t p = 1; p + 1 < text->n; p++) {
        if (text->at[p] == WALL || text->at[p + 1] == WALL) continue;
        change *c = &table[text->at[p] * BYTES + text->at[p + 1]];
        const uint64_t count = walk_count(text, p, &group);
        c->count += (int64_t)count;
        c->crossings += (int64_t)places_crossings(text, p + 1, count);
        c->n++;
    }
}

static void list_bytes(trainer *t, change table[BYTES * BYTES])
{
    const uint32_t *at = t->text.at;
    for (uint32_t p = 1; p + 1 < t->text.n; p++) {
        if (at[p] == WALL || at[p + 1] == WALL) continue;
        change *c = &table[at[p] * BYTES + at[p + 1]];
        if (c->fill) *c->fill++ = p;
    }
}

static uint32_t *new_pair(trainer *t, uint64_t key, const change *c)
{
    pair *p = pairs_add(&t->pairs, key);
    p->count = c->count;
    p->crossings = c->crossings;
    p->places = sm_arena_alloc(&t->lists, c->n * sizeof *p->places);
    p->n_places = c->n;
    offer(t, p);
    return p->places;
}

static void first_pairs(trainer *t)
{
    change *table = sm_calloc((size_t)BYTES * BYTES, sizeof *table);
    count_bytes(t, table);
    for (uint32_t a = 0; a < BYTES; a++)
        for (uint32_t b = 0; b < BYTES; b++) {
            change *c = &table[a * BYTES + b];
            if (c->n && (uint64_t)c->count >= t->options->min_count)
                c->fill = new_pair(t, pair_key(a, b), c);
        }
    list_bytes(t, table);
    sm_free(table);
}

/* ---- one merge ------------------------------------------------------------------------- */

static void note(side *s, uint32_t neighbour, uint64_t count, uint64_t crossings)
{
    if (neighbour == WALL) return;
    change *c = &s->by[neighbour];
    if (c->n++ == 0) s->touched[s->n_touched++] = neighbour;
    c->count += (int64_t)count;
    c->crossings += (int64_t)crossings;
}

static void forget(side *s)
{
    for (size_t i = 0; i < s->n_touched; i++)
        s->by[s->touched[i]] = (change){0};
    s->n_touched = 0;
}

/* The places of a pair lie far apart: what comes soon is fetched while the present one is worked on. */
static inline void fetch_ahead(const uint32_t *at, const uint32_t *list, size_t i, size_t n)
{
    enum { AHEAD = 16 };
    if (i + AHEAD < n) __builtin_prefetch(&at[list[i + AHEAD]]);
}

/* Writes the new symbol wherever the pair still stands, left to right (so that of aaa the first two are
 * merged), and notes what the old junctions lose. Keeps the places of the new symbol in list. */
static size_t replace(trainer *t, uint64_t key, uint32_t made, uint32_t *list, size_t n)
{
    const uint32_t a = pair_left(key), b = pair_right(key);
    const uint32_t step = t->length[a], end = step + t->length[b];
    uint32_t *at = t->text.at;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        fetch_ahead(at, list, i, n);
        const uint32_t p = list[i];
        if (at[p] != a || at[p + step] != b) continue;
        const uint64_t count = places_count(&t->text, p);
        note(&t->left, at[p - 1], count, places_crossings(&t->text, p, count));
        note(&t->right, at[p + end], count, places_crossings(&t->text, p + end, count));
        at[p + step] = INSIDE;
        at[p] = at[p + end - 1] = made;
        list[kept++] = p;
    }
    return kept;
}

static void lose(trainer *t, uint64_t key, const change *c)
{
    pair *p = pairs_find(&t->pairs, key);
    if (!p) return;
    p->count -= c->count;
    p->crossings -= c->crossings;
    offer(t, p); /* its priority may have risen */
}

static void settle_losses(trainer *t, uint64_t key)
{
    for (size_t i = 0; i < t->left.n_touched; i++) {
        const uint32_t x = t->left.touched[i];
        lose(t, pair_key(x, pair_left(key)), &t->left.by[x]);
    }
    for (size_t i = 0; i < t->right.n_touched; i++) {
        const uint32_t y = t->right.touched[i];
        lose(t, pair_key(pair_right(key), y), &t->right.by[y]);
    }
    forget(&t->left);
    forget(&t->right);
}

/* The junction between two new symbols is noted once, by the left one. */
static void note_gains(trainer *t, uint32_t made, const uint32_t *list, size_t n)
{
    const uint32_t *at = t->text.at, length = t->length[made];
    for (size_t i = 0; i < n; i++) {
        fetch_ahead(at, list, i, n);
        const uint32_t p = list[i], next = p + length;
        const uint64_t count = places_count(&t->text, p);
        if (at[p - 1] != made)
            note(&t->left, at[p - 1], count, places_crossings(&t->text, p, count));
        note(&t->right, at[next], count, places_crossings(&t->text, next, count));
    }
}

/* A pair is worth keeping if it is frequent enough and its token not too long. */
static void keep_gain(trainer *t, uint64_t key, change *c)
{
    const size_t chars = (size_t)t->chars[pair_left(key)] + t->chars[pair_right(key)];
    const size_t most = t->options->max_chars;
    if ((uint64_t)c->count < t->options->min_count || (most && chars > most)) return;
    c->fill = new_pair(t, key, c);
}

static void list_gains(trainer *t, uint32_t made, const uint32_t *list, size_t n)
{
    const uint32_t *at = t->text.at, length = t->length[made];
    for (size_t i = 0; i < n; i++) {
        fetch_ahead(at, list, i, n);
        const uint32_t p = list[i], x = at[p - 1], y = at[p + length];
        if (x != WALL && x != made && t->left.by[x].fill)
            *t->left.by[x].fill++ = p - t->length[x];
        if (y != WALL && t->right.by[y].fill) *t->right.by[y].fill++ = p;
    }
}

static void settle_gains(trainer *t, uint32_t made, const uint32_t *list, size_t n)
{
    note_gains(t, made, list, n);
    for (size_t i = 0; i < t->left.n_touched; i++) {
        const uint32_t x = t->left.touched[i];
        keep_gain(t, pair_key(x, made), &t->left.by[x]);
    }
    for (size_t i = 0; i < t->right.n_touched; i++) {
        const uint32_t y = t->right.touched[i];
        keep_gain(t, pair_key(made, y), &t->right.by[y]);
    }
    list_gains(t, made, list, n);
    forget(&t->left);
    forget(&t->right);
}

static void merge(trainer *t, const pair *p)
{
    const uint64_t key = p->key;
    const uint32_t a = pair_left(key), b = pair_right(key);
    const uint32_t made = (uint32_t)(BYTES + t->out->n);
    uint32_t *list = p->places;
    t->out->counts[t->out->n] = (uint64_t)p->count;
    t->out->p[t->out->n++] = (sm_merge){a, b};
    t->out->n_aligned += t->soft;
    t->length[made] = t->length[a] + t->length[b];
    t->chars[made] = t->chars[a] + t->chars[b];
    const size_t n = replace(t, key, made, list, p->n_places);
    settle_losses(t, key);
    settle_gains(t, made, list, n);
}

/* ---- the loop ---------------------------------------------------------------------------- */

/* The pair to merge next, or NULL; what the queue remembers wrongly is put right on the way. */
static pair *best(trainer *t)
{
    queue_entry e;
    while (pairs_pop(&t->pairs, &e)) {
        pair *p = &t->pairs.p[e.index];
        if (p->done || e.priority != p->queued) continue;
        p->queued = PAIR_NOT_QUEUED;
        if (priority(t, p) == e.priority) return p;
        offer(t, p);
    }
    return NULL;
}

static bool is_vetoed(const trainer *t, const pair *p)
{
    if (t->options->n_vetoed == 0) return false;
    sm_buffer spelled = sm_buffer_make(UINT32_MAX);
    sm_merges_spell(t->out, pair_left(p->key), &spelled);
    sm_merges_spell(t->out, pair_right(p->key), &spelled);
    bool found = false;
    for (size_t i = 0; i < t->options->n_vetoed && !found; i++)
        found = sm_span_equal(sm_buffer_span(&spelled), t->options->vetoed[i]);
    sm_buffer_free(&spelled);
    return found;
}

/* From here on counts alone decide: every pair is put into the queue anew. */
static void harden(trainer *t)
{
    t->soft = false;
    pairs_clear_queue(&t->pairs);
    for (size_t i = 0; i < t->pairs.n; i++)
        offer(t, &t->pairs.p[i]);
}

static void learn(trainer *t)
{
    const size_t merges = t->options->merges;
    const size_t aligned = (size_t)llround(t->options->aligned * (double)merges);
    while (t->out->n < merges) {
        if (t->soft && t->out->n >= aligned) harden(t);
        pair *p = best(t);
        if (!p && t->soft && t->options->aligned < 1) {
            harden(t);
            continue;
        }
        if (!p) break;
        p->done = true;
        if (!is_vetoed(t, p)) merge(t, p);
    }
}

/* ---- set-up ------------------------------------------------------------------------------ */

static void side_init(side *s, size_t symbols)
{
    s->by = sm_calloc(symbols, sizeof *s->by);
    s->touched = sm_malloc(symbols * sizeof *s->touched);
}

static void side_fini(side *s)
{
    sm_free(s->by);
    sm_free(s->touched);
}

static int check(const sm_bpe_options *o, sm_error *err)
{
    if (o->merges >= INSIDE - BYTES)
        SM_FAIL(err, SM_EUSAGE, "%zu merges are too many", o->merges);
    if (!(o->weight >= 0 && o->weight <= 1000))
        SM_FAIL(err, SM_EUSAGE, "the boundary weight %g is not in [0, 1000]", o->weight);
    if (!(o->aligned >= 0 && o->aligned <= 1))
        SM_FAIL(err, SM_EUSAGE, "the aligned share %g is not in [0, 1]", o->aligned);
    if (o->min_count < 1) SM_FAIL(err, SM_EUSAGE, "the minimum count is at least 1");
    return 0;
}

static void trainer_init(trainer *t)
{
    const size_t symbols = BYTES + t->options->merges;
    t->length = sm_malloc(symbols * sizeof *t->length);
    t->chars = sm_malloc(symbols * sizeof *t->chars);
    for (uint32_t i = 0; i < BYTES; i++) {
        t->length[i] = 1;
        t->chars[i] = (sm_byte_of_symbol(i) & 0xC0) != 0x80;
    }
    side_init(&t->left, symbols);
    side_init(&t->right, symbols);
    t->out->p = sm_malloc(t->options->merges * sizeof *t->out->p);
    t->out->counts = sm_malloc(t->options->merges * sizeof *t->out->counts);
}

static void trainer_fini(trainer *t)
{
    places_fini(&t->text);
    pairs_fini(&t->pairs);
    side_fini(&t->left);
    side_fini(&t->right);
    sm_arena_free(&t->lists);
    sm_free(t->length);
    sm_free(t->chars);
}

sm_bpe_options sm_bpe_defaults(size_t merges)
{
    return (sm_bpe_options){
        .merges = merges, .weight = 1.5, .aligned = 0.7, .min_count = 2, .max_chars = 16};
}

int sm_bpe_train(const sm_counts *counts, const sm_bpe_options *options, sm_merges *merges,
                 sm_error *err)
{
    *merges = (sm_merges){0};
    SM_TRY(check(options, err));
    trainer t = {.options = options,
                 .weight = llround(options->weight * UNIT),
                 .lowest = (int64_t)options->min_count * UNIT,
                 .out = merges};
    t.soft = t.weight > 0 && options->aligned > 0 && sm_counts_is_tagged(counts);
    SM_TRY(places_init(&t.text, counts, t.soft, err));
    trainer_init(&t);
    first_pairs(&t);
    learn(&t);
    trainer_fini(&t);
    return 0;
}

void sm_merges_free(sm_merges *merges)
{
    sm_free(merges->p);
    sm_free(merges->counts);
    *merges = (sm_merges){0};
}

void sm_merges_spell(const sm_merges *merges, uint32_t symbol, sm_buffer *out)
{
    if (symbol < BYTES) {
        sm_buffer_putc(out, (char)sm_byte_of_symbol(symbol));
        return;
    }
    sm_merges_spell(merges, merges->p[symbol - BYTES].left, out);
    sm_merges_spell(merges, merges->p[symbol - BYTES].right, out);
}
