/* The parts of a text's statistics, computed when they are needed; the small ones are here.
 * SPDX-License-Identifier: MIT */
#include "filter_internal.h"

#include <seimai/language.h>
#include <seimai/utf8.h>

void sm_text_stats_begin(sm_text_stats *stats, const sm_subject *subject)
{
    stats->subject = *subject;
    stats->done = 0;
    stats->last_ngram = 0;
    sm_error_clear(&stats->error);
}

void sm_text_stats_free(sm_text_stats *stats)
{
    sm_free(stats->chars);
    sm_free(stats->line_items.items);
    sm_free(stats->sentence_items.items);
    sm_free(stats->seen.slots);
    sm_ngrams_free(stats->counter);
    sm_bounds_free(stats->bounds);
    sm_words_free(stats->words);
    sm_ng_scanner_free(stats->scanner);
    sm_deflater_free(stats->deflater);
    sm_free(stats->special_map);
    *stats = (sm_text_stats){0};
}

bool sm_is_white(uint32_t c)
{
    if (c < 0x80) return (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x20);
    if (c < 0x2000) return c == 0x85 || c == 0xA0 || c == 0x1680;
    return c <= 0x200A || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
           c == 0x3000;
}

/* ---- characters ------------------------------------------------------------------------------- */

static void read_scripts(sm_text_stats *stats)
{
    stats->scripts = (sm_script_counts){0};
    sm_script_count(stats->subject.text, &stats->scripts);
    const uint64_t *const of = stats->scripts.of;
    stats->kana = of[SM_HIRAGANA] + of[SM_KATAKANA];
    stats->japanese = stats->kana + of[SM_HAN] + of[SM_JA_PUNCT];
    stats->marks = of[SM_JA_PUNCT] + of[SM_PUNCT];
}

static void read_size(sm_text_stats *stats)
{
    stats->characters = sm_utf8_count(stats->subject.text);
}

/* Valid text, nearly all of it in three bytes: the loop of sm_utf8_next, here without the call. */
static size_t decode(const unsigned char *p, const unsigned char *end, uint32_t *out)
{
    uint32_t *const start = out;
    while (p < end) {
        const uint32_t a = *p;
        if (a >= 0xE0 && a < 0xF0) {
            *out++ = (a & 0x0F) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
            p += 3;
        } else if (a < 0x80) {
            *out++ = a;
            p++;
        } else if (a < 0xE0) {
            *out++ = (a & 0x1F) << 6 | (p[1] & 0x3Fu);
            p += 2;
        } else {
            *out++ =
                (a & 7) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
            p += 4;
        }
    }
    return (size_t)(out - start);
}

static void read_characters(sm_text_stats *stats)
{
    const sm_span text = stats->subject.text;
    const unsigned char *const p = (const unsigned char *)text.p;
    if (text.n > stats->cap_chars) {
        stats->cap_chars = text.n;
        sm_free(stats->chars);
        stats->chars = sm_malloc(stats->cap_chars * sizeof *stats->chars);
    }
    stats->n_chars = text.n ? decode(p, p + text.n, stats->chars) : 0;
}

/* Without branches, so that compilers do several characters at once. */
static uint32_t is_between(uint32_t c, uint32_t first, uint32_t last)
{
    return c - first <= last - first;
}

/* 々〇〻 and the blocks of kanji in the basic plane. */
static uint32_t is_kanji(uint32_t c)
{
    return is_between(c, 0x3400, 0x9FFF) | is_between(c, 0xF900, 0xFAFF) | (c == 0x3005) |
           (c == 0x3007) | (c == 0x303B);
}

/* 、，。．！？ */
static uint32_t is_ja_mark(uint32_t c)
{
    return is_between(c, 0x3001, 0x3002) | (c == 0xFF0C) | (c == 0xFF0E) | (c == 0xFF01) |
           (c == 0xFF1F);
}

