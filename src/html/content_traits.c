/* What an element says about itself: its tag, role, class and id. See seimai/content.h.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "content_internal.h"

/* Words of class and id, split at case changes and at what is no letter. Sorted. */
static const struct {
    const char *word;
    uint32_t traits;
} words[] = {
    {"ad", SM_TRAIT_AD},
    {"ads", SM_TRAIT_AD},
    {"adsense", SM_TRAIT_AD},
    {"advert", SM_TRAIT_AD},
    {"advertise", SM_TRAIT_AD},
    {"advertisement", SM_TRAIT_AD},
    {"advertising", SM_TRAIT_AD},
    {"aside", SM_TRAIT_ASIDE},
    {"banner", SM_TRAIT_AD},
    {"bookmark", SM_TRAIT_SHARE},
    {"breadcrumb", SM_TRAIT_NAV},
    {"breadcrumbs", SM_TRAIT_NAV},
    {"comment", SM_TRAIT_COMMENT},
    {"comments", SM_TRAIT_COMMENT},
    {"consent", SM_TRAIT_DIALOG},
    {"cookie", SM_TRAIT_DIALOG},
    {"cookies", SM_TRAIT_DIALOG},
    {"copyright", SM_TRAIT_META | SM_TRAIT_FOOTER},
    {"disqus", SM_TRAIT_COMMENT},
    {"facebook", SM_TRAIT_SHARE},
    {"follow", SM_TRAIT_SHARE},
    {"foot", SM_TRAIT_FOOTER},
    {"footer", SM_TRAIT_FOOTER},
    {"gdpr", SM_TRAIT_DIALOG},
    {"gnav", SM_TRAIT_NAV},
    {"hatena", SM_TRAIT_SHARE},
    {"login", SM_TRAIT_FORM},
    {"megamenu", SM_TRAIT_NAV},
    {"menu", SM_TRAIT_NAV},
    {"modal", SM_TRAIT_DIALOG},
    {"nav", SM_TRAIT_NAV},
    {"navi", SM_TRAIT_NAV},
    {"navigation", SM_TRAIT_NAV},
    {"newsletter", SM_TRAIT_FORM},
    {"pager", SM_TRAIT_NAV},
    {"pagination", SM_TRAIT_NAV},
    {"pankuzu", SM_TRAIT_NAV},
    {"popular", SM_TRAIT_RELATED},
    {"popup", SM_TRAIT_DIALOG},
    {"pr", SM_TRAIT_AD},
    {"promo", SM_TRAIT_AD},
    {"rank", SM_TRAIT_RELATED},
    {"ranking", SM_TRAIT_RELATED},
    {"recommend", SM_TRAIT_RELATED},
    {"recommended", SM_TRAIT_RELATED},
    {"related", SM_TRAIT_RELATED},
    {"relation", SM_TRAIT_RELATED},
    {"share", SM_TRAIT_SHARE},
    {"sharing", SM_TRAIT_SHARE},
    {"sidebar", SM_TRAIT_ASIDE},
    {"side", SM_TRAIT_ASIDE},
    {"sitemap", SM_TRAIT_NAV},
    {"sns", SM_TRAIT_SHARE},
    {"social", SM_TRAIT_SHARE},
    {"sponsor", SM_TRAIT_AD},
    {"sponsored", SM_TRAIT_AD},
    {"subscribe", SM_TRAIT_FORM},
    {"toolbar", SM_TRAIT_NAV},
    {"topicpath", SM_TRAIT_NAV},
    {"trackback", SM_TRAIT_COMMENT},
    {"tweet", SM_TRAIT_SHARE},
    {"twitter", SM_TRAIT_SHARE},
    {"widget", SM_TRAIT_ASIDE},
};

static const struct {
    const char *role;
    uint32_t traits;
} roles[] = {
    {"navigation", SM_TRAIT_NAV},      {"menu", SM_TRAIT_NAV},
    {"menubar", SM_TRAIT_NAV},         {"toolbar", SM_TRAIT_NAV},
    {"banner", SM_TRAIT_HEADER},       {"contentinfo", SM_TRAIT_FOOTER},
    {"complementary", SM_TRAIT_ASIDE}, {"search", SM_TRAIT_FORM},
    {"dialog", SM_TRAIT_DIALOG},       {"alertdialog", SM_TRAIT_DIALOG},
    {"button", SM_TRAIT_BUTTON},       {"main", SM_TRAIT_MAIN},
    {"article", SM_TRAIT_ARTICLE},
};

enum { WORD_BYTES = 16, NAME_BYTES = 512 /* of a class or id that are looked at */ };

static uint32_t traits_of_word(const char *word)
{
    size_t low = 0, high = sizeof words / sizeof *words;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(words[middle].word, word);
        if (order == 0) return words[middle].traits;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

static bool ends_word(char before, char c)
{
    const bool was_lower = before >= 'a' && before <= 'z';
    return !sm_is_alpha(c) || (was_lower && c >= 'A' && c <= 'Z');
}

/* The traits of all words in a class or id. */
static uint32_t traits_of_name(sm_span name)
{
    char word[WORD_BYTES + 1];
    size_t n = 0;
    uint32_t traits = 0;
    if (name.n > NAME_BYTES) name.n = NAME_BYTES;
    for (size_t i = 0; i <= name.n; i++) {
        const char ch = i < name.n ? name.p[i] : ' ';
        if (n && ends_word(name.p[i - 1], ch)) {
            word[n < WORD_BYTES ? n : 0] = '\0';
            traits |= traits_of_word(word);
            n = 0;
        }
        if (sm_is_alpha(ch) && n < WORD_BYTES) word[n++] = sm_lower(ch);
    }
    return traits;
}

/* Whether `property:value` stands in a style, blanks ignored. */
static bool has_style(sm_span style, const char *property, const char *value)
{
    const size_t n = strlen(property);
    for (size_t i = 0; i + n < style.n; i++) {
        if (!sm_is_word((sm_span){style.p + i, n}, property)) continue;
        size_t at = i + n;
        while (at < style.n && (sm_is_space(style.p[at]) || style.p[at] == ':'))
            at++;
        const size_t length = strlen(value);
        if (style.n - at >= length && sm_is_word((sm_span){style.p + at, length}, value))
            return true;
    }
    return false;
}

static bool is_hidden(const sm_html_token *tag)
{
    sm_span value;
    if (sm_html_attribute_of(tag, "hidden", &value)) return true;
    if (sm_html_attribute_of(tag, "aria-hidden", &value) && sm_is_word(value, "true"))
        return true;
    if (!sm_html_attribute_of(tag, "style", &value)) return false;
    return has_style(value, "display", "none") || has_style(value, "visibility", "hidden");
}

static uint32_t traits_of_role(sm_span role)
{
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (sm_is_word(role, roles[i].role)) return roles[i].traits;
    return 0;
}

uint32_t sm_traits_of(const sm_html_token *tag, uint16_t number)
{
    uint32_t traits = sm_tags[number].traits;
    sm_span value;
    if (tag->n_attributes == 0) return traits;
    if (is_hidden(tag)) traits |= SM_TRAIT_HIDDEN;
    if (sm_html_attribute_of(tag, "role", &value)) traits |= traits_of_role(value);
    if (sm_html_attribute_of(tag, "class", &value)) traits |= traits_of_name(value);
    if (sm_html_attribute_of(tag, "id", &value)) traits |= traits_of_name(value);
    return traits;
}
