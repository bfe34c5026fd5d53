/* The JSON of a comparison, in the order of the page.
 * SPDX-License-Identifier: MIT */
#include "report_internal.h"
#include "token_internal.h"

#include <math.h>
#include <string.h>

const measure headline[] = {
    {"chars_per_token", AS_DECIMAL, MORE},    {"boundary_f1", AS_DECIMAL, MORE},
    {"boundary_precision", AS_DECIMAL, MORE}, {"boundary_recall", AS_DECIMAL, MORE},
    {"bytes_per_token", AS_DECIMAL, MORE},    {"tokens_per_morpheme", AS_DECIMAL, LESS},
    {"broken_share", AS_PERCENT, LESS},       {"vocab", AS_WHOLE, NEITHER},
};
const size_t n_headline = sizeof headline / sizeof *headline;

const measure in_use[] = {
    {"relative_tokens", AS_PERCENT, LESS},
    {"pages_in_context", AS_PAGES, MORE},
    {"price_per_million_tokens", AS_MONEY, NEITHER},
    {"price_per_million_chars", AS_MONEY, LESS},
    {"changed_documents", AS_WHOLE, LESS},
};
const size_t n_in_use = sizeof in_use / sizeof *in_use;

const measure of_vocabulary[] = {
    {"vocab", AS_WHOLE, NEITHER},           {"used", AS_WHOLE, NEITHER},
    {"unused_japanese", AS_WHOLE, NEITHER}, {"unreachable", AS_WHOLE, LESS},
    {"byte_share", AS_PERCENT, LESS},       {"renyi_efficiency", AS_DECIMAL, NEITHER},
};
const size_t n_of_vocabulary = sizeof of_vocabulary / sizeof *of_vocabulary;

double number_at(const sm_value *map, const char *path)
{
    char key[64];
    for (const char *dot; (dot = strchr(path, '.')) != NULL; path = dot + 1) {
        const size_t n = (size_t)(dot - path);
        if (n >= sizeof key) return (double)NAN;
        memcpy(key, path, n);
        key[n] = '\0';
        map = sm_value_get(map, key);
    }
    return value_number(map, path);
}

const char *name_at(const comparison *c, size_t row)
{
    const sm_value *name = sm_value_get(c->rows[row], "name");
    return name && name->kind == SM_STRING ? name->as.string.p : "?";
}

int comparison_read(comparison *c, const sm_value *report, sm_error *err)
{
    const sm_value *list = sm_value_get(report, "tokenizers");
    if (!list || list->kind != SM_LIST || list->n == 0)
        SM_FAIL(err, SM_EFORMAT, "%s: no report on tokenizers", report->file);
    c->root = report;
    c->n = list->n;
    c->rows = sm_arena_alloc(c->arena, c->n * sizeof *c->rows);
    c->given = sm_arena_alloc(c->arena, c->n * sizeof *c->given);
    for (size_t i = 0; i < c->n; i++) {
        const double value = number_at(&list->items[i], "chars_per_token");
        size_t at = i;
        for (; at > 0 && number_at(c->rows[at - 1], "chars_per_token") < value; at--) {
            c->rows[at] = c->rows[at - 1];
            c->given[at] = c->given[at - 1];
        }
        c->rows[at] = &list->items[i];
        c->given[at] = i;
    }
    return SM_OK;
}

bool measure_known(const comparison *c, const measure *m)
{
    for (size_t i = 0; i < c->n; i++)
        if (isfinite(number_at(c->rows[i], m->key))) return true;
    return false;
}

const char *measure_text(sm_arena *arena, const measure *m, double value)
{
    if (!isfinite(value)) return "–";
    switch (m->as) {
    case AS_DECIMAL: return sm_arena_printf(arena, "%.3f", value);
    case AS_PERCENT:
        return sm_arena_printf(arena, value == 0 || value >= .1 ? "%.1f %%" : "%.2f %%",
                               100 * value);
    case AS_WHOLE: return sm_number_text(arena, SM_AS_COUNT, value);
    case AS_PAGES: return sm_arena_printf(arena, "%.1f", value);
    case AS_MONEY: return sm_arena_printf(arena, value < 1 ? "%.3f" : "%.2f", value);
    }
    return "–";
}

bool measure_is_best(const comparison *c, const measure *m, size_t row)
{
    const char *mine = measure_text(c->arena, m, number_at(c->rows[row], m->key));
    double best = (double)NAN;
    bool differ = false;
    for (size_t i = 0; i < c->n && m->best != NEITHER; i++) {
        const double value = number_at(c->rows[i], m->key);
        if (!isfinite(value)) continue;
        differ |= strcmp(measure_text(c->arena, m, value), mine) != 0;
        if (!isfinite(best) || (m->best == MORE ? value > best : value < best)) best = value;
    }
    return differ && strcmp(measure_text(c->arena, m, best), mine) == 0;
}
