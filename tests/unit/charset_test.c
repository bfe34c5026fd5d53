/* Labels, declarations, faults, choices; the tables are tested by tests/conformance/charset_test.py.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include "../fuzz/charset_slow.h"

static void labels_are_the_standards(void **state)
{
    (void)state;
    assert_int_equal(sm_charset_of(SM_SPAN(" X-SJIS\n")), SM_SHIFT_JIS);
    assert_int_equal(sm_charset_of(SM_SPAN("windows-31j")), SM_SHIFT_JIS);
    assert_int_equal(sm_charset_of(SM_SPAN("x-euc-jp")), SM_EUC_JP);
    assert_int_equal(sm_charset_of(SM_SPAN("csISO2022JP")), SM_ISO_2022_JP);
    assert_int_equal(sm_charset_of(SM_SPAN("utf8")), SM_UTF_8);
    assert_int_equal(sm_charset_of(SM_SPAN("Latin1")), SM_WINDOWS_1252);
    assert_int_equal(sm_charset_of(SM_SPAN("GB2312")), SM_GBK);
    assert_int_equal(sm_charset_of(SM_SPAN("ks_c_5601-1987")), SM_EUC_KR);
    assert_int_equal(sm_charset_of(SM_SPAN("iso-8859-9")), SM_WINDOWS_1254);
    assert_int_equal(sm_charset_of(SM_SPAN("logical")), SM_ISO_8859_8);
    assert_int_equal(sm_charset_of(SM_SPAN("shift_jis2004")), SM_CHARSET_UNKNOWN);
    assert_int_equal(sm_charset_of(SM_SPAN("iso-2022-kr")), SM_CHARSET_UNKNOWN);
    assert_int_equal(sm_charset_of(SM_SPAN("utf-8 utf8")), SM_CHARSET_UNKNOWN);
    assert_int_equal(sm_charset_of((sm_span){0}), SM_CHARSET_UNKNOWN);
    assert_string_equal(sm_charset_name(SM_SHIFT_JIS), "Shift_JIS");
}

static void assert_decodes(sm_charset charset, sm_span bytes, const char *text, uint64_t faults)
{
    sm_buffer out = sm_buffer_make(1 << 16);
    uint64_t found = 0;
    sm_charset_decode(charset, bytes, &out, &found);
    assert_span(sm_buffer_span(&out), text);
    assert_int_equal(found, faults);
    sm_buffer_free(&out);
}

static void faults_swallow_no_ascii(void **state)
{
    (void)state;
    assert_decodes(SM_SHIFT_JIS, SM_SPAN("\x90\xB8\x95\xC4"), "精米", 0);
    assert_decodes(SM_SHIFT_JIS, SM_SPAN("\x87\x40\xFA\x40\xED\x40\x8A\x94\xFB\xFC\x40"),
                   "①ⅰ纊株髙@", 0);
    assert_decodes(SM_SHIFT_JIS, SM_SPAN("\x81<b>\xA0\x85"), "\uFFFD<b>\uFFFD\uFFFD", 3);
    assert_decodes(SM_SHIFT_JIS, SM_SPAN("\xF0\x40\xB1"), "\uE000ｱ", 0);
    assert_decodes(SM_EUC_JP, SM_SPAN("\xC0\xBA\x8E\xB1\x8F\xB0\xA1\xA4<"), "精ｱ丂\uFFFD<", 1);
    assert_decodes(SM_ISO_2022_JP, SM_SPAN("a\x1B$B@:\x1B(J\\~\x1B(I1\x1B(B<\x0E"),
                   "a精¥‾ｱ<\uFFFD", 1);
    assert_decodes(SM_ISO_2022_JP, SM_SPAN("\x1B$B\x1B(B\x1B$X"), "\uFFFD\uFFFD$X", 2);
    assert_decodes(SM_UTF_8, SM_SPAN("\xE7\xB2\xBE\xE7\xB2<\xC0\xAF\xED\xA0\x80\xF4\x90"),
                   "精\uFFFD<\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD", 8);
    assert_decodes(SM_UTF_16LE, SM_SPAN("\xBE\x7C\x3D\xD8\x4E\xDE\x00\xD8\x41"),
                   "精🙎\uFFFD\uFFFD", 2);
    assert_decodes(SM_WINDOWS_1252, SM_SPAN("\x80\xE9"), "€é", 0);
}

static void other_charsets_are_read(void **state)
{
    (void)state;
    assert_decodes(SM_GBK, SM_SPAN("\xBE\xAB\xC3\xD7\x80\x81\x30\x81\x30\xB0<"),
                   "精米€\xC2\x80\uFFFD<", 1);
    assert_decodes(SM_GB18030, SM_SPAN("\x90\x30\x81\x30\x84\x31\xA4\x37\x81\x30\x81"),
                   "\U00010000\uFFFD\uFFFD", 2);
    assert_decodes(SM_BIG5, SM_SPAN("\xBA\xEB\xA6\xCC\x88\x62\x88\xA5\xFF<\xA1"),
                   "精米Ê̄ê̌\uFFFD<\uFFFD", 2);
    assert_decodes(SM_EUC_KR, SM_SPAN("\xC1\xA4\xB9\xCC\x81\x41<"), "정미갂<", 0);
    assert_decodes(SM_WINDOWS_1251, SM_SPAN("\xF0\xE8\xF1"), "рис", 0);
    assert_decodes(SM_WINDOWS_1253, SM_SPAN("\xAA<"), "\uFFFD<", 1);
    assert_decodes(SM_ISO_8859_16, SM_SPAN("\xAA\xA4"), "Ș€", 0);
}

/* All charsets on bytes that are mostly leads, trails and escapes. */
static void decoders_are_the_standards(void **state)
{
    (void)state;
    static const char set[] =
        "\x1B\x1B\x1B$$((BBIJ@<\x0E\x80\x81\x82\x8E\x8F\xA1\xA4\xC2\xE3\xF0\xF4\xFE\xFF"
        "0";
    char bytes[64];
    sm_buffer fast = sm_buffer_make(1 << 10), slow = sm_buffer_make(1 << 10);
    uint64_t seed = 5;
    for (int round = 0; round < 60000; round++) {
        const sm_charset charset = (sm_charset)(1 + (unsigned)round % (SM_CHARSETS - 1));
        const size_t n = (unsigned)round % sizeof bytes;
        for (size_t i = 0; i < n; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            bytes[i] = seed >> 63 ? set[(seed >> 33) % sizeof set] : (char)(seed >> 40);
        }
        uint64_t faults = 0;
        sm_buffer_clear(&fast);
        sm_buffer_clear(&slow);
        sm_charset_decode(charset, (sm_span){bytes, n}, &fast, &faults);
        assert_int_equal(charset_slow(charset, (sm_span){bytes, n}, &slow), faults);
        assert_true(sm_span_equal(sm_buffer_span(&fast), sm_buffer_span(&slow)));
    }
    sm_buffer_free(&fast);
    sm_buffer_free(&slow);
}

