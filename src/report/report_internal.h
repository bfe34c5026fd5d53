/* What the readers of the tools' files share.
 * SPDX-License-Identifier: MIT */
#ifndef SM_REPORT_INTERNAL_H
#define SM_REPORT_INTERNAL_H

#include <seimai/config.h>
#include <seimai/report.h>

/* The number under a key; NaN where it is missing or no number. */
double value_number(const sm_value *map, const char *key);
/* A scalar, or a list of them, as text; NULL for maps and lists of maps. */
const char *value_text(sm_arena *arena, const sm_value *value);
/* A key as words: "tokens_per_morpheme" is "tokens per morpheme". */
const char *value_name(sm_arena *arena, sm_span key);
/* The scalars of a map, with those of maps inside it, as a table of two columns; draws nothing for none. */
void value_table(sm_page *page, const char *title, const sm_value *map, bool half);

/* json_read reads a file as JSON whatever its name; on failure nothing is held. */
int json_read(sm_config *config, const char *path, sm_error *err) SM_MUST_USE;

/* lines_read calls each(context, line) for every JSON object of a file; what follows the last LF is skipped
 * if it cannot be read, since the file may still be growing. */
int lines_read(const char *path, int (*each)(void *context, const sm_value *line),
               void *context, sm_error *err) SM_MUST_USE;

#endif
