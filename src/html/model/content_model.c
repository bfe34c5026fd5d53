/* Reading a model file: see seimai/content_model.h.
 * SPDX-License-Identifier: MIT
 *
 * The file, little-endian; a string is a u8 length and the bytes:
 *
 *     "SMCONTENT2"
 *     string              version of the model, as it stands in metadata and statistics
 *     u16 n, n × feature  of the trees and of the page types, by the names of this build
 *     f32 unit, u32 n, n × u32 hash (ascending), n × i8 log-odds in units
 *     u8 n, n × (string, forest)      page types; classes of a softmax. Features of the page only
 *     forest              the trees
 *     nets
 *     u16 n, n × (string, f32)        rules: each of this build's once
 *     u64                 XXH3-64 of all before
 *
 *     feature: string, u8 n, n × f32 threshold, rising; the last may be infinite
 *     forest:  f32 bias, f32 scale, u16 n_trees, the trees
 *     tree:    a node, then the tree to its left, then the one to its right; or a leaf
 *     node:    u8 feature (place in its list, below 255), u8 threshold (place in the feature's)
 *     leaf:    u8 255, i16 value
 *     nets:    u8 width; u16 n, n × feature: their inputs, those of blocks before those of the page; u8 n, n × net
 *     net:     matrix inputs × width, row; u8 n, n × layer; row, f32 bias
 *     layer:   u8 distance, 3 matrices: before, here, behind; 4 matrices of means, row; matrix, row: out
 *     matrix:  f32 scale, from × to × i16, width × width where nothing else is said; row: the same, 1 × width */
#include <seimai/file.h>
#include <seimai/hash.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "content_model_internal.h"
#include "content_score.h"

/* ---- a cursor over the file -------------------------------------------------------------------- */

/* The first fault stays: what is taken after it is zeros, and loops end. */
typedef struct reader {
    sm_content_model *model;
    const char *name; /* of the file */
    sm_span bytes;
    size_t at;
    int status;
    sm_error *err;
} reader;

static void SM_PRINTF(3) fail(reader *r, int status, const char *format, ...)
{
    char what[200];
    va_list arguments;
    if (r->status < 0) return;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    r->status = sm_error_set(r->err, status, "%s: offset %zu: %s", r->name, r->at, what);
}

/* NULL where that many bytes are not there. */
static const char *take(reader *r, size_t n)
{
    if (r->status < 0) return NULL;
    if (r->bytes.n - r->at < n) {
        fail(r, SM_ETRUNC, "the file ends too early");
        return NULL;
    }
    const char *p = r->bytes.p + r->at;
    r->at += n;
    return p;
}

static uint8_t take_u8(reader *r)
{
    const char *p = take(r, 1);
    return p ? (uint8_t)*p : 0;
}

static uint16_t take_u16(reader *r)
{
    const char *p = take(r, 2);
    return p ? sm_get_u16(p) : 0;
}

static uint32_t take_u32(reader *r)
{
    const char *p = take(r, 4);
    return p ? sm_get_u32(p) : 0;
}

static float take_bits(reader *r)
{
    const uint32_t bits = take_u32(r);
    float value;
    memcpy(&value, &bits, sizeof bits);
    return value;
}

static float take_float(reader *r)
{
    const float value = take_bits(r);
    if (!isfinite(value)) fail(r, SM_EFORMAT, "a number that is not finite");
    return value;
}

static sm_span take_string(reader *r)
{
    const size_t n = take_u8(r);
    const char *p = take(r, n);
    return p ? (sm_span){p, n} : (sm_span){0};
}

/* ---- names ------------------------------------------------------------------------------------- */

static int find_feature(sm_span name)
{
    for (unsigned i = 0; i < FEATURES; i++)
        if (sm_span_equal(name, sm_span_of(sm_feature_of(i).name))) return (int)i;
    return -1;
}

