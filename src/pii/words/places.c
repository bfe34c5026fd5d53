/* The table of municipalities, taken apart into names.
 * SPDX-License-Identifier: MIT */
#include "words_internal.h"

#include <seimai/file.h>
#include <string.h>

enum { MAX_TABLE = 4 << 20 };

/* The next line of *rest, without its line feed; lines that begin with # are passed over. */
bool sm_table_line(sm_span *rest, sm_span *line, int *number)
{
    while (rest->n > 0) {
        const char *const feed = memchr(rest->p, '\n', rest->n);
        *line = (sm_span){rest->p, feed ? (size_t)(feed - rest->p) : rest->n};
        const size_t taken = line->n + (feed != NULL);
        *rest = (sm_span){rest->p + taken, rest->n - taken};
        ++*number;
        if (line->n > 0 && line->p[0] != '#') return true;
    }
    return false;
}

/* The end of the first `suffix` in the name that is not its first character, or 0. */
static size_t end_of_part(sm_span name, sm_span suffix)
{
    for (size_t i = suffix.n; i + suffix.n < name.n; i += suffix.n)
        if (memcmp(name.p + i, suffix.p, suffix.n) == 0) return i + suffix.n;
    return 0;
}

/* 横浜市青葉区 is a city and a ward, 愛甲郡愛川町 a county and a town. 郡山市 and 市川市 are one name. */
static void add_municipality(sm_places *places, sm_span name)
{
    static const struct {
        const char *suffix;
        unsigned bits;
    } ends[] = {{"市", SM_PLACE_CITY},
                {"区", SM_PLACE_WARD},
                {"町", SM_PLACE_TOWN},
                {"村", SM_PLACE_TOWN}};
    unsigned bits = 0;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (sm_span_ends(name, sm_span_of(ends[i].suffix))) bits = ends[i].bits;
    const size_t city = bits == SM_PLACE_WARD ? end_of_part(name, SM_SPAN("市")) : 0;
    const size_t county = bits == SM_PLACE_TOWN ? end_of_part(name, SM_SPAN("郡")) : 0;
    const size_t head = city + county;
    if (city) sm_wordset_add(&places->names, (sm_span){name.p, city}, SM_PLACE_CITY);
    if (county) sm_wordset_add(&places->names, (sm_span){name.p, county}, SM_PLACE_COUNTY);
    if (bits == SM_PLACE_WARD && !city) bits = SM_PLACE_CITY;
    sm_wordset_add(&places->names, (sm_span){name.p + head, name.n - head}, bits);
}

static int read_municipalities(sm_places *places, const char *path, sm_span text, sm_error *err)
{
    sm_span line = {0};
    for (int number = 0; sm_table_line(&text, &line, &number);) {
        const char *const tab = memchr(line.p, '\t', line.n);
        const sm_span prefecture = {line.p, tab ? (size_t)(tab - line.p) : 0};
        const size_t head = prefecture.n + 1;
        if (prefecture.n == 0 || head >= line.n)
            SM_FAIL(err, SM_EUSAGE, "%s:%d: expected PREFECTURE<TAB>MUNICIPALITY", path,
                    number);
        sm_wordset_add(&places->names, prefecture, SM_PLACE_PREFECTURE);
        add_municipality(places, (sm_span){line.p + head, line.n - head});
    }
    return SM_OK;
}

/* Reads a file into the arena. */
int sm_table_read(sm_arena *arena, const char *path, sm_span *text, sm_error *err)
{
    sm_buffer buffer = sm_buffer_make(MAX_TABLE);
    const int status = sm_file_read(path, &buffer, err);
    if (status == SM_OK) *text = sm_arena_copy(arena, sm_buffer_span(&buffer));
    sm_buffer_free(&buffer);
    return status;
}

int sm_places_load(sm_places *places, const char *folder, sm_error *err)
{
    const char *const names = sm_arena_printf(&places->arena, "%s/municipalities.tsv", folder);
    const char *const kana = sm_arena_printf(&places->arena, "%s/town-kana.txt", folder);
    sm_span text = {0}, line = {0};
    SM_TRY(sm_table_read(&places->arena, names, &text, err));
    SM_TRY(read_municipalities(places, names, text, err));
    SM_TRY(sm_table_read(&places->arena, kana, &text, err));
    for (int number = 0; sm_table_line(&text, &line, &number);)
        sm_wordset_add(&places->kana, line, 1);
    return SM_OK;
}

void sm_places_free(sm_places *places)
{
    sm_wordset_free(&places->names);
    sm_wordset_free(&places->kana);
    sm_arena_free(&places->arena);
}
