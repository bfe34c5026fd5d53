/* seimai/hosts.h - lists of hosts and URLs: millions of them, asked in a fraction of a microsecond.
 * SPDX-License-Identifier: MIT
 *
 * A list is text, one entry a line; blank lines and what follows a # at the beginning of a word are skipped:
 *     example.com          the host, and all hosts below it (www.example.com)
 *     .5ch.net             the hosts below it, not itself: a suffix as the published recipes write it
 *     xyz                  a top-level domain
 *     192.0.2.7, [2001:db8::1]   an address, exactly
 *     example.com/~user    URLs of this very host (with or without www.) whose path begins so and goes on at a / ? # or ends
 * A scheme, a user, a port and a final dot in an entry do not count, nor does case in its host; hosts with other
 * letters than ASCII are compared in their ASCII form (Punycode: UTS #46, as browsers do). Other lines are refused.
 *
 * UT1's collection (https://dsi.ut-capitole.fr/blacklists/) loads as it is: name the folder of a category, with its files
 * `domains` and `urls`, or the folder above, and all categories in it are taken; `expressions` are not read.
 *
 * The hosts are kept as 64-bit hashes in one table of 11 to 22 bytes an entry (half as much again
 * while it grows), whatever their length; two different names are
 * taken for one with a probability of 10^-12 a question, for a list of ten million.
 *
 * Ownership: new or load gives a list, free takes it back.
 * Threads: a list that is complete is read-only and may be shared; sm_url_parse is pure. */
#ifndef SEIMAI_HOSTS_H
#define SEIMAI_HOSTS_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- URLs ---------------------------------------------------------------------------------- */

enum { SM_HOST_MAX = 253 }; /* bytes of a host, without a final dot (RFC 1035) */

typedef enum sm_host_kind { SM_HOST_NAME, SM_HOST_IPV4, SM_HOST_IPV6 } sm_host_kind;

typedef struct sm_url {
    char host[SM_HOST_MAX +
              1];  /* lower case, ASCII, no final dot, NUL-terminated; IPv6 in brackets */
    size_t n_host; /* bytes of it */
    sm_host_kind kind;
    int port;     /* -1 where none is written */
    sm_span rest; /* of the URL given: path, query and fragment; may be empty */
} sm_url;

/* sm_url_parse takes a URL apart as a browser would (WHATWG, "host parsing", for special schemes): "http://", "//" or
 * no scheme at all; \ counts as /; user and password are skipped; percent-escapes in the host are undone. White space
 * around it is cut. False where there is no host that DNS could have: an empty label or one above 63 bytes, a
 * character that no host has, a port that is none, another scheme without "//" (mailto:). */
SM_API bool sm_url_parse(sm_span url, sm_url *parts) SM_MUST_USE;

/* ---- lists --------------------------------------------------------------------------------- */

typedef struct sm_hosts sm_hosts;

SM_API sm_hosts *sm_hosts_new(void) SM_MUST_USE;
SM_API void sm_hosts_free(sm_hosts *hosts);

/* sm_hosts_load makes a list of a file (plain or compressed) or of a folder in UT1's layout. SM_EUSAGE with "FILE:LINE: …"
 * for a line that is no entry, or a folder with no list in it; SM_ENOENT, SM_EIO; SM_ELIMIT past 2^28 entries. */
SM_API int sm_hosts_load(sm_hosts **hosts, const char *path, sm_error *err) SM_MUST_USE;
/* sm_hosts_add adds a file or a folder to a list. */
SM_API int sm_hosts_add(sm_hosts *hosts, const char *path, sm_error *err) SM_MUST_USE;
/* sm_hosts_put adds one entry; false where it is none. */
SM_API bool sm_hosts_put(sm_hosts *hosts, sm_span entry);

/* sm_hosts_has: is this URL, or bare host, on the list? False for what is no URL. */
SM_API bool sm_hosts_has(const sm_hosts *hosts, sm_span url);
/* sm_hosts_size gives the number of distinct entries. */
SM_API size_t sm_hosts_size(const sm_hosts *hosts);

#ifdef __cplusplus
}
#endif
#endif