/* Thresholds rise; the last may be infinite: it tells numbers from NaN. */
static const float *take_edges(reader *r, size_t n)
{
    float *edges = sm_arena_zalloc(&r->model->arena, n + 1, sizeof *edges);
    for (size_t i = 0; i < n && !r->status; i++) {
        edges[i] = take_bits(r);
        if (isnan(edges[i]) || (i && !(edges[i] > edges[i - 1])))
            fail(r, SM_EFORMAT, "threshold %zu is not above the one before", i);
    }
    return edges;
}

static void take_features(reader *r, split_list *list)
{
    const size_t count = take_u16(r);
    if (count > TREE_FEATURES)
        fail(r, SM_EFORMAT, "%zu features, above %d", count, TREE_FEATURES);
    for (list->n = 0; list->n < count && !r->status; list->n++) {
        const sm_span name = take_string(r);
        const int feature = find_feature(name);
        if (feature < 0) fail(r, SM_EFORMAT, "no feature \"%.*s\" here", (int)name.n, name.p);
        list->feature[list->n] = (uint16_t)feature;
        list->n_edges[list->n] = take_u8(r);
        list->edges[list->n] = take_edges(r, list->n_edges[list->n]);
        list->first[list->n] = (uint16_t)list->n_splits;
        list->n_splits += list->n_edges[list->n];
    }
}

/* ---- class tokens ------------------------------------------------------------------------------ */

static void add_token(sm_content_model *m, uint32_t token, int8_t log_odds)
{
    size_t at = token % TOKEN_SLOTS;
    while (m->tokens[at].taken)
        at = (at + 1) % TOKEN_SLOTS;
    m->tokens[at] = (token_slot){token, log_odds, true};
}

static void take_tokens(reader *r)
{
    r->model->unit = take_float(r);
    const size_t n = take_u32(r);
    if (n > TOKEN_SLOTS / 2)
        fail(r, SM_EFORMAT, "%zu class tokens, above %d", n, TOKEN_SLOTS / 2);
    const char *tokens = take(r, 4 * n), *odds = take(r, n);
    for (size_t i = 0; odds && i < n; i++) {
        const uint32_t token = sm_get_u32(tokens + 4 * i);
        if (i && token <= sm_get_u32(tokens + 4 * (i - 1)))
            fail(r, SM_EFORMAT, "class token %zu is not above the one before", i);
        add_token(r->model, token, (int8_t)odds[i]);
    }
}

/* ---- forests ----------------------------------------------------------------------------------- */

enum { LEAF = 255 /* in place of a feature */ };

/* A tree in the making: what comes next is the child that waits on top. */
typedef struct tree_draft {
    tree_node nodes[TREE_NODES];
    size_t n_nodes, n_leaves;
    uint8_t *waiting[TREE_LEAVES];
    size_t n_waiting;
} tree_draft;

static void take_leaf(reader *r, tree_draft *d, tree *t, uint8_t *place)
{
    if (d->n_leaves == TREE_LEAVES)
        fail(r, SM_EFORMAT, "a tree of more than %d leaves", TREE_LEAVES);
    if (r->status < 0) return;
    *place = (uint8_t)(TREE_LEAVES + d->n_leaves);
    t->leaves[d->n_leaves++] = (int16_t)take_u16(r);
}

static void take_node(reader *r, const split_list *list, uint8_t feature, tree_draft *d,
                      uint8_t *place)
{
    const uint8_t edge = take_u8(r);
    if (d->n_nodes == TREE_NODES)
        fail(r, SM_EFORMAT, "a tree of more than %d nodes", TREE_NODES);
    if (feature >= list->n) fail(r, SM_EFORMAT, "feature %u of %zu", feature, list->n);
    if (r->status < 0) return;
    if (edge >= list->n_edges[feature])
        fail(r, SM_EFORMAT, "threshold %u of %u", edge, list->n_edges[feature]);
    *place = (uint8_t)d->n_nodes;
    tree_node *node = &d->nodes[d->n_nodes++];
    *node = (tree_node){
        .split = (uint16_t)(list->first[feature] + edge), .feature = feature, .edge = edge};
    d->waiting[d->n_waiting++] = &node->right;
    d->waiting[d->n_waiting++] = &node->left;
}

