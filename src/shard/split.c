/* Dividing a corpus, and small names: see seimai/shard.h.
 * SPDX-License-Identifier: MIT */
#include "shard_internal.h"

#include <seimai/shard.h>

#include <string.h>

const char *sm_part_name(sm_part_kind kind)
{
    static const char *const names[SM_PART_COUNT] = {"prompt",   "response", "chosen",
                                                     "rejected", "source",   "target"};
    return names[kind];
}

/* The authority's host of an URL: between "//" and the next of / ? # or the port, without a user. */
static sm_span host_of(sm_span url)
{
    size_t at = 0;
    while (at + 1 < url.n && !(url.p[at] == '/' && url.p[at + 1] == '/'))
        at++;
    if (at + 2 >= url.n) return (sm_span){NULL, 0};
    sm_span host = {url.p + at + 2, 0};
    const size_t left = url.n - at - 2;
    static const char ends[] = {'/', '?', '#'};
    while (host.n < left && !memchr(ends, host.p[host.n], sizeof ends))
        host.n++;
    const char *user = memchr(host.p, '@', host.n);
    if (user) host = (sm_span){user + 1, host.n - (size_t)(user + 1 - host.p)};
    const char *port = memchr(host.p, ':', host.n);
    if (port) host.n = (size_t)(port - host.p);
    return host;
}

/* A field as a key: a string decoded, anything else as its JSON. */
static sm_span field_key(const sm_doc *doc, const char *path)
{
    sm_span key = {NULL, 0};
    if (sm_doc_field_string(doc, path, &key)) return key;
    key = sm_doc_field(doc, path);
    return sm_span_equal(key, SM_SPAN("null")) ? (sm_span){NULL, 0} : key;
}

sm_span sm_split_key(sm_doc *doc, const char *key)
{
    const bool any = !key || strcmp(key, "auto") == 0;
    sm_span found = {NULL, 0};
    if (any || strcmp(key, "cluster") == 0) found = field_key(doc, "metadata.dedup.cluster");
    if (!found.n && (any || strcmp(key, "host") == 0))
        found = host_of(field_key(doc, "metadata.url"));
    const bool path = !any && strcmp(key, "cluster") != 0 && strcmp(key, "host") != 0 &&
                      strcmp(key, "id") != 0;
    if (path) found = field_key(doc, key);
    return found.n ? found : sm_doc_id(doc);
}

bool sm_split_is_validation(sm_span key, double share)
{
    return (double)(sm_hash64(key) >> 11) * 0x1p-53 < share;
}
