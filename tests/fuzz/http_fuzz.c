/* Any bytes as a response: head and body lie inside it or were made from it, within the bound.
 * SPDX-License-Identifier: MIT */

#include <seimai/source.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    enum { MAX = 64 << 10 };
    sm_arena arena = {0};
    sm_http http;
    sm_source_kind kind;
    const sm_span message = {(const char *)data, n};
    sm_http_read(message, MAX, &arena, &http);
    require(http.head.n <= n && (http.body.n <= n || http.body.n <= MAX));
    require(http.status >= 0 && http.status < 10000);
    (void)sm_http_parameter(sm_http_header(http.head, "content-type"), "charset");
    (void)sm_source_sniff(message, &kind, NULL);
    sm_arena_free(&arena);
    return 0;
}
