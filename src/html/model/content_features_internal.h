/* The features of a page in the making.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_CONTENT_FEATURES_INTERNAL_H
#define SEIMAI_CONTENT_FEATURES_INTERNAL_H

#include "content_features.h"
#include "content_features_text.h"
#include "content_features_words.h"
#include "tags.h"

#define GROUP_NUMBER(symbol, name, words) GROUP_##symbol,
#define COUNT_GROUP(symbol, name, words)  +1
#define COUNT_ANCESTOR(symbol, name, tag) +1
enum { SM_NAME_GROUPS(GROUP_NUMBER) SM_PAGE_GROUPS(GROUP_NUMBER) WORD_GROUPS };
enum {
    NAME_GROUPS = 0 SM_NAME_GROUPS(COUNT_GROUP), /* those with a distance */
    ANCESTORS = 0 SM_ANCESTORS(COUNT_ANCESTOR)
};

enum { FAR = 30 /* levels: what is further away counts as not there */, TAGS_MAX = 512 };

/* An element that owns a block or holds one that does. They stand in document order, parents before children; node 0
 * is the root and its own parent. */
typedef struct node {
    uint32_t element, parent, end; /* the subtree is [this, end) */
    uint32_t first_block, end_block;
    uint32_t width, link_width, prose;
    uint32_t same; /* siblings of its kind */
    float near;    /* prose right below it */
    uint16_t top_up, top_level, up30, up70;
    uint64_t kind; /* hash of its tag and class */
    uint32_t name; /* a number that equal pairs of class and id share */
    uint8_t distance[NAME_GROUPS];
    uint8_t ancestors[ANCESTORS];
    uint8_t tag_class;
} node;

/* What a class and an id say. */
typedef struct name_facts {
    sm_span css_class, id;
    uint64_t groups; /* words */
} name_facts;

typedef struct signature {
    uint32_t blocks;
    uint32_t width, link_width, prose;
} signature;

/* What is known of a block besides its sm_block. */
typedef struct block_facts {
    text_facts text;
    uint32_t owner; /* a node */
    uint32_t prose;
    uint32_t signature, words; /* numbers that equal signatures and equal texts share */
    uint32_t same;             /* blocks with its text */
} block_facts;

struct sm_features {
    /* For all pages. */
    sm_words *names;
    uint8_t class_of_tag[TAGS_MAX], ancestor_of_tag[TAGS_MAX];
    /* Of the page: in the arena. */
    const sm_page *page;
    size_t bytes;
    sm_arena arena;
    size_t
        stride; /* from a feature to the next: more than the blocks up to a multiple of FEATURE_GROUP */
    float *values; /* (BLOCK_FEATURES, stride), then (PAGE_FEATURES, FEATURE_GROUP) */
    node *nodes;
    size_t n_nodes;
    name_facts *names_of; /* by node.name */
    size_t n_names;
    block_facts *blocks;
    signature *signatures;
    size_t n_signatures;
    uint32_t *cum_width, *cum_link, *cum_prose; /* of the blocks before: (blocks + 1) */
    int64_t h1, title, first_prose, last_prose; /* blocks; -1: none */
    uint32_t n_h1;                              /* blocks that are an <h1> */
    uint32_t top;                               /* a node */
};

/* sm_number_keys numbers equal keys alike, from 0 in the order in which they appear; returns how many there are. */
size_t sm_number_keys(sm_arena *arena, const uint64_t *keys, size_t n, uint32_t *numbers);

/* The steps of sm_features_compute, in this order. */
void sm_features_find_nodes(sm_features *f);  /* nodes, and the owner of each block */
void sm_features_read_blocks(sm_features *f); /* texts, prose, repeats, sums from the start */
void sm_features_sum_nodes(sm_features *f);   /* sums over subtrees, top, what nodes inherit */
void sm_features_fill_blocks(sm_features *f); /* values of blocks */
void sm_features_fill_around(
    sm_features *f); /* those of its neighbours: part of the step above */
void sm_features_fill_page(sm_features *f); /* values of the page */

static inline float sm_share(uint32_t part, uint32_t whole)
{
    return whole ? (float)part / (float)whole : 0;
}

static inline void sm_feature_set(sm_features *f, unsigned feature, size_t block, float value)
{
    f->values[feature * f->stride + block] = value;
}

static inline float sm_feature_get(const sm_features *f, unsigned feature, size_t block)
{
    return f->values[feature * f->stride + block];
}

#endif
