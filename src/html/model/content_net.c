/* The net over the blocks of a page, and its portable path: see content_net.h.
 * SPDX-License-Identifier: MIT */
#include "content_net.h"

#define TARGET
#include "content_features_internal.h"
#include "content_net_steps.h"

const block_net_path sm_block_net_path_portable = {count,       begin,     product, average,
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
    float *weight; /* of each block in means */
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
        weight[at] = s->weight[i];
        total[g->of[i]] += weight[at];
    }
    for (size_t at = 0; at < s->n; at++)
        weight[at] /= total[g->of[blocks[at]]];
    g->first = first;
    g->blocks = blocks;
    g->weight = weight;
}

static void weigh_blocks(states *s)
{
    s->weight = sm_arena_alloc(&s->f->arena, s->n * sizeof *s->weight);
    for (size_t i = 0; i < s->n; i++)
        s->weight[i] = sqrtf((float)s->f->page->blocks[i].width) + 1;
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

/* What the inputs of the page come to in each number of a state. */
static void read_page(const states *s, const block_nets *nets, const block_net *net,
                      int32_t sums[NET_WIDTH])
{
    const split_list *inputs = &nets->inputs;
    memset(sums, 0, NET_WIDTH * sizeof *sums);
    for (size_t k = nets->n_of_blocks; k < inputs->n; k++) {
        const float value = *sm_features_group(s->f, inputs->feature[k], 0);
        int32_t bin = 0;
        for (size_t e = 0; e < inputs->n_edges[k]; e++)
            bin += !(value <= inputs->edges[k][e]);
        for (size_t to = 0; to < NET_WIDTH; to++)
            sums[to] += bin * net->first[k / 2][to][k % 2];
    }
}

static net_values values_of(const states *s, const split_list *inputs, size_t k, size_t i)
{
    return (net_values){sm_features_group(s->f, inputs->feature[k], i), inputs->edges[k],
                        inputs->n_edges[k]};
}

/* The bins of the blocks from i on. An odd input is paired with itself, without its edges. */
static void count_bins(const states *s, const block_nets *nets, size_t i, int32_t *pairs)
{
    for (size_t k = 0; k < nets->n_of_blocks; k += 2) {
        const bool odd = k + 1 == nets->n_of_blocks;
        net_values two[2] = {values_of(s, &nets->inputs, k, i),
                             values_of(s, &nets->inputs, odd ? k : k + 1, i)};
        if (odd) two[1].n_edges = 0;
        s->path->count(two, pairs + k / 2 * FEATURE_GROUP);
    }
}

static void read_inputs(const states *s, const block_nets *nets)
{
    const size_t n_pairs = (nets->n_of_blocks + 1) / 2;
    int32_t *pairs =
        sm_arena_alloc(&s->f->arena, (n_pairs + 1) * FEATURE_GROUP * sizeof *pairs);
    int32_t(*page)[NET_WIDTH] = sm_arena_alloc(&s->f->arena, nets->n * sizeof *page);
    for (size_t net = 0; net < nets->n; net++)
        read_page(s, nets, &nets->nets[net], page[net]);
    for (size_t i = 0; i < s->n; i += FEATURE_GROUP) {
        const size_t rows = s->n - i < FEATURE_GROUP ? s->n - i : FEATURE_GROUP;
        count_bins(s, nets, i, pairs);
        for (size_t net = 0; net < nets->n; net++)
            s->path->begin(s->h + net * s->n + i, rows, pairs, n_pairs, &nets->nets[net],
                           page[net]);
    }
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
        s->path->product(s->said[mean], g->n, (const net_row *)s->means, layer->means[mean]);
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
    weigh_blocks(&s);
    for (unsigned mean = 0; mean < NET_MEANS; mean++)
        fill_groups(&s, mean);
    read_inputs(&s, nets);
    for (size_t net = 0; net < nets->n; net++)
        add_odds(&s, &nets->nets[net], s.h + net * n, odds);
    for (size_t i = 0; i < n; i++)
        odds[i] /= (float)nets->n;
    return odds;
}
