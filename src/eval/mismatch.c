/* Questions about other passages: see sm_eval_items_mismatch in seimai/eval.h.
 * SPDX-License-Identifier: MIT */
#include "item.h"

/* The first item from half the set on whose passage is another one; n where there is none. */
static size_t other_passage(const sm_eval_items *items, const sm_eval_item *all, size_t i)
{
    for (size_t k = 0; k < items->n; k++) {
        const size_t at = (i + items->n / 2 + k) % items->n;
        if (!sm_span_equal(all[at].passage, all[i].passage)) return at;
    }
    return items->n;
}

int sm_eval_items_mismatch(sm_eval_items *items, sm_error *err)
{
    sm_span *const questions = sm_calloc(items->n, sizeof *questions);
    bool found = items->n > 0;
    for (size_t i = 0; found && i < items->n; i++) {
        const size_t other = other_passage(items, items->items, i);
        found = other < items->n;
        if (found) questions[i] = items->items[other].question;
    }
    for (size_t i = 0; found && i < items->n; i++) {
        sm_eval_item *const item = &items->items[i];
        item->question = questions[i];
        item->references = NULL;
        item->n_references = 0;
        sm_eval_item_join(item, &items->arena);
        sm_eval_item_hash(item);
    }
    sm_free(questions);
    if (found) return SM_OK;
    SM_FAIL(err, SM_EUSAGE, "another passage's question: there are no two passages");
}
