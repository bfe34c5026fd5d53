/* seimai/options.h - one table says what a tool takes: parsing, --help, defaults, ranges, --help=json.
 * SPDX-License-Identifier: MIT
 *
 * A tool fills its variables with defaults, lists its options once, and calls sm_options_parse. The defaults
 * that --help prints are read from the variables. GNU conventions: -x, -xVALUE, --long VALUE, --long=VALUE,
 * unambiguous beginnings, options after operands, `--`. Every flag may be written --no-LONG. A table without
 * an sm_io, or with SM_NO_OPERANDS, takes no operands: a stray word is wrong usage, not ignored.
 * A negative outcome (wrong usage) prints one line on stderr and exits with 2: this parser and the
 * out-of-memory handler are the two places of the library that may end the process. Parsing happens once a
 * process; it also has SIGPIPE ignored, so that a closed pipe is an error of write. */
#ifndef SEIMAI_OPTIONS_H
#define SEIMAI_OPTIONS_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sm_option_kind {
    SM_OPT_END,
    SM_OPT_FLAG,   /* bool */
    SM_OPT_INT,    /* int64_t in [min, max] */
    SM_OPT_SIZE,   /* int64_t bytes; k M G = 1024^n */
    SM_OPT_REAL,   /* double in [min, max] */
    SM_OPT_STRING, /* const char * */
    SM_OPT_CHOICE, /* const char *, one of `choices` ("a|b|c") */
    SM_OPT_LIST,   /* sm_list: a repeated option */
    SM_OPT_CONFIG, /* const char *: a YAML file whose keys are the long options; the command line wins */
    SM_OPT_IO, /* sm_io: expands to the block that every streaming tool has */
    SM_OPT_COMMON, /* sm_io: only -q -v -h --version (and --help=json), for tools without a stream */
    SM_OPT_NO_OPERANDS /* a word that is no option is wrong usage */
} sm_option_kind;

typedef struct sm_list {
    const char **items;
    size_t n, cap;
} sm_list;

typedef struct sm_option {
    sm_option_kind kind;
    char letter;          /* short form, or 0 */
    const char *name;     /* long form, kebab-case */
    void *value;          /* the variable; its content is the default */
    const char *argument; /* "N", "FILE" … as --help shows it */
    double min, max;      /* SM_OPT_INT, SM_OPT_SIZE, SM_OPT_REAL */
    const char *choices;
    const char *help; /* one sentence, lower case, no full stop */
} sm_option;

/* The common block (DESIGN, conventions): what SM_OPTIONS_IO fills. Zero means the default. */
typedef struct sm_io {
    sm_list files;        /* operands; none means standard input */
    const char *output;   /* -o; NULL is standard output */
    int64_t threads;      /* -j; 0 = the cores */
    int64_t memory;       /* --memory; default 1G */
    int64_t max_document; /* --max-document; default 64M */
    int64_t max_bad;      /* --max-bad; -1 = no limit */
    const char *text_key; /* --text-key; "text" */
    const char *rejects;  /* --rejects */
    const char *stats;    /* --stats */
    bool end_record, require_end;
    bool progress; /* default: standard error is a terminal */
    bool quiet, verbose;
    const struct sm_usage *usage; /* set by the parser: messages start with its name */
} sm_io;

typedef struct sm_usage {
    const char *name;     /* "dedup": messages begin "seimai-dedup: " */
    const char *operands; /* "[OPTION…] [FILE…]" */
    const char *about;    /* what the tool does, one sentence */
    const char *more;     /* further text of --help: examples, formats; NULL for none */
    const char *formats;  /* formats that it writes, for --version: "documents 1, rejects 1" */
} sm_usage;

#define SM_OPTIONS_IO(io)                                                                      \
    {                                                                                          \
        .kind = SM_OPT_IO, .value = (io)                                                       \
    }
#define SM_OPTIONS_COMMON(io)                                                                  \
    {                                                                                          \
        .kind = SM_OPT_COMMON, .value = (io)                                                   \
    }
#define SM_NO_OPERANDS                                                                         \
    {                                                                                          \
        .kind = SM_OPT_NO_OPERANDS                                                             \
    }
