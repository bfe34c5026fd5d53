/* The tokenizer's states for text: see seimai/html.h. Tags are in html_tag.c, comments and doctypes in
 * html_markup.c.
 * SPDX-License-Identifier: MIT */
#include <seimai/utf8.h>

#include <string.h>
#include <strings.h>

#include "html_internal.h"

#define SPACE (SM_IS_NAME_END | SM_IS_ATTRIBUTE)

const unsigned char sm_html_class[256] = {
    ['<'] = SM_IS_LESS,      ['&'] = SM_IS_AMPERSAND,
    ['\0'] = SM_IS_NUL,      ['\r'] = SM_IS_CR | SPACE,
    ['\n'] = SPACE,          ['\t'] = SPACE,
    ['\f'] = SPACE,          [' '] = SPACE,
    ['/'] = SPACE,           ['>'] = SPACE | SM_IS_SCRIPT_END,
    ['='] = SM_IS_ATTRIBUTE, ['-'] = SM_IS_SCRIPT_END,
    ['A'] = SM_IS_UPPER,     ['B'] = SM_IS_UPPER,
    ['C'] = SM_IS_UPPER,     ['D'] = SM_IS_UPPER,
    ['E'] = SM_IS_UPPER,     ['F'] = SM_IS_UPPER,
    ['G'] = SM_IS_UPPER,     ['H'] = SM_IS_UPPER,
    ['I'] = SM_IS_UPPER,     ['J'] = SM_IS_UPPER,
    ['K'] = SM_IS_UPPER,     ['L'] = SM_IS_UPPER,
    ['M'] = SM_IS_UPPER,     ['N'] = SM_IS_UPPER,
    ['O'] = SM_IS_UPPER,     ['P'] = SM_IS_UPPER,
    ['Q'] = SM_IS_UPPER,     ['R'] = SM_IS_UPPER,
    ['S'] = SM_IS_UPPER,     ['T'] = SM_IS_UPPER,
    ['U'] = SM_IS_UPPER,     ['V'] = SM_IS_UPPER,
    ['W'] = SM_IS_UPPER,     ['X'] = SM_IS_UPPER,
    ['Y'] = SM_IS_UPPER,     ['Z'] = SM_IS_UPPER,
};

void sm_html_init(sm_html *t, sm_span page)
{
    *t = (sm_html){.automatic = true, .p = page.p, .end = page.n ? page.p + page.n : page.p};
}

void sm_html_free(sm_html *t)
{
    sm_arena_free(&t->scratch);
}

void sm_html_set_last_tag(sm_html *t, sm_span name)
{
    /* No element with a text state of its own has so long a name that it would be cut. */
    const size_t n = name.n < sizeof t->last_tag ? name.n : 0;
    if (n) memcpy(t->last_tag, name.p, n);
    t->last_tag[n] = '\0';
    t->escaped = t->dashes = 0;
}

/* ---- cooking ------------------------------------------------------------------------------ */

sm_span sm_html_cook(sm_html *t, sm_span raw, unsigned what)
{
    const unsigned changes = what | SM_IS_NUL | SM_IS_CR;
    if (raw.n == 0) return raw;
    const char *end = raw.p + raw.n, *p = sm_html_scan(raw.p, end, changes);
    if (p == end) return raw;
    /* A NUL takes three bytes, a reference fewer than twice its own. */
    char *out = sm_arena_alloc(&t->scratch, 3 * raw.n), *o = out;
    memcpy(o, raw.p, (size_t)(p - raw.p));
    o += p - raw.p;
    while (p < end) {
        const unsigned char class = sm_html_class[(unsigned char)*p];
        size_t n = 0;
        const size_t length =
            class & what & SM_IS_AMPERSAND
                ? sm_html_reference((sm_span){p, (size_t)(end - p)}, true, o, &n)
                : 0;
        if (length == 0 && class & SM_IS_NUL)
            n = sm_utf8_put(0xFFFD, o);
        else if (length == 0)
            o[n++] = *p == '\r' ? '\n' : class & what & SM_IS_UPPER ? sm_lower(*p) : *p;
        if (*p == '\r' && p + 1 < end && p[1] == '\n') p++;
        p += length ? length : 1;
        o += n;
    }
    return (sm_span){out, (size_t)(o - out)};
}

/* ---- text --------------------------------------------------------------------------------- */

static bool give_text(sm_html_token *token, const char *from, const char *to)
{
    token->kind = SM_HTML_TEXT;
    token->text = (sm_span){from, (size_t)(to - from)};
    return true;
}

