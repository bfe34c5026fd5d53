/* Which of several duplicates is preferred: a number read from the document.
 * SPDX-License-Identifier: MIT */
#include "batch_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int sm_preference_parse(const char *string, sm_preference *preference, sm_error *err)
{
    static const struct {
        const char *name;
        sm_prefer by;
        bool has_field;
    } kinds[] = {{"first", SM_PREFER_FIRST, false},
                 {"longest", SM_PREFER_LONGEST, false},
                 {"newest", SM_PREFER_NEWEST, true},
                 {"best", SM_PREFER_BEST, true}};
    const size_t n = strcspn(string, "=");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!sm_span_equal((sm_span){string, n}, sm_span_of(kinds[i].name))) continue;
        const sm_span field = sm_span_of(string[n] ? string + n + 1 : string + n);
        *preference = (sm_preference){kinds[i].by, field};
        if ((field.n > 0) != kinds[i].has_field || (string[n] && field.n == 0))
            SM_FAIL(err, SM_EUSAGE, "--keep %s: %s", string,
                    kinds[i].has_field ? "name a field: newest=metadata.date"
                                       : "takes no field");
        if (field.n <= SM_FIELD_MAX) return SM_OK;
        SM_FAIL(err, SM_EUSAGE, "--keep %s: a field of more than %d bytes", string,
                SM_FIELD_MAX);
    }
    SM_FAIL(err, SM_EUSAGE, "--keep %s: first, longest, newest=FIELD or best=FIELD", string);
}

/* ---- dates ---------------------------------------------------------------------------------- */

/* Reads exactly `digits` digits, at most `max`, and moves *p; false otherwise. */
static bool read_number(sm_span *s, size_t digits, int max, int *value)
{
    if (s->n < digits) return false;
    int v = 0;
    for (size_t i = 0; i < digits; i++) {
        if (s->p[i] < '0' || s->p[i] > '9') return false;
        v = 10 * v + (s->p[i] - '0');
    }
    *s = (sm_span){s->p + digits, s->n - digits};
    *value = v;
    return v <= max;
}

static bool skip(sm_span *s, const char *any)
{
    if (s->n == 0 || !strchr(any, s->p[0]) || s->p[0] == '\0') return false;
    *s = (sm_span){s->p + 1, s->n - 1};
    return true;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar: the year begins in March, so that the leap day ends
 * it, and 400 years have 146,097 days. */
static double days_of(int year, int month, int day)
{
    const int y = month <= 2 ? year - 1 : year;
    const int era = y / 400, of_era = y % 400;
    const int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097.0 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* "Z", "+09:00", "+0900", "+09": seconds east of UTC. */
static bool read_zone(sm_span *s, double *east)
{
    *east = 0;
    if (skip(s, "Zz") || s->n == 0) return true;
    const double sign = s->p[0] == '-' ? -1 : 1;
    int hours = 0, minutes = 0;
    if (!skip(s, "+-") || !read_number(s, 2, 23, &hours)) return false;
    (void)skip(s, ":");
    if (s->n > 0 && !read_number(s, 2, 59, &minutes)) return false;
    *east = sign * (hours * 3600 + minutes * 60);
    return true;
}

/* "T12:34:56.78": seconds of the day. */
static bool read_time(sm_span *s, double *seconds)
{
    int hour = 0, minute = 0, second = 0;
    if (!read_number(s, 2, 24, &hour)) return false;
    if ((skip(s, ":") || s->n >= 2) && !read_number(s, 2, 59, &minute)) return false;
    if ((skip(s, ":") || (s->n >= 2 && s->p[0] >= '0' && s->p[0] <= '9')) &&
        !read_number(s, 2, 60, &second))
        return false;
    *seconds = hour * 3600 + minute * 60 + second;
    if (!skip(s, ".,")) return true;
    for (double place = .1; s->n > 0 && s->p[0] >= '0' && s->p[0] <= '9'; place /= 10) {
        *seconds += place * (s->p[0] - '0');
        *s = (sm_span){s->p + 1, s->n - 1};
    }
    return true;
}

bool sm_date_read(sm_span date, double *seconds)
{
    sm_span s = date;
    int year = 0, month = 1, day = 1;
    double time = 0, east = 0;
    if (!read_number(&s, 4, 9999, &year)) return false;
    if ((skip(&s, "-/") || s.n >= 2) && !read_number(&s, 2, 12, &month)) return false;
    if ((skip(&s, "-/") || s.n >= 2) && !read_number(&s, 2, 31, &day)) return false;
    if (skip(&s, "Tt ") && !read_time(&s, &time)) return false;
    if (!read_zone(&s, &east) || s.n > 0 || month < 1 || day < 1) return false;
    *seconds = days_of(year, month, day) * 86400 + time - east;
    return true;
}

/* ---- values --------------------------------------------------------------------------------- */

static bool read_real(sm_span s, double *value)
{
    char digits[64], *end = NULL;
    if (s.n == 0 || s.n >= sizeof digits) return false;
    memcpy(digits, s.p, s.n);
    digits[s.n] = '\0';
    *value = strtod(digits, &end);
    return end == digits + s.n && isfinite(*value);
}

double sm_preference_value(const sm_preference *preference, sm_doc *doc)
{
    if (preference->by == SM_PREFER_FIRST) return 0;
    if (preference->by == SM_PREFER_LONGEST) return (double)sm_doc_text(doc).n;
    char path[SM_FIELD_MAX + 1] = {0};
    memcpy(path, preference->field.p, preference->field.n);
    sm_span string = {0};
    double value = 0;
    const bool is_string = sm_doc_field_string(doc, path, &string);
    if (is_string && preference->by == SM_PREFER_NEWEST && sm_date_read(string, &value))
        return value;
    if (read_real(is_string ? string : sm_doc_field(doc, path), &value)) return value;
    return -HUGE_VAL;
}
