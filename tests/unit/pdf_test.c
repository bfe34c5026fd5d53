/* PDF: layout of words with known places, and the process that finds them.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/file.h>
#include <seimai/pdf.h>

typedef struct markup {
    sm_buffer text;
} markup;

static sm_pdf_counts met;
static sm_pdf about;

static void begin(markup *m)
{
    m->text = sm_buffer_make(1 << 22);
    sm_buffer_puts(&m->text,
                   "<html><head><title>T &amp; U</title><meta name=\"Author\" content=\"A\"/>"
                   "<meta name=\"CreationDate\" content=\"2020-01-02\"/></head><body><doc>");
}

static void begin_page(markup *m)
{
    sm_buffer_puts(&m->text, "<page width=\"600.0\" height=\"800.0\"><flow><block>");
}

static void end_page(markup *m)
{
    sm_buffer_puts(&m->text, "</block></flow></page>");
}

/* A line of words, each letter half as wide as high. */
static void line(markup *m, double x, double y, double size, const char *text)
{
    const char *at = text;
    sm_buffer_puts(&m->text, "<line>");
    while (*at) {
        const size_t n = strcspn(at, " ");
        sm_buffer_printf(
            &m->text,
            "<word xMin=\"%.2f\" yMin=\"%.2f\" xMax=\"%.2f\" yMax=\"%.2f\">%.*s</word>", x, y,
            x + (double)n * size / 2, y + size, (int)n, at);
        x += ((double)n + 0.5) * size / 2;
        at += n + (at[n] == ' ');
    }
    sm_buffer_puts(&m->text, "</line>");
}

static void assert_layout(markup *m, const char *want)
{
    sm_arena arena = {0};
    sm_buffer out = sm_buffer_make(1 << 22);
    met = (sm_pdf_counts){0};
    sm_buffer_puts(&m->text, "</doc></body></html>");
    sm_pdf_layout(sm_buffer_span(&m->text), &arena, &about, &out, &met);
    assert_span(sm_buffer_span(&out), want);
    sm_buffer_free(&out);
    sm_buffer_free(&m->text);
    sm_arena_free(&arena);
}

#define FULL "this line of text fills the column"

static void the_head_is_read(void **state)
{
    (void)state;
    markup m;
    sm_arena arena = {0};
    sm_buffer out = sm_buffer_make(1 << 10);
    begin(&m);
    sm_pdf_layout(sm_buffer_span(&m.text), &arena, &about, &out, &met);
    assert_span(about.title, "T & U");
    assert_span(about.author, "A");
    assert_span(about.date, "2020-01-02");
    sm_buffer_free(&out);
    sm_buffer_free(&m.text);
    sm_arena_free(&arena);
}

static void columns_are_read_one_after_the_other(void **state)
{
    (void)state;
    markup m;
    begin(&m);
    begin_page(&m);
    line(&m, 150, 50, 20, "Over both of the columns");
    for (int i = 0; i < 4; i++) {
        line(&m, 50, 100 + 12 * i, 10, i == 1 ? "left l" FULL "-" : "left r" FULL);
        line(&m, 300, 100 + 12 * i, 10, "right " FULL);
    }
    end_page(&m);
    assert_layout(&m, "<h1>Over both of the columns</h1>\n"
                      "<p>left r" FULL "\nleft l" FULL "left r" FULL "\nleft r" FULL
                      "\nright " FULL "\nright " FULL "\nright " FULL "\nright " FULL "</p>\n");
}

static void rows_of_a_table_are_read_across(void **state)
{
    (void)state;
    markup m;
    begin(&m);
    begin_page(&m);
    for (int i = 0; i < 4; i++) {
        line(&m, 50, 100 + 12 * i, 10, "a");
        line(&m, 300, 100 + 12 * i, 10, "b");
    }
    end_page(&m);
    assert_layout(&m, "<p>a b\na b\na b\na b</p>\n");
}

/* ---- tables -------------------------------------------------------------------------------------- */

