/* Spans and errors: see seimai/base.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/base.h>

#include <stdio.h>
#include <string.h>

sm_span sm_span_of(const char *string)
{
    return (sm_span){string, strlen(string)};
}

bool sm_span_equal(sm_span a, sm_span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int sm_span_order(sm_span a, sm_span b)
{
    const size_t n = a.n < b.n ? a.n : b.n;
    const int order = n ? memcmp(a.p, b.p, n) : 0;
    if (order) return order;
    return (a.n > b.n) - (a.n < b.n);
}

bool sm_span_starts(sm_span s, sm_span prefix)
{
    return s.n >= prefix.n && sm_span_equal((sm_span){s.p, prefix.n}, prefix);
}

bool sm_span_ends(sm_span s, sm_span suffix)
{
    return s.n >= suffix.n && sm_span_equal((sm_span){s.p + s.n - suffix.n, suffix.n}, suffix);
}

const char *sm_span_find(sm_span s, sm_span mark)
{
    while (s.n >= mark.n) {
        const char *p = memchr(s.p, *mark.p, s.n - mark.n + 1);
        if (!p || memcmp(p, mark.p, mark.n) == 0) return p;
        s = sm_span_from(s, (size_t)(p + 1 - s.p));
    }
    return NULL;
}

bool sm_span_to_i64(sm_span s, int64_t *value)
{
    const bool negative = s.n && s.p[0] == '-';
    uint64_t sum = 0;
    size_t i = negative;
    if (i == s.n) return false;
    for (; i < s.n; i++) {
        const unsigned digit = (unsigned)(unsigned char)s.p[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(sum, 10U, &sum)) return false;
        if (__builtin_add_overflow(sum, digit, &sum)) return false;
    }
    if (sum > (uint64_t)INT64_MAX + negative) return false;
    *value = negative ? (int64_t)(0 - sum) : (int64_t)sum;
    return true;
}

const char *sm_status_name(int status)
{
    static const struct {
        int status;
        const char *name;
    } names[] = {
        {SM_OK, "SM_OK"},           {SM_DROP, "SM_DROP"},     {SM_EUSAGE, "SM_EUSAGE"},
        {SM_EIO, "SM_EIO"},         {SM_ENOENT, "SM_ENOENT"}, {SM_EPIPE, "SM_EPIPE"},
        {SM_EFORMAT, "SM_EFORMAT"}, {SM_ETRUNC, "SM_ETRUNC"}, {SM_EHASH, "SM_EHASH"},
        {SM_ELIMIT, "SM_ELIMIT"},   {SM_ENOSUP, "SM_ENOSUP"}, {SM_ENUMERIC, "SM_ENUMERIC"},
        {SM_EGATE, "SM_EGATE"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].status == status) return names[i].name;
    return "unknown status";
}

/* Drops a character that the end of the field cut in its middle. */
static void trim_to_character(char *text, size_t n)
{
    size_t start = n;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0) return;
    const unsigned char lead = (unsigned char)text[start - 1];
    const size_t need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (n - (start - 1) < need) text[start - 1] = '\0';
}

int sm_error_set(sm_error *err, int code, const char *format, ...)
{
    if (!err || err->code) return code;
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    err->code = code;
    if (n >= (int)sizeof err->text) trim_to_character(err->text, sizeof err->text - 1);
    return code;
}

void sm_error_prefix(sm_error *err, const char *format, ...)
{
    char prefix[sizeof err->text];
    char rest[sizeof err->text];
    if (!err || !err->code) return;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(prefix, sizeof prefix, format, args);
    va_end(args);
    memcpy(rest, err->text, sizeof rest);
    const int n = snprintf(err->text, sizeof err->text, "%s: %s", prefix, rest);
    if (n >= (int)sizeof err->text) trim_to_character(err->text, sizeof err->text - 1);
}

void sm_error_clear(sm_error *err)
{
    err->code = 0;
    err->text[0] = '\0';
}
