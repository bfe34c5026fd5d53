/* Finding: windows around candidates, rules on the places in them, overlaps resolved.
 * SPDX-License-Identifier: MIT
 *
 * A window is the candidates that lie close together with MARGIN bytes of text on either side, more than any
 * pattern or context reaches. Within a window, a rule looks only at the places around the candidates of
 * its trigger, with what its patterns may reach before and behind. So what is found depends on neither
 * windows nor places: the oracle looks at the whole text as one place. */
#include "pii_internal.h"

#include <seimai/pii.h>
#include <seimai/utf8.h>
#include <stdlib.h>
#include <string.h>

enum {
    MARGIN = 512 /* a context of 60 four-byte characters, an e-mail address of 470 bytes */
};

/* Bytes of folded text that the patterns of a trigger may reach beyond its candidates: 〒 and a bracket
 * before a number, a local part before an @, a domain behind it. */
static const struct {
    size_t before, behind;
} reach[SM_TRIGGERS] = {{32, 32}, {32, 32}, {128, 400}};

typedef struct hit {
    sm_finding finding;
    size_t rule; /* its place in the file */
} hit;

/* Bytes of the folded window. */
typedef struct place {
    size_t start, end;
} place;

struct sm_pii_finder {
    const sm_pii_rules *rules;
    sm_matcher *matcher;
    sm_fold fold;
    sm_candidate *candidates; /* of one window */
    size_t n_candidates, cap_candidates;
    place *places; /* of one trigger in one window */
    size_t n_places, cap_places;
    hit *hits; /* of one window, then of the text */
    size_t n, cap;
};

sm_pii_finder *sm_pii_finder_new(const sm_pii_rules *rules)
{
    sm_pii_finder *const finder = sm_calloc(1, sizeof *finder);
    finder->rules = rules;
    finder->matcher = sm_matcher_new();
    return finder;
}

void sm_pii_finder_free(sm_pii_finder *finder)
{
    if (!finder) return;
    sm_matcher_free(finder->matcher);
    sm_fold_free(&finder->fold);
    sm_free(finder->candidates);
    sm_free(finder->places);
    sm_free(finder->hits);
    sm_free(finder);
}

bool sm_pii_keeps_business(const sm_pii_finder *finder)
{
    return finder->rules->keep_business;
}

/* ---- windows -------------------------------------------------------------------------------- */

typedef struct window {
    size_t start, end; /* bytes of the text, at characters */
    unsigned triggers;
} window;

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

static void add_margins(sm_span text, window *w)
{
    w->start = w->start > MARGIN ? w->start - MARGIN : 0;
    w->end = text.n - w->end > MARGIN ? w->end + MARGIN : text.n;
    while (w->start > 0 && is_continuation(text.p[w->start]))
        w->start--;
    while (w->end < text.n && is_continuation(text.p[w->end]))
        w->end++;
}

static void add_candidate(sm_pii_finder *finder, const sm_candidate *candidate)
{
    finder->candidates = sm_array_grow(finder->candidates, finder->n_candidates,
                                       &finder->cap_candidates, sizeof *candidate);
    finder->candidates[finder->n_candidates++] = *candidate;
}

/* Takes *next and all candidates that are less than two margins from the one before; *next becomes the first
 * that is not taken (false: there is none). */
static bool gather(sm_pii_finder *finder, sm_span text, sm_candidate *next, window *w)
{
    *w = (window){.start = next->start, .end = next->end};
    finder->n_candidates = 0;
    bool more = true;
    while (more && next->start < w->end + 2 * (size_t)MARGIN) {
        if (next->end > w->end) w->end = next->end;
        w->triggers |= next->triggers;
        add_candidate(finder, next);
        more = sm_pii_scan(text, next->end, next);
    }
    add_margins(text, w);
    return more;
}

