/* ng_scan.c - the search: from the gate to a place, from the trie to what begins there, from its ends to a hit.
 * SPDX-License-Identifier: MIT */
#include "ng_internal.h"

#include <seimai/utf8.h>

#include <stdlib.h>
#include <string.h>

/* The best word of a list at the place at hand. */
typedef struct best {
    size_t end;
    const ng_pattern *pattern;
    bool excused;
} best;

struct sm_ng_scanner {
    const sm_ng *ng;
    ng_edges edges;
    sm_ng_counts counts[SM_NG_MAX_LISTS];
    best best[SM_NG_MAX_LISTS];
    size_t free_from[SM_NG_MAX_LISTS]; /* where the last hit of a list ended */
    uint64_t *seen;                    /* by entry: the scan that hit it last */
    uint64_t scan;
    sm_ng_hit *hits;
    size_t n_hits, cap_hits;
};

sm_ng_scanner *sm_ng_scanner_new(const sm_ng *ng, const sm_morph *morph)
{
    sm_ng_scanner *const s = sm_calloc(1, sizeof *s);
    s->ng = ng;
    s->edges.ng = ng;
    s->edges.tagger = morph ? sm_tagger_new(morph) : NULL;
    s->seen = sm_calloc(ng->n_entries + 1, sizeof *s->seen);
    return s;
}

void sm_ng_scanner_free(sm_ng_scanner *s)
{
    if (!s) return;
    if (s->edges.tagger) sm_tagger_free(s->edges.tagger);
    sm_free(s->edges.edges);
    sm_free(s->seen);
    sm_free(s->hits);
    sm_free(s);
}

/* ---- a place ---------------------------------------------------------------------------- */

/* 1 a hit, 0 none, or MeCab's failure. */
static int is_hit(sm_ng_scanner *s, sm_span text, const ng_pattern *p, size_t begin, size_t end,
                  sm_error *err)
{
    const bool ours = s->ng->lists[p->list].match == SM_NG_BOUNDARIES;
    if (p->begin != NG_FREE || p->end != NG_FREE || ours) {
        const int good = ng_edges_ask(&s->edges, text, p, begin, end, err);
        if (good <= 0) return good;
    }
    if (!ours) return 1;
    return !ng_is_exception(s->ng, text, begin, end);
}

static bool is_excused(sm_ng_scanner *s, sm_span text, const ng_pattern *p, size_t begin)
{
    const bool may_be = s->ng->entries[p->entry].flags & NG_FLAG_EXCUSE;
    return may_be && ng_edges_excuse(&s->edges, text, begin);
}

/* Where two entries fold to one, the first of the list counts. */
static bool is_better(const ng_pattern *p, const ng_pattern *than)
{
    return p->rank < than->rank || (p->rank == than->rank && p->entry < than->entry);
}

/* All patterns that end at a node: each list keeps its best one. */
static int offer(sm_ng_scanner *s, sm_span text, uint32_t first, size_t begin, size_t end,
                 uint64_t *lists, sm_error *err)
{
    for (uint32_t i = first; i; i = s->ng->patterns[i - 1].next) {
        const ng_pattern *const p = &s->ng->patterns[i - 1];
        best *const b = &s->best[p->list];
        const bool has = *lists >> p->list & 1;
        if (begin < s->free_from[p->list] || (has && !is_better(p, b->pattern))) continue;
        const int hit = is_hit(s, text, p, begin, end, err);
        SM_TRY(hit);
        if (!hit) continue;
        *b = (best){end, p, is_excused(s, text, p, begin)};
        *lists |= (uint64_t)1 << p->list;
    }
    return 0;
}

static void count_hit(sm_ng_scanner *s, sm_span text, uint32_t list, size_t begin)
{
    const best *const b = &s->best[list];
    const uint32_t entry = b->pattern->entry;
    sm_ng_counts *const c = &s->counts[list];
    s->free_from[list] = b->end;
    if (b->excused) {
        c->excused++;
        return;
    }
    c->hits++;
    c->letters += sm_utf8_count((sm_span){text.p + begin, b->end - begin});
    c->score += s->ng->entries[entry].weight;
    if (s->seen[entry] != s->scan) c->types++;
    s->seen[entry] = s->scan;
    s->hits = sm_array_grow(s->hits, s->n_hits, &s->cap_hits, sizeof *s->hits);
    s->hits[s->n_hits++] = (sm_ng_hit){begin, b->end, list, entry};
}

/* Follows the trie from a place as far as it goes. */
static int follow(sm_ng_scanner *s, const ng_search *search, sm_span text, size_t begin,
                  sm_error *err)
{
    const char *p = text.p + begin, *const end = text.p + text.n;
    uint64_t lists = 0;
    uint32_t node = NG_ROOT;
    if (ng_is_skipped(&search->fold, p, end)) return 0;
    while (p < end) {
        node = ng_trie_step(&search->trie, node, ng_fold_next(&search->fold, &p, end));
        if (node == NG_NONE) break;
        const uint32_t first = search->trie.accept[node];
        if (first) SM_TRY(offer(s, text, first, begin, (size_t)(p - text.p), &lists, err));
    }
    for (uint32_t list = 0; lists; list++, lists >>= 1)
        if (lists & 1) count_hit(s, text, list, begin);
    return 0;
}

/* ---- a text ----------------------------------------------------------------------------- */

static int search_text(sm_ng_scanner *s, const ng_search *search, sm_span text, sm_error *err)
{
    if (!search->used) return 0;
    const char *const end = text.p + text.n;
    const char *p = text.p;
    while ((p = ng_gate_find(&search->gate, text.p, p, end)) < end) {
        SM_TRY(follow(s, search, text, (size_t)(p - text.p), err));
        (void)sm_utf8_next(&p, end);
    }
    return 0;
}

static int hit_order(const void *x, const void *y)
{
    const sm_ng_hit *const a = x, *const b = y;
    if (a->begin != b->begin) return a->begin < b->begin ? -1 : 1;
    return (a->list > b->list) - (a->list < b->list);
}

int sm_ng_scan(sm_ng_scanner *s, sm_span text, const sm_ng_counts **counts, sm_error *err)
{
    memset(s->counts, 0, sizeof s->counts);
    memset(s->free_from, 0, sizeof s->free_from);
    s->scan++;
    s->n_hits = 0;
    *counts = s->counts;
    ng_edges_start(&s->edges);
    SM_TRY(search_text(s, &s->ng->folded, text, err));
    const size_t n_folded = s->n_hits;
    ng_edges_start(&s->edges);
    SM_TRY(search_text(s, &s->ng->exact, text, err));
    if (n_folded && n_folded < s->n_hits) qsort(s->hits, s->n_hits, sizeof *s->hits, hit_order);
    if (s->n_hits == 0) return 0;
    const double thousands = (double)sm_utf8_count(text) / 1000;
    for (size_t i = 0; i < s->ng->n_lists; i++)
        s->counts[i].score /= thousands > 1 ? thousands : 1;
    return 0;
}

const sm_ng_hit *sm_ng_hits(const sm_ng_scanner *s, size_t *n)
{
    *n = s->n_hits;
    return s->hits;
}
