/* Dates as pages write them: see sm_date_find in seimai/content.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/utf8.h>

#include <stdio.h>
#include <string.h>

#include "content_internal.h"

enum {
    TEXT_BYTES = 4 << 10, /* of a text that are looked at */
    FIRST_YEAR = 1970,
    LAST_YEAR = 2099,
    YEAR = 'Y', /* 年 月 日 in the folded text; it is lower case but for these */
    MONTH = 'M',
    DAY = 'D'
};

/* A text folded to ASCII: lower case, full-width digits and signs as ASCII, 年月日 as YMD, an era as its letter,
 * its first year 元 as 1; all else is `_`. */
typedef struct folded {
    char text[TEXT_BYTES + 1]; /* NUL-terminated */
    size_t n;
} folded;

typedef struct date {
    int year, month, day; /* 0: not said */
    int hour, minute, second;
    bool has_time;
    char zone[8]; /* "+09:00", "Z" or empty */
} date;

/* ---- folding ------------------------------------------------------------------------------ */

static char fold_character(uint32_t c)
{
    static const struct {
        uint32_t from;
        char to;
    } others[] = {{0x5E74, YEAR}, {0x6708, MONTH}, {0x65E5, DAY}, {0x6642, ':'}, {0x5206, ':'},
                  {0x2212, '-'},  {0x2010, '-'},   {0x2013, '-'}, {0x3000, ' '}};
    if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;
    if (c < 0x80) return c >= ' ' ? sm_lower((char)c) : ' ';
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].from == c) return others[i].to;
    return '_';
}

/* The eras of Japan that reach into the range of years. */
static const struct {
    const char *name; /* UTF-8 */
    char letter;      /* as in R1.8.18; lower case, for the folded text */
    int before;       /* the year before its first */
} eras[] = {{"令和", 'r', 2018}, {"㋿", 'r', 2018},  {"平成", 'h', 1988},
            {"㍻", 'h', 1988},   {"昭和", 's', 1925}, {"㍼", 's', 1925}};

static const char *fold_era(const char *p, const char *end, char *letter)
{
    if ((unsigned char)*p < 0x80) return NULL;
    for (size_t i = 0; i < sizeof eras / sizeof *eras; i++) {
        const size_t n = strlen(eras[i].name);
        if ((size_t)(end - p) < n || memcmp(p, eras[i].name, n) != 0) continue;
        *letter = eras[i].letter;
        return p + n;
    }
    return NULL;
}

static void fold(sm_span s, folded *f)
{
    const char *p = s.p, *end = p + s.n;
    f->n = 0;
    while (p < end && f->n < TEXT_BYTES) {
        char letter;
        const char *next = fold_era(p, end, &letter);
        f->text[f->n++] = next ? letter : fold_character(sm_utf8_next(&p, end));
        if (!next) continue;
        p = next;
        const bool first = sm_span_starts((sm_span){p, (size_t)(end - p)}, SM_SPAN("元"));
        if (!first || f->n == TEXT_BYTES) continue;
        f->text[f->n++] = '1';
        p += strlen("元");
    }
    f->text[f->n] = '\0';
}

/* ---- numbers and words ---------------------------------------------------------------------- */

/* Reads 1…most digits, with none before or behind; their count, or 0. */
static size_t number(const char *p, size_t most, int *value)
{
    size_t n = 0;
    int v = 0;
    while (n <= most && sm_is_digit(p[n]))
        v = v * 10 + (p[n++] - '0');
    *value = v;
    return n <= most ? n : 0;
}

static const char *skip_blanks(const char *p)
{
    while (*p == ' ')
        p++;
    return p;
}

static const char *const months[] = {"january",   "february", "march",    "april",
                                     "may",       "june",     "july",     "august",
                                     "september", "october",  "november", "december"};

/* A month's English name, whole or its first three letters ("sept" too); the length, or 0. */
static size_t month_name(const char *p, int *month)
{
    for (int i = 0; i < 12; i++) {
        size_t n = 0;
        while (months[i][n] && p[n] == months[i][n])
            n++;
        const bool whole = !months[i][n], sept = i == 8 && n == 4;
        if ((!whole && n != 3 && !sept) || sm_is_alpha(p[n])) continue;
        *month = i + 1;
        return n + (p[n] == '.');
    }
    return 0;
}

