/* Forms of text: the choice among them, and the search for the first character that may change.
 * SPDX-License-Identifier: MIT */
#include <seimai/normalize.h>

#include <string.h>

#include "character_internal.h"
#include "normalize_internal.h"

bool sm_form_of(const char *name, sm_form *form)
{
    static const char *const names[] = {"none", "twins", "ja", "nfc", "nfkc"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *form = (sm_form)i;
        return true;
    }
    return false;
}

/* Eight bytes of ASCII without a CR: no form changes them. */
static bool eight_stay(const uint8_t *p)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t tops = ones << 7;
    uint64_t word;
    memcpy(&word, p, sizeof word);
    const uint64_t cr =
        word ^ ones * '\r'; /* a CR becomes a zero byte, and zero - 1 has its top bit */
    return ((word | ((cr - ones) & ~cr)) & tops) == 0;
}

const char *sm_normalize_find(const char *start, const char *limit, unsigned bits)
{
    const uint8_t *p = (const uint8_t *)start;
    const uint8_t *end = (const uint8_t *)limit;
    while (p < end) {
        const uint8_t *at = p;
        if (*p < 0x80 && end - p >= 8 && eight_stay(p))
            p += 8;
        else if (sm_character_next(&p) & bits)
            return start + (at - (const uint8_t *)start);
    }
    return limit;
}

int sm_normalize(sm_form form, sm_span text, sm_arena *arena, sm_span *out, sm_error *err)
{
    *out = text;
    if (text.n == 0) return 0;
    switch (form) {
    case SM_FORM_TWINS: sm_normalize_width(false, text, arena, out); return 0;
    case SM_FORM_JA: sm_normalize_width(true, text, arena, out); return 0;
    case SM_FORM_NFC: return sm_normalize_unicode(false, text, arena, out, err);
    case SM_FORM_NFKC: return sm_normalize_unicode(true, text, arena, out, err);
    case SM_FORM_NONE: break;
    }
    return 0;
}
