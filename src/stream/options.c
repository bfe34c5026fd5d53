/* Parsing the command line and a configuration file: see seimai/options.h.
 * SPDX-License-Identifier: MIT */
#include "option_table.h"

#include <errno.h>
#include <fcntl.h>
#include <seimai/config.h>
#include <seimai/json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- messages --------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 0))) static void complain(const sm_usage *usage,
                                                           const char *format, va_list args)
{
    fprintf(stderr, "seimai-%s: ", usage->name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

void sm_note(const sm_usage *usage, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    complain(usage, format, args);
    va_end(args);
}

int sm_usage_fail(const sm_usage *usage, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    complain(usage, format, args);
    va_end(args);
    fprintf(stderr, "Try 'seimai-%s --help'.\n", usage->name);
    return 2;
}

int sm_exit_status(int status)
{
    switch (status) {
    case SM_EUSAGE: return 2;
    case SM_EPIPE: return 141;
    case SM_EGATE: return 3;
    default: return status < 0 ? 1 : 0;
    }
}

int sm_leave(const sm_usage *usage, int status, const sm_error *err)
{
    if (status < 0 && status != SM_EPIPE)
        sm_note(usage, "%s", err->code ? err->text : sm_status_name(status));
    return sm_exit_status(status);
}

/* ---- the configuration file ---------------------------------------------------------------------- */

static sm_option *find_exactly(option_table *t, sm_span name)
{
    for (size_t i = 0; i < t->n; i++)
        if (sm_span_equal(sm_span_of(t->items[i].name), name)) return &t->items[i];
    return NULL;
}

enum { NUMBER_MAX = 40 };

/* What an option takes as text stays as it was written: 1.10 is a name there, not a number. */
static sm_span text_of(const sm_option *o, const sm_value *v)
{
    const bool text =
        o->kind == SM_OPT_STRING || o->kind == SM_OPT_CHOICE || o->kind == SM_OPT_LIST;
    return v->kind == SM_STRING ? v->as.string : text ? v->written : (sm_span){0};
}

/* The variables will point at the text, which outlives the configuration. */
static const char *value_text(const sm_option *o, const sm_value *v)
{
    if (v->kind == SM_NULL || v->kind == SM_LIST || v->kind == SM_MAP) return NULL;
    const sm_span written = text_of(o, v);
    const size_t n = written.p ? written.n + 1 : NUMBER_MAX;
    char *text = option_keep(n);
    if (written.p)
        memcpy(text, written.p, n);
    else if (v->kind == SM_BOOL)
        (void)snprintf(text, n, "%s", v->as.boolean ? "true" : "false");
    else if (v->kind == SM_INT)
        (void)snprintf(text, n, "%lld", (long long)v->as.integer);
    else
        (void)snprintf(text, n, "%.17g", v->as.real);
    return text;
}

static int store_value(const sm_option *o, const sm_value *v, sm_error *err)
{
    const char *why = "is not a single value";
    const char *text = value_text(o, v);
    if (v->kind == SM_LIST && o->kind == SM_OPT_LIST) {
        for (size_t i = 0; i < v->n; i++)
            SM_TRY(store_value(o, &v->items[i], err));
        return 0;
    }
    if (text && option_store(o, text, &why)) return 0;
    return sm_value_fail(v, err, "%s: '%s' %s", o->name, text ? text : sm_kind_name(v->kind),
                         why);
}

static int apply_values(option_table *t, const sm_value *root, sm_error *err)
{
    if (root->kind == SM_NULL) return 0;
    if (root->kind != SM_MAP) return sm_value_fail(root, err, "a map of options is wanted");
    for (size_t i = 0; i < root->n; i++) {
        const sm_option *o = find_exactly(t, root->keys[i]);
        if (!o || o->kind == SM_OPT_CONFIG)
            return sm_value_fail(&root->items[i], err, "unknown option '%s'", root->keys[i].p);
        if (!t->from_command_line[o - t->items]) SM_TRY(store_value(o, &root->items[i], err));
    }
    return 0;
}

static int apply_config(option_table *t, const char *path, sm_error *err)
{
    sm_config configuration = {0};
    SM_TRY(sm_config_read(&configuration, path, err));
    const int rc = apply_values(t, &configuration.root, err);
    sm_config_free(&configuration);
    return rc;
}

/* ---- the command line ---------------------------------------------------------------------------- */

typedef struct cursor {
    option_table *t;
    int argc, at;
    char **argv;
    bool only_operands;
    int n_operands;
} cursor;

__attribute__((noreturn))
SM_PRINTF(2) static void fail(const cursor *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    complain(c->t->usage, format, args);
    va_end(args);
    fprintf(stderr, "Try 'seimai-%s --help'.\n", c->t->usage->name);
    exit(2);
}

static void store(const cursor *c, const sm_option *o, const char *text)
{
    const char *why = "";
    c->t->from_command_line[o - c->t->items] = true;
    if (option_store(o, text, &why)) return;
    if (o->kind == SM_OPT_CHOICE)
        fail(c, "--%s: '%s' is none of %s", o->name, text, o->choices);
    if (o->kind == SM_OPT_INT || o->kind == SM_OPT_SIZE || o->kind == SM_OPT_REAL)
        fail(c, "--%s: '%s' %s (%.12g…%.12g)", o->name, text, why, o->min, o->max);
    fail(c, "--%s: '%s' %s", o->name, text, why);
}

static const char *next_argument(cursor *c, const sm_option *o)
{
    if (c->at + 1 >= c->argc)
        fail(c, "--%s: its %s is missing", o->name, o->argument ? o->argument : "value");
    return c->argv[++c->at];
}

/* These two are in no table; an abbreviation may mean them all the same. */
static const sm_option questions[] = {{.name = "help"}, {.name = "version"}};

static bool is_named(const sm_option *o, sm_span name, bool whole)
{
    const sm_span full = sm_span_of(o->name);
    return sm_span_starts(full, name) && (!whole || full.n == name.n);
}

/* The option that the name names (whole) or begins; *negated for --no-NAME. NULL: none; ambiguous ends. */
static const sm_option *find_named(const cursor *c, sm_span name, bool whole, bool *negated)
{
    const sm_option *found = NULL;
    const bool no = sm_span_starts(name, SM_SPAN("no-"));
    const sm_span rest = no ? (sm_span){name.p + 3, name.n - 3} : name;
    for (size_t i = 0; i < c->t->n + 2; i++) {
        const sm_option *o = i < c->t->n ? &c->t->items[i] : &questions[i - c->t->n];
        const bool plain = is_named(o, name, whole);
        if (!plain && !(no && o->kind == SM_OPT_FLAG && is_named(o, rest, whole))) continue;
        if (found)
            fail(c, "--%.*s: which one, --%s or --%s?", (int)name.n, name.p, found->name,
                 o->name);
        found = o;
        *negated = !plain;
    }
    return found;
}

static const sm_option *find_long(const cursor *c, sm_span name, bool *negated)
{
    const sm_option *found = find_named(c, name, true, negated);
    return found ? found : find_named(c, name, false, negated);
}

/* What is asked for on standard output must get there. */
__attribute__((noreturn)) static void print_and_leave(const option_table *t,
                                                      void (*print)(const option_table *t))
{
    print(t);
    if (fflush(stdout) == 0 && !ferror(stdout)) exit(0);
    const int status = errno == EPIPE ? SM_EPIPE : SM_EIO;
    if (status == SM_EIO) sm_note(t->usage, "(stdout): cannot be written: %s", strerror(errno));
    exit(sm_exit_status(status));
}

__attribute__((noreturn)) static void answer(const cursor *c, const sm_option *question,
                                             const char *value)
{
    const bool help = question == &questions[0];
    if (help && value && !strcmp(value, "json")) print_and_leave(c->t, help_print_json);
    if (value) fail(c, "--%s=%s: there is no such form", question->name, value);
    print_and_leave(c->t, help ? help_print : help_print_version);
}

static void parse_long(cursor *c, const char *text)
{
    const char *equals = strchr(text, '=');
    const sm_span name = {text, equals ? (size_t)(equals - text) : strlen(text)};
    bool negated = false;
    const sm_option *o = find_long(c, name, &negated);
    if (!o) fail(c, "--%.*s: there is no such option", (int)name.n, name.p);
    if (o->kind == SM_OPT_END) answer(c, o, equals ? equals + 1 : NULL);
    if (o->kind == SM_OPT_FLAG) {
        if (equals) fail(c, "--%s takes no value", o->name);
        store(c, o, negated ? "false" : "true");
    } else {
        store(c, o, equals ? equals + 1 : next_argument(c, o));
    }
}

static void parse_letters(cursor *c, const char *letters)
{
    for (; *letters; letters++) {
        const sm_option *o = NULL;
        if (*letters == 'h') print_and_leave(c->t, help_print);
        for (size_t i = 0; i < c->t->n && !o; i++)
            if (c->t->items[i].letter == *letters) o = &c->t->items[i];
        if (!o) fail(c, "-%c: there is no such option", *letters);
        if (o->kind == SM_OPT_FLAG) {
            store(c, o, "true");
            continue;
        }
        store(c, o, letters[1] ? letters + 1 : next_argument(c, o));
        return;
    }
}

/* Operands are gathered at the front of argv, so that they need no memory of their own. */
static void parse_argument(cursor *c)
{
    char *argument = c->argv[c->at];
    if (!c->only_operands && !strcmp(argument, "--")) {
        c->only_operands = true;
    } else if (!c->only_operands && argument[0] == '-' && argument[1] == '-') {
        parse_long(c, argument + 2);
    } else if (!c->only_operands && argument[0] == '-' && argument[1]) {
        parse_letters(c, argument + 1);
    } else {
        if (c->t->no_operands) fail(c, "'%s': operands are not taken", argument);
        c->argv[1 + c->n_operands++] = argument;
    }
}

static void read_config(const cursor *c)
{
    for (size_t i = 0; i < c->t->n; i++) {
        const sm_option *o = &c->t->items[i];
        const char *path = o->kind == SM_OPT_CONFIG ? *(const char **)o->value : NULL;
        sm_error err = {0};
        if (!path || apply_config(c->t, path, &err) == 0) continue;
        sm_note(c->t->usage, "%s", err.text);
        exit(2);
    }
}

/* A standard stream that is closed would be the next file that is opened, and get what is not meant for
 * it. It is taken by /dev/null the wrong way round, so that its use fails. */
static void hold_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void sm_options_parse(const sm_usage *usage, const sm_option options[], int argc, char **argv)
{
    option_table t = option_table_make(usage, options);
    cursor c = {.t = &t, .argc = argc, .argv = argv};
    (void)signal(SIGPIPE, SIG_IGN);
    hold_standard_streams();
    for (c.at = 1; c.at < argc; c.at++)
        parse_argument(&c);
    read_config(&c);
    if (!t.io) return;
    t.io->files = (sm_list){(const char **)(void *)(argv + 1), (size_t)c.n_operands, 0};
    if (t.streams && c.n_operands == 0 && isatty(STDIN_FILENO)) print_and_leave(&t, help_print);
}

/* ---- run.yaml ---------------------------------------------------------------------------------------- */

static void write_list(const sm_list *list, sm_buffer *out)
{
    sm_buffer_putc(out, '[');
    for (size_t i = 0; i < list->n; i++)
        sm_json_string(out, sm_span_of(list->items[i]));
    sm_buffer_putc(out, ']');
}

void sm_options_write(const sm_option options[], sm_buffer *out)
{
    for (; options->kind != SM_OPT_END; options++) {
        const sm_option *o = options;
        if (o->kind == SM_OPT_IO || o->kind == SM_OPT_COMMON || o->kind == SM_OPT_CONFIG ||
            o->kind == SM_OPT_NO_OPERANDS)
            continue;
        const bool text = o->kind == SM_OPT_STRING || o->kind == SM_OPT_CHOICE;
        if (text && !*(const char *const *)o->value) continue;
        sm_buffer_printf(out, "%s: ", o->name);
        if (text)
            sm_json_quote(
                out, sm_span_of(*(const char *const *)o->value)); /* JSON strings are YAML */
        else if (o->kind == SM_OPT_LIST)
            write_list(o->value, out);
        else
            option_show(o, out);
        sm_buffer_putc(out, '\n');
    }
}
