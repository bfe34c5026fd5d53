/* The slow obvious tokenizer: WHATWG HTML, section 13.2.5, a state a function and a byte at a time, as the
 * standard writes it down. The oracle of src/html's.
 * SPDX-License-Identifier: MIT
 *
 * html_slow writes the tokens of a page in one form, adjacent text as one token, so that two tokenizers are equal
 * where two buffers are. html_fast writes the same from sm_html_next. Not here: the states for `<` inside
 * comments, which report errors and change nothing. */
#ifndef SEIMAI_TESTS_HTML_SLOW_H
#define SEIMAI_TESTS_HTML_SLOW_H

#include <stdlib.h>
#include <string.h>

#include <seimai/html.h>

enum { SLOW_EOF = -1 };

typedef struct slow slow;
typedef void slow_state(slow *s, int c); /* c: a byte or SLOW_EOF */

struct slow {
    const char *p, *end;             /* with line ends as LF */
    slow_state *state, *text, *back; /* now; of text; where a bad end tag goes back to */
    bool again;                      /* the byte is read once more, in the new state */
    bool foreign, automatic;
    sm_html_kind kind;
    sm_buffer name, attribute, value, last_tag, public_id, system_id;
    sm_buffer letters;     /* of what may become an end tag, as they stand */
    sm_buffer pairs, seen; /* the tag's attributes, and their names, each between LF */
    bool has_public, has_system, quirks, self_closing;
    char quote;
    size_t n_attributes;
    bool in_text;
    sm_buffer *out;
};

static bool slow_is_space(int c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f';
}

