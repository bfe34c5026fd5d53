/* Masking, repeated until nothing is found.
 * SPDX-License-Identifier: MIT
 *
 * Findings are kept as places of the original. A round writes the original with all of them replaced, searches that,
 * and leads what it finds back. Where a finding covers an older replacement, it takes its place.
 * What is searched differs from what is given out in one thing: values that are only reported are tags there, so
 * that they are found as often, and no more often, than under another policy. */
#include "pii_internal.h"

#include <seimai/pii.h>
#include <string.h>

enum {
    MAX_ROUNDS = 32,
    CASCADE =
        8 /* rounds after which a dropped line leaves its line feed, so that no line comes nearer */
};

/* What was found, by offsets of the original. */
typedef struct item {
    sm_finding finding;
    bool keeps_feed; /* its lines leave their line feed */
    bool is_tagged;  /* something was found in its replacement: a tag stands in for that */
} item;

/* A stretch of the original that is replaced: a finding, or the lines of some. */
typedef struct stretch {
    size_t start, end;   /* bytes of the original */
    size_t masked_start; /* of the searched text */
    size_t masked_end;
    size_t item; /* the first of them */
    bool is_line;
} stretch;

typedef struct masking {
    const sm_pii_rules *rules;
    sm_span original;
    item *items; /* in order, apart from one another */
    size_t n;
    stretch *stretches; /* of the last rebuild */
    size_t n_stretches, cap_stretches;
    sm_buffer masked; /* what is searched */
    int round;
} masking;

/* ---- the masked text -------------------------------------------------------------------------------- */

static sm_pii_policy policy_of(const masking *m, const sm_finding *f)
{
    return m->rules->rules[f->rule->index].policy;
}

/* The lines of a finding, with the line feed behind them. */
static void widen_to_lines(sm_span text, bool keeps_feed, stretch *s)
{
    while (s->start > 0 && text.p[s->start - 1] != '\n')
        s->start--;
    while (s->end < text.n && text.p[s->end] != '\n')
        s->end++;
    if (s->end < text.n && !keeps_feed) s->end++;
    s->is_line = true;
}

/* Appends a stretch; lines swallow what stands in them. */
static void add_stretch(masking *m, stretch s)
{
    while (m->n_stretches > 0 && m->stretches[m->n_stretches - 1].end > s.start) {
        const stretch *const last = &m->stretches[m->n_stretches - 1];
        if (last->is_line && last->end >= s.end) return;
        if (last->start < s.start) s.start = last->start;
        s.item = last->item;
        s.is_line = true;
        m->n_stretches--;
    }
    m->stretches = sm_array_grow(m->stretches, m->n_stretches, &m->cap_stretches, sizeof s);
    m->stretches[m->n_stretches++] = s;
}

static void find_stretches(masking *m)
{
    m->n_stretches = 0;
    for (size_t i = 0; i < m->n; i++) {
        const sm_finding *const f = &m->items[i].finding;
        const stretch *const last = m->n_stretches ? &m->stretches[m->n_stretches - 1] : NULL;
        if (last && last->is_line && f->end <= last->end) continue; /* its line goes already */
        stretch s = {.start = f->start, .end = f->end, .item = i};
        if (policy_of(m, f) == SM_PII_DROP_LINE)
            widen_to_lines(m->original, m->items[i].keeps_feed, &s);
        add_stretch(m, s);
    }
}

/* Writes the original with its stretches replaced; to search it, or to give it out. */
static void rebuild(masking *m, bool to_search)
{
    size_t at = 0;
    sm_buffer_clear(&m->masked);
    for (size_t i = 0; i < m->n_stretches; i++) {
        stretch *const s = &m->stretches[i];
        const sm_finding *const f = &m->items[s->item].finding;
        const sm_span value = {m->original.p + f->start, f->end - f->start};
        sm_buffer_put(&m->masked, (sm_span){m->original.p + at, s->start - at});
        s->masked_start = m->masked.n;
        const bool as_tag =
            m->items[s->item].is_tagged || (to_search && policy_of(m, f) == SM_PII_REPORT);
        if (!s->is_line && as_tag)
            sm_buffer_puts(&m->masked, f->rule->tag);
        else if (!s->is_line)
            sm_pii_replace(m->rules, f->rule, value, &m->masked);
        s->masked_end = m->masked.n;
        at = s->end;
    }
    sm_buffer_put(&m->masked, (sm_span){m->original.p + at, m->original.n - at});
}

/* ---- the way back ------------------------------------------------------------------------------------ */

/* Leads a finding of the masked text back; a place inside a replacement becomes its edge. `i` is the first stretch
 * that ends behind the finding before; findings come in order. */
static void lead_back(const masking *m, size_t *i, sm_finding *f)
{
    const stretch *const all = m->stretches;
    while (*i < m->n_stretches && all[*i].masked_end <= f->start)
        ++*i;
    size_t k = *i;
    const size_t behind_start =
        k > 0 ? all[k - 1].end - all[k - 1].masked_end : 0; /* may wrap */
    const bool starts_inside = k < m->n_stretches && all[k].masked_start < f->start;
    f->start = starts_inside ? all[k].start : f->start + behind_start;
    while (k < m->n_stretches && all[k].masked_end < f->end)
        k++;
    const size_t behind_end = k > 0 ? all[k - 1].end - all[k - 1].masked_end : 0;
    const bool ends_inside = k < m->n_stretches && all[k].masked_start < f->end;
    f->end = ends_inside ? all[k].end : f->end + behind_end;
}

