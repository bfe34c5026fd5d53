/* What the steps from a text of Aozora Bunko to HTML share: see seimai/aozora.h.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_AOZORA_INTERNAL_H
#define SEIMAI_AOZORA_INTERNAL_H

#include <seimai/aozora.h>

#include <string.h>

/* [plane - 1][row - 1][cell - 1]: a code point and the mark that combines with it; 0: none. Written by the build. */
extern const uint32_t jisx0213_table[2][94][94][2];

/* What stands in a run, as a base of ruby is one. */
typedef enum run_class { RUN_NONE, RUN_HAN, RUN_HIRAGANA, RUN_KATAKANA, RUN_LATIN } run_class;

/* A line on its way. */
typedef struct aozora_line {
    const char *p, *end;
    sm_buffer *out;
    const sm_aozora_options *options;
    sm_aozora_counts *counts;
    bool plain; /* no tags: bases without their readings */
    /* The run that the next 《 may take as its base, and the ｜ that waits for one; places in the output. */
    run_class run;
    size_t run_start, bar; /* bar: SIZE_MAX if there is none */
    /* What notes said about the line. */
    int heading;     /* 2…4, or 0 */
    int block_start; /* a heading of several lines begins here, 2…4 */
    bool block_end;  /* … ends here */
    bool page_break;
} aozora_line;

/* aozora_inline converts the line up to its end. */
void aozora_inline(aozora_line *l);
/* aozora_put_char appends a character, escaped, and follows the run. */
void aozora_put_char(aozora_line *l, uint32_t c);

/* aozora_note takes what a note says: its text is what stands between ［＃ and ］. */
void aozora_note(aozora_line *l, sm_span note);
/* aozora_gaiji puts what ※［＃…］ stands for. */
void aozora_gaiji(aozora_line *l, sm_span note);
/* aozora_accents puts the text between 〔 and 〕 with its codes undone; false, and nothing is put, if it has none. */
bool aozora_accents(aozora_line *l, sm_span text);

#endif
