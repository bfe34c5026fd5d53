/* Lines and sentences: how many, how long, how they begin and end, which are repeats.
 * SPDX-License-Identifier: MIT
 *
 * Sentences follow Swallow's quality.py (swallow-corpus, 2024): in each line the longest runs without
 * 。．！？!? with at most one such mark behind; marks that follow a mark belong to no sentence. A line is
 * compared with others as its sentences strung together, so lines of marks alone are equal, and empty. */
#include "filter_internal.h"

#include <seimai/hash.h>

enum { SHORT_LINE = 10 /* characters, as HojiChar counts short lines */ };

static bool is_stop(uint32_t c)
{
    return c == 0x3002 || c == 0xFF0E || c == 0xFF01 || c == 0xFF1F || c == '!' || c == '?';
}

static bool is_dots(uint32_t c)
{
    return c == 0x30FB || c == 0x2026; /* ・ … */
}

/* ・•‣◦▪■□◆◇●○★☆▶►※ and the ASCII marks of lists. */
static bool is_bullet(uint32_t c)
{
    static const uint32_t marks[] = {'-',    '*',    '+',    0x30FB, 0x2022, 0x2023, 0x25E6,
                                     0x25AA, 0x25A0, 0x25A1, 0x25C6, 0x25C7, 0x25CF, 0x25CB,
                                     0x2605, 0x2606, 0x25B6, 0x25BA, 0x203B};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (c == marks[i]) return true;
    return false;
}

/* Marks that close a line of prose: stops, closing brackets behind them, dots, colons aside. */
static bool is_closing(uint32_t c)
{
    return is_stop(c) || is_dots(c) || c == 0x300D || c == 0x300F || c == 0xFF09 || c == '.' ||
           c == ')';
}

size_t sm_sentence_end(const uint32_t *line, size_t n, size_t at, size_t *run)
{
    size_t end = at;
    while (end < n && !is_stop(line[end]))
        end++;
    *run = end - at;
    return end + (end < n);
}

static void end_sentence(sm_text_stats *stats, const uint32_t *p, size_t n, sm_item *line)
{
    sm_line_stats *const out = &stats->lines;
    const uint64_t hash = sm_hash64((sm_span){(const char *)p, n * sizeof *p});
    sm_items_add(&stats->sentence_items, hash, n);
    line->hash = (line->hash ^ hash) * 0x9E3779B97F4A7C15u;
    line->length += n;
    if (n > out->longest_sentence) out->longest_sentence = n;
    while (n > 0 && sm_is_white(p[n - 1]))
        n--;
    if (n > 0 && is_dots(p[n - 1])) out->ellipsis_sentences++;
}

static void read_sentences(sm_text_stats *stats, const uint32_t *p, size_t n)
{
    sm_item line = {0};
    for (size_t at = 0, end = 0, run = 0; at < n; at = end) {
        end = sm_sentence_end(p, n, at, &run);
        if (run > 0) end_sentence(stats, p + at, end - at, &line);
    }
    if (line.length > 0) sm_items_add(&stats->line_items, line.hash, line.length);
}

static uint64_t longest_run(const uint32_t *p, size_t n)
{
    uint64_t longest = n > 0, run = 1;
    for (size_t i = 1; i < n; i++) {
        run = p[i] == p[i - 1] && !sm_is_white(p[i]) ? run + 1 : 1;
        if (run > longest) longest = run;
    }
    return longest;
}

static void read_shape(sm_line_stats *out, const uint32_t *p, size_t n)
{
    out->lines++;
    while (n > 0 && sm_is_white(p[n - 1]))
        n--;
    while (n > 0 && sm_is_white(*p))
        p++, n--;
    if (n == 0) return;
    const uint32_t last = p[n - 1];
    const uint64_t run = longest_run(p, n);
    out->filled++;
    out->bullets += is_bullet(*p) && n > 1;
    out->ellipses +=
        is_dots(last) || (n >= 3 && last == '.' && p[n - 2] == '.' && p[n - 3] == '.');
    out->shorts += n <= SHORT_LINE;
    out->closed += is_closing(last);
    if (run > out->longest_run) out->longest_run = run;
}

void sm_text_stats_lines(sm_text_stats *stats)
{
    sm_line_stats *const out = &stats->lines;
    const uint32_t *const chars = stats->chars;
    *out = (sm_line_stats){0};
    stats->line_items.n = stats->sentence_items.n = 0;
    for (size_t start = 0, end = 0; end <= stats->n_chars; start = ++end) {
        while (end < stats->n_chars && chars[end] != '\n')
            end++;
        read_shape(out, chars + start, end - start);
        read_sentences(stats, chars + start, end - start);
    }
    out->line = sm_items_repeats(&stats->line_items, &stats->seen);
    out->sentence = sm_items_repeats(&stats->sentence_items, &stats->seen);
    const uint64_t blank = out->lines - out->line.items;
    out->repeats_with_blanks = out->line.repeats + (blank ? blank - 1 : 0);
}
