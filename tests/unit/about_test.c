/* What a page says about itself: titles, dates, authors, licences, rights, page facts.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/content.h>

static void dates_are_found(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"2019-08-18", "2019-08-18"},
        {"2019-08-18T09:00:00+0900", "2019-08-18T09:00:00+09:00"},
        {"2019-08-18 9:05", "2019-08-18T09:05:00"},
        {"2019-08-18T09:00:00.123Z", "2019-08-18T09:00:00Z"},
        {"Published 2019/8/18 by x", "2019-08-18"},
        {"2019.8.18", "2019-08-18"},
        {"20190818", "2019-08-18"},
        {"Sun, 18 Aug 2019 09:00:00 GMT", "2019-08-18T09:00:00Z"},
        {"August 18th, 2019", "2019-08-18"},
        {"18. August 2019", "2019-08-18"},
        {"Sept. 1, 2020", "2020-09-01"},
        {"18.08.2019", "2019-08-18"},
        {"08/18/2019", "2019-08-18"},
        {"18/08/2019", "2019-08-18"},
        {"公開日：2019年8月18日（日）10:30 更新日：2020年1月1日", "2019-08-18T10:30:00"},
        {"２０１９年０８月１８日", "2019-08-18"},
        {"2019 年 8 月 18 日", "2019-08-18"},
        {"令和元年八月", ""},
        {"令和元年8月18日", "2019-08-18"},
        {"令和6年1月1日", "2024-01-01"},
        {"平成31年4月30日", "2019-04-30"},
        {"㋿2年2月29日", "2020-02-29"},
        {"昭和64年1月7日", "1989-01-07"},
        {"R1.8.18", "2019-08-18"},
        {"2019年8月", "2019-08"},
        {"2019", "2019"},
        {"2019年8月の話", ""},
        {"2019-02-29", ""},
        {"2019-13-01", ""},
        {"電話 03-1234-5678", ""},
        {"192.168.10.20", ""},
        {"version 1.2.2019.4", ""},
        {"1234-56-7890", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char date[32] = "";
        const bool found = sm_date_find(sm_span_of(cases[i][0]), date);
        if (!found) date[0] = '\0';
        if (strcmp(date, cases[i][1])) print_error("in '%s'\n", cases[i][0]);
        assert_string_equal(date, cases[i][1]);
    }
}

/* Any byte before and behind, any cut: no read beyond the text (ASan), no wrong year. */
static void dates_may_be_cut(void **state)
{
    (void)state;
    static const char text[] =
        "㋿元年8月18日 (Sun, 18 August 2019 09:00:00.5 +09:00) 2019-08-18T09:00";
    for (size_t from = 0; from < sizeof text - 1; from++) {
        for (size_t to = from; to < sizeof text; to++) {
            if (((unsigned char)text[from] & 0xC0) == 0x80 ||
                ((unsigned char)text[to] & 0xC0) == 0x80)
                continue;
            char date[32];
            char *copy = sm_strdup((sm_span){text + from, to - from});
            if (sm_date_find((sm_span){copy, to - from}, date))
                assert_memory_equal(date, "20", 2);
            sm_free(copy);
        }
    }
}

static void assert_about(const char *html, const char *url, sm_about *about, sm_content **c,
                         sm_arena *arena)
{
    *c = sm_content_new();
    (void)sm_content_parse(*c, sm_span_of(html));
    sm_content_set_url(*c, sm_span_of(url));
    sm_content_select(*c, SM_MODE_FULL);
    sm_content_about(*c, arena, about);
}

static void titles_lose_the_site(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"<title>精米の歴史 | 精米通信</title><p>x", "精米の歴史"},
        {"<title>精米通信 - 精米の長い歴史</title><p>x", "精米の長い歴史"},
        {"<title>精米の歴史｜精米通信</title><h1>精米の歴史</h1>", "精米の歴史"},
        {"<title>A - B</title><meta property=og:title content='題 - 副題'><p>x", "題 - 副題"},
        {"<meta property=og:title content='題 | 精米通信'><meta property=og:site_name "
         "content=精米通信><p>x",
         "題"},
        {"<title>精米通信</title><meta property=og:site_name "
         "content=精米通信><h1>精米通信</h1><h1>題</h1>",
         "精米通信"},
        {"<title>x</title><h1>題<br>名</h1>", "題 名"},
        {"<title>第 1 章 - 本</title><h1>第1章</h1><h1>別</h1>", "第1章"},
        {"<h1>　章<a href=#x>¶</a></h1>", "章"},
        {"<p>無題", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_about about;
        sm_content *c;
        sm_arena arena = {0};
        assert_about(cases[i][0], "", &about, &c, &arena);
        assert_span(about.title, cases[i][1]);
        sm_content_free(c);
        sm_arena_free(&arena);
    }
}

static const char article[] =
    "<html lang=ja_JP><head><base href=/base/><link rel=canonical href='../c.html'>"
    "<meta name=robots content='noindex, NOAI'><meta name=tdm-reservation content=1>"
    "<meta property=og:type content=article><meta name=generator content='WordPress 6'>"
    "<script type='application/ld+json'><!--\n"
    "{\"@context\": \"https://schema.org\", \"@graph\": [\n"
    " {\"@type\": \"WebSite\", \"name\": \"精米&amp;通信\"},\n"
    " {\"@type\": [\"NewsArticle\"], \"headline\": \"\\u7cbe\\u7c73\\ud83c\\udf3e\", "
    "\"datePublished\": \"2019-08-18\",\n"
    "  \"author\": [{\"@type\": \"Person\", \"name\": \"山田 太郎\"}, {\"name\": \"鈴木\"}],\n"
    "  \"comment\": [{\"@type\": \"Comment\", \"author\": {\"name\": \"通行人\"}}],\n"
    "  \"license\": \"https://example.org/l\", \"description\": \"行\nの\t途中\", }\n"
    "</script></head><body><p>本文<div class=author>別人</div>"
    "<a rel=license href='//creativecommons.org/licenses/by-sa/4.0/'>CC</a>";