/* The first folded byte that comes from byte `at` of the window or behind it. */
static size_t folded_place(const sm_fold *fold, size_t at)
{
    size_t low = 0, high = fold->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (fold->origin[middle] < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The places of a trigger: its candidates with their reach, those that touch in one. */
static void find_places(sm_pii_finder *finder, unsigned trigger, size_t window_start)
{
    const sm_fold *const fold = &finder->fold;
    finder->n_places = 0;
    for (size_t i = 0; i < finder->n_candidates; i++) {
        const sm_candidate *const c = &finder->candidates[i];
        if (!(c->triggers & 1u << trigger)) continue;
        const size_t first = folded_place(fold, c->start - window_start);
        const size_t last = folded_place(fold, c->end - window_start);
        place p = {.start = first > reach[trigger].before ? first - reach[trigger].before : 0,
                   .end = fold->n - last > reach[trigger].behind ? last + reach[trigger].behind
                                                                 : fold->n};
        while (p.start > 0 && is_continuation(fold->text[p.start]))
            p.start--;
        while (p.end < fold->n && is_continuation(fold->text[p.end]))
            p.end++;
        place *const before = finder->n_places ? &finder->places[finder->n_places - 1] : NULL;
        if (before && p.start <= before->end) {
            before->end = p.end;
            continue;
        }
        finder->places =
            sm_array_grow(finder->places, finder->n_places, &finder->cap_places, sizeof p);
        finder->places[finder->n_places++] = p;
    }
}

/* ---- rules on a window ------------------------------------------------------------------------ */

static sm_pii_tier weigh(const sm_rule *rule, sm_span text, sm_span match)
{
    const size_t start = (size_t)(match.p - text.p);
    const sm_pii_tier tier = rule->check ? rule->check(match) : SM_PII_PATTERN;
    if (tier == SM_PII_NONE) return SM_PII_NONE;
    if (sm_pii_near(&rule->unless, text, start, start + match.n, rule->window, false))
        return SM_PII_NONE;
    if (sm_pii_near(&rule->context, text, start, start + match.n, rule->window, true))
        return SM_PII_CONTEXT;
    return tier;
}

/* The original bytes of a match: up to the end of its last character, what is invisible behind aside. */
static sm_finding locate(const sm_pii_finder *finder, sm_span text, size_t window_start,
                         sm_span match)
{
    const size_t first = (size_t)(match.p - finder->fold.text);
    const size_t start = window_start + finder->fold.origin[first];
    const char *end = text.p + window_start + finder->fold.origin[first + match.n - 1];
    (void)sm_utf8_next(&end, text.p + text.n);
    return (sm_finding){.start = start, .end = (size_t)(end - text.p)};
}

static void add_hit(sm_pii_finder *finder, hit h)
{
    finder->hits = sm_array_grow(finder->hits, finder->n, &finder->cap, sizeof *finder->hits);
    finder->hits[finder->n++] = h;
}

/* Where to search on: behind a finding; behind the first character of a match that was refused, since the
 * right one may begin inside it. */
static size_t behind_match(sm_span folded, sm_span match, bool is_found)
{
    const size_t start = (size_t)(match.p - folded.p);
    if (is_found) return start + match.n;
    size_t at = start + 1;
    while (at < folded.n && is_continuation(folded.p[at]))
        at++;
    return at;
}

/* Searches one place for one rule. Patterns see the text before the place, and nothing behind it. */
static int apply(sm_pii_finder *finder, size_t index, place p, sm_span text,
                 size_t window_start, sm_error *err)
{
    const sm_rule *const rule = &finder->rules->rules[index];
    const sm_span folded = {finder->fold.text, finder->fold.n};
    const sm_span seen = {folded.p, p.end};
    size_t at = p.start;
    while (at < p.end) {
        sm_span group[SM_GROUPS];
        size_t groups = 0;
        const int found =
            sm_pattern_find(rule->pattern, finder->matcher, seen, at, group, &groups, err);
        if (found <= 0) return found;
        const sm_span match = group[0];
        const sm_pii_tier tier = match.n ? weigh(rule, folded, match) : SM_PII_NONE;
        const bool acts = tier != SM_PII_NONE && tier >= rule->public.minimum;
        at = behind_match(folded, match, acts);
        if (!acts) continue;
        hit h = {.finding = locate(finder, text, window_start, match), .rule = index};
        h.finding.rule = &rule->public;
        h.finding.tier = tier;
        add_hit(finder, h);
    }
    return SM_OK;
}

/* All rules of a trigger on its places. */
static int search_places(sm_pii_finder *finder, unsigned trigger, sm_span text,
                         size_t window_start, sm_error *err)
{
    for (size_t i = 0; i < finder->rules->n; i++) {
        const sm_rule *const rule = &finder->rules->rules[i];
        if (rule->is_off || !(rule->triggers & 1u << trigger)) continue;
        for (size_t k = 0; k < finder->n_places; k++)
            SM_TRY(apply(finder, i, finder->places[k], text, window_start, err));
    }
    return SM_OK;
}

static int search_window(sm_pii_finder *finder, sm_span text, const window *w, sm_error *err)
{
    sm_pii_fold(&finder->fold, (sm_span){text.p + w->start, w->end - w->start});
    for (unsigned trigger = 0; trigger < SM_TRIGGERS; trigger++) {
        if (!(w->triggers & 1u << trigger)) continue;
        find_places(finder, trigger, w->start);
        SM_TRY(search_places(finder, trigger, text, w->start, err));
    }
    return SM_OK;
}

/* ---- overlaps ----------------------------------------------------------------------------------- */

static bool is_better(const hit *a, const hit *b)
{
    const size_t length_a = a->finding.end - a->finding.start;
    const size_t length_b = b->finding.end - b->finding.start;
    if (length_a != length_b) return length_a > length_b;
    if (a->finding.tier != b->finding.tier) return a->finding.tier > b->finding.tier;
    return a->rule < b->rule;
}

static int order_hits(const void *left, const void *right)
{
    const hit *const a = left, *const b = right;
    if (a->finding.start != b->finding.start)
        return a->finding.start < b->finding.start ? -1 : 1;
    return is_better(a, b) ? -1 : is_better(b, a);
}

/* Hits in order of their start; of two that overlap the better one stays. One pass is enough: a hit that
 * loses to the last kept one overlaps nothing else that was kept. */
static size_t resolve(hit *hits, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const bool overlaps = kept > 0 && hits[i].finding.start < hits[kept - 1].finding.end;
        if (!overlaps)
            hits[kept++] = hits[i];
        else if (is_better(&hits[i], &hits[kept - 1]))
            hits[kept - 1] = hits[i];
    }
    return kept;
}

/* ---- the text -------------------------------------------------------------------------------------- */

/* Gives what was hit, resolved, into the caller's arena. */
static void deliver(sm_pii_finder *finder, sm_arena *arena, sm_finding **findings, size_t *n)
{
    *findings = NULL;
    *n = 0;
    if (finder->n == 0) return;
    qsort(finder->hits, finder->n, sizeof *finder->hits, order_hits);
    *n = resolve(finder->hits, finder->n);
    *findings = sm_arena_alloc(arena, *n * sizeof **findings);
    for (size_t i = 0; i < *n; i++)
        (*findings)[i] = finder->hits[i].finding;
}

int sm_pii_find(sm_pii_finder *finder, sm_span text, sm_arena *arena, sm_finding **findings,
                size_t *n, sm_error *err)
{
    sm_candidate next;
    finder->n = 0;
    *findings = NULL;
    *n = 0;
    if (text.n > UINT32_MAX) SM_FAIL(err, SM_ELIMIT, "a text of %zu bytes: too long", text.n);
    bool more = sm_pii_scan(text, 0, &next);
    while (more) {
        window w;
        more = gather(finder, text, &next, &w);
        SM_TRY(search_window(finder, text, &w, err));
    }
    deliver(finder, arena, findings, n);
    return SM_OK;
}

int sm_pii_find_slowly(sm_pii_finder *finder, sm_span text, sm_arena *arena,
                       sm_finding **findings, size_t *n, sm_error *err)
{
    finder->n = 0;
    sm_pii_fold(&finder->fold, text);
    for (size_t i = 0; i < finder->rules->n; i++)
        if (!finder->rules->rules[i].is_off)
            SM_TRY(apply(finder, i, (place){0, finder->fold.n}, text, 0, err));
    deliver(finder, arena, findings, n);
    return SM_OK;
}
