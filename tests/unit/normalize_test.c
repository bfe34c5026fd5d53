/* Forms of text: known answers, the fast path against the slow one, idempotence.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/normalize.h>
#include <seimai/random.h>
#include <seimai/utf8.h>

static const sm_form forms[] = {SM_FORM_NONE, SM_FORM_TWINS, SM_FORM_JA, SM_FORM_NFC,
                                SM_FORM_NFKC};
enum { FORMS = sizeof forms / sizeof *forms };

static sm_span normalized(sm_form form, sm_span text, sm_arena *arena)
{
    sm_error err = {0};
    sm_span out = {0};
    assert_ok(sm_normalize(form, text, arena, &out, &err), &err);
    return out;
}

static void fail_at(sm_form form, sm_span text, const char *what)
{
    print_error("form %d: %s:", (int)form, what);
    for (size_t i = 0; i < text.n; i++)
        print_error(" %02X", (uint8_t)text.p[i]);
    print_error("\n");
    fail();
}

/* Fast equals slow; unchanged text is the input's own span; twice equals once. */
static void check(sm_form form, sm_span text, sm_arena *arena)
{
    sm_error err = {0};
    sm_span want = {0};
    const sm_span got = normalized(form, text, arena);
    assert_ok(sm_normalize_slowly(form, text, arena, &want, &err), &err);
    if (!sm_span_equal(got, want)) fail_at(form, text, "fast and slow differ");
    if (sm_span_equal(got, text) != (got.p == text.p)) fail_at(form, text, "copied in vain");
    const sm_span again = normalized(form, got, arena);
    if (again.p != got.p || again.n != got.n) fail_at(form, text, "not idempotent");
    if (sm_utf8_check(got) != got.n) fail_at(form, text, "not UTF-8");
    if (form <= SM_FORM_JA && got.n > text.n) fail_at(form, text, "longer than its input");
}

static void check_all(sm_span text, sm_arena *arena)
{
    for (size_t i = 0; i < FORMS; i++)
        check(forms[i], text, arena);
}

static void test_names(void **state)
{
    (void)state;
    static const char names[] = SM_FORM_NAMES;
    sm_form form = SM_FORM_NFC;
    assert_false(sm_form_of("NFC", &form));
    assert_false(sm_form_of("", &form));
    assert_int_equal(form, SM_FORM_NFC);
    for (size_t i = 0, from = 0; i < FORMS; i++) {
        char name[8] = "";
        const size_t n = strcspn(names + from, "|");
        memcpy(name, names + from, n);
        assert_true(sm_form_of(name, &form));
        assert_int_equal(form, forms[i]);
        from += n + 1;
    }
}

typedef struct known {
    sm_form form;
    const char *in, *out;
} known;

