/* Writing JSON: see seimai/json.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/json.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void separate(sm_buffer *b)
{
    const char last = b->n ? b->p[b->n - 1] : '\n';
    if (last == '{' || last == '[' || last == ',' || last == ':' || last == '\n') return;
    sm_buffer_putc(b, ',');
}

void sm_json_open(sm_buffer *b, char bracket)
{
    separate(b);
    sm_buffer_putc(b, bracket);
}

void sm_json_close(sm_buffer *b, char bracket)
{
    sm_buffer_putc(b, bracket);
}

/* Bytes that stand for themselves inside a string. */
static size_t plain_length(const char *p, size_t n)
{
    size_t i = 0;
    while (i < n && (unsigned char)p[i] >= 0x20 && p[i] != '"' && p[i] != '\\')
        i++;
    return i;
}

static void put_escape(sm_buffer *b, char c)
{
    static const char short_form[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (const char *s = short_form; *s; s += 2) {
        if (*s != c) continue;
        sm_buffer_putc(b, '\\');
        sm_buffer_putc(b, s[1]);
        return;
    }
    sm_buffer_printf(b, "\\u%04x", (unsigned)(unsigned char)c);
}

void sm_json_quote(sm_buffer *b, sm_span s)
{
    sm_buffer_putc(b, '"');
    while (s.n) {
        const size_t plain = plain_length(s.p, s.n);
        sm_buffer_put(b, (sm_span){s.p, plain});
        s.p += plain;
        s.n -= plain;
        if (!s.n) break;
        put_escape(b, *s.p++);
        s.n--;
    }
    sm_buffer_putc(b, '"');
}

void sm_json_key_span(sm_buffer *b, sm_span key)
{
    separate(b);
    sm_json_quote(b, key);
    sm_buffer_putc(b, ':');
}

void sm_json_key(sm_buffer *b, const char *key)
{
    sm_json_key_span(b, sm_span_of(key));
}

void sm_json_string(sm_buffer *b, sm_span s)
{
    separate(b);
    sm_json_quote(b, s);
}

void sm_json_int(sm_buffer *b, int64_t v)
{
    separate(b);
    sm_buffer_printf(b, "%" PRId64, v);
}

void sm_json_uint(sm_buffer *b, uint64_t v)
{
    separate(b);
    sm_buffer_printf(b, "%" PRIu64, v);
}

void sm_json_real(sm_buffer *b, double v)
{
    char text[40] = "null";
    separate(b);
    if (isfinite(v)) {
        for (int digits = 15; digits <= 17; digits++) {
            (void)snprintf(text, sizeof text, "%.*g", digits, v);
            const double back = strtod(text, NULL);
            if (back == v) break;
        }
    }
    sm_buffer_puts(b, text);
}

void sm_json_bool(sm_buffer *b, bool v)
{
    sm_json_raw(b, sm_span_of(v ? "true" : "false"));
}

void sm_json_null(sm_buffer *b)
{
    sm_json_raw(b, SM_SPAN("null"));
}

void sm_json_raw(sm_buffer *b, sm_span json)
{
    separate(b);
    sm_buffer_put(b, json);
}

/* ---- members -------------------------------------------------------------------------------- */

void sm_json_put_string(sm_buffer *b, const char *key, sm_span s)
{
    sm_json_key(b, key);
    sm_json_string(b, s);
}

void sm_json_put_text(sm_buffer *b, const char *key, const char *text)
{
    sm_json_put_string(b, key, sm_span_of(text));
}

void sm_json_put_int(sm_buffer *b, const char *key, int64_t v)
{
    sm_json_key(b, key);
    sm_json_int(b, v);
}

void sm_json_put_uint(sm_buffer *b, const char *key, uint64_t v)
{
    sm_json_key(b, key);
    sm_json_uint(b, v);
}

void sm_json_put_real(sm_buffer *b, const char *key, double v)
{
    sm_json_key(b, key);
    sm_json_real(b, v);
}

void sm_json_put_bool(sm_buffer *b, const char *key, bool v)
{
    sm_json_key(b, key);
    sm_json_bool(b, v);
}

void sm_json_put_hash(sm_buffer *b, const char *key, sm_hash128 hash)
{
    char hex[SM_HASH_HEX + 1];
    sm_hash128_hex(hash, hex);
    sm_json_put_text(b, key, hex);
}
