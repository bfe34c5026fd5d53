/* Policies by kind, and what they write: tags, X, keyed hashes.
 * SPDX-License-Identifier: MIT */
#include "pii_internal.h"

#include <seimai/utf8.h>
#include <string.h>

enum { SALT_MIN = 16, HASH_BYTES = 8 };

static const char *const names[] = {"tag", "mask", "hash", "fake", "drop-line", "report"};

const char *sm_pii_policy_name(sm_pii_policy policy)
{
    return names[policy];
}

sm_pii_policy sm_pii_policy_at(const sm_pii_rules *rules, size_t i)
{
    return rules->rules[i].policy;
}

/* ---- which policy ----------------------------------------------------------------------------- */

static int policy_of(const char *assignment, const char *name, sm_pii_policy *policy,
                     sm_error *err)
{
    for (int i = SM_PII_TAG; i <= SM_PII_REPORT; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *policy = (sm_pii_policy)i;
        return SM_OK;
    }
    SM_FAIL(
        err, SM_EUSAGE,
        "--policy %s: expected tag, mask, hash, fake, drop-line or report, or KIND=one of them",
        assignment);
}

/* Gives the policy to the rules of that name or kind; an empty name means all. */
static size_t give(sm_pii_rules *rules, sm_span name, sm_pii_policy policy)
{
    size_t given = 0;
    for (size_t i = 0; i < rules->n; i++) {
        sm_rule *const rule = &rules->rules[i];
        if (name.n > 0 && !sm_span_equal(name, sm_span_of(rule->public.kind)) &&
            !sm_span_equal(name, sm_span_of(rule->public.name)))
            continue;
        rule->policy = policy;
        given++;
    }
    return given;
}

/* One entry of the list, if it is of the wanted sort: for all rules, or for one kind. */
static int assign(sm_pii_rules *rules, const char *entry, bool for_kind, sm_error *err)
{
    const char *const equals = strchr(entry, '=');
    const sm_span name = {entry, equals ? (size_t)(equals - entry) : 0};
    sm_pii_policy policy = SM_PII_TAG;
    if ((equals != NULL) != for_kind) return SM_OK;
    SM_TRY(policy_of(entry, equals ? equals + 1 : entry, &policy, err));
    if ((for_kind && name.n == 0) || (give(rules, name, policy) == 0 && for_kind))
        SM_FAIL(err, SM_EUSAGE, "--policy %s: no such kind or rule", entry);
    return SM_OK;
}

int sm_pii_set_policies(sm_pii_rules *rules, const char *const *list, size_t n, sm_span salt,
                        sm_error *err)
{
    (void)give(rules, (sm_span){0}, SM_PII_TAG);
    for (size_t i = 0; i < n; i++)
        SM_TRY(assign(rules, list[i], false, err));
    for (size_t i = 0; i < n; i++)
        SM_TRY(assign(rules, list[i], true, err));
    rules->salt = sm_arena_copy(&rules->arena, salt);
    for (size_t i = 0; i < rules->n && salt.n < SALT_MIN; i++)
        if (rules->rules[i].policy == SM_PII_HASH || rules->rules[i].policy == SM_PII_FAKE)
            SM_FAIL(
                err, SM_EUSAGE,
                "policy %s: a salt of at least %d bytes is needed (--salt FILE); there are %zu",
                names[rules->rules[i].policy], SALT_MIN, salt.n);
    return SM_OK;
}

/* ---- plain values -------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Units of block numbers, which 1-2-3 and 1丁目2番3号 write differently. */
static size_t unit_at(sm_span s, size_t at)
{
    static const char *const units[] = {"丁目", "番地の", "番地", "番", "号", "の", "ノ"};
    const sm_span rest = {s.p + at, s.n - at};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (sm_span_starts(rest, sm_span_of(units[i]))) return strlen(units[i]);
    return 0;
}

/* Letters and digits of an address; one hyphen for what stands between its numbers. */
static void plain_address(sm_span folded, sm_buffer *plain)
{
    for (size_t i = 0; i < folded.n;) {
        const bool behind_digit = plain->n > 0 && is_digit(plain->p[plain->n - 1]);
        const size_t unit = folded.p[i] == '-' ? 1 : behind_digit ? unit_at(folded, i) : 0;
        const bool behind_hyphen = plain->n > 0 && plain->p[plain->n - 1] == '-';
        if (unit && behind_digit)
            sm_buffer_putc(plain, '-');
        else if (folded.p[i] != ' ' && !(behind_hyphen && folded.p[i] == '-'))
            sm_buffer_putc(plain, folded.p[i]);
        i += unit ? unit : 1;
    }
    while (plain->n > 0 && plain->p[plain->n - 1] == '-')
        plain->n--;
}

