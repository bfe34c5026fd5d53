/* Words that the features of main content look for: see content_features_words.h.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_CONTENT_FEATURES_GROUPS_H
#define SEIMAI_CONTENT_FEATURES_GROUPS_H

/* X(symbol, name, words) of class and id. The first are features of a block: levels up to such a name. */
#define SM_NAME_GROUPS(X)                                                                      \
    X(CONTENT, "k_content",                                                                    \
      "content|article|entry|story|maincol|richtext|wysiwyg|prose|markdown|"                   \
      "bodytext|honbun|kiji|rte ")                                                             \
    X(BODY, "k_body", "body|post |posts |main")                                                \
    X(COMMENT, "k_comment", "comment|disqus|respond|trackback")                                \
    X(COOKIE, "k_cookie", "cookie|consent|gdpr|onetrust|privacy|notice|banner")                \
    X(FOOTER, "k_footer", "foot|copyright|legal|colophon")                                     \
    X(PRODUCT, "k_product", "product|pdp|itemdetail|item detail")                              \
    X(REVIEW, "k_review", "review|rating|star|testimonial|feedback|kuchikomi")                 \
    X(META, "k_meta", "meta|date|time|publish|info|stat|count")                                \
    X(TAGS, "k_tags", "tag |tags|taglist|tagcloud|categor|topic|label|keyword")                \
    X(MODAL, "k_modal",                                                                        \
      "modal|popup|pop up|overlay|dialog|lightbox|tooltip|dropdown|flyout|"                    \
      "offcanvas|toast")                                                                       \
    X(CAPTION, "k_capt",                                                                       \
      "caption|credit|figure|image|gallery|thumb|carousel|slider|slide|swiper|"                \
      "media|video|photo")                                                                     \
    X(FAQ, "k_faq", "faq|accordion|tab |tabs|panel|collaps|toggle|question|answer|expand")     \
    X(LIST, "k_list", "list|grid|card|tile|item|collection|row |result|feed|archive|ichiran")  \
    X(CONTENTS, "k_toc", "toc|table of|contents|outline|jump|anchor|mokuji")                   \
    X(LANGUAGE, "k_lang", "lang|locale|country|currency|region|store")                         \
    X(LAYOUT, "k_layout", "section|container|wrapper|column|block|module|inner")

/* These are counted for the page alone. */
#define SM_PAGE_GROUPS(X)                                                                      \
    X(RELATED, "k_related",                                                                    \
      "relat|recommend|recirc|more |similar|also|popular|trending|latest|"                     \
      "recent|ranking|suggest|upsell|cross|teaser|promo|kanren|osusume|pickup")                \
    X(PRICE, "k_price",                                                                        \
      "price|cart|checkout|buy|quantity|swatch|variant|shipping|stock|atc|"                    \
      "basket|wishlist")                                                                       \
    X(AUTHOR, "k_author", "author|byline|bio |profile|avatar|writer")                          \
    X(SEARCH, "k_search", "search|filter|facet|sort|refine|kensaku")                           \
    X(MESSAGE, "k_msg",                                                                        \
      "message|thread|forum|reply|replies|discussion|quote|signature|bbcode")                  \
    X(CODE, "k_code", "code|highlight|syntax| pre |snippet|doc")

#endif
