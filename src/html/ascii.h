/* Classes of ASCII characters as HTML defines them; nothing here looks at a locale.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_HTML_ASCII_H
#define SEIMAI_HTML_ASCII_H

#include <seimai/base.h>

#include <string.h>

/* HTML's white space: tab, LF, FF, CR, blank. */
static inline bool sm_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static inline bool sm_is_alpha(char c)
{
    return (unsigned)((c | 0x20) - 'a') < 26;
}

static inline bool sm_is_digit(char c)
{
    return (unsigned)(c - '0') < 10;
}

static inline char sm_lower(char c)
{
    return (unsigned)(c - 'A') < 26 ? (char)(c | 0x20) : c;
}

/* sm_is_word compares a span with a lower-case word, in any case. */
static inline bool sm_is_word(sm_span s, const char *word)
{
    size_t i = 0;
    while (i < s.n && word[i] && sm_lower(s.p[i]) == word[i])
        i++;
    return i == s.n && !word[i];
}

static inline sm_span sm_trim(sm_span s)
{
    while (s.n && sm_is_space(s.p[0]))
        s = (sm_span){s.p + 1, s.n - 1};
    while (s.n && sm_is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

#endif
