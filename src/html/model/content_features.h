/* The numbers that the learned model of main content reads, one row of features a block.
 * SPDX-License-Identifier: MIT
 *
 * SM_FEATURE_LIST is the one place where a feature has its name and its meaning; the model file names the
 * features it was trained with, and training reads them from content_dump, never computing one itself.
 *
 * Values are raw counts, widths and shares: trees do not care about logarithms. NaN means "does not
 * apply" (the heading above where there is none).
 *
 *     w      width (content.h): a wide character counts 2, another 1, white space 0
 *     S      prose: the width outside links of blocks that read as prose (see is_prose)
 *     owner  the deepest element that holds all of a block; level n is its n-th ancestor
 *     top    the element that most prose stands right below, in the manner of Readability
 *
 * All of it is linear in the page: sums over subtrees in one pass from the end (parents stand before their
 * children), inherited values in one pass from the start, hash tables for what repeats. */
#ifndef SEIMAI_CONTENT_FEATURES_H
#define SEIMAI_CONTENT_FEATURES_H

#include <seimai/content.h>

#include "content_features_groups.h"

/* X(symbol, name, meaning). A symbol is FEATURE_symbol. */
#define SM_FEATURES_OF_TEXT(X)                                                                 \
    X(LINK, "link", "share of the width that stands in links")                                 \
    X(LINKS, "links", "pieces of link text")                                                   \
    X(PLAIN, "plain", "width outside links")                                                   \
    X(STOPS, "stops", "ends of sentences")                                                     \
    X(ENDS_STOP, "ends_stop", "the text ends a sentence")                                      \
    X(MARKS, "marks", "bars, bullets, arrows, stars")                                          \
    X(CONTACT, "contact", "holds a telephone number, an account or a mail address")            \
    X(SOLID, "solid",                                                                          \
      "mean length of its words beyond 12, a wide character being one: addresses, keys")       \
    X(DUPLICATES, "dup", "blocks of the page with this text")

#define SM_FEATURES_OF_PLACE(X)                                                                \
    X(TAG, "tag", "class of the owner's tag (tag_classes)")                                    \
    X(PARENT_TAG, "ptag", "class of the tag at level 1")                                       \
    X(HEADING, "hlev", "level of the heading that the block is; 0: none")                      \
    X(DEPTH, "depth", "of the owner")                                                          \
    X(RELATIVE_DEPTH, "rdepth", "depth by the mean depth of the page's blocks")                \
    X(POSITION_W, "posw", "share of the page's w before it")                                   \
    X(POSITION, "posb", "share of the page's blocks before it")                                \
    X(POSITION_S, "poss", "share of the page's S before it")                                   \
    X(BEFORE, "wbefore", "w before it")                                                        \
    X(AFTER, "wafter", "w behind it")                                                          \
    X(INDEX, "kidx", "blocks before it")                                                       \
    X(INDEX_BACK, "kend", "blocks from it to the end")                                         \
    X(H1_BLOCKS, "dh1b",                                                                       \
      "blocks behind the main heading, by the page's blocks; NaN: no main heading")            \
    X(H1_W, "dh1w", "w behind the main heading, signed")                                       \
    X(TITLE_W, "dtitlew", "w behind the block that the title holds, or the main heading")      \
    X(FIRST_S, "dfirst", "w behind the first prose, signed")                                   \
    X(LAST_S, "dlast", "w up to the last prose, signed")                                       \
    X(H_LEVEL, "h_lev",                                                                        \
      "level of the last heading before it; NaN, as all of h_, where there is none")           \
    X(H_BLOCKS, "h_d", "blocks since it")                                                      \
    X(H_W, "h_w", "w since it")                                                                \
    X(H_COMMON, "h_lca", "levels up to an ancestor that holds that heading too, at most 40")