#define SM_OPTIONS_END                                                                         \
    {                                                                                          \
        .kind = SM_OPT_END                                                                     \
    }
#define SM_OPTION_FLAG(c, long, var, about)                                                    \
    {                                                                                          \
        .kind = SM_OPT_FLAG, .letter = (c), .name = (long), .value = (var), .help = (about)    \
    }
#define SM_OPTION_INT(c, long, var, lo, hi, about)                                             \
    {                                                                                          \
        .kind = SM_OPT_INT, .letter = (c), .name = (long), .value = (var), .argument = "N",    \
        .min = (double)(lo), .max = (double)(hi), .help = (about)                              \
    }
#define SM_OPTION_SIZE(c, long, var, lo, hi, about)                                            \
    {                                                                                          \
        .kind = SM_OPT_SIZE, .letter = (c), .name = (long), .value = (var),                    \
        .argument = "SIZE", .min = (double)(lo), .max = (double)(hi), .help = (about)          \
    }
#define SM_OPTION_REAL(c, long, var, lo, hi, about)                                            \
    {                                                                                          \
        .kind = SM_OPT_REAL, .letter = (c), .name = (long), .value = (var), .argument = "X",   \
        .min = (lo), .max = (hi), .help = (about)                                              \
    }
#define SM_OPTION_STRING(c, long, var, arg, about)                                             \
    {                                                                                          \
        .kind = SM_OPT_STRING, .letter = (c), .name = (long), .value = (var),                  \
        .argument = (arg), .help = (about)                                                     \
    }
#define SM_OPTION_CHOICE(c, long, var, of, about)                                              \
    {                                                                                          \
        .kind = SM_OPT_CHOICE, .letter = (c), .name = (long), .value = (var), .choices = (of), \
        .help = (about)                                                                        \
    }
#define SM_OPTION_LIST(c, long, var, arg, about)                                               \
    {                                                                                          \
        .kind = SM_OPT_LIST, .letter = (c), .name = (long), .value = (var), .argument = (arg), \
        .help = (about)                                                                        \
    }
#define SM_OPTION_CONFIG(c, long, var, about)                                                  \
    {                                                                                          \
        .kind = SM_OPT_CONFIG, .letter = (c), .name = (long), .value = (var),                  \
        .argument = "FILE", .help = (about)                                                    \
    }

/* sm_options_parse reads argv into the variables of the table. It returns normally or, after --help and
 * --version (status 0) or wrong usage (status 2), not at all. No FILE and standard input a terminal
 * prints the help, status 0 (tools with SM_OPTIONS_IO). Strings point into argv. */
SM_API void sm_options_parse(const sm_usage *usage, const sm_option options[], int argc,
                             char **argv);

/* sm_dicts_path finds a file of rules or words ("filter/ja-web.yaml"): in the folder of --dicts where that is
 * given, else in ../share/seimai/dicts beside the executable, else in the source's dicts/ that the build
 * knows. SM_EUSAGE with the places that were tried. */
SM_API int sm_dicts_path(const char *dicts_option, const char *relative, sm_arena *arena,
                         const char **path, sm_error *err) SM_MUST_USE;

/* sm_options_write appends the table's present values as YAML, one `name: value` a line: run.yaml. */
SM_API void sm_options_write(const sm_option options[], sm_buffer *out);

/* sm_usage_fail prints "seimai-NAME: …" and "Try --help" on stderr and returns 2, for checks that a table
 * cannot express: return sm_usage_fail(…) from main. */
SM_API int sm_usage_fail(const sm_usage *usage, const char *format, ...) SM_PRINTF(2);

/* sm_note prints "seimai-NAME: …" on stderr (warnings, and results of tools without a stream). */
SM_API void sm_note(const sm_usage *usage, const char *format, ...) SM_PRINTF(2);

/* sm_exit_status maps a status to the exit status of a tool: 0, 1, 2, 3 or 141. */
SM_API int sm_exit_status(int status);
/* sm_leave prints the error, if any, and returns the exit status: the last line of a tool without a stream. */
SM_API int sm_leave(const sm_usage *usage, int status, const sm_error *err);

#ifdef __cplusplus
}
#endif
#endif
