/* The features of a block: its text, its place, the subtrees that hold it. See content_features.h.
 * SPDX-License-Identifier: MIT */
#include "content_features_internal.h"

#include <math.h>

/* ---- the text ---------------------------------------------------------------------------------- */

static float solid_of(const text_facts *t)
{
    enum { PLAIN_WORD = 12 }; /* no language's mean is longer */
    const float narrow = (float)(t->characters - t->wide),
                words = (float)(t->spaces + t->wide + 1);
    return fmaxf(0, narrow / words - PLAIN_WORD);
}

static void fill_text(sm_features *f, size_t i)
{
    const sm_block *b = &f->page->blocks[i];
    const block_facts *facts = &f->blocks[i];
    const text_facts *t = &facts->text;
    sm_feature_set(f, FEATURE_LINK, i, sm_share(b->link_width, b->width));
    sm_feature_set(f, FEATURE_LINKS, i, (float)b->links);
    sm_feature_set(f, FEATURE_PLAIN, i, (float)(b->width - b->link_width));
    sm_feature_set(f, FEATURE_STOPS, i, (float)t->stops);
    sm_feature_set(f, FEATURE_ENDS_STOP, i, t->ends_stop);
    sm_feature_set(f, FEATURE_MARKS, i, (float)t->marks);
    sm_feature_set(f, FEATURE_CONTACT, i, t->contact);
    sm_feature_set(f, FEATURE_SOLID, i, solid_of(t));
    sm_feature_set(f, FEATURE_DUPLICATES, i, (float)facts->same);
}

/* ---- the place --------------------------------------------------------------------------------- */

/* Width between the beginnings of two blocks, signed; NaN where the first is not there. */
static float width_from(const sm_features *f, int64_t from, size_t to)
{
    if (from < 0) return NAN;
    return (float)f->cum_width[to] - (float)f->cum_width[from];
}

static void fill_place(sm_features *f, size_t i)
{
    const size_t n = f->page->n_blocks;
    const uint32_t width = f->cum_width[n], prose = f->cum_prose[n];
    const int64_t at = (int64_t)i;
    sm_feature_set(f, FEATURE_POSITION_W, i, sm_share(f->cum_width[i], width));
    sm_feature_set(f, FEATURE_POSITION, i, sm_share((uint32_t)i, (uint32_t)n));
    sm_feature_set(f, FEATURE_POSITION_S, i, sm_share(f->cum_prose[i], prose));
    sm_feature_set(f, FEATURE_BEFORE, i, (float)f->cum_width[i]);
    sm_feature_set(f, FEATURE_AFTER, i, (float)(width - f->cum_width[i + 1]));
    sm_feature_set(f, FEATURE_INDEX, i, (float)i);
    sm_feature_set(f, FEATURE_INDEX_BACK, i, (float)(n - i));
    sm_feature_set(f, FEATURE_H1_BLOCKS, i, f->h1 < 0 ? NAN : (float)(at - f->h1) / (float)n);
    sm_feature_set(f, FEATURE_H1_W, i, width_from(f, f->h1, i));
    sm_feature_set(f, FEATURE_TITLE_W, i, width_from(f, f->title, i));
    sm_feature_set(f, FEATURE_FIRST_S, i, width_from(f, f->first_prose, i));
    sm_feature_set(f, FEATURE_LAST_S, i,
                   f->last_prose < 0 ? NAN : -width_from(f, f->last_prose + 1, i));
}

/* ---- elements ---------------------------------------------------------------------------------- */

static void fill_owner(sm_features *f, size_t i)
{
    const sm_block *b = &f->page->blocks[i];
    const node *owner = &f->nodes[f->blocks[i].owner];
    const sm_element *e = &f->page->elements[b->owner];
    sm_feature_set(f, FEATURE_TAG, i, owner->tag_class);
    sm_feature_set(f, FEATURE_PARENT_TAG, i, f->nodes[owner->parent].tag_class);
    sm_feature_set(f, FEATURE_HEADING, i, b->kind == SM_BLOCK_HEADING ? b->level : 0);
    sm_feature_set(f, FEATURE_DEPTH, i, e->depth);
    for (unsigned a = 0; a < ANCESTORS; a++)
        sm_feature_set(f, FEATURE_A_HEADER + a, i, owner->ancestors[a]);
    for (unsigned g = 0; g < NAME_GROUPS; g++)
        sm_feature_set(f, FEATURE_K_CONTENT + g, i, owner->distance[g]);
    sm_feature_set(f, FEATURE_TOP_UP, i, owner->top_up);
    sm_feature_set(f, FEATURE_TOP_LEVEL, i, owner->top_level);
    sm_feature_set(f, FEATURE_IN_TOP, i, owner->top_up == 0);
    sm_feature_set(f, FEATURE_UP_30, i, owner->up30);
    sm_feature_set(f, FEATURE_UP_70, i, owner->up70);
}

