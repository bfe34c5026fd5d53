/* Writes character_table.c, the table of ../character_internal.h, from ICU's properties. A build tool.
 * SPDX-License-Identifier: MIT
 *
 * The classes are explained in seimai/script.h; here stand the decisions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>

#include <seimai/script.h>

#include "../character_internal.h"
#include "../width_internal.h"

enum { ROWS = SM_CHAR_LIMIT / SM_CHAR_ROW };

/* Letters that Unicode calls common to hiragana and katakana, or to Han. */
static const struct {
    uint32_t first, last;
    sm_script script;
} common_letters[] = {
    {0x3006, 0x3006, SM_HAN},      /* 〆 */
    {0x3031, 0x3035, SM_HIRAGANA}, /* 〱, the repeat marks of vertical text */
    {0x303C, 0x303C, SM_HIRAGANA}, /* 〼 */
    {0x30FC, 0x30FC, SM_KATAKANA}, /* ー */
    {0xFF70, 0xFF70, SM_KATAKANA}, /* ｰ */
    {0xFF9E, 0xFF9F, SM_KATAKANA}, /* ﾞ ﾟ */
};

static sm_script letter(uint32_t c, UScriptCode script)
{
    for (size_t i = 0; i < sizeof common_letters / sizeof *common_letters; i++)
        if (c >= common_letters[i].first && c <= common_letters[i].last)
            return common_letters[i].script;
    if (script == USCRIPT_HIRAGANA) return SM_HIRAGANA;
    if (script == USCRIPT_KATAKANA) return SM_KATAKANA;
    if (script == USCRIPT_HAN) return SM_HAN;
    if (script == USCRIPT_HANGUL) return SM_HANGUL;
    return script == USCRIPT_LATIN ? SM_LATIN : SM_OTHER_LETTER;
}

/* CJK punctuation, its vertical and small forms, half and full width. */
static sm_script punctuation(uint32_t c)
{
    const bool cjk = (c >= 0x3000 && c <= 0x303F) || c == 0x30A0 || c == 0x30FB ||
                     (c >= 0xFE10 && c <= 0xFE1F) || (c >= 0xFE30 && c <= 0xFE6F) ||
                     (c >= 0xFF00 && c <= 0xFFEF);
    return cjk ? SM_JA_PUNCT : SM_PUNCT;
}

static sm_script class_of(uint32_t c)
{
    UErrorCode status = U_ZERO_ERROR;
    const UScriptCode script = uscript_getScript((UChar32)c, &status);
    const uint32_t category = U_MASK(u_charType((UChar32)c));
    if (U_FAILURE(status)) exit(1);
    if (u_isUWhiteSpace((UChar32)c)) return SM_SPACE;
    if (c == 0xFF5E)
        return SM_JA_PUNCT; /* ～, a mathematical symbol to Unicode; 〜 is punctuation */
    if (category & (U_GC_L_MASK | U_GC_NL_MASK)) return letter(c, script);
    if (category & U_GC_ND_MASK) return SM_DIGIT;
    if (category & U_GC_P_MASK) return punctuation(c);
    if (category & (U_GC_S_MASK | U_GC_NO_MASK))
        return script == USCRIPT_HAN ? SM_HAN : SM_SYMBOL; /* radicals as ideographs */
    return SM_OTHER;
}

static bool is_wide(uint32_t c)
{
    UErrorCode status = U_ZERO_ERROR;
    const int width = u_getIntPropertyValue((UChar32)c, UCHAR_EAST_ASIAN_WIDTH);
    if (uscript_getScript((UChar32)c, &status) == USCRIPT_HANGUL || U_FAILURE(status))
        return false;
    if (u_hasBinaryProperty((UChar32)c, UCHAR_EMOJI_PRESENTATION)) return false;
    return width == U_EA_FULLWIDTH || width == U_EA_WIDE || width == U_EA_HALFWIDTH;
}

static bool may_change(const UNormalizer2 *form, UProperty quick_check, uint32_t c)
{
    return !unorm2_hasBoundaryBefore(form, (UChar32)c) ||
           u_getIntPropertyValue((UChar32)c, quick_check) != UNORM_YES;
}

static void fill(uint8_t table[])
{
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfc = unorm2_getNFCInstance(&status);
    const UNormalizer2 *nfkc = unorm2_getNFKCInstance(&status);
    if (U_FAILURE(status)) exit(1);
    for (uint32_t c = 0; c < SM_CHAR_LIMIT; c++) {
        unsigned bits = class_of(c);
        if (is_wide(c)) bits |= SM_CHAR_WIDE;
        if (sm_width_fold(c) != c || sm_width_twin(c) != c) bits |= SM_CHAR_JA;
        if (may_change(nfc, UCHAR_NFC_QUICK_CHECK, c)) bits |= SM_CHAR_NFC;
        if (may_change(nfkc, UCHAR_NFKC_QUICK_CHECK, c)) bits |= SM_CHAR_NFKC;
        table[c] = (uint8_t)bits;
    }
}

/* Gives every distinct row a number in order of first use; writes the rows; returns how many. */
static unsigned write_rows(FILE *out, const uint8_t table[], unsigned number[])
{
    unsigned n = 0;
    (void)fprintf(out, "const uint8_t sm_character_table[][SM_CHAR_ROW] = {\n");
    for (size_t i = 0; i < ROWS; i++) {
        const uint8_t *row = table + i * SM_CHAR_ROW;
        size_t same = 0;
        while (same < i && memcmp(row, table + same * SM_CHAR_ROW, SM_CHAR_ROW) != 0)
            same++;
        number[i] = same < i ? number[same] : n++;
        if (same < i) continue;
        (void)fprintf(out, "{");
        for (size_t k = 0; k < SM_CHAR_ROW; k++)
            (void)fprintf(out, "%u,", row[k]);
        (void)fprintf(out, "},\n");
    }
    (void)fprintf(out, "};\n");
    return n;
}

int main(int argc, char **argv)
{
    static uint8_t table[SM_CHAR_LIMIT];
    static unsigned number[ROWS];
    FILE *out = argc == 2 ? fopen(argv[1], "w") : NULL;
    if (!out) return 2;
    fill(table);
    (void)fprintf(out, "/* Made by gen/character_table.c from ICU %s, Unicode %s. */\n",
                  U_ICU_VERSION, U_UNICODE_VERSION);
    (void)fprintf(out, "#include \"character_internal.h\"\n");
    (void)write_rows(out, table, number);
    (void)fprintf(out, "const uint16_t sm_character_rows[SM_CHAR_LIMIT / SM_CHAR_ROW] = {\n");
    for (size_t i = 0; i < ROWS; i++)
        (void)fprintf(out, "%u,%s", number[i], i % 16 == 15 ? "\n" : "");
    (void)fprintf(out, "};\n");
    return fclose(out) == 0 ? 0 : 1;
}
