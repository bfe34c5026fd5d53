/* Containers and HTTP: good ones, and every way in which they are broken.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/file.h>
#include <seimai/source.h>

#include <unistd.h>

enum { MAX = 1 << 20 };

static const char *scratch(void)
{
    static char path[64];
    (void)snprintf(path, sizeof path, "/tmp/seimai-warc-test-%ld", (long)getpid());
    return path;
}

/* What reading a file gave: "body|body|!kind|" … and how it ended. */
typedef struct outcome {
    sm_buffer bodies;
    int end;
    sm_error error;
    sm_container_counts counts;
    sm_source_kind kind;
} outcome;

static void read_all(sm_span content, size_t max, outcome *o)
{
    sm_container *c = NULL;
    sm_arena arena = {0};
    sm_record record;
    sm_error err = {0};
    *o = (outcome){.bodies = sm_buffer_make(1 << 22)};
    assert_ok(sm_file_write(scratch(), content, &err), &err);
    o->end = sm_container_open(&c, scratch(), max, &o->counts, &o->error);
    if (o->end >= 0) {
        while ((o->end = sm_container_read(c, &record, &arena, &o->error)) > 0) {
            if (record.bad) sm_buffer_putc(&o->bodies, '!');
            sm_buffer_put(&o->bodies, record.bad ? sm_span_of(record.bad) : record.body);
            sm_buffer_putc(&o->bodies, '|');
        }
    }
    sm_container_close(c);
    sm_arena_free(&arena);
    (void)unlink(scratch());
}

static void assert_reads(sm_span content, size_t max, const char *bodies, int end)
{
    outcome o;
    read_all(content, max, &o);
    assert_span(sm_buffer_span(&o.bodies), bodies);
    assert_int_equal(o.end, end);
    assert_int_equal(o.error.code, end);
    sm_buffer_free(&o.bodies);
}

#define RECORD(type, length, body)                                                             \
    "WARC/1.0\r\nWARC-Type: " type "\r\nWARC-Record-ID: <urn:x:" body ">\r\n"                  \
    "Content-Type: text/html\r\nContent-Length: " length "\r\n\r\n" body "\r\n\r\n"
#define A RECORD("resource", "5", "first")
#define B RECORD("resource", "6", "second")

static void good_records_are_read(void **state)
{
    (void)state;
    assert_reads(SM_SPAN(A B), MAX, "first|second|", 0);
    assert_reads(SM_SPAN(RECORD("warcinfo", "1", "i") A RECORD("request", "1", "q")), MAX,
                 "first|", 0);
    assert_reads(SM_SPAN(RECORD("resource", "0", "")), MAX, "|", 0);
    /* Bare LF, WARC/1.1, no blank lines at the end, other case. */
    assert_reads(SM_SPAN("WARC/1.1\nwarc-type:RESPONSE\ncontent-length:2\n\nab"), MAX, "ab|",
                 0);
    assert_reads(SM_SPAN(""), MAX, "", 0);
}

static void wrong_lengths_lose_one_record_at_most(void **state)
{
    (void)state;
    /* Too short: the rest is skipped. Too long: what it swallowed is put back. */
    assert_reads(SM_SPAN(RECORD("resource", "3", "short") B), MAX, "sho|second|", 0);
    assert_reads(SM_SPAN(RECORD("resource", "12", "long") B A), MAX,
                 "long\r\n\r\n|second|first|", 0);
    assert_reads(SM_SPAN(RECORD("resource", "999", "long") B), MAX, "long\r\n\r\n|second|", 0);
    assert_reads(SM_SPAN(A "rubbish\r\n\r\n" B), MAX, "first|second|", 0);
    /* A page that tells about WARC/1.0 is no fault. */
    assert_reads(SM_SPAN(RECORD("resource", "10", "a\nWARC/1.0") B), MAX, "a\nWARC/1.0|second|",
                 0);
    outcome o;
    read_all(SM_SPAN(RECORD("resource", "3", "short") B "rubbish\r\n" A), MAX, &o);
    assert_int_equal(o.counts.wrong_length, 2);
    sm_buffer_free(&o.bodies);
}

static void bad_records_are_told(void **state)
{
    (void)state;
    assert_reads(SM_SPAN("WARC/1.0\r\nWARC-Type: resource\r\n\r\nxx\r\n\r\n" B), MAX,
                 "!warc-bad-header|second|", 0);
    assert_reads(SM_SPAN(RECORD("resource", "-5", "minus") B), MAX, "!warc-bad-header|second|",
                 0);
    assert_reads(SM_SPAN(RECORD("resource", "26", "abcdefghijklmnopqrstuvwxyz") B), 10,
                 "!too-large|second|", 0);
}

static void cut_files_deliver_what_is_whole(void **state)
{
    (void)state;
    const sm_span all = SM_SPAN(A B);
    for (size_t n = 1; n < all.n; n++) {
        outcome o;
        read_all((sm_span){all.p, n}, MAX, &o);
        const size_t first = sizeof A - 1, body_end = all.n - 4;
        const bool ends_in_record = n < first - 4 || (n >= first + 6 && n < body_end);
        if (n >= 6) assert_int_equal(o.end, ends_in_record ? SM_ETRUNC : 0);
        if (n >= first)
            assert_true(sm_span_starts(sm_buffer_span(&o.bodies), SM_SPAN("first|")));
        sm_buffer_free(&o.bodies);
    }
}

