/* Pages: nothing that a caller gives becomes markup, every tag is closed, axes have round ticks.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>
#include <seimai/file.h>
#include <seimai/report.h>
#include <unistd.h>

/* ---- a small reader of markup: tags nest, attributes are quoted, text is escaped ------------ */

enum { DEPTH = 32 };

typedef struct reader {
    const char *at, *end;
    sm_span open[DEPTH];
    size_t depth;
} reader;

static sm_span read_name(reader *r)
{
    const char *from = r->at;
    while (r->at < r->end && (strchr("-:!", *r->at) || (*r->at | 32) >= 'a' || *r->at >= '0')) {
        if (*r->at == '>' || *r->at == '=' || *r->at == '<') break;
        r->at++;
    }
    assert_true(r->at > from);
    return (sm_span){from, (size_t)(r->at - from)};
}

/* ` name="value"`…, up to the end of the tag; true if it closes itself. */
static bool read_attributes(reader *r)
{
    for (;;) {
        while (*r->at == ' ' || *r->at == '\n')
            r->at++;
        if (r->at[0] == '/' && r->at[1] == '>') {
            r->at += 2;
            return true;
        }
        if (*r->at == '>') {
            r->at++;
            return false;
        }
        (void)read_name(r);
        assert_int_equal(r->at[0], '=');
        assert_int_equal(r->at[1], '"');
        for (r->at += 2; *r->at != '"'; r->at++) {
            assert_true(r->at < r->end && *r->at != '<');
        }
        r->at++;
    }
}

static void read_tag(reader *r)
{
    const bool closes = *++r->at == '/';
    r->at += closes;
    const sm_span name = read_name(r);
    if (closes) {
        assert_true(r->depth > 0);
        assert_true(sm_span_equal(name, r->open[--r->depth]));
        assert_int_equal(*r->at++, '>');
        return;
    }
    if (read_attributes(r)) return;
    assert_true(r->depth < DEPTH);
    r->open[r->depth++] = name;
}

static void read_entity(reader *r)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    for (size_t i = 0; i < 5; i++) {
        if (strncmp(r->at, known[i], strlen(known[i])) != 0) continue;
        r->at += strlen(known[i]);
        return;
    }
    fail_msg("a bare & before '%.20s'", r->at);
}

static void assert_well_formed(sm_span page)
{
    static const char head[] = "<!DOCTYPE html>\n";
    assert_true(sm_span_starts(page, SM_SPAN("<!DOCTYPE html>\n")));
    reader r = {.at = page.p + sizeof head - 1, .end = page.p + page.n};
    while (r.at < r.end) {
        if (*r.at == '<')
            read_tag(&r);
        else if (*r.at == '&')
            read_entity(&r);
        else
            r.at++;
    }
    assert_int_equal(r.depth, 0);
}

static bool page_has(const sm_buffer *page, const char *part)
{
    const sm_span all = sm_buffer_span(page), want = sm_span_of(part);
    for (size_t i = 0; i + want.n <= all.n; i++) {
        if (memcmp(all.p + i, want.p, want.n) == 0) return true;
    }
    return false;
}

/* ---- escaping ------------------------------------------------------------------------------ */

static const char evil[] = "</title><script>alert('x')</script>&\"\x01";

static void texts_never_become_markup(void **state)
{
    (void)state;
    sm_buffer out = sm_buffer_make(1 << 20);
    sm_error err = {0};
    const double x[] = {1, 2, 3}, y[] = {3, 1, 2}, parts[] = {3, 1};
    const char *names[] = {evil, evil};
    sm_page page = sm_page_open(&out, evil, evil);
    sm_page_section(&page, evil);
    sm_page_paragraph(&page, evil);
    sm_page_warning(&page, evil);
    sm_page_facts(&page, &(sm_fact){evil, evil, evil}, 1);
    sm_page_table(&page, &(sm_table){evil, "lr", names, names, 1, true});
    const sm_series series = {evil, x, y, 3, false};
    sm_page_lines(&page, &(sm_line_chart){evil, evil, &series, 1, true, true});
    const sm_bar bar = {evil, parts, evil};
    sm_page_bars(&page, &(sm_bar_chart){evil, names, 2, 0, &bar, 1, false});
    sm_page_sample(&page, sm_span_of(evil), sm_span_of(evil));
    assert_ok(sm_page_close(&page, &err), &err);
    assert_well_formed(sm_buffer_span(&out));
    assert_false(page_has(&out, "<script"));
    assert_false(page_has(&out, "\x01"));
    assert_true(page_has(&out, "&lt;/title&gt;&lt;script&gt;alert(&#39;x&#39;)"));
    sm_buffer_free(&out);
}

