/* Containers: good ones, and every way in which they are broken.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <container_internal.h>

#include <seimai/file.h>
#include <seimai/source.h>

#include <time.h>
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
        const bool ends_in_record = n < first - 4 || (n >= first + 3 && n < body_end);
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
        {{"filedesc://x 0.0.0.0 1 text/plain 5\n", 36}, SM_SOURCE_ARC},
        {{"%PDF-1.7", 8}, SM_SOURCE_PDF},
        {{"PK\x03\x04.....", 9}, SM_SOURCE_EPUB},
        {{"<?xml version=\"1.0\"?>\n<!-- a dump --> <mediawiki xmlns=", 56}, SM_SOURCE_WIKI},
        {{"<?xml version=\"1.0\"?>\n<html xmlns=", 35}, SM_SOURCE_HTML},
        {{"雨《あめ》［＃「雨」に傍点］", 39}, SM_SOURCE_AOZORA},
        {{"a\n\x92\xEA\x96\x7B\x81\x46x\n\x93\xFC\x97\xCD\x81\x46y", 17}, SM_SOURCE_AOZORA},
        {{"『雨《あめ》』という題の本", 38}, SM_SOURCE_TEXT},
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
    assert_int_equal(sm_source_sniff(SM_SPAN("\x89PNG\r\n"), &kind, &err), SM_ENOSUP);
    assert_string_equal(err.text, "a PNG image is not read");
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

/* ---- ARC -------------------------------------------------------------------------------------- */

#define ARC_HEAD "filedesc://x.arc 0.0.0.0 20080430204825 text/plain 8\n1 0 us\n\n\n"
#define ARC_A    "http://a/?q=a b 192.168.1.1 20080430204825 text/html 5\nfirst\n"
#define ARC_B    "http://b/ 10.0.0.1 20080430204826 text/html 200 - - 99 x.arc 6\nsecond\n"

static void arc_is_read(void **state)
{
    (void)state;
    assert_reads(SM_SPAN(ARC_HEAD ARC_A ARC_B), MAX, "first|second|", 0);
    assert_reads(
        SM_SPAN(ARC_HEAD ARC_A "dns:b 10.0.0.1 20080430204826 text/dns 3\nabc\n" ARC_B), MAX,
        "first|second|", 0);
    assert_reads(
        SM_SPAN(ARC_HEAD "http://a/ 1.1.1.1 20080430204825 text/html 3\nshort\n" ARC_B), MAX,
        "sho|second|", 0);
    assert_reads(
        SM_SPAN(ARC_HEAD "http://a/ 1.1.1.1 20080430204825 text/html 30\nlong\n" ARC_B), MAX,
        "long\n|second|", 0);
    assert_reads(SM_SPAN(ARC_HEAD "http://a/ 1.1.1.1 20080430204825 text/html -1\nxx\n" ARC_B),
                 MAX, "!arc-bad-header|second|", 0);
    assert_reads(SM_SPAN(ARC_HEAD "http://a/ 1.1.1.1 20080430204825 text/html 30\ncut"), MAX,
                 "", SM_ETRUNC);
    assert_reads(SM_SPAN(ARC_HEAD ARC_A "http://a/ 1.1.1.1 200804"), MAX, "first|", SM_ETRUNC);
    assert_reads(SM_SPAN(ARC_HEAD ARC_A ARC_B), 5, "first|!too-large|", 0);
}

static void arc_tells_what_it_knows(void **state)
{
    (void)state;
    sm_container_counts counts = {0};
    sm_container *c = NULL;
    sm_arena arena = {0};
    sm_record record;
    sm_error err = {0};
    assert_ok(sm_file_write(scratch(), SM_SPAN(ARC_HEAD ARC_A), &err), &err);
    assert_ok(sm_container_open(&c, scratch(), MAX, &counts, &err), &err);
    assert_int_equal(sm_container_read(c, &record, &arena, &err), 1);
    const page_source *source = record.user;
    assert_span(source->url, "http://a/?q=a b");
    assert_span(source->date, "2008-04-30T20:48:25Z");
    assert_span(source->type, "text/html");
    assert_false(source->is_http);
    sm_container_close(c);
    sm_arena_free(&arena);
    (void)unlink(scratch());
}

/* ---- damage ------------------------------------------------------------------------------------- */

/* Appends a member of gzip or a frame of zstd. */
static void put_member(sm_buffer *file, const char *ending, sm_span plain)
{
    sm_output *out = NULL;
    sm_error err = {0};
    char name[100];
    (void)snprintf(name, sizeof name, "%s%s", scratch(), ending);
    assert_ok(sm_output_open(&out, name, &err), &err);
    sm_output_compress(out, plain, file);
    sm_output_abort(out);
    (void)snprintf(name, sizeof name, "%s%s.part", scratch(), ending);
    (void)unlink(name);
}

/* Three records, each a member; the byte `at` of the second is wrong (counted from its end if negative). */
static void read_damaged(const char *ending, int at, outcome *o)
{
    sm_buffer file = sm_buffer_make(1 << 20);
    const sm_span plain[] = {SM_SPAN(A), SM_SPAN(B), SM_SPAN(RECORD("resource", "5", "third"))};
    for (size_t i = 0; i < 3; i++) {
        const size_t start = file.n;
        put_member(&file, ending, plain[i]);
        if (i == 1) file.p[at < 0 ? file.n - (size_t)-at : start + (size_t)at] ^= 0x41;
    }
    read_all(sm_buffer_span(&file), MAX, o);
    sm_buffer_free(&file);
}

