/* seimai/ng.h - word lists that a corpus should not hold: where their words stand, and what that comes to.
 * SPDX-License-Identifier: MIT
 *
 * All lists of a run are searched at once, in one pass. What makes a hit depends on how a list is matched:
 *
 *   boundaries  ours. The word in any dress (below), its ends checked, exceptions asked. A word of one character
 *               never counts (but with class `any`). Leftmost, then longest; hits of one list do not overlap
 *   plain       HojiChar's and C4's: a substring, code point by code point; leftmost, then the first of the list,
 *               as alternatives of a regular expression of Python
 *   katakana    HojiChar's guard (ignore_confused), llm-jp's way: as plain, but words of katakana only
 *               ([ァ-ヴー]+) do not stand beside katakana, and come after all others
 *   longest     Swallow's: the longest word that begins here, from left to right
 *
 * Dress: a list of ours sees through width (ｾｯｸｽ), case, dashes for ー, small kana for large, ヴ for ブ and バ for
 * ヴァ, voice marks of their own (か+゛) and characters without width; on request of its entry also through hiragana for
 * katakana, masks (セ○クス) and blanks or dots between characters (セ・ッ・ク・ス). Text without candidates is never folded.
 *
 * Ends: an end whose neighbour is of another script is good. Where it is not, its class decides:
 *   K  katakana must not go on         L  Latin letters and digits must not go on
 *   H  hiragana, or hiragana behind kanji: must be an edge of MeCab's; without MeCab a character-based
 *      approximation, which rather misses than invents (the particles that it knows are in src/filter/ng/ng_edges.c)
 *   C  kanji: may stand in a compound (強姦罪), but for exceptions
 *   M  kanji as H: an edge of MeCab's, without MeCab no kanji beside
 *   any  no check
 * A word without class, and every word of a list of others, gets K, L, H or M at each end by the character there.
 * Exceptions are words that hide one (スケジュール, カロリー): a hit that lies inside an exception is none, even if it
 * is the whole of it. They hold for every list that is matched by boundaries.
 *
 * Files: one word a line (others), or ours, whose first line is "# seimai-ng 1"; then "# …" are comments, and a line
 *     WORD <tab> CLASS <tab> WEIGHT <tab> FLAGS          all but the word may be missing; "-" is the default
 *   CLASS   K L H C M any, or - (by its characters); `ok`: an exception; `cue`: see FLAGS e
 *   WEIGHT  0 < w ≤ 100, default 1
 *   FLAGS   k  also in the other kana
 *           m  also with masks, in words of 3 to 12 characters: one, every second one (セ○ク○), two from 6 on; the masks are
 *              ○●〇◎■□×＊ and their kin, inside a Japanese word also x and o; the ends are masked in words of kana only
 *           s  also with separators between all characters
 *           <  the beginning needs no check      >  nor the end (クソゲー)
 *           e  explained away: does not count in a sentence that holds a cue (差別用語, 蔑称 …)
 *           o  word of its time: does not count with the profile for old literature
 * Others' lists are read as they are: UTF-8, LF or CRLF, white space around a word cut, blank lines skipped.
 *
 * Nouns: list (one file, one category) · entry (a word of it) · hit (a place in the text) · type (a distinct entry).
 * Ownership: new, add …, compile; then the sm_ng is read-only until free, and outlives its scanners.
 * Threads: a compiled sm_ng may be shared; a scanner belongs to one thread.
 * Cost: time is linear in the text (each place is followed for at most SM_NG_MAX_WORD characters, a sentence is cut by
 * MeCab once); memory of a scanner is 8 bytes an entry and 24 a hit. */
#ifndef SEIMAI_NG_H
#define SEIMAI_NG_H

#include <seimai/base.h>
#include <seimai/morph.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SM_NG_MAX_LISTS 64
#define SM_NG_MAX_WORD  64 /* code points of a word; a longer one is SM_EUSAGE */

/* ---- lists ------------------------------------------------------------------------------ */

typedef enum sm_ng_match {
    SM_NG_BOUNDARIES,
    SM_NG_PLAIN,
    SM_NG_KATAKANA,
    SM_NG_LONGEST
} sm_ng_match;

/* The styles as a choice of options (SM_OPTION_CHOICE), and by name; false for an unknown one. */
#define SM_NG_MATCH_NAMES "boundaries|plain|katakana|longest"
SM_API bool sm_ng_match_of(const char *name, sm_ng_match *match);

typedef struct sm_ng sm_ng;

SM_API sm_ng *sm_ng_new(void) SM_MUST_USE;
SM_API void sm_ng_free(sm_ng *ng);

