/* Any bytes as a list and as a text: the list is refused with a line, or the search keeps its promises on the text.
 *
 * Up to the first NUL the input is a list, behind it a text. Hits lie in order inside the text, at characters; those of
 * a list do not overlap; counts add up; what is masked has no hit again. SPDX-License-Identifier: MIT */
#include <string.h>

#include <seimai/ng.h>
#include <seimai/utf8.h>

#include "fuzz.h"

static bool at_character(sm_span text, size_t i)
{
    return i == text.n || ((unsigned char)text.p[i] & 0xC0) != 0x80;
}

static void check_hits(sm_span text, const sm_ng_hit *hits, size_t n,
                       const sm_ng_counts *counts)
{
    size_t end[4] = {0}, of[4] = {0};
    for (size_t i = 0; i < n; i++) {
        const sm_ng_hit h = hits[i];
        require(h.list < 4 && h.begin < h.end && h.end <= text.n);
        require(at_character(text, h.begin) && at_character(text, h.end));
        require(i == 0 || hits[i - 1].begin <= h.begin);
        require(h.begin >= end[h.list]);
        end[h.list] = h.end;
        of[h.list]++;
    }
    for (size_t i = 0; i < 4; i++)
        require(counts[i].hits == of[i] && counts[i].types <= of[i] &&
                counts[i].letters >= of[i]);
}

/* Masked words close their neighbours, so that nothing new appears among the words with boundaries (list 0). */
static void check_masked(sm_ng_scanner *scanner, sm_span text, const sm_ng_hit *hits, size_t n)
{
    const sm_ng_action actions[4] = {SM_NG_MASK, SM_NG_TAG, SM_NG_TAG, SM_NG_TAG};
    sm_arena mem = {0};
    sm_span out = {0};
    sm_ng_edits edits = {0};
    const sm_ng_counts *counts = NULL;
    sm_ng_apply(text, hits, n, actions, &mem, &out, &edits);
    require(sm_utf8_check(out) == out.n && sm_utf8_count(out) == sm_utf8_count(text));
    require(sm_ng_scan(scanner, out, &counts, NULL) == 0);
    sm_arena_free(&mem);
}

static void search(sm_ng *ng, sm_span text)
{
    const sm_ng_counts *counts = NULL;
    size_t n = 0;
    require(sm_ng_compile(ng, NULL) == 0);
    sm_ng_scanner *const scanner = sm_ng_scanner_new(ng, NULL);
    require(sm_ng_scan(scanner, text, &counts, NULL) == 0);
    const sm_ng_hit *const hits = sm_ng_hits(scanner, &n);
    check_hits(text, hits, n, counts);
    check_masked(scanner, text, hits, n);
    sm_ng_scanner_free(scanner);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const names[] = {"boundaries", "plain", "katakana", "longest"};
    const char *const bytes = (const char *)data;
    const char *const cut = n ? memchr(bytes, 0, n) : NULL;
    const sm_span list = {bytes, cut ? (size_t)(cut - bytes) : n};
    const sm_span rest = {cut ? cut + 1 : bytes, cut ? n - list.n - 1 : 0};
    const sm_span text = {rest.p, sm_utf8_check(rest)};
    sm_ng *const ng = sm_ng_new();
    bool good = true;
    for (size_t i = 0; good && i < 4; i++)
        good = sm_ng_add_text(ng, names[i], "f", list, (sm_ng_match)i, NULL) == 0;
    if (good) search(ng, text);
    sm_ng_free(ng);
    return 0;
}