/* A cell of lines that are parted by |, the first at y. */
static void cell(markup *m, double x, double y, const char *lines)
{
    char text[80];
    for (; *lines; y += 12) {
        const size_t n = strcspn(lines, "|");
        (void)snprintf(text, sizeof text, "%.*s", (int)n, lines);
        line(m, x, y, 10, text);
        lines += n + (lines[n] == '|');
    }
}

static void put_table(markup *m, double y)
{
    cell(m, 50, y, "Stage");
    cell(m, 150, y, "What it does");
    cell(m, 350, y, "Seconds");
    cell(m, 50, y + 18, "cleaning");
    cell(m, 150, y + 18, "blows dust and straw off, and|sieves stones out");
    cell(m, 350, y + 18, "12");
    cell(m, 50, y + 48, "husking");
    cell(m, 150, y + 48, "rubber rolls take the husk off");
    cell(m, 350, y + 48, "30");
    cell(m, 50, y + 66, "whitening");
    cell(m, 150, y + 66,
         "rubs the bran off the grain, in|three passes or in one, as the|owner likes it");
    cell(m, 350, y + 66, "145");
}

#define TABLE                                                                                  \
    "<table><tr><td>Stage</td><td>What it does</td><td>Seconds</td></tr>\n"                    \
    "<tr><td>cleaning</td><td>blows dust and straw off, and\nsieves stones out</td>"           \
    "<td>12</td></tr>\n"                                                                       \
    "<tr><td>husking</td><td>rubber rolls take the husk off</td><td>30</td></tr>\n"            \
    "<tr><td>whitening</td><td>rubs the bran off the grain, in\nthree passes or in one, as "   \
    "the\nowner likes it</td><td>145</td></tr></table>\n"

static void cells_of_several_lines_make_one_row(void **state)
{
    (void)state;
    markup m;
    begin(&m);
    begin_page(&m);
    put_table(&m, 100);
    end_page(&m);
    assert_layout(&m, TABLE);
}

/* Above and below a table. */
static void text_around_a_table_stays_outside(void **state)
{
    (void)state;
    markup m;
    begin(&m);
    begin_page(&m);
    line(&m, 50, 60, 10,
         "A sentence above the table goes over all of its columns, to the edge.");
    put_table(&m, 100);
    line(&m, 50, 240, 10,
         "A sentence below the table goes over all of its columns, to the edge.");
    end_page(&m);
    assert_layout(
        &m,
        "<p>A sentence above the table goes over all of its columns, to the edge.</p>\n" TABLE
        "<p>A sentence below the table goes over all of its columns, to the edge.</p>\n");
}

/* An empty cell keeps its place, and so do those behind it. */
static void empty_cells_keep_their_place(void **state)
{
    (void)state;
    markup m;
    begin(&m);
    begin_page(&m);
    for (int i = 0; i < 6; i++) {
        static const char *const names[] = {"Niigata", "Akita",  "Toyama",
                                            "Iwate",   "Aomori", "Chiba"};
        static const char *const kinds[] = {"early",          "late", "middle",
                                            "early and late", "late", "none"};
        line(&m, 50, 100 + 18 * i, 10, names[i]);
        if (i != 2) line(&m, 200, 100 + 18 * i, 10, kinds[i]);
        line(&m, 350, 100 + 18 * i, 10, i % 2 ? "1,250" : "980");
    }
    end_page(&m);
    assert_layout(&m, "<table><tr><td>Niigata</td><td>early</td><td>980</td></tr>\n"
                      "<tr><td>Akita</td><td>late</td><td>1,250</td></tr>\n"
                      "<tr><td>Toyama</td><td></td><td>980</td></tr>\n"
                      "<tr><td>Iwate</td><td>early and late</td><td>1,250</td></tr>\n"
                      "<tr><td>Aomori</td><td>late</td><td>980</td></tr>\n"
                      "<tr><td>Chiba</td><td>none</td><td>1,250</td></tr></table>\n");
}

