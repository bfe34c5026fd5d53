/* The form of a URL by which it is compared. See seimai/dedup.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/dedup.h>

#include <string.h>

static void put_lower(sm_buffer *out, sm_span s)
{
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i];
        sm_buffer_putc(out, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
    }
}

static size_t find(sm_span s, const char *any)
{
    size_t n = 0;
    while (n < s.n && (s.p[n] == '\0' || !strchr(any, s.p[n]))) {
        n++;
    }
    return n;
}

static sm_span cut(sm_span s, size_t from)
{
    return (sm_span){s.p + from, s.n - from};
}

/* scheme "://", or nothing where there is none. */
static size_t scheme_bytes(sm_span url)
{
    const size_t n = find(url, ":/?#");
    return n > 0 && url.n - n >= 3 && memcmp(url.p + n, "://", 3) == 0 ? n : 0;
}

static bool is_default_port(sm_span scheme, sm_span port)
{
    static const struct {
        const char *scheme, *port;
    } known[] = {{"http", "80"}, {"https", "443"}, {"ftp", "21"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        sm_buffer lower = sm_buffer_make(16);
        put_lower(&lower, scheme);
        const bool same = sm_span_equal(sm_buffer_span(&lower), sm_span_of(known[i].scheme)) &&
                          sm_span_equal(port, sm_span_of(known[i].port));
        sm_buffer_free(&lower);
        if (same) return true;
    }
    return port.n == 0;
}

/* [user@]host[:port]: the host's case does not count, that of a user's name does. */
static void put_authority(sm_buffer *out, sm_span scheme, sm_span authority)
{
    size_t host = authority.n;
    while (host > 0 && authority.p[host - 1] != '@') {
        host--;
    }
    size_t colon = authority.n;
    while (colon > host && authority.p[colon - 1] >= '0' && authority.p[colon - 1] <= '9') {
        colon--;
    }
    const bool has_port = colon > host && authority.p[colon - 1] == ':';
    const sm_span port = has_port ? cut(authority, colon) : (sm_span){0};
    const size_t end = has_port ? colon - 1 : authority.n;
    sm_buffer_put(out, (sm_span){authority.p, host});
    put_lower(out, (sm_span){authority.p + host, end - host});
    if (!has_port || is_default_port(scheme, port)) return;
    sm_buffer_putc(out, ':');
    sm_buffer_put(out, port);
}

void sm_url_normalize(sm_span url, sm_buffer *out)
{
    url.n = find(url, "#");
    const size_t scheme = scheme_bytes(url);
    if (scheme > 0) {
        const sm_span rest = cut(url, scheme + 3);
        const size_t authority = find(rest, "/?");
        put_lower(out, (sm_span){url.p, scheme});
        sm_buffer_puts(out, "://");
        put_authority(out, (sm_span){url.p, scheme}, (sm_span){rest.p, authority});
        url = cut(rest, authority);
    }
    const size_t query = find(url, "?");
    size_t path = query;
    while (path > 0 && url.p[path - 1] == '/') {
        path--;
    }
    sm_buffer_put(out, (sm_span){url.p, path});
    if (url.n - query > 1) sm_buffer_put(out, cut(url, query));
}

void sm_dedup_set_url(sm_dedup_item *item, sm_span url)
{
    sm_buffer form = sm_buffer_make(url.n + 16);
    if (url.n == 0) return;
    sm_buffer_putc(&form, (char)0xFF); /* in no UTF-8: no text has the hash of a URL */
    sm_url_normalize(url, &form);
    item->url = sm_hash128_of(sm_buffer_span(&form));
    item->has_url = true;
    sm_buffer_free(&form);
}
