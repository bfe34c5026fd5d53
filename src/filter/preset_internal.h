/* A preset in memory: rules, lists, steps.
 * SPDX-License-Identifier: MIT
 *
 * A value has a number: rows of the table first (values.c), then SM_LIST_VALUES for each list, in the order of the
 * lists. Names of lists and rules live in the preset's arena. */
#ifndef SEIMAI_FILTER_PRESET_INTERNAL_H
#define SEIMAI_FILTER_PRESET_INTERNAL_H

#include "words_internal.h"

#include <seimai/config.h>
#include <seimai/hosts.h>

/* ---- rules ------------------------------------------------------------------------------ */

/* A value has at most one rule in a set; which value a rule asks for stands beside it. */
typedef struct sm_rules {
    sm_filter_rule *rules;
    size_t *values;
    size_t n, cap_rules, cap_values;
} sm_rules;

/* ---- lists ------------------------------------------------------------------------------ */

typedef enum sm_list_kind { SM_LIST_NG, SM_LIST_PHRASES, SM_LIST_URL } sm_list_kind;

/* The values that a list may have, by kind. */
enum {
    SM_LIST_HITS,
    SM_LIST_TYPES,
    SM_LIST_SHARE,
    SM_LIST_SCORE,
    SM_LIST_LINES,
    SM_LIST_HOST,
    SM_LIST_VALUES
};

typedef struct sm_word_list {
    const char *name;
    sm_list_kind kind;
    sm_ng_match match;
    const char *file;                       /* NULL: not given yet */
    bool in_dicts;                          /* file is relative to the folder of dictionaries */
    bool left_out;                          /* by the user */
    sm_filter_value values[SM_LIST_VALUES]; /* name NULL: not of this kind */
    size_t ng; /* its number in the automaton; SIZE_MAX: not in it */
    sm_hosts *hosts;
    sm_span *phrases; /* the words by themselves, for a step; longest first */
    size_t n_phrases;
    uint8_t first[512]; /* bits: the last 12 of the characters that begin a phrase */
} sm_word_list;

/* ---- steps ------------------------------------------------------------------------------ */

typedef struct sm_step {
    size_t kind; /* row of the table of steps (rewrite.c) */
    sm_filter_when when;
    sm_word_list *list; /* NULL: none */
} sm_step;

struct sm_filter {
    sm_arena arena;
    sm_rules rules, lines; /* lines: asked of every line */
    sm_word_list **lists;  /* in the arena: rules point to their values */
    size_t n_lists, cap_lists;
    sm_step steps[SM_FILTER_STEPS];
    size_t n_steps;
    bool by_morph; /* words are MeCab's */
    const sm_morph *morph;
    sm_ng *ng;                          /* NULL: no list of words */
    uint64_t stop_words[SM_STOP_SLOTS]; /* hashes, 0 free */
    uint8_t stop_number[SM_STOP_SLOTS];
    size_t n_stop_words;
};

/* values.c: sm_filter_find_value gives the number of a value; of a list's, if the preset has the list. */
bool sm_filter_find_value(const sm_filter *filter, sm_span name, size_t *value);
const sm_filter_value *sm_filter_value_of(const sm_filter *filter, size_t value);
/* sm_filter_compute gives the number (NaN: undefined); filter may be NULL for a row of the table. */
double sm_filter_compute(const sm_filter *filter, size_t value, sm_text_stats *stats);
/* sm_filter_is_below: is the value certainly no more than max, as far as that is known for less than the value costs? */
bool sm_filter_is_below(size_t value, sm_text_stats *stats, double max);
/* Does an undefined value pass? Only that of a URL where there is none. */
bool sm_filter_passes_undefined(size_t value);
bool sm_filter_value_is_noun(size_t value);
bool sm_filter_value_is_word(size_t value);

/* rules.c */
sm_filter_rule *sm_rules_find(const sm_rules *set, size_t value);
sm_filter_rule *sm_rules_add(const sm_filter *filter, sm_rules *set, size_t value);
void sm_rules_remove(sm_rules *set, size_t i);
void sm_rules_free(sm_rules *set);
bool sm_rules_accept(const sm_rules *set, size_t i, double value);
const sm_filter *sm_judge_filter(const sm_filter_judge *judge);
/* sm_judge_line asks the rules on lines: SM_KEEP, SM_DROP, or an error. What is undefined of a line passes. */
int sm_judge_line(sm_filter_judge *judge, const sm_subject *line, sm_error *err);

/* lists.c */
sm_word_list *sm_lists_find(const sm_filter *filter, sm_span name);
sm_word_list *sm_lists_add(sm_filter *filter, sm_span name, sm_list_kind kind);
double sm_lists_value(const sm_filter *filter, size_t list, size_t field, sm_text_stats *stats);
/* sm_filter_list_of gives the list that a value belongs to; NULL for a row of the table. */
sm_word_list *sm_filter_list_of(const sm_filter *filter, size_t value);

/* rewrite.c */
bool sm_steps_find(sm_span name, size_t *kind);
bool sm_steps_want_list(size_t kind);
size_t sm_steps_lines(void); /* the step that asks the rules on lines */

/* preset.c: reads the tree of a file into an empty preset. */
int sm_preset_read(sm_filter *filter, const sm_value *root, sm_error *err);

#endif
