/* The known pre-tokenizers: a table of names, patterns and scanners.
 * SPDX-License-Identifier: MIT
 *
 * A scanner stands at the beginning of a piece and tries the pattern's alternatives in their order, as the
 * regular expression would. Where a pattern backs off (\s+(?!\S), \s*[\r\n]+) the scanner knows where the
 * backing off would end. */
#include <seimai/pretoken.h>

#include "classes.h"

#include <string.h>

typedef struct text {
    const classes *classes;
    const uint8_t *end;
    unsigned flip; /* class bits that are turned over: "everything but" */
} text;

typedef const uint8_t *(*scan_fn)(const text *t, const uint8_t *p);

enum { MAX_PATTERNS = 4 };

typedef struct kind {
    const char *name;
    scan_fn scan;
    const char *patterns[MAX_PATTERNS]; /* NULL-terminated */
} kind;

struct sm_pretokenizer {
    const kind *kind;
    classes classes;
};

static inline seen look(const text *t, const uint8_t *p)
{
    seen c = classes_look(t->classes, p, t->end);
    if (c.n > 0) c.is ^= t->flip;
    return c;
}

/* ---- pieces of patterns ----------------------------------------------------------------- */

/* The end of the longest run of characters with some of the bits `with` and none of `without`. */
static const uint8_t *run(const text *t, const uint8_t *p, unsigned with, unsigned without)
{
    for (;;) {
        const seen c = look(t, p);
        if (c.n == 0 || !(c.is & with) || (c.is & without)) return p;
        p += c.n;
    }
}

/* The end of the longest run of characters with none of the bits. */
static const uint8_t *run_not(const text *t, const uint8_t *p, unsigned without)
{
    for (;;) {
        const seen c = look(t, p);
        if (c.n == 0 || (c.is & without)) return p;
        p += c.n;
    }
}

/* The end of at most three numbers. */
static const uint8_t *up_to_three_numbers(const text *t, const uint8_t *p)
{
    for (int i = 0; i < 3; i++) {
        const seen c = look(t, p);
        if (!(c.is & CL_NUMBER)) break;
        p += c.n;
    }
    return p;
}

/* White space from p on, where no other alternative took it:  \s*[\r\n]+|\s+(?!\S)|\s+  (by_lines), or
 * the last two. `walls` are the classes that end the text for this pattern: there (?!\S) holds. */
static const uint8_t *white_space(const text *t, const uint8_t *p, bool by_lines,
                                  unsigned walls)
{
    const uint8_t *q = p, *last = p, *after_newline = NULL;
    seen c = look(t, q);
    for (; c.is & CL_SPACE; c = look(t, q)) {
        last = q;
        q += c.n;
        if (c.is & CL_NEWLINE) after_newline = q;
    }
    if (by_lines && after_newline) return after_newline;
    if (c.n == 0 || (c.is & walls)) return q;
    return last > p ? last : q;
}

static bool is_space(const text *t, const uint8_t *p)
{
    return p < t->end && *p == ' ';
}

/* ---- deepseek-v3 -------------------------------------------------------------------------- */

/* Three patterns one after the other: numbers by three, the Japanese run, the rest. Each piece of one is the
 * whole text of the next, so a character of another kind (number, Japanese, other) is a wall. */
enum { WALLS = CL_NUMBER | CL_JAPANESE };

/* Does the third pattern match at a character that is neither letter, mark, punctuation nor space?
 * Only as the optional first character of a word. */
static bool opens_word(const text *t, const uint8_t *p)
{
    const seen c = look(t, p + look(t, p).n);
    return (c.is & (CL_LETTER | CL_MARK)) && !(c.is & WALLS);
}

/* Characters that no alternative takes, up to where one matches: a piece of their own. */
static const uint8_t *unmatched(const text *t, const uint8_t *p)
{
    const unsigned matched = CL_LETTER | CL_MARK | CL_PUNCT | CL_SPACE;
    for (;;) {
        const seen c = look(t, p);
        if (c.n == 0 || (c.is & (WALLS | matched)) || opens_word(t, p)) return p;
        p += c.n;
    }
}

/* The third pattern inside one piece of the second; a wall ends the piece. */
static const uint8_t *deepseek_rest(const text *t, const uint8_t *p, seen c)
{
    const unsigned word = CL_LETTER | CL_MARK;
    if (*p < 0x80 && (c.is & CL_PUNCT)) {
        const uint8_t *q = run(t, p + 1, CL_ALPHA, 0);
        if (q > p + 1) return q;
    }
    if (c.is & word) return run(t, p, word, WALLS);
    if (!(c.is & (CL_NEWLINE | CL_PUNCT)) && opens_word(t, p))
        return run(t, p + c.n, word, WALLS);
    const uint8_t *from = *p == ' ' ? p + 1 : p;
    const uint8_t *q = run(t, from, CL_PUNCT, WALLS);
    if (q > from) return run(t, q, CL_NEWLINE, WALLS);
    if (c.is & CL_SPACE) return white_space(t, p, true, WALLS);
    return unmatched(t, p);
}

