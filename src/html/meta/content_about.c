/* What a page says about itself, put together: see sm_content_about in seimai/content.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/utf8.h>

#include <string.h>

#include "content_internal.h"

/* ---- titles ------------------------------------------------------------------------------- */

/* What stands between a title and its site's name. */
static const char *const separators[] = {" | ",  " - ", " – ", " — ", " :: ", " : ", " · ",
                                         " • ",  " » ", " « ", " > ", " / ",  "｜",  " ～ ",
                                         " 〜 ", "|",   "：",  " ‹ ", " › ",  "»",   "«"};

/* The length of a separator at p; 0 for none. */
static size_t separator_at(const char *p, const char *end)
{
    for (size_t i = 0; i < sizeof separators / sizeof *separators; i++) {
        const size_t n = strlen(separators[i]);
        if ((size_t)(end - p) >= n && memcmp(p, separators[i], n) == 0) return n;
    }
    return 0;
}

/* The same but for case of ASCII, white space and punctuation? */
static bool is_filler(char c)
{
    return sm_is_space(c) || (c > 0 && c < 0x7F && !sm_is_alpha(c) && !sm_is_digit(c));
}

/* How many bytes at the beginning of `text` say what `part` says; 0 if they do not. */
static size_t matches_start(sm_span text, sm_span part)
{
    size_t i = 0, j = 0;
    for (;;) {
        while (i < text.n && is_filler(text.p[i]))
            i++;
        while (j < part.n && is_filler(part.p[j]))
            j++;
        if (j == part.n) return i;
        if (i == text.n || sm_lower(text.p[i]) != sm_lower(part.p[j])) return 0;
        i++;
        j++;
    }
}

static bool is_same(sm_span a, sm_span b)
{
    const size_t n = matches_start(a, b);
    return n && n == a.n;
}

/* Without ideographic spaces around it, and without the mark of a permanent link behind it. */
static sm_span trim_title(sm_span s)
{
    const sm_span space = SM_SPAN("　"), pilcrow = SM_SPAN("¶");
    for (size_t n = s.n + 1; n > s.n;) {
        n = s.n;
        s = sm_trim(s);
        if (sm_span_starts(s, space)) s = (sm_span){s.p + space.n, s.n - space.n};
        if (sm_span_ends(s, space)) s.n -= space.n;
        if (sm_span_ends(s, pilcrow)) s.n -= pilcrow.n;
    }
    return s;
}

/* The parts of a title: before the first separator, behind the last … */
typedef struct title_parts {
    sm_span before_last, after_last, before_first, after_first;
    bool any;
} title_parts;

static title_parts split_title(sm_span title)
{
    title_parts parts = {0};
    const char *end = title.n ? title.p + title.n : title.p;
    for (const char *p = title.p; p < end;) {
        const size_t n = separator_at(p, end);
        if (n && p > title.p && p + n < end) {
            parts.before_last = (sm_span){title.p, (size_t)(p - title.p)};
            parts.after_last = (sm_span){p + n, (size_t)(end - p) - n};
            if (!parts.any) parts.before_first = parts.before_last;
            if (!parts.any) parts.after_first = parts.after_last;
            parts.any = true;
        }
        p += n ? n : 1;
    }
    return parts;
}

/* A title without the name of its site at either end. */
static sm_span without_site(sm_span title, sm_span site)
{
    const title_parts parts = split_title(title);
    if (!parts.any || !site.n) return title;
    if (is_same(parts.after_last, site)) return trim_title(parts.before_last);
    if (is_same(parts.before_first, site)) return trim_title(parts.after_first);
    return title;
}

static bool is_part_of(sm_span heading, sm_span title, const title_parts *parts)
{
    return is_same(title, heading) || is_same(parts->before_last, heading) ||
           is_same(parts->after_first, heading) || is_same(parts->before_first, heading) ||
           is_same(parts->after_last, heading);
}

/* The headings of level 1 that may be the page's title: the first one that a title mentions, else the only one. */
static sm_span main_heading(const sm_content *c, sm_span title)
{
    const title_parts parts = split_title(title);
    sm_span only = {0};
    size_t n = 0;
    for (size_t i = 0; i < c->page.n_blocks; i++) {
        const sm_block *b = &c->blocks[i];
        if (b->kind != SM_BLOCK_HEADING || b->level != 1 || b->text.n > 600) continue;
        if (c->elements[b->owner].traits & NOT_SHOWN) continue;
        if (is_part_of(b->text, title, &parts)) return b->text;
        if (n++ == 0) only = b->text;
    }
    return n == 1 ? only : (sm_span){0};
}

/* <br> in a heading is a blank in a title. */
static sm_span on_one_line(sm_span title, sm_arena *arena)
{
    if (!title.n || !memchr(title.p, '\n', title.n)) return title;
    char *line = sm_arena_alloc(arena, title.n);
    for (size_t i = 0; i < title.n; i++)
        line[i] = title.p[i] == '\n' ? ' ' : title.p[i];
    return (sm_span){line, title.n};
}

static sm_span choose_title(const sm_content *c, sm_span site)
{
    const sm_span own = c->page.title, said = c->meta.values[META_TITLE].text;
    const sm_span heading = main_heading(c, said.n ? said : own);
    if (heading.n && !is_same(heading, site)) return heading;
    const sm_span title = said.n ? said : own;
    const sm_span bare = without_site(title, site);
    if (bare.n < title.n) return bare;
    /* og:title is the page's own unless it repeats <title>, which has the site behind. */
    const title_parts parts = split_title(title);
    if (!parts.any || (said.n && !is_same(said, own))) return title;
    return trim_title(parts.before_last.n >= parts.after_last.n ? parts.before_last
                                                                : parts.after_last);
}