static bool is_valid(const date *d)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (d->year < FIRST_YEAR || d->year > LAST_YEAR || d->month < 1 || d->month > 12)
        return false;
    const bool leap = d->year % 4 == 0 && (d->year % 100 != 0 || d->year % 400 == 0);
    const int last = days[d->month - 1] + (d->month == 2 && leap);
    return d->day >= 1 && d->day <= last;
}

/* ---- the forms ------------------------------------------------------------------------------ */

/* Each reads one form at p: the end of what it read, or NULL. */
typedef const char *form(const char *p, date *d);

/* Month and day behind a year: -08-18, /8/18, .8.18, Y8M18D with blanks between. */
static const char *month_and_day(const char *p, date *d)
{
    p = skip_blanks(p);
    const char sign = *p;
    if (!sign || !strchr("-/.Y", sign)) return NULL;
    p = skip_blanks(p + 1);
    size_t n = number(p, 2, &d->month);
    p = skip_blanks(p + n);
    if (!n || *p != (sign == YEAR ? MONTH : sign)) return NULL;
    p = skip_blanks(p + 1);
    n = number(p, 2, &d->day);
    if (!n) return NULL;
    p += n;
    if (sign == YEAR && *skip_blanks(p) != DAY) return NULL;
    return sign == YEAR ? skip_blanks(p) + 1 : p;
}

static const char *year_first(const char *p, date *d)
{
    return number(p, 4, &d->year) == 4 ? month_and_day(p + 4, d) : NULL;
}

/* 20190818 */
static const char *compact(const char *p, date *d)
{
    int all;
    if (number(p, 8, &all) != 8) return NULL;
    d->year = all / 10000;
    d->month = all / 100 % 100;
    d->day = all % 100;
    return p + 8;
}

/* r1.8.18, and r1Y8M18D for 令和元年. */
static const char *era(const char *p, date *d)
{
    for (size_t i = 0; i < sizeof eras / sizeof *eras; i++) {
        if (*p != eras[i].letter) continue;
        const char *digits = skip_blanks(p + 1);
        const size_t n = number(digits, 2, &d->year);
        d->year += eras[i].before;
        return n ? month_and_day(digits + n, d) : NULL;
    }
    return NULL;
}

static const char *ordinal(const char *p)
{
    static const char *const ends[] = {"st", "nd", "rd", "th"};
    for (size_t i = 0; i < 4; i++)
        if (strncmp(p, ends[i], 2) == 0) return p + 2;
    return p;
}

/* August 18th, 2019 */
static const char *month_first(const char *p, date *d)
{
    const size_t n = month_name(p, &d->month);
    if (!n) return NULL;
    p = skip_blanks(p + n);
    const size_t digits = number(p, 2, &d->day);
    if (!digits) return NULL;
    p = skip_blanks(ordinal(p + digits));
    if (*p == ',') p = skip_blanks(p + 1);
    return number(p, 4, &d->year) == 4 ? p + 4 : NULL;
}

/* 18 August 2019, 18-Aug-2019, and 18.8.2019 */
static const char *day_first(const char *p, date *d)
{
    const size_t n = number(p, 2, &d->day);
    if (!n) return NULL;
    const bool dotted = p[n] == '.' && sm_is_digit(p[n + 1]);
    p = dotted ? p + n + 1 : ordinal(p + n);
    if (!dotted)
        while (*p == ' ' || *p == '-' || *p == '.')
            p++;
    const size_t month = dotted ? number(p, 2, &d->month) : month_name(p, &d->month);
    if (!month || (dotted && p[month] != '.')) return NULL;
    p += month;
    while (*p == ' ' || *p == '-' || *p == ',' || *p == '.')
        p++;
    return number(p, 4, &d->year) == 4 ? p + 4 : NULL;
}

/* 8/18/2019, where only one of the two numbers can be the month; 8/9/2019 is read as American. */
static const char *with_slashes(const char *p, date *d)
{
    const size_t n = number(p, 2, &d->month);
    if (!n || p[n] != '/') return NULL;
    p += n + 1;
    const size_t m = number(p, 2, &d->day);
    if (!m || p[m] != '/') return NULL;
    p += m + 1;
    if (d->month > 12) {
        const int day = d->month;
        d->month = d->day;
        d->day = day;
    }
    return number(p, 4, &d->year) == 4 ? p + 4 : NULL;
}

/* ---- the time behind a date ------------------------------------------------------------------- */

