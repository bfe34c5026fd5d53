/* Wikitext and pages of dumps: each construct, what is left out, what is broken.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/wikitext.h>

static sm_wikitext_counts met;

static void assert_html_with(const char *wikitext, bool emphasis, bool drop, const char *want)
{
    const sm_wikitext_options options = {.emphasis = emphasis, .drop_references = drop};
    sm_buffer out = sm_buffer_make(1 << 22);
    met = (sm_wikitext_counts){0};
    sm_wikitext_html(sm_span_of(wikitext), SM_SPAN("米"), &options, &out, &met);
    assert_span(sm_buffer_span(&out), want);
    sm_buffer_free(&out);
}

static void assert_html(const char *wikitext, const char *want)
{
    assert_html_with(wikitext, false, false, want);
}

static void text_is_paragraphs(void **state)
{
    (void)state;
    assert_html("", "");
    assert_html("a\nb\n\nc", "<p>a\nb\n</p>\n<p>c\n</p>\n");
    assert_html("'''a''' ''b'' '''''c''''' d'e", "<p>a b c d'e\n</p>\n");
    assert_html_with("'''a''' ''b''", true, false, "<p><b>a</b> <i>b</i>\n</p>\n");
    assert_html_with("''a", true, false, "<p><i>a</i>\n</p>\n");
    assert_html("a<!-- b -->c\n<!-- d -->\ne", "<p>ac\ne\n</p>\n");
    assert_html("__TOC__a__目次__b_c__d", "<p>ab_c__d\n</p>\n");
    assert_html("a < b <x> &nbsp;", "<p>a &lt; b &lt;x> &nbsp;\n</p>\n");
    assert_html(" a\n b", "<pre>a\nb\n</pre>\n");
    assert_html("a<br />b<span style=\"x\">c</span><font>d</font>",
                "<p>a<br />b<span style=\"x\">c</span>d\n</p>\n");
    assert_html("<poem>\na\nb\n</poem>", "<p><br>\na<br>\nb<br>\n</p>\n");
}

static void links_keep_their_labels(void **state)
{
    (void)state;
    assert_html("[[a]] [[a|b]] [[a|b|c]] [[a (b)|]] [[:c|]] [[#d|e]]",
                "<p>a b b|c a c e\n</p>\n");
    assert_html("[[ファイル:a.jpg|100px|[[b]]の[[c|d]]]]e[[Image:x]][[画像:y|z]]",
                "<p>e\n</p>\n");
    assert_int_equal(met.files, 3);
    assert_html("a[[Category:b|*]][[en:B]][[zh-min-nan:C]][[:Category:d]][[simple:e]]",
                "<p>aCategory:d\n</p>\n");
    assert_html("[http://a.jp b c] [http://a.jp] [//x y] [mailto:z w] [a] http://b.jp",
                "<p>b c  y w [a] http://b.jp\n</p>\n");
    assert_html("[[ファイル:a|b [http://c d]]]e", "<p>e\n</p>\n");
}

static void templates_leave_what_they_show(void **state)
{
    (void)state;
    assert_html("a{{b|c={{d|{{e}}}}}}f", "<p>af\n</p>\n");
    assert_int_equal(met.templates, 3);
    assert_int_equal(met.kept, 0);
    assert_html("{{lang|en|rice}} {{Lang|de|''[[a|b]]''}} {{lang-la|Oryza}} {{lang-xx|y}}",
                "<p>rice b ラテン語: Oryza y\n</p>\n");
    assert_html("{{仮リンク|a|en|b}}{{仮リンク|a|en|b|label=c}}{{仮リンク|1=d|2=en}}",
                "<p>acd\n</p>\n");
    assert_html("{{読み仮名|米|こめ}}{{ruby|{{lang|ja|山}}|やま}}{{ルビ|川}}",
                "<p><ruby>米<rt>こめ</rt></ruby><ruby>山<rt>やま</rt></ruby>川\n</p>\n");
    assert_html("{{要出典範囲|a|date=2020年}}{{要出典|date=b}}{{!}}{{0}}{{PAGENAME}}",
                "<p>a|米\n</p>\n");
    assert_html("{{convert|5|km|mi}} {{formatnum:1000}} {{lc:A}} {{#if:a|b}}{{DEFAULTSORT:x}}",
                "<p>5 km 1000 A \n</p>\n");
    assert_html("{{Template:Color|red|a}}{{テンプレート:small|b}}{{color |red| c }}",
                "<p>abc\n</p>\n");
    assert_html("{{{1|a}}}{{{b}}} {{{!}}", "<p>a {|\n</p>\n");
    assert_html("{{引用|a}}", "<blockquote>a</blockquote>\n");
}

/* The table is searched by halves: a name out of order would not be found. */
static void templates_are_found_all_over_the_table(void **state)
{
    (void)state;
    static const char *const names[] = {
        "abbr",          "bdi",           "bold",       "color",
        "cp932フォント", "flag",          "fontsize",   "ill2",
        "ipac",          "jis90フォント", "large",      "legend",
        "llang",         "nobold",        "q",          "ruby",
        "smallsup",      "sup",           "tt",         "unicode",
        "いつ範囲",      "リンク",        "仮リンク",   "太字",
        "拡張漢字",      "縦書き",        "要出典範囲", "読み仮名 ruby不使用"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[128];
        (void)snprintf(text, sizeof text, "{{%s|a|b|c}}", names[i]);
        sm_buffer out = sm_buffer_make(1 << 12);
        const sm_wikitext_options options = {0};
        met = (sm_wikitext_counts){0};
        sm_wikitext_html(sm_span_of(text), SM_SPAN(""), &options, &out, &met);
        assert_int_equal(met.kept, 1);
        sm_buffer_free(&out);
    }
}

