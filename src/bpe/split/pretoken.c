/* The known pre-tokenizers: a table of names, scanners and patterns; cutting in windows.
 * SPDX-License-Identifier: MIT */
#include "pretoken_internal.h"

#include <string.h>

/* ---- the table ---------------------------------------------------------------------------- */

#define CONTRACTION "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
#define BY_LINES    "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
#define REST                                                                                   \
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?"       \
    "[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|" BY_LINES

static const known_split known[] = {
    {"deepseek-v3",
     &scan_deepseek,
     {"\\p{N}{1,3}", "[一-龥\xE3\x81\x80-ゟ゠-ヿ]+", REST, NULL}},
    {"llama3",
     &scan_llama3,
     {CONTRACTION "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|"
                  " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" BY_LINES,
      NULL}},
    {"qwen",
     &scan_qwen,
     {CONTRACTION "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|"
                  " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" BY_LINES,
      NULL}},
    {"o200k",
     &scan_o200k,
     {"[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*"
      "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+" CONTRACTION "?|"
      "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+"
      "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*" CONTRACTION "?|"
      "\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" BY_LINES,
      NULL}},
    {"gpt2",
     &scan_gpt2,
     {"'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
      NULL}},
    {"runs",
     &scan_runs,
     {"\\p{N}{1,3}| ?[^\\s\\p{N}\\p{P}\\p{S}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|" BY_LINES, NULL}},
    {"script",
     &scan_script,
     {"\\p{N}{1,3}",
      "[ぁ-ゖゝ-ゟー]+|[㐀-䶿一-\xE9\xBF\xBF\xEF\xA4\x80-\xEF\xA9\xAD々〆ヵヶ]+|"
      "[ァ-ヺー-ヿ]+",
      REST, NULL}},
    {"none", &scan_none, {NULL}},
};
enum { KNOWN = sizeof known / sizeof *known };

static uint32_t *make_cells(const classes *c, const scanner *s)
{
    uint32_t *cells = sm_malloc(CELLS * sizeof *cells);
    for (uint32_t i = 0; i < CELL_BAD; i++)
        cells[i] = (uint32_t)s->group_of(i, classes_of(c, i)) << CELL_GROUP;
    for (uint32_t i = CELL_BAD; i < CELLS; i++)
        cells[i] = (uint32_t)s->group_of(UINT32_MAX, 0) << CELL_GROUP;
    return cells;
}

int sm_pretokenizer_new(sm_pretokenizer **out, const char *name, sm_error *err)
{
    *out = NULL;
    for (size_t i = 0; i < KNOWN; i++) {
        if (strcmp(known[i].name, name) != 0) continue;
        sm_pretokenizer *p = sm_calloc(1, sizeof *p);
        p->known = &known[i];
        classes_init(&p->classes);
        p->table = (unpack_table){make_cells(&p->classes, known[i].scanner), &p->classes,
                                  known[i].scanner->group_of};
        *out = p;
        return 0;
    }
    SM_FAIL(err, SM_EUSAGE, "unknown pre-tokenizer '%s' (known: %s)", name,
            SM_PRETOKEN_CHOICES);
}

void sm_pretokenizer_free(sm_pretokenizer *p)
{
    if (!p) return;
    classes_fini(&p->classes);
    sm_free(p->table.cells);
    sm_free(p);
}

const char *sm_pretokenizer_name(const sm_pretokenizer *p)
{
    return p->known->name;
}

const char *sm_pretokenizer_pattern(const sm_pretokenizer *p, size_t i)
{
    return i < MAX_PATTERNS ? p->known->patterns[i] : NULL;
}

static bool has_patterns(const known_split *k, const sm_span *patterns, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!k->patterns[i] || !sm_span_equal(sm_span_of(k->patterns[i]), patterns[i]))
            return false;
    return k->patterns[n] == NULL;
}

const char *sm_pretokenizer_by_patterns(const sm_span *patterns, size_t n)
{
    for (size_t i = 0; i < KNOWN; i++)
        if (n < MAX_PATTERNS && has_patterns(&known[i], patterns, n)) return known[i].name;
    return NULL;
}

/* ---- windows ------------------------------------------------------------------------------- */

void cutting_free(sm_cutting *c)
{
    unpacked_free(&c->text);
    sm_free(c->ends);
    sm_free(c->bits);
    *c = (sm_cutting){0};
}

