/* --help, --help=json and --version, all from the one table.
 * SPDX-License-Identifier: MIT */
#include "option_table.h"

#include <seimai/json.h>
#include <seimai/script.h>
#include <seimai/utf8.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 79, COLUMN = 26, TEXT_MAX = 1 << 16 };

/* Columns of a terminal: kana and kanji take two. */
static size_t columns_of(sm_span text)
{
    const char *p = text.p, *const end = text.p + text.n;
    size_t columns = 0;
    while (p < end)
        columns += sm_script_is_wide(sm_utf8_next(&p, end)) ? 2 : 1;
    return columns;
}

/* Prints words, broken before WIDTH, the next lines indented; `at` is the column reached. */
static void print_wrapped(const char *text, size_t at, size_t indent)
{
    for (bool first = true; *text; first = false) {
        const size_t bytes = strcspn(text, " ");
        const size_t columns = columns_of((sm_span){text, bytes});
        if (!first && at + 1 + columns > WIDTH) {
            printf("\n%*s", (int)indent, "");
            at = indent;
        } else if (!first) {
            putchar(' ');
            at++;
        }
        printf("%.*s", (int)bytes, text);
        at += columns;
        text += bytes + (text[bytes] == ' ');
    }
    putchar('\n');
}

static void describe(const sm_option *o, sm_buffer *text)
{
    sm_buffer value = sm_buffer_make(TEXT_MAX);
    option_show(o, &value);
    sm_buffer_puts(text, o->help);
    if (value.n && o->kind != SM_OPT_FLAG)
        sm_buffer_printf(text, " (default %.*s)", (int)value.n, value.p);
    sm_buffer_putc(text, '\0');
    sm_buffer_free(&value);
}

static void name_option(const sm_option *o, sm_buffer *text)
{
    if (o->letter) sm_buffer_printf(text, "  -%c, ", o->letter);
    if (!o->letter) sm_buffer_puts(text, "      ");
    const bool on = o->kind == SM_OPT_FLAG && *(const bool *)o->value;
    sm_buffer_printf(text, "--%s%s", o->kind == SM_OPT_FLAG && on ? "[no-]" : "", o->name);
    if (o->kind == SM_OPT_CHOICE) sm_buffer_printf(text, " %s", o->choices);
    if (o->argument) sm_buffer_printf(text, " %s", o->argument);
    if (o->kind == SM_OPT_LIST) sm_buffer_puts(text, " …");
}

static void print_option(const sm_option *o)
{
    sm_buffer name = sm_buffer_make(TEXT_MAX), text = sm_buffer_make(TEXT_MAX);
    name_option(o, &name);
    describe(o, &text);
    size_t at = columns_of(sm_buffer_span(&name));
    printf("%.*s", (int)name.n, name.p);
    if (at + 2 > COLUMN) {
        putchar('\n');
        at = 0;
    }
    printf("%*s", (int)(COLUMN - at), "");
    print_wrapped(text.p, COLUMN, COLUMN);
    sm_buffer_free(&name);
    sm_buffer_free(&text);
}

/* Where the lines that a line breaks into begin: below its last column of a table, else two further in. */
static size_t hang_of(sm_span line)
{
    size_t begin = 0;
    while (begin < line.n && line.p[begin] == ' ')
        begin++;
    for (size_t i = line.n; i > begin + 2; i--)
        if (line.p[i - 1] != ' ' && line.p[i - 2] == ' ' && line.p[i - 3] == ' ')
            return columns_of((sm_span){line.p, i - 1});
    return begin + 2;
}

/* What a tool adds: its lines as they are, but for those that are wider than the terminal. */
static void print_more(const char *text)
{
    sm_buffer line = sm_buffer_make(TEXT_MAX);
    while (*text) {
        const size_t n = strcspn(text, "\n");
        sm_buffer_clear(&line);
        sm_buffer_put(&line, (sm_span){text, n});
        sm_buffer_putc(&line, '\0');
        if (columns_of((sm_span){text, n}) > WIDTH)
            print_wrapped(line.p, 0, hang_of((sm_span){text, n}));
        else
            puts(line.p);
        text += n + (text[n] == '\n');
    }
    sm_buffer_free(&line);
}

void help_print(const option_table *t)
{
    printf("Usage: seimai-%s %s\n", t->usage->name, t->usage->operands);
    print_wrapped(t->usage->about, 0, 0);
    if (t->n_own) puts("\nOptions:");
    for (size_t i = 0; i < t->n_own; i++)
        print_option(&t->items[i]);
    puts(t->streams ? "\nOptions of every tool:" : "");
    for (size_t i = t->n_own; i < t->n; i++)
        print_option(&t->items[i]);
    puts("  -h, --help              this text; --help=json gives the table of options\n"
         "      --version           the version, and those of the formats it writes");
    if (!t->usage->more) return;
    putchar('\n');
    print_more(t->usage->more);
    putchar('\n');
}

static void put_option(sm_buffer *json, const sm_option *o)
{
    static const char *const kinds[] = {"end",    "flag",   "integer", "size",
                                        "real",   "string", "choice",  "list",
                                        "string", "io",     "common",  "no operands"};
    sm_buffer value = sm_buffer_make(TEXT_MAX);
    option_show(o, &value);
    sm_json_open(json, '{');
    sm_json_put_text(json, "name", o->name);
    if (o->letter) {
        sm_json_put_string(json, "letter", (sm_span){&o->letter, 1});
    }
    sm_json_put_text(json, "kind", kinds[o->kind]);
    if (o->argument) {
        sm_json_put_text(json, "argument", o->argument);
    }
    if (o->kind == SM_OPT_INT || o->kind == SM_OPT_SIZE || o->kind == SM_OPT_REAL) {
        sm_json_put_real(json, "min", o->min);
        sm_json_put_real(json, "max", o->max);
    }
    if (o->choices) {
        sm_json_put_text(json, "choices", o->choices);
    }
    sm_json_put_string(json, "default", sm_buffer_span(&value));
    sm_json_put_text(json, "help", o->help);
    sm_json_close(json, '}');
    sm_buffer_free(&value);
}

void help_print_json(const option_table *t)
{
    sm_buffer json = sm_buffer_make((size_t)1 << 20);
    sm_json_open(&json, '{');
    sm_json_put_text(&json, "name", t->usage->name);
    sm_json_put_text(&json, "about", t->usage->about);
    sm_json_put_text(&json, "operands", t->usage->operands);
    sm_json_key(&json, "options");
    sm_json_open(&json, '[');
    for (size_t i = 0; i < t->n; i++)
        put_option(&json, &t->items[i]);
    sm_json_close(&json, ']');
    sm_json_close(&json, '}');
    printf("%.*s\n", (int)json.n, json.p);
    sm_buffer_free(&json);
}

void help_print_version(const option_table *t)
{
    printf("seimai-%s %s\n", t->usage->name, SEIMAI_VERSION);
    if (t->usage->formats) printf("formats: %s\n", t->usage->formats);
}
