/* The blocks by themselves, and what repeats among them: see content_features_internal.h.
 * SPDX-License-Identifier: MIT */
#include "content_features_internal.h"

#include <string.h>

#include <seimai/hash.h>

#include "ascii.h"

enum {
    PROSE = 60,        /* w */
    TITLE_BYTES = 512, /* of the page's title that are looked at */
    TITLE_LEAST = 8,   /* w of a block that the title may hold */
    TITLE_MOST = 300
};

/* Long enough, few links, and punctuated like sentences. */
static bool is_prose(const sm_block *b, const text_facts *t)
{
    return b->width >= PROSE && 2 * (uint64_t)b->link_width < b->width &&
           (t->stops > 0 || t->commas > 1);
}

static void read_block(const sm_block *b, block_facts *facts)
{
    facts->text = sm_text_facts(b->text, b->width);
    if (is_prose(b, &facts->text)) facts->prose = b->width - b->link_width;
}

/* ---- equal texts and signatures ---------------------------------------------------------------- */

static void count_texts(sm_features *f, uint64_t *keys, uint32_t *numbers)
{
    const size_t n = f->page->n_blocks;
    for (size_t i = 0; i < n; i++)
        keys[i] = sm_hash64(f->page->blocks[i].text);
    const size_t used = sm_number_keys(&f->arena, keys, n, numbers);
    uint32_t *counts = sm_arena_zalloc(&f->arena, used + 1, sizeof *counts);
    for (size_t i = 0; i < n; i++) {
        f->blocks[i].words = numbers[i];
        counts[numbers[i]]++;
    }
    for (size_t i = 0; i < n; i++)
        f->blocks[i].same = counts[numbers[i]];
}

/* Tag and class over three levels. */
static uint64_t signature_of(const sm_features *f, uint32_t at)
{
    uint64_t hash = 0;
    for (int level = 0; level < 3; level++) {
        hash = (hash ^ f->nodes[at].kind) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
        at = f->nodes[at].parent;
    }
    return hash;
}

static void sum_signatures(sm_features *f, uint64_t *keys, uint32_t *numbers)
{
    const size_t n = f->page->n_blocks;
    for (size_t i = 0; i < n; i++) {
        const bool as_before = i && f->blocks[i].owner == f->blocks[i - 1].owner;
        keys[i] = as_before ? keys[i - 1] : signature_of(f, f->blocks[i].owner);
    }
    f->n_signatures = sm_number_keys(&f->arena, keys, n, numbers);
    f->signatures = sm_arena_zalloc(&f->arena, f->n_signatures + 1, sizeof *f->signatures);
    for (size_t i = 0; i < n; i++) {
        signature *s = &f->signatures[numbers[i]];
        f->blocks[i].signature = numbers[i];
        s->blocks++;
        s->width += f->page->blocks[i].width;
        s->link_width += f->page->blocks[i].link_width;
        s->prose += f->blocks[i].prose;
    }
}

/* ---- the page's title and landmarks ------------------------------------------------------------ */

static sm_span lower_title(sm_features *f)
{
    const size_t n = f->page->title.n < TITLE_BYTES ? f->page->title.n : TITLE_BYTES;
    char *lower = sm_arena_alloc(&f->arena, n + 1);
    for (size_t i = 0; i < n; i++)
        lower[i] = sm_lower(f->page->title.p[i]);
    return (sm_span){lower, n};
}

static bool holds(sm_span title, sm_span text)
{
    if (!text.n || text.n > title.n) return false;
    const char *p = title.p, *last = title.p + title.n - text.n;
    for (const char first = sm_lower(*text.p); p <= last; p++) {
        p = memchr(p, first, (size_t)(last - p) + 1);
        if (!p) return false;
        size_t i = 1;
        while (i < text.n && p[i] == sm_lower(text.p[i]))
            i++;
        if (i == text.n) return true;
    }
    return false;
}

static void find_landmarks(sm_features *f)
{
    const sm_span title = lower_title(f);
    uint32_t longest = 0;
    f->n_h1 = 0;
    f->h1 = f->title = f->first_prose = f->last_prose = -1;
    for (size_t i = 0; i < f->page->n_blocks; i++) {
        const sm_block *b = &f->page->blocks[i];
        const bool h1 = b->kind == SM_BLOCK_HEADING && b->level == 1;
        if (h1 && !f->n_h1++) f->h1 = (int64_t)i;
        if (f->blocks[i].prose) {
            if (f->first_prose < 0) f->first_prose = (int64_t)i;
            f->last_prose = (int64_t)i;
        }
        const bool fits =
            b->width >= TITLE_LEAST && b->width < TITLE_MOST && b->width > longest;
        if (!fits || !holds(title, b->text)) continue;
        longest = b->width;
        f->title = (int64_t)i;
    }
    if (f->h1 < 0) f->h1 = f->title;
    if (f->title < 0) f->title = f->h1;
}

static void sum_from_start(sm_features *f)
{
    const size_t n = f->page->n_blocks;
    uint32_t *sums = sm_arena_zalloc(&f->arena, 3 * (n + 1), sizeof *sums);
    f->cum_width = sums;
    f->cum_link = sums + n + 1;
    f->cum_prose = sums + 2 * (n + 1);
    for (size_t i = 0; i < n; i++) {
        f->cum_width[i + 1] = f->cum_width[i] + f->page->blocks[i].width;
        f->cum_link[i + 1] = f->cum_link[i] + f->page->blocks[i].link_width;
        f->cum_prose[i + 1] = f->cum_prose[i] + f->blocks[i].prose;
    }
}

void sm_features_read_blocks(sm_features *f)
{
    const size_t n = f->page->n_blocks;
    uint64_t *keys = sm_arena_alloc(&f->arena, n * sizeof *keys);
    uint32_t *numbers = sm_arena_alloc(&f->arena, n * sizeof *numbers);
    for (size_t i = 0; i < n; i++)
        read_block(&f->page->blocks[i], &f->blocks[i]);
    count_texts(f, keys, numbers);
    sum_signatures(f, keys, numbers);
    find_landmarks(f);
    sum_from_start(f);
}
