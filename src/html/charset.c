/* Labels, and the choice of a charset by declaration and evidence: see seimai/charset.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/charset.h>
#include <seimai/utf8.h>

#include <string.h>

#include "ascii.h"

static const char *const names[SM_CHARSETS] = {
    [SM_CHARSET_UNKNOWN] = "",        [SM_UTF_8] = "UTF-8",
    [SM_SHIFT_JIS] = "Shift_JIS",     [SM_EUC_JP] = "EUC-JP",
    [SM_ISO_2022_JP] = "ISO-2022-JP", [SM_UTF_16LE] = "UTF-16LE",
    [SM_UTF_16BE] = "UTF-16BE",       [SM_WINDOWS_1252] = "windows-1252",
};

static const char *const source_names[SM_CHARSET_SOURCES] = {
    [SM_FROM_BOM] = "bom",         [SM_FROM_HTTP] = "http",      [SM_FROM_META] = "meta",
    [SM_FROM_CONTENT] = "content", [SM_OVERRULED] = "overruled",
};

/* WHATWG Encoding, section 4.2, for the charsets that are read. */
static const struct {
    const char *label;
    sm_charset charset;
} labels[] = {
    {"utf-8", SM_UTF_8},
    {"utf8", SM_UTF_8},
    {"unicode-1-1-utf-8", SM_UTF_8},
    {"unicode11utf8", SM_UTF_8},
    {"unicode20utf8", SM_UTF_8},
    {"x-unicode20utf8", SM_UTF_8},
    {"shift_jis", SM_SHIFT_JIS},
    {"shift-jis", SM_SHIFT_JIS},
    {"sjis", SM_SHIFT_JIS},
    {"x-sjis", SM_SHIFT_JIS},
    {"windows-31j", SM_SHIFT_JIS},
    {"ms_kanji", SM_SHIFT_JIS},
    {"ms932", SM_SHIFT_JIS},
    {"csshiftjis", SM_SHIFT_JIS},
    {"euc-jp", SM_EUC_JP},
    {"x-euc-jp", SM_EUC_JP},
    {"cseucpkdfmtjapanese", SM_EUC_JP},
    {"iso-2022-jp", SM_ISO_2022_JP},
    {"csiso2022jp", SM_ISO_2022_JP},
    {"utf-16le", SM_UTF_16LE},
    {"utf-16", SM_UTF_16LE},
    {"unicode", SM_UTF_16LE},
    {"ucs-2", SM_UTF_16LE},
    {"csunicode", SM_UTF_16LE},
    {"iso-10646-ucs-2", SM_UTF_16LE},
    {"unicodefeff", SM_UTF_16LE},
    {"utf-16be", SM_UTF_16BE},
    {"unicodefffe", SM_UTF_16BE},
    {"windows-1252", SM_WINDOWS_1252},
    {"cp1252", SM_WINDOWS_1252},
    {"x-cp1252", SM_WINDOWS_1252},
    {"cp819", SM_WINDOWS_1252},
    {"ibm819", SM_WINDOWS_1252},
    {"csisolatin1", SM_WINDOWS_1252},
    {"iso-8859-1", SM_WINDOWS_1252},
    {"iso8859-1", SM_WINDOWS_1252},
    {"iso88591", SM_WINDOWS_1252},
    {"iso_8859-1", SM_WINDOWS_1252},
    {"iso_8859-1:1987", SM_WINDOWS_1252},
    {"iso-ir-100", SM_WINDOWS_1252},
    {"l1", SM_WINDOWS_1252},
    {"latin1", SM_WINDOWS_1252},
    {"ascii", SM_WINDOWS_1252},
    {"us-ascii", SM_WINDOWS_1252},
    {"ansi_x3.4-1968", SM_WINDOWS_1252},
};

const char *sm_charset_name(sm_charset charset)
{
    return names[charset];
}

const char *sm_charset_source_name(sm_charset_source source)
{
    return source_names[source];
}

sm_charset sm_charset_of(sm_span label)
{
    label = sm_trim(label);
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (sm_is_word(label, labels[i].label)) return labels[i].charset;
    return SM_CHARSET_UNKNOWN;
}

/* ---- evidence ----------------------------------------------------------------------------- */

/* ISO-2022-JP leaves no doubt: seven-bit bytes with escapes that name JIS X 0208. */
static bool looks_like_iso_2022_jp(sm_span bytes)
{
    if (bytes.n == 0) return false;
    const char *end = bytes.p + bytes.n;
    const char *escape = memchr(bytes.p, 0x1B, bytes.n);
    for (; escape; escape = memchr(escape + 1, 0x1B, (size_t)(end - escape - 1))) {
        if (end - escape < 3) return false;
        if (escape[1] == '$' && (escape[2] == 'B' || escape[2] == '@')) break;
        if (escape + 1 == end) return false;
    }
    if (!escape) return false;
    sm_charset_evidence e;
    sm_charset_weigh(SM_ISO_2022_JP, bytes, &e);
    return e.faults * 20 <= e.characters;
}

static bool is_utf8(sm_span bytes)
{
    return sm_utf8_check(bytes) == bytes.n;
}

/* How much a reading looks like Japanese text: kana speak for it; faults, half-width kana and characters
 * that nobody writes speak against it. In thousandths of the characters beyond ASCII. */
