/* Counting for the account. See seimai/filter_account.h.
 * SPDX-License-Identifier: MIT */
#include "account_internal.h"

#include <math.h>

sm_filter_account *sm_filter_account_new(const sm_filter *filter, size_t samples)
{
    sm_filter_account *const a = sm_calloc(1, sizeof *a);
    a->filter = filter;
    a->n = sm_filter_rules(filter);
    a->rules = sm_calloc(a->n, sizeof *a->rules);
    a->overlap = sm_calloc(a->n * a->n, sizeof *a->overlap);
    a->failed = sm_calloc(a->n, sizeof *a->failed);
    for (size_t i = 0; i < a->n; i++)
        a->rules[i].samples.most = samples;
    return a;
}

void sm_filter_account_free(sm_filter_account *account)
{
    if (!account) return;
    for (size_t i = 0; i < account->n; i++)
        sm_account_samples_free(&account->rules[i].samples);
    sm_free(account->rules);
    sm_free(account->overlap);
    sm_free(account->failed);
    sm_free(account);
}

/* ---- adding ------------------------------------------------------------------------------------- */

static void add_value(sm_rule_counts *rule, double value)
{
    if (isnan(value))
        rule->counts.undefined++;
    else
        rule->bins[sm_bin_of(value)]++;
}

/* What each rule says of a document, whoever was first. */
static void add_values(sm_filter_account *a, const double *values)
{
    size_t n = 0;
    a->measured++;
    for (size_t i = 0; i < a->n; i++) {
        add_value(&a->rules[i], values[i]);
        if (!sm_filter_passes(a->filter, i, values[i])) a->failed[n++] = i;
    }
    if (n == 1) a->rules[a->failed[0]].counts.only++;
    for (size_t i = 0; i < n; i++) {
        a->rules[a->failed[i]].counts.would++;
        for (size_t k = 0; k < n; k++)
            a->overlap[a->failed[i] * a->n + a->failed[k]]++;
    }
}

static void add_first(sm_filter_account *a, const sm_filter_case *one)
{
    const sm_verdict *const v = one->verdict;
    if (v->at >= a->n) {
        a->emptied++;
        a->emptied_bytes += one->bytes;
        return;
    }
    sm_rule_counts *const rule = &a->rules[v->at];
    rule->counts.first++;
    rule->counts.first_bytes += one->bytes;
    sm_account_samples_add(&rule->samples, one, v->value);
}

void sm_filter_account_add(sm_filter_account *account, const sm_filter_case *one)
{
    account->documents++;
    account->bytes += one->bytes;
    if (one->values) add_values(account, one->values);
    if (one->verdict) {
        add_first(account, one);
        return;
    }
    account->kept++;
    account->kept_bytes += one->bytes;
}

void sm_filter_account_edit(sm_filter_account *account, const sm_filter_edits *edits)
{
    for (size_t i = 0; i < SM_FILTER_STEPS; i++) {
        account->edits.texts[i] += edits->texts[i];
        account->edits.lines[i] += edits->lines[i];
        account->edits.bytes[i] += edits->bytes[i];
    }
}

/* ---- merging ------------------------------------------------------------------------------------ */

static void merge_rule(sm_rule_counts *into, const sm_rule_counts *from)
{
    into->counts.first += from->counts.first;
    into->counts.first_bytes += from->counts.first_bytes;
    into->counts.would += from->counts.would;
    into->counts.only += from->counts.only;
    into->counts.undefined += from->counts.undefined;
    for (size_t i = 0; i < SM_BINS; i++)
        into->bins[i] += from->bins[i];
    sm_account_samples_merge(&into->samples, &from->samples);
}

void sm_filter_account_merge(sm_filter_account *into, const sm_filter_account *from)
{
    into->documents += from->documents;
    into->bytes += from->bytes;
    into->measured += from->measured;
    into->kept += from->kept;
    into->kept_bytes += from->kept_bytes;
    into->emptied += from->emptied;
    into->emptied_bytes += from->emptied_bytes;
    for (size_t i = 0; i < into->n; i++)
        merge_rule(&into->rules[i], &from->rules[i]);
    for (size_t i = 0; i < into->n * into->n; i++)
        into->overlap[i] += from->overlap[i];
    sm_filter_account_edit(into, &from->edits);
}

/* ---- reading ------------------------------------------------------------------------------------ */

sm_rule_account sm_filter_account_rule(const sm_filter_account *account, size_t i)
{
    return i < account->n ? account->rules[i].counts : (sm_rule_account){0};
}

uint64_t sm_filter_account_overlap(const sm_filter_account *account, size_t i, size_t k)
{
    return i < account->n && k < account->n ? account->overlap[i * account->n + k] : 0;
}

double sm_filter_account_quantile(const sm_filter_account *account, size_t i, double q)
{
    uint64_t all = 0, below = 0;
    for (size_t b = 0; i < account->n && b < SM_BINS; b++)
        all += account->rules[i].bins[b];
    if (all == 0) return (double)NAN;
    for (size_t b = 0; b < SM_BINS; b++) {
        below += account->rules[i].bins[b];
        if (below > 0 && (double)below >= q * (double)all) return sm_bin_edge(b);
    }
    return (double)NAN;
}
