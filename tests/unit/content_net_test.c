/* The net over the blocks of a page: its paths, against the definition in content_net.h spelled out.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include <seimai/content.h>
#include <seimai/random.h>

#include "content_internal.h"
#include "model/content_features_internal.h"
#include "model/content_net.h"
#include "test.h"

enum {
    INPUTS = 4, /* of which the third shares its pair with one of the page */
    EDGES = 4,
    LAYERS = 3,
    NETS = 2,
    BLOCKS = 150 /* more than two groups of features */
};

/* ---- a net of random numbers ------------------------------------------------------------------- */

typedef struct dice {
    uint64_t n;
} dice;

/* From -1 to 1. */
static float throw_dice(dice *d)
{
    return (float)(2 * sm_random_unit(7, d->n++, 0) - 1);
}

static void fill(net_row *rows, size_t n, float most, dice *d)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < NET_WIDTH; k++)
            rows[i][k] = most * throw_dice(d);
}

typedef struct made_net {
    float edges[INPUTS][EDGES];
    net_pair first[NETS][(INPUTS + 1) / 2];
    net_layer layers[NETS][LAYERS];
    block_net net[NETS];
    block_nets nets;
} made_net;

static void fill_pairs(net_pair *pairs, size_t n, dice *d)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < NET_WIDTH; k++)
            pairs[i / 2][k][i % 2] = (int16_t)(INT16_MAX * throw_dice(d));
}

static void fill_layer(net_layer *l, size_t distance, dice *d)
{
    l->distance = distance;
    fill(l->before, NET_WIDTH, .3F, d);
    fill(l->here, NET_WIDTH, .3F, d);
    fill(l->behind, NET_WIDTH, .3F, d);
    for (size_t k = 0; k < NET_MEANS; k++)
        fill(l->means[k], NET_WIDTH, .3F, d);
    fill(&l->near_bias, 1, .3F, d);
    fill(l->out, NET_WIDTH, .3F, d);
    fill(&l->out_bias, 1, .3F, d);
}

/* They read a block's place, its class tokens, which are NaN here, the share of the width before it, and the number of blocks. */
static void make_nets(made_net *m, size_t n_nets, size_t n_layers)
{
    static const uint16_t features[INPUTS] = {FEATURE_POSITION, FEATURE_CLASS0,
                                              FEATURE_POSITION_W, FEATURE_PAGE_BLOCKS};
    static const size_t distances[LAYERS] = {1, 5, NET_DISTANCE};
    dice d = {0};
    *m = (made_net){.nets = {.inputs.n = INPUTS, .n_of_blocks = 3, .n = n_nets}};
    for (size_t i = 0; i < INPUTS; i++) {
        for (size_t e = 0; e < EDGES; e++)
            m->edges[i][e] = (float)e / EDGES;
        m->nets.inputs.feature[i] = features[i];
        m->nets.inputs.n_edges[i] = EDGES;
        m->nets.inputs.edges[i] = m->edges[i];
    }
    for (size_t i = 0; i < n_nets; i++) {
        block_net *net = &m->net[i];
        *net = (block_net){.first = m->first[i], .layers = m->layers[i], .n_layers = n_layers};
        net->first_scale = .5F / INT16_MAX;
        fill_pairs(net->first, INPUTS, &d);
        fill(&net->first_bias, 1, .5F, &d);
        fill(&net->last, 1, 1, &d);
        net->last_bias = throw_dice(&d);
        for (size_t l = 0; l < n_layers; l++)
            fill_layer(&net->layers[l], distances[l], &d);
    }
    m->nets.nets = m->net;
}

/* ---- the oracle: a block at a time, in double -------------------------------------------------- */

typedef double numbers[NET_WIDTH];

typedef struct oracle {
    sm_features *f;
    size_t n;
    numbers h[BLOCKS], z[BLOCKS];
} oracle;

static void add(double *to, const double *x, const net_row *matrix, double times)
{
    for (size_t k = 0; k < NET_WIDTH; k++)
        for (size_t j = 0; j < NET_WIDTH; j++)
            to[j] += times * x[k] * (double)matrix[k][j];
}

