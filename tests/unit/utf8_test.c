/* UTF-8: every path against the C library's decoder, repair, counting, code points.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <iconv.h>

#include <seimai/random.h>
#include <seimai/utf8.h>

enum { LONGEST = 300 };

/* The longest valid prefix as iconv sees it: an implementation that shares nothing with ours. */
static size_t prefix_by_iconv(sm_span s)
{
    static iconv_t to_utf16;
    char out[4 * LONGEST + 16];
    char *copy = sm_strdup(s);
    char *in = copy;
    char *at = out;
    size_t in_left = s.n;
    size_t out_left = sizeof out;
    if (!to_utf16) to_utf16 = iconv_open("UTF-16LE", "UTF-8");
    (void)iconv(to_utf16, NULL, NULL, NULL, NULL);
    (void)iconv(to_utf16, &in, &in_left, &at, &out_left);
    sm_free(copy);
    return s.n - in_left;
}

/* Checks one text by every path, in memory that ends with it, so that a read past the end is seen. */
static void check_all(const char *p, size_t n)
{
    char *exact = sm_malloc(n);
    if (n > 0) memcpy(exact, p, n);
    const sm_span s = {exact, n};
    const size_t want = prefix_by_iconv(s);
    assert_int_equal(sm_utf8_check(s), want);
    for (size_t i = 0; sm_utf8_path(i); i++) {
        if (sm_utf8_check_by(i, s) == want) continue;
        print_error("%s: %zu bytes: got %zu, want %zu\n", sm_utf8_path(i), n,
                    sm_utf8_check_by(i, s), want);
        fail();
    }
    sm_free(exact);
}

typedef struct sequence {
    uint64_t seed, at;
} sequence;

static uint32_t random_below(sequence *r, size_t n)
{
    return (uint32_t)sm_random_below(r->seed, r->at++, 0, n);
}

/* Characters of all lengths, the ends of every range among them. */
static size_t put_random(sequence *r, char *out)
{
    static const uint32_t tops[] = {0x80, 0x80, 0x800, 0x3100, 0x10000, 0x110000};
    static const uint32_t edges[] = {0,      0x7F,   0x80,    0x7FF,   0x800,   0xD7FF,
                                     0xE000, 0xFFFF, 0x10000, 0x3FFFF, 0x40000, 0x10FFFF};
    if (random_below(r, 4) == 0) return sm_utf8_put(edges[random_below(r, 12)], out);
    return sm_utf8_put(random_below(r, tops[random_below(r, 6)]), out);
}

static size_t fill_random(sequence *r, char *text, size_t room)
{
    size_t n = 0;
    while (n + 4 <= room)
        n += put_random(r, text + n);
    return n;
}

static void test_has_paths(void **state)
{
    (void)state;
    assert_string_equal(sm_utf8_path(0), "portable");
    size_t n = 0;
    while (sm_utf8_path(n))
        print_message("path: %s\n", sm_utf8_path(n++));
    assert_null(sm_utf8_path(n + 1));
}

static void test_random_texts(void **state)
{
    (void)state;
    char text[LONGEST];
    sequence r = {1, 0};
    for (int round = 0; round < 20000; round++) {
        size_t n = fill_random(&r, text, random_below(&r, LONGEST));
        if (n > 0 && round % 2) n -= random_below(&r, n < 5 ? n : 5); /* truncated */
        for (uint32_t faults = random_below(&r, 3); n > 0 && faults > 0; faults--)
            text[random_below(&r, n)] = (char)random_below(&r, 256);
        check_all(text, n);
    }
}

/* Bytes drawn from the ones that begin or end a range: nearly all sequences of them are wrong. */
static void test_random_edges(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0,
                                    0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF,
                                    0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF7, 0xF8, 0xFF};
    char text[LONGEST];
    sequence r = {2, 0};
    for (int round = 0; round < 50000; round++) {
        const size_t before = random_below(&r, 140);
        memset(text, 'a', sizeof text);
        for (size_t i = 0; i < 5; i++)
            text[before + i] = (char)bytes[random_below(&r, sizeof bytes)];
        check_all(text, before + random_below(&r, 80));
    }
}

