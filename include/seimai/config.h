/* seimai/config.h - configuration values from JSON and YAML, with the line of each complaint.
 * SPDX-License-Identifier: MIT
 *
 * A file becomes a tree of values that remember their line. JSON is RFC 8259 (read by jansson); YAML is
 * one document (read by libyaml) under YAML 1.2's core schema (so `no` is a string), without tags,
 * anchors and aliases. A duplicate key is an error.
 * The tree, and every span in it, belongs to the sm_config and dies with it.
 * Threads: a loaded tree is read-only and may be shared. */
#ifndef SEIMAI_CONFIG_H
#define SEIMAI_CONFIG_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sm_kind { SM_NULL, SM_BOOL, SM_INT, SM_REAL, SM_STRING, SM_LIST, SM_MAP } sm_kind;

typedef struct sm_value {
    sm_kind kind;
    int line;         /* 1-based */
    const char *file; /* as given to the reader */
    union {
        bool boolean;
        int64_t integer;
        double real;
        sm_span string; /* UTF-8, and NUL-terminated behind its end */
    } as;
    sm_span written;        /* YAML: a scalar as it stands in the file (1.10), NUL-terminated */
    size_t n;               /* elements of a list, entries of a map */
    struct sm_value *items; /* n values */
    sm_span *keys;          /* n keys of a map, in the file's order */
} sm_value;

typedef struct sm_config {
    sm_arena arena;
    sm_value root;
} sm_config;

/* sm_config_read reads a file; a name that ends in .json is JSON, all else YAML. On failure the
 * error reads "FILE:LINE: what" and nothing is held. At most 256 MiB, nesting at most 64. */
SM_API int sm_config_read(sm_config *config, const char *path, sm_error *err) SM_MUST_USE;
/* The same from memory; `name` stands in messages and must outlive the tree. */
SM_API int sm_config_parse_json(sm_config *config, const char *name, sm_span text,
                                sm_error *err) SM_MUST_USE;
SM_API int sm_config_parse_yaml(sm_config *config, const char *name, sm_span text,
                                sm_error *err) SM_MUST_USE;
SM_API void sm_config_free(sm_config *config);

/* sm_value_get finds a key of a map; NULL where it is missing or `map` is NULL or no map. */
SM_API const sm_value *sm_value_get(const sm_value *map, const char *key);
SM_API const char *sm_kind_name(sm_kind kind); /* "map", "string" … */

/* sm_value_write appends a value as compact JSON: text that reads back as the same value. */
SM_API void sm_value_write(const sm_value *v, sm_buffer *json);

/* Typed readers: 0, or SM_EUSAGE with "FILE:LINE: what". A NULL value (missing key) leaves *out alone
 * and returns 0, so that defaults stand in the variable. An integer is accepted as a real; a number
 * outside [min, max] is refused. `what` names the value in the message. */
SM_API int sm_value_read_bool(const sm_value *v, const char *what, bool *out,
                              sm_error *err) SM_MUST_USE;
SM_API int sm_value_read_int(const sm_value *v, const char *what, int64_t min, int64_t max,
                             int64_t *out, sm_error *err) SM_MUST_USE;
SM_API int sm_value_read_real(const sm_value *v, const char *what, double min, double max,
                              double *out, sm_error *err) SM_MUST_USE;
SM_API int sm_value_read_string(const sm_value *v, const char *what, sm_span *out,
                                sm_error *err) SM_MUST_USE;
/* sm_value_fail sets "FILE:LINE: …" and returns SM_EUSAGE. */
SM_API int sm_value_fail(const sm_value *v, sm_error *err, const char *format, ...)
    SM_PRINTF(3);
/* sm_value_only refuses a key of `map` that is not in the NULL-terminated list, with its line. */
SM_API int sm_value_only(const sm_value *map, const char *const keys[],
                         sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
