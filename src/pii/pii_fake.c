/* Fakes: values of the same shape that are nobody's, made of the keyed hash of the true ones.
 * SPDX-License-Identifier: MIT
 *
 * A fake must be known again, or a second run would fake it once more. So each kind has a reserve: values that
 * stand for no one, of which `is_reserved` tells that they are fakes, and which a maker gives. Where a maker's
 * result is not in the reserve (a number plan may read a number in two ways), and for kinds without one, digits
 * become 0 and letters X: that is its own fake. */
#include "pii_internal.h"

#include <seimai/utf8.h>
#include <stdio.h>
#include <string.h>

enum { TRIES = 16 };

/* A value and what its fake is made of. */
typedef struct source {
    const sm_rule *rule;
    sm_span value;  /* as it stands in the text */
    sm_span folded; /* in ASCII clothes */
    const unsigned char *digest;
    size_t round; /* makers that may fail are asked again */
} source;

typedef void maker(const source *s, sm_buffer *out);
typedef bool reserve(const source *s);

/* ---- digits -------------------------------------------------------------------------------------- */

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint32_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* A character of the same width. */
static void put_like(uint32_t like, uint32_t ascii, sm_buffer *out)
{
    char bytes[4];
    const size_t n =
        sm_utf8_put(like >= 0xFF01 && like <= 0xFF5E ? ascii + 0xFEE0 : ascii, bytes);
    sm_buffer_put(out, (sm_span){bytes, n});
}

static char digit_of(const source *s, size_t i)
{
    return (char)('0' + (s->digest[i % SM_SHA256_BYTES] + s->round * (i + 1)) % 10);
}

/* The value with other digits, one after the other; all else stays. */
static void put_digits(sm_span value, sm_span digits, sm_buffer *out)
{
    size_t used = 0;
    for (const char *p = value.p; p < value.p + value.n;) {
        const char *const start = p;
        const uint32_t c = sm_utf8_next(&p, value.p + value.n);
        if (is_digit(sm_pii_fold_char(c)) && used < digits.n)
            put_like(c, (unsigned char)digits.p[used++], out);
        else
            sm_buffer_put(out, (sm_span){start, (size_t)(p - start)});
    }
}

/* Zeros and X of the same shape. */
static void make_blank(const source *s, sm_buffer *out)
{
    for (const char *p = s->value.p; p < s->value.p + s->value.n;) {
        const char *const start = p;
        const uint32_t c = sm_utf8_next(&p, s->value.p + s->value.n);
        const uint32_t folded = sm_pii_fold_char(c);
        if (is_digit(folded) || is_letter(folded))
            put_like(c, is_digit(folded) ? '0' : 'X', out);
        else
            sm_buffer_put(out, (sm_span){start, (size_t)(p - start)});
    }
}

/* The first digit stays, the others come from the hash; the check must refuse the result. */
static void make_checked(const source *s, sm_buffer *out)
{
    char digits[64];
    const size_t n = sm_pii_digits(s->folded, digits, sizeof digits);
    for (size_t i = 1; i < n && i < sizeof digits; i++)
        digits[i] = digit_of(s, i);
    put_digits(s->value, (sm_span){digits, n < sizeof digits ? n : sizeof digits}, out);
}

/* Refused by the kind's own check: no one's number. */
static bool is_refused(const source *s)
{
    return s->rule->check && s->rule->check(s->folded, s->folded) == SM_PII_NONE;
}

/* ---- telephone, post, net --------------------------------------------------------------------------- */

/* The area code or prefix stays; the local part begins with 0, as none does. Where that makes another area code (042-0…
 * is 04-20…), the fake is zeros. */
static void make_phone(const source *s, sm_buffer *out)
{
    char digits[32] = "";
    const size_t n = sm_pii_digits(s->folded, digits, sizeof digits - 1);
    const bool is_abroad = sm_span_starts(s->folded, SM_SPAN("+81")) ||
                           sm_span_starts(s->folded, SM_SPAN("(+81")) ||
                           sm_span_starts(s->folded, SM_SPAN("0081"));
    size_t at = is_abroad ? (digits[0] == '0' ? 4 : 2) : 0;
    at += at < n && digits[at] == '0';
    if (n >= sizeof digits || at + 9 > n) return; /* no whole number: not in the reserve */
    at += n - at == 10 ? 2 : sm_area_code_length(digits + at);
    for (size_t i = at; i < n; i++)
        digits[i] = i > at ? digit_of(s, i) : '0';
    put_digits(s->value, (sm_span){digits, n}, out);
}

