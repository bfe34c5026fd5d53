/* How contexts begin: see seimai/eval_choice.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/eval_choice.h>

#include <string.h>

int sm_request_style_of(sm_request_style *style, const sm_causal_lm *lm, const char *bos,
                        sm_error *err)
{
    uint32_t begins = SM_NO_TOKEN;
    *style = (sm_request_style){.tokenizer = lm->tokenizer, .first = lm->bos};
    if (style->first == SM_NO_TOKEN)
        SM_FAIL(err, SM_EFORMAT, "%s: no token that ends a document", lm->name);
    if (strcmp(bos, "auto") == 0)
        SM_TRY(sm_tokenizer_begins(lm->tokenizer_path, lm->tokenizer, &begins, err));
    if (begins != SM_NO_TOKEN) style->first = begins;
    style->begins = begins != SM_NO_TOKEN || strcmp(bos, "yes") == 0;
    return SM_OK;
}
