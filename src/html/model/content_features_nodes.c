/* The elements around the blocks: see content_features_internal.h.
 * SPDX-License-Identifier: MIT */
#include "content_features_internal.h"

#include <string.h>

#include <seimai/hash.h>

/* ---- which elements count ---------------------------------------------------------------------- */

/* Marks the owners and all that hold them; then numbers them, in numbers[] from 1. */
static size_t number_elements(const sm_page *page, uint32_t *numbers)
{
    size_t n = 1;
    numbers[0] = 1;
    for (size_t i = 0; i < page->n_blocks; i++)
        numbers[page->blocks[i].owner] = 1;
    for (size_t i = page->n_elements; i-- > 1;)
        if (numbers[i]) numbers[page->elements[i].parent] = 1;
    for (size_t i = 1; i < page->n_elements; i++)
        if (numbers[i]) numbers[i] = (uint32_t)++n;
    return n;
}

enum { NAME_BYTES = 256 /* of a class or id that are looked at */ };

static sm_span head_of(sm_span name)
{
    return (sm_span){name.p, name.n < NAME_BYTES ? name.n : NAME_BYTES};
}

/* Most classes stand at many elements: each pair of class and id is looked at once. */
static void name_nodes(sm_features *f)
{
    const size_t n = f->n_nodes;
    uint64_t *keys = sm_arena_alloc(&f->arena, n * sizeof *keys);
    uint32_t *numbers = sm_arena_alloc(&f->arena, n * sizeof *numbers);
    for (size_t i = 0; i < n; i++) {
        const sm_element *e = &f->page->elements[f->nodes[i].element];
        const uint64_t css_class = e->css_class.n ? sm_hash64(e->css_class) : 0;
        f->nodes[i].kind = css_class + e->tag;
        keys[i] = e->id.n ? sm_hash64_seeded(e->id, css_class + 1) : css_class;
    }
    f->n_names = sm_number_keys(&f->arena, keys, n, numbers);
    f->names_of = sm_arena_zalloc(&f->arena, f->n_names, sizeof *f->names_of);
    for (size_t i = n; i-- > 0;) {
        const sm_element *e = &f->page->elements[f->nodes[i].element];
        f->nodes[i].name = numbers[i];
        f->names_of[numbers[i]] = (name_facts){head_of(e->css_class), head_of(e->id), 0};
    }
    for (size_t i = 0; i < f->n_names; i++)
        f->names_of[i].groups =
            sm_text_words_in_name(f->names, f->names_of[i].css_class, f->names_of[i].id);
}

void sm_features_find_nodes(sm_features *f)
{
    const sm_page *page = f->page;
    uint32_t *numbers = sm_arena_zalloc(&f->arena, page->n_elements, sizeof *numbers);
    f->n_nodes = number_elements(page, numbers);
    f->nodes = sm_arena_zalloc(&f->arena, f->n_nodes, sizeof *f->nodes);
    for (size_t i = 0; i < page->n_elements; i++) {
        if (!numbers[i]) continue;
        node *at = &f->nodes[numbers[i] - 1];
        at->element = (uint32_t)i;
        at->parent = numbers[page->elements[i].parent] - 1;
        at->tag_class = f->class_of_tag[page->elements[i].tag];
    }
    name_nodes(f);
    for (size_t i = 0; i < page->n_blocks; i++)
        f->blocks[i].owner = numbers[page->blocks[i].owner] - 1;
}

/* ---- sums over subtrees ------------------------------------------------------------------------ */

/* As Readability scores: prose counts for the parent of its paragraph, half for the one above. */
static void add_near(sm_features *f, uint32_t owner, float prose)
{
    node *nodes = f->nodes;
    nodes[owner].near += prose / 4;
    if (!owner) return;
    const uint32_t parent = nodes[owner].parent;
    nodes[parent].near += prose;
    if (parent) nodes[nodes[parent].parent].near += prose / 2;
}

/* Makes the blocks of a subtree those of a part of it too; they are neighbours. */
static void widen(node *outer, uint32_t first, uint32_t end)
{
    if (outer->first_block == outer->end_block) outer->first_block = first;
    if (first < outer->first_block) outer->first_block = first;
    if (end > outer->end_block) outer->end_block = end;
}

static void add_own_blocks(sm_features *f)
{
    for (uint32_t i = 0; i < f->page->n_blocks; i++) {
        const sm_block *b = &f->page->blocks[i];
        node *owner = &f->nodes[f->blocks[i].owner];
        owner->width += b->width;
        owner->link_width += b->link_width;
        owner->prose += f->blocks[i].prose;
        widen(owner, i, i + 1);
        if (f->blocks[i].prose) add_near(f, f->blocks[i].owner, (float)f->blocks[i].prose);
    }
}

