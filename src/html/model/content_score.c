/* The scores of blocks, by trees and by nets: see content_score.h.
 * SPDX-License-Identifier: MIT */
#include "content_score.h"

#include <math.h>

#include "content_features_internal.h"
#include "content_model_internal.h"

/* ---- class tokens ------------------------------------------------------------------------------ */

/* The known tokens of an element: their log-odds, in units. */
typedef struct known {
    int sum, least, most;
    unsigned n;
    bool looked_up;
} known;

static const token_slot *find_token(const sm_content_model *m, uint32_t token)
{
    size_t at = token % TOKEN_SLOTS;
    while (m->tokens[at].taken && m->tokens[at].token != token)
        at = (at + 1) % TOKEN_SLOTS;
    return &m->tokens[at];
}

static void look_up(const sm_content_model *m, const sm_element *e, known *k)
{
    uint32_t tokens[CLASS_TOKENS];
    const size_t n = sm_class_tokens(e, tokens);
    *k = (known){.least = INT8_MAX, .most = INT8_MIN, .looked_up = true};
    for (size_t i = 0; i < n; i++) {
        const token_slot *slot = find_token(m, tokens[i]);
        if (!slot->taken) continue;
        k->n++;
        k->sum += slot->log_odds;
        if (slot->log_odds < k->least) k->least = slot->log_odds;
        if (slot->log_odds > k->most) k->most = slot->log_odds;
    }
}

static float mean_of(const known *k, float unit)
{
    return k->n ? (float)k->sum * unit / (float)k->n : NAN;
}

static void add(known *all, const known *k)
{
    if (!k->n) return;
    if (!all->n || k->least < all->least) all->least = k->least;
    if (!all->n || k->most > all->most) all->most = k->most;
    all->n += k->n;
    all->sum += k->sum;
}

static void fill_classes(const sm_content_model *m, sm_features *f)
{
    known *of = sm_arena_zalloc(&f->arena, f->n_names, sizeof *of);
    for (size_t i = 0; i < f->page->n_blocks; i++) {
        uint32_t at = f->blocks[i].owner;
        known all = {0};
        for (unsigned level = 0; level < 3; level++, at = f->nodes[at].parent) {
            known *k = &of[f->nodes[at].name];
            if (!k->looked_up) look_up(m, &f->page->elements[f->nodes[at].element], k);
            sm_feature_set(f, FEATURE_CLASS0 + level, i, mean_of(k, m->unit));
            add(&all, k);
        }
        sm_feature_set(f, FEATURE_CLASS_MEAN, i, mean_of(&all, m->unit));
        sm_feature_set(f, FEATURE_CLASS_LEAST, i, all.n ? (float)all.least * m->unit : NAN);
        sm_feature_set(f, FEATURE_CLASS_MOST, i, all.n ? (float)all.most * m->unit : NAN);
        sm_feature_set(f, FEATURE_CLASS_SUM, i, all.n ? (float)all.sum * m->unit : NAN);
    }
}

/* ---- forests ----------------------------------------------------------------------------------- */

/* Compares those features of a list that are in [from, to) with their thresholds. */
static void compare_features(const split_list *list, const sm_features *f, size_t block,
                             unsigned from, unsigned to, lane_mask *left)
{
    const tree_path *path = sm_tree_path_best();
    for (size_t i = 0; i < list->n; i++) {
        const unsigned feature = list->feature[i];
        if (feature < from || feature >= to) continue;
        const float *values = sm_features_group(f, feature, block);
        if (feature < BLOCK_FEATURES)
            path->compare(values, list->edges[i], list->n_edges[i], left + list->first[i]);
        else
            sm_tree_compare_one(*values, list->edges[i], list->n_edges[i],
                                left + list->first[i]);
    }
}

/* Softmax over the forests of the types. */
static void find_types(const sm_content_model *m, sm_features *f, const lane_mask *left,
                       double types[PAGE_TYPES])
{
    double sum = 0;
    for (unsigned i = 0; i < PAGE_TYPES; i++) {
        int32_t leaves[TREE_LANES] = {0};
        sm_tree_path_best()->walk(&m->types[i], left, leaves);
        types[i] = exp((double)sm_forest_score(&m->types[i], leaves[0]));
        sum += types[i];
    }
    for (unsigned i = 0; i < PAGE_TYPES; i++) {
        types[i] /= sum;
        float *to = sm_features_group(f, FEATURE_TYPE_ARTICLE + i, 0);
        for (size_t lane = 0; lane < FEATURE_GROUP; lane++)
            to[lane] = (float)types[i];
    }
}

