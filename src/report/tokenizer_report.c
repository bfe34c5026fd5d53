/* The page of a tokenizer, from the JSON of its report: whatever is in there, as tables, and the figures that
 * tokenizers are compared by as bars.
 * SPDX-License-Identifier: MIT */
#include "report_internal.h"

#include <math.h>
#include <string.h>

enum { COLUMNS_MAX = 12 };

/* What tokenizers are compared by, where a report has it. */
static const struct {
    const char *key, *title;
} compared[] = {
    {"chars_per_token", "Characters a token (more is better)"},
    {"bytes_per_token", "Bytes a token (more is better)"},
    {"tokens_per_morpheme", "Tokens a morpheme (fewer is better)"},
    {"boundary_f1", "Boundaries of morphemes kept, F1 (more is better)"},
    {"broken_share", "Broken characters, share of tokens (fewer is better)"},
};

static bool is_list_of_maps(const sm_value *v)
{
    return v->kind == SM_LIST && v->n > 0 && v->items[0].kind == SM_MAP;
}

static const char *name_of(sm_arena *arena, const sm_value *map, size_t i)
{
    const char *name = value_text(arena, sm_value_get(map, "name"));
    return name ? name : sm_arena_printf(arena, "%zu", i + 1);
}

/* A list of maps as one table: the first map's scalars are its columns. */
static void show_list(sm_page *page, sm_arena *arena, const char *title, const sm_value *list)
{
    const char *heads[COLUMNS_MAX], *keys[COLUMNS_MAX];
    char align[COLUMNS_MAX + 1];
    size_t columns = 0;
    const sm_value *model = &list->items[0];
    for (size_t i = 0; i < model->n && columns < COLUMNS_MAX; i++) {
        if (!value_text(arena, &model->items[i])) continue;
        align[columns] = columns == 0 || model->items[i].kind == SM_STRING ? 'l' : 'r';
        keys[columns] = model->keys[i].p;
        heads[columns++] = value_name(arena, model->keys[i]);
    }
    align[columns] = '\0';
    const char **cells = sm_arena_zalloc(arena, list->n * columns + 1, sizeof *cells);
    for (size_t r = 0; r < list->n; r++) {
        for (size_t c = 0; c < columns; c++) {
            const sm_value *v = sm_value_get(&list->items[r], keys[c]);
            cells[r * columns + c] = v && v->kind == SM_REAL
                                         ? sm_arena_printf(arena, "%.3f", v->as.real)
                                         : value_text(arena, v);
        }
    }
    sm_page_table(page, &(sm_table){title, align, heads, cells, list->n, false});
}

static void show_comparison(sm_page *page, sm_arena *arena, const sm_value *list)
{
    for (size_t k = 0; k < sizeof compared / sizeof compared[0]; k++) {
        sm_bar *bars = sm_arena_alloc(arena, list->n * sizeof *bars);
        double *values = sm_arena_alloc(arena, list->n * sizeof *values);
        size_t n = 0;
        for (size_t i = 0; i < list->n; i++) {
            values[n] = value_number(&list->items[i], compared[k].key);
            if (!isfinite(values[n])) continue;
            bars[n] = (sm_bar){name_of(arena, &list->items[i], i), &values[n],
                               sm_number_text(arena, SM_AS_REAL, values[n])};
            n++;
        }
        if (n > 1)
            sm_page_bars(page, &(sm_bar_chart){compared[k].title, NULL, 1, 0, bars, n, true});
    }
}

/* A map of counts in one of the list's maps: "ids_by_kind". */
static void show_counts(sm_page *page, sm_arena *arena, const char *title, const sm_value *map)
{
    sm_bar *bars = sm_arena_alloc(arena, map->n * sizeof *bars + 1);
    double *values = sm_arena_alloc(arena, map->n * sizeof *values + 1);
    for (size_t i = 0; i < map->n; i++) {
        if (map->items[i].kind != SM_INT) return;
        values[i] = (double)map->items[i].as.integer;
        bars[i] = (sm_bar){map->keys[i].p, &values[i], value_text(arena, &map->items[i])};
    }
    if (map->n > 0) sm_page_bars(page, &(sm_bar_chart){title, NULL, 1, 4, bars, map->n, true});
}

static void show_all_counts(sm_page *page, sm_arena *arena, const sm_value *list)
{
    enum { SHOWN = 4 };
    for (size_t i = 0; i < list->n && i < SHOWN; i++) {
        const sm_value *item = &list->items[i];
        for (size_t k = 0; k < item->n; k++) {
            if (item->items[k].kind != SM_MAP) continue;
            const char *title = sm_arena_printf(arena, "%s: %s", name_of(arena, item, i),
                                                value_name(arena, item->keys[k]));
            show_counts(page, arena, title, &item->items[k]);
        }
    }
}

static void show_facts(sm_page *page, sm_arena *arena, const sm_value *map)
{
    static const struct {
        const char *key, *name;
    } facts[] = {
        {"vocab", "Vocabulary"},
        {"vocab_size", "Vocabulary"},
        {"chars_per_token", "Characters a token"},
        {"bytes_per_token", "Bytes a token"},
        {"tokens_per_morpheme", "Tokens a morpheme"},
        {"boundary_f1", "Boundaries, F1"},
    };
    sm_fact shown[sizeof facts / sizeof facts[0]];
    size_t n = 0;
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const sm_value *v = sm_value_get(map, facts[i].key);
        const char *text = v && v->kind == SM_REAL
                               ? sm_number_text(arena, SM_AS_REAL, v->as.real)
                               : value_text(arena, v);
        if (text) shown[n++] = (sm_fact){facts[i].name, text, NULL};
    }
    sm_page_facts(page, shown, n);
}

/* The first of a list is the one that the report is about. */
static void show_tokenizers(sm_page *page, sm_arena *arena, const char *title,
                            const sm_value *list)
{
    show_comparison(page, arena, list);
    show_list(page, arena, title, list);
    show_all_counts(page, arena, list);
}

static void show_map(sm_page *page, sm_arena *arena, const sm_value *root)
{
    show_facts(page, arena, root);
    for (size_t i = 0; i < root->n; i++) {
        if (is_list_of_maps(&root->items[i]))
            show_tokenizers(page, arena, value_name(arena, root->keys[i]), &root->items[i]);
    }
    value_table(page, "All figures", root, true);
}

int sm_report_tokenizer(sm_page *page, const char *path, sm_error *err)
{
    sm_config config = {0};
    SM_TRY(json_read(&config, path, err));
    sm_arena arena = {0};
    sm_page_section(page, "The tokenizer");
    if (config.root.kind == SM_MAP) show_map(page, &arena, &config.root);
    if (is_list_of_maps(&config.root)) {
        show_facts(page, &arena, &config.root.items[0]);
        show_tokenizers(page, &arena, NULL, &config.root);
    }
    sm_arena_free(&arena);
    sm_config_free(&config);
    return SM_OK;
}
