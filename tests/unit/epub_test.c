/* What books say about themselves, and XHTML as HTML. Whole books: tests/conformance/epub_test.py.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include "epub/epub.h"
#include "epub/xhtml.h"

/* ---- XHTML ------------------------------------------------------------------------------------- */

static void assert_html(const char *xhtml, const char *html)
{
    sm_arena arena = {0};
    assert_span(xhtml_as_html(sm_span_of(xhtml), &arena), html);
    sm_arena_free(&arena);
}

static void elements_are_closed_as_xml_closes_them(void **state)
{
    (void)state;
    assert_html("<p>a</p>", "<p>a</p>");
    assert_html("<title/><a id=\"x\" />b", "<title></title><a id=\"x\" ></a>b");
    assert_html("a<br/>b<br></br>c<hr />", "a<br>b<br>c<hr >");
    assert_html("<a/><b\n/>", "<a></a><b\n></b>");
    assert_html("<x:p class=\"x:y\">a</x:p>", "<p class=\"x:y\">a</p>");
    assert_html("<p title='a>b' lang=\"c/>d\"/>e", "<p title='a>b' lang=\"c/>d\"></p>e");
}

static void what_is_no_element_goes(void **state)
{
    (void)state;
    assert_html("\xEF\xBB\xBF<?xml version=\"1.0\"?><!DOCTYPE html><!-- a -- > b --><p/>",
                "\xEF\xBB\xBF<p></p>");
    assert_html("<!DOCTYPE html [<!ENTITY a \"<b>\"><!ENTITY c 'd'>]>\n<p>", "\n<p>");
    assert_html("a<![CDATA[<b>&c]]]>d", "a&lt;b>&amp;c]d");
    assert_html("&nbsp;&amp;&#12354;", "&nbsp;&amp;&#12354;");
}

static void broken_xml_loses_nothing_before_it(void **state)
{
    (void)state;
    assert_html("a < b <3 c <> d", "a &lt; b &lt;3 c &lt;> d");
    assert_html("a<![CDATA[b", "ab");
    assert_html("a<![CDATA[b]]", "ab]]");
    assert_html("a<!-- b", "a");
    assert_html("a<p class=\"x", "a");
    assert_html("<p title=\"it's\">a", "<p title=\"it's\">a");
    assert_html("<p title=don't>a", "<p title=don't>a");
    assert_html("a<", "a&lt;");
    assert_html("</", "&lt;/");
    assert_html("<p/", "");
    assert_html("", "");
}

/* Quotes that are never closed, and many tags: as long as the page, not its square. */
static void time_is_linear(void **state)
{
    (void)state;
    enum { TAGS = 200000 };
    static const char *const pieces[] = {"<p a='>", "<![CDATA[", "<!-- ",
                                         "<?",      "<!a [",     "<a \"'"};
    for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
        sm_buffer page = sm_buffer_make(16 << 20);
        sm_arena arena = {0};
        for (int i = 0; i < TAGS; i++)
            sm_buffer_puts(&page, pieces[k]);
        assert_true(xhtml_as_html(sm_buffer_span(&page), &arena).n <=
                    XHTML_GROWTH * page.n + 64);
        sm_arena_free(&arena);
        sm_buffer_free(&page);
    }
}

/* ---- packages ------------------------------------------------------------------------------------ */

static void the_package_is_found(void **state)
{
    (void)state;
    sm_arena arena = {0};
    const char *path = NULL;
    sm_error err = {0};
    assert_ok(
        epub_find_package(SM_SPAN("<c:container xmlns:c='x'><c:rootfiles>"
                                  "<c:rootfile full-path='a.pdf' media-type='application/pdf'/>"
                                  "<c:rootfile full-path='/O%20P/./x/../p.opf' "
                                  "media-type='application/oebps-package+xml'/>"
                                  "</c:rootfiles></c:container>"),
                          &arena, &path, &err),
        &err);
    assert_string_equal(path, "O P/p.opf");
    assert_int_equal(epub_find_package(SM_SPAN("<container/>"), &arena, &path, &err),
                     SM_EFORMAT);
    assert_contains(err.text, "names no package document");
    sm_error_clear(&err);
    assert_int_equal(epub_find_package(SM_SPAN("<container>\n<"), &arena, &path, &err),
                     SM_EFORMAT);
    assert_contains(err.text, "META-INF/container.xml:2:");
    sm_arena_free(&arena);
}