static void what_is_left_empty_goes(void **state)
{
    (void)state;
    assert_html("a（{{x}}）b（）c({{x}}、)d()", "<p>abcd()\n</p>\n");
    assert_html("a（{{x}}、b）c（d、{{x}}）e（f{{x}}g）", "<p>a（b）c（d）e（fg）\n</p>\n");
    assert_html("== a ==\n{{x}}\n== b ==\n=== c ===\nd\n== e ==",
                "<h2>b</h2>\n<h3>c</h3>\n<p>d\n</p>\n");
}

static void references_and_galleries_go(void **state)
{
    (void)state;
    assert_html("a<ref>b</ref>c<ref name=\"d\" />e<REF name=f>{{g|[[h]]}}</REF>i",
                "<p>acei\n</p>\n");
    assert_int_equal(met.references, 3);
    assert_html("a<gallery>\nb.jpg|c\n</gallery>d<references/>", "<p>ad\n</p>\n");
    assert_int_equal(met.galleries, 2);
    assert_html("a<ref>b\n== c ==\nd</ref>", "<p>ab\n</p>\n<h2>c</h2>\n<p>d\n</p>\n");
    assert_int_equal(met.unbalanced, 1);
}

static void guarded_text_is_text(void **state)
{
    (void)state;
    assert_html("<nowiki>[[a]]'''</nowiki>", "<p>&#91;&#91;a&#93;&#93;&#39;&#39;&#39;\n</p>\n");
    assert_html("<nowiki/>a<nowiki>b", "<p>ab\n</p>\n");
    assert_html(
        "a<pre>{{b}}\n&lt;&&#65;</pre>c",
        "<p>a\n</p>\n<pre>&#123;&#123;b&#125;&#125;&#10;&lt;&#38;&#65;</pre>\n<p>c\n</p>\n");
    assert_html("<syntaxhighlight lang=\"c\" inline>a&b</syntaxhighlight>",
                "<p><code>a&#38;b</code>\n</p>\n");
    assert_html("<math>x^2</math>", "<p>$x^2$\n</p>\n");
}