/* NNN-0000: the code of what has no code of its own. */
static void make_postal_code(const source *s, sm_buffer *out)
{
    char digits[8] = "";
    const size_t n = sm_pii_digits(s->folded, digits, 7);
    memset(digits + 3, '0', 4);
    put_digits(s->value, (sm_span){digits, n < 7 ? n : 7}, out);
}

static bool is_postal_blank(const source *s)
{
    char digits[8] = "";
    return sm_pii_digits(s->folded, digits, 7) == 7 && memcmp(digits + 3, "0000", 4) == 0;
}

/* Local part of the same shape, in example.jp (RFC 2606's sister in Japan). */
static void make_email(const source *s, sm_buffer *out)
{
    size_t i = 0;
    for (; i < s->folded.n; i++) {
        const unsigned char c = (unsigned char)s->folded.p[i],
                            h = s->digest[i % SM_SHA256_BYTES];
        if (c >= 0x80 || (!is_digit(c) && !is_letter(c) && !memchr("._+-%", c, 5))) break;
        sm_buffer_putc(out, is_letter(c)  ? (char)('a' + h % 26)
                            : is_digit(c) ? (char)('0' + h % 10)
                                          : (char)c);
    }
    sm_buffer_puts(out, "@example.jp");
}

static bool is_example_domain(const source *s)
{
    static const char *const domains[] = {"example.jp",  "example.co.jp", "example.ne.jp",
                                          "example.com", "example.net",   "example.org"};
    for (size_t i = 0; i < sizeof domains / sizeof *domains; i++) {
        const sm_span domain = sm_span_of(domains[i]);
        const size_t head = s->folded.n - domain.n;
        if (sm_span_ends(s->folded, domain) && head > 0 &&
            !is_letter((unsigned char)s->folded.p[head - 1]) && s->folded.p[head - 1] != '-')
            return true;
    }
    return false;
}

static void make_ipv4(const source *s, sm_buffer *out)
{
    sm_buffer_printf(out, "192.0.2.%d", s->digest[0]);
}

static bool is_test_net(const source *s)
{
    return sm_span_starts(s->folded, SM_SPAN("192.0.2.")) ||
           sm_span_starts(s->folded, SM_SPAN("198.51.100.")) ||
           sm_span_starts(s->folded, SM_SPAN("203.0.113."));
}

static void make_ipv6(const source *s, sm_buffer *out)
{
    sm_buffer_printf(out, "2001:db8::%x:%x", s->digest[0] << 8 | s->digest[1],
                     s->digest[2] << 8 | s->digest[3]);
}

static bool is_ipv6_example(const source *s)
{
    return sm_span_starts(s->folded, SM_SPAN("2001:db8:")) ||
           sm_span_starts(s->folded, SM_SPAN("2001:DB8:"));
}

/* 00:00:5E:00:53:xx of RFC 7042, with the separators of the value. */
static void make_mac(const source *s, sm_buffer *out)
{
    char digits[13];
    size_t used = 0;
    (void)snprintf(digits, sizeof digits, "00005E0053%02X", s->digest[0]);
    for (size_t i = 0; i < s->folded.n; i++) {
        const unsigned char c = (unsigned char)s->folded.p[i];
        const bool is_hex = is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
        sm_buffer_putc(out, is_hex && used < 12 ? digits[used++] : (char)c);
    }
}

static bool is_example_mac(const source *s)
{
    static const char digits[] = "00005E0053";
    size_t used = 0;
    for (size_t i = 0; i < s->folded.n && used < sizeof digits - 1; i++) {
        const unsigned char c = (unsigned char)s->folded.p[i];
        if (!is_digit(c) && !is_letter(c)) continue;
        if ((is_letter(c) ? c & ~0x20 : c) != digits[used++]) return false;
    }
    return used == sizeof digits - 1;
}

/* ---- places, dates, names ---------------------------------------------------------------------------- */

static const char no_city[] = "架空市";

static bool is_no_city(const source *s)
{
    for (size_t i = 0; i + sizeof no_city - 1 <= s->value.n; i++)
        if (memcmp(s->value.p + i, no_city, sizeof no_city - 1) == 0) return true;
    return false;
}

