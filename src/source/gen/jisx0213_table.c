/* Writes jisx0213_table.c, the table of ../aozora/aozora_internal.h: what each plane, row and cell of JIS X 0213:2004 is in
 * Unicode, as the C library's converter of EUC-JISX0213 knows it. A build tool.
 * SPDX-License-Identifier: MIT */
#include <iconv.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SIDE = 94 };

/* Rows of plane 2 stand behind the byte 8F. Gives how many code points came. */
static size_t convert(iconv_t to_unicode, int plane, int row, int cell, uint32_t c[2])
{
    char bytes[3] = {(char)0x8F, (char)(0xA0 + row), (char)(0xA0 + cell)};
    unsigned char out[8];
    char *in = plane == 2 ? bytes : bytes + 1, *to = (char *)out;
    size_t n = plane == 2 ? 3 : 2, room = sizeof out;
    (void)iconv(to_unicode, NULL, NULL, NULL, NULL);
    if (iconv(to_unicode, &in, &n, &to, &room) == (size_t)-1 || n) return 0;
    (void)iconv(to_unicode, NULL, NULL, &to,
                &room); /* what waited for a mark that could follow */
    const size_t got = (sizeof out - room) / 4;
    for (size_t i = 0; i < got && i < 2; i++)
        c[i] = out[4 * i] | (uint32_t)out[4 * i + 1] << 8 | (uint32_t)out[4 * i + 2] << 16;
    return got;
}

static bool write_table(FILE *file, iconv_t to_unicode)
{
    size_t known = 0;
    (void)fprintf(file, "#include \"aozora/aozora_internal.h\"\n"
                        "const uint32_t jisx0213_table[2][94][94][2] = {\n");
    for (int plane = 1; plane <= 2; plane++) {
        (void)fprintf(file, "{\n");
        for (int row = 1; row <= SIDE; row++) {
            (void)fprintf(file, "{");
            for (int cell = 1; cell <= SIDE; cell++) {
                uint32_t c[2] = {0, 0};
                known += convert(to_unicode, plane, row, cell, c) > 0;
                (void)fprintf(file, "{%u,%u},", c[0], c[1]);
            }
            (void)fprintf(file, "},\n");
        }
        (void)fprintf(file, "},\n");
    }
    (void)fprintf(file, "};\n");
    return known > 11000; /* the standard has 11,233 */
}

int main(int argc, char **argv)
{
    iconv_t to_unicode = iconv_open("UCS-4LE", "EUC-JISX0213");
    if (argc != 2 || to_unicode == (iconv_t)-1) {
        (void)fprintf(stderr, "usage: sm_gen_jisx0213 FILE; iconv must know EUC-JISX0213\n");
        return 1;
    }
    FILE *file = fopen(argv[1], "w");
    if (!file) return 1;
    const bool whole = write_table(file, to_unicode);
    const bool written = fclose(file) == 0;
    (void)iconv_close(to_unicode);
    return whole && written ? 0 : 1;
}
