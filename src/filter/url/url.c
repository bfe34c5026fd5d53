/* The host of a URL, as a browser sees it. See seimai/hosts.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/hosts.h>

#include <seimai/idna.h>
#include <seimai/utf8.h>
#include <stdio.h>
#include <string.h>

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static int hex_digit(char c)
{
    if (is_digit(c)) return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static sm_span trimmed(sm_span s)
{
    while (s.n > 0 && (unsigned char)s.p[0] <= ' ')
        s = sm_span_from(s, 1);
    while (s.n > 0 && (unsigned char)s.p[s.n - 1] <= ' ')
        s.n--;
    return s;
}

/* ---- the parts of a URL ------------------------------------------------------------------------- */

static bool is_slash(char c)
{
    return c == '/' || c == '\\';
}

static size_t slashes(sm_span s)
{
    size_t n = 0;
    while (n < s.n && is_slash(s.p[n]))
        n++;
    return n;
}

/* Takes "scheme://" or "//" off. False for a scheme without slashes, but "host:80" has none. */
static bool skip_scheme(sm_span *url)
{
    size_t n = 0;
    while (n < url->n && (is_alpha(url->p[n]) || is_digit(url->p[n]) ||
                          (url->p[n] && strchr("+-.", url->p[n]))))
        n++;
    const bool colon = n > 0 && n < url->n && url->p[n] == ':';
    const sm_span behind = sm_span_from(*url, colon ? n + 1 : 0);
    if (slashes(behind) >= 2)
        *url = sm_span_from(behind, slashes(behind));
    else if (colon && is_alpha(url->p[0]) && (behind.n == 0 || !is_digit(behind.p[0])))
        return false;
    return true;
}

static size_t authority_bytes(sm_span url)
{
    size_t n = 0;
    while (n < url.n && !is_slash(url.p[n]) && url.p[n] != '?' && url.p[n] != '#')
        n++;
    return n;
}

/* Cuts ":port" off: what follows the last colon that stands in no brackets. */
static bool take_port(sm_span *host, int *port)
{
    size_t colon = host->n;
    *port = -1;
    while (colon > 0 && is_digit(host->p[colon - 1]))
        colon--;
    if (colon == 0 || host->p[colon - 1] != ':') return true;
    if (host->n - colon > 5) return false;
    int number = 0;
    for (size_t i = colon; i < host->n; i++)
        number = 10 * number + (host->p[i] - '0');
    if (colon < host->n) *port = number;
    host->n = colon - 1;
    return number <= 65535;
}

/* ---- hosts ---------------------------------------------------------------------------------------- */

/* Undoes %XX. False where the bytes are no UTF-8, or more than fit. */
static bool decode(sm_span host, char *out, size_t size, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];
        if (c == '%') {
            const int high = i + 1 < host.n ? hex_digit(host.p[i + 1]) : -1;
            const int low = i + 2 < host.n ? hex_digit(host.p[i + 2]) : -1;
            if (high < 0 || low < 0) return false;
            c = (char)(high << 4 | low);
            i += 2;
        }
        if (*n == size) return false;
        out[(*n)++] = c;
    }
    return sm_utf8_check((sm_span){out, *n}) == *n;
}

static bool is_ascii(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)p[i] >= 0x80) return false;
    return true;
}

/* Labels of letters, digits, - and _ between dots, each of 1 … 63 bytes. */
static bool is_name(const char *p, size_t n)
{
    enum { LABEL_MAX = 63 };
    size_t label = 0;
    for (size_t i = 0; i <= n; i++) {
        if (i == n || p[i] == '.') {
            if (label == 0 || label > LABEL_MAX) return false;
            label = 0;
            continue;
        }
        if (!is_alpha(p[i]) && !is_digit(p[i]) && p[i] != '-' && p[i] != '_') return false;
        label++;
    }
    return n > 0 && n <= SM_HOST_MAX;
}

/* One number of an IPv4 address as browsers read it: decimal, octal behind 0, hexadecimal behind 0x. */
static bool read_number(const char **p, const char *end, uint64_t *value)
{
    const char *s = *p;
    int base = 10;
    *value = 0;
    if (s < end && *s == '0' && s + 1 < end && s[1] != '.') {
        base = s[1] == 'x' ? 16 : 8;
        s += base == 16 ? 2 : 1;
    } else if (s == end || *s == '.')
        return false;
    for (; s < end && *s != '.'; s++) {
        const int digit = hex_digit(*s);
        if (digit < 0 || digit >= base || *value > UINT32_MAX) return false;
        *value = *value * (uint64_t)base + (uint64_t)digit;
    }
    *p = s;
    return true;
}

/* A host whose last label is a number is an address, or nothing. Of one to four numbers the last fills what is left. */
static bool read_ipv4(const char *p, size_t n, uint32_t *address)
{
    const char *const end = p + n;
    uint64_t parts[4];
    int count = 0;
    for (;; p++) {
        if (count == 4 || !read_number(&p, end, &parts[count++])) return false;
        if (p == end) break;
    }
    uint64_t sum = parts[count - 1];
    if (sum >> (8 * (5 - count))) return false;
    for (int i = 0; i + 1 < count; i++) {
        if (parts[i] > 255) return false;
        sum |= parts[i] << (8 * (3 - i));
    }
    *address = (uint32_t)sum;
    return true;
}