static void a_page_loads_nothing(void **state)
{
    (void)state;
    sm_buffer out = sm_buffer_make(1 << 20);
    sm_error err = {0};
    sm_page page = sm_page_open(&out, "t", NULL);
    assert_ok(sm_page_close(&page, &err), &err);
    static const char *const loads[] = {"http", "src=", "url(", "@import", "<link", "<script"};
    for (size_t i = 0; i < sizeof loads / sizeof loads[0]; i++) {
        assert_false(page_has(&out, loads[i]));
    }
    assert_true(page_has(&out, "prefers-color-scheme:dark"));
    sm_buffer_free(&out);
}

static void a_page_that_is_too_large_is_an_error(void **state)
{
    (void)state;
    sm_buffer out = sm_buffer_make(1000);
    sm_error err = {0};
    sm_page page = sm_page_open(&out, "t", NULL);
    assert_int_equal(sm_page_close(&page, &err), SM_ELIMIT);
    sm_buffer_free(&out);
}

/* ---- numbers and axes ---------------------------------------------------------------------- */

static void numbers_read_well(void **state)
{
    (void)state;
    static const struct {
        sm_number as;
        double value;
        const char *text;
    } cases[] = {
        {SM_AS_COUNT, 0, "0"},
        {SM_AS_COUNT, 999, "999"},
        {SM_AS_COUNT, 1234567, "1,234,567"},
        {SM_AS_COUNT, -1000, "-1,000"},
        {SM_AS_SHORT, 12, "12"},
        {SM_AS_SHORT, 1234, "1.23k"},
        {SM_AS_SHORT, 99960, "100k"},
        {SM_AS_SHORT, 999600, "1.00M"},
        {SM_AS_BYTES, 198776642, "199 MB"},
        {SM_AS_BYTES, 35.9e6, "35.9 MB"},
        {SM_AS_BYTES, 512, "512 B"},
        {SM_AS_SHARE, .5827, "58.3 %"},
        {SM_AS_REAL, 2.1309, "2.131"},
        {SM_AS_REAL, 52.3306, "52.33"},
        {SM_AS_REAL, .36, "0.360"},
        {SM_AS_REAL, 12345.6, "12346"},
        {SM_AS_REAL, 0, "0"},
        {SM_AS_REAL, 3e-5, "3e-05"},
        {SM_AS_SECONDS, .84, "0.84 s"},
        {SM_AS_SECONDS, 13.2, "13.2 s"},
        {SM_AS_SECONDS, 245, "4 min 5 s"},
        {SM_AS_SECONDS, 120, "2 min"},
        {SM_AS_SECONDS, 7380, "2 h 3 min"},
        {SM_AS_REAL, (double)NAN, "–"},
    };
    sm_arena arena = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(sm_number_text(&arena, cases[i].as, cases[i].value), cases[i].text);
    }
    sm_arena_free(&arena);
}

static void assert_ticks(sm_axis axis, const char *texts)
{
    char all[400] = "", text[24];
    for (size_t i = 0; i < axis.n; i++) {
        sm_axis_text(&axis, i, text);
        const size_t n = strlen(all);
        (void)snprintf(all + n, sizeof all - n, "%s%s", i ? " " : "", text);
    }
    assert_string_equal(all, texts);
}

static void ticks_are_round(void **state)
{
    (void)state;
    assert_ticks(sm_axis_make(2.9, 10.2, 6, true), "2 4 6 8 10 12");
    assert_ticks(sm_axis_make(0, 1, 5, true), "0 0.25 0.50 0.75 1.00");
    assert_ticks(sm_axis_make(0, 6e-4, 5, true), "0 0.0002 0.0004 0.0006");
    assert_ticks(sm_axis_make(0, 4915200, 9, false), "0 1M 2M 3M 4M");
    assert_ticks(sm_axis_make(0, 71000, 5, true), "0 20k 40k 60k 80k");
    assert_ticks(sm_axis_make(-3, 3, 4, true), "-4 -2 0 2 4");
    assert_ticks(sm_axis_make(5, 5, 3, true), "4.5 5.0 5.5");
}

