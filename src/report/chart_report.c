/* A table of figures as curves: see sm_report_chart.
 * SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/report.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 13, ROWS = 1000 };

typedef struct chart {
    const char *path, *title;
    const char *names[COLUMNS];
    size_t columns, rows;
    double *values[COLUMNS]; /* [rows] each */
    const char **cells;      /* [rows][columns], as they are written */
    sm_arena arena;
} chart;

/* What stands before the next `mark`; moves behind it. */
static sm_span cut(sm_span *text, char mark)
{
    const char *const end = text->n > 0 ? memchr(text->p, mark, text->n) : NULL;
    const sm_span part = {text->p, end ? (size_t)(end - text->p) : text->n};
    const size_t used = part.n + (end != NULL);
    *text = (sm_span){text->p + used, text->n - used};
    return part;
}

static int read_names(chart *c, sm_span line, size_t number, sm_error *err)
{
    while (line.n > 0 && c->columns < COLUMNS)
        c->names[c->columns++] = sm_arena_copy(&c->arena, cut(&line, '\t')).p;
    if (c->columns >= 2 && line.n == 0) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s:%zu: 2 to %d names with TAB between are needed", c->path,
            number, COLUMNS);
}

static int read_field(chart *c, size_t column, sm_span field, size_t number, sm_error *err)
{
    const char *const text = sm_arena_copy(&c->arena, field).p;
    char *end = NULL;
    double value = (double)NAN;
    if (field.n > 0) value = strtod(text, &end);
    if (field.n > 0 && (*end || !isfinite(value)))
        SM_FAIL(err, SM_EFORMAT, "%s:%zu: '%s' is no number", c->path, number, text);
    c->values[column][c->rows] = value;
    c->cells[c->rows * c->columns + column] = text;
    return SM_OK;
}

static int read_row(chart *c, sm_span line, size_t number, sm_error *err)
{
    if (c->rows == ROWS)
        SM_FAIL(err, SM_ELIMIT, "%s:%zu: more than %d lines", c->path, number, ROWS);
    for (size_t i = 0; i < c->columns; i++)
        SM_TRY(read_field(c, i, cut(&line, '\t'), number, err));
    const double *const x = c->values[0];
    if (line.n > 0) SM_FAIL(err, SM_EFORMAT, "%s:%zu: too many columns", c->path, number);
    if (!isfinite(x[c->rows]) || (c->rows > 0 && x[c->rows] <= x[c->rows - 1]))
        SM_FAIL(err, SM_EFORMAT, "%s:%zu: the first column must ascend", c->path, number);
    c->rows++;
    return SM_OK;
}

static int read_lines(chart *c, sm_span text, sm_error *err)
{
    for (size_t number = 1; text.n > 0; number++) {
        const sm_span line = cut(&text, '\n');
        if (number == 1 && sm_span_starts(line, SM_SPAN("# ")))
            c->title = sm_arena_copy(&c->arena, (sm_span){line.p + 2, line.n - 2}).p;
        else if (c->columns == 0)
            SM_TRY(read_names(c, line, number, err));
        else if (line.n > 0)
            SM_TRY(read_row(c, line, number, err));
        for (size_t i = 0; c->rows == 0 && i < c->columns; i++)
            c->values[i] = sm_arena_zalloc(&c->arena, ROWS, sizeof(double));
        if (!c->cells && c->columns > 0)
            c->cells = sm_arena_zalloc(&c->arena, ROWS * c->columns, sizeof *c->cells);
    }
    if (c->rows == 0) SM_FAIL(err, SM_EFORMAT, "%s: no line of numbers", c->path);
    return SM_OK;
}

static void draw(const chart *c, sm_page *page)
{
    sm_series series[COLUMNS];
    char align[COLUMNS + 1];
    for (size_t i = 1; i < c->columns; i++)
        series[i - 1] = (sm_series){
            .name = c->names[i], .x = c->values[0], .y = c->values[i], .n = c->rows};
    sm_page_lines(page, &(sm_line_chart){.title = c->title,
                                         .x_label = c->names[0],
                                         .series = series,
                                         .n_series = c->columns - 1});
    memset(align, 'r', c->columns);
    align[c->columns] = '\0';
    sm_page_table(
        page,
        &(sm_table){.align = align, .heads = c->names, .cells = c->cells, .rows = c->rows});
}

int sm_report_chart(sm_page *page, const char *path, sm_error *err)
{
    sm_map map = {0};
    chart c = {.path = path, .title = path};
    SM_TRY(sm_map_open(&map, path, err));
    const int status = read_lines(&c, map.bytes, err);
    if (status >= 0) sm_page_section(page, c.title);
    if (status >= 0) draw(&c, page);
    sm_arena_free(&c.arena);
    sm_map_close(&map);
    return status;
}