/* X(symbol, name, tag): ancestors of a kind, the owner among them. */
#define SM_ANCESTORS(X)                                                                        \
    X(HEADER, "a_header", "header")                                                            \
    X(FOOTER, "a_footer", "footer")                                                            \
    X(ASIDE, "a_aside", "aside")                                                               \
    X(ARTICLE, "a_article", "article")                                                         \
    X(MAIN, "a_main", "main")                                                                  \
    X(SECTION, "a_section", "section")                                                         \
    X(TABLE, "a_table", "table")                                                               \
    X(FIGURE, "a_figure", "figure")                                                            \
    X(DL, "a_dl", "dl")                                                                        \
    X(P, "a_p", "p")                                                                           \
    X(LI, "a_li", "li")

/* X(symbol, name, trait): traits of the owner and its ancestors (content.h). */
#define SM_TRAIT_FEATURES(X)                                                                   \
    X(HIDDEN, "x_hidden", SM_TRAIT_HIDDEN)                                                     \
    X(NAV, "x_nav", SM_TRAIT_NAV)                                                              \
    X(FOOTER, "x_footer", SM_TRAIT_FOOTER)                                                     \
    X(HEADER, "x_header", SM_TRAIT_HEADER)                                                     \
    X(ASIDE, "x_aside", SM_TRAIT_ASIDE)                                                        \
    X(COMMENT, "x_comment", SM_TRAIT_COMMENT)                                                  \
    X(DIALOG, "x_dialog", SM_TRAIT_DIALOG)                                                     \
    X(ARTICLE, "x_article", SM_TRAIT_ARTICLE)                                                  \
    X(MAIN, "x_main", SM_TRAIT_MAIN)

/* Subtrees around the block: X(symbol, name, meaning). */
#define SM_FEATURES_OF_TREE(X)                                                                 \
    X(C0_W, "c0_w", "w of the owner's subtree")                                                \
    X(C0_LINK, "c0_l", "share of links in it")                                                 \
    X(C0_S, "c0_s", "its share of the page's S")                                               \
    X(C1_W, "c1_w", "the same at level 1")                                                     \
    X(C1_LINK, "c1_l", "")                                                                     \
    X(C1_S, "c1_s", "")                                                                        \
    X(C2_W, "c2_w", "at level 2")                                                              \
    X(C2_LINK, "c2_l", "")                                                                     \
    X(C2_S, "c2_s", "")                                                                        \
    X(C3_W, "c3_w", "at level 3")                                                              \
    X(C3_LINK, "c3_l", "")                                                                     \
    X(C3_S, "c3_s", "")                                                                        \
    X(C4_W, "c4_w", "at level 4")                                                              \
    X(C4_LINK, "c4_l", "")                                                                     \
    X(C4_S, "c4_s", "")                                                                        \
    X(C6_W, "c6_w", "at level 6")                                                              \
    X(C6_LINK, "c6_l", "")                                                                     \
    X(C6_S, "c6_s", "")                                                                        \
    X(C8_W, "c8_w", "at level 8")                                                              \
    X(C8_LINK, "c8_l", "")                                                                     \
    X(C8_S, "c8_s", "")                                                                        \
    X(REP_MOST, "maxrep", "the most siblings of a kind (tag, first class) at levels 0 to 7")   \
    X(REP_LEVEL, "maxreplv", "the level where")                                                \
    X(REP0, "rep0", "siblings of the owner's kind, itself among them")                         \
    X(REP_W, "repw", "w of the subtree at maxreplv")                                           \
    X(REP_LINK, "repl", "share of links in it")                                                \
    X(REP_S, "reps", "its share of the page's S")                                              \
    X(REP_ALL, "repgw", "maxrep times repw")                                                   \
    X(SIG_N, "sig_n", "blocks with the same signature: tag and class of levels 0 to 2")        \
    X(SIG_W, "sig_w", "their w")                                                               \
    X(SIG_LINK, "sig_l", "their share of links")                                               \
    X(SIG_S, "sig_s", "their S by their w")                                                    \
    X(SIG_SHARE, "sig_share", "their share of the page's w")                                   \
    X(SIG_MEAN, "sig_avgw", "their mean w")                                                    \
    X(TOP_UP, "topup", "levels from top up to the first element that holds the block too")     \
    X(TOP_LEVEL, "toplv", "levels from the owner up to that")                                  \
    X(IN_TOP, "intop", "it stands in top")                                                     \
    X(UP_30, "l30", "levels up to an element with .3 of the page's S, from 1; 0: none")        \
    X(UP_70, "l70", "the same for .7")

