/* Any bytes: every path finds the same valid prefix, repair gives valid text and counts what it did.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include <seimai/utf8.h>

#include "fuzz.h"

/* Decoding and encoding again gives the same bytes. */
static void check_round_trip(sm_span valid)
{
    size_t count = 0;
    const char *end = valid.p + valid.n;
    for (const char *p = valid.p; p < end; count++) {
        char again[4];
        const char *at = p;
        const size_t length = sm_utf8_put(sm_utf8_next(&p, end), again);
        require(length == (size_t)(p - at) && memcmp(at, again, length) == 0);
    }
    require(count == sm_utf8_count(valid));
}

static void check_repair(sm_span s, bool was_valid)
{
    uint64_t bad = 0;
    sm_buffer out = sm_buffer_make(3 * s.n + 16);
    sm_utf8_repair(s, &out, &bad);
    require(!out.overflow && (bad == 0) == was_valid);
    require(sm_utf8_check(sm_buffer_span(&out)) == out.n);
    require(!was_valid || sm_span_equal(s, sm_buffer_span(&out)));
    sm_buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const sm_span s = {(const char *)data, n};
    const size_t valid = sm_utf8_check(s);
    for (size_t i = 0; sm_utf8_path(i); i++)
        require(sm_utf8_check_by(i, s) == valid);
    if (n > 0) check_round_trip((sm_span){s.p, valid});
    check_repair(s, valid == n);
    return 0;
}