#define TRAIT_BIT(symbol, name, trait) trait,
static const uint32_t trait_bits[] = {SM_TRAIT_FEATURES(TRAIT_BIT)};

static void fill_traits(sm_features *f, size_t i)
{
    const uint32_t traits = f->page->elements[f->page->blocks[i].owner].traits;
    for (unsigned t = 0; t < sizeof trait_bits / sizeof *trait_bits; t++)
        sm_feature_set(f, FEATURE_X_HIDDEN + t, i, (traits & trait_bits[t]) != 0);
}

/* Width, links and prose of a subtree, in three features that follow each other. */
static void fill_subtree(sm_features *f, size_t i, unsigned feature, const node *at)
{
    sm_feature_set(f, feature, i, (float)at->width);
    sm_feature_set(f, feature + 1, i, sm_share(at->link_width, at->width));
    sm_feature_set(f, feature + 2, i, sm_share(at->prose, f->nodes[0].prose));
}

enum { LEVELS = 9, REP_LEVELS = 8 };

static void fill_levels(sm_features *f, size_t i, const node *const levels[LEVELS])
{
    static const uint8_t shown[] = {0, 1, 2, 3, 4, 6, 8};
    for (unsigned c = 0; c < sizeof shown; c++)
        fill_subtree(f, i, FEATURE_C0_W + 3 * c, levels[shown[c]]);
    unsigned most = 0;
    for (unsigned level = 1; level < REP_LEVELS; level++)
        if (levels[level]->same > levels[most]->same) most = level;
    const float same = (float)levels[most]->same;
    sm_feature_set(f, FEATURE_REP_MOST, i, same);
    sm_feature_set(f, FEATURE_REP_LEVEL, i, (float)most);
    sm_feature_set(f, FEATURE_REP0, i, (float)levels[0]->same);
    fill_subtree(f, i, FEATURE_REP_W, levels[most]);
    sm_feature_set(f, FEATURE_REP_ALL, i, same * (float)levels[most]->width);
}

static void fill_signature(sm_features *f, size_t i)
{
    const signature *s = &f->signatures[f->blocks[i].signature];
    sm_feature_set(f, FEATURE_SIG_N, i, (float)s->blocks);
    sm_feature_set(f, FEATURE_SIG_W, i, (float)s->width);
    sm_feature_set(f, FEATURE_SIG_LINK, i, sm_share(s->link_width, s->width));
    sm_feature_set(f, FEATURE_SIG_S, i, sm_share(s->prose, s->width));
    sm_feature_set(f, FEATURE_SIG_SHARE, i, sm_share(s->width, f->nodes[0].width));
    sm_feature_set(f, FEATURE_SIG_MEAN, i, (float)s->width / (float)s->blocks);
}

static void fill_tree(sm_features *f, size_t i)
{
    const node *levels[LEVELS] = {&f->nodes[f->blocks[i].owner]};
    for (unsigned level = 1; level < LEVELS; level++)
        levels[level] = &f->nodes[levels[level - 1]->parent];
    fill_levels(f, i, levels);
    fill_signature(f, i);
}

/* What only a model can fill in. */
static void fill_unknown(sm_features *f, size_t i)
{
    for (unsigned c = FEATURE_CLASS0; c <= FEATURE_CLASS_SUM; c++)
        sm_feature_set(f, c, i, NAN);
}

void sm_features_fill_blocks(sm_features *f)
{
    for (size_t i = 0; i < f->page->n_blocks; i++) {
        fill_text(f, i);
        fill_place(f, i);
        fill_owner(f, i);
        fill_traits(f, i);
        fill_tree(f, i);
        fill_unknown(f, i);
    }
    sm_features_fill_around(f);
}
