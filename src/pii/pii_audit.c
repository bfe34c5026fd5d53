/* Accounts of what was found: counts by kind and tier, lines of the audit.
 * SPDX-License-Identifier: MIT */
#include "pii_internal.h"

#include <seimai/json.h>
#include <seimai/pii.h>
#include <seimai/utf8.h>
#include <string.h>

enum { EXCERPT = 10 /* characters on either side */ };

void sm_pii_tally_add(sm_pii_tally *tally, const sm_finding *findings, size_t n)
{
    for (size_t i = 0; i < n; i++)
        tally->of[findings[i].rule->index][findings[i].tier]++;
}

/* The findings of a kind by tier, and their sum in place of SM_PII_NONE; `first` is the first rule of the kind. */
static void sum_kind(const sm_pii_rules *rules, const sm_pii_tally *tally, size_t first,
                     uint64_t sums[SM_PII_TIERS])
{
    memset(sums, 0, SM_PII_TIERS * sizeof *sums);
    for (size_t i = first; i < rules->n; i++) {
        if (rules->rules[i].first_of_kind != first) continue;
        for (int t = SM_PII_PATTERN; t < SM_PII_TIERS; t++) {
            sums[t] += tally->of[i][t];
            sums[SM_PII_NONE] += tally->of[i][t];
        }
    }
}

static void write_tiers(const uint64_t sums[SM_PII_TIERS], sm_buffer *json)
{
    sm_json_open(json, '{');
    for (int t = SM_PII_PATTERN; t < SM_PII_TIERS; t++) {
        if (!sums[t]) continue;
        sm_json_key(json, sm_pii_tier_name((sm_pii_tier)t));
        sm_json_uint(json, sums[t]);
    }
    sm_json_close(json, '}');
}

static void write_kinds(const sm_pii_rules *rules, const sm_pii_tally *tally, bool by_tier,
                        sm_buffer *json)
{
    sm_json_open(json, '{');
    for (size_t i = 0; i < rules->n; i++) {
        uint64_t sums[SM_PII_TIERS];
        if (rules->rules[i].first_of_kind != i) continue;
        sum_kind(rules, tally, i, sums);
        if (!sums[SM_PII_NONE]) continue;
        sm_json_key(json, rules->rules[i].public.kind);
        if (by_tier)
            write_tiers(sums, json);
        else
            sm_json_uint(json, sums[SM_PII_NONE]);
    }
    sm_json_close(json, '}');
}

void sm_pii_write_kinds(const sm_pii_rules *rules, const sm_pii_tally *tally, sm_buffer *json)
{
    write_kinds(rules, tally, false, json);
}

void sm_pii_write_tiers(const sm_pii_rules *rules, const sm_pii_tally *tally, sm_buffer *json)
{
    write_kinds(rules, tally, true, json);
}

/* ---- the audit ------------------------------------------------------------------------------ */

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* Up to EXCERPT characters that end at `at`, but none before `floor`. */
static size_t step_back(sm_span text, size_t at, size_t floor)
{
    for (int k = 0; k < EXCERPT && at > floor; k++)
        do
            at--;
        while (at > floor && is_continuation(text.p[at]));
    return at;
}

static size_t step_on(sm_span text, size_t at, size_t ceiling)
{
    for (int k = 0; k < EXCERPT && at < ceiling; k++)
        do
            at++;
        while (at < ceiling && is_continuation(text.p[at]));
    return at;
}

static void write_excerpt(sm_span text, const sm_finding *f, size_t floor, size_t ceiling,
                          sm_buffer *lines)
{
    const size_t from = step_back(text, f->start, floor);
    const size_t to = step_on(text, f->end, ceiling);
    sm_buffer excerpt = sm_buffer_make(1024);
    sm_buffer_put(&excerpt, (sm_span){text.p + from, f->start - from});
    sm_buffer_puts(&excerpt, f->rule->tag);
    sm_buffer_put(&excerpt, (sm_span){text.p + f->end, to - f->end});
    sm_json_key(lines, "excerpt");
    sm_json_string(lines, sm_buffer_span(&excerpt));
    sm_buffer_free(&excerpt);
}

static void write_string(sm_buffer *lines, const char *key, const char *value)
{
    sm_json_key(lines, key);
    sm_json_string(lines, sm_span_of(value));
}

void sm_pii_write_audit(sm_span id, int64_t message, sm_span text, const sm_finding *findings,
                        size_t n, sm_buffer *lines)
{
    uint64_t column = 0;
    size_t at = 0, floor = 0;
    for (size_t i = 0; i < n; i++) {
        const sm_finding *const f = &findings[i];
        column += sm_utf8_count((sm_span){text.p + at, f->start - at});
        at = f->start;
        sm_json_open(lines, '{');
        sm_json_key(lines, "id");
        sm_json_string(lines, id);
        if (message >= 0) sm_json_key(lines, "message");
        if (message >= 0) sm_json_int(lines, message);
        sm_json_key(lines, "offset");
        sm_json_uint(lines, f->start);
        sm_json_key(lines, "length");
        sm_json_uint(lines, f->end - f->start);
        sm_json_key(lines, "column");
        sm_json_uint(lines, column);
        write_string(lines, "kind", f->rule->kind);
        write_string(lines, "rule", f->rule->name);
        write_string(lines, "confidence", sm_pii_tier_name(f->tier));
        write_excerpt(text, f, floor, i + 1 < n ? findings[i + 1].start : text.n, lines);
        sm_json_close(lines, '}');
        sm_buffer_putc(lines, '\n');
        floor = f->end;
    }
}
