/* From probabilities to a choice: see content_score_choose.h. tests/bench/extract/learn/selection.py says the same in
 * numpy.
 * SPDX-License-Identifier: MIT */
#include "content_score_choose.h"

#include <string.h>

#include "content_features_internal.h"

/* A page of fewer blocks has nothing that could be told from its content. */
enum { FEW_BLOCKS = 8 };

typedef struct chooser {
    const rules *rules;
    sm_features *f;
    size_t n;
    double *p;     /* of the blocks */
    int32_t *keys; /* the order of p, exactly */
    double mass;   /* Σ p·w */
    bool is_cjk, is_article;
    sm_choice *choice;
} chooser;

static double width_of(const chooser *c, size_t i)
{
    return c->f->page->blocks[i].width;
}

static void drop(const chooser *c, size_t i, sm_content_reason reason)
{
    c->choice->chosen[i] = false;
    c->choice->reason[i] = (uint8_t)reason;
}

static void take(const chooser *c, size_t i)
{
    c->choice->chosen[i] = true;
    c->choice->reason[i] = SM_REASON_SCORE;
}

/* The kinds of pages were learned from English ones: where the text is CJK, less has to speak for an article. */
static bool is_article(const chooser *c, const sm_scores *scores)
{
    return scores->types[0] >= (double)(c->is_cjk ? c->rules->article_cjk : c->rules->article);
}

/* ---- before the choice ------------------------------------------------------------------------- */

/* Articles have few links and hidden blocks: both must be likely. */
static bool is_doubted(const chooser *c, size_t i, sm_content_reason *reason)
{
    const uint32_t owner = c->f->page->blocks[i].owner;
    const bool hidden = c->f->page->elements[owner].traits & SM_TRAIT_HIDDEN;
    const bool links = sm_feature_get(c->f, FEATURE_LINK, i) > c->rules->link_share;
    *reason = links ? SM_REASON_LINKS : SM_REASON_HIDDEN;
    return (links && c->p[i] < (double)c->rules->link) ||
           (hidden && c->p[i] < (double)c->rules->hidden);
}

/* Doubted blocks get probability 0, and the last places. */
static void doubt(chooser *c)
{
    for (size_t i = 0; i < c->n; i++) {
        sm_content_reason reason;
        if (c->is_article && is_doubted(c, i, &reason)) {
            c->choice->reason[i] = (uint8_t)reason;
            c->p[i] = 0;
            c->keys[i] = INT32_MIN;
        }
        c->mass += c->p[i] * width_of(c, i);
    }
}

/* ---- the choice -------------------------------------------------------------------------------- */

/* The blocks of the highest p, as many as make the expected F1 the largest. */
static void take_best(const chooser *c)
{
    uint32_t *order = sm_arena_alloc(&c->f->arena, c->n * sizeof *order);
    const double all = (double)c->rules->mass * c->mass;
    double got = 0, width = 0, best = -1;
    size_t n = 0;
    sm_sort_down(c->keys, c->n, &c->f->arena, order);
    for (size_t k = 0; k < c->n; k++) {
        got += c->p[order[k]] * width_of(c, order[k]);
        width += width_of(c, order[k]);
        if (2 * got / (width + all) <= best) continue;
        best = 2 * got / (width + all);
        n = k + 1;
    }
    for (size_t k = 0; k < n; k++)
        c->choice->chosen[order[k]] = true;
}

/* Is it long enough for a text that comes once? */
static bool is_singular(const chooser *c, size_t i)
{
    const block_facts *b = &c->f->blocks[i];
    return (float)(b->text.characters + b->text.spaces) >= c->rules->repeat_width;
}

/* What an article says more than once: a refrain, the measures of a recipe. */
static bool may_recur(const chooser *c, size_t i)
{
    return c->is_article && c->p[i] >= (double)c->rules->recurring &&
           width_of(c, i) < (double)c->rules->recurring_width;
}

static void drop_repeats(const chooser *c)
{
    bool *seen = sm_arena_zalloc(&c->f->arena, c->n, sizeof *seen);
    for (size_t i = 0; i < c->n; i++) {
        const uint32_t words = c->f->blocks[i].words;
        if (!c->choice->chosen[i] || !is_singular(c, i)) continue;
        if (seen[words] && !may_recur(c, i)) drop(c, i, SM_REASON_REPEATED);
        seen[words] = true;
    }
}

