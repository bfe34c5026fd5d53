/* What is seen with --blocks: names, places, features. See seimai/content.h.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "content_internal.h"
#include "model/content_features.h"

const char *sm_block_kind_name(sm_block_kind kind)
{
    static const char *const names[] = {
        [SM_BLOCK_TEXT] = "text", [SM_BLOCK_HEADING] = "heading", [SM_BLOCK_ITEM] = "item",
        [SM_BLOCK_CELL] = "cell", [SM_BLOCK_PRE] = "pre",         [SM_BLOCK_QUOTE] = "quote"};
    return (size_t)kind < sizeof names / sizeof *names ? names[kind] : "unknown";
}

const char *sm_content_reason_name(sm_content_reason reason)
{
    static const char *const names[SM_REASONS] = {
        [SM_REASON_SCORE] = "score",       [SM_REASON_ALL] = "all",
        [SM_REASON_HIDDEN] = "hidden",     [SM_REASON_FURNITURE] = "furniture",
        [SM_REASON_OUTSIDE] = "outside",   [SM_REASON_REPEATED] = "repeated",
        [SM_REASON_ISOLATED] = "isolated", [SM_REASON_LINKS] = "links"};
    return (size_t)reason < SM_REASONS ? names[reason] : "unknown";
}

/* As a selector of CSS would name it, with the first class only. */
static void put_step(const sm_element *e, sm_buffer *out)
{
    const sm_span classes = sm_trim(e->css_class);
    size_t n = 0;
    while (n < classes.n && !sm_is_space(classes.p[n]))
        n++;
    sm_buffer_puts(out, e->tag ? sm_tags[e->tag].name : "*");
    if (e->id.n) sm_buffer_putc(out, '#');
    sm_buffer_put(out, e->id);
    if (n) sm_buffer_putc(out, '.');
    sm_buffer_put(out, (sm_span){classes.p, n});
}

void sm_content_path(const sm_content *c, const sm_block *b, sm_buffer *out)
{
    enum { STEPS = 32 };
    uint32_t steps[STEPS];
    size_t n = 0;
    for (uint32_t at = b->owner; at && n < STEPS; at = c->elements[at].parent)
        steps[n++] = at;
    while (n-- > 0) {
        put_step(&c->elements[steps[n]], out);
        if (n) sm_buffer_putc(out, '>');
    }
}

/* ---- features ----------------------------------------------------------------------------- */

size_t sm_content_n_features(void)
{
    return BLOCK_FEATURES;
}

const char *sm_content_feature_name(size_t i)
{
    return sm_feature_of((unsigned)i).name;
}

const char *sm_content_feature_meaning(size_t i)
{
    return sm_feature_of((unsigned)i).meaning;
}

double sm_content_feature(const sm_content *c, const sm_block *b, size_t i)
{
    const size_t block = (size_t)(b - c->blocks);
    if (!c->scored || block >= c->page.n_blocks || i >= BLOCK_FEATURES) return (double)NAN;
    const float *group =
        sm_features_group(c->features, (unsigned)i, block - block % FEATURE_GROUP);
    return (double)group[block % FEATURE_GROUP];
}
