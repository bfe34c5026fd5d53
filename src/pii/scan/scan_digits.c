/* Groups of digits: how many, with what between them, and what stands behind.
 * SPDX-License-Identifier: MIT */
#include "scan_internal.h"

enum { MAX_SEPARATORS = 3, MAX_GROUP = 40 };

static bool is_separator(char c)
{
    return c == '-' || c == ' ' || c == '.' || c == '(' || c == ')';
}

static size_t skip_digits(sm_span text, size_t at, size_t most)
{
    const size_t stop = text.n - at < most ? text.n : at + most;
    while (at < stop && sm_is_digit(text.p[at]))
        at++;
    return at;
}

static void read_chain(sm_chain *chain, sm_span text, size_t at)
{
    chain->n = chain->i = 0;
    for (;;) {
        const size_t end = skip_digits(text, at, MAX_GROUP);
        size_t next = end;
        while (next < text.n && next - end < MAX_SEPARATORS && is_separator(text.p[next]))
            next++;
        sm_group *const g = &chain->groups[chain->n++];
        *g = (sm_group){at, end, next - end == 1 ? text.p[end] : '\0'};
        const bool goes_on = next > end && next < text.n && sm_is_digit(text.p[next]);
        if (!goes_on) g->separator = '\0';
        chain->is_cut = goes_on && chain->n == SM_CHAIN_GROUPS;
        if (!goes_on || chain->is_cut) return;
        at = next;
    }
}

size_t sm_chain_find(sm_chain *chain, sm_span text, size_t at)
{
    while (chain->i < chain->n && chain->groups[chain->i].start < at)
        chain->i++;
    const bool is_here = chain->i < chain->n && chain->groups[chain->i].start == at;
    const bool reaches = !chain->is_cut || chain->i + SM_CHAIN_REACH <= chain->n;
    if (!is_here || !reaches) read_chain(chain, text, at);
    return chain->i;
}

uint32_t sm_chain_sums(const sm_chain *chain, size_t i)
{
    const size_t stop = chain->n - i < SM_CHAIN_REACH ? chain->n : i + SM_CHAIN_REACH;
    uint32_t sums = 0;
    size_t digits = 0;
    for (; i < stop; i++) {
        digits += chain->groups[i].end - chain->groups[i].start;
        if (digits > 31) break;
        sums |= UINT32_C(1) << digits;
    }
    return sums;
}

uint32_t sm_chain_lengths(const sm_chain *chain, size_t i)
{
    uint32_t lengths = 0;
    for (unsigned k = 0; k < 4 && i + k < chain->n; k++) {
        const sm_group *const g = &chain->groups[i + k];
        lengths |= (uint32_t)(g->end - g->start) << 8 * k;
    }
    return lengths;
}

bool sm_chain_is_dotted(const sm_chain *chain, size_t i)
{
    const sm_group *const g = &chain->groups[i];
    return chain->n - i >= 4 && g[0].separator == '.' && g[1].separator == '.' &&
           g[2].separator == '.';
}

/* ---- what stands behind ------------------------------------------------------------------------ */

static bool has_at(sm_span text, size_t at, sm_span what)
{
    return at <= text.n && sm_span_starts((sm_span){text.p + at, text.n - at}, what);
}

static size_t skip_blank(sm_span text, size_t at)
{
    return at < text.n && text.p[at] == ' ' ? at + 1 : at;
}

/* 1990/1/2, and with an era before it 2/1/2. */
static bool is_separated_date(sm_span text, const sm_group *g)
{
    const char mark = g->end < text.n ? text.p[g->end] : '\0';
    if (mark != '/' && mark != '.' && mark != '-') return false;
    const size_t month = g->end + 1, behind = skip_digits(text, month, 3);
    if (behind == month || behind - month > 2) return false;
    if (behind + 1 >= text.n || text.p[behind] != mark || !sm_is_digit(text.p[behind + 1]))
        return false;
    return g->end - g->start == 4 || sm_pii_era_before(text, g->start) < g->start;
}

bool sm_chain_is_date(const sm_chain *chain, sm_span text, size_t i)
{
    const sm_group *const g = &chain->groups[i];
    if (g->end - g->start > 4) return false;
    if (is_separated_date(text, g)) return true;
    if (!has_at(text, g->end, SM_SPAN("年"))) return false;
    const size_t month = skip_blank(text, g->end + 3), behind = skip_digits(text, month, 3);
    return behind > month && has_at(text, skip_blank(text, behind), SM_SPAN("月"));
}

/* A kana, or a letter of the forces' cars; gives its length. */
static size_t plate_kana(sm_span text, size_t at)
{
    if (text.n - at < 3) return 0;
    const unsigned char *const p = (const unsigned char *)text.p + at;
    if (p[0] == 0xE3 && (p[1] == 0x81 || p[1] == 0x82)) return 3;
    return p[0] == 'E' || p[0] == 'H' || p[0] == 'K' || p[0] == 'M' || p[0] == 'T' ||
           p[0] == 'Y' || p[0] == 'B';
}

bool sm_chain_is_plate(const sm_chain *chain, sm_span text, size_t i)
{
    const sm_group *const g = &chain->groups[i];
    size_t at = g->end;
    if (at - g->start < 2 || at - g->start > 3) return false;
    if (at - g->start == 2 && at < text.n && text.p[at] >= 'A' && text.p[at] <= 'Z') at++;
    at = skip_blank(text, at);
    const size_t kana = plate_kana(text, at);
    if (kana == 0) return false;
    at = skip_blank(text, at + kana);
    return (at < text.n && sm_is_digit(text.p[at])) || has_at(text, at, SM_SPAN("・")) ||
           has_at(text, at, SM_SPAN("･"));
}
