/* The automaton that finds many words at once: see content_features_words.h.
 * SPDX-License-Identifier: MIT */
#include "content_features_words.h"

#include <string.h>

#include "ascii.h"

enum { OTHER = 0, STATES_MAX = UINT16_MAX };

struct sm_words {
    uint8_t class_of[256]; /* of bytes; OTHER: stands in no word */
    unsigned shift;        /* a row has 1 << shift classes */
    size_t states;
    uint16_t *next;  /* (states, classes) */
    uint64_t *found; /* groups that end in a state */
};

/* ---- building ---------------------------------------------------------------------------------- */

static uint16_t *edge(const sm_words *w, size_t state, unsigned class)
{
    return &w->next[state << w->shift | class];
}

static unsigned class_of(const sm_words *w, char c)
{
    return w->class_of[(unsigned char)c];
}

/* Numbers the bytes that words are made of, and returns an upper bound of the states. */
static size_t number_bytes(sm_words *w, const word_group *groups, size_t n)
{
    unsigned classes = 1;
    size_t bytes = 1;
    for (size_t g = 0; g < n; g++)
        for (const char *c = groups[g].words; *c; c++, bytes++)
            if (*c != '|' && !class_of(w, *c))
                w->class_of[(unsigned char)*c] = (uint8_t)classes++;
    while (1U << w->shift < classes)
        w->shift++;
    return bytes;
}

/* A word on its way into the automaton. */
typedef struct entry {
    sm_span word;
    uint64_t bit;
    size_t state; /* of its letters so far */
} entry;

/* The words of all groups, one after the other; returns how many they are. */
static size_t list_words(const word_group *groups, size_t n_groups, entry *entries)
{
    size_t n = 0;
    for (size_t g = 0; g < n_groups; g++)
        for (const char *word = groups[g].words; *word;) {
            const size_t length = strcspn(word, "|");
            if (entries) entries[n] = (entry){{word, length}, UINT64_C(1) << g, 0};
            n++;
            word += length + (word[length] == '|');
        }
    return n;
}

/* Adds all words letter by letter, so that the states that are entered most, the shallow ones, lie together. */
static void add_words(sm_words *w, entry *entries, size_t n)
{
    bool longer = true;
    for (size_t depth = 0; longer; depth++) {
        longer = false;
        for (size_t i = 0; i < n; i++) {
            entry *e = &entries[i];
            if (depth == e->word.n) w->found[e->state] |= e->bit;
            if (depth >= e->word.n) continue;
            uint16_t *to = edge(w, e->state, class_of(w, e->word.p[depth]));
            if (!*to) *to = (uint16_t)w->states++;
            e->state = *to;
            longer = true;
        }
    }
}

/* Breadth first: where a word does not go on, its longest end that begins another one may. */
static void close_edges(sm_words *w)
{
    uint16_t *queue = sm_calloc(w->states, sizeof *queue),
             *fall = sm_calloc(w->states, sizeof *fall);
    size_t n = 1; /* queue[0] is the root */
    for (size_t at = 0; at < n; at++) {
        const uint16_t state = queue[at];
        w->found[state] |= w->found[fall[state]];
        for (unsigned class = 0; class < 1U << w->shift; class ++) {
            uint16_t *to = edge(w, state, class);
            const uint16_t fallback = state ? *edge(w, fall[state], class) : 0;
            if (*to) {
                fall[*to] = fallback;
                queue[n++] = *to;
            } else {
                *to = fallback;
            }
        }
    }
    sm_free(queue);
    sm_free(fall);
}

sm_words *sm_text_words_new(const word_group *groups, size_t n)
{
    sm_words *w = sm_calloc(1, sizeof *w);
    const size_t most = number_bytes(w, groups, n);
    w->states = 1;
    w->next = sm_calloc(most << w->shift, sizeof *w->next);
    w->found = sm_calloc(most, sizeof *w->found);
    entry *entries = sm_calloc(list_words(groups, n, NULL) + 1, sizeof *entries);
    add_words(w, entries, list_words(groups, n, entries));
    sm_free(entries);
    close_edges(w);
    return w;
}

void sm_text_words_free(sm_words *w)
{
    if (!w) return;
    sm_free(w->next);
    sm_free(w->found);
    sm_free(w);
}

/* ---- finding ----------------------------------------------------------------------------------- */

static size_t feed_name(const sm_words *w, size_t state, sm_span name, uint64_t *found)
{
    char before = ' ';
    for (size_t i = 0; i < name.n; i++) {
        const char c = name.p[i];
        const bool capital = (unsigned)(c - 'A') < 26;
        if (capital && (unsigned)(before - 'a') < 26) {
            state = *edge(w, state, class_of(w, ' '));
            *found |= w->found[state];
        }
        const bool letter = sm_is_alpha(c) || sm_is_digit(c);
        state = *edge(w, state, class_of(w, letter ? sm_lower(c) : ' '));
        *found |= w->found[state];
        before = c;
    }
    state = *edge(w, state, class_of(w, ' '));
    *found |= w->found[state];
    return state;
}

uint64_t sm_text_words_in_name(const sm_words *w, sm_span css_class, sm_span id)
{
    uint64_t found = 0;
    size_t state = *edge(w, 0, class_of(w, ' '));
    if (css_class.n) state = feed_name(w, state, css_class, &found);
    if (id.n) (void)feed_name(w, state, id, &found);
    return found;
}
