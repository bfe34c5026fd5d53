/* The client of the conformance tests of src/html: html_driver VERB, a case a line on standard input, for each
 * a line of JSON. Fields are parted by TAB, bytes written in hex.
 *     tokens STATE LAST-START-TAG PAGE     html5lib's list of tokens
 *     decode LABEL BYTES                   the text
 *     choose HTTP-CHARSET PAGE             {charset, from, declared}
 *     content PAGE                         {title, lang, main, full}
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <seimai/charset.h>
#include <seimai/content.h>
#include <seimai/html.h>
#include <seimai/json.h>

enum { LINE_BYTES = 64 << 20, FIELDS = 3 };

typedef struct test_case {
    sm_span fields[FIELDS];
    char *copy; /* of the last field, at its exact size: a sanitizer sees a step past its end */
} test_case;

/* ---- tokens ------------------------------------------------------------------------------------- */

static void put_tag(const sm_html_token *token, sm_buffer *out)
{
    const bool start = token->kind == SM_HTML_START_TAG;
    sm_json_string(out, sm_span_of(start ? "StartTag" : "EndTag"));
    sm_json_string(out, token->text);
    if (!start) return;
    sm_json_open(out, '{');
    for (size_t i = 0; i < token->n_attributes; i++) {
        sm_span name, value;
        if (!sm_html_attribute_at(token, i, &name, &value)) continue;
        sm_json_key_span(out, name);
        sm_json_string(out, value);
    }
    sm_json_close(out, '}');
    if (token->self_closing) sm_json_bool(out, true);
}

static void put_optional(sm_buffer *out, sm_span s)
{
    if (s.p)
        sm_json_string(out, s);
    else
        sm_json_null(out);
}

static void put_token(const sm_html_token *token, sm_buffer *out)
{
    sm_json_open(out, '[');
    if (token->kind == SM_HTML_START_TAG || token->kind == SM_HTML_END_TAG) {
        put_tag(token, out);
    } else if (token->kind == SM_HTML_DOCTYPE) {
        sm_json_string(out, SM_SPAN("DOCTYPE"));
        put_optional(out, token->text.n ? token->text : (sm_span){0});
        put_optional(out, token->public_id);
        put_optional(out, token->system_id);
        sm_json_bool(out, !token->force_quirks);
    } else {
        sm_json_string(out, sm_span_of(token->kind == SM_HTML_TEXT ? "Character" : "Comment"));
        sm_json_string(out, token->text);
    }
    sm_json_close(out, ']');
}

static void run_tokens(const test_case *c, sm_buffer *out)
{
    sm_html t;
    sm_html_token token;
    sm_html_init(&t, c->fields[2]);
    t.automatic = false;
    t.state = (sm_html_state)strtol(c->fields[0].p, NULL, 10);
    t.foreign = t.state == SM_HTML_CDATA;
    sm_html_set_last_tag(&t, c->fields[1]);
    sm_json_open(out, '[');
    while (sm_html_next(&t, &token))
        put_token(&token, out);
    sm_json_close(out, ']');
    sm_html_free(&t);
}

/* ---- the other verbs -------------------------------------------------------------------------- */

static void put_pair(sm_buffer *out, const char *key, sm_span value)
{
    sm_json_key(out, key);
    sm_json_string(out, value);
}

static void run_decode(const test_case *c, sm_buffer *out)
{
    sm_buffer text = sm_buffer_make(4 * LINE_BYTES);
    sm_charset_decode(sm_charset_of(c->fields[0]), c->fields[1], &text, NULL);
    sm_json_string(out, sm_buffer_span(&text));
    sm_buffer_free(&text);
}

static void run_choose(const test_case *c, sm_buffer *out)
{
    const sm_charset_choice choice = sm_charset_choose(c->fields[1], c->fields[0], true);
    sm_json_open(out, '{');
    put_pair(out, "charset", sm_span_of(sm_charset_name(choice.charset)));
    put_pair(out, "from", sm_span_of(sm_charset_source_name(choice.source)));
    put_pair(out, "declared", choice.declared);
    sm_json_close(out, '}');
}

static void put_text(sm_content *content, sm_content_mode mode, const char *key, sm_buffer *out)
{
    sm_buffer text = sm_buffer_make(4 * LINE_BYTES);
    sm_content_select(content, mode);
    sm_content_write(content, &text);
    put_pair(out, key, sm_buffer_span(&text));
    sm_buffer_free(&text);
}

static void run_content(const test_case *c, sm_buffer *out)
{
    sm_content *content = sm_content_new();
    const sm_page *page = sm_content_parse(content, c->fields[0]);
    sm_json_open(out, '{');
    put_pair(out, "title", page->title);
    put_pair(out, "lang", page->lang);
    put_text(content, SM_MODE_MAIN, "main", out);
    put_text(content, SM_MODE_FULL, "full", out);
    sm_json_close(out, '}');
    sm_content_free(content);
}

static const struct {
    const char *name;
    size_t fields;
    void (*run)(const test_case *c, sm_buffer *out);
} verbs[] = {{"tokens", 3, run_tokens},
             {"decode", 2, run_decode},
             {"choose", 2, run_choose},
             {"content", 1, run_content}};

/* ---- cases -------------------------------------------------------------------------------------- */

/* Turns the hex digits of the last field into bytes in a copy of their own. */
static void unhex(test_case *c, sm_span *field)
{
    const size_t n = field->n / 2;
    c->copy = malloc(n + !n);
    for (size_t i = 0; i < n; i++) {
        const char pair[3] = {field->p[2 * i], field->p[2 * i + 1], '\0'};
        c->copy[i] = (char)strtoul(pair, NULL, 16);
    }
    *field = (sm_span){c->copy, n};
}

static test_case read_case(char *line, size_t fields)
{
    test_case c = {0};
    for (size_t i = 0; i < fields; i++) {
        const size_t n = strcspn(line, "\t\n");
        c.fields[i] = (sm_span){line, n};
        line += n + (line[n] == '\t');
        if (i + 1 < fields) line[-1] = '\0';
    }
    unhex(&c, &c.fields[fields - 1]);
    return c;
}

int main(int argc, char **argv)
{
    size_t verb = 0;
    while (argc != 2 || strcmp(verbs[verb].name, argv[1]) != 0)
        if (argc != 2 || ++verb == sizeof verbs / sizeof *verbs) return 2;
    char *line = malloc(LINE_BYTES);
    sm_buffer out = sm_buffer_make((size_t)8 * LINE_BYTES);
    while (line && fgets(line, LINE_BYTES, stdin)) {
        test_case c = read_case(line, verbs[verb].fields);
        sm_buffer_clear(&out);
        verbs[verb].run(&c, &out);
        sm_buffer_putc(&out, '\n');
        (void)fwrite(out.p, 1, out.n, stdout);
        free(c.copy);
    }
    sm_buffer_free(&out);
    free(line);
    return fflush(stdout) ? 1 : 0;
}
