/* A rolling hash over code points: h = Σ c[i]·B^(n-1-i) mod 2^64, then mixed.
 * SPDX-License-Identifier: MIT */
#include "passage_internal.h"

static const uint64_t base = 0xD1342543DE82EF95ULL; /* odd, its bits drawn at random */

bool roller_init(roller *r, sm_span text, size_t n)
{
    *r = (roller){.begin = text.p, .end = text.p, .stop = text.p + text.n, .leaving = 1};
    for (size_t i = 0; i < n; i++) {
        if (r->end == r->stop) return false;
        r->h = r->h * base + sm_utf8_next(&r->end, r->stop);
        if (i > 0) r->leaving *= base;
    }
    return true;
}

bool roller_move(roller *r)
{
    if (r->end == r->stop) return false;
    r->h -= sm_utf8_next(&r->begin, r->stop) * r->leaving;
    r->h = r->h * base + sm_utf8_next(&r->end, r->stop);
    return true;
}

uint64_t roller_hash(const roller *r)
{
    uint64_t h = r->h;
    h = (h ^ h >> 32) * 0xD6E8FEB86659FD93ULL;
    h = (h ^ h >> 29) * 0xA0761D6478BD642FULL;
    return h ^ h >> 32;
}
