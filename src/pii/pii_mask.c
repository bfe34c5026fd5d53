/* Masking, repeated until nothing is found.
 * SPDX-License-Identifier: MIT */
#include "pii_internal.h"

#include <seimai/pii.h>
#include <seimai/utf8.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ROUNDS = 16 };

bool sm_pii_policy_of(const char *name, sm_pii_policy *policy)
{
    static const char *const names[] = {"tag", "mask", "report"};
    for (int i = SM_PII_TAG; i <= SM_PII_REPORT; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *policy = (sm_pii_policy)i;
        return true;
    }
    return false;
}

/* What was found so far, by offsets of the original text. */
typedef struct found {
    sm_finding *list;
    size_t n, cap;
} found;

/* How many bytes a mask takes in place of a finding. */
static size_t mask_length(const sm_finding *f, sm_span original, bool as_tag)
{
    if (as_tag) return strlen(f->rule->tag);
    return sm_utf8_count((sm_span){original.p + f->start, f->end - f->start});
}

static char *put(char *out, const char *bytes, size_t n)
{
    if (n > 0) memcpy(out, bytes, n);
    return out + n;
}

/* The original with all findings masked. */
static sm_span rebuild(sm_span original, const found *all, bool as_tag, sm_arena *arena)
{
    size_t bytes = original.n;
    for (size_t i = 0; i < all->n; i++)
        bytes += mask_length(&all->list[i], original, as_tag) -
                 (all->list[i].end - all->list[i].start);
    char *const text = sm_arena_alloc(arena, bytes + 1);
    char *out = text;
    size_t at = 0;
    for (size_t i = 0; i < all->n; i++) {
        const sm_finding *const f = &all->list[i];
        const size_t length = mask_length(f, original, as_tag);
        out = put(out, original.p + at, f->start - at);
        if (as_tag)
            memcpy(out, f->rule->tag, length);
        else
            memset(out, 'X', length);
        out += length;
        at = f->end;
    }
    (void)put(out, original.p + at, original.n - at);
    return (sm_span){text, bytes};
}

/* Walks the masks of a text from the left, to lead places in it back to the original. */
typedef struct walk {
    size_t next;          /* the first mask that is not behind us */
    size_t masked, plain; /* the two places behind the last mask passed */
} walk;

/* The place in the original of a byte of the masked text that is not inside a mask. `known` findings of the
 * list made the masked text; places must come in ascending order. */
static size_t place_in_original(walk *w, const found *all, size_t known, sm_span original,
                                bool as_tag, size_t at)
{
    for (; w->next < known; w->next++) {
        const sm_finding *const f = &all->list[w->next];
        const size_t mask = w->masked + (f->start - w->plain);
        if (at <= mask) break;
        w->masked = mask + mask_length(f, original, as_tag);
        w->plain = f->end;
    }
    return w->plain + (at - w->masked);
}

static int by_start(const void *left, const void *right)
{
    const sm_finding *const a = left, *const b = right;
    return a->start < b->start ? -1 : a->start > b->start;
}

/* Adds a round's findings; business ones are passed over. True if there was any. */
static bool add_round(found *all, const sm_finding *round, size_t n, bool keep_business,
                      sm_span original, bool as_tag)
{
    const size_t known = all->n;
    walk w = {0};
    for (size_t i = 0; i < n; i++) {
        sm_finding f = round[i];
        if (keep_business && f.rule->is_business) continue;
        f.start = place_in_original(&w, all, known, original, as_tag, f.start);
        f.end = place_in_original(&w, all, known, original, as_tag, f.end);
        all->list = sm_array_grow(all->list, all->n, &all->cap, sizeof *all->list);
        all->list[all->n++] = f;
    }
    if (all->n > known) qsort(all->list, all->n, sizeof *all->list, by_start);
    return all->n > known;
}

int sm_pii_mask(sm_pii_finder *finder, sm_span text, sm_pii_policy policy, sm_arena *arena,
                sm_span *out, sm_finding **findings, size_t *n, sm_error *err)
{
    const bool as_tag = policy != SM_PII_MASK;
    found all = {0};
    sm_span masked = text;
    int status = SM_OK;
    for (int round = 0; round < MAX_ROUNDS; round++) {
        sm_finding *list = NULL;
        size_t count = 0;
        status = sm_pii_find(finder, masked, arena, &list, &count, err);
        if (status < 0 ||
            !add_round(&all, list, count, sm_pii_keeps_business(finder), text, as_tag))
            break;
        masked = rebuild(text, &all, as_tag, arena);
    }
    *out = policy == SM_PII_REPORT ? text : masked;
    *n = all.n;
    *findings = NULL;
    if (all.n > 0)
        *findings = memcpy(sm_arena_alloc(arena, all.n * sizeof **findings), all.list,
                           all.n * sizeof **findings);
    sm_free(all.list);
    return status;
}
