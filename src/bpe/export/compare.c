/* Counting differences, and showing the first.
 * SPDX-License-Identifier: MIT */
#include <seimai/json.h>
#include <seimai/tokenizer_verify.h>
#include <seimai/utf8.h>

#include <string.h>

enum { BEFORE = 3, AFTER = 8 };         /* tokens shown around the place */
enum { AROUND = 60, SHOWN_MAX = 4096 }; /* bytes of text on either side; of what is shown */

void sm_token_comparison_free(sm_token_comparison *c)
{
    sm_free(c->reader);
    sm_free(c->missing);
    sm_free(c->first.text);
    sm_free(c->first.want);
    sm_free(c->first.got);
    *c = (sm_token_comparison){0};
}

/* ---- showing ---------------------------------------------------------------------------- */

/* Bytes for a terminal: control characters and broken UTF-8 as <E3>. */
static void put_shown(sm_buffer *b, sm_span s)
{
    while (s.n > 0) {
        const size_t valid = sm_utf8_check(s);
        for (size_t i = 0; i < valid; i++) {
            const uint8_t c = (uint8_t)s.p[i];
            if (c < 0x20 || c == 0x7F)
                sm_buffer_printf(b, "<%02X>", c);
            else
                sm_buffer_putc(b, (char)c);
        }
        if (valid == s.n) return;
        sm_buffer_printf(b, "<%02X>", (uint8_t)s.p[valid]);
        s = (sm_span){s.p + valid + 1, s.n - valid - 1};
    }
}

static char *taken(sm_buffer *b)
{
    char *s = sm_strdup(sm_buffer_span(b));
    sm_buffer_free(b);
    return s;
}

/* "を|使用|し  [310 1022 87]": the tokens around number `at`. */
static char *show_tokens(const sm_tokenizer *tok, const sm_ids *ids, size_t at)
{
    sm_buffer b = sm_buffer_make(SHOWN_MAX);
    const size_t from = at > BEFORE ? at - BEFORE : 0,
                 to = at + AFTER < ids->n ? at + AFTER : ids->n;
    for (size_t i = from; i < to; i++) {
        if (i > from) sm_buffer_putc(&b, '|');
        if (sm_tokenizer_bytes(tok, ids->p[i]).n == 0) sm_buffer_puts(&b, "?");
        put_shown(&b, sm_tokenizer_bytes(tok, ids->p[i]));
    }
    sm_buffer_puts(&b, "  [");
    for (size_t i = from; i < to; i++)
        sm_buffer_printf(&b, i > from ? " %u" : "%u", ids->p[i]);
    sm_buffer_putc(&b, ']');
    return taken(&b);
}

static bool continues(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

static char *show_text(sm_span text, size_t at)
{
    size_t from = at > AROUND ? at - AROUND : 0,
           to = at + AROUND < text.n ? at + AROUND : text.n;
    while (from > 0 && continues(text.p[from]))
        from--;
    while (to < text.n && continues(text.p[to]))
        to++;
    sm_buffer b = sm_buffer_make(SHOWN_MAX);
    put_shown(&b, (sm_span){text.p + from, to - from});
    return taken(&b);
}

/* ---- comparing -------------------------------------------------------------------------- */

static size_t first_other(const sm_ids *a, const sm_ids *b)
{
    size_t i = 0;
    while (i < a->n && i < b->n && a->p[i] == b->p[i])
        i++;
    return i;
}

void sm_token_compare(sm_token_comparison *c, const sm_tokenizer *tok, sm_span text,
                      const sm_ids *want, const sm_ids *got)
{
    const size_t at = first_other(want, got);
    c->documents++;
    c->tokens += want->n;
    if (at == want->n && at == got->n) return;
    if (c->differences++ > 0) return;
    size_t byte = 0;
    for (size_t i = 0; i < at; i++)
        byte += sm_tokenizer_bytes(tok, want->p[i]).n;
    if (byte > text.n) byte = text.n;
    c->first.document = c->documents;
    c->first.byte = byte;
    c->first.text = show_text(text, byte);
    c->first.want = show_tokens(tok, want, at);
    c->first.got = show_tokens(tok, got, at);
}

/* ---- the table -------------------------------------------------------------------------- */

static size_t widest(const sm_token_comparison list[], size_t n, bool files)
{
    size_t most = 6;
    for (size_t i = 0; i < n; i++) {
        const char *s = files ? list[i].file : list[i].reader;
        const size_t length = sm_utf8_count(sm_span_of(s));
        if (length > most) most = length;
    }
    return most;
}

static void put_padded(sm_buffer *b, const char *s, size_t width)
{
    sm_buffer_puts(b, s);
    for (size_t n = sm_utf8_count(sm_span_of(s)); n < width + 2; n++)
        sm_buffer_putc(b, ' ');
}

static void put_first(const sm_token_comparison *c, sm_buffer *b)
{
    sm_buffer_printf(b, "\n%s, %s: first in document %llu at byte %llu\n", c->file, c->reader,
                     (unsigned long long)c->first.document, (unsigned long long)c->first.byte);
    sm_buffer_printf(b, "  text       %s\n  tokenizer  %s\n  file       %s\n", c->first.text,
                     c->first.want, c->first.got);
}

void sm_token_comparisons_text(const sm_token_comparison list[], size_t n, sm_buffer *out)
{
    const size_t files = widest(list, n, true), readers = widest(list, n, false);
    put_padded(out, "file", files);
    put_padded(out, "read by", readers);
    sm_buffer_puts(out, "documents        tokens  differ\n");
    for (size_t i = 0; i < n; i++) {
        const sm_token_comparison *c = &list[i];
        put_padded(out, c->file, files);
        put_padded(out, c->reader, readers);
        if (c->missing)
            sm_buffer_printf(out, "not run: %s\n", c->missing);
        else
            sm_buffer_printf(out, "%9llu  %12llu  %6llu\n", (unsigned long long)c->documents,
                             (unsigned long long)c->tokens, (unsigned long long)c->differences);
    }
    for (size_t i = 0; i < n; i++)
        if (list[i].differences) put_first(&list[i], out);
}

static void put_string(sm_buffer *b, const char *key, const char *value)
{
    sm_json_key(b, key);
    sm_json_string(b, sm_span_of(value));
}

static void put_number(sm_buffer *b, const char *key, uint64_t value)
{
    sm_json_key(b, key);
    sm_json_uint(b, value);
}

static void put_counts(const sm_token_comparison *c, sm_buffer *b)
{
    put_number(b, "documents", c->documents);
    put_number(b, "tokens", c->tokens);
    put_number(b, "differences", c->differences);
    if (c->differences == 0) return;
    sm_json_key(b, "first");
    sm_json_open(b, '{');
    put_number(b, "document", c->first.document);
    put_number(b, "byte", c->first.byte);
    put_string(b, "text", c->first.text);
    put_string(b, "tokenizer", c->first.want);
    put_string(b, "file", c->first.got);
    sm_json_close(b, '}');
}

void sm_token_comparisons_json(const sm_token_comparison list[], size_t n, sm_buffer *out)
{
    sm_json_open(out, '[');
    for (size_t i = 0; i < n; i++) {
        sm_json_open(out, '{');
        put_string(out, "file", list[i].file);
        put_string(out, "reader", list[i].reader);
        if (list[i].missing)
            put_string(out, "not_run", list[i].missing);
        else
            put_counts(&list[i], out);
        sm_json_close(out, '}');
    }
    sm_json_close(out, ']');
    sm_buffer_putc(out, '\n');
}
