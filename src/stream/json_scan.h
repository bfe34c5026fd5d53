/* json_scan.h - a validating walk over JSON that builds nothing.
 * SPDX-License-Identifier: MIT
 *
 * The scanner moves over values (RFC 8259) and tells where they begin and end. The bytes must be valid
 * UTF-8 already (the caller checks them in one pass). A failed call leaves `fault` and `p` at the fault. */
#ifndef SEIMAI_JSON_SCAN_H
#define SEIMAI_JSON_SCAN_H

#include <seimai/base.h>

/* Gives the first byte in [p, end) that a string cannot hold plainly: quote, backslash, control. */
typedef const char *(*json_find)(const char *p, const char *end);

typedef struct json_scanner {
    const char *p, *end;
    json_find find;
    int max_depth;
    const char *fault; /* kind of the first fault: "bad-json", "too-deep" */
    const char
        *lone_surrogate; /* the first \uD800…DFFF without its partner, which JSON allows */
} json_scanner;

json_scanner json_scanner_make(sm_span json, int max_depth);
void json_skip_space(json_scanner *s);
/* Each gives the raw bytes that it passed; a string with its quotes. */
bool json_scan_string(json_scanner *s, sm_span *raw);
bool json_scan_value(json_scanner *s, sm_span *raw);

/* Members of an object: begin at its brace; next gives one member, and false at the closing brace (which it
 * passes) or at a fault. */
bool json_object_begin(json_scanner *s);
bool json_object_next(json_scanner *s, bool *first, sm_span *key, sm_span *value);

/* The variants of find, for tests: NULL past the last that this machine has. */
json_find json_find_variant(size_t i, const char **name);

#endif