/* Neighbours: X(symbol, name, meaning). */
#define SM_FEATURES_OF_NEIGHBOURS(X)                                                           \
    X(PREVIOUS_TAG, "n-1_tag",                                                                 \
      "tag of the block before; -1, as all of n, where there is none")                         \
    X(NEXT_W, "n+1_w", "w of the block behind")                                                \
    X(NEXT_TAG, "n+1_tag", "its tag")                                                          \
    X(NEXT_STOPS, "n+1_stop", "its ends of sentences by 100 of width")                         \
    X(WIN4_BEFORE, "win4_sb", "S of the 4 blocks before by the w of the window of 9")          \
    X(WIN4_AFTER, "win4_sa", "S of the 4 blocks behind by that")                               \
    X(WIN4_LINK, "win4_l", "share of links in the window")                                     \
    X(WIN4_S_AFTER, "win4_lsa", "S of the 4 blocks behind")                                    \
    X(WIN10_LINK, "win10_l", "the same with 10 blocks")                                        \
    X(WIN10_S_AFTER, "win10_lsa", "")                                                          \
    X(WIN25_LINK, "win25_l", "with 25 blocks")                                                 \
    X(WIN25_S_AFTER, "win25_lsa", "")

/* From the model's table of class tokens: NaN without a model. */
#define SM_FEATURES_OF_CLASS(X)                                                                \
    X(CLASS0, "cl0",                                                                           \
      "mean log-odds of the owner's class tokens that the model knows; NaN: none")             \
    X(CLASS1, "cl1", "the same at level 1")                                                    \
    X(CLASS2, "cl2", "at level 2")                                                             \
    X(CLASS_MEAN, "cl_mean", "of the tokens of all three levels")                              \
    X(CLASS_LEAST, "cl_min", "the least of them")                                              \
    X(CLASS_MOST, "cl_max", "the most of them")                                                \
    X(CLASS_SUM, "cl_sum", "their sum")

/* From the model's forest of page types: NaN without a model. The order is that of the classes. */
#define SM_FEATURES_OF_TYPE(X)                                                                 \
    X(TYPE_ARTICLE, "q_article", "probability that the page is an article")                    \
    X(TYPE_COLLECTION, "q_collection", "a collection page")                                    \
    X(TYPE_DOCUMENTATION, "q_documentation", "a documentation page")                           \
    X(TYPE_FORUM, "q_forum", "a forum page")                                                   \
    X(TYPE_LISTING, "q_listing", "a listing page")                                             \
    X(TYPE_PRODUCT, "q_product", "a product page")                                             \
    X(TYPE_SERVICE, "q_service", "a service page")