/* Leaves of each left subtree; the nodes still stand parents before children. */
static void count_leaves(tree_draft *d)
{
    size_t leaves[2 * TREE_LEAVES];
    for (size_t i = TREE_LEAVES; i < 2 * TREE_LEAVES; i++)
        leaves[i] = 1;
    for (size_t i = d->n_nodes; i-- > 0;) {
        tree_node *node = &d->nodes[i];
        node->skip = (uint8_t)leaves[node->left];
        leaves[i] = leaves[node->left] + leaves[node->right];
    }
}

/* Level by level: then a node seldom waits for the one before it. */
static void order_by_level(const tree_draft *d, tree_node *nodes)
{
    uint8_t queue[TREE_NODES] = {0};
    size_t n = d->n_nodes != 0;
    for (size_t i = 0; i < n; i++) {
        nodes[i] = d->nodes[queue[i]];
        uint8_t *const children[] = {&nodes[i].left, &nodes[i].right};
        for (size_t c = 0; c < 2; c++) {
            if (*children[c] >= TREE_LEAVES) continue;
            queue[n] = *children[c];
            *children[c] = (uint8_t)n++;
        }
    }
}

static void take_tree(reader *r, const split_list *list, tree *t)
{
    tree_draft d = {.n_nodes = 0};
    uint8_t root;
    for (d.waiting[d.n_waiting++] = &root; d.n_waiting && !r->status;) {
        uint8_t *place = d.waiting[--d.n_waiting];
        const uint8_t code = take_u8(r);
        if (code == LEAF)
            take_leaf(r, &d, t, place);
        else
            take_node(r, list, code, &d, place);
    }
    if (r->status < 0) return;
    tree_node *nodes = sm_arena_zalloc(&r->model->arena, d.n_nodes + 1, sizeof *nodes);
    count_leaves(&d);
    order_by_level(&d, nodes);
    t->nodes = nodes;
    t->n_nodes = d.n_nodes;
}

static void take_forest(reader *r, const split_list *list, forest *f)
{
    f->bias = take_float(r);
    f->scale = take_float(r);
    const size_t n = take_u16(r);
    f->trees = sm_arena_zalloc(&r->model->arena, n + 1, sizeof *f->trees);
    for (f->n_trees = 0; f->n_trees < n && !r->status; f->n_trees++)
        take_tree(r, list, &f->trees[f->n_trees]);
}

/* Page types may read features of the page only, and not their own answers. */
static void check_types(reader *r, const split_list *list, const forest *f)
{
    for (size_t i = 0; i < f->n_trees; i++)
        for (size_t k = 0; k < f->trees[i].n_nodes; k++) {
            const unsigned feature = list->feature[f->trees[i].nodes[k].feature];
            if (feature > FEATURE_TYPE_SERVICE) continue;
            fail(r, SM_EFORMAT, "page types read \"%s\"", sm_feature_of(feature).name);
        }
}

static void take_types(reader *r, const split_list *list)
{
    const unsigned n = take_u8(r);
    if (n != PAGE_TYPES) fail(r, SM_EFORMAT, "%u page types, not %d", n, PAGE_TYPES);
    for (unsigned i = 0; i < PAGE_TYPES && !r->status; i++) {
        const sm_span name = take_string(r);
        if (!sm_span_equal(name, sm_span_of(sm_page_type_name(i))))
            fail(r, SM_EFORMAT, "page type %u is not \"%s\"", i, sm_page_type_name(i));
        take_forest(r, list, &r->model->types[i]);
        check_types(r, list, &r->model->types[i]);
    }
}

/* ---- the nets ---------------------------------------------------------------------------------- */

