/* Hosts: URLs taken apart, lists of every kind, UT1's folders, what is refused, and a million entries.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/file.h>
#include <seimai/hosts.h>
#include <seimai/random.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *url, *host, *rest;
        int port;
    } cases[] = {
        {"https://www.Example.COM/a/b?q=1#f", "www.example.com", "/a/b?q=1#f", -1},
        {"http://example.com", "example.com", "", -1},
        {"example.com", "example.com", "", -1},
        {"//example.com/x", "example.com", "/x", -1},
        {"  HTTP://example.com./ \n", "example.com", "/", -1},
        {"http://user:pass@example.com:8080/x", "example.com", "/x", 8080},
        {"http://a@b@example.com/", "example.com", "/", -1},
        {"http://example.com@evil.example/", "evil.example", "/", -1},
        {"http:\\\\example.com\\x", "example.com", "\\x", -1},
        {"http://example.com:/x", "example.com", "/x", -1},
        {"example.com:8080", "example.com", "", 8080},
        {"http://%65xample.com/", "example.com", "/", -1},
        {"http://日本語.jp/", "xn--wgv71a119e.jp", "/", -1},
        {"http://日本語。ＪＰ/", "xn--wgv71a119e.jp", "/", -1},
        {"http://xn--wgv71a119e.jp", "xn--wgv71a119e.jp", "", -1},
        {"http://%E6%97%A5%E6%9C%AC%E8%AA%9E.jp/", "xn--wgv71a119e.jp", "/", -1},
        {"http://a_b.example.com/", "a_b.example.com", "/", -1},
        {"http://192.0.2.7/", "192.0.2.7", "/", -1},
        {"http://3221225991/", "192.0.2.7", "/", -1},
        {"http://0xC0.0.0x2.07/", "192.0.2.7", "/", -1},
        {"http://[2001:DB8::1]:443/x", "[2001:db8:0:0:0:0:0:1]", "/x", 443},
        {"http://[::ffff:192.0.2.7]/", "[0:0:0:0:0:ffff:c000:207]", "/", -1},
        {"http://[::]/", "[0:0:0:0:0:0:0:0]", "/", -1},
        {"http://localhost?x", "localhost", "?x", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sm_url url;
        if (!sm_url_parse(sm_span_of(cases[i].url), &url)) fail_msg("%s", cases[i].url);
        assert_string_equal(url.host, cases[i].host);
        assert_int_equal(url.n_host, strlen(cases[i].host));
        assert_int_equal(url.port, cases[i].port);
        assert_true(sm_span_equal(url.rest, sm_span_of(cases[i].rest)));
    }
}

static void test_no_url(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "   ",
        "http://",
        "http:///",
        "mailto:a@example.com",
        "a..b",
        ".example.com",
        "http://a b.com/",
        "http://exa<mple/",
        "http://1.2.3.256/",
        "http://1.2.3.4.5/",
        "http://[::1",
        "http://[1:2]/",
        "http://[1::2::3]/",
        "http://foo.0x/",
        "http://[::1.2.3.4:1]/",
        "http://a\u200Db.jp/",
        "http://e.com:99999/",
        "http://%zz.com/",
        "http://%ff.com/",
        "http://[1:2:3:4:5:6:7:8:9]/",
        "javascript:void(0)",
        "../index.html/?",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sm_url url;
        if (sm_url_parse(sm_span_of(cases[i]), &url)) fail_msg("%s: %s", cases[i], url.host);
    }
    char label[80] = "http://";
    sm_url url;
    memset(label + 7, 'a', 64);
    assert_false(sm_url_parse(sm_span_of(label), &url));
    label[70] = '\0';
    assert_true(sm_url_parse(sm_span_of(label), &url));
}

static bool on(const sm_hosts *hosts, const char *url)
{
    return sm_hosts_has(hosts, sm_span_of(url));
}

static void test_kinds(void **state)
{
    (void)state;
    static const char *const entries[] = {"example.com",
                                          ".5ch.net",
                                          "xyz",
                                          "192.0.2.7",
                                          "日本語.jp",
                                          "[2001:db8::1]",
                                          "big.example/~user/",
                                          "http://WWW.shop.example/a?id=3"};
    sm_hosts *const hosts = sm_hosts_new();
    assert_false(on(hosts, "http://example.com/"));
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        assert_true(sm_hosts_put(hosts, sm_span_of(entries[i])));
    assert_int_equal(sm_hosts_size(hosts), 8);
    assert_true(sm_hosts_put(hosts, SM_SPAN("EXAMPLE.com.")));
    assert_int_equal(sm_hosts_size(hosts), 8);
    static const char *const listed[] = {"http://example.com/",
                                         "https://www.example.com:443/x",
                                         "example.com",
                                         "http://rio2016.5ch.net/test/",
                                         "http://a.b.xyz/",
                                         "http://xyz/",
                                         "http://192.0.2.7/x",
                                         "http://xn--wgv71a119e.jp/",
                                         "http://sub.日本語.jp",
                                         "http://[2001:db8:0::1]/",
                                         "http://big.example/~user",
                                         "http://www.big.example/~user/index.html",
                                         "https://big.example/~user?x",
                                         "http://shop.example/a?id=3#top"};
    static const char *const free[] = {"http://5ch.net/",
                                       "http://notexample.com/",
                                       "http://example.com.evil.test/",
                                       "http://example.co/",
                                       "http://axyz/",
                                       "http://192.0.2.70/",
                                       "http://1.192.0.2.7.test/",
                                       "http://big.example/",
                                       "http://big.example/~users",
                                       "http://a.big.example/~user",
                                       "http://shop.example/a?id=33",
                                       "http://shop.example/a",
                                       "not a url",
                                       "",
                                       "http://[2001:db8::2]/"};
    for (size_t i = 0; i < sizeof listed / sizeof listed[0]; i++)
        if (!on(hosts, listed[i])) fail_msg("%s should be on the list", listed[i]);
    for (size_t i = 0; i < sizeof free / sizeof free[0]; i++)
        if (on(hosts, free[i])) fail_msg("%s should not be on the list", free[i]);
    assert_false(sm_hosts_put(hosts, SM_SPAN("")));
    assert_false(sm_hosts_put(hosts, SM_SPAN(".192.0.2.7")));
    assert_false(sm_hosts_put(hosts, SM_SPAN(".big.example/x")));
    sm_hosts_free(hosts);
}

/* ---- files ------------------------------------------------------------------------------------ */

