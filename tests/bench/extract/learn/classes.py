# SPDX-License-Identifier: MIT
"""The class-token table: how much a word of an element's class or id speaks for content.

Each site gives a token one vote, the share of content among the text under it; a token of at least MIN_SITES
sites gets the smoothed log-odds of its votes against the prior. Tables are learned out of fold.
"""
import collections
import math

import numpy as np

LEVELS = 3
MIN_SITES = 4
MOST_TOKENS = 2400  # of those, the ones that say most
PRIOR, STRENGTH = .45, 4.0
STEP = 1 / 32  # of the 8-bit log-odds
NAMES = ['cl0', 'cl1', 'cl2', 'cl_mean', 'cl_min', 'cl_max', 'cl_sum']


def levels_of(page):
    """(blocks, LEVELS) elements: owner, parent, grandparent; the root is its own parent."""
    lines = [page.owner]
    for _ in range(LEVELS - 1):
        lines.append(page.parent[lines[-1]])
    return np.stack(lines, 1)


def votes(pages, labels, sizes):
    """{token: share of content} of one site's pages."""
    sums = collections.defaultdict(lambda: [0.0, 0.0])
    for page, label, size in zip(pages, labels, sizes):
        for k, line in enumerate(levels_of(page).tolist()):
            for token in {t for e in line for t in page.tokens[e].tolist()}:
                v = sums[token]
                v[0] += label[k] * size[k]
                v[1] += size[k]
    return {token: a / b for token, (a, b) in sums.items() if b}


class Votes:
    """Sums of the votes of sites by fold, from which the table without one fold follows."""

    def __init__(self, folds):
        self.folds = folds
        self.sums = {}

    def add(self, fold, site_votes):
        for token, share in site_votes.items():
            self.sums.setdefault(token, np.zeros((self.folds, 2)))[fold] += share, 1

    def table(self, without=None):
        """{token: log-odds as int8}."""
        keep = np.arange(self.folds) != without
        found = []
        for token, sums in self.sums.items():
            content, sites = sums[keep].sum(0)
            if sites < MIN_SITES:
                continue
            odds = (content + STRENGTH * PRIOR) / (sites - content + STRENGTH * (1 - PRIOR))
            value = math.log(odds) - math.log(PRIOR / (1 - PRIOR))
            found.append((-abs(value) * math.sqrt(sites), token, value))
        return {token: int(np.clip(round(value / STEP), -127, 127)) for _, token, value in sorted(found)[:MOST_TOKENS]}


def columns(page, table):
    """float32 (blocks, len(NAMES)); NaN where no token is known."""
    levels = levels_of(page)
    x = np.full((len(levels), len(NAMES)), np.nan, np.float32)
    known = {e: [table[t] for t in page.tokens[e].tolist() if t in table] for e in set(levels.ravel().tolist())}
    step = np.float32(STEP)
    for k, line in enumerate(levels.tolist()):
        every = []
        for level, e in enumerate(line):
            if known[e]:
                x[k, level] = np.float32(sum(known[e])) * step / np.float32(len(known[e]))
                every += known[e]
        if every:
            total = np.float32(sum(every)) * step
            x[k, 3:] = total / np.float32(len(every)), np.float32(min(every)) * step, np.float32(max(every)) * step, total
    return x
