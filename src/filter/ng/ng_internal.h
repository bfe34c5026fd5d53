/* ng_internal.h - what the files of the NG search share: entries, patterns, tries, the gate.
 * SPDX-License-Identifier: MIT
 *
 * A list's entries become patterns (an entry in one dress: its masks, its other kana). The patterns of lists that are
 * matched by boundaries lie in one trie over folded characters, those of the other styles in one over characters as
 * they are. A text is read once for each trie that has patterns: the gate names the places where a pattern may begin
 * (a bit for each pair of first characters, in every form that folds to them), and only there the trie is walked. */
#ifndef SEIMAI_NG_INTERNAL_H
#define SEIMAI_NG_INTERNAL_H

#include <seimai/ng.h>

/* ---- folding ---------------------------------------------------------------------------- */

enum {
    NG_CODES = 0x30000,                 /* code points that a pattern may hold: planes 0 to 2 */
    NG_SKIP = 0,                        /* what characters without width fold to */
    NG_MASK = 0x25CB,                   /* ○, for all characters that mask */
    NG_SEPARATOR = ' ',                 /* for blanks and dots */
    NG_CLOSED = 0x3013,                 /* 〓 */
    NG_PATTERN_MAX = 2 * SM_NG_MAX_WORD /* characters of a pattern, with its separators */
};

/* A folding: which characters are one. Identity for the styles of others. */
typedef struct ng_fold {
    bool exact;
    uint32_t *
        to; /* NG_CODES: the folded character, NG_SKIP for one without width; NULL where exact */
} ng_fold;

void ng_fold_init(ng_fold *fold, bool exact);
void ng_fold_fini(ng_fold *fold);
/* ng_fold_next reads one folded character at *p < end, with the voice mark behind it; 0 where only characters
 * without width were left. */
uint32_t ng_fold_next(const ng_fold *fold, const char **p, const char *end);
/* ng_is_skipped: is there a character without width at p < end? No word begins there. */
bool ng_is_skipped(const ng_fold *fold, const char *p, const char *end);
/* ng_is_mark: is there a voice mark at p? */
bool ng_is_mark(const char *p, const char *end);
/* ng_fold_word folds a whole word; gives its length, or NG_PATTERN_MAX + 1 where it does not fit. */
size_t ng_fold_word(const ng_fold *fold, sm_span word, uint32_t out[NG_PATTERN_MAX]);
/* ng_voiced composes a kana and a voice mark (U+3099, 309A and their twins); 0 where there is no such kana. */
uint32_t ng_voiced(uint32_t kana, uint32_t mark);
/* ng_other_kana changes hiragana into katakana and back; *changed where the word had kana of one script only. */
bool ng_other_kana(const uint32_t *word, size_t n, uint32_t *out);

/* ---- tries ------------------------------------------------------------------------------ */

/* A node is the slot of the edge that leads to it, in a hash table of edges that never moves: sized once. */
typedef struct ng_trie {
    uint64_t *edges;  /* (parent + 1) << 32 | character, 0 an empty slot */
    uint32_t *accept; /* by slot: 1 + the first pattern that ends here */
    uint32_t bits;    /* log2 of the slots; 0 where the trie is empty */
    uint32_t longest; /* characters */
} ng_trie;

#define NG_ROOT UINT32_MAX
#define NG_NONE (UINT32_MAX - 1)

void ng_trie_init(ng_trie *trie, size_t characters); /* room for that many */
void ng_trie_fini(ng_trie *trie);
/* ng_trie_put walks and makes a path; gives its last node. */
uint32_t ng_trie_put(ng_trie *trie, const uint32_t *word, size_t n);
uint32_t ng_trie_step(const ng_trie *trie, uint32_t node,
                      uint32_t c); /* NG_NONE: no such edge */

/* ---- the gate --------------------------------------------------------------------------- */

typedef struct ng_gate {
    const ng_fold *fold;
    uint8_t *starts;  /* a bit by the hash of three folded characters, or of two and 0 */
    uint8_t *pairs;   /* a bit by the hash of two characters that a pattern may begin with */
    uint8_t *singles; /* a bit by character: patterns of one; NULL where there are none */
    uint8_t
        *ascii; /* by two ASCII characters: 1 a pattern begins so, 2 also inside a Latin word */
} ng_gate;

