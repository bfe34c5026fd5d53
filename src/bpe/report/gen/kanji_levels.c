/* Writes the table of kanji levels: what JIS X 0213:2004 has in which row, asked of the C library's EUC-JISX0213.
 * SPDX-License-Identifier: MIT
 *
 * Plane 1: rows 16 to 47 up to cell 51 are level 1, rows 48 to 84 up to cell 6 level 2, rows 14, 15 and what follows them
 * level 3. Plane 2 is level 4. The table is sorted by code point: code point * 8 + level. */
#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { CELLS = 94, MOST = 2 * CELLS * CELLS };

typedef struct table {
    uint32_t of[MOST];
    size_t n;
} table;

static int level_of(int plane, int row, int cell)
{
    if (plane == 2)
        return row <= 5 || row == 8 || (row >= 12 && row <= 15) || row >= 78 ? 4 : 0;
    if (row >= 16 && (row < 47 || (row == 47 && cell <= 51))) return row <= 47 ? 1 : 0;
    if (row >= 48 && (row < 84 || (row == 84 && cell <= 6))) return 2;
    return row == 14 || row == 15 || row >= 47 ? 3 : 0;
}

/* The character of a place in the standard; 0 for none, and for places of two characters. */
static uint32_t decode(iconv_t cd, int plane, int row, int cell)
{
    char bytes[3] = {(char)0x8F, (char)(0xA0 + row), (char)(0xA0 + cell)};
    char *in = plane == 2 ? bytes : bytes + 1, *out;
    unsigned char utf32[16];
    size_t n_in = plane == 2 ? 3 : 2, n_out = sizeof utf32;
    out = (char *)utf32;
    (void)iconv(cd, NULL, NULL, NULL, NULL);
    if (iconv(cd, &in, &n_in, &out, &n_out) == (size_t)-1) return 0;
    if (iconv(cd, NULL, NULL, &out, &n_out) == (size_t)-1 || n_out != sizeof utf32 - 4)
        return 0;
    return (uint32_t)utf32[0] << 24 | (uint32_t)utf32[1] << 16 | (uint32_t)utf32[2] << 8 |
           utf32[3];
}

static int by_value(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static int is_kanji(uint32_t c)
{
    return (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) || c >= 0x20000;
}

static void collect(table *t, iconv_t cd)
{
    for (int plane = 1; plane <= 2; plane++) {
        for (int row = 1; row <= CELLS; row++) {
            for (int cell = 1; cell <= CELLS; cell++) {
                const int level = level_of(plane, row, cell);
                const uint32_t c = level ? decode(cd, plane, row, cell) : 0;
                if (is_kanji(c)) t->of[t->n++] = c << 3 | (uint32_t)level;
            }
        }
    }
    qsort(t->of, t->n, sizeof *t->of, by_value);
}

int main(int argc, char **argv)
{
    static table t;
    const iconv_t cd = iconv_open("UTF-32BE", "EUC-JISX0213");
    FILE *out = argc == 2 ? fopen(argv[1], "w") : NULL;
    if (!out) return 2;
    if (cd == (iconv_t)-1) {
        (void)fprintf(stderr,
                      "%s: this C library lacks EUC-JISX0213: reports will not know the JIS "
                      "levels of kanji\n",
                      argv[0]);
    } else {
        collect(&t, cd);
        (void)iconv_close(cd);
    }
    (void)fprintf(out, "#include \"report/marks.h\"\nconst uint32_t kanji_levels[] = {\n");
    for (size_t i = 0; i < t.n; i++)
        (void)fprintf(out, "0x%lx,%s", (unsigned long)t.of[i], i % 8 == 7 ? "\n" : " ");
    (void)fprintf(out, "0};\nconst size_t n_kanji_levels = %zu;\n", t.n);
    return fclose(out) == 0 ? 0 : 1;
}