static void read_zone(const char *p, date *d)
{
    int hours = 0, minutes = 0;
    p = skip_blanks(p);
    if (*p == 'z' || strncmp(p, "gmt", 3) == 0 || strncmp(p, "utc", 3) == 0)
        memcpy(d->zone, "Z", 2);
    if (*p != '+' && *p != '-') return;
    int all = 0;
    const size_t n = number(p + 1, 4, &all);
    if (n == 4) {
        hours = all / 100;
        minutes = all % 100;
    } else if (n == 2 && p[3] == ':' && number(p + 4, 2, &minutes) == 2) {
        hours = all;
    } else if (n == 2) {
        hours = all;
    } else {
        return;
    }
    if (hours > 14 || minutes > 59) return;
    (void)snprintf(d->zone, sizeof d->zone, "%c%02u:%02u", *p, (unsigned)hours % 100,
                   (unsigned)minutes % 100);
}

/* The day of the week between date and time: (D), (sun). */
static const char *skip_weekday(const char *p)
{
    p = skip_blanks(p);
    if (*p != '(') return p;
    for (size_t i = 1; i <= 4 && p[i]; i++)
        if (p[i] == ')') return skip_blanks(p + i + 1);
    return p;
}

static void read_time(const char *p, date *d)
{
    if (*p == 't') p++;
    p = skip_weekday(p);
    if (*p == ',') p = skip_blanks(p + 1);
    const size_t n = number(p, 2, &d->hour);
    if (!n || p[n] != ':' || number(p + n + 1, 2, &d->minute) != 2) return;
    p += n + 3;
    if (*p == ':' && number(p + 1, 2, &d->second) == 2) p += 3;
    if (*p == '.' && sm_is_digit(p[1])) do
            p++;
        while (sm_is_digit(*p));
    if (d->hour > 23 || d->minute > 59 || d->second > 59) return;
    d->has_time = true;
    read_zone(p, d);
}

/* ---- finding ---------------------------------------------------------------------------------- */

static void write_date(const date *d, char out[32])
{
    const unsigned year = (unsigned)d->year % 10000, month = (unsigned)d->month % 100,
                   day = (unsigned)d->day % 100;
    int n = snprintf(out, 32, "%04u-%02u-%02u", year, month, day);
    if (d->has_time)
        (void)snprintf(out + n, 32 - (size_t)n, "T%02u:%02u:%02u%s", (unsigned)d->hour % 100,
                       (unsigned)d->minute % 100, (unsigned)d->second % 100, d->zone);
}

static bool read_date(const char *p, date *d, bool whole)
{
    static form *const forms[] = {year_first, era, month_first, day_first, with_slashes};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        *d = (date){0};
        const char *end = forms[i](p, d);
        const bool goes_on = end && (sm_is_digit(*end) || (*end == '.' && sm_is_digit(end[1])));
        if (!end || goes_on || !is_valid(d)) continue;
        read_time(end, d);
        return true;
    }
    *d = (date){0};
    const char *end = whole ? compact(p, d) : NULL;
    return end && is_valid(d);
}

/* A month or a year alone counts only where nothing else is said: "2019-08", "2019年8月", "2019". */
static bool read_partial(const char *p, char out[32])
{
    int year, month = 0;
    if (number(p, 4, &year) != 4 || year < FIRST_YEAR || year > LAST_YEAR) return false;
    p += 4;
    const unsigned y = (unsigned)year % 10000;
    if (*p == YEAR || *p == '-' || *p == '/') {
        const size_t n = number(p + 1, 2, &month);
        p += 1 + n;
        if (n && *p == MONTH) p++;
        if ((n && (month < 1 || month > 12))) return false;
    }
    if (*skip_blanks(p)) return false;
    (void)snprintf(out, 32, month ? "%04u-%02u" : "%04u", y, (unsigned)month % 100);
    return true;
}

bool sm_date_find(sm_span text, char out[32])
{
    folded f;
    date d;
    fold(sm_trim(text), &f);
    for (size_t i = 0; i < f.n; i++) {
        const bool inside = i && (sm_is_digit(f.text[i - 1]) ||
                                  (sm_is_alpha(f.text[i]) && sm_is_alpha(f.text[i - 1])));
        if (inside || !(sm_is_digit(f.text[i]) || sm_is_alpha(f.text[i]))) continue;
        if (!read_date(f.text + i, &d, i == 0)) continue;
        write_date(&d, out);
        return true;
    }
    return read_partial(f.text, out);
}
