/* Scanners of OpenAI's family of patterns: gpt2, llama3 (cl100k), qwen, o200k; and `runs`, which is ours.
 * SPDX-License-Identifier: MIT */
#include "scan.h"

enum {
    NONE,
    UPPER,
    LOWER,
    OTHER, /* \p{Lm} \p{Lo} */
    MARK,
    NUMBER,
    PUNCT,
    SPACE,
    NEWLINE,
    BLANK, /* U+0020 */
    APOSTROPHE,
    SLASH
};

/* Sets of groups. */
enum {
    CASED = 1 << UPPER | 1 << LOWER,
    LETTERS = CASED | 1 << OTHER,
    SPACES = 1 << SPACE | 1 << NEWLINE | 1 << BLANK,
    PUNCTS = 1 << PUNCT | 1 << APOSTROPHE | 1 << SLASH,
    OTHERS = 1 << NONE | 1 << MARK | PUNCTS, /* [^\s\p{L}\p{N}] */
    UPPERISH = 1 << UPPER | 1 << OTHER | 1 << MARK,
    LOWERISH = 1 << LOWER | 1 << OTHER | 1 << MARK,
    WORDS = 1 << NONE | LETTERS | 1 << MARK,              /* [^\s\p{N}\p{P}\p{S}] */
    ENDS = SPACES | 1 << PUNCT | 1 << SLASH | 1 << NUMBER /* the word before */
};

/* The numbers of the bit sets. */
enum { RUN_LETTERS, RUN_OTHERS, RUN_SPACES, RUN_NUMBERS };
enum { RUN_UPPERISH = 3 };              /* o200k, which takes numbers by three */
enum { RUN_WORDS = 0, RUN_PUNCTS = 1 }; /* runs */

static uint8_t group_of(uint32_t c, unsigned is)
{
    if (c == ' ') return BLANK;
    if (c == '\r' || c == '\n') return NEWLINE;
    if (c == '\'') return APOSTROPHE;
    if (c == '/') return SLASH;
    if (is & CL_SPACE) return SPACE;
    if (is & CL_UPPER) return UPPER;
    if (is & CL_LOWER) return LOWER;
    if (is & CL_OTHER) return OTHER;
    if (is & CL_MARK) return MARK;
    if (is & CL_NUMBER) return NUMBER;
    return is & CL_PUNCT ? PUNCT : NONE;
}

static inline size_t numbers(const view *v, size_t i, size_t most)
{
    const size_t stop = i + most;
    while (i < stop && v->groups[i] == NUMBER)
        i++;
    return i;
}

/* White space from i on, where no other alternative took it: \s*[\r\n]+|\s+(?!\S)|\s+ (by_lines), or the last
 * two. */
static inline size_t white_space(const view *v, size_t i, bool by_lines)
{
    const size_t end = run(v, RUN_SPACES, i);
    for (size_t q = end; by_lines && q > i; q--)
        if (v->groups[q - 1] == NEWLINE) return q;
    return end == v->n || end == i + 1 ? end : end - 1;
}