static void lists_nest(void **state)
{
    (void)state;
    assert_html("* a\n** b\n* c\nd",
                "<ul><li>a<ul><li>b</li></ul>\n</li>\n<li>c</li></ul>\n<p>d\n</p>\n");
    assert_html("# a\n#* b", "<ol><li>a<ul><li>b</li></ul>\n</li></ol>\n");
    assert_html("; a : b\n: c", "<dl><dt>a </dt>\n<dd>b</dd>\n<dd>c</dd></dl>\n");
    assert_html("* a\n\n* b", "<ul><li>a</li></ul>\n<ul><li>b</li></ul>\n");
    assert_html("********************a",
                "<ul><li><ul><li><ul><li><ul><li><ul><li><ul><li><ul><li><ul><li>"
                "<ul><li><ul><li><ul><li><ul><li><ul><li><ul><li><ul><li><ul><li>****a"
                "</li></ul>\n</li></ul>\n</li></ul>\n</li></ul>\n</li></ul>\n</li></ul>\n"
                "</li></ul>\n</li></ul>\n</li></ul>\n</li></ul>\n</li></ul>\n</li></ul>\n"
                "</li></ul>\n</li></ul>\n</li></ul>\n</li></ul>\n");
}

static void tables_are_rows(void **state)
{
    (void)state;
    assert_html(
        "{| class=\"a\"\n|+ b\n! c !! d\n|-\n| style=\"e\" | f || g\n|-\n| h\ni\n* j\n|}k",
        "<table>\n<caption>b</caption>\n<tr><td>c</td><td>d</td></tr>\n"
        "<tr><td>f</td><td>g</td></tr>\n<tr><td>h<br>i<br>j</td></tr>\n</table>\n"
        "<p>k\n</p>\n");
    assert_int_equal(met.tables, 1);
    assert_html(
        "{|\n|\n{|\n| a\n|}\n|}",
        "<table>\n<tr><td><table>\n<tr><td>a</td></tr>\n</table>\n</td></tr>\n</table>\n");
    assert_html(": {|\n| {{lang|en|a}} || [[b|c]]\n|}",
                "<table>\n<tr><td>a</td><td>c</td></tr>\n</table>\n");
}

static void headings_have_levels(void **state)
{
    (void)state;
    assert_html("= a =\nx\n== b ===\ny\n====== c ======\nz",
                "<h1>a</h1>\n<p>x\n</p>\n<h2>b =</h2>\n<p>y\n</p>\n<h6>c</h6>\n<p>z\n</p>\n");
    assert_html("a == b ==", "<p>a == b ==\n</p>\n");
    assert_html_with(
        "== a ==\nb\n== 脚注 ==\nc\n=== d ===\ne\n== f ==\ng\n== 外部リンク ==\n* h", false,
        true, "<h2>a</h2>\n<p>b\n</p>\n<h2>f</h2>\n<p>g\n</p>\n");
}

static void broken_wikitext_recovers_at_headings(void **state)
{
    (void)state;
    assert_html("a{{b|c=d\n| e = f\n}\ng\n== h ==\ni}}",
                "<p>ac=d\ng\n</p>\n<h2>h</h2>\n<p>i\n</p>\n");
    assert_int_equal(met.unbalanced, 2);
    assert_html("a[[b\nc]]", "<p>ab\nc]]\n</p>\n");
    assert_html("[[a|b {{c| d]] e}} f", "<p>b  f\n</p>\n");
    assert_html("{|\n| a\n== b ==\n| c\n|}\nd",
                "<table>\n<tr><td>a</td></tr>\n</table>\n<h2>b</h2>\n<p>c\nd\n</p>\n");
    assert_html("a<!-- b", "<p>a b\n</p>\n");
}

/* Marks without an end, as many as fit: the time stays in line with the length. */
static void hostile_wikitext_is_linear(void **state)
{
    (void)state;
    static const char *const units[] = {
        "{{",          "[[",   "[http://a ", "<ref>", "{{lang|a|",   "<!--",
        "[[a|",        "\n{|", "（、",       "\n*",   "<nowiki>",    "{{{",
        "\n==a==\n{{", "''",   "\1、",       "<",     "</ref><ref>", "|"};
    enum { BYTES = 1 << 20 };
    char *text = sm_malloc(BYTES);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        const size_t n = strlen(units[i]);
        for (size_t at = 0; at < BYTES; at++)
            text[at] = units[i][at % n];
        sm_buffer out = sm_buffer_make(8 * (size_t)BYTES + 1024);
        const sm_wikitext_options options = {0};
        sm_wikitext_counts counts = {0};
        sm_wikitext_html((sm_span){text, BYTES}, SM_SPAN(""), &options, &out, &counts);
        assert_false(out.overflow);
        sm_buffer_free(&out);
    }
    sm_free(text);
}

