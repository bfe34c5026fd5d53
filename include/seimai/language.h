/* seimai/language.h - which language a text is written in, seen from Japanese: by scripts, kana and characters.
 * SPDX-License-Identifier: MIT
 *
 * Tells Japanese from Chinese (simplified and traditional), Korean and English, and all of these from the rest. It
 * works line by line, since pages are mixed:
 *   - A line with Hangul or enough kana is decided by its scripts alone, at the speed of counting.
 *   - A line of Han characters without kana, or nearly so (a heading, a table, a Chinese sentence that names ♨の湯),
 *     is weighed character by character and pair by pair: how much commoner is 気 in Japanese, 这 in simplified
 *     and 這 in traditional Chinese. Where that says little (東京, 大阪), the other lines of the text decide.
 *   - A line of Latin letters is weighed by its words and triples of letters: English, another language, or none at
 *     all (code, a file name, a list of part numbers).
 * A Japanese line that quotes English or code is a Japanese line. The language of a text is that of most of its
 * writing: each line weighs the bytes of its letters (so that a kanji weighs as much as three Latin letters, about
 * what it says), lines without a language nothing.
 *
 * Nouns
 *   share   of the weight of a text's lines, what stands in one language: 0 … 1. It is what mixed pages are judged by,
 *           and, where the lines are certain, also a probability
 *
 * The weights (src/text/language/weights.txt, readable, made by tests/bench/filter/language_train.py from texts that allow it) are built into
 * the library: no model is loaded. Precision and recall on real text: tests/bench/filter/language.py.
 * Threads: all functions are pure. */
#ifndef SEIMAI_LANGUAGE_H
#define SEIMAI_LANGUAGE_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sm_lang {
    SM_LANG_JA,
    SM_LANG_ZH_HANS,
    SM_LANG_ZH_HANT,
    SM_LANG_KO,
    SM_LANG_EN,
    SM_LANG_OTHER, /* letters of another language or script */
    SM_LANG_NONE,  /* no letters, or letters that are no language: code, names, codes */
    SM_LANGS       /* how many */
} sm_lang;

/* sm_lang_code gives the tag of BCP 47: "ja", "zh-Hans", "zh-Hant", "ko", "en", "und" (undetermined) or "zxx" (no
 * linguistic content); "und" for a value that is no language. */
SM_API const char *sm_lang_code(sm_lang lang);

typedef struct sm_language_scores {
    sm_lang best; /* the greatest share */
    double share
        [SM_LANGS]; /* adds up to 1; SM_LANG_NONE is 1 where less than a twentieth is language, else 0 */
} sm_language_scores;

/* sm_language_of judges valid UTF-8. An empty text is SM_LANG_NONE. */
SM_API void sm_language_of(sm_span text, sm_language_scores *scores);
/* sm_language_japanese gives the Japanese share of a text: the value `language-ja` of filter's rules. */
SM_API double sm_language_japanese(sm_span text);
/* sm_language_of_line judges one line by itself, without the help of others: the language that is likeliest. */
SM_API sm_lang sm_language_of_line(sm_span line);

#ifdef __cplusplus
}
#endif
#endif