/* Is the last label a number, decimal or hexadecimal? */
static bool ends_in_number(const char *p, size_t n)
{
    size_t label = n;
    while (label > 0 && p[label - 1] != '.')
        label--;
    const bool is_hex = n - label >= 2 && p[label] == '0' && p[label + 1] == 'x';
    for (size_t i = is_hex ? label + 2 : label; i < n; i++)
        if (is_hex ? hex_digit(p[i]) < 0 : !is_digit(p[i])) return false;
    return true;
}

/* An IPv6 address while it is read: groups of 16 bits, and where "::" stood. */
typedef struct groups {
    uint16_t at[8];
    size_t n;
    int gap; /* how many groups stand before "::"; -1 for none */
} groups;

static bool add_group(groups *g, uint32_t group)
{
    if (g->n == 8) return false;
    g->at[g->n++] = (uint16_t)group;
    return true;
}

/* One to four hexadecimal digits; how many. */
static size_t read_group(sm_span s, uint32_t *value)
{
    size_t n = 0;
    for (*value = 0; n < s.n && n < 4 && hex_digit(s.p[n]) >= 0; n++)
        *value = *value << 4 | (uint32_t)hex_digit(s.p[n]);
    return n;
}

/* The last 32 bits may be written as an IPv4 address. */
static bool add_ipv4(groups *g, sm_span s)
{
    uint32_t address = 0;
    return read_ipv4(s.p, s.n, &address) && add_group(g, address >> 16) &&
           add_group(g, address & 0xFFFF);
}

static bool read_groups(groups *g, sm_span s)
{
    if (sm_span_starts(s, SM_SPAN("::"))) g->gap = 0, s = sm_span_from(s, 2);
    while (s.n > 0) {
        uint32_t group = 0;
        const size_t digits = read_group(s, &group);
        if (digits == 0) return false;
        if (digits < s.n && s.p[digits] == '.') return add_ipv4(g, s);
        if (!add_group(g, group)) return false;
        s = sm_span_from(s, digits);
        if (s.n == 0) break;
        if (s.p[0] != ':' || s.n == 1) return false;
        s = sm_span_from(s, 1);
        if (s.p[0] != ':') continue;
        if (g->gap >= 0) return false;
        g->gap = (int)g->n, s = sm_span_from(s, 1);
    }
    return true;
}

/* Eight groups, of which "::" stands for as many zeros as are missing. */
static bool read_ipv6(sm_span s, uint16_t address[8])
{
    groups g = {.n = 0, .gap = -1};
    if (!read_groups(&g, s)) return false;
    if (g.gap < 0 ? g.n != 8 : g.n > 7) return false;
    memset(address, 0, 8 * sizeof *address);
    for (size_t k = 0; k < g.n; k++)
        address[g.gap >= 0 && k >= (size_t)g.gap ? 8 - g.n + k : k] = g.at[k];
    return true;
}

static bool set_ipv6(sm_span inside, sm_url *url)
{
    uint16_t g[8];
    if (!read_ipv6(inside, g)) return false;
    url->kind = SM_HOST_IPV6;
    url->n_host = (size_t)snprintf(url->host, sizeof url->host, "[%x:%x:%x:%x:%x:%x:%x:%x]",
                                   g[0], g[1], g[2], g[3], g[4], g[5], g[6], g[7]);
    return true;
}

/* A name or an IPv4 address, in any dress. */
static bool set_host(sm_span written, sm_url *url)
{
    char plain[4 * SM_HOST_MAX];
    size_t n = 0;
    uint32_t address = 0;
    if (!decode(written, plain, sizeof plain, &n)) return false;
    if (!is_ascii(plain, n)) {
        char ascii[sizeof plain];
        n = sm_idna_ascii((sm_span){plain, n}, ascii, sizeof ascii);
        memcpy(plain, ascii, n);
    }
    if (n > 0 && plain[n - 1] == '.') n--;
    if (!is_name(plain, n)) return false;
    for (size_t i = 0; i < n; i++)
        url->host[i] = lower(plain[i]);
    url->host[n] = '\0';
    url->n_host = n;
    url->kind = SM_HOST_NAME;
    if (!ends_in_number(url->host, n)) return true;
    if (!read_ipv4(url->host, n, &address)) return false;
    url->kind = SM_HOST_IPV4;
    url->n_host = (size_t)snprintf(url->host, sizeof url->host, "%u.%u.%u.%u", address >> 24,
                                   address >> 16 & 255, address >> 8 & 255, address & 255);
    return true;
}

bool sm_url_parse(sm_span url, sm_url *parts)
{
    sm_span s = trimmed(url);
    if (!skip_scheme(&s)) return false;
    const size_t n = authority_bytes(s);
    sm_span host = {s.p, n};
    parts->rest = sm_span_from(s, n);
    for (size_t at = n; at > 0; at--) {
        if (s.p[at - 1] != '@') continue;
        host = sm_span_from(host, at);
        break;
    }
    if (!take_port(&host, &parts->port)) return false;
    if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        return set_ipv6((sm_span){host.p + 1, host.n - 2}, parts);
    return set_host(host, parts);
}
