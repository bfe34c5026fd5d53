/* Pages as blocks: structure, Japanese line joining, ruby, what is furniture.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/content.h>

static void assert_text(const char *html, sm_content_mode mode, const char *want)
{
    sm_content *c = sm_content_new();
    sm_buffer out = sm_buffer_make(1 << 20);
    (void)sm_content_parse(c, sm_span_of(html));
    sm_content_select(c, mode);
    sm_content_write(c, &out);
    assert_span(sm_buffer_span(&out), want);
    sm_buffer_free(&out);
    sm_content_free(c);
}

static void assert_texts(const char *const (*cases)[2], size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_text(cases[i][0], SM_MODE_FULL, cases[i][1]);
}

#define ASSERT_TEXTS(cases) assert_texts((cases), sizeof(cases) / sizeof *(cases))

static void lines_join_as_css_says(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"<p>精米は\n  楽しい</p>", "精米は楽しい"},
        {"<p>精米 は</p>", "精米 は"},
        {"<p>rice\nmill</p>", "rice mill"},
        {"<p>精米\nmill</p>", "精米 mill"},
        {"<p>쌀\n밥</p>", "쌀 밥"},
        {"<p>「終わり。」\n（続く）</p>", "「終わり。」（続く）"},
        {"<p>精米<b>\n</b>機</p>", "精米機"},
        {"<p>a<br>\n　b<br/>c</p>", "a\nb\nc"},
        {"<p>一<br><br>二</p>", "一\n\n二"},
        {"<p>　字下げ</p><p>　 次</p>", "字下げ\n\n次"},
        {"<p>a&nbsp;b\xE2\x80\x8B"
         "c&shy;d</p>",
         "a bcd"},
        {"<pre>\n  x\n\ty </pre>", "  x\n\ty"},
        {"<p>葛\U000E0100城\n辻\U000E0101", "葛\U000E0100城辻\U000E0101"},
        {"<p>あ&#x200B;い&#xFEFF;う&#x2060;え", "あいうえ"},
        {"<p>100\n円、「x」\nと", "100 円、「x」と"},
        {"<p>한국\n日本", "한국 日本"},
        {"<p>末\t \n<i>\n</i>尾", "末尾"},
        {"<p>a</br>b", "a\nb"},
    };
    ASSERT_TEXTS(cases);
}

static void ruby_keeps_its_base(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"<ruby>山<rt>やま</rt></ruby>へ", "山へ"},
        {"<ruby><rb>山</rb><rp>(</rp><rt>やま</rt><rp>)</rp></ruby>へ", "山へ"},
        {"<ruby>漢<rt>かん<rb>字<rt>じ</ruby>だ", "漢字だ"},
        {"<ruby>東<rt>とう</rt>京<rt>きょう</rt></ruby>", "東京"},
        {"<ruby><ruby>護<rt>まも</rt></ruby><rt>g</rt></ruby>る", "護る"},
        {"<a href=x><ruby>虐待<rtc><rt>ぎゃくたい</rt></rtc></ruby></a>", "虐待"},
        {"<ruby><rb><img alt=喰></rb><rt>く</rt></ruby>う", "喰う"},
        {"<p><ruby>閉<rt>と</p><p>次</p>", "閉\n\n次"},
        {"漢字（かんじ）", "漢字（かんじ）"},
        {"<rt>外</rt>", "外"},
    };
    ASSERT_TEXTS(cases);
}

static void structure_becomes_lines(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"<ul><li>一<li>二<ul><li>三</ul></ul>後", "一\n二\n  三\n\n後"},
        {"<dl><dt>語<dd>意味<dt>句</dl>", "語\n意味\n句"},
        {"<table><tr><th>甲<td>乙<tr><td>丙</td><td>丁</table>", "甲\t乙\n丙\t丁"},
        {"<table><tr><td><p>a</p><p>b</p><td>c</table>", "a b\tc"},
        {"<h1>題</h1>文<h2>節</h2>文", "題\n\n文\n\n節\n\n文"},
        {"<p>一<p>二<div>三</div>四", "一\n\n二\n\n三\n\n四"},
        {"<div>a<script>b</script><style>c</style><!--d-->e</div>", "ae"},
        {"<title>題名</title><body>a<svg><title>x</title></svg>b", "ab"},
        {"<textarea>a</textarea><select><option>b</select>c", "c"},
        {"<svg><p>外へ</svg>", "外へ"},
        {"<x-card>a</x-card><x-card>b</x-card>", "a\n\nb"},
        {"<td></div>a</td>", "a"},
        {"<p hidden>a</p><p style='color:red; display : none'>b</p><p aria-hidden=true>c</p>d",
         "d"},
        {"<p hidden>隠れた文だけ</p>", "隠れた文だけ"},
        /* Sixty of prose are hidden, forty shown; and sixty hidden where none is shown. */
        {"<div hidden>隠れた文は長くても、見えるものがほかにあれば、本文ではありません。</div>"
         "見える文は、それより少し短くてもよいのです。",
         "見える文は、それより少し短くてもよいのです。"},
        {"<div "
         "hidden>隠れた文は長くても、見えるものがほかにあれば、本文ではありません。</div>印",
         "隠れた文は長くても、見えるものがほかにあれば、本文ではありません。\n\n印"},
        {"<noscript>a</noscript>b", "b"},
        {"<p>一<span style=display:none>二</span>三", "一三"},
        {"", ""},
    };
    ASSERT_TEXTS(cases);
}