static bool slow_is_alpha(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void slow_put(sm_buffer *b, int c)
{
    if (c == '\0')
        sm_buffer_puts(b, "\xEF\xBF\xBD");
    else
        sm_buffer_putc(b, (char)c);
}

static void slow_put_lower(sm_buffer *b, int c)
{
    slow_put(b, c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static void slow_go(slow *s, slow_state *state)
{
    s->state = state;
}

static void slow_reconsume(slow *s, slow_state *state)
{
    s->state = state;
    s->again = true;
}

/* ---- the form --------------------------------------------------------------------------------- */

static void form_text(sm_buffer *out, bool *in_text, sm_span text)
{
    if (!*in_text && text.n) sm_buffer_puts(out, "\nTEXT ");
    if (text.n) *in_text = true;
    sm_buffer_put(out, text);
}

static void form_pair(sm_buffer *out, sm_span name, sm_span value)
{
    sm_buffer_puts(out, "\n  ");
    sm_buffer_put(out, name);
    sm_buffer_puts(out, "=");
    sm_buffer_put(out, value);
}

static void form_doctype(sm_buffer *out, sm_span name, const sm_span *public_id,
                         const sm_span *system_id, bool quirks)
{
    sm_buffer_puts(out, "\nDOCTYPE ");
    sm_buffer_put(out, name);
    if (public_id) form_pair(out, SM_SPAN("public"), *public_id);
    if (system_id) form_pair(out, SM_SPAN("system"), *system_id);
    if (quirks) sm_buffer_puts(out, " quirks");
}

static void form_end_of_tag(sm_buffer *out, bool self_closing)
{
    sm_buffer_puts(out, self_closing ? "\n/>" : "\n>");
}

/* ---- what the states do ----------------------------------------------------------------------- */

static void slow_text(slow *s, const char *text)
{
    form_text(s->out, &s->in_text, sm_span_of(text));
}

static void slow_emit(slow *s, int c)
{
    const char byte = (char)c;
    form_text(s->out, &s->in_text, (sm_span){&byte, 1});
}

/* A character where NUL is U+FFFD. */
static void slow_emit_checked(slow *s, int c)
{
    if (c == '\0')
        slow_text(s, "\xEF\xBF\xBD");
    else
        slow_emit(s, c);
}

/* The reference at the `&` that was just read; what is none is an ampersand. */
static sm_span slow_reference(slow *s, bool in_attribute, char utf8[8])
{
    size_t n = 0;
    const sm_span rest = {s->p - 1, (size_t)(s->end - s->p) + 1};
    const size_t length = sm_html_reference(rest, in_attribute, utf8, &n);
    if (length == 0) return SM_SPAN("&");
    s->p += length - 1;
    return (sm_span){utf8, n};
}

static void slow_emit_reference(slow *s)
{
    char utf8[8];
    form_text(s->out, &s->in_text, slow_reference(s, false, utf8));
}

static void slow_start_tag(slow *s, sm_html_kind kind)
{
    s->kind = kind;
    s->self_closing = false;
    s->n_attributes = 0;
    sm_buffer_clear(&s->name);
    sm_buffer_clear(&s->attribute);
    sm_buffer_clear(&s->value);
    sm_buffer_clear(&s->letters);
    sm_buffer_clear(&s->pairs);
    sm_buffer_clear(&s->seen);
}

/* The attribute in the making is one of the tag, unless its name is there already. */
static void slow_end_attribute(slow *s)
{
    const sm_span name = sm_buffer_span(&s->attribute);
    if (!name.n) return;
    sm_buffer key = sm_buffer_make(SIZE_MAX / 2);
    sm_buffer_putc(&key, '\n');
    sm_buffer_put(&key, name);
    sm_buffer_putc(&key, '\n');
    const sm_span seen = sm_buffer_span(&s->seen), k = sm_buffer_span(&key);
    bool known = false;
    for (size_t i = 0; i + k.n <= seen.n && !known; i++)
        known = memcmp(seen.p + i, k.p, k.n) == 0;
    const bool counts = s->n_attributes++ < SM_HTML_ATTRIBUTES && s->kind == SM_HTML_START_TAG;
    if (!known && counts) {
        sm_buffer_put(&s->seen, k);
        form_pair(&s->pairs, name, sm_buffer_span(&s->value));
    }
    sm_buffer_free(&key);
    sm_buffer_clear(&s->attribute);
    sm_buffer_clear(&s->value);
}

static slow_state in_data, in_rcdata, in_rawtext, in_script, in_plaintext, in_cdata, tag_name,
    before_attribute_name, attribute_name, before_attribute_value, self_closing, in_comment,
    bogus_comment, after_doctype_name, bogus_doctype, script_escaped, script_escaped_dash_dash,
    script_double_escaped, script_double_dash_dash;

static slow_state *slow_text_state(sm_html_state state)
{
    static slow_state *const states[] = {in_data,   in_rcdata,    in_rawtext,
                                         in_script, in_plaintext, in_cdata};
    return states[state];
}

static void slow_enter_element(slow *s)
{
    static const struct {
        const char *name;
        sm_html_state state;
    } elements[] = {{"title", SM_HTML_RCDATA},       {"textarea", SM_HTML_RCDATA},
                    {"style", SM_HTML_RAWTEXT},      {"xmp", SM_HTML_RAWTEXT},
                    {"iframe", SM_HTML_RAWTEXT},     {"noembed", SM_HTML_RAWTEXT},
                    {"noframes", SM_HTML_RAWTEXT},   {"script", SM_HTML_SCRIPT},
                    {"plaintext", SM_HTML_PLAINTEXT}};
    const sm_span name = sm_buffer_span(&s->name);
    if (!s->automatic || s->foreign) return;
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        if (!sm_span_equal(name, sm_span_of(elements[i].name))) continue;
        s->text = slow_text_state(elements[i].state);
        sm_buffer_clear(&s->last_tag);
        sm_buffer_put(&s->last_tag, name);
    }
}

static void slow_end_tag(slow *s)
{
    slow_end_attribute(s);
    s->in_text = false;
    sm_buffer_puts(s->out, s->kind == SM_HTML_START_TAG ? "\nSTART " : "\nEND ");
    sm_buffer_put(s->out, sm_buffer_span(&s->name));
    sm_buffer_put(s->out, sm_buffer_span(&s->pairs));
    form_end_of_tag(s->out, s->self_closing && s->kind == SM_HTML_START_TAG);
    s->text = in_data;
    if (s->kind == SM_HTML_START_TAG) slow_enter_element(s);
    slow_go(s, s->text);
}

/* ---- text ------------------------------------------------------------------------------------- */

static void tag_open(slow *s, int c);
static void text_less(slow *s, int c);

static void in_data(slow *s, int c)
{
    if (c == '&')
        slow_emit_reference(s);
    else if (c == '<')
        slow_go(s, tag_open);
    else if (c != SLOW_EOF)
        slow_emit(s, c);
}

static void in_rcdata(slow *s, int c)
{
    if (c == '&')
        slow_emit_reference(s);
    else
        in_rawtext(s, c);
}

static void in_rawtext(slow *s, int c)
{
    s->back = s->state;
    if (c == '<')
        slow_go(s, text_less);
    else if (c != SLOW_EOF)
        slow_emit_checked(s, c);
}

static void in_plaintext(slow *s, int c)
{
    if (c != SLOW_EOF) slow_emit_checked(s, c);
}

static void in_cdata(slow *s, int c)
{
    if (c == ']' && s->end - s->p >= 2 && memcmp(s->p, "]>", 2) == 0) {
        s->p += 2;
        slow_go(s, s->text = in_data);
    } else if (c != SLOW_EOF) {
        slow_emit(s, c);
    }
}

/* The name of an end tag inside RCDATA, RAWTEXT or script. */
static void text_end_name(slow *s, int c)
{
    const bool ends = slow_is_space(c) || c == '/' || c == '>';
    const sm_span name = sm_buffer_span(&s->name), last = sm_buffer_span(&s->last_tag);
    if (ends && last.n && sm_span_equal(name, last)) {
        slow_reconsume(s, before_attribute_name);
        return;
    }
    if (slow_is_alpha(c)) {
        slow_put_lower(&s->name, c);
        slow_put(&s->letters, c);
        return;
    }
    slow_text(s, "</");
    form_text(s->out, &s->in_text, sm_buffer_span(&s->letters));
    slow_reconsume(s, s->back);
}

static void text_end_open(slow *s, int c)
{
    if (slow_is_alpha(c)) {
        slow_start_tag(s, SM_HTML_END_TAG);
        slow_reconsume(s, text_end_name);
        return;
    }
    slow_text(s, "</");
    slow_reconsume(s, s->back);
}

static void text_less(slow *s, int c)
{
    if (c == '/') {
        slow_go(s, text_end_open);
        return;
    }
    slow_text(s, "<");
    slow_reconsume(s, s->back);
}

/* ---- script ----------------------------------------------------------------------------------- */

static void script_escape_start_dash(slow *s, int c)
{
    if (c == '-') {
        slow_emit(s, c);
        slow_go(s, script_escaped_dash_dash);
        return;
    }
    slow_reconsume(s, in_script);
}

static void script_escape_start(slow *s, int c)
{
    if (c == '-') {
        slow_emit(s, c);
        slow_go(s, script_escape_start_dash);
        return;
    }
    slow_reconsume(s, in_script);
}

static void script_less(slow *s, int c)
{
    if (c == '!') {
        slow_text(s, "<!");
        slow_go(s, script_escape_start);
        return;
    }
    text_less(s, c);
}

static void in_script(slow *s, int c)
{
    s->back = in_script;
    if (c == '<')
        slow_go(s, script_less);
    else if (c != SLOW_EOF)
        slow_emit_checked(s, c);
}

/* The letters behind `<` or `</` decide whether a script opens or closes inside <!--. */
static void double_escape_name(slow *s, int c, slow_state *if_script, slow_state *if_not)
{
    if (slow_is_space(c) || c == '/' || c == '>') {
        const bool is_script = sm_span_equal(sm_buffer_span(&s->letters), SM_SPAN("script"));
        slow_emit(s, c);
        slow_go(s, is_script ? if_script : if_not);
    } else if (slow_is_alpha(c)) {
        slow_put_lower(&s->letters, c);
        slow_emit(s, c);
    } else {
        slow_reconsume(s, if_not == script_escaped ? script_escaped : script_double_escaped);
    }
}

static void script_double_escape_start(slow *s, int c)
{
    double_escape_name(s, c, script_double_escaped, script_escaped);
}

static void script_double_escape_end(slow *s, int c)
{
    double_escape_name(s, c, script_escaped, script_double_escaped);
}

static void script_escaped_less(slow *s, int c)
{
    if (slow_is_alpha(c)) {
        sm_buffer_clear(&s->letters);
        slow_text(s, "<");
        slow_reconsume(s, script_double_escape_start);
        return;
    }
    s->back = script_escaped;
    text_less(s, c);
}

static void script_escaped(slow *s, int c)
{
    if (c == '<') {
        slow_go(s, script_escaped_less);
    } else if (c != SLOW_EOF) {
        slow_emit_checked(s, c);
        slow_state *next = script_escaped;
        if (c == '-' && s->p < s->end && *s->p == '-') {
            s->p++; /* the dash state, which a second dash leaves at once */
            slow_emit(s, '-');
            next = script_escaped_dash_dash;
        }
        slow_go(s, next);
    }
}

static void script_escaped_dash_dash(slow *s, int c)
{
    if (c == '-') {
        slow_emit(s, c);
    } else if (c == '>') {
        slow_emit(s, c);
        slow_go(s, in_script);
    } else {
        slow_reconsume(s, script_escaped);
    }
}

static void script_double_less(slow *s, int c)
{
    if (c == '/') {
        sm_buffer_clear(&s->letters);
        slow_emit(s, c);
        slow_go(s, script_double_escape_end);
        return;
    }
    slow_reconsume(s, script_double_escaped);
}

static void script_double_escaped(slow *s, int c)
{
    if (c == SLOW_EOF) return;
    slow_emit_checked(s, c);
    if (c == '<') {
        slow_go(s, script_double_less);
    } else if (c == '-' && s->p < s->end && *s->p == '-') {
        s->p++;
        slow_emit(s, '-');
        slow_go(s, script_double_dash_dash);
    } else {
        slow_go(s, script_double_escaped);
    }
}

static void script_double_dash_dash(slow *s, int c)
{
    if (c == '-') {
        slow_emit(s, c);
    } else if (c == '>') {
        slow_emit(s, c);
        slow_go(s, in_script);
    } else {
        slow_reconsume(s, script_double_escaped);
    }
}

/* ---- tags ------------------------------------------------------------------------------------- */

static void slow_bogus_comment(slow *s)
{
    sm_buffer_clear(&s->value);
    slow_reconsume(s, bogus_comment);
}

static void end_tag_open(slow *s, int c)
{
    if (slow_is_alpha(c)) {
        slow_start_tag(s, SM_HTML_END_TAG);
        slow_reconsume(s, tag_name);
    } else if (c == '>') {
        slow_go(s, in_data);
    } else if (c == SLOW_EOF) {
        slow_text(s, "</");
    } else {
        slow_bogus_comment(s);
    }
}

static void markup_declaration(slow *s, int c);

static void tag_open(slow *s, int c)
{
    if (slow_is_alpha(c)) {
        slow_start_tag(s, SM_HTML_START_TAG);
        slow_reconsume(s, tag_name);
    } else if (c == '!') {
        slow_go(s, markup_declaration);
    } else if (c == '/') {
        slow_go(s, end_tag_open);
    } else if (c == '?') {
        slow_bogus_comment(s);
    } else {
        slow_text(s, "<");
        slow_reconsume(s, in_data);
    }
}

static void tag_name(slow *s, int c)
{
    if (slow_is_space(c))
        slow_go(s, before_attribute_name);
    else if (c == '/')
        slow_go(s, self_closing);
    else if (c == '>')
        slow_end_tag(s);
    else if (c != SLOW_EOF)
        slow_put_lower(&s->name, c);
}

static void after_attribute_name(slow *s, int c)
{
    if (slow_is_space(c) || c == SLOW_EOF) return;
    if (c == '/') {
        slow_end_attribute(s);
        slow_go(s, self_closing);
    } else if (c == '=') {
        slow_go(s, before_attribute_value);
    } else if (c == '>') {
        slow_end_tag(s);
    } else {
        slow_end_attribute(s);
        slow_reconsume(s, attribute_name);
    }
}

static void before_attribute_name(slow *s, int c)
{
    if (slow_is_space(c)) return;
    slow_end_attribute(s);
    if (c == '/' || c == '>' || c == SLOW_EOF) {
        slow_reconsume(s, after_attribute_name);
    } else if (c == '=') {
        slow_put(&s->attribute, c);
        slow_go(s, attribute_name);
    } else {
        slow_reconsume(s, attribute_name);
    }
}

static void attribute_name(slow *s, int c)
{
    if (slow_is_space(c) || c == '/' || c == '>' || c == SLOW_EOF)
        slow_reconsume(s, after_attribute_name);
    else if (c == '=')
        slow_go(s, before_attribute_value);
    else
        slow_put_lower(&s->attribute, c);
}

static void slow_value(slow *s, int c)
{
    char utf8[8];
    if (c == '&')
        sm_buffer_put(&s->value, slow_reference(s, true, utf8));
    else if (c != SLOW_EOF)
        slow_put(&s->value, c);
}

static void after_quoted_value(slow *s, int c)
{
    if (c == '/') {
        slow_end_attribute(s);
        slow_go(s, self_closing);
    } else if (c == '>') {
        slow_end_tag(s);
    } else {
        slow_reconsume(s, before_attribute_name);
    }
}

static void quoted_value(slow *s, int c)
{
    if (c == s->quote)
        slow_go(s, after_quoted_value);
    else
        slow_value(s, c);
}

static void unquoted_value(slow *s, int c)
{
    if (slow_is_space(c))
        slow_go(s, before_attribute_name);
    else if (c == '>')
        slow_end_tag(s);
    else
        slow_value(s, c);
}

static void before_attribute_value(slow *s, int c)
{
    if (slow_is_space(c)) return;
    if (c == '"' || c == '\'') {
        s->quote = (char)c;
        slow_go(s, quoted_value);
    } else if (c == '>') {
        slow_end_tag(s);
    } else {
        slow_reconsume(s, unquoted_value);
    }
}

static void self_closing(slow *s, int c)
{
    if (c == '>') {
        s->self_closing = true;
        slow_end_tag(s);
    } else if (c != SLOW_EOF) {
        slow_reconsume(s, before_attribute_name);
    }
}

/* ---- comments --------------------------------------------------------------------------------- */

static void slow_end_comment(slow *s)
{
    s->in_text = false;
    sm_buffer_puts(s->out, "\nCOMMENT ");
    sm_buffer_put(s->out, sm_buffer_span(&s->value));
    slow_go(s, in_data);
}

static void bogus_comment(slow *s, int c)
{
    if (c == '>' || c == SLOW_EOF)
        slow_end_comment(s);
    else
        slow_put(&s->value, c);
}

static void comment_end(slow *s, int c);

static void comment_end_dash(slow *s, int c)
{
    if (c == '-') {
        slow_go(s, comment_end);
    } else if (c == SLOW_EOF) {
        slow_end_comment(s);
    } else {
        sm_buffer_puts(&s->value, "-");
        slow_reconsume(s, in_comment);
    }
}

static void comment_end_bang(slow *s, int c)
{
    if (c == '>' || c == SLOW_EOF) {
        slow_end_comment(s);
        return;
    }
    sm_buffer_puts(&s->value, "--!");
    if (c == '-')
        slow_go(s, comment_end_dash);
    else
        slow_reconsume(s, in_comment);
}

static void comment_end(slow *s, int c)
{
    if (c == '>' || c == SLOW_EOF) {
        slow_end_comment(s);
    } else if (c == '!') {
        slow_go(s, comment_end_bang);
    } else if (c == '-') {
        sm_buffer_puts(&s->value, "-");
    } else {
        sm_buffer_puts(&s->value, "--");
        slow_reconsume(s, in_comment);
    }
}

static void in_comment(slow *s, int c)
{
    if (c == '-')
        slow_go(s, comment_end_dash);
    else if (c == SLOW_EOF)
        slow_end_comment(s);
    else
        slow_put(&s->value, c);
}

static void comment_start_dash(slow *s, int c)
{
    if (c == '>')
        slow_end_comment(s);
    else
        comment_end_dash(s, c);
}

static void comment_start(slow *s, int c)
{
    if (c == '-')
        slow_go(s, comment_start_dash);
    else if (c == '>')
        slow_end_comment(s);
    else
        slow_reconsume(s, in_comment);
}

/* ---- doctypes --------------------------------------------------------------------------------- */

static void slow_end_doctype(slow *s, bool quirks)
{
    const sm_span public_id = sm_buffer_span(&s->public_id);
    const sm_span system_id = sm_buffer_span(&s->system_id);
    s->in_text = false;
    form_doctype(s->out, sm_buffer_span(&s->name), s->has_public ? &public_id : NULL,
                 s->has_system ? &system_id : NULL, s->quirks || quirks);
    slow_go(s, in_data);
}

static void bogus_doctype(slow *s, int c)
{
    if (c == '>' || c == SLOW_EOF) slow_end_doctype(s, false);
}

static void slow_bad_doctype(slow *s)
{
    s->quirks = true;
    slow_reconsume(s, bogus_doctype);
}

static void after_system_id(slow *s, int c)
{
    if (slow_is_space(c)) return;
    if (c == '>' || c == SLOW_EOF)
        slow_end_doctype(s, c == SLOW_EOF);
    else
        slow_reconsume(s, bogus_doctype);
}

static void system_id(slow *s, int c)
{
    if (c == s->quote)
        slow_go(s, after_system_id);
    else if (c == '>' || c == SLOW_EOF)
        slow_end_doctype(s, true);
    else
        slow_put(&s->system_id, c);
}

/* What may stand before a system identifier; `optional`: it may be missing. */
static void system_id_is_due(slow *s, int c, bool optional)
{
    if (slow_is_space(c)) return;
    if (c == '"' || c == '\'') {
        s->quote = (char)c;
        s->has_system = true;
        slow_go(s, system_id);
    } else if (c == '>' || c == SLOW_EOF) {
        slow_end_doctype(s, c == SLOW_EOF || !optional);
    } else {
        slow_bad_doctype(s);
    }
}

static void after_public_id(slow *s, int c)
{
    system_id_is_due(s, c, true);
}

static void after_system_keyword(slow *s, int c)
{
    system_id_is_due(s, c, false);
}

static void public_id(slow *s, int c)
{
    if (c == s->quote)
        slow_go(s, after_public_id);
    else if (c == '>' || c == SLOW_EOF)
        slow_end_doctype(s, true);
    else
        slow_put(&s->public_id, c);
}

static void after_public_keyword(slow *s, int c)
{
    if (slow_is_space(c)) return;
    if (c == '"' || c == '\'') {
        s->quote = (char)c;
        s->has_public = true;
        slow_go(s, public_id);
    } else if (c == '>' || c == SLOW_EOF) {
        slow_end_doctype(s, true);
    } else {
        slow_bad_doctype(s);
    }
}

/* Whether the page goes on with a lower-case word, in any case, at the byte before s->p. */
static bool slow_is_word(const slow *s, const char *word)
{
    const char *p = s->p - 1;
    for (; *word; word++, p++) {
        if (p >= s->end || (*p >= 'A' && *p <= 'Z' ? *p + 32 : *p) != *word) return false;
    }
    return true;
}

static void after_doctype_name(slow *s, int c)
{
    if (slow_is_space(c)) return;
    if (c == '>' || c == SLOW_EOF) {
        slow_end_doctype(s, c == SLOW_EOF);
    } else if (slow_is_word(s, "public") || slow_is_word(s, "system")) {
        slow_go(s, c == 'p' || c == 'P' ? after_public_keyword : after_system_keyword);
        s->p += 5;
    } else {
        slow_bad_doctype(s);
    }
}

static void doctype_name(slow *s, int c)
{
    if (slow_is_space(c))
        slow_go(s, after_doctype_name);
    else if (c == '>' || c == SLOW_EOF)
        slow_end_doctype(s, c == SLOW_EOF);
    else
        slow_put_lower(&s->name, c);
}

static void before_doctype_name(slow *s, int c)
{
    if (slow_is_space(c)) return;
    if (c == '>' || c == SLOW_EOF)
        slow_end_doctype(s, true);
    else
        slow_reconsume(s, doctype_name);
}

static void slow_start_doctype(slow *s)
{
    s->has_public = s->has_system = s->quirks = false;
    sm_buffer_clear(&s->name);
    sm_buffer_clear(&s->public_id);
    sm_buffer_clear(&s->system_id);
    slow_go(s, before_doctype_name);
}

static void markup_declaration(slow *s, int c)
{
    sm_buffer_clear(&s->value);
    if (slow_is_word(s, "--")) {
        s->p++;
        slow_go(s, comment_start);
    } else if (slow_is_word(s, "doctype")) {
        s->p += 6;
        slow_start_doctype(s);
    } else if (s->foreign && c != SLOW_EOF && s->end - s->p >= 6 &&
               memcmp(s->p - 1, "[CDATA[", 7) == 0) {
        s->p += 6;
        slow_go(s, s->text = in_cdata);
    } else {
        slow_reconsume(s, bogus_comment);
    }
}

/* ---- the machine ------------------------------------------------------------------------------ */

/* The page with CR and CRLF as LF. */
static void slow_line_ends(sm_span page, sm_buffer *out)
{
    for (size_t i = 0; i < page.n; i++) {
        if (page.p[i] == '\r' && i + 1 < page.n && page.p[i + 1] == '\n') continue;
        sm_buffer_putc(out, page.p[i] == '\r' ? '\n' : page.p[i]);
    }
}

static void slow_run(slow *s)
{
    for (bool ended = false; !ended;) {
        const int c = s->p < s->end ? (unsigned char)*s->p++ : SLOW_EOF;
        ended = c == SLOW_EOF;
        do {
            s->again = false;
            s->state(s, c);
        } while (s->again);
    }
}

/* html_slow appends the tokens of a page, read from `state` on. */
static void html_slow(sm_span page, sm_html_state state, const char *last_tag, bool foreign,
                      sm_buffer *out)
{
    enum { BUFFERS = 9 };
    slow s = {.foreign = foreign, .automatic = true, .out = out};
    sm_buffer *const buffers[BUFFERS] = {&s.name,      &s.attribute, &s.value,
                                         &s.last_tag,  &s.letters,   &s.public_id,
                                         &s.system_id, &s.pairs,     &s.seen};
    sm_buffer text = sm_buffer_make(SIZE_MAX / 2);
    for (size_t i = 0; i < BUFFERS; i++)
        *buffers[i] = sm_buffer_make(SIZE_MAX / 2);
    slow_line_ends(page, &text);
    sm_buffer_puts(&s.last_tag, last_tag);
    s.p = text.p;
    s.end = text.n ? text.p + text.n : text.p;
    s.state = s.text = slow_text_state(state);
    slow_run(&s);
    for (size_t i = 0; i < BUFFERS; i++)
        sm_buffer_free(buffers[i]);
    sm_buffer_free(&text);
}

/* html_fast does the same by sm_html_next. */
static void html_fast(sm_span page, sm_html_state state, const char *last_tag, bool foreign,
                      sm_buffer *out)
{
    sm_html t;
    sm_html_token token;
    bool in_text = false;
    sm_html_init(&t, page);
    t.state = state;
    t.foreign = foreign;
    sm_html_set_last_tag(&t, sm_span_of(last_tag));
    while (sm_html_next(&t, &token)) {
        if (token.kind == SM_HTML_TEXT) {
            form_text(out, &in_text, token.text);
            continue;
        }
        in_text = false;
        if (token.kind == SM_HTML_COMMENT) {
            sm_buffer_puts(out, "\nCOMMENT ");
            sm_buffer_put(out, token.text);
        } else if (token.kind == SM_HTML_DOCTYPE) {
            form_doctype(out, token.text, token.public_id.p ? &token.public_id : NULL,
                         token.system_id.p ? &token.system_id : NULL, token.force_quirks);
        } else {
            sm_span name, value;
            sm_buffer_puts(out, token.kind == SM_HTML_START_TAG ? "\nSTART " : "\nEND ");
            sm_buffer_put(out, token.text);
            for (size_t i = 0; i < token.n_attributes; i++)
                if (sm_html_attribute_at(&token, i, &name, &value)) form_pair(out, name, value);
            form_end_of_tag(out, token.self_closing);
        }
    }
    sm_html_free(&t);
}

#endif
