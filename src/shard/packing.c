/* Whole documents as rows: see seimai/packing.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/packing.h>

#include <seimai/shard_edit.h>

#include <stdlib.h>
#include <string.h>

enum { GROUP = 32 }; /* leaves that are sorted by length together */

/* The permutations of one seed: epochs count from 0, these from the other end. */
#define TIES   (UINT64_MAX)        /* documents of one length */
#define LEAVES (UINT64_C(1) << 62) /* + epoch: the leaves of an epoch */

struct sm_packing {
    const sm_shards *set;
    sm_packing_options o;
    sm_piece *pieces; /* in the order of rows */
    uint32_t *begin;  /* (rows + 1) of each row in pieces; NULL: row r has piece r */
    uint64_t n_rows;  /* that are not empty */
    sm_packing_info info;
};

/* ---- names ----------------------------------------------------------------------------------- */

static const char *const names[] = {"auto", "windows", "documents", "none"};

bool sm_pack_parse(const char *name, sm_pack *pack)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *pack = (sm_pack)i;
        return true;
    }
    return false;
}

const char *sm_pack_name(sm_pack pack)
{
    return names[pack];
}

sm_pack sm_pack_for(sm_pack pack, const sm_shards *set)
{
    if (pack != SM_PACK_AUTO) return pack;
    return sm_shards_about(set)->has_targets ? SM_PACK_DOCUMENTS : SM_PACK_WINDOWS;
}

/* ---- documents to pieces ------------------------------------------------------------------------ */

/* A piece on its way into a row. */
typedef struct candidate {
    sm_piece piece;
    uint64_t tie;
    bool goes_on; /* it does not begin with its document: it must stand first in a row */
} candidate;

typedef struct draft {
    candidate *p;
    size_t n, cap;
} draft;

static void add(draft *d, uint64_t first, uint64_t n, uint64_t tie, bool goes_on)
{
    d->p = sm_array_grow(d->p, d->n, &d->cap, sizeof *d->p);
    d->p[d->n++] = (candidate){{first, (uint32_t)n}, tie, goes_on};
}

static uint64_t count_targets(const sm_packing *p, uint64_t first, uint64_t n)
{
    uint64_t count = n;
    if (!sm_shards_about(p->set)->has_targets) return n;
    for (uint64_t t = 0; t < n; t++)
        count -= !sm_shards_is_target(p->set, first + t);
    return count;
}

/* A document of n tokens, its EOT counted. */
static void add_document(sm_packing *p, draft *d, uint64_t first, uint64_t n, uint64_t tie)
{
    const uint64_t T = p->o.length;
    p->info.cut += n > T;
    if (sm_shards_about(p->set)->has_targets && n > T) {
        p->info.lost_tokens += n - T;
        p->info.lost_targets += count_targets(p, first + T, n - T);
        n = T;
    }
    const uint64_t targets = count_targets(p, first, n);
    if (targets == 0) {
        p->info.lost_documents++;
        p->info.lost_tokens += n;
        return;
    }
    p->info.targets += targets;
    p->info.tokens += n;
    for (uint64_t at = 0; at < n; at += T)
        add(d, first + at, n - at < T ? n - at : T, tie, at > 0);
}

static int read_documents(sm_packing *p, draft *d, sm_error *err)
{
    const sm_shards_info *const info = sm_shards_about(p->set);
    uint64_t number = 0;
    for (uint64_t i = 0; i < info->sequences; number++) {
        sm_shards_whole doc = {0};
        SM_TRY(sm_shards_whole_at(p->set, i, &doc, err));
        const uint64_t tie = sm_order_at(p->o.seed, TIES, info->sequences, number);
        add_document(p, d, doc.first, doc.n + 1, tie);
        i += doc.sequences;
    }
    if (d->n == 0)
        SM_FAIL(err, SM_EUSAGE, "%s: no target lies in the first %u tokens of a document",
                info->dir, p->o.length);
    if (d->n > UINT32_MAX) SM_FAIL(err, SM_ELIMIT, "%s: more than 2^32 pieces", info->dir);
    p->info.pieces = d->n;
    return SM_OK;
}

/* ---- best fit ------------------------------------------------------------------------------------- */

/* Parts that must begin a row come first, then the longest; equal ones as the seed has them. */
static int by_length(const void *a, const void *b)
{
    const candidate *const x = a, *const y = b;
    if (x->goes_on != y->goes_on) return y->goes_on - x->goes_on;
    if (x->piece.n != y->piece.n) return x->piece.n < y->piece.n ? 1 : -1;
    if (x->tie != y->tie) return (x->tie > y->tie) - (x->tie < y->tie);
    return (x->piece.first > y->piece.first) - (x->piece.first < y->piece.first);
}

/* Rows that have room, in a list for each room, and a bit for each list that is not empty. */
typedef struct shelf {
    uint32_t *head, *next; /* 1 + row; 0: none. (T + 1), (rows) */
    uint64_t *bits;
} shelf;