/* The text up to t->p + n, which becomes the new t->p. */
static bool take_text(sm_html *t, sm_html_token *token, size_t n)
{
    const char *from = t->p;
    t->p += n;
    return give_text(token, from, t->p);
}

static bool take_newline(sm_html *t, sm_html_token *token)
{
    static const char newline[] = "\n";
    t->p += t->end - t->p > 1 && t->p[1] == '\n' ? 2 : 1;
    return give_text(token, newline, newline + 1);
}

static bool take_reference(sm_html *t, sm_html_token *token)
{
    size_t n = 0;
    const size_t length =
        sm_html_reference((sm_span){t->p, (size_t)(t->end - t->p)}, false, t->utf8, &n);
    if (!length) return take_text(t, token, 1);
    t->p += length;
    return give_text(token, t->utf8, t->utf8 + n);
}

/* A byte that stops a run and is no `<`. */
static bool take_special(sm_html *t, sm_html_token *token)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    if (*t->p == '&') return take_reference(t, token);
    if (*t->p == '\r') return take_newline(t, token);
    t->p++;
    return give_text(token, replacement, replacement + 3);
}

/* ---- the states: each reads on at t->p < t->end and gives a token, or false if there was none -- */

/* Does the end tag at "</" close the element that the state waits for? */
static bool is_appropriate_end(const sm_html *t, const char *p)
{
    if (t->end - p < 3 || p[1] != '/') return false;
    const size_t n = strlen(t->last_tag);
    if (n == 0 || (size_t)(t->end - p) < n + 3) return false;
    if (strncasecmp(p + 2, t->last_tag, n) != 0) return false;
    return sm_html_class[(unsigned char)p[n + 2]] & SM_IS_NAME_END;
}

static bool end_element(sm_html *t, sm_html_token *token)
{
    t->p += 2;
    t->state = SM_HTML_DATA;
    return sm_html_tag(t, SM_HTML_END_TAG, token);
}

static bool next_rawtext(sm_html *t, sm_html_token *token)
{
    const char *p = t->p;
    const char reference = t->state == SM_HTML_RCDATA ? '&' : '<';
    for (;; p++) { /* a `<` that ends nothing is text */
        p = sm_html_find(p, t->end, '<', reference, '\r', '\0');
        if (p == t->end || *p != '<' || is_appropriate_end(t, p)) break;
    }
    if (p > t->p) return take_text(t, token, (size_t)(p - t->p));
    if (*p != '<') return take_special(t, token);
    return end_element(t, token);
}

/* The letters of a tag inside <!-- of a script: is it `script`, and is the name at its end? */
static bool names_script(const sm_html *t, const char *p)
{
    return t->end - p > 6 && strncasecmp(p, "script", 6) == 0 &&
           sm_html_class[(unsigned char)p[6]] & SM_IS_NAME_END;
}

/* Passes the `<` at p in a script that is no end tag; keeps track of <!--, <script> and </script>. */
static const char *pass_script_less(sm_html *t, const char *p)
{
    t->dashes = 0;
    if (t->escaped == 0 && t->end - p >= 4 && memcmp(p, "<!--", 4) == 0) {
        t->escaped = 1;
        t->dashes = 2;
        return p + 4;
    }
    if (t->escaped == 1 && names_script(t, p + 1)) {
        t->escaped = 2;
        return p + 7;
    }
    if (t->escaped == 2 && t->end - p > 1 && p[1] == '/' && names_script(t, p + 2)) {
        t->escaped = 1;
        return p + 8;
    }
    return p + 1;
}

/* Passes `-` or `>` within <!-- of a script: "-->" ends the escape. */
static const char *pass_script_dash(sm_html *t, const char *p)
{
    const bool dash = *p == '-';
    if (!dash && t->dashes == 2) t->escaped = 0;
    t->dashes = !dash ? 0 : t->dashes < 2 ? t->dashes + 1 : 2;
    return p + 1;
}

static bool next_script(sm_html *t, sm_html_token *token)
{
    const char *p = t->p;
    while (p < t->end) {
        const char *stop =
            t->escaped
                ? sm_html_scan(p, t->end, SM_IS_LESS | SM_IS_NUL | SM_IS_CR | SM_IS_SCRIPT_END)
                : sm_html_find(p, t->end, '<', '<', '\r', '\0');
        if (stop > p) t->dashes = 0;
        p = stop;
        if (p == t->end || *p == '\0' || *p == '\r') break;
        if (*p != '<')
            p = pass_script_dash(t, p);
        else if (t->escaped < 2 && is_appropriate_end(t, p))
            break;
        else
            p = pass_script_less(t, p);
    }
    if (p > t->p) return take_text(t, token, (size_t)(p - t->p));
    t->dashes = 0;
    if (*p != '<') return take_special(t, token);
    return end_element(t, token);
}

