/* A small net over the blocks of a page: a block is judged with those around it, of its kind and in its container.
 * SPDX-License-Identifier: MIT
 *
 * A block's state is NET_WIDTH floats. The first comes from its inputs:
 *
 *     h = max(0, first_bias + first_scale · Σ bin · first[input])
 *
 * Each layer adds to it what one hidden layer makes of the standardized states z = (h - mean) / √(variance + ε):
 *
 *     hidden = near_bias + before · z[i - distance] + here · z[i] + behind · z[i + distance]
 *              + Σ means · (mean of z over the blocks with i's signature; its parent; its grandparent; the page)
 *     h     += out_bias + out · max(0, hidden)
 *
 * The log-odds are last_bias + last · z. Means are by √w + 1, and blocks beyond the page count as 0.
 *
 * All paths add in the same order and fuse nothing, so that they agree to the bit. */
#ifndef SEIMAI_CONTENT_NET_H
#define SEIMAI_CONTENT_NET_H

#include "content_features.h"
#include "content_trees.h"

enum { NET_WIDTH = 16, NET_DISTANCE = 32 /* of a layer, at most */ };

/* The means of a layer, in their order. */
enum { MEAN_SIGNATURE, MEAN_PARENT, MEAN_GRANDPARENT, MEAN_PAGE, NET_MEANS };

typedef float net_row[NET_WIDTH];
/* Integer weights of two inputs side by side, as two bins lie in the halves of 32 bits. A list has at most
 * TREE_FEATURES inputs of 255 edges, so their sums fit in 32 bits, too. */
typedef int16_t net_pair[NET_WIDTH][2];
_Static_assert(TREE_FEATURES <= 255, "the sum of all inputs fits in 32 bits");

typedef struct net_layer {
    size_t distance;
    net_row before[NET_WIDTH], here[NET_WIDTH], behind[NET_WIDTH]; /* [from][to] */
    net_row means[NET_MEANS][NET_WIDTH];
    net_row near_bias;
    net_row out[NET_WIDTH], out_bias;
} net_layer;

typedef struct block_net {
    net_pair *first; /* [input / 2][to][input % 2], in units of first_scale */
    float first_scale;
    net_row first_bias;
    net_layer *layers;
    size_t n_layers;
    net_row last;
    float last_bias;
} block_net;

/* Nets of other seeds, which read the same and whose mean counts. */
typedef struct block_nets {
    split_list
        inputs; /* an input's bin is how many of its edges the value is not at or below */
    size_t n_of_blocks; /* inputs that differ from block to block: they come first */
    block_net *nets;
    size_t n;
} block_nets;

/* The blocks of a page by what they share: group after group, each in the order of the page. */
typedef struct net_groups {
    size_t n;
    const uint32_t *of;     /* group of each block */
    const uint32_t *first;  /* place of each group's first block; one more for the end */
    const uint32_t *blocks; /* by place */
    const float *weight;    /* of the block at each place: those of a group sum to 1 */
} net_groups;

/* What the blocks of a page say to a layer as groups: said[of[block]], for each kind of group. */
typedef struct net_said {
    const net_row *said[NET_MEANS];
    const uint32_t *of[NET_MEANS];
} net_said;

/* What an input reads: FEATURE_GROUP values, and its edges. Without edges all bins are 0. */
typedef struct net_values {
    const float *values, *edges;
    size_t n_edges;
} net_values;

/* The steps, as fast as a machine can. */
typedef struct block_net_path {
    /* pairs[lane]: the bins of two inputs; of FEATURE_GROUP lanes. */
    void (*count)(const net_values inputs[2], int32_t *pairs);
    /* The first state of n ≤ FEATURE_GROUP blocks, whose bins stand in pairs[inputs / 2][block]; `page` is what the
     * inputs of the page come to. */
    void (*begin)(net_row *h, size_t n, const int32_t *pairs, size_t n_pairs,
                  const block_net *net, const int32_t *page);
    /* to[i] += Σ x[i][k] · matrix[k], in the order of k. */
    void (*product)(net_row *to, size_t n, const net_row *x, const net_row *matrix);
    /* means[group] = Σ weight · z over its blocks */
    void (*average)(net_row *means, const net_row *z, const net_groups *groups);
    void (*standardize)(net_row *to, const net_row *from, size_t n);
    /* h += what the layer makes of z. There are `distance` rows of z more before the first and behind the last: 0. */
    void (*add_layer)(net_row *h, const net_row *z, size_t n, const net_said *said,
                      const net_layer *layer);
    /* odds[i] += bias + last · z[i] */
    void (*answer)(float *odds, const net_row *z, size_t n, const net_row last, float bias);
} block_net_path;

extern const block_net_path sm_block_net_path_portable, sm_block_net_path_avx2;
/* sm_block_net_path_best gives the fastest path that this machine has. */
const block_net_path *sm_block_net_path_best(void);

/* sm_block_nets_score gives the log-odds of each block of the page whose features are computed. In the arena of the
 * features; NULL for a page without blocks. */
const float *sm_block_nets_score(const block_nets *nets, sm_features *f,
                                 const block_net_path *path);

#endif