/* Expected F1 of what is chosen, and its width. */
static double expect(const chooser *c, double *width)
{
    double got = 0;
    *width = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (!c->choice->chosen[i]) continue;
        got += c->p[i] * width_of(c, i);
        *width += width_of(c, i);
    }
    const double all = *width + c->mass;
    return all > 0 ? 2 * got / all : 0;
}

/* ---- articles ---------------------------------------------------------------------------------- */

static bool has_neighbour(const chooser *c, size_t i)
{
    const size_t near = (size_t)c->rules->near;
    const size_t from = i > near ? i - near : 0, to = i + near < c->n ? i + near : c->n - 1;
    for (size_t k = from; k <= to; k++)
        if (k != i && c->choice->chosen[k]) return true;
    return false;
}

static void drop_lonely(const chooser *c)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->choice->chosen[i] && c->p[i] < (double)c->rules->lonely && !has_neighbour(c, i))
            drop(c, i, SM_REASON_ISOLATED);
}

static void drop_unlikely(const chooser *c, float floor)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->choice->chosen[i] && c->p[i] < (double)floor) drop(c, i, SM_REASON_SCORE);
}

/* Drops what is doubtful; but where that leaves nothing, all stays. */
static void narrow(const chooser *c, bool precise)
{
    double width;
    bool *before = sm_arena_alloc(&c->f->arena, c->n * sizeof *before);
    memcpy(before, c->choice->chosen, c->n * sizeof *before);
    drop_unlikely(c, precise ? c->rules->precise : c->rules->floor);
    drop_lonely(c);
    (void)expect(c, &width);
    if (width > 0) return;
    for (size_t i = 0; i < c->n; i++) {
        c->choice->chosen[i] = before[i];
        if (before[i]) take(c, i);
    }
}

/* Blocks from … to - 1, which lie between two that are chosen; not what repeats a chosen one. */
static void fill_gap(const chooser *c, size_t from, size_t to, const bool *known)
{
    for (size_t i = from; i < to; i++)
        if (c->p[i] >= (double)c->rules->fill &&
            !(is_singular(c, i) && known[c->f->blocks[i].words]))
            take(c, i);
}

/* Captions and small headings within an article: Japanese golds have them, the English ones that the model learned from
 * leave them out. */
static void fill_gaps(const chooser *c)
{
    bool *known = sm_arena_zalloc(&c->f->arena, c->n, sizeof *known);
    for (size_t i = 0; i < c->n; i++)
        if (c->choice->chosen[i]) known[c->f->blocks[i].words] = true;
    for (size_t i = 0, end = c->n; i < c->n; i++) {
        if (!c->choice->chosen[i]) continue;
        if (end < i && (float)(i - end) <= c->rules->gap) fill_gap(c, end, i, known);
        end = i + 1;
    }
}

/* ---- all --------------------------------------------------------------------------------------- */

void sm_choose(const rules *r, sm_features *f, const sm_scores *scores, bool precise,
               sm_choice *choice)
{
    const size_t n = f->page->n_blocks;
    double width;
    chooser c = {.rules = r, .f = f, .n = n, .choice = choice};
    *choice = (sm_choice){.chosen = sm_arena_zalloc(&f->arena, n, sizeof *choice->chosen),
                          .reason = sm_arena_zalloc(&f->arena, n, sizeof *choice->reason)};
    if (!n) return;
    c.is_cjk = *sm_features_group(f, FEATURE_PAGE_CJK, 0) > 0.3F;
    c.is_article = is_article(&c, scores);
    c.p = sm_arena_alloc(&f->arena, n * sizeof *c.p);
    c.keys = sm_arena_alloc(&f->arena, n * sizeof *c.keys);
    memcpy(c.p, scores->p, n * sizeof *c.p);
    memcpy(c.keys, scores->order, n * sizeof *c.keys);
    doubt(&c);
    take_best(&c);
    drop_repeats(&c);
    choice->expected = expect(&c, &width);
    choice->no_content = n >= FEW_BLOCKS && !c.is_article &&
                         choice->expected < (double)r->empty_f1 &&
                         width < (double)r->empty_width;
    if (choice->no_content) {
        memset(choice->chosen, 0, n * sizeof *choice->chosen);
        return;
    }
    if (c.is_article) narrow(&c, false);
    if (c.is_article && c.is_cjk) fill_gaps(&c);
    if (precise) narrow(&c, true);
}
