/* The net over the blocks of a page, and its portable path: see content_net.h.
 * SPDX-License-Identifier: MIT */
#include "content_net.h"

#define TARGET
#include "content_features_internal.h"
#include "content_net_steps.h"

const block_net_path sm_block_net_path_portable = {count,       product,   average,
                                                   standardize, add_layer, answer};

const block_net_path *sm_block_net_path_best(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) return &sm_block_net_path_avx2;
#endif
    return &sm_block_net_path_portable;
}

/* A page in the making. Rows are blocks. */
typedef struct states {
    const block_net_path *path;
    sm_features *f;
    size_t n;
    net_groups groups[NET_MEANS];
    net_row *h; /* of one net after the other */
    net_row *z; /* and NET_DISTANCE rows of 0 before and behind */
    net_row *means, *said[NET_MEANS];
} states;

/* ---- groups ------------------------------------------------------------------------------------ */

static uint64_t key_of(const sm_features *f, size_t block, unsigned mean)
{
    const uint32_t parent = f->nodes[f->blocks[block].owner].parent;
    return mean == MEAN_PARENT ? parent : f->nodes[parent].parent;
}

/* Groups numbered from 0 as they appear; signatures are numbered so already. */
static size_t number_groups(const states *s, unsigned mean, uint32_t *of)
{
    if (mean == MEAN_PAGE) {
        memset(of, 0, s->n * sizeof *of);
        return 1;
    }
    if (mean == MEAN_SIGNATURE) {
        for (size_t i = 0; i < s->n; i++)
            of[i] = s->f->blocks[i].signature;
        return s->f->n_signatures;
    }
    uint64_t *keys = sm_arena_alloc(&s->f->arena, s->n * sizeof *keys);
    for (size_t i = 0; i < s->n; i++)
        keys[i] = key_of(s->f, i, mean);
    return sm_number_keys(&s->f->arena, keys, s->n, of);
}

/* Blocks by group, and the weights of each group by its sum. */
static void sort_blocks(const states *s, net_groups *g)
{
    sm_arena *arena = &s->f->arena;
    uint32_t *first = sm_arena_zalloc(arena, g->n + 2, sizeof *first);
    uint32_t *blocks = sm_arena_alloc(arena, s->n * sizeof *blocks);
    float *weight = sm_arena_alloc(arena, s->n * sizeof *weight);
    float *total = sm_arena_zalloc(arena, g->n, sizeof *total);
    for (size_t i = 0; i < s->n; i++)
        first[g->of[i] + 2]++;
    for (size_t k = 2; k < g->n + 2; k++)
        first[k] += first[k - 1];
    for (size_t i = 0; i < s->n; i++) { /* first[k + 1] is the next free place of group k */
        const size_t at = first[g->of[i] + 1]++;
        blocks[at] = (uint32_t)i;
        weight[at] = sqrtf((float)s->f->page->blocks[i].width) + 1;
        total[g->of[i]] += weight[at];
    }
    for (size_t at = 0; at < s->n; at++)
        weight[at] /= total[g->of[blocks[at]]];
    g->first = first;
    g->blocks = blocks;
    g->weight = weight;
}

static void fill_groups(states *s, unsigned mean)
{
    net_groups *g = &s->groups[mean];
    uint32_t *of = sm_arena_alloc(&s->f->arena, s->n * sizeof *of);
    g->n = number_groups(s, mean, of);
    g->of = of;
    sort_blocks(s, g);
}

/* ---- steps of the net -------------------------------------------------------------------------- */

static void fill_rows(net_row *to, size_t n, const net_row value)
{
    for (size_t i = 0; i < n; i++)
        memcpy(to[i], value, sizeof *to);
}

/* What the inputs of the page say to all its blocks. */
static void read_page(const states *s, const block_nets *nets, size_t net)
{
    const split_list *inputs = &nets->inputs;
    net_row base[1];
    memcpy(base[0], nets->nets[net].first_bias, sizeof base[0]);
    for (size_t k = nets->n_of_blocks; k < inputs->n; k++) {
        const float value = *sm_features_group(s->f, inputs->feature[k], 0);
        float bin = 0;
        for (size_t e = 0; e < inputs->n_edges[k]; e++)
            bin += !(value <= inputs->edges[k][e]);
        s->path->product(base, 1, &bin, 1, 1, (const net_row *)nets->nets[net].first + k, 1);
    }
    fill_rows(s->h + net * s->n, s->n, base[0]);
}

