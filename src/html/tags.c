/* The table of tags: see tags.h.
 * SPDX-License-Identifier: MIT */
#include "tags.h"

#include <string.h>

#include <seimai/content.h>

#define BLOCK   (TAG_CLOSES_P | TAG_BREAKOUT)
#define INLINE  TAG_INLINE
#define FORMAT  (TAG_INLINE | TAG_BREAKOUT)
#define HEADING (BLOCK | TAG_HEADING)
#define SKIP    TAG_SKIP
#define VOID    TAG_VOID

/* Sorted by name; entry 0 stands for every other tag. */
const sm_tag sm_tags[] = {
    {"", 0, 0},
    {"a", TAG_INLINE | TAG_LINK, 0},
    {"abbr", INLINE, 0},
    {"acronym", INLINE, 0},
    {"address", BLOCK, 0},
    {"annotation", SKIP | TAG_INLINE, 0},
    {"area", VOID | TAG_INLINE, 0},
    {"article", BLOCK, SM_TRAIT_ARTICLE},
    {"aside", BLOCK, SM_TRAIT_ASIDE},
    {"audio", SKIP | TAG_INLINE, 0},
    {"b", FORMAT | TAG_BOLD, 0},
    {"base", VOID | TAG_INLINE, 0},
    {"bdi", INLINE, 0},
    {"bdo", INLINE, 0},
    {"big", FORMAT, 0},
    {"blockquote", BLOCK | TAG_QUOTE, 0},
    {"body", TAG_IGNORED, 0},
    {"br", VOID | FORMAT, 0},
    {"button", 0, SM_TRAIT_BUTTON},
    {"canvas", SKIP | TAG_INLINE, 0},
    {"caption", TAG_SCOPE | TAG_ROWS, 0},
    {"center", BLOCK, 0},
    {"cite", INLINE, 0},
    {"code", FORMAT | TAG_CODE, 0},
    {"col", VOID, 0},
    {"colgroup", TAG_ROWS, 0},
    {"data", INLINE, 0},
    {"datalist", SKIP, 0},
    {"dd", BLOCK | TAG_TERM, 0},
    {"del", INLINE, 0},
    {"dfn", INLINE, 0},
    {"dialog", BLOCK, SM_TRAIT_DIALOG},
    {"dir", BLOCK | TAG_LIST, 0},
    {"div", BLOCK, 0},
    {"dl", BLOCK | TAG_DL, 0},
    {"dt", BLOCK | TAG_TERM, 0},
    {"em", FORMAT, 0},
    {"embed", VOID | FORMAT, 0},
    {"font", FORMAT, 0},
    {"footer", BLOCK, SM_TRAIT_FOOTER},
    {"form", BLOCK, SM_TRAIT_FORM},
    {"frameset", 0, 0},
    {"h1", HEADING, 0},
    {"h2", HEADING, 0},
    {"h3", HEADING, 0},
    {"h4", HEADING, 0},
    {"h5", HEADING, 0},
    {"h6", HEADING, 0},
    {"head", TAG_IGNORED, 0},
    {"header", BLOCK, SM_TRAIT_HEADER},
    {"hr", VOID | BLOCK, 0},
    {"html", TAG_IGNORED, 0},
    {"i", FORMAT, 0},
    {"iframe", SKIP | TAG_INLINE, 0},
    {"img", VOID | FORMAT, 0},
    {"input", VOID | TAG_INLINE | TAG_FIELD, 0},
    {"ins", INLINE, 0},
    {"kbd", INLINE | TAG_CODE, 0},
    {"label", INLINE, 0},
    {"li", BLOCK | TAG_ITEM, 0},
    {"link", VOID | TAG_INLINE, 0},
    {"listing", BLOCK | TAG_VERBATIM, 0},
    {"main", BLOCK, SM_TRAIT_MAIN},
    {"map", INLINE, 0},
    {"mark", INLINE, 0},
    {"math", INLINE | TAG_FOREIGN, 0},
    {"menu", BLOCK | TAG_LIST, 0},
    {"meta", VOID | FORMAT, 0},
    {"mfrac", INLINE, 0},
    {"mi", INLINE, 0},
    {"mn", INLINE, 0},
    {"mo", INLINE, 0},
    {"mrow", INLINE, 0},
    {"msub", INLINE, 0},
    {"msup", INLINE, 0},
    {"mtext", INLINE, 0},
    {"nav", BLOCK, SM_TRAIT_NAV},
    {"nobr", FORMAT, 0},
    {"noembed", SKIP | TAG_INLINE, 0},
    {"noframes", SKIP, 0},
    {"noscript", INLINE, SM_TRAIT_NOSCRIPT},
    {"object", SKIP | TAG_INLINE, 0},
    {"ol", BLOCK | TAG_LIST, 0},
    {"optgroup", TAG_OPTION, 0},
    {"option", TAG_OPTION, 0},
    {"output", INLINE, 0},
    {"p", BLOCK | TAG_P, 0},
    {"param", VOID | TAG_INLINE, 0},
    {"picture", INLINE, 0},
    {"plaintext", TAG_CLOSES_P | TAG_VERBATIM, 0},
    {"pre", BLOCK | TAG_VERBATIM | TAG_CODE, 0},
    {"q", INLINE, 0},
    {"rb", INLINE | TAG_RT, 0},
    {"rp", INLINE | TAG_RT, 0},
    {"rt", INLINE | TAG_RT, 0},
    {"rtc", INLINE | TAG_RT, 0},
    {"ruby", FORMAT | TAG_RUBY, 0},
    {"s", FORMAT, 0},
    {"samp", INLINE | TAG_CODE, 0},
    {"script", SKIP | TAG_INLINE, 0},
    {"section", BLOCK, 0},
    {"select", SKIP | TAG_INLINE | TAG_SELECT | TAG_FIELD, 0},
    {"semantics", INLINE, 0},
    {"small", FORMAT, 0},
    {"source", VOID | TAG_INLINE, 0},
    {"span", FORMAT, 0},
    {"strike", FORMAT, 0},
    {"strong", FORMAT | TAG_BOLD, 0},
    {"style", SKIP | TAG_INLINE, 0},
    {"sub", FORMAT, 0},
    {"sup", FORMAT, 0},
    {"svg", SKIP | TAG_INLINE | TAG_FOREIGN, 0},
    {"table", BLOCK | TAG_SCOPE | TAG_TABLE, 0},
    {"tbody", TAG_ROWS, 0},
    {"td", TAG_SCOPE | TAG_CELL, 0},
    {"template", SKIP | TAG_SCOPE | TAG_TEMPLATE, 0},
    {"textarea", SKIP | TAG_INLINE | TAG_FIELD, 0},
    {"tfoot", TAG_ROWS, 0},
    {"th", TAG_SCOPE | TAG_CELL, 0},
    {"thead", TAG_ROWS, 0},
    {"time", INLINE, 0},
    {"title", SKIP | TAG_INLINE, 0},
    {"tr", TAG_ROW, 0},
    {"track", VOID | TAG_INLINE, 0},
    {"tt", FORMAT | TAG_CODE, 0},
    {"u", FORMAT, 0},
    {"ul", BLOCK | TAG_LIST, 0},
    {"var", FORMAT, 0},
    {"video", SKIP | TAG_INLINE, 0},
    {"wbr", VOID | TAG_INLINE, 0},
    {"xmp", BLOCK | TAG_VERBATIM, 0},
};

/* Like strcmp, for a name without a NUL. */
static int order_of(const char *entry, sm_span name)
{
    size_t i = 0;
    while (i < name.n && entry[i] == name.p[i])
        i++;
    const int have = (unsigned char)entry[i];
    return i < name.n ? have - (unsigned char)name.p[i] : have;
}

uint16_t sm_tag_of(sm_span name)
{
    size_t low = 1, high = sizeof sm_tags / sizeof *sm_tags;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = order_of(sm_tags[middle].name, name);
        if (order == 0) return (uint16_t)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

bool sm_tag_is(uint16_t number, const char *name)
{
    return strcmp(sm_tags[number].name, name) == 0;
}