static void damaged_members_are_passed_over(void **state)
{
    (void)state;
    static const struct {
        const char *ending;
        int at;
    } cases[] = {{".gz", 0},  {".gz", 2},  {".gz", 10}, {".gz", 30},
                 {".gz", -8}, {".gz", -1}, {".zst", 0}, {".zst", 20}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        outcome o;
        read_damaged(cases[i].ending, cases[i].at, &o);
        assert_span(sm_buffer_span(&o.bodies), "first|!damaged|third|");
        assert_int_equal(o.end, 0);
        assert_int_equal(o.counts.damaged, 1);
        sm_buffer_free(&o.bodies);
    }
}

/* A member that was cut in the middle of a file, as two files put together give it. */
static void a_cut_member_in_the_middle_costs_itself(void **state)
{
    (void)state;
    sm_buffer whole = sm_buffer_make(1 << 20), file = sm_buffer_make(1 << 20);
    put_member(&whole, ".gz", SM_SPAN(B));
    for (size_t cut = 1; cut < whole.n - 10; cut++) {
        outcome o;
        sm_buffer_clear(&file);
        put_member(&file, ".gz", SM_SPAN(A));
        sm_buffer_put(&file, (sm_span){whole.p, whole.n - cut});
        put_member(&file, ".gz", SM_SPAN(RECORD("resource", "5", "third")));
        put_member(&file, ".gz", SM_SPAN(RECORD("resource", "6", "fourth")));
        read_all(sm_buffer_span(&file), MAX, &o);
        assert_true(sm_span_starts(sm_buffer_span(&o.bodies), SM_SPAN("first|")));
        assert_true(sm_span_ends(sm_buffer_span(&o.bodies), SM_SPAN("!damaged|third|fourth|")));
        assert_int_equal(o.end, 0);
        sm_buffer_free(&o.bodies);
    }
    sm_buffer_free(&whole);
    sm_buffer_free(&file);
}

/* One stream around all has nothing behind its damage. */
static void one_damaged_stream_ends_the_file(void **state)
{
    (void)state;
    sm_buffer file = sm_buffer_make(1 << 20);
    outcome o;
    put_member(&file, ".gz", SM_SPAN(A B A B A));
    read_all(sm_buffer_span(&file), MAX, &o);
    assert_span(sm_buffer_span(&o.bodies), "first|second|first|second|first|");
    sm_buffer_free(&o.bodies);
    file.p[file.n - 5] ^= 1; /* the checksum: what came is delivered, the last record too */
    read_all(sm_buffer_span(&file), MAX, &o);
    assert_int_equal(o.end, SM_EHASH);
    assert_span(sm_buffer_span(&o.bodies), "first|second|first|second|first|");
    sm_buffer_free(&o.bodies);
    sm_buffer_free(&file);
}

/* ---- lengths that are all wrong ------------------------------------------------------------------- */

static void too_large_lengths_cost_no_more(void **state)
{
    (void)state;
    enum { RECORDS = 30000 };
    static const char *const lengths[] = {"900000", "99999999999", "0"};
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
        sm_buffer file = sm_buffer_make(16 << 20);
        outcome o;
        for (int i = 0; i < RECORDS; i++)
            sm_buffer_printf(
                &file,
                "WARC/1.0\r\nWARC-Type: resource\r\nContent-Length: %s\r\n\r\nbody\r\n\r\n",
                lengths[k]);
        const clock_t start = clock();
        read_all(sm_buffer_span(&file), MAX, &o);
        const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        /* The last of those that are too long has no end. */
        assert_int_equal(o.end, k < 2 ? SM_ETRUNC : 0);
        assert_int_equal(o.counts.wrong_length, k < 2 ? RECORDS - 1 : RECORDS);
        assert_true(seconds < 20); /* quadratic: minutes, under sanitizers hours */
        sm_buffer_free(&file);
        sm_buffer_free(&o.bodies);
    }
}

/* A huge record is passed over whole, and what is behind it is read; only part of it is ever held. */
static void huge_records_are_passed_over(void **state)
{
    (void)state;
    sm_buffer file = sm_buffer_make(64 << 20);
    outcome o;
    sm_buffer_puts(&file,
                   A "WARC/1.0\r\nWARC-Type: resource\r\nContent-Length: 20000000\r\n\r\n");
    memset(sm_buffer_reserve(&file, 20000000), 'x', 20000000);
    file.n += 20000000;
    sm_buffer_puts(&file, "\r\n\r\n" B);
    read_all(sm_buffer_span(&file), MAX, &o);
    assert_span(sm_buffer_span(&o.bodies), "first|!too-large|second|");
    assert_int_equal(o.end, 0);
    assert_int_equal(o.counts.wrong_length, 0);
    sm_buffer_free(&o.bodies);
    sm_buffer_free(&file);
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
        cmocka_unit_test(arc_is_read),
        cmocka_unit_test(arc_tells_what_it_knows),
        cmocka_unit_test(damaged_members_are_passed_over),
        cmocka_unit_test(a_cut_member_in_the_middle_costs_itself),
        cmocka_unit_test(one_damaged_stream_ends_the_file),
        cmocka_unit_test(too_large_lengths_cost_no_more),
        cmocka_unit_test(huge_records_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
