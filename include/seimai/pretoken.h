/* seimai/pretoken.h - cutting text into the pieces inside which BPE merges.
 * SPDX-License-Identifier: MIT
 *
 * A pre-tokenizer is known by its regular expressions, which stand in every tokenizer.json; here each is a
 * scanner written by hand that gives the same pieces (tests compare it with `tokenizers`):
 *
 *   deepseek-v3   the default: the one stock split that keeps a run of kanji and kana together and apart
 *                 from everything else; llama.cpp, `tokenizers` and vLLM carry it
 *   llama3        also cl100k's: letters with one mark before them, digits by three
 *   gpt2          the first: contractions, letters, digits, the rest, each with a space before it
 *
 * Together the pieces are the text, without a gap. A scan is linear in the text and looks at most one
 * character past a piece. Bytes that are not UTF-8 count as characters of no class.
 *
 * Threads: a pre-tokenizer is read-only and may be shared. */
#ifndef SEIMAI_PRETOKEN_H
#define SEIMAI_PRETOKEN_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_pretokenizer sm_pretokenizer;

#define SM_PRETOKEN_DEFAULT "deepseek-v3"
#define SM_PRETOKEN_CHOICES "deepseek-v3|llama3|gpt2" /* for an option table */

/* sm_pretokenizer_new: SM_EUSAGE for a name that is not known. */
SM_API int sm_pretokenizer_new(sm_pretokenizer **p, const char *name,
                               sm_error *err) SM_MUST_USE;
SM_API void sm_pretokenizer_free(sm_pretokenizer *p);
SM_API const char *sm_pretokenizer_name(const sm_pretokenizer *p);

/* sm_pretoken_end gives the end of the piece that begins at byte `start` < text.n, which must be the
 * beginning of the text or the end of another piece. */
SM_API size_t sm_pretoken_end(const sm_pretokenizer *p, sm_span text, size_t start);

/* sm_pretokenizer_pattern gives the i-th regular expression (Oniguruma's syntax), NULL past the last:
 * each is one Split with behaviour Isolated, applied to the pieces of the one before. */
SM_API const char *sm_pretokenizer_pattern(const sm_pretokenizer *p, size_t i);
/* sm_pretokenizer_by_patterns finds the name of a list of n patterns; NULL for an unknown one. */
SM_API const char *sm_pretokenizer_by_patterns(const sm_span *patterns, size_t n);

#ifdef __cplusplus
}
#endif
#endif