static void read_letters(sm_text_stats *stats)
{
    enum { BLOCK = 1 << 20 }; /* 32-bit counts cannot overflow in one */
    sm_letters out = {0};
    for (size_t start = 0; start < stats->n_chars; start += BLOCK) {
        const uint32_t *const c = stats->chars + start;
        const size_t left = stats->n_chars - start, n = left < BLOCK ? left : BLOCK;
        uint32_t hiragana = 0, katakana = 0, others = 0;
        for (size_t i = 0; i < n; i++) {
            hiragana += is_between(c[i], 0x3041, 0x3096);
            katakana += is_between(c[i], 0x30A1, 0x30FA);
            others += is_kanji(c[i]) | is_ja_mark(c[i]);
        }
        out.hiragana += hiragana;
        out.katakana += katakana;
        out.all += hiragana + katakana + others;
    }
    stats->letters = out;
}

/* 。 is E3 80 82: bytes are counted, many at once. */
static void read_kuten(sm_text_stats *stats)
{
    enum { BLOCK = 1 << 20 };
    const unsigned char *const text = (const unsigned char *)stats->subject.text.p;
    const size_t places = stats->subject.text.n < 3 ? 0 : stats->subject.text.n - 2;
    stats->kuten = 0;
    for (size_t start = 0; start < places; start += BLOCK) {
        const unsigned char *const p = text + start;
        const size_t n = places - start < BLOCK ? places - start : BLOCK;
        uint32_t found = 0;
        for (size_t i = 0; i < n; i++)
            found += (p[i] == 0xE3) & (p[i + 1] == 0x80) & (p[i + 2] == 0x82);
        stats->kuten += found;
    }
}

/* HojiChar looks for [ぁ-んァ-ン] among the first 50 characters. */
static void read_head(sm_text_stats *stats)
{
    enum { HEAD = 50 };
    const sm_span text = stats->subject.text;
    const char *p = text.p;
    stats->head_kana = 0;
    for (size_t i = 0; i < HEAD && text.n > 0 && p < text.p + text.n; i++) {
        const uint32_t c = sm_utf8_next(&p, text.p + text.n);
        stats->head_kana += (c >= 0x3041 && c <= 0x3093) || (c >= 0x30A1 && c <= 0x30F3);
    }
}

static void read_special(sm_text_stats *stats)
{
    if (!stats->special_map) stats->special_map = sm_special_map();
    stats->special = 0;
    for (size_t i = 0; i < stats->n_chars; i++) {
        const uint32_t c = stats->chars[i];
        if (c < SM_SPECIAL_MAX) stats->special += stats->special_map[c / 64] >> c % 64 & 1;
    }
}

/* ---- links ------------------------------------------------------------------------------------ */

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

/* ---- the whole text -------------------------------------------------------------------------- */

static void read_deflate(sm_text_stats *stats)
{
    if (!stats->deflater) stats->deflater = sm_deflater_new(9);
    stats->bytes = stats->subject.text.n;
    stats->compressed = sm_deflater_size(stats->deflater, stats->subject.text);
}

static void read_language(sm_text_stats *stats)
{
    stats->language = sm_language_japanese(stats->subject.text);
}

static void read_top_bound(sm_text_stats *stats)
{
    stats->top_bound = sm_bound_top(stats->bounds, stats->chars, stats->n_chars);
}

static void read_repeat_bound(sm_text_stats *stats, int n)
{
    stats->repeat_bound[n] = sm_bound_repeats(stats->bounds, stats->chars, stats->n_chars, n);
}

static void read_repetition(sm_text_stats *stats)
{
    enum { LENGTH = 5 };
    stats->last_ngram = LENGTH;
    stats->done |= SM_PART(SM_PART_NGRAM + LENGTH); /* counted on the way */
    stats->repetition = sm_ngrams_top_sum(stats->counter, stats->chars, stats->n_chars, LENGTH,
                                          &stats->ngrams[LENGTH]);
}