static void read_inputs(oracle *o, const split_list *inputs, const block_net *net, size_t i)
{
    for (size_t k = 0; k < NET_WIDTH; k++)
        o->h[i][k] = (double)net->first_bias[k];
    for (size_t input = 0; input < inputs->n; input++) {
        const unsigned feature = inputs->feature[input];
        const float *values =
            sm_features_group(o->f, feature, i / FEATURE_GROUP * FEATURE_GROUP);
        const float value = values[feature < BLOCK_FEATURES ? i % FEATURE_GROUP : 0];
        size_t bin = 0;
        for (size_t e = 0; e < EDGES; e++)
            bin += !(value <= inputs->edges[input][e]);
        for (size_t k = 0; k < NET_WIDTH; k++)
            o->h[i][k] +=
                (double)bin * (double)net->first_scale * net->first[input / 2][k][input % 2];
    }
    for (size_t k = 0; k < NET_WIDTH; k++)
        o->h[i][k] = fmax(0, o->h[i][k]);
}

static void standardize(oracle *o)
{
    for (size_t i = 0; i < o->n; i++) {
        double mean = 0, variance = 0;
        for (size_t k = 0; k < NET_WIDTH; k++)
            mean += o->h[i][k] / NET_WIDTH;
        for (size_t k = 0; k < NET_WIDTH; k++)
            variance += (o->h[i][k] - mean) * (o->h[i][k] - mean) / NET_WIDTH;
        for (size_t k = 0; k < NET_WIDTH; k++)
            o->z[i][k] = (o->h[i][k] - mean) / sqrt(variance + 1e-5);
    }
}

static bool belong(const oracle *o, unsigned mean, size_t a, size_t b)
{
    const block_facts *x = &o->f->blocks[a], *y = &o->f->blocks[b];
    const node *nodes = o->f->nodes;
    const uint32_t p = nodes[x->owner].parent, q = nodes[y->owner].parent;
    if (mean == MEAN_SIGNATURE) return x->signature == y->signature;
    if (mean == MEAN_PARENT) return p == q;
    return mean == MEAN_PAGE || nodes[p].parent == nodes[q].parent;
}

static void add_mean(const oracle *o, double *hidden, const net_layer *l, unsigned mean,
                     size_t i)
{
    double total = 0;
    numbers sum = {0};
    for (size_t j = 0; j < o->n; j++) {
        const double weight = sqrt(o->f->page->blocks[j].width) + 1;
        if (!belong(o, mean, i, j)) continue;
        total += weight;
        for (size_t k = 0; k < NET_WIDTH; k++)
            sum[k] += weight * o->z[j][k];
    }
    add(hidden, sum, l->means[mean], 1 / total);
}

static void add_layer(oracle *o, const net_layer *l, size_t i)
{
    numbers hidden;
    for (size_t k = 0; k < NET_WIDTH; k++)
        hidden[k] = (double)l->near_bias[k];
    add(hidden, o->z[i], l->here, 1);
    if (i >= l->distance) add(hidden, o->z[i - l->distance], l->before, 1);
    if (i + l->distance < o->n) add(hidden, o->z[i + l->distance], l->behind, 1);
    for (unsigned mean = 0; mean < NET_MEANS; mean++)
        add_mean(o, hidden, l, mean, i);
    for (size_t k = 0; k < NET_WIDTH; k++) {
        hidden[k] = fmax(0, hidden[k]);
        o->h[i][k] += (double)l->out_bias[k];
    }
    add(o->h[i], hidden, l->out, 1);
}

static void score_slowly(const block_nets *nets, sm_features *f, double *odds)
{
    static oracle o;
    o.f = f;
    o.n = f->page->n_blocks;
    memset(odds, 0, o.n * sizeof *odds);
    for (const block_net *net = nets->nets; net < nets->nets + nets->n; net++) {
        for (size_t i = 0; i < o.n; i++)
            read_inputs(&o, &nets->inputs, net, i);
        for (size_t l = 0; l < net->n_layers; l++) {
            standardize(&o);
            for (size_t i = 0; i < o.n; i++)
                add_layer(&o, &net->layers[l], i);
        }
        standardize(&o);
        for (size_t i = 0; i < o.n; i++) {
            double sum = (double)net->last_bias;
            for (size_t k = 0; k < NET_WIDTH; k++)
                sum += o.z[i][k] * (double)net->last[k];
            odds[i] += sum / (double)nets->n;
        }
    }
}

