/* Words around names: their table, and the search for cues.
 * SPDX-License-Identifier: MIT */
#include "words_internal.h"

#include <string.h>

static const struct {
    const char *name;
    unsigned bit;
} sorts[] = {{"honorific", SM_NAME_HONORIFIC}, {"role", SM_NAME_ROLE},
             {"label", SM_NAME_LABEL},         {"stop", SM_NAME_STOP},
             {"no-name", SM_NAME_NO_NAME},     {"no-part", SM_NAME_NO_PART}};

static unsigned bit_of(sm_span name)
{
    for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++)
        if (sm_span_equal(name, sm_span_of(sorts[i].name))) return sorts[i].bit;
    return 0;
}

/* The place in `starts` of a character of three bytes. */
static size_t start_of(const char *p)
{
    const unsigned a = (unsigned char)p[0], b = (unsigned char)p[1], c = (unsigned char)p[2];
    return (a << 12 ^ (b & 63) << 6 ^ (c & 63)) & 0xFFFF;
}

static void add_word(sm_name_words *words, sm_span word, unsigned bit)
{
    sm_wordset_add(&words->words, word, bit);
    if (!(bit & SM_NAME_CUES) || word.n < 3) return;
    const size_t at = start_of(word.p);
    words->starts[at / 8] |= (unsigned char)(1 << at % 8);
    if (word.n > words->longest_cue) words->longest_cue = word.n;
}

static void add_words(sm_name_words *words, sm_span list, unsigned bit)
{
    for (size_t i = 0; i < list.n;) {
        size_t end = i;
        while (end < list.n && list.p[end] != ' ')
            end++;
        if (end > i) add_word(words, (sm_span){list.p + i, end - i}, bit);
        i = end + 1;
    }
}

int sm_name_words_load(sm_name_words *words, const char *folder, sm_error *err)
{
    const char *const path = sm_arena_printf(&words->arena, "%s/name-words.tsv", folder);
    sm_span text = {0}, line = {0};
    SM_TRY(sm_table_read(&words->arena, path, &text, err));
    for (int number = 0; sm_table_line(&text, &line, &number);) {
        const char *const tab = memchr(line.p, '\t', line.n);
        const sm_span sort = {line.p, tab ? (size_t)(tab - line.p) : line.n};
        const unsigned bit = tab ? bit_of(sort) : 0;
        if (!bit)
            SM_FAIL(err, SM_EUSAGE,
                    "%s:%d: expected honorific, role, label, stop, no-name or "
                    "no-part, a tab, and words",
                    path, number);
        add_words(words, (sm_span){tab + 1, line.n - sort.n - 1}, bit);
    }
    return SM_OK;
}

void sm_name_words_free(sm_name_words *words)
{
    sm_wordset_free(&words->words);
    sm_arena_free(&words->arena);
}

/* A cue of any length that starts at byte `at`. */
static bool has_cue_at(const sm_name_words *words, sm_span text, size_t at)
{
    const size_t most = text.n - at < words->longest_cue ? text.n - at : words->longest_cue;
    for (size_t n = 3; n <= most; n += 3) {
        const sm_span word = {text.p + at, n};
        if (sm_wordset_get(&words->words, word) & SM_NAME_CUES) return true;
    }
    return false;
}

bool sm_name_cue(const sm_name_words *words, sm_span text)
{
    for (size_t i = 0; i + 3 <= text.n; i++) {
        if ((unsigned char)text.p[i] < 0xE0) continue; /* a cue begins with three bytes */
        const size_t at = start_of(text.p + i);
        if ((words->starts[at / 8] & 1 << at % 8) && has_cue_at(words, text, i)) return true;
        i += 2;
    }
    return false;
}