/* Of the page, equal for all its blocks. */
#define SM_FEATURES_OF_PAGE(X)                                                                 \
    X(PAGE_W, "pg_w", "w")                                                                     \
    X(PAGE_BLOCKS, "pg_nb", "blocks")                                                          \
    X(PAGE_BYTES, "pg_bytes", "bytes of HTML")                                                 \
    X(PAGE_MEAN, "pg_avgw", "w of a block")                                                    \
    X(PAGE_LINK, "pg_link", "share of links")                                                  \
    X(PAGE_S, "pg_s", "S")                                                                     \
    X(PAGE_S_SHARE, "pg_sent", "S by w")                                                       \
    X(PAGE_P, "pg_pshare", "share of the w that <p> owns")                                     \
    X(PAGE_LI, "pg_lishare", "share of the w that stands in <li>")                             \
    X(PAGE_LARGEST, "pg_maxblk", "share of the largest block")                                 \
    X(PAGE_CJK, "pg_cjk", "share of wide characters")                                          \
    X(PAGE_ARTICLES, "pg_narticle", "<article> elements")                                      \
    X(PAGE_MAINS, "pg_main", "<main> elements")                                                \
    X(PAGE_H2, "pg_nh2", "<h2> elements")                                                      \
    X(PAGE_H3, "pg_nh3", "<h3> elements")                                                      \
    X(PAGE_TABLES, "pg_ntable", "<table> elements")                                            \
    X(PAGE_CODES, "pg_npre", "<pre> and <code> elements")                                      \
    X(PAGE_FORMS, "pg_nform", "<form> elements")                                               \
    X(PAGE_BUTTONS, "pg_nbtn", "<button> elements")                                            \
    X(PAGE_H1, "pg_h1", "blocks that are an <h1>")                                             \
    X(PAGE_MONEY, "pg_ncur", "blocks with an amount of money")                                 \
    X(PAGE_MONEY_SHARE, "pg_cur", "their share of the blocks")                                 \
    X(PAGE_DATES, "pg_dates", "share of the blocks with a date")                               \
    X(PAGE_FIRST_S, "pg_sentfirst", "share of the w before the first prose")                   \
    X(PAGE_LAST_S, "pg_sentlast", "share of the w up to the end of the last prose")            \
    X(PAGE_TOP_S, "pg_topshare", "share of the S that stands in top")                          \
    X(PAGE_TOP_LINK, "pg_toplink", "share of links in top")                                    \
    X(PAGE_SIG, "pg_maxsig", "blocks of the commonest signature")                              \
    X(PAGE_DEPTH, "pg_depth", "mean depth of the owners")                                      \
    X(PAGE_PRODUCTS, "pg_nldprod", "products in JSON-LD")                                      \
    X(PAGE_K_COMMENT, "pg_k_comment", "elements with words of k_comment")                      \
    X(PAGE_K_PRODUCT, "pg_k_product", "of k_product")                                          \
    X(PAGE_K_PRICE, "pg_k_price", "of k_price")                                                \
    X(PAGE_K_REVIEW, "pg_k_review", "of k_review")                                             \
    X(PAGE_K_MESSAGE, "pg_k_msg", "of k_msg")                                                  \
    X(PAGE_K_FAQ, "pg_k_faq", "of k_faq")                                                      \
    X(PAGE_K_LIST, "pg_k_list", "of k_list")                                                   \
    X(PAGE_K_CODE, "pg_k_code", "of k_code")                                                   \
    X(PAGE_K_AUTHOR, "pg_k_author", "of k_author")                                             \
    X(PAGE_K_RELATED, "pg_k_related", "of k_related")                                          \
    X(PAGE_K_SEARCH, "pg_k_search", "of k_search")                                             \
    X(PAGE_K_CONTENTS, "pg_k_toc", "of k_toc")

/* X(symbol, name, fact): what the page says about itself (content.h). */
#define SM_PAGE_FACTS(X)                                                                       \
    X(OG_ARTICLE, "pg_ogart", SM_PAGE_OG_ARTICLE)                                              \
    X(OG_PRODUCT, "pg_ogprod", SM_PAGE_OG_PRODUCT)                                             \
    X(OG_WEBSITE, "pg_ogweb", SM_PAGE_OG_WEBSITE)                                              \
    X(PUBLISHED, "pg_pubtime", SM_PAGE_PUBLISHED)                                              \
    X(LD_ARTICLE, "pg_ldart", SM_PAGE_LD_ARTICLE)                                              \
    X(LD_PRODUCT, "pg_ldprod", SM_PAGE_LD_PRODUCT)                                             \
    X(LD_LIST, "pg_lditem", SM_PAGE_LD_LIST)                                                   \
    X(LD_FAQ, "pg_ldfaq", SM_PAGE_LD_FAQ)                                                      \
    X(LD_FORUM, "pg_ldforum", SM_PAGE_LD_FORUM)                                                \
    X(LD_ORGANIZATION, "pg_ldorg", SM_PAGE_LD_ORGANIZATION)                                    \
    X(LD_WEBPAGE, "pg_ldweb", SM_PAGE_LD_WEBPAGE)                                              \
    X(FORUM_SOFTWARE, "pg_genforum", SM_PAGE_FORUM_SOFTWARE)                                   \
    X(DOC_SOFTWARE, "pg_gendoc", SM_PAGE_DOC_SOFTWARE)                                         \
    X(BLOG_SOFTWARE, "pg_genwp", SM_PAGE_BLOG_SOFTWARE)                                        \
    X(SHOP_SOFTWARE, "pg_genshop", SM_PAGE_SHOP_SOFTWARE)

