/* Numbers with check digits, and the table of all checks.
 * SPDX-License-Identifier: MIT
 *
 * Sources: My Number, ordinance 85 of 2014 of the Ministry of Internal Affairs, article 5; corporate number,
 * ordinance 70 of 2014 of the Ministry of Finance; cards, ISO/IEC 7812-1 annex B (Luhn); driving licences,
 * the weights as three independent descriptions give them (no official text is public). */
#include "../pii_internal.h"

#include <string.h>

size_t sm_pii_digits(sm_span match, char *digits, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < match.n; i++) {
        const char c = match.p[i];
        if (c < '0' || c > '9') continue;
        if (n < max) digits[n] = c;
        n++;
    }
    return n;
}

/* Sum of digit times weight, both from the left. */
static int weighted_sum(const char *digits, const char *weights)
{
    int sum = 0;
    for (size_t i = 0; weights[i] != '\0'; i++)
        sum += (digits[i] - '0') * (weights[i] - '0');
    return sum;
}

/* All digits equal, or counting up or down: what people type to fill a form. */
static bool is_filler(const char *digits, size_t n)
{
    const int step = digits[1] - digits[0];
    if (step < -1 || step > 1) return false;
    for (size_t i = 2; i < n; i++)
        if ((digits[i] - digits[i - 1] - step) % 10 != 0) return false;
    return true;
}

static sm_pii_tier checked(bool right)
{
    return right ? SM_PII_CHECKED : SM_PII_NONE;
}

sm_pii_tier sm_check_my_number(sm_span match, sm_span text)
{
    (void)text;
    char d[12];
    if (sm_pii_digits(match, d, sizeof d) != sizeof d) return SM_PII_NONE;
    const int r = weighted_sum(d, "65432765432") % 11;
    return checked(d[11] - '0' == (r <= 1 ? 0 : 11 - r));
}

sm_pii_tier sm_check_corporate_number(sm_span match, sm_span text)
{
    (void)text;
    char d[13];
    if (sm_pii_digits(match, d, sizeof d) != sizeof d) return SM_PII_NONE;
    return checked(d[0] - '0' == 9 - weighted_sum(d + 1, "212121212121") % 9);
}

/* Codes of the prefectures' (in Hokkaido, the areas') public safety commissions. */
static bool is_licence_office(int code)
{
    return code == 0 || (code >= 10 && code <= 14) || (code >= 20 && code <= 25) ||
           code == 30 || (code >= 40 && code <= 49) || (code >= 50 && code <= 55) ||
           (code >= 60 && code <= 65) || (code >= 70 && code <= 74) ||
           (code >= 80 && code <= 83) || (code >= 90 && code <= 97);
}

sm_pii_tier sm_check_driving_licence(sm_span match, sm_span text)
{
    (void)text;
    char d[12];
    if (sm_pii_digits(match, d, sizeof d) != sizeof d) return SM_PII_NONE;
    if (!is_licence_office((d[0] - '0') * 10 + d[1] - '0')) return SM_PII_NONE;
    const int r = weighted_sum(d, "5432765432") % 11;
    return checked(d[10] - '0' == (11 - r) % 10);
}

/* ---- cards -------------------------------------------------------------------------------- */

typedef struct card_range {
    int first, last;     /* the first four digits */
    unsigned char n_min; /* digits */
    unsigned char n_max;
} card_range;

static const card_range card_ranges[] = {
    {4000, 4999, 13, 19},                       /* Visa: 13, 16 and 19 (see is_card_length) */
    {5100, 5599, 16, 16},                       /* Mastercard */
    {2221, 2720, 16, 16}, {3528, 3589, 16, 16}, /* JCB */
    {3400, 3499, 15, 15},                       /* American Express */
    {3700, 3799, 15, 15}, {3000, 3059, 14, 14}, /* Diners Club */
    {3600, 3699, 14, 14}, {3800, 3999, 14, 14}, {6011, 6011, 16, 16}, /* Discover */
    {6440, 6599, 16, 16}, {6200, 6299, 16, 19},                       /* UnionPay */
};

static bool is_card_length(const card_range *range, size_t n)
{
    if (n < range->n_min || n > range->n_max) return false;
    return range->first != 4000 || n == 13 || n == 16 || n == 19;
}

static bool has_card_prefix(const char *d, size_t n)
{
    const int four =
        (d[0] - '0') * 1000 + (d[1] - '0') * 100 + (d[2] - '0') * 10 + (d[3] - '0');
    for (size_t i = 0; i < sizeof card_ranges / sizeof *card_ranges; i++) {
        const card_range *const r = &card_ranges[i];
        if (four >= r->first && four <= r->last && is_card_length(r, n)) return true;
    }
    return false;
}

static bool passes_luhn(const char *d, size_t n)
{
    int sum = 0;
    for (size_t i = 0; i < n; i++) {
        const int digit = d[n - 1 - i] - '0';
        const int twice = 2 * digit > 9 ? 2 * digit - 9 : 2 * digit;
        sum += i % 2 ? twice : digit;
    }
    return sum % 10 == 0;
}

sm_pii_tier sm_check_card(sm_span match, sm_span text)
{
    (void)text;
    char d[19];
    const size_t n = sm_pii_digits(match, d, sizeof d);
    if (n < 13 || n > sizeof d) return SM_PII_NONE;
    return checked(has_card_prefix(d, n) && passes_luhn(d, n) && !is_filler(d, n));
}

/* ---- insurers of health ---------------------------------------------------------------------- */

/* 01…47 */
static bool is_prefecture(const char *d)
{
    const int code = (d[0] - '0') * 10 + d[1] - '0';
    return code >= 1 && code <= 47;
}

/* What the law behind an insurer is numbered. */
static bool is_insurance_law(const char *d)
{
    static const char laws[] = "01 02 03 04 06 07 31 32 33 34 39 63 67 72 73 74 75 ";
    const char code[] = {d[0], d[1], ' ', '\0'};
    return strstr(laws, code) != NULL;
}

/* Eight digits, law, prefecture, insurer, check; or six without the law. */
sm_pii_tier sm_check_insurer(sm_span match, sm_span text)
{
    char d[8];
    const size_t n = sm_pii_digits(match, d, sizeof d);
    (void)text;
    if (n == 8)
        return checked(is_insurance_law(d) && is_prefecture(d + 2) && passes_luhn(d, 8));
    return checked(n == 6 && is_prefecture(d) && passes_luhn(d, 6));
}

/* ---- postal codes --------------------------------------------------------------------------- */

/* Every two-digit beginning is in use; 000 and an all-equal code are not. The prefecture, which the
 * beginning names, is the business of the rule's words of context. */
sm_pii_tier sm_check_postal_code(sm_span match, sm_span text)
{
    (void)text;
    char d[7];
    if (sm_pii_digits(match, d, sizeof d) != sizeof d) return SM_PII_NONE;
    return memcmp(d, "000", 3) == 0 ? SM_PII_NONE : SM_PII_CHECKED;
}
