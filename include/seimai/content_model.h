/* seimai/content_model.h - the learned part of main content: which blocks of a page are its content.
 * SPDX-License-Identifier: MIT
 *
 * Boosted trees (J. Friedman, 2001) judge each block by some 180 features of itself, its elements and its page; small
 * nets judge the blocks of a page together, with what is said of neighbours, kin and containers. The two err on other
 * pages, so their mean counts. Before them, a forest guesses what kind of page it is, and a table says what class
 * names stood for elsewhere. What is taken is then chosen for the page as a whole.
 *
 *     sm_content_model *model;
 *     SM_TRY(sm_content_model_read(&model, "dicts/extract/content.model", err));
 *     sm_content_set_model(content, model);           one model, as many sm_content as there are threads
 *     … sm_content_model_free(model);
 *
 * tests/bench/extract/learn writes the file from labelled pages, dicts/extract/README says how, and the top of
 * src/html/model/content_model.c what stands in it byte by byte.
 *
 * Nouns
 *   tree     nodes that send a block left where feature ≤ threshold, else (NaN too) right; a leaf is an integer
 *   forest   trees; its score is bias + scale · the sum of the leaves. Sums of integers: the same on every machine
 *   net      layers of floats, summed in one order: also the same on every machine
 *   token    a word of a class or id, as a hash · rule: a named number of the selection
 *
 * Threads: a model is read-only and may be shared.
 * Ownership: read gives, free takes (NULL is allowed); it must outlive each sm_content that uses it. */
#ifndef SEIMAI_CONTENT_MODEL_H
#define SEIMAI_CONTENT_MODEL_H

#include <seimai/content.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SM_CONTENT_MODEL_BYTES = 1 << 20 /* the largest file that is read */ };

/* sm_content_model_read reads a file. SM_ENOENT, SM_EIO; SM_EFORMAT for another kind of file, a feature or rule that
 * this build does not know or misses, an index out of range; SM_ETRUNC for a file that was cut; SM_EHASH for one
 * whose bytes are others than were written: "FILE: offset N: …". */
SM_API int sm_content_model_read(sm_content_model **model, const char *path,
                                 sm_error *err) SM_MUST_USE;
/* sm_content_model_parse is the same for bytes in memory; `name` is what errors call them. */
SM_API int sm_content_model_parse(sm_content_model **model, sm_span bytes, const char *name,
                                  sm_error *err) SM_MUST_USE;
SM_API void sm_content_model_free(sm_content_model *model);
/* sm_content_model_version gives what the file calls itself; lasts as long as the model. */
SM_API const char *sm_content_model_version(const sm_content_model *model);

#ifdef __cplusplus
}
#endif
#endif