static void everything_is_gathered(void **state)
{
    (void)state;
    sm_about about;
    sm_content *c;
    sm_arena arena = {0};
    assert_about(article, "https://example.jp/x/y.html", &about, &c, &arena);
    assert_span(about.url, "https://example.jp/c.html");
    assert_span(about.title, "精米🌾");
    assert_span(about.site, "精米&通信");
    assert_span(about.lang, "ja-JP");
    assert_span(about.date, "2019-08-18");
    assert_span(about.author, "山田 太郎; 鈴木");
    assert_span(about.description, "行 の 途中");
    assert_span(about.license, "https://creativecommons.org/licenses/by-sa/4.0/");
    assert_int_equal(about.rights, SM_RIGHT_NOINDEX | SM_RIGHT_NOAI | SM_RIGHT_TDM_RESERVED);
    const sm_page *page = sm_content_parse(c, sm_span_of(article));
    assert_int_equal(page->facts,
                     SM_PAGE_OG_ARTICLE | SM_PAGE_LD_ARTICLE | SM_PAGE_BLOG_SOFTWARE);
    page = sm_content_parse(c, SM_SPAN("<p>x"));
    assert_int_equal(page->facts, 0);
    sm_content_free(c);
    sm_arena_free(&arena);
}

static void text_says_who_and_when(void **state)
{
    (void)state;
    static const char *const cases[][4] = {
        /* page, url, author, date */
        {"<h1>題</h1><p class=byline>文：山田 太郎</p><p>2019年8月18日 公開</p><p>文", "",
         "山田 太郎", "2019-08-18"},
        {"<p class=entry-date>2020.1.2</p><p>文 2019年8月18日", "", "", "2020-01-02"},
        {"<time datetime=2019-08-18T09:00>昨日</time>", "", "", "2019-08-18T09:00:00"},
        {"<span itemprop=datePublished>2019/8/18</span><time datetime=2020-01-01>", "", "",
         "2019-08-18"},
        {"<a rel=author>山田</a><p class=author>別人", "", "山田", ""},
        {"<form><label class=author>名前</label></form><p>文", "", "", ""},
        {"<div class=comments><b class=author>通行人</b></div><p>文", "", "", ""},
        {"<p class=author>By</p><p class=author>by Jane Doe</p>", "", "Jane Doe", ""},
        {"<p>文", "http://example.jp/2019/08/18/x.html", "", "2019-08-18"},
        {"<p>文", "http://example.jp/news/20190818/x.html", "", "2019-08-18"},
        {"<p>文", "http://example.jp/1234567890/x", "", ""},
        {"<meta name=author content='http://x.jp/'><meta name=author content=山田><p>x", "",
         "山田", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_about about;
        sm_content *c;
        sm_arena arena = {0};
        assert_about(cases[i][0], cases[i][1], &about, &c, &arena);
        assert_span(about.author, cases[i][2]);
        assert_span(about.date, cases[i][3]);
        sm_content_free(c);
        sm_arena_free(&arena);
    }
}

static void rights_are_read(void **state)
{
    (void)state;
    assert_int_equal(sm_rights_of_robots(SM_SPAN("noindex,noimageai")),
                     SM_RIGHT_NOINDEX | SM_RIGHT_NOIMAGEAI);
    assert_int_equal(sm_rights_of_robots(SM_SPAN("googlebot: NoArchive , noai")),
                     SM_RIGHT_NOARCHIVE | SM_RIGHT_NOAI);
    assert_int_equal(sm_rights_of_robots(SM_SPAN("none")), SM_RIGHT_NOINDEX);
    assert_int_equal(sm_rights_of_robots(SM_SPAN("index, noai-not")), 0);
    assert_int_equal(sm_rights_of_robots((sm_span){0}), 0);
    assert_string_equal(sm_right_name(2), "noai");
}

/* JSON-LD cut anywhere, and deep beyond any use. */
static void broken_json_is_harmless(void **state)
{
    (void)state;
    const char *json = strstr(article, "<script");
    const size_t length = (size_t)(strstr(json, "</script") - json);
    sm_content *c = sm_content_new();
    for (size_t cut = 0; cut < length; cut++) {
        char *html = sm_strdup((sm_span){json, cut});
        (void)sm_content_parse(c, (sm_span){html, cut});
        sm_free(html);
    }
    sm_buffer deep = sm_buffer_make(4 << 20);
    sm_buffer_puts(&deep, "<script type=application/ld+json>");
    for (int i = 0; i < 100000; i++)
        sm_buffer_puts(&deep, i % 2 ? "{\"author\":" : "[");
    (void)sm_content_parse(c, sm_buffer_span(&deep));
    sm_buffer_free(&deep);
    sm_content_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_found),         cmocka_unit_test(dates_may_be_cut),
        cmocka_unit_test(titles_lose_the_site),    cmocka_unit_test(everything_is_gathered),
        cmocka_unit_test(text_says_who_and_when),  cmocka_unit_test(rights_are_read),
        cmocka_unit_test(broken_json_is_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
