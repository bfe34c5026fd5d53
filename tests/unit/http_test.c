/* HTTP responses: good ones, and every way in which they are otherwise than their headers say.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/file.h>
#include <seimai/source.h>

enum { MAX = 1 << 20 };

#define HEAD    "HTTP/1.1 200 OK\r\n"
#define CHUNKED HEAD "Transfer-Encoding: chunked\r\n\r\n"
#define RICE    "白米のごはん、玄米のごはん。"
#define TEXT    RICE RICE RICE
/* TEXT as others compress it: brotli 1.2 and zstd 1.5 on the command line, Python's gzip, and brotli over that. */
#define BR                                                                                     \
    "\x1B\x7D\x00\xF8\x8D\x94\xA9\xB9\x5E\x8D\x9F\x83\x9C\x2C\xE4\xEA\x26\x2B\x14\xA5\x30\x93" \
    "\x95\x54\x90\x15\x09"                                                                     \
    "\x39\xF0\xEB\xEF\xA1\x91\x18\x1A\x84\x6E\x36\x1D"
#define ZSTD                                                                                   \
    "\x28\xB5\x2F\xFD\x00\x58\x1D\x01\x00\xC8\xE7\x99\xBD\xE7\xB1\xB3\xE3\x81\xAE\xE3\x81\x94" \
    "\xE3\x81\xAF\xE3\x82"                                                                     \
    "\x93\xE3\x80\x81\xE7\x8E\x84\x82\x02\x00\xD1\xD4\x24\xC0\x79\x8E\x01"
#define GZIP                                                                                   \
    "\x1F\x8B\x08\x00\x00\x00\x00\x00\x02\x03\x7B\x3E\x73\xEF\xF3\x8D\x9B\x1F\x37\xAE\x7B\xDC" \
    "\x38\xE5\x71\xE3\xFA"                                                                     \
    "\xC7\x4D\x93\x1F\x37\x34\x3E\xEF\x6B\xC1\x10\x6C\x7A\x4E\x03\x95\x00\xD1\x23\xFD\xEC\x7E" \
    "\x00\x00\x00"
#define BR_GZIP           "\x8B\x19\x80" GZIP "\x03"
#define CODED(name, body) SM_SPAN(HEAD "Content-Encoding: " name "\r\n\r\n" body)

static void assert_http_up_to(sm_span message, size_t max, const char *body, unsigned faults)
{
    sm_arena arena = {0};
    sm_http http;
    sm_http_read(message, max, &arena, &http);
    assert_span(http.body, body);
    assert_int_equal(http.faults, faults);
    sm_arena_free(&arena);
}

static void assert_http(sm_span message, const char *body, unsigned faults)
{
    assert_http_up_to(message, MAX, body, faults);
}

static void responses_are_taken_apart(void **state)
{
    (void)state;
    assert_http(SM_SPAN(HEAD "Content-Length: 2\r\n\r\nab"), "ab", 0);
    assert_http(SM_SPAN("HTTP/1.0 200\nX: y\n\nab"), "ab", 0);
    assert_http(SM_SPAN("<p>no head"), "<p>no head", SM_HTTP_NO_HEAD);
    assert_http(SM_SPAN(""), "", SM_HTTP_NO_HEAD);
    assert_http(SM_SPAN(HEAD), "", 0);
    assert_http(SM_SPAN(HEAD "\r\nHTTP/1.1 is what I write about"),
                "HTTP/1.1 is what I write about", 0);
    /* An interim answer before the one that counts. */
    assert_http(SM_SPAN("HTTP/1.1 100 Continue\r\n\r\n" HEAD "Content-Length: 2\r\n\r\nab"),
                "ab", 0);
}

static void wrong_lengths_are_counted(void **state)
{
    (void)state;
    assert_http(SM_SPAN(HEAD "Content-Length: 3\r\n\r\nab"), "ab", SM_HTTP_WRONG_LENGTH);
    assert_http(SM_SPAN(HEAD "Content-Length: 1\r\n\r\nab"), "ab", SM_HTTP_WRONG_LENGTH);
    assert_http(SM_SPAN(HEAD "Content-Length: many\r\n\r\nab"), "ab", 0);
}

static void chunks_are_joined(void **state)
{
    (void)state;
    assert_http(SM_SPAN(CHUNKED "2\r\nab\r\n3;x=y\r\ncde\r\n0\r\n\r\n"), "abcde", 0);
    assert_http(SM_SPAN(CHUNKED "A \r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"), "0123456789",
                0);
    assert_http(SM_SPAN(CHUNKED "<p>plain"), "<p>plain", SM_HTTP_NOT_CHUNKED);
    assert_http(SM_SPAN(CHUNKED "2\r\nab\r\n9\r\ncde"), "abcde", SM_HTTP_BAD_CHUNK);
    assert_http(SM_SPAN(CHUNKED "2\r\nab\r\nzz\r\ncde"), "ab", SM_HTTP_BAD_CHUNK);
    assert_http(SM_SPAN(CHUNKED "2\r\nab\r\n"), "ab", SM_HTTP_BAD_CHUNK);
    assert_http(SM_SPAN(CHUNKED "FFFFFFFFF\r\nab"), "FFFFFFFFF\r\nab", SM_HTTP_NOT_CHUNKED);
    assert_http(SM_SPAN(HEAD "\r\n2\r\nab\r\n0\r\n\r\n"), "ab", SM_HTTP_STRAY_CHUNKS);
    assert_http(SM_SPAN(HEAD "\r\n2\r\nis no chunk"), "2\r\nis no chunk", 0);
}