static void files_are_told_by_content(void **state)
{
    (void)state;
    static const struct {
        sm_span head;
        sm_source_kind kind;
    } cases[] = {
        {{"WARC/1.1\r\n", 10}, SM_SOURCE_WARC},
        {{"\xEF\xBB\xBF  <!DOCTYPE HTML>", 20}, SM_SOURCE_HTML},
        {{"text before\n<TABLE border=0>", 28}, SM_SOURCE_HTML},
        {{"{\"text\":\"<p>\"}", 14}, SM_SOURCE_JSONL},
        {{"a < b, c > d", 12}, SM_SOURCE_TEXT},
        {{"\xFF\xFE"
          "a\0",
          4},
         SM_SOURCE_TEXT},
        {{NULL, 0}, SM_SOURCE_TEXT},
    };
    sm_source_kind kind;
    sm_error err = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ok(sm_source_sniff(cases[i].head, &kind, &err), &err);
        assert_int_equal(kind, cases[i].kind);
    }
    assert_int_equal(sm_source_sniff(SM_SPAN("%PDF-1.7"), &kind, &err), SM_ENOSUP);
    assert_string_equal(err.text, "PDF is not read");
    sm_error_clear(&err);
    assert_int_equal(sm_source_sniff((sm_span){"\x7F"
                                               "ELF\0\0",
                                               6},
                                     &kind, &err),
                     SM_EFORMAT);
}

static void other_files_are_one_record_or_lines(void **state)
{
    (void)state;
    assert_reads(SM_SPAN("<html>a</html>"), MAX, "<html>a</html>|", 0);
    assert_reads(SM_SPAN("only text"), MAX, "only text|", 0);
    assert_reads(SM_SPAN("only text"), 5, "!too-large|", 0);
    assert_reads(SM_SPAN("{\"a\":1}\r\n\n{\"b\":2}"), MAX, "{\"a\":1}|{\"b\":2}|", 0);
    assert_reads(SM_SPAN("{\"a\":\"0123456789\"}\n{}\n"), 8, "!too-large|{}|", 0);
}

/* ---- HTTP ------------------------------------------------------------------------------------ */

static void assert_http(sm_span message, const char *body, unsigned faults)
{
    sm_arena arena = {0};
    sm_http http;
    sm_http_read(message, MAX, &arena, &http);
    assert_span(http.body, body);
    assert_int_equal(http.faults, faults);
    sm_arena_free(&arena);
}

#define HEAD    "HTTP/1.1 200 OK\r\n"
#define CHUNKED HEAD "Transfer-Encoding: chunked\r\n\r\n"

static void responses_are_taken_apart(void **state)
{
    (void)state;
    assert_http(SM_SPAN(HEAD "Content-Length: 2\r\n\r\nab"), "ab", 0);
    assert_http(SM_SPAN("HTTP/1.0 200\nX: y\n\nab"), "ab", 0);
    assert_http(SM_SPAN(HEAD "Content-Length: 3\r\n\r\nab"), "ab", SM_HTTP_WRONG_LENGTH);
    assert_http(SM_SPAN("<p>no head"), "<p>no head", SM_HTTP_NO_HEAD);
    assert_http(SM_SPAN(HEAD), "", 0);
    assert_http(SM_SPAN(CHUNKED "2\r\nab\r\n3;x=y\r\ncde\r\n0\r\n\r\n"), "abcde", 0);
    assert_http(SM_SPAN(CHUNKED "<p>plain"), "<p>plain", SM_HTTP_NOT_CHUNKED);
    assert_http(SM_SPAN(CHUNKED "2\r\nab\r\n9\r\ncde"), "abcde", SM_HTTP_BAD_CHUNK);
    assert_http(SM_SPAN(HEAD "\r\n2\r\nab\r\n0\r\n\r\n"), "ab", SM_HTTP_STRAY_CHUNKS);
    assert_http(SM_SPAN(HEAD "Content-Encoding: gzip\r\n\r\n<p>plain"), "<p>plain",
                SM_HTTP_BAD_CODING);
    assert_http(SM_SPAN(HEAD "Content-Encoding: br\r\n\r\nxx"), "", SM_HTTP_OTHER_CODING);
    /* zlib and raw deflate of "rice" */
    assert_http(SM_SPAN(HEAD "Content-Encoding: deflate\r\n\r\n"
                             "\x78\x9C\x2B\xCA\x4C\x4E\x05\x00\x04\x32\x01\xA4"),
                "rice", 0);
    assert_http(SM_SPAN(HEAD "Content-Encoding: deflate\r\n\r\n\x2B\xCA\x4C\x4E\x05\x00"),
                "rice", 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_records_are_read),
        cmocka_unit_test(wrong_lengths_lose_one_record_at_most),
        cmocka_unit_test(bad_records_are_told),
        cmocka_unit_test(cut_files_deliver_what_is_whole),
        cmocka_unit_test(files_are_told_by_content),
        cmocka_unit_test(other_files_are_one_record_or_lines),
        cmocka_unit_test(responses_are_taken_apart),
        cmocka_unit_test(headers_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
