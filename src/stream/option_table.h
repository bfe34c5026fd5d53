/* option_table.h - the flat table behind a tool's options, and what help makes of it.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_OPTION_TABLE_H
#define SEIMAI_OPTION_TABLE_H

#include <seimai/options.h>

enum { MAX_OPTIONS = 96 };

/* The tool's own options first, then the common block; `n_own` says where that begins. */
typedef struct option_table {
    const sm_usage *usage;
    sm_option items[MAX_OPTIONS];
    bool from_command_line[MAX_OPTIONS];
    size_t n, n_own;
    sm_io *io;
    bool streams; /* takes FILE… or standard input */
    bool no_operands;
} option_table;

void *option_keep(size_t bytes);
option_table option_table_make(const sm_usage *usage, const sm_option options[]);
/* Sets a variable from text; a message in `why` on failure. */
bool option_store(const sm_option *o, const char *text, const char **why);
/* The present value as text; empty for NULL strings. */
void option_show(const sm_option *o, sm_buffer *out);

void help_print(const option_table *t);
void help_print_json(const option_table *t);
void help_print_version(const option_table *t);

#endif
