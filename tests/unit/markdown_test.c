/* Blocks as text and as Markdown: structure, ruby, escapes; and pages made to be slow.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/content.h>

#include <time.h>

static const sm_content_options text_base = {0};
static const sm_content_options text_paren = {.ruby = SM_RUBY_PAREN};
static const sm_content_options markdown = {.format = SM_CONTENT_MARKDOWN};
static const sm_content_options markdown_paren = {.format = SM_CONTENT_MARKDOWN,
                                                  .ruby = SM_RUBY_PAREN};
static const sm_content_options markdown_links = {.format = SM_CONTENT_MARKDOWN, .links = true};

static void write_page(sm_span html, const sm_content_options *options, sm_buffer *out)
{
    sm_content *c = sm_content_new();
    sm_content_configure(c, options);
    (void)sm_content_parse(c, html);
    sm_content_set_url(c, SM_SPAN("http://example.jp/a/b.html?q#f"));
    sm_content_select(c, SM_MODE_FULL);
    sm_content_write(c, out);
    sm_content_free(c);
}

static void assert_pages(const sm_content_options *options, const char *const (*cases)[2],
                         size_t n)
{
    sm_buffer out = sm_buffer_make(1 << 20);
    for (size_t i = 0; i < n; i++) {
        sm_buffer_clear(&out);
        write_page(sm_span_of(cases[i][0]), options, &out);
        assert_span(sm_buffer_span(&out), cases[i][1]);
    }
    sm_buffer_free(&out);
}

#define ASSERT_PAGES(options, cases)                                                           \
    assert_pages(&(options), (cases), sizeof(cases) / sizeof *(cases))

static void readings_follow_their_base(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"<ruby>山<rt>やま</rt></ruby>へ", "山（やま）へ"},
        {"<ruby><rb>山</rb><rp>(</rp><rt>やま</rt><rp>)</rp></ruby>へ", "山（やま）へ"},
        {"<ruby>漢<rt>かん<rb>字<rt>じ</ruby>だ", "漢（かん）字（じ）だ"},
        {"<ruby><rb>漢</rb><rb>字</rb><rt>かん</rt><rt>じ</rt></ruby>だ", "漢字（かんじ）だ"},
        {"<ruby>東<rt>とう</rt>京<rt>きょう</rt></ruby>", "東（とう）京（きょう）"},
        {"<ruby><ruby>護<rt>まも</rt></ruby><rt>g</rt></ruby>る", "護（まも）（g）る"},
        {"<a href=x><ruby>虐待<rtc><rt>ぎゃくたい</rt></rtc></ruby></a>", "虐待（ぎゃくたい）"},
        {"<ruby><rb><img alt=喰></rb><rt>く</rt></ruby>う", "喰（く）う"},
        {"<p><ruby>閉<rt>と</p><p>次</p>", "閉（と）\n\n次"},
        {"<p>前<ruby>一<rt>いち</rt></ruby><br><ruby>二<rt> に\n</rt></ruby>",
         "前一（いち）\n二（に）"},
        {"<ruby><rt>だけ</rt></ruby>後", "後"},
        {"<rt>外</rt>", "外"},
        {"<table><tr><td><ruby>甲<rt>こう</ruby><td>乙</table>", "甲（こう）\t乙"},
        {"漢字（かんじ）", "漢字（かんじ）"},
    };
    ASSERT_PAGES(text_paren, cases);
    static const char *const marked[][2] = {
        {"<h2><ruby>題<rt>だい</ruby></h2>", "## 題（だい）"},
        {"<b><ruby>山<rt>やま</ruby></b>へ", "**山（やま）**へ"},
    };
    ASSERT_PAGES(markdown_paren, marked);
}

static void text_keeps_structure(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"<ul><li>一<li>二<ul><li>三<li>四</ul><li>五</ul>後", "一\n二\n  三\n  四\n五\n\n後"},
        {"<ul><li><p>一<p>続き<li>二</ul>", "一\n\n続き\n\n二"},
        {"<table><tr><th>甲<td><td>乙<tr><td>丙<td>丁<br>戊</table>", "甲\t\t乙\n丙\t丁 戊"},
        {"<table><tr><td rowspan=2>a<td>b<tr><td>c</table>", "a\tb\n\tc"},
        {"<table><tr><td colspan=2>a<td>b<tr><td>c<td>d<td>e</table>", "a\t\tb\nc\td\te"},
        {"<table><caption>表</caption><tr><td>a<td>b</table>", "表\n\na\tb"},
        {"<table><tr><td>a<td>b</tr>外<tr><td>c<td>d</table>", "外\n\na\tb\nc\td"},
        {"<table><tr><td><h2>a</h2>b<td>c</table>", "a\n\nb\n\nc"},
        {"<table><tr><td>a<td><table><tr><td>b<td>c</table></table>", "a\n\nb\tc"},
        {"<table><tr><td>a<tr><td>b</table>", "a\n\nb"},
        {"<pre>\n  x = 1\n\ty</pre>", "  x = 1\n\ty"},
        {"<blockquote>引用</blockquote>文", "引用\n\n文"},
    };
    ASSERT_PAGES(text_base, cases);
}

static void markdown_keeps_structure(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"<h1>題</h1><p>文<h3>節<br>名 #</h3>", "# 題\n\n文\n\n### 節 名 \\#"},
        {"<ol start=3><li>三<li>四<ul><li>い<li>ろ</ul><li value=9>九</ol>",
         "3. 三\n4. 四\n   - い\n   - ろ\n9. 九"},
        {"<ul><li>一</ul><ul><li>二</ul>", "- 一\n\n* 二"},
        {"<ul><li>一<ol start=2><li>二</ol></ul>", "- 一\n\n  2. 二"},
        {"<ul><li><p>一<p>続き<li>二</ul>文", "- 一\n\n  続き\n- 二\n\n文"},
        {"<blockquote><p>甲<br>乙<p>丙<ul><li>丁</ul></blockquote>",
         "> 甲  \n> 乙\n>\n> 丙\n>\n> - 丁"},
        {"<p>一<hr><p>二", "一\n\n---\n\n二"},
        {"<dl><dt>語<dd>意味</dl>", "**語**\n\n意味"},
        {"<pre><code class='hljs language-c'>a *b;\n```\n</code></pre>",
         "````c\na *b;\n```\n````"},
        {"<div class=highlight-python><pre>x</pre></div>", "```python\nx\n```"},
        {"<pre>a<div>b</div></pre>", "```\na\nb\n```"},
        {"<table><tr><th>品<th>値|段<tr><td>米<td>1<br>2<tr><td colspan=2>広い</table>",
         "| 品 | 値\\|段 |\n| --- | --- |\n| 米 | 1<br>2 |\n| 広い | |"},
        {"<table><tr><td><h2>題</h2><td>文</table>", "## 題\n\n文"},
        {"<table><tr><td>一<td>行</table>", "一\n\n行"},
    };
    ASSERT_PAGES(markdown, cases);
}

static void markdown_marks_text(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"これは<b>太字</b>で<em>斜体</em>、<code>a|`b</code>です",
         "これは**太字**で*斜体*、``a|`b``です"},
        {"<b> 余白 </b>の外", "**余白** の外"},
        {"<b>「精米」</b>です", "「精米」です"},
        {"<b>「精米」</b> です", "**「精米」** です"},
        {"<b>一<i>二</i>三</b>", "**一二三**"},
        {"<b>一</b><i>二</i>", "**一**二"},
        {"<h2><b>題</b></h2>", "## 題"},
        {"<p>a*b*c</p>", "a\\*b\\*c"},
        {"<p>注* だけ snake_case_name 2 * 3</p>", "注\\* だけ snake_case_name 2 * 3"},
        {"<p>一つの*は、そのまま</p>", "一つの*は、そのまま"},
        {"<p># a<br>1. b<br>- c<br>&gt; d<br>===</p>",
         "\\# a  \n1\\. b  \n\\- c  \n\\> d  \n\\==="},
        {"<p>&lt;b&gt; &amp;lt; AT&amp;T 1 &lt; 2 C:\\a \\* </p>",
         "\\<b> \\&lt; AT&T 1 < 2 C:\\a \\\\*"},
        {"<p>[1]: x", "\\[1]: x"},
        {"<p>2024. の話", "2024\\. の話"},
    };
    ASSERT_PAGES(markdown, cases);
    static const char *const links[][2] = {
        {"<a href='../c d.html'>先</a>へ", "[先](<http://example.jp/c d.html>)へ"},
        {"<a href=//x.jp/>一</a><a href='?y'>二</a>",
         "[一](<http://x.jp/>)[二](<http://example.jp/a/b.html?y>)"},
        {"<b><a href=#n>注</a></b>", "[**注**](<http://example.jp/a/b.html?q#n>)"},
        {"[<a href=mailto:a@b.c>手紙</a>]", "\\[[手紙](<mailto:a@b.c>)\\]"},
    };
    ASSERT_PAGES(markdown_links, links);
}

/* ---- pages made to be slow ------------------------------------------------------------------- */