#define FEATURE_NUMBER(symbol, name, meaning) FEATURE_##symbol,
#define FEATURE_NUMBER_A(symbol, name, tag)   FEATURE_A_##symbol,
#define FEATURE_NUMBER_X(symbol, name, trait) FEATURE_X_##symbol,
#define FEATURE_NUMBER_K(symbol, name, words) FEATURE_K_##symbol,
#define FEATURE_NUMBER_F(symbol, name, fact)  FEATURE_FACT_##symbol,

enum {
    SM_FEATURES_OF_TEXT(FEATURE_NUMBER)       /* the text itself */
    SM_FEATURES_OF_PLACE(FEATURE_NUMBER)      /* where it stands */
    SM_ANCESTORS(FEATURE_NUMBER_A)            /* a_…: ancestors of a kind */
    SM_TRAIT_FEATURES(FEATURE_NUMBER_X)       /* x_…: traits */
    SM_NAME_GROUPS(FEATURE_NUMBER_K)          /* k_…: levels up to a class or id of a group */
    SM_FEATURES_OF_TREE(FEATURE_NUMBER)       /* the subtrees that hold it */
    SM_FEATURES_OF_NEIGHBOURS(FEATURE_NUMBER) /* blocks around it */
    SM_FEATURES_OF_CLASS(FEATURE_NUMBER)      /* what its classes mean elsewhere */
    BLOCK_FEATURES, /* what follows is equal for all blocks of a page */
    BEFORE_PAGE_FEATURES = BLOCK_FEATURES - 1,
    SM_FEATURES_OF_TYPE(FEATURE_NUMBER) SM_FEATURES_OF_PAGE(FEATURE_NUMBER)
        SM_PAGE_FACTS(FEATURE_NUMBER_F) FEATURES,
    PAGE_FEATURES = FEATURES - BLOCK_FEATURES
};

enum { FEATURE_GROUP = 64 /* blocks that trees are walked with at a time */ };

typedef struct sm_feature {
    const char *name, *meaning;
} sm_feature;

typedef struct sm_features sm_features;

/* sm_feature_of gives the name and the meaning of feature i < FEATURES. */
sm_feature sm_feature_of(unsigned i);

sm_features *sm_features_new(void);
void sm_features_free(sm_features *f);
/* sm_features_compute fills in all features of a parsed page of so many bytes, but those of classes and types, which
 * are NaN. They last until the next call, and so must the page. */
void sm_features_compute(sm_features *f, const sm_page *page, size_t bytes);
/* sm_features_group gives a feature of FEATURE_GROUP blocks from `block` on, a multiple of FEATURE_GROUP, to read or to
 * set. Those behind the last block are 0; a feature of the page is the same for all groups. */
float *sm_features_group(const sm_features *f, unsigned feature, size_t block);
/* sm_page_type_name names page type i: "article" … as in SM_FEATURES_OF_TYPE, without q_. */
const char *sm_page_type_name(unsigned i);
/* sm_features_signature numbers the signatures of a page (see sig_n) from 0. */
uint32_t sm_features_signature(const sm_features *f, size_t block);

enum { CLASS_TOKENS = 24 };
/* sm_class_tokens hashes the words of an element's class, and the parts of its class and id: at most CLASS_TOKENS,
 * each once. They are what the class-token table of a model is about. */
size_t sm_class_tokens(const sm_element *e, uint32_t tokens[CLASS_TOKENS]);

#endif