/* Every sequence of lead, second, third and fourth byte, at a place that crosses a block's end. */
static void test_all_pairs(void **state)
{
    (void)state;
    static const uint8_t third[] = {0x20, 0x80, 0xBF, 0xC2};
    char text[80];
    for (unsigned pair = 0x8000; pair < 0x10000; pair++) {
        const size_t at = 58 + pair % 9;
        memset(text, '.', sizeof text);
        text[at] = (char)(pair >> 8);
        text[at + 1] = (char)pair;
        text[at + 2] = (char)third[pair % 4];
        text[at + 3] = (char)third[pair / 4 % 4];
        check_all(text, sizeof text);
    }
}

static void test_fault_at_every_place(void **state)
{
    (void)state;
    char text[LONGEST];
    for (size_t n = 1; n < LONGEST; n += 7)
        for (size_t at = 0; at < n; at++) {
            memset(text, 'a', n);
            text[at] = (char)(at % 2 ? 0x80 : 0xE3);
            check_all(text, n);
        }
}

static void test_cut_everywhere(void **state)
{
    (void)state;
    char text[LONGEST];
    for (size_t i = 0; i + 3 <= LONGEST; i += 3)
        memcpy(text + i, "\xE3\x81\x82", 3);
    for (size_t from = 0; from < 4; from++)
        for (size_t to = from; to < LONGEST; to++)
            check_all(text + from, to - from);
}

static void test_code_points_round_trip(void **state)
{
    (void)state;
    char out[4];
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
        const size_t n = sm_utf8_put(c, out);
        const char *p = out;
        assert_int_equal(sm_utf8_check((sm_span){out, n}), n);
        assert_int_equal(sm_utf8_next(&p, out + n), surrogate ? 0xFFFD : c);
        assert_ptr_equal(p, out + n);
    }
    assert_int_equal(sm_utf8_put(0x110000, out), 3);
    assert_memory_equal(out, "\xEF\xBF\xBD", 3);
}

static void test_count(void **state)
{
    (void)state;
    char text[LONGEST];
    sequence r = {3, 0};
    for (int round = 0; round < 2000; round++) {
        size_t n = 0;
        size_t want = 0;
        for (size_t room = random_below(&r, LONGEST - 4); n < room; want++)
            n += put_random(&r, text + n);
        assert_int_equal(sm_utf8_count((sm_span){text, n}), want);
    }
}

/* Wanted outputs: the examples of the standard (section 3.9, "Constraints on conversion processes"). */
static void test_repair(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
        uint64_t bad;
    } cases[] = {
        {"", "", 0},
        {"精米", "精米", 0},
        {"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", "????????A", 8},
        {"\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41", "????????A", 8},
        {"\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", "?????A??B", 7},
        {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", "????A", 4},
        {"あ\xE3\x81", "あ?", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_buffer got = sm_buffer_make(1000);
        sm_buffer want = sm_buffer_make(1000);
        uint64_t bad = 99;
        for (const char *p = cases[i].out; *p; p++)
            *p == '?' ? sm_buffer_puts(&want, "\xEF\xBF\xBD") : sm_buffer_putc(&want, *p);
        sm_buffer_putc(&want, '\0');
        sm_utf8_repair(sm_span_of(cases[i].in), &got, &bad);
        assert_span(sm_buffer_span(&got), want.p);
        assert_int_equal(bad, cases[i].bad);
        sm_buffer_free(&got);
        sm_buffer_free(&want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_has_paths),
        cmocka_unit_test(test_random_texts),
        cmocka_unit_test(test_random_edges),
        cmocka_unit_test(test_all_pairs),
        cmocka_unit_test(test_fault_at_every_place),
        cmocka_unit_test(test_cut_everywhere),
        cmocka_unit_test(test_code_points_round_trip),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_repair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
