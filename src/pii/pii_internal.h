/* What the files of this room share: triggers, rules as compiled, the folded window, checks.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_PII_INTERNAL_H
#define SEIMAI_PII_INTERNAL_H

#include <seimai/pattern.h>
#include <seimai/pii.h>

typedef struct sm_rule sm_rule; /* below, under rules */

/* ---- sets of words ---------------------------------------------------------------------- */

enum { SM_WORD_KEYS = 1024 };

typedef struct sm_term {
    sm_span text;  /* folded; ASCII letters in lower case */
    unsigned rule; /* of a cue: the rule that it is a cue of */
    uint8_t skip;  /* where the three bytes are that find it */
    uint16_t next; /* 1 + the next word of its key; 0 for none */
} sm_term;

/* Up to 65,534 words, all looked for at once, by three bytes of each. `low` and `high` say by the halves of a byte
 * which of eight buckets hold a word with that byte as its first, second, third; `heads` the words by the three. */
typedef struct sm_words {
    sm_term *words;
    size_t n;
    unsigned char low[3][16], high[3][16];
    uint16_t heads[SM_WORD_KEYS],
        shorts; /* 1 + the first word; `shorts` have less than three bytes */
} sm_words;

/* sm_words_index makes a set of the n words in words->words, which it sorts. */
void sm_words_index(sm_words *words);
/* sm_word_stands_at: is the word at byte `at` of a folded text? ASCII words have no case, and no letter beside
 * them: "tel" is not in "hotel". */
bool sm_word_stands_at(sm_span word, sm_span text, size_t at);
/* sm_words_at gives a word of a folded text whose three bytes are at byte `at`, so that it begins at at - skip:
 * the first one for NULL, the next one for
 * the last answer, NULL when there is none. */
const sm_term *sm_words_at(const sm_words *words, sm_span text, size_t at,
                           const sm_term *after);
/* sm_pii_near tells whether one of the rule's words of context stands within its window of the match [start, end) of a
 * folded text: before it, at most rule->lines lines up, and behind it in its line unless only_before. */
bool sm_pii_near(const sm_rule *rule, sm_span text, size_t start, size_t end);
/* sm_pii_before tells whether one of them stands within `window` characters before byte `start`, in its line. */
bool sm_pii_before(const sm_words *words, sm_span text, size_t start, size_t window);
/* sm_pii_in_column tells whether byte `at` of a text is in a table (lines of cells with tabs, |, or two commas or
 * more, up to 4 KiB of them) whose head names one of the words in that column. */
bool sm_pii_in_column(const sm_words *words, sm_span text, size_t at);

/* ---- prefilter -------------------------------------------------------------------------- */

/* What a place of the folded text may be the start of. A rule has one of them. */
typedef enum sm_trigger {
    SM_TRIGGER_NUMBER,  /* a group of digits, a bracket, + or letters before it among it */
    SM_TRIGGER_DOTTED,  /* four groups of digits with dots between them */
    SM_TRIGGER_DATE,    /* year, month, day; the era before them among it */
    SM_TRIGGER_PLATE,   /* a place before two or three digits, kana and digits */
    SM_TRIGGER_AT,      /* what stands before @ */
    SM_TRIGGER_SPELLED, /* what stands before (at), (@) or one of the rule's cues */
    SM_TRIGGER_SYMBOL,  /* what stands before ☆ and its like between letters or digits */
    SM_TRIGGER_URL,     /* behind the :// of a link with an @ */
    SM_TRIGGER_HEX,     /* hexadecimal groups with colons or hyphens */
    SM_TRIGGER_TOKEN, /* sixteen letters, digits, - and _ with a digit, or in capitals; a PEM header; P<JPN */
    SM_TRIGGER_ASSIGN, /* : or = behind a word for a secret */
    SM_TRIGGER_BEHIND, /* the place behind one of the rule's cues, if sm_pii_may_follow */
    SM_TRIGGERS
} sm_trigger;

enum { SM_ANY_RULE = 0xFFFF };

/* A place where the patterns of a trigger, or of one rule, may begin. */
typedef struct sm_site {
    size_t at;
    unsigned trigger;
    unsigned rule; /* SM_ANY_RULE: all of the trigger */
    uint32_t
        sums; /* numbers: bit n is set where the first few groups of digits have n digits together */
    uint32_t
        groups; /* numbers: the digits of the first four groups, a byte each, the first one lowest */
} sm_site;

enum { SM_SITES = 64 };

typedef struct sm_scanner sm_scanner;
typedef struct sm_scan_path sm_scan_path; /* a set of vector kernels: scan/scan_internal.h */

sm_scanner *sm_scanner_new(void) SM_MUST_USE;
void sm_scanner_free(sm_scanner *scanner);
/* sm_scanner_begin starts on a folded text; sm_scanner_next gives the sites of the next place that has any, and
 * their number, 0 at the end. In the order of a text, and apart by trigger, sites never go back. */
