/* Any bytes are a page, and its tokens are those that the standard's states give, a byte at a time: from data on, and
 * from the state of text, or in the foreign content, that the first byte chooses.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include <seimai/utf8.h>

#include "fuzz.h"
#include "html_slow.h"

static void compare(sm_span page, sm_html_state state, const char *last_tag, bool foreign)
{
    sm_buffer fast = sm_buffer_make(SIZE_MAX / 2), oracle = sm_buffer_make(SIZE_MAX / 2);
    html_fast(page, state, last_tag, foreign, &fast);
    html_slow(page, state, last_tag, foreign, &oracle);
    if (!sm_span_equal(sm_buffer_span(&fast), sm_buffer_span(&oracle))) abort();
    sm_buffer_free(&fast);
    sm_buffer_free(&oracle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const last_tags[] = {"", "title", "style", "script", "", ""};
    uint64_t bad = 0;
    sm_buffer repaired = sm_buffer_make(4 * n + 4);
    sm_utf8_repair((sm_span){(const char *)data, n}, &repaired, &bad);
    /* At its exact size, so that a step past the end is seen. */
    char *page = malloc(repaired.n + !repaired.n);
    if (repaired.n) memcpy(page, repaired.p, repaired.n);
    const int state = repaired.n ? page[0] & 7 : 0;
    compare((sm_span){page, repaired.n}, SM_HTML_DATA, "", state > SM_HTML_CDATA);
    if (state <= SM_HTML_CDATA)
        compare((sm_span){page, repaired.n}, (sm_html_state)state, last_tags[state],
                state == SM_HTML_CDATA);
    free(page);
    sm_buffer_free(&repaired);
    return 0;
}
