/* What the files of src/pii/words share: places, addresses, names.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_PII_WORDS_INTERNAL_H
#define SEIMAI_PII_WORDS_INTERNAL_H

#include "../pii_internal.h"

#include <seimai/morph.h>

/* ---- sets of words -------------------------------------------------------------------------- */

/* A set of words with a few bits each; init {0}. The words' bytes belong to an arena. */
typedef struct sm_wordset {
    struct sm_word *slots; /* open addressing; a power of two */
    size_t n, cap;
    size_t longest; /* bytes */
} sm_wordset;

/* sm_wordset_add adds a word or more bits to it; the bytes must outlive the set. */
void sm_wordset_add(sm_wordset *set, sm_span word, unsigned bits);
/* sm_wordset_get gives the bits of a word; 0 where it is not in the set. */
unsigned sm_wordset_get(const sm_wordset *set, sm_span word);
void sm_wordset_free(sm_wordset *set);

/* ---- places --------------------------------------------------------------------------------- */

/* What a name of a place may be, as bits. */
enum {
    SM_PLACE_CITY = 1,   /* 市, and the wards of Tokyo: they stand alone */
    SM_PLACE_WARD = 2,   /* a ward of another city */
    SM_PLACE_TOWN = 4,   /* 町 and 村: many towns of cities have the same names */
    SM_PLACE_COUNTY = 8, /* 郡 */
    SM_PLACE_PREFECTURE = 16
};

typedef struct sm_places {
    sm_wordset names; /* 横浜市, 青葉区, 愛川町, 愛甲郡, 神奈川県 */
    sm_wordset kana;  /* runs of hiragana in names of towns */
    sm_arena arena;
} sm_places;

/* sm_places_load reads municipalities.tsv and town-kana.txt in `folder`. */
int sm_places_load(sm_places *places, const char *folder, sm_error *err) SM_MUST_USE;
void sm_places_free(sm_places *places);

/* ---- addresses ------------------------------------------------------------------------------- */

/* sm_address_next finds the next address at or after byte `from`: false where there is none. */
bool sm_address_next(const sm_places *places, sm_span text, size_t from, sm_wordhit *hit);

/* How much a block number says. */
typedef enum sm_block {
    SM_BLOCK_NONE,
    SM_BLOCK_WEAK,   /* 3丁目; a number alone */
    SM_BLOCK_MEDIUM, /* 8-21, 49番 */
    SM_BLOCK_STRONG  /* 1-2-3, 1丁目2, 3番4号, 5番地 */
} sm_block;

/* sm_block_read reads town, block number, building and room behind the name of a municipality, which ends
 * at byte `from`. *end becomes the end of the address. */
sm_block sm_block_read(const sm_places *places, sm_span text, size_t from, size_t *end);

/* sm_block_may_begin: is a number near enough behind byte `from`, with only what may name a town between? Where it is
 * false, sm_block_read gives SM_BLOCK_NONE; it costs a tenth of that. */
bool sm_block_may_begin(const sm_places *places, sm_span text, size_t from);

/* sm_suffix_next finds the next 市 区 町 村 at or after byte `from`; text.n where there is none.
 * sm_suffix_next_slowly is its oracle. */
size_t sm_suffix_next(sm_span text, size_t from);
size_t sm_suffix_next_slowly(sm_span text, size_t from);

/* ---- names ------------------------------------------------------------------------------------ */

/* What a word around names may be, as bits: the first column of name-words.tsv. */
enum {
    SM_NAME_HONORIFIC = 1,
    SM_NAME_ROLE = 2,
    SM_NAME_LABEL = 4,
    SM_NAME_STOP = 8,
    SM_NAME_NO_NAME = 16,
    SM_NAME_NO_PART = 32,
    SM_NAME_CUES = SM_NAME_HONORIFIC | SM_NAME_ROLE | SM_NAME_LABEL
};

typedef struct sm_name_words {
    sm_wordset words;
    unsigned char starts[1 << 13]; /* a bit for the first character of each cue */
    size_t longest_cue;
    sm_arena arena;
} sm_name_words;

/* sm_name_words_load reads name-words.tsv in `folder`. */
int sm_name_words_load(sm_name_words *words, const char *folder, sm_error *err) SM_MUST_USE;
void sm_name_words_free(sm_name_words *words);
/* sm_name_cue tells whether an honorific, a role or a label stands in a text. */
bool sm_name_cue(const sm_name_words *words, sm_span text);

/* sm_names_find appends the names of a piece of text (one that sm_morph_piece gave) to the list: full names, names with an honorific, names behind a label. */
typedef struct sm_name_list {
    sm_wordhit *hits;
    size_t n, cap;
} sm_name_list;
int sm_names_find(const sm_name_words *words, sm_tagger *tagger, sm_span text,
                  sm_name_list *list, sm_error *err) SM_MUST_USE;

/* ---- ages ------------------------------------------------------------------------------------- */

/* sm_age_behind tells whether an age (34歳) stands right behind a name or a date of birth that ends at byte `at`, with an
 * honorific, a bracket, a comma or blanks between: *hit is its place. `words` may be NULL. */
bool sm_age_behind(const sm_name_words *words, sm_span text, size_t at, sm_wordhit *hit);

/* ---- files -------------------------------------------------------------------------------------- */

/* sm_table_read reads a file into the arena; sm_table_line takes the next line of *rest, comments and empty lines
 * passed over: false at the end. */
int sm_table_read(sm_arena *arena, const char *path, sm_span *text, sm_error *err) SM_MUST_USE;
bool sm_table_line(sm_span *rest, sm_span *line, int *number);

/* ---- characters ------------------------------------------------------------------------------- */

bool sm_is_han(uint32_t c);      /* Han with 々 〆 〇 ヶ ヵ */
bool sm_is_katakana(uint32_t c); /* with ー, without ・ */
bool sm_is_hiragana(uint32_t c);
/* The start of the character that ends at byte `at` > 0 of valid text. */
size_t sm_char_before(sm_span text, size_t at);
/* The character at byte `at`; 0 at the end. */
uint32_t sm_char_at(sm_span text, size_t at);

#endif