static void an_axis_holds_its_values(void **state)
{
    (void)state;
    for (double size = 1e-7; size < 1e13; size *= 3.7) {
        for (double low = -2; low < 3; low += .77) {
            for (size_t ticks = 2; ticks < 12; ticks++) {
                const double min = low * size, max = (low + 1.3) * size;
                const sm_axis axis = sm_axis_make(min, max, ticks, true);
                const double last = axis.first + (double)(axis.n - 1) * axis.step;
                assert_in_range(axis.n, 2, 2 * ticks + 2);
                assert_true(axis.low <= min + 1e-6 * axis.step);
                assert_true(axis.high >= max - 1e-6 * axis.step);
                assert_true(fabs(axis.first - axis.low) < 1e-6 * axis.step);
                assert_true(fabs(last - axis.high) < 1e-6 * axis.step);
            }
        }
    }
}

/* ---- charts -------------------------------------------------------------------------------- */

static void a_chart_leaves_out_what_is_no_number(void **state)
{
    (void)state;
    sm_buffer out = sm_buffer_make(1 << 20);
    sm_error err = {0};
    const double nan = (double)NAN;
    const double x[] = {1, 2, 3, 4}, y[] = {nan, 5, HUGE_VAL, 7}, none[] = {nan, nan, nan, nan};
    const sm_series series[] = {{"a", x, y, 4, false}, {"b", x, none, 4, false}};
    sm_page page = sm_page_open(&out, "t", NULL);
    sm_page_lines(&page, &(sm_line_chart){"c", "x", series, 2, false, false});
    sm_page_lines(&page, &(sm_line_chart){"c", "x", series + 1, 1, false, false});
    sm_page_lines(&page, &(sm_line_chart){"c", "x", series, 0, false, false});
    assert_ok(sm_page_close(&page, &err), &err);
    assert_well_formed(sm_buffer_span(&out));
    assert_false(page_has(&out, "nan"));
    assert_false(page_has(&out, "inf\""));
    sm_buffer_free(&out);
}

/* A million points make a picture of a few thousand. */
static void a_long_line_makes_a_small_page(void **state)
{
    (void)state;
    enum { N = 1000000 };
    double *x = malloc(N * sizeof *x), *y = malloc(N * sizeof *y);
    for (size_t i = 0; i < N; i++) {
        x[i] = (double)i;
        y[i] = sin((double)i) + (i == 777777 ? 9 : 0);
    }
    sm_buffer out = sm_buffer_make(1 << 20);
    sm_error err = {0};
    const sm_series series = {"a", x, y, N, false};
    sm_page page = sm_page_open(&out, "t", NULL);
    sm_page_lines(&page, &(sm_line_chart){"c", "x", &series, 1, false, false});
    assert_ok(sm_page_close(&page, &err), &err);
    assert_true(out.n < 60000);
    assert_true(page_has(&out, ">10<")); /* the one peak is on the axis */
    sm_buffer_free(&out);
    free(x);
    free(y);
}

static void names_of_lines_do_not_overlap(void **state)
{
    (void)state;
    enum { LINES = 5 };
    sm_buffer out = sm_buffer_make(1 << 20);
    sm_error err = {0};
    const double x[] = {0, 1};
    const double y[LINES][2] = {{0, 1}, {0, 1.001}, {0, .999}, {9, 1}, {4, 1}};
    sm_series series[LINES];
    for (size_t i = 0; i < LINES; i++) {
        series[i] = (sm_series){"line", x, y[i], 2, false};
    }
    sm_page page = sm_page_open(&out, "t", NULL);
    sm_page_lines(&page, &(sm_line_chart){"c", "x", series, LINES, false, false});
    assert_ok(sm_page_close(&page, &err), &err);
    double last = -100;
    size_t names = 0;
    sm_buffer_putc(&out, '\0');
    for (const char *p = out.p; (p = strstr(p, "class=\"name")) != NULL; p++) {
        const double at = strtod(strstr(p, " y=\"") + 4, NULL);
        if (names++ % LINES == 0) last = -100; /* the narrow drawing begins */
        assert_true(at >= last + 14.9);
        last = at;
    }
    assert_int_equal(names, 2 * LINES);
    sm_buffer_free(&out);
}

/* ---- the readers --------------------------------------------------------------------------- */

static void write_text(const char *name, const char *text)
{
    sm_error err = {0};
    assert_ok(sm_file_write(name, sm_span_of(text), &err), &err);
}

static void enter_folder(char *folder)
{
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
}