static view view_of(const scanner *s, sm_cutting *c, const uint8_t *text)
{
    const size_t n = c->text.n, bytes = bits_bytes(n);
    view v = {c->text.groups, {NULL}, c->text.at, text, n};
    if (c->bits_cap < SETS * bytes) {
        c->bits_cap = SETS * bytes;
        c->bits = sm_realloc(c->bits, c->bits_cap);
    }
    for (size_t k = 0; k < SETS; k++)
        v.bits[k] = c->bits + k * bytes;
    bits_fill(s, v.groups, n, v.bits);
    return v;
}

static inline uint64_t bits_from(const view *v, unsigned set, size_t i)
{
    uint64_t w;
    memcpy(&w, v->bits[set] + (i >> 3), sizeof w);
    return w >> (i & 7);
}

/* Where words end that stand side by side from the piece's beginning i on, a bit a character; as many as a load
 * shows: at blanks, and the last one also at another character that ends a word. */
static inline uint64_t words_from(const view *v, size_t i)
{
    const uint64_t blank = bits_from(v, SET_BLANK, i), behind = blank << 1;
    const uint64_t first = bits_from(v, SET_FIRST, i), inside = bits_from(v, SET_INSIDE, i);
    const uint64_t other = ~(inside | (blank & ~behind) | (first & (behind | 1)));
    const uint64_t before = (other - 1) & ~other, stop = other & -other;
    const uint64_t last = stop & bits_from(v, SET_END, i) & ~behind;
    return ((blank & before) | last) & ~UINT64_C(1);
}

static void cut(const scanner *s, const view *v, sm_cutting *c)
{
    const unsigned words = s->sets[SET_BLANK] | s->sets[SET_FIRST];
    if (c->cap < v->n) {
        c->cap = v->n;
        c->ends = sm_realloc(c->ends, c->cap * sizeof *c->ends);
    }
    size_t n = 0;
    for (size_t i = 0; i < v->n;) {
        uint64_t ends = IN(words, v->groups[i]) ? words_from(v, i) : 0;
        const size_t from = i;
        for (; ends; ends &= ends - 1)
            c->ends[n++] = (uint32_t)(i = from + (size_t)__builtin_ctzll(ends));
        if (i == from) c->ends[n++] = (uint32_t)(i = s->piece(v, i));
    }
    c->n = n;
}

/* Has the scanner of the piece that ends before character `end` seen nothing of the window's end? */
static bool is_settled(const scanner *s, const view *v, size_t end)
{
    enum { AHEAD = 4 }; /* contractions, and one more */
    if (s->piece == scan_none.piece) return false;
    while (end < v->n && IN(s->looked_past, v->groups[end]))
        end++;
    return end + AHEAD <= v->n;
}

void cutting_next(const sm_pretokenizer *p, const unpack_table *table, sm_span text,
                  size_t from, size_t want, sm_cutting *c)
{
    const scanner *s = p->known->scanner;
    const uint8_t *begin = (const uint8_t *)text.p + from;
    for (const size_t left = text.n - from;; want *= 2) {
        const size_t take = want < left ? want : left;
        unpack(table, begin, begin + take, begin + left, &c->text);
        const view v = view_of(s, c, begin);
        cut(s, &v, c);
        if (take == left) return;
        while (c->n > 0 && !is_settled(s, &v, c->ends[c->n - 1]))
            c->n--;
        c->text.n = c->n ? c->ends[c->n - 1] : 0;
        if (c->n) return;
    }
}

void sm_pretoken_cut(const sm_pretokenizer *p, sm_span text, sm_cuts *cuts)
{
    enum { WINDOW = 1 << 14 };
    if (!cuts->scratch) cuts->scratch = sm_calloc(1, sizeof *cuts->scratch);
    sm_cutting *c = cuts->scratch;
    cuts->n = 0;
    for (size_t at = 0; at < text.n; at += c->text.at[c->text.n]) {
        cutting_next(p, &p->table, text, at, WINDOW, c);
        if (cuts->cap < cuts->n + c->n) {
            cuts->cap = 2 * (cuts->n + c->n);
            cuts->end = sm_realloc(cuts->end, cuts->cap * sizeof *cuts->end);
        }
        for (size_t i = 0; i < c->n; i++)
            cuts->end[cuts->n++] = at + c->text.at[c->ends[i]];
    }
}

void sm_cuts_free(sm_cuts *cuts)
{
    if (cuts->scratch) cutting_free(cuts->scratch);
    sm_free(cuts->scratch);
    sm_free(cuts->end);
    *cuts = (sm_cuts){0};
}

size_t sm_pretoken_end(const sm_pretokenizer *p, sm_span text, size_t start)
{
    enum { WINDOW = 64 };
    sm_cutting c = {0};
    cutting_next(p, &p->table, text, start, WINDOW, &c);
    const size_t end = start + c.text.at[c.ends[0]];
    cutting_free(&c);
    return end;
}