/* The numbers of a matrix of n rows, in units of the scale; NULL at the end of the file. */
static const char *take_numbers(reader *r, size_t n, float *scale)
{
    *scale = take_float(r);
    if (*scale < 0 || *scale > 1) fail(r, SM_EFORMAT, "a scale that is not from 0 to 1");
    return take(r, n * NET_WIDTH * sizeof(int16_t));
}

static int16_t number_of(const char *numbers, size_t row, size_t column)
{
    return (int16_t)sm_get_u16(numbers + (row * NET_WIDTH + column) * sizeof(int16_t));
}

static void take_matrix(reader *r, net_row *rows, size_t n)
{
    float scale;
    const char *numbers = take_numbers(r, n, &scale);
    for (size_t i = 0; numbers && i < n * NET_WIDTH; i++)
        rows[i / NET_WIDTH][i % NET_WIDTH] =
            scale * (float)number_of(numbers, i / NET_WIDTH, i % NET_WIDTH);
}

static void take_pairs(reader *r, block_net *net, size_t n)
{
    const char *numbers = take_numbers(r, n, &net->first_scale);
    net->first = sm_arena_zalloc(&r->model->arena, n / 2 + 1, sizeof *net->first);
    for (size_t i = 0; numbers && i < n * NET_WIDTH; i++)
        net->first[i / NET_WIDTH / 2][i % NET_WIDTH][i / NET_WIDTH % 2] =
            number_of(numbers, i / NET_WIDTH, i % NET_WIDTH);
}

static void take_layer(reader *r, net_layer *layer)
{
    net_row *const near[] = {layer->before, layer->here, layer->behind};
    layer->distance = take_u8(r);
    if (!layer->distance || layer->distance > NET_DISTANCE)
        fail(r, SM_EFORMAT, "a distance of %zu, not of 1 to %d", layer->distance, NET_DISTANCE);
    for (size_t i = 0; i < sizeof near / sizeof *near; i++)
        take_matrix(r, near[i], NET_WIDTH);
    for (size_t i = 0; i < NET_MEANS; i++)
        take_matrix(r, layer->means[i], NET_WIDTH);
    take_matrix(r, &layer->near_bias, 1);
    take_matrix(r, layer->out, NET_WIDTH);
    take_matrix(r, &layer->out_bias, 1);
}

static void take_net(reader *r, size_t n_inputs, block_net *net)
{
    take_pairs(r, net, n_inputs);
    take_matrix(r, &net->first_bias, 1);
    const size_t n = take_u8(r);
    net->layers = sm_arena_zalloc(&r->model->arena, n + 1, sizeof *net->layers);
    for (net->n_layers = 0; net->n_layers < n && !r->status; net->n_layers++)
        take_layer(r, &net->layers[net->n_layers]);
    take_matrix(r, &net->last, 1);
    net->last_bias = take_float(r);
}

/* Inputs of the page come behind those of the blocks. */
static size_t count_of_blocks(reader *r, const split_list *inputs)
{
    size_t n = 0;
    for (size_t i = 0; i < inputs->n; i++) {
        if (inputs->feature[i] >= BLOCK_FEATURES) continue;
        if (n < i) fail(r, SM_EFORMAT, "an input of blocks behind one of the page");
        n++;
    }
    return n;
}

static void take_nets(reader *r, block_nets *nets)
{
    const unsigned width = take_u8(r);
    if (width != NET_WIDTH) fail(r, SM_EFORMAT, "nets of width %u, not %d", width, NET_WIDTH);
    take_features(r, &nets->inputs);
    nets->n_of_blocks = count_of_blocks(r, &nets->inputs);
    const size_t n = take_u8(r);
    if (n == 0) fail(r, SM_EFORMAT, "no net");
    nets->nets = sm_arena_zalloc(&r->model->arena, n + 1, sizeof *nets->nets);
    for (nets->n = 0; nets->n < n && !r->status; nets->n++)
        take_net(r, nets->inputs.n, &nets->nets[nets->n]);
}

/* ---- rules ------------------------------------------------------------------------------------- */