/* ---- pages ------------------------------------------------------------------------------------- */

static void put_page(sm_buffer *html, size_t n_blocks)
{
    static const char *const before[] = {"<div class=card><p>", "<ul><li>", "<section><h2>",
                                         "<p class=a>"};
    static const char *const behind[] = {"</p></div>", "</li></ul>", "</h2></section>", "</p>"};
    static const char *const texts[] = {"精米", "Rice was grown here, and much of it.", "7"};
    for (size_t i = 0; i < n_blocks; i++) {
        const size_t kind = (size_t)sm_random_below(9, i, 0, 4);
        if (i % 20 == 0) sm_buffer_puts(html, i ? "</div><div>" : "<div>");
        sm_buffer_puts(html, before[kind]);
        sm_buffer_puts(html, texts[i % 3]);
        sm_buffer_puts(html, behind[kind]);
    }
}

static void assert_scores(const made_net *m, size_t n_blocks)
{
    sm_buffer html = sm_buffer_make(1 << 16);
    sm_content *content = sm_content_new();
    sm_features *f = sm_features_new();
    static double want[BLOCKS];
    put_page(&html, n_blocks);
    const sm_page *page = sm_content_parse(content, sm_buffer_span(&html));
    assert_int_equal(page->n_blocks, n_blocks);
    sm_features_compute(f, page, html.n);
    score_slowly(&m->nets, f, want);
    const float *portable = sm_block_nets_score(&m->nets, f, &sm_block_net_path_portable);
    const float *best = sm_block_nets_score(&m->nets, f, sm_block_net_path_best());
    for (size_t i = 0; i < n_blocks; i++)
        assert_true(fabs(want[i] - (double)portable[i]) < 1e-4);
    assert_memory_equal(portable, best, n_blocks * sizeof *best);
    sm_features_free(f);
    sm_content_free(content);
    sm_buffer_free(&html);
}

static void paths_are_the_definition(void **state)
{
    (void)state;
    static const size_t blocks[] = {1, 2, 3, 5, 63, 64, 65, 101, BLOCKS};
    static made_net m;
    for (size_t layers = 0; layers <= LAYERS; layers++) {
        make_nets(&m, 1 + layers % NETS, layers);
        for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
            assert_scores(&m, blocks[i]);
    }
}

/* The oracle itself sees each part: without it, the scores are others. */
static void every_part_counts(void **state)
{
    (void)state;
    static made_net m;
    static double want[BLOCKS], got[BLOCKS];
    sm_buffer html = sm_buffer_make(1 << 16);
    sm_content *content = sm_content_new();
    sm_features *f = sm_features_new();
    put_page(&html, 60);
    sm_features_compute(f, sm_content_parse(content, sm_buffer_span(&html)), html.n);
    make_nets(&m, 1, 1);
    block_net *net = m.net;
    net_layer *l = m.layers[0];
    const struct {
        void *numbers;
        size_t size;
    } parts[] = {
        {net->first, sizeof m.first[0]},   {&net->first_bias, sizeof net->first_bias},
        {l->before, sizeof l->before},     {l->here, sizeof l->here},
        {l->behind, sizeof l->behind},     {l->means[0], sizeof l->means[0]},
        {l->means[1], sizeof l->means[1]}, {l->means[2], sizeof l->means[2]},
        {l->means[3], sizeof l->means[3]}, {&l->near_bias, sizeof l->near_bias},
        {l->out, sizeof l->out},           {&l->out_bias, sizeof l->out_bias},
        {&net->last, sizeof net->last},
    };
    score_slowly(&m.nets, f, want);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        make_nets(&m, 1, 1);
        memset(parts[i].numbers, 0, parts[i].size);
        score_slowly(&m.nets, f, got);
        assert_true(memcmp(want, got, 60 * sizeof *got) != 0);
        const float *fast = sm_block_nets_score(&m.nets, f, sm_block_net_path_best());
        for (size_t k = 0; k < 60; k++)
            assert_true(fabs(got[k] - (double)fast[k]) < 1e-4);
    }
    sm_features_free(f);
    sm_content_free(content);
    sm_buffer_free(&html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_the_definition),
        cmocka_unit_test(every_part_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
