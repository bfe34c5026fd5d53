/* Words of context: is one of them near a match?
 * SPDX-License-Identifier: MIT */
#include "pii_internal.h"

#include <string.h>

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

/* Goes back over `characters` characters, and over one line feed at most. */
static size_t reach_before(sm_span text, size_t start, size_t characters)
{
    size_t feeds = 0;
    while (start > 0 && characters > 0) {
        if (text.p[start - 1] == '\n' && ++feeds == 2) break;
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

/* The word lies within the text. ASCII words match whole words, without case: "tel" is not in "hotel". */
static bool has_word_at(sm_span word, sm_span text, size_t at)
{
    for (size_t i = 0; i < word.n; i++)
        if (lower(text.p[at + i]) != word.p[i]) return false;
    const size_t end = at + word.n;
    if (is_letter(word.p[0]) && at > 0 && is_letter(text.p[at - 1])) return false;
    return !is_letter(word.p[word.n - 1]) || end == text.n || !is_letter(text.p[end]);
}

unsigned char sm_pii_first_key(const char *p, size_t n)
{
    if ((unsigned char)*p < 0x80) return (unsigned char)lower(*p);
    const unsigned second = n > 1 ? (unsigned char)p[1] : 0,
                   third = n > 2 ? (unsigned char)p[2] : 0;
    return (unsigned char)(0x80 | (second << 3 ^ third));
}

/* Does one of the words lie in [from, to) of the text? */
static bool has_any(const sm_words *words, sm_span text, size_t from, size_t to)
{
    for (size_t at = from; at < to; at++) {
        if (is_continuation(text.p[at])) continue;
        if (!words->starts[sm_pii_first_key(text.p + at, to - at)]) continue;
        for (size_t i = 0; i < words->n; i++)
            if (words->words[i].n <= to - at && has_word_at(words->words[i], text, at))
                return true;
    }
    return false;
}

bool sm_pii_near(const sm_words *words, sm_span text, size_t start, size_t end, size_t window,
                 bool behind)
{
    if (words->n == 0) return false;
    if (has_any(words, text, reach_before(text, start, window), start)) return true;
    return behind && has_any(words, text, end, reach_behind(text, end, window));
}