static void sum_subtrees(sm_features *f)
{
    for (size_t i = 0; i < f->n_nodes; i++)
        f->nodes[i].end = (uint32_t)i + 1;
    for (size_t i = f->n_nodes; i-- > 1;) {
        const node *at = &f->nodes[i];
        node *parent = &f->nodes[at->parent];
        parent->width += at->width;
        parent->link_width += at->link_width;
        parent->prose += at->prose;
        if (parent->end < at->end) parent->end = at->end;
        widen(parent, at->first_block, at->end_block);
    }
}

/* The first of the elements with the highest score; without prose, the root. */
static uint32_t find_top(const sm_features *f)
{
    float best = 0;
    uint32_t top = 0;
    for (size_t i = 0; i < f->n_nodes; i++) {
        const node *at = &f->nodes[i];
        const float score = at->near * (1 - sm_share(at->link_width, at->width));
        if (score <= best) continue;
        best = score;
        top = (uint32_t)i;
    }
    return top;
}

/* ---- siblings of a kind ------------------------------------------------------------------------ */

static sm_span first_word(sm_span name)
{
    size_t n = 0;
    while (n < name.n && name.p[n] != ' ')
        n++;
    return (sm_span){name.p, n};
}

static void count_siblings(sm_features *f)
{
    const size_t n = f->n_nodes;
    uint64_t *keys = sm_arena_alloc(&f->arena, n * sizeof *keys);
    uint32_t *numbers = sm_arena_alloc(&f->arena, n * sizeof *numbers);
    uint32_t *counts = sm_arena_zalloc(&f->arena, n, sizeof *counts);
    for (size_t i = 0; i < n; i++) {
        const sm_element *e = &f->page->elements[f->nodes[i].element];
        keys[i] = sm_hash64_seeded(first_word(e->css_class),
                                   (uint64_t)f->nodes[i].parent << 16 | e->tag);
    }
    (void)sm_number_keys(&f->arena, keys, n, numbers);
    for (size_t i = 0; i < n; i++)
        counts[numbers[i]]++;
    for (size_t i = 0; i < n; i++)
        f->nodes[i].same = counts[numbers[i]];
}

/* ---- what nodes inherit ------------------------------------------------------------------------ */

static void inherit(const sm_features *f, node *at, const node *parent)
{
    const sm_element *e = &f->page->elements[at->element];
    for (size_t g = 0; g < NAME_GROUPS; g++)
        at->distance[g] = (uint8_t)(parent->distance[g] + (parent->distance[g] < FAR));
    const uint64_t near = f->names_of[at->name].groups & ((UINT64_C(1) << NAME_GROUPS) - 1);
    for (uint64_t left = near; left; left &= left - 1)
        at->distance[__builtin_ctzll(left)] = 0;
    memcpy(at->ancestors, parent->ancestors, ANCESTORS);
    const uint8_t kind = f->ancestor_of_tag[e->tag];
    if (kind < ANCESTORS && at->ancestors[kind] < UINT8_MAX) at->ancestors[kind]++;
}

static uint16_t level_above(uint16_t level)
{
    return level ? (uint16_t)(level + 1) : 0;
}

static void place(node *at, const node *parent, uint32_t all)
{
    if (at != parent) {
        at->up30 = level_above(parent->up30);
        at->up70 = level_above(parent->up70);
    }
    if (all && 10 * (uint64_t)at->prose >= 3 * (uint64_t)all) at->up30 = 1;
    if (all && 10 * (uint64_t)at->prose >= 7 * (uint64_t)all) at->up70 = 1;
}

/* How far it is to the chain of elements that hold top, and from there down to top. */
static void place_by_top(sm_features *f)
{
    uint16_t up = 0;
    uint32_t at = f->top;
    bool *in_chain = sm_arena_zalloc(&f->arena, f->n_nodes, sizeof *in_chain);
    for (;; at = f->nodes[at].parent, up++) {
        f->nodes[at].top_up = up;
        in_chain[at] = true;
        if (!at) break;
    }
    for (size_t i = 1; i < f->n_nodes; i++) {
        if (in_chain[i]) continue;
        const node *parent = &f->nodes[f->nodes[i].parent];
        f->nodes[i].top_up = parent->top_up;
        f->nodes[i].top_level = (uint16_t)(parent->top_level + 1);
    }
}

void sm_features_sum_nodes(sm_features *f)
{
    add_own_blocks(f);
    sum_subtrees(f);
    count_siblings(f);
    f->top = find_top(f);
    place_by_top(f);
    memset(f->nodes[0].distance, FAR, NAME_GROUPS);
    place(&f->nodes[0], &f->nodes[0], f->nodes[0].prose);
    for (size_t i = 1; i < f->n_nodes; i++) {
        node *at = &f->nodes[i];
        const node *parent = &f->nodes[at->parent];
        inherit(f, at, parent);
        place(at, parent, f->nodes[0].prose);
    }
}