static sm_span prefecture_of(sm_span address)
{
    static const char *const ends[] = {"都", "道", "府", "県"};
    for (size_t n = 9; n <= 12 && n <= address.n; n += 3) /* three or four characters */
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
            if (sm_span_ends((sm_span){address.p, n}, sm_span_of(ends[i])))
                return (sm_span){address.p, n};
    return (sm_span){address.p, 0};
}

static void make_address(const source *s, sm_buffer *out)
{
    const unsigned char *const h = s->digest;
    sm_buffer_put(out, prefecture_of(s->value));
    sm_buffer_puts(out, no_city);
    sm_buffer_printf(out, "見本町%d-%d-%d", h[0] % 9 + 1, h[1] % 30 + 1, h[2] % 30 + 1);
}

/* The first group of digits, the year, stays; month and day become 1. */
static void make_date(const source *s, sm_buffer *out)
{
    size_t group = 0;
    bool inside = false;
    uint32_t held = 0; /* a digit of a later group that is its last if no other follows */
    for (const char *p = s->value.p; p < s->value.p + s->value.n;) {
        const char *const start = p;
        const uint32_t c = sm_utf8_next(&p, s->value.p + s->value.n);
        const bool digit = is_digit(sm_pii_fold_char(c));
        group += digit && !inside;
        if (held) put_like(held, digit ? '0' : '1', out);
        held = digit && group > 1 ? c : 0;
        inside = digit;
        if (!held) sm_buffer_put(out, (sm_span){start, (size_t)(p - start)});
    }
    if (held) put_like(held, '1', out);
}

static const char *const family_names[] = {"甲野", "甲山", "甲田", "甲川", "乙野", "乙山",
                                           "乙田", "乙川", "丙野", "丙山", "丙田", "丙川",
                                           "丁野", "丁山", "丁田", "丁川"};
static const char *const given_names[] = {"一郎", "次郎", "三郎", "四郎", "五郎", "太郎",
                                          "花子", "桃子", "梅子", "菊子", "竹子", "松子",
                                          "春子", "夏子", "秋子", "冬子"};
static const char *const family_kana[] = {"コウノ", "オツヤマ", "ヘイカワ", "テイダ"};
static const char *const given_kana[] = {"イチロウ", "ジロウ", "ハナコ", "ハルコ"};

/* The blank or dot between the parts of a name; empty where there is none. */
static sm_span joint_of(sm_span name)
{
    for (const char *p = name.p; p < name.p + name.n;) {
        const char *const start = p;
        const uint32_t c = sm_utf8_next(&p, name.p + name.n);
        if (sm_pii_fold_char(c) == ' ' || c == 0x30FB || c == 0xFF65)
            return (sm_span){start, (size_t)(p - start)};
    }
    return (sm_span){name.p, 0};
}

static bool has_han(sm_span name)
{
    for (const char *p = name.p; p < name.p + name.n;) {
        const uint32_t c = sm_utf8_next(&p, name.p + name.n);
        if (c >= 0x4E00 && c <= 0x9FFF) return true;
    }
    return false;
}

static void make_name(const source *s, sm_buffer *out)
{
    const bool is_han = has_han(s->value);
    const sm_span joint = joint_of(s->value);
    const size_t family = s->digest[0] & 15, given = s->digest[1] & 15;
    sm_buffer_puts(out, is_han ? family_names[family] : family_kana[family & 3]);
    if (joint.n == 0 && sm_utf8_count(s->value) <= (is_han ? 2 : 4)) return;
    sm_buffer_put(out, joint);
    sm_buffer_puts(out, is_han ? given_names[given] : given_kana[given & 3]);
}

static bool is_one_of(sm_span word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (sm_span_equal(word, sm_span_of(words[i]))) return true;
    return false;
}