static void read_inputs(const states *s, const block_nets *nets)
{
    const split_list *inputs = &nets->inputs;
    const size_t n = nets->n_of_blocks;
    float *bins = sm_arena_alloc(&s->f->arena, (n + 1) * FEATURE_GROUP * sizeof *bins);
    for (size_t net = 0; net < nets->n; net++)
        read_page(s, nets, net);
    for (size_t i = 0; i < s->n; i += FEATURE_GROUP) {
        const size_t rows = s->n - i < FEATURE_GROUP ? s->n - i : FEATURE_GROUP;
        for (size_t k = 0; k < n; k++)
            s->path->count(sm_features_group(s->f, inputs->feature[k], i), inputs->edges[k],
                           inputs->n_edges[k], bins + k * FEATURE_GROUP);
        for (size_t net = 0; net < nets->n; net++)
            s->path->product(s->h + net * s->n + i, rows, bins, 1, FEATURE_GROUP,
                             (const net_row *)nets->nets[net].first, n);
    }
    for (size_t i = 0; i < nets->n * s->n; i++)
        for (size_t k = 0; k < NET_WIDTH; k++)
            s->h[i][k] = s->h[i][k] > 0 ? s->h[i][k] : 0;
}

static void add_layer_to(const states *s, const net_layer *layer, net_row *h)
{
    const net_row *z = (const net_row *)s->z;
    net_said said;
    s->path->standardize(s->z, (const net_row *)h, s->n);
    for (unsigned mean = 0; mean < NET_MEANS; mean++) {
        const net_groups *g = &s->groups[mean];
        memset(s->said[mean], 0, g->n * sizeof *s->said[mean]);
        s->path->average(s->means, z, g);
        s->path->product(s->said[mean], g->n, s->means[0], NET_WIDTH, 1, layer->means[mean],
                         NET_WIDTH);
        said.said[mean] = (const net_row *)s->said[mean];
        said.of[mean] = g->of;
    }
    s->path->add_layer(h, z, s->n, &said, layer);
}

/* Adds the log-odds of a net, whose states are h. */
static void add_odds(const states *s, const block_net *net, net_row *h, float *odds)
{
    for (size_t i = 0; i < net->n_layers; i++)
        add_layer_to(s, &net->layers[i], h);
    s->path->standardize(s->z, (const net_row *)h, s->n);
    s->path->answer(odds, (const net_row *)s->z, s->n, net->last, net->last_bias);
}

/* Room for n blocks. */
static void make_room(states *s, size_t n_nets)
{
    sm_arena *arena = &s->f->arena;
    s->h = sm_arena_alloc(arena, (n_nets * s->n + 1) * sizeof *s->h);
    s->z = sm_arena_zalloc(arena, s->n + 2UL * NET_DISTANCE, sizeof *s->z);
    s->z += NET_DISTANCE;
    s->means = sm_arena_alloc(arena, s->n * sizeof *s->means);
    for (unsigned mean = 0; mean < NET_MEANS; mean++)
        s->said[mean] = sm_arena_alloc(arena, s->n * sizeof *s->said[mean]);
}

const float *sm_block_nets_score(const block_nets *nets, sm_features *f,
                                 const block_net_path *path)
{
    const size_t n = f->page->n_blocks;
    states s = {.path = path, .f = f, .n = n};
    if (!n) return NULL;
    float *odds = sm_arena_zalloc(&f->arena, n, sizeof *odds);
    make_room(&s, nets->n);
    for (unsigned mean = 0; mean < NET_MEANS; mean++)
        fill_groups(&s, mean);
    read_inputs(&s, nets);
    for (size_t net = 0; net < nets->n; net++)
        add_odds(&s, &nets->nets[net], s.h + net * n, odds);
    for (size_t i = 0; i < n; i++)
        odds[i] /= (float)nets->n;
    return odds;
}
