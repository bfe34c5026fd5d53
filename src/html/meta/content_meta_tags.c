/* What tags say about the page: meta, link, time, microdata, classes. See content_meta.h.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "content_internal.h"

/* ---- <meta> ------------------------------------------------------------------------------- */

/* Names of meta elements (name, property, itemprop), sorted. */
static const struct meta_name {
    const char *name;
    meta_slot slot;
    meta_rank rank;
} names[] = {
    {"article:author", META_AUTHOR, RANK_META},
    {"article:published_time", META_DATE, RANK_FIRST},
    {"author", META_AUTHOR, RANK_META},
    {"byl", META_AUTHOR, RANK_META},
    {"citation_author", META_AUTHOR, RANK_FIRST},
    {"citation_date", META_DATE, RANK_META},
    {"citation_publication_date", META_DATE, RANK_META},
    {"citation_title", META_TITLE, RANK_META},
    {"date", META_DATE, RANK_META},
    {"datepublished", META_DATE, RANK_ITEM},
    {"dc.creator", META_AUTHOR, RANK_META},
    {"dc.date", META_DATE, RANK_META},
    {"dc.date.issued", META_DATE, RANK_META},
    {"dc.description", META_DESCRIPTION, RANK_OTHER},
    {"dc.rights", META_LICENSE, RANK_OTHER},
    {"dc.title", META_TITLE, RANK_OTHER},
    {"dcterms.created", META_DATE, RANK_META},
    {"dcterms.creator", META_AUTHOR, RANK_META},
    {"dcterms.date", META_DATE, RANK_META},
    {"dcterms.license", META_LICENSE, RANK_META},
    {"dcterms.rights", META_LICENSE, RANK_OTHER},
    {"dcterms.title", META_TITLE, RANK_OTHER},
    {"description", META_DESCRIPTION, RANK_META},
    {"og:article:published_time", META_DATE, RANK_META},
    {"og:description", META_DESCRIPTION, RANK_FIRST},
    {"og:locale", META_LANG, RANK_OTHER},
    {"og:published_time", META_DATE, RANK_META},
    {"og:site_name", META_SITE, RANK_FIRST},
    {"og:title", META_TITLE, RANK_FIRST},
    {"og:url", META_URL, RANK_META},
    {"parsely-author", META_AUTHOR, RANK_META},
    {"parsely-pub-date", META_DATE, RANK_META},
    {"pubdate", META_DATE, RANK_META},
    {"publish-date", META_DATE, RANK_META},
    {"publish_date", META_DATE, RANK_META},
    {"publishdate", META_DATE, RANK_META},
    {"sailthru.author", META_AUTHOR, RANK_META},
    {"sailthru.date", META_DATE, RANK_META},
    {"twitter:description", META_DESCRIPTION, RANK_OTHER},
    {"twitter:title", META_TITLE, RANK_OTHER},
};

