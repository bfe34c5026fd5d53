/* Secrets: is a string random enough, and does the text before it name one?
 * SPDX-License-Identifier: MIT */
#include "../pii_internal.h"

#include <math.h>
#include <string.h>

enum {
    MAX_BETWEEN = 8, /* quotes, blanks and signs between a name and its value */
    MAX_NAME = 32,
    MAX_USER = 160 /* bytes of an authority before @ */
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

/* ---- names --------------------------------------------------------------------------------- */

/* What a name ends with, in lower case. */
#define NAME(text)                                                                             \
    {                                                                                          \
        text, sizeof(text) - 1                                                                 \
    }
static const sm_span password_names[] = {
    NAME("password"), NAME("passwd"),     NAME("pwd"),
    NAME("pw"),       NAME("passphrase"), NAME("パスワード"),
};
static const sm_span key_names[] = {
    NAME("token"),        NAME("secret"),      NAME("apikey"),       NAME("api_key"),
    NAME("api-key"),      NAME("accesskey"),   NAME("access_key"),   NAME("access-key"),
    NAME("secretkey"),    NAME("secret_key"),  NAME("secret-key"),   NAME("privatekey"),
    NAME("auth_key"),     NAME("accountkey"),  NAME("account_key"),  NAME("encryption_key"),
    NAME("credential"),   NAME("credentials"), NAME("access_code"),  NAME("トークン"),
    NAME("シークレット"), NAME("apiキー"),     NAME("アクセスキー"), NAME("シークレットキー"),
    NAME("認証キー"),
};
#undef NAME

/* From the last byte on: most names differ there. */
static bool ends_with(sm_span text, sm_span word)
{
    if (text.n < word.n) return false;
    for (size_t i = 1; i <= word.n; i++)
        if (lower(text.p[text.n - i]) != word.p[word.n - i]) return false;
    return true;
}

static bool is_between(char c)
{
    switch (c) {
    case ' ':
    case '"':
    case '\'':
    case '`':
    case '\\':
    case ':':
    case '=':
    case '>':
    case ']': return true;
    default: return false;
    }
}

/* What the last letter of a name in ASCII may be. */
static bool may_end_name(char c)
{
    switch (lower(c)) {
    case 'd':
    case 'e':
    case 'l':
    case 'n':
    case 's':
    case 't':
    case 'w':
    case 'y': return true;
    default: return (unsigned char)c >= 0x80;
    }
}

/* Where the name ends that `at` assigns to: blanks, quotes, : = and > are passed over. */
static size_t name_end(sm_span text, size_t at)
{
    const size_t first = at > MAX_BETWEEN ? at - MAX_BETWEEN : 0;
    while (at > first && is_between(text.p[at - 1]))
        at--;
    return at;
}

static bool ends_with_any(sm_span name, const sm_span words[], size_t n)
{
    const char last = lower(name.p[name.n - 1]);
    for (size_t i = 0; i < n; i++)
        if (words[i].p[words[i].n - 1] == last && ends_with(name, words[i])) return true;
    return false;
}

sm_secret_name sm_pii_names_secret(sm_span text, size_t at)
{
    const size_t end = name_end(text, at), start = end > MAX_NAME ? end - MAX_NAME : 0;
    const sm_span name = {text.p + start, end - start};
    if (name.n == 0) return SM_NAME_NONE;
    if (!may_end_name(name.p[name.n - 1])) return SM_NAME_NONE; /* most text ends here */
    if (ends_with_any(name, key_names, sizeof key_names / sizeof *key_names))
        return SM_NAME_KEY;
    return ends_with_any(name, password_names, sizeof password_names / sizeof *password_names)
               ? SM_NAME_PASSWORD
               : SM_NAME_NONE;
}

bool sm_pii_in_authority(sm_span text, size_t at, size_t *start)
{
    const size_t first = at > MAX_USER ? at - MAX_USER : 0;
    while (at > first && (unsigned char)text.p[at - 1] > ' ' && text.p[at - 1] != '/' &&
           (unsigned char)text.p[at - 1] < 0x80)
        at--;
    *start = at;
    return sm_span_ends((sm_span){text.p, at}, SM_SPAN("://"));
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Bits a byte, by how often each one occurs in the string (Shannon). */
static double entropy(sm_span s)
{
    unsigned count[256] = {0};
    double bits = 0;
    for (size_t i = 0; i < s.n; i++)
        count[(unsigned char)s.p[i]]++;
    for (size_t i = 0; i < 256; i++)
        if (count[i]) bits -= count[i] * log2((double)count[i] / (double)s.n);
    return s.n ? bits / (double)s.n : 0;
}

static bool has_any(sm_span s, bool test(char))
{
    for (size_t i = 0; i < s.n; i++)
        if (test(s.p[i])) return true;
    return false;
}

/* What stands in the place of a secret in manuals. */
static bool is_placeholder(sm_span s)
{
    static const sm_span words[] = {
        {"example", 7},  {"your", 4},   {"xxxx", 4},     {"****", 4},
        {"password", 8}, {"passwd", 6}, {"dummy", 5},    {"sample", 6},
        {"secret", 6},   {"token", 5},  {"changeme", 8},
    };
    for (size_t end = 1; end <= s.n; end++)
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (ends_with((sm_span){s.p, end}, words[i])) return true;
    return false;
}

/* A key with a prefix: what makes it one is how random the rest is. */
sm_pii_tier sm_check_entropy(sm_span match, sm_span text)
{
    (void)text;
    return entropy(match) >= 3.0 ? SM_PII_CHECKED : SM_PII_NONE;
}

static bool is_mixed(sm_span s)
{
    return has_any(s, is_digit) && has_any(s, is_letter);
}

/* The value of api_key, token … : letters and digits, and not a word of a language. */
sm_pii_tier sm_check_secret(sm_span match, sm_span text)
{
    if (sm_pii_names_secret(text, (size_t)(match.p - text.p)) != SM_NAME_KEY)
        return SM_PII_NONE;
    const bool is_random = is_mixed(match) && entropy(match) >= 3.5;
    return is_random && !is_placeholder(match) ? SM_PII_CHECKED : SM_PII_NONE;
}

/* What is said to be a password is one if it has a letter and a digit, and is no placeholder. */
sm_pii_tier sm_check_password_value(sm_span match, sm_span text)
{
    (void)text;
    return is_mixed(match) && !is_placeholder(match) ? SM_PII_CHECKED : SM_PII_NONE;
}

/* The same where a name stands before : or =. */
sm_pii_tier sm_check_password(sm_span match, sm_span text)
{
    const sm_secret_name name = sm_pii_names_secret(text, (size_t)(match.p - text.p));
    return name == SM_NAME_PASSWORD ? sm_check_password_value(match, text) : SM_PII_NONE;
}

/* user:password of a link. */
sm_pii_tier sm_check_url_credentials(sm_span match, sm_span text)
{
    size_t start = 0;
    const char *const colon = memchr(match.p, ':', match.n);
    if (!colon || !sm_pii_in_authority(text, (size_t)(match.p - text.p), &start))
        return SM_PII_NONE;
    const sm_span password = {colon + 1, (size_t)(match.p + match.n - colon) - 1};
    return is_placeholder(password) ? SM_PII_NONE : SM_PII_CHECKED;
}
