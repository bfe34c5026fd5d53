/* seimai/pretoken.h - cutting text into the pieces inside which BPE merges.
 * SPDX-License-Identifier: MIT
 *
 * A pre-tokenizer is known by its regular expressions, which stand in every tokenizer.json; here each is a
 * scanner written by hand that gives the same pieces (tests compare it with PCRE2 and `tokenizers`):
 *
 *   deepseek-v3   the default: the one stock split that keeps a run of kanji and kana together and apart
 *                 from everything else; llama.cpp, `tokenizers` and vLLM carry it
 *   llama3        also cl100k's: letters with one mark before them, digits by three
 *   qwen          the same with digits one by one (Qwen 2 to 3)
 *   o200k         GPT-4o's and gpt-oss': words by upper and lower case, contractions at their end
 *   gpt2          the first: contractions, letters, digits, the rest, each with a space before it
 *   runs          ours: everything between punctuation together, digits by three
 *   script        ours: as deepseek-v3, but cut between kanji, hiragana and katakana (with ー belonging to the
 *                 kana before it, ヶ and ヵ to the kanji before them)
 *   none          a text is one piece
 *
 * Together the pieces are the text, without a gap. Bytes that are not UTF-8 count as characters of no class.
 * The classes are those of Unicode 16.0, whatever the machine's ICU knows. Cutting takes time linear in the text:
 * it is decoded to one class a character, 64 of them to bit sets, and the runs are read off those (AVX-512, AVX2 or
 * portable C; the machine decides).
 *
 * Threads: a pre-tokenizer is read-only and may be shared; an sm_cuts belongs to one thread. */
#ifndef SEIMAI_PRETOKEN_H
#define SEIMAI_PRETOKEN_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_pretokenizer sm_pretokenizer;

#define SM_PRETOKEN_DEFAULT "deepseek-v3"
#define SM_PRETOKEN_CHOICES                                                                    \
    "deepseek-v3|llama3|qwen|o200k|gpt2|runs|script|none" /* for an option table */

/* sm_pretokenizer_new: SM_EUSAGE for a name that is not known. */
SM_API int sm_pretokenizer_new(sm_pretokenizer **p, const char *name,
                               sm_error *err) SM_MUST_USE;
SM_API void sm_pretokenizer_free(sm_pretokenizer *p);
SM_API const char *sm_pretokenizer_name(const sm_pretokenizer *p);

/* sm_cuts is where the pieces of a text end: end[0] < end[1] < … < end[n - 1] == text.n, in bytes; piece i
 * begins where i - 1 ended. Init {0}; free with sm_cuts_free; reused from text to text. */
typedef struct sm_cuts {
    size_t *end; /* [n] */
    size_t n, cap;
    struct sm_cutting *scratch;
} sm_cuts;

/* sm_pretoken_cut cuts a whole text, the fast way; what `cuts` held before is gone. */
SM_API void sm_pretoken_cut(const sm_pretokenizer *p, sm_span text, sm_cuts *cuts);
SM_API void sm_cuts_free(sm_cuts *cuts);

/* sm_pretoken_end gives the end of the one piece that begins at byte `start` < text.n, which must be the
 * beginning of the text or the end of another piece: for a look at a few pieces. */
SM_API size_t sm_pretoken_end(const sm_pretokenizer *p, sm_span text, size_t start);

/* sm_pretokenizer_pattern gives the i-th regular expression (Oniguruma's syntax), NULL past the last:
 * each is one Split with behaviour Isolated, applied to the pieces of the one before. */
SM_API const char *sm_pretokenizer_pattern(const sm_pretokenizer *p, size_t i);
/* sm_pretokenizer_by_patterns finds the name of a list of n patterns ("none" for 0 of them); NULL for an
 * unknown one. */
SM_API const char *sm_pretokenizer_by_patterns(const sm_span *patterns, size_t n);

#ifdef __cplusplus
}
#endif
#endif