static const struct meta_name *find_name(const char *name)
{
    size_t low = 0, high = sizeof names / sizeof *names;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(names[middle].name, name);
        if (order == 0) return &names[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool has_word(sm_span text, const char *word)
{
    const size_t n = strlen(word);
    for (size_t i = 0; i + n <= text.n; i++)
        if (sm_is_word((sm_span){text.p + i, n}, word)) return true;
    return false;
}

static void on_generator(sm_content *c, sm_span generator)
{
    static const struct {
        const char *name;
        uint32_t fact;
    } software[] = {
        {"discourse", SM_PAGE_FORUM_SOFTWARE},  {"phpbb", SM_PAGE_FORUM_SOFTWARE},
        {"vbulletin", SM_PAGE_FORUM_SOFTWARE},  {"xenforo", SM_PAGE_FORUM_SOFTWARE},
        {"flarum", SM_PAGE_FORUM_SOFTWARE},     {"invision", SM_PAGE_FORUM_SOFTWARE},
        {"mybb", SM_PAGE_FORUM_SOFTWARE},       {"smf", SM_PAGE_FORUM_SOFTWARE},
        {"docusaurus", SM_PAGE_DOC_SOFTWARE},   {"sphinx", SM_PAGE_DOC_SOFTWARE},
        {"mkdocs", SM_PAGE_DOC_SOFTWARE},       {"gitbook", SM_PAGE_DOC_SOFTWARE},
        {"hugo", SM_PAGE_DOC_SOFTWARE},         {"jekyll", SM_PAGE_DOC_SOFTWARE},
        {"vitepress", SM_PAGE_DOC_SOFTWARE},    {"javadoc", SM_PAGE_DOC_SOFTWARE},
        {"doxygen", SM_PAGE_DOC_SOFTWARE},      {"wordpress", SM_PAGE_BLOG_SOFTWARE},
        {"woocommerce", SM_PAGE_SHOP_SOFTWARE}, {"shopify", SM_PAGE_SHOP_SOFTWARE},
        {"magento", SM_PAGE_SHOP_SOFTWARE},     {"prestashop", SM_PAGE_SHOP_SOFTWARE},
    };
    for (size_t i = 0; i < sizeof software / sizeof *software; i++)
        if (has_word(generator, software[i].name)) c->page.facts |= software[i].fact;
}

static void on_og_type(sm_content *c, sm_span type)
{
    if (sm_is_word(type, "article")) c->page.facts |= SM_PAGE_OG_ARTICLE;
    if (sm_is_word(type, "website")) c->page.facts |= SM_PAGE_OG_WEBSITE;
    if (has_word(type, "product")) c->page.facts |= SM_PAGE_OG_PRODUCT;
}

static void on_named_meta(sm_content *c, sm_span name, sm_span value)
{
    char lower[32];
    if (name.n >= sizeof lower) return;
    for (size_t i = 0; i < name.n; i++)
        lower[i] = sm_lower(name.p[i]);
    lower[name.n] = '\0';
    const struct meta_name *known = find_name(lower);
    if (known) sm_meta_note(c, known->slot, known->rank, value);
    if (known && known->slot == META_DATE && known->rank == RANK_FIRST)
        c->page.facts |= SM_PAGE_PUBLISHED;
    if (!strcmp(lower, "robots")) c->meta.rights |= sm_rights_of_robots(value);
    if (!strcmp(lower, "generator")) on_generator(c, value);
    if (!strcmp(lower, "og:type")) on_og_type(c, value);
    if (!strcmp(lower, "tdm-reservation") && sm_is_word(sm_trim(value), "1"))
        c->meta.rights |= SM_RIGHT_TDM_RESERVED;
}

static void on_meta(sm_content *c, const sm_html_token *tag)
{
    static const char *const keys[] = {"property", "name", "itemprop"};
    sm_span name, value;
    if (!sm_html_attribute_of(tag, "content", &value)) return;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (sm_html_attribute_of(tag, keys[i], &name)) on_named_meta(c, sm_trim(name), value);
    if (sm_html_attribute_of(tag, "http-equiv", &name) && sm_is_word(name, "content-language"))
        sm_meta_note(c, META_LANG, RANK_META, value);
}

/* ---- links -------------------------------------------------------------------------------- */

/* Whether `token` is one of the words of a rel or itemprop. */
static bool has_token(sm_span list, const char *token)
{
    for (size_t i = 0; i < list.n;) {
        size_t end = i;
        while (end < list.n && !sm_is_space(list.p[end]))
            end++;
        if (sm_is_word((sm_span){list.p + i, end - i}, token)) return true;
        i = end + 1;
    }
    return false;
}

/* A link to a licence of Creative Commons, whatever its rel. */
static bool is_creative_commons(sm_span href)
{
    static const char *const starts[] = {
        "https://creativecommons.org/", "http://creativecommons.org/", "//creativecommons.org/",
        "https://www.creativecommons.org/", "http://www.creativecommons.org/"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        const sm_span start = sm_span_of(starts[i]);
        if (!sm_span_starts(href, start)) continue;
        const sm_span path = {href.p + start.n, href.n - start.n};
        return sm_span_starts(path, SM_SPAN("licenses/")) ||
               sm_span_starts(path, SM_SPAN("publicdomain/"));
    }
    return false;
}

static void on_link(sm_content *c, const sm_html_token *tag)
{
    sm_span rel, href;
    if (!sm_html_attribute_of(tag, "href", &href)) return;
    href = sm_trim(href);
    if (sm_html_attribute_of(tag, "rel", &rel)) {
        if (has_token(rel, "canonical")) sm_meta_note(c, META_URL, RANK_FIRST, href);
        if (has_token(rel, "license")) sm_meta_note(c, META_LICENSE, RANK_FIRST, href);
    }
    if (is_creative_commons(href)) sm_meta_note(c, META_LICENSE, RANK_ITEM, href);
}

/* ---- elements ------------------------------------------------------------------------------ */

static void on_property(sm_content *c, const sm_html_token *tag, sm_span property,
                        uint32_t element)
{
    sm_span value;
    if (has_token(property, "datepublished")) {
        if (sm_html_attribute_of(tag, "content", &value) ||
            sm_html_attribute_of(tag, "datetime", &value))
            sm_meta_note(c, META_DATE, RANK_ITEM, value);
        else
            sm_meta_open(c, element, META_DATE, RANK_ITEM);
    }
    if (has_token(property, "author")) sm_meta_open(c, element, META_AUTHOR, RANK_ITEM);
}

static void on_element(sm_content *c, const sm_html_token *tag, uint32_t element)
{
    sm_span value;
    if (sm_html_attribute_of(tag, "itemprop", &value)) on_property(c, tag, value, element);
    if (sm_html_attribute_of(tag, "rel", &value) && has_token(value, "author"))
        sm_meta_open(c, element, META_AUTHOR, RANK_ITEM);
    const uint32_t own = element ? c->elements[element].traits : 0;
    if (own & SM_TRAIT_AUTHOR) sm_meta_open(c, element, META_AUTHOR, RANK_CLASS);
    if (own & SM_TRAIT_DATE) sm_meta_open(c, element, META_DATE, RANK_CLASS);
}

static void on_time(sm_content *c, const sm_html_token *tag)
{
    sm_span value;
    if (sm_html_attribute_of(tag, "datetime", &value))
        sm_meta_note(c, META_DATE, RANK_TIME, value);
}

static void on_script(sm_content *c, const sm_html_token *tag)
{
    sm_span type;
    sm_meta_json(c, sm_buffer_span(&c->meta.json));
    sm_buffer_clear(&c->meta.json);
    c->meta.in_json = sm_html_attribute_of(tag, "type", &type) && has_word(type, "ld+json");
}

void sm_meta_tag(sm_content *c, const sm_html_token *tag, uint16_t number, uint32_t element)
{
    if (tag->n_attributes == 0) return;
    sm_span href;
    if (sm_tag_is(number, "meta")) on_meta(c, tag);
    if (sm_tag_is(number, "link") || sm_tag_is(number, "a")) on_link(c, tag);
    if (sm_tag_is(number, "time")) on_time(c, tag);
    if (sm_tag_is(number, "script")) on_script(c, tag);
    if (sm_tag_is(number, "base") && sm_html_attribute_of(tag, "href", &href))
        sm_meta_note(c, META_BASE, RANK_FIRST, href);
    on_element(c, tag, element);
}