/* Numbers in front of sentences are no column. */
static void lists_are_no_tables(void **state)
{
    (void)state;
    markup m;
    begin(&m);
    begin_page(&m);
    for (int i = 0; i < 4; i++) {
        char number[16];
        (void)snprintf(number, sizeof number, "%d.", i + 1);
        line(&m, 50, 100 + 12 * i, 10, number);
        line(&m, 80, 100 + 12 * i, 10, FULL);
    }
    end_page(&m);
    assert_layout(&m, "<p>1. " FULL "\n2. " FULL "\n3. " FULL "\n4. " FULL "</p>\n");
}

static void paragraphs_begin_at_indents_and_gaps(void **state)
{
    (void)state;
    markup m;
    begin(&m);
    begin_page(&m);
    line(&m, 60, 100, 10, "The first " FULL);
    line(&m, 50, 112, 10, "second line and " FULL);
    line(&m, 60, 124, 10, "Indented one " FULL);
    line(&m, 50, 136, 10, "goes on here and " FULL);
    line(&m, 50, 170, 10, "Behind a gap, and " FULL);
    line(&m, 50, 182, 10, "it ends here.");
    line(&m, 50, 194, 10, "After a short line " FULL);
    end_page(&m);
    assert_layout(&m,
                  "<p>The first " FULL "\nsecond line and " FULL "</p>\n<p>Indented one " FULL
                  "\ngoes on here and " FULL "</p>\n<p>Behind a gap, and " FULL
                  "\nit ends here.</p>\n<p>After a short line " FULL "</p>\n");
}

static void running_heads_and_numbers_go(void **state)
{
    (void)state;
    markup m;
    begin(&m);
    for (int page = 0; page < 5; page++) {
        char head[64];
        begin_page(&m);
        (void)snprintf(head, sizeof head, "Chapter %s %d", page < 3 ? "one" : "another",
                       page + 17);
        line(&m, 50, 20, 8, head);
        line(&m, 50, 100, 10, "Text of this page " FULL);
        line(&m, 50, 112, 10, "and of this page " FULL);
        line(&m, 300, 780, 8, "The Journal");
        end_page(&m);
    }
    assert_layout(&m, "<p>Text of this page " FULL "\nand of this page " FULL "</p>\n"
                      "<p>Text of this page " FULL "\nand of this page " FULL "</p>\n"
                      "<p>Text of this page " FULL "\nand of this page " FULL "</p>\n"
                      "<p>Text of this page " FULL "\nand of this page " FULL "</p>\n"
                      "<p>Text of this page " FULL "\nand of this page " FULL "</p>\n");
    assert_int_equal(met.running, 10);
    assert_int_equal(met.pages, 5);
}

static void footnotes_stand_behind_the_paragraph(void **state)
{
    (void)state;
    markup m;
    begin(&m);
    begin_page(&m);
    line(&m, 50, 100, 10, "A paragraph that " FULL);
    line(&m, 50, 112, 10, "goes over the end " FULL);
    line(&m, 50, 700, 7, "1 A note on it.");
    end_page(&m);
    begin_page(&m);
    line(&m, 50, 100, 10, "of the page and " FULL);
    line(&m, 50, 112, 10, "ends here.");
    end_page(&m);
    assert_layout(&m, "<p>A paragraph that " FULL "\ngoes over the end " FULL
                      "\nof the page and " FULL "\nends here.</p>\n<p>1 A note on it.</p>\n");
    assert_int_equal(met.footnotes, 1);
}

static void vertical_lines_go_from_right_to_left(void **state)
{
    (void)state;
    markup m;
    begin(&m);
    begin_page(&m);
    for (int i = 0; i < 4; i++)
        sm_buffer_printf(
            &m.text,
            "<word xMin=\"%d\" yMin=\"50\" xMax=\"%d\" yMax=\"450\">%d縦に書いた行︒</word>",
            400 + 20 * i, 412 + 20 * i, i);
    end_page(&m);
    assert_layout(
        &m, "<p>3縦に書いた行。\n2縦に書いた行。\n1縦に書いた行。\n0縦に書いた行。</p>\n");
    assert_int_equal(met.vertical, 1);
}

