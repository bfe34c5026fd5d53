/* The parts of a text's statistics, computed when they are needed: scripts, letters, links.
 * SPDX-License-Identifier: MIT */
#include "filter_internal.h"

#include <seimai/utf8.h>

void sm_text_stats_begin(sm_text_stats *stats, sm_span text)
{
    stats->text = text;
    stats->done = 0;
    stats->last_ngram = 0;
}

void sm_text_stats_free(sm_text_stats *stats)
{
    sm_free(stats->chars);
    sm_free(stats->line_items.items);
    sm_free(stats->sentence_items.items);
    sm_free(stats->seen);
    sm_ngrams_free(stats->counter);
    *stats = (sm_text_stats){0};
}

bool sm_is_white(uint32_t c)
{
    if (c < 0x80) return (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x20);
    if (c < 0x2000) return c == 0x85 || c == 0xA0 || c == 0x1680;
    return c <= 0x200A || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
           c == 0x3000;
}

static void read_scripts(sm_text_stats *stats)
{
    stats->scripts = (sm_script_counts){0};
    sm_script_count(stats->text, &stats->scripts);
    const uint64_t *const of = stats->scripts.of;
    stats->kana = of[SM_HIRAGANA] + of[SM_KATAKANA];
    stats->japanese = stats->kana + of[SM_HAN] + of[SM_JA_PUNCT];
    stats->marks = of[SM_JA_PUNCT] + of[SM_PUNCT];
}

static void read_characters(sm_text_stats *stats)
{
    if (stats->text.n > stats->cap_chars) {
        stats->cap_chars = stats->text.n;
        sm_free(stats->chars);
        stats->chars = sm_malloc(stats->cap_chars * sizeof *stats->chars);
    }
    stats->n_chars = 0;
    if (stats->text.n == 0) return;
    const char *p = stats->text.p;
    const char *const end = p + stats->text.n;
    uint32_t *out = stats->chars;
    while (p < end)
        *out++ = sm_utf8_next(&p, end);
    stats->n_chars = (size_t)(out - stats->chars);
}

/* 々〇〻 and the blocks of kanji in the basic plane. */
static bool is_kanji(uint32_t c)
{
    return (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) || c == 0x3005 ||
           c == 0x3007 || c == 0x303B;
}

/* 、，。．！？ */
static bool is_ja_mark(uint32_t c)
{
    return c == 0x3001 || c == 0x3002 || c == 0xFF0C || c == 0xFF0E || c == 0xFF01 ||
           c == 0xFF1F;
}

static void read_letters(sm_text_stats *stats)
{
    sm_letters out = {0};
    uint64_t others = 0;
    for (size_t i = 0; i < stats->n_chars; i++) {
        const uint32_t c = stats->chars[i];
        out.hiragana += c >= 0x3041 && c <= 0x3096;
        out.katakana += c >= 0x30A1 && c <= 0x30FA;
        others += is_kanji(c) || is_ja_mark(c);
    }
    out.all = out.hiragana + out.katakana + others;
    stats->letters = out;
}

static bool is_url_char(uint32_t c)
{
    return c > 0x20 && c < 0x7F && c != '<' && c != '>' && c != '"';
}

static bool is_scheme_char(uint32_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Characters of scheme://…, up to white space, a quote, an angle bracket or a non-ASCII character. */
static void read_urls(sm_text_stats *stats)
{
    enum { SCHEME = 8 };
    const uint32_t *const c = stats->chars;
    const size_t n = stats->n_chars;
    stats->url_characters = 0;
    for (size_t i = 1; i + 3 < n; i++) {
        if (c[i] != ':' || c[i + 1] != '/' || c[i + 2] != '/') continue;
        size_t start = i, end = i + 3;
        while (start > 0 && i - start < SCHEME && is_scheme_char(c[start - 1]))
            start--;
        while (end < n && is_url_char(c[end]))
            end++;
        if (start < i && end > i + 3) stats->url_characters += end - start;
        i = end - 1;
    }
}

static void read_ngrams(sm_text_stats *stats, int n)
{
    const bool goes_on = stats->last_ngram > 0 && stats->last_ngram == n - 1;
    (goes_on ? sm_ngrams_next : sm_ngrams_first)(stats->counter, stats->chars, stats->n_chars,
                                                 n, &stats->ngrams[n]);
    stats->last_ngram = n;
}

static void read_bound(sm_text_stats *stats)
{
    stats->ngram_bound = sm_ngrams_bound(stats->counter, stats->chars, stats->n_chars);
}

void sm_text_stats_need(sm_text_stats *stats, unsigned parts)
{
    const unsigned on_text = SM_PART_SCRIPTS; /* all others work on decoded characters */
    unsigned missing = parts & ~stats->done;
    if (missing & ~on_text) missing |= SM_PART_CHARACTERS & ~stats->done;
    if (!missing) return;
    stats->done |= missing;
    if (!stats->counter) stats->counter = sm_ngrams_new();
    if (missing & SM_PART_SCRIPTS) read_scripts(stats);
    if (missing & SM_PART_CHARACTERS) read_characters(stats);
    if (missing & SM_PART_LETTERS) read_letters(stats);
    if (missing & SM_PART_URLS) read_urls(stats);
    if (missing & SM_PART_LINES) sm_text_stats_lines(stats);
    if (missing & SM_PART_BOUND) read_bound(stats);
    for (int n = SM_NGRAM_MIN; n <= SM_NGRAM_MAX; n++)
        if (missing & ((unsigned)SM_PART_NGRAM << n)) read_ngrams(stats, n);
}