static double seconds_of(const char *begin, const char *end, size_t n,
                         const sm_content_options *options)
{
    sm_buffer html = sm_buffer_make(256 << 20), out = sm_buffer_make(1 << 30);
    for (size_t i = 0; i < n; i++)
        sm_buffer_puts(&html, begin);
    for (size_t i = 0; i < n && *end; i++)
        sm_buffer_puts(&html, end);
    const clock_t from = clock();
    write_page(sm_buffer_span(&html), options, &out);
    const double seconds = (double)(clock() - from) / CLOCKS_PER_SEC;
    sm_buffer_free(&html);
    sm_buffer_free(&out);
    return seconds;
}

/* Eight times the page may take at most some twenty times as long: what is quadratic takes 64 times. */
static void time_is_linear(void **state)
{
    (void)state;
    static const char *const pages[][2] = {
        {"<ul><li>一", "</ul>"},
        {"<ol><li>一<p>二", ""},
        {"<blockquote>一", "</blockquote>"},
        {"<table><tr><td>一", "</table>"},
        {"<table><tr><td rowspan=9999 colspan=999>一<td>二</table>", ""},
        {"<tr><td>一<td>二", ""},
        {"<b>一<i>二", ""},
        {"<b>一</b><a href=x>二</a>`*_[<&", ""},
        {"<ruby>一<rt>い", ""},
        {"<pre>`<code>", "</pre>"},
        {"<p class=author itemprop=author>一<h1>題</h1>", ""},
        {"<dt>一<dd>二<hr>", ""},
        {"<script type=application/ld+json>{\"author\":[{\"name\":\"一\"", "</script>"},
        {"<meta name=author content=一><time datetime=2019-08-18>", ""},
        {"<div class='a b c d' id=x>", ""},
    };
    const sm_content_options options = {
        .format = SM_CONTENT_MARKDOWN, .ruby = SM_RUBY_PAREN, .links = true};
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        const double small = seconds_of(pages[i][0], pages[i][1], 12500, &options);
        const double large = seconds_of(pages[i][0], pages[i][1], 100000, &options);
        if (large > 20 * small + 0.2)
            print_error("%s: %.3f s, then %.3f s\n", pages[i][0], small, large);
        assert_true(large <= 20 * small + 0.2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readings_follow_their_base),
        cmocka_unit_test(text_keeps_structure),
        cmocka_unit_test(markdown_keeps_structure),
        cmocka_unit_test(markdown_marks_text),
        cmocka_unit_test(time_is_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
