/* The table of options: the common block, storing values, showing them.
 * SPDX-License-Identifier: MIT */
#include "option_table.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void put_defaults(sm_io *io)
{
    if (!io->memory) io->memory = (int64_t)1 << 30;
    if (!io->max_document) io->max_document = 64 << 20;
    if (!io->max_bad) io->max_bad = -1;
    if (!io->text_key) io->text_key = "text";
    io->progress = isatty(STDERR_FILENO) == 1;
}

static void add(option_table *t, sm_option o)
{
    if (t->n == MAX_OPTIONS) abort(); /* a mistake of ours, found by the first --help */
    t->items[t->n++] = o;
}

static void add_stream_options(option_table *t, sm_io *io)
{
    const double huge = 0x1p53;
    const sm_option options[] = {
        SM_OPTION_STRING('o', "output", &io->output, "FILE",
                         "write here (NAME.part, then renamed); .gz and .zst compress"),
        SM_OPTION_INT('j', "threads", &io->threads, 0, 4096,
                      "threads in all; 0 means the cores; the bytes out do not depend on it"),
        SM_OPTION_SIZE(0, "memory", &io->memory, 1 << 20, huge,
                       "bound of tables and sorting buffers"),
        SM_OPTION_SIZE(0, "max-document", &io->max_document, 1, (double)(1 << 30),
                       "longer records are bad"),
        SM_OPTION_INT(0, "max-bad", &io->max_bad, -1, huge,
                      "stop after so many bad records; -1 means never"),
        SM_OPTION_STRING(0, "text-key", &io->text_key, "KEY",
                         "where the text stands in a document, dotted"),
        SM_OPTION_STRING(0, "rejects", &io->rejects, "FILE",
                         "dropped documents and bad records, each with its reason"),
        SM_OPTION_STRING(0, "stats", &io->stats, "FILE", "counts as JSON"),
        SM_OPTION_FLAG(0, "end-record", &io->end_record,
                       "end the output with a record of its count and hash"),
        SM_OPTION_FLAG(0, "require-end", &io->require_end,
                       "an input without its end record was cut"),
        SM_OPTION_FLAG(0, "progress", &io->progress,
                       "draw the progress on standard error (by default on a terminal)"),
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        add(t, options[i]);
}

static void add_common(option_table *t, sm_io *io, bool streams)
{
    t->n_own = t->n;
    t->io = io;
    t->streams = streams;
    io->usage = t->usage;
    put_defaults(io);
    if (streams) add_stream_options(t, io);
    add(t, (sm_option)SM_OPTION_FLAG('q', "quiet", &io->quiet, "say only what went wrong"));
    add(t,
        (sm_option)SM_OPTION_FLAG('v', "verbose", &io->verbose, "print a summary at the end"));
}

option_table option_table_make(const sm_usage *usage, const sm_option options[])
{
    option_table t = {.usage = usage};
    const sm_option *common = NULL;
    for (; options->kind != SM_OPT_END; options++) {
        if (options->kind == SM_OPT_IO || options->kind == SM_OPT_COMMON)
            common = options;
        else if (options->kind == SM_OPT_NO_OPERANDS)
            t.no_operands = true;
        else
            add(&t, *options);
    }
    t.n_own = t.n;
    t.no_operands |= !common;
    if (common) add_common(&t, common->value, common->kind == SM_OPT_IO);
    return t;
}

/* ---- storing ---------------------------------------------------------------------------------- */

static bool in_range(const sm_option *o, double v, const char **why)
{
    if (v >= o->min && v <= o->max) return true;
    *why = "is out of range";
    return false;
}

static bool store_int(const sm_option *o, const char *text, const char **why)
{
    int64_t v = 0;
    *why = "is not a whole number";
    if (!sm_span_to_i64(sm_span_of(text), &v) || !in_range(o, (double)v, why)) return false;
    *(int64_t *)o->value = v;
    return true;
}

static bool store_size(const sm_option *o, const char *text, const char **why)
{
    static const char units[] = "kKmMgG";
    sm_span s = sm_span_of(text);
    const char *unit = s.n ? strchr(units, s.p[s.n - 1]) : NULL;
    const int64_t factor = unit ? (int64_t)1 << (10 * ((unit - units) / 2 + 1)) : 1;
    int64_t v = 0;
    *why = "is not a size (a number, or one with k, M or G)";
    if (unit) s.n--;
    if (!sm_span_to_i64(s, &v) || __builtin_mul_overflow(v, factor, &v)) return false;
    if (!in_range(o, (double)v, why)) return false;
    *(int64_t *)o->value = v;
    return true;
}

static bool store_real(const sm_option *o, const char *text, const char **why)
{
    char *end = NULL;
    errno = 0;
    const double v = strtod(text, &end);
    *why = "is not a number";
    if (end == text || *end || errno || !isfinite(v) || !in_range(o, v, why)) return false;
    *(double *)o->value = v;
    return true;
}

static bool store_choice(const sm_option *o, const char *text, const char **why)
{
    const size_t n = strlen(text);
    *why = "is none of its choices";
    for (const char *c = o->choices; c; c = strchr(c, '|') ? strchr(c, '|') + 1 : NULL) {
        if (strcspn(c, "|") != n || strncmp(c, text, n) != 0) continue;
        *(const char **)o->value = text;
        return true;
    }
    return false;
}

static bool store_flag(const sm_option *o, const char *text, const char **why)
{
    const bool yes = strcmp(text, "true") == 0;
    *why = "is neither true nor false";
    if (!yes && strcmp(text, "false") != 0) return false;
    *(bool *)o->value = yes;
    return true;
}

/* What options make lives as long as the process, like argv itself: taken from the system page by page,
 * and never given back. */
void *option_keep(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) sm_out_of_memory(bytes);
    return p;
}

