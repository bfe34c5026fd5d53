/* Merge rules: the table, and merging as it is defined.
 * SPDX-License-Identifier: MIT */
#include "tokenizer_internal.h"

#include <string.h>

/* 16 bits of filter a rule: one look-up in sixteen passes it by chance. */
static unsigned filter_bits(size_t n)
{
    unsigned bits = 10;
    while ((UINT64_C(1) << bits) < n * 16)
        bits++;
    return bits;
}

static void put(rule_table *t, const merge_rule *rule)
{
    const uint64_t h = rule_hash(rule->left, rule->right);
    const uint64_t key = (uint64_t)rule->left << 32 | rule->right;
    size_t i = (size_t)(h >> 20) & t->mask;
    while (t->slots[i].rank && t->slots[i].key != key)
        i = (i + 1) & t->mask;
    if (t->slots[i].rank) return; /* listed twice: the first counts */
    t->slots[i].key = key;
    t->slots[i].rank = rule->rank;
    t->slots[i].made = rule->made;
    t->filter[h >> t->filter_shift >> 6] |= UINT64_C(1) << (h >> t->filter_shift & 63);
}

void rules_init(rule_table *t, const merge_rule *rules, size_t n)
{
    size_t size = 64;
    while (size < n * 2)
        size *= 2;
    const unsigned bits = filter_bits(n);
    t->slots = sm_calloc(size, sizeof *t->slots);
    t->mask = size - 1;
    t->filter = sm_calloc((size_t)1 << (bits - 6), sizeof *t->filter);
    t->filter_shift = 64 - bits;
    for (size_t i = 0; i < n; i++)
        put(t, &rules[i]);
}

void rules_fini(rule_table *t)
{
    sm_free(t->slots);
    sm_free(t->filter);
}

size_t rules_apply(const rule_table *t, uint32_t *ids, size_t n, merge_step *last)
{
    for (;;) {
        const struct rule_slot *best = NULL;
        size_t at = 0;
        for (size_t i = 0; i + 1 < n; i++) {
            const struct rule_slot *rule = rules_find(t, ids[i], ids[i + 1]);
            if (!rule || (best && rule->rank >= best->rank)) continue;
            best = rule;
            at = i;
        }
        if (!best) return n;
        *last = (merge_step){ids[at], ids[at + 1], best->rank};
        ids[at] = best->made;
        memmove(ids + at + 1, ids + at + 2, (n - at - 2) * sizeof *ids);
        n--;
    }
}