static void shelve(shelf *s, uint32_t row, uint32_t room)
{
    s->next[row] = s->head[room];
    s->head[room] = row + 1;
    s->bits[room / 64] |= UINT64_C(1) << (room % 64);
}

/* The least room >= n that a row has; T + 1 where none has. */
static uint32_t least_room(const shelf *s, uint32_t n, uint32_t T)
{
    uint64_t word = s->bits[n / 64] >> (n % 64) << (n % 64);
    for (uint32_t w = n / 64;; word = s->bits[w]) {
        if (word) return w * 64 + (uint32_t)__builtin_ctzll(word);
        if (++w > T / 64) return T + 1;
    }
}

static uint32_t take(shelf *s, uint32_t room)
{
    const uint32_t row = s->head[room] - 1;
    s->head[room] = s->next[row];
    if (!s->head[room]) s->bits[room / 64] &= ~(UINT64_C(1) << (room % 64));
    return row;
}

/* row_of[i] of each candidate; returns the number of rows. */
static uint32_t fit(const draft *d, uint32_t T, uint32_t *row_of)
{
    shelf s = {sm_calloc((size_t)T + 1, sizeof *s.head), sm_calloc(d->n, sizeof *s.next),
               sm_calloc((size_t)T / 64 + 1, sizeof *s.bits)};
    uint32_t rows = 0;
    for (size_t i = 0; i < d->n; i++) {
        const candidate *const c = d->p + i;
        const uint32_t room = c->goes_on ? T + 1 : least_room(&s, c->piece.n, T);
        row_of[i] = room > T ? rows++ : take(&s, room);
        const uint32_t left = (room > T ? T : room) - c->piece.n;
        if (left > 0) shelve(&s, row_of[i], left);
    }
    sm_free(s.head);
    sm_free(s.next);
    sm_free(s.bits);
    return rows;
}

/* The pieces in the order of their rows; in a row as they were placed. */
static void pack_best_fit(sm_packing *p, const draft *d)
{
    uint32_t *const row_of = sm_calloc(d->n, sizeof *row_of);
    const uint32_t rows = fit(d, p->o.length, row_of);
    p->begin = sm_calloc((size_t)rows + 2, sizeof *p->begin);
    for (size_t i = 0; i < d->n; i++)
        p->begin[row_of[i] + 2]++;
    for (uint32_t r = 0; r < rows; r++)
        p->begin[r + 2] += p->begin[r + 1];
    for (size_t i = 0; i < d->n; i++) /* leaves each begin at the one of the row behind */
        p->pieces[p->begin[row_of[i] + 1]++] = d->p[i].piece;
    p->n_rows = p->info.rows = rows;
    sm_free(row_of);
}

static void pack_alone(sm_packing *p, const draft *d)
{
    const uint64_t leaf = p->o.leaf;
    for (size_t i = 0; i < d->n; i++)
        p->pieces[i] = d->p[i].piece;
    p->n_rows = d->n;
    p->info.rows = (d->n + leaf - 1) / leaf * leaf;
}

int sm_packing_new(sm_packing **packing, const sm_shards *set, const sm_packing_options *o,
                   sm_error *err)
{
    draft d = {0};
    *packing = NULL;
    if (sm_shards_about(set)->eot < 0)
        SM_FAIL(err, SM_EUSAGE, "%s: without an end-of-text id documents cannot be packed",
                sm_shards_about(set)->dir);
    sm_packing *const p = sm_calloc(1, sizeof *p);
    *p = (sm_packing){.set = set, .o = *o};
    const int status = read_documents(p, &d, err);
    if (status >= 0) {
        qsort(d.p, d.n, sizeof *d.p, by_length);
        p->pieces = sm_calloc(d.n, sizeof *p->pieces);
        (o->pack == SM_PACK_NONE ? pack_alone : pack_best_fit)(p, &d);
        *packing = p;
    } else {
        sm_packing_free(p);
    }
    sm_free(d.p);
    return status;
}

void sm_packing_free(sm_packing *p)
{
    if (!p) return;
    sm_free(p->pieces);
    sm_free(p->begin);
    sm_free(p);
}

const sm_packing_info *sm_packing_about(const sm_packing *p)
{
    return &p->info;
}

/* ---- the order of an epoch --------------------------------------------------------------------------- */

typedef struct numbered {
    uint64_t row;
    uint32_t n, at;
} numbered;

static int by_size(const void *a, const void *b)
{
    const numbered *const x = a, *const y = b;
    if (x->n != y->n) return x->n < y->n ? 1 : -1;
    return (x->at > y->at) - (x->at < y->at);
}