/* sm_ng_add reads a list, "adult" say, from a file (plain or compressed). Its number is how many came before it.
 * SM_EUSAGE with "FILE:LINE: …" for a bad class, weight or flag, bytes that are not UTF-8, a word too long, a name
 * that is taken, one list too many, a list without words; SM_ENOENT, SM_EIO, SM_ELIMIT (16 MiB). */
SM_API int sm_ng_add(sm_ng *ng, const char *name, const char *path, sm_ng_match match,
                     sm_error *err) SM_MUST_USE;
/* The same from memory; `file` stands in messages. */
SM_API int sm_ng_add_text(sm_ng *ng, const char *name, const char *file, sm_span text,
                          sm_ng_match match, sm_error *err) SM_MUST_USE;
/* sm_ng_except adds the exceptions (`ok`) and cues of a file of ours to all lists that are matched by boundaries:
 * dicts/ng/exceptions.tsv. Its other rows are SM_EUSAGE. Without it, those in the lists themselves still hold. */
SM_API int sm_ng_except(sm_ng *ng, const char *path, sm_error *err) SM_MUST_USE;
/* sm_ng_set_literature switches entries with flag o off (true) or on (false, the default). Before compile. */
SM_API void sm_ng_set_literature(sm_ng *ng, bool on);
/* sm_ng_compile builds the search; after it nothing may be added. SM_ELIMIT for more than 2^24 patterns' characters. */
SM_API int sm_ng_compile(sm_ng *ng, sm_error *err) SM_MUST_USE;

SM_API size_t sm_ng_lists(const sm_ng *ng);
SM_API const char *sm_ng_list_name(const sm_ng *ng, size_t list); /* NULL past the last */
/* sm_ng_word is the word of an entry as its file writes it. */
SM_API sm_span sm_ng_word(const sm_ng *ng, uint32_t entry);

/* ---- scanning --------------------------------------------------------------------------- */

typedef struct sm_ng_scanner sm_ng_scanner;

/* What a list comes to in a text. */
typedef struct sm_ng_counts {
    uint64_t hits;
    uint64_t types;   /* distinct entries among them */
    uint64_t letters; /* code points inside hits */
    uint64_t excused; /* entries with flag e whose sentence holds a cue; not among the hits */
    double
        score; /* weights of the hits per 1,000 code points of text; a shorter text counts as 1,000 */
} sm_ng_counts;

typedef struct sm_ng_hit {
    size_t begin, end; /* bytes of the text */
    uint32_t list;
    uint32_t entry; /* sm_ng_word */
} sm_ng_hit;

/* sm_ng_scanner_new: with a morph, ends of class H and M are asked of MeCab, in the sentences that need it; with NULL
 * they are approximated. */
SM_API sm_ng_scanner *sm_ng_scanner_new(const sm_ng *ng,
                                        const sm_morph *morph /* or NULL */) SM_MUST_USE;
SM_API void sm_ng_scanner_free(sm_ng_scanner *scanner);

/* sm_ng_scan searches valid UTF-8. *counts: one a list, the scanner's, valid until the next scan.
 * 0, or SM_EFORMAT where MeCab fails. */
SM_API int sm_ng_scan(sm_ng_scanner *scanner, sm_span text, const sm_ng_counts **counts,
                      sm_error *err) SM_MUST_USE;
/* sm_ng_hits gives the hits of the last scan, by (begin, list), valid until the next. */
SM_API const sm_ng_hit *sm_ng_hits(const sm_ng_scanner *scanner, size_t *n);

/* ---- rewriting -------------------------------------------------------------------------- */

typedef enum sm_ng_action {
    SM_NG_TAG,      /* count only */
    SM_NG_MASK,     /* 〓 (U+3013, the printer's stand-in) for each code point of a hit */
    SM_NG_DROP_LINE /* cut the line, its LF too */
} sm_ng_action;

#define SM_NG_ACTION_NAMES "tag|mask|drop-line"
SM_API bool sm_ng_action_of(const char *name, sm_ng_action *action);

typedef struct sm_ng_edits {
    uint64_t masked; /* code points */
    uint64_t lines;  /* cut */
    uint64_t bytes;  /* cut with them */
} sm_ng_edits;

/* sm_ng_apply rewrites a text by its hits, actions[list] for each. *out is the text itself where nothing changes, else
 * memory of the arena; edits (may be NULL) are added to. 〓 closes a word: scanned again, the text has no new hit. */
SM_API void sm_ng_apply(sm_span text, const sm_ng_hit *hits, size_t n,
                        const sm_ng_action *actions, sm_arena *arena, sm_span *out,
                        sm_ng_edits *edits);

#ifdef __cplusplus
}
#endif
#endif