static void valid_text_is_not_copied(void **state)
{
    (void)state;
    sm_buffer buffer = sm_buffer_make(1 << 10);
    uint64_t faults = 0;
    const sm_span right = SM_SPAN("精米"), wrong = SM_SPAN("精\xE7"), old = SM_SPAN("\x90\xB8");
    assert_ptr_equal(sm_charset_text(SM_UTF_8, right, &buffer, &faults).p, right.p);
    assert_int_equal(faults, 0);
    assert_span(sm_charset_text(SM_UTF_8, wrong, &buffer, &faults), "精\uFFFD");
    assert_int_equal(faults, 1);
    assert_span(sm_charset_text(SM_SHIFT_JIS, old, &buffer, &faults), "精");
    sm_buffer_free(&buffer);
}

static void declarations_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *page, *label;
    } cases[] = {
        {"<meta charset=euc-jp>", "euc-jp"},
        {"<META HTTP-EQUIV='Content-Type' CONTENT='text/html; charset=x-sjis'>", "x-sjis"},
        {"<meta content='text/html; charset=x-sjis'>", ""},
        {"<meta name=x content='charset=utf-8'><meta charset = \"EUC-JP\" >", "EUC-JP"},
        {"<!-- <meta charset=utf-8> --><meta charset=euc-jp>", "euc-jp"},
        {"<!--><meta charset=euc-jp>", "euc-jp"},
        {"<a title='<meta charset=utf-8>'><meta charset=euc-jp>", "euc-jp"},
        {"<?xml version=\"1.0\" encoding='Shift_JIS'?><html>", "Shift_JIS"},
        {"<metal charset=utf-8>", ""},
        {"<meta charset", ""},
        {"<meta charset=euc-jp", ""}, /* cut */
        {"<meta http-equiv=content-type content=\"text/html; charset='utf-8\">", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_span(sm_charset_declared(sm_span_of(cases[i].page)), cases[i].label);
}

static void assert_choice(sm_span page, const char *http, sm_charset charset,
                          sm_charset_source source)
{
    const sm_charset_choice choice = sm_charset_choose(page, sm_span_of(http), true);
    assert_string_equal(sm_charset_name(choice.charset), sm_charset_name(charset));
    assert_string_equal(sm_charset_source_name(choice.source), sm_charset_source_name(source));
}

#define SJIS_TEXT  "\x82\xB1\x82\xEA\x82\xCD\x90\xB8\x95\xC4\x82\xC5\x82\xB7"
#define UTF_8_TEXT "これは精米です"

static void evidence_decides(void **state)
{
    (void)state;
    assert_choice(SM_SPAN("\xEF\xBB\xBF<meta charset=euc-jp>"), "shift_jis", SM_UTF_8,
                  SM_FROM_BOM);
    assert_choice(SM_SPAN("<meta charset=euc-jp>ascii"), "shift_jis", SM_SHIFT_JIS,
                  SM_FROM_HTTP);
    assert_choice(SM_SPAN("<meta charset=shift_jis>" SJIS_TEXT), "", SM_SHIFT_JIS,
                  SM_FROM_META);
    assert_choice(SM_SPAN("<meta charset=shift_jis>" SJIS_TEXT), "unheard-of", SM_SHIFT_JIS,
                  SM_FROM_META);
    assert_choice(SM_SPAN("<meta charset=utf-16>" UTF_8_TEXT), "", SM_UTF_8, SM_FROM_META);
    assert_choice(SM_SPAN(SJIS_TEXT), "", SM_SHIFT_JIS, SM_FROM_CONTENT);
    assert_choice(SM_SPAN("\x1B$B@:JF\x1B(B"), "", SM_ISO_2022_JP, SM_FROM_CONTENT);
    assert_choice(SM_SPAN(UTF_8_TEXT), "", SM_UTF_8, SM_FROM_CONTENT);
    assert_choice(SM_SPAN(UTF_8_TEXT), "shift_jis", SM_UTF_8, SM_OVERRULED);
    assert_choice(SM_SPAN(SJIS_TEXT), "utf-8", SM_SHIFT_JIS, SM_OVERRULED);
    assert_choice(SM_SPAN(SJIS_TEXT), "euc-jp", SM_SHIFT_JIS, SM_OVERRULED);
    assert_choice(SM_SPAN("\xA4\xB3\xA4\xEC\xA4\xCF\xC0\xBA\xCA\xC6"), "shift_jis", SM_EUC_JP,
                  SM_OVERRULED);
    assert_choice(SM_SPAN("caf\xE9 cr\xE8me"), "iso-8859-1", SM_WINDOWS_1252, SM_FROM_HTTP);
    assert_choice(SM_SPAN("<meta charset=shift_jis>&#31934;"), "", SM_SHIFT_JIS, SM_FROM_META);
    assert_choice(SM_SPAN(""), "", SM_UTF_8, SM_FROM_CONTENT);
}

static bool is_unread(sm_span page, const char *http)
{
    return sm_charset_choose(page, sm_span_of(http), true).unread;
}

/* What no reading fits is said to be unread; what fits one is not, whatever it declares. */
static void unread_pages_are_named(void **state)
{
    (void)state;
    static const char russian[] = "\xCF\xF0\xE8\xE2\xE5\xF2, \xEC\xE8\xF0! \xCA\xE0\xEA "
                                  "\xE4\xE5\xEB\xE0? \xD5\xEE\xF0\xEE\xF8\xEE.";
    assert_true(is_unread(sm_span_of(russian), ""));
    assert_true(is_unread(sm_span_of(russian), "cp9999"));
    assert_true(is_unread(sm_span_of(russian), "utf-8"));
    assert_false(is_unread(sm_span_of(russian), "windows-1251"));
    assert_true(is_unread(SM_SPAN("~{<:Ky2;NpJ)~}"), "hz-gb-2312"));
    assert_false(is_unread(SM_SPAN(UTF_8_TEXT), "hz-gb-2312"));
    assert_false(is_unread(SM_SPAN("caf\xE9 cr\xE8me"), ""));
    assert_false(is_unread(SM_SPAN(SJIS_TEXT), "unheard-of"));
    assert_false(is_unread(SM_SPAN("\xC0\xBA\xCA\xC6"), "")); /* a name in kanji: EUC-JP */
    assert_false(is_unread(SM_SPAN(""), ""));
}

static void windows_1252_is_doubted(void **state)
{
    (void)state;
    assert_choice(SM_SPAN("\xA4\xB3\xA4\xEC\xA4\xCF\xC0\xBA"), "iso-8859-1", SM_EUC_JP,
                  SM_OVERRULED);
    assert_choice(SM_SPAN("\xC0\xBA\xCA\xC6\xB5\xA1\xB3\xA3"), "windows-1252", SM_EUC_JP,
                  SM_OVERRULED);
    assert_choice(SM_SPAN("Ärger über Größe"), "iso-8859-1", SM_UTF_8, SM_OVERRULED);
    assert_choice(SM_SPAN("\x1B$B@:JF\x1B(B"), "euc-jp", SM_ISO_2022_JP, SM_OVERRULED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_the_standards),
        cmocka_unit_test(faults_swallow_no_ascii),
        cmocka_unit_test(other_charsets_are_read),
        cmocka_unit_test(decoders_are_the_standards),
        cmocka_unit_test(valid_text_is_not_copied),
        cmocka_unit_test(declarations_are_found),
        cmocka_unit_test(evidence_decides),
        cmocka_unit_test(unread_pages_are_named),
        cmocka_unit_test(windows_1252_is_doubted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
