/* Writes language_table.c, the tables of ../language_internal.h, from language/weights.txt. A build tool.
 * SPDX-License-Identifier: MIT
 *
 * A line of weights.txt is "[SECTION] …", "# …", or two weights and the characters, pairs or triples that have them. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <seimai/utf8.h>

#include "../language_internal.h"

static sm_weights han[SM_HAN_LAST - SM_HAN_FIRST + 1];
static sm_pair_weights pairs[SM_PAIR_SLOTS];
static sm_weights latin[SM_LATIN_TRIPLES];

static void refuse(int line, const char *why)
{
    (void)fprintf(stderr, "weights.txt:%d: %s\n", line, why);
    exit(1);
}

/* ---- reading ------------------------------------------------------------------------------- */

static void read_han(sm_span list, sm_weights w)
{
    const char *p = list.p, *const end = list.p + list.n;
    while (p < end) {
        const uint32_t c = sm_utf8_next(&p, end);
        if (c >= SM_HAN_FIRST && c <= SM_HAN_LAST) han[c - SM_HAN_FIRST] = w;
    }
}

static void read_pair(sm_span item, sm_weights w, int line)
{
    const char *p = item.p, *const end = item.p + item.n;
    const uint32_t first = sm_utf8_next(&p, end);
    const uint32_t pair = first << 16 | (p < end ? sm_utf8_next(&p, end) : 0);
    uint32_t slot = sm_pair_slot(pair);
    if (p != end || first > SM_HAN_LAST) return; /* compatibility ideographs have no pairs */
    for (int tries = 0; pairs[slot].pair; tries++) {
        if (tries > SM_PAIR_SLOTS / 4) refuse(line, "too many pairs");
        slot = (slot + 1) % SM_PAIR_SLOTS;
    }
    pairs[slot] = (sm_pair_weights){pair, w};
}

static void read_triple(sm_span item, sm_weights w, int line)
{
    static const char symbols[] = "_abcdefghijklmnopqrstuvwxyz~#";
    size_t at = 0;
    if (item.n != 3) refuse(line, "expected a triple");
    for (size_t i = 0; i < 3; i++) {
        const char *const symbol = strchr(symbols, item.p[i]);
        if (!symbol) refuse(line, "unknown symbol");
        at = at * SM_LATIN_SYMBOLS + (size_t)(symbol - symbols);
    }
    latin[at] = w;
}

static void read_items(char section, char *list, sm_weights w, int line)
{
    for (char *p = list; *p;) {
        const size_t n = strcspn(p, " \n");
        if (section == 'h') read_han((sm_span){p, n}, w);
        if (section == 'p' && n > 0) read_pair((sm_span){p, n}, w, line);
        if (section == 'l' && n > 0) read_triple((sm_span){p, n}, w, line);
        p += n + (p[n] != '\0');
    }
}

static void read_weights(FILE *in)
{
    static char text[1 << 20];
    char section = 0;
    for (int line = 1; fgets(text, sizeof text, in); line++) {
        if (text[0] == '[') section = text[1];
        if (text[0] == '[' || text[0] == '#') continue;
        char *rest = NULL;
        const long a = strtol(text, &rest, 10), b = strtol(rest, &rest, 10);
        if (labs(a) > INT8_MAX || labs(b) > INT8_MAX || *rest++ != ' ')
            refuse(line, "expected two weights");
        read_items(section, rest, (sm_weights){{(int8_t)a, (int8_t)b}}, line);
    }
}

/* ---- writing ------------------------------------------------------------------------------- */

static void write_weights(FILE *out, const char *name, const char *size,
                          const sm_weights *table, size_t n)
{
    (void)fprintf(out, "const sm_weights %s[%s] = {\n", name, size);
    for (size_t i = 0; i < n; i++)
        (void)fprintf(out, "{{%d,%d}},%s", table[i].of[0], table[i].of[1],
                      i % 12 == 11 ? "\n" : "");
    (void)fprintf(out, "};\n");
}

static void write_pairs(FILE *out)
{
    (void)fprintf(out, "const sm_pair_weights sm_pair_table[SM_PAIR_SLOTS] = {\n");
    for (size_t i = 0; i < SM_PAIR_SLOTS; i++)
        (void)fprintf(out, "{%uu,{{%d,%d}}},%s", pairs[i].pair, pairs[i].weights.of[0],
                      pairs[i].weights.of[1], i % 6 == 5 ? "\n" : "");
    (void)fprintf(out, "};\n");
}

int main(int argc, char **argv)
{
    FILE *const in = argc == 3 ? fopen(argv[1], "r") : NULL;
    FILE *const out = argc == 3 ? fopen(argv[2], "w") : NULL;
    if (!in || !out) return 2;
    read_weights(in);
    (void)fprintf(out, "/* Made by gen/language_table.c from language/weights.txt. */\n"
                       "#include \"language_internal.h\"\n");
    write_weights(out, "sm_han_weights", "SM_HAN_LAST - SM_HAN_FIRST + 1", han,
                  sizeof han / sizeof *han);
    write_pairs(out);
    write_weights(out, "sm_latin_weights", "SM_LATIN_TRIPLES", latin, SM_LATIN_TRIPLES);
    (void)fclose(in);
    return fclose(out) == 0 ? 0 : 1;
}
