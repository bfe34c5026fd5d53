/* Rewriting: what a step gets, and the means to cut a text.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_FILTER_REWRITE_INTERNAL_H
#define SEIMAI_FILTER_REWRITE_INTERNAL_H

#include "preset_internal.h"

/* A text of which parts are left out or replaced by as many bytes or fewer; memory is taken with the first change. */
typedef struct sm_cut {
    sm_span text;
    sm_arena *arena;
    char *out;           /* NULL as long as nothing changed */
    size_t n_out, taken; /* bytes written; bytes of text that are dealt with */
} sm_cut;

/* sm_cut_put replaces [begin, end) by bytes, no more than it has; begin is not before the last end. */
void sm_cut_put(sm_cut *cut, size_t begin, size_t end, sm_span bytes);
/* sm_cut_end gives the text that is left. */
sm_span sm_cut_end(sm_cut *cut);

/* What a step works on, and what it leaves. */
typedef struct sm_rewriting {
    sm_filter_judge *judge;
    sm_subject subject; /* the step replaces subject.text */
    const sm_word_list *list;
    sm_arena *arena;
    uint64_t lines; /* that it removed */
} sm_rewriting;

/* The next line of a text: [at, *end), its LF not counted; *next is where the line after it begins. */
sm_span sm_line_at(sm_span text, size_t at, size_t *next);
bool sm_is_blank(sm_span text);

/* rewrite_lines.c */
int sm_step_lines(sm_rewriting *r, sm_error *err);
int sm_step_kana_lines(sm_rewriting *r, sm_error *err);
int sm_step_symbol_lines(sm_rewriting *r, sm_error *err);
int sm_step_join_lines(sm_rewriting *r, sm_error *err);
int sm_step_footer(sm_rewriting *r, sm_error *err);
int sm_step_notes(sm_rewriting *r, sm_error *err);

/* rewrite_marks.c */
int sm_step_punctuation(sm_rewriting *r, sm_error *err);
int sm_step_urls(sm_rewriting *r, sm_error *err);
int sm_step_ascii_runs(sm_rewriting *r, sm_error *err);
int sm_step_parentheses(sm_rewriting *r, sm_error *err);
int sm_step_citations(sm_rewriting *r, sm_error *err);

#endif
