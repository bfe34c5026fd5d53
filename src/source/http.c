/* HTTP responses as they lie in WARC records: see seimai/source.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/source.h>

#include <string.h>
#include <strings.h>

static const char *const fault_names[SM_HTTP_FAULTS] = {
    "http-no-head",    "http-not-chunked",  "http-bad-chunk",   "http-stray-chunks",
    "http-bad-coding", "http-other-coding", "http-wrong-length"};

const char *sm_http_fault_name(unsigned bit)
{
    return bit < SM_HTTP_FAULTS ? fault_names[bit] : "unknown";
}

/* ---- headers ------------------------------------------------------------------------------ */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static sm_span trimmed(sm_span s)
{
    while (s.n && is_blank(*s.p))
        s = (sm_span){s.p + 1, s.n - 1};
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

/* Cuts the first line off s, its LF too. */
static sm_span take_line(sm_span *s)
{
    if (s->n == 0) return *s;
    const char *lf = memchr(s->p, '\n', s->n);
    const size_t n = lf ? (size_t)(lf + 1 - s->p) : s->n;
    const sm_span line = {s->p, n};
    *s = (sm_span){s->p + n, s->n - n};
    return line;
}

sm_span sm_http_header(sm_span head, const char *name)
{
    const size_t n = strlen(name);
    while (head.n) {
        const sm_span line = take_line(&head);
        if (line.n <= n || line.p[n] != ':' || strncasecmp(line.p, name, n) != 0) continue;
        return trimmed((sm_span){line.p + n + 1, line.n - n - 1});
    }
    return (sm_span){0};
}

static sm_span unquoted(sm_span s)
{
    if (s.n >= 2 && (*s.p == '"' || *s.p == '\'') && s.p[s.n - 1] == *s.p)
        return (sm_span){s.p + 1, s.n - 2};
    return s;
}

sm_span sm_http_parameter(sm_span value, const char *name)
{
    const size_t n = strlen(name);
    while (value.n) {
        const char *semicolon = memchr(value.p, ';', value.n);
        if (!semicolon) break;
        value.n -= (size_t)(semicolon + 1 - value.p);
        value.p = semicolon + 1;
        const char *next = value.n ? memchr(value.p, ';', value.n) : NULL;
        const sm_span piece =
            trimmed((sm_span){value.p, next ? (size_t)(next - value.p) : value.n});
        if (piece.n <= n || piece.p[n] != '=' || strncasecmp(piece.p, name, n) != 0) continue;
        return unquoted(trimmed((sm_span){piece.p + n + 1, piece.n - n - 1}));
    }
    return (sm_span){0};
}

static bool is_word(sm_span s, const char *word)
{
    return s.n == strlen(word) && (s.n == 0 || strncasecmp(s.p, word, s.n) == 0);
}

/* ---- chunks ------------------------------------------------------------------------------- */

/* The size line of a chunk: hex digits, perhaps an extension. */
static bool read_chunk_size(sm_span line, size_t *size)
{
    size_t i = 0;
    *size = 0;
    for (; i < line.n && i < 8; i++) {
        const char c = line.p[i], lower = (char)(c | 0x20);
        const bool digit = c >= '0' && c <= '9', letter = lower >= 'a' && lower <= 'f';
        if (!digit && !letter) break;
        *size = *size * 16 + (size_t)(digit ? c - '0' : lower - 'a' + 10);
    }
    return i > 0 && i < line.n && (is_blank(line.p[i]) || line.p[i] == ';');
}

/* Joins chunks in the arena. Returns false if they break off, with what came before. */
static bool join_chunks(sm_span in, sm_arena *arena, sm_span *body)
{
    char *out = sm_arena_alloc(arena, in.n);
    *body = (sm_span){out, 0};
    while (in.n) {
        size_t size = 0;
        if (!read_chunk_size(take_line(&in), &size)) return false;
        if (size == 0) return true;
        const size_t have = size < in.n ? size : in.n;
        memcpy(out + body->n, in.p, have);
        body->n += have;
        in = (sm_span){in.p + have, in.n - have};
        if (have < size || trimmed(take_line(&in)).n) return false;
    }
    return false;
}

/* Chunks that no header announced: a size line, and a line end where that chunk should end. */
static bool looks_chunked(sm_span body)
{
    size_t size = 0;
    if (!read_chunk_size(take_line(&body), &size) || size == 0 || size + 2 > body.n)
        return false;
    return body.p[size] == '\r' && body.p[size + 1] == '\n';
}

static void undo_chunks(sm_http *http, sm_arena *arena)
{
    const bool declared = is_word(sm_http_header(http->head, "transfer-encoding"), "chunked");
    sm_span joined;
    if (!declared && !looks_chunked(http->body)) return;
    if (!declared) http->faults |= SM_HTTP_STRAY_CHUNKS;
    const bool whole = join_chunks(http->body, arena, &joined);
    if (!whole) http->faults |= joined.n ? SM_HTTP_BAD_CHUNK : SM_HTTP_NOT_CHUNKED;
    if (joined.n || whole) http->body = joined;
}

/* ---- codings ------------------------------------------------------------------------------ */

static bool starts_compressed(sm_span s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    if (s.n < 3) return false;
    return (p[0] == 0x1F && p[1] == 0x8B) ||
           ((p[0] & 0x0F) == 8 && (p[0] << 8 | p[1]) % 31 == 0);
}

/* What came out before a fault is kept, if the body was compressed at all: raw deflate has no mark of its
 * own, so there only a whole stream counts. A body that was stored plain stays as it is. */
static void inflate_body(sm_http *http, size_t max, sm_arena *arena)
{
    sm_buffer out = sm_buffer_make(max);
    const int rc = sm_inflate(http->body, &out, NULL);
    if (rc < 0) http->faults |= SM_HTTP_BAD_CODING;
    if (rc >= 0 || starts_compressed(http->body))
        http->body = sm_arena_copy(arena, sm_buffer_span(&out));
    sm_buffer_free(&out);
}

static void undo_coding(sm_http *http, size_t max, sm_arena *arena)
{
    const sm_span coding = sm_http_header(http->head, "content-encoding");
    if (is_word(coding, "gzip") || is_word(coding, "x-gzip") || is_word(coding, "deflate")) {
        inflate_body(http, max, arena);
    } else if (is_word(coding, "br") || is_word(coding, "zstd") ||
               is_word(coding, "compress")) {
        http->faults |= SM_HTTP_OTHER_CODING;
        http->body = (sm_span){0};
    }
}

/* ---- the message -------------------------------------------------------------------------- */

static int read_status(sm_span line)
{
    int status = 0;
    const char *blank = memchr(line.p, ' ', line.n);
    for (const char *p = blank; p && ++p < line.p + line.n && *p >= '0' && *p <= '9';)
        if (status < 1000) status = status * 10 + (*p - '0');
    return status;
}

static void split(sm_span message, sm_http *http)
{
    *http = (sm_http){.body = message};
    if (message.n < 5 || memcmp(message.p, "HTTP/", 5) != 0) {
        http->faults = SM_HTTP_NO_HEAD;
        return;
    }
    sm_span rest = message;
    http->status = read_status(take_line(&rest));
    while (rest.n && trimmed(take_line(&rest)).n) {
    }
    http->head = (sm_span){message.p, message.n - rest.n};
    http->body = rest;
}

static void check_length(sm_http *http)
{
    int64_t length = 0;
    if (!sm_span_to_i64(sm_http_header(http->head, "content-length"), &length)) return;
    if (sm_http_header(http->head, "transfer-encoding").n) return;
    if (length != (int64_t)http->body.n) http->faults |= SM_HTTP_WRONG_LENGTH;
}

void sm_http_read(sm_span message, size_t max, sm_arena *arena, sm_http *http)
{
    split(message, http);
    if (http->faults & SM_HTTP_NO_HEAD) return;
    check_length(http);
    undo_chunks(http, arena);
    undo_coding(http, max, arena);
}
