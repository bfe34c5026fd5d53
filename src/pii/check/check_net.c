/* Addresses of the net: the domain of an e-mail, the four numbers of an IPv4 address.
 * SPDX-License-Identifier: MIT */
#include "../pii_internal.h"

#include <string.h>

/* Top-level domains: the countries' (ISO 3166 and IANA's exceptions), then the generic ones in use. File
 * endings that are domains too (.md .sh .py .rs .pl) are left in: an @ has to stand before them. */
static const char country_domains[] =
    " ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo "
    "br bs "
    "bt bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec "
    "ee "
    "eg er es et eu fi fj fk fm fo fr ga gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk "
    "hm "
    "hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la "
    "lb "
    "lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my "
    "mz "
    "na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro "
    "rs "
    "ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj "
    "tk "
    "tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw ";
static const char generic_domains[] =
    " com net org edu gov mil int info biz name pro aero asia cat coop jobs mobi museum post "
    "tel "
    "travel xxx tokyo osaka nagoya kyoto yokohama okinawa ryukyu app blog cafe cloud club "
    "company "
    "design dev digital earth email fun games gmo group global inc international jcb jetzt "
    "kddi "
    "life link live love ltd media moe ninja network news nico ntt one online page photo plus "
    "press rakuten red ricoh run school sharp shop site social softbank software sony space "
    "store "
    "studio suzuki systems team tech today top toshiba toyota tools town toys university vip "
    "video website wiki work works world xyz yahoo zone google goog amazon apple canon datsun "
    "docomo epson firmdale fujitsu hitachi honda mitsubishi nec nikon nissan panasonic example "
    "test localhost invalid academy agency art bank bar best bike bio center city codes "
    "community "
    "consulting cool dance date dental directory domains education engineering equipment "
    "events "
    "expert family fan farm fashion finance fish fit florist flowers foundation gallery garden "
    "gift green guide guru health help holiday hospital host hosting house how institute land "
    "lawyer legal loan management market marketing money partners party photos pictures place "
    "productions properties pub recipes reisen rent repair report rest restaurant review "
    "reviews "
    "rocks sale science security services show ski solutions style support surf surgery tax "
    "taxi "
    "theater tips tours trade training vacations vet villas vision watch wedding win wine ";

static bool is_in(const char *list, const char *word, size_t n)
{
    char key[32] = " ";
    if (n + 2 >= sizeof key) return false;
    for (size_t i = 0; i < n; i++)
        key[i + 1] = (char)(word[i] | 0x20);
    key[n + 1] = ' ';
    key[n + 2] = '\0';
    return strstr(list, key) != NULL;
}

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* The last run of letters is the top-level domain. Obfuscated dots do not matter here. */
static bool has_top_level(sm_span match)
{
    size_t start = match.n;
    while (start > 0 && is_letter(match.p[start - 1]))
        start--;
    const size_t n = match.n - start;
    if (n == 2) return is_in(country_domains, match.p + start, n);
    return n > 2 && is_in(generic_domains, match.p + start, n);
}

/* git@host: is a way to write a repository, not somebody's address; user@host behind :// is part of a link. */
sm_pii_tier sm_check_email(sm_span match, sm_span text)
{
    size_t start = 0;
    const char *const at = memchr(match.p, '@', match.n);
    const sm_span local = {match.p, at ? (size_t)(at - match.p) : match.n};
    if (sm_span_equal(local, SM_SPAN("git")) || sm_span_ends(local, SM_SPAN(".git")))
        return SM_PII_NONE;
    if (sm_pii_in_authority(text, (size_t)(match.p - text.p), &start)) return SM_PII_NONE;
    return has_top_level(match) ? SM_PII_CHECKED : SM_PII_NONE;
}

/* ---- IPv4 ----------------------------------------------------------------------------------- */

static bool read_octets(sm_span match, unsigned octets[4])
{
    size_t n = 0, digits = 0;
    for (size_t i = 0; i < match.n; i++) {
        const char c = match.p[i];
        if (c == '.' && (digits == 0 || ++n == 4)) return false;
        if (c == '.') digits = 0;
        if (c < '0' || c > '9') continue;
        if (digits > 0 && octets[n] == 0) return false; /* 01 */
        octets[n] = (digits++ ? octets[n] * 10 : 0) + (unsigned)(c - '0');
        if (octets[n] > 255) return false;
    }
    return n == 3 && digits > 0;
}

/* Addresses that belong to nobody in particular: RFC 6890 and its neighbours, multicast, netmasks. */
static bool is_special(const unsigned o[4])
{
    return o[0] == 0 || o[0] == 10 || o[0] == 127 || o[0] >= 224 ||
           (o[0] == 100 && o[1] >= 64 && o[1] < 128) || (o[0] == 169 && o[1] == 254) ||
           (o[0] == 172 && o[1] >= 16 && o[1] < 32) || (o[0] == 192 && o[1] == 168) ||
           (o[0] == 192 && o[1] == 0 && (o[2] == 0 || o[2] == 2)) ||
           (o[0] == 198 && (o[1] == 18 || o[1] == 19)) ||
           (o[0] == 198 && o[1] == 51 && o[2] == 100) ||
           (o[0] == 203 && o[1] == 0 && o[2] == 113);
}

sm_pii_tier sm_check_ipv4(sm_span match, sm_span text)
{
    (void)text;
    unsigned octets[4] = {0};
    if (!read_octets(match, octets) || is_special(octets)) return SM_PII_NONE;
    return SM_PII_CHECKED;
}

/* ---- IPv6 ----------------------------------------------------------------------------------- */

static unsigned hex_value(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a') + 10;
}

/* The first two groups, and how many there are; false where the groups or :: are wrong. */
static bool read_groups(sm_span match, unsigned first[2], size_t *groups, size_t *gaps)
{
    unsigned value = 0;
    size_t digits = 0;
    *groups = *gaps = 0;
    for (size_t i = 0; i <= match.n; i++) {
        const bool ends = i == match.n || match.p[i] == ':';
        if (!ends) {
            value = value << 4 | hex_value(match.p[i]);
            if (++digits > 4) return false;
            continue;
        }
        if (digits > 0 && *groups < 2) first[*groups] = value;
        *groups += digits > 0;
        *gaps += digits == 0 && i > 0 && i < match.n;
        value = 0;
        digits = 0;
    }
    return true;
}

/* Eight groups, or fewer with one ::; of global unicast (2000::/3), without the range for examples. */
sm_pii_tier sm_check_ipv6(sm_span match, sm_span text)
{
    unsigned first[2] = {0};
    size_t groups = 0, gaps = 0;
    (void)text;
    if (!read_groups(match, first, &groups, &gaps)) return SM_PII_NONE;
    const bool is_whole =
        (groups == 8 && gaps == 0) || (groups >= 3 && groups < 8 && gaps == 1);
    const bool is_global = first[0] >> 13 == 1 && !(first[0] == 0x2001 && first[1] == 0xDB8);
    return is_whole && is_global ? SM_PII_CHECKED : SM_PII_NONE;
}

/* ---- MAC ------------------------------------------------------------------------------------- */

/* Six pairs; without a letter in any of them they may be times or numbers. No broadcast, no zeros. */
sm_pii_tier sm_check_mac(sm_span match, sm_span text)
{
    bool has_letter = false, differs = false;
    (void)text;
    for (size_t i = 0; i < match.n; i++) {
        has_letter |= is_letter(match.p[i]);
        differs |= i % 3 != 2 && match.p[i] != match.p[0];
    }
    if (!differs) return SM_PII_NONE;
    return has_letter ? SM_PII_CHECKED : SM_PII_PATTERN;
}
