/* The oracle of the forms: no table of ours, no fast path, ICU's answer for every character.
 * SPDX-License-Identifier: MIT */
#include <seimai/normalize.h>

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include <seimai/utf8.h>

enum { GONE = 0x110000, GROWTH = 11 };

/* ---- NFC, NFKC ------------------------------------------------------------------------- */

static int by_icu(const UNormalizer2 *form, sm_span text, sm_arena *arena, sm_span *out,
                  UErrorCode *status)
{
    int32_t n = 0;
    int32_t bytes = 0;
    const int32_t room = (int32_t)(GROWTH * text.n + 1);
    UChar *before = sm_arena_alloc(arena, ((size_t)text.n + 1) * sizeof *before);
    UChar *after = sm_arena_alloc(arena, (size_t)room * sizeof *after);
    char *utf8 = sm_arena_alloc(arena, (size_t)room);
    u_strFromUTF8(before, (int32_t)text.n + 1, &n, text.p, (int32_t)text.n, status);
    n = unorm2_normalize(form, before, n, after, room, status);
    u_strToUTF8(utf8, room, &bytes, after, n, status);
    *out = (sm_span){utf8, (size_t)bytes};
    return U_SUCCESS(*status) ? 0 : SM_EFORMAT;
}

/* ---- twins, ja ------------------------------------------------------------------------- */

static uint32_t twin(uint32_t c)
{
    static const uint32_t pairs[][2] = {{0xFF5E, 0x301C}, {0xFF0D, 0x2212}, {0x2225, 0x2016},
                                        {0xFFE0, 0xA2},   {0xFFE1, 0xA3},   {0xFFE2, 0xAC}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (c == pairs[i][0]) return pairs[i][1];
    return c;
}

/* The usual width of what Unicode calls wide or narrow. */
static uint32_t usual_width(const UNormalizer2 *nfkc, uint32_t c)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar units[8];
    const int type = u_getIntPropertyValue((UChar32)c, UCHAR_DECOMPOSITION_TYPE);
    if (type != U_DT_WIDE && type != U_DT_NARROW) return c;
    const int32_t n = unorm2_getRawDecomposition(nfkc, (UChar32)c, units, 8, &status);
    return n == 1 && U_SUCCESS(status) ? units[0] : c;
}

static uint32_t fold(const UNormalizer2 *nfkc, uint32_t c, uint32_t before)
{
    const int category = u_charType((UChar32)c);
    const bool ignorable =
        u_hasBinaryProperty((UChar32)c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) != 0;
    if (c == 0x200D && (before == 0xFE0F || before > 0xFFFF)) return c;
    if (category == U_FORMAT_CHAR && ignorable) return GONE;
    if (category == U_SPACE_SEPARATOR) return ' ';
    if (category == U_LINE_SEPARATOR || category == U_PARAGRAPH_SEPARATOR) return '\n';
    if (c == '\r' || c == 0x85) return '\n';
    if (c == 0xFF9E || c == 0xFF9F) return c == 0xFF9E ? 0x309B : 0x309C;
    if (c == 0xFF0D) return '-';
    return twin(usual_width(nfkc, twin(c)));
}

/* A half-width kana and a half-width mark, composed as NFC does with U+3099 and U+309A; or 0. */
static uint32_t voiced(const UNormalizer2 *nfkc, uint32_t c, uint32_t next)
{
    if (c < 0xFF66 || c > 0xFF9D || (next != 0xFF9E && next != 0xFF9F)) return 0;
    const UChar32 mark = next == 0xFF9E ? 0x3099 : 0x309A;
    const UChar32 both = unorm2_composePair(nfkc, (UChar32)usual_width(nfkc, c), mark);
    return both > 0 ? (uint32_t)both : 0;
}

static sm_span by_character(const UNormalizer2 *nfkc, bool ja, sm_span text, sm_arena *arena)
{
    char *out = sm_arena_alloc(arena, text.n);
    size_t n = 0;
    uint32_t before = 0; /* the last code point written */
    const char *end = text.p + text.n;
    for (const char *p = text.p; p < end;) {
        const uint32_t c = sm_utf8_next(&p, end);
        const char *after = p;
        const uint32_t next = p < end ? sm_utf8_next(&after, end) : 0;
        uint32_t to = ja ? fold(nfkc, c, before) : twin(c);
        if (ja && c == '\r' && next == '\n') to = GONE;
        if (ja && voiced(nfkc, c, next)) {
            to = voiced(nfkc, c, next);
            p = after;
        }
        if (to == GONE) continue;
        n += sm_utf8_put(to, out + n);
        before = to;
    }
    return (sm_span){out, n};
}

int sm_normalize_slowly(sm_form form, sm_span text, sm_arena *arena, sm_span *out,
                        sm_error *err)
{
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfc = unorm2_getNFCInstance(&status);
    const UNormalizer2 *nfkc = unorm2_getNFKCInstance(&status);
    int rc = 0;
    if (U_FAILURE(status) || text.n > INT32_MAX / GROWTH - 1)
        SM_FAIL(err, SM_EFORMAT, "normalization: %s", u_errorName(status));
    switch (form) {
    case SM_FORM_NFC: rc = by_icu(nfc, text, arena, out, &status); break;
    case SM_FORM_NFKC: rc = by_icu(nfkc, text, arena, out, &status); break;
    case SM_FORM_TWINS: *out = by_character(nfkc, false, text, arena); break;
    case SM_FORM_JA: *out = by_character(nfkc, true, text, arena); break;
    case SM_FORM_NONE: *out = sm_arena_copy(arena, text); break;
    }
    if (rc < 0) SM_FAIL(err, SM_EFORMAT, "normalization: %s", u_errorName(status));
    return 0;
}