static void leave_folder(const char *folder)
{
    static const char *const names[] = {"stats",   "tokenizer", "metrics.jsonl",
                                        "samples", "broken",    "lines"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)remove(names[i]);
    }
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void the_readers_draw_what_the_tools_write(void **state)
{
    (void)state;
    char folder[] = "/tmp/seimai-report-XXXXXX";
    enter_folder(folder);
    write_text(
        "stats",
        "{\"tool\":\"dedup\",\"complete\":false,\"errors\":[{\"what\":\"a<b: cut\"}],"
        "\"in\":{\"documents\":10,\"bytes\":1000},\"kept\":{\"documents\":7,\"bytes\":700},"
        "\"dropped\":{\"near-duplicate\":{\"documents\":2,\"bytes\":200}},"
        "\"bad\":{\"bad-json\":{\"documents\":1,\"bytes\":100}},"
        "\"out\":{\"documents\":7,\"bytes\":700},\"dedup\":{\"rows\":8,\"m\":{\"x_y\":1}},"
        "\"run\":{\"seconds\":2,\"threads\":2,\"peak_rss\":1000000}}");
    write_text("tokenizer", "{\"name\":\"t\",\"vocab\":8192,\"chars_per_token\":2.5,"
                            "\"peers\":[{\"name\":\"a\",\"chars_per_token\":1.5},"
                            "{\"name\":\"b\",\"chars_per_token\":2.0}]}");
    write_text("metrics.jsonl", "{\"step\":1,\"tokens\":100,\"loss\":9.5}\n"
                                "{\"step\":2,\"tokens\":200,\"loss\":8.5,\"val_loss\":8.75}\n"
                                "{\"step\":3,\"tok");
    write_text("samples",
               "{\"text\":\"吾輩は\",\"metadata\":{\"generate\":{\"text\":\"猫<である>\"}}}\n");
    sm_buffer out = sm_buffer_make(1 << 20);
    sm_error err = {0};
    sm_page page = sm_page_open(&out, "t", NULL);
    const char *stats[] = {"stats", "stats"};
    assert_ok(sm_report_pipeline(&page, stats, 2, &err), &err);
    assert_ok(sm_report_tokenizer(&page, "tokenizer", &err), &err);
    assert_ok(sm_report_run(&page, folder, &err), &err);
    assert_ok(sm_report_samples(&page, "samples", 9, &err), &err);
    assert_ok(sm_page_close(&page, &err), &err);
    assert_well_formed(sm_buffer_span(&out));
    static const char *const wanted[] = {
        "near-duplicate", "bad-json", "a&lt;b: cut", "7 of 10",
        "m: x_y",         "8,192",    "8.750",       "<strong>吾輩は</strong>猫&lt;である&gt;",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (!page_has(&out, wanted[i])) fail_msg("the page lacks '%s'", wanted[i]);
    }
    sm_buffer_free(&out);
    leave_folder(folder);
}

static void wrong_files_are_named_with_their_line(void **state)
{
    (void)state;
    char folder[] = "/tmp/seimai-report-XXXXXX";
    enter_folder(folder);
    write_text("stats", "{\n\"tool\": 3}");
    write_text("broken", "{\n\n\"tool\" 3}");
    write_text("lines", "{\"step\":1}\n{step\n{\"step\":2}\n");
    sm_buffer out = sm_buffer_make(1 << 20);
    sm_page page = sm_page_open(&out, "t", NULL);
    static const struct {
        const char *file, *says;
        int status;
    } cases[] = {{"stats", "stats:1:", SM_EUSAGE},
                 {"broken", "broken:3:", SM_EUSAGE},
                 {"missing", "missing", SM_ENOENT}};
    for (size_t i = 0; i < 3; i++) {
        sm_error err = {0};
        assert_int_equal(sm_report_pipeline(&page, &cases[i].file, 1, &err), cases[i].status);
        assert_contains(err.text, cases[i].says);
    }
    sm_error err = {0};
    assert_int_equal(sm_report_run(&page, "lines", &err), SM_EFORMAT);
    assert_contains(err.text, "lines:2:");
    sm_buffer_free(&out);
    leave_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_never_become_markup),
        cmocka_unit_test(a_page_loads_nothing),
        cmocka_unit_test(a_page_that_is_too_large_is_an_error),
        cmocka_unit_test(numbers_read_well),
        cmocka_unit_test(ticks_are_round),
        cmocka_unit_test(an_axis_holds_its_values),
        cmocka_unit_test(a_chart_leaves_out_what_is_no_number),
        cmocka_unit_test(a_long_line_makes_a_small_page),
        cmocka_unit_test(names_of_lines_do_not_overlap),
        cmocka_unit_test(the_readers_draw_what_the_tools_write),
        cmocka_unit_test(wrong_files_are_named_with_their_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
