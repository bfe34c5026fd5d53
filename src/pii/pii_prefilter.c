/* The prefilter: one scan of the folded text that stops only where a rule could begin to match.
 * SPDX-License-Identifier: MIT
 *
 * A kernel says of 64 bytes which are digits, parts of tokens, marks, and which may begin a cue. A look is worth
 * the first byte of each group of digits, of each long token, each mark and cue: bits of one word. What the look
 * at a place tells is which rules may begin there, or just before. */
#include "pii_internal.h"
#include "scan/scan_internal.h"

#include <string.h>

enum {
    LONG_TOKEN = 16,
    MAX_TOKEN = 256,  /* bytes of a token that are looked at */
    MAX_LOCAL = 65,   /* bytes before an @, and one more that makes the address none */
    MAX_MARGIN = 160, /* bytes back to :// */
    MAX_PLACE = 5     /* characters of a place on a number plate */
};

struct sm_scanner {
    sm_span text;
    const sm_scan_path *path;
    const sm_pii_rules *rules;
    size_t at;                 /* of the block */
    sm_scan_block block, next; /* this one and the one behind it */
    uint64_t looks;            /* what is left of this one */
    uint64_t digits, tokens;   /* where groups of digits and long tokens begin in it */
    sm_chain chain;            /* the groups of digits that were read last */
    sm_site *sites;            /* of the place that is looked at */
    size_t n;
};

sm_scanner *sm_scanner_new(void)
{
    return sm_calloc(1, sizeof(sm_scanner));
}

void sm_scanner_free(sm_scanner *scanner)
{
    sm_free(scanner);
}

static char byte_at(sm_span text, size_t at)
{
    return at < text.n ? text.p[at] : '\0';
}

static char byte_before(sm_span text, size_t at)
{
    return at > 0 ? text.p[at - 1] : '\0';
}

static void add_site(sm_scanner *s, size_t at, sm_trigger trigger, unsigned rule)
{
    if (s->n == SM_SITES || at >= s->text.n) return;
    s->sites[s->n++] = (sm_site){.at = at, .trigger = trigger, .rule = rule};
}

static void add_any(sm_scanner *s, size_t at, sm_trigger trigger)
{
    add_site(s, at, trigger, SM_ANY_RULE);
}

/* ---- digits ------------------------------------------------------------------------------- */

static void add_number(sm_scanner *s, size_t at, const sm_site *digits)
{
    if (s->n == SM_SITES) return;
    s->sites[s->n] = *digits;
    s->sites[s->n++].at = at;
}

/* The group itself, and what may stand before it: a bracket, +, (+, a few letters. From the left. */
static void look_at_number(sm_scanner *s, size_t at, uint32_t sums, uint32_t groups)
{
    const sm_site digits = {
        .trigger = SM_TRIGGER_NUMBER, .rule = SM_ANY_RULE, .sums = sums, .groups = groups};
    const char before = byte_before(s->text, at);
    size_t letters = at;
    while (letters > 0 && at - letters < 4 && sm_is_ascii_letter(s->text.p[letters - 1]))
        letters--;
    if (letters < at) add_number(s, letters, &digits);
    if (before == '+' && byte_before(s->text, at - 1) == '(') add_number(s, at - 2, &digits);
    if (before == '+' || before == '(') add_number(s, at - 1, &digits);
    add_number(s, at, &digits);
}

static void look_at_date(sm_scanner *s, size_t at)
{
    const size_t era = sm_pii_era_before(s->text, at);
    if (era < at) add_any(s, era, SM_TRIGGER_DATE);
    add_any(s, at, SM_TRIGGER_DATE);
}

/* The places of number plates have one to five characters. */
static void look_at_plate(sm_scanner *s, size_t at)
{
    size_t start[MAX_PLACE], n = 0, p = at;
    if (byte_before(s->text, p) == ' ') p--;
    while (n < MAX_PLACE && p >= 3 && ((unsigned char)s->text.p[p - 1] & 0xC0) == 0x80) {
        p -= 3;
        if (((unsigned char)s->text.p[p] & 0xF0) != 0xE0) break;
        start[n++] = p;
    }
    while (n > 0)
        add_any(s, start[--n], SM_TRIGGER_PLATE);
}

static void look_at_digits(sm_scanner *s, size_t at)
{
    const size_t i = sm_chain_find(&s->chain, s->text, at);
    const uint32_t sums = sm_chain_sums(&s->chain, i);
    if (sums >> SM_MIN_DIGITS) look_at_number(s, at, sums, sm_chain_lengths(&s->chain, i));
    if (sm_chain_is_dotted(&s->chain, i)) add_any(s, at, SM_TRIGGER_DOTTED);
    if (sm_chain_is_date(&s->chain, s->text, i)) look_at_date(s, at);
    if (sm_chain_is_plate(&s->chain, s->text, i)) look_at_plate(s, at);
}