static const uint8_t *scan_deepseek(const text *t, const uint8_t *p)
{
    const seen c = look(t, p);
    if (c.is & CL_NUMBER) return up_to_three_numbers(t, p);
    if (!(c.is & CL_JAPANESE)) return deepseek_rest(t, p, c);
    /* Inside a Japanese run everything but Japanese is a wall; the third pattern cuts it at ・ ゛ ゠. */
    const text japanese = {t->classes, t->end, CL_JAPANESE};
    return deepseek_rest(&japanese, p, look(&japanese, p));
}

/* ---- llama3 ------------------------------------------------------------------------------- */

/* 's 't 're 've 'm 'll 'd in either case, ſ among them; the end, or p. */
static const uint8_t *contraction(const text *t, const uint8_t *p, bool any_case)
{
    static const char *const endings[] = {"s", "d", "m", "t", "ll", "ve", "re", "\xC5\xBF"};
    if (*p != '\'') return p;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t n = strlen(endings[i]);
        if ((size_t)(t->end - p) <= n) continue;
        bool same = any_case || (endings[i][0] & 0x80) == 0;
        for (size_t k = 0; k < n && same; k++) {
            const uint8_t b = p[1 + k];
            const uint8_t low = any_case && b >= 'A' && b <= 'Z' ? (uint8_t)(b | 0x20) : b;
            same = low == (uint8_t)endings[i][k];
        }
        if (same) return p + 1 + n;
    }
    return p;
}

static const uint8_t *scan_llama3(const text *t, const uint8_t *p)
{
    const seen c = look(t, p);
    const uint8_t *q = contraction(t, p, true);
    if (q > p) return q;
    if (c.is & CL_LETTER) return run(t, p, CL_LETTER, 0);
    if (!(c.is & (CL_NEWLINE | CL_NUMBER))) {
        q = run(t, p + c.n, CL_LETTER, 0);
        if (q > p + c.n) return q;
    }
    if (c.is & CL_NUMBER) return up_to_three_numbers(t, p);
    const uint8_t *from = *p == ' ' ? p + 1 : p;
    q = run_not(t, from, CL_SPACE | CL_LETTER | CL_NUMBER);
    if (q > from) return run(t, q, CL_NEWLINE, 0);
    return white_space(t, p, true, 0);
}

/* ---- gpt2 --------------------------------------------------------------------------------- */

static const uint8_t *scan_gpt2(const text *t, const uint8_t *p)
{
    const uint8_t *q = contraction(t, p, false);
    if (q > p) return q;
    const uint8_t *from = is_space(t, p) ? p + 1 : p;
    q = run(t, from, CL_LETTER, 0);
    if (q > from) return q;
    q = run(t, from, CL_NUMBER, 0);
    if (q > from) return q;
    q = run_not(t, from, CL_SPACE | CL_LETTER | CL_NUMBER);
    if (q > from) return q;
    return white_space(t, p, false, 0);
}

/* ---- the table ---------------------------------------------------------------------------- */

static const kind kinds[] = {
    {"deepseek-v3",
     scan_deepseek,
     {"\\p{N}{1,3}", "[一-龥\xE3\x81\x80-ゟ゠-ヿ]+",
      "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?"
      "[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
      NULL}},
    {"llama3",
     scan_llama3,
     {"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|"
      " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
      NULL}},
    {"gpt2",
     scan_gpt2,
     {"'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
      NULL}},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

int sm_pretokenizer_new(sm_pretokenizer **p, const char *name, sm_error *err)
{
    *p = NULL;
    for (size_t i = 0; i < KINDS; i++) {
        if (strcmp(kinds[i].name, name) != 0) continue;
        *p = sm_calloc(1, sizeof **p);
        (*p)->kind = &kinds[i];
        classes_init(&(*p)->classes);
        return 0;
    }
    SM_FAIL(err, SM_EUSAGE, "unknown pre-tokenizer '%s' (known: %s)", name,
            SM_PRETOKEN_CHOICES);
}

void sm_pretokenizer_free(sm_pretokenizer *p)
{
    if (!p) return;
    classes_fini(&p->classes);
    sm_free(p);
}

const char *sm_pretokenizer_name(const sm_pretokenizer *p)
{
    return p->kind->name;
}

size_t sm_pretoken_end(const sm_pretokenizer *p, sm_span span, size_t start)
{
    const uint8_t *begin = (const uint8_t *)span.p;
    const text t = {&p->classes, begin + span.n, 0};
    return (size_t)(p->kind->scan(&t, begin + start) - begin);
}

const char *sm_pretokenizer_pattern(const sm_pretokenizer *p, size_t i)
{
    return i < MAX_PATTERNS ? p->kind->patterns[i] : NULL;
}

static bool has_patterns(const kind *k, const sm_span *patterns, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!k->patterns[i] || !sm_span_equal(sm_span_of(k->patterns[i]), patterns[i]))
            return false;
    return k->patterns[n] == NULL;
}

const char *sm_pretokenizer_by_patterns(const sm_span *patterns, size_t n)
{
    for (size_t i = 0; i < KINDS; i++)
        if (n > 0 && n < MAX_PATTERNS && has_patterns(&kinds[i], patterns, n))
            return kinds[i].name;
    return NULL;
}
