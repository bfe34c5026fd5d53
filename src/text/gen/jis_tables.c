/* jis_tables: writes the decoding tables of JIS X 0208 and JIS X 0212 as a C header.
 * SPDX-License-Identifier: MIT
 *
 * A build-time program: src/html includes what it prints. The tables are indexed by the WHATWG Encoding
 * standard's pointers; 0 is "no character". ICU's converters know the same sets with the extensions of
 * NEC and IBM (windows-31j); where they differ from the standard's indexes, the standard wins. */
#include <stdint.h>
#include <stdio.h>

#include <unicode/ucnv.h>

enum {
    ROW_0208 = 188,        /* Shift_JIS: two rows of 94 share a lead byte */
    POINTERS_0208 = 11104, /* up to the last IBM extension, FC4B */
    USER_FIRST = 8836,     /* F040…F9FC: user-defined, which the decoder computes */
    USER_LAST = 10715,
    ROW_0212 = 94,
    ROWS_0212 = 77, /* ICU has IBM's characters in the rows behind; the standard has nothing */
    POINTERS_0212 = 94 * 94
};

/* The character of one byte sequence, or 0 where the converter has none (or more than one). */
static uint16_t decode_one(UConverter *converter, const char *bytes, int32_t n)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar out[4] = {0};
    const int32_t units = ucnv_toUChars(converter, out, 4, bytes, n, &status);
    if (U_FAILURE(status) || units != 1 || out[0] == 0xFFFD) return 0;
    return (uint16_t)out[0];
}

static uint16_t decode_0208(UConverter *shift_jis, int pointer)
{
    if (pointer >= USER_FIRST && pointer <= USER_LAST) return 0;
    const int lead = pointer / ROW_0208, trail = pointer % ROW_0208;
    const char bytes[2] = {(char)(lead + (lead < 0x1F ? 0x81 : 0xC1)),
                           (char)(trail + (trail < 0x3F ? 0x40 : 0x41))};
    return decode_one(shift_jis, bytes, 2);
}

static uint16_t decode_0212(UConverter *euc_jp, int pointer)
{
    if (pointer / ROW_0212 >= ROWS_0212) return 0;
    const char bytes[3] = {(char)0x8F, (char)(pointer / ROW_0212 + 0xA1),
                           (char)(pointer % ROW_0212 + 0xA1)};
    return decode_one(euc_jp, bytes, 3);
}

static void print_table(const char *name, uint16_t (*decode)(UConverter *, int),
                        UConverter *converter, int pointers)
{
    printf("static const uint16_t %s[%d] = {", name, pointers);
    for (int i = 0; i < pointers; i++)
        printf("%s0x%04X,", i % 12 ? " " : "\n    ", (unsigned)decode(converter, i));
    printf("\n};\n");
}

int main(void)
{
    UErrorCode status = U_ZERO_ERROR;
    UConverter *shift_jis = ucnv_open("windows-31j", &status);
    UConverter *euc_jp = ucnv_open("EUC-JP", &status);
    if (U_FAILURE(status)) {
        fprintf(stderr, "jis_tables: ICU has no converter: %s\n", u_errorName(status));
        return 1;
    }
    printf("/* Written by jis_tables at build time: WHATWG pointers to Unicode. */\n");
    print_table("jis0208", decode_0208, shift_jis, POINTERS_0208);
    print_table("jis0212", decode_0212, euc_jp, POINTERS_0212);
    ucnv_close(shift_jis);
    ucnv_close(euc_jp);
    return fflush(stdout) ? 1 : 0;
}
