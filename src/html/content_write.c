/* The marked blocks as text: see seimai/content.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/content.h>

#include "content_internal.h"

static bool has_line_end(const sm_block *b)
{
    for (size_t i = 0; i < b->text.n; i++)
        if (b->text.p[i] == '\n') return true;
    return false;
}

/* Is the block all that its cell holds, on one line? */
static bool fills_cell(const sm_content *c, const sm_block *b)
{
    const sm_element *cell = &c->elements[b->cell];
    return b->cell && cell->end_block - cell->first_block == 1 && !has_line_end(b);
}

/* What stands between two blocks: cells of a row share a line, rows of one table and items of a list
 * follow each other, all else is set apart; so is what a layout table holds. */
static const char *separator(const sm_content *c, const sm_block *before, const sm_block *b)
{
    if (fills_cell(c, before) && fills_cell(c, b)) return b->row == before->row ? "\t" : "\n";
    if (before->kind == SM_BLOCK_ITEM && b->kind == SM_BLOCK_ITEM) return "\n";
    return "\n\n";
}

void sm_content_write(const sm_content *c, sm_buffer *out)
{
    const sm_block *before = NULL;
    for (size_t i = 0; i < c->page.n_blocks; i++) {
        const sm_block *b = &c->blocks[i];
        if (!b->selected) continue;
        if (before) sm_buffer_puts(out, separator(c, before, b));
        sm_buffer_put(out, b->text);
        before = b;
    }
}