/* ---- marks ---------------------------------------------------------------------------------- */

static bool is_local_mark(char c)
{
    return c == '.' || c == '%' || c == '+' || c == '-';
}

static bool is_local(char c)
{
    return sm_is_ascii_letter(c) || sm_is_digit(c) || c == '_' || is_local_mark(c);
}

static bool is_bracket(char c)
{
    return c == '(' || c == '[' || c == '{' || c == '<';
}

/* Too long for a local part: one may still begin behind a mark within it. */
static void look_within_local(sm_scanner *s, size_t start, size_t end, sm_trigger trigger,
                              unsigned rule)
{
    for (size_t at = start + 1; at < end; at++)
        if (is_local_mark(s->text.p[at - 1]) && !is_local_mark(s->text.p[at]))
            add_site(s, at, trigger, rule);
}

/* What stands before an @ that is at byte `at`, or behind one blank or bracket. */
static void look_before_at(sm_scanner *s, size_t at, sm_trigger trigger, unsigned rule)
{
    size_t end = at;
    if (is_bracket(byte_before(s->text, end))) end--;
    if (byte_before(s->text, end) == ' ') end--;
    size_t start = end;
    while (start > 0 && end - start < MAX_LOCAL && is_local(s->text.p[start - 1]))
        start--;
    if (end - start == MAX_LOCAL) {
        look_within_local(s, start, end, trigger, rule);
        return;
    }
    while (start < end && is_local_mark(s->text.p[start]))
        start++;
    if (start < end) add_site(s, start, trigger, rule);
}

