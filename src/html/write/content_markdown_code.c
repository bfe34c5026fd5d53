/* Code and beginnings of lines in Markdown: which language, how many backticks, what must be escaped.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "content_write.h"

/* ---- lines -------------------------------------------------------------------------------- */

static size_t count_leading(sm_span line, char c)
{
    size_t n = 0;
    while (n < line.n && line.p[n] == c)
        n++;
    return n;
}

static bool is_made_of(sm_span line, const char *set)
{
    for (size_t i = 0; i < line.n; i++)
        if (!line.p[i] || !strchr(set, line.p[i])) return false;
    return line.n > 0;
}

static bool ends_at(sm_span line, size_t n)
{
    return n == line.n || line.p[n] == ' ';
}

/* [label]: what follows would be an address. */
static bool is_definition(sm_span line)
{
    const char *close = memchr(line.p, ']', line.n);
    return close && close + 1 < line.p + line.n && close[1] == ':';
}

size_t sm_markdown_escape(sm_span line)
{
    if (!line.n) return SIZE_MAX;
    const char c = line.p[0];
    const size_t n = count_leading(line, c);
    size_t digits = 0;
    while (digits < line.n && sm_is_digit(line.p[digits]))
        digits++;
    const bool heading = c == '#' && n <= 6 && ends_at(line, n);
    const bool item = strchr("-+*", c) && ends_at(line, 1);
    const bool fence = (c == '~' || c == '`') && n >= 3;
    const bool rule = is_made_of(line, "- ") || is_made_of(line, "=") || is_made_of(line, "_ ");
    const bool table = (c == '|' || c == ':' || c == '-') && is_made_of(line, "-:| ");
    const bool definition = c == '[' && is_definition(line);
    if (heading || item || fence || rule || table || definition || c == '>') return 0;
    const bool number =
        digits && digits <= 9 && digits < line.n && strchr(".)", line.p[digits]);
    return number && ends_at(line, digits + 1) ? digits : SIZE_MAX;
}

/* ---- code --------------------------------------------------------------------------------- */

/* A class that names a language: "language-c", "lang-c", "highlight-source-c", "highlight-c", "brush:c". */
static sm_span language_of_class(sm_span classes)
{
    static const char *const starts[] = {"language-", "lang-", "highlight-source-",
                                         "highlight-", "brush:"};
    enum { LONGEST = 20 };
    for (size_t i = 0; i < classes.n;) {
        size_t end = i;
        while (end < classes.n && !sm_is_space(classes.p[end]))
            end++;
        const sm_span word = {classes.p + i, end - i};
        for (size_t k = 0; k < sizeof starts / sizeof *starts; k++) {
            const sm_span start = sm_span_of(starts[k]);
            if (!sm_span_starts(word, start) || word.n == start.n || word.n > start.n + LONGEST)
                continue;
            const sm_span name = {word.p + start.n, word.n - start.n};
            bool plain = true;
            for (size_t j = 0; j < name.n; j++)
                plain &= sm_is_alpha(name.p[j]) || sm_is_digit(name.p[j]) ||
                         (name.p[j] && strchr("+#-._", name.p[j]));
            if (plain && !sm_is_word(name, "none") && !sm_is_word(name, "default")) return name;
        }
        i = end + 1;
    }
    return (sm_span){0};
}

/* The language of code, by the classes from its owner up to two elements around its <pre>. */
sm_span sm_code_language(const sm_content *c, const sm_block *b, uint32_t pre)
{
    int around = -1;
    for (uint32_t at = b->owner; at && around < 2; at = c->elements[at].parent) {
        const sm_span name = language_of_class(c->elements[at].css_class);
        if (name.n) return name;
        if (at == pre || around >= 0) around++;
    }
    return (sm_span){0};
}

size_t sm_code_backticks(sm_span text)
{
    size_t longest = 0, run = 0;
    for (size_t i = 0; i < text.n; i++) {
        run = text.p[i] == '`' ? run + 1 : 0;
        if (run > longest) longest = run;
    }
    return longest;
}
