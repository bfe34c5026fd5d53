/* Lists of hosts as a table of hashes. See seimai/hosts.h.
 * SPDX-License-Identifier: MIT
 *
 * An entry is the hash of its bytes, seeded with its kind. A question hashes each suffix of a host that begins at a
 * label, and where the list has paths, each beginning of the path: a handful of look-ups, whatever the list's size. */
#include <seimai/hosts.h>

#include <seimai/hash.h>
#include <string.h>

/* What an entry means; the seed of its hash. */
typedef enum entry_kind {
    WITH_BELOW, /* the host and those below it */
    BELOW,      /* only those below it */
    ADDRESS,    /* exactly this one */
    PATH        /* host and path */
} entry_kind;

struct sm_hosts {
    uint64_t *slots; /* 0: empty; at most three quarters are full */
    size_t n, size;  /* size: a power of two, or 0 */
    uint64_t depths
        [2]; /* of WITH_BELOW and BELOW: bit n: an entry of n labels is there; bit 63 for more */
    bool has_paths;
};

sm_hosts *sm_hosts_new(void)
{
    return sm_calloc(1, sizeof(sm_hosts));
}

void sm_hosts_free(sm_hosts *hosts)
{
    if (!hosts) return;
    sm_free(hosts->slots);
    sm_free(hosts);
}

size_t sm_hosts_size(const sm_hosts *hosts)
{
    return hosts->n;
}

/* ---- the table --------------------------------------------------------------------------------- */

static uint64_t hash_of(entry_kind kind, const char *p, size_t n)
{
    const uint64_t hash = sm_hash64_seeded((sm_span){p, n}, (uint64_t)kind);
    return hash ? hash : 1;
}

static size_t find_slot(const sm_hosts *hosts, uint64_t hash)
{
    size_t at = hash & (hosts->size - 1);
    while (hosts->slots[at] && hosts->slots[at] != hash)
        at = (at + 1) & (hosts->size - 1);
    return at;
}

static void grow(sm_hosts *hosts)
{
    enum { FIRST = 64 };
    const sm_hosts old = *hosts;
    hosts->size = old.size ? 2 * old.size : FIRST;
    hosts->slots = sm_calloc(hosts->size, sizeof *hosts->slots);
    for (size_t i = 0; i < old.size; i++)
        if (old.slots[i]) hosts->slots[find_slot(hosts, old.slots[i])] = old.slots[i];
    sm_free(old.slots);
}

static void insert(sm_hosts *hosts, uint64_t hash)
{
    if (4 * (hosts->n + 1) > 3 * hosts->size) grow(hosts);
    const size_t at = find_slot(hosts, hash);
    hosts->n += hosts->slots[at] == 0;
    hosts->slots[at] = hash;
}

static bool has_hash(const sm_hosts *hosts, uint64_t hash)
{
    return hosts->slots[find_slot(hosts, hash)] != 0;
}

/* ---- entries ------------------------------------------------------------------------------------ */

/* The host without www., which says nothing about whose it is. */
static sm_span bare_host(const sm_url *url)
{
    const sm_span host = {url->host, url->n_host};
    return sm_span_starts(host, SM_SPAN("www.")) && memchr(host.p + 4, '.', host.n - 4)
               ? (sm_span){host.p + 4, host.n - 4}
               : host;
}

enum { KEY_MAX = SM_HOST_MAX + 1024 };

/* host/path in one piece; 0 where it is too long to be on a list. */
static size_t put_key(const sm_url *url, sm_span path, char key[KEY_MAX])
{
    const sm_span host = bare_host(url);
    if (host.n + path.n > KEY_MAX) return 0;
    memcpy(key, host.p, host.n);
    memcpy(key + host.n, path.p, path.n);
    return host.n + path.n;
}

static bool is_path(sm_span rest)
{
    return rest.n > 1 || (rest.n == 1 && rest.p[0] != '/');
}

