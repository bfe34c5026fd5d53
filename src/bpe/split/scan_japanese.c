/* Scanners with a Japanese run: deepseek-v3, and `script`, which is ours.
 * SPDX-License-Identifier: MIT
 *
 * Three patterns one after the other: numbers by three, the Japanese run (or runs), the rest. Each piece of one is
 * the whole text of the next, so characters of a run or of numbers are walls to the third pattern: there
 * (?!\S) holds. */
#include "scan.h"

enum {
    NONE,
    ALPHA,  /* [A-Za-z] */
    LETTER, /* other \p{L}, \p{M} */
    NUMBER,
    ASCII_PUNCT,
    PUNCT,
    SPACE,
    NEWLINE,
    BLANK, /* U+0020 */
    /* deepseek-v3: inside [一-龥぀-ゟ゠-ヿ] the third pattern sees letters, ・゛゜゠, and unassigned ones */
    RUN_LETTER,
    RUN_PUNCT,
    RUN_NONE,
    /* script */
    KANJI = RUN_LETTER,
    HIRAGANA,
    KATAKANA,
    LONG_MARK, /* ー continues either kana */
    SMALL_KE   /* ヵ ヶ continue kanji and katakana */
};

enum {
    WORD = 1 << ALPHA | 1 << LETTER,
    PUNCTS = 1 << ASCII_PUNCT | 1 << PUNCT,
    SPACES = 1 << SPACE | 1 << NEWLINE | 1 << BLANK,
    ENDS = SPACES | PUNCTS | 1 << NUMBER, /* the word before */
    WALLS = 1 << NUMBER | 1 << KANJI | 1 << HIRAGANA | 1 << KATAKANA | 1 << LONG_MARK |
            1 << SMALL_KE | 1 << GROUP_END
};

/* The numbers of the bit sets. */
enum { BITS_WORD, BITS_PUNCTS, BITS_FIRST, BITS_SECOND };

static uint8_t common_group(uint32_t c, unsigned is)
{
    if (c == ' ') return BLANK;
    if (c == '\r' || c == '\n') return NEWLINE;
    if (is & CL_SPACE) return SPACE;
    if (is & CL_NUMBER) return NUMBER;
    if (is & CL_PUNCT) return c < 0x80 ? ASCII_PUNCT : PUNCT;
    if (c < 0x80 && (is & CL_LETTER)) return ALPHA;
    return is & (CL_LETTER | CL_MARK) ? LETTER : NONE;
}

/* ---- the third pattern --------------------------------------------------------------------- */

/* \s*[\r\n]+|\s+(?!\S)|\s+ */
static size_t white_space(const view *v, size_t i)
{
    size_t end = i, after_newline = i;
    for (; IN(SPACES, v->groups[end]); end++)
        if (v->groups[end] == NEWLINE) after_newline = end + 1;
    if (after_newline > i) return after_newline;
    return IN(WALLS, v->groups[end]) || end == i + 1 ? end : end - 1;
}

/* Characters that no alternative takes, up to where one begins a word: a piece of their own. */
static size_t unmatched(const view *v, size_t i, unsigned none, unsigned words)
{
    while (v->groups[i] == none && !IN(words, v->groups[i + 1]))
        i++;
    return i;
}

static size_t rest(const view *v, size_t i)
{
    const unsigned c = v->groups[i], d = v->groups[i + 1];
    if (c == ASCII_PUNCT && d == ALPHA) return run_group(v, ALPHA, i + 1);
    if (IN(WORD, c)) return run(v, BITS_WORD, i);
    if (IN(WORD, d) && c != NEWLINE && !IN(PUNCTS, c)) return run(v, BITS_WORD, i + 1);
    if (IN(PUNCTS, c) || (c == BLANK && IN(PUNCTS, d)))
        return run_group(v, NEWLINE, run(v, BITS_PUNCTS, i + (c == BLANK)));
    if (IN(SPACES, c)) return white_space(v, i);
    return unmatched(v, i, NONE, WORD);
}

static size_t numbers(const view *v, size_t i)
{
    const size_t stop = i + 3;
    while (i < stop && v->groups[i] == NUMBER)
        i++;
    return i;
}

/* ---- deepseek-v3 ---------------------------------------------------------------------------- */

static uint8_t deepseek_group(uint32_t c, unsigned is)
{
    const bool in_run = (c >= 0x4E00 && c <= 0x9FA5) || (c >= 0x3040 && c <= 0x30FF);
    if (!in_run) return common_group(c, is);
    if (is & CL_PUNCT) return RUN_PUNCT;
    return is & (CL_LETTER | CL_MARK) ? RUN_LETTER : RUN_NONE;
}

static size_t piece_deepseek(const view *v, size_t i)
{
    const unsigned c = v->groups[i];
    if (c == RUN_LETTER) return run(v, BITS_FIRST, i);
    if (c == NUMBER) return numbers(v, i);
    if (c == RUN_PUNCT) return run_group(v, RUN_PUNCT, i);
    if (c != RUN_NONE) return rest(v, i);
    if (v->groups[i + 1] == RUN_LETTER) return run(v, BITS_FIRST, i + 1);
    return unmatched(v, i, RUN_NONE, 1 << RUN_LETTER);
}

const scanner scan_deepseek = {piece_deepseek,
                               deepseek_group,
                               {WORD, PUNCTS, 1 << RUN_LETTER, 0, 1 << BLANK, WORD, WORD, ENDS},
                               SPACES};

/* ---- script ---------------------------------------------------------------------------------- */

enum {
    KANJI_RUN = 1 << KANJI | 1 << SMALL_KE,
    HIRAGANA_RUN = 1 << HIRAGANA | 1 << LONG_MARK,
    KATAKANA_RUN = 1 << KATAKANA | 1 << LONG_MARK | 1 << SMALL_KE
};

static bool is_kanji(uint32_t c)
{
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
           (c >= 0xF900 && c <= 0xFA6D) || c == 0x3005 || c == 0x3006;
}

static uint8_t script_group(uint32_t c, unsigned is)
{
    if (is_kanji(c)) return KANJI;
    if (c == 0x30F5 || c == 0x30F6) return SMALL_KE;
    if (c == 0x30FC) return LONG_MARK;
    if ((c >= 0x3041 && c <= 0x3096) || (c >= 0x309D && c <= 0x309F)) return HIRAGANA;
    if ((c >= 0x30A1 && c <= 0x30FA) || (c >= 0x30FD && c <= 0x30FF)) return KATAKANA;
    return common_group(c, is);
}

static size_t piece_script(const view *v, size_t i)
{
    const unsigned c = v->groups[i];
    if (IN(HIRAGANA_RUN, c)) return run(v, BITS_SECOND, i);
    if (IN(KANJI_RUN, c)) return run(v, BITS_FIRST, i);
    if (c == NUMBER) return numbers(v, i);
    if (c != KATAKANA) return rest(v, i);
    while (IN(KATAKANA_RUN, v->groups[i]))
        i++;
    return i;
}

const scanner scan_script = {
    piece_script,
    script_group,
    {WORD, PUNCTS, KANJI_RUN, HIRAGANA_RUN, 1 << BLANK, WORD, WORD, ENDS},
    SPACES};