static int64_t plausibility(const sm_charset_evidence *e)
{
    if (e->characters == 0) return 0;
    const int64_t for_it = (int64_t)e->kana;
    const int64_t against =
        10 * (int64_t)e->faults + (int64_t)e->half_kana + 5 * (int64_t)e->rare;
    return (for_it - against) * 1000 / (int64_t)e->characters;
}

/* The best reading of bytes that are not ASCII alone. UTF-8 is so strict that text which passes it, with
 * more than a character or two, is it; short of that the Japanese readings are compared. */
static sm_charset best_reading(sm_span bytes)
{
    static const sm_charset candidates[] = {SM_SHIFT_JIS, SM_EUC_JP};
    sm_charset_evidence e;
    if (is_utf8(bytes)) return SM_UTF_8;
    sm_charset_weigh(SM_UTF_8, bytes, &e);
    sm_charset best = SM_UTF_8;
    int64_t most = plausibility(&e);
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
        sm_charset_weigh(candidates[i], bytes, &e);
        const int64_t p = plausibility(&e);
        if (p > most) most = p, best = candidates[i];
    }
    /* Western text: hardly a kana in any reading, and faults in all of them. */
    return most < -1000 && best != SM_UTF_8 ? SM_WINDOWS_1252 : best;
}

/* A declaration stands unless the bytes contradict it: it reads with faults, with half-width kana in
 * plenty (EUC-JP read as Shift_JIS), or the page is UTF-8 beyond doubt. */
static bool contradicted(sm_charset declared, sm_span bytes)
{
    sm_charset_evidence as_declared;
    if (declared == SM_UTF_8) return !is_utf8(bytes);
    sm_charset_weigh(declared, bytes, &as_declared);
    if (as_declared.characters == 0) return false;
    if (as_declared.faults || as_declared.rare) return true;
    if (as_declared.half_kana * 5 > as_declared.characters) return true;
    return is_utf8(bytes);
}

/* Whether `other` reads the bytes clearly better than the declared charset does. */
static bool is_clearly_better(sm_charset other, sm_charset declared, sm_span bytes)
{
    sm_charset_evidence a, b;
    sm_charset_weigh(other, bytes, &a);
    sm_charset_weigh(declared, bytes, &b);
    if (a.faults * b.characters > b.faults * a.characters) return false;
    return plausibility(&a) > plausibility(&b) + 50;
}

/* ---- the choice --------------------------------------------------------------------------- */

static bool choose_by_bom(sm_span bytes, sm_charset_choice *choice)
{
    static const struct {
        sm_span mark;
        sm_charset charset;
    } marks[] = {{{"\xEF\xBB\xBF", 3}, SM_UTF_8},
                 {{"\xFE\xFF", 2}, SM_UTF_16BE},
                 {{"\xFF\xFE", 2}, SM_UTF_16LE}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (!sm_span_starts(bytes, marks[i].mark)) continue;
        choice->charset = marks[i].charset;
        choice->source = SM_FROM_BOM;
        choice->bom = marks[i].mark.n;
        return true;
    }
    return false;
}

static void choose_by_content(sm_span bytes, sm_charset_choice *choice)
{
    choice->charset = looks_like_iso_2022_jp(bytes) ? SM_ISO_2022_JP : best_reading(bytes);
    choice->source = SM_FROM_CONTENT;
}

/* The meta element of a page cannot be read in UTF-16, so there it means UTF-8 (HTML). */
static sm_charset meta_charset_of(sm_span label)
{
    const sm_charset charset = sm_charset_of(label);
    return charset == SM_UTF_16LE || charset == SM_UTF_16BE ? SM_UTF_8 : charset;
}

static void overrule_if_clear(sm_span bytes, sm_charset_choice *choice)
{
    const sm_charset declared = choice->charset;
    if (declared == SM_UTF_16LE || declared == SM_UTF_16BE) return;
    sm_charset_choice by_content = *choice;
    if (declared != SM_ISO_2022_JP && looks_like_iso_2022_jp(bytes))
        by_content.charset = SM_ISO_2022_JP;
    else if (contradicted(declared, bytes))
        choose_by_content(bytes, &by_content);
    if (by_content.charset == declared) return;
    if (!is_clearly_better(by_content.charset, declared, bytes)) return;
    choice->charset = by_content.charset;
    choice->source = SM_OVERRULED;
}

sm_charset_choice sm_charset_choose(sm_span bytes, sm_span http, bool markup)
{
    sm_charset_choice choice = {.declared = sm_trim(http), .source = SM_FROM_HTTP};
    if (choose_by_bom(bytes, &choice)) return choice;
    choice.charset = sm_charset_of(choice.declared);
    if (choice.charset == SM_CHARSET_UNKNOWN && markup) {
        const sm_span meta = sm_charset_declared(bytes);
        choice.charset = meta_charset_of(meta);
        choice.source = SM_FROM_META;
        if (meta.n && (choice.charset || !choice.declared.n)) choice.declared = sm_trim(meta);
    }
    if (choice.charset == SM_CHARSET_UNKNOWN)
        choose_by_content(bytes, &choice);
    else
        overrule_if_clear(bytes, &choice);
    return choice;
}
