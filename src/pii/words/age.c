/* The age of a person, right behind the name or the date of birth.
 * SPDX-License-Identifier: MIT
 *
 * An age alone says nothing of anyone (20歳以上の方); beside a name it does: 鈴木修（24歳）, 山田さん、満34歳. */
#include "words_internal.h"

#include <seimai/utf8.h>

enum {
    WORD_MAX = 15 /* bytes of an honorific */,
    JOINTS_MAX = 4,
    DIGITS_MAX = 3,
    OLDEST = 125
};

/* The characters between name and age. */
static bool is_joint(uint32_t c)
{
    return c == ' ' || c == '(' || c == ',' || c == 0x3001 || c == 0x751F || c == 0x6E80 ||
           c == 0xFF0C; /* 、 生 満 ， */
}

static bool stands_at(sm_span text, size_t at, const char *word)
{
    return sm_span_starts((sm_span){text.p + at, text.n - at}, sm_span_of(word));
}

/* The end of the longest honorific or role at byte `at`. */
static size_t behind_honorific(const sm_name_words *words, sm_span text, size_t at)
{
    size_t longest = 0;
    for (size_t n = 3; words && n <= WORD_MAX && at + n <= text.n; n += 3)
        if (sm_wordset_get(&words->words, (sm_span){text.p + at, n}) &
            (SM_NAME_HONORIFIC | SM_NAME_ROLE))
            longest = n;
    return at + longest;
}

/* The folded character at *at, which goes on behind it; 0 at the end. */
static uint32_t next(sm_span text, size_t *at)
{
    const char *p = text.p + *at, *const end = text.p + text.n;
    if (p >= end) return 0;
    const uint32_t c = sm_utf8_next(&p, end);
    *at = (size_t)(p - text.p);
    return sm_pii_fold_char(c);
}

/* 20歳以上, 60歳代: of many. */
static bool is_of_many(sm_span text, size_t at)
{
    static const char *const words[] = {"以",   "未満", "代", "児", "頃",
                                        "から", "まで", "〜", "～", NULL};
    for (size_t i = 0; words[i]; i++)
        if (stands_at(text, at, words[i])) return true;
    return false;
}

bool sm_age_behind(const sm_name_words *words, sm_span text, size_t at, sm_wordhit *hit)
{
    size_t start = behind_honorific(words, text, at), behind = start;
    uint32_t c = next(text, &behind);
    for (int i = 0; i < JOINTS_MAX && is_joint(c); i++) {
        start = behind;
        c = next(text, &behind);
    }
    uint32_t age = 0;
    size_t unit = start;
    for (int i = 0; i < DIGITS_MAX && c - '0' <= 9; i++) {
        age = 10 * age + (c - '0');
        unit = behind;
        c = next(text, &behind);
    }
    const bool has_unit = stands_at(text, unit, "歳") || stands_at(text, unit, "才");
    if (unit == start || !has_unit || age > OLDEST || is_of_many(text, unit + 3)) return false;
    *hit = (sm_wordhit){.start = start, .end = unit + 3, .tier = SM_PII_CONTEXT};
    return true;
}