/* The page types, then the sums of the trees for all blocks. */
static int32_t *walk_features(const sm_content_model *m, sm_features *f,
                              double types[PAGE_TYPES])
{
    enum { FIRST_OF_PAGE = FEATURE_TYPE_SERVICE + 1 };
    const split_list *list = &m->features;
    lane_mask *left = sm_arena_alloc(&f->arena, (list->n_splits + 1) * sizeof *left);
    int32_t *sums = sm_arena_zalloc(&f->arena, f->stride, sizeof *sums);
    compare_features(list, f, 0, FIRST_OF_PAGE, FEATURES, left);
    find_types(m, f, left, types);
    compare_features(list, f, 0, FEATURE_TYPE_ARTICLE, FIRST_OF_PAGE, left);
    for (size_t i = 0; i < f->page->n_blocks; i += TREE_LANES) {
        compare_features(list, f, i, 0, BLOCK_FEATURES, left);
        sm_tree_path_best()->walk(&m->trees, left, sums + i);
    }
    return sums;
}

/* ---- all --------------------------------------------------------------------------------------- */

static const double order_one = 1 << 24;

/* What is no number or far from 0 is cut: p is as good as 0 or 1 there. */
static int32_t to_order(double odds)
{
    static const double most = 30;
    return (int32_t)lrint(fmin(fmax(odds, -most), most) * order_one);
}

void sm_scores_compute(const sm_content_model *model, sm_features *f, sm_scores *scores)
{
    const size_t n = f->page->n_blocks;
    const double share = (double)model->rules.nets;
    *scores = (sm_scores){0};
    if (!n) return;
    fill_classes(model, f);
    const int32_t *sums = walk_features(model, f, scores->types);
    const float *nets = sm_block_nets_score(&model->nets, f, sm_block_net_path_best());
    float *trees = sm_arena_alloc(&f->arena, n * sizeof *trees);
    double *p = sm_arena_alloc(&f->arena, n * sizeof *p);
    int32_t *order = sm_arena_alloc(&f->arena, n * sizeof *order);
    for (size_t i = 0; i < n; i++) {
        trees[i] = sm_forest_score(&model->trees, sums[i]);
        order[i] = to_order((1 - share) * (double)trees[i] + share * (double)nets[i]);
        p[i] = 1 / (1 + exp(-order[i] / order_one));
    }
    scores->trees = trees;
    scores->nets = nets;
    scores->p = p;
    scores->order = order;
}

/* ---- sorting ----------------------------------------------------------------------------------- */

/* One pass of a stable radix sort, by eight bits. */
static void sort_digit(const uint32_t *keys, const uint32_t *from, uint32_t *to, size_t n,
                       unsigned shift)
{
    size_t places[256] = {0}, at = 0;
    for (size_t i = 0; i < n; i++)
        places[keys[i] >> shift & 255]++;
    for (size_t d = 0; d < 256; d++) {
        const size_t count = places[d];
        places[d] = at;
        at += count;
    }
    for (size_t i = 0; i < n; i++)
        to[places[keys[from[i]] >> shift & 255]++] = from[i];
}

void sm_sort_down(const int32_t *keys, size_t n, sm_arena *arena, uint32_t *indices)
{
    uint32_t *falling = sm_arena_alloc(arena, (n + 1) * sizeof *falling);
    uint32_t *spare = sm_arena_alloc(arena, (n + 1) * sizeof *spare);
    for (size_t i = 0; i < n; i++) {
        falling[i] = ~((uint32_t)keys[i] ^ 0x80000000U);
        indices[i] = (uint32_t)i;
    }
    for (unsigned shift = 0; shift < 32; shift += 16) {
        sort_digit(falling, indices, spare, n, shift);
        sort_digit(falling, spare, indices, n, shift + 8);
    }
}