/* A family name of the table, alone or with a given name of it. */
static bool is_stem(sm_span name)
{
    const sm_span joint = joint_of(name);
    const bool is_han = has_han(name);
    const char *const *const families = is_han ? family_names : family_kana;
    const char *const *const givens = is_han ? given_names : given_kana;
    const size_t n = is_han ? sizeof family_names / sizeof *family_names
                            : sizeof family_kana / sizeof *family_kana;
    for (size_t i = 0; i < n; i++) {
        const sm_span family = sm_span_of(families[i]);
        const size_t head = family.n + joint.n;
        if (!sm_span_starts(name, family)) continue;
        if (name.n <= head) return name.n == family.n;
        if (joint.n > 0 && joint.p != name.p + family.n) continue;
        if (is_one_of((sm_span){name.p + head, name.n - head}, givens, n)) return true;
    }
    return false;
}

static bool is_stem_name(const source *s)
{
    return is_stem(s->value);
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* Does a family name of the tables begin a text? */
static bool begins_with_family(sm_span text)
{
    static const char *const firsts[] = {"甲", "乙", "丙", "丁", "コ", "オ", "ヘ", "テ"};
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++)
        if (sm_span_starts(text, sm_span_of(firsts[i]))) return true;
    return false;
}

bool sm_pii_is_fake_name(const sm_pii_rule *rule, sm_span text, size_t start, size_t end)
{
    enum { REACH = 24 }; /* bytes of the longest name of the tables */
    if (strcmp(rule->kind, "name") != 0) return false;
    const size_t first = start > REACH ? start - REACH : 0;
    const size_t last = text.n - end > REACH ? end + REACH : text.n;
    for (size_t from = first; from <= start; from++) {
        if (!begins_with_family((sm_span){text.p + from, text.n - from})) continue;
        for (size_t to = end; to <= last; to++)
            if ((to == text.n || !is_continuation(text.p[to])) &&
                is_stem((sm_span){text.p + from, to - from}))
                return true;
    }
    return false;
}

/* ---- kinds ------------------------------------------------------------------------------------------- */

static const struct {
    const char *kind;
    maker *make;
    reserve *is_reserved; /* NULL: a fake of the maker is its own fake */
} kinds[] = {
    {"email", make_email, is_example_domain},
    {"phone", make_phone, is_refused},
    {"phone-service", make_phone, is_refused},
    {"postal-code", make_postal_code, is_postal_blank},
    {"ipv4", make_ipv4, is_test_net},
    {"ipv6", make_ipv6, is_ipv6_example},
    {"mac", make_mac, is_example_mac},
    {"address", make_address, is_no_city},
    {"name", make_name, is_stem_name},
    {"birth-date", make_date, NULL},
    {"card", make_checked, is_refused},
    {"my-number", make_checked, is_refused},
    {"driving-licence", make_checked, is_refused},
    {"corporate-number", make_checked, is_refused},
    {"health-insurance", make_checked, is_refused},
};

/* Asks the maker until what it makes is in the reserve. */
static bool make_reserved(source s, maker *make, reserve *is_reserved, sm_buffer *out)
{
    sm_fold fold = {0};
    bool found = false;
    for (s.round = 0; s.round < TRIES && !found; s.round++) {
        sm_buffer_clear(out);
        make(&s, out);
        sm_pii_fold(&fold, sm_buffer_span(out));
        source made = s;
        made.value = sm_buffer_span(out);
        made.folded = fold.text;
        found = made.value.n > 0 && (!is_reserved || is_reserved(&made));
    }
    sm_fold_free(&fold);
    return found;
}

static void make_fake(const source *s, sm_buffer *out)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].kind, s->rule->public.kind) != 0) continue;
        if (kinds[i].is_reserved && kinds[i].is_reserved(s)) {
            sm_buffer_put(out, s->value);
            return;
        }
        if (make_reserved(*s, kinds[i].make, kinds[i].is_reserved, out)) return;
        sm_buffer_clear(out);
    }
    make_blank(s, out);
}

void sm_pii_fake(const sm_pii_rules *rules, const sm_pii_rule *rule, sm_span value,
                 sm_buffer *out)
{
    unsigned char digest[SM_SHA256_BYTES];
    sm_buffer fake = sm_buffer_make(UINT32_MAX);
    sm_fold fold = {0};
    sm_pii_digest(rules, rule, value, digest);
    sm_pii_fold(&fold, value);
    const source s = {.rule = &rules->rules[rule->index],
                      .value = value,
                      .folded = fold.text,
                      .digest = digest};
    make_fake(&s, &fake);
    sm_buffer_put(out, sm_buffer_span(&fake));
    sm_buffer_free(&fake);
    sm_fold_free(&fold);
}
