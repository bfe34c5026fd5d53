/* Any text: in every form the fast path equals the slow one, twice equals once, and the result is UTF-8.
 * SPDX-License-Identifier: MIT */

#include <seimai/normalize.h>
#include <seimai/utf8.h>

#include "fuzz.h"

static void check(sm_form form, sm_span text, sm_arena *arena)
{
    sm_span fast = {0};
    sm_span slow = {0};
    sm_span twice = {0};
    require(sm_normalize(form, text, arena, &fast, NULL) == 0);
    require(sm_normalize_slowly(form, text, arena, &slow, NULL) == 0);
    require(sm_span_equal(fast, slow));
    require(sm_span_equal(fast, text) == (fast.p == text.p));
    require(sm_normalize(form, fast, arena, &twice, NULL) == 0);
    require(twice.p == fast.p && twice.n == fast.n);
    require(sm_utf8_check(fast) == fast.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    enum { SHORT = 900 }; /* so that no run of marks is cut: normalize.h */
    uint64_t bad = 0;
    sm_arena arena = {0};
    sm_buffer text = sm_buffer_make(SHORT);
    sm_utf8_repair((sm_span){(const char *)data, n}, &text, &bad);
    for (sm_form form = SM_FORM_TWINS; !text.overflow && text.n > 0 && form <= SM_FORM_NFKC;
         form++)
        check(form, sm_buffer_span(&text), &arena);
    sm_buffer_free(&text);
    sm_arena_free(&arena);
    return 0;
}