void ng_gate_init(ng_gate *gate, const ng_fold *fold);
void ng_gate_fini(ng_gate *gate);
void ng_gate_pair(ng_gate *gate, uint32_t first, uint32_t second, bool inside_word);
void ng_gate_start(ng_gate *gate, uint32_t a, uint32_t b, uint32_t c);
void ng_gate_single(ng_gate *gate, uint32_t c);

/* Every character that folds to a given one: chains through an array, 0 ends one. */
typedef struct ng_forms {
    const ng_fold *fold;
    uint32_t *first, *next; /* NG_CODES each */
} ng_forms;

ng_forms ng_forms_make(const ng_fold *fold);
void ng_forms_free(ng_forms forms);
/* ng_gate_open opens it for a pattern of n folded characters, in every form; `inside`: it may begin within a Latin
 * word. */
void ng_gate_open(ng_gate *gate, const ng_forms *forms, const uint32_t *word, size_t n,
                  bool inside);
/* ng_gate_find gives the first place in [p, end) where a pattern may begin, or end. `begin` is that of the text. */
const char *ng_gate_find(const ng_gate *gate, const char *begin, const char *p,
                         const char *end);

/* ---- lists ------------------------------------------------------------------------------ */

typedef enum ng_end { NG_FREE, NG_KATAKANA, NG_LATIN, NG_HIRAGANA, NG_HAN, NG_GUARD } ng_end;

enum {
    NG_FLAG_KANA = 1,
    NG_FLAG_MASK = 2,
    NG_FLAG_SPACED = 4,
    NG_FLAG_EXCUSE = 8,
    NG_FLAG_OLD = 16,
    NG_FLAG_BEGIN = 32,
    NG_FLAG_END = 64
};

typedef enum ng_kind { NG_WORD, NG_EXCEPTION, NG_CUE } ng_kind;

typedef struct ng_entry {
    sm_span word; /* the arena's */
    double weight;
    uint32_t list;
    uint32_t order; /* in its list */
    uint8_t class;  /* an ng_class */
    uint8_t flags;
    uint8_t kind; /* ng_kind */
} ng_entry;

typedef enum ng_class { NG_AUTO, NG_K, NG_L, NG_H, NG_C, NG_M, NG_ANY } ng_class;

typedef struct ng_pattern {
    uint32_t entry;
    uint32_t next; /* 1 + the next pattern that ends at the same node */
    uint32_t rank; /* the smaller one wins where several begin at a place */
    uint8_t list;
    uint8_t begin, end; /* ng_end */
} ng_pattern;

typedef struct ng_list {
    const char *name;
    sm_ng_match match;
} ng_list;

/* One trie and what it needs. */
typedef struct ng_search {
    ng_fold fold;
    ng_trie trie;
    ng_gate gate;
    bool used;
} ng_search;

struct sm_ng {
    sm_arena arena;
    ng_list lists[SM_NG_MAX_LISTS];
    size_t n_lists;
    ng_entry *entries;
    size_t n_entries, cap_entries;
    ng_pattern *patterns;
    size_t n_patterns, cap_patterns;
    ng_search folded, exact;
    ng_trie exceptions, cues; /* over folded characters */
    bool literature, compiled;
};

/* ng_read_list appends the entries of a file's text. */
int ng_read_list(sm_ng *ng, uint32_t list, const char *file, sm_span text, sm_error *err);

/* ---- ends ------------------------------------------------------------------------------- */

/* Where a hit may begin and end. The sentences that MeCab has to cut are cut once, from left to right. */
typedef struct ng_edges {
    const sm_ng *ng;
    sm_tagger *tagger; /* NULL: approximate */
    size_t begin, end; /* the sentence at hand, bytes of the text */
    size_t *edges;     /* offsets in order */
    size_t n, cap;
    bool cut; /* edges are those of the sentence */
    int cue;  /* the sentence holds one: 1, not: 0, unknown: -1 */
} ng_edges;

void ng_edges_start(ng_edges *edges);
/* 1 good, 0 not, or MeCab's failure. */
int ng_edges_ask(ng_edges *edges, sm_span text, const ng_pattern *pattern, size_t begin,
                 size_t end, sm_error *err);
/* Does the sentence hold a cue? */
bool ng_edges_excuse(ng_edges *edges, sm_span text, size_t begin);
/* Does an exception cover the hit? */
bool ng_is_exception(const sm_ng *ng, sm_span text, size_t begin, size_t end);

#endif