static const char package_xml[] =
    "<package xmlns='http://www.idpf.org/2007/opf' xmlns:dc='d' "
    "unique-identifier='id2'><metadata>"
    "<dc:title>\n 題 "
    "</dc:title><dc:title>副題</dc:title><dc:creator>甲</dc:creator><dc:creator>乙</dc:creator>"
    "<dc:language>ja</dc:language><dc:publisher/><dc:identifier id='id1'>one</dc:identifier>"
    "<dc:identifier "
    "id='id2'>two</dc:identifier><dc:identifier>three</dc:identifier><dc:rights>©</dc:rights>"
    "</metadata><manifest>"
    "<item id='b' href='b.xhtml' media-type='application/xhtml+xml'/>"
    "<item id='a' href='../%E4%B8%80.html#x' media-type='text/html' properties='navigation'/>"
    "<item id='nav' href='nav.xhtml' media-type='application/xhtml+xml' properties='scripted "
    "nav'/>"
    "<item id='toc' href='toc.xhtml' media-type='application/xhtml+xml'/>"
    "<item id='img' href='%zz%4.jpg' media-type='image/jpeg'/>"
    "</manifest><spine><itemref idref='nav'/><itemref idref='b'/><itemref "
    "idref='toc'/><itemref idref='img'/>"
    "<itemref idref='none'/><itemref idref='b' linear='no'/><itemref idref='a' "
    "linear='yes'/></spine>"
    "<guide><reference type='toc' href='toc.xhtml'/></guide></package>";

static void a_package_gives_chapters_in_order(void **state)
{
    (void)state;
    sm_arena arena = {0};
    epub_package p;
    sm_error err = {0};
    assert_ok(epub_read_package(sm_span_of(package_xml), "O P/x/p.opf", &arena, &p, &err),
              &err);
    assert_int_equal(p.n_spine, 2);
    assert_string_equal(p.spine[0].path, "O P/x/b.xhtml");
    assert_string_equal(p.spine[1].path, "O P/一.html");
    assert_string_equal(p.spine[1].id, "a");
    assert_span(p.title, "題");
    assert_span(p.author, "甲; 乙");
    assert_span(p.lang, "ja");
    assert_span(p.identifier, "two");
    assert_span(p.rights, "©");
    assert_int_equal(p.publisher.n, 0);
    assert_false(p.is_fixed);
    assert_int_equal(
        epub_read_package(SM_SPAN("<package>\n<x></package>"), "p.opf", &arena, &p, &err),
        SM_EFORMAT);
    assert_contains(err.text, "p.opf:2:");
    sm_arena_free(&arena);
}

static void fixed_pages_are_told(void **state)
{
    (void)state;
    static const char *const ways[] = {
        "<package><metadata><meta property='rendition:layout'> pre-paginated "
        "</meta></metadata></package>",
        "<package><metadata><meta name='fixed-layout' content='true'/></metadata></package>"};
    sm_arena arena = {0};
    epub_package p;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(epub_read_package(sm_span_of(ways[i]), "p.opf", &arena, &p, NULL), 0);
        assert_true(p.is_fixed);
    }
    assert_int_equal(
        epub_read_package(SM_SPAN("<package><meta property='x'>pre-paginated</meta></package>"),
                          "p.opf", &arena, &p, NULL),
        0);
    assert_false(p.is_fixed);
    sm_arena_free(&arena);
}

/* Entities that grow: expat stops them. */
static void laughs_end(void **state)
{
    (void)state;
    sm_buffer xml = sm_buffer_make(1 << 20);
    sm_arena arena = {0};
    epub_package p;
    sm_buffer_puts(&xml, "<!DOCTYPE x [<!ENTITY e0 'haha'>");
    for (int i = 1; i < 40; i++)
        sm_buffer_printf(&xml, "<!ENTITY e%d '&e%d;&e%d;&e%d;&e%d;'>", i, i - 1, i - 1, i - 1,
                         i - 1);
    sm_buffer_puts(&xml, "]><package><title>&e39;</title></package>");
    assert_int_equal(epub_read_package(sm_buffer_span(&xml), "p.opf", &arena, &p, NULL),
                     SM_EFORMAT);
    sm_arena_free(&arena);
    sm_buffer_free(&xml);
}

#define METHOD(algorithm)                                                                      \
    SM_SPAN(                                                                                   \
        "<encryption xmlns:e='x'><e:EncryptedData><e:EncryptionMethod Algorithm='" algorithm   \
        "'/></e:EncryptedData></encryption>")

static void only_fonts_may_be_encrypted(void **state)
{
    (void)state;
    assert_false(epub_is_encrypted(METHOD("http://www.idpf.org/2008/embedding")));
    assert_false(epub_is_encrypted(METHOD("http://ns.adobe.com/pdf/enc#RC")));
    assert_false(epub_is_encrypted(SM_SPAN("<encryption/>")));
    assert_true(epub_is_encrypted(METHOD("http://www.w3.org/2001/04/xmlenc#aes256-cbc")));
    assert_true(epub_is_encrypted(SM_SPAN("<encryption>"))); /* nobody knows */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_are_closed_as_xml_closes_them),
        cmocka_unit_test(what_is_no_element_goes),
        cmocka_unit_test(broken_xml_loses_nothing_before_it),
        cmocka_unit_test(time_is_linear),
        cmocka_unit_test(the_package_is_found),
        cmocka_unit_test(a_package_gives_chapters_in_order),
        cmocka_unit_test(fixed_pages_are_told),
        cmocka_unit_test(laughs_end),
        cmocka_unit_test(only_fonts_may_be_encrypted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
