/* What the files of this room share: triggers, rules as compiled, the folded window, checks.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_PII_INTERNAL_H
#define SEIMAI_PII_INTERNAL_H

#include <seimai/pattern.h>
#include <seimai/pii.h>

/* ---- prefilter -------------------------------------------------------------------------- */

/* What a place in the text may be the start of, as bits. */
enum {
    SM_TRIGGER_NUMBER = 1, /* seven digits or more with separators between them */
    SM_TRIGGER_DOTTED = 2, /* four groups of digits with dots between them */
    SM_TRIGGER_AT = 4,     /* @, ＠ or one of the marks that stand for it */
    SM_TRIGGERS = 3        /* how many bits */
};

typedef struct sm_candidate {
    size_t start, end;
    unsigned triggers;
} sm_candidate;

/* sm_pii_scan finds the next candidate at or after byte `from`; false at the end of the text. */
bool sm_pii_scan(sm_span text, size_t from, sm_candidate *candidate);
/* The same by decoding every character: the oracle. */
bool sm_pii_scan_slowly(sm_span text, size_t from, sm_candidate *candidate);

/* ---- folding ---------------------------------------------------------------------------- */

/* A window of the text in ASCII clothes. text.n bytes; byte i came from byte origin[i] of the window, and
 * origin[text.n] is the window's length. */
typedef struct sm_fold {
    char *text;
    uint32_t *origin;
    size_t n, cap;
} sm_fold;

void sm_pii_fold(sm_fold *fold, sm_span window);
void sm_fold_free(sm_fold *fold);

/* The single character: ASCII for its full-width twin, '-' for the hyphens, ' ' for the blanks, 0 for what
 * is invisible, itself otherwise. ー stays ー: it is a hyphen only between digits. */
uint32_t sm_pii_fold_char(uint32_t c);
/* ー and its half-width twin. */
bool sm_pii_is_long_vowel(uint32_t c);

/* ---- checks ----------------------------------------------------------------------------- */

/* A check looks at the folded match and says how sure it is; SM_PII_NONE refuses. Pure. */
typedef sm_pii_tier sm_pii_check(sm_span match);

/* sm_pii_check_of finds a check of the table by its name; NULL if there is none. */
sm_pii_check *sm_pii_check_of(sm_span name);

sm_pii_tier sm_check_my_number(sm_span match);
sm_pii_tier sm_check_corporate_number(sm_span match);
sm_pii_tier sm_check_driving_licence(sm_span match);
sm_pii_tier sm_check_card(sm_span match);
sm_pii_tier sm_check_postal_code(sm_span match);
sm_pii_tier sm_check_phone(sm_span match);
sm_pii_tier sm_check_phone_service(sm_span match);
sm_pii_tier sm_check_email(sm_span match);
sm_pii_tier sm_check_ipv4(sm_span match);

/* sm_pii_digits copies the ASCII digits of a match, at most max of them; gives how many there are. */
size_t sm_pii_digits(sm_span match, char *digits, size_t max);
/* sm_area_code_length gives the length (1…4) of the area code of a national number without its 0. */
size_t sm_area_code_length(const char *national);

/* ---- rules ------------------------------------------------------------------------------ */

typedef struct sm_words {
    sm_span *words; /* folded; ASCII letters in lower case */
    size_t n;
    bool starts[256]; /* by sm_pii_first_key: may a word start so? */
} sm_words;

typedef struct sm_rule {
    sm_pii_rule public;
    unsigned triggers;
    sm_pattern *pattern;
    sm_pii_check *check; /* NULL: the pattern alone */
    sm_words context;    /* any of them within `window` characters raises the tier to context */
    sm_words unless;     /* any of them within `window` characters before refuses */
    size_t window;       /* characters */
    bool is_off;
} sm_rule;

struct sm_pii_rules {
    sm_rule *rules;
    size_t n;
    bool keep_business;
    sm_arena arena;
};

/* sm_pii_find without prefilter and windows, all rules on the whole (non-empty) text: the oracle. */
int sm_pii_find_slowly(sm_pii_finder *finder, sm_span text, sm_arena *arena,
                       sm_finding **findings, size_t *n, sm_error *err) SM_MUST_USE;

/* Whether the finder's rules keep the business class. */
bool sm_pii_keeps_business(const sm_pii_finder *finder);

/* One byte that stands for the first character at p (of n > 0 bytes), ASCII letters in lower case. */
unsigned char sm_pii_first_key(const char *p, size_t n);

/* sm_pii_near tells whether one of the words stands within `window` characters of the match [start, end)
 * of a folded text: before it (at most one line up), and behind it in its line where `behind` is true. */
bool sm_pii_near(const sm_words *words, sm_span text, size_t start, size_t end, size_t window,
                 bool behind);

#endif
