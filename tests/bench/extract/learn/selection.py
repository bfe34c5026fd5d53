# SPDX-License-Identifier: MIT
"""From probabilities to a choice of blocks: expected F1, repeats, empty pages, the article mode.

The slow oracle of content_select.c.
"""
import dataclasses

import numpy as np


LEAST_BLOCKS = 8  # a page of fewer is never without content
CJK_PAGE = .3     # share of wide characters


@dataclasses.dataclass
class Rules:
    nets: float = .5            # share of the nets in a block's log-odds; the rest is the trees'
    mass: float = .85           # share of the expected content that the expected F1 is measured against
    repeat_width: float = 40    # a chosen block of at least this many characters that came before goes
    recurring: float = .95      # but not in articles, where it has this probability …
    recurring_width: float = 200  # … and is not as wide as this
    empty_f1: float = .33       # under this expected F1 …
    empty_width: float = 400    # … and less than this width, nothing is content
    article: float = .8         # from this probability of an article on, the article mode:
    article_cjk: float = .25    # the same for a page with more than CJK_PAGE wide characters
    floor: float = .3           # a chosen block under it goes
    lonely: float = .75         # a block under it with nothing chosen within `near` goes
    near: int = 2
    link_share: float = .8      # blocks of more links than this …
    link: float = .85           # … need this probability
    hidden: float = .98         # and so need hidden ones this
    fill: float = .15           # in a CJK article a block between chosen ones needs only this …
    gap: float = 6              # … where at most so many lie between them
    precise: float = .5         # in precise mode a chosen block under this goes, and lonely ones on any page


def expected(p, w, rules):
    """The blocks of the best expected F1: those of highest probability, of equals the first."""
    order = np.argsort(-p, kind='stable')
    f1 = 2 * np.cumsum((p * w)[order]) / (np.cumsum(w[order]) + rules.mass * (p @ w))
    chosen = np.zeros(len(p), bool)
    chosen[order[:f1.argmax() + 1]] = True
    return chosen


def drop_repeats(page, p, chosen, rules, is_article):
    seen = set()
    for k in np.nonzero(chosen)[0]:
        if page.length[k] < rules.repeat_width:
            continue
        recurs = is_article and p[k] >= rules.recurring and page.width[k] < rules.recurring_width
        if page.text_hash[k] in seen and not recurs:
            chosen[k] = False
        seen.add(page.text_hash[k])


def drop_lonely(p, chosen, rules):
    far = int(rules.near)
    for k in np.nonzero(chosen)[0]:
        near = chosen[max(0, k - far):k + far + 1].sum() - 1
        if p[k] < rules.lonely and not near:
            chosen[k] = False


def narrow(p, chosen, rules, precise):
    """The second look at an article, or for the precise mode; where it would leave nothing, the choice stays."""
    before = chosen.copy()
    chosen &= p >= (rules.precise if precise else rules.floor)
    drop_lonely(p, chosen, rules)
    return chosen if chosen.any() else before


def fill_gaps(page, p, chosen, rules):
    """Captions and small headings within a Japanese article: what English golds leave out, and Japanese ones do not."""
    known = set(page.text_hash[chosen].tolist())
    at = np.nonzero(chosen)[0]
    for a, b in zip(at, at[1:]):
        if b - a - 1 > rules.gap:
            continue
        for k in range(a + 1, b):
            again = page.length[k] >= rules.repeat_width and page.text_hash[k] in known
            chosen[k] = p[k] >= rules.fill and not again


def choose(page, p, article=0.0, rules=Rules(), precise=False, cjk=0.0):
    """bool of each block of a page. p: probabilities of the blocks; article: of the page being an article; cjk: the
    page's share of wide characters."""
    if not len(p):
        return np.zeros(0, bool)
    w = page.width.astype(np.float64)
    is_article = article >= (rules.article_cjk if cjk > CJK_PAGE else rules.article)
    if is_article:
        doubtful = (page.link_share > rules.link_share) & (p < rules.link) | page.hidden & (p < rules.hidden)
        p = np.where(doubtful, 0.0, p)
    chosen = expected(p, w, rules)
    drop_repeats(page, p, chosen, rules, is_article)
    f1 = 2 * (p * w)[chosen].sum() / max(1e-9, w[chosen].sum() + p @ w)
    if len(p) >= LEAST_BLOCKS and not is_article and f1 < rules.empty_f1 and w[chosen].sum() < rules.empty_width:
        return np.zeros(len(p), bool)
    if is_article:
        chosen = narrow(p, chosen, rules, precise=False)
        if cjk > CJK_PAGE:
            fill_gaps(page, p, chosen, rules)
    return narrow(p, chosen, rules, precise=True) if precise else chosen
