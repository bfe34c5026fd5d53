/* Many words looked for at once: an automaton of A. Aho and M. Corasick (1975) over bytes.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_CONTENT_FEATURES_WORDS_H
#define SEIMAI_CONTENT_FEATURES_WORDS_H

#include <seimai/base.h>

/* Words that mean one thing, separated by `|`. In a word, a blank stands for the edge of a word; all letters
 * are small. Longer ones hold them: "comment" is found in "comments", " ad " only where it stands alone. */
typedef struct word_group {
    const char *name, *words;
} word_group;

typedef struct sm_words sm_words;

/* sm_text_words_new makes an automaton of at most 64 groups: of the `words` of a table, or of several. */
sm_words *sm_text_words_new(const word_group *groups, size_t n);
void sm_text_words_free(sm_words *w);

/* sm_text_words_in_name tells which groups a class and an id have words of, bit g for group g. Words end at what is no
 * letter or digit, and before a capital behind a small letter. */
uint64_t sm_text_words_in_name(const sm_words *w, sm_span css_class, sm_span id);
#endif