/* ---- pages ------------------------------------------------------------------------------------------ */

static void pages_are_read(void **state)
{
    (void)state;
    sm_arena arena = {0};
    sm_wiki_page page;
    sm_error err = {0};
    const sm_span xml =
        SM_SPAN("<page>\n<title>A &amp; B</title><ns>0</ns><id>12</id>\n<revision><id>34</id>"
                "<timestamp>2020-01-02T03:04:05Z</timestamp><contributor><username>x</"
                "username><id>5</id>"
                "</contributor><model>wikitext</model><text bytes=\"9\" xml:space=\"preserve\">"
                "&lt;b&gt; &quot;&#65;&#x3042; &amp;nbsp; &x;</text></revision></page>");
    assert_ok(sm_wiki_page_read(xml, &arena, &page, &err), &err);
    assert_span(page.title, "A & B");
    assert_span(page.id, "12");
    assert_span(page.revision, "34");
    assert_span(page.timestamp, "2020-01-02T03:04:05Z");
    assert_span(page.text, "<b> \"Aあ &nbsp; &x;");
    assert_false(page.redirect);
    assert_ok(sm_wiki_page_read(SM_SPAN("<page><title>a</title><redirect title=\"b\"/>"
                                        "<revision><text/></revision></page>"),
                                &arena, &page, &err),
              &err);
    assert_true(page.redirect);
    assert_ok(sm_wiki_page_read(SM_SPAN("<page><title>a</title><revision><text>#転送 [[b]]"
                                        "</text></revision></page>"),
                                &arena, &page, &err),
              &err);
    assert_true(page.redirect);
    sm_arena_free(&arena);
}

static void broken_pages_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *xml, *why;
    } cases[] = {{"<page><title>a</title><revision><text>b</text>", "without </page>"},
                 {"<page><revision><text>b</text></revision></page>", "without a title"},
                 {"<page><title>a</title></page>", "without text"},
                 {"", "without </page>"}};
    sm_arena arena = {0};
    sm_wiki_page page;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_error err = {0};
        assert_int_equal(sm_wiki_page_read(sm_span_of(cases[i].xml), &arena, &page, &err),
                         SM_EFORMAT);
        assert_contains(err.text, cases[i].why);
    }
    sm_arena_free(&arena);
}

static void addresses_are_made(void **state)
{
    (void)state;
    sm_arena arena = {0};
    const sm_span base = SM_SPAN("https://ja.wikipedia.org/wiki/%E3%83%A1");
    assert_span(sm_wiki_url(base, SM_SPAN("米 (a)?"), &arena),
                "https://ja.wikipedia.org/wiki/%E7%B1%B3_(a)%3F");
    assert_span(sm_wiki_url((sm_span){0}, SM_SPAN("a"), &arena), "");
    sm_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_paragraphs),
        cmocka_unit_test(links_keep_their_labels),
        cmocka_unit_test(templates_leave_what_they_show),
        cmocka_unit_test(templates_are_found_all_over_the_table),
        cmocka_unit_test(what_is_left_empty_goes),
        cmocka_unit_test(references_and_galleries_go),
        cmocka_unit_test(guarded_text_is_text),
        cmocka_unit_test(lists_nest),
        cmocka_unit_test(tables_are_rows),
        cmocka_unit_test(headings_have_levels),
        cmocka_unit_test(broken_wikitext_recovers_at_headings),
        cmocka_unit_test(hostile_wikitext_is_linear),
        cmocka_unit_test(pages_are_read),
        cmocka_unit_test(broken_pages_are_named),
        cmocka_unit_test(addresses_are_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