static size_t labels_of(const sm_url *url)
{
    size_t n = 1;
    for (size_t i = 0; i < url->n_host; i++)
        n += url->host[i] == '.';
    return n;
}

static uint64_t depth_bit(size_t labels)
{
    return UINT64_C(1) << (labels < 63 ? labels : 63);
}

bool sm_hosts_put(sm_hosts *hosts, sm_span entry)
{
    sm_url url;
    const bool below = entry.n > 1 && entry.p[0] == '.';
    if (below) entry = (sm_span){entry.p + 1, entry.n - 1};
    if (entry.n == 0 || !sm_url_parse(entry, &url)) return false;
    if (is_path(url.rest)) {
        char key[KEY_MAX];
        while (url.rest.n > 1 && url.rest.p[url.rest.n - 1] == '/')
            url.rest.n--;
        const size_t n = below ? 0 : put_key(&url, url.rest, key);
        if (n == 0) return false;
        insert(hosts, hash_of(PATH, key, n));
        hosts->has_paths = true;
        return true;
    }
    if (below && url.kind != SM_HOST_NAME) return false;
    const entry_kind kind = below ? BELOW : url.kind == SM_HOST_NAME ? WITH_BELOW : ADDRESS;
    insert(hosts, hash_of(kind, url.host, url.n_host));
    if (kind != ADDRESS) hosts->depths[kind] |= depth_bit(labels_of(&url));
    return true;
}

/* ---- questions ---------------------------------------------------------------------------------- */

/* A table of millions is not in the cache: all places are fetched before the first is looked at. */
typedef struct questions {
    uint64_t hashes[512];
    size_t n;
} questions;

static void ask(const sm_hosts *hosts, questions *q, uint64_t hash)
{
    if (q->n == sizeof q->hashes / sizeof q->hashes[0]) return; /* no path has so many parts */
    __builtin_prefetch(&hosts->slots[hash & (hosts->size - 1)]);
    q->hashes[q->n++] = hash;
}

/* From the whole name to its last label; only lengths that the list has. */
static void ask_names(const sm_hosts *hosts, const sm_url *url, questions *q)
{
    const char *const end = url->host + url->n_host;
    size_t labels = labels_of(url);
    for (const char *p = url->host; p; p = memchr(p, '.', (size_t)(end - p))) {
        const bool whole = p == url->host;
        p += !whole;
        const uint64_t depth = depth_bit(labels--);
        const size_t n = (size_t)(end - p);
        if (hosts->depths[WITH_BELOW] & depth) ask(hosts, q, hash_of(WITH_BELOW, p, n));
        if (hosts->depths[BELOW] & depth && !whole) ask(hosts, q, hash_of(BELOW, p, n));
    }
}

static bool ends_part(char c)
{
    return c == '/' || c == '?' || c == '#';
}

/* Each beginning of the path that ends with a part. */
static void ask_paths(const sm_hosts *hosts, const sm_url *url, questions *q)
{
    char key[KEY_MAX];
    sm_span rest = url->rest;
    if (rest.n > KEY_MAX - SM_HOST_MAX) rest.n = KEY_MAX - SM_HOST_MAX;
    const size_t n = put_key(url, rest, key);
    for (size_t end = n - rest.n + 1; end <= n; end++)
        if (end == n || ends_part(key[end])) ask(hosts, q, hash_of(PATH, key, end));
}

bool sm_hosts_has(const sm_hosts *hosts, sm_span url)
{
    sm_url parts;
    questions q;
    if (hosts->n == 0 || !sm_url_parse(url, &parts)) return false;
    q.n = 0; /* the hashes need no clearing */
    if (parts.kind == SM_HOST_NAME)
        ask_names(hosts, &parts, &q);
    else
        ask(hosts, &q, hash_of(ADDRESS, parts.host, parts.n_host));
    if (hosts->has_paths && parts.rest.n > 0) ask_paths(hosts, &parts, &q);
    for (size_t i = 0; i < q.n; i++)
        if (has_hash(hosts, q.hashes[i])) return true;
    return false;
}
