/* Which blocks are the content: by the model, or by rules where there is none. See seimai/content.h.
 * SPDX-License-Identifier: MIT
 *
 * The rules: the content is looked for as a whole first: the element that holds most of the page's prose and little
 * else. Within it, blocks that are no furniture and not mostly links are taken. Nothing here counts
 * words: lengths are widths, in which a Japanese character counts twice. */
#include <seimai/content.h>

#include "content_internal.h"
#include "model/content_score_choose.h"
#include "phrases.h"

enum {
    FURNITURE = NOT_SHOWN | SM_TRAIT_NAV | SM_TRAIT_FOOTER | SM_TRAIT_ASIDE | SM_TRAIT_FORM |
                SM_TRAIT_BUTTON | SM_TRAIT_SHARE | SM_TRAIT_RELATED | SM_TRAIT_AD |
                SM_TRAIT_DIALOG | SM_TRAIT_COMMENT,
    PHRASE_WIDTH = 48 /* a longer line is no name of a menu */
};

/* A container of less prose than this is no article: there tables, lists and cards are the content. */
static const double article_share = 0.85;

static uint32_t traits(const sm_content *c, const sm_block *b)
{
    return c->elements[b->owner].traits;
}

static bool is_candidate(const sm_content *c, const sm_block *b)
{
    if (traits(c, b) & FURNITURE || b->words == 0) return false;
    if (b->kind != SM_BLOCK_HEADING && b->link_width * 2 > b->width) return false;
    return b->width > PHRASE_WIDTH || !sm_is_furniture_phrase(b->text);
}

/* The prose of each subtree, furniture left out. */
static void weigh_subtrees(sm_content *c)
{
    for (size_t i = 0; i < c->page.n_elements; i++)
        c->elements[i].sentence_width = 0;
    for (size_t i = 0; i < c->page.n_blocks; i++) {
        const sm_block *b = &c->blocks[i];
        if (b->is_sentence && is_candidate(c, b))
            c->elements[b->owner].sentence_width += b->width - b->link_width;
    }
    for (size_t i = c->page.n_elements; i-- > 1;)
        c->elements[c->elements[i].parent].sentence_width += c->elements[i].sentence_width;
}

static bool may_contain(const sm_element *e)
{
    return !(sm_tags[e->tag].flags & (TAG_INLINE | TAG_P)) && !(e->traits & FURNITURE);
}

/* How well an element's text is the page's prose: the harmonic mean of the share of its text that is
 * prose (links count half) and its share of the page's prose. */
static double fit(const sm_content *c, const sm_element *e)
{
    const double text = (double)e->width - 0.5 * (double)e->link_width;
    const double all = c->elements[0].sentence_width;
    return 2 * (double)e->sentence_width / (text + all);
}

/* The element that fits best; of equals the deepest. */
static uint32_t find_article(const sm_content *c, double *confidence)
{
    uint32_t best = 0;
    *confidence = fit(c, &c->elements[0]);
    for (size_t i = 1; i < c->page.n_elements; i++) {
        const sm_element *e = &c->elements[i];
        if (!e->sentence_width || !may_contain(e)) continue;
        const double f = fit(c, e);
        if (f < *confidence) continue;
        *confidence = f;
        best = (uint32_t)i;
    }
    return best;
}

/* The deepest element that holds nine tenths of the prose. */
static uint32_t find_body(const sm_content *c)
{
    const uint64_t all = c->elements[0].sentence_width;
    uint32_t best = 0;
    for (size_t i = 1; i < c->page.n_elements; i++) {
        const sm_element *e = &c->elements[i];
        if (e->parent != best || sm_tags[e->tag].flags & (TAG_INLINE | TAG_P)) continue;
        if (e->sentence_width * 10ULL >= all * 9) best = (uint32_t)i;
    }
    return best;
}

static uint32_t find_container(const sm_content *c, double *confidence)
{
    const uint32_t article = find_article(c, confidence);
    const sm_element *e = &c->elements[article];
    if ((double)e->sentence_width >= article_share * (double)e->width) return article;
    return find_body(c);
}

/* ---- marking ------------------------------------------------------------------------------ */

static void mark(sm_block *b, bool selected, sm_content_reason reason)
{
    b->selected = selected;
    b->reason = (uint8_t)reason;
    b->score = selected;
}

static size_t mark_within(sm_content *c, uint32_t container)
{
    const sm_element *e = &c->elements[container];
    size_t marked = 0;
    for (size_t i = 0; i < c->page.n_blocks; i++) {
        sm_block *b = &c->blocks[i];
        const bool inside = i >= e->first_block && i < e->end_block;
        const bool good = is_candidate(c, b);
        mark(b, inside && good, good ? SM_REASON_OUTSIDE : SM_REASON_FURNITURE);
        if (b->selected) b->reason = SM_REASON_SCORE;
        marked += b->selected;
    }
    return marked;
}

static size_t mark_all_but(sm_content *c, uint32_t unwanted)
{
    size_t marked = 0;
    for (size_t i = 0; i < c->page.n_blocks; i++) {
        sm_block *b = &c->blocks[i];
        const bool good = !(traits(c, b) & unwanted);
        mark(b, good, good ? SM_REASON_ALL : SM_REASON_HIDDEN);
        marked += b->selected;
    }
    return marked;
}

static size_t mark_by_rules(sm_content *c)
{
    double confidence = 0;
    weigh_subtrees(c);
    const size_t marked =
        c->elements[0].sentence_width ? mark_within(c, find_container(c, &confidence)) : 0;
    c->page.confidence = confidence;
    c->page.fell_back = marked == 0;
    return marked;
}

/* ---- by the model ------------------------------------------------------------------------- */

static void score(sm_content *c)
{
    if (c->scored) return;
    if (!c->features) c->features = sm_features_new();
    sm_features_compute(c->features, &c->page, c->source.n);
    sm_scores_compute(c->model, c->features, &c->scores);
    c->scored = true;
}

static const char *likeliest_type(const sm_scores *scores)
{
    unsigned best = 0;
    for (unsigned i = 1; i < PAGE_TYPES; i++)
        if (scores->types[i] > scores->types[best]) best = i;
    return sm_page_type_name(best);
}

static size_t mark_by_model(sm_content *c, bool precise)
{
    sm_choice choice;
    size_t marked = 0;
    score(c);
    sm_choose(&c->model->rules, c->features, &c->scores, precise, &choice);
    for (size_t i = 0; i < c->page.n_blocks; i++) {
        sm_block *b = &c->blocks[i];
        b->selected = choice.chosen[i];
        b->reason = choice.reason[i];
        b->score = (float)c->scores.p[i];
        marked += b->selected;
    }
    c->page.type = likeliest_type(&c->scores);
    c->page.confidence = choice.expected;
    c->page.no_content = choice.no_content;
    c->page.fell_back = !marked && !choice.no_content;
    return marked;
}

static size_t mark_content(sm_content *c, sm_content_mode mode)
{
    if (mode == SM_MODE_FULL || !c->page.n_blocks) return 0;
    if (!c->model) return mark_by_rules(c);
    return mark_by_model(c, mode == SM_MODE_PRECISE);
}

void sm_content_select(sm_content *c, sm_content_mode mode)
{
    c->page.type = NULL;
    c->page.fell_back = c->page.no_content = false;
    c->page.confidence = 1;
    size_t marked = mark_content(c, mode);
    if (!marked && !c->page.no_content) marked = mark_all_but(c, NOT_SHOWN);
    if (!marked && !c->page.no_content) (void)mark_all_but(c, 0);
}