void sm_scanner_begin(sm_scanner *scanner, const sm_scan_path *path, sm_span text,
                      const sm_pii_rules *rules);
size_t sm_scanner_next(sm_scanner *scanner, sm_site sites[SM_SITES]);

/* sm_pii_may_follow: may a value, or what joins it to the word before, begin at byte `at`? ASCII, は, が, brackets. */
bool sm_pii_may_follow(sm_span text, size_t at);

typedef enum sm_secret_name { SM_NAME_NONE, SM_NAME_KEY, SM_NAME_PASSWORD } sm_secret_name;

/* sm_pii_names_secret tells what the text before byte `at` names, with quotes, blanks, : = and > between them: a key
 * (api_key, トークン), a password.
 * sm_pii_in_authority: does byte `at` lie behind the :// of a link, with no / or blank between? *start becomes the
 * byte behind it. */
sm_secret_name sm_pii_names_secret(sm_span text, size_t at);
bool sm_pii_in_authority(sm_span text, size_t at, size_t *start);
/* sm_pii_era_before gives where the era (昭和, 昭, S) begins that ends at byte `at`; `at` where there is none. */
size_t sm_pii_era_before(sm_span text, size_t at);
/* sm_pii_is_era_date: do a year and a month, in digits or kanji, stand at byte `at`, behind an era? */
bool sm_pii_is_era_date(sm_span text, size_t at);

/* ---- folding ---------------------------------------------------------------------------- */

typedef struct sm_fold_step {
    uint32_t folded, origin;
} sm_fold_step;

/* A text in ASCII clothes: `text` is the folded text (the given one itself where nothing changes), `steps` where
 * its offsets and the original ones part. init {0} */
typedef struct sm_fold {
    sm_span text;
    char *copy;
    size_t n, cap;
    sm_fold_step *steps;
    size_t n_steps, cap_steps;
} sm_fold;

void sm_pii_fold(sm_fold *fold, sm_span text);
/* The same by one path of the machine, and by looking at every character: the oracle. */
void sm_pii_fold_by(sm_fold *fold, const sm_scan_path *path, sm_span text);
void sm_pii_fold_slowly(sm_fold *fold, sm_span text);
/* sm_fold_origin leads from a byte of the folded text (or its end) to the original. */
size_t sm_fold_origin(const sm_fold *fold, size_t at);
void sm_fold_free(sm_fold *fold);

/* The single character: ASCII for its full-width twin, '-' for the hyphens, ' ' for the blanks, 0 for what
 * is invisible, itself otherwise. ー stays ー: it is a hyphen only between digits. */
uint32_t sm_pii_fold_char(uint32_t c);
/* ー and its half-width twin. */
bool sm_pii_is_long_vowel(uint32_t c);

/* ---- checks ----------------------------------------------------------------------------- */

/* A check looks at the folded match, and where it must at the folded text around it, and says how sure it is;
 * SM_PII_NONE refuses. Pure. */
typedef sm_pii_tier sm_pii_check(sm_span match, sm_span text);

/* sm_pii_check_of finds a check of the table by its name; NULL if there is none. */
sm_pii_check *sm_pii_check_of(sm_span name);

sm_pii_check sm_check_my_number;
sm_pii_check sm_check_corporate_number;
sm_pii_check sm_check_driving_licence;
sm_pii_check sm_check_card;
sm_pii_check sm_check_insurer;
sm_pii_check sm_check_postal_code;
sm_pii_check sm_check_phone;
sm_pii_check sm_check_phone_service;
sm_pii_check sm_check_email;
sm_pii_check sm_check_ipv4;
sm_pii_check sm_check_ipv6;
sm_pii_check sm_check_mac;
sm_pii_check sm_check_url_credentials;
sm_pii_check sm_check_birth_date;
sm_pii_check sm_check_plate;
sm_pii_check sm_check_mrz;
sm_pii_check sm_check_entropy;
sm_pii_check sm_check_secret;
sm_pii_check sm_check_password;
sm_pii_check sm_check_password_value;
sm_pii_check sm_check_insured_number;
sm_pii_check sm_check_yucho;

/* sm_pii_digits copies the ASCII digits of a match, at most max of them; gives how many there are. */
size_t sm_pii_digits(sm_span match, char *digits, size_t max);
/* sm_area_code_length gives the length (1…4) of the area code of a national number without its 0. */
size_t sm_area_code_length(const char *national);

/* ---- words (src/pii/words) ---------------------------------------------------------------- */

/* What a rule may search with in place of a pattern: src/pii/words. */
typedef enum sm_search {
    SM_SEARCH_PATTERN,
    SM_SEARCH_ADDRESS,
    SM_SEARCH_NAME,
    SM_SEARCH_AGE /* behind names and dates of birth */
} sm_search;

/* Tables that searches without a pattern need: municipalities, words around names, MeCab's dictionary. Read-only
 * once loaded. */
typedef struct sm_vocabulary sm_vocabulary;
/* What one finder needs to search with them. */
typedef struct sm_wordfinder sm_wordfinder;