static bool next_plaintext(sm_html *t, sm_html_token *token)
{
    const char *p = sm_html_find(t->p, t->end, '\r', '\r', '\0', '\0');
    if (p > t->p) return take_text(t, token, (size_t)(p - t->p));
    return take_special(t, token);
}

/* One run of a CDATA section: up to its end or a CR. */
static bool next_cdata(sm_html *t, sm_html_token *token)
{
    const char *p = t->p;
    if (*p == '\r') return take_newline(t, token);
    while (p < t->end && *p != '\r' && !(t->end - p >= 3 && memcmp(p, "]]>", 3) == 0))
        p++;
    if (p > t->p) return take_text(t, token, (size_t)(p - t->p));
    t->p += 3;
    t->state = SM_HTML_DATA;
    return false;
}

/* The text state that an element puts its content into. */
static void enter_element(sm_html *t, const sm_html_token *token)
{
    static const struct {
        sm_span name;
        sm_html_state state;
    } elements[] = {
        {{"title", 5}, SM_HTML_RCDATA},        {{"textarea", 8}, SM_HTML_RCDATA},
        {{"style", 5}, SM_HTML_RAWTEXT},       {{"xmp", 3}, SM_HTML_RAWTEXT},
        {{"iframe", 6}, SM_HTML_RAWTEXT},      {{"noembed", 7}, SM_HTML_RAWTEXT},
        {{"noframes", 8}, SM_HTML_RAWTEXT},    {{"script", 6}, SM_HTML_SCRIPT},
        {{"plaintext", 9}, SM_HTML_PLAINTEXT},
    };
    const sm_span name = token->text;
    if (!t->automatic || t->foreign || name.n < 3) return;
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        const sm_span e = elements[i].name;
        if (e.n != name.n || *e.p != *name.p || memcmp(e.p, name.p, e.n) != 0) continue;
        t->state = elements[i].state;
        sm_html_set_last_tag(t, name);
        return;
    }
}

/* A `<` in data: a tag, markup, or a character like any other. */
static bool next_markup(sm_html *t, sm_html_token *token)
{
    const char *p = t->p;
    const char next = t->end - p > 1 ? p[1] : '\0';
    if (sm_is_alpha(next)) {
        t->p++;
        if (!sm_html_tag(t, SM_HTML_START_TAG, token)) return false;
        enter_element(t, token);
        return true;
    }
    if (next == '!') return sm_html_markup(t, token);
    if (next == '?') {
        t->p++;
        return sm_html_bogus_comment(t, token);
    }
    if (next != '/' || t->end - p == 2) return take_text(t, token, next == '/' ? 2 : 1);
    t->p += 2;
    if (sm_is_alpha(p[2])) return sm_html_tag(t, SM_HTML_END_TAG, token);
    if (p[2] != '>') return sm_html_bogus_comment(t, token);
    t->p++; /* "</>" is nothing */
    return false;
}

static bool next_data(sm_html *t, sm_html_token *token)
{
    const char *p = sm_html_find(t->p, t->end, '<', '&', '\r', '\r');
    if (p > t->p) return take_text(t, token, (size_t)(p - t->p));
    if (*p != '<') return take_special(t, token);
    return next_markup(t, token);
}

/* Member by member: a token as a whole is so large that compilers call on slow instructions to clear it. */
static void clear_token(sm_html_token *token)
{
    token->kind = SM_HTML_EOF;
    token->text = token->public_id = token->system_id = (sm_span){0};
    token->n_attributes = 0;
    token->names = 0;
    token->html = NULL;
    token->self_closing = token->force_quirks = false;
}

bool sm_html_next(sm_html *t, sm_html_token *token)
{
    static bool (*const next[])(sm_html *, sm_html_token *) = {
        [SM_HTML_DATA] = next_data,           [SM_HTML_RCDATA] = next_rawtext,
        [SM_HTML_RAWTEXT] = next_rawtext,     [SM_HTML_SCRIPT] = next_script,
        [SM_HTML_PLAINTEXT] = next_plaintext, [SM_HTML_CDATA] = next_cdata,
    };
    clear_token(token);
    if (t->scratch.total) sm_arena_reset(&t->scratch);
    while (t->p < t->end)
        if (t->state == SM_HTML_DATA ? next_data(t, token) : next[t->state](t, token))
            return true;
    return false;
}
