/* Values as JSON: what `filter --annotate` leaves in metadata.quality, and reading it back.
 * SPDX-License-Identifier: MIT */
#include "preset_internal.h"

#include <math.h>
#include <seimai/json.h>
#include <stdlib.h>
#include <string.h>

void sm_filter_write_values(const sm_filter *filter, const double *values, sm_buffer *json)
{
    sm_json_open(json, '{');
    for (size_t i = 0; i < filter->rules.n; i++) {
        sm_json_key(json, filter->rules.rules[i].value->name);
        sm_json_real(json, values[i]);
    }
    sm_json_close(json, '}');
}

/* ---- reading ------------------------------------------------------------------------------------ */

/* The object comes from a document that its scanner has found valid; what is not is missed, and never read past its end. */
static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
        p++;
    return p;
}

/* The end of a string that begins with the quote at p. */
static const char *skip_string(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        p += *p == '\\';
    return p < end ? p + 1 : end;
}

/* The end of a value: a comma or the closing bracket of the object. */
static const char *skip_value(const char *p, const char *end)
{
    int depth = 0;
    while (p < end) {
        if (depth == 0 && (*p == ',' || *p == '}')) return p;
        depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
        p = *p == '"' ? skip_string(p, end) : p + 1;
    }
    return end;
}

/* The value of a key, cut to its characters; empty where the object lacks it. */
static sm_span find_member(sm_span json, const char *name)
{
    const char *const end = json.p + json.n;
    const char *p = skip_blanks(json.p, end);
    for (p += p < end && *p == '{'; p < end; p++) {
        const char *const key = skip_blanks(p, end);
        if (key >= end || *key != '"') break;
        const char *const behind = skip_string(key, end);
        p = skip_blanks(behind, end);
        const char *const value = skip_blanks(p + (p < end), end);
        p = skip_value(value, end);
        const sm_span found = {key + 1, (size_t)(behind - key) - 2};
        if (sm_span_equal(found, sm_span_of(name)))
            return (sm_span){value, (size_t)(p - value)};
    }
    return (sm_span){0};
}

static bool read_number(sm_span text, double *number)
{
    char copy[64], *end = NULL;
    while (text.n > 0 && strchr(" \t\r\n", text.p[text.n - 1]))
        text.n--;
    if (sm_span_equal(text, SM_SPAN("null"))) {
        *number = (double)NAN;
        return true;
    }
    if (text.n == 0 || text.n >= sizeof copy) return false;
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    *number = strtod(copy, &end);
    return end == copy + text.n && isfinite(*number);
}

int sm_filter_read_values(const sm_filter *filter, sm_span json, double *values, sm_error *err)
{
    for (size_t i = 0; i < filter->rules.n; i++) {
        const char *const name = filter->rules.rules[i].value->name;
        const sm_span member = find_member(json, name);
        if (member.n == 0) SM_FAIL(err, SM_EFORMAT, "the annotation has no value \"%s\"", name);
        if (!read_number(member, &values[i]))
            SM_FAIL(err, SM_EFORMAT, "the annotation's \"%s\": expected a number or null",
                    name);
    }
    return SM_OK;
}
