/* Labels, declarations, faults, choices; the tables are tested by tests/conformance/charset_test.py.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/charset.h>

static void labels_are_the_standards(void **state)
{
    (void)state;
    assert_int_equal(sm_charset_of(SM_SPAN(" X-SJIS\n")), SM_SHIFT_JIS);
    assert_int_equal(sm_charset_of(SM_SPAN("windows-31j")), SM_SHIFT_JIS);
    assert_int_equal(sm_charset_of(SM_SPAN("x-euc-jp")), SM_EUC_JP);
    assert_int_equal(sm_charset_of(SM_SPAN("csISO2022JP")), SM_ISO_2022_JP);
    assert_int_equal(sm_charset_of(SM_SPAN("utf8")), SM_UTF_8);
    assert_int_equal(sm_charset_of(SM_SPAN("Latin1")), SM_WINDOWS_1252);
    assert_int_equal(sm_charset_of(SM_SPAN("shift_jis2004")), SM_CHARSET_UNKNOWN);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_the_standards),
        cmocka_unit_test(faults_swallow_no_ascii),
        cmocka_unit_test(declarations_are_found),
        cmocka_unit_test(evidence_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
