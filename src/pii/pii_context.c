/* Sets of words: where does one stand, and is one near a match?
 * SPDX-License-Identifier: MIT
 *
 * Hyperscan's "Teddy" in small: the words are dealt into eight buckets, and a byte's two halves say which
 * buckets hold a word with that byte in its first, second or third place. Where all three agree, the first
 * three bytes are looked up, and the words that begin so are compared. */
#include "pii_internal.h"
#include "scan/scan_internal.h"

#include <stdlib.h>
#include <string.h>

enum {
    KEY = 3,           /* bytes of a word that find it */
    TABLE_REACH = 4096 /* bytes above a cell */
};

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_letter(char c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

/* ---- the index ---------------------------------------------------------------------------- */

/* Without case: only letters are compared so, and here it does no harm. */
static unsigned key_of(const char *p)
{
    const unsigned first = (unsigned char)p[0] | 0x20u, second = (unsigned char)p[1] | 0x20u,
                   third = (unsigned char)p[2] | 0x20u;
    return (first + 7 * second + 29 * third) % SM_WORD_KEYS;
}

/* Kana begin with bytes that all of them share: their words are found by the end of the first character and the
 * beginning of the second. */
static uint8_t skip_of(sm_span word)
{
    return word.n >= 6 && (unsigned char)word.p[0] == 0xE3 ? 2 : 0;
}

/* Adds a byte in place i to a bucket; letters in both cases. */
static void add_byte(sm_words *words, size_t i, unsigned char c, unsigned char bucket)
{
    words->low[i][c & 15] |= bucket;
    words->high[i][c >> 4] |= bucket;
    if (is_letter((char)c)) words->high[i][(c ^ 0x20) >> 4] |= bucket;
}

static void add_any_byte(sm_words *words, size_t i, unsigned char bucket)
{
    for (size_t half = 0; half < 16; half++) {
        words->low[i][half] |= bucket;
        words->high[i][half] |= bucket;
    }
}

static int by_bytes(const void *left, const void *right)
{
    const sm_term *const a = left, *const b = right;
    const int order = sm_span_order(a->text, b->text);
    return order ? order : a->rule < b->rule ? -1 : a->rule > b->rule;
}

void sm_words_index(sm_words *words)
{
    if (words->n == 0) return;
    qsort(words->words, words->n, sizeof *words->words, by_bytes);
    for (size_t i = 0; i < words->n; i++) {
        sm_term *const w = &words->words[i];
        const unsigned char bucket = (unsigned char)(1u << i * 8 / words->n);
        w->skip = skip_of(w->text);
        for (size_t k = 0; k < KEY; k++) {
            if (k < w->text.n)
                add_byte(words, k, (unsigned char)w->text.p[w->skip + k], bucket);
            else
                add_any_byte(words, k, bucket);
        }
        uint16_t *const head =
            w->text.n < KEY ? &words->shorts : &words->heads[key_of(w->text.p + w->skip)];
        w->next = *head;
        *head = (uint16_t)(i + 1);
    }
}

/* ---- looking a word up ---------------------------------------------------------------------- */

/* <PHONE> and <PHONE:…> are masks, and say nothing about the number that follows. */
static bool is_in_tag(sm_span text, size_t at, size_t end)
{
    return at > 0 && text.p[at - 1] == '<' && end < text.n &&
           (text.p[end] == '>' || text.p[end] == ':');
}

bool sm_word_stands_at(sm_span word, sm_span text, size_t at)
{
    if (word.n > text.n - at) return false;
    for (size_t i = 0; i < word.n; i++)
        if (lower(text.p[at + i]) != word.p[i]) return false;
    const size_t end = at + word.n;
    if (is_letter(word.p[0]) && at > 0 && is_letter(text.p[at - 1])) return false;
    if (is_in_tag(text, at, end)) return false;
    return !is_letter(word.p[word.n - 1]) || end == text.n || !is_letter(text.p[end]);
}

const sm_term *sm_words_at(const sm_words *words, sm_span text, size_t at, const sm_term *after)
{
    const bool has_key = text.n - at >= KEY;
    size_t i = after ? after->next : has_key ? words->heads[key_of(text.p + at)] : 0;
    for (; i; i = words->words[i - 1].next) {
        const sm_term *const w = &words->words[i - 1];
        if (at >= w->skip && sm_word_stands_at(w->text, text, at - w->skip)) return w;
    }
    if (after && after->text.n < KEY) return NULL;
    for (i = words->shorts; i; i = words->words[i - 1].next)
        if (sm_word_stands_at(words->words[i - 1].text, text, at)) return &words->words[i - 1];
    return NULL;
}

/* Does one of the words lie in [from, to) of the text? */
static bool has_any(const sm_words *words, sm_span text, size_t from, size_t to)
{
    const sm_scan_path *const path = sm_scan_path_best();
    sm_scan_pad pad;
    for (size_t at = from; at < to; at += SM_SCAN_BYTES) {
        uint64_t bits = path->words(sm_scan_bytes(text, at, &pad), words);
        if (to - at < SM_SCAN_BYTES) bits &= (UINT64_C(1) << (to - at)) - 1;
        for (; bits; bits &= bits - 1) {
            const size_t place = at + (size_t)__builtin_ctzll(bits);
            for (const sm_term *w = NULL; (w = sm_words_at(words, text, place, w)) != NULL;)
                if (place >= from + w->skip && place - w->skip + w->text.n <= to) return true;
        }
    }
    return false;
}

/* ---- near ------------------------------------------------------------------------------------- */

/* Goes back over `characters` characters, and over `feeds` line feeds at most. */
static size_t reach_before(sm_span text, size_t start, size_t characters, size_t feeds)
{
    while (start > 0 && characters > 0) {
        if (text.p[start - 1] == '\n' && feeds-- == 0) break;
        start--;
        characters -= !is_continuation(text.p[start]);
    }
    return start;
}

static size_t reach_behind(sm_span text, size_t end, size_t characters)
{
    while (end < text.n && text.p[end] != '\n') {
        if (!is_continuation(text.p[end]) && characters-- == 0) break;
        end++;
    }
    return end;
}

bool sm_pii_near(const sm_rule *rule, sm_span text, size_t start, size_t end)
{
    const sm_words *const words = &rule->context;
    if (words->n == 0) return false;
    if (has_any(words, text, reach_before(text, start, rule->window, rule->lines), start))
        return true;
    return !rule->only_before &&
           has_any(words, text, end, reach_behind(text, end, rule->window));
}

bool sm_pii_before(const sm_words *words, sm_span text, size_t start, size_t window)
{
    return words->n > 0 && has_any(words, text, reach_before(text, start, window, 0), start);
}

/* ---- tables --------------------------------------------------------------------------------------- */

/* The beginning of the line that byte `at` is in or ends, not before `floor`. */
static size_t line_start(sm_span text, size_t at, size_t floor)
{
    while (at > floor && text.p[at - 1] != '\n')
        at--;
    return at;
}

static size_t line_end(sm_span text, size_t at)
{
    const char *const feed = at < text.n ? memchr(text.p + at, '\n', text.n - at) : NULL;
    return feed ? (size_t)(feed - text.p) : text.n;
}

/* How often a separator stands in [from, to). */
static size_t count_in(sm_span text, size_t from, size_t to, char separator)
{
    size_t n = 0;
    for (const char *p = text.p + from; (p = memchr(p, separator, (size_t)(text.p + to - p)));
         p++)
        n++;
    return n;
}

/* The first line of those above `line` that have as many separators as it has. */
static size_t table_head(sm_span text, size_t line, size_t floor, char separator,
                         size_t columns)
{
    while (line > floor) {
        const size_t above = line_start(text, line - 1, floor);
        if (count_in(text, above, line - 1, separator) != columns) break;
        line = above;
    }
    return line;
}

bool sm_pii_in_column(const sm_words *words, sm_span text, size_t at)
{
    static const char separators[] = {'\t', '|', ','};
    const size_t floor = at > TABLE_REACH ? at - TABLE_REACH : 0;
    const size_t line = line_start(text, at, floor);
    if (words->n == 0 || line == floor) return false;
    const size_t room = text.n - at < TABLE_REACH ? text.n : at + TABLE_REACH;
    const size_t end = line_end((sm_span){text.p, room}, at);
    for (size_t i = 0; i < sizeof separators; i++) {
        const size_t columns = count_in(text, line, end, separators[i]);
        if (columns == 0 || (columns == 1 && separators[i] == ',')) continue; /* ¥1,980 */
        size_t cell = table_head(text, line, floor, separators[i], columns);
        const size_t head_end = line_end(text, cell);
        if (cell == line) return false;
        for (size_t k = count_in(text, line, at, separators[i]); k > 0; k--)
            cell =
                (size_t)((const char *)memchr(text.p + cell, separators[i], head_end - cell) -
                         text.p) +
                1;
        const char *const stop = memchr(text.p + cell, separators[i], head_end - cell);
        return has_any(words, text, cell, stop ? (size_t)(stop - text.p) : head_end);
    }
    return false;
}
