/* legacy_tables: writes the decoding tables of the legacy charsets that are not Japanese as a C header.
 * SPDX-License-Identifier: MIT
 *
 * A build-time program: src/html includes what it prints. Tables are indexed as the WHATWG Encoding
 * standard does it (bytes 80…FF; pointers); 0 is "no character". They are ICU's, but where the standard has
 * more: there a byte 80…9F without a character is a C1 control. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <unicode/ucnv.h>

/* In the order of sm_charset, from SM_IBM866 on. ICU has no ISO-8859-16. */
static const struct {
    const char *name, *converter;
} singles[] = {
    {"IBM866", "ibm866"},
    {"ISO-8859-2", "iso-8859-2"},
    {"ISO-8859-3", "iso-8859-3"},
    {"ISO-8859-4", "iso-8859-4"},
    {"ISO-8859-5", "iso-8859-5"},
    {"ISO-8859-6", "iso-8859-6"},
    {"ISO-8859-7", "iso-8859-7"},
    {"ISO-8859-8", "iso-8859-8"},
    {"ISO-8859-10", "iso-8859_10-1998"},
    {"ISO-8859-13", "iso-8859-13"},
    {"ISO-8859-14", "iso-8859_14-1998"},
    {"ISO-8859-15", "iso-8859-15"},
    {"ISO-8859-16", NULL},
    {"KOI8-R", "koi8-r"},
    {"KOI8-U", "koi8-u"},
    {"macintosh", "macos-0_2-10.2"},
    {"windows-874", "windows-874-2000"},
    {"windows-1250", "windows-1250"},
    {"windows-1251", "windows-1251"},
    {"windows-1252", "windows-1252"},
    {"windows-1253", "windows-1253"},
    {"windows-1254", "windows-1254"},
    {"windows-1255", "windows-1255"},
    {"windows-1256", "windows-1256"},
    {"windows-1257", "windows-1257"},
    {"windows-1258", "windows-1258"},
    {"x-mac-cyrillic", "macos-7_3-10.2"},
};

/* Where ISO-8859-16 is not ISO-8859-1; the letters of KOI8-U that ICU has as lines; a byte that is nothing. */
static const struct {
    const char *name;
    uint8_t byte;
    uint16_t character;
} own[] = {
    {"ISO-8859-16", 0xA1, 0x104},  {"ISO-8859-16", 0xA2, 0x105},  {"ISO-8859-16", 0xA3, 0x141},
    {"ISO-8859-16", 0xA4, 0x20AC}, {"ISO-8859-16", 0xA5, 0x201E}, {"ISO-8859-16", 0xA6, 0x160},
    {"ISO-8859-16", 0xA8, 0x161},  {"ISO-8859-16", 0xAA, 0x218},  {"ISO-8859-16", 0xAC, 0x179},
    {"ISO-8859-16", 0xAE, 0x17A},  {"ISO-8859-16", 0xAF, 0x17B},  {"ISO-8859-16", 0xB2, 0x10C},
    {"ISO-8859-16", 0xB3, 0x142},  {"ISO-8859-16", 0xB4, 0x17D},  {"ISO-8859-16", 0xB5, 0x201D},
    {"ISO-8859-16", 0xB8, 0x17E},  {"ISO-8859-16", 0xB9, 0x10D},  {"ISO-8859-16", 0xBA, 0x219},
    {"ISO-8859-16", 0xBC, 0x152},  {"ISO-8859-16", 0xBD, 0x153},  {"ISO-8859-16", 0xBE, 0x178},
    {"ISO-8859-16", 0xBF, 0x17C},  {"ISO-8859-16", 0xC3, 0x102},  {"ISO-8859-16", 0xC5, 0x106},
    {"ISO-8859-16", 0xD0, 0x110},  {"ISO-8859-16", 0xD1, 0x143},  {"ISO-8859-16", 0xD5, 0x150},
    {"ISO-8859-16", 0xD7, 0x15A},  {"ISO-8859-16", 0xD8, 0x170},  {"ISO-8859-16", 0xDD, 0x118},
    {"ISO-8859-16", 0xDE, 0x21A},  {"ISO-8859-16", 0xE3, 0x103},  {"ISO-8859-16", 0xE5, 0x107},
    {"ISO-8859-16", 0xF0, 0x111},  {"ISO-8859-16", 0xF1, 0x144},  {"ISO-8859-16", 0xF5, 0x151},
    {"ISO-8859-16", 0xF7, 0x15B},  {"ISO-8859-16", 0xF8, 0x171},  {"ISO-8859-16", 0xFD, 0x119},
    {"ISO-8859-16", 0xFE, 0x21B},  {"KOI8-U", 0xAE, 0x45E},       {"KOI8-U", 0xBE, 0x40E},
    {"windows-1253", 0xAA, 0},
};