static char folder[256];

static int make_folder(void **state)
{
    (void)state;
    const char *const build = getenv("SEIMAI_BUILD");
    (void)snprintf(folder, sizeof folder, "%s/scratch", build ? build : ".");
    assert_ok(sm_directory_make(folder, NULL), NULL);
    (void)snprintf(folder, sizeof folder, "%s/scratch/hosts-XXXXXX", build ? build : ".");
    return mkdtemp(folder) ? 0 : -1;
}

static const char *path_of(sm_arena *arena, const char *name)
{
    return sm_arena_printf(arena, "%s/%s", folder, name);
}

static void put_file(const char *path, const char *text)
{
    FILE *const file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void test_files(void **state)
{
    (void)state;
    sm_arena arena = {0};
    sm_error err = {0};
    sm_hosts *hosts = NULL;
    const char *const path = path_of(&arena, "hosts.txt");
    put_file(path, "\xEF\xBB\xBF# ours\r\n\r\nexample.com   # why\r\n\t.5ch.net\nlast.example");
    assert_int_equal(sm_hosts_load(&hosts, path, &err), SM_OK);
    assert_int_equal(sm_hosts_size(hosts), 3);
    assert_true(on(hosts, "http://last.example/"));
    sm_hosts_free(hosts);
    put_file(path, "example.com\ntwo words\n");
    assert_int_equal(sm_hosts_load(&hosts, path, &err), SM_EUSAGE);
    assert_non_null(strstr(err.text, "hosts.txt:2: \"two\" is neither a host nor a URL"));
    assert_null(hosts);
    sm_error_clear(&err);
    assert_int_equal(sm_hosts_load(&hosts, path_of(&arena, "missing"), &err), SM_ENOENT);
    sm_arena_free(&arena);
}

static void test_ut1(void **state)
{
    (void)state;
    sm_arena arena = {0};
    sm_error err = {0};
    sm_hosts *hosts = NULL;
    const char *const top = path_of(&arena, "ut1");
    assert_int_equal(mkdir(top, 0755), 0);
    assert_int_equal(sm_hosts_load(&hosts, top, &err), SM_EUSAGE);
    sm_error_clear(&err);
    assert_int_equal(mkdir(path_of(&arena, "ut1/games"), 0755), 0);
    assert_int_equal(mkdir(path_of(&arena, "ut1/chat"), 0755), 0);
    put_file(path_of(&arena, "ut1/games/domains"), "game.example\n10.0.0.1\n");
    put_file(path_of(&arena, "ut1/games/urls"), "home.example/~me\n");
    put_file(path_of(&arena, "ut1/games/expressions"), "(^|[-.?+=/_0-9])(game)\n");
    put_file(path_of(&arena, "ut1/chat/domains"), "chat.example\n");
    assert_int_equal(sm_hosts_load(&hosts, path_of(&arena, "ut1/games"), &err), SM_OK);
    assert_int_equal(sm_hosts_size(hosts), 3);
    assert_true(on(hosts, "http://www.home.example/~me/x") &&
                !on(hosts, "http://chat.example/"));
    assert_int_equal(sm_hosts_add(hosts, top, &err), SM_OK);
    assert_int_equal(sm_hosts_size(hosts), 4);
    sm_hosts_free(hosts);
    sm_arena_free(&arena);
}

/* Whatever comes in: no crash, and a host has the form that it promises. */
static void test_garbage(void **state)
{
    (void)state;
    enum { TIMES = 200000 };
    static const char pieces[] = "aA0.:/\\@[]%?#-_ xé日。\xFF\xE3~1";
    for (uint64_t i = 0; i < TIMES; i++) {
        char text[24] = "http://";
        size_t n = i % 3 ? 7 : 0;
        while (n < sizeof text && sm_random_below(2, i, n, 12) > 0) {
            text[n] = pieces[sm_random_below(3, i, n, sizeof pieces)];
            n++;
        }
        sm_url url;
        if (!sm_url_parse((sm_span){text, n}, &url)) continue;
        assert_true(url.n_host > 0 && url.n_host <= SM_HOST_MAX);
        assert_int_equal(strlen(url.host), url.n_host);
        assert_true(url.port >= -1 && url.port <= 65535);
        for (size_t k = 0; k < url.n_host; k++)
            assert_true((unsigned char)url.host[k] < 0x80 &&
                        !(url.host[k] >= 'A' && url.host[k] <= 'Z'));
    }
}

/* The table grows, finds all it holds, and nothing else. */
static void test_many(void **state)
{
    (void)state;
    enum { N = 300000 };
    char host[40];
    sm_hosts *const hosts = sm_hosts_new();
    for (int i = 0; i < N; i++) {
        const int n = snprintf(host, sizeof host, "h%d.example%d.com", i, i % 7);
        assert_true(sm_hosts_put(hosts, (sm_span){host, (size_t)n}));
    }
    assert_int_equal(sm_hosts_size(hosts), N);
    for (int i = 0; i < 2 * N; i++) {
        const int n = snprintf(host, sizeof host, "http://h%d.example%d.com/x", i, i % 7);
        assert_int_equal(sm_hosts_has(hosts, (sm_span){host, (size_t)n}), i < N);
    }
    sm_hosts_free(hosts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),   cmocka_unit_test(test_no_url),
        cmocka_unit_test(test_kinds),   cmocka_unit_test(test_files),
        cmocka_unit_test(test_ut1),     cmocka_unit_test(test_many),
        cmocka_unit_test(test_garbage),
    };
    return cmocka_run_group_tests(tests, make_folder, NULL);
}
