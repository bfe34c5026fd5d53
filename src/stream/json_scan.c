/* A validating walk over JSON: see json_scan.h.
 * SPDX-License-Identifier: MIT */
#include "json_scan.h"

#include <string.h>

json_scanner json_scanner_make(sm_span json, int max_depth)
{
    const char *name = NULL;
    return (json_scanner){.p = json.p,
                          .end = json.p + json.n,
                          .find = json_find_variant(0, &name),
                          .max_depth = max_depth};
}

static bool fault(json_scanner *s, const char *kind)
{
    s->fault = kind;
    return false;
}

void json_skip_space(json_scanner *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' || *s->p == '\r' || *s->p == '\t'))
        s->p++;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Reads the XXXX of \uXXXX at p; -1 where it is not there. */
static int hex4(const char *p, const char *end)
{
    int value = 0;
    if (end - p < 4) return -1;
    for (int i = 0; i < 4; i++) {
        const int digit = hex_value(p[i]);
        if (digit < 0) return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* At the backslash of an escape: passes it, a surrogate pair as a whole. */
static bool scan_escape(json_scanner *s)
{
    const char *const start = s->p;
    if (s->end - s->p < 2) return fault(s, "bad-json");
    if (s->p[1] != 'u') {
        if (!s->p[1] || !strchr("\"\\/bfnrt", s->p[1])) return fault(s, "bad-json");
        s->p += 2;
        return true;
    }
    const int unit = hex4(s->p + 2, s->end);
    if (unit < 0) return fault(s, "bad-json");
    s->p += 6;
    if ((unit & 0xF800) != 0xD800) return true;
    if (unit < 0xDC00 && s->end - s->p >= 6 && s->p[0] == '\\' && s->p[1] == 'u') {
        const int low = hex4(s->p + 2, s->end);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            s->p += 6;
            return true;
        }
    }
    if (!s->lone_surrogate) s->lone_surrogate = start;
    return true;
}

bool json_scan_string(json_scanner *s, sm_span *raw)
{
    const char *const start = s->p;
    if (s->p == s->end || *s->p != '"') return fault(s, "bad-json");
    s->p++;
    for (;;) {
        s->p = s->find(s->p, s->end);
        if (s->p == s->end) return fault(s, "bad-json");
        if (*s->p == '"') break;
        if (*s->p != '\\') return fault(s, "bad-json");
        if (!scan_escape(s)) return false;
    }
    s->p++;
    *raw = (sm_span){start, (size_t)(s->p - start)};
    return true;
}

static bool is_digit(const json_scanner *s)
{
    return s->p < s->end && *s->p >= '0' && *s->p <= '9';
}

static bool scan_digits(json_scanner *s)
{
    if (!is_digit(s)) return fault(s, "bad-json");
    while (is_digit(s))
        s->p++;
    return true;
}

static bool scan_number(json_scanner *s)
{
    if (*s->p == '-') s->p++;
    if (s->p < s->end && *s->p == '0')
        s->p++;
    else if (!scan_digits(s))
        return false;
    if (s->p < s->end && *s->p == '.') {
        s->p++;
        if (!scan_digits(s)) return false;
    }
    if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
        s->p++;
        if (s->p < s->end && (*s->p == '+' || *s->p == '-')) s->p++;
        return scan_digits(s);
    }
    return true;
}

static bool scan_word(json_scanner *s, sm_span word)
{
    if (!sm_span_starts((sm_span){s->p, (size_t)(s->end - s->p)}, word))
        return fault(s, "bad-json");
    s->p += word.n;
    return true;
}

static bool scan_scalar(json_scanner *s)
{
    sm_span raw;
    if (s->p == s->end) return fault(s, "bad-json");
    switch (*s->p) {
    case '"': return json_scan_string(s, &raw);
    case 't': return scan_word(s, SM_SPAN("true"));
    case 'f': return scan_word(s, SM_SPAN("false"));
    case 'n': return scan_word(s, SM_SPAN("null"));
    default: return scan_number(s);
    }
}

static bool scan_key(json_scanner *s)
{
    sm_span raw;
    json_skip_space(s);
    if (!json_scan_string(s, &raw)) return false;
    json_skip_space(s);
    if (s->p == s->end || *s->p != ':') return fault(s, "bad-json");
    s->p++;
    return true;
}

enum {
    STACK_WORDS = 16,
    STACK_BITS = 64 * STACK_WORDS
}; /* one bit a level: is it an object? */

typedef struct nest {
    uint64_t object[STACK_WORDS];
    int depth;
} nest;

static bool in_object(const nest *n)
{
    const unsigned level = (unsigned)n->depth - 1;
    return n->object[level / 64] >> (level % 64) & 1;
}

static bool push(json_scanner *s, nest *n, bool object)
{
    const unsigned level = (unsigned)n->depth;
    const uint64_t bit = (uint64_t)1 << (level % 64);
    if (n->depth >= s->max_depth || n->depth >= STACK_BITS) return fault(s, "too-deep");
    n->object[level / 64] = object ? n->object[level / 64] | bit : n->object[level / 64] & ~bit;
    n->depth++;
    s->p++;
    return true;
}

/* At the start of a value: passes a scalar, or goes down into a container that is not empty
 * (*down). */
static bool enter_value(json_scanner *s, nest *n, bool *down)
{
    *down = false;
    json_skip_space(s);
    if (s->p == s->end || (*s->p != '{' && *s->p != '[')) return scan_scalar(s);
    const bool object = *s->p == '{';
    if (!push(s, n, object)) return false;
    json_skip_space(s);
    if (s->p < s->end && *s->p == (object ? '}' : ']')) {
        s->p++;
        n->depth--;
        return true;
    }
    *down = true;
    return !object || scan_key(s);
}

/* Behind a value: passes closing brackets and the comma before the next value; depth 0 is the end. */
static bool leave_value(json_scanner *s, nest *n)
{
    while (n->depth > 0) {
        const bool object = in_object(n);
        json_skip_space(s);
        if (s->p == s->end) return fault(s, "bad-json");
        if (*s->p == ',') {
            s->p++;
            return !object || scan_key(s);
        }
        if (*s->p != (object ? '}' : ']')) return fault(s, "bad-json");
        s->p++;
        n->depth--;
    }
    return true;
}

bool json_scan_value(json_scanner *s, sm_span *raw)
{
    nest n;
    n.depth = 0;
    json_skip_space(s);
    const char *const start = s->p;
    do {
        bool down = false;
        if (!enter_value(s, &n, &down)) return false;
        if (!down && !leave_value(s, &n)) return false;
    } while (n.depth > 0);
    *raw = (sm_span){start, (size_t)(s->p - start)};
    return true;
}

bool json_object_begin(json_scanner *s)
{
    json_skip_space(s);
    if (s->p == s->end || *s->p != '{') return fault(s, "not-an-object");
    s->p++;
    return true;
}

bool json_object_next(json_scanner *s, bool *first, sm_span *key, sm_span *value)
{
    json_skip_space(s);
    if (s->p < s->end && *s->p == '}') {
        s->p++;
        return false;
    }
    if (!*first) {
        if (s->p == s->end || *s->p != ',') return fault(s, "bad-json");
        s->p++;
        json_skip_space(s);
    }
    *first = false;
    if (!json_scan_string(s, key)) return false;
    json_skip_space(s);
    if (s->p == s->end || *s->p != ':') return fault(s, "bad-json");
    s->p++;
    return json_scan_value(s, value);
}