/* The rows of a group of an epoch, *n of them, sorted by length. The caller frees them. */
static numbered *draw_group(const sm_packing *p, uint64_t epoch, uint64_t group, uint32_t *n)
{
    const uint64_t size = (uint64_t)GROUP * p->o.leaf, first = group * size;
    const uint64_t left = p->n_rows - first;
    *n = left < size ? (uint32_t)left : (uint32_t)size;
    numbered *const all = sm_calloc(*n, sizeof *all);
    for (uint32_t i = 0; i < *n; i++) {
        const uint64_t row = sm_order_at(p->o.seed, epoch, p->n_rows, first + i);
        all[i] = (numbered){row, p->pieces[row].n, i};
    }
    qsort(all, *n, sizeof *all, by_size);
    return all;
}

/* Rows of leaf `leaf` of an epoch before the leaves are shuffled. */
static void draw_leaf(const sm_packing *p, uint64_t epoch, uint64_t leaf, uint64_t *rows)
{
    const uint32_t B = p->o.leaf;
    uint32_t n = 0;
    numbered *const all = draw_group(p, epoch, leaf / GROUP, &n);
    const uint64_t at = leaf % GROUP * B;
    for (uint32_t b = 0; b < B; b++)
        rows[b] = at + b < n ? all[at + b].row : SM_PACKING_EMPTY;
    sm_free(all);
}

static void draw_alone(const sm_packing *p, uint64_t epoch, uint64_t first, uint32_t n,
                       uint64_t *rows)
{
    const uint32_t B = p->o.leaf;
    uint64_t *const leaf = sm_calloc(B, sizeof *leaf);
    uint64_t drawn = UINT64_MAX;
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t place = first + i;
        if (place / B != drawn) {
            drawn = place / B;
            draw_leaf(p, epoch, sm_order_at(p->o.seed, LEAVES + epoch, p->info.rows / B, drawn),
                      leaf);
        }
        rows[i] = leaf[place % B];
    }
    sm_free(leaf);
}

void sm_packing_draw(const sm_packing *p, uint64_t epoch, uint64_t first, uint32_t n,
                     uint64_t *rows)
{
    if (p->o.pack == SM_PACK_NONE) {
        draw_alone(p, epoch, first, n, rows);
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        rows[i] = sm_order_at(p->o.seed, epoch, p->n_rows, first + i);
}

static uint64_t place_alone(const sm_packing *p, uint64_t epoch, uint64_t row)
{
    const uint64_t B = p->o.leaf;
    const uint64_t group = sm_order_place(p->o.seed, epoch, p->n_rows, row) / (GROUP * B);
    uint32_t n = 0, at = 0;
    numbered *const all = draw_group(p, epoch, group, &n);
    while (all[at].row != row)
        at++;
    sm_free(all);
    const uint64_t leaf = group * GROUP + at / B, leaves = p->info.rows / B;
    return sm_order_place(p->o.seed, LEAVES + epoch, leaves, leaf) * B + at % B;
}

uint64_t sm_packing_place(const sm_packing *p, uint64_t epoch, uint64_t row)
{
    if (p->o.pack == SM_PACK_NONE) return place_alone(p, epoch, row);
    return sm_order_place(p->o.seed, epoch, p->n_rows, row);
}

/* ---- rows ---------------------------------------------------------------------------------------------- */

const sm_piece *sm_packing_row(const sm_packing *p, uint64_t row, size_t *n)
{
    *n = 0;
    if (row >= p->n_rows) return NULL;
    *n = p->begin ? p->begin[row + 1] - p->begin[row] : 1;
    return p->pieces + (p->begin ? p->begin[row] : row);
}

uint64_t sm_packing_find(const sm_packing *p, uint64_t token)
{
    for (uint64_t row = 0; row < p->n_rows; row++) {
        size_t n = 0;
        const sm_piece *const pieces = sm_packing_row(p, row, &n);
        for (size_t i = 0; i < n; i++)
            if (token >= pieces[i].first && token - pieces[i].first < pieces[i].n) return row;
    }
    return SM_PACKING_EMPTY;
}

uint32_t sm_packing_width(const sm_packing *p, uint64_t row)
{
    size_t n = 0;
    const sm_piece *const pieces = sm_packing_row(p, row, &n);
    uint32_t width = 0;
    for (size_t i = 0; i < n; i++)
        width += pieces[i].n;
    return width;
}

void sm_packing_fill(const sm_packing *p, uint64_t row, uint32_t T, uint32_t *input,
                     uint32_t *target, float *weight)
{
    const sm_shards_info *const info = sm_shards_about(p->set);
    size_t n = 0;
    const sm_piece *const pieces = sm_packing_row(p, row, &n);
    uint32_t t = 0;
    for (size_t i = 0; i < n;
         i++) { /* a piece is the first window of a ring that begins there */
        const sm_windows w = {info->tokens, pieces[i].n, pieces[i].first};
        sm_shards_window(p->set, &w, 0, input + t, target + t, weight + t);
        t += pieces[i].n;
    }
    for (; t < T; t++) { /* documents of their own, that weigh nothing */
        input[t] = (uint32_t)info->eot;
        target[t] = 0;
        weight[t] = 0;
    }
}
