/* HTTP responses as they lie in WARC records: see seimai/source.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/source.h>

#include <string.h>
#include <strings.h>

static const char *const fault_names[SM_HTTP_FAULTS] = {
    "http-no-head",    "http-not-chunked",  "http-bad-chunk",    "http-stray-chunks",
    "http-bad-coding", "http-other-coding", "http-wrong-length", "http-too-large"};

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

bool sm_http_next_header(sm_span *head, const char *name, sm_span *value)
{
    const size_t n = strlen(name);
    while (head->n) {
        const sm_span line = take_line(head);
        if (line.n <= n || line.p[n] != ':' || strncasecmp(line.p, name, n) != 0) continue;
        *value = trimmed(sm_span_from(line, n + 1));
        return true;
    }
    return false;
}

sm_span sm_http_header(sm_span head, const char *name)
{
    sm_span value = {0};
    (void)sm_http_next_header(&head, name, &value);
    return value;
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

static void undo_chunks(sm_http *http, bool declared, sm_arena *arena)
{
    sm_span joined;
    if (!declared && !looks_chunked(http->body)) return;
    if (!declared) http->faults |= SM_HTTP_STRAY_CHUNKS;
    const bool whole = join_chunks(http->body, arena, &joined);
    if (!whole) http->faults |= joined.n ? SM_HTTP_BAD_CHUNK : SM_HTTP_NOT_CHUNKED;
    if (joined.n || whole) http->body = joined;
}

/* ---- codings ------------------------------------------------------------------------------ */

/* What a crawler that had undone the coding already left behind: no control characters at its beginning. */
static bool looks_plain(sm_span body)
{
    enum { LOOK = 256 };
    for (size_t i = 0; i < body.n && i < LOOK; i++) {
        const unsigned char c = (unsigned char)body.p[i];
        if (c < 0x20 && !is_blank((char)c) && c != '\f' && c != 0x1B) return false;
    }
    return true;
}

/* What came out before a fault is kept, unless the body was stored plain: then that stays as it is. */
static void undo_coding(sm_http *http, sm_coding coding, size_t max, sm_arena *arena)
{
    sm_buffer out = sm_buffer_make(max);
    const int rc = sm_decode(coding, http->body, &out, NULL);
    if (rc == SM_ENOSUP)
        http->faults |= SM_HTTP_OTHER_CODING;
    else if (rc == SM_ELIMIT)
        http->faults |= SM_HTTP_TOO_LARGE;
    else if (rc < 0)
        http->faults |= SM_HTTP_BAD_CODING;
    if (rc >= 0 || rc == SM_ELIMIT || !looks_plain(http->body))
        http->body = sm_arena_copy(arena, sm_buffer_span(&out));
    sm_buffer_free(&out);
}

/* One name of a list of codings. */
static void undo_named(sm_http *http, sm_span name, size_t max, sm_arena *arena)
{
    static const struct {
        const char *name;
        sm_coding coding;
    } known[] = {{"gzip", SM_CODING_DEFLATE},
                 {"x-gzip", SM_CODING_DEFLATE},
                 {"deflate", SM_CODING_DEFLATE},
                 {"br", SM_CODING_BROTLI},
                 {"zstd", SM_CODING_ZSTD}};
    static const char *const unread[] = {"compress", "x-compress", "dcb",
                                         "dcz",      "exi",        "pack200-gzip"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (is_word(name, known[i].name)) undo_coding(http, known[i].coding, max, arena);
    for (size_t i = 0; i < sizeof unread / sizeof *unread; i++)
        if (is_word(name, unread[i])) http->faults |= SM_HTTP_OTHER_CODING;
}

/* Cuts the last name off a list: "gzip, br". */
static sm_span last_name(sm_span *list)
{
    size_t i = list->n;
    if (i == 0) return *list;
    while (i && list->p[i - 1] != ',')
        i--;
    const sm_span name = trimmed((sm_span){list->p + i, list->n - i});
    list->n = i ? i - 1 : 0;
    return name;
}

/* Transfer codings, then content codings, each list from its end: the last was applied last. More than a few are
 * no page but an attack. */
static void undo_all(sm_http *http, size_t max, sm_arena *arena)
{
    enum { MOST = 4 };
    sm_span lists[] = {sm_http_header(http->head, "transfer-encoding"),
                       sm_http_header(http->head, "content-encoding")};
    const bool chunked = is_word(last_name(&lists[0]), "chunked");
    if (!chunked) lists[0] = sm_http_header(http->head, "transfer-encoding");
    undo_chunks(http, chunked, arena);
    for (size_t i = 0, undone = 0; i < sizeof lists / sizeof *lists; i++)
        for (; lists[i].n && http->body.n && undone < MOST; undone++)
            undo_named(http, last_name(&lists[i]), max, arena);
    if (http->faults & SM_HTTP_OTHER_CODING) http->body = (sm_span){0};
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

static bool is_head(sm_span s)
{
    return s.n >= 5 && memcmp(s.p, "HTTP/", 5) == 0;
}

/* Head and body. Behind an interim answer (100 Continue) stands the one that counts. */
static void split(sm_span message, sm_http *http)
{
    *http = (sm_http){.body = message};
    if (!is_head(message)) http->faults = SM_HTTP_NO_HEAD;
    while (is_head(http->body) && http->status < 200) {
        sm_span rest = http->body;
        http->status = read_status(take_line(&rest));
        while (rest.n && trimmed(take_line(&rest)).n) {
        }
        http->head = (sm_span){http->body.p, http->body.n - rest.n};
        http->body = rest;
        if (http->status < 100) break;
    }
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
    undo_all(http, max, arena);
}