static bool store_list(const sm_option *o, const char *text)
{
    sm_list *list = o->value;
    if (list->n >= list->cap) { /* a default list has no room: its cap is 0 */
        list->cap = list->n < 32 ? 64 : list->n * 2;
        const char **more = option_keep(list->cap * sizeof *more);
        if (list->n) memcpy(more, list->items, list->n * sizeof *more);
        list->items = more;
    }
    list->items[list->n++] = text;
    return true;
}

bool option_store(const sm_option *o, const char *text, const char **why)
{
    switch (o->kind) {
    case SM_OPT_FLAG: return store_flag(o, text, why);
    case SM_OPT_INT: return store_int(o, text, why);
    case SM_OPT_SIZE: return store_size(o, text, why);
    case SM_OPT_REAL: return store_real(o, text, why);
    case SM_OPT_CHOICE: return store_choice(o, text, why);
    case SM_OPT_LIST: return store_list(o, text);
    case SM_OPT_STRING:
    case SM_OPT_CONFIG: *(const char **)o->value = text; return true;
    case SM_OPT_END:
    case SM_OPT_IO:
    case SM_OPT_COMMON:
    case SM_OPT_NO_OPERANDS: break;
    }
    return false;
}

/* ---- showing ---------------------------------------------------------------------------------- */

static void show_size(int64_t v, sm_buffer *out)
{
    static const char units[] = "kMG";
    int unit = -1;
    while (unit < 2 && v && v % 1024 == 0) {
        v /= 1024;
        unit++;
    }
    sm_buffer_printf(out, "%" PRId64, v);
    if (unit >= 0) sm_buffer_putc(out, units[unit]);
}

void option_show(const sm_option *o, sm_buffer *out)
{
    switch (o->kind) {
    case SM_OPT_FLAG: sm_buffer_puts(out, *(const bool *)o->value ? "true" : "false"); break;
    case SM_OPT_INT: sm_buffer_printf(out, "%" PRId64, *(const int64_t *)o->value); break;
    case SM_OPT_SIZE: show_size(*(const int64_t *)o->value, out); break;
    case SM_OPT_REAL: sm_buffer_printf(out, "%.15g", *(const double *)o->value); break;
    case SM_OPT_STRING:
    case SM_OPT_CHOICE:
    case SM_OPT_CONFIG: {
        const char *text = *(const char *const *)o->value;
        if (text) sm_buffer_puts(out, text);
        break;
    }
    case SM_OPT_LIST:
    case SM_OPT_END:
    case SM_OPT_IO:
    case SM_OPT_COMMON:
    case SM_OPT_NO_OPERANDS: break;
    }
}
