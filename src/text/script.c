/* Script classes: look-ups in the table of character_internal.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/script.h>

#include <string.h>

#include "character_internal.h"

static const char *const names[SM_SCRIPTS] = {
    [SM_HIRAGANA] = "hiragana", [SM_KATAKANA] = "katakana", [SM_HAN] = "han",
    [SM_HANGUL] = "hangul",     [SM_LATIN] = "latin",       [SM_OTHER_LETTER] = "other-letter",
    [SM_DIGIT] = "digit",       [SM_SPACE] = "space",       [SM_JA_PUNCT] = "ja-punct",
    [SM_PUNCT] = "punct",       [SM_SYMBOL] = "symbol",     [SM_OTHER] = "other",
};

sm_script sm_script_of(uint32_t c)
{
    return c < SM_CHAR_LIMIT ? (sm_script)(sm_character(c) & SM_CHAR_SCRIPT) : SM_OTHER;
}

const char *sm_script_name(sm_script script)
{
    return (unsigned)script < SM_SCRIPTS ? names[script] : "unknown";
}

bool sm_script_is_wide(uint32_t c)
{
    return c < SM_CHAR_LIMIT && (sm_character(c) & SM_CHAR_WIDE) != 0;
}

/* Neighbours are mostly of one class. Two histograms in turn, so that one increment need not wait
 * for the one before it. */
void sm_script_count(sm_span text, sm_script_counts *counts)
{
    uint64_t even[SM_CHAR_SCRIPT + 1] = {0};
    uint64_t odd[SM_CHAR_SCRIPT + 1] = {0};
    const uint8_t *p = (const uint8_t *)text.p;
    const uint8_t *end = text.n > 0 ? p + text.n : p;
    while (p < end) {
        even[sm_character_next(&p) & SM_CHAR_SCRIPT]++;
        if (p == end) break;
        odd[sm_character_next(&p) & SM_CHAR_SCRIPT]++;
    }
    for (size_t i = 0; i < SM_SCRIPTS; i++) {
        counts->of[i] += even[i] + odd[i];
        counts->characters += even[i] + odd[i];
    }
}