enum { GB18030_ROW = 190, BIG5_ROW = 157, EUC_KR_ROW = 190, ROWS = 126, FIRST_LEAD = 0x81 };

static uint32_t decode_one(UConverter *converter, const char *bytes, int32_t n)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar out[4] = {0};
    const int32_t units = ucnv_toUChars(converter, out, 4, bytes, n, &status);
    if (U_FAILURE(status) || out[0] == 0xFFFD) return 0;
    if (units == 1) return out[0];
    const bool pair = units == 2 && U16_IS_LEAD(out[0]) && U16_IS_TRAIL(out[1]);
    return pair ? (uint32_t)U16_GET_SUPPLEMENTARY(out[0], out[1]) : 0;
}

static UConverter *open_converter(const char *name)
{
    UErrorCode status = U_ZERO_ERROR;
    UConverter *converter = ucnv_open(name, &status);
    if (U_FAILURE(status)) fprintf(stderr, "legacy_tables: ICU has no converter %s\n", name);
    return U_FAILURE(status) ? NULL : converter;
}

/* ICU's answer to what is undefined; but the standard has the apple of macintosh, F8FF. */
static bool is_private(uint32_t c)
{
    return c >= 0xE000 && c < 0xF8FF;
}

/* ---- one byte ------------------------------------------------------------------------------- */

static uint32_t single(const char *name, UConverter *converter, unsigned byte)
{
    const char bytes[1] = {(char)byte};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (own[i].name == name && own[i].byte == byte) return own[i].character;
    const uint32_t c = converter ? decode_one(converter, bytes, 1) : byte;
    if (c == 0x1A || (c == 0 && byte <= 0x9F)) return byte <= 0x9F ? byte : 0;
    return is_private(c) ? 0 : c;
}

static bool print_singles(void)
{
    const size_t n = sizeof singles / sizeof *singles;
    printf("static const uint16_t single_bytes[%zu][128] = {\n", n);
    for (size_t i = 0; i < n; i++) {
        UConverter *converter =
            singles[i].converter ? open_converter(singles[i].converter) : NULL;
        if (singles[i].converter && !converter) return false;
        printf("    {   /* %s */", singles[i].name);
        for (unsigned byte = 0x80; byte <= 0xFF; byte++)
            printf("%s0x%04X,", byte % 12 ? " " : "\n     ",
                   (unsigned)single(singles[i].name, converter, byte));
        printf("},\n");
        if (converter) ucnv_close(converter);
    }
    printf("};\n");
    return true;
}

/* ---- two bytes ------------------------------------------------------------------------------ */

static unsigned gb18030_trail(unsigned column)
{
    return column + (column < 0x3F ? 0x40 : 0x41);
}

static unsigned big5_trail(unsigned column)
{
    return column + (column < 0x3F ? 0x40 : 0x62);
}

static unsigned euc_kr_trail(unsigned column)
{
    return column + 0x41;
}