/* +81 3 …, +81(0)3 … and 0081 3 … are 03 …. */
static void make_national(sm_buffer *plain)
{
    const sm_span p = sm_buffer_span(plain);
    const size_t code = sm_span_starts(p, SM_SPAN("+81"))    ? 3
                        : sm_span_starts(p, SM_SPAN("0081")) ? 4
                                                             : 0;
    if (code == 0) return;
    const size_t from = plain->n > code && plain->p[code] == '0' ? code + 1 : code;
    memmove(plain->p + 1, plain->p + from, plain->n - from);
    plain->p[0] = '0';
    plain->n -= from - 1;
}

void sm_pii_plain(const char *kind, sm_span value, sm_buffer *plain)
{
    sm_fold fold = {0};
    sm_pii_fold(&fold, value);
    const sm_span folded = fold.text;
    const bool is_mail = strcmp(kind, "email") == 0;
    if (strcmp(kind, "address") == 0)
        plain_address(folded, plain);
    else
        for (size_t i = 0; i < folded.n; i++)
            if (is_mail ? folded.p[i] != ' ' : !memchr(" -.()", folded.p[i], 5))
                sm_buffer_putc(plain, folded.p[i]);
    if (strncmp(kind, "phone", 5) == 0) make_national(plain);
    for (size_t i = 0; i < plain->n; i++)
        if (plain->p[i] >= 'A' && plain->p[i] <= 'Z') plain->p[i] |= 0x20;
    sm_fold_free(&fold);
}

void sm_pii_digest(const sm_pii_rules *rules, const sm_pii_rule *rule, sm_span value,
                   unsigned char digest[SM_SHA256_BYTES])
{
    sm_buffer message = sm_buffer_make(UINT32_MAX);
    sm_buffer plain = sm_buffer_make(UINT32_MAX);
    sm_pii_plain(rule->kind, value, &plain);
    sm_buffer_puts(&message, rule->kind);
    sm_buffer_putc(&message, '\0');
    sm_buffer_put(&message, sm_buffer_span(&plain));
    sm_hmac_sha256(rules->salt, sm_buffer_span(&message), digest);
    sm_buffer_free(&plain);
    sm_buffer_free(&message);
}

/* ---- what is written ------------------------------------------------------------------------------- */

/* <EMAIL:bkfo…>: letters only, so that no rule for numbers looks at it. */
static void put_hash(const sm_pii_rules *rules, const sm_pii_rule *rule, sm_span value,
                     sm_buffer *out)
{
    unsigned char digest[SM_SHA256_BYTES];
    const sm_span tag = sm_span_of(rule->tag);
    const bool is_closed = sm_span_ends(tag, SM_SPAN(">"));
    sm_pii_digest(rules, rule, value, digest);
    sm_buffer_put(out, (sm_span){tag.p, tag.n - is_closed});
    sm_buffer_putc(out, ':');
    for (size_t i = 0; i < HASH_BYTES; i++) {
        sm_buffer_putc(out, (char)('a' + (digest[i] >> 4)));
        sm_buffer_putc(out, (char)('a' + (digest[i] & 15)));
    }
    if (is_closed) sm_buffer_putc(out, '>');
}

void sm_pii_replace(const sm_pii_rules *rules, const sm_pii_rule *rule, sm_span value,
                    sm_buffer *out)
{
    switch (rules->rules[rule->index].policy) {
    case SM_PII_TAG: sm_buffer_puts(out, rule->tag); break;
    case SM_PII_MASK:
        for (size_t i = sm_utf8_count(value); i > 0; i--)
            sm_buffer_putc(out, 'X');
        break;
    case SM_PII_HASH: put_hash(rules, rule, value, out); break;
    case SM_PII_FAKE: sm_pii_fake(rules, rule, value, out); break;
    case SM_PII_DROP_LINE: break;
    case SM_PII_REPORT: sm_buffer_put(out, value); break;
    }
}
