/* The HTML tokenizer: what html5lib's cases (tests/conformance/html_tokenizer_test.py) do not see.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include "../fuzz/html_slow.h"
#include "token/html_scan.h"

/* The tokens of a page in a short form: <a k=v>, </a>, "text", {comment}, !doctype. */
static sm_span tokens_of(sm_span page, sm_buffer *out)
{
    sm_html t;
    sm_html_token token;
    sm_html_init(&t, page);
    sm_buffer_clear(out);
    while (sm_html_next(&t, &token)) {
        static const char *const open[] = {"", "\"", "<", "</", "{", "!"};
        static const char *const close[] = {"", "\"", ">", ">", "}", "!"};
        sm_buffer_puts(out, open[token.kind]);
        sm_buffer_put(out, token.text);
        for (size_t i = 0; i < token.n_attributes; i++) {
            sm_span name, value;
            if (!sm_html_attribute_at(&token, i, &name, &value)) continue;
            sm_buffer_putc(out, ' ');
            sm_buffer_put(out, name);
            sm_buffer_putc(out, '=');
            sm_buffer_put(out, value);
        }
        sm_buffer_puts(out, close[token.kind]);
    }
    sm_html_free(&t);
    return sm_buffer_span(out);
}

static void elements_switch_how_text_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *page, *tokens;
    } cases[] = {
        {"<title>a<b>&amp;</title>c", "<title>\"a<b>\"\"&\"</title>\"c\""},
        {"<script>if (a</b>c) '&amp;'</script>d",
         "<script>\"if (a</b>c) '&amp;'\"</script>\"d\""},
        {"<script><!--<script></script>--></script>e",
         "<script>\"<!--<script></script>-->\"</script>\"e\""},
        {"<style></STYLE >x", "<style></style>\"x\""},
        {"<textarea></textareas></textarea>", "<textarea>\"</textareas>\"</textarea>"},
        {"<plaintext></plaintext><b>", "<plaintext>\"</plaintext><b>\""},
        {"<iframe><p></iframe><p>", "<iframe>\"<p>\"</iframe><p>"},
        {"<script/>x</script>y", "<script>\"x\"</script>\"y\""},
    };
    sm_buffer out = sm_buffer_make(1 << 16);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_span(tokens_of(sm_span_of(cases[i].page), &out), cases[i].tokens);
    sm_buffer_free(&out);
}

static void tags_are_read_leniently(void **state)
{
    (void)state;
    static const struct {
        const char *page, *tokens;
    } cases[] = {
        {"<A HREF=x href=y>", "<a href=x>"},
        {"<a title='&lt;&amp\r\n' b>", "<a title=<&\n b=>"},
        {"<a href=?a&lt=b&copy;>", "<a href=?a&lt=b©>"},
        {"<p/class=q/>", "<p class=q/>"},
        {"a<b", "\"a\""}, /* a tag that the page's end cuts is none */
        {"1 < 2 & 3", "\"1 \"\"<\"\" 2 \"\"&\"\" 3\""},
        {"</>a</ b>c", "\"a\"{ b}\"c\""},
        {"<!-->a<!--b--!>c<!-d>", "{}\"a\"{b}\"c\"{-d}"},
        {"<?php echo?>x", "{?php echo?}\"x\""},
        {"<![CDATA[x]]>", "{[CDATA[x]]}"},
    };
    sm_buffer out = sm_buffer_make(1 << 16);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_span(tokens_of(sm_span_of(cases[i].page), &out), cases[i].tokens);
    sm_buffer_free(&out);
}

static void foreign_content_has_cdata(void **state)
{
    (void)state;
    sm_html t;
    sm_html_token token;
    sm_html_init(&t, SM_SPAN("<![CDATA[a]b\r]]>c"));
    t.foreign = true;
    const char *const pieces[] = {"a]b", "\n", "c"};
    for (size_t i = 0; i < 3; i++) {
        assert_true(sm_html_next(&t, &token));
        assert_int_equal(token.kind, SM_HTML_TEXT);
        assert_span(token.text, pieces[i]);
    }
    assert_false(sm_html_next(&t, &token));
    assert_int_equal(token.kind, SM_HTML_EOF);
    sm_html_free(&t);
}

static void attributes_are_bounded(void **state)
{
    (void)state;
    sm_buffer page = sm_buffer_make(1 << 16);
    sm_buffer_puts(&page, "<a");
    for (int i = 0; i < 300; i++)
        sm_buffer_printf(&page, " k%d=%d", i, i);
    sm_buffer_puts(&page, ">");
    sm_html t;
    sm_html_token token;
    sm_span value;
    sm_html_init(&t, sm_buffer_span(&page));
    assert_true(sm_html_next(&t, &token));
    assert_int_equal(token.n_attributes, SM_HTML_ATTRIBUTES);
    assert_int_equal(t.dropped_attributes, 300 - SM_HTML_ATTRIBUTES);
    assert_true(sm_html_attribute_of(&token, "k255", &value));
    assert_span(value, "255");
    assert_false(sm_html_attribute_of(&token, "k256", &value));
    sm_html_free(&t);
    sm_buffer_free(&page);
}

