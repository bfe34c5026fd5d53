/* Lists that a user brings along: strings to veto, characters to require.
 * SPDX-License-Identifier: MIT */
#include <seimai/bpe_train.h>
#include <seimai/file.h>
#include <seimai/utf8.h>

#include "letters.h"

#include <string.h>

/* The next line at *at, without its end; false at the end of the text. */
static bool next_line(sm_span text, size_t *at, sm_span *line)
{
    if (*at >= text.n) return false;
    const char *start = text.p + *at, *end = memchr(start, '\n', text.n - *at);
    line->p = start;
    line->n = end ? (size_t)(end - start) : text.n - *at;
    *at += line->n + 1;
    if (line->n && start[line->n - 1] == '\r') line->n--;
    return true;
}

int sm_bpe_read_vetoes(const char *path, sm_arena *arena, sm_span **strings, size_t *n,
                       sm_error *err)
{
    sm_map map = {0};
    sm_span line = {0};
    size_t lines = 0;
    *n = 0;
    SM_TRY(sm_map_open(&map, path, err));
    for (size_t at = 0; next_line(map.bytes, &at, &line);)
        lines++;
    *strings = sm_arena_zalloc(arena, lines, sizeof **strings);
    for (size_t at = 0; next_line(map.bytes, &at, &line);)
        if (line.n) (*strings)[(*n)++] = sm_arena_copy(arena, line);
    sm_map_close(&map);
    return 0;
}

/* ---- characters ----------------------------------------------------------------------------- */

typedef struct character_set {
    uint64_t *bits; /* [CODE_POINTS / 64] */
    size_t n;
} character_set;

static bool is_space(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x3000 || c == 0xFEFF;
}

static int add_file(character_set *set, const char *path, sm_error *err)
{
    sm_map map = {0};
    sm_span line = {0};
    size_t number = 0;
    int rc = sm_map_open(&map, path, err);
    for (size_t at = 0; rc == 0 && next_line(map.bytes, &at, &line);) {
        number++;
        if (line.n && line.p[0] == '#') continue;
        if (sm_utf8_check(line) != line.n)
            rc = sm_error_set(err, SM_EUSAGE, "%s:%zu: not UTF-8", path, number);
        for (const char *p = line.p, *end = p + line.n; rc == 0 && p < end;) {
            const uint32_t c = sm_utf8_next(&p, end);
            const uint64_t bit = UINT64_C(1) << (c & 63);
            if (is_space(c) || set->bits[c >> 6] & bit) continue;
            set->bits[c >> 6] |= bit;
            set->n++;
        }
    }
    sm_map_close(&map);
    return rc;
}

static int find_list(const char *name, const char *dicts, sm_arena *arena, const char **path,
                     sm_error *err)
{
    *path = name;
    if (strpbrk(name, "./")) return 0;
    const char *file = sm_arena_printf(arena, "alphabet/%s.txt", name);
    return sm_dicts_path(dicts, file, arena, path, err);
}

int sm_bpe_read_characters(const sm_list *names, const char *dicts, sm_arena *arena,
                           sm_bpe_options *options, sm_error *err)
{
    character_set set = {.bits = sm_calloc(CODE_POINTS / 64, sizeof *set.bits)};
    const char *path = NULL;
    int rc = 0;
    for (size_t i = 0; i < names->n && rc == 0; i++) {
        rc = find_list(names->items[i], dicts, arena, &path, err);
        if (rc == 0) rc = add_file(&set, path, err);
    }
    uint32_t *required = sm_arena_zalloc(arena, set.n, sizeof *required);
    size_t n = 0;
    for (uint32_t c = 0; c < CODE_POINTS && rc == 0; c++)
        if (set.bits[c >> 6] >> (c & 63) & 1) required[n++] = c;
    options->required = required;
    options->n_required = n;
    sm_free(set.bits);
    return rc;
}
