/* Tables as rows and columns: which are data, and where each cell stands.
 * SPDX-License-Identifier: MIT
 *
 * Positions follow HTML, 4.9.12 "Forming a table": a cell goes to the next free column of its row, and one that
 * spans rows keeps its columns busy in those below. */
#include <string.h>

#include "content_write.h"

enum {
    MOST_COLUMNS = 64,
    CELL_BLOCKS = 8, /* more paragraphs than this are no cell of data */
    CELL_WIDTH = 800
};

static uint32_t flags_of(const sm_content *c, uint32_t element)
{
    return sm_tags[c->elements[element].tag].flags;
}

uint32_t sm_cells_find(const sm_content *c, const sm_block *b)
{
    uint32_t at = b->cell;
    while (at && !(flags_of(c, at) & TAG_TABLE))
        at = c->elements[at].parent;
    return at;
}

void sm_cells_free(table_grid *grid)
{
    sm_free(grid->cells);
}

/* Whether what is marked in a cell fits into one. */
static bool is_small(const sm_content *c, const sm_element *cell)
{
    uint32_t blocks = 0, width = 0;
    for (uint32_t i = cell->first_block; i < cell->end_block; i++) {
        blocks += c->blocks[i].selected;
        width += c->blocks[i].selected ? c->blocks[i].width : 0;
        if (blocks > CELL_BLOCKS || width > CELL_WIDTH) return false;
    }
    return true;
}

/* The place of the next cell in a row; false beyond the columns that are counted. */
static bool place_cell(table_grid *grid, uint32_t busy[MOST_COLUMNS], uint32_t row,
                       uint32_t *column, uint32_t element, uint32_t span)
{
    const uint32_t columns = (span & 0xFFFF) ? span & 0xFFFF : 1,
                   rows = span >> 16 ? span >> 16 : 1;
    while (*column < MOST_COLUMNS && busy[*column] > row)
        ++*column;
    if (*column + columns > MOST_COLUMNS) return false;
    for (uint32_t i = *column; i < *column + columns; i++)
        busy[i] = row + rows;
    grid->cells =
        sm_array_grow(grid->cells, grid->n_cells, &grid->cap_cells, sizeof *grid->cells);
    grid->cells[grid->n_cells++] = (table_cell){element, row, *column, columns};
    *column += columns;
    if (*column > grid->columns) grid->columns = *column;
    return true;
}

/* Elements stand in document order, so a table's are those behind it that are deeper. */
static bool read_cells(const sm_content *c, table_grid *grid)
{
    uint32_t busy[MOST_COLUMNS] = {0}; /* the first row in which a column is free again */
    uint32_t column = 0, row = 0;
    const uint16_t depth = c->elements[grid->table].depth;
    for (uint32_t i = grid->table + 1; i < c->page.n_elements && c->elements[i].depth > depth;
         i++) {
        const uint32_t flags = flags_of(c, i);
        if (flags & TAG_ROW) {
            row = grid->rows++;
            column = 0;
        }
        if (!(flags & TAG_CELL)) continue;
        if (grid->rows == 0) grid->rows = 1;
        if (!is_small(c, &c->elements[i])) return false;
        if (!place_cell(grid, busy, row, &column, i, c->elements[i].value)) return false;
    }
    return grid->columns > 1;
}

bool sm_cells_read(const sm_content *c, uint32_t table, table_grid *grid)
{
    if (!table || c->elements[table].is_layout) return false;
    if (grid->table == table) return grid->is_data;
    grid->table = table;
    grid->n_cells = 0;
    grid->rows = grid->columns = 0;
    return grid->is_data = read_cells(c, grid);
}
