/* What stands around a block: neighbours, windows, the heading above. See content_features.h.
 * SPDX-License-Identifier: MIT */
#include "content_features_internal.h"

#include <math.h>

/* ---- neighbours -------------------------------------------------------------------------------- */

static float tag_of(const sm_features *f, size_t i)
{
    return f->nodes[f->blocks[i].owner].tag_class;
}

static void fill_neighbours(sm_features *f, size_t i)
{
    const size_t n = f->page->n_blocks;
    const uint32_t width = i + 1 < n ? f->page->blocks[i + 1].width : 0;
    sm_feature_set(f, FEATURE_PREVIOUS_TAG, i, i ? tag_of(f, i - 1) : -1);
    sm_feature_set(f, FEATURE_NEXT_W, i, i + 1 < n ? (float)width : -1);
    sm_feature_set(f, FEATURE_NEXT_TAG, i, i + 1 < n ? tag_of(f, i + 1) : -1);
    sm_feature_set(f, FEATURE_NEXT_STOPS, i,
                   i + 1 < n ? 100 * sm_share(f->blocks[i + 1].text.stops, width) : -1);
}

/* The blocks around block i, at most `radius` on each side. */
typedef struct window {
    size_t from, to;
    uint32_t width, before, after; /* w of all; S of the blocks before i, and behind it */
} window;

static window window_of(const sm_features *f, size_t i, size_t radius)
{
    const size_t n = f->page->n_blocks;
    window w = {.from = i > radius ? i - radius : 0, .to = n - i > radius ? i + radius + 1 : n};
    w.width = f->cum_width[w.to] - f->cum_width[w.from];
    w.before = f->cum_prose[i] - f->cum_prose[w.from];
    w.after = f->cum_prose[w.to] - f->cum_prose[i + 1];
    return w;
}

static void fill_windows(sm_features *f, size_t i)
{
    static const struct {
        uint16_t link, after;
        uint16_t radius;
    } windows[] = {{FEATURE_WIN4_LINK, FEATURE_WIN4_S_AFTER, 4},
                   {FEATURE_WIN10_LINK, FEATURE_WIN10_S_AFTER, 10},
                   {FEATURE_WIN25_LINK, FEATURE_WIN25_S_AFTER, 25}};
    for (size_t k = 0; k < sizeof windows / sizeof *windows; k++) {
        const window w = window_of(f, i, windows[k].radius);
        const uint32_t links = f->cum_link[w.to] - f->cum_link[w.from];
        sm_feature_set(f, windows[k].link, i, sm_share(links, w.width));
        sm_feature_set(f, windows[k].after, i, (float)w.after);
    }
    const window near = window_of(f, i, 4);
    sm_feature_set(f, FEATURE_WIN4_BEFORE, i, sm_share(near.before, near.width));
    sm_feature_set(f, FEATURE_WIN4_AFTER, i, sm_share(near.after, near.width));
}

/* ---- the heading above ------------------------------------------------------------------------- */

enum { COMMON_LEVELS = 40 };

/* Levels from a node up to the first that holds another one, which stands before it. */
static unsigned levels_to_common(const sm_features *f, uint32_t at, uint32_t other)
{
    unsigned level = 0;
    while (at && level < COMMON_LEVELS && !(at <= other && other < f->nodes[at].end)) {
        at = f->nodes[at].parent;
        level++;
    }
    return level;
}

static void fill_no_heading(sm_features *f, size_t i)
{
    for (unsigned h = FEATURE_H_LEVEL; h <= FEATURE_H_COMMON; h++)
        sm_feature_set(f, h, i, NAN);
}

static void fill_heading(sm_features *f, size_t i, size_t heading)
{
    const uint32_t owner = f->blocks[i].owner, other = f->blocks[heading].owner;
    sm_feature_set(f, FEATURE_H_LEVEL, i, f->page->blocks[heading].level);
    sm_feature_set(f, FEATURE_H_BLOCKS, i, (float)(i - heading));
    sm_feature_set(f, FEATURE_H_W, i, (float)(f->cum_width[i] - f->cum_width[heading]));
    sm_feature_set(f, FEATURE_H_COMMON, i, (float)levels_to_common(f, owner, other));
}

static void fill_headings(sm_features *f)
{
    const size_t n = f->page->n_blocks;
    for (size_t i = 0, heading = n; i < n; i++) {
        if (heading < n)
            fill_heading(f, i, heading);
        else
            fill_no_heading(f, i);
        if (f->page->blocks[i].kind == SM_BLOCK_HEADING) heading = i;
    }
}

void sm_features_fill_around(sm_features *f)
{
    for (size_t i = 0; i < f->page->n_blocks; i++) {
        fill_neighbours(f, i);
        fill_windows(f, i);
    }
    fill_headings(f);
}