static const known answers[] = {
    {SM_FORM_NONE, "Ａｶﾞ　①", "Ａｶﾞ　①"},
    {SM_FORM_TWINS, "１０～２０　－∥￠￡￢ｱ\r\n", "１０\u301C２０　\u2212\u2016¢£¬ｱ\r\n"},
    {SM_FORM_TWINS, "\u301C\u2212\u2016", "\u301C\u2212\u2016"},
    {SM_FORM_JA, "", ""},
    {SM_FORM_JA, "精米は、米を搗くこと。", "精米は、米を搗くこと。"},
    {SM_FORM_JA, "ＡＢＣ　ａｂｃ　０１２！？", "ABC abc 012!?"},
    {SM_FORM_JA, "ｾｲﾏｲ､｢ｺﾒ｣｡ｶﾞｷﾞﾊﾟﾋﾟｳﾞﾜﾞｦﾞｱﾞﾝﾟ･ｰ",
     "セイマイ、「コメ」。ガギパピヴ\u30F7\u30FAア゛ン゜・ー"},
    {SM_FORM_JA, "カﾞ", "カ゛"},
    {SM_FORM_JA, "１０～２０％、￥１００", "10\u301C20%、¥100"},
    {SM_FORM_JA, "０３－１２３４－５６７８", "03-1234-5678"},
    {SM_FORM_JA, "3\u22122∥\u2016", "3\u22122\u2016\u2016"},
    {SM_FORM_JA, "①②㍻㈱㌔x²½…‥№神﨑髙", "①②㍻㈱㌔x²½…‥№神﨑髙"},
    {SM_FORM_JA, "\uFA19\U000E0100か\u3099", "\uFA19\U000E0100か\u3099"},
    {SM_FORM_JA, "a\u00A0b\u2009c\u3000d\u202Fe\u1680f\tg", "a b c d e f\tg"},
    {SM_FORM_JA, "\uFEFFa\u200Bb\u00ADc\u2060d\u200Ee\u200Df\u200C", "abcdef"},
    {SM_FORM_JA, "a\r\nb\rc\r\r\nd\u2028e\u2029f\xC2\x85g\r", "a\nb\nc\n\nd\ne\nf\ng\n"},
    {SM_FORM_JA, "👩\u200D👧 ❤\uFE0F\u200D🔥 🏴\U000E0067\U000E007F",
     "👩\u200D👧 ❤\uFE0F\u200D🔥 🏴"},
    {SM_FORM_JA, "👩\u200D\u200D\u200B👧Ａ\u200D", "👩\u200D👧A"},
    {SM_FORM_NFC, "か\u3099は\u309Ae\u0301", "がぱé"},
    {SM_FORM_NFC, "\uFA19﨑髙①Ａｶﾞ", "\u795E﨑髙①Ａｶﾞ"},
    {SM_FORM_NFC, "\u1100\u1161\u11A8", "각"},
    {SM_FORM_NFKC, "㍻①x²…～ﾊﾟＡ㈱㌔゛", "平成1x2...~パA(株)キロ \u3099"},
    {SM_FORM_NFKC, "\u301C\u2212ー﨑髙", "\u301C\u2212ー﨑髙"},
};

static void test_known_answers(void **state)
{
    (void)state;
    sm_arena arena = {0};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        const sm_span in = sm_span_of(answers[i].in);
        assert_span(normalized(answers[i].form, in, &arena), answers[i].out);
        check(answers[i].form, in, &arena);
    }
    sm_arena_free(&arena);
}

static void test_null_is_empty(void **state)
{
    (void)state;
    sm_arena arena = {0};
    for (size_t i = 0; i < FORMS; i++)
        assert_int_equal(normalized(forms[i], (sm_span){NULL, 0}, &arena).n, 0);
    sm_arena_free(&arena);
}

/* Each code point alone, and between neighbours that join with what joins. (The planes that hold nothing
 * are sampled.) */
static void test_all_code_points(void **state)
{
    (void)state;
    static const char *const around[][2] = {
        {"", ""}, {"ｶ", "\u3099ﾞ"}, {"👩", "\u200D\r\n"}, {"e\u0323", "\u0301\u1161"}};
    sm_arena arena = {0};
    for (uint32_t c = 0; c <= 0x10FFFF; c += c >= 0x31000 && c / 0x1000 != 0xE0 ? 61 : 1) {
        char text[64];
        const char *const *pair = around[c % 4];
        size_t n = sm_utf8_put(c, text);
        check_all((sm_span){text, n}, &arena);
        n = strlen(pair[0]);
        memcpy(text, pair[0], n);
        n += sm_utf8_put(c, text + n);
        memcpy(text + n, pair[1], strlen(pair[1]));
        check_all((sm_span){text, n + strlen(pair[1])}, &arena);
        sm_arena_reset(&arena);
    }
    sm_arena_free(&arena);
}