#define RULE_ENTRY(symbol, meaning) {#symbol, offsetof(rules, symbol)},
static const struct {
    const char *name;
    size_t offset;
} rule_entries[] = {SM_RULE_LIST(RULE_ENTRY)};
enum { RULES = sizeof rule_entries / sizeof *rule_entries, RULE_MOST = 1 << 20 };

static void take_rule(reader *r, bool seen[RULES])
{
    const sm_span name = take_string(r);
    const float value = take_float(r);
    size_t i = 0;
    if (value < 0 || value > RULE_MOST)
        fail(r, SM_EFORMAT, "the rule \"%.*s\" is below 0 or above %d", (int)name.n, name.p,
             RULE_MOST);
    while (i < RULES && !sm_span_equal(name, sm_span_of(rule_entries[i].name)))
        i++;
    if (i == RULES || seen[i]) {
        fail(r, SM_EFORMAT, "the rule \"%.*s\" is not known, or comes twice", (int)name.n,
             name.p);
        return;
    }
    memcpy((char *)&r->model->rules + rule_entries[i].offset, &value, sizeof value);
    seen[i] = true;
}

static void take_rules(reader *r)
{
    bool seen[RULES] = {false};
    const size_t n = take_u16(r);
    for (size_t i = 0; i < n && !r->status; i++)
        take_rule(r, seen);
    for (size_t i = 0; i < RULES; i++)
        if (!seen[i]) fail(r, SM_EFORMAT, "the rule \"%s\" is missing", rule_entries[i].name);
}

/* ---- the file ---------------------------------------------------------------------------------- */

static const char magic[] = "SMCONTENT2";

static void take_magic(reader *r)
{
    const size_t n = sizeof magic - 1;
    if (r->bytes.n < n || memcmp(r->bytes.p, magic, n - 1) != 0)
        fail(r, SM_EFORMAT, "not a model of main content");
    else if (r->bytes.p[n - 1] != magic[n - 1])
        fail(r, SM_EFORMAT, "a newer format than this build reads");
    r->at = n;
}

/* The last thing in the file; damage that the reader could not see otherwise shows here. */
static void take_checksum(reader *r)
{
    const uint64_t hash = sm_hash64((sm_span){r->bytes.p, r->at});
    const char *p = take(r, 8);
    if (p && r->at != r->bytes.n) fail(r, SM_EFORMAT, "%zu bytes too many", r->bytes.n - r->at);
    if (p && sm_get_u64(p) != hash) fail(r, SM_EHASH, "the checksum does not match");
}

static void take_model(reader *r)
{
    sm_content_model *m = r->model;
    take_magic(r);
    m->version = sm_arena_copy(&m->arena, take_string(r)).p;
    take_features(r, &m->features);
    take_tokens(r);
    take_types(r, &m->features);
    take_forest(r, &m->features, &m->trees);
    take_nets(r, &m->nets);
    take_rules(r);
    take_checksum(r);
}

int sm_content_model_parse(sm_content_model **model, sm_span bytes, const char *name,
                           sm_error *err)
{
    sm_content_model *m = sm_calloc(1, sizeof *m);
    reader r = {.model = m, .name = name, .bytes = bytes, .err = err};
    take_model(&r);
    *model = r.status < 0 ? NULL : m;
    if (r.status < 0) sm_content_model_free(m);
    return r.status;
}

int sm_content_model_read(sm_content_model **model, const char *path, sm_error *err)
{
    sm_buffer bytes = sm_buffer_make(SM_CONTENT_MODEL_BYTES);
    int status = sm_file_read(path, &bytes, err);
    *model = NULL;
    if (status >= 0) status = sm_content_model_parse(model, sm_buffer_span(&bytes), path, err);
    sm_buffer_free(&bytes);
    return status;
}

void sm_content_model_free(sm_content_model *model)
{
    if (!model) return;
    sm_arena_free(&model->arena);
    sm_free(model);
}

const char *sm_content_model_version(const sm_content_model *model)
{
    return model->version;
}