static void read_ngrams(sm_text_stats *stats, int n)
{
    const bool goes_on = stats->last_ngram > 0 && stats->last_ngram == n - 1;
    (goes_on ? sm_ngrams_next : sm_ngrams_first)(stats->counter, stats->chars, stats->n_chars,
                                                 n, &stats->ngrams[n]);
    stats->last_ngram = n;
}

/* ---- what needs what --------------------------------------------------------------------------- */

/* A part stands behind all that it needs. */
static const struct {
    int part, needs; /* needs: one part, and what that needs; -1 for none */
    void (*read)(sm_text_stats *stats);
} readers[] = {{SM_PART_SIZE, -1, read_size},
               {SM_PART_CHARACTERS, -1, read_characters},
               {SM_PART_SCRIPTS, -1, read_scripts},
               {SM_PART_LETTERS, SM_PART_CHARACTERS, read_letters},
               {SM_PART_KUTEN, -1, read_kuten},
               {SM_PART_HEAD, -1, read_head},
               {SM_PART_LINES, SM_PART_CHARACTERS, sm_text_stats_lines},
               {SM_PART_SHAPES, SM_PART_CHARACTERS, sm_text_stats_shapes},
               {SM_PART_SPLITS, SM_PART_CHARACTERS, sm_text_stats_splits},
               {SM_PART_REGISTER, SM_PART_CHARACTERS, sm_text_stats_register},
               {SM_PART_URLS, SM_PART_CHARACTERS, read_urls},
               {SM_PART_BOARD, SM_PART_CHARACTERS, sm_text_stats_board},
               {SM_PART_SPECIAL, SM_PART_CHARACTERS, read_special},
               {SM_PART_PHRASES, SM_PART_CHARACTERS, sm_text_stats_phrases},
               {SM_PART_DEFLATE, -1, read_deflate},
               {SM_PART_LANGUAGE, -1, read_language},
               {SM_PART_TOP_BOUND, SM_PART_CHARACTERS, read_top_bound},
               {SM_PART_REPETITION, SM_PART_CHARACTERS, read_repetition},
               {SM_PART_WORDS, -1, sm_text_stats_words},
               {SM_PART_WORD_REPEAT, SM_PART_WORDS, sm_words_sevens},
               {SM_PART_LISTS, -1, sm_text_stats_lists}};

enum { READERS = sizeof readers / sizeof *readers };

/* The bits of all lengths of n-grams behind a part. */
static uint64_t all_lengths(int part)
{
    return (((uint64_t)1 << (SM_NGRAM_MAX + 1)) - 1) << part;
}

static uint64_t with_needs(uint64_t parts)
{
    if (parts & all_lengths(SM_PART_WORD_NGRAM)) parts |= SM_PART(SM_PART_WORDS);
    if (parts & (all_lengths(SM_PART_NGRAM) | all_lengths(SM_PART_REPEAT_BOUND)))
        parts |= SM_PART(SM_PART_CHARACTERS);
    for (size_t i = READERS; i-- > 0;)
        if ((parts & SM_PART(readers[i].part)) && readers[i].needs >= 0)
            parts |= SM_PART(readers[i].needs);
    return parts;
}

void sm_text_stats_need(sm_text_stats *stats, uint64_t parts)
{
    if (!(parts & ~stats->done)) return;
    const uint64_t missing = with_needs(parts) & ~stats->done;
    stats->done |= missing;
    if (!stats->counter) stats->counter = sm_ngrams_new();
    if (!stats->bounds) stats->bounds = sm_bounds_new();
    for (size_t i = 0; i < READERS; i++)
        if (missing & SM_PART(readers[i].part)) readers[i].read(stats);
    if (missing >> SM_PART_NGRAM == 0) return;
    for (int n = SM_NGRAM_MIN; n <= SM_NGRAM_MAX; n++) {
        if (missing & SM_PART(SM_PART_REPEAT_BOUND + n)) read_repeat_bound(stats, n);
        if (missing & SM_PART(SM_PART_NGRAM + n)) read_ngrams(stats, n);
        if (missing & SM_PART(SM_PART_WORD_NGRAM + n)) sm_words_ngrams(stats, n);
    }
}