/* A mixture of what each form changes, what joins, and what stays. */
static uint32_t random_character(uint64_t round, uint64_t i)
{
    static const uint32_t notable[] = {
        '\r',    '\n',    ' ',     0x85,    0xA0,    0xAD,    0x300,  0x301,  0x323,  0x327,
        0x344,   0x1100,  0x1161,  0x11A8,  0x1E9B,  0x200B,  0x200D, 0x2225, 0x3000, 0x304B,
        0x306F,  0x3099,  0x309A,  0x309B,  0xAC00,  0xFA19,  0xFB1D, 0xFDFA, 0xFE0F, 0xFEFF,
        0xFF0D,  0xFF21,  0xFF5E,  0xFF66,  0xFF73,  0xFF76,  0xFF8A, 0xFF9E, 0xFF9F, 0xFFE5,
        0x20BB7, 0x1F468, 0x1D15E, 0x2F80A, 0xE0061, 0x1D173, 0x9FFF, 0x4000, 0x3FFF, 0x337B};
    static const uint32_t ranges[][2] = {
        {0x20, 0x60},    {0x3040, 0x60}, {0x4E00, 0x5200},  {0xFF00, 0xF0},  {0xF900, 0x200},
        {0x1100, 0x100}, {0xA0, 0x160},  {0x1E00, 0x200},   {0x2000, 0x300}, {0x3000, 0x400},
        {0x900, 0x800},  {0, 0xD800},    {0x10000, 0x10000}};
    const uint64_t kind = sm_random_below(11, round, 2 * i, 3);
    const uint64_t pick = sm_random_u64(12, round, 2 * i + 1);
    if (kind == 0) return notable[pick % (sizeof notable / sizeof *notable)];
    const uint32_t *range =
        ranges[(pick >> 32) % (kind == 1 ? 2 : sizeof ranges / sizeof *ranges)];
    return range[0] + (uint32_t)(pick % range[1]);
}

static void test_random_texts(void **state)
{
    (void)state;
    sm_arena arena = {0};
    for (uint64_t round = 0; round < 6000; round++) {
        char text[4 * 400];
        size_t n = 0;
        for (uint64_t i = 0; i < round % (round % 50 ? 24 : 400); i++)
            n += sm_utf8_put(random_character(round, i), text + n);
        check_all((sm_span){text, n}, &arena);
        sm_arena_reset(&arena);
    }
    sm_arena_free(&arena);
}

/* Stretches that are long enough to be cut, with and without boundaries inside. */
static void test_long_stretches(void **state)
{
    (void)state;
    static const char *const units[] = {
        "Ａ", "ﾊﾟ", "か\u3099", "㍻", "\u1100\u1161\u11A8", "e\u0323\u0301", "\uFDFA"};
    sm_arena arena = {0};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        for (size_t times = 40; times < 50; times++) {
            char text[2000];
            size_t n = 0;
            for (size_t k = 0; k < times; k++, n += strlen(units[i]))
                memcpy(text + n, units[i], strlen(units[i]));
            check_all((sm_span){text, n}, &arena);
        }
    sm_arena_free(&arena);
}

/* Marks without end: linear time, and nothing lost. */
static void test_endless_marks(void **state)
{
    (void)state;
    enum { MARKS = 200000 };
    sm_arena arena = {0};
    char *text = sm_malloc(2 * MARKS + 1);
    text[0] = 'a';
    for (size_t i = 0; i < MARKS; i++)
        memcpy(text + 1 + 2 * i, i % 2 ? "\xCC\x80" : "\xCC\xA3",
               2); /* above, below: to be sorted */
    const sm_span out = normalized(SM_FORM_NFC, (sm_span){text, 2 * MARKS + 1}, &arena);
    assert_int_equal(sm_utf8_check(out), out.n);
    assert_in_range(sm_utf8_count(out), MARKS - 2, MARKS + 1);
    sm_free(text);
    sm_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),         cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_null_is_empty), cmocka_unit_test(test_all_code_points),
        cmocka_unit_test(test_random_texts),  cmocka_unit_test(test_long_stretches),
        cmocka_unit_test(test_endless_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