static void head_is_known(void **state)
{
    (void)state;
    sm_content *c = sm_content_new();
    const sm_page *page = sm_content_parse(
        c, SM_SPAN("<html lang=ja><head><title> 題\n 名 &amp; </title></head><p>a"));
    assert_span(page->title, "題 名 &");
    assert_span(page->lang, "ja");
    page = sm_content_parse(c, SM_SPAN("<p>b"));
    assert_int_equal(page->title.n, 0);
    assert_int_equal(page->lang.n, 0);
    assert_int_equal(page->n_blocks, 1);
    sm_content_free(c);
}

static void blocks_are_measured(void **state)
{
    (void)state;
    sm_content *c = sm_content_new();
    const sm_page *page = sm_content_parse(
        c,
        SM_SPAN("<div class=x><p>米 <a href=y>機械</a>ab、<b>c</b>。<code>d</code></p></div>"));
    const sm_block *b = page->blocks;
    assert_int_equal(page->n_blocks, 1);
    assert_int_equal(b->width, 2 + 4 + 2 + 2 + 1 + 2 + 1);
    assert_int_equal(b->link_width, 4);
    assert_int_equal(b->links, 1);
    assert_int_equal(b->bold_width, 1);
    assert_int_equal(b->code_width, 1);
    assert_int_equal(b->commas, 1);
    assert_int_equal(b->full_stops, 1);
    assert_int_equal(b->words, 7);
    const sm_element *owner = &page->elements[b->owner];
    assert_span(page->elements[owner->parent].css_class, "x");
    assert_int_equal(page->elements[0].width, b->width);
    sm_content_free(c);
}

static const char article[] =
    "<title>t</title><div id=header><a href=/>ホーム</a></div>"
    "<ul class=gnav><li><a href=1>製品</a><li><a href=2>会社</a></ul>"
    "<div class=entry><h1>精米の仕組み</h1>"
    "<p>精米とは、玄米の外側を覆っている糠の層を削り取る作業であり、味と保存性を左右する。</p>"
    "<p>機械の内側では、米粒どうしが擦れ合い、その摩擦によって糠が少しずつ剥がれていく。</p>"
    "<p>関連記事</p></div>"
    "<div "
    "class=sidebar><p>人気の記事はこちらです。毎日、多くの方に読まれている記事を集めました。</"
    "p></div>"
    "<div id=footer>Copyright 2026 精米社</div>";

static void content_is_found(void **state)
{
    (void)state;
    assert_text(
        article, SM_MODE_MAIN,
        "精米の仕組み\n\n"
        "精米とは、玄米の外側を覆っている糠の層を削り取る作業であり、味と保存性を左右する。\n\n"
        "機械の内側では、米粒どうしが擦れ合い、その摩擦によって糠が少しずつ剥がれていく。");
}

/* A trait of an element that most of the prose stands in is no reason to drop it. */
static void wrappers_are_forgiven(void **state)
{
    (void)state;
    sm_buffer page = sm_buffer_make(1 << 16), out = sm_buffer_make(1 << 16);
    sm_buffer_puts(&page, "<form class='sidebar-left nav'>");
    sm_buffer_puts(&page, article);
    sm_content *c = sm_content_new();
    (void)sm_content_parse(c, sm_buffer_span(&page));
    sm_content_select(c, SM_MODE_MAIN);
    sm_content_write(c, &out);
    sm_buffer_putc(&out, '\0');
    assert_contains(out.p, "精米とは");
    sm_content_free(c);
    sm_buffer_free(&page);
    sm_buffer_free(&out);
}

static void text_is_never_lost(void **state)
{
    (void)state;
    assert_text("<ul><li><a href=1>製品</a><li><a href=2>会社</a></ul>", SM_MODE_MAIN,
                "製品\n会社");
    assert_text("<div class=nav hidden>隠れた</div>", SM_MODE_MAIN, "隠れた");
}

static void depth_is_bounded(void **state)
{
    (void)state;
    sm_buffer page = sm_buffer_make(8 << 20);
    for (int i = 0; i < 100000; i++)
        sm_buffer_puts(&page, "<div><b>");
    sm_buffer_puts(&page, "底");
    for (int i = 0; i < 100000; i++)
        sm_buffer_puts(&page, "</i></div>");
    sm_content *c = sm_content_new();
    const sm_page *parsed = sm_content_parse(c, sm_buffer_span(&page));
    assert_int_equal(parsed->n_blocks, 1);
    assert_span(parsed->blocks[0].text, "底");
    assert_true(parsed->too_deep > 0);
    assert_true(parsed->n_elements <= SM_CONTENT_DEPTH);
    sm_content_free(c);
    sm_buffer_free(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_join_as_css_says),  cmocka_unit_test(ruby_keeps_its_base),
        cmocka_unit_test(structure_becomes_lines), cmocka_unit_test(head_is_known),
        cmocka_unit_test(blocks_are_measured),     cmocka_unit_test(content_is_found),
        cmocka_unit_test(wrappers_are_forgiven),   cmocka_unit_test(text_is_never_lost),
        cmocka_unit_test(depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