static void codings_are_undone(void **state)
{
    (void)state;
    assert_http(CODED("gzip", GZIP), TEXT, 0);
    assert_http(CODED("X-GZIP", GZIP), TEXT, 0);
    assert_http(CODED("gzip", GZIP GZIP), TEXT TEXT, 0);
    assert_http(CODED("zstd", ZSTD), TEXT, 0);
    assert_http(CODED("zstd", ZSTD ZSTD), TEXT TEXT, 0);
    assert_http(CODED("identity", "ab"), "ab", 0);
    /* zlib and raw deflate of "rice" */
    assert_http(CODED("deflate", "\x78\x9C\x2B\xCA\x4C\x4E\x05\x00\x04\x32\x01\xA4"), "rice",
                0);
    assert_http(CODED("deflate", "\x2B\xCA\x4C\x4E\x05\x00"), "rice", 0);
    assert_http(
        SM_SPAN(HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n34\r\n" GZIP "\r\n0\r\n\r\n"),
        TEXT, 0);
}

/* Where it was built without, the body is not read, and that is said. */
static void brotli_is_undone(void **state)
{
    (void)state;
    sm_buffer out = sm_buffer_make(MAX);
    if (sm_decode(SM_CODING_BROTLI, SM_SPAN(BR), &out, NULL) == SM_ENOSUP) {
        assert_http(CODED("br", BR), "", SM_HTTP_OTHER_CODING);
    } else {
        assert_http(CODED("br", BR), TEXT, 0);
        assert_http(CODED("gzip, br", BR_GZIP), TEXT, 0);
        assert_http(CODED("br", "<p>plain"), "<p>plain", SM_HTTP_BAD_CODING);
        assert_http_up_to(CODED("br", BR), 12, "白米のご", SM_HTTP_TOO_LARGE);
    }
    sm_buffer_free(&out);
}

static void broken_codings_keep_what_there_is(void **state)
{
    (void)state;
    assert_http(CODED("gzip", "<p>plain"), "<p>plain", SM_HTTP_BAD_CODING);
    assert_http(CODED("zstd", "<p>plain"), "<p>plain", SM_HTTP_BAD_CODING);
    assert_http(CODED("compress", "xx"), "", SM_HTTP_OTHER_CODING);
    assert_http(CODED("x-unknown", "xx"), "xx", 0);
    assert_http(CODED("gzip", ""), "", 0);
    /* Cut in the trailer: all of the text came out. */
    const sm_span cut = CODED("gzip", GZIP);
    assert_http((sm_span){cut.p, cut.n - 5}, TEXT, SM_HTTP_BAD_CODING);
    const sm_span cut_zstd = CODED("zstd", ZSTD);
    assert_http((sm_span){cut_zstd.p, cut_zstd.n - 1}, "", SM_HTTP_BAD_CODING);
}

/* The beginning of what inflates to more than it may, and not a byte beyond. */
static void bodies_are_bounded(void **state)
{
    (void)state;
    assert_http_up_to(CODED("gzip", GZIP), 12, "白米のご", SM_HTTP_TOO_LARGE);
    assert_http_up_to(CODED("zstd", ZSTD), 12, "白米のご", SM_HTTP_TOO_LARGE);
    assert_http_up_to(CODED("gzip", GZIP), sizeof TEXT - 1, TEXT, 0);
    assert_http(CODED("gzip, gzip, gzip, gzip, gzip, gzip", GZIP), TEXT, SM_HTTP_BAD_CODING);
}

static void headers_are_found(void **state)
{
    (void)state;
    const sm_span head =
        SM_SPAN("HTTP/1.1 301 Moved\r\nContent-Type:  text/html ; Charset=\"x-sjis\" \r\n\r\n");
    sm_http http;
    sm_arena arena = {0};
    sm_http_read(head, MAX, &arena, &http);
    assert_int_equal(http.status, 301);
    const sm_span type = sm_http_header(http.head, "content-type");
    assert_span(type, "text/html ; Charset=\"x-sjis\"");
    assert_span(sm_http_parameter(type, "charset"), "x-sjis");
    assert_int_equal(sm_http_parameter(type, "boundary").n, 0);
    assert_int_equal(sm_http_header(http.head, "content").n, 0);
    sm_arena_free(&arena);
}

static void faults_have_names(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < SM_HTTP_FAULTS; bit++)
        assert_int_equal(strncmp(sm_http_fault_name(bit), "http-", 5), 0);
    assert_string_equal(sm_http_fault_name(SM_HTTP_FAULTS), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(responses_are_taken_apart),
        cmocka_unit_test(wrong_lengths_are_counted),
        cmocka_unit_test(chunks_are_joined),
        cmocka_unit_test(codings_are_undone),
        cmocka_unit_test(brotli_is_undone),
        cmocka_unit_test(broken_codings_keep_what_there_is),
        cmocka_unit_test(bodies_are_bounded),
        cmocka_unit_test(headers_are_found),
        cmocka_unit_test(faults_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
