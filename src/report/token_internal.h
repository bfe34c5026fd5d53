/* What the files of the tokenizers' page share: the words in two languages, the report in its order, charts.
 * SPDX-License-Identifier: MIT */
#ifndef SM_REPORT_TOKEN_INTERNAL_H
#define SM_REPORT_TOKEN_INTERNAL_H

#include <seimai/config.h>
#include <seimai/report.h>
#include <seimai/token_page.h>

/* ---- words (token_words.c) ---------------------------------------------------------------------- */

/* word finds a text by its key, in a language; the key itself where there is none. Keys are those of the JSON ("boundary_f1",
 * "kanji-1") and of sections ("section.text"). */
const char *word(sm_language language, const char *key);
/* The short form for the head of a column ("boundary_f1!"), and the shortest, for the terminal ("boundary_f1~"), where
 * there is one. */
const char *head_word(sm_language language, const char *key);
const char *terse_word(sm_language language, const char *key);
/* filled_word puts texts into the two gaps "%s" of a word. */
const char *filled_word(sm_arena *arena, sm_language language, const char *key,
                        const char *first, const char *second);

/* ---- the report (token_values.c) ------------------------------------------------------------------ */

typedef struct comparison {
    const sm_value *root;
    const sm_value **rows; /* [n] the tokenizers, most characters a token first */
    size_t *given;         /* [n] their place in the report */
    size_t n;
    sm_language language;
    sm_arena *arena;
    sm_buffer *out;
} comparison;

int comparison_read(comparison *c, const sm_value *report, sm_error *err) SM_MUST_USE;

/* number_at: the number under a dotted path of keys; NaN where it is missing. */
double number_at(const sm_value *map, const char *path);
const char *name_at(const comparison *c, size_t row);

typedef enum better { NEITHER, MORE, LESS } better;

/* A figure that tokenizers are compared by: where it stands, how it is written, what is good. */
typedef struct measure {
    const char *key;
    enum { AS_DECIMAL, AS_PERCENT, AS_WHOLE, AS_PAGES, AS_MONEY } as;
    better best;
} measure;

extern const measure headline[], in_use[], of_vocabulary[];
extern const size_t n_headline, n_in_use, n_of_vocabulary;

/* Has any tokenizer this figure? */
bool measure_known(const comparison *c, const measure *m);
const char *measure_text(sm_arena *arena, const measure *m, double value);
/* Does a row show the best figure? Not where all show the same. */
bool measure_is_best(const comparison *c, const measure *m, size_t row);

/* ---- drawing ------------------------------------------------------------------------------------- */

extern const char *const token_style[]; /* beyond page_style, up to a NULL */

double text_width_of(const char *text); /* pixels, at 12 pixels */
void put_escaped(sm_buffer *out, const char *text);
/* <h3>title</h3> and the note below it. */
void put_heading(const comparison *c, const char *title_key, const char *note_key);

/* A table of shaded cells: a row a tokenizer. */
typedef struct heat {
    const char *title, *note;  /* keys of words */
    const char *const *heads;  /* [columns] as they are shown */
    const double *cells;       /* [rows][columns]; NaN is a dash */
    const char *const *hovers; /* [rows][columns]; NULL for none */
    size_t columns;
    double low, high; /* where the shade begins and is full; equal: the column's own range */
    bool percent;
    bool alarming; /* more is worse: another colour */
    better best;   /* of each column: bold */
} heat;
void draw_heat(const comparison *c, const heat *h);

void draw_scatter(const comparison *c);
void draw_recall(const comparison *c);
void draw_sentences(const comparison *c);
/* One token as the JSON has it, [id, text] or [id, {"hex": …}], in one of five colours. */
void put_token(const comparison *c, const sm_value *token, size_t number);

/* The sections that have tables of their own (token_sections.c). */
void draw_words(const comparison *c);
void draw_rare(const comparison *c);
void draw_domains(const comparison *c);
void draw_vocabulary(const comparison *c);
/* A table of figures: a row a tokenizer, with its place where `numbered`. */
void draw_figures(const comparison *c, const measure *measures, size_t n, bool numbered);
void open_section(const comparison *c, const char *heading, const char *note);
void close_section(const comparison *c);

#endif
