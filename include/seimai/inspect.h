/* seimai/inspect.h - how a model reads a text: what it expects at each place, and where its heads look.
 * SPDX-License-Identifier: MIT
 *
 * One forward pass over a text, from the end-of-text token on. For each place it keeps the distribution's head (the
 * most probable next tokens), how surprising the token was that really came, and, of each layer and head, the shares
 * of attention that the place gives to itself and those before it. The page that shows it is seimai/reading_page.h.
 *
 * Nouns
 *   place       a token of the text: place 0 is the EOT before it, place i > 0 the text's token i − 1
 *   surprisal   −log₂ p of a place's token, given all before it, in bits; place 0 has none (NaN)
 *   rank        how many tokens were thought more probable than the one that came: 0 is the first choice
 *   entropy     of the distribution behind a place, in bits: how open the model thinks the next token is
 *   attention   softmax(q·kᵀ/√head_dim) of a query over the keys that it sees: the shares of a row add to 1. It is computed
 *               from the values of q and k with plain loops in double, beside the operator that the model uses
 *
 * Ownership: an inspection owns its arrays; free with sm_inspection_free. Threads: pure but for the threads of the run. */
#ifndef SEIMAI_INSPECT_H
#define SEIMAI_INSPECT_H

#include <seimai/net.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_expectation {
    uint32_t id;
    float p; /* probability */
} sm_expectation;

typedef struct sm_inspection {
    uint32_t n; /* places */
    uint32_t *ids;
    float *surprisal, *entropy; /* (n) bits */
    uint32_t *rank;             /* (n) of the place's own token; 0 for place 0 */
    uint32_t k;
    sm_expectation *expected; /* (n,k): what follows place i, the most probable first */
    uint32_t layers, heads;
    float *attention; /* (layers,heads,n,n): row a query, column a key */
} sm_inspection;

/* sm_inspect reads n ids, the first of which is the EOT, with weights in the order of sm_params (seimai/net.h), and keeps
 * the k ≥ 1 most probable next tokens of each place. `vocabulary` is the number of ids that the tokenizer has: those
 * behind it are never listed (0: all are possible). SM_EUSAGE for n below 2 or beyond the model, and for an id outside it;
 * SM_ELIMIT for maps of more than 2^28 shares together; SM_ENUMERIC where the model gives no number. */
SM_API int sm_inspect(sm_inspection **out, const sm_model_config *config, const float *w,
                      const uint32_t *ids, uint32_t n, uint32_t k, uint32_t vocabulary,
                      unsigned threads, sm_error *err) SM_MUST_USE;
SM_API void sm_inspection_free(sm_inspection *inspection); /* NULL is allowed */

/* sm_inspection_map is the (n,n) map of a head. */
SM_API const float *sm_inspection_map(const sm_inspection *inspection, uint32_t layer,
                                      uint32_t head);

#ifdef __cplusplus
}
#endif
#endif
