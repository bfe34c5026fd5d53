/* SentencePiece's precompiled_charsmap: loading and matching.
 * SPDX-License-Identifier: MIT */
#include "charsmap.h"

#include <seimai/utf8.h>

#include <string.h>

enum { CHARACTERS = 0x10000, ROOT = 0 };
#define GOES_ON (UINT32_C(1) << 31)

static uint32_t label_of(uint32_t unit)
{
    return unit & (UINT32_C(1) << 31 | 0xFF);
}

static uint32_t offset_of(uint32_t unit)
{
    return unit >> 10 << ((unit & 1u << 9) >> 6);
}

/* The node of the children of the root, and then of each further byte; false where none is. */
static bool step(const charsmap *map, uint32_t *node, uint8_t byte, uint32_t *unit)
{
    const uint32_t at = *node ^ byte;
    if (at >= map->n) return false;
    *unit = map->units[at];
    if (label_of(*unit) != byte) return false;
    *node = at ^ offset_of(*unit);
    return true;
}

/* Does a rule end at this node, which `unit` led to? Its value is the node's child of label 0. */
static bool is_rule(const charsmap *map, uint32_t node, uint32_t unit)
{
    return (unit >> 8 & 1) && node < map->n;
}

size_t charsmap_match(const charsmap *map, const char *text, size_t n, sm_span *by)
{
    size_t longest = 0;
    uint32_t node = offset_of(map->units[ROOT]), unit = 0, value = 0;
    for (size_t i = 0; i < n && step(map, &node, (uint8_t)text[i], &unit); i++) {
        if (!is_rule(map, node, unit)) continue;
        longest = i + 1;
        value = map->units[node] & ~(UINT32_C(1) << 31);
    }
    if (longest == 0) return 0;
    const size_t from = value < map->strings.n ? value : map->strings.n;
    *by = sm_span_of(map->strings.p + from);
    return longest;
}

bool charsmap_matches(const charsmap *map, uint32_t c, const char *text, const char *next,
                      size_t n)
{
    const uint32_t begins = c > 0xFFFF ? 0 : map->begins[c];
    uint32_t node = (begins & ~GOES_ON) >> 1, unit = 0;
    sm_span by;
    if (begins == 0) return c > 0xFFFF && charsmap_match(map, text, n, &by) > 0;
    if (begins & 1) return true;
    for (const char *p = next; p < text + n && step(map, &node, (uint8_t)*p, &unit); p++)
        if (is_rule(map, node, unit)) return true;
    return false;
}

/* What `begins` says of character c. */
static uint32_t beginning(const charsmap *map, uint32_t c)
{
    char utf8[4];
    const size_t n = sm_utf8_put(c, utf8);
    uint32_t node = offset_of(map->units[ROOT]), unit = 0;
    bool ends = false;
    for (size_t i = 0; i < n; i++) {
        if (!step(map, &node, (uint8_t)utf8[i], &unit)) return ends;
        ends |= is_rule(map, node, unit);
    }
    return GOES_ON | node << 1 | ends;
}

static void find_beginnings(charsmap *map)
{
    map->begins = sm_calloc(CHARACTERS, sizeof *map->begins);
    for (uint32_t c = 0; c < CHARACTERS; c++)
        if (c < 0xD800 || c > 0xDFFF) map->begins[c] = beginning(map, c);
}

int charsmap_init(charsmap *map, sm_span blob, const char *path, sm_error *err)
{
    const size_t size = blob.n >= 4 ? sm_get_u32(blob.p) : 0;
    if (size < 4 || size % 4 != 0 || size >= blob.n - 4)
        SM_FAIL(err, SM_EFORMAT, "%s: precompiled_charsmap: its sizes do not fit", path);
    map->n = size / 4;
    map->units = sm_malloc(size);
    for (size_t i = 0; i < map->n; i++)
        map->units[i] = sm_get_u32(blob.p + 4 + 4 * i);
    const sm_span strings = {blob.p + 4 + size, blob.n - 4 - size};
    map->strings = (sm_span){sm_strdup(strings), strings.n};
    find_beginnings(map);
    return 0;
}

void charsmap_fini(charsmap *map)
{
    sm_free(map->units);
    sm_free(map->begins);
    sm_free((void *)(uintptr_t)map->strings.p);
    *map = (charsmap){0};
}