/* Characters of Hong Kong's supplement that ICU still has in private use. */
static const struct {
    uint16_t bytes, character;
} big5_own[] = {{0x8840, 0x31C0}, {0x8841, 0x31C1}, {0x8842, 0x31C2}, {0x8843, 0x31C3},
                {0x8844, 0x31C4}, {0x8846, 0x31C5}, {0x8849, 0x31C6}, {0x884A, 0x31C7},
                {0x884D, 0x31C8}, {0x884F, 0x31C9}, {0x8850, 0x31CA}, {0x8851, 0x31CB},
                {0x8852, 0x31CC}, {0x8854, 0x31CD}, {0x8855, 0x31CE}, {0x88A9, 0x23DA},
                {0x88AA, 0x23DB}, {0x8C43, 0x9FA6}, {0x8C6D, 0x9FA7}, {0x8C74, 0x9FA8},
                {0x8CB7, 0x9FA9}, {0x8CB9, 0x9FAA}, {0x8CBB, 0x9FAB}, {0x8CC0, 0x9FAC},
                {0x8CD7, 0x9FAD}, {0x8CD8, 0x9FAE}, {0x8CDA, 0x9FAF}, {0x8CED, 0x9FB2},
                {0x8D48, 0x9FB3}, {0xC879, 0x31CF}, {0xC8A1, 0x9FB0}, {0xC8A3, 0x9FB1}};

static uint32_t pair(UConverter *converter, const char bytes[2], unsigned (*trail)(unsigned))
{
    const unsigned both = (unsigned)(unsigned char)bytes[0] << 8 | (unsigned char)bytes[1];
    const uint32_t c = decode_one(converter, bytes, 2);
    if (trail == gb18030_trail || !is_private(c)) return c;
    for (size_t i = 0; trail == big5_trail && i < sizeof big5_own / sizeof *big5_own; i++)
        if (big5_own[i].bytes == both) return big5_own[i].character;
    return 0;
}

/* The lower sixteen bits of every pointer's character; for Big5 what is in plane 2 is a second table. */
static bool print_pairs(const char *table, const char *name, unsigned row,
                        unsigned (*trail)(unsigned), bool upper)
{
    UConverter *converter = open_converter(name);
    if (!converter) return false;
    printf("static const %s %s[%u] = {", upper ? "unsigned char" : "uint16_t", table,
           ROWS * row);
    for (unsigned pointer = 0; pointer < ROWS * row; pointer++) {
        const char bytes[2] = {(char)(pointer / row + FIRST_LEAD), (char)trail(pointer % row)};
        const uint32_t c = pair(converter, bytes, trail);
        printf("%s%u,", pointer % 16 ? " " : "\n    ", upper ? c >> 16 : c & 0xFFFF);
    }
    printf("\n};\n");
    ucnv_close(converter);
    return true;
}

/* ---- four bytes of GB18030: stretches in which the code points run along with the pointers ------- */

static bool print_ranges(void)
{
    enum { POINTERS = 39420 };
    UConverter *converter = open_converter("gb18030");
    if (!converter) return false;
    printf("static const struct {\n    uint16_t pointer, character;\n} gb18030_ranges[] = {");
    uint32_t due = 0;
    for (unsigned pointer = 0, n = 0; pointer < POINTERS; pointer++) {
        const char bytes[4] = {(char)(0x81 + pointer / 12600),
                               (char)(0x30 + pointer / 1260 % 10),
                               (char)(0x81 + pointer / 10 % 126), (char)(0x30 + pointer % 10)};
        const uint32_t c = decode_one(converter, bytes, 4);
        if (c != due || pointer == 0)
            printf("%s{%u, 0x%04X},", n++ % 6 ? " " : "\n    ", pointer, (unsigned)c);
        due = c ? c + 1 : 0;
    }
    printf("\n};\n");
    ucnv_close(converter);
    return true;
}

int main(void)
{
    printf("/* Written by legacy_tables at build time. */\n");
    const bool done =
        print_singles() &&
        print_pairs("gb18030", "gb18030", GB18030_ROW, gb18030_trail, false) &&
        print_pairs("big5", "ibm-1375_P100-2008", BIG5_ROW, big5_trail, false) &&
        print_pairs("big5_plane", "ibm-1375_P100-2008", BIG5_ROW, big5_trail, true) &&
        print_pairs("euc_kr", "windows-949", EUC_KR_ROW, euc_kr_trail, false) && print_ranges();
    return done && fflush(stdout) == 0 ? 0 : 1;
}
