/* The two-stage table of character classes, filled from the general categories.
 * SPDX-License-Identifier: MIT */
#include "classes.h"

#include <seimai/category.h>

#include <string.h>

/* A pre-tokenizer must not change with the machine's ICU, nor differ from what others run: it is pinned to
 * Unicode 16.0, which `tokenizers` 0.23 has. What 15.1 and 16.0 added stands here, what came later is left
 * unassigned; the rest is old enough for every ICU. */
enum { PINNED_AGE = 1600 };

typedef struct range {
    uint32_t first, last;
    uint8_t is;
} range;

static const range added[] = {
    {0x897, 0x897, CL_MARK},       {0x1B4E, 0x1B4F, CL_PUNCT},    {0x1B7F, 0x1B7F, CL_PUNCT},
    {0x1C89, 0x1C89, CL_UPPER},    {0x1C8A, 0x1C8A, CL_LOWER},    {0x2427, 0x2429, CL_PUNCT},
    {0x2FFC, 0x2FFF, CL_PUNCT},    {0x31E4, 0x31E5, CL_PUNCT},    {0x31EF, 0x31EF, CL_PUNCT},
    {0xA7CB, 0xA7CC, CL_UPPER},    {0xA7CD, 0xA7CD, CL_LOWER},    {0xA7DA, 0xA7DA, CL_UPPER},
    {0xA7DB, 0xA7DB, CL_LOWER},    {0xA7DC, 0xA7DC, CL_UPPER},    {0x105C0, 0x105F3, CL_OTHER},
    {0x10D40, 0x10D49, CL_NUMBER}, {0x10D4A, 0x10D4F, CL_OTHER},  {0x10D50, 0x10D65, CL_UPPER},
    {0x10D69, 0x10D6D, CL_MARK},   {0x10D6E, 0x10D6E, CL_PUNCT},  {0x10D6F, 0x10D6F, CL_OTHER},
    {0x10D70, 0x10D85, CL_LOWER},  {0x10D8E, 0x10D8F, CL_PUNCT},  {0x10EC2, 0x10EC4, CL_OTHER},
    {0x10EFC, 0x10EFC, CL_MARK},   {0x11380, 0x11389, CL_OTHER},  {0x1138B, 0x1138B, CL_OTHER},
    {0x1138E, 0x1138E, CL_OTHER},  {0x11390, 0x113B5, CL_OTHER},  {0x113B7, 0x113B7, CL_OTHER},
    {0x113B8, 0x113C0, CL_MARK},   {0x113C2, 0x113C2, CL_MARK},   {0x113C5, 0x113C5, CL_MARK},
    {0x113C7, 0x113CA, CL_MARK},   {0x113CC, 0x113D0, CL_MARK},   {0x113D1, 0x113D1, CL_OTHER},
    {0x113D2, 0x113D2, CL_MARK},   {0x113D3, 0x113D3, CL_OTHER},  {0x113D4, 0x113D5, CL_PUNCT},
    {0x113D7, 0x113D8, CL_PUNCT},  {0x113E1, 0x113E2, CL_MARK},   {0x116D0, 0x116E3, CL_NUMBER},
    {0x11BC0, 0x11BE0, CL_OTHER},  {0x11BE1, 0x11BE1, CL_PUNCT},  {0x11BF0, 0x11BF9, CL_NUMBER},
    {0x11F5A, 0x11F5A, CL_MARK},   {0x13460, 0x143FA, CL_OTHER},  {0x16100, 0x1611D, CL_OTHER},
    {0x1611E, 0x1612F, CL_MARK},   {0x16130, 0x16139, CL_NUMBER}, {0x16D40, 0x16D6C, CL_OTHER},
    {0x16D6D, 0x16D6F, CL_PUNCT},  {0x16D70, 0x16D79, CL_NUMBER}, {0x18CFF, 0x18CFF, CL_OTHER},
    {0x1CC00, 0x1CCEF, CL_PUNCT},  {0x1CCF0, 0x1CCF9, CL_NUMBER}, {0x1CD00, 0x1CEB3, CL_PUNCT},
    {0x1E5D0, 0x1E5ED, CL_OTHER},  {0x1E5EE, 0x1E5EF, CL_MARK},   {0x1E5F0, 0x1E5F0, CL_OTHER},
    {0x1E5F1, 0x1E5FA, CL_NUMBER}, {0x1E5FF, 0x1E5FF, CL_PUNCT},  {0x1F8B2, 0x1F8BB, CL_PUNCT},
    {0x1F8C0, 0x1F8C1, CL_PUNCT},  {0x1FA89, 0x1FA89, CL_PUNCT},  {0x1FA8F, 0x1FA8F, CL_PUNCT},
    {0x1FABE, 0x1FABE, CL_PUNCT},  {0x1FAC6, 0x1FAC6, CL_PUNCT},  {0x1FADC, 0x1FADC, CL_PUNCT},
    {0x1FADF, 0x1FADF, CL_PUNCT},  {0x1FAE9, 0x1FAE9, CL_PUNCT},  {0x1FBCB, 0x1FBEF, CL_PUNCT},
    {0x2EBF0, 0x2EE5D, CL_OTHER},
};
enum { ADDED = sizeof added / sizeof *added };

static uint8_t class_of(uint32_t c)
{
    static const struct {
        unsigned in, is;
    } bits[] = {{1u << SM_LU | 1u << SM_LT, CL_UPPER},
                {1u << SM_LL, CL_LOWER},
                {1u << SM_LM | 1u << SM_LO, CL_OTHER},
                {SM_IN_M, CL_MARK},
                {SM_IN_N, CL_NUMBER},
                {SM_IN_P | SM_IN_S, CL_PUNCT}};
    const unsigned category = 1u << sm_category_of(c);
    unsigned is = sm_is_white_space(c) ? CL_SPACE : 0;
    if (category == 1u << SM_CN || sm_unicode_age(c) > PINNED_AGE) return 0;
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++)
        if (category & bits[i].in) is |= bits[i].is;
    return (uint8_t)is;
}

/* The classes of a block; *next is the first added range that does not end before it. */
static void fill_block(uint32_t block, uint8_t cells[CL_BLOCK], size_t *next)
{
    for (uint32_t i = 0; i < CL_BLOCK; i++) {
        const uint32_t c = block * CL_BLOCK + i;
        while (*next < ADDED && added[*next].last < c)
            ++*next;
        const bool in = *next < ADDED && added[*next].first <= c;
        cells[i] = in ? added[*next].is : class_of(c);
    }
}

/* Most blocks of 256 repeat an earlier one (unassigned planes, Han, Hangul): 0x110000 bytes become some
 * 60 KB, which stay in the cache. */
static uint16_t intern_block(classes *c, const uint8_t cells[CL_BLOCK])
{
    for (size_t i = c->n_distinct; i-- > 0;)
        if (memcmp(c->cells[i], cells, CL_BLOCK) == 0) return (uint16_t)i;
    memcpy(c->cells[c->n_distinct], cells, CL_BLOCK);
    return (uint16_t)c->n_distinct++;
}

void classes_init(classes *c)
{
    c->n_distinct = 0;
    c->cells = sm_malloc(sizeof *c->cells * CL_BLOCKS);
    size_t next = 0;
    for (uint32_t b = 0; b < CL_BLOCKS; b++) {
        uint8_t cells[CL_BLOCK];
        fill_block(b, cells, &next);
        c->block[b] = intern_block(c, cells);
    }
    c->cells = sm_realloc(c->cells, sizeof *c->cells * c->n_distinct);
}

void classes_fini(classes *c)
{
    sm_free(c->cells);
}
