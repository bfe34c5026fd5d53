/* The choice of a charset by declaration and evidence: see seimai/charset.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/charset.h>
#include <seimai/utf8.h>

#include <string.h>

#include "ascii.h"

static const char *const source_names[SM_CHARSET_SOURCES] = {
    [SM_FROM_BOM] = "bom",         [SM_FROM_HTTP] = "http",      [SM_FROM_META] = "meta",
    [SM_FROM_CONTENT] = "content", [SM_OVERRULED] = "overruled",
};

const char *sm_charset_source_name(sm_charset_source source)
{
    return source_names[source];
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

/* Whether a reading is Japanese text beyond doubt: kana in it, and hardly a fault. */
static bool is_japanese(const sm_charset_evidence *e)
{
    return e->kana * 20 >= e->characters && e->faults * 20 <= e->characters;
}

/* Western text: beyond ASCII there are single letters with accents and marks. Bytes beyond ASCII that
 * stand three and more in a row, and often, are another alphabet or characters of several bytes. */
static bool looks_western(sm_span bytes)
{
    size_t high = 0, in_rows = 0, row = 0;
    for (size_t i = 0; i <= bytes.n; i++) {
        if (i < bytes.n && bytes.p[i] & 0x80) {
            row++;
            continue;
        }
        high += row;
        in_rows += row > 2 ? row : 0;
        row = 0;
    }
    return in_rows * 5 <= high;
}

/* The best reading of bytes that are not ASCII alone, when no declaration helps. UTF-8 is so strict that text
 * which passes it is it; short of that the Japanese readings are compared. What reads as neither is Western,
 * or a few Chinese characters of a Japanese name; more than that is not read. */
static sm_charset best_reading(sm_span bytes, bool *unread)
{
    enum { NAME = 200 };
    static const sm_charset candidates[] = {SM_SHIFT_JIS, SM_EUC_JP};
    sm_charset_evidence e, best_evidence;
    if (is_utf8(bytes)) return SM_UTF_8;
    sm_charset_weigh(SM_UTF_8, bytes, &best_evidence);
    if (best_evidence.faults * 20 <= best_evidence.characters) return SM_UTF_8;
    sm_charset best = SM_UTF_8;
    int64_t most = plausibility(&best_evidence);
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
        sm_charset_weigh(candidates[i], bytes, &e);
        const int64_t p = plausibility(&e);
        if (p > most) most = p, best = candidates[i], best_evidence = e;
    }
    if (is_japanese(&best_evidence)) return best;
    if (looks_western(bytes)) return SM_WINDOWS_1252;
    *unread = best == SM_UTF_8 || best_evidence.faults || best_evidence.characters > NAME;
    return best;
}

/* A declaration stands unless the bytes contradict it: it reads with faults, with half-width kana in plenty
 * (EUC-JP read as Shift_JIS), or the page is UTF-8 beyond doubt. A charset of single bytes has no faults to
 * show, so there the bytes are asked what they look like. */
static bool contradicted(sm_charset declared, sm_span bytes)
{
    sm_charset_evidence as_declared;
    if (declared == SM_UTF_8) return !is_utf8(bytes);
    sm_charset_weigh(declared, bytes, &as_declared);
    if (as_declared.characters == 0) return false;
    if (as_declared.faults || as_declared.rare) return true;
    if (as_declared.half_kana * 5 > as_declared.characters) return true;
    return is_utf8(bytes) || (declared >= SM_IBM866 && !looks_western(bytes));
}

/* Whether the bytes are in `other` beyond doubt, kana or not: escapes name ISO-2022-JP, valid UTF-8 of so many
 * characters is no accident, and what cannot be Western and has no fault is no windows-1252. */
static bool is_certain(sm_charset other, sm_charset declared, sm_span bytes)
{
    sm_charset_evidence e;
    sm_charset_weigh(other, bytes, &e);
    if (other == SM_ISO_2022_JP) return true;
    if (other == SM_UTF_8) return !e.faults && e.characters >= (declared >= SM_IBM866 ? 3 : 8);
    return declared == SM_WINDOWS_1252 && !e.faults && !e.rare && !e.half_kana &&
           !looks_western(bytes);
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
    choice->charset =
        looks_like_iso_2022_jp(bytes) ? SM_ISO_2022_JP : best_reading(bytes, &choice->unread);
    choice->source = SM_FROM_CONTENT;
}

/* The meta element of a page cannot be read in UTF-16, so there it means UTF-8 (HTML). */
static sm_charset meta_charset_of(sm_span label)
{
    const sm_charset charset = sm_charset_of(label);
    return charset == SM_UTF_16LE || charset == SM_UTF_16BE ? SM_UTF_8 : charset;
}

/* Whether a reading is mostly faults. */
static bool is_noise(sm_charset charset, sm_span bytes)
{
    sm_charset_evidence e;
    sm_charset_weigh(charset, bytes, &e);
    return e.faults * 2 > e.characters;
}

static void overrule_if_clear(sm_span bytes, sm_charset_choice *choice)
{
    const sm_charset declared = choice->charset;
    if (declared == SM_UTF_16LE || declared == SM_UTF_16BE) return;
    sm_charset_choice other = *choice;
    if (declared != SM_ISO_2022_JP && looks_like_iso_2022_jp(bytes))
        other.charset = SM_ISO_2022_JP;
    else if (contradicted(declared, bytes))
        choose_by_content(bytes, &other);
    choice->unread = other.unread && is_noise(declared, bytes);
    if (other.charset == declared || other.unread) return;
    if (!is_certain(other.charset, declared, bytes) &&
        !is_clearly_better(other.charset, declared, bytes))
        return;
    choice->charset = other.charset;
    choice->source = SM_OVERRULED;
}

/* The charsets that the standard refuses to read, since ASCII hides in them (section 4.2, "replacement"). */
static bool is_refused(sm_span label)
{
    static const char *const refused[] = {"hz-gb-2312",  "iso-2022-cn", "iso-2022-cn-ext",
                                          "iso-2022-kr", "csiso2022kr", "replacement"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (sm_is_word(label, refused[i])) return true;
    return false;
}

/* No label is known. Where one is refused and no byte speaks against it, it is believed. */
static void choose_without_label(sm_span bytes, sm_charset_choice *choice)
{
    sm_charset_evidence e;
    choose_by_content(bytes, choice);
    if (!is_refused(choice->declared)) return;
    sm_charset_weigh(choice->charset, bytes, &e);
    if (e.characters == 0) choice->unread = true;
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
        choose_without_label(bytes, &choice);
    else
        overrule_if_clear(bytes, &choice);
    return choice;
}
