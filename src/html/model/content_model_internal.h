/* What a model file holds, ready for use. See seimai/content_model.h.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_CONTENT_MODEL_INTERNAL_H
#define SEIMAI_CONTENT_MODEL_INTERNAL_H

#include <seimai/content_model.h>

#include "content_net.h"
#include "content_score.h"
#include "content_trees.h"

/* X(symbol, meaning); the name in the file is the symbol. */
#define SM_RULE_LIST(X)                                                                        \
    X(nets, "share of the nets in a block's log-odds; the rest is the trees'")                 \
    X(mass, "share of the expected content that expected F1 is measured against")              \
    X(repeat_width, "a chosen block of at least this many characters that came before goes")   \
    X(recurring, "but not in articles, where it has this probability …")                       \
    X(recurring_width, "… and is not as wide as this")                                         \
    X(empty_f1, "below this expected F1 …")                                                    \
    X(empty_width, "… and this width, a page has no content")                                  \
    X(article, "from this probability of an article on, the article mode:")                    \
    X(article_cjk, "the same for pages in Chinese, Japanese or Korean")                        \
    X(floor, "in articles, a chosen block of a lower probability goes")                        \
    X(lonely, "a block of a lower probability without a chosen one near it goes")              \
    X(near, "blocks to each side")                                                             \
    X(link_share, "blocks of more links than this …")                                          \
    X(link, "… need this probability")                                                         \
    X(hidden, "in articles, a block that is not shown needs this probability")                 \
    X(fill, "in CJK articles, a block between chosen ones needs only this probability …")      \
    X(gap, "… where at most so many lie between them")                                         \
    X(precise, "the precise mode drops blocks of a lower probability")

#define RULE_MEMBER(symbol, meaning) float symbol;
typedef struct rules {
    SM_RULE_LIST(RULE_MEMBER)
} rules;

enum { TOKEN_SLOTS = 1 << 13 };

/* Hash tables with open addressing: of a token that is not there, the slot is free. */
typedef struct token_slot {
    uint32_t token;
    int8_t log_odds;
    bool taken;
} token_slot;

struct sm_content_model {
    sm_arena arena;
    const char *version;
    token_slot tokens[TOKEN_SLOTS];
    float unit;          /* of their log-odds */
    split_list features; /* what the forests read */
    forest types[PAGE_TYPES], trees;
    block_nets nets;
    rules rules;
};

#endif