typedef struct sm_wordhit {
    size_t start, end; /* bytes of the text */
    size_t rule;       /* its index */
    sm_pii_tier tier;
} sm_wordhit;

/* sm_vocabulary_need loads what a search needs (once): tables beside the rules' file `path`. */
int sm_vocabulary_need(sm_vocabulary **vocabulary, sm_search search, const char *path,
                       sm_error *err) SM_MUST_USE;
void sm_vocabulary_free(sm_vocabulary *vocabulary);

sm_wordfinder *sm_wordfinder_new(const sm_pii_rules *rules) SM_MUST_USE;
void sm_wordfinder_free(sm_wordfinder *finder);
/* sm_wordfinder_run applies all rules that search without a pattern. `near` are hits of the patterns, in any
 * order. The hits are the finder's until the next call; they may overlap. */
int sm_wordfinder_run(sm_wordfinder *finder, sm_span text, const sm_wordhit *near,
                      size_t n_near, const sm_wordhit **hits, size_t *n,
                      sm_error *err) SM_MUST_USE;

/* ---- rules ------------------------------------------------------------------------------ */

/* Groups of digits as in sm_site, where the mask is set: 4-4-4. */
typedef struct sm_shape {
    uint32_t mask, groups;
} sm_shape;

struct sm_rule {
    sm_pii_rule public;
    size_t first_of_kind; /* index of the first rule of its kind */
    sm_trigger trigger;
    sm_search search;
    sm_pattern *pattern; /* NULL unless the search is by pattern */
    sm_pii_check *check; /* NULL: the pattern alone */
    sm_words context;    /* any of them within `window` characters raises the tier to context */
    sm_words unless;     /* any of them within `window` characters before refuses */
    size_t window;       /* characters */
    size_t lines;        /* up to so many lines above */
    bool only_before;    /* words of context count before the match only */
    sm_span *lead;       /* what a match begins with; none: anything */
    size_t n_lead;
    sm_span *cues; /* folded, in lower case */
    size_t n_cues;
    uint32_t digits;  /* bit n: a match may have n digits; 0: any number */
    sm_shape *shapes; /* or how they are grouped; none: any way */
    size_t n_shapes;
    bool is_off;
    sm_pii_policy policy;
};

enum { SM_RULE_WORDS = SM_PII_MAX_RULES / 64 };

struct sm_pii_rules {
    sm_rule *rules;
    size_t n;
    bool keep_business;
    sm_words cues;                                   /* of all rules */
    uint64_t of_trigger[SM_TRIGGERS][SM_RULE_WORDS]; /* sets of rules, a bit each */
    uint64_t by_first[256][SM_RULE_WORDS]; /* the rules whose match may begin with a byte */
    uint64_t by_length[256]
                      [SM_RULE_WORDS]; /* those whose first group may have so many digits */
    sm_span salt;                      /* keys hashes and fakes */
    sm_vocabulary *vocabulary; /* tables of src/pii/words; NULL where no rule needs them */
    sm_arena arena;
};

/* sm_pii_find by one path of the machine (for tests; the best one is the default). */
void sm_pii_finder_use(sm_pii_finder *finder, const sm_scan_path *path);

/* sm_pii_find without the scan, all rules at every character of the (non-empty) text: the oracle. */
int sm_pii_find_slowly(sm_pii_finder *finder, sm_span text, sm_arena *arena,
                       sm_finding **findings, size_t *n, sm_error *err) SM_MUST_USE;

/* The rules of a finder. */
const sm_pii_rules *sm_pii_finder_rules(const sm_pii_finder *finder);

/* ---- replacements --------------------------------------------------------------------------- */

enum { SM_SHA256_BYTES = 32 };

/* HMAC-SHA-256: RFC 2104 over FIPS 180-4. */
void sm_hmac_sha256(sm_span key, sm_span message, unsigned char digest[SM_SHA256_BYTES]);

/* sm_pii_digest: the keyed hash of kind and plain value that hashes and fakes are made of. */
void sm_pii_digest(const sm_pii_rules *rules, const sm_pii_rule *rule, sm_span value,
                   unsigned char digest[SM_SHA256_BYTES]);
/* sm_pii_plain appends the plainest form of a value: what makes two spellings the same person's. */
void sm_pii_plain(const char *kind, sm_span value, sm_buffer *plain);
/* sm_pii_fake appends the fake of a value; a fake's fake is itself. */
void sm_pii_fake(const sm_pii_rules *rules, const sm_pii_rule *rule, sm_span value,
                 sm_buffer *out);
/* sm_pii_is_fake_name: is [start, end) of a text a part of a faked name? */
bool sm_pii_is_fake_name(const sm_pii_rule *rule, sm_span text, size_t start, size_t end);
/* sm_pii_replace appends what the rule's policy writes for a value (drop-line: nothing; report: the value). */
void sm_pii_replace(const sm_pii_rules *rules, const sm_pii_rule *rule, sm_span value,
                    sm_buffer *out);

#endif
