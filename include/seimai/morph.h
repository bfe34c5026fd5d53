/* seimai/morph.h - morphemes: where MeCab cuts a text.
 * SPDX-License-Identifier: MIT
 *
 * MeCab (T. Kudo, http://taku910.github.io/mecab/) with a dictionary that the user names (IPADIC where he does
 * not) and, where he has one, a dictionary of his own words. No configuration file of the machine is read.
 * A line is a sentence, as it is for the program `mecab`; a line of more than 32 KiB is cut at 。 (where there is
 * none, between two characters), since MeCab measures a morpheme and the space before it in 16 bits.
 * Nothing is left out.
 *
 * Speed: that of `mecab -Owakati`, without its output; long sentences cost more (their lattice leaves the cache).
 *
 * Nouns
 *   morph    a dictionary, loaded once
 *   tagger   the scratch of one thread
 *   edge     the byte offset where a morpheme begins or ends
 *
 * Threads: a morph is read-only and may be shared; a tagger belongs to one thread, and ends before its morph. */
#ifndef SEIMAI_MORPH_H
#define SEIMAI_MORPH_H

#include <seimai/base.h>
#include <seimai/hash.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_morph sm_morph;
typedef struct sm_tagger sm_tagger;

/* sm_morph_open loads a dictionary folder (NULL: the IPADIC found when this was built).
 * SM_ENOENT where it is missing or MeCab refuses it, with MeCab's words; SM_EUSAGE for one that is not in UTF-8. */
SM_API int sm_morph_open(sm_morph **morph, const char *dictionary, sm_error *err) SM_MUST_USE;
/* The same with a user dictionary (NULL: none), as mecab-dict-index compiles it: a file, not a list of words. */
SM_API int sm_morph_open_with(sm_morph **morph, const char *dictionary, const char *user,
                              sm_error *err) SM_MUST_USE;
SM_API void sm_morph_close(sm_morph *morph);
/* sm_morph_hash: XXH3-128 over the dictionary's files sys.dic, matrix.bin, char.bin and unk.dic, and the user
 * dictionary where there is one: they decide every cut. It reads them (some 50 MB). */
SM_API int sm_morph_hash(const sm_morph *morph, sm_hash128 *hash, sm_error *err) SM_MUST_USE;
SM_API const char *sm_morph_dictionary(const sm_morph *morph); /* the folder */

SM_API sm_tagger *sm_tagger_new(const sm_morph *morph) SM_MUST_USE;
SM_API void sm_tagger_free(sm_tagger *tagger);

/* One morpheme: its place in the text. White space belongs to none. */
typedef struct sm_morpheme {
    size_t begin, end; /* byte offsets */
    const char *
        feature; /* what the dictionary says of it, "助詞,格助詞,…"; lives as long as the morph */
} sm_morpheme;

/* sm_morph_piece gives the end of what MeCab takes at once, from byte `start` < text.n: a caller that walks a
 * large text piece by piece holds no more morphemes than one has, and gets the same ones. */
SM_API size_t sm_morph_piece(sm_span text, size_t start);

/* sm_tagger_cut gives the morphemes of a text (valid UTF-8), in order, without gaps but for white space.
 * The array is the tagger's, valid until the next call. SM_EFORMAT where MeCab fails. */
SM_API int sm_tagger_cut(sm_tagger *tagger, sm_span text, const sm_morpheme **morphemes,
                         size_t *n, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