/* 's 't 're 've 'm 'll 'd in either case, ſ among them, at an apostrophe; its end, or i. */
static size_t contraction(const view *v, size_t i, bool any_case)
{
    const uint8_t *p = v->text + v->at[i] + 1;
    const size_t left = v->at[v->n] - v->at[i] - 1;
    const uint8_t fold = any_case ? 0x20 : 0;
    if (left >= 2 && any_case && p[0] == 0xC5 && p[1] == 0xBF) return i + 2;
    const unsigned a = left >= 1 && p[0] < 0x80 ? p[0] | fold : 0;
    const unsigned b = left >= 2 && p[1] < 0x80 ? p[1] | fold : 0;
    if (a == 's' || a == 't' || a == 'm' || a == 'd') return i + 2;
    const bool two = (a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l');
    return two ? i + 3 : i;
}

/* ---- gpt2 ---------------------------------------------------------------------------------- */

static size_t piece_gpt2(const view *v, size_t i)
{
    const unsigned c = v->groups[i];
    if (c == APOSTROPHE) {
        const size_t end = contraction(v, i, false);
        if (end > i) return end;
    }
    const size_t from = i + (c == BLANK);
    const unsigned d = v->groups[from];
    if (IN(LETTERS, d)) return run(v, RUN_LETTERS, from);
    if (d == NUMBER) return run(v, RUN_NUMBERS, from);
    if (IN(OTHERS, d)) return run(v, RUN_OTHERS, from);
    return white_space(v, i, false);
}

const scanner scan_gpt2 = {
    piece_gpt2,
    group_of,
    {LETTERS, OTHERS, SPACES, 1 << NUMBER, 1 << BLANK, CASED, CASED, ENDS | 1 << APOSTROPHE},
    SPACES};

/* ---- llama3, qwen -------------------------------------------------------------------------- */

static inline size_t piece_cl100k(const view *v, size_t i, size_t most_numbers)
{
    const unsigned c = v->groups[i], d = v->groups[i + 1];
    if (IN(LETTERS, c)) return run(v, RUN_LETTERS, i);
    if (c == APOSTROPHE) {
        const size_t end = contraction(v, i, true);
        if (end > i) return end;
    }
    if (IN(LETTERS, d) && c != NEWLINE && c != NUMBER) return run(v, RUN_LETTERS, i + 1);
    if (c == NUMBER) return numbers(v, i, most_numbers);
    if (IN(OTHERS, c) || (c == BLANK && IN(OTHERS, d)))
        return run_group(v, NEWLINE, run(v, RUN_OTHERS, i + (c == BLANK)));
    return white_space(v, i, true);
}

static size_t piece_llama3(const view *v, size_t i)
{
    return piece_cl100k(v, i, 3);
}

static size_t piece_qwen(const view *v, size_t i)
{
    return piece_cl100k(v, i, 1);
}

const scanner scan_llama3 = {
    piece_llama3,
    group_of,
    {LETTERS, OTHERS, SPACES, 0, 1 << BLANK, CASED, CASED, ENDS | 1 << APOSTROPHE},
    SPACES};
const scanner scan_qwen = {
    piece_qwen,
    group_of,
    {LETTERS, OTHERS, SPACES, 0, 1 << BLANK, CASED, CASED, ENDS | 1 << APOSTROPHE},
    SPACES};

/* ---- o200k --------------------------------------------------------------------------------- */

/* [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+ at i: its end, or i. Where no lower-case letter
 * follows the first run, that gives back up to its last letter without case. */
static size_t word_with_lower(const view *v, size_t i)
{
    size_t end = run(v, RUN_UPPERISH, i);
    if (v->groups[end] == LOWER) {
        while (IN(LOWERISH, v->groups[end]))
            end++;
        return end;
    }
    while (end > i && v->groups[end - 1] == UPPER)
        end--;
    return end;
}

/* [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]* at i, where the other did not match. */
static size_t word_of_upper(const view *v, size_t i)
{
    return run(v, RUN_UPPERISH, i);
}

/* Either kind of word from i on, with its prefix or without; its end, or i. */
static size_t word(const view *v, size_t i)
{
    const unsigned c = v->groups[i];
    const size_t prefix = !IN(LETTERS, c) && c != NEWLINE && c != NUMBER;
    size_t end = prefix ? word_with_lower(v, i + 1) : i;
    if (end > i + prefix) return end;
    end = word_with_lower(v, i);
    if (end > i) return end;
    end = prefix ? word_of_upper(v, i + 1) : i;
    if (end > i + prefix) return end;
    return word_of_upper(v, i);
}

static size_t piece_o200k(const view *v, size_t i)
{
    const unsigned c = v->groups[i], d = v->groups[i + 1];
    const unsigned begins = LETTERS | 1 << MARK;
    if (IN(begins, c) || (IN(begins, d) && c != NEWLINE && c != NUMBER)) {
        const size_t end = word(v, i);
        return v->groups[end] == APOSTROPHE ? contraction(v, end, true) : end;
    }
    if (c == NUMBER) return numbers(v, i, 3);
    if (IN(OTHERS, c) || (c == BLANK && IN(OTHERS, d))) {
        size_t end = run(v, RUN_OTHERS, i + (c == BLANK));
        while (v->groups[end] == NEWLINE || v->groups[end] == SLASH)
            end++;
        return end;
    }
    return white_space(v, i, true);
}

const scanner scan_o200k = {
    piece_o200k,
    group_of,
    {LETTERS, OTHERS, SPACES, UPPERISH, 1 << BLANK, CASED, 1 << LOWER, ENDS},
    SPACES | 1 << UPPER};

/* ---- runs ---------------------------------------------------------------------------------- */

static size_t piece_runs(const view *v, size_t i)
{
    const unsigned c = v->groups[i];
    const size_t from = i + (c == BLANK);
    const unsigned d = v->groups[from];
    if (c == NUMBER) return numbers(v, i, 3);
    if (IN(WORDS, d)) return run(v, RUN_WORDS, from);
    if (IN(PUNCTS, d)) return run_group(v, NEWLINE, run(v, RUN_PUNCTS, from));
    return white_space(v, i, true);
}

const scanner scan_runs = {
    piece_runs,
    group_of,
    {WORDS, PUNCTS, SPACES, 0, 1 << BLANK, CASED, CASED, ENDS | 1 << APOSTROPHE},
    SPACES};

/* ---- none ---------------------------------------------------------------------------------- */

static size_t piece_none(const view *v, size_t i)
{
    (void)i;
    return v->n;
}

const scanner scan_none = {piece_none, group_of, {0}, 0};
