/* seimai/json.h - writing JSON: a few functions that append to a buffer.
 * SPDX-License-Identifier: MIT
 *
 * The writer keeps track of commas and of nothing else: the caller opens and closes. Output is compact,
 * on one line. Reading a configuration is seimai/config.h, reading documents seimai/document.h. */
#ifndef SEIMAI_JSON_H
#define SEIMAI_JSON_H

#include <seimai/hash.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A comma is put where the byte before is neither an opening bracket, a comma nor a colon. */
SM_API void sm_json_open(sm_buffer *b, char bracket);  /* '{' or '[' */
SM_API void sm_json_close(sm_buffer *b, char bracket); /* '}' or ']' */
SM_API void sm_json_key(sm_buffer *b, const char *key);
SM_API void sm_json_key_span(sm_buffer *b, sm_span key);
/* Strings are UTF-8; `"`, `\` and control characters are escaped, nothing else. */
SM_API void sm_json_string(sm_buffer *b, sm_span s);
/* sm_json_quote is sm_json_string without the comma before it. */
SM_API void sm_json_quote(sm_buffer *b, sm_span s);
SM_API void sm_json_int(sm_buffer *b, int64_t v);
SM_API void sm_json_uint(sm_buffer *b, uint64_t v);
/* The shortest of %.15g, %.16g and %.17g that reads back as the same double; NaN and infinities
 * become null. */
SM_API void sm_json_real(sm_buffer *b, double v);
SM_API void sm_json_bool(sm_buffer *b, bool v);
SM_API void sm_json_null(sm_buffer *b);
/* sm_json_raw puts a value that is JSON already. */
SM_API void sm_json_raw(sm_buffer *b, sm_span json);

/* A member of an object: its key and its value at once. */
SM_API void sm_json_put_string(sm_buffer *b, const char *key, sm_span s);
SM_API void sm_json_put_text(sm_buffer *b, const char *key, const char *text);
SM_API void sm_json_put_int(sm_buffer *b, const char *key, int64_t v);
SM_API void sm_json_put_uint(sm_buffer *b, const char *key, uint64_t v);
SM_API void sm_json_put_real(sm_buffer *b, const char *key, double v);
SM_API void sm_json_put_bool(sm_buffer *b, const char *key, bool v);
/* A hash in its canonical hex form, as a string. */
SM_API void sm_json_put_hash(sm_buffer *b, const char *key, sm_hash128 hash);

#ifdef __cplusplus
}
#endif
#endif
