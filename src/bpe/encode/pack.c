/* The tables of the hot path side by side in one block of large pages.
 * SPDX-License-Identifier: MIT */
#include "matcher.h"

#include "pages.h"

#include <stddef.h>
#include <string.h>

/* A table: where the matcher has its address, and its size. */
typedef struct hot_table {
    size_t member, bytes;
} hot_table;

enum { HOT = 9 };

static void list_tables(const matcher *m, hot_table list[HOT])
{
    const size_t numbers = (size_t)m->n_tokens + CODES;
    const size_t bits = (size_t)1 << (32 - m->bigram_shift);
    const size_t filter = (size_t)1 << (64 - m->filter_shift);
    const hot_table all[HOT] = {
        {offsetof(matcher, bigrams), bits / 8},
        {offsetof(matcher, partial), bits / 8},
        {offsetof(matcher, pair_filter), filter / 8},
        {offsetof(matcher, table.cells), CELLS * sizeof *m->table.cells},
        {offsetof(matcher, roots), CODES * sizeof *m->roots},
        {offsetof(matcher, cells), m->n_cells * sizeof *m->cells},
        {offsetof(matcher, about), numbers * sizeof *m->about},
        {offsetof(matcher, pairs), (m->pair_mask + 1) * sizeof *m->pairs},
        {offsetof(matcher, words.lines), words_bytes(&m->words)},
    };
    memcpy(list, all, sizeof all);
}

static void *get(const matcher *m, size_t member)
{
    void *table;
    memcpy(&table, (const char *)m + member, sizeof table);
    return table;
}

static void set(matcher *m, size_t member, void *table)
{
    memcpy((char *)m + member, &table, sizeof table);
}

void matcher_pack(matcher *m)
{
    hot_table list[HOT];
    size_t bytes = 0;
    list_tables(m, list);
    for (size_t i = 0; i < HOT; i++)
        bytes += list[i].bytes + PAGES_LINE;
    pages p = pages_open(bytes);
    for (size_t i = 0; i < HOT; i++)
        set(m, list[i].member, pages_move(&p, get(m, list[i].member), list[i].bytes));
    m->packed = p.memory;
}

void matcher_unpack(matcher *m)
{
    hot_table list[HOT];
    if (!m->packed) return;
    list_tables(m, list);
    for (size_t i = 0; i < HOT; i++)
        set(m, list[i].member, NULL);
    sm_free(m->packed);
}