static void artefacts_of_fonts_are_undone(void **state)
{
    (void)state;
    markup m;
    begin(&m);
    begin_page(&m);
    line(&m, 50, 100, 10, "⼈ﬁ﹁⻑");
    end_page(&m);
    assert_layout(&m, "<p>人fi「⻑</p>\n");
}

/* As many words as fit in strange places: the time stays near n log n. */
static void hostile_places_are_no_matter(void **state)
{
    (void)state;
    sm_arena arena = {0};
    markup m;
    sm_buffer out = sm_buffer_make(1 << 26);
    m.text = sm_buffer_make(1 << 26);
    begin_page(&m);
    for (int i = 0; i < 100000; i++) /* gaps that grow: each cut takes one word off */
        sm_buffer_printf(
            &m.text, "<word xMin=\"%d\" yMin=\"%d\" xMax=\"%d\" yMax=\"%d\">a</word>",
            i % 1000 * (i % 1000), i * 3 % 999, i % 1000 * (i % 1000) + 1, i * 3 % 999 + i % 7);
    end_page(&m);
    sm_pdf_layout(sm_buffer_span(&m.text), &arena, &about, &out, &met);
    assert_true(out.n > 100000);
    sm_buffer_free(&out);
    sm_buffer_free(&m.text);
    sm_arena_free(&arena);
}

/* ---- the process ------------------------------------------------------------------------------------ */

static void assert_words_fail(sm_span pdf, sm_pdf_limits limits, int status, const char *why)
{
    sm_error err = {0};
    sm_buffer out = sm_buffer_make(1 << 26);
    const int rc = sm_pdf_words(pdf, &limits, &out, &err);
    if (rc == SM_ENOENT) skip(); /* no pdftotext */
    assert_int_equal(rc, status);
    assert_contains(err.text, why);
    assert_int_equal(out.n, 0);
    sm_buffer_free(&out);
}

static void damaged_files_are_named(void **state)
{
    (void)state;
    assert_words_fail(SM_SPAN("%PDF-1.4\nrubbish"), sm_pdf_default_limits, SM_EFORMAT,
                      "pdftotext: status 1");
    assert_words_fail(SM_SPAN(""), sm_pdf_default_limits, SM_EFORMAT, "pdftotext: status 1");
}

static void limits_are_kept(void **state)
{
    (void)state;
    char path[2048];
    sm_error err = {0};
    sm_buffer pdf = sm_buffer_make(1 << 22);
    if (!test_data()) skip();
    (void)snprintf(path, sizeof path, "%s/ebook/jlshort.pdf", test_data());
    assert_ok(sm_file_read(path, &pdf, &err), &err);
    const sm_span file = sm_buffer_span(&pdf);
    assert_words_fail(file, (sm_pdf_limits){60, (size_t)2 << 30, 1 << 16}, SM_ELIMIT,
                      "its output is too long");
    assert_words_fail(file, (sm_pdf_limits){0, (size_t)2 << 30, 1 << 26}, SM_ELIMIT,
                      "it took too long");
    sm_buffer out = sm_buffer_make(1 << 26);
    assert_ok(sm_pdf_words(file, &sm_pdf_default_limits, &out, &err), &err);
    assert_true(out.n > 1000000);
    sm_buffer_free(&out);
    sm_buffer_free(&pdf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_head_is_read),
        cmocka_unit_test(columns_are_read_one_after_the_other),
        cmocka_unit_test(rows_of_a_table_are_read_across),
        cmocka_unit_test(cells_of_several_lines_make_one_row),
        cmocka_unit_test(text_around_a_table_stays_outside),
        cmocka_unit_test(empty_cells_keep_their_place),
        cmocka_unit_test(lists_are_no_tables),
        cmocka_unit_test(paragraphs_begin_at_indents_and_gaps),
        cmocka_unit_test(running_heads_and_numbers_go),
        cmocka_unit_test(footnotes_stand_behind_the_paragraph),
        cmocka_unit_test(vertical_lines_go_from_right_to_left),
        cmocka_unit_test(artefacts_of_fonts_are_undone),
        cmocka_unit_test(hostile_places_are_no_matter),
        cmocka_unit_test(damaged_files_are_named),
        cmocka_unit_test(limits_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
