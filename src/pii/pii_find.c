/* Finding: rules at the sites of the scan, overlaps resolved.
 * SPDX-License-Identifier: MIT
 *
 * The text is folded as a whole. The scan gives the sites where a pattern may begin; a rule is tried there and
 * nowhere else, if the site has a number of digits, a first byte and a beginning that the rule allows. All this may
 * only leave out what cannot match: the oracle tries every rule at every character. */
#include "pii_internal.h"
#include "scan/scan_internal.h"

#include <seimai/pii.h>
#include <seimai/utf8.h>
#include <stdlib.h>
#include <string.h>

typedef struct hit {
    sm_finding finding;
    size_t rule; /* its place in the file */
} hit;

struct sm_pii_finder {
    const sm_pii_rules *rules;
    sm_matcher *matcher;
    sm_wordfinder *words;
    sm_scanner *scanner;
    const sm_scan_path *path;
    sm_fold fold;
    size_t done[SM_PII_MAX_RULES]; /* the end of a rule's last match in the folded text */
    hit *hits;
    size_t n, cap;
};

sm_pii_finder *sm_pii_finder_new(const sm_pii_rules *rules)
{
    sm_pii_finder *const finder = sm_calloc(1, sizeof *finder);
    finder->rules = rules;
    finder->matcher = sm_matcher_new();
    finder->words = sm_wordfinder_new(rules);
    finder->scanner = sm_scanner_new();
    finder->path = sm_scan_path_best();
    return finder;
}

void sm_pii_finder_free(sm_pii_finder *finder)
{
    if (!finder) return;
    sm_matcher_free(finder->matcher);
    sm_wordfinder_free(finder->words);
    sm_scanner_free(finder->scanner);
    sm_fold_free(&finder->fold);
    sm_free(finder->hits);
    sm_free(finder);
}

const sm_pii_rules *sm_pii_finder_rules(const sm_pii_finder *finder)
{
    return finder->rules;
}

void sm_pii_finder_use(sm_pii_finder *finder, const sm_scan_path *path)
{
    finder->path = path;
}

/* ---- one rule at one place ---------------------------------------------------------------------- */

/* Words near the match, or at the head of its column where that alone would make it act. */
static sm_pii_tier weigh(const sm_pii_finder *finder, const sm_rule *rule, sm_span original,
                         sm_span match)
{
    const sm_span text = finder->fold.text;
    const size_t start = (size_t)(match.p - text.p), end = start + match.n;
    const sm_pii_tier tier = rule->check ? rule->check(match, text) : SM_PII_PATTERN;
    if (tier == SM_PII_NONE) return SM_PII_NONE;
    if (sm_pii_before(&rule->unless, text, start, rule->window)) return SM_PII_NONE;
    if (sm_pii_near(rule, text, start, end)) return SM_PII_CONTEXT;
    if (tier < rule->public.minimum &&
        sm_pii_in_column(&rule->context, original, sm_fold_origin(&finder->fold, start)))
        return SM_PII_CONTEXT;
    return tier;
}

/* The original bytes of a match: up to the end of its last character, what is invisible behind aside. */
static sm_finding locate(const sm_pii_finder *finder, sm_span text, sm_span match)
{
    const size_t first = (size_t)(match.p - finder->fold.text.p), last = first + match.n - 1;
    const size_t behind = sm_fold_origin(&finder->fold, last);
    const char *end = text.p + behind;
    do
        end++;
    while (end < text.p + text.n && ((unsigned char)*end & 0xC0) == 0x80);
    return (sm_finding){.start = sm_fold_origin(&finder->fold, first),
                        .end = (size_t)(end - text.p)};
}

static void add_hit(sm_pii_finder *finder, hit h)
{
    finder->hits = sm_array_grow(finder->hits, finder->n, &finder->cap, sizeof *finder->hits);
    finder->hits[finder->n++] = h;
}

/* Tries a rule at byte `at` of the folded text, unless its last match reaches over it. */
static int try_rule(sm_pii_finder *finder, size_t index, size_t at, sm_span text, sm_error *err)
{
    const sm_rule *const rule = &finder->rules->rules[index];
    const sm_span folded = finder->fold.text;
    sm_span group[SM_GROUPS];
    size_t groups = 0;
    if (at < finder->done[index]) return SM_OK;
    const int found =
        sm_pattern_find(rule->pattern, finder->matcher, folded, at, group, &groups, err);
    if (found <= 0 || group[0].n == 0) return found < 0 ? found : SM_OK;
    const sm_pii_tier tier = weigh(finder, rule, text, group[0]);
    if (tier == SM_PII_NONE || tier < rule->public.minimum) return SM_OK;
    hit h = {.finding = locate(finder, text, group[0]), .rule = index};
    h.finding.rule = &rule->public;
    h.finding.tier = tier;
    add_hit(finder, h);
    finder->done[index] = (size_t)(group[0].p - folded.p) + group[0].n;
    return SM_OK;
}

/* ---- sites ---------------------------------------------------------------------------------------- */

static bool has_lead(const sm_rule *rule, sm_span rest)
{
    for (size_t i = 0; i < rule->n_lead; i++)
        if (sm_span_starts(rest, rule->lead[i])) return true;
    return rule->n_lead == 0;
}

