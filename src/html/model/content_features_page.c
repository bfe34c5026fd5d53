/* The features of a page as a whole: see content_features.h.
 * SPDX-License-Identifier: MIT */
#include "content_features_internal.h"

#include <math.h>

static void set(sm_features *f, unsigned feature, float value)
{
    float *to = sm_features_group(f, feature, 0);
    for (size_t i = 0; i < FEATURE_GROUP; i++)
        to[i] = value;
}

/* ---- text -------------------------------------------------------------------------------------- */

typedef struct sums {
    uint32_t p, li, largest, wide, characters, money, dates;
    uint64_t depth;
} sums;

static sums sum_blocks(const sm_features *f)
{
    const uint16_t p = sm_tag_of(SM_SPAN("p"));
    sums s = {0};
    for (size_t i = 0; i < f->page->n_blocks; i++) {
        const sm_block *b = &f->page->blocks[i];
        const block_facts *facts = &f->blocks[i];
        const sm_element *owner = &f->page->elements[b->owner];
        if (owner->tag == p) s.p += b->width;
        if (f->nodes[facts->owner].ancestors[FEATURE_A_LI - FEATURE_A_HEADER]) s.li += b->width;
        if (b->width > s.largest) s.largest = b->width;
        s.wide += facts->text.wide;
        s.characters += facts->text.characters;
        s.money += facts->text.currency;
        s.dates += facts->text.date;
        s.depth += owner->depth;
    }
    return s;
}

static void fill_sums(sm_features *f)
{
    const uint32_t n = (uint32_t)f->page->n_blocks, width = f->nodes[0].width;
    const sums s = sum_blocks(f);
    const float depth = n ? (float)s.depth / (float)n : 0;
    set(f, FEATURE_PAGE_P, sm_share(s.p, width));
    set(f, FEATURE_PAGE_LI, sm_share(s.li, width));
    set(f, FEATURE_PAGE_LARGEST, sm_share(s.largest, width));
    set(f, FEATURE_PAGE_CJK, sm_share(s.wide, s.characters));
    set(f, FEATURE_PAGE_MONEY, (float)s.money);
    set(f, FEATURE_PAGE_MONEY_SHARE, sm_share(s.money, n));
    set(f, FEATURE_PAGE_DATES, sm_share(s.dates, n));
    set(f, FEATURE_PAGE_DEPTH, depth);
    for (size_t i = 0; i < n; i++)
        sm_feature_set(f, FEATURE_RELATIVE_DEPTH, i,
                       sm_feature_get(f, FEATURE_DEPTH, i) / (depth > 1 ? depth : 1));
}

static void fill_shape(sm_features *f)
{
    const uint32_t n = (uint32_t)f->page->n_blocks;
    const node *root = &f->nodes[0], *top = &f->nodes[f->top];
    uint32_t most = 0;
    for (size_t i = 0; i < f->n_signatures; i++)
        if (f->signatures[i].blocks > most) most = f->signatures[i].blocks;
    const int64_t first = f->first_prose, last = f->last_prose;
    set(f, FEATURE_PAGE_W, (float)root->width);
    set(f, FEATURE_PAGE_BLOCKS, (float)n);
    set(f, FEATURE_PAGE_BYTES, (float)f->bytes);
    set(f, FEATURE_PAGE_MEAN, sm_share(root->width, n));
    set(f, FEATURE_PAGE_LINK, sm_share(root->link_width, root->width));
    set(f, FEATURE_PAGE_S, (float)root->prose);
    set(f, FEATURE_PAGE_S_SHARE, sm_share(root->prose, root->width));
    set(f, FEATURE_PAGE_FIRST_S, first < 0 ? 0 : sm_share(f->cum_width[first], root->width));
    set(f, FEATURE_PAGE_LAST_S, last < 0 ? 1 : sm_share(f->cum_width[last + 1], root->width));
    set(f, FEATURE_PAGE_TOP_S, sm_share(top->prose, root->prose));
    set(f, FEATURE_PAGE_TOP_LINK, root->prose ? sm_share(top->link_width, top->width) : 1);
    set(f, FEATURE_PAGE_SIG, (float)most);
    set(f, FEATURE_PAGE_H1, (float)f->n_h1);
    set(f, FEATURE_PAGE_PRODUCTS, (float)f->page->ld_products);
}

/* ---- elements ---------------------------------------------------------------------------------- */

static void fill_tags(sm_features *f)
{
    static const struct {
        unsigned feature;
        const char *tags[2];
    } counted[] = {{FEATURE_PAGE_ARTICLES, {"article"}},
                   {FEATURE_PAGE_MAINS, {"main"}},
                   {FEATURE_PAGE_H2, {"h2"}},
                   {FEATURE_PAGE_H3, {"h3"}},
                   {FEATURE_PAGE_TABLES, {"table"}},
                   {FEATURE_PAGE_CODES, {"pre", "code"}},
                   {FEATURE_PAGE_FORMS, {"form"}},
                   {FEATURE_PAGE_BUTTONS, {"button"}}};
    uint32_t tags[TAGS_MAX] = {0};
    for (size_t i = 1; i < f->page->n_elements; i++)
        tags[f->page->elements[i].tag]++;
    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
        uint32_t n = 0;
        for (size_t t = 0; t < 2 && counted[i].tags[t]; t++)
            n += tags[sm_tag_of(sm_span_of(counted[i].tags[t]))];
        set(f, counted[i].feature, (float)n);
    }
}

static void fill_groups(sm_features *f)
{
    static const struct {
        uint16_t feature, group;
    } counted[] = {
        {FEATURE_PAGE_K_COMMENT, GROUP_COMMENT}, {FEATURE_PAGE_K_PRODUCT, GROUP_PRODUCT},
        {FEATURE_PAGE_K_PRICE, GROUP_PRICE},     {FEATURE_PAGE_K_REVIEW, GROUP_REVIEW},
        {FEATURE_PAGE_K_MESSAGE, GROUP_MESSAGE}, {FEATURE_PAGE_K_FAQ, GROUP_FAQ},
        {FEATURE_PAGE_K_LIST, GROUP_LIST},       {FEATURE_PAGE_K_CODE, GROUP_CODE},
        {FEATURE_PAGE_K_AUTHOR, GROUP_AUTHOR},   {FEATURE_PAGE_K_RELATED, GROUP_RELATED},
        {FEATURE_PAGE_K_SEARCH, GROUP_SEARCH},   {FEATURE_PAGE_K_CONTENTS, GROUP_CONTENTS}};
    uint32_t counts[WORD_GROUPS] = {0};
    for (size_t i = 0; i < f->n_nodes; i++)
        for (uint64_t left = f->names_of[f->nodes[i].name].groups; left; left &= left - 1)
            counts[__builtin_ctzll(left)]++;
    for (size_t k = 0; k < sizeof counted / sizeof *counted; k++)
        set(f, counted[k].feature, (float)counts[counted[k].group]);
}

#define FACT_BIT(symbol, name, fact) fact,
static const uint32_t fact_bits[] = {SM_PAGE_FACTS(FACT_BIT)};

void sm_features_fill_page(sm_features *f)
{
    fill_sums(f);
    fill_shape(f);
    fill_tags(f);
    fill_groups(f);
    for (unsigned i = 0; i < sizeof fact_bits / sizeof *fact_bits; i++)
        set(f, FEATURE_FACT_OG_ARTICLE + i, (f->page->facts & fact_bits[i]) != 0);
    for (unsigned i = FEATURE_TYPE_ARTICLE; i <= FEATURE_TYPE_SERVICE; i++)
        set(f, i, NAN);
}