static void references_stand_alone(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool in_attribute;
        size_t length;
        const char *utf8;
    } cases[] = {
        {"&amp;", false, 5, "&"},
        {"&ampx", false, 4, "&"},
        {"&ampx", true, 0, ""},
        {"&notit;", false, 4, "¬"},
        {"&notin;", false, 7, "∉"},
        {"&#x3042;", false, 8, "あ"},
        {"&#12354", false, 7, "あ"},
        {"&#128;", false, 6, "€"},
        {"&#0;", false, 4, "\uFFFD"},
        {"&#xD800;", false, 8, "\uFFFD"},
        {"&#x110000;", false, 10, "\uFFFD"},
        {"&#;", false, 0, ""},
        {"&#x;", false, 0, ""},
        {"& ", false, 0, ""},
        {"&nGt;", false, 5, "≫⃒"},
        {"&#99999999999999999999;", false, 23, "\uFFFD"},
        {"&CounterClockwiseContourIntegral;", false, 33, "∳"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char utf8[8];
        size_t n = 0;
        const size_t length =
            sm_html_reference(sm_span_of(cases[i].text), cases[i].in_attribute, utf8, &n);
        assert_int_equal(length, cases[i].length);
        if (length) assert_span(((sm_span){utf8, n}), cases[i].utf8);
    }
    char utf8[8];
    size_t n = 0;
    assert_int_equal(sm_html_reference((sm_span){"&AMP\0;", 6}, false, utf8, &n), 4);
}

/* Inputs that make careless tokenizers quadratic: 1 MB of each goes through in no time. */
static void time_is_linear(void **state)
{
    (void)state;
    static const char *const pieces[] = {"<",   "</",           "<!--", "<a b='", "&",
                                         "</>", "<![CDATA[",    "\r",   "<a ",    "]]>",
                                         "<p",  "<script><!--", "--",   "&am"};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        sm_buffer page = sm_buffer_make(8 << 20);
        while (page.n < 1 << 20)
            sm_buffer_puts(&page, pieces[i]);
        for (int foreign = 0; foreign < 2; foreign++) {
            sm_html t;
            sm_html_token token;
            size_t n = 0;
            sm_html_init(&t, sm_buffer_span(&page));
            t.foreign = foreign;
            while (sm_html_next(&t, &token))
                n++;
            assert_true(n <= page.n);
            sm_html_free(&t);
        }
        sm_buffer_free(&page);
    }
}

/* The looks of sixteen bytes at a time give what those of one give, at every length and offset. */
static void scans_agree(void **state)
{
    (void)state;
    static const char set[] = "<&\r\n\t >/=\"'a\x01\x0B\x80\xFF";
    char bytes[80];
    uint64_t seed = 7;
    for (int round = 0; round < 4000; round++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            bytes[i] = seed >> 60 == 0 ? set[(seed >> 33) % sizeof set] : 'x';
        }
        for (size_t from = 0; from < 20; from++) {
            const char *p = bytes + from, *end = p + (unsigned)round % 60;
            assert_ptr_equal(sm_html_find(p, end, '<', '&', '\r', '\0'),
                             sm_html_find_slow(p, end, '<', '&', '\r', '\0'));
            assert_ptr_equal(sm_html_find_end(p, end, '/', '>', '='),
                             sm_html_find_end_slow(p, end, '/', '>', '='));
        }
    }
}

/* Pages put together from pieces of markup give the tokens that the standard's states give. */
static void tokens_are_the_standards(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "<",          "</",          ">",           "/>",         "!",           "<!--",
        "-->",        "--!>",        "-",           "<!",         "<?",          "]]>",
        "[CDATA[",    "<![CDATA[",   "&",           "&amp;",      "&lt",         "&#x41",
        "=",          "\"",          "'",           " ",          "\n",          "\r\n",
        "\r",         "a",           "B",           "é",          "米",          "script",
        "<script",    "</script",    "<title>",     "</title>",   "<style>",     "</StyLe",
        "<textarea>", "</textarea>", "<plaintext>", "<p class=x", "<a HREF='y'", "id=",
        "<!DOCTYPE",  " html",       " PUBLIC",     " system ",   "\f",          "<b>"};
    static const char *const last_tags[] = {"", "title", "style", "script", "", ""};
    sm_buffer page = sm_buffer_make(1 << 12), fast = sm_buffer_make(1 << 16),
              oracle = sm_buffer_make(1 << 16);
    uint64_t seed = 3;
    for (int round = 0; round < 30000; round++) {
        const int first = round % (SM_HTML_CDATA + 1);
        sm_buffer_clear(&page);
        sm_buffer_clear(&fast);
        sm_buffer_clear(&oracle);
        for (int i = 0; i < 2 + round % 23; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            const size_t at = (size_t)(seed >> 33) % (sizeof pieces / sizeof *pieces + 1);
            if (at < sizeof pieces / sizeof *pieces)
                sm_buffer_puts(&page, pieces[at]);
            else
                sm_buffer_putc(&page, '\0');
        }
        const bool foreign = first == SM_HTML_CDATA || round % 7 == 0;
        html_fast(sm_buffer_span(&page), (sm_html_state)first, last_tags[first], foreign,
                  &fast);
        html_slow(sm_buffer_span(&page), (sm_html_state)first, last_tags[first], foreign,
                  &oracle);
        if (!sm_span_equal(sm_buffer_span(&fast), sm_buffer_span(&oracle)))
            fail_msg("%.*s: fast %.*s, standard %.*s", (int)page.n, page.p, (int)fast.n, fast.p,
                     (int)oracle.n, oracle.p);
    }
    sm_buffer_free(&page);
    sm_buffer_free(&fast);
    sm_buffer_free(&oracle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_switch_how_text_is_read),
        cmocka_unit_test(tags_are_read_leniently),
        cmocka_unit_test(foreign_content_has_cdata),
        cmocka_unit_test(attributes_are_bounded),
        cmocka_unit_test(references_stand_alone),
        cmocka_unit_test(time_is_linear),
        cmocka_unit_test(scans_agree),
        cmocka_unit_test(tokens_are_the_standards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