static bool has_shape(const sm_rule *rule, const sm_site *site)
{
    for (size_t i = 0; i < rule->n_shapes; i++)
        if ((site->groups & rule->shapes[i].mask) == rule->shapes[i].groups) return true;
    return rule->n_shapes == 0 && (rule->digits == 0 || (rule->digits & site->sums));
}

/* Tries the rules of one word of the set. */
static int try_rules(sm_pii_finder *finder, uint64_t set, size_t first, const sm_site *site,
                     sm_span text, sm_error *err)
{
    const sm_span folded = finder->fold.text, rest = {folded.p + site->at, folded.n - site->at};
    for (; set; set &= set - 1) {
        const size_t index = first + (size_t)__builtin_ctzll(set);
        const sm_rule *const rule = &finder->rules->rules[index];
        if (rule->is_off || !has_shape(rule, site) || !has_lead(rule, rest)) continue;
        SM_TRY(try_rule(finder, index, site->at, text, err));
    }
    return SM_OK;
}

static int try_site(sm_pii_finder *finder, const sm_site *site, sm_span text, sm_error *err)
{
    const sm_pii_rules *const rules = finder->rules;
    const unsigned char byte = (unsigned char)finder->fold.text.p[site->at];
    if (site->rule != SM_ANY_RULE)
        return rules->rules[site->rule].is_off
                   ? SM_OK
                   : try_rule(finder, site->rule, site->at, text, err);
    for (size_t i = 0; i < SM_RULE_WORDS; i++) {
        const uint64_t set = rules->of_trigger[site->trigger][i] & rules->by_first[byte][i] &
                             rules->by_length[site->groups & 0xFF][i];
        SM_TRY(try_rules(finder, set, i * 64, site, text, err));
    }
    return SM_OK;
}

static int search_sites(sm_pii_finder *finder, sm_span text, sm_error *err)
{
    sm_site sites[SM_SITES];
    size_t n = 0;
    sm_scanner_begin(finder->scanner, finder->path, finder->fold.text, finder->rules);
    while ((n = sm_scanner_next(finder->scanner, sites)) > 0)
        for (size_t i = 0; i < n; i++)
            SM_TRY(try_site(finder, &sites[i], text, err));
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

/* ---- words ----------------------------------------------------------------------------------------- */

/* What rules without a pattern find, beside the hits of the others. */
static int search_words(sm_pii_finder *finder, sm_span text, sm_error *err)
{
    const sm_rule *const rules = finder->rules->rules;
    const sm_wordhit *words = NULL;
    size_t n = 0;
    sm_wordhit *const near = sm_malloc((finder->n + 1) * sizeof *near);
    for (size_t i = 0; i < finder->n; i++)
        near[i] = (sm_wordhit){.start = finder->hits[i].finding.start,
                               .end = finder->hits[i].finding.end,
                               .rule = finder->hits[i].rule};
    const int status = sm_wordfinder_run(finder->words, text, near, finder->n, &words, &n, err);
    sm_free(near);
    SM_TRY(status);
    for (size_t i = 0; i < n; i++) {
        const sm_wordhit *const w = &words[i];
        add_hit(finder, (hit){.finding = {w->start, w->end, &rules[w->rule].public, w->tier},
                              .rule = w->rule});
    }
    return SM_OK;
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
    finder->n = 0;
    *findings = NULL;
    *n = 0;
    if (text.n > UINT32_MAX) SM_FAIL(err, SM_ELIMIT, "a text of %zu bytes: too long", text.n);
    if (text.n == 0) return SM_OK;
    memset(finder->done, 0, sizeof finder->done);
    sm_pii_fold_by(&finder->fold, finder->path, text);
    SM_TRY(search_sites(finder, text, err));
    SM_TRY(search_words(finder, text, err));
    deliver(finder, arena, findings, n);
    return SM_OK;
}

/* May the rule begin at byte `at`? Behind one of its cues, where the trigger says so. */
static bool may_begin(const sm_rule *rule, sm_span folded, size_t at)
{
    if (rule->trigger != SM_TRIGGER_BEHIND) return true;
    for (size_t i = 0; i < rule->n_cues; i++)
        if (at >= rule->cues[i].n && sm_pii_may_follow(folded, at) &&
            sm_word_stands_at(rule->cues[i], folded, at - rule->cues[i].n))
            return true;
    return false;
}

int sm_pii_find_slowly(sm_pii_finder *finder, sm_span text, sm_arena *arena,
                       sm_finding **findings, size_t *n, sm_error *err)
{
    finder->n = 0;
    memset(finder->done, 0, sizeof finder->done);
    sm_pii_fold_slowly(&finder->fold, text);
    const sm_span folded = finder->fold.text;
    for (size_t i = 0; i < finder->rules->n; i++) {
        const sm_rule *const rule = &finder->rules->rules[i];
        for (size_t at = 0; rule->pattern && !rule->is_off && at < folded.n; at++) {
            if (((unsigned char)folded.p[at] & 0xC0) == 0x80) continue;
            if (may_begin(rule, folded, at)) SM_TRY(try_rule(finder, i, at, text, err));
        }
    }
    SM_TRY(search_words(finder, text, err));
    deliver(finder, arena, findings, n);
    return SM_OK;
}
