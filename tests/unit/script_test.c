/* Script classes: the decisions of seimai/script.h, and counting against looking up one by one.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/random.h>
#include <seimai/script.h>
#include <seimai/utf8.h>

/* One character after the other, by the slow way. */
static void count_slowly(sm_span text, sm_script_counts *counts)
{
    const char *end = text.p + text.n;
    for (const char *p = text.p; p < end; counts->characters++)
        counts->of[sm_script_of(sm_utf8_next(&p, end))]++;
}

static void test_classes(void **state)
{
    (void)state;
    static const struct {
        sm_script script;
        const char *characters;
    } cases[] = {
        {SM_HIRAGANA, "あんがぱぁゔゕゝゞ〱〲〼ゟ"},
        {SM_KATAKANA, "アンガパァヴヵヽヾーｱﾝｰﾞﾟㇰヷヿ"},
        {SM_HAN, "精米亜一龥々〆〇〡髙﨑神㐀𠮷𪚲⺅⼈〻"},
        {SM_HANGUL, "가힣ㄱᄀﾱ"},
        {SM_LATIN, "aZéÿＡｚªⅣſ"},
        {SM_OTHER_LETTER, "αЖאبกअㄅ𝐀"},
        {SM_DIGIT, "09０９٣"},
        {SM_SPACE, " \t\n\r\v\f　\xC2\xA0\xC2\x85\xE2\x80\xA8\xE2\x80\x89"},
        {SM_JA_PUNCT, "、。「」『』・〜～（）！？：；｡｢｣､･゠〝〟【】－〽︵﹁"},
        {SM_PUNCT, ".,!?()-\"'…—“”‥―§※"},
        {SM_SYMBOL, "+=<>$^`|~①²½㍻㈱〒〓→−＋￥℃😀👍゛゜㌔"},
        {SM_OTHER,
         "\x01\x7F\xCC\x81\xE3\x82\x99\xEF\xB8\x8F\xE2\x80\x8B\xEF\xBB\xBF\xEE\x80\x80"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *p = cases[i].characters;
        const char *end = p + strlen(p);
        while (p < end) {
            const uint32_t c = sm_utf8_next(&p, end);
            if (sm_script_of(c) == cases[i].script) continue;
            print_error("U+%04X is %s, not %s\n", c, sm_script_name(sm_script_of(c)),
                        sm_script_name(cases[i].script));
            fail();
        }
    }
}

static void test_ranges_are_whole(void **state)
{
    (void)state;
    for (uint32_t c = 0x4E00; c <= 0x9FFF; c++)
        assert_int_equal(sm_script_of(c), SM_HAN);
    for (uint32_t c = 0x20000; c <= 0x2A6DF; c++)
        assert_int_equal(sm_script_of(c), SM_HAN);
    for (uint32_t c = 0xF900; c <= 0xFA6D; c++)
        assert_int_equal(sm_script_of(c), SM_HAN);
    for (uint32_t c = 0x3041; c <= 0x3096; c++)
        assert_int_equal(sm_script_of(c), SM_HIRAGANA);
    for (uint32_t c = 0x30A1; c <= 0x30FA; c++)
        assert_int_equal(sm_script_of(c), SM_KATAKANA);
    for (uint32_t c = 0xFF66; c <= 0xFF9F; c++)
        assert_int_equal(sm_script_of(c), SM_KATAKANA);
    for (uint32_t c = 0xAC00; c <= 0xD7A3; c++)
        assert_int_equal(sm_script_of(c), SM_HANGUL);
    assert_int_equal(sm_script_of(0x110000), SM_OTHER);
    assert_int_equal(sm_script_of(UINT32_MAX), SM_OTHER);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(sm_script_name(SM_HIRAGANA), "hiragana");
    assert_string_equal(sm_script_name(SM_OTHER), "other");
    assert_string_equal(sm_script_name(SM_SCRIPTS), "unknown");
}

static void test_wide(void **state)
{
    (void)state;
    static const char wide[] = "精あアー々、。「・〜～Ａ１！ｱ｡　𠮷ㄅ〒";
    static const char narrow[] = "aé1 .…—가ㄱﾱα😀①→\xC2\xA0";
    for (const char *p = wide; *p;) {
        const uint32_t c = sm_utf8_next(&p, wide + sizeof wide);
        if (!sm_script_is_wide(c)) print_error("U+%04X\n", c);
        assert_true(sm_script_is_wide(c));
    }
    for (const char *p = narrow; *p;) {
        const uint32_t c = sm_utf8_next(&p, narrow + sizeof narrow);
        if (sm_script_is_wide(c)) print_error("U+%04X\n", c);
        assert_false(sm_script_is_wide(c));
    }
    assert_false(sm_script_is_wide(0x110000));
}

/* All code points in one text: counting must agree with looking up, in every length of UTF-8. */
static void test_count_all(void **state)
{
    (void)state;
    enum { ALL = 0x110000 };
    char *text = sm_malloc((size_t)4 * ALL);
    size_t n = 0;
    for (uint32_t c = 0; c < ALL; c++)
        n += sm_utf8_put(c, text + n);
    sm_script_counts fast = {0};
    sm_script_counts slow = {0};
    sm_script_count((sm_span){text, n}, &fast);
    count_slowly((sm_span){text, n}, &slow);
    assert_memory_equal(&fast, &slow, sizeof fast);
    assert_int_equal(fast.characters, ALL);
    sm_free(text);
}

static void test_count_adds(void **state)
{
    (void)state;
    static const char text[] = "精米（せいまい）は、コメを搗く。ABC 123";
    sm_script_counts counts = {0};
    sm_script_count((sm_span){NULL, 0}, &counts);
    assert_int_equal(counts.characters, 0);
    sm_script_count(SM_SPAN("精米（せいまい）は、コメを搗く。ABC 123"), &counts);
    sm_script_count((sm_span){text, 6}, &counts);
    assert_int_equal(counts.of[SM_HAN], 3 + 2);
    assert_int_equal(counts.of[SM_HIRAGANA], 7);
    assert_int_equal(counts.of[SM_KATAKANA], 2);
    assert_int_equal(counts.of[SM_JA_PUNCT], 4);
    assert_int_equal(counts.of[SM_LATIN], 3);
    assert_int_equal(counts.of[SM_DIGIT], 3);
    assert_int_equal(counts.of[SM_SPACE], 1);
    assert_int_equal(counts.characters, 23 + 2);
}

static void test_count_random(void **state)
{
    (void)state;
    char text[400];
    for (uint64_t round = 0; round < 2000; round++) {
        size_t n = 0;
        for (uint64_t i = 0; i < round % 90; i++)
            n += sm_utf8_put((uint32_t)sm_random_below(5, round, i, i % 3 ? 0x3100 : 0x110000),
                             text + n);
        sm_script_counts fast = {0};
        sm_script_counts slow = {0};
        sm_script_count((sm_span){text, n}, &fast);
        count_slowly((sm_span){text, n}, &slow);
        assert_memory_equal(&fast, &slow, sizeof fast);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),      cmocka_unit_test(test_ranges_are_whole),
        cmocka_unit_test(test_names),        cmocka_unit_test(test_wide),
        cmocka_unit_test(test_count_all),    cmocka_unit_test(test_count_adds),
        cmocka_unit_test(test_count_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
