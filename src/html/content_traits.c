/* What an element says about itself: its tag, role, class and id. See seimai/content.h.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "content_internal.h"
#include "trait_words.h"

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

enum { NAME_BYTES = 512 /* of a class or id that are looked at */ };

/* A letter's number, 1…26 in any case; 0 for what is none. */
static unsigned letter_of(char c)
{
    const unsigned letter = (unsigned)(c | 0x20) - 'a';
    return letter < 26 ? letter + 1 : 0;
}

/* The traits of all words in a class or id: letters up to a capital behind a small one, or to what is no
 * letter. */
static uint32_t traits_of_name(sm_span name)
{
    uint32_t traits = 0;
    uint64_t key = 0;
    size_t n = 0;
    bool was_small = false;
    if (name.n > NAME_BYTES) name.n = NAME_BYTES;
    for (size_t i = 0; i < name.n; i++) {
        const unsigned letter = letter_of(name.p[i]);
        const bool is_small = name.p[i] & 0x20;
        if (n && (!letter || (was_small && !is_small))) {
            traits |= sm_traits_of_key(key);
            key = n = 0;
        }
        was_small = is_small;
        if (letter) key = sm_trait_key(key, n++, letter);
    }
    return n ? traits | sm_traits_of_key(key) : traits;
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

uint32_t sm_traits_of(const sm_html_token *tag, uint16_t number, sm_span css_class, sm_span id)
{
    uint32_t traits = sm_tags[number].traits;
    sm_span value;
    if (tag->n_attributes == 0) return traits;
    if (is_hidden(tag)) traits |= SM_TRAIT_HIDDEN;
    if (sm_html_attribute_of(tag, "role", &value)) traits |= traits_of_role(value);
    if (css_class.n) traits |= traits_of_name(css_class);
    if (id.n) traits |= traits_of_name(id);
    return traits;
}
