/* Features of the blocks of a page, from outside: see content_features.h.
 * SPDX-License-Identifier: MIT */
#include "content_features_internal.h"

#include <string.h>

#define ENTRY(symbol, name, meaning) [FEATURE_##symbol] = {name, meaning},
#define ENTRY_A(symbol, name, tag)   [FEATURE_A_##symbol] = {name, "ancestors <" tag ">"},
#define ENTRY_X(symbol, name, trait) [FEATURE_X_##symbol] = {name, #trait},
#define ENTRY_K(symbol, name, words) [FEATURE_K_##symbol] = {name, words},

#define ENTRY_F(symbol, name, fact) [FEATURE_FACT_##symbol] = {name, #fact},

static const sm_feature features[FEATURES] = {
    SM_FEATURES_OF_TEXT(ENTRY) SM_FEATURES_OF_PLACE(ENTRY) SM_ANCESTORS(ENTRY_A)
        SM_TRAIT_FEATURES(ENTRY_X) SM_NAME_GROUPS(ENTRY_K) SM_FEATURES_OF_TREE(ENTRY)
            SM_FEATURES_OF_NEIGHBOURS(ENTRY) SM_FEATURES_OF_CLASS(ENTRY)
                SM_FEATURES_OF_TYPE(ENTRY) SM_FEATURES_OF_PAGE(ENTRY) SM_PAGE_FACTS(ENTRY_F)};

sm_feature sm_feature_of(unsigned i)
{
    return features[i];
}

const char *sm_page_type_name(unsigned i)
{
    return features[FEATURE_TYPE_ARTICLE + i].name + strlen("q_");
}

/* ---- tags -------------------------------------------------------------------------------------- */

/* Tags by what they are used for: neighbours in this order are alike. Others: 31. */
static const struct {
    const char *names;
    uint8_t class;
} tag_classes[] = {
    {"p", 1},        {"li ul ol", 2},  {"td th tr", 3},    {"h1", 4},
    {"h2", 5},       {"h3", 6},        {"h4 h5 h6", 7},    {"div", 8},
    {"a", 9},        {"pre code", 10}, {"blockquote", 11}, {"dt dd", 12},
    {"caption", 13}, {"button", 14},   {"label", 15},      {"span font strong b em cite", 17},
    {"article", 18}, {"section", 19},  {"header", 20},     {"footer", 21},
    {"nav", 22},     {"aside", 23},    {"main", 24},       {"center", 26},
    {"form", 27},    {"noscript", 28}, {"time", 29},       {"address", 30},
};

enum { TAG_CLASS_ROOT = 25, TAG_CLASS_OTHER = 31 };

#define ANCESTOR_TAG(symbol, name, tag) tag,
static const char *const ancestor_tags[] = {SM_ANCESTORS(ANCESTOR_TAG)};

static void classify_tags(sm_features *f)
{
    memset(f->class_of_tag, TAG_CLASS_OTHER, sizeof f->class_of_tag);
    memset(f->ancestor_of_tag, ANCESTORS, sizeof f->ancestor_of_tag);
    for (size_t i = 0; i < sizeof tag_classes / sizeof *tag_classes; i++) {
        for (const char *name = tag_classes[i].names; *name;) {
            const size_t n = strcspn(name, " ");
            f->class_of_tag[sm_tag_of((sm_span){name, n})] = tag_classes[i].class;
            name += n + (name[n] == ' ');
        }
    }
    for (size_t i = 0; i < ANCESTORS; i++)
        f->ancestor_of_tag[sm_tag_of(sm_span_of(ancestor_tags[i]))] = (uint8_t)i;
    f->class_of_tag[0] = TAG_CLASS_OTHER;
}

/* ---- life -------------------------------------------------------------------------------------- */

#define WORD_GROUP(symbol, name, words) {name, words},
static const word_group name_groups[] = {SM_NAME_GROUPS(WORD_GROUP) SM_PAGE_GROUPS(WORD_GROUP)};

sm_features *sm_features_new(void)
{
    sm_features *f = sm_calloc(1, sizeof *f);
    f->names = sm_text_words_new(name_groups, WORD_GROUPS);
    classify_tags(f);
    return f;
}

void sm_features_free(sm_features *f)
{
    if (!f) return;
    sm_text_words_free(f->names);
    sm_arena_free(&f->arena);
    sm_free(f);
}

/* ---- a page ------------------------------------------------------------------------------------ */

static size_t slots_for(size_t n)
{
    size_t slots = 16;
    while (slots < 2 * n)
        slots *= 2;
    return slots;
}

size_t sm_number_keys(sm_arena *arena, const uint64_t *keys, size_t n, uint32_t *numbers)
{
    const size_t slots = slots_for(n);
    uint32_t *first =
        sm_arena_zalloc(arena, slots, sizeof *first); /* place of a key's first, from 1 */
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = keys[i] & (slots - 1);
        while (first[at] && keys[first[at] - 1] != keys[i])
            at = (at + 1) & (slots - 1);
        if (first[at]) {
            numbers[i] = numbers[first[at] - 1];
            continue;
        }
        first[at] = (uint32_t)i + 1;
        numbers[i] = (uint32_t)used++;
    }
    return used;
}

enum {
    LINE = 16 /* floats of a cache line: features of one block then lie in different sets */
};

/* All values will be set but those behind the last block. */
static float *allocate_values(sm_features *f, size_t n)
{
    const size_t all = BLOCK_FEATURES * f->stride + (size_t)PAGE_FEATURES * FEATURE_GROUP;
    float *values = sm_arena_alloc(&f->arena, all * sizeof *values);
    for (size_t i = 0; i < BLOCK_FEATURES; i++)
        memset(values + i * f->stride + n, 0, (f->stride - n) * sizeof *values);
    return values;
}

void sm_features_compute(sm_features *f, const sm_page *page, size_t bytes)
{
    const size_t n = page->n_blocks;
    sm_arena_reset(&f->arena);
    f->page = page;
    f->bytes = bytes;
    f->stride = (n + FEATURE_GROUP - 1) / FEATURE_GROUP * FEATURE_GROUP + LINE;
    f->values = allocate_values(f, n);
    f->blocks = sm_arena_zalloc(&f->arena, n + 1, sizeof *f->blocks);
    sm_features_find_nodes(f);
    sm_features_read_blocks(f);
    sm_features_sum_nodes(f);
    sm_features_fill_blocks(f);
    sm_features_fill_page(f);
}

float *sm_features_group(const sm_features *f, unsigned feature, size_t block)
{
    if (feature < BLOCK_FEATURES) return f->values + feature * f->stride + block;
    return f->values + BLOCK_FEATURES * f->stride + (feature - BLOCK_FEATURES) * FEATURE_GROUP;
}

uint32_t sm_features_signature(const sm_features *f, size_t block)
{
    return f->blocks[block].signature;
}
