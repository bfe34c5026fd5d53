/* Telephone numbers of Japan: is the number in the plan, and are its groups cut where the plan cuts them?
 * SPDX-License-Identifier: MIT
 *
 * Sources: the numbering plan as libphonenumber's metadata states it (fixed lines by their first three
 * digits, mobile 0[6-9]0, IP 050, M2M 020, services 0120 0800 0570 0990 and 060 with ten digits).
 * A number whose groups are wrong, or a fixed line without any groups, is no more than a pattern. */
#include "../pii_internal.h"

#include <string.h>

enum { MAX_DIGITS = 16, MAX_GROUPS = 6 };

/* The national number without its leading 0, and the lengths of its groups. */
typedef struct phone {
    char d[MAX_DIGITS];
    size_t n;
    size_t group[MAX_GROUPS];
    size_t groups;
    bool is_international;
} phone;

static void drop_first(phone *p, size_t count)
{
    memmove(p->d, p->d + count, p->n - count);
    p->n -= count;
    while (count > 0 && p->groups > 0) {
        const size_t part = count < p->group[0] ? count : p->group[0];
        p->group[0] -= part;
        count -= part;
        if (p->group[0] > 0) continue;
        memmove(p->group, p->group + 1, --p->groups * sizeof *p->group);
    }
}

static bool read_groups(sm_span match, phone *p)
{
    bool in_group = false;
    for (size_t i = 0; i < match.n; i++) {
        const bool is_digit = match.p[i] >= '0' && match.p[i] <= '9';
        if ((unsigned char)match.p[i] >= 'A') break; /* an extension */
        if (is_digit && !in_group && p->groups == MAX_GROUPS) return false;
        if (is_digit && !in_group) p->group[p->groups++] = 0;
        if (is_digit && p->n == MAX_DIGITS) return false;
        if (is_digit) p->d[p->n++] = match.p[i], p->group[p->groups - 1]++;
        in_group = is_digit;
    }
    return true;
}

/* +81 and 0081 with the 0 of the area dropped, or written (0); else the leading 0. */
static bool read_phone(sm_span match, phone *p)
{
    *p = (phone){0};
    if (!read_groups(match, p)) return false;
    const bool has_plus = memchr(match.p, '+', match.n) != NULL;
    const bool has_zeros = p->n > 4 && memcmp(p->d, "0081", 4) == 0;
    if (has_plus && (p->n < 2 || memcmp(p->d, "81", 2) != 0)) return false;
    if (has_plus) drop_first(p, 2);
    if (has_zeros) drop_first(p, 4);
    if (p->n > 0 && p->d[0] == '0')
        drop_first(p, 1);
    else if (!has_plus && !has_zeros)
        return false;
    return p->n == 9 || p->n == 10;
}

#define ANY "0123456789"

/* Fixed lines: by the first and second digit, the third digits that are in use. */
static const char *const third_digits[10][10] = {
    [1] = {NULL, "235678", "3456", "3456789", "23456", "2345678", "234567", "23456789",
           "2345678", "123456789"},
    [2] = {NULL, NULL, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY},
    [3] = {NULL, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY},
    [4] = {NULL, NULL, ANY, ANY, ANY, ANY, "02345678", ANY, ANY, "23459"},
    [5] = {NULL, NULL, ANY, ANY, ANY, ANY, "123456789", "2345678", ANY, ANY},
    [6] = {NULL, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY},
    [7] = {NULL, NULL, ANY, "3456789", "023456789", ANY, ANY, ANY, ANY, ANY},
    [8] = {NULL, NULL, ANY, "23456789", "56789", "123456789", ANY, ANY, "03456789", ANY},
    [9] = {NULL, NULL, ANY, ANY, ANY, ANY, "123456789", "123456789", ANY, "123456789"},
};

static bool is_fixed_line(const char *d)
{
    const char *const third = third_digits[d[0] - '0'][d[1] - '0'];
    return third && strchr(third, d[2]);
}

/* Groups of a fixed line: area, local part, four digits; or the area and the rest. */
static sm_pii_tier check_fixed(const phone *p)
{
    if (!is_fixed_line(p->d)) return SM_PII_NONE;
    const size_t area = sm_area_code_length(p->d);
    const bool is_cut_right = p->groups >= 2 && p->group[0] == area &&
                              (p->groups == 2 || (p->groups == 3 && p->group[2] == 4));
    return is_cut_right || p->is_international ? SM_PII_CHECKED : SM_PII_PATTERN;
}

/* 0A0-NNNN-NNNN: solid, in three groups, or in two. */
static sm_pii_tier check_mobile(const phone *p)
{
    const bool is_mobile = p->d[0] >= '5' && p->d[1] == '0' && p->d[2] != '0';
    const bool is_machine = p->d[0] == '2' && p->d[1] == '0';
    if (!is_mobile && !is_machine) return SM_PII_NONE;
    const bool is_cut_right = p->groups == 1 || p->group[0] == 2 || p->is_international;
    const bool is_even = p->groups < 3 || p->group[1] == 4 || p->group[1] == 3;
    return is_mobile && is_cut_right && is_even ? SM_PII_CHECKED : SM_PII_PATTERN;
}

static bool is_service(const phone *p)
{
    static const char *const nine[] = {"120", "570", "990", "180", "170", "60"};
    if (p->n == 10) return memcmp(p->d, "800", 3) == 0;
    for (size_t i = 0; i < sizeof nine / sizeof *nine; i++)
        if (memcmp(p->d, nine[i], strlen(nine[i])) == 0) return true;
    return false;
}

sm_pii_tier sm_check_phone(sm_span match, sm_span text)
{
    (void)text;
    phone p;
    if (!read_phone(match, &p) || is_service(&p)) return SM_PII_NONE;
    return p.n == 9 ? check_fixed(&p) : check_mobile(&p);
}

/* Groups do not matter: the prefix alone is unmistakable, once there is a separator. */
sm_pii_tier sm_check_phone_service(sm_span match, sm_span text)
{
    (void)text;
    phone p;
    if (!read_phone(match, &p) || !is_service(&p)) return SM_PII_NONE;
    return p.groups > 1 ? SM_PII_CHECKED : SM_PII_PATTERN;
}