static void look_at_at(sm_scanner *s, size_t at)
{
    size_t start = 0;
    look_before_at(s, at, SM_TRIGGER_AT, SM_ANY_RULE);
    const size_t bracket = byte_before(s->text, at) == ' ' ? at - 1 : at;
    if (is_bracket(byte_before(s->text, bracket)))
        look_before_at(s, bracket, SM_TRIGGER_SPELLED, SM_ANY_RULE);
    if (sm_pii_in_authority(s->text, at, &start)) add_any(s, start, SM_TRIGGER_URL);
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* The first colon of a run of hexadecimal groups: the run begins up to four digits before it, or behind it where
 * it is that of a label ("MAC:00:…"). */
static void look_at_colon(sm_scanner *s, size_t at)
{
    size_t start = at;
    if (!is_hex(byte_at(s->text, at + 1)) && byte_at(s->text, at + 1) != ':') return;
    while (start > 0 && at - start <= 4 && is_hex(s->text.p[start - 1]))
        start--;
    if (at - start > 4 || byte_before(s->text, start) == ':') return;
    if (start < at) add_any(s, start, SM_TRIGGER_HEX);
    add_any(s, at + 1, SM_TRIGGER_HEX);
}

static bool has_spelled_at(sm_span text, size_t at)
{
    if (byte_at(text, at) == ' ') at++;
    return (byte_at(text, at) | 0x20) == 'a' && (byte_at(text, at + 1) | 0x20) == 't';
}

static void look_at_mark(sm_scanner *s, size_t at)
{
    const char c = s->text.p[at];
    const size_t length = (unsigned char)c == 0xE2 ? 3 : 1;
    switch (c) {
    case '@': look_at_at(s, at); return;
    case ':':
    case '=':
        if (c == ':') look_at_colon(s, at);
        if (sm_pii_names_secret(s->text, at) != SM_NAME_NONE) add_any(s, at, SM_TRIGGER_ASSIGN);
        return;
    case '-':
        if (at >= 4 && memcmp(s->text.p + at - 4, "----", 4) == 0)
            add_any(s, at - 4, SM_TRIGGER_TOKEN);
        return;
    case 'P': add_any(s, at, SM_TRIGGER_TOKEN); return;
    case '(':
    case '[':
    case '{':
    case '<':
        if (has_spelled_at(s->text, at + 1))
            look_before_at(s, at, SM_TRIGGER_SPELLED, SM_ANY_RULE);
        return;
    default: /* a symbol in the place of @ */
        if (is_local(byte_before(s->text, at)) && is_local(byte_at(s->text, at + length)))
            look_before_at(s, at, SM_TRIGGER_SYMBOL, SM_ANY_RULE);
    }
}

/* ---- tokens and cues -------------------------------------------------------------------------- */

static bool is_token(char c)
{
    return is_local(c) && c != '.' && c != '%' && c != '+';
}

/* A long token matters where it has a digit, or nothing but capitals. */
static void look_at_token(sm_scanner *s, size_t at)
{
    bool has_digit = false, has_lower = false;
    size_t end = at;
    while (end < s->text.n && end - at < MAX_TOKEN && is_token(s->text.p[end])) {
        has_digit |= s->text.p[end] >= '0' && s->text.p[end] <= '9';
        has_lower |= s->text.p[end] >= 'a' && s->text.p[end] <= 'z';
        end++;
    }
    if (!has_digit && has_lower) return;
    add_any(s, at, SM_TRIGGER_TOKEN);
    if (s->text.p[at + 2] == '-' && is_hex(s->text.p[at])) add_any(s, at, SM_TRIGGER_HEX);
}

bool sm_pii_may_follow(sm_span text, size_t at)
{
    static const sm_span joints[] = {{"は", 3}, {"が", 3}, {"「", 3},
                                     {"『", 3}, {"【", 3}, {"】", 3}};
    if (at >= text.n) return false;
    if ((unsigned char)text.p[at] != 0xE3) return (unsigned char)text.p[at] < 0x80;
    const sm_span rest = {text.p + at, text.n - at};
    for (size_t i = 0; i < sizeof joints / sizeof *joints; i++)
        if (sm_span_starts(rest, joints[i])) return true;
    return false;
}

/* A cue stands for an @, is the era of a date, or has a value behind it. */
static void add_cue(sm_scanner *s, const sm_term *w, size_t start, size_t end)
{
    const sm_trigger trigger = s->rules->rules[w->rule].trigger;
    if (trigger == SM_TRIGGER_SPELLED) look_before_at(s, start, trigger, w->rule);
    if (trigger == SM_TRIGGER_DATE && sm_pii_is_era_date(s->text, end))
        add_site(s, start, trigger, w->rule);
    if (trigger == SM_TRIGGER_BEHIND && sm_pii_may_follow(s->text, end))
        add_site(s, end, trigger, w->rule);
}

static void look_at_cue(sm_scanner *s, size_t at)
{
    const sm_term *w = NULL;
    while ((w = sm_words_at(&s->rules->cues, s->text, at, w)) != NULL) {
        add_cue(s, w, at - w->skip, at - w->skip + w->text.n);
    }
}

/* ---- the scan --------------------------------------------------------------------------------- */

/* The first bytes of runs of at least LONG_TOKEN ones. */
static uint64_t long_runs(uint64_t now, uint64_t behind)
{
    uint64_t low = now, high = behind;
    for (unsigned step = 1; step < LONG_TOKEN; step *= 2) {
        low &= low >> step | high << (64 - step);
        high &= high >> step;
    }
    return low;
}

static void read_block(const sm_scanner *s, size_t at, sm_scan_block *block)
{
    sm_scan_pad pad;
    if (at >= s->text.n) {
        *block = (sm_scan_block){0};
        return;
    }
    s->path->classify(sm_scan_bytes(s->text, at, &pad), &s->rules->cues, block);
}

/* Makes the block at s->at, which is in s->block, and the one behind it ready; `before` are the last bits of the
 * block before. */
static void enter_block(sm_scanner *s, const sm_scan_block *before)
{
    const sm_scan_block *const now = &s->block;
    read_block(s, s->at + SM_SCAN_BYTES, &s->next);
    s->digits = now->digits & ~(now->digits << 1 | before->digits >> 63);
    const uint64_t first = now->tokens & ~(now->tokens << 1 | before->tokens >> 63);
    s->tokens = first & long_runs(now->tokens, s->next.tokens);
    s->looks = s->digits | s->tokens | now->marks | now->words;
}

void sm_scanner_begin(sm_scanner *scanner, const sm_scan_path *path, sm_span text,
                      const sm_pii_rules *rules)
{
    sm_scanner *const s = scanner;
    *s = (sm_scanner){.text = text, .path = path, .rules = rules};
    read_block(s, 0, &s->block);
    enter_block(s, &(sm_scan_block){0});
}

static void look(sm_scanner *s, size_t at, uint64_t bit)
{
    if (s->digits & bit) look_at_digits(s, at);
    if (s->tokens & bit) look_at_token(s, at);
    if (s->block.marks & bit) look_at_mark(s, at);
    if (s->block.words & bit) look_at_cue(s, at);
}

size_t sm_scanner_next(sm_scanner *scanner, sm_site sites[SM_SITES])
{
    sm_scanner *const s = scanner;
    s->sites = sites;
    s->n = 0;
    while (s->n == 0 && s->at < s->text.n) {
        if (s->looks) {
            const uint64_t bit = s->looks & -s->looks;
            s->looks ^= bit;
            look(s, s->at + (size_t)__builtin_ctzll(bit), bit);
            continue;
        }
        const sm_scan_block before = s->block;
        s->block = s->next;
        s->at += SM_SCAN_BYTES;
        enter_block(s, &before);
    }
    return s->n;
}