/* ---- languages ---------------------------------------------------------------------------- */

/* A language tag (BCP 47): letters and digits between hyphens; pages write ja_JP and "ja, en" too. */
static sm_span language_tag(sm_span lang, sm_arena *arena)
{
    enum { LONGEST = 35 };
    size_t n = 0;
    while (n < lang.n && lang.p[n] != ',' && lang.p[n] != ' ')
        n++;
    lang.n = n;
    if (!n || n > LONGEST) return (sm_span){0};
    char *tag = sm_arena_alloc(arena, n);
    for (size_t i = 0; i < n; i++) {
        const char c = lang.p[i] == '_' ? '-' : lang.p[i];
        if (!sm_is_alpha(c) && !(i && (sm_is_digit(c) || c == '-'))) return (sm_span){0};
        tag[i] = c;
    }
    return (sm_span){tag, n};
}

/* ---- dates -------------------------------------------------------------------------------- */

/* /2019/08/18/ or /20190818 in an address. */
static bool date_in_url(sm_span url, char date[32])
{
    for (size_t i = 0; i + 9 < url.n; i++) {
        if (url.p[i] != '/' || !sm_is_digit(url.p[i + 1])) continue;
        size_t end = i + 1;
        while (end < url.n && (sm_is_digit(url.p[end]) || strchr("/-", url.p[end])))
            end++;
        sm_span part = {url.p + i + 1, end - i - 1};
        while (part.n && !sm_is_digit(part.p[part.n - 1]))
            part.n--;
        if (part.n >= 8 && sm_date_find(part, date) && strlen(date) == 10) return true;
    }
    return false;
}

/* A date in a short block near the first heading: a by-line. */
static bool date_near_heading(const sm_content *c, char date[32])
{
    enum { BEFORE = 4, BEHIND = 8, WIDTH = 80 };
    size_t heading = SIZE_MAX;
    for (size_t i = 0; i < c->page.n_blocks && heading == SIZE_MAX; i++)
        if (c->blocks[i].kind == SM_BLOCK_HEADING && c->blocks[i].level == 1) heading = i;
    if (heading == SIZE_MAX) return false;
    const size_t last =
        heading + BEHIND < c->page.n_blocks ? heading + BEHIND : c->page.n_blocks - 1;
    for (size_t i = heading > BEFORE ? heading - BEFORE : 0; i <= last; i++) {
        const sm_block *b = &c->blocks[i];
        if (b->width <= WIDTH && sm_date_find(b->text, date) && strlen(date) >= 10) return true;
    }
    return false;
}

static sm_span choose_date(const sm_content *c, sm_span url, sm_arena *arena)
{
    const meta_value *said = &c->meta.values[META_DATE];
    char date[32];
    if (said->rank != RANK_NONE && said->rank <= RANK_OTHER) return said->text;
    if (date_in_url(url, date)) return sm_arena_copy(arena, sm_span_of(date));
    if (said->rank != RANK_NONE) return said->text;
    return date_near_heading(c, date) ? sm_arena_copy(arena, sm_span_of(date)) : (sm_span){0};
}

/* ---- all ---------------------------------------------------------------------------------- */

void sm_content_about(const sm_content *c, sm_arena *arena, sm_about *about)
{
    const sm_span url = c->url;
    const meta_value *said = c->meta.values;
    sm_span base = sm_url_resolve(url, said[META_BASE].text, arena);
    if (!base.n) base = url;
    *about = (sm_about){.url = sm_url_resolve(base, said[META_URL].text, arena),
                        .site = said[META_SITE].text,
                        .description = said[META_DESCRIPTION].text,
                        .rights = c->meta.rights};
    about->title = on_one_line(trim_title(choose_title(c, about->site)), arena);
    about->author = said[META_AUTHOR].text;
    about->date = choose_date(c, url.n ? url : about->url, arena);
    about->lang = language_tag(c->page.lang, arena);
    if (!about->lang.n) about->lang = language_tag(said[META_LANG].text, arena);
    /* Links give addresses, meta elements often words. */
    const meta_value *license = &said[META_LICENSE];
    const bool linked = license->rank == RANK_FIRST || license->rank == RANK_ITEM;
    about->license = linked ? sm_url_resolve(base, license->text, arena) : license->text;
}

/* ---- rights ------------------------------------------------------------------------------- */

static const struct {
    const char *name, *directive;
} rights[SM_RIGHTS] = {{"noindex", "noindex"},
                       {"noarchive", "noarchive"},
                       {"noai", "noai"},
                       {"noimageai", "noimageai"},
                       {"tdm-reservation", NULL}};

const char *sm_right_name(unsigned bit)
{
    return bit < SM_RIGHTS ? rights[bit].name : "unknown";
}

uint32_t sm_rights_of_robots(sm_span directives)
{
    uint32_t found = 0;
    for (size_t i = 0; i < directives.n;) {
        size_t end = i;
        while (end < directives.n && directives.p[end] != ',' && directives.p[end] != ':')
            end++;
        const sm_span word = sm_trim((sm_span){directives.p + i, end - i});
        for (unsigned bit = 0; bit < SM_RIGHTS; bit++)
            if (rights[bit].directive && sm_is_word(word, rights[bit].directive))
                found |= 1u << bit;
        if (sm_is_word(word, "none")) found |= SM_RIGHT_NOINDEX;
        i = end + 1;
    }
    return found;
}
