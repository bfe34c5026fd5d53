/* Numbers that mean something in pairs, and the machine-readable line of a passport.
 * SPDX-License-Identifier: MIT */
#include "../pii_internal.h"

#include <string.h>

enum { MAX_PAIR = 96 /* bytes between the two */ };

/* Does 記号 stand a little before the match, at most so many lines up? */
static bool has_symbol_before(sm_span match, sm_span text, size_t lines)
{
    const sm_span word = SM_SPAN("記号");
    const size_t at = (size_t)(match.p - text.p);
    size_t feeds = 0;
    for (size_t back = 1; back <= at && back <= MAX_PAIR && feeds <= lines; back++) {
        const char *const p = match.p - back;
        feeds += *p == '\n';
        if (back >= word.n && memcmp(p, word.p, word.n) == 0) return true;
    }
    return false;
}

/* The 番号 of an insurance card is one only beside its 記号. */
sm_pii_tier sm_check_insured_number(sm_span match, sm_span text)
{
    return has_symbol_before(match, text, 0) ? SM_PII_CHECKED : SM_PII_NONE;
}

/* The 番号 of an account at Japan Post Bank. */
sm_pii_tier sm_check_yucho(sm_span match, sm_span text)
{
    return has_symbol_before(match, text, 1) ? SM_PII_CHECKED : SM_PII_NONE;
}

/* ---- ICAO 9303, part 3, section 4.9 ------------------------------------------------------------- */

static int mrz_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'A' && c <= 'Z' ? c - 'A' + 10 : 0;
}

/* Is the byte behind n bytes their check digit? */
static bool has_mrz_check(const char *p, size_t n)
{
    static const int weights[] = {7, 3, 1};
    int sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += mrz_value(p[i]) * weights[i % 3];
    return p[n] - '0' == sum % 10;
}

/* The second line of a passport: number, birth and expiry, each with its digit. */
sm_pii_tier sm_check_mrz(sm_span match, sm_span text)
{
    (void)text;
    if (match.n < 28) return SM_PII_NONE;
    const bool is_right = has_mrz_check(match.p, 9) && has_mrz_check(match.p + 13, 6) &&
                          has_mrz_check(match.p + 21, 6);
    return is_right ? SM_PII_CHECKED : SM_PII_NONE;
}