/* Is the value what its policy would write, or a part of that? Then it is a mask already. */
static bool is_masked(const masking *m, sm_span searched, const sm_finding *f)
{
    const sm_span value = {searched.p + f->start, f->end - f->start};
    const sm_pii_policy policy = policy_of(m, f);
    if (policy != SM_PII_MASK && policy != SM_PII_FAKE) return false;
    if (policy == SM_PII_FAKE && sm_pii_is_fake_name(f->rule, searched, f->start, f->end))
        return true;
    sm_buffer again = sm_buffer_make(UINT32_MAX);
    sm_pii_replace(m->rules, f->rule, value, &again);
    const bool is_same = sm_span_equal(sm_buffer_span(&again), value);
    sm_buffer_free(&again);
    return is_same;
}

static bool is_equal(const sm_finding *a, const sm_finding *b)
{
    return a->start == b->start && a->end == b->end && a->rule == b->rule;
}

/* Appends an item to the sorted list in place of those of m that it overlaps. Where the same stood there, its
 * replacement was found again: a tag takes its place; false if one has done so already. */
static bool merge(const masking *m, const item *new, item *list, size_t *n, size_t *next)
{
    const sm_finding *const f = &new->finding;
    while (*next < m->n && m->items[*next].finding.end <= f->start)
        list[(*n)++] = m->items[(*next)++];
    const size_t first = *next;
    while (*next < m->n && m->items[*next].finding.start < f->end)
        ++*next;
    const bool is_same = *next == first + 1 && is_equal(&m->items[first].finding, f);
    list[*n] = is_same ? m->items[first] : *new;
    const bool is_settled = is_same && (list[*n].is_tagged || policy_of(m, f) == SM_PII_TAG ||
                                        policy_of(m, f) == SM_PII_REPORT);
    list[(*n)++].is_tagged |= is_same;
    return !is_settled;
}

/* Takes a round's findings over. True if there was a new one. */
static bool add_round(masking *m, sm_span searched, const sm_finding *round, size_t count)
{
    item *const list = sm_malloc((m->n + count + 1) * sizeof *list);
    size_t n = 0, next = 0, at = 0;
    bool is_new = false;
    for (size_t i = 0; i < count; i++) {
        item new = {.finding = round[i], .keeps_feed = m->round >= CASCADE};
        if (m->rules->keep_business && new.finding.rule->is_business) continue;
        if (is_masked(m, searched, &new.finding)) continue;
        lead_back(m, &at, &new.finding);
        if (n > 0 && new.finding.start < list[n - 1].finding.end) continue; /* the same edge */
        is_new |= merge(m, &new, list, &n, &next);
    }
    while (next < m->n)
        list[n++] = m->items[next++];
    sm_free(m->items);
    m->items = list;
    m->n = n;
    return is_new;
}

/* ---- the whole --------------------------------------------------------------------------------------- */

static uint64_t count_lines(const masking *m)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < m->n_stretches; i++) {
        const stretch *const s = &m->stretches[i];
        if (!s->is_line) continue;
        for (size_t k = s->start; k + 1 < s->end; k++)
            lines += m->original.p[k] == '\n';
        lines++;
    }
    return lines;
}

/* What stands in the text as its policy writes it is the mask of an earlier run, and no finding. */
static bool is_unchanged(const masking *m, const stretch *s)
{
    const item *const i = &m->items[s->item];
    const sm_pii_policy policy = policy_of(m, &i->finding);
    const sm_span before = {m->original.p + s->start, s->end - s->start};
    const sm_span after = {m->masked.p + s->masked_start, s->masked_end - s->masked_start};
    return !s->is_line && (policy == SM_PII_MASK || policy == SM_PII_FAKE) &&
           sm_span_equal(before, after);
}

static void deliver(masking *m, sm_arena *arena, sm_pii_masked *out)
{
    *out = (sm_pii_masked){.text = m->original};
    if (m->n == 0) return;
    find_stretches(m);
    rebuild(m, false);
    out->findings = sm_arena_alloc(arena, m->n * sizeof *out->findings);
    for (size_t i = 0, k = 0; i < m->n; i++) {
        while (k + 1 < m->n_stretches && m->stretches[k + 1].item <= i)
            k++;
        if (!is_unchanged(m, &m->stretches[k])) out->findings[out->n++] = m->items[i].finding;
    }
    out->lines = count_lines(m);
    if (!sm_span_equal(sm_buffer_span(&m->masked), m->original))
        out->text = sm_arena_copy(arena, sm_buffer_span(&m->masked));
}

/* Searches what the rounds before made of the text. */
static int look(masking *m, sm_pii_finder *finder, sm_arena *arena, bool *more, sm_error *err)
{
    sm_finding *list = NULL;
    size_t n = 0;
    find_stretches(m);
    if (m->n > 0) rebuild(m, true);
    const sm_span text = m->n > 0 ? sm_buffer_span(&m->masked) : m->original;
    SM_TRY(sm_pii_find(finder, text, arena, &list, &n, err));
    *more = n > 0 && add_round(m, text, list, n);
    return SM_OK;
}

int sm_pii_mask(sm_pii_finder *finder, sm_span text, sm_arena *arena, sm_pii_masked *masked,
                sm_error *err)
{
    masking m = {.rules = sm_pii_finder_rules(finder),
                 .original = text,
                 .masked = sm_buffer_make(SIZE_MAX)};
    int status = SM_OK;
    bool more = true;
    for (; m.round < MAX_ROUNDS && more && status == SM_OK; m.round++)
        status = look(&m, finder, arena, &more, err);
    if (status == SM_OK) deliver(&m, arena, masked);
    sm_buffer_free(&m.masked);
    sm_free(m.items);
    sm_free(m.stretches);
    return status;
}
