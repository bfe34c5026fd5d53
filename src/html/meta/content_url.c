/* References to addresses, as RFC 3986, section 5.2 resolves them.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "content_internal.h"

/* Where the scheme's colon stands; 0 for none. */
static size_t scheme_of(sm_span url)
{
    size_t n = 0;
    while (n < url.n &&
           (sm_is_alpha(url.p[n]) || (n && (sm_is_digit(url.p[n]) || strchr("+-.", url.p[n])))))
        n++;
    return n && n < url.n && url.p[n] == ':' ? n : 0;
}

static size_t find_any(sm_span s, size_t from, const char *set)
{
    while (from < s.n && !(s.p[from] && strchr(set, s.p[from])))
        from++;
    return from;
}

/* Where the path begins, behind scheme and host. */
static size_t path_of(sm_span url)
{
    const size_t scheme = scheme_of(url);
    const sm_span rest = {url.p + scheme + 1, url.n - scheme - 1};
    if (!sm_span_starts(rest, SM_SPAN("//"))) return scheme + 1;
    return find_any(url, scheme + 3, "/?#");
}

/* Takes away `.` and `..` in the path that begins at `start`. */
static void remove_dots(sm_buffer *url, size_t start)
{
    const size_t end = find_any(sm_buffer_span(url), start, "?#");
    size_t to = start;
    for (size_t at = start; at < end;) {
        size_t next = at + 1;
        while (next < end && url->p[next] != '/')
            next++;
        const sm_span segment = {url->p + at, next - at};
        const bool here = sm_span_equal(segment, SM_SPAN("/.")),
                   up = sm_span_equal(segment, SM_SPAN("/.."));
        if (up)
            while (to > start && url->p[--to] != '/') {
            }
        if (!here && !up) {
            memmove(url->p + to, segment.p, segment.n);
            to += segment.n;
        } else if (next == end) {
            url->p[to++] = '/';
        }
        at = next;
    }
    memmove(url->p + to, url->p + end, url->n - end);
    url->n -= end - to;
}

static bool is_web(sm_span url)
{
    const size_t n = scheme_of(url);
    return sm_is_word((sm_span){url.p, n}, "http") || sm_is_word((sm_span){url.p, n}, "https");
}

sm_span sm_url_resolve(sm_span base, sm_span url, sm_arena *arena)
{
    enum { URL_BYTES = 8 << 10 };
    url = sm_trim(url);
    if (url.n == 0 || url.n + base.n > URL_BYTES) return (sm_span){0};
    if (scheme_of(url)) return is_web(url) ? url : (sm_span){0};
    if (!is_web(base)) return (sm_span){0};
    const size_t path = path_of(base), query = find_any(base, path, "?#");
    size_t keep = query; /* of the base */
    if (sm_span_starts(url, SM_SPAN("//")))
        keep = scheme_of(base) + 1;
    else if (url.p[0] == '/')
        keep = path;
    else if (url.p[0] == '#')
        keep = find_any(base, path, "#");
    else if (url.p[0] != '?')
        while (keep > path && base.p[keep - 1] != '/')
            keep--;
    sm_buffer out = sm_buffer_make(URL_BYTES + 2);
    sm_buffer_put(&out, (sm_span){base.p, keep});
    if (keep == path && url.p[0] != '/' && url.p[0] != '#' && url.p[0] != '?')
        sm_buffer_putc(&out, '/');
    sm_buffer_put(&out, url);
    remove_dots(&out, path_of(sm_buffer_span(&out)));
    const sm_span joined = sm_arena_copy(arena, sm_buffer_span(&out));
    sm_buffer_free(&out);
    return joined;
}
